"""Delta tables as views of a DuckDB connection: how the driver reads rows without a JVM, released ones and those about to be."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any

import duckdb

from jobs.engine.store import s3_filesystem
from jobs.settings import path_of
from jobs.vietnam import TIMEZONE
from warehouse_schema.sql_text import sql_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from deltalake import DeltaTable

    from jobs.engine.tables import Warehouse

STREAMED_ROWS = 16_384
"""Rows of a piece of what is streamed to a table. DuckDB's own choice is a million: with titles in them, a gigabyte a table that is written."""
_SPILL_AT = "512MB"
_SPILLING_THREADS = 4
"""Each thread has buffers of its own that do not spill: with 8 and more the limit is too small for a large load."""
_NO_WAITING_THREADS: dict[str, str | bool | int | float | list[str]] = {"async_threads": 0}
"""DuckDB starts eight threads a database that wait for a network. Its files are here, and a load has a database for each dataset: it had 340 threads."""
S3_PROTOCOL = "s3"
_SCHEME = re.compile(r"^(?!file:)[a-z0-9]+://")
_DUCKDB_TYPES = {
    "string": "VARCHAR",
    "boolean": "BOOLEAN",
    "integer": "INTEGER",
    "long": "BIGINT",
    "double": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMPTZ",
}


def open_connection(spill_to: Path | None = None) -> duckdb.DuckDBPyConnection:
    """A connection in Vietnam's time. It writes nothing to disk but to `spill_to`, where memory ends: rows hold titles, so nowhere outside the workspace."""
    connection = duckdb.connect(config=_NO_WAITING_THREADS)
    connection.execute(f"SET TimeZone = '{TIMEZONE}'")
    # A query of more than two seconds would draw a bar into what the command prints. In a notebook there is none, and DuckDB refuses to hear of it.
    if connection.sql("SELECT current_setting('enable_progress_bar')").fetchall() == [(True,)]:
        connection.execute("SET enable_progress_bar = false")
    connection.execute(f"SET temp_directory = {quoted(str(spill_to or ''))}")
    if spill_to is not None:
        connection.execute(f"SET memory_limit = '{_SPILL_AT}'")
        connection.execute(f"SET threads = {min(os.cpu_count() or 1, _SPILLING_THREADS)}")
        # Large results are streamed then, not gathered.
        connection.execute("SET preserve_insertion_order = false")
    return connection


def quoted(text: str) -> str:
    """A text as a literal of DuckDB's SQL."""
    return "'" + text.replace("'", "''") + "'"


def connect(warehouse: Warehouse, versions: Mapping[str, int | None]) -> duckdb.DuckDBPyConnection:
    """A connection with tables (`layer/table`) as views `layer.table`, each at a version (None: the newest)."""
    connection = open_connection()
    for name, version in versions.items():
        add_view(connection, warehouse, name, version)
    return connection


def own_names(tables: Iterable[str]) -> dict[str, str]:
    """The mapping for `jobs.engine.dialect.bind` under which a query reads the views that `connect` made of these tables."""
    return {name: name for name in map(sql_name, tables)}


def add_view(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, name: str, version: int | None = None) -> None:
    """Make a table (`layer/table`) the view `layer.table`, as it is at the version; in place of the view that there was."""
    layer, table = name.split("/")
    connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{layer}"')
    delta = warehouse.open(name, version)
    options = warehouse.storage_options or {}
    select = _select(connection, delta, options)
    view = f'CREATE OR REPLACE VIEW "{layer}"."{table}" AS'
    try:
        connection.execute(f"{view} {select}")
    except duckdb.BinderException:
        # A column that was added since is in none of the files.
        connection.execute(f"{view} {_select(connection, delta, options, with_added_columns=True)}")


def files_of(delta: DeltaTable) -> list[str]:
    """The files of a table at its version: paths on this machine, or addresses.

    `deltalake` writes the table's own folder as an address has it (a space is %20), and what lies below as it is on the disk.
    """
    root = path_of(delta.table_uri)
    if root is None:
        return list(delta.file_uris())
    return [str(root.joinpath(*file.split("/")[len(root.parts) :])) for file in delta.file_uris()]


def _reach_store(connection: duckdb.DuckDBPyConnection, options: Mapping[str, str]) -> None:
    """Let a connection read `s3://…`; the keys stay in this process's client."""
    if S3_PROTOCOL not in connection.list_filesystems():
        connection.register_filesystem(_store(options))


def _store(options: Mapping[str, str]) -> Any:
    from fsspec.implementations.arrow import ArrowFSWrapper

    class Store(ArrowFSWrapper):  # type: ignore[misc]
        protocol = S3_PROTOCOL

    return Store(s3_filesystem(options))


def _select(
    connection: duckdb.DuckDBPyConnection, delta: DeltaTable, options_of_store: Mapping[str, str], *, with_added_columns: bool = False
) -> str:
    """A query that gives the table's rows.

    DuckDB reads the files of the version by itself (`delta_scan` would download its extension); those of an object store by Arrow's client, since its own
    is an extension too.
    """
    files = files_of(delta)
    columns = json.loads(delta.schema().to_json())["fields"]
    if not files:
        return _no_rows(columns)
    if any(_SCHEME.match(file) for file in files):
        _reach_store(connection, options_of_store)
    partitions = set(delta.metadata().partition_columns)
    hive = ", ".join(f"'{column['name']}': {_duckdb_type(column['type'])}" for column in columns if column["name"] in partitions)
    options = f", hive_partitioning = true, hive_types = {{{hive}}}" if partitions else ", hive_partitioning = false"
    listed = ", ".join(map(quoted, files))
    named = ", ".join(f'"{column["name"]}"' for column in columns)
    read = f"read_parquet([{listed}], union_by_name = true{options})"
    return (
        f"SELECT {named} FROM ({_no_rows(columns)} UNION ALL BY NAME FROM {read})" if with_added_columns else f"SELECT {named} FROM {read}"
    )


def _no_rows(columns: Sequence[dict[str, Any]]) -> str:
    """A query that has the columns of a table and no rows."""
    nothing = ", ".join(f'NULL::{_duckdb_type(column["type"])} AS "{column["name"]}"' for column in columns)
    return f"SELECT {nothing} WHERE false"


def _duckdb_type(delta_type: Any) -> str:
    if isinstance(delta_type, str):
        return _DUCKDB_TYPES[delta_type]
    if delta_type["type"] == "array":
        return f"{_duckdb_type(delta_type['elementType'])}[]"
    if delta_type["type"] == "map":
        return f"MAP({_duckdb_type(delta_type['keyType'])}, {_duckdb_type(delta_type['valueType'])})"
    return "STRUCT(" + ", ".join(f'"{field["name"]}" {_duckdb_type(field["type"])}' for field in delta_type["fields"]) + ")"
