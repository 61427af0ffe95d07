"""A warehouse of a few rows for the tests of the gold layer: empty tables in DuckDB that a test fills."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from jobs.engine.sets import Sets
from jobs.engine.tables import Warehouse as Tables
from jobs.gold.evaluate import evaluate_indicator, evaluate_targets
from jobs.gold.periods import Period
from warehouse_schema.indicator_catalogue import load_catalogue
from warehouse_schema.indicator_queries import SettingsOf, settings_of

PLACE = """unit_code STRING, unit_valid_from DATE, unit_level STRING, district_code STRING, district_valid_from DATE,
province_code STRING, province_valid_from DATE"""
TABLES = {
    "silver.work_record": f"""file_id STRING, organ_id STRING, level STRING, {PLACE}, status STRING,
        created_online BOOLEAN, processed_online BOOLEAN, signed_digitally BOOLEAN, closed_on DATE,
        withdrawn BOOLEAN""",
    "silver.paper_work_record": f"""organ_id STRING, level STRING, {PLACE}, month DATE, declared_on DATE,
        closed_count BIGINT, withdrawn BOOLEAN""",
    "silver.dossier": f"""dossier_id STRING, organ_id STRING, level STRING, {PLACE}, service_level STRING,
        channel STRING, applicant_type STRING, received_on DATE, due_on DATE, finished_on DATE, state STRING""",
    "silver.ocop_product": """product_code STRING, decision_number STRING, product_group STRING, stars INT,
        unit_code STRING, unit_valid_from DATE, decision_date DATE, recognised_until DATE, withdrawn BOOLEAN""",
    "silver.unit_lineage": """unit_code STRING, unit_valid_from DATE, from_day DATE, to_day DATE, at_unit_code STRING,
        at_unit_valid_from DATE, at_unit_level STRING, district_code STRING, district_valid_from DATE,
        province_code STRING, province_valid_from DATE""",
    "silver.administrative_unit": """unit_code STRING, unit_valid_from DATE, version_from DATE, version_to DATE, level STRING,
        unit_type STRING, parent_code STRING, parent_valid_from DATE, province_code STRING, province_valid_from DATE, is_rural BOOLEAN""",
    "province_level": "province_code STRING, province_valid_from DATE, level STRING, from_day DATE, to_day DATE",
    "gold.indicator_value": """indicator STRING, breakdown STRING, level STRING, unit_code STRING,
        unit_valid_from DATE, unit_level STRING, province_code STRING, period_type STRING, period_start DATE,
        period_end DATE, numerator BIGINT, denominator BIGINT, value DOUBLE, unit STRING""",
    "target": """plan_id STRING, province_code STRING, province_valid_from DATE, indicator STRING, level STRING,
        op STRING, target_value DECIMAL(18,4), target_unit STRING, target_of INT, binding STRING, due DATE,
        judged_until DATE, period_kind STRING""",
    "caveat": "indicator STRING, breakdown STRING, reason STRING",
}
VALID_FROM = date(2021, 1, 1)
# Nghệ An; a commune of Đô Lương, Đô Lương itself, and the province.
PROVINCE = {"province_code": "40", "province_valid_from": VALID_FROM}
DISTRICT = {"district_code": "427", "district_valid_from": VALID_FROM}
PLACES: dict[str, dict[str, Any]] = {
    "commune": {"unit_code": "17617", "unit_valid_from": VALID_FROM, "unit_level": "commune", **DISTRICT, **PROVINCE},
    "other_commune": {
        "unit_code": "17620",
        "unit_valid_from": VALID_FROM,
        "unit_level": "commune",
        **DISTRICT,
        **PROVINCE,
    },
    "district": {"unit_code": "427", "unit_valid_from": VALID_FROM, "unit_level": "district", **DISTRICT, **PROVINCE},
    "province": {
        "unit_code": "40",
        "unit_valid_from": VALID_FROM,
        "unit_level": "province",
        "district_code": None,
        "district_valid_from": None,
        **PROVINCE,
    },
}


class Warehouse:
    """Tables of a few rows in one DuckDB connection, and the evaluation over them."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.sets = Sets(Tables("file:///nowhere"), self.connection)
        self.views = {name: name.replace(".", "_") for name in TABLES}
        for name, columns in TABLES.items():
            self.connection.execute(f"CREATE TABLE {self.views[name]} ({columns})")

    def add(self, table: str, *rows: Mapping[str, Any]) -> None:
        """Adds rows; columns that a row leaves out are NULL."""
        for row in rows:
            marks = ", ".join("?" for _ in row)
            self.connection.execute(f"INSERT INTO {self.views[table]} ({', '.join(row)}) VALUES ({marks})", list(row.values()))

    def clear(self, table: str) -> None:
        self.connection.execute(f"DELETE FROM {self.views[table]}")

    def arrow(self, table: str) -> pa.Table:
        return self.connection.table(self.views[table]).to_arrow_table()

    def indicator(self, name: str, periods: Sequence[Period], **settings: Any) -> list[dict[str, Any]]:
        """The values of an indicator with its own settings, some of them set otherwise."""
        indicator = load_catalogue()[name]
        chosen = [SettingsOf({**settings_of(indicator), **settings})]
        return evaluate_indicator(self.sets, indicator, periods=periods, views=self.views, settings=chosen).to_pylist()

    def targets(self, *days: date) -> list[dict[str, Any]]:
        return evaluate_targets(self.sets, days, self.views).to_pylist()


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    warehouse = Warehouse()
    yield warehouse
    warehouse.connection.close()


@pytest.fixture(scope="session")
def table_schemas() -> dict[str, str]:
    """The columns of each relation, as Spark and DuckDB both read them."""
    return TABLES


@pytest.fixture(scope="session")
def places() -> dict[str, dict[str, Any]]:
    return PLACES
