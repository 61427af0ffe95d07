"""`standardise`: from what waits in the landing zone to silver, one checkpoint at its end."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import PurePosixPath
from threading import Lock
from typing import TYPE_CHECKING, Any

from expectations.findings import Finding, Verdict
from expectations.gate import gate
from expectations.validation import gx_context
from jobs.border import token_key
from jobs.border.read import key_source, read_objects, secret_versions
from jobs.engine.schema import set_constraints
from jobs.engine.tables import Warehouse, table_of
from jobs.engine.views import quoted
from jobs.errors import RunFailedError, UsageError
from jobs.landing.discover import Discovery, Waiting, discover
from jobs.ops import ledger, releases
from jobs.ops.ledger import Entry, State
from jobs.ops.refused import nearly_all_rejected
from jobs.reference.organisations import OrganisationPeriod, OrganisationRow, changed_codes, organisation_periods
from jobs.reference.units import load_units
from jobs.reference.units.model import Units
from jobs.reference.units.names import current_names
from jobs.silver import tombstones
from jobs.silver.definition import Redefinitions, redefinitions
from jobs.silver.gating import as_batch
from jobs.silver.load import (
    Counts,
    Staged,
    count_moves,
    is_empty,
    keys_of_objects,
    merge_silver,
    months_of_table,
    rows_to_judge_again,
    stage,
    take_out,
    without_rows,
    write_bronze,
    write_quarantine,
)
from jobs.silver.references import References, changed_keys, references, sheet_lookup
from warehouse_schema.contracts import (
    ORGANISATION,
    Contract,
    SheetReference,
    bronze_contract,
    landed_contracts,
    load_contracts,
    load_order,
    quarantine_contract,
)
from warehouse_schema.indicator_queries import computed_indicators, landed_tables_of, touched_columns

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from jobs.run import RunContext
    from jobs.settings import Settings

PULLED = "pull-"
"""How the names of objects begin that were pulled."""
PERIOD = "silver/organisation_period"
UNIT_NAME = "silver/unit_name"
_DATASETS_AT_ONCE = 3
_SHARED_TABLES = Lock()
_COUNTS = ("read", "accepted", "rejected", "duplicate", "withheld")


@dataclass(slots=True)
class Summary:
    """What a run of `standardise` did; what the terminal and the scheduler are told."""

    read: int = 0
    accepted: int = 0
    rejected: int = 0
    duplicate: int = 0
    withheld: int = 0
    judged_again: int = 0
    objects: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    datasets: dict[str, dict[str, int]] = field(default_factory=dict)
    unreadable: list[dict[str, str]] = field(default_factory=list)
    held: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    waiting: list[Finding] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    redefined: dict[str, int] = field(default_factory=dict)
    schema_changes: list[str] = field(default_factory=list)
    notices: list[dict[str, str]] = field(default_factory=list)
    changed: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as JSON has them."""
        return asdict(self) | {"errors": dict(self.errors)}


@dataclass(frozen=True, slots=True)
class Batch:
    """What a dataset has to load: its objects that wait, and what the registry's changes mean for the rows that stand.

    `codes`: organisation codes whose meaning changed; None means all of them. `rows`: by reference to another sheet the keys of its rows that changed.
    `redefined`: the contract's standardisation changed, or the lists of units.
    """

    contract: Contract
    waiting: list[Waiting]
    refs: References
    periods: list[OrganisationPeriod]
    codes: frozenset[str] | None
    rows: dict[SheetReference, frozenset[str]]
    redefined: bool

    @property
    def approved(self) -> bool:
        """Whether a person let all of it through."""
        return bool(self.waiting) and all(item.approved for item in self.waiting)

    @property
    def read_before(self) -> list[str]:
        """The objects that are read again."""
        return [item.entry.object_id for item in self.waiting if item.read_before]


