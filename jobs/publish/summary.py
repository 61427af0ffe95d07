"""What a run did, for a person and as JSON, and the exit code that it means."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

from jobs.engine.tables import Warehouse
from jobs.errors import RunFailedError, SourceError
from jobs.machine import full_disk
from jobs.ops import ledger, releases
from jobs.ops.ledger import State
from jobs.publish.site.mark import site_state, staleness
from jobs.publish.terminal import place_for_people, say, say_folded, say_list, say_table, warn

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from jobs.ops.ledger import Entry
    from jobs.runtime.airflow import RunOutcome
    from jobs.settings import Settings

_COUNTS = ("read", "accepted", "rejected", "duplicate", "withheld")


def summary_of(outcome: RunOutcome, settings: Settings) -> dict[str, Any]:
    """The outcomes of a run's DAGs as one dictionary."""
    standardised = outcome.by_id["standardise"].result or {}
    gold = outcome.by_id["indicators"].result or {}
    warehouse = Warehouse.of(settings)
    release, entries = releases.last_release(warehouse), ledger.entries(warehouse)
    failures = {dag.dag_id: full_disk(str(dag.error), [settings.home]) or dag.error for dag in outcome.dags if dag.state == "failed"}
    return {
        "released": gold.get("release"),
        "last_release": release.sequence if release else None,
        "as_of": gold.get("as_of"),
        "approved": gold.get("approved"),
        "approved_by": gold.get("approved_by"),
        "totals": {name: standardised.get(name, 0) for name in _COUNTS},
        "objects": standardised.get("objects", 0),
        "revalidated": standardised.get("revalidated", 0),
        "datasets": standardised.get("datasets", {}),
        "errors": standardised.get("errors", {}),
        "unreadable": standardised.get("unreadable", []),
        "held": standardised.get("held", []),
        "refused": standardised.get("refused", []),
        "held_before": _held_before(entries, {item["table"] for item in standardised.get("held", [])}),
        "warnings": standardised.get("warnings", []),
        "waiting": standardised.get("waiting", []),
        "schema_changes": standardised.get("schema_changes", []),
        "redefined": {**standardised.get("redefined", {}), **gold.get("redefined", {})},
        "redefined_plans": gold.get("redefined_plans", []),
        "redefined_flags": gold.get("redefined_flags", []),
        "new_flags": gold.get("new_flags", {}),
        "gone_flags": gold.get("gone_flags", {}),
        "notices": standardised.get("notices", []),
        "rows_changed": gold.get("rows_changed", 0),
        "failures": failures,
        "nothing_landed_at": None if entries or failures else settings.landing_url,
        "exit_codes": {dag.dag_id: dag.exit_code for dag in outcome.dags},
        "seconds": {dag.dag_id: round(dag.seconds, 2) for dag in outcome.dags},
        "lineage": _lineage(outcome),
        "timings": [*standardised.get("timings", []), *gold.get("timings", [])],
        "site": site_state(settings.home),
        "places": {
            "tables": settings.warehouse_url,
            "quarantine": f"{settings.warehouse_url}/quarantine",
            "data_docs": str(settings.home / "data_docs" / "index.html"),
            "log": str(outcome.log_file),
        },
    }


def _lineage(outcome: RunOutcome) -> str | None:
    """What kept the run from telling lineage what it did; None where it told all, or nothing was to be told."""
    return next((problem for dag in outcome.dags if dag.result and (problem := dag.result.get("lineage"))), None)


def _held_before(entries: Iterable[Entry], held_now: Collection[str]) -> dict[str, int]:
    """Objects by table that an earlier run held and nobody has decided about."""
    held = Counter(entry.table for entry in entries if entry.state == State.HELD)
    return {table: count for table, count in sorted(held.items()) if table not in held_now}


def exit_code(found: dict[str, Any]) -> int:
    """0 done and nothing is left behind; 1 failed; 2 wrong setting; 3 done, but something is left that a person has to know of; 4 waits for approval.

    Left are: a source that could not be pulled, an object that could not be read, a source that sent rubbish, a held batch, data that waits for one,
    files that lie where nothing is read.
    """
    for dag in ("standardise", "indicators"):
        if found["failures"].get(dag) is not None:
            return int(found["exit_codes"][dag]) or RunFailedError.exit_code
    left = ("held", "held_before", "waiting", "unreadable", "refused", "failures")
    not_read = any(notice["kind"] == "not_read" for notice in found["notices"])
    return SourceError.exit_code if not_read or any(found[name] for name in left) else 0


