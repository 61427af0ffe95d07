"""`standardise`: from what waits in the landing zone to silver, one checkpoint at its end."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from expectations.gate import Verdict, gate
from jobs.bronze.discover import Discovery, Waiting, discover
from jobs.bronze.read import read_objects, secret_versions
from jobs.errors import RunFailedError
from jobs.ops import ledger, releases, tombstones
from jobs.ops.ledger import Entry, State
from jobs.ops.warehouse import Warehouse
from jobs.silver.load import (
    Counts,
    Staged,
    count_moves,
    is_empty,
    merge_silver,
    rows_to_judge_again,
    stage,
    take_out,
    write_bronze,
    write_quarantine,
)
from jobs.silver.organisations import OrganisationPeriod, OrganisationRow, changed_codes, organisation_periods
from jobs.silver.references import References, references
from jobs.silver.units import Units, load_units
from warehouse_schema.contracts import Contract, landed_contracts, load_contracts, quarantine_contract

if TYPE_CHECKING:
    from jobs.run import RunContext

ORGANISATION = "silver/organisation"
PERIOD = "silver/organisation_period"


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
    warnings: list[dict[str, Any]] = field(default_factory=list)
    changed: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as JSON has them."""
        return asdict(self) | {"errors": dict(self.errors)}


def standardise(ctx: RunContext) -> Summary:
    """Load everything that waits; leaves a checkpoint when anything changed, and starts no Spark when nothing waits."""
    warehouse = ctx.warehouse
    releases.ensure_tables(warehouse)
    ctx.clear_staging()
    with ctx.step("recover") as facts:
        facts["restored"] = ", ".join(releases.recover(warehouse)) or None
    summary = Summary()
    units = load_units()
    point = releases.recovery_point(warehouse)
    known = ledger.entries(warehouse)
    with ctx.step("discover") as facts:
        found = discover(ctx.storage, known, ctx.run_id, ctx.now)
        facts["found"] = found.found
    new_reference = point is None or point.reference != units.fingerprint
    if not found.found and not new_reference:
        return summary
    if new_reference:
        with ctx.step("reference"):
            _write_units(warehouse, units)
    entries = _load_all(ctx, found, units, known, summary, everything_again=point is not None and new_reference)
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
        )
    ctx.clear_staging()
    summary.changed = True
    return summary


def _load_all(
    ctx: RunContext, found: Discovery, units: Units, known: list[Entry], summary: Summary, *, everything_again: bool
) -> list[Entry]:
    """Load every dataset, registries first; returns the ledger's new and changed entries."""
    before = _periods(ctx.warehouse)
    entries = {(entry.path, entry.object_id): entry for entry in known}
    changed: dict[tuple[str, str], Entry] = {}
    held: set[str] = set()
    codes: frozenset[str] | None = None if everything_again else frozenset()
    refs = references(ctx.spark, before, units)
    for contract in landed_contracts():
        waiting = found.waiting.get(contract.name, [])
        if contract.organisation is not None and ORGANISATION in held:
            summary.warnings.append({"table": contract.name, "message": "waits: the registry of organisations is held"})
            continue
        outcome = _load(ctx, contract, waiting, refs, before, None if everything_again else codes)
        if outcome is None:
            continue
        staged, verdict = outcome
        if verdict.held:
            held.add(contract.name)
            summary.held.append({"table": contract.name, "objects": len(waiting), "failed": verdict.failed})
            new = [replace(item.entry, state=State.HELD, message=verdict.summary) for item in waiting]
        else:
            new = _counted(waiting, staged)
            moved = _moved(staged, {**entries, **changed})
            changed |= {(entry.path, entry.object_id): entry for entry in moved}
        changed |= {(entry.path, entry.object_id): entry for entry in new}
        _summarise(summary, contract, staged, verdict)
        if contract.name == ORGANISATION and not verdict.held:
            with ctx.step("organisations") as facts:
                after = organisation_periods(_organisation_rows(ctx.warehouse), units)
                if codes is not None:
                    codes = frozenset(changed_codes(before, after))
                facts |= {"periods": len(after), "changed_codes": len(codes) if codes is not None else None}
                ctx.warehouse.overwrite(load_contracts()[PERIOD], [asdict(period) for period in after])
            before = after
            refs = references(ctx.spark, after, units)
    for entry in found.failed:
        summary.unreadable.append({"path": entry.path, "error": str(entry.failure), "message": str(entry.message)})
        changed[entry.path, entry.object_id] = entry
    _quarantine_objects(ctx.warehouse, found.failed)
    for entry in found.copies:
        original = next(
            (
                one
                for one in {**entries, **changed}.values()
                if one.object_id == entry.object_id and one.dataset == entry.dataset and one.state == State.LOADED
            ),
            None,
        )
        rows = original.rows_read if original else 0
        changed[entry.path, entry.object_id] = replace(entry, rows_read=rows, rows_duplicate=rows)
        summary.read += rows
        summary.duplicate += rows
        summary.objects += 1
    return list(changed.values())