@dataclass(frozen=True, slots=True)
class Judged:
    """A batch that is staged and has passed the gate or not; of its own dataset nothing is merged yet but what secrets took out."""

    batch: Batch
    staged: Staged
    verdict: Verdict
    purged: tombstones.Purged
    keys_before: set[str]
    rejudges: bool

    @property
    def held(self) -> bool:
        """Whether it has to wait for a person."""
        return self.verdict.held and not self.batch.approved


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading one dataset came to. `touched`: months in which changed rows lie or lay; `withheld`: rows to be counted by unit and day;
    `waits_for`: the held table for whose sake the batch was left in the landing zone."""

    staged: Staged
    verdict: Verdict
    waiting: list[Waiting]
    touched: list[dict[str, Any]] = field(default_factory=list)
    withheld: list[dict[str, Any]] = field(default_factory=list)
    waits_for: str | None = None


def standardise(ctx: RunContext, rebuild: Collection[str] = ()) -> Summary:
    """Load everything that waits; leaves a checkpoint when anything changed, and starts no engine when nothing waits.

    Args:
        ctx: of the run.
        rebuild: silver tables that are made anew, with their bronze and quarantine, from all objects that were ever loaded into them.

    Raises:
        UsageError: contracts changed in a way that tables cannot follow in place, or an object that a rebuild needs is gone; nothing was written.
    """
    try:
        return _standardise(ctx, frozenset(rebuild))
    finally:
        # What is staged holds titles: it does not stay after a failure either.
        ctx.clear_staging()


def _standardise(ctx: RunContext, rebuild: frozenset[str]) -> Summary:
    warehouse = ctx.warehouse
    # Before the engine: Spark's workers have the environment that its JVM was started with, and the key can come from a file of settings.
    key = key_source(ctx.settings).key()
    token_key.require_known_key(warehouse, key)
    point = releases.recovery_point(warehouse)
    redefined = redefinitions(point.definitions if point else {}, rebuild, loaded=point is not None)
    ctx.clear_staging()
    with ctx.step("recover") as facts:
        migrated = releases.open_tables(warehouse, rebuilt={layer.name for table in rebuild for layer in layers_of(table)})
        facts |= {"restored": ", ".join(migrated.restored) or None, "changed": ", ".join(migrated.changed) or None}
    summary = Summary(schema_changes=migrated.changed)
    units = load_units()
    known = _to_read_again(ledger.entries(warehouse), redefined, rebuild)
    with ctx.step("discover") as facts:
        found = discover(ctx.storage, known, ctx.run_id, ctx.now)
        facts["found"] = found.found
    _refuse_rebuild(known, found, rebuild)
    summary.notices = [notice._asdict() for notice in found.notices()]
    # A workspace from before the table of names has none.
    new_reference = point is None or point.reference != units.fingerprint or is_empty(warehouse, UNIT_NAME)
    is_new_schema = migrated.is_new_schema and point is not None
    if not found.found and not new_reference and not redefined.any and not is_new_schema and not rebuild:
        return summary
    token_key.adopt(warehouse, key, ctx.run_id, ctx.now)
    with ThreadPoolExecutor(2) as starting:
        # Both take seconds and wait for nothing; should one fail, whoever needs it first says why.
        starting.submit(lambda: ctx.spark)
        starting.submit(gx_context, ctx.settings.home)
        for table in sorted(rebuild):
            _empty(ctx, table, found.waiting.get(table, []), _periods(warehouse))
        if new_reference:
            with ctx.step("reference"):
                _write_units(warehouse, units)
    before = releases.current_versions(warehouse)
    everything = point is not None and new_reference
    versions = point.tables if point else {}
    entries, definitions = _load_all(ctx, found, units, known, summary, redefined.of_all() if everything else redefined, rebuild, versions)
    if migrated.is_new_schema or rebuild:
        for contract in landed_contracts():
            set_constraints(warehouse, contract)
    changed = new_reference or definitions != redefined.before or is_new_schema or rebuild
    if not entries and not changed and releases.current_versions(warehouse) == before:
        # All that was found waits for a person's word about something else.
        return summary
    with ctx.step("ledger") as facts:
        facts["objects"] = len(entries)
        ledger.record(warehouse, entries)
    with ctx.step("checkpoint"):
        releases.commit(
            warehouse,
            releases.CHECKPOINT,
            run_id=ctx.run_id,
            now=ctx.now,
            as_of=point.as_of if point else None,
            reference=units.fingerprint,
            definitions=definitions | {releases.TABLES: releases.schemas()},
        )
    summary.changed = True
    return summary


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


def _to_read_again(known: list[Entry], redefined: Redefinitions, rebuild: frozenset[str]) -> list[Entry]:
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


def _refuse_rebuild(known: list[Entry], found: Discovery, rebuild: frozenset[str]) -> None:
    """Refuse a rebuild that would leave out rows which are in the tables."""
    placed = {contract.name for contract in landed_contracts() if contract.organisation is not None}
    if rebuild & placed and registry_is_held(known):
        raise UsageError(
            "the registry of organisations is held, so nothing that belongs to one can be made anew: decide first (`ntm held list`)"
        )
    there = {(item.entry.table, item.entry.object_id) for waiting in found.waiting.values() for item in waiting}
    lost = [
        entry for entry in known if entry.table in rebuild and entry.state == State.APPROVED and (entry.table, entry.object_id) not in there
    ]
    if lost:
        rows = sum(entry.rows_accepted for entry in lost)
        raise UsageError(
            f"{len(lost)} landed objects of {', '.join(sorted({entry.table for entry in lost}))} are not in the landing zone any more"
            f" (the first: {lost[0].path}); a rebuild would lose their {rows} accepted rows, so nothing was done: bring them back first"
        )


def _empty(ctx: RunContext, silver: str, waiting: list[Waiting], periods: list[OrganisationPeriod]) -> None:
    """Empty the tables of a dataset that is rebuilt.

    Before that: what is secret by today's contract leaves as it does in any load, so that the releases that hold it are withdrawn; and the months of the rows
    that go are noted, so that an interrupted rebuild leaves none of them in gold.
    """
    contract = load_contracts()[silver]
    if contract.secrecy is not None and waiting:
        fresh, _ = _new_secrets(ctx, contract, waiting)
        if fresh:
            purged = _withhold(ctx, contract, fresh)
            tombstones.count_withheld(ctx.warehouse, str(contract.landing), purged.withheld, periods)
    note_touched(ctx.warehouse, ctx.run_id, months_of_table(ctx.warehouse, contract, touched_columns(silver)))
    for layer in layers_of(silver):
        with ctx.step("rebuild", layer.name):
            ctx.warehouse.make_empty(layer)


def note_touched(warehouse: Warehouse, run_id: str, touched: list[dict[str, Any]]) -> None:
    """Note the months of changed rows for `indicators`."""
    if touched:
        contract = load_contracts()["ops/touched"]
        # A row that was replaced within a month touches it twice: as it was, and as it is.
        months = {tuple(row[name] for name in contract.key): {**row, "run_id": run_id} for row in touched}
        warehouse.upsert(contract, months.values())


def _new_secrets(ctx: RunContext, contract: Contract, waiting: list[Waiting]) -> tuple[dict[str, datetime], dict[str, datetime]]:
    """The secret versions that the objects tell of and no tombstone knows yet; and all tombstones, with these."""
    dead = tombstones.read(ctx.warehouse, str(contract.landing))
    with ctx.step("tombstones", contract.table) as facts:
        new = secret_versions(ctx, contract, [item.entry for item in waiting])
        fresh = {key: version for key, version in new.items() if key not in dead or dead[key] < version}
        facts["secret_records"] = len(fresh) or None
    return fresh, dead | fresh


def _withhold(ctx: RunContext, contract: Contract, fresh: dict[str, datetime]) -> tombstones.Purged:
    """Take what fresh tombstones hide out of the tables, and write the tombstones."""
    with ctx.step("purge", contract.table) as facts:
        purged, held_since = tombstones.purge(ctx, contract, fresh)
        facts["rows"] = purged.rows or None
        with _SHARED_TABLES:
            tombstones.write(ctx.warehouse, str(contract.landing), fresh, ctx.run_id, ctx.now, held_since)
    return purged


def _load_all(
    ctx: RunContext,
    found: Discovery,
    units: Units,
    known: list[Entry],
    summary: Summary,
    redefined: Redefinitions,
    rebuild: frozenset[str],
    versions: Mapping[str, int],
) -> tuple[list[Entry], dict[str, str]]:
    """Load every dataset, each after those that it refers to. `versions`: of the tables, before this run.

    Returns the ledger's new and changed entries, and the definitions that the tables are made by then.
    """
    before = _periods(ctx.warehouse)
    entries = {(entry.path, entry.object_id): entry for entry in known}
    changed: dict[tuple[str, str], Entry] = {}
    codes: frozenset[str] | None = frozenset()
    refs = references(ctx.spark, before, units)
    done: list[Loaded] = []
    unjudged, overdue = set[str](), set[str]()

    def load(contracts: Collection[Contract]) -> None:
        held = {entry.table for entry in {**entries, **changed}.values() if entry.state == State.HELD}
        for batches in _rounds(contracts, found):
            work = []
            for contract, waiting in batches:
                redo = contract.name in redefined.standardised
                rows = {} if redo else _changed_rows(ctx, contract, versions)
                work.append(Batch(contract, waiting, refs, before, None if redo else codes, rows, redo))
            for loaded in _side_by_side(ctx, work, held):
                changed.update(_entries_after(loaded, {**entries, **changed}))
                _summarise(summary, loaded, redefined, ctx.settings)
                _write_ops(ctx, loaded, before)
                done.append(loaded)

    for rank in load_order():
        waits = {one.name: one for one in rank if one.organisation is not None and registry_is_held({**entries, **changed}.values())}
        load([contract for contract in rank if contract.name not in waits])
        summary.waiting += [Finding(name, "waits", "the registry of organisations is held") for name in waits]
        unjudged |= waits.keys()
        overdue |= {name for name, one in waits.items() if redefined.everything or codes or any(_changed_rows(ctx, one, versions).values())}
        if any(loaded.staged.contract.name == ORGANISATION for loaded in done) and ORGANISATION in {contract.name for contract in rank}:
            before, codes = _derive_periods(ctx, units, before)
            refs = references(ctx.spark, before, units)
    if rebuilt := sorted(unjudged & rebuild):
        raise RunFailedError(f"the registry of organisations is held, so {', '.join(rebuilt)} cannot be made anew; nothing was changed")
    for entry in found.failed:
        summary.unreadable.append({"path": entry.path, "error": str(entry.failure), "message": str(entry.message)})
        changed[entry.path, entry.object_id] = entry
    for entry in found.settled:
        changed[entry.path, entry.object_id] = entry
    _forget_objects(ctx.warehouse, found.settled, {**entries, **changed}.values())
    _quarantine_objects(ctx.warehouse, found.failed)
    for entry in found.gone:
        changed[entry.path, entry.object_id] = entry
        summary.warnings.append(Finding(entry.table, "gone", f"{entry.path}: {entry.message}"))
    for copy in _counted_copies(found.copies, {**entries, **changed}.values()):
        changed[copy.path, copy.object_id] = copy
        _summarise_copy(summary, copy)
    # What was loaded and now waits or is held was not read again: the fields that its objects had are still to come.
    loaded_before = {entry.table for entry in known if entry.rows_read}
    left = {loaded.staged.contract.name for loaded in done if loaded.waits_for or loaded.verdict.held} & loaded_before
    return list(changed.values()), redefined.after(unjudged | left, overdue)


def _changed_rows(ctx: RunContext, contract: Contract, versions: Mapping[str, int]) -> dict[SheetReference, frozenset[str]]:
    """By reference to another sheet, the keys of the rows that changed there since `versions`; empty where no row of the dataset can name them."""
    if not contract.references or is_empty(ctx.warehouse, f"bronze/{contract.table}"):
        return {}
    return {
        one: changed_keys(ctx.warehouse, contract, one, versions.get(one.table))
        for one in contract.references
        if ctx.warehouse.version(one.table) != versions.get(one.table)
    }


def _counted_copies(copies: Iterable[Entry], entries: Collection[Entry]) -> list[Entry]:
    """Objects with the content of another one, all rows of which are duplicates; a copy of an object that is not loaded yet waits with it."""
    rows = {(entry.dataset, entry.object_id): entry.rows_read for entry in entries if entry.state in (State.LOADED, State.DISCARDED)}
    places = [(copy, rows.get((copy.dataset, copy.object_id))) for copy in copies]
    return [replace(copy, rows_read=count, rows_duplicate=count) for copy, count in places if count is not None]


def _rounds(contracts: Collection[Contract], found: Discovery) -> list[list[tuple[Contract, list[Waiting]]]]:
    """What is loaded one after another. What a person let through comes by itself, since what came since must not hold it again, and last, since that may hold
    what is read together with it.
    """
    approved, others = [], []
    for contract in contracts:
        waiting = found.waiting.get(contract.name, [])
        let_through = [item for item in waiting if item.approved]
        if let_through and len(let_through) < len(waiting):
            approved.append((contract, let_through))
            waiting = [item for item in waiting if not item.approved]
        others.append((contract, waiting))
    return [others, approved] if approved else [others]


def _side_by_side(ctx: RunContext, batches: list[Batch], held: set[str]) -> list[Loaded]:
    """Load datasets that do not need each other at the same time, and give them in their order; those with nothing to do are left out.

    Much of a small load is one thread of the driver that plans; another dataset's rows can use the cores meanwhile. All are judged before any is merged: when
    one is held, those that an indicator reads together with it wait too. `held` are the tables of which a person has still to decide about objects.
    """
    with ThreadPoolExecutor(_DATASETS_AT_ONCE, thread_name_prefix="dataset") as pool:
        judged = [one for one in pool.map(lambda batch: _judge(ctx, batch), batches) if one is not None]
        held = held | {one.batch.contract.name for one in judged if one.held}
        return list(pool.map(lambda one: _finish(ctx, one, held), judged))


@cache
def _read_together(table: str) -> frozenset[str]:
    """The landed tables that some indicator reads together with a table, without itself."""
    read = [landed_tables_of(indicator) for indicator in computed_indicators()]
    return frozenset(name for tables in read if table in tables for name in tables) - {table}


def _derive_periods(ctx: RunContext, units: Units, before: list[OrganisationPeriod]) -> tuple[list[OrganisationPeriod], frozenset[str]]:
    """What the registry says now, and the codes whose meaning that changed."""
    with ctx.step("organisations") as facts:
        after = organisation_periods(_organisation_rows(ctx.warehouse), units)
        codes = frozenset(changed_codes(before, after))
        facts |= {"periods": len(after), "changed_codes": len(codes)}
        if after != before:
            contract = load_contracts()[PERIOD]
            ctx.warehouse.overwrite_table(contract, table_of(contract, after))
    return after, codes


def _judge(ctx: RunContext, batch: Batch) -> Judged | None:
    """Stage a batch and judge it; None where there is nothing to do. Secrets that it tells of leave the tables at once."""
    contract, waiting = batch.contract, batch.waiting
    dead: dict[str, datetime] = {}
    purged = tombstones.Purged()
    if contract.secrecy is not None:
        if waiting:
            fresh, dead = _new_secrets(ctx, contract, waiting)
            if fresh:
                purged = _withhold(ctx, contract, fresh)
        else:
            dead = tombstones.read(ctx.warehouse, str(contract.landing))
    keys_before = keys_of_objects(ctx.warehouse, contract, batch.read_before) if batch.read_before else set()
    again = rows_to_judge_again(ctx, contract, _codes_meant(batch), sorted(purged.keys | keys_before), batch.read_before, batch.rows)
    if not waiting and again is None:
        return None
    rows = again
    if waiting:
        new_rows = read_objects(ctx, contract, [item.entry for item in waiting], dead)
        rows = new_rows if again is None else new_rows.unionByName(again)
    if rows is None:
        raise RunFailedError(f"{contract.name}: nothing to load")
    staged = stage(ctx, contract, rows, _references(ctx, batch), batch.read_before, redefined=batch.redefined and again is not None)
    for item in waiting:
        staged.new.setdefault(item.entry.object_id, Counts())
    with ctx.step("gate", contract.table) as facts:
        verdict = gate(ctx, as_batch(staged), batch.periods)
        facts["result"] = verdict.summary
    return Judged(batch, staged, verdict, purged, keys_before, rejudges=again is not None)


def _references(ctx: RunContext, batch: Batch) -> References:
    """What the batch's rows are joined with; the other sheets as they are now, since all of them were loaded before."""
    contract = batch.contract
    return replace(batch.refs, sheets={one: sheet_lookup(ctx.spark, ctx.warehouse, contract, one) for one in contract.references})


