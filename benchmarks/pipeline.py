"""The contestant: `standardise` and `indicators` of the pipeline in one process, as the scheduler runs them, without Airflow."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from benchmarks.contestant import Figure, Phase, Result, Stage, Task, spark_jobs_started
from benchmarks.workload import CHANGE_DAY, INDICATORS, LAST_DAY
from jobs.gold.pipeline import VALUE, indicators
from jobs.lock import workspace_lock
from jobs.run import RunContext
from jobs.silver.pipeline import standardise
from jobs.spark import get_session
from jobs.steps import run_context

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobs.ops.warehouse import Warehouse

COUNTS = ("read", "accepted", "rejected", "duplicate", "withheld", "judged_again")
_E_OFFICE = "source=e_office"
_COLUMNS = ("indicator", "level", "unit_code", "period_start", "numerator", "denominator")


class MeteredContext(RunContext):
    """The context of a run that also notes how many Spark jobs each step starts."""

    @contextmanager
    def step(self, name: str, table: str = "") -> Iterator[dict[str, Any]]:
        """One step, with `spark_jobs` among its facts."""
        with super().step(name, table) as facts:
            before = spark_jobs_started(self.spark)
            yield facts
            facts["spark_jobs"] = spark_jobs_started(self.spark) - before


def metered_context(as_of: str) -> MeteredContext:
    """The context that `jobs.steps` would give a run as of the day, on a session that is there already."""
    context = run_context(as_of)
    metered = MeteredContext(**{part.name: getattr(context, part.name) for part in fields(context)})
    metered.__dict__["spark"] = get_session(context.settings)
    return metered


def figures(warehouse: Warehouse) -> tuple[Figure, ...]:
    """The months of `gold/indicator_value` for units' own agencies, without declared paper records."""
    own = (pc.field("period_type") == "month") & (pc.field("unit_level") == pc.field("level")) & (pc.field("denominator") > 0)
    shown = ((pc.field("indicator") == INDICATORS[0]) & (pc.field("breakdown") == _E_OFFICE)) | (
        pc.field("indicator").isin(INDICATORS[1:]) & (pc.field("breakdown") == "")
    )
    rows = warehouse.open(VALUE).to_pyarrow_dataset().to_table(columns=list(_COLUMNS), filter=own & shown)
    return tuple(
        Figure(row["indicator"], row["level"], row["unit_code"], f"{row['period_start']:%Y-%m}", row["numerator"], row["denominator"])
        for row in rows.to_pylist()
    )


def stages(timings: list[dict[str, Any]], load_seconds: float) -> tuple[Stage, ...]:
    """The steps as stages; what runs between the steps is one stage of its own, so that the sum is the whole load."""
    measured = [Stage(one["step"], one["table"], one["seconds"], one["spark_jobs"]) for one in timings]
    between = load_seconds - sum(stage.seconds for stage in measured)
    return (*measured, Stage("between the steps", "", between, None))


def main() -> None:
    """Run one phase and write the result."""
    before_gx = time.monotonic()
    # The pipeline imports it when a gate needs it; here first, so that importing is not counted as loading.
    import great_expectations  # noqa: F401

    imported = time.monotonic()
    task = Task.from_arguments()
    as_of = (LAST_DAY if task.phase is Phase.FULL else CHANGE_DAY).isoformat()
    silver = metered_context(as_of)
    spark_jobs_started(silver.spark)
    ready = time.monotonic()
    with workspace_lock(silver.settings.home):
        summary: Mapping[str, Any] = standardise(silver).as_dict()
    gold = metered_context(as_of)
    with workspace_lock(gold.settings.home):
        indicators(gold)
    load_seconds = time.monotonic() - ready
    Result(
        phase=task.phase,
        import_seconds=imported - task.launched,
        start_seconds=ready - imported,
        load_seconds=load_seconds,
        stages=stages([*silver.timings, *gold.timings], load_seconds),
        figures=figures(gold.warehouse),
        gx_import_seconds=imported - before_gx,
        counts={name: summary[name] for name in COUNTS},
    ).write(task.result)


if __name__ == "__main__":
    main()
