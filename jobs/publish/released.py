"""What readers see: the tables of one release as views of a DuckDB connection, without a JVM."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import duckdb
import pyarrow as pa
from deltalake.exceptions import DeltaError

from jobs.engine import views
from jobs.engine.dialect import to_duckdb
from jobs.engine.duckdb_sets import DuckdbSets
from jobs.engine.views import own_names
from jobs.errors import NtmError, QueryError, UsageError
from jobs.ops import releases
from jobs.publish.described import comments_of
from jobs.visible import visible
from warehouse_schema.released_views import released_views
from warehouse_schema.sql_text import sql_name

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from datetime import date

    from jobs.engine.tables import Warehouse
    from jobs.ops.releases import Release
    from warehouse_schema.released_views import ReleasedView

_Answer = TypeVar("_Answer")
_UNVERSIONED = (releases.RELEASE, releases.CHECKPOINT)
_LAYERS = ("gold", "silver", "ops", "quarantine", "bronze")
_BATCH = 10_000
"""Rows of a piece: they are Python's values for a moment, all columns of them."""
_NOT_OF_ARROW = frozenset({"bignum", "bit", "enum", "time with time zone", "union"})
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
_DESCRIBE = re.compile(r'\s*DESC(?:RIBE)?\s+(?:"?(\w+)"?\s*\.\s*)?"?(\w+)"?\s*;?\s*', re.IGNORECASE)
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


def release_numbered(warehouse: Warehouse, number: int) -> Release:
    """The release of a number, as `ntm status` shows it.

    Raises:
        NothingReleasedError: nothing was released yet.
        UsageError: there is none of that number, or it was withdrawn since; the message names those there are.
    """
    require_release(warehouse)
    known = {release.sequence: release for release in releases.releases(warehouse)}
    if number in known and known[number].state == releases.RELEASED:
        return known[number]
    there = _ranges([sequence for sequence, release in known.items() if release.state == releases.RELEASED])
    if number in known:
        raise UsageError(f"release {number} was withdrawn: it held a record that has become secret or was erased since; there are {there}")
    raise UsageError(f"there is no release {number}; there are {there}")


def _ranges(numbers: Iterable[int]) -> str:
    """Numbers in order, those in a row as `1 to 5`."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1] = [runs[-1][0], number]
        else:
            runs.append([number])
    return ", ".join(" to ".join(map(str, run)) for run in runs)


def connect(warehouse: Warehouse, release: Release, tables: Iterable[str]) -> duckdb.DuckDBPyConnection:
    """A connection with the tables as views `layer.table`, at the versions of the release.

    Raises:
        NothingReleasedError: the release is older than one of the tables.
    """
    return views.connect(warehouse, _versions(release, tables))


def released_sets(warehouse: Warehouse, release: Release, tables: Iterable[str]) -> DuckdbSets:
    """The tables as relations `layer.table`, at the versions of the release.

    Raises:
        NothingReleasedError: the release is older than one of the tables.
    """
    return DuckdbSets.reading(warehouse, _versions(release, tables))


def _versions(release: Release, tables: Iterable[str]) -> dict[str, int | None]:
    wanted = set(tables)
    if missing := sorted(map(sql_name, wanted - release.tables.keys() - {*_UNVERSIONED})):
        raise NothingReleasedError(f"the last release has no {', '.join(missing)} yet: run `ntm run` first")
    return {name: None if name in _UNVERSIONED else release.tables[name] for name in wanted}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query gives.

    Attributes:
        schema: of the pieces; two columns may have one name.
        batches: the rows as they come, in pieces of Arrow. They come once. A mistake that a row brings to light raises QueryError here.
    """

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return list(self.schema.names)


def query(warehouse: Warehouse, sql: str, release: Release | None = None) -> Answer:
    """An analyst's SQL over the tables of a release; None: of the last one.

    What reads is answered as in the DuckDB shell: SELECT, FROM, WITH, PIVOT, SHOW, DESCRIBE, SUMMARIZE, EXPLAIN. A table without its layer is the first that
    there is in `_LAYERS`. No file can be read but those of the release, and nothing can be written.

    Raises:
        NothingReleasedError: nothing was released yet.
        QueryError: the SQL is wrong; the message is DuckDB's, with the tables that the name may have meant.
        UsageError: files of the release, an older one, are there no more.
    """
    chosen = release or require_release(warehouse)
    return answer(warehouse, chosen, sql, {*chosen.tables, *_UNVERSIONED}, may_be_gone=release is not None)


