"""`standardise`: from what waits in the landing zone to silver, one checkpoint at its end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from expectations.findings import Finding
from expectations.validation import start_gx
from jobs.border import token_key
from jobs.border.read import key_source
from jobs.engine.schema import set_constraints
from jobs.engine.tables import Warehouse, table_of
from jobs.engine.views import quoted
from jobs.errors import RunFailedError
from jobs.landing.discover import Discovery, Waiting, discover
from jobs.ops import ledger, releases
from jobs.ops.ledger import Entry, State
from jobs.ops.touched import note_touched
from jobs.reference.organisations import OrganisationPeriod, changed_codes
from jobs.reference.units import load_units, units_fingerprint
from jobs.reference.units.model import Units
from jobs.reference.units.names import current_names
from jobs.reference.units.successors import all_successors
from jobs.silver.dataset import Changed, Dataset
from jobs.silver.definition import Redefinitions, redefinitions
from jobs.silver.load import load_side_by_side, read_together
from jobs.silver.rebuild import empty_tables, layers_of, refuse_rebuild, registry_is_held, to_read_again
from jobs.silver.reference_tables import UNIT_TABLES, changed_tables, with_references, write_reference_tables
from jobs.silver.references import References, changed_keys, lookups
from jobs.silver.registry import PERIOD, derived_periods, period_table, stored_periods
from jobs.silver.staging import staging_folder
from jobs.silver.summary import Summary
from jobs.silver.tombstones import count_withheld
from warehouse_schema.contracts import (
    ORGANISATION,
    Contract,
    landed_contracts,
    load_contracts,
    load_order,
    quarantine_contract,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from jobs.run import RunContext


def standardise(ctx: RunContext, rebuild: Collection[str] = ()) -> Summary:
    """Load everything that waits; leaves a checkpoint when anything changed, and starts no engine when nothing waits.

    Args:
        ctx: of the run.
        rebuild: silver tables that are rebuilt, with their bronze and quarantine, from all objects that were ever loaded into them.

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
    known = to_read_again(ledger.entries(warehouse), redefined, rebuild)
    with ctx.step("discover") as facts:
        found = discover(ctx.storage, known, ctx.run_id, ctx.now)
        facts["found"] = found.found
    refuse_rebuild(known, found, rebuild)
    summary.notices = [notice._asdict() for notice in found.notices()]
    # A workspace from before the table of names has none.
    new_reference = point is None or point.reference != units_fingerprint() or any(map(warehouse.is_empty, UNIT_TABLES))
    listed = changed_tables(point.definitions if point else {})
    is_new_schema = migrated.is_new_schema and point is not None
    if not found.found and not new_reference and not listed and not redefined.any and not is_new_schema and not rebuild:
        return summary
    units = load_units()
    token_key.adopt(warehouse, key, ctx.run_id, ctx.now)
    start_gx(ctx.settings.home)
    with ThreadPoolExecutor(1) as starting:
        # It takes seconds and waits for nothing; should it fail, whoever needs it first says why.
        starting.submit(lambda: ctx.spark)
        for table in sorted(rebuild):
            empty_tables(ctx, table, found.waiting.get(table, []), stored_periods(warehouse))
        if new_reference or listed:
            with ctx.step("reference") as facts:
                facts["tables"] = ", ".join(contract.table for contract in listed) or None
                write_reference_tables(warehouse, listed)
                if new_reference:
                    _write_units(warehouse, units)
    before = releases.current_versions(warehouse)
    everything = point is not None and new_reference
    versions = point.tables if point else {}
    entries, definitions = _load_all(ctx, found, units, known, summary, redefined.of_all() if everything else redefined, rebuild, versions)
    if migrated.is_new_schema or rebuild:
        for contract in landed_contracts():
            set_constraints(warehouse, contract)
    changed = new_reference or listed or definitions != redefined.before or is_new_schema or rebuild
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
            definitions=with_references(definitions) | {releases.TABLES: releases.schemas()},
        )
    summary.changed = True
    return summary


@dataclass(slots=True)
class _Load:
    """A load on its way.

    Attributes:
        entries: the ledger as it is by now.
        written: its entries that this load adds or changes.
        periods: of organisations, as far as the registry is loaded.
        codes: organisation codes whose meaning the registry's changes changed.
        refs: what codes mean.
        done: the datasets that had something to do.
        unjudged: tables whose rows could not be judged, since the registry is held.
        overdue: those of them whose references changed.
    """

    entries: dict[tuple[str, str], Entry]
    periods: list[OrganisationPeriod]
    refs: References
    codes: frozenset[str] = frozenset()
    written: dict[tuple[str, str], Entry] = field(default_factory=dict)
    done: list[Dataset] = field(default_factory=list)
    unjudged: set[str] = field(default_factory=set)
    overdue: set[str] = field(default_factory=set)

    def write(self, entries: Iterable[Entry]) -> None:
        """Add or change entries of the ledger."""
        for entry in entries:
            self.entries[entry.path, entry.object_id] = self.written[entry.path, entry.object_id] = entry


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
    periods = stored_periods(ctx.warehouse)
    load = _Load({(entry.path, entry.object_id): entry for entry in known}, periods, lookups(periods, units))
    for rank in load_order():
        waits = [one.name for one in rank if one.organisation is not None] if registry_is_held(load.entries.values()) else []
        summary.waiting += [Finding(name, "waits", "the registry of organisations is held") for name in waits]
        load.unjudged.update(waits)
        for batches in _rounds([contract for contract in rank if contract.name not in waits], found):
            datasets = [
                Dataset(contract, waiting, _changed(ctx, contract, redefined, load.codes, versions), load.refs, load.periods)
                for contract, waiting in batches
            ]
            held = {entry.table for entry in load.entries.values() if entry.state == State.HELD}
            not_loaded = load.unjudged | {dataset.contract.name for dataset in load.done if dataset.stays}
            for dataset in load_side_by_side(ctx, datasets, held, not_loaded):
                load.write(_entries_after(dataset, load.entries.values()))
                summary.add(dataset, redefined, ctx.settings)
                note_touched(ctx.warehouse, ctx.run_id, dataset.touched)
                count_withheld(ctx.warehouse, str(dataset.contract.landing), dataset.withheld, load.periods)
                # All is merged and counted: what the relations hold in memory goes.
                dataset.sets = None
                load.done.append(dataset)
        for contract in rank:
            if contract.name in waits:
                missed = _changed(ctx, contract, redefined, load.codes, versions)
                load.overdue |= {contract.name} if redefined.everything or missed.codes or any(missed.rows.values()) else set()
            if contract.name == ORGANISATION and contract.name in {dataset.contract.name for dataset in load.done}:
                load.periods, load.codes = _derive_periods(ctx, units, load.periods)
                load.refs = lookups(load.periods, units)
    summary.warnings += _one_sided(load.done)
    if rebuilt := sorted(load.unjudged & rebuild):
        raise RunFailedError(f"the registry of organisations is held, so {', '.join(rebuilt)} cannot be rebuilt; nothing was changed")
    _settle_objects(ctx, found, load, summary)
    # What was loaded and now waits or is held was not read again: the fields that its objects had are still to come.
    loaded_before = {entry.table for entry in known if entry.rows_read}
    left = {dataset.contract.name for dataset in load.done if dataset.stays} & loaded_before
    return list(load.written.values()), redefined.after(load.unjudged | left, load.overdue)


