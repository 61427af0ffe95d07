"""What readers see: the tables of one release as views of a DuckDB connection, without a JVM."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import duckdb

from jobs.errors import NtmError, UsageError
from jobs.ops import releases

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from deltalake import DeltaTable

    from jobs.ops.releases import Release
    from jobs.ops.warehouse import Warehouse

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
_UNVERSIONED = (releases.RELEASE, releases.CHECKPOINT)


class NothingReleasedError(NtmError):
    """There is no release to read yet."""


def require_release(warehouse: Warehouse) -> Release:
    """The release that readers see.

    Raises:
        NothingReleasedError: nothing was released yet.
    """
    release = releases.last_release(warehouse)
    if release is None:
        raise NothingReleasedError("nothing was released yet: run `ntm run` first")
    return release


def tables_named(sql: str, release: Release) -> list[str]:
    """The tables of the release (`layer/table`) that a text names as `layer.table`."""
    known = {*release.tables, *_UNVERSIONED}
    found = re.findall(r'"?\b([a-z]+)"?\s*\.\s*"?([a-z_]+)\b"?', sql.lower())
    return sorted({f"{layer}/{table}" for layer, table in found} & known)


def connect(warehouse: Warehouse, release: Release, tables: Iterable[str]) -> duckdb.DuckDBPyConnection:
    """A connection with the tables as views `layer.table`, at the versions of the release."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'Asia/Ho_Chi_Minh'")
    for name in tables:
        layer, table = name.split("/")
        delta = warehouse.open(name, None if name in _UNVERSIONED else release.tables[name])
        connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{layer}"')
        connection.execute(f'CREATE VIEW "{layer}"."{table}" AS {_select(connection, delta, f"{layer}__{table}")}')
    return connection


def _select(connection: duckdb.DuckDBPyConnection, delta: DeltaTable, name: str) -> str:
    """A query that gives the table's rows.

    Local files are read by DuckDB itself, over the file list of the version (`delta_scan` would download its extension); others through Arrow.
    """
    files = delta.file_uris()
    columns = json.loads(delta.schema().to_json())["fields"]
    if not files:
        empty = ", ".join(f'NULL::{_duckdb_type(column["type"])} AS "{column["name"]}"' for column in columns)
        return f"SELECT {empty} WHERE false"
    if any(_SCHEME.match(file) for file in files):
        connection.register(name, delta.to_pyarrow_dataset())
        return f'SELECT * FROM "{name}"'
    partitions = set(delta.metadata().partition_columns)
    hive = ", ".join(f"'{column['name']}': {_duckdb_type(column['type'])}" for column in columns if column["name"] in partitions)
    options = f", hive_partitioning = true, hive_types = {{{hive}}}" if partitions else ", hive_partitioning = false"
    listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    named = ", ".join(f'"{column["name"]}"' for column in columns)
    return f"SELECT {named} FROM read_parquet([{listed}], union_by_name = true{options})"


def _duckdb_type(delta_type: Any) -> str:
    if isinstance(delta_type, str):
        return _DUCKDB_TYPES[delta_type]
    if delta_type["type"] == "array":
        return f"{_duckdb_type(delta_type['elementType'])}[]"
    if delta_type["type"] == "map":
        return f"MAP({_duckdb_type(delta_type['keyType'])}, {_duckdb_type(delta_type['valueType'])})"
    return "STRUCT(" + ", ".join(f'"{field["name"]}" {_duckdb_type(field["type"])}' for field in delta_type["fields"]) + ")"


def query(warehouse: Warehouse, sql: str) -> tuple[list[str], Iterator[tuple[object, ...]]]:
    """An analyst's SQL over the released tables: the column names, and the rows as they come.

    Raises:
        UsageError: the SQL is wrong; the message is DuckDB's.
    """
    release = require_release(warehouse)
    connection = connect(warehouse, release, tables_named(sql, release))
    root = warehouse.url.removeprefix("file://")
    connection.execute(f"SET allowed_directories = ['{root}']")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    with _mistakes_told():
        if [statement.type for statement in connection.extract_statements(sql)] != [duckdb.StatementType.SELECT]:
            raise UsageError("expected one SELECT: the tables are for reading")
        cursor = connection.execute(sql)
        names = [column[0] for column in cursor.description or ()]

    def rows() -> Iterator[tuple[object, ...]]:
        with _mistakes_told():
            while batch := cursor.fetchmany(10_000):
                yield from batch

    return names, rows()


@contextmanager
def _mistakes_told() -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise UsageError(f"{error} (tables are written layer.table, such as gold.indicator_value)") from None
