"""Quarantine for people: which rows were rejected, why, and how to have them read again."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jobs.errors import UsageError
from jobs.ops import ledger, releases
from jobs.ops.ledger import WAITING_STATES, State
from warehouse_schema.contracts import landed_contracts, quarantine_contract

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobs.engine.tables import Warehouse
    from warehouse_schema.contracts import Contract

SHORTEST_ID = 8
_COLUMNS = ("path", "line", "errors", "received_at")


def quarantined(table: str | None) -> list[Contract]:
    """The contracts that a table's name selects; all for None.

    Raises:
        UsageError: no landed table has that name.
    """
    contracts = [contract for contract in landed_contracts() if table in (None, contract.table, contract.name)]
    if not contracts:
        known = ", ".join(contract.table for contract in landed_contracts())
        raise UsageError(f"no landed table {table!r}; there are: {known}")
    return contracts


def _rows(warehouse: Warehouse, contract: Contract, columns: list[str] | None = None) -> list[dict[str, Any]]:
    name = quarantine_contract(contract.name).name
    release = releases.last_release(warehouse)
    if release is None or name not in release.tables:
        return []
    return warehouse.rows(name, release.tables[name], columns)


def counts(warehouse: Warehouse) -> dict[str, dict[str, int]]:
    """Rejected rows by table and error code, as of the last release; a row with two errors counts under both."""
    found = {}
    for contract in landed_contracts():
        codes = Counter(error["code"] for row in _rows(warehouse, contract, ["errors"]) for error in row["errors"])
        if codes:
            found[contract.table] = dict(codes.most_common())
    return found


def listed(warehouse: Warehouse, table: str | None, code: str | None, limit: int) -> tuple[list[str], Iterator[tuple[object, ...]]]:
    """Rejected rows, newest first: table, path, line, error codes, what was expected."""
    found = [
        (contract.table, row)
        for contract in quarantined(table)
        for row in _rows(warehouse, contract, list(_COLUMNS))
        if code is None or any(error["code"] == code for error in row["errors"])
    ]
    found.sort(key=lambda one: (-one[1]["received_at"].timestamp(), one[1]["path"], one[1]["line"] or 0))
    names = ["table", "path", "line", "codes", "expected"]
    return names, (
        (
            name,
            row["path"],
            row["line"],
            ", ".join(error["code"] for error in row["errors"]),
            "; ".join(error["message"] for error in row["errors"]),
        )
        for name, row in found[:limit]
    )


def shown(warehouse: Warehouse, path: str, line: int | None) -> list[dict[str, Any]]:
    """The rejected rows of one landed path (or object), whole.

    Raises:
        UsageError: nothing of it is in quarantine.
    """
    found = []
    for contract in landed_contracts():
        name = quarantine_contract(contract.name).name
        release = releases.last_release(warehouse)
        if release is None or name not in release.tables:
            continue
        rows = [
            row
            for row in warehouse.rows(name, release.tables[name])
            if row["path"] == path or (len(path) >= SHORTEST_ID and row["object_id"].startswith(path))
        ]
        found += [
            {"table": contract.table, **row, "fields": dict(row["fields"]) if row["fields"] else None}
            for row in rows
            if line is None or row["line"] == line
        ]
    if not found:
        raise UsageError(f"{path}: nothing of it is in quarantine; see `ntm quarantine list`")
    return found


def mark_for_replay(warehouse: Warehouse, table: str | None) -> int:
    """Have the next run read again every object with rejected rows or that could not be read; returns how many."""
    names = {contract.name for contract in quarantined(table)}
    marked = [
        replace(entry, state=State.REPLAY)
        for entry in ledger.entries(warehouse)
        if entry.table in names and ((entry.state == State.LOADED and entry.rows_rejected) or entry.state == State.FAILED)
    ]
    keep(warehouse, marked)
    return len(marked)


def keep(warehouse: Warehouse, changed: list[ledger.Entry]) -> None:
    """Write what a person decided about objects so that the next run starts from it.

    Where nothing follows from the decision, such as for a batch that is discarded, the last release takes the ledger as it is now: the tables stay
    as they are, so a release of its own would have no change in it.
    """
    if not changed:
        return
    releases.open_tables(warehouse)
    point = releases.recovery_point(warehouse)
    if point is None:
        raise UsageError("nothing was loaded yet: run `ntm run` first")
    ledger.record(warehouse, changed)
    if point == releases.last_release(warehouse) and not any(entry.state in WAITING_STATES for entry in changed):
        releases.renew(warehouse, point, ledger.LOAD)
        return
    releases.commit_again(warehouse, releases.CHECKPOINT, point, run_id=point.run_id, now=datetime.now(UTC))
