"""Another key for the tokens: everything that landed is read again under it, and every tombstone gets its hash under the new key.

Tokens and hashes cannot be turned from one key into another: what stands for a record under the new key is only found by reading the record again. So this
refuses where something that was loaded is no longer in the landing zone: a tombstone that nothing can make again would no longer hide what it hid.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jobs.border import token_key
from jobs.border.read import key_source, secret_versions
from jobs.errors import UsageError
from jobs.landing.discover import discover
from jobs.landing.survey import counted, group_of
from jobs.ops import ledger, releases
from jobs.ops.ledger import LOAD, State
from jobs.ops.purge import purge_withdrawn, withdraw_holders
from jobs.silver import tombstones
from jobs.silver.rebuild import gone_from_landing, registry_is_held
from warehouse_schema.contracts import landed_contracts, load_contracts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from jobs.ops.ledger import Entry
    from jobs.run import RunContext

_KEPT = frozenset({LOAD, tombstones.TOMBSTONE, token_key.TOKEN_KEY})
_STATE_AFTER = {State.LOADED: State.APPROVED, State.REPLAY: State.APPROVED}
"""What was loaded loads again whatever the gate says of all of it at once: it passed, or a person let it through."""


@dataclass(frozen=True, slots=True)
class Retokenised:
    """How many objects the next run reads again, and how many records stay hidden."""

    objects: int
    tombstones: int


def retokenise(ctx: RunContext) -> Retokenised:
    """Leave a checkpoint in which the tables are empty, the tombstones are those of the new key, and everything waits: the next run fills them.

    Readers keep the last release until then. A run that is killed before the checkpoint changed nothing.

    Raises:
        UsageError: nothing was loaded yet, the key is the tables' own, or something that was loaded is gone from the landing zone.
    """
    warehouse = ctx.warehouse
    key = key_source(ctx.settings).key()
    releases.ensure_tables(warehouse)
    with ctx.step("recover") as facts:
        facts["restored"] = ", ".join(releases.open_tables(warehouse).restored) or None
    point = releases.recovery_point(warehouse)
    if point is None:
        raise UsageError("nothing was loaded yet: `ntm run` takes the key that is set")
    if token_key.is_known(warehouse, key):
        raise UsageError(
            "the tables were made with the key that is set: set the new key first (NTM_PII_KEY_FILE or NTM_PII_KEY), then run this again"
        )
    # Which releases held a record that became secret is only known from the tombstones as they are.
    withdraw_holders(warehouse)
    purge_withdrawn(warehouse)
    entries = ledger.entries(warehouse)
    if registry_is_held(entries):
        raise UsageError(
            "the registry of organisations is held, so nothing could be loaded under the new key: decide first (`ntm held list`)"
        )
    with ctx.step("discover") as facts:
        found = {name: [item.entry for item in waiting] for name, waiting in discover(ctx.storage, [], ctx.run_id, ctx.now).waiting.items()}
        facts["found"] = sum(map(len, found.values()))
    require_all_there(entries, {(entry.dataset, entry.object_id) for there in found.values() for entry in there})
    with ctx.step("tombstones") as facts:
        derived = derived_tombstones(ctx, found)
        facts["secret_records"] = sum(map(len, derived.values()))
    for contract in releases.versioned_tables():
        if contract.name not in _KEPT and not warehouse.is_empty(contract.name):
            warehouse.overwrite(contract, [])
    warehouse.overwrite(load_contracts()[tombstones.TOMBSTONE], [])
    for dataset, versions in derived.items():
        tombstones.write(warehouse, dataset, versions, ctx.run_id, ctx.now, {})
    waiting = _to_read_again(entries)
    warehouse.overwrite(load_contracts()[LOAD], [ledger.as_row(entry) for entry in waiting])
    token_key.adopt(warehouse, key, ctx.run_id, ctx.now)
    with ctx.step("checkpoint"):
        # Without a reference: the next run writes the units again, which are among the emptied tables.
        releases.commit(warehouse, releases.CHECKPOINT, run_id=ctx.run_id, now=ctx.now, as_of=point.as_of, reference="", definitions={})
    return Retokenised(sum(entry.state == State.APPROVED for entry in waiting), sum(map(len, derived.values())))


def require_all_there(entries: Iterable[Entry], there: Collection[tuple[str, str]]) -> None:
    """Refuse where an object that was read is not in the landing zone, under whatever name. `there`: (dataset, object id).

    Raises:
        UsageError: naming the first of them.
    """
    read = [entry for entry in entries if entry.state not in (State.DUPLICATE, State.FAILED)]
    gone = group_of(entry.path for entry in gone_from_landing(read, there))
    if gone.count:
        raise UsageError(
            f"{counted(gone.count, 'object')} that were loaded are no longer in the landing zone, so that their rows, and the secret records that they name,"
            f" could not be found under the new key: {gone.named}. Put them back and run this again, or set the earlier key again"
        )


def derived_tombstones(ctx: RunContext, found: Mapping[str, Sequence[Entry]]) -> dict[str, dict[str, datetime]]:
    """The tombstones under the key that is set, by dataset: from the secret records in the objects found, by table.

    Raises:
        UsageError: there are tombstones now that these cannot stand for.
    """
    derived = {}
    for contract in landed_contracts():
        if contract.secrecy is not None and found.get(contract.name):
            derived[str(contract.landing)] = secret_versions(ctx, contract, found[contract.name])
    lost = Counter[str]()
    before: dict[str, list[datetime]] = {}
    for row in ctx.warehouse.rows(tombstones.TOMBSTONE):
        if row["reason"] == tombstones.SECRET:
            before.setdefault(row["dataset"], []).append(row["version"])
        else:
            # An erased record leaves nothing in the landing zone that says so.
            lost[row["dataset"]] += 1
    for dataset, versions in before.items():
        lost[dataset] += uncovered(versions, derived.get(dataset, {}).values())
    if any(lost.values()):
        named = ", ".join(f"{count:,} of {dataset}" for dataset, count in sorted(lost.items()) if count)
        raise UsageError(
            f"nothing in the landing zone says again what these tombstones hide: {named}. Put back the objects that named the secret records and run this"
            " again, or set the earlier key again"
        )
    return derived


def uncovered(before: Iterable[datetime], after: Iterable[datetime]) -> int:
    """How many versions of `before` have no partner in `after` that is as new. Which hash became which, nobody can say without the earlier key."""
    left = sorted(after)
    missing = 0
    for version in sorted(before, reverse=True):
        if left and left[-1] >= version:
            left.pop()
        else:
            missing += 1
    return missing


def _to_read_again(entries: Iterable[Entry]) -> list[Entry]:
    """The ledger as the next run needs it: what was loaded waits, with the day that it first came; copies and unreadable objects are found again."""
    return [
        replace(
            entry, state=_STATE_AFTER.get(State(entry.state), entry.state),
            rows_read=0, rows_accepted=0, rows_rejected=0, rows_duplicate=0, rows_withheld=0,
        )
        for entry in entries
        if entry.state not in (State.DUPLICATE, State.FAILED)
    ]  # fmt: skip
