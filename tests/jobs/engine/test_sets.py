"""Set queries, run over a few rows: what a merge of gold has to do, and how texts are spelt in them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from jobs.engine.sets import Sets, one_of, set_query
from jobs.engine.tables import Warehouse, arrow_schema
from warehouse_schema.contracts import load_contracts

VALUES = pa.schema(
    [field for field in arrow_schema(load_contracts()["gold/indicator_value"]) if field.name not in ("run_id", "computed_at")]
)
YEAR = {"indicator": "i", "period_type": "year", "period_start": dt.date(2025, 1, 1), "period_end": dt.date(2025, 12, 31)}


@pytest.fixture
def sets() -> Sets:
    return Sets(Warehouse("nowhere"), duckdb.connect())


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
