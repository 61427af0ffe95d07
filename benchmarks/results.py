"""What was measured, as `benchmarks/results.json` keeps it, and the goals."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.contestant import Phase, Stage
from benchmarks.contestants import (
    CONTESTANTS,
    DEFAULT_PIPELINE,
    MINIMAL_DUCKDB,
    MINIMAL_SPARK,
    PIPELINE_SAIL,
    PIPELINE_SPARK,
    Contestant,
)
from benchmarks.runner import Command, Measurement, Run
from benchmarks.workload import Sizes
from jobs.errors import UsageError

RESULTS = Path(__file__).parent / "results.json"
GX_STAGES = ("gate", "checks", "data docs")
YEAR_MONTHS = 12
LONG_HISTORY_MONTHS = 36
GOAL_RECORDS = 1_000_000
MATRIX, CHECK = "matrix", "check"
_GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Cost:
    """What a phase of a workload cost a contestant. Grain: (contestant, records, months, phase).

    `records` are the workload's work records, and as many dossiers; `rows` the lines that the contestant was given in the phase. Seconds are of the wall
    clock: imports, the engine's start, the load, and `wall_seconds` from the launch of the process to its exit. `ntm_run` is the same day by `ntm run`;
    `stages` and `gx_import_seconds` are the pipelines'.
    """

    contestant: str
    records: int
    months: int
    phase: Phase
    rows: int
    import_seconds: float
    start_seconds: float
    load_seconds: float
    wall_seconds: float
    peak_bytes: int
    gx_import_seconds: float | None = None
    ntm_run: Command | None = None
    stages: tuple[Stage, ...] = ()

    @property
    def gx_share(self) -> float:
        """The part of the load's time that Great Expectations takes, from 0 to 1: gates and checks."""
        return sum(stage.seconds for stage in self.stages if stage.name in GX_STAGES) / self.load_seconds

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Cost:
        """The cost that `asdict` and JSON made into plain values."""
        return cls(
            **{
                **data,
                "phase": Phase(data["phase"]),
                "ntm_run": Command(**data["ntm_run"]) if data["ntm_run"] else None,
                "stages": tuple(Stage(**stage) for stage in data["stages"]),
            }
        )


@dataclass(frozen=True, slots=True)
class Matrix:
    """All that one run measured: on which machine, how many records histories have in a year and the day of change has, every cost, and `ntm demo`."""

    machine: Mapping[str, Any]
    measured_on: str
    year: int
    new: int
    corrections: int
    repeat: int
    costs: tuple[Cost, ...]
    demo: Command | None = None

    def full(self, contestant: Contestant, records: int) -> Cost | None:
        """The full load of a year of so many records."""
        return self._find(contestant, records, YEAR_MONTHS, Phase.FULL)

    def day(self, contestant: Contestant, months: int) -> Cost | None:
        """The day of change on so many months of history."""
        return self._find(contestant, history_records(self.year, months), months, Phase.CHANGE)

    def before_day(self, contestant: Contestant, months: int) -> Cost | None:
        """The full load of that history."""
        return self._find(contestant, history_records(self.year, months), months, Phase.FULL)

    @property
    def sizes(self) -> list[int]:
        """The records of the full loads of a year, ascending."""
        return sorted({cost.records for cost in self.costs if cost.phase is Phase.FULL and cost.months == YEAR_MONTHS})

    @property
    def histories(self) -> list[int]:
        """The months of history that the day was loaded on, ascending."""
        return sorted({cost.months for cost in self.costs if cost.phase is Phase.CHANGE})

    def _find(self, contestant: Contestant, records: int, months: int, phase: Phase) -> Cost | None:
        key = (contestant.name, records, months, phase)
        return next((cost for cost in self.costs if (cost.contestant, cost.records, cost.months, cost.phase) == key), None)

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Matrix:
        """The matrix of `results.json`; ratios and goals in it are for readers, and made anew."""
        return cls(
            machine=data["machine"],
            measured_on=data["measured_on"],
            year=data["year"],
            new=data["new"],
            corrections=data["corrections"],
            repeat=data["repeat"],
            costs=tuple(Cost.of(cost) for cost in data["costs"]),
            demo=Command(**data["demo"]) if data["demo"] else None,
        )

    def as_json(self) -> dict[str, Any]:
        """The matrix with its ratios and goals, as plain values."""
        return {**asdict(self), "ratios": ratios(self), "goals": [asdict(goal) for goal in goals(self)]}


@dataclass(frozen=True, slots=True)
class Goal:
    """Something to reach: what, the bound, what was found, both as shown, and whether it is reached."""

    what: str
    bound: str
    found: str
    reached: bool


def history_records(year: int, months: int) -> int:
    """The records of so many months, where a year has `year`."""
    return year * months // YEAR_MONTHS


def costs_of(contestant: Contestant, records: int, months: int, measured: Sequence[Measurement]) -> list[Cost]:
    """The costs that stand for the measurements of a contestant on a workload: the median ones, with the most memory of all."""
    found = [_cost(contestant, records, months, [one.full for one in measured], None)]
    days = [one.day for one in measured if one.day]
    if days:
        commands = [one.ntm_run for one in measured if one.ntm_run]
        command = None
        if commands:
            seconds = statistics.median_low(one.seconds for one in commands)
            command = Command(seconds, max(one.peak_bytes for one in commands))
        found.append(_cost(contestant, records, months, days, command))
    return found


def typical(runs: Sequence[Run]) -> Run:
    """The run with the median load (of an even number, the faster of the two in the middle)."""
    middle = statistics.median_low(run.result.load_seconds for run in runs)
    return next(run for run in runs if run.result.load_seconds == middle)


