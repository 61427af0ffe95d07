"""The views of figures and rejections, each on a few rows."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from jobs.engine.dialect import to_duckdb
from jobs.engine.tables import arrow_schema
from warehouse_schema.contracts import all_tables, landed_contracts, quarantine_contract
from warehouse_schema.released_views import released_views
from warehouse_schema.sql_text import sql_name

START, JUNE_30, REFORM, LATER = date(2021, 1, 1), date(2025, 6, 30), date(2025, 7, 1), date(2025, 7, 31)
CONTRACTS = {contract.name: contract for contract in all_tables()}
PROVINCE = {"unit_code": "40", "unit_valid_from": START, "level": "province", "unit_name": "Tỉnh Nghệ An", "province_code": "40"}
DISTRICT = {"unit_code": "427", "unit_valid_from": START, "level": "district", "unit_name": "Huyện Đô Lương", "province_code": "40"}
COMMUNE = {"unit_code": "17001", "unit_valid_from": START, "level": "commune", "unit_name": "Xã Đông", "province_code": "40"}


class Tables:
    """Tables of their contracts' columns with the rows that a test adds; a column that a row leaves out is NULL."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = defaultdict(list)

    def add(self, table: str, *rows: dict[str, Any]) -> None:
        self.rows[table] += rows

    def view(self, name: str, day: date = JUNE_30) -> list[dict[str, Any]]:
        view = released_views()[name]
        with duckdb.connect(config={"threads": 1}) as connection:
            for table in view.tables:
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {table.split('/')[0]}")
                schema = pa.schema([field.with_nullable(True) for field in arrow_schema(CONTRACTS[table])])
                connection.register("given", pa.Table.from_pylist(self.rows[table], schema))
                connection.execute(f"CREATE TABLE {sql_name(table)} AS FROM given")
            return connection.sql(to_duckdb(view.query(day))).to_arrow_table().to_pylist()


@pytest.fixture
def tables() -> Tables:
    found = Tables()
    whole = {"province_valid_from": START, "version_from": START}
    commune = {**COMMUNE, **whole, "parent_valid_from": START, "parent_code": "427"}
    found.add(
        "silver/administrative_unit",
        {**PROVINCE, **whole},
        {**DISTRICT, **whole},
        # It was in another district once, and becomes a ward later.
        {**commune, "parent_code": "428", "version_to": date(2024, 12, 31)},
        {**commune, "version_from": date(2025, 1, 1), "version_to": date(2026, 4, 29)},
        {**commune, "unit_name": "Phường Đông", "version_from": date(2026, 4, 30)},
    )
    return found


def columns(rows: list[dict[str, Any]], *names: str) -> set[tuple[Any, ...]]:
    found = {tuple(row[name] for name in names) for row in rows}
    assert len(found) == len(rows)
    return found


FIGURE = {
    "indicator": "work_records_online",
    "breakdown": "",
    "level": "commune",
    "unit_valid_from": START,
    "province_code": "40",
    "period_type": "month",
    "period_start": date(2025, 5, 1),
    "period_end": date(2025, 5, 31),
    "unit": "ratio",
    "formula": "",
}
JUDGED = {
    "plan_id": "nghe-an-132-kh-ubnd-2023",
    "indicator": "work_records_online",
    "level": "commune",
    "as_of": JUNE_30,
    "judged_on": JUNE_30,
    "province_code": "40",
    "op": "gte",
    "target_value": 60.0,
    "target_unit": "percent",
    "due": date(2025, 12, 31),
}


def test_a_unit_month_has_names_and_value_and_target_in_one_unit(tables: Tables):
    june = {"period_start": date(2025, 6, 1), "period_end": JUNE_30}
    tables.add(
        "gold/indicator_value",
        {**FIGURE, "unit_code": "17001", "unit_level": "commune", "numerator": 1, "denominator": 4, "value": 0.25},
        {**FIGURE, **june, "unit_code": "17001", "unit_level": "commune", "numerator": 0, "denominator": 0, "value": None},
        {**FIGURE, "unit_code": "40", "unit_level": "province", "numerator": 3, "denominator": 4, "value": 0.75},
        # Other periods, breakdowns, and months that begin after the day are no months of it.
        {**FIGURE, "unit_code": "40", "unit_level": "province", "period_type": "quarter", "period_end": JUNE_30},
        {**FIGURE, "unit_code": "40", "unit_level": "province", "breakdown": "kind=a"},
        {**FIGURE, "unit_code": "40", "unit_level": "province", "period_start": REFORM, "period_end": LATER},
    )
    tables.add("gold/target_status", JUDGED, {**JUDGED, "as_of": date(2025, 5, 31), "target_value": 1.0})

    rows = tables.view("unit_month")
    names = ("month", "unit_code", "unit", "value", "plan_target", "is_provisional", "indicator_en")
    english = "Work records processed online"
    assert columns(rows, *names) == {
        (date(2025, 5, 1), "17001", "percent", 25.0, 60.0, False, english),
        (date(2025, 6, 1), "17001", "percent", None, 60.0, True, english),
        (date(2025, 5, 1), "40", "percent", 75.0, 60.0, False, english),
    }
    commune = next(row for row in rows if row["unit_code"] == "17001")
    assert (commune["unit_name"], commune["district_name"], commune["province_name"]) == ("Xã Đông", "Huyện Đô Lương", "Tỉnh Nghệ An")