def _codes_meant(batch: Batch) -> frozenset[str] | None:
    return batch.codes if batch.contract.organisation or batch.codes is None else frozenset()


def _finish(ctx: RunContext, judged: Judged, held: set[str]) -> Loaded:
    """Merge a batch that passed; one that waits stays in the landing zone. Writes the dataset's own tables and nothing else."""
    batch, staged, purged = judged.batch, judged.staged, judged.purged
    contract, waiting = batch.contract, batch.waiting
    alone = not waiting or judged.held or batch.approved
    needed = {contract.name, *_read_together(contract.name), *(reference.table for reference in contract.references)}
    waits_for = None if alone else min(held & needed, default=None)
    if judged.held or waits_for:
        # The batch waits. What it said of secrets does not, nor what a reference that changed says of the rows that stand.
        left = [] if waits_for else waiting
        verdict = replace(judged.verdict, held=judged.held)
        standing = rows_to_judge_again(ctx, contract, _codes_meant(batch), sorted(purged.keys), changed_rows=batch.rows)
        if standing is None and not purged.rows:
            return Loaded(staged, verdict, left, waits_for=waits_for)
        if standing is None:
            kept = without_rows(staged)
        else:
            kept = stage(ctx, contract, standing, _references(ctx, batch), redefined=batch.redefined)
            count_moves(ctx, kept)
        return Loaded(kept, verdict, left, _publish(ctx, kept, [], purged), purged.withheld, waits_for)
    if judged.rejudges:
        count_moves(ctx, staged)
    if batch.read_before:
        with ctx.step("purge", contract.table) as facts:
            facts["objects"] = len(batch.read_before)
            take_out(ctx.warehouse, contract, batch.read_before)
    touched = _publish(ctx, staged, waiting, purged, judged.keys_before)
    # The secrets of an object that is read again were counted when it was read first.
    withheld = [row for row in staged.withheld if row["object_id"] not in batch.read_before]
    return Loaded(staged, replace(judged.verdict, held=False), waiting, touched, [*withheld, *purged.withheld])


