"""What a run did, for a person and as JSON, and the exit code that it means."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table

from jobs.engine.tables import Warehouse
from jobs.errors import RunFailedError, SourceError
from jobs.ops import releases
from jobs.publish.tables import console_for_people

if TYPE_CHECKING:
    from collections.abc import Iterator

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
        "refused": standardised.get("refused", []),
        "warnings": standardised.get("warnings", []),
        "waiting": standardised.get("waiting", []),
        "schema_changes": standardised.get("schema_changes", []),
        "redefined": {**standardised.get("redefined", {}), **gold.get("redefined", {})},
        "rejudged_plans": gold.get("rejudged_plans", []),
        "notices": standardised.get("notices", []),
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
    """0 done; 1 failed; 2 wrong setting; 3 done, but a source or an object could not be read or lies where nothing is read, a batch is held, or data
    waits.
    """
    for dag in ("standardise", "indicators"):
        if told["failures"].get(dag) is not None:
            return int(told["exit_codes"][dag]) or RunFailedError.exit_code
    if told["held"] and told["released"] is None:
        return RunFailedError.exit_code
    not_read = any(notice["kind"] == "not_read" for notice in told["notices"])
    if told["held"] or told["unreadable"] or told["refused"] or told["failures"] or told["waiting"] or not_read:
        return SourceError.exit_code
    return 0


def print_summary(told: dict[str, Any]) -> None:
    """The summary that a person reads at the end of a run."""
    console = console_for_people()
    if told["datasets"]:
        table = Table("dataset", *_COUNTS, box=box.SIMPLE_HEAD)
        for column in table.columns[1:]:
            column.justify = "right"
        for dataset, counts in told["datasets"].items():
            table.add_row(dataset, *[f"{counts[name]:,}" for name in _COUNTS])
        table.add_section()
        table.add_row("total", *[f"{told['totals'][name]:,}" for name in _COUNTS])
        console.print(table)
    if told["errors"]:
        reasons = ", ".join(f"{code} {count:,}" for code, count in sorted(told["errors"].items(), key=lambda item: -item[1]))
        console.print(f"rejected by reason: {reasons}")
    for item in told["unreadable"]:
        console.print(f"cannot be read: {item['path']}: {item['error']}: {item['message']}")
    for item in told["held"]:
        held = str(item["table"]).removeprefix("silver/")
        why = "; ".join(str(failed.get("expectation")) for failed in item["failed"])
        console.print(f"held: {item['objects']} objects of {held}: {why}; `ntm held release {held}` or `ntm held discard {held}`")
    for sentence in told["refused"]:
        console.print(f"refused: {sentence}", markup=False)
    for line in _notes(told):
        console.print(line)
    for notice in told["notices"]:
        console.print(f"landing zone: {notice['message']}")
    if told["judged_again"]:
        console.print(f"judged again since a reference changed: {told['judged_again']:,} rows")
    if told["released"]:
        console.print(f"release {told['released']} as of {told['as_of']}; {told['rows_changed']:,} rows of indicators changed")
    elif not told["failures"]:
        console.print(f"nothing new: release {told['last_release']} stands")
    for name, place in told["places"].items():
        console.print(f"{name.replace('_', ' '):>10}: {_short(place)}")


def print_rebuilt(outcome: dict[str, Any]) -> None:
    """What `ntm rebuild` made anew: rows before and after by table, how many differ from the release before, and how long it took."""
    console = console_for_people()
    table = Table("table", "rows before", "rows after", "only before", "only after", box=box.SIMPLE_HEAD)
    for column in table.columns[1:]:
        column.justify = "right"
    for row in outcome["differences"]:
        table.add_row(row["table"], *[f"{row[name]:,}" for name in ("before", "after", "gone", "new")])
    console.print(table)
    seconds = sum(step["seconds"] for step in outcome["timings"])
    console.print(f"release {outcome['indicators']['release']} as of {outcome['indicators']['as_of']}; {seconds:.0f} s of steps")


def _notes(told: dict[str, Any]) -> Iterator[str]:
    """What waits, what warns, and which definitions changed since the last release (contracts, indicators, plans) with what was done for it."""
    yield from (f"waiting: {item['table']}: {item['message']}" for item in told["waiting"])
    yield from (f"warning: {item.get('table')}: {item.get('message') or item.get('expectation')}" for item in told["warnings"])
    yield from (f"contract changed: {change}" for change in told["schema_changes"])
    for name, count in told["redefined"].items():
        yield f"definition of {name} changed: {count:,} {'rows revalidated' if '/' in name else 'values recomputed'}"
    yield from (f"plan {plan} changed: its targets are judged again" for plan in told["rejudged_plans"])


def _short(place: str) -> str:
    path = Path(place.removeprefix("file://"))
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return place
