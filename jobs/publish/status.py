"""`ntm status`: how fresh the tables are, how the pulls went, what waits in quarantine, what the last release is."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from jobs.ops import ledger, quarantine, releases
from jobs.ops.ledger import State
from jobs.publish.pulls import pull_states
from jobs.publish.terminal import say, say_list, say_table, warn
from jobs.vietnam import VIETNAM

if TYPE_CHECKING:
    from datetime import datetime

    from jobs.engine.tables import Warehouse
    from jobs.settings import Settings

_COUNTS = ("objects", "read", "accepted", "rejected", "duplicate", "withheld")


def status_of(warehouse: Warehouse, settings: Settings) -> dict[str, Any]:
    """The state of the warehouse as plain values."""
    release, point = releases.last_release(warehouse), releases.recovery_point(warehouse)
    entries = ledger.entries(warehouse, release.tables[ledger.LOAD]) if release else []
    datasets: dict[str, dict[str, Any]] = {}
    for entry in entries:
        counts = datasets.setdefault(entry.dataset, dict.fromkeys(_COUNTS, 0) | {"last_received": None})
        counts["objects"] += 1
        for name in _COUNTS[1:]:
            counts[name] += getattr(entry, f"rows_{name}")
        counts["last_received"] = max(filter(None, (counts["last_received"], entry.received_at)))
    return {
        "release": {"sequence": release.sequence, "as_of": release.as_of, "created_at": release.created_at, "run_id": release.run_id}
        if release
        else None,
        "pending": point is not None and point != release,
        "datasets": dict(sorted(datasets.items())),
        "failed": [
            {"path": entry.path, "error": entry.failure, "message": entry.message} for entry in entries if entry.state == State.FAILED
        ],
        "held": [{"table": entry.table, "path": entry.path, "message": entry.message} for entry in entries if entry.state == State.HELD],
        "quarantine": quarantine.counts(warehouse),
        "pulls": pull_states(settings),
        "landing": settings.landing_url,
        "warehouse": settings.warehouse_url,
    }


def print_status(found: dict[str, Any]) -> None:
    """The state of the warehouse for a person."""
    release = found["release"]
    if release is None:
        say("nothing was released yet: run `ntm run`")
    else:
        say(f"release {release['sequence']} as of {release['as_of']}, made {minute(release['created_at'])} (times are Vietnam's)")
    if found["pending"]:
        say("a finished standardise waits for `indicators` to release it")
    if found["datasets"]:
        say()
        rows = (
            (dataset, *[f"{counts[name]:,}" for name in _COUNTS], minute(counts["last_received"]))
            for dataset, counts in found["datasets"].items()
        )
        say_table(("dataset", *_COUNTS, "last received"), rows, right=_COUNTS)
        say()
    if found["pulls"]:
        columns = ("last pull", "last failure", "watermark")
        fields = ("last_success", "last_failure", "watermark")
        say_table(("source", *columns), ((name, *(minute(state[field]) for field in fields)) for name, state in found["pulls"].items()))
        for name, state in found["pulls"].items():
            if state["failing"]:
                warn(f"{name}: {state['failure']}", sys.stdout)
            elif state["failure"]:
                say(f"{name} failed before: {state['failure']}")
        say()
    for name, codes in found["quarantine"].items():
        say_list(f"quarantine {name}", (f"{code} {count:,}" for code, count in codes.items()))
    for item in found["failed"]:
        say(f"cannot be read: {item['path']}: {item['error']}: {item['message']}")
    for item in found["held"]:
        say(f"held: {item['table']}: {item['path']}: {item['message']}")


def minute(moment: datetime | None) -> str | None:
    """A moment to the minute, in Vietnam's time."""
    return f"{moment.astimezone(VIETNAM):%Y-%m-%d %H:%M}" if moment else None