def _cost(contestant: Contestant, records: int, months: int, runs: Sequence[Run], command: Command | None) -> Cost:
    run = typical(runs)
    result = run.result
    return Cost(
        contestant=contestant.name,
        records=records,
        months=months,
        phase=result.phase,
        rows=run.rows,
        import_seconds=result.import_seconds,
        start_seconds=result.start_seconds,
        load_seconds=result.load_seconds,
        wall_seconds=run.wall_seconds,
        peak_bytes=max(one.peak_bytes for one in runs),
        gx_import_seconds=result.gx_import_seconds,
        ntm_run=command,
        stages=result.stages if contestant.is_pipeline else (),
    )


def load_ratio(mine: Cost | None, other: Cost | None) -> float | None:
    """How many times as long one load took as another; None where one was not measured."""
    return mine.load_seconds / other.load_seconds if mine and other else None


def command_seconds(day: Cost | None) -> float | None:
    """Seconds of the day by `ntm run`, where it was measured."""
    return day.ntm_run.seconds if day and day.ntm_run else None


def ratios(matrix: Matrix) -> dict[str, dict[str, float]]:
    """How many times as long each pipeline's full load took as each minimal job's, by records."""
    found: dict[str, dict[str, float]] = {}
    for records in matrix.sizes:
        pairs = [
            (mine, other) for mine in CONTESTANTS.values() if mine.is_pipeline for other in CONTESTANTS.values() if not other.is_pipeline
        ]
        told = {f"{mine.name} / {other.name}": load_ratio(matrix.full(mine, records), matrix.full(other, records)) for mine, other in pairs}
        found[str(records)] = {name: round(ratio, 3) for name, ratio in told.items() if ratio is not None}
    return found


def goals(matrix: Matrix) -> list[Goal]:
    """What the project wants of a load of a province-year and of a day of change on two cores; only what was measured, at the sizes that it is wanted of."""
    found: list[Goal] = []

    def want(what: str, value: float | None, limit: float, show: Callable[[float], str], *, strict: bool = False) -> None:
        if value is not None:
            bound = f"{'<' if strict else '≤'} {show(limit)}"
            found.append(Goal(what, bound, show(value), value < limit if strict else value <= limit))

    title = f"full load of {count_name(GOAL_RECORDS)} + {count_name(GOAL_RECORDS)}"
    for pipeline, minimal in ((DEFAULT_PIPELINE, MINIMAL_DUCKDB), (PIPELINE_SPARK, MINIMAL_SPARK)):
        ratio = load_ratio(matrix.full(pipeline, GOAL_RECORDS), matrix.full(minimal, GOAL_RECORDS))
        want(f"{title}, {pipeline.title} against {minimal.title}", ratio, 1.5, _times)
    wanted = Sizes()
    day_is_wanted = (matrix.year, matrix.new, matrix.corrections) == (GOAL_RECORDS, wanted.new, wanted.corrections)
    for pipeline, seconds, peak_gib in ((PIPELINE_SAIL, 30, 3), (PIPELINE_SPARK, 75, 6)):
        long, short = (command_seconds(matrix.day(pipeline, months)) if day_is_wanted else None for months in (LONG_HISTORY_MONTHS, 1))
        day = f"day of change on {LONG_HISTORY_MONTHS} months by ntm run, {pipeline.title}"
        want(day, long, seconds, _seconds)
        want(f"{day}, against the same day on 1 month", long / short if long and short else None, 1.3, _times)
        full = matrix.full(pipeline, GOAL_RECORDS)
        want(f"peak memory of the {title}, {pipeline.title}", full.peak_bytes / _GIB if full else None, peak_gib, _gib)
    want("ntm demo after set-up", matrix.demo.seconds if matrix.demo else None, 60, _seconds)
    for pipeline in (PIPELINE_SAIL, PIPELINE_SPARK):
        full = matrix.full(pipeline, GOAL_RECORDS)
        want(f"Great Expectations' part of the {title}, {pipeline.title}", full.gx_share if full else None, 0.15, _share)
        share = load_ratio(matrix.day(pipeline, YEAR_MONTHS), matrix.before_day(pipeline, YEAR_MONTHS)) if day_is_wanted else None
        want(f"load of the day on {YEAR_MONTHS} months against that of the year, {pipeline.title}", share, 0.10, _share, strict=True)
    return found


def count_name(records: int) -> str:
    """A number of records as the option `--sizes` takes it: 1M, 100k."""
    for letter, unit in (("M", 1_000_000), ("k", 1_000)):
        if records >= unit and records * 10 % unit == 0:
            return f"{records / unit:g}{letter}"
    return str(records)


def read_section(path: Path, section: str) -> dict[str, Any]:
    """A section of a results file.

    Raises:
        UsageError: there is no such file, or nothing in it.
    """
    sections = _read(path)
    if section not in sections:
        how = "make bench" if section == MATRIX else "python -m benchmarks.check --write"
        raise UsageError(f"{path.name} has no {section}: `{how}` measures it")
    found: dict[str, Any] = sections[section]
    return found


def write_section(path: Path, section: str, content: Mapping[str, Any]) -> None:
    """Write a section of a results file; the other one stays."""
    sections = _read(path) | {section: content}
    path.write_text(json.dumps(sections, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    sections: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return sections


def _times(value: float) -> str:
    return f"{value:.2f} ×"


def _seconds(value: float) -> str:
    return f"{value:.1f} s"


def _gib(value: float) -> str:
    return f"{value:.2f} GiB"


def _share(value: float) -> str:
    return f"{value:.1%}"