def _one_sided(datasets: list[Dataset]) -> list[Finding]:
    """What was merged before a dataset of a later rank was held that an indicator reads together with it: figures have one side only until a person decides."""
    merged = {dataset.contract.name for dataset in datasets if dataset.waiting and not dataset.stays}
    return [
        Finding(
            name, "one_sided", f"loaded before {held.contract.name} was held: figures over both lack the held side until a person decides"
        )
        for held in datasets
        if held.held
        for name in sorted(merged & read_together(held.contract.name))
    ]


def _settle_objects(ctx: RunContext, found: Discovery, load: _Load, summary: Summary) -> None:
    """What is said of landed objects beside those that are loaded: unreadable ones, ones that were mended, ones that are gone, and copies."""
    summary.unreadable += [{"path": entry.path, "error": str(entry.failure), "message": str(entry.message)} for entry in found.failed]
    load.write([*found.failed, *found.settled])
    _forget_objects(ctx.warehouse, found.settled, load.entries.values())
    _quarantine_objects(ctx.warehouse, found.failed)
    load.write(found.gone)
    summary.warnings += [Finding(entry.table, "gone", f"{entry.path}: {entry.message}") for entry in found.gone]
    copies = _counted_copies(found.copies, load.entries.values())
    load.write(copies)
    for copy in copies:
        summary.add_copy(copy)


def _changed(ctx: RunContext, contract: Contract, redefined: Redefinitions, codes: frozenset[str], versions: Mapping[str, int]) -> Changed:
    """What a dataset's rows in the tables have to be revalidated for."""
    if contract.name in redefined.standardised:
        return Changed(redefined=True)
    if not contract.references or ctx.warehouse.is_empty(f"bronze/{contract.table}"):
        return Changed(codes)
    spill_to = staging_folder(ctx, contract) / "spilled"
    moved = [one for one in contract.references if ctx.warehouse.version(one.table) != versions.get(one.table)]
    return Changed(codes, {one: changed_keys(ctx.warehouse, contract, one, versions.get(one.table), spill_to) for one in moved})


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


def _derive_periods(ctx: RunContext, units: Units, before: list[OrganisationPeriod]) -> tuple[list[OrganisationPeriod], frozenset[str]]:
    """What the registry says now, and the codes whose meaning that changed."""
    with ctx.step("organisations") as facts:
        after = derived_periods(ctx.warehouse, units)
        codes = frozenset(changed_codes(before, after))
        facts |= {"periods": len(after), "changed_codes": len(codes)}
        if after != before:
            ctx.warehouse.overwrite_table(load_contracts()[PERIOD], period_table(after))
    return after, codes


def _entries_after(dataset: Dataset, entries: Iterable[Entry]) -> list[Entry]:
    """The ledger's entries that a load adds or changes."""
    after = [
        entry.moved(accepted=counts.accepted, rejected=counts.rejected, duplicate=counts.duplicate, withheld=counts.withheld)
        for entry in entries
        if entry.table == dataset.contract.name
        and entry.state == State.LOADED
        and (counts := dataset.moved.get(entry.object_id)) is not None
    ]
    if dataset.held and dataset.verdict:
        return after + [replace(item.entry, state=State.HELD, message=dataset.verdict.summary) for item in dataset.waiting]
    if dataset.stays:
        return after
    return after + [
        replace(
            item.entry,
            state=State.LOADED,
            rows_read=counts.read,
            rows_accepted=counts.accepted,
            rows_rejected=counts.rejected,
            rows_duplicate=counts.duplicate,
            rows_withheld=counts.withheld,
            unknown_fields=tuple(dataset.drift.get(item.entry.object_id, ())),
        )
        for item in dataset.waiting
        for counts in [dataset.landed[item.entry.object_id]]
    ]


def _write_units(warehouse: Warehouse, units: Units) -> None:
    contracts = load_contracts()
    rows: tuple[Sequence[object], ...] = (units.versions, current_names(units.versions), units.lineage, all_successors(units.successors))
    for name, objects in zip(UNIT_TABLES, rows, strict=True):
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
    if objects and not warehouse.is_empty(quarantine.name):
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
