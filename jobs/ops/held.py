"""Batches that a gate holds, and what a person decides about them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jobs.errors import UsageError
from jobs.ops import ledger
from jobs.ops.ledger import Entry, State
from jobs.ops.quarantine import keep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobs.engine.tables import Warehouse


def held_objects(warehouse: Warehouse) -> tuple[list[str], Iterator[tuple[object, ...]]]:
    """The objects of held batches: table, path, when received, what failed."""
    held = [entry for entry in ledger.entries(warehouse) if entry.state == State.HELD]
    return ["table", "path", "received_at", "failed"], ((entry.table, entry.path, entry.received_at, entry.message) for entry in held)


def decide(warehouse: Warehouse, table: str, *, approve: bool) -> int:
    """Approve or discard every held object of a table; returns how many.

    Raises:
        UsageError: nothing of that table is held.
    """

    def decision(entry: Entry) -> State:
        # What was loaded before and was only to be read again stays as it was.
        return State.APPROVED if approve else State.LOADED if entry.rows_read else State.DISCARDED

    decided = [
        replace(entry, state=decision(entry))
        for entry in ledger.entries(warehouse)
        if entry.state == State.HELD and table in (entry.table, entry.table.removeprefix("silver/"))
    ]
    if not decided:
        raise UsageError(f"nothing of {table!r} is held; see `ntm held list`")
    keep(warehouse, decided)
    return len(decided)
