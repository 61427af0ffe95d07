"""The ledger (`ops/load`): for every landed object what was read and what became of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from jobs.errors import RunFailedError
from warehouse_schema.contracts import load_contracts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from jobs.engine.tables import Warehouse

LOAD = "ops/load"


class State(StrEnum):
    """What became of an object.

    `loaded`: its rows are in the tables. `duplicate`: the same bytes as an object that was loaded. `failed`: it cannot be read whole. `held`: a gate
    held its batch. `approved`: released by hand, loads with the next run whatever the gate says. `discarded`: by hand, never loads. `replay`: to be read again.
    `settled`: it could not be read, and its file is gone or was mended since.
    """

    LOADED = "loaded"
    DUPLICATE = "duplicate"
    FAILED = "failed"
    HELD = "held"
    APPROVED = "approved"
    DISCARDED = "discarded"
    REPLAY = "replay"
    SETTLED = "settled"


WAITING_STATES = frozenset({State.APPROVED, State.REPLAY})


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the ledger; grain: a landed path and the content that it had."""

    path: str
    object_id: str
    dataset: str
    table: str
    size: int
    storage_version: str
    state: str
    received_at: datetime
    run_id: str
    failure: str | None = None
    message: str | None = None
    rows_read: int = 0
    rows_accepted: int = 0
    rows_rejected: int = 0
    rows_duplicate: int = 0
    rows_withheld: int = 0
    unknown_fields: tuple[str, ...] = ()

    @property
    def counts(self) -> tuple[int, int, int, int, int]:
        """Read, accepted, rejected, duplicate, withheld."""
        return self.rows_read, self.rows_accepted, self.rows_rejected, self.rows_duplicate, self.rows_withheld

    def balanced(self) -> bool:
        """Whether every line that was read has one fate."""
        read, *fates = self.counts
        return read == sum(fates)

    def moved(self, accepted: int = 0, rejected: int = 0, duplicate: int = 0, withheld: int = 0) -> Entry:
        """The entry after rows were revalidated: counts move, their sum stays."""
        return replace(
            self,
            rows_accepted=self.rows_accepted + accepted,
            rows_rejected=self.rows_rejected + rejected,
            rows_duplicate=self.rows_duplicate + duplicate,
            rows_withheld=self.rows_withheld + withheld,
        )


def entries(warehouse: Warehouse, version: int | None = None) -> list[Entry]:
    """The whole ledger (one row an object: small)."""
    if not warehouse.exists(LOAD):
        return []
    rows: list[dict[str, Any]] = warehouse.rows(LOAD, version)
    return [Entry(**{**row, "unknown_fields": tuple(row.get("unknown_fields") or ())}) for row in rows]


def record(warehouse: Warehouse, changed: Iterable[Entry]) -> None:
    """Write entries in one commit.

    Raises:
        RunFailedError: an entry does not add up (read = accepted + rejected + duplicate + withheld); nothing is written.
    """
    changed = list(changed)
    unbalanced = [entry for entry in changed if not entry.balanced()]
    if unbalanced:
        entry = unbalanced[0]
        raise RunFailedError(
            f"{entry.path}: the counts do not add up: read {entry.rows_read} is not accepted {entry.rows_accepted} + rejected {entry.rows_rejected}"
            f" + duplicate {entry.rows_duplicate} + withheld {entry.rows_withheld}; nothing was published"
        )
    warehouse.upsert(load_contracts()[LOAD], [as_row(entry) for entry in changed])


def as_row(entry: Entry) -> dict[str, Any]:
    """The entry as a row of its table."""
    return asdict(entry)
