from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from jobs.engine.session import engine_errors_told
from jobs.errors import RunFailedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pyspark.sql import SparkSession

NAME = "Nguyễn Văn A"


def broken_check(folder: Path) -> None:
    write_deltalake(folder, pa.table({"title": ["ok"]}))
    DeltaTable(folder).alter.add_constraint({"known": "title IN ('ok', 'fine')"})
    write_deltalake(folder, pa.table({"title": [NAME]}), mode="append")


def bad_cast(_: Path) -> None:
    duckdb.sql(f"SELECT CAST('{NAME}' AS INT)").fetchall()


def bad_arrow(_: Path) -> None:
    pa.array([NAME]).cast(pa.int32())


@pytest.mark.parametrize(
    ("fails", "told"),
    [
        (broken_check, "DeltaError"),
        (bad_cast, "ConversionException"),
        (bad_arrow, "ArrowInvalid"),
    ],
)
def test_an_error_of_an_engine_is_told_without_values_of_rows(tmp_path: Path, fails: Callable[[Path], None], told: str) -> None:
    with pytest.raises(Exception, match=NAME):
        fails(tmp_path / "one")

    with pytest.raises(RunFailedError) as raised, engine_errors_told():
        fails(tmp_path / "two")
    assert str(raised.value).startswith(f"{told} at ")
    assert NAME not in str(raised.value)
    assert raised.value.__suppress_context__


def test_an_error_of_the_engine_itself_is_told_without_values_of_rows(spark: SparkSession) -> None:
    names = spark.createDataFrame([(NAME,)], "name string").selectExpr("CAST(name AS INT) AS number")
    with pytest.raises(Exception, match=NAME):
        names.collect()

    with pytest.raises(RunFailedError, match=r"^the engine failed: ") as raised, engine_errors_told():
        names.collect()
    assert NAME not in str(raised.value)
    assert raised.value.__suppress_context__
