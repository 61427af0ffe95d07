"""Rebuilding: which landed objects have to be read again, and the emptying of tables that are rebuilt from them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jobs.errors import UsageError
from jobs.landing.survey import counted, group_of
from jobs.ops.ledger import Entry, State
from jobs.ops.touched import note_touched
from jobs.silver.load import new_secrets, withhold
from jobs.silver.merge import months_of_table
from jobs.silver.tombstones import count_withheld
from warehouse_schema.contracts import ORGANISATION, Contract, bronze_contract, landed_contracts, load_contracts, quarantine_contract
from warehouse_schema.indicator_queries import touched_columns

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from jobs.landing.discover import Discovery, Waiting
    from jobs.reference.organisations import OrganisationPeriod
    from jobs.run import RunContext
    from jobs.silver.definition import Redefinitions


def silver_named(names: Collection[str] | None) -> frozenset[str]:
    """The landed silver tables of those names (`hamlet`, `silver/hamlet`); None: all of them.

    Raises:
        UsageError: no landed table has that name.
    """
    landed = {contract.table: contract.name for contract in landed_contracts()}
    if names is None:
        return frozenset(landed.values())
    unknown = [name for name in names if name.removeprefix("silver/") not in landed]
    if unknown:
        raise UsageError(f"no table {unknown[0]!r} is made from landed objects; there are: {', '.join(sorted(landed))}")
    return frozenset(landed[name.removeprefix("silver/")] for name in names)


def layers_of(silver: str) -> tuple[Contract, Contract, Contract]:
    """The tables that a dataset fills: bronze, quarantine, silver."""
    return bronze_contract(silver), quarantine_contract(silver), load_contracts()[silver]


def to_read_again(known: list[Entry], redefined: Redefinitions, rebuild: frozenset[str]) -> list[Entry]:
    """The ledger with what new definitions and a rebuild have to read from the landing zone marked for it.

    Objects that had a field which passes the border only now; objects that could not be read, by the contract as it was; and for a rebuild all objects that
    were loaded, which no gate judges another time.
    """

    def state(entry: Entry) -> str:
        if entry.state == State.FAILED and entry.table in rebuild | redefined.standardised:
            return State.REPLAY
        if entry.table in rebuild and entry.rows_read and entry.state != State.DUPLICATE:
            return State.APPROVED
        if entry.state == State.LOADED and redefined.lets_in(entry.table, entry.unknown_fields):
            return State.REPLAY
        return entry.state

    return [replace(entry, state=state(entry)) for entry in known]


def registry_is_held(entries: Iterable[Entry]) -> bool:
    """Whether objects of the registry of organisations wait for a person: until then nothing that belongs to one can be placed."""
    return any(entry.table == ORGANISATION and entry.state == State.HELD for entry in entries)


def refuse_rebuild(known: list[Entry], found: Discovery, rebuild: frozenset[str]) -> None:
    """Refuse a rebuild that would leave out rows which are in the tables."""
    placed = {contract.name for contract in landed_contracts() if contract.organisation is not None}
    if rebuild & placed and registry_is_held(known):
        raise UsageError(
            "the registry of organisations is held, so nothing that belongs to one can be rebuilt: decide first (`ntm held list`)"
        )
    there = {(item.entry.dataset, item.entry.object_id) for waiting in found.waiting.values() for item in waiting}
    lost = gone_from_landing((entry for entry in known if entry.table in rebuild and entry.state == State.APPROVED), there)
    if lost:
        rows = sum(entry.rows_accepted for entry in lost)
        copies = group_of(
            entry.path for entry in known if entry.object_id in {one.object_id for one in lost} and entry.state == State.DUPLICATE
        )
        also = f" (the same content lies at {copies.named}: copy it to where it was)" if copies.count else ""
        raise UsageError(
            f"{counted(len(lost), 'landed object')} of {', '.join(sorted({entry.table for entry in lost}))} not in the landing zone any more:"
            f" {group_of(entry.path for entry in lost).named}{also}; a rebuild would lose their {rows:,} accepted rows, so nothing was done"
        )


def gone_from_landing(entries: Iterable[Entry], there: Collection[tuple[str, str]]) -> list[Entry]:
    """The entries whose objects are not in the landing zone, under whatever name. `there`: (dataset, object id) of what is."""
    return sorted((entry for entry in entries if (entry.dataset, entry.object_id) not in there), key=lambda entry: entry.path)


def empty_tables(ctx: RunContext, silver: str, waiting: list[Waiting], periods: list[OrganisationPeriod]) -> None:
    """Empty the tables of a dataset that is rebuilt.

    Before that: what is secret by today's contract leaves as it does in any load, so that the releases that hold it are withdrawn; and the months of the rows
    that go are noted, so that an interrupted rebuild leaves none of them in gold.
    """
    contract = load_contracts()[silver]
    if contract.secrecy is not None and waiting:
        fresh, _ = new_secrets(ctx, contract, waiting)
        if fresh:
            purged = withhold(ctx, contract, fresh)
            count_withheld(ctx.warehouse, str(contract.landing), purged.withheld, periods)
    note_touched(ctx.warehouse, ctx.run_id, months_of_table(ctx.warehouse, contract, touched_columns(silver)))
    for layer in layers_of(silver):
        with ctx.step("rebuild", layer.name):
            ctx.warehouse.make_empty(layer)
