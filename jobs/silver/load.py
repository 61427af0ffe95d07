"""Loading datasets: hide what is secret, judge, pass the gate, merge. Each dataset writes its own tables here and nothing else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

from expectations.gate import gate
from jobs.border.read import read_objects, secret_versions
from jobs.ops import ledger
from jobs.ops.ledger import State
from jobs.silver import tombstones
from jobs.silver.dataset import AT_ONCE, Counts, Purged
from jobs.silver.merge import count_moves, merge_silver, name_rejections, take_out, write_bronze, write_quarantine
from jobs.silver.staging import count_landed, keys_of_objects, rows_to_revalidate, stage
from warehouse_schema.indicator_queries import computed_indicators, landed_tables_of, touched_columns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pyspark.sql import DataFrame

    from jobs.landing.discover import Waiting
    from jobs.run import RunContext
    from jobs.silver.dataset import Dataset
    from warehouse_schema.contracts import Contract

_SHARED_TABLES = Lock()


def load_side_by_side(ctx: RunContext, datasets: list[Dataset], held: set[str], not_loaded: set[str]) -> list[Dataset]:
    """Load datasets that do not need each other at the same time, and give them in their order; those with nothing to do are left out.

    Much of a small load is one thread of the driver that plans; another dataset's rows can use the cores meanwhile. All are judged before any is merged: when
    one is held, those that an indicator reads together with it wait too. `held` are the tables of which a person has still to decide about objects;
    `not_loaded`: those of earlier ranks that wait for another, or could not be judged: what refers to them waits too.
    """
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="dataset") as pool:

        def begin(dataset: Dataset) -> bool:
            hide_secrets(ctx, dataset)
            if dataset.waiting and not dataset.approved:
                # Whatever the gate finds: without the rows that it refers to, a batch says nothing of itself.
                dataset.waits_for = min((held | not_loaded) & {one.table for one in dataset.contract.references}, default=None)
            return judge_rows(ctx, dataset)

        begun = [dataset for dataset, has_rows in zip(datasets, pool.map(begin, datasets), strict=True) if has_rows]
        held_now = held | {dataset.contract.name for dataset in begun if dataset.held}
        list(pool.map(lambda dataset: finish(ctx, dataset, held_now), begun))
        return begun


@cache
def read_together(table: str) -> frozenset[str]:
    """The landed tables that some indicator reads together with a table, without itself."""
    read = [landed_tables_of(indicator) for indicator in computed_indicators()]
    return frozenset(name for tables in read if table in tables for name in tables) - {table}


def new_secrets(ctx: RunContext, contract: Contract, waiting: list[Waiting]) -> tuple[dict[str, datetime], dict[str, datetime]]:
    """The secret versions that the objects tell of and no tombstone knows yet; and all tombstones, with these."""
    dead = tombstones.read(ctx.warehouse, str(contract.landing))
    with ctx.step("tombstones", contract.table) as facts:
        new = secret_versions(ctx, contract, [item.entry for item in waiting])
        fresh = {key: version for key, version in new.items() if key not in dead or dead[key] < version}
        facts["secret_records"] = len(fresh) or None
    return fresh, dead | fresh


def withhold(ctx: RunContext, contract: Contract, fresh: dict[str, datetime]) -> Purged:
    """Take what fresh tombstones hide out of the tables, and write the tombstones."""
    with ctx.step("purge", contract.table) as facts:
        purged, held_since = tombstones.purge(ctx, contract, fresh)
        facts["rows"] = purged.rows or None
        with _SHARED_TABLES:
            tombstones.write(ctx.warehouse, str(contract.landing), fresh, ctx.run_id, ctx.now, held_since)
    return purged


def hide_secrets(ctx: RunContext, dataset: Dataset) -> None:
    """Find the secrets that the landed objects tell of. What they hide leaves the tables at once, whatever the gate says of the batch."""
    contract = dataset.contract
    if contract.secrecy is None or not dataset.waiting:
        return
    fresh, dataset.tombstones = new_secrets(ctx, contract, dataset.waiting)
    if fresh:
        dataset.purged = withhold(ctx, contract, fresh)


def judge_rows(ctx: RunContext, dataset: Dataset) -> bool:
    """Stage the rows of a dataset and have the gate judge them; whether there is anything to do."""
    contract, waiting, read_before = dataset.contract, dataset.waiting, dataset.read_before
    if read_before:
        dataset.keys_before = keys_of_objects(ctx.warehouse, contract, read_before)
    existing = rows_to_revalidate(ctx, dataset, dataset.purged.keys | dataset.keys_before, read_before)
    landed = read_objects(ctx, contract, [item.entry for item in waiting], dataset.tombstones) if waiting else None
    if landed is None and existing is None:
        return False
    _stage(ctx, dataset, landed, existing, read_before)
    count_landed(ctx, dataset)
    for item in waiting:
        dataset.landed.setdefault(item.entry.object_id, Counts())
    with ctx.step("gate", contract.table) as facts:
        dataset.verdict = gate(ctx, dataset.as_batch(), dataset.periods)
        facts["result"] = dataset.verdict.summary
    return True


def _stage(ctx: RunContext, dataset: Dataset, landed: DataFrame | None, existing: DataFrame | None, read_again: Sequence[str] = ()) -> None:
    """Stage landed rows and rows of bronze together."""
    dataset.revalidates = existing is not None
    dataset.redefined = dataset.changed.redefined and dataset.revalidates
    stage(ctx, dataset, existing if landed is None else landed if existing is None else landed.unionByName(existing), read_again)


def finish(ctx: RunContext, dataset: Dataset, held: set[str]) -> None:
    """Merge a batch that passed; one that waits stays in the landing zone. `held`: the tables of which objects are held, by now."""
    contract, waiting, purged = dataset.contract, dataset.waiting, dataset.purged
    if waiting and not dataset.stays and not dataset.approved:
        dataset.waits_for = min(held & {contract.name, *read_together(contract.name)}, default=None)
    if dataset.stays:
        # The batch waits. What it said of secrets does not, nor what a reference that changed says of the rows of the tables.
        existing = rows_to_revalidate(ctx, dataset, purged.keys)
        dataset.withheld = []
        if existing is None and not purged.rows:
            dataset.redefined = dataset.revalidates = False
            return
        _stage(ctx, dataset, None, existing)
    elif dataset.read_before:
        with ctx.step("purge", contract.table) as facts:
            facts["objects"] = len(dataset.read_before)
            take_out(ctx.warehouse, contract, dataset.read_before)
    _publish(ctx, dataset)
    # The secrets of an object that is read again were counted when it was read first.
    dataset.withheld = [row for row in dataset.withheld if row.object_id not in dataset.read_before] + purged.withheld


def _publish(ctx: RunContext, dataset: Dataset) -> None:
    """After the gate: bronze, quarantine and silver."""
    contract, purged = dataset.contract, dataset.purged
    paths = {
        entry.object_id: entry.path
        for entry in ledger.entries(ctx.warehouse)
        if entry.table == contract.name and entry.state != State.DUPLICATE
    }
    name_rejections(dataset, paths | {item.entry.object_id: item.entry.path for item in dataset.waiting})
    if dataset.revalidates:
        count_moves(dataset)
    if dataset.redefined or (dataset.totals.read and not dataset.stays):
        write_bronze(ctx, dataset)
    write_quarantine(ctx, dataset)
    keys = purged.keys if dataset.stays else purged.keys | dataset.keys_before
    merge_silver(ctx, dataset, keys, touched_columns(contract.name))
    for object_id, counts in purged.counts.items():
        moved = dataset.moved.setdefault(object_id, Counts())
        for fate in ("accepted", "rejected", "duplicate"):
            moved.add(fate, -getattr(counts, fate))
        moved.add("withheld", counts.withheld)
