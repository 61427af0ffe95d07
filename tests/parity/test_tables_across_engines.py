"""A Delta table that one engine writes is read and merged by the other, and what `deltalake` writes is read by both."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from jobs.engine.tables import Warehouse, arrow_schema
from jobs.settings import PROJECT_ROOT
from warehouse_schema.contracts import load_contracts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SPARK, SAIL = "spark", "sail"
COLUMNS = "code STRING, name STRING, rows BIGINT, share DOUBLE, online BOOLEAN, day DATE, at TIMESTAMP"
WRITTEN = (
    "('a', 'Quỳ Hợp', 1, 0.1, true, DATE'2024-02-29', TIMESTAMP'2025-02-18 09:41:10.123456'), "
    "('b', NULL, 9223372036854775807, -0.0, false, DATE'1900-01-01', TIMESTAMP'1900-01-01 00:00:00'), "
    "('c', '', NULL, NULL, NULL, NULL, NULL)"
)
CHANGES = "SELECT 'a' AS code, 'Nghĩa Đàn' AS name, 10L AS rows, false AS gone UNION ALL SELECT 'b', NULL, 0L, true UNION ALL SELECT 'd', '', 4L, false"
WITHHELD = "ops/withheld"


class EngineError(Exception):
    """What an engine answered instead of rows."""


class Engines:
    """Spark and Sail, each started when it is first asked, in a process of its own."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._started: dict[str, subprocess.Popen[str]] = {}
        self._exits = ExitStack()

    def ask(self, engine: str, sql: str) -> list[dict[str, Any]]:
        if engine not in self._started:
            self._started[engine] = self._exits.enter_context(self._start(engine))
        process = self._started[engine]
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(sql) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        assert line, f"{engine} ended: {(self._home / f'{engine}.log').read_text(encoding='utf-8')[-2000:]}"
        answer = json.loads(line)
        if "error" in answer:
            raise EngineError(answer["error"])
        rows: list[dict[str, Any]] = answer["rows"]
        return rows

    def _start(self, engine: str) -> subprocess.Popen[str]:
        home = self._home / engine
        home.mkdir()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("NTM_")}
        settings = {"NTM_ENGINE": engine, "NTM_HOME": str(home), "NTM_SPARK_DRIVER_MEMORY": "1g", "PYTHONPATH": str(PROJECT_ROOT)}
        with (self._home / f"{engine}.log").open("w", encoding="utf-8") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.parity.sql_worker"],
                cwd=home,
                env=kept | settings,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def close(self) -> None:
        for process in self._started.values():
            assert process.stdin is not None
            process.stdin.close()
        self._exits.close()


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory, java: None) -> Iterator[Engines]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JDK_JAVA_OPTIONS", f"{os.environ.get('JDK_JAVA_OPTIONS', '')} -XX:TieredStopAtLevel=1".strip())
        running = Engines(tmp_path_factory.mktemp("engines"))
        yield running
        running.close()


def rows_of(engines: Engines, engine: str, path: Path) -> list[dict[str, Any]]:
    # Times as text, in the session's zone (UTC): what a client makes of an instant depends on where it runs.
    return engines.ask(engine, f"SELECT code, name, rows, share, online, day, CAST(at AS STRING) AS at FROM delta.`{path}` ORDER BY code")