def _publish(
    ctx: RunContext, staged: Staged, waiting: list[Waiting], purged: tombstones.Purged, keys_before: Collection[str] = ()
) -> list[dict[str, Any]]:
    """After the gate: bronze, quarantine and silver; returns the months in which changed rows lie or lay."""
    contract = staged.contract
    paths = {
        entry.object_id: entry.path
        for entry in ledger.entries(ctx.warehouse)
        if entry.table == contract.name and entry.state != State.DUPLICATE
    }
    paths |= {item.entry.object_id: item.entry.path for item in waiting}
    if staged.read or staged.redefined:
        write_bronze(ctx, staged)
    write_quarantine(ctx, staged, paths)
    touched = merge_silver(ctx, staged, sorted(purged.keys.union(keys_before)), touched_columns(contract.name))
    for object_id, counts in purged.counts.items():
        moved = staged.moved.setdefault(object_id, Counts())
        moved.accepted -= counts.accepted
        moved.rejected -= counts.rejected
        moved.duplicate -= counts.duplicate
        moved.withheld += counts.withheld
    return touched


def _write_ops(ctx: RunContext, loaded: Loaded, periods: list[OrganisationPeriod]) -> None:
    """What a load tells the tables that all datasets share: one writer at a time."""
    note_touched(ctx.warehouse, ctx.run_id, loaded.touched)
    tombstones.count_withheld(ctx.warehouse, str(loaded.staged.contract.landing), loaded.withheld, periods)