def _load(
    ctx: RunContext,
    contract: Contract,
    waiting: list[Waiting],
    refs: References,
    periods: list[OrganisationPeriod],
    codes: frozenset[str] | None,
) -> tuple[Staged, Verdict] | None:
    """Load one dataset; None where there is nothing to do."""
    dead, purged = {}, tombstones.Purged()
    if contract.secrecy is not None:
        dead = tombstones.read(ctx.warehouse, str(contract.landing))
        if waiting:
            with ctx.step("tombstones", contract.table) as facts:
                new = secret_versions(ctx, contract, [item.entry for item in waiting])
                fresh = {key: version for key, version in new.items() if key not in dead or dead[key] < version}
                facts["secret_records"] = len(fresh) or None
                dead |= fresh
            if fresh:
                with ctx.step("purge", contract.table) as facts:
                    purged, held_since = tombstones.purge(ctx, contract, fresh)
                    facts["rows"] = purged.rows or None
                    tombstones.write(ctx.warehouse, str(contract.landing), fresh, ctx.run_id, ctx.now, held_since)
    read_before = [item.entry.object_id for item in waiting if item.read_before]
    if read_before:
        with ctx.step("purge", contract.table) as facts:
            facts["objects"] = len(read_before)
            purged.keys |= take_out(ctx, contract, read_before)
    again = rows_to_judge_again(ctx, contract, codes if contract.organisation or codes is None else frozenset(), sorted(purged.keys))
    if not waiting and again is None:
        return None
    rows = again
    if waiting:
        new_rows = read_objects(ctx, contract, [item.entry for item in waiting], dead)
        rows = new_rows if again is None else new_rows.unionByName(again)
    if rows is None:
        raise RunFailedError(f"{contract.name}: nothing to load")
    staged = stage(ctx, contract, rows, refs)
    for item in waiting:
        staged.new.setdefault(item.entry.object_id, Counts())
    with ctx.step("gate", contract.table) as facts:
        verdict = gate(ctx, staged, periods)
        facts["result"] = verdict.summary
    if verdict.held and not all(item.approved for item in waiting):
        return staged, verdict
    if again is not None:
        count_moves(ctx, staged)
    _publish(ctx, staged, waiting, purged)
    return staged, replace(verdict, held=False)


def _publish(ctx: RunContext, staged: Staged, waiting: list[Waiting], purged: tombstones.Purged) -> None:
    """After the gate: bronze, quarantine, silver, and what the touched periods are."""
    contract = staged.contract
    paths = {entry.object_id: entry.path for entry in ledger.entries(ctx.warehouse) if entry.table == contract.name}
    paths |= {item.entry.object_id: item.entry.path for item in waiting}
    if staged.read:
        write_bronze(ctx, staged)
    write_quarantine(ctx, staged, paths)
    touched = merge_silver(ctx, staged, sorted(purged.keys))
    if touched:
        ctx.warehouse.upsert(load_contracts()["ops/touched"], [{**pair, "run_id": ctx.run_id} for pair in touched])
    for object_id, counts in purged.counts.items():
        moved = staged.moved.setdefault(object_id, Counts())
        moved.accepted -= counts.accepted
        moved.rejected -= counts.rejected
        moved.duplicate -= counts.duplicate
        moved.withheld += counts.withheld
    tombstones.count_withheld(ctx.warehouse, str(contract.landing), [*staged.withheld, *purged.withheld], _periods(ctx.warehouse))


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


def _summarise(summary: Summary, contract: Contract, staged: Staged, verdict: Verdict) -> None:
    totals = Counter[str]()
    for counts in staged.new.values():
        totals += Counter(asdict(counts))
    summary.datasets[str(contract.landing)] = {name: totals[name] for name in ("read", "accepted", "rejected", "duplicate", "withheld")}
    summary.objects += len(staged.new)
    summary.judged_again += staged.rejudged
    summary.warnings += [{"table": contract.name, **warning} for warning in verdict.warnings]
    if verdict.held:
        return
    summary.read += totals["read"]
    summary.accepted += totals["accepted"]
    summary.rejected += totals["rejected"]
    summary.duplicate += totals["duplicate"]
    summary.withheld += totals["withheld"]
    summary.errors += staged.errors


def _periods(warehouse: Warehouse) -> list[OrganisationPeriod]:
    return [OrganisationPeriod(**row) for row in warehouse.rows(PERIOD)]


def _organisation_rows(warehouse: Warehouse) -> list[OrganisationRow]:
    columns = ("organ_id", "organ_name", "level", "unit_code", "old_organ_id", "valid_from", "valid_to", "written_on", "unit_valid_from")
    rows = warehouse.rows(ORGANISATION, columns=[*columns, "withdrawn"])
    return [OrganisationRow(**{name: row[name] for name in columns}) for row in rows if not row["withdrawn"]]


def _write_units(warehouse: Warehouse, units: Units) -> None:
    contracts = load_contracts()
    warehouse.overwrite(contracts["silver/administrative_unit"], [asdict(version) for version in units.versions])
    warehouse.overwrite(contracts["silver/unit_lineage"], [asdict(segment) for segment in units.lineage])


def _quarantine_objects(warehouse: Warehouse, failed: list[Entry]) -> None:
    """A row without a line for each object that cannot be read whole, in place of one that an earlier try left."""
    for contract in landed_contracts():
        rows = [_object_row(entry) for entry in failed if entry.table == contract.name]
        if rows:
            quarantine = quarantine_contract(contract.name)
            named = ", ".join(f"'{row['object_id']}'" for row in rows)
            if not is_empty(warehouse, quarantine.name):
                warehouse.open(quarantine.name).delete(f"object_id IN ({named})")
            warehouse.append(quarantine, rows)


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
