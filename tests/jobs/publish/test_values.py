"""The one written form of every value."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import math
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.publish.values import indented_json, json_text, write_csv, write_json, written

UTC = dt.UTC
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("value", "in_json", "in_csv"),
    [
        (None, "null", ""),
        (True, "true", "true"),
        (10**30, str(10**30), str(10**30)),
        (Decimal("12345678901234567890.1200"), "12345678901234567890.1200", "12345678901234567890.1200"),
        (Decimal("1E+3"), "1000", "1000"),
        (0.1, "0.1", "0.1"),
        (math.inf, "null", "inf"),
        (math.nan, "null", "nan"),
        (dt.date(2025, 6, 30), '"2025-06-30"', "2025-06-30"),
        (dt.datetime(2025, 6, 30, 9, 40, tzinfo=UTC), '"2025-06-30T16:40:00+07:00"', "2025-06-30T16:40:00+07:00"),
        (dt.datetime(1850, 1, 1, tzinfo=UTC), '"1850-01-01T07:00:00+07:00"', "1850-01-01T07:00:00+07:00"),
        (dt.datetime(9999, 12, 31, 23, tzinfo=UTC), '"9999-12-31T23:00:00+00:00"', "9999-12-31T23:00:00+00:00"),
        (dt.datetime(2025, 6, 30, 9, 40), '"2025-06-30T09:40:00"', "2025-06-30T09:40:00"),  # noqa: DTZ001
        (dt.time(10), '"10:00:00"', "10:00:00"),
        (dt.timedelta(days=92, seconds=30), '"P92DT30S"', "P92DT30S"),
        (b"\x00\xff", '"00ff"', "00ff"),
        (UUID(int=1), f'"{UUID(int=1)}"', str(UUID(int=1))),
        ({"code": "x", "n": [1, None]}, '{"code": "x", "n": [1, null]}', '{"code": "x", "n": [1, null]}'),
        ({1: math.inf}, '{"1": null}', '{"1": null}'),
        ((1, 2), "[1, 2]", "[1, 2]"),
        ("", '""', ""),
        ("a\x1b\x9b\u202eđ", r'"a\u001b\u009b\u202eđ"', "a\x1b\x9b\u202eđ"),
    ],
)
def test_each_value_has_one_form(value: object, in_json: str, in_csv: str) -> None:
    assert (json_text(value), written(value)) == (in_json, in_csv)


def with_nulls(value: Any) -> Any:
    """The value as JSON can hold it."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {name: with_nulls(one) for name, one in value.items()}
    return [with_nulls(one) for one in value] if isinstance(value, list) else value


@given(st.lists(st.tuples(VALUES, VALUES), max_size=5))
def test_json_reads_back_as_the_values_and_shows_no_control_character(rows: list[tuple[Any, Any]]) -> None:
    out = io.StringIO()
    write_json(out, ["a", "a"], rows)
    assert json.loads(out.getvalue()) == [{"a": with_nulls(first), "a_1": with_nulls(second)} for first, second in rows]
    assert json.loads(indented_json(rows)) == [[with_nulls(one) for one in row] for row in rows]
    assert "\x1b" not in out.getvalue()


@given(st.lists(st.lists(VALUES, min_size=2, max_size=2), max_size=5))
def test_csv_holds_lists_and_structs_as_json(rows: list[list[Any]]) -> None:
    out = io.StringIO(newline="")
    write_csv(out, ["a", "b"], rows)
    head, *found = csv.reader(io.StringIO(out.getvalue(), newline=""))
    assert head == ["a", "b"]
    for row, cells in zip(rows, found, strict=True):
        for value, cell in zip(row, cells, strict=True):
            assert cell == ("" if value is None else value if isinstance(value, str) else written(value))
            if isinstance(value, list | dict):
                assert json.loads(cell) == with_nulls(value)
