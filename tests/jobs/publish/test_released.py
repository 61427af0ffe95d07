from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from jobs.engine.tables import Warehouse
from jobs.errors import QueryError
from jobs.ops import releases
from jobs.publish.released import NothingReleasedError, answer, query, released_sets, require_release
from tests.support.released import with_tables
from warehouse_schema.contracts import all_tables, load_contracts
from warehouse_schema.released_views import released_views

NOW = datetime(2025, 7, 1, tzinfo=UTC)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    made = with_tables(Warehouse((tmp_path / "warehouse").as_uri()))
    row = {"dataset": "eoffice/work_records", "unit_code": "40", "unit_valid_from": None, "day": date(2025, 3, 1), "rows": 3}
    made.append(load_contracts()["ops/withheld"], [row])
    releases.commit(made, releases.RELEASE, run_id="run-1", now=NOW, as_of=NOW.date(), reference="r", definitions={})
    made.append(load_contracts()["ops/withheld"], [row | {"day": date(2025, 3, 2)}])
    return made


def test_what_was_released_is_seen_and_nothing_after_it(warehouse: Warehouse) -> None:
    names, rows = query(warehouse, "SELECT unit_code, sum(rows) AS withheld FROM ops.withheld GROUP BY ALL")
    assert (names, list(rows)) == (["unit_code", "withheld"], [("40", 3)])


@pytest.mark.parametrize(
    ("sql", "first"),
    [
        ("SHOW TABLES", ("bronze.clean_water",)),
        ("DESCRIBE ops.withheld", ("dataset", "VARCHAR")),
        ("DESC withheld", ("dataset", "VARCHAR")),
        ("SUMMARIZE ops.withheld", ("dataset", "VARCHAR", "eoffice/work_records")),
        ("EXPLAIN SELECT 1", ("physical_plan",)),
        ("EXPLAIN ANALYZE SELECT 1", ("analyzed_plan",)),
        ("PIVOT ops.withheld ON unit_code USING sum(rows) GROUP BY dataset", ("eoffice/work_records", 3)),
        ("WITH p AS (PIVOT ops.withheld ON unit_code USING sum(rows) GROUP BY dataset) FROM p", ("eoffice/work_records", 3)),
        ("FROM ops.withheld SELECT rows", (3,)),
        ("FROM withheld SELECT rows", (3,)),
        ("WITH x AS (SELECT 7) SELECT * FROM x", (7,)),
        ("-- how many\n/* withheld */ SELECT rows FROM ops.withheld;", (3,)),
        ("(SELECT 5)", (5,)),
        ("VALUES (5)", (5,)),
    ],
)
def test_what_reads_is_answered_as_in_the_shell_of_duckdb(warehouse: Warehouse, sql: str, first: tuple[object, ...]) -> None:
    assert next(query(warehouse, sql)[1])[: len(first)] == first


def test_all_tables_are_listed_by_the_names_that_queries_use(warehouse: Warehouse) -> None:
    listed = {row[0] for row in query(warehouse, "show tables;")[1]}
    assert listed == {contract.name.replace("/", ".") for contract in all_tables()} | {
        view.name.replace("/", ".") for view in released_views().values()
    }
    # In one query: each opens all of them.
    counts = " UNION ALL ".join(f"SELECT '{name}' AS name, count(*) AS rows FROM {name}" for name in sorted(listed))
    assert {row[0] for row in query(warehouse, counts)[1]} == listed


def test_a_release_that_is_older_than_a_table_is_told_in_a_sentence(warehouse: Warehouse) -> None:
    now = require_release(warehouse)
    older = replace(now, tables={name: version for name, version in now.tables.items() if name != "silver/technology"})

    with pytest.raises(NothingReleasedError, match=r"the last release has no silver\.technology yet: run `ntm run` first"):
        released_sets(warehouse, older, ["silver/technology", "silver/village"])
    listed = {row[0] for row in answer(warehouse, older, "SHOW TABLES", older.tables)[1]}
    assert "gold.ocop_products" in listed
    assert not {"silver.technology", "gold.technologies_of_communes"} & listed