def _entries_after(loaded: Loaded, entries: dict[tuple[str, str], Entry]) -> dict[tuple[str, str], Entry]:
    """The ledger's entries that a load adds or changes."""
    after = _moved(loaded.staged, entries)
    if loaded.verdict.held:
        after += [replace(item.entry, state=State.HELD, message=loaded.verdict.summary) for item in loaded.waiting]
    else:
        after += _counted(loaded.waiting, loaded.staged)
    return {(entry.path, entry.object_id): entry for entry in after}


def _counted(waiting: list[Waiting], staged: Staged) -> list[Entry]:
    return [
        replace(
            item.entry,
            state=State.LOADED,
            rows_read=counts.read,
            rows_accepted=counts.accepted,
            rows_rejected=counts.rejected,
            rows_duplicate=counts.duplicate,
            rows_withheld=counts.withheld,
            unknown_fields=tuple(staged.drift.get(item.entry.object_id, ())),
        )
        for item in waiting
        for counts in [staged.new[item.entry.object_id]]
    ]


def _moved(staged: Staged, entries: dict[tuple[str, str], Entry]) -> list[Entry]:
    moved = []
    for entry in entries.values():
        counts = staged.moved.get(entry.object_id)
        if counts is None or entry.table != staged.contract.name or entry.state != State.LOADED:
            continue
        moved.append(entry.moved(accepted=counts.accepted, rejected=counts.rejected, duplicate=counts.duplicate, withheld=counts.withheld))
    return moved


