from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from jobs.engine.dialect import bind, to_duckdb
from jobs.errors import UsageError
from jobs.gold.definition import load
from warehouse_schema.indicator_catalogue import INDICATORS_FOLDER
from warehouse_schema.sql_text import relations

ALL_FILES = sorted(path.stem for path in INDICATORS_FOLDER.glob("*.sql"))


def test_two_part_names_and_runner_relations_are_bound_and_own_tables_are_not():
    sql = "WITH own AS (SELECT * FROM silver.work_record) SELECT own.a, periods.period_end FROM own CROSS JOIN periods"

    bound = bind(sql, {"silver.work_record": "staged_work_record", "periods": "run_periods", "other": "unused"})

    assert bound == (
        "WITH own AS (SELECT * FROM staged_work_record AS work_record) "
        "SELECT own.a, periods.period_end FROM own CROSS JOIN run_periods AS periods"
    )


def test_an_alias_stays_and_a_view_may_be_qualified():
    assert (
        bind("SELECT r.a FROM silver.dossier AS r", {"silver.dossier": "spark_catalog.ntm.dossier"})
        == "SELECT r.a FROM spark_catalog.ntm.dossier AS r"
    )


def test_a_two_part_name_is_bound_even_where_a_cte_has_its_last_name():
    bound = bind("WITH dossier AS (SELECT 1 AS a) SELECT * FROM silver.dossier", {"silver.dossier": "v"})

    assert bound.endswith("SELECT * FROM v AS dossier")


def test_a_relation_that_is_not_there_is_named():
    with pytest.raises(UsageError, match=r"reads silver\.dossier; it may read: periods"):
        bind("SELECT * FROM silver.dossier CROSS JOIN periods", {"periods": "p"})


@pytest.mark.parametrize("text", ["SELECT FROM WHERE (", "DROP TABLE silver.dossier", "SELECT 1; SELECT 2"])
def test_what_is_not_one_query_is_refused(text: str):
    with pytest.raises(UsageError, match="not one query"):
        bind(text, {})


def test_join_hints_stay_for_spark_and_not_for_duckdb():
    bound = bind("SELECT /*+ BROADCAST(p) */ p.day FROM periods AS p", {"periods": "v"})

    assert bound == "SELECT /*+ BROADCAST(p) */ p.day FROM v AS p"
    assert to_duckdb(bound) == "SELECT p.day FROM v AS p"


def test_comments_do_not_reach_the_engine():
    assert bind("-- a rule /* in words\nSELECT 1 AS one", {}) == "SELECT 1 AS one"


def test_a_cast_that_cannot_be_done_stays_an_error_in_duckdb():
    with pytest.raises(duckdb.ConversionException):
        duckdb.sql(to_duckdb("SELECT CAST('x' AS INT) AS a")).fetchall()
    with pytest.raises(duckdb.ConversionException):
        duckdb.sql(to_duckdb("SELECT CAST(CAST('x' AS INT) AS STRING) AS a")).fetchall()
    assert duckdb.sql(to_duckdb("SELECT TRY_CAST('x' AS INT) AS a")).fetchall() == [(None,)]


def test_a_missing_file_is_named_with_those_there_are(tmp_path: Path):
    (tmp_path / "one.sql").write_text("SELECT 1", encoding="utf-8")

    with pytest.raises(UsageError, match=r"no SQL file 'two' .* there are: one"):
        load("two", tmp_path)
    with pytest.raises(UsageError, match="no SQL file"):
        load("../one", tmp_path)
    assert load("one", tmp_path) == "SELECT 1"


@pytest.mark.parametrize("name", ALL_FILES)
def test_every_file_is_one_query_with_its_rule_told_in_its_head(name: str):
    text = load(name)

    assert relations(text)
    assert text.startswith("-- ")
    assert duckdb.extract_statements(to_duckdb(text))


@pytest.mark.parametrize(
    ("name", "reads"),
    [
        ("work_records_online", {"silver.work_record", "silver.paper_work_record", "silver.administrative_unit", "parameters"}),
        ("dossiers_received_online", {"silver.dossier", "parameters"}),
        ("dossiers_on_time", {"silver.dossier", "parameters", "silver.unit_lineage"}),
        ("ocop_products_recognised", {"silver.ocop_product", "silver.unit_lineage", "as_of_days"}),
        ("rollup", {"facts", "indicator", "periods", "province_level"}),
        ("target_status", {"target", "named_unit", "gold.indicator_value", "as_of_days", "caveat", "undecided"}),
    ],
)
def test_what_a_file_reads(name: str, reads: set[str]):
    assert relations(load(name)) == reads