def test_a_view_of_gold_is_as_of_the_day_of_the_release(warehouse: Warehouse) -> None:
    unit = {
        "unit_code": "40",
        "unit_valid_from": date(2021, 1, 1),
        "version_from": date(2021, 1, 1),
        "unit_name": "Nghệ An",
        "unit_type": "Tỉnh",
    }
    unit |= {"level": "province", "province_code": "40", "province_valid_from": date(2021, 1, 1), "is_rural": False}
    survey = {
        "unit_code_sent": "40",
        "survey_id": "1",
        "subject": "other",
        "channel": "paper",
        "responses": 4,
        "satisfied": 3,
        "withdrawn": False,
    }
    survey |= {"unit_code": "40", "unit_valid_from": date(2021, 1, 1), "updated_at": NOW, "received_at": NOW, "line": 1}
    survey |= dict.fromkeys(("object_id", "row_hash", "run_id"), "x")
    warehouse.append(load_contracts()["silver/administrative_unit"], [unit])
    days = (date(2025, 7, 1), date(2025, 7, 2))
    warehouse.append(load_contracts()["silver/satisfaction_survey"], [{**survey, "survey_id": str(day), "opened_on": day} for day in days])
    releases.commit(warehouse, releases.RELEASE, run_id="run-2", now=NOW, as_of=NOW.date(), reference="r", definitions={})

    _, rows = query(warehouse, "SELECT day, unit_name, surveys, share FROM gold.satisfaction_of_units")
    assert list(rows) == [(date(2025, 7, 1), "Nghệ An", 1, 0.75)]


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("COPY (SELECT 1) TO '{root}/evil.parquet'", "for reading"),
        ("COPY (PIVOT ops.withheld ON unit_code USING sum(rows)) TO '{root}/evil.parquet'", "for reading"),
        ("EXPLAIN ANALYZE COPY (SELECT 1) TO '{root}/evil.parquet'", "for reading"),
        ("EXPLAIN ANALYZE -- SELECT\n COPY (SELECT 1) TO '{root}/evil.parquet'", "for reading"),
        ("COPY (SELECT 1) TO '{released}'", "for reading"),
        ("SELECT 1; SELECT 2", "expected one query, found 2"),
        ("", "expected one query, found 0"),
        ("CREATE TABLE t AS SELECT 1", "for reading"),
        ("SET memory_limit = '1GB'", "for reading"),
        ("SELEC 1", "syntax error"),
        ("SELECT * FROM read_csv('/etc/passwd')", "Cannot access"),
        ("SELECT CAST(dataset AS INTEGER) FROM ops.withheld", "Could not convert"),
        ("SELECT * FROM ops.witheld", "did you mean ops.withheld"),
        ("SELECT * FROM opps.withheld", "did you mean ops.withheld"),
        ("SELECT * FROM work_recrod", "did you mean silver.work_record"),
        ("SELECT * FROM zzzzzzzzzzzz", "SHOW TABLES"),
        ("SELECT * FROM read_parquet('{unreleased}')", "Cannot access"),
        ("SELECT * FROM read_parquet('{root}/**/*.parquet')", "Cannot access"),
        ("FROM glob('{root}/**')", "Cannot access"),
    ],
)
def test_a_mistake_is_told_in_a_sentence_and_nothing_is_written(warehouse: Warehouse, sql: str, found: str) -> None:
    root = Path(warehouse.url.removeprefix("file://"))
    (released,) = warehouse.open("ops/withheld", releases.last_release(warehouse).tables["ops/withheld"]).file_uris()  # type: ignore[union-attr]
    (unreleased,) = set(warehouse.open("ops/withheld").file_uris()) - {released}
    before = {file: file.stat().st_mtime_ns for file in root.rglob("*")}
    with pytest.raises(QueryError, match=found):
        list(query(warehouse, sql.format(root=root, released=released, unreleased=unreleased))[1])
    assert {file: file.stat().st_mtime_ns for file in root.rglob("*")} == before


def test_a_value_in_a_message_stays_on_one_line(warehouse: Warehouse) -> None:
    with pytest.raises(QueryError) as raised:
        list(query(warehouse, "SELECT CAST('a' || chr(10) || 'forged' AS INTEGER)")[1])
    assert "a␊forged" in str(raised.value)
