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

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.publish.values import indented_json, json_text, rows_of, write_csv, write_csv_of, write_json, write_markdown, written

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


MOMENTS = st.datetimes(dt.datetime(1, 1, 3), dt.datetime(9999, 12, 29), timezones=st.just(UTC))  # noqa: DTZ001
COLUMNS = {
    "text": (pa.string(), st.text(st.sampled_from("a\"',\r\n=+-@1.đ| "), max_size=4)),
    "whole": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "share": (pa.float64(), st.floats()),
    "met": (pa.bool_(), st.booleans()),
    "day": (pa.date32(), st.dates()),
    "at": (pa.timestamp("us", "Asia/Ho_Chi_Minh"), MOMENTS),
    "local": (pa.timestamp("us"), st.datetimes()),
    "amount": (pa.decimal128(20, 3), st.decimals(-(10**6), 10**6, places=3)),
    "list": (pa.list_(pa.int32()), st.lists(st.integers(0, 9), max_size=2)),
}


@given(st.data())
def test_columns_of_arrow_are_written_as_their_values_are_one_by_one(data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.sampled_from(sorted(COLUMNS)), min_size=1, max_size=4))
    values = [data.draw(st.lists(st.none() | COLUMNS[name][1], min_size=2, max_size=2)) for name in chosen]
    batch = pa.record_batch([pa.array(column, COLUMNS[name][0]) for name, column in zip(chosen, values, strict=True)], chosen)
    rows = list(zip(*values, strict=True))
    one_by_one, by_columns = io.StringIO(newline=""), io.StringIO(newline="")
    write_csv(one_by_one, chosen, rows)
    write_csv_of(by_columns, chosen, [batch])
    assert by_columns.getvalue() == one_by_one.getvalue()
    texts, of_arrow = io.StringIO(), io.StringIO()
    write_json(texts, chosen, rows)
    write_json(of_arrow, chosen, rows_of([batch]))
    assert of_arrow.getvalue() == texts.getvalue()


@pytest.mark.parametrize(
    ("expression", "in_csv"),
    [
        ("'infinity'::TIMESTAMPTZ", "infinity"),
        ("'-infinity'::DATE", "-infinity"),
        ("TIMESTAMPTZ '9999-12-31 23:00:00+00'", "10000-01-01T06:00:00+07:00"),
        ("DATE '200000-01-02'", "200000-01-02"),
        ("DATE '200000-01-02 (BC)'", "-199999-01-02"),
        ("TIMESTAMP '200000-01-01 01:02:03'", "200000-01-01T01:02:03"),
        ("TIMESTAMP '200000-01-01 01:02:03.5'", "200000-01-01T01:02:03.500000"),
        ("TIMESTAMP_S '-200000-02-28 23:59:59'", "-200000-02-28T23:59:59"),
        ("TIMESTAMPTZ '200000-02-29 20:00:00+00'", "200000-03-01T03:00:00+07:00"),
        ("TIMESTAMPTZ '1850-01-01 00:00:00+00'", "1850-01-01T07:00:00+07:00"),
        ("TIMESTAMP_NS '2025-06-30 10:00:00.123456789'", "2025-06-30T10:00:00.123456789"),
        ("INTERVAL '3 months 2 days 1.5 seconds'", "P3M2DT1.5S"),
        ("INTERVAL 92 DAY", "P92DT0S"),
        ("170141183460469231731687303715884105727::HUGEINT", "170141183460469231731687303715884105727"),
        ("MAP {'a': DATE '2025-06-30'}", '"{""a"": ""2025-06-30""}"'),
        ("MAP {[1]: 2}", '"[[[1], 2]]"'),
        ("'00ff'::BLOB", "30306666"),
    ],
)
def test_types_of_duckdb_are_written_as_the_table_above_says(expression: str, in_csv: str) -> None:
    out = io.StringIO(newline="")
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'Asia/Ho_Chi_Minh'")
        write_csv_of(out, ["a"], connection.sql(f"SELECT {expression} AS a").to_arrow_reader())
    assert out.getvalue() == f"a\r\n{in_csv}\r\n"


def test_years_are_counted_on_where_arrow_can_write_them_no_more() -> None:
    """On both sides of where the own reckoning begins the text is what Arrow writes; and one far year leaves the others as they are."""
    days = [day for end in (-10_000_000, 10_000_000) for day in range(end - 800, end + 800)]
    for column in (
        pa.array(days, pa.int32()).cast(pa.date32()),
        pa.array([day * 86_400_000_000 for day in days], pa.int64()).cast(pa.timestamp("us")),
    ):
        texts = column.cast(pa.timestamp("s")) if pa.types.is_timestamp(column.type) else column
        wanted = [one.replace(" ", "T") for one in texts.cast(pa.string()).to_pylist()]
        assert [row[0] for row in rows_of([pa.record_batch([column], ["a"])])] == wanted
    mixed = pa.array([None, 0, 2**62], pa.int64()).cast(pa.timestamp("us"))
    assert [row[0] for row in rows_of([pa.record_batch([mixed], ["a"])])] == [None, "1970-01-01T00:00:00", "148108-07-06T14:00:27.387904"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("@x", "'@x"),
        ("\tx", "'\tx"),
        ("-2+3", "'-2+3"),
        ("- Thôn 1", "'- Thôn 1"),
        ("+84 912", "'+84 912"),
        ("-5", "-5"),
        ("+84912.5", "+84912.5"),
        ("-", "-"),
        ("a=1", "a=1"),
        ("", ""),
    ],
)
def test_a_file_for_people_begins_with_a_mark_and_has_no_formula(text: str, shown: str) -> None:
    out = io.StringIO(newline="")
    guarded = write_csv_of(out, ["a", "b"], [pa.record_batch({"a": [text, None], "b": [-1, 2]})], for_people=True)
    assert out.getvalue() == f"\ufeffa,b\r\n{shown},-1\r\n,2\r\n"
    assert guarded == (text != shown)


def test_markdown_is_a_table_in_which_no_value_is_markup() -> None:
    out = io.StringIO()
    write_markdown(out, ["work_records", "n"], [("a|b\n<b>*x*</b> [y](z) _t_ `c` \\", 7), (None, None)], right={1})
    assert out.getvalue().split("\n") == [
        "| work_records | n |",
        "| --- | --: |",
        r"| a\|b␊\<b\>\*x\*\</b\> \[y\](z) \_t\_ \`c\` \\ | 7 |",
        "| – | – |",
        "",
    ]