def _summarise(summary: Summary, loaded: Loaded, redefined: Redefinitions, settings: Settings) -> None:
    staged, verdict = loaded.staged, loaded.verdict
    contract = staged.contract
    if redefined.changed(contract.name):
        summary.redefined[contract.name] = summary.redefined.get(contract.name, 0) + staged.rejudged
    if loaded.waits_for:
        message = f"objects of {loaded.waits_for} are held until a person decides (`ntm held`)"
        summary.waiting.append(Finding(contract.name, "waits", message))
        summary.judged_again += staged.rejudged
        return
    totals = Counter[str]()
    for counts in staged.new.values():
        totals += Counter(asdict(counts))
    counted = summary.datasets.setdefault(str(contract.landing), dict.fromkeys(_COUNTS, 0))
    for name in _COUNTS:
        counted[name] += totals[name]
    summary.objects += len(staged.new)
    summary.judged_again += staged.rejudged
    summary.warnings += verdict.warnings
    unknown = sorted({name for names in staged.drift.values() for name in names})
    if unknown:
        message = f"{len(staged.drift)} objects have fields that the contract does not know, which did not pass: {', '.join(unknown)}"
        summary.warnings.append(Finding(contract.name, "unknown_fields", message))
    for name, count in sorted(staged.not_of_kind.items()):
        message = f"{name}: {count:,} values cannot be read as the contract's {contract.source_column(name).kind}: spelt otherwise they have another token"
        summary.warnings.append(Finding(contract.name, "not_of_kind", message))
    if staged.conflicts:
        message = f"{staged.conflicts:,} records came with one version and other content; the greater hash counts until a newer one says which is right"
        summary.warnings.append(Finding(contract.name, "conflicts", message))
    if verdict.held:
        summary.held.append({"table": contract.name, "objects": len(loaded.waiting), "failed": [asdict(one) for one in verdict.failed]})
        return
    summary.read += totals["read"]
    summary.accepted += totals["accepted"]
    summary.rejected += totals["rejected"]
    summary.duplicate += totals["duplicate"]
    summary.withheld += totals["withheld"]
    summary.errors += staged.errors
    for item in loaded.waiting:
        counts = staged.new[item.entry.object_id]
        # What is pulled is looked at as a pull (`jobs/extract/judged.py`).
        if not PurePosixPath(item.entry.path).name.startswith(PULLED) and nearly_all_rejected(counts.accepted, counts.rejected, settings):
            told = counts.accepted + counts.rejected
            summary.refused.append(
                f"{item.entry.path}: {counts.rejected:,} of {told:,} rows were rejected; look at the source of this object"
            )


