"""`ntm status`: how fresh the tables are, how the pulls went, what waits in quarantine, what the last release is."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from jobs.errors import NtmError
from jobs.landing.storage import landing_access, landing_storage
from jobs.landing.survey import counted, group_of, has_no_rows, survey
from jobs.ops import ledger, quarantine, releases
from jobs.ops.ledger import State
from jobs.publish.flags import flag_counts
from jobs.publish.pulls import pull_states
from jobs.publish.site.mark import site_state, staleness
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
        | {"approved": release.approved, "approved_by": release.approved_by}
        if release
        else None,
        "pending": point is not None and point != release,
        "waits_for_approval": _awaited(warehouse, settings),
        "datasets": dict(sorted(datasets.items())),
        "failed": [
            {"path": entry.path, "error": entry.failure, "message": entry.message} for entry in entries if entry.state == State.FAILED
        ],
        "held": [{"table": entry.table, "path": entry.path, "message": entry.message} for entry in entries if entry.state == State.HELD],
        "quarantine": quarantine.counts(warehouse),
        "flags": flag_counts(warehouse, release),
        "notices": _notices(settings, entries),
        "site": site_state(settings.home),
        "pulls": pull_states(settings),
        "landing": settings.landing_url,
        "warehouse": settings.warehouse_url,
    }


def _awaited(warehouse: Warehouse, settings: Settings) -> dict[str, Any] | None:
    """What a run would wait for a person's approval of, with the sentence that says so; None where nothing waits."""
    if settings.approve_over is None:
        return None
    # Evaluating figures brings a second of imports, which who set no limit need not wait for.
    from jobs.publish.planned import awaited, in_words

    try:
        found = awaited(warehouse, settings.approve_over)
    except NtmError as error:
        # A wrong file of definitions, which a run refuses by name: the rest of the state is worth telling.
        return {"figures": None, "definitions": [], "moves": f"figures that cannot be told ({error})"}
    return None if found is None else {"figures": found.figures, "definitions": found.redefined, "moves": in_words(found)}


def _notices(settings: Settings, entries: list[ledger.Entry]) -> list[dict[str, str]]:
    """What a person should know of files in the landing zone: those that nothing reads, as they lie there now, and objects without rows."""
    try:
        notices = survey(landing_storage(settings.landing_url, s3=landing_access(settings))).notices()
        found = [notice._asdict() for notice in notices]
    except NtmError as error:
        # The state of the tables is worth telling when the landing zone is away.
        found = [{"kind": "not_read", "message": str(error)}]
    empty = group_of(entry.path for entry in entries if has_no_rows(entry.message) and entry.state in (State.LOADED, State.DUPLICATE))
    if empty.count:
        found.append({"kind": "empty", "message": f"{counted(empty.count, 'object')} without rows: {empty.named}"})
    return found


def print_status(found: dict[str, Any]) -> None:
    """The state of the warehouse for a person."""
    release = found["release"]
    if release is None:
        say("nothing was released yet: run `ntm run`")
    else:
        say(f"release {release['sequence']} as of {release['as_of']}, made {minute(release['created_at'])} (times are Vietnam's)")
        if release["approved"]:
            say(f"{release['approved_by'] or 'a person'} approved that it moves {release['approved']}")
        if stale := staleness(found["site"], release["sequence"]):
            say(stale)
    if found["pending"]:
        say("a finished standardise waits for `indicators` to release it")
    if found["waits_for_approval"]:
        moves = found["waits_for_approval"]["moves"]
        warn(
            f"a run waits for approval: changed definitions would move {moves}; `ntm plan` shows it, `ntm run --approve` takes it",
            sys.stdout,
        )
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
    _print_left(found)


def _print_left(found: dict[str, Any]) -> None:
    """What is left for a person to look at: rejected rows, contradictions, objects that nothing reads or a gate holds."""
    for name, codes in found["quarantine"].items():
        say_list(f"quarantine {name}", (f"{code} {count:,}" for code, count in codes.items()))
    if found["flags"]:
        say_list("contradictions (`ntm flags`)", (f"{flag} {count:,}" for flag, count in found["flags"].items()))
    for item in found["failed"]:
        say(f"cannot be read: {item['path']}: {item['error']}: {item['message']}")
    for notice in found["notices"]:
        say(f"landing zone: {notice['message']}")
    for item in found["held"]:
        say(f"held: {item['table']}: {item['path']}: {item['message']}")


def minute(moment: datetime | None) -> str | None:
    """A moment to the minute, in Vietnam's time."""
    return f"{moment.astimezone(VIETNAM):%Y-%m-%d %H:%M}" if moment else None
