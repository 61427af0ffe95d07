"""A warehouse of a few rows for the tests of the gold layer: empty tables in DuckDB that a test fills."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pytest

from jobs.engine.dialect import bind
from jobs.engine.duckdb_sets import DuckdbSets
from jobs.engine.sets import Sets
from jobs.engine.tables import Warehouse as Tables
from jobs.engine.tables import table_of
from jobs.gold.evaluate import evaluate_indicator, evaluate_targets
from jobs.gold.periods import Period
from jobs.reference.units.names import current_names
from tests.support.registry import Registry, made_up_units
from warehouse_schema.contracts import landed_contracts, load_contracts
from warehouse_schema.indicator_catalogue import load_catalogue
from warehouse_schema.indicator_queries import SettingsOf, population_order, populations, settings_of
from warehouse_schema.reference_tables import reference_contracts
from warehouse_schema.sql_text import sql_name

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from warehouse_schema.indicator_queries import Query

TYPES = {
    "string": "STRING",
    "boolean": "BOOLEAN",
    "integer": "INT",
    "long": "BIGINT",
    "double": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
SETTING_TYPES = {bool: "BOOLEAN", int: "INT", str: "STRING"}
TABLES = {
    **{
        sql_name(contract.name): ", ".join(
            f"{column.name} {TYPES[column.type]}" for column in contract.stored if isinstance(column.type, str)
        )
        for contract in load_contracts().values()
        if contract.layer == "silver"
    },
    "province_level": "province_code STRING, province_valid_from DATE, level STRING, from_day DATE, to_day DATE",
    "gold.indicator_value": """indicator STRING, breakdown STRING, level STRING, unit_code STRING,
        unit_valid_from DATE, unit_level STRING, province_code STRING, period_type STRING, period_start DATE,
        period_end DATE, numerator BIGINT, denominator BIGINT, value DOUBLE, unit STRING, formula STRING""",
    "target": """plan_id STRING, province_code STRING, province_valid_from DATE, indicator STRING, level STRING,
        op STRING, target_value DECIMAL(18,4), target_unit STRING, target_of INT, binding STRING, due DATE,
        judged_until DATE, period_kind STRING, breakdown STRING""",
    "named_unit": "plan_id STRING, indicator STRING, level STRING, unit_code STRING, unit_valid_from DATE, named_on DATE",
    "caveat": "indicator STRING, breakdown STRING, reason STRING",
    "undecided": "plan_id STRING, indicator STRING",
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
        self.connection = duckdb.connect(config={"threads": 1})
        self.views = {name: name.replace(".", "_") for name in TABLES}
        self.connection.execute("CREATE SCHEMA silver")
        for name, columns in TABLES.items():
            self.connection.execute(f"CREATE TABLE {self.views[name]} ({columns})")
            if name.startswith("silver."):
                self.connection.execute(f"CREATE VIEW {name} AS FROM {self.views[name]}")

    @property
    def sets(self) -> Sets:
        """New ones for each question: rows may have been added since the one before."""
        return DuckdbSets(Tables("file:///nowhere"), self.connection)

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


class OnSpark:
    """The tables of a warehouse in Spark, and the facts of indicators and flags there: the same texts, of indicators and of populations."""

    def __init__(self, spark: SparkSession, warehouse: Warehouse) -> None:
        self.spark = spark
        self.views = {
            name: self.view(name, schema, warehouse.arrow(name).to_pylist())
            for name, schema in TABLES.items()
            if name.startswith("silver.") or name in ("province_level", "named_unit")
        }

    def view(self, name: str, schema: str, rows: Sequence[Mapping[str, Any]]) -> str:
        columns = [column.split()[0] for column in schema.split(",")]
        view = f"parity_{name.replace('.', '_')}"
        self.spark.createDataFrame([tuple(row[column] for column in columns) for row in rows], schema).createOrReplaceTempView(view)
        return view

    def facts(self, indicator: Query, days: Sequence[date], **settings: Any) -> pa.Table:
        chosen = {**settings_of(indicator), **settings}
        own = self.views | {"as_of_days": self.view("as_of_days", "day DATE", [{"day": day} for day in days])}
        if chosen:
            schema = ", ".join(f"{name} {SETTING_TYPES[type(value)]}" for name, value in chosen.items())
            own["parameters"] = self.view("parameters", schema, [chosen])
        for name in population_order(indicator.sql):
            own[name] = f"parity_population_{name}"
            self.spark.sql(bind(populations()[name], own)).createOrReplaceTempView(own[name])
        return self.spark.sql(bind(indicator.sql, own)).toArrow()


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    warehouse = Warehouse()
    yield warehouse
    warehouse.connection.close()


@pytest.fixture(scope="module")
def warehouse_with_units(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """A warehouse with the made-up units and their lineage, for all tests of a file."""
    warehouse, units = Warehouse(), made_up_units(tmp_path_factory.mktemp("units"))
    for name, rows in (
        ("administrative_unit", units.versions),
        ("unit_lineage", units.lineage),
        ("unit_name", current_names(units.versions)),
    ):
        warehouse.connection.register("made_up", table_of(load_contracts()[f"silver/{name}"], rows))
        columns = warehouse.connection.table(f"silver_{name}").columns
        warehouse.connection.execute(f"INSERT INTO silver_{name} SELECT {', '.join(columns)} FROM made_up")
    yield warehouse
    warehouse.connection.close()


@pytest.fixture
def registry(warehouse_with_units: Warehouse) -> Iterator[Registry]:
    """Empty sheets of a made-up province."""
    yield Registry(warehouse_with_units)
    for contract in (*landed_contracts(), *reference_contracts()):
        warehouse_with_units.clear(sql_name(contract.name))
    warehouse_with_units.clear("named_unit")


@pytest.fixture(scope="session")
def on_spark(spark: SparkSession) -> Callable[[Warehouse], OnSpark]:
    return lambda warehouse: OnSpark(spark, warehouse)


@pytest.fixture(scope="session")
def places() -> dict[str, dict[str, Any]]:
    return PLACES