def _summarise_copy(summary: Summary, copy: Entry) -> None:
    summary.read += copy.rows_read
    summary.duplicate += copy.rows_duplicate
    summary.objects += 1
    counts = summary.datasets.setdefault(copy.dataset, dict.fromkeys(_COUNTS, 0))
    counts["read"] += copy.rows_read
    counts["duplicate"] += copy.rows_duplicate


def _periods(warehouse: Warehouse) -> list[OrganisationPeriod]:
    return [OrganisationPeriod(**row) for row in warehouse.rows(PERIOD)]


def _organisation_rows(warehouse: Warehouse) -> list[OrganisationRow]:
    columns = ("organ_id", "organ_name", "level", "unit_code", "old_organ_id", "valid_from", "valid_to", "written_on", "unit_valid_from")
    rows = warehouse.rows(ORGANISATION, columns=[*columns, "withdrawn"])
    return [OrganisationRow(**{name: row[name] for name in columns}) for row in rows if not row["withdrawn"]]


def _write_units(warehouse: Warehouse, units: Units) -> None:
    contracts = load_contracts()
    names = current_names(units.versions)
    for name, objects in (("silver/administrative_unit", units.versions), (UNIT_NAME, names), ("silver/unit_lineage", units.lineage)):
        warehouse.overwrite_table(contracts[name], table_of(contracts[name], objects))


