"""Tell what a step did when it has ended: built once, from what its result and the contracts know. Without `NTM_LINEAGE` nothing is imported or looked at."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jobs.log import get_logger
from jobs.settings import get_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobs.run import RunContext

DagRun = tuple[str, str]
"""A DAG and the id of its run in Airflow."""


@dataclass(slots=True)
class Told:
    """What a step notes for lineage.

    Attributes:
        step: its name, `standardise`.
        dag_run: the run in Airflow that it is part of.
        on: whether anything is told.
        context: of the run, from when on the step may write.
        before: the versions of the tables by then.
        result: what the step returns.
        pulled: by dataset (`eoffice/work_records`) the records that a pull landed.
    """

    step: str
    dag_run: DagRun | None
    on: bool
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    context: RunContext | None = None
    before: Mapping[str, int] = field(default_factory=dict)
    result: dict[str, Any] | None = None
    pulled: dict[str, int] = field(default_factory=dict)

    def begins(self, context: RunContext) -> None:
        """The step may write from here on."""
        if self.on:
            self.context, self.before = context, _versions(context)

    def ends(self, result: dict[str, Any]) -> dict[str, Any]:
        """The step's result, for the step to return; where telling fails, `lineage` says so in it."""
        self.result = result
        return result


@contextmanager
def told_to_lineage(step: str, dag_run: DagRun | None = None) -> Iterator[Told]:
    """Tell lineage what a step did when the block has ended, well or with an error; a step that was stopped, or refused before it began, tells nothing.

    It goes around the lock of the step, so that no receiver holds that.
    """
    told = Told(step, dag_run, on=get_settings().lineage is not None)
    try:
        yield told
    except Exception as error:
        _tell(told, type(error).__name__)
        raise
    problem = _tell(told, None)
    if problem and told.result is not None:
        told.result["lineage"] = problem


def _tell(told: Told, failure: str | None) -> str | None:
    """Tell it; gives what kept it from that."""
    if told.context is None:
        return None
    from jobs.lineage.receiver import receiver_of

    receiver = receiver_of(told.context.settings)
    if receiver.problem:
        return receiver.problem
    try:
        from jobs.lineage.steps_told import events

        problem = receiver.tell(events(told, told.context, {} if failure else _versions(told.context), failure))
    except Exception as error:
        # Whatever is wrong with the telling, the step has ended as it has.
        problem = f"the events could not be made ({type(error).__name__})"
    if problem:
        get_logger().warning("lineage is not told", reason=problem)
    return problem


def _versions(context: RunContext) -> Mapping[str, int]:
    """The versions of the tables in the newest state that belongs together."""
    from jobs.ops import releases

    point = releases.recovery_point(context.warehouse)
    return point.tables if point else {}