@pytest.mark.parametrize(("writer", "merger"), [(SPARK, SAIL), (SAIL, SPARK)])
def test_one_engine_writes_and_the_other_reads_and_merges(engines: Engines, tmp_path: Path, writer: str, merger: str) -> None:
    table, path = f"written_by_{writer}", tmp_path / "table"
    engines.ask(writer, f"CREATE TABLE {table} ({COLUMNS}) USING delta LOCATION '{path}'")
    engines.ask(writer, f"INSERT INTO {table} VALUES {WRITTEN}")

    written = rows_of(engines, writer, path)
    assert written == [
        {"code": "a", "name": "Quỳ Hợp", "rows": 1, "share": 0.1, "online": True, "day": "2024-02-29", "at": "2025-02-18 09:41:10.123456"},
        {"code": "b", "name": None, "rows": 2**63 - 1, "share": 0.0, "online": False, "day": "1900-01-01", "at": "1900-01-01 00:00:00"},
        {"code": "c", "name": "", "rows": None, "share": None, "online": None, "day": None, "at": None},
    ]
    assert rows_of(engines, merger, path) == written

    engines.ask(
        merger,
        f"MERGE INTO delta.`{path}` AS t USING ({CHANGES}) AS s ON t.code = s.code"
        " WHEN MATCHED AND s.gone THEN DELETE WHEN MATCHED THEN UPDATE SET name = s.name, rows = s.rows"
        " WHEN NOT MATCHED THEN INSERT (code, name, rows) VALUES (s.code, s.name, s.rows)",
    )

    merged = rows_of(engines, merger, path)
    none = dict.fromkeys(("share", "online", "day", "at"))
    assert merged == [written[0] | {"name": "Nghĩa Đàn", "rows": 10}, written[2], {"code": "d", "name": "", "rows": 4} | none]
    assert rows_of(engines, writer, path) == merged
    read_here = DeltaTable(str(path)).to_pyarrow_table(columns=["code", "name", "rows"]).sort_by("code").to_pylist()
    assert read_here == [{name: row[name] for name in ("code", "name", "rows")} for row in merged]

    # And back: the first engine merges what the second one left.
    engines.ask(
        writer,
        f"MERGE INTO delta.`{path}` AS t USING (SELECT 'd' AS code, 5L AS rows) AS s ON t.code = s.code WHEN MATCHED THEN UPDATE SET rows = s.rows",
    )
    again = [*merged[:2], merged[2] | {"rows": 5}]
    assert rows_of(engines, writer, path) == again
    assert rows_of(engines, merger, path) == again


def withheld(unit: str, rows: int) -> dict[str, Any]:
    return {
        "dataset": "eoffice/work_records",
        "unit_code": unit,
        "unit_valid_from": dt.date(2021, 1, 1),
        "day": dt.date(2025, 2, 1),
        "rows": rows,
    }


def test_both_engines_read_what_deltalake_appends(engines: Engines, tmp_path: Path) -> None:
    warehouse, contract = Warehouse(tmp_path.as_uri()), load_contracts()[WITHHELD]
    warehouse.ensure(contract)
    warehouse.append(contract, [withheld("40", 1), withheld("424", 2)])
    for engine in (SPARK, SAIL):
        rows = engines.ask(engine, f"SELECT unit_code, day, rows FROM delta.`{tmp_path / WITHHELD}` ORDER BY rows")
        assert rows == [{"unit_code": "40", "day": "2025-02-01", "rows": 1}, {"unit_code": "424", "day": "2025-02-01", "rows": 2}], engine


def merged_by_deltalake(folder: Path) -> Path:
    """A table with text columns that are NOT NULL, after a MERGE by `deltalake`: as most tables of the warehouse are."""
    warehouse, contract = Warehouse(folder.as_uri()), load_contracts()[WITHHELD]
    warehouse.ensure(contract)
    warehouse.append(contract, [withheld("40", 1), withheld("424", 2)])
    changes = [withheld("40", 3) | {"gone": True}, withheld("424", 4) | {"gone": False}, withheld("425", 5) | {"gone": False}]
    warehouse.merge(contract, pa.Table.from_pylist(changes, schema=arrow_schema(contract).append(pa.field("gone", pa.bool_()))))
    return folder / WITHHELD


def test_spark_reads_what_deltalake_merges(engines: Engines, tmp_path: Path) -> None:
    rows = engines.ask(SPARK, f"SELECT unit_code, rows FROM delta.`{merged_by_deltalake(tmp_path)}` ORDER BY rows")
    assert rows == [{"unit_code": "424", "rows": 4}, {"unit_code": "425", "rows": 5}]


def test_sail_reads_what_deltalake_merges_now_that_files_have_plain_types(engines: Engines, tmp_path: Path) -> None:
    """A merge used to leave the note of Arrow's view types in the files, which Sail refused (`jobs/engine/plain_files.py` takes it out)."""
    path = merged_by_deltalake(tmp_path)
    rows = engines.ask(SAIL, f"SELECT unit_code, rows FROM delta.`{path}` ORDER BY rows")
    assert rows == [{"unit_code": "424", "rows": 4}, {"unit_code": "425", "rows": 5}]
