"""`ntm status`: how fresh the tables are, what waits in quarantine, what the last release is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table

from jobs.errors import NtmError
from jobs.landing.storage import landing_access, landing_storage
from jobs.landing.survey import NO_ROWS, counted, group_of, survey
from jobs.ops import ledger, quarantine, releases
from jobs.ops.ledger import State
from jobs.publish.tables import console_for_people

if TYPE_CHECKING:
    from rich.console import Console

    from jobs.engine.tables import Warehouse
    from jobs.settings import Settings


def status_of(warehouse: Warehouse, settings: Settings) -> dict[str, Any]:
    """The state of the warehouse as plain values."""
    release, point = releases.last_release(warehouse), releases.recovery_point(warehouse)
    entries = ledger.entries(warehouse, release.tables[ledger.LOAD]) if release else []
    datasets: dict[str, dict[str, Any]] = {}
    for entry in entries:
        counts = datasets.setdefault(
            entry.dataset, {"objects": 0, "read": 0, "accepted": 0, "rejected": 0, "duplicate": 0, "withheld": 0, "last_received": None}
        )
        counts["objects"] += 1
        for name in ("read", "accepted", "rejected", "duplicate", "withheld"):
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
        "notices": _notices(settings, entries),
        "landing": settings.landing_url,
        "warehouse": settings.warehouse_url,
    }


def _notices(settings: Settings, entries: list[ledger.Entry]) -> list[dict[str, str]]:
    """What a person should know of files in the landing zone: those that nothing reads, as they lie there now, and objects without rows."""
    try:
        notices = survey(landing_storage(settings.landing_url, s3=landing_access(settings))).notices()
        found = [notice._asdict() for notice in notices]
    except NtmError as error:
        # The state of the tables is worth telling when the landing zone is away.
        found = [{"kind": "not_read", "message": str(error)}]
    empty = group_of(entry.path for entry in entries if entry.message == NO_ROWS and entry.state in (State.LOADED, State.DUPLICATE))
    if empty.count:
        found.append({"kind": "empty", "message": f"{counted(empty.count, 'object')} without rows: {empty.named}"})
    return found


def print_status(told: dict[str, Any]) -> None:
    """The state of the warehouse for a person."""
    console = console_for_people()
    release = told["release"]
    if release is None:
        console.print("nothing was released yet: run `ntm run`")
        _print_notices(console, told)
        return
    console.print(f"release {release['sequence']} as of {release['as_of']}, made {release['created_at']:%Y-%m-%d %H:%M} UTC")
    if told["pending"]:
        console.print("a finished standardise waits for `indicators` to release it")
    names = ("objects", "read", "accepted", "rejected", "duplicate", "withheld")
    table = Table("dataset", *names, "last received (UTC)", box=box.SIMPLE_HEAD)
    for column in table.columns[1:-1]:
        column.justify = "right"
    for dataset, counts in told["datasets"].items():
        table.add_row(dataset, *[f"{counts[name]:,}" for name in names], f"{counts['last_received']:%Y-%m-%d %H:%M}")
    console.print(table)
    for name, codes in told["quarantine"].items():
        console.print(f"quarantine {name}: {', '.join(f'{code} {count:,}' for code, count in codes.items())}")
    for item in told["failed"]:
        console.print(f"cannot be read: {item['path']}: {item['error']}: {item['message']}")
    _print_notices(console, told)
    for item in told["held"]:
        console.print(f"held: {item['table']}: {item['path']}: {item['message']}")


def _print_notices(console: Console, told: dict[str, Any]) -> None:
    for notice in told["notices"]:
        console.print(f"landing zone: {notice['message']}")
