from __future__ import annotations

import errno
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from jobs.engine.session import engine_errors_named
from jobs.engine.views import open_connection
from jobs.errors import RunFailedError
from jobs.settings import get_settings

if TYPE_CHECKING:
    from collections.abc import Callable

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

    with pytest.raises(RunFailedError) as raised, engine_errors_named():
        fails(tmp_path / "two")
    assert str(raised.value).startswith(f"{told} at ")
    assert NAME not in str(raised.value)
    assert raised.value.__suppress_context__


def test_an_error_of_the_engine_itself_is_told_without_values_of_rows(spark: SparkSession) -> None:
    names = spark.createDataFrame([(NAME,)], "name string").selectExpr("CAST(name AS INT) AS number")
    with pytest.raises(Exception, match=NAME):
        names.collect()

    with pytest.raises(RunFailedError, match=r"^the engine failed: ") as raised, engine_errors_named():
        names.collect()
    assert NAME not in str(raised.value)
    assert raised.value.__suppress_context__


def full_duckdb(_: Path) -> None:
    duckdb.sql("COPY (SELECT range FROM range(100_000)) TO '/dev/full' (FORMAT csv, USE_TMP_FILE false)")


def full_arrow(_: Path) -> None:
    with pa.OSFile("/dev/full", "wb") as file:
        file.write(b"x")


def full_python(_: Path) -> None:
    with Path("/dev/full").open("wb", buffering=0) as file:
        file.write(b"x")


def full_delta(folder: Path) -> None:
    rows = pa.table({"number": np.random.default_rng(7).random(1_000_000)})
    write_deltalake(folder, rows)


@pytest.mark.parametrize("fails", [full_duckdb, full_arrow, full_python])
def test_a_full_disk_is_told_by_whatever_part_met_it(tmp_path: Path, fails: Callable[[Path], None]) -> None:
    with pytest.raises(Exception, match="No space left"):
        fails(tmp_path)
    with pytest.raises(RunFailedError, match=r"^no space left on the file system at /.*; nothing was released"), engine_errors_named():
        fails(tmp_path)


def test_a_full_file_system_is_named_when_deltalake_meets_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mount = shutil.which("mount")
    command = [str(mount), "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmp_path)]
    if mount is None or subprocess.run(command, check=False, capture_output=True).returncode:  # noqa: S603
        pytest.skip("no file system can be mounted here")
    try:
        monkeypatch.setenv("NTM_HOME", str(tmp_path))
        get_settings.cache_clear()
        with pytest.raises(RunFailedError, match=f"^no space left on the file system at {tmp_path} "), engine_errors_named():
            full_delta(tmp_path / "table")
    finally:
        get_settings.cache_clear()
        subprocess.run(["umount", tmp_path], check=True)  # noqa: S603, S607


@pytest.mark.parametrize(
    "error",
    [
        duckdb.Error(f"thread constructor failed: {os.strerror(errno.EAGAIN)}"),
        OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)),
        RuntimeError("can't start new thread"),
    ],
)
def test_threads_and_memory_that_the_machine_refuses_are_told(error: Exception) -> None:
    with (
        pytest.raises(RunFailedError, match=r"^the machine gave no more threads or memory \(.*; \d+ threads run here\)"),
        engine_errors_named(),
    ):
        raise error


def test_a_database_has_no_threads_that_wait_for_a_network() -> None:
    before = len(list(Path("/proc/self/task").iterdir()))
    with open_connection() as connection:
        connection.execute("SELECT 1")
        assert len(list(Path("/proc/self/task").iterdir())) - before < (os.cpu_count() or 1)
