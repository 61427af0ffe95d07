"""Weekly maintenance: compaction, deletion of files that no live release names, old logs."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from jobs.ops import releases
from jobs.ops.purge import live_versions, purge_withdrawn

if TYPE_CHECKING:
    from jobs.run import RunContext

LOG_DAYS = 90
SECONDS_A_DAY = 86_400


def maintain(ctx: RunContext) -> dict[str, Any]:
    """Compact every table, vacuum what only expired releases name, and make the compacted versions a release of their own.

    Files of releases younger than `NTM_RELEASE_RETENTION_DAYS` are spared, whatever their age.
    """
    warehouse = ctx.warehouse
    with ctx.step("recover"):
        releases.open_tables(warehouse)
    point, released = releases.recovery_point(warehouse), releases.last_release(warehouse)
    outcome: dict[str, Any] = {"compacted": {}, "deleted_files": 0, "release": None}
    if released is None or point != released:
        # A checkpoint waits for its release: maintenance comes after it.
        return outcome
    horizon = ctx.now - timedelta(days=ctx.settings.release_retention_days)
    with ctx.step("optimize") as facts:
        for contract in releases.versioned_tables():
            with warehouse.changing(contract.name) as table:
                metrics = table.optimize.compact()
            if metrics["numFilesRemoved"]:
                outcome["compacted"][contract.name] = metrics["numFilesRemoved"]
        facts["tables"] = len(outcome["compacted"])
    if outcome["compacted"]:
        outcome["release"] = releases.commit_again(warehouse, releases.RELEASE, released, run_id=ctx.run_id, now=ctx.now).sequence
    with ctx.step("vacuum") as facts:
        purge_withdrawn(warehouse)
        live = live_versions(warehouse, since=horizon)
        for contract in releases.versioned_tables():
            with warehouse.changing(contract.name) as table:
                deleted = table.vacuum(
                    retention_hours=0, dry_run=False, enforce_retention_duration=False, full=True, keep_versions=sorted(live[contract.name])
                )
            outcome["deleted_files"] += len(deleted)
        facts["files"] = outcome["deleted_files"]
    outcome["deleted_logs"] = _drop_old_logs(ctx)
    return outcome


def _drop_old_logs(ctx: RunContext) -> int:
    cutoff = time.time() - LOG_DAYS * SECONDS_A_DAY
    logs = [path for path in (ctx.settings.home / "logs").glob("**/*.log*") if path.is_file() and path.stat().st_mtime < cutoff]
    for path in logs:
        path.unlink()
    return len(logs)
