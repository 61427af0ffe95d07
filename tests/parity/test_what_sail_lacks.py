"""The table "What Sail lacks" of docs/engines.md, line by line: a test fails when Sail has learnt one of these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pyspark.errors import PySparkException

from jobs.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

REFUSED = {
    "OPTIMIZE delta.`{table}`": "found OPTIMIZE",
    "VACUUM delta.`{table}`": "found VACUUM",
    "DESCRIBE HISTORY delta.`{table}`": "found HISTORY",
    "ALTER TABLE delta.`{table}` ADD CONSTRAINT positive CHECK (code > 0)": "table does not exist",
    "ALTER TABLE delta.`{table}` SET TBLPROPERTIES (delta.enableChangeDataFeed = true)": "TABLE_OR_VIEW_NOT_FOUND",
    "INSERT INTO delta.`{table}` VALUES (9, 'x')": "TABLE_OR_VIEW_NOT_FOUND",
    "SELECT _metadata.file_path FROM text.`{text}`": "_metadata",
    "SELECT input_file_name() FROM text.`{text}`": "input_file_name",
}


@pytest.fixture(scope="session")
def sail(request: pytest.FixtureRequest) -> SparkSession:
    if Settings(_env_file=None).engine != "sail":
        pytest.skip("about Sail itself: make test ENGINE=sail")
    session: SparkSession = request.getfixturevalue("spark")
    return session


@pytest.fixture
def table(sail: SparkSession, tmp_path: Path) -> Path:
    path = tmp_path / "table"
    sail.sql("SELECT 1 AS code, 'Quỳ Hợp' AS name").write.format("delta").save(str(path))
    return path


@pytest.fixture
def text(tmp_path: Path) -> Path:
    file = tmp_path / "lines.json"
    file.write_text('{"code": "a"}\n{"code":\n{"code": "b"}\n', encoding="utf-8")
    return file


@pytest.mark.parametrize("sql", REFUSED)
def test_a_statement_is_refused(sql: str, sail: SparkSession, table: Path, text: Path) -> None:
    with pytest.raises(PySparkException, match=REFUSED[sql]):
        sail.sql(sql.format(table=table, text=text)).collect()


def test_the_change_data_feed_cannot_be_set_by_the_name_of_a_table_either(sail: SparkSession, tmp_path: Path) -> None:
    sail.sql(f"CREATE TABLE named_table (code BIGINT) USING delta LOCATION '{tmp_path}/named'")
    try:
        with pytest.raises(PySparkException, match="Table features must be specified"):
            sail.sql("ALTER TABLE named_table SET TBLPROPERTIES (delta.enableChangeDataFeed = true)").collect()
    finally:
        sail.sql("DROP TABLE named_table")


def test_a_transaction_that_was_done_is_done_again(sail: SparkSession, table: Path) -> None:
    transaction: dict[str, Any] = {"txnAppId": "ntm", "txnVersion": "1"}
    for _ in range(2):
        sail.sql("SELECT 2 AS code, '' AS name").write.format("delta").mode("append").options(**transaction).save(str(table))
    assert sail.read.format("delta").load(str(table)).count() == 3


def test_the_change_data_feed_is_the_table(sail: SparkSession, table: Path) -> None:
    feed = sail.read.format("delta").option("readChangeFeed", "true").option("startingVersion", "0").load(str(table))
    assert feed.columns == ["code", "name"]


def test_nothing_is_observed(sail: SparkSession) -> None:
    from pyspark.sql import functions as F

    with pytest.raises(PySparkException, match="collect metrics"):
        sail.range(3).observe("counted", F.count(F.lit(1)).alias("rows")).collect()


def test_a_broken_line_of_json_fails_the_read(sail: SparkSession, text: Path) -> None:
    with pytest.raises(PySparkException, match="Json error"):
        sail.read.schema("code string").json(str(text)).collect()
