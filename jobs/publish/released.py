"""What readers see: the tables of one release as views of a DuckDB connection, without a JVM."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

from jobs.engine import views
from jobs.errors import NtmError, UsageError
from jobs.ops import releases

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jobs.engine.tables import Warehouse
    from jobs.ops.releases import Release

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
    return views.connect(warehouse, {name: None if name in _UNVERSIONED else release.tables[name] for name in tables})


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
