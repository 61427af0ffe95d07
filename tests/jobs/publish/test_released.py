from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from jobs.engine.tables import Warehouse
from jobs.errors import QueryError, UsageError
from jobs.ops import releases
from jobs.publish.released import NothingReleasedError, answer, query, release_numbered, released_sets, require_release
from jobs.publish.values import rows_of
from tests.support.released import with_tables
from warehouse_schema.contracts import all_tables, load_contracts
from warehouse_schema.released_views import ViewError, released_views, shared_words

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
    answer = query(warehouse, "SELECT unit_code, sum(rows) AS withheld FROM ops.withheld GROUP BY ALL")
    assert (answer.names, list(rows_of(answer.batches))) == (["unit_code", "withheld"], [("40", 3)])


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
    assert next(rows_of(query(warehouse, sql).batches))[: len(first)] == first


def test_a_described_table_has_the_comments_of_its_contract(warehouse: Warehouse) -> None:
    for sql in ("DESCRIBE ops.withheld", "desc withheld;", 'DESCRIBE "ops"."withheld" -- of the border'):
        found = query(warehouse, sql)
        assert found.names == ["column_name", "column_type", "null", "key", "default", "extra", "comment"]
        comments = {row[0]: row[-1] for row in rows_of(found.batches)}
        assert comments == {column.name: column.description or None for column in load_contracts()["ops/withheld"].stored}
    assert "comment" not in query(warehouse, "DESCRIBE SELECT dataset FROM ops.withheld").names


def test_a_described_view_says_what_each_column_means(warehouse: Warehouse) -> None:
    for view in released_views().values():
        found = query(warehouse, f"DESCRIBE {view.id}")
        assert {row[0]: row[-1] for row in rows_of(found.batches)} == view.meanings
        assert list(view.meanings) == view.columns


def test_words_of_a_view_are_its_own_before_those_that_views_share_or_a_table_has() -> None:
    view = released_views()["scorecard"]
    table = {column.name: column.description for column in load_contracts()["gold/target_status"].stored}
    assert (view.meanings["value"], view.meanings["gap"]) == (view.words["value"], table["gap"])
    assert view.meanings["province_code"] == shared_words()["province_code"] != table["province_code"]
    with pytest.raises(ViewError, match=r"scorecard: there is no plan_titel; did you mean 'plan_title'\?"):
        _ = view.model_copy(update={"words": {"plan_titel": "x"}}).meanings
    with pytest.raises(ViewError, match="scorecard: expected under words what plan_title, unit, target means"):
        _ = view.model_copy(update={"words": {}}).meanings


def test_types_that_arrow_has_not_are_told_as_text_and_names_may_come_twice(warehouse: Warehouse) -> None:
    found = query(warehouse, """SELECT '101'::BIT AS "a""b", TIMETZ '10:00:00+02' AS t, 'x'::ENUM ('x') AS t, 5::BIGNUM AS n, 7 AS d""")
    assert found.names == ['a"b', "t", "t", "n", "d"]
    assert list(rows_of(found.batches)) == [("101", "10:00:00+02", "x", "5", 7)]


def test_a_mistake_that_a_later_row_brings_to_light_is_told_in_a_sentence(warehouse: Warehouse) -> None:
    found = query(warehouse, "SELECT if(range = 50_000, CAST('x' AS INTEGER), 1) FROM range(60_000)")
    with pytest.raises(QueryError, match="Could not convert"):
        list(found.batches)


def test_nothing_of_this_process_is_read(warehouse: Warehouse) -> None:
    import pyarrow as pa

    private = pa.table({"a": [1]})
    with pytest.raises(QueryError, match="no table private"):
        query(warehouse, "FROM private")
    assert private.num_rows == 1


def test_an_earlier_release_is_asked_for_by_its_number(warehouse: Warehouse) -> None:
    releases.commit(warehouse, releases.RELEASE, run_id="run-2", now=NOW, as_of=NOW.date(), reference="r", definitions={})
    count = "SELECT sum(rows) FROM ops.withheld"
    counted = [list(rows_of(query(warehouse, count, release_numbered(warehouse, number)).batches)) for number in (1, 2)]
    assert counted == [[(3,)], [(6,)]]
    assert list(rows_of(query(warehouse, count).batches)) == [(6,)]
    with pytest.raises(UsageError, match=r"there is no release 7; there are 1 to 2$"):
        release_numbered(warehouse, 7)
    releases.withdraw(warehouse, [release_numbered(warehouse, 1)])
    with pytest.raises(UsageError, match=r"release 1 was withdrawn: .* since; there are 2$"):
        release_numbered(warehouse, 1)


def test_a_release_whose_files_were_deleted_is_told_in_a_sentence(warehouse: Warehouse) -> None:
    with warehouse.changing("ops/withheld") as table:
        table.optimize.compact()
    releases.commit(warehouse, releases.RELEASE, run_id="run-2", now=NOW, as_of=NOW.date(), reference="r", definitions={})
    with warehouse.changing("ops/withheld") as table:
        table.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False, full=True)
    first = release_numbered(warehouse, 1)
    with pytest.raises(UsageError, match=r"release 1 cannot be read any more: files of ops\.withheld were deleted"):
        query(warehouse, "FROM ops.withheld", first)
    assert list(rows_of(query(warehouse, "SELECT count(*) FROM ops.release", first).batches)) == [(2,)], "other tables are read"


def test_all_tables_are_listed_by_the_names_that_queries_use(warehouse: Warehouse) -> None:
    listed = {row[0] for row in rows_of(query(warehouse, "show tables;").batches)}
    assert listed == {contract.name.replace("/", ".") for contract in all_tables()} | {
        view.name.replace("/", ".") for view in released_views().values()
    }
    # In one query: each opens all of them.
    counts = " UNION ALL ".join(f"SELECT '{name}' AS name, count(*) AS rows FROM {name}" for name in sorted(listed))
    assert {row[0] for row in rows_of(query(warehouse, counts).batches)} == listed


def test_a_release_that_is_older_than_a_table_is_told_in_a_sentence(warehouse: Warehouse) -> None:
    now = require_release(warehouse)
    older = replace(now, tables={name: version for name, version in now.tables.items() if name != "silver/technology"})

    with pytest.raises(NothingReleasedError, match=r"the last release has no silver\.technology yet: run `ntm run` first"):
        released_sets(warehouse, older, ["silver/technology", "silver/village"])
    listed = {row[0] for row in rows_of(answer(warehouse, older, "SHOW TABLES", older.tables).batches)}
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

    found = query(warehouse, "SELECT day, unit_name, surveys, share FROM gold.satisfaction_of_units")
    assert list(rows_of(found.batches)) == [("2025-07-01", "Nghệ An", 1, 0.75)]


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
        ("DESCRIBE (SELECT * FROM read_csv('/etc/passwd'))", "Cannot access"),
        ("DESCRIBE nothing.withheld", "no table"),
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
        list(query(warehouse, sql.format(root=root, released=released, unreleased=unreleased)).batches)
    assert {file: file.stat().st_mtime_ns for file in root.rglob("*")} == before


def test_a_value_in_a_message_stays_on_one_line(warehouse: Warehouse) -> None:
    with pytest.raises(QueryError) as raised:
        list(query(warehouse, "SELECT CAST('a' || chr(10) || 'forged' AS INTEGER)").batches)
    assert "a␊forged" in str(raised.value)
