"""Set queries, run over a few rows: what a merge of gold has to do, and how texts are spelt in them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from jobs.engine.duckdb_sets import DuckdbSets
from jobs.engine.sets import Sets, one_of, set_query
from jobs.engine.tables import Warehouse, arrow_schema
from jobs.engine.views import open_connection
from jobs.silver.references import NAMED_UNITS
from warehouse_schema.contracts import load_contracts

VALUES = pa.schema(
    [field for field in arrow_schema(load_contracts()["gold/indicator_value"]) if field.name not in ("run_id", "computed_at")]
)
YEAR = {"indicator": "i", "period_type": "year", "period_start": dt.date(2025, 1, 1), "period_end": dt.date(2025, 12, 31)}


@pytest.fixture
def sets() -> Sets:
    return DuckdbSets(Warehouse("nowhere"), duckdb.connect())


def value(unit: str, numerator: int, **others: Any) -> dict[str, Any]:
    row = {
        "breakdown": "",
        "level": "commune",
        "unit_code": unit,
        "unit_valid_from": dt.date(2021, 1, 1),
        "unit_level": "commune",
        "province_code": "02",
        "numerator": numerator,
        "denominator": None,
        "value": None,
        "unit": "count",
        "formula": "",
    }
    return {**YEAR, **row, **others}


def differences(sets: Sets, computed: list[dict[str, Any]], stored: list[dict[str, Any]]) -> dict[str, bool]:
    """By unit, whether it goes."""
    sets.rows_of("computed", pa.Table.from_pylist(computed, VALUES))
    sets.rows_of("stored", pa.Table.from_pylist(stored, VALUES))
    sets.rows_of("inside", pa.Table.from_pylist([YEAR], pa.schema([VALUES.field(name) for name in YEAR])))
    rows = sets.rows(set_query("differences"))
    assert len({row["unit_code"] for row in rows}) == len(rows), "a key is written once"
    return {row["unit_code"]: row["gone"] for row in rows}


def test_values_that_are_new_or_differ_are_written_and_those_that_are_computed_no_more_go(sets: Sets) -> None:
    stored = [value("same", 1), value("other", 1), value("gone", 1), value("outside", 1, period_end=dt.date(2025, 6, 30))]
    computed = [value("same", 1), value("other", 2), value("new", 1)]
    assert differences(sets, computed, stored) == {"other": False, "new": False, "gone": True}


def test_a_unit_whose_province_changed_is_one_value(sets: Sets) -> None:
    assert differences(sets, [value("moved", 1, province_code="08")], [value("moved", 1)]) == {"moved": False}


@pytest.mark.parametrize("text", ["it's", "a\\b", "a\nb", "tháng 1", "%"])
def test_a_text_in_a_condition_means_itself(sets: Sets, text: str) -> None:
    sets.rows_of("texts", pa.table({"month": [text, None, "another"]}))
    assert [row["month"] for row in sets.rows(f"SELECT month FROM texts WHERE {one_of('month', [text])}")] == [text]
    assert len(sets.rows(f"SELECT month FROM texts WHERE {one_of('month', [text, None])}")) == 2


UNITS = [
    # code, level, from, to, status
    ("01", "province", dt.date(2021, 1, 1), dt.date(9999, 12, 31), "valid"),
    ("004", "district", dt.date(2021, 1, 1), dt.date(2025, 6, 30), "valid"),
    ("00004", "commune", dt.date(2021, 1, 1), dt.date(2025, 6, 30), "valid"),
    ("00004", "commune", dt.date(2025, 7, 1), dt.date(9999, 12, 31), "valid"),
    ("00070", "commune", dt.date(2021, 1, 1), dt.date(2025, 6, 30), "valid"),
    ("00070", "commune", dt.date(2025, 7, 1), dt.date(9999, 12, 31), "not_valid"),
    ("268", "district", dt.date(2021, 1, 1), dt.date(2025, 6, 30), "valid"),
    ("00268", "commune", dt.date(2021, 1, 1), dt.date(9999, 12, 31), "valid"),
]


@pytest.mark.parametrize(
    ("code", "day", "stated", "unit"),
    [
        ("00004", dt.date(2025, 6, 30), None, ("00004", dt.date(2021, 1, 1))),
        ("00004", dt.date(2025, 7, 1), None, ("00004", dt.date(2025, 7, 1))),
        ("00004", dt.date(2025, 7, 1), dt.date(2021, 1, 1), ("00004", dt.date(2021, 1, 1))),
        # 4 may have been 004 or 00004 while there were districts, and is 00004 since.
        ("4", dt.date(2025, 6, 30), None, None),
        ("4", dt.date(2025, 7, 1), None, ("00004", dt.date(2025, 7, 1))),
        ("4", dt.date(2025, 6, 30), dt.date(2025, 7, 1), ("00004", dt.date(2025, 7, 1))),
        ("70", dt.date(2025, 6, 30), None, ("00070", dt.date(2021, 1, 1))),
        ("70", dt.date(2025, 7, 1), None, None),
        # What is a unit's code as it stands is that unit's.
        ("268", dt.date(2025, 6, 30), None, ("268", dt.date(2021, 1, 1))),
        ("268", dt.date(2025, 7, 1), None, ("00268", dt.date(2021, 1, 1))),
        ("1", dt.date(2025, 7, 1), None, ("01", dt.date(2021, 1, 1))),
        ("99", dt.date(2025, 6, 30), None, None),
        ("00004", None, None, None),
        ("4", None, None, None),
    ],
)
def test_eaten_zeros_are_filled_up_where_one_unit_can_be_meant(
    sets: Sets, code: str, day: dt.date | None, stated: dt.date | None, unit: tuple[str, dt.date] | None
) -> None:
    names = ("code", "level", "from_day", "to_day", "status")
    units = [dict(zip(names, row, strict=True)) | {"province_code": "01", "detail": None if row[4] == "valid" else "gone"} for row in UNITS]
    sets.rows_of("units", pa.Table.from_pylist(units))
    named = pa.schema([("code", pa.string()), ("unit_named", pa.string()), ("reference_day", pa.date32()), ("stated_day", pa.date32())])
    sets.rows_of("named_units", NAMED_UNITS.empty_table())
    sets.rows_of("named", pa.Table.from_pylist([{"code": code, "reference_day": day, "stated_day": stated}], named))
    (row,) = sets.rows(set_query("places_of_units"))
    assert (row["unit_code"], row["unit_valid_from"]) == (unit or (None, None))
    assert (row["status"] == "valid") is (unit is not None)
    assert (row["province_code"] == "01") is (unit is not None)
    assert row["is_filled_up"] is (unit is not None and code != unit[0])
    assert row["has_other_reading"] is ((code, day) == ("268", dt.date(2025, 6, 30))), "268 may be 00268 without its zeros"


def test_what_is_kept_is_evaluated_once(sets: Sets) -> None:
    days = sets.kept_rows(pa.table({"day": [dt.date(2025, 1, 1), dt.date(2025, 2, 1)]}))
    assert sets.kept_rows(pa.table({"day": [dt.date(2025, 1, 1), dt.date(2025, 2, 1)]})) == days
    assert sets.kept_rows(pa.table({"day": [dt.date(2025, 1, 1)]})) != days
    assert sets.kept_rows(pa.table({"day": ["2025-01-01", "2025-02-01"]})) != days, "other types are other rows"
    texts = [f"SELECT day, uuid() AS made FROM {days}", f"SELECT day, uuid() AS made FROM {days} WHERE day > DATE'2025-01-01'"]
    first, second = map(sets.kept, texts)
    once = sets.rows(f"SELECT * FROM {first}")
    assert sets.kept(texts[0]) == first != second
    assert sets.rows(f"SELECT * FROM {first}") == once
    assert len(sets.rows(f"SELECT * FROM {second}")) == 1
    sets.forget_kept()
    assert sets.kept_rows(pa.table({"day": [dt.date(2025, 1, 1), dt.date(2025, 2, 1)]})) == days
    assert sets.rows(f"SELECT * FROM {sets.kept(texts[0])}") != once
    with pytest.raises(duckdb.CatalogException):
        sets.rows(f"SELECT * FROM {second}")


def test_a_long_query_draws_no_bar_into_what_is_printed() -> None:
    with open_connection() as connection:
        assert connection.sql("SELECT current_setting('enable_progress_bar')").fetchall() == [(False,)]