def answer(warehouse: Warehouse, release: Release, sql: str, stored: Collection[str], *, may_be_gone: bool = False) -> Answer:
    """The same over some tables, at the versions that a release names, and over the views as of its day.

    `may_be_gone`: it is a release whose files maintenance may have deleted, so they are looked for first.
    """
    known = released_views_by_name() if release.as_of else {}
    tables = sorted({*stored, *known})
    # Asked of those that are named alone: what a view reads is found by parsing it. A release that is older than a table cannot answer the views over it.
    named = [name for name in named_in(sql, tables) if name not in known or {*stored}.issuperset(known[name].tables)]
    read = {table for name in named for table in (known[name].tables if name in known else [name])}
    if may_be_gone:
        require_files(warehouse, release, read)
    connection = connect(warehouse, release, read)
    if release.as_of:
        add_views(connection, release.as_of, [known[name] for name in named if name in known])
    _confine(connection, warehouse, release, read)
    with _mistakes_named(tables):
        statement = _reading(connection, sql, tables)
        reader = _interruptible(connection, lambda: _in_plain_types(connection.sql(statement)).to_arrow_reader(_BATCH))

    def batches() -> Iterator[pa.RecordBatch]:
        with _mistakes_named(tables):
            while (batch := _interruptible(connection, lambda: next(reader, None))) is not None:
                yield batch

    return Answer(reader.schema, batches())


def queried_tables(release: Release) -> list[str]:
    """The tables and views (`layer/table`) that queries over a release can name: by layer as a person looks for them, then by name."""
    return sorted(
        {*release.tables, *_UNVERSIONED, *(released_views_by_name() if release.as_of else ())}, key=lambda name: (_rank(name), name)
    )


def _in_plain_types(relation: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """The relation with text in place of types that Arrow has not, or has as bytes that only DuckDB can read."""
    if not any(column.id in _NOT_OF_ARROW for column in relation.types):
        return relation
    columns = (
        f"#{number}{'::VARCHAR' if kind.id in _NOT_OF_ARROW else ''} AS {_identifier(name)}"
        for number, (name, kind) in enumerate(zip(relation.columns, relation.types, strict=True), 1)
    )
    return relation.project(", ".join(columns))


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def require_files(warehouse: Warehouse, release: Release, tables: Iterable[str]) -> None:
    """Make sure that the files of a release are there.

    Raises:
        UsageError: maintenance has deleted some.
    """
    for name in sorted(tables):
        try:
            files = views.files_of(warehouse.open(name, release.tables.get(name)))
        except DeltaError:
            files = None
        # What lies in a bucket is missed when it is read.
        if files is None or not all("://" in file or Path(file).exists() for file in files):
            raise UsageError(
                f"release {release.sequence} cannot be read any more: files of {sql_name(name)} were deleted,"
                f" as maintenance does after NTM_RELEASE_RETENTION_DAYS ({warehouse.retention_days}) days"
            )


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


def _reading(connection: duckdb.DuckDBPyConnection, sql: str, tables: Collection[str]) -> str:
    """The text if it is one statement that reads; DESCRIBE of a table gives the comments of its contract too.

    Raises:
        QueryError: it is none, several, or one that does more than read.
    """
    statements = connection.extract_statements(sql)
    if len(statements) != 1:
        raise QueryError(f"expected one query, found {len(statements)}")
    text = statements[0].query
    if _SHOW_TABLES.fullmatch(text):
        return _ALL_TABLES
    if described := _DESCRIBE.fullmatch(_without_comments(text)):
        comments = comments_of(table_named(described[1], described[2], tables))
        return f"SELECT *, {_map_of(comments)}[column_name] AS comment FROM ({text.strip().removesuffix(';')}\n)" if comments else text
    word = _word(text)
    if statements[0].type == duckdb.StatementType.EXPLAIN:
        # EXPLAIN ANALYZE runs what follows, and that could be a COPY.
        word = _word(_EXPLAIN.sub("", _without_comments(text), count=1))
    # PIVOT is several statements for DuckDB, and so is anything that holds one; the first word tells them apart.
    if statements[0].type not in _READS or word not in _READING_WORDS:
        raise QueryError("expected a query that reads: the tables are for reading")
    return text


def table_named(layer: str | None, table: str, tables: Iterable[str]) -> str | None:
    """The table (`layer/table`) that a query means by a name; without a layer the first that there is in `_LAYERS`."""
    wanted = [name for name in tables if name.split("/")[1] == table.lower() and (layer is None or name.split("/")[0] == layer.lower())]
    return min(wanted, key=_rank, default=None)


def _map_of(texts: Mapping[str, str]) -> str:
    return f"MAP {{{', '.join(f'{views.quoted(name)}: {views.quoted(text)}' for name, text in texts.items())}}}"


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
    except (duckdb.Error, OSError, pa.ArrowException) as error:
        # What a row brings to light comes through Arrow, with DuckDB's words.
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
