"""Which jobs of the pipeline a step ran, from its result and from which tables have another version than before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from jobs.extract.sources import PULL_SOURCES
from jobs.lineage.events import ParentRun, Places, Ran, address, events_of, inputs_of, landed_dataset, outputs_of, source_dataset
from jobs.lineage.pipeline import OBJECTS, border_jobs, indicator_jobs, other_gold_jobs, reference_jobs, standardise_jobs
from warehouse_schema.lineage import LANDING, VALUE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from openlineage.client.event_v2 import RunEvent

    from jobs.lineage.pipeline import Job
    from jobs.lineage.telling import Told
    from jobs.run import RunContext
    from jobs.settings import Settings


@dataclass(frozen=True, slots=True)
class JobRan:
    """A job that a step ran. `rows`: by dataset how many rows were read of it, or written, where the step counts them."""

    job: Job
    rows: Mapping[str, int]
    state: Literal["COMPLETE", "ABORT"] = "COMPLETE"


def events(told: Told, context: RunContext, after: Mapping[str, int], failure: str | None) -> list[RunEvent]:
    """The events of a step that has ended and of the jobs that it ran.

    Args:
        told: what the step noted.
        context: of its run.
        after: the versions of the tables now.
        failure: the kind of the error that it ended with; then no job is told, since its tables go back to what they were.
    """
    places = Places(address(context.settings.warehouse_url), address(context.settings.landing_url))
    ended, result = datetime.now(UTC), told.result or {}
    # A pull that fails does not end its step.
    failure = failure or ("SourceError" if result.get("error") else None)
    dag = [ParentRun(f"ntm.dag.{told.dag_run[0]}", told.dag_run[1])] if told.dag_run else []
    step = ParentRun(f"ntm.{told.step}", context.run_id)
    jobs = [] if failure else jobs_ran(told.step, result, {name for name, version in after.items() if version > told.before.get(name, 0)})
    tags = {"as_of": context.as_of.isoformat()} | ({"release": str(release)} if (release := released(result)) else {})

    def ran(name: str, **more: Any) -> Ran:
        return Ran(job=name, run=context.run_id, started=told.started, ended=ended, tags=tags, **more)

    own = ran(
        step.job, parents=tuple(dag), state="FAIL" if failure else "COMPLETE", failure=failure, **_pulled(told, context.settings, places)
    )
    parts = [
        ran(
            one.job.name,
            parents=(step, *dag),
            state=one.state,
            inputs=inputs_of(places, one.job, after, one.rows),
            outputs=outputs_of(places, one.job, after, one.rows) if one.state == "COMPLETE" else (),
        )
        for one in jobs
    ]
    start, end = events_of(places, own)
    return [start, *(event for part in parts for event in events_of(places, part)), end]


def _pulled(told: Told, settings: Settings, places: Places) -> dict[str, Any]:
    """What a pull read and landed, as the step's own inputs and outputs."""
    made = [source for source in PULL_SOURCES if source.name in told.pulled]
    return {
        "inputs": tuple(source_dataset(f"{getattr(settings, source.url_setting).rstrip('/')}{source.path}") for source in made),
        "outputs": tuple(landed_dataset(places, f"{LANDING}/{source.name}", told.pulled[source.name]) for source in made),
    }


def released(result: Mapping[str, Any]) -> int | None:
    """The release that a step made."""
    release: int | None = result.get("indicators", result).get("release")
    return release


def jobs_ran(step: str, result: Mapping[str, Any], written: set[str]) -> list[JobRan]:
    """The jobs that a step ran. `written`: the tables that have another version than before it. A rebuild is two steps in one."""
    loads = _loads(result.get("standardise", result), written) if step in ("standardise", "rebuild") else ()
    figures = _figures(result.get("indicators", result), written) if step in ("indicators", "rebuild") else ()
    return [*loads, *figures]


def _loads(result: Mapping[str, Any], written: set[str]) -> Iterator[JobRan]:
    for job in reference_jobs():
        if written.intersection(job.outputs):
            yield JobRan(job, {})
    held = {item["table"] for item in result["held"]}
    # Only what had something to do is counted.
    for dataset, counts in result["datasets"].items():
        border, standardise = border_jobs()[dataset], standardise_jobs()[dataset]
        silver, quarantine = standardise.outputs
        # What a person let through is loaded although another batch of its table is held.
        is_held = silver in held and not written.intersection(border.outputs)
        state: Literal["COMPLETE", "ABORT"] = "ABORT" if is_held else "COMPLETE"
        if counts["read"]:
            yield JobRan(border, {f"{LANDING}/{dataset}": counts["read"]}, state)
        yield JobRan(standardise, {quarantine: counts["rejected"]}, state)


def _figures(result: Mapping[str, Any], written: set[str]) -> Iterator[JobRan]:
    for indicator, rows in result["rows_by_indicator"].items():
        yield JobRan(indicator_jobs()[indicator], {VALUE: rows})
    for job in other_gold_jobs():
        if written.intersection(job.outputs):
            yield JobRan(job, {OBJECTS: result["objects_changed"]} if OBJECTS in job.outputs else {})