def test_of_a_stock_a_unit_month_is_its_newest_state_and_a_count_is_asked_of_the_province_alone(tables: Tables):
    stock = {
        **FIGURE,
        "indicator": "smart_villages",
        "level": "village",
        "unit": "count",
        "period_type": "as_of",
        "denominator": None,
    }
    for code, level in (("40", "province"), ("17001", "commune")):
        tables.add(
            "gold/indicator_value",
            *(
                {
                    **stock,
                    "unit_code": code,
                    "unit_level": level,
                    "period_start": day,
                    "period_end": day,
                    "numerator": count,
                    "value": count,
                }
                for day, count in ((date(2025, 5, 31), 3.0), (date(2025, 6, 12), 4.0), (JUNE_30, 5.0))
            ),
        )
    asked = {"indicator": "smart_villages", "level": "village", "target_unit": "count", "target_value": 15.0}
    tables.add("gold/target_status", {**JUDGED, **asked})

    rows = tables.view("unit_month")
    assert columns(rows, "unit_code", "period_end", "value", "plan_target") == {
        ("40", date(2025, 5, 31), 3.0, 15.0),
        ("40", JUNE_30, 5.0, 15.0),
        ("17001", date(2025, 5, 31), 3.0, None),
        ("17001", JUNE_30, 5.0, None),
    }
    assert not any(row["is_provisional"] for row in rows)


def test_the_scorecard_tells_a_fraction_as_percent_and_leaves_what_cannot_be_judged(tables: Tables):
    tables.add(
        "gold/target_status",
        {**JUDGED, "value": 0.61, "met": True, "gap": 1.0, "numerator": 61, "denominator": 100},
        {**JUDGED, "level": "district", "target_unit": "fraction", "target_value": 12.0, "target_of": 20, "reason": "not_reported"},
        {**JUDGED, "as_of": date(2025, 5, 31)},
    )
    rows = tables.view("scorecard")
    assert columns(rows, "level", "value", "target", "unit", "met", "reason", "province_name") == {
        ("commune", 61.0, 60.0, "percent", True, None, "Nghệ An"),
        ("district", None, 60.0, "percent", None, "not_reported", "Nghệ An"),
    }


def test_every_reason_of_a_rejected_row_is_a_row(tables: Tables):
    reasons = [{"code": code, "field": "stars", "message": "", "rule": ""} for code in ("missing_value", "out_of_range")]
    for contract in landed_contracts():
        tables.add(quarantine_contract(contract.name).name, {"object_id": contract.table, "line": 4, "errors": reasons})
    rows = tables.view("rejections")
    assert columns(rows, "object_id", "number", "code") == {
        (contract.table, number, code) for contract in landed_contracts() for number, code in ((1, "missing_value"), (2, "out_of_range"))
    }
    assert all(row["dataset"] == row["object_id"] for row in rows)


def test_a_target_stands_beside_what_it_is_judged_on_and_nothing_else(tables: Tables) -> None:
    """Not beside the total where a breakdown is judged, nor a province that the code has passed to, nor what came after it was judged for good."""
    passed = {"unit_code": "24", "level": "province", "unit_name": "Tỉnh Bắc Ninh", "province_code": "24", "unit_valid_from": REFORM}
    tables.add("silver/administrative_unit", {**passed, "province_valid_from": REFORM, "version_from": REFORM})
    july = {"period_start": REFORM, "period_end": LATER}
    models = {"indicator": "raw_material_zone_models_digital", "level": "all"}
    tables.add(
        "gold/indicator_value",
        {**FIGURE, "unit_code": "40", "unit_level": "province", "numerator": 3, "denominator": 4, "value": 0.75},
        {**FIGURE, **july, "unit_code": "40", "unit_level": "province", "numerator": 3, "denominator": 4, "value": 0.75},
        {**FIGURE, **july, "province_code": "24", "unit_code": "24", "unit_valid_from": REFORM, "unit_level": "province", "value": 0.5},
        {**FIGURE, **models, "unit_code": "40", "unit_level": "province", "value": 0.6},
    )
    day = {"as_of": LATER, "judged_on": JUNE_30}
    tables.add(
        "gold/target_status",
        {**JUDGED, **day},
        {**JUDGED, **day, "judged_on": LATER, "plan_id": "bac-giang-20-kh-ubnd-2023", "province_code": "24"},
        {**JUDGED, **day, **models},
    )
    rows = tables.view("unit_month", LATER)
    assert columns(rows, "indicator", "unit_code", "month", "plan_target") == {
        ("work_records_online", "40", date(2025, 5, 1), 60.0),
        ("work_records_online", "40", REFORM, None),
        ("work_records_online", "24", REFORM, None),
        ("raw_material_zone_models_digital", "40", date(2025, 5, 1), None),
    }
