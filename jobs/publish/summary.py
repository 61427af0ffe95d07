"""What a run did, for a person and as JSON, and the exit code that it means."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from jobs.engine.tables import Warehouse
from jobs.errors import RunFailedError, SourceError
from jobs.ops import releases
from jobs.publish.terminal import place_for_people, say, say_table, warn

if TYPE_CHECKING:
    from jobs.runtime.airflow import RunOutcome
    from jobs.settings import Settings

_COUNTS = ("read", "accepted", "rejected", "duplicate", "withheld")


def summary_of(outcome: RunOutcome, settings: Settings) -> dict[str, Any]:
    """The outcomes of a run's DAGs as one dictionary."""
    standardised = outcome.by_id["standardise"].result or {}
    gold = outcome.by_id["indicators"].result or {}
    release = releases.last_release(Warehouse.of(settings))
    return {
        "released": gold.get("release"),
        "last_release": release.sequence if release else None,
        "as_of": gold.get("as_of"),
        "totals": {name: standardised.get(name, 0) for name in _COUNTS},
        "objects": standardised.get("objects", 0),
        "judged_again": standardised.get("judged_again", 0),
        "datasets": standardised.get("datasets", {}),
        "errors": standardised.get("errors", {}),
        "unreadable": standardised.get("unreadable", []),
        "held": standardised.get("held", []),
        "warnings": standardised.get("warnings", []),
        "rows_changed": gold.get("rows_changed", 0),
        "failures": {dag.dag_id: dag.error for dag in outcome.dags if dag.state == "failed"},
        "exit_codes": {dag.dag_id: dag.exit_code for dag in outcome.dags},
        "seconds": {dag.dag_id: round(dag.seconds, 2) for dag in outcome.dags},
        "timings": [*standardised.get("timings", []), *gold.get("timings", [])],
        "places": {
            "tables": settings.warehouse_url,
            "quarantine": f"{settings.warehouse_url}/quarantine",
            "data_docs": str(settings.home / "data_docs" / "index.html"),
            "log": str(outcome.log_file),
        },
    }


def exit_code(told: dict[str, Any]) -> int:
    """0 done; 1 failed; 2 wrong setting; 3 done, but a source or an object could not be read, or a batch is held."""
    for dag in ("standardise", "indicators"):
        if told["failures"].get(dag) is not None:
            return int(told["exit_codes"][dag]) or RunFailedError.exit_code
    if told["held"] and told["released"] is None:
        return RunFailedError.exit_code
    if told["held"] or told["unreadable"] or told["failures"]:
        return SourceError.exit_code
    return 0


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
        reasons = ", ".join(f"{code} {count:,}" for code, count in sorted(found["errors"].items(), key=lambda item: -item[1]))
        say(f"rejected by reason: {reasons}")
    for item in found["unreadable"]:
        say(f"cannot be read: {item['path']}: {item['error']}: {item['message']}")
    for item in found["held"]:
        held = str(item["table"]).removeprefix("silver/")
        why = "; ".join(str(failed.get("expectation")) for failed in item["failed"])
        say(f"held: {item['objects']} objects of {held}: {why}; `ntm held release {held}` or `ntm held discard {held}`")
    for item in found["warnings"]:
        warn(f"{item.get('table')}: {item.get('message') or item.get('expectation')}", stream=sys.stdout)
    if found["judged_again"]:
        say(f"judged again since a reference changed: {found['judged_again']:,} rows")
    if found["released"]:
        say(f"release {found['released']} as of {found['as_of']}; {found['rows_changed']:,} rows of indicators changed")
    elif not found["failures"]:
        say(f"nothing new: release {found['last_release']} stands")
    for name, place in found["places"].items():
        say(f"{name.replace('_', ' '):>10}: {place_for_people(place)}")