def _quarantine_objects(warehouse: Warehouse, failed: list[Entry]) -> None:
    """A row without a line for each object that cannot be read whole, in place of one that an earlier try left."""
    for contract in landed_contracts():
        rows = [_object_row(entry) for entry in failed if entry.table == contract.name]
        if rows:
            quarantine = quarantine_contract(contract.name)
            _delete_whole_objects(warehouse, quarantine, [row["object_id"] for row in rows])
            warehouse.append(quarantine, rows)


def _forget_objects(warehouse: Warehouse, settled: list[Entry], entries: Iterable[Entry]) -> None:
    """Take the rows of whole objects out of quarantine where no file with that content fails any more."""
    failing = {(entry.table, entry.object_id) for entry in entries if entry.state == State.FAILED}
    for table in {entry.table for entry in settled}:
        gone = sorted({entry.object_id for entry in settled if entry.table == table and (table, entry.object_id) not in failing})
        _delete_whole_objects(warehouse, quarantine_contract(table), gone)


def _delete_whole_objects(warehouse: Warehouse, quarantine: Contract, objects: Collection[str]) -> None:
    """Only the rows of whole objects: the same bytes may have been read under another name."""
    if objects and not is_empty(warehouse, quarantine.name):
        named = ", ".join(map(quoted, objects))
        warehouse.delete_where(quarantine.name, f"line IS NULL AND object_id IN ({named})")


def _object_row(entry: Entry) -> dict[str, Any]:
    error = {"code": entry.failure, "field": "", "message": entry.message, "rule": entry.failure}
    return {
        "object_id": entry.object_id,
        "path": entry.path,
        "line": None,
        "row_hash": None,
        "key_hash": None,
        "errors": [error],
        "fields": None,
        "received_at": entry.received_at,
        "run_id": entry.run_id,
    }
