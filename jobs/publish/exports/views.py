"""`ntm export views`: a DuckDB file of views over the files of a release, for those who have DuckDB and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from jobs.engine.views import add_view, quoted
from jobs.errors import UsageError
from jobs.ops.releases import CHECKPOINT, RELEASE
from jobs.publish.released import add_views, released_views_by_name, require_release
from jobs.settings import path_of
from warehouse_schema.contracts import all_tables

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jobs.engine.tables import Warehouse
    from jobs.ops.releases import Release
    from warehouse_schema.contracts import Contract

MARK = "ntm_release"
"""The view that says which release a file is of; a file without it is nobody's to replace."""
_WRITE_BITS = 0o222


def export_views(warehouse: Warehouse, target: Path) -> tuple[Release, int]:
    """Write the file; returns the release that its views read, and how many there are.

    The views name the release's files by their full paths: the file goes with this warehouse where it stands, and with this release until maintenance
    deletes its files. It holds no rows.

    Raises:
        NothingReleasedError: nothing was released yet.
        UsageError: the warehouse is not on this machine; or the file is there and is none of ours.
    """
    release = require_release(warehouse)
    if path_of(warehouse.uri(RELEASE)) is None:
        raise UsageError("the warehouse is on an object store, which DuckDB alone has no key for: use `ntm sql`, or `ntm export open-data`")
    _require_ours(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    part.unlink(missing_ok=True)
    try:
        with duckdb.connect(str(part)) as connection:
            count = _add_all(connection, warehouse, release)
        part.chmod(part.stat().st_mode & ~_WRITE_BITS)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return release, count


def _require_ours(target: Path) -> None:
    if not target.exists():
        return
    try:
        with duckdb.connect(str(target), read_only=True) as connection:
            connection.execute(f"FROM main.{MARK}")
    except duckdb.Error:
        raise UsageError(f"{target} is there and is no file of views of ours: choose another name") from None


def _add_all(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, release: Release) -> int:
    contracts = {contract.name: contract for contract in all_tables()}
    stored = [*release.tables, *(name for name in (RELEASE, CHECKPOINT) if warehouse.exists(name))]
    for name in stored:
        add_view(connection, warehouse, name, release.tables.get(name))
        if name in contracts:
            contract = contracts[name]
            _comment(connection, f'"{contract.layer}"."{contract.table}"', f"{contract.title}. {contract.description}", _texts(contract))
    gold = [view for view in released_views_by_name().values() if {*stored}.issuperset(view.tables)] if release.as_of else []
    if release.as_of:
        add_views(connection, release.as_of, gold)
    for view in gold:
        text = f"{view.label_vi}. {view.question.vi} / {view.label_en}. {view.question.en}"
        _comment(connection, f'"{view.layer}"."{view.id}"', text, view.meanings)
    as_of = quoted(str(release.as_of)) if release.as_of else "NULL"
    connection.execute(
        f"CREATE VIEW main.{MARK} AS SELECT {release.sequence} AS release, {quoted(release.run_id)} AS run_id, {as_of}::DATE AS as_of"
    )
    connection.execute(f"COMMENT ON VIEW main.{MARK} IS 'The release of the NTM warehouse that these views read. They hold no rows.'")
    return len(stored) + len(gold)


def _comment(connection: duckdb.DuckDBPyConnection, view: str, text: str, columns: Mapping[str, str]) -> None:
    """Words on the view and on those of its columns that the release has."""
    connection.execute(f"COMMENT ON VIEW {view} IS {quoted(text)}")
    there = {row[0] for row in connection.execute(f"DESCRIBE {view}").fetchall()}
    for name, words in columns.items():
        if name in there:
            connection.execute(f'COMMENT ON COLUMN {view}."{name}" IS {quoted(words)}')


def _texts(contract: Contract) -> dict[str, str]:
    return {column.name: ": ".join(filter(None, (column.label_vi, column.description))) for column in contract.stored}
