"""The contestant: `standardise` and `indicators` of the pipeline in one process, as the scheduler runs them, without Airflow."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from benchmarks.contestant import Figure, Phase, Result, Stage, Task, jobs_between, spark_jobs_started
from benchmarks.workload import CHANGE_DAY, INDICATORS, LAST_DAY
from expectations.data_docs import build_data_docs
from jobs.engine.session import get_session
from jobs.gold.pipeline import VALUE, indicators
from jobs.lock import workspace_lock
from jobs.publish.released import connect, require_release
from jobs.run import RunContext
from jobs.silver.pipeline import standardise
from jobs.steps import run_context

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobs.engine.tables import Warehouse

COUNTS = ("read", "accepted", "rejected", "duplicate", "withheld", "revalidated")
_FIGURES = """
SELECT indicator, level, unit_code, strftime(period_start, '%Y-%m'), numerator, denominator
FROM gold.indicator_value
WHERE period_type = 'month' AND unit_level = level AND denominator > 0 AND list_contains(?, indicator)
  AND breakdown = CASE indicator WHEN 'work_records_online' THEN 'source=e_office' ELSE '' END
"""


class MeteredContext(RunContext):
    """The context of a run that also notes how many Spark jobs each step starts (None on Sail)."""

    @contextmanager
    def step(self, name: str, table: str = "") -> Iterator[dict[str, Any]]:
        """One step, with `spark_jobs` among its facts."""
        with super().step(name, table) as facts:
            before = spark_jobs_started(self.spark)
            yield facts
            facts["spark_jobs"] = jobs_between(before, spark_jobs_started(self.spark))


def metered_context(as_of: str) -> MeteredContext:
    """The context that `jobs.steps` would give a run as of the day, on a session that is there already."""
    context = run_context(as_of)
    metered = MeteredContext(**{part.name: getattr(context, part.name) for part in fields(context)})
    metered.__dict__["spark"] = get_session(context.settings)
    return metered


def figures(warehouse: Warehouse) -> tuple[Figure, ...]:
    """The months of the released `gold/indicator_value` for units' own agencies, without declared paper records."""
    with connect(warehouse, require_release(warehouse), [VALUE]) as connection:
        return tuple(Figure(*row) for row in connection.execute(_FIGURES, [INDICATORS]).fetchall())


def stages(timings: list[dict[str, Any]], load_seconds: float) -> tuple[Stage, ...]:
    """The steps as stages, and one more so that the sum is the whole load: what runs between the steps, less what datasets do side by side."""
    measured = [Stage(one["step"], one["table"], one["seconds"], one["spark_jobs"]) for one in timings]
    rest = load_seconds - sum(stage.seconds for stage in measured)
    return (*measured, Stage("between, less side by side", "", rest, None))


def main() -> None:
    """Run one phase and write the result."""
    before_gx = time.monotonic()
    # The pipeline imports it when a gate needs it; here first, so that importing is not counted as loading.
    import expectations.gx_duckdb
    import expectations.gx_quick  # noqa: F401

    imported = time.monotonic()
    task = Task.from_arguments()
    as_of = (LAST_DAY if task.phase is Phase.FULL else CHANGE_DAY).isoformat()
    silver = metered_context(as_of)
    _ = silver.spark.version
    ready = time.monotonic()
    with workspace_lock(silver.settings.home):
        summary: Mapping[str, Any] = standardise(silver).as_dict()
        with silver.step("data docs"):
            build_data_docs(silver)
    gold = metered_context(as_of)
    with workspace_lock(gold.settings.home):
        indicators(gold)
        with gold.step("data docs"):
            build_data_docs(gold)
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
