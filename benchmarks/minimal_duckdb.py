"""The contestant: the minimal job (`benchmarks.minimal` says what it leaves out) in DuckDB, its tables written by `deltalake`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import duckdb
from deltalake import DeltaTable

from benchmarks.contestant import Figure, Phase, Result, Stopwatch, Task
from benchmarks.minimal import DOSSIER, FIELDS, KEYS, ORDERS, RATIOS, TIME_ZONE, WORK_RECORD, Dialect, cast_rows, figures
from benchmarks.minimal_delta import merge, write
from benchmarks.workload import DOSSIERS, ORGANISATIONS, WORK_RECORDS
from jobs.settings import get_settings

if TYPE_CHECKING:
    from pathlib import Path

_DIALECT = Dialect(timestamp="TIMESTAMPTZ", compact_timestamp="CAST(strptime({}, '%Y%m%d%H%M%S') AS TIMESTAMPTZ)")


def newest_versions(connection: duckdb.DuckDBPyConnection, folder: Path, table: str) -> duckdb.DuckDBPyRelation:
    """The lines of a dataset, cast; one row for each key: its newest version."""
    objects = ", ".join("'" + str(path).replace("'", "''") + "'" for path in sorted(folder.rglob("*.ndjson*")))
    fields = ", ".join(f"{name}: 'VARCHAR'" for name in FIELDS[table])
    lines = f"read_json([{objects}], format = 'newline_delimited', columns = {{{fields}}}, hive_partitioning = false)"
    return connection.sql(
        f"FROM ({cast_rows(table, _DIALECT, lines)}) QUALIFY row_number() OVER (PARTITION BY {KEYS[table]} ORDER BY {ORDERS[table]}) = 1"
    )


def ratios(connection: duckdb.DuckDBPyConnection, warehouse: str, registry: Path) -> tuple[Figure, ...]:
    """The figures from the two tables under the warehouse's URL and the registry in the landing folder."""
    for table in (WORK_RECORD, DOSSIER):
        connection.read_parquet(DeltaTable(f"{warehouse}/{table}").file_uris()).create_view(table)
    sheets = str(registry / ORGANISATIONS / "**" / "*.csv")
    connection.read_csv(sheets, header=True, all_varchar=True, hive_partitioning=False).create_view("organisation")
    return figures(connection.sql(RATIOS).fetchall())


def connect() -> duckdb.DuckDBPyConnection:
    """A connection whose times are Vietnam's."""
    connection = duckdb.connect()
    connection.execute(f"SET TimeZone = '{TIME_ZONE}'")
    return connection


def main() -> None:
    """Run one phase and write the result."""
    task = Task.from_arguments()
    settings = get_settings()
    imported = time.monotonic()
    connection = connect()
    ready = time.monotonic()
    watch = Stopwatch()
    for table, dataset in ((WORK_RECORD, WORK_RECORDS), (DOSSIER, DOSSIERS)):
        with watch.stage("read, cast, newest, write", table):
            rows, uri = newest_versions(connection, task.landing / dataset, table), f"{settings.warehouse_url}/{table}"
            if task.phase is Phase.FULL:
                write(rows.to_arrow_reader(), table, uri)
            else:
                merge(rows.to_arrow_table(), table, uri)
    with watch.stage("ratios"):
        found = ratios(connection, settings.warehouse_url, task.registry)
    Result(task.phase, imported - task.launched, ready - imported, watch.seconds, tuple(watch.stages), found).write(task.result)


if __name__ == "__main__":
    main()
