"""Withdrawn releases: those that held a record that has since become secret (or was erased), and the files that only they name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jobs.ops import releases
from warehouse_schema.contracts import load_contracts

if TYPE_CHECKING:
    from datetime import datetime

    from jobs.engine.tables import Warehouse
    from jobs.ops.releases import Release

TOMBSTONE = "ops/tombstone"


def withdraw_holders(warehouse: Warehouse) -> int:
    """Mark the releases that held a record between its reception and its tombstone; returns how many.

    A function of what stands in the tables, so that it can be repeated after a kill. The newest release never held one.
    """
    found = warehouse.query(TOMBSTONE, "SELECT DISTINCT held_since, written_at FROM rows WHERE held_since IS NOT NULL")
    spans = [(row["held_since"], row["written_at"]) for row in found.to_pylist()]
    known = releases.releases(warehouse)
    holders = [
        release
        for release in known[:-1]
        if release.state == releases.RELEASED and any(since <= release.created_at < written for since, written in spans)
    ]
    if holders:
        releases.withdraw(warehouse, holders)
    return len(holders)


def live_versions(warehouse: Warehouse, since: datetime | None = None) -> dict[str, set[int]]:
    """For each table the versions that readers or the next run may still ask for: of releases made since a time, and of the newest."""
    live: dict[str, set[int]] = {}
    point = releases.recovery_point(warehouse)
    kept: list[Release] = [
        release
        for release in releases.releases(warehouse)
        if release.state == releases.RELEASED and (since is None or release.created_at >= since)
    ]
    for release in [*kept, *([point] if point else [])]:
        for table, version in release.tables.items():
            live.setdefault(table, set()).add(version)
    return live


def purge_withdrawn(warehouse: Warehouse) -> int:
    """Delete the files that only withdrawn releases name; returns how many files went."""
    withdrawn = [release for release in releases.releases(warehouse) if release.state == releases.WITHDRAWN]
    if not withdrawn:
        return 0
    live = live_versions(warehouse)
    deleted = 0
    for contract in releases.versioned_tables():
        if contract.layer in ("ops", "gold") or not warehouse.exists(contract.name):
            continue
        kept = sorted(live.get(contract.name, ()))
        with warehouse.changing(contract.name) as table:
            deleted += len(table.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False, full=True, keep_versions=kept))
    warehouse.upsert(
        load_contracts()[releases.RELEASE],
        [releases.as_row(replace(release, state=releases.PURGED)) for release in withdrawn],
    )
    return deleted