def print_summary(found: dict[str, Any]) -> None:
    """The summary that a person reads at the end of a run."""
    if found["datasets"]:
        counted = {**found["datasets"], "total": found["totals"]}
        say_table(
            ("dataset", *_COUNTS),
            ((dataset, *[f"{counts[name]:,}" for name in _COUNTS]) for dataset, counts in counted.items()),
            right=_COUNTS,
        )
        say()
    if found["errors"]:
        reasons = sorted(found["errors"].items(), key=lambda item: -item[1])
        say_list("rejected by reason", (f"{code} {count:,}" for code, count in reasons))
    for item in found["unreadable"]:
        say(f"cannot be read: {item['path']}: {item['error']}: {item['message']}")
    for item in found["held"]:
        held = str(item["table"]).removeprefix("silver/")
        why = "; ".join(str(failed.get("expectation")) for failed in item["failed"])
        say(f"held: {item['objects']} objects of {held}: {why}; `ntm held release {held}` or `ntm held discard {held}`")
    for name, count in found["held_before"].items():
        table = name.removeprefix("silver/")
        say(f"still held: {count} objects of {table}; `ntm held release {table}` or `ntm held discard {table}`")
    _print_notes(found)
    if found["nothing_landed_at"]:
        say_folded(
            f"no object of a dataset has landed yet in {place_for_people(found['nothing_landed_at'])}: docs/landing.md says what may lie there and how it is"
            " named; `ntm sample` writes generated records there"
        )
    if found["released"]:
        say(f"release {found['released']} as of {found['as_of']}; {found['rows_changed']:,} rows of indicators changed")
        if found["approved"]:
            say(f"approved by {found['approved_by']}: it moves {found['approved']}")
    elif not found["failures"]:
        say(f"nothing new: release {found['last_release']} stands")
    _print_lineage(found["lineage"])
    if stale := staleness(found["site"], found["last_release"]):
        say(stale)
    for name, place in found["places"].items():
        say(f"{name.replace('_', ' '):>10}: {place_for_people(place)}")


def _print_lineage(problem: str | None) -> None:
    if problem:
        warn(f"lineage is not told: {problem}", stream=sys.stdout)


def _print_notes(found: dict[str, Any]) -> None:
    """What waits, what warns, what lies where nothing is read, and which definitions changed since the last release with what was done for it."""
    for sentence in found["refused"]:
        say(f"refused: {sentence}")
    for item in found["waiting"]:
        say(f"waiting: {item['table']}: {item['message']}")
    for item in found["warnings"]:
        warn(f"{item.get('table')}: {item.get('message') or item.get('expectation')}", stream=sys.stdout)
    for notice in found["notices"]:
        say(f"landing zone: {notice['message']}")
    for change in found["schema_changes"]:
        say(f"contract changed: {change}")
    for name, count in found["redefined"].items():
        say(f"definition of {name} changed: {count:,} {'rows revalidated' if '/' in name else 'values recomputed'}")
    for plan in found["redefined_plans"]:
        say(f"plan {plan} changed: its targets are judged by the new ones")
    for flag in found["redefined_flags"]:
        say(f"flag {flag} changed: it is raised by its new definition")
    if found["new_flags"] or found["gone_flags"]:
        say_list("contradictions between records (`ntm flags`)", _flag_changes(found["new_flags"], found["gone_flags"]))
    if found["revalidated"]:
        say(f"revalidated since a reference or a definition changed: {found['revalidated']:,} rows")


def _flag_changes(new: Mapping[str, int], gone: Mapping[str, int]) -> Iterator[str]:
    """By flag how many contradictions are new and how many are gone, in words."""
    for flag in sorted({*new, *gone}):
        counts = ((new.get(flag, 0), "new"), (gone.get(flag, 0), "gone"))
        yield f"{flag} {' and '.join(f'{count:,} {word}' for count, word in counts if count)}"


def print_rebuilt(outcome: dict[str, Any]) -> None:
    """What `ntm rebuild` rebuilt: rows before and after by table, how many differ from the release before, and how long it took."""
    counts = ("rows before", "rows after", "only before", "only after")
    rows = ((row["table"], *[f"{row[name]:,}" for name in ("before", "after", "gone", "new")]) for row in outcome["differences"])
    say_table(("table", *counts), rows, right=counts)
    say(f"release {outcome['indicators']['release']} as of {outcome['indicators']['as_of']}, made in {outcome['seconds']:.0f} s")
    _print_lineage(outcome.get("lineage"))
