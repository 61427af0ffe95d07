"""Releases, checkpoints, and the way back to them.

A release names the version of every table; its row is the only commit point for readers. A checkpoint has the same shape and marks the end of a
finished `standardise` that no release has published yet. Whatever lies beyond the newest of them was left by a run that did not finish.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from jobs.engine.schema import migrate
from jobs.engine.tables import Warehouse
from jobs.lock import require_locks
from jobs.ops.definitions import fingerprint
from warehouse_schema.contracts import all_tables, load_contracts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date, datetime

    from deltalake import DeltaTable

    from warehouse_schema.contracts import Contract

RELEASE = "ops/release"
CHECKPOINT = "ops/checkpoint"
RELEASED = "released"
WITHDRAWN = "withdrawn"
PURGED = "purged"
TABLES = "tables"
"""The name of the fingerprint of all schemas among the definitions."""
_MADE = 0
"""The version of a table that has just been made and is empty."""


@dataclass(frozen=True, slots=True)
class Release:
    """One row of `ops/release` or `ops/checkpoint`, which has no `approved` and `approved_by`: nothing of it is seen before a release."""

    sequence: int
    run_id: str
    created_at: datetime
    as_of: date | None
    state: str
    tables: dict[str, int]
    reference: str
    definitions: dict[str, str] = field(default_factory=dict)
    approved: str | None = None
    approved_by: str | None = None


def versioned_tables() -> tuple[Contract, ...]:
    """The tables whose versions a release names: all but the releases themselves."""
    return tuple(contract for contract in all_tables() if contract.name not in (RELEASE, CHECKPOINT))


def ensure_tables(warehouse: Warehouse) -> list[str]:
    """Make every table that is not there; names those that were made."""
    missing = [contract for contract in all_tables() if not warehouse.exists(contract.name)]
    for contract in missing:
        warehouse.ensure(contract)
    return [contract.name for contract in missing]


@dataclass(frozen=True, slots=True)
class Opened:
    """What had to be done before a step could start from a known state.

    Attributes:
        restored: tables that were ahead of the recovery point.
        changed: tables that were changed to their contracts, in words.
        is_new_schema: a contract's columns or constraints are not those of the recovery point: constraints may wait for `set_constraints`.
    """

    restored: list[str]
    changed: list[str]
    is_new_schema: bool


def open_tables(warehouse: Warehouse, rebuilt: Collection[str] = ()) -> Opened:
    """Make the tables that are missing, bring the others to the recovery point, and then to their contracts.

    Raises:
        UsageError: a contract changed in a way that its table cannot follow in place; nothing was written. See `jobs.engine.schema.migrate`.
    """
    made = ensure_tables(warehouse)
    restored = recover(warehouse)
    point = recovery_point(warehouse)
    if point is not None and point.definitions.get(TABLES) == schemas():
        return Opened(restored, [], is_new_schema=False)
    done = migrate(warehouse, all_tables(), rebuilt)
    changed = [f"{table}: {', '.join(words)}" for table, words in done.items() if table not in made]
    return Opened(restored, changed, is_new_schema=True)


def schemas() -> str:
    """The fingerprint of the schemas of all tables: while it is that of the recovery point, no table has to be looked at."""
    return fingerprint([(contract.name, contract.schema_json(), contract.partition_by, contract.checks) for contract in all_tables()])


def _read(warehouse: Warehouse, name: str) -> list[Release]:
    if not warehouse.exists(name):
        return []
    rows = warehouse.rows_now(name)
    releases = [Release(**{**row, "tables": dict(row["tables"]), "definitions": dict(row.get("definitions") or ())}) for row in rows]
    return sorted(releases, key=lambda release: (release.sequence, release.created_at))


def releases(warehouse: Warehouse) -> list[Release]:
    """All releases, oldest first."""
    return _read(warehouse, RELEASE)


def last_release(warehouse: Warehouse) -> Release | None:
    """The release that readers see; None before the first."""
    live = [release for release in releases(warehouse) if release.state == RELEASED]
    return live[-1] if live else None


def recovery_point(warehouse: Warehouse) -> Release | None:
    """The newest state in which the tables belong together: the last release, or a checkpoint made after it."""
    release = last_release(warehouse)
    published = release.sequence if release else 0
    pending = [checkpoint for checkpoint in _read(warehouse, CHECKPOINT) if checkpoint.sequence > published]
    return pending[-1] if pending else release


def recover(warehouse: Warehouse) -> list[str]:
    """Bring every table back to the recovery point; names the tables that were ahead of it.

    What others wrote is seen from here on. A restore is one metadata commit a table and can itself be interrupted: the next call does what is left.
    """
    warehouse.look_again()
    point = recovery_point(warehouse)
    versions = point.tables if point else {}
    restored = []
    for contract in versioned_tables():
        wanted = versions.get(contract.name, _MADE)
        if not warehouse.exists(contract.name) or warehouse.version(contract.name) <= wanted:
            continue
        if not _is_same(warehouse.newest(contract.name), warehouse.open(contract.name, wanted)):
            with warehouse.changing(contract.name) as table:
                table.restore(wanted)
            restored.append(contract.name)
    return restored


def _is_same(table: DeltaTable, other: DeltaTable) -> bool:
    """Whether two versions of a table hold the same files under the same schema and constraints."""
    return (
        set(table.file_uris()) == set(other.file_uris())
        and table.schema().to_json() == other.schema().to_json()
        and table.metadata().configuration == other.metadata().configuration
    )


def current_versions(warehouse: Warehouse) -> dict[str, int]:
    """The newest version of every table."""
    return {contract.name: warehouse.version(contract.name) for contract in versioned_tables() if warehouse.exists(contract.name)}


def next_sequence(warehouse: Warehouse) -> int:
    """The number of the release that comes next."""
    known = releases(warehouse)
    return known[-1].sequence + 1 if known else 1


def commit(
    warehouse: Warehouse,
    name: str,
    *,
    run_id: str,
    now: datetime,
    as_of: date | None,
    reference: str,
    definitions: Mapping[str, str],
    approved: str | None = None,
    approved_by: str | None = None,
) -> Release:
    """Write a release (or checkpoint) of the tables as they are now, and of the definitions that they were made by.

    A table that no contract describes any more (its file is away) stays named at its version, for the day on which the contract comes back. `approved`: what a
    person approved of it, in words, and `approved_by` who; a release alone keeps them.

    Raises:
        RunFailedError: the lock that this run took in a database is not held any more.
    """
    require_locks()
    point = recovery_point(warehouse)
    known = {contract.name for contract in versioned_tables()}
    left = {name: version for name, version in (point.tables if point else {}).items() if name not in known}
    tables = left | current_versions(warehouse)
    release = Release(next_sequence(warehouse), run_id, now, as_of, RELEASED, tables, reference, dict(definitions), approved, approved_by)
    warehouse.append(load_contracts()[name], [as_row(release)])
    return release


def commit_again(warehouse: Warehouse, name: str, point: Release, *, run_id: str, now: datetime) -> Release:
    """`commit` of what was made by the definitions of an earlier release or checkpoint, for its as-of day."""
    return commit(warehouse, name, run_id=run_id, now=now, as_of=point.as_of, reference=point.reference, definitions=point.definitions)


def withdraw(warehouse: Warehouse, withdrawn: list[Release]) -> None:
    """Mark releases as withdrawn: readers can no longer ask for them."""
    warehouse.upsert(load_contracts()[RELEASE], [as_row(replace(release, state=WITHDRAWN)) for release in withdrawn])


def renew(warehouse: Warehouse, release: Release, table: str) -> None:
    """Have a release name a table of bookkeeping as it is now, in one commit: what readers see of the other tables stays the same."""
    warehouse.upsert(load_contracts()[RELEASE], [as_row(replace(release, tables=release.tables | {table: warehouse.version(table)}))])


def as_row(release: Release) -> dict[str, Any]:
    """The release as a row of its table."""
    return {**asdict(release), "tables": list(release.tables.items()), "definitions": list(release.definitions.items())}
