"""Set queries on Spark beside DuckDB: the same answers, and the same tables after the same changes."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from pyspark.sql.session import SparkSession as SparkInProcess

from jobs.engine.duckdb_sets import DuckdbSets
from jobs.engine.executors import delete_rows, open_sets, rows_where
from jobs.engine.sets import Sets, set_query
from jobs.engine.spark_sets import SparkSets
from jobs.engine.tables import Warehouse, arrow_schema
from warehouse_schema.contracts import all_tables, load_contracts
from warehouse_schema.ddl import sql_type

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyspark.sql import SparkSession

    from warehouse_schema.contracts import Contract

WITHHELD = load_contracts()["ops/withheld"]
VALUE = load_contracts()["gold/indicator_value"]
DAY = dt.date(2025, 1, 31)


@pytest.fixture
def warehouse(spark: SparkSession, tmp_path: Path) -> Warehouse:
    """On Spark one whose sets are asked there, else one where DuckDB is asked; in a folder with a space and letters of Vietnamese."""
    made = Warehouse((tmp_path / "kho dữ liệu").as_uri())
    return replace(made, spark=spark.newSession) if isinstance(spark, SparkInProcess) else made


@pytest.fixture
def sets(warehouse: Warehouse, tmp_path: Path) -> Iterator[Sets]:
    with open_sets(warehouse, tmp_path / "kept") as made:
        yield made


def withheld(unit: str, rows: int, day: dt.date | None = DAY) -> dict[str, Any]:
    return {"dataset": "eoffice/work_records", "unit_code": unit, "unit_valid_from": dt.date(2021, 1, 1), "day": day, "rows": rows}


def relation(rows: list[dict[str, Any]], **more: pa.DataType) -> pa.Table:
    return pa.Table.from_pylist(rows, pa.schema([*arrow_schema(WITHHELD), *more.items()]))


def stored(warehouse: Warehouse) -> dict[str, int]:
    return {row["unit_code"]: row["rows"] for row in warehouse.rows(WITHHELD.name)}


def test_the_executor_is_the_warehouses(warehouse: Warehouse, sets: Sets) -> None:
    assert isinstance(sets, SparkSets if warehouse.spark else DuckdbSets)


def test_a_table_is_appended_to_merged_and_deleted_from(warehouse: Warehouse, sets: Sets) -> None:
    warehouse.ensure(WITHHELD)
    sets.rows_of("new", relation([withheld("a", 1), withheld("b", 1), withheld("c", 1)]))
    sets.append(WITHHELD, "SELECT * FROM new")
    assert stored(warehouse) == {"a": 1, "b": 1, "c": 1}
    changes = [withheld("a", 2) | {"gone": False}, withheld("b", 1) | {"gone": True}, withheld("d", 4) | {"gone": False}]
    changes += [withheld("e", 5) | {"gone": True}]
    sets.rows_of("changed", relation(changes, gone=pa.bool_()))
    sets.merge(WITHHELD, "SELECT * FROM changed")
    assert stored(warehouse) == {"a": 2, "c": 1, "d": 4}
    sets.rows_of("those", pa.table({"unit_code": ["c", "x"]}))
    sets.delete(WITHHELD, "SELECT unit_code FROM those")
    assert stored(warehouse) == {"a": 2, "d": 4}
    sets.overwrite(WITHHELD, "SELECT * FROM new WHERE unit_code = 'b'")
    assert stored(warehouse) == {"b": 1}


def test_only_partitions_that_are_named_are_looked_for_a_key(warehouse: Warehouse, sets: Sets) -> None:
    contract = next(one for one in load_contracts().values() if one.layer == "silver" and one.partition_by and one.landing)
    partition = contract.partition_by[0]
    warehouse.ensure(contract)
    schema = arrow_schema(contract)

    def row(key: str, part: str) -> dict[str, Any]:
        filled: dict[str, Any] = {field.name: _some(field.type) for field in schema if not field.nullable}
        return filled | dict.fromkeys(contract.key, key) | {partition: part}

    sets.rows_of("new", pa.Table.from_pylist([row("1", "2025-01"), row("2", "2025-02")], schema))
    sets.append(contract, "SELECT * FROM new")
    sets.rows_of("changed", pa.Table.from_pylist([row("1", "2025-03") | {"gone": False}], schema.append(pa.field("gone", pa.bool_()))))
    sets.merge(contract, "SELECT * FROM changed", ["2025-01"])
    found = sorted(row[partition] for row in warehouse.rows(contract.name))
    assert found == ["2025-02", "2025-03"]


def _some(kind: pa.DataType) -> Any:
    if pa.types.is_timestamp(kind):
        return dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    return {pa.string(): "x", pa.date32(): DAY, pa.bool_(): False}.get(kind, 0)


def test_a_relation_of_a_table_stays_as_it_was_when_it_was_asked_for(warehouse: Warehouse, sets: Sets) -> None:
    warehouse.ensure(WITHHELD)
    warehouse.append(WITHHELD, [withheld("a", 1)])
    sets.delta(WITHHELD.name)
    sets.view("units", "SELECT unit_code FROM ops.withheld")
    sets.rows_of("new", relation([withheld("b", 1)]))
    sets.append(WITHHELD, "SELECT * FROM new")
    assert [row["unit_code"] for row in sets.rows("SELECT * FROM units")] == ["a"]
    sets.delta(WITHHELD.name)
    assert len(sets.rows("SELECT * FROM ops.withheld")) == 2
    sets.delta(WITHHELD.name, 0)
    assert sets.rows("SELECT * FROM ops.withheld") == []


def test_what_is_evaluated_once_says_the_same_again(sets: Sets) -> None:
    for keep in (sets.table, sets.kept):
        name = keep(*(("made", "SELECT uuid() AS made") if keep == sets.table else ("SELECT uuid() AS made",))) or "made"
        assert sets.rows(f"SELECT * FROM {name}") == sets.rows(f"SELECT * FROM {name}")


def test_days_are_those_of_vietnam(sets: Sets) -> None:
    at = pa.table({"at": pa.array([dt.datetime(2025, 1, 31, 18, tzinfo=dt.UTC)], pa.timestamp("us", tz="UTC"))})
    sets.rows_of("moments", at)
    (row,) = sets.rows("SELECT CAST(at AS DATE) AS day, date_format(at, 'yyyy-MM') AS month, at FROM moments")
    assert (row["day"], row["month"], row["at"]) == (dt.date(2025, 2, 1), "2025-02", dt.datetime(2025, 1, 31, 18, tzinfo=dt.UTC))


def test_rows_without_a_value_and_no_rows_at_all_are_relations(sets: Sets) -> None:
    sets.rows_of("nothing", pa.table({"a": pa.array([None, None]), "b": [1, 2]}))
    sets.rows_of("none", arrow_schema(VALUE).empty_table())
    assert sets.rows("SELECT a, b FROM nothing ORDER BY b") == [{"a": None, "b": 1}, {"a": None, "b": 2}]
    assert sets.result("SELECT * FROM none").column_names == arrow_schema(VALUE).names


def test_files_are_a_relation_and_rows_become_files(sets: Sets, tmp_path: Path) -> None:
    sets.rows_of("new", relation([withheld("a", 1), withheld("b", 2, None)]))
    place = tmp_path / "rows.parquet"
    assert sets.write_files(place, "SELECT * FROM new") == 2
    sets.files("again", f"{place}/*.parquet" if place.is_dir() else str(place))
    assert {row["unit_code"]: row["day"] for row in sets.rows("SELECT * FROM again")} == {"a": DAY, "b": None}


def test_rows_are_found_and_taken_out_by_many_values(warehouse: Warehouse, sets: Sets) -> None:
    warehouse.ensure(WITHHELD)
    warehouse.append(WITHHELD, [withheld("a", 1), withheld("b", 2), withheld("c", 3)])
    found = rows_where(warehouse, WITHHELD.name, "unit_code, rows", "unit_code", ["a", "c", "x"]).to_pylist()
    assert sorted(row["rows"] for row in found) == [1, 3]
    delete_rows(warehouse, WITHHELD, pa.table({"unit_code": ["a", "c"]}))
    assert stored(warehouse) == {"b": 2}


def test_an_error_is_one_of_the_executors(sets: Sets) -> None:
    with pytest.raises(sets.errors):
        sets.rows("SELECT CAST(text AS INT) AS number FROM (SELECT 'x' AS text) AS r")


def test_sets_side_by_side_have_names_of_their_own(warehouse: Warehouse, sets: Sets) -> None:
    sets.rows_of("batch", pa.table({"a": [1]}))
    with open_sets(warehouse) as others:
        others.rows_of("batch", pa.table({"a": [2]}))
        assert (sets.rows("SELECT a FROM batch"), others.rows("SELECT a FROM batch")) == ([{"a": 1}], [{"a": 2}])


def test_both_say_the_same_of_what_a_merge_of_gold_has_to_do(apache_spark: SparkSession) -> None:
    schema = pa.schema([field for field in arrow_schema(VALUE) if field.name not in ("run_id", "computed_at")])
    year = {"indicator": "i", "period_type": "year", "period_start": dt.date(2025, 1, 1), "period_end": dt.date(2025, 12, 31)}
    unit = {"breakdown": "", "level": "commune", "unit_valid_from": DAY, "unit_level": "commune", "province_code": "40", "unit": "count"}
    rows = [{**year, **unit, "unit_code": code, "numerator": number, "formula": ""} for code, number in (("a", 1), ("b", 2), ("c", 3))]
    answers = []
    for made in (DuckdbSets.open(Warehouse("nowhere")), SparkSets(Warehouse("nowhere"), apache_spark.newSession())):
        with made as sets:
            sets.rows_of("computed", pa.Table.from_pylist([rows[0], {**rows[1], "numerator": 9}], schema))
            sets.rows_of("stored", pa.Table.from_pylist(rows[1:], schema))
            sets.rows_of("inside", pa.Table.from_pylist([year], pa.schema([schema.field(name) for name in year])))
            answers.append(sorted(sets.rows(set_query("differences")), key=lambda row: str(row["unit_code"])))
    assert answers[0] == answers[1]
    assert [(row["unit_code"], row["gone"]) for row in answers[0]] == [("a", False), ("b", False), ("c", True)]


@pytest.mark.parametrize(
    "contract", [one for one in all_tables() if one.layer in ("silver", "quarantine", "gold")], ids=lambda one: one.name
)
def test_every_type_of_a_contract_can_be_cast_to(apache_spark: SparkSession, contract: Contract) -> None:
    """A struct of a table says which of its fields are always there, and no CAST may."""
    nothing = ", ".join(f"CAST(NULL AS {sql_type(one.type, described=False)}) AS `{one.name}`" for one in contract.stored)
    made = apache_spark.sql(f"SELECT {nothing}").schema
    assert [field.name for field in made] == arrow_schema(contract).names
