"""Every field of every dataset is read alike by both engines, whatever stands in it."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.border.records import composed
from jobs.engine.views import open_connection
from jobs.landing.formats.base import text_of
from jobs.settings import PROJECT_ROOT
from jobs.silver.judge import received_fields
from tests.parity.hostile_records import DATASETS, MESSAGES, JsonText, one_by_one
from warehouse_schema.contracts import landed_contracts

if TYPE_CHECKING:
    from pathlib import Path

ENGINES = ("spark", "sail")
TABLES = [contract.table for contract in landed_contracts()]


def passed(value: Any) -> str | None:
    """What the border lets through of a value: text in the composed form, nothing that UTF-8 cannot hold."""
    text = None if value is ... else value.text if isinstance(value, JsonText) else text_of(value)
    return composed("".join(letter for letter in text if letter != "\0" and not "\ud800" <= letter <= "\udfff")) if text else text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, java: None) -> Path:
    """The rows as received, and what either engine makes of them."""
    folder = tmp_path_factory.mktemp("values")
    for contract in landed_contracts():
        (dataset,) = (dataset for dataset in (*DATASETS, MESSAGES) if dataset.path == contract.landing)
        fields = received_fields(contract)
        rows = list(dict.fromkeys(tuple(passed(record.get(name)) for name in fields) for record in one_by_one(dataset)))
        columns = {name: pa.array([row[at] for row in rows], pa.string()) for at, name in enumerate(fields)}
        pq.write_table(pa.table({"number": range(len(rows)), **columns}), folder / f"{contract.table}.parquet")
    with ThreadPoolExecutor(len(ENGINES)) as pool:
        list(pool.map(lambda engine: standardise(engine, folder), ENGINES))
    return folder


def standardise(engine: str, folder: Path) -> None:
    home = folder / f"home-{engine}"
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NTM_")}
    quick = {"JDK_JAVA_OPTIONS": f"{os.environ.get('JDK_JAVA_OPTIONS', '')} -XX:TieredStopAtLevel=1".strip()}
    settings = {"NTM_ENGINE": engine, "NTM_HOME": str(home), "NTM_SPARK_DRIVER_MEMORY": "1g", "PYTHONPATH": str(PROJECT_ROOT)}
    command = [sys.executable, "-m", "tests.parity.standardise_values", str(folder)]
    ended = subprocess.run(  # noqa: S603 - this interpreter
        command, cwd=home, env=kept | quick | settings, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, f"{engine}: {ended.stderr[-3000:]}"


@pytest.mark.parametrize("table", TABLES)
def test_both_engines_read_every_value_of_every_field_alike(folder: Path, table: str) -> None:
    def rows(source: str) -> dict[int, dict[str, Any]]:
        with open_connection() as connection:
            found = connection.sql(f"FROM read_parquet('{source}')").to_arrow_table().to_pylist()
        return {row["number"]: row for row in found}

    sent = rows(f"{folder}/{table}.parquet")
    spark, sail = (rows(f"{folder}/{engine}/{table}/*.parquet") for engine in ENGINES)
    assert spark.keys() == sail.keys() == sent.keys()
    right = sent[0]
    apart = [
        {
            "sent": {name: value for name, value in sent[number].items() if name != "number" and value != right[name]},
            **{name: (value, sail[number][name]) for name, value in row.items() if repr(value) != repr(sail[number][name])},
        }
        for number, row in spark.items()
        if repr(row) != repr({name: sail[number][name] for name in row})
    ]
    assert not apart, f"{len(apart)} rows differ (field: Spark, Sail): {apart[:5]}"
    # Values that nothing accepts, or that nothing rejects, would prove little.
    assert {bool(row["own_reasons"]) for row in spark.values()} == {True, False}
