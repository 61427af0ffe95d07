"""The months of rows that loads changed since the last release: which facts of an indicator that says so of itself (`fact_days`) have to be computed again."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from warehouse_schema.contracts import load_contracts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jobs.engine.tables import Warehouse

TOUCHED = "ops/touched"


class Touched(NamedTuple):
    """A month in which a changed row lies or lay by one of its date columns."""

    table: str
    column: str
    month: date


def note_touched(warehouse: Warehouse, run_id: str, touched: Iterable[Touched]) -> None:
    """Note months of changed rows for the next release."""
    # A row that was replaced within a month touches it twice: as it was, and as it is.
    warehouse.upsert(load_contracts()[TOUCHED], [{**one._asdict(), "run_id": run_id} for one in dict.fromkeys(touched)])


def read_touched(warehouse: Warehouse) -> list[Touched]:
    """What the loads since the last release noted."""
    return [Touched(**row) for row in warehouse.rows(TOUCHED, columns=Touched._fields)]


def forget_touched(warehouse: Warehouse) -> None:
    """What was noted is computed: there is nothing left to do."""
    if warehouse.rows(TOUCHED):
        warehouse.overwrite(load_contracts()[TOUCHED], [])
