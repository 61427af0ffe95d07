"""What readers see: the tables of one release as views of a DuckDB connection, without a JVM."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from difflib import get_close_matches
from typing import TYPE_CHECKING, TypeVar

import duckdb

from jobs.engine import views
from jobs.engine.dialect import to_duckdb
from jobs.engine.sets import Sets
from jobs.engine.views import own_names
from jobs.errors import NtmError, QueryError
from jobs.ops import releases
from jobs.visible import visible
from warehouse_schema.released_views import released_views
from warehouse_schema.sql_text import sql_name

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from datetime import date

    from jobs.engine.tables import Warehouse
    from jobs.ops.releases import Release
    from warehouse_schema.released_views import ReleasedView

_Answer = TypeVar("_Answer")
_UNVERSIONED = (releases.RELEASE, releases.CHECKPOINT)
_LAYERS = ("gold", "silver", "ops", "quarantine", "bronze")
_BATCH = 1_000
_READS = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN, duckdb.StatementType.MULTI)
_READING_WORDS = frozenset(
    "SELECT FROM WITH VALUES TABLE PIVOT PIVOT_WIDER UNPIVOT PIVOT_LONGER SHOW DESCRIBE DESC SUMMARIZE".split()  # noqa: SIM905
)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_FIRST_WORD = re.compile(r"[\s(]*([A-Za-z_]+)")
_EXPLAIN = re.compile(r"\s*EXPLAIN(\s+ANALYZE)?(\s*\([^)]*\))?", re.IGNORECASE)
_OF_ALL_TABLES = re.compile(
    r"\bshow\b|\bdescribe\s*;?\s*$|information_schema|duckdb_|pg_|sqlite_|\bquery(_table)?\s*\(|\bcheckpoint\b|\bpragma\b"
)
_SHOW_TABLES = re.compile(r"\s*SHOW\s+TABLES\s*;?\s*", re.IGNORECASE)
_ALL_TABLES = "SELECT table_schema || '.' || table_name AS name FROM information_schema.tables ORDER BY ALL"
_ABOUT_THE_TEXT = ("Parser", "Binder", "Catalog")
_NO_TABLE = re.compile(r'Catalog Error: Table with name "?([^"\s]+)"? does not exist')


class NothingReleasedError(NtmError):
    """There is no release to read yet, or none that has the table: it was made before the project had one."""


def require_release(warehouse: Warehouse) -> Release:
    """The release that readers see.

    Raises:
        NothingReleasedError: nothing was released yet.
    """
    release = releases.last_release(warehouse)
    if release is None:
        raise NothingReleasedError("nothing was released yet: run `ntm run` first")
    return release


def connect(warehouse: Warehouse, release: Release, tables: Iterable[str]) -> duckdb.DuckDBPyConnection:
    """A connection with the tables as views `layer.table`, at the versions of the release.

    Raises:
        NothingReleasedError: the release is older than one of the tables.
    """
    return views.connect(warehouse, _versions(release, tables))


def released_sets(warehouse: Warehouse, release: Release, tables: Iterable[str]) -> Sets:
    """The tables as relations `layer.table`, at the versions of the release.

    Raises:
        NothingReleasedError: the release is older than one of the tables.
    """
    return Sets.reading(warehouse, _versions(release, tables))


def _versions(release: Release, tables: Iterable[str]) -> dict[str, int | None]:
    wanted = set(tables)
    if missing := sorted(map(sql_name, wanted - release.tables.keys() - {*_UNVERSIONED})):
        raise NothingReleasedError(f"the last release has no {', '.join(missing)} yet: run `ntm run` first")
    return {name: None if name in _UNVERSIONED else release.tables[name] for name in wanted}


def query(warehouse: Warehouse, sql: str) -> tuple[list[str], Iterator[tuple[object, ...]]]:
    """An analyst's SQL over the released tables: the column names, and the rows as they come.

    What reads is answered as in the DuckDB shell: SELECT, FROM, WITH, PIVOT, SHOW, DESCRIBE, SUMMARIZE, EXPLAIN. A table without its layer is the first that
    there is in `_LAYERS`. No file can be read but those of the release, and nothing can be written.

    Raises:
        NothingReleasedError: nothing was released yet.
        QueryError: the SQL is wrong; the message is DuckDB's, with the tables that the name may have meant.
    """
    release = require_release(warehouse)
    return answer(warehouse, release, sql, {*release.tables, *_UNVERSIONED})


def answer(warehouse: Warehouse, release: Release, sql: str, stored: Collection[str]) -> tuple[list[str], Iterator[tuple[object, ...]]]:
    """The same over some tables, at the versions that a release names, and over the views as of its day."""
    known = released_views_by_name() if release.as_of else {}
    tables = sorted({*stored, *known})
    # Asked of those that are named alone: what a view reads is found by parsing it. A release that is older than a table cannot answer the views over it.
    named = [name for name in named_in(sql, tables) if name not in known or {*stored}.issuperset(known[name].tables)]
    read = {table for name in named for table in (known[name].tables if name in known else [name])}
    connection = connect(warehouse, release, read)
    if release.as_of:
        add_views(connection, release.as_of, [known[name] for name in named if name in known])
    _confine(connection, warehouse, release, read)
    with _mistakes_named(tables):
        statement = _reading(connection, sql)
        cursor = _interruptible(connection, lambda: connection.execute(statement))
        names = [column[0] for column in cursor.description or ()]

    def rows() -> Iterator[tuple[object, ...]]:
        with _mistakes_named(tables):
            while batch := _interruptible(connection, lambda: cursor.fetchmany(_BATCH)):
                yield from batch

    return names, rows()


def named_in(sql: str, tables: Iterable[str]) -> list[str]:
    """The tables that a text can be about: those whose name it holds; all where it asks for tables or may put a name together.

    Opening all of them takes most of a second.
    """
    text = sql.lower()
    if _OF_ALL_TABLES.search(text):
        return list(tables)
    return [table for table in tables if table.split("/")[1] in text]


def released_views_by_name() -> dict[str, ReleasedView]:
    """The views by the name that a table would have: `gold/<view>`."""
    return {view.name: view for view in released_views().values()}


def add_views(connection: duckdb.DuckDBPyConnection, as_of: date, wanted: Iterable[ReleasedView], *, evaluated: bool = False) -> None:
    """Views as of a day, over the tables that the connection has. `evaluated`: once and now, for who asks often."""
    for view in wanted:
        connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{view.layer}"')
        kind = "TABLE" if evaluated else "VIEW"
        connection.execute(f'CREATE {kind} "{view.layer}"."{view.id}" AS {to_duckdb(view.query(as_of))}')


def _confine(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, release: Release, tables: Iterable[str]) -> None:
    """Leave the connection nothing of the machine but the files of the release."""
    files = [file for name in tables for file in views.files_of(warehouse.open(name, release.tables.get(name))) if "://" not in file]
    layers = sorted({name.split("/")[0] for name in release.tables}, key=_rank)
    for layer in layers:
        connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{layer}"')
    connection.execute(f"SET search_path = {views.quoted(','.join(['main', *layers]))}")
    connection.execute(f"SET allowed_paths = [{', '.join(map(views.quoted, files))}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _reading(connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    """The text if it is one statement that reads.

    Raises:
        QueryError: it is none, several, or one that does more than read.
    """
    statements = connection.extract_statements(sql)
    if len(statements) != 1:
        raise QueryError(f"expected one query, found {len(statements)}")
    text = statements[0].query
    if _SHOW_TABLES.fullmatch(text):
        return _ALL_TABLES
    word = _word(text)
    if statements[0].type == duckdb.StatementType.EXPLAIN:
        # EXPLAIN ANALYZE runs what follows, and that could be a COPY.
        word = _word(_EXPLAIN.sub("", _without_comments(text), count=1))
    # PIVOT is several statements for DuckDB, and so is anything that holds one; the first word tells them apart.
    if statements[0].type not in _READS or word not in _READING_WORDS:
        raise QueryError("expected a query that reads: the tables are for reading")
    return text


def _without_comments(sql: str) -> str:
    return _COMMENT.sub(" ", sql)


def _word(sql: str) -> str:
    return (_FIRST_WORD.match(_without_comments(sql)) or [""] * 2)[1].upper()


def _interruptible(connection: duckdb.DuckDBPyConnection, ask: Callable[[], _Answer]) -> _Answer:
    """What a call of DuckDB gives. It runs in a thread: while all tasks of a query are with DuckDB's own threads, a call does not notice Ctrl-C."""
    with ThreadPoolExecutor(1) as caller:
        answer = caller.submit(ask)
        try:
            return answer.result()
        except KeyboardInterrupt:
            connection.interrupt()
            raise


@contextmanager
def _mistakes_named(tables: Collection[str]) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise QueryError(_with_near_names(str(error), tables)) from None


def _with_near_names(message: str, tables: Collection[str]) -> str:
    """DuckDB's message; where a table is missing, with the names of tables that are like it."""
    missing = _NO_TABLE.match(message)
    head, mark, quotation = message.partition("\n\nLINE ")
    if missing:
        # Without a layer the name means the table of the first layer that has it.
        names = {table.split("/")[1]: sql_name(table) for table in sorted(tables, key=_rank, reverse=True)}
        names |= own_names(tables)
        near = list(dict.fromkeys(names[name] for name in get_close_matches(missing[1].lower(), names, 3, 0.6)))
        hint = f"did you mean {' or '.join(near)}?" if near else "`SHOW TABLES` lists those there are"
        head = f"there is no table {missing[1]}; {hint}"
    elif not head.startswith(_ABOUT_THE_TEXT):
        # It may quote a value of a row.
        head = visible(head)
    return f"{head}{mark}{quotation}"


def _rank(table: str) -> int:
    layer = table.split("/", maxsplit=1)[0]
    return _LAYERS.index(layer) if layer in _LAYERS else len(_LAYERS)
