"""What readers see: the tables of one release as views of a DuckDB connection, without a JVM."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import duckdb

from jobs.errors import NtmError, UsageError
from jobs.ops import releases

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jobs.ops.releases import Release
    from jobs.ops.warehouse import Warehouse

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
        version = None if name in _UNVERSIONED else release.tables[name]
        registered = f"{layer}__{table}"
        connection.register(registered, warehouse.open(name, version).to_pyarrow_dataset())
        connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{layer}"')
        connection.execute(f'CREATE VIEW "{layer}"."{table}" AS SELECT * FROM "{registered}"')
    return connection


def query(warehouse: Warehouse, sql: str) -> tuple[list[str], Iterator[tuple[object, ...]]]:
    """An analyst's SQL over the released tables: the column names, and the rows as they come.

    Raises:
        UsageError: the SQL is wrong; the message is DuckDB's.
    """
    release = require_release(warehouse)
    connection = connect(warehouse, release, tables_named(sql, release))
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    try:
        cursor = connection.execute(sql)
        names = [column[0] for column in cursor.description or ()]
    except duckdb.Error as error:
        raise UsageError(f"{error} (tables are written layer.table, such as gold.indicator_value)") from None

    def rows() -> Iterator[tuple[object, ...]]:
        while batch := cursor.fetchmany(10_000):
            yield from batch

    return names, rows()
