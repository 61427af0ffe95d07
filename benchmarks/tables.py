"""What was measured as tables, for a terminal and for `docs/performance.md`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich import box
from rich.table import Table

from benchmarks.contestant import Stage
from benchmarks.contestants import CONTESTANTS, MINIMAL_DUCKDB, MINIMAL_SPARK
from benchmarks.results import Cost, Goal, Matrix, command_seconds, count_name, goals, load_ratio
from jobs.publish.terminal import NOTHING
from jobs.run import STEPS

_MIB = 1 << 20
_LARGE_TABLES = ("work_record", "dossier")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: its title, the names of its columns, its rows as they are shown."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def markdown(self) -> str:
        """The table in Markdown, its title above it; all columns but the first are numbers, to the right."""
        lines = [self.columns, ("---", *("---:" for _ in self.columns[1:])), *self.rows]
        return "\n".join([f"**{self.title}**", "", *(f"| {' | '.join(cells)} |" for cells in lines)])

    def for_terminal(self) -> Table:
        """The table for a terminal."""
        table = Table(title=self.title, title_justify="left", box=box.SIMPLE_HEAD)
        for number, name in enumerate(self.columns):
            table.add_column(name, justify="right" if number else "left")
        for row in self.rows:
            table.add_row(*row)
        return table


def sheets(matrix: Matrix) -> list[Sheet]:
    """All tables of a run that have rows: goals, full loads by size, the day, and the pipelines by stage."""
    found = [goal_sheet(goals(matrix)), *(full_sheet(matrix, records) for records in matrix.sizes), day_sheet(matrix)]
    found += [stage_sheet(cost) for cost in _profiled(matrix)]
    return [sheet for sheet in found if sheet.rows]


def goal_sheet(reached: Sequence[Goal]) -> Sheet:
    """One line a goal."""
    rows = tuple((goal.what, goal.bound, goal.found, "yes" if goal.reached else "NO") for goal in reached)
    return Sheet("Goals", ("goal", "to reach", "found", "reached"), rows)


def full_sheet(matrix: Matrix, records: int) -> Sheet:
    """The full load of a year of so many records, one line a contestant."""
    size = count_name(records)
    columns = (
        "", "lines", "imports s", "of it GX s", "start s", "load s", "lines/s", "× minimal DuckDB", "× minimal Spark", "wall s", "peak MiB",
    )  # fmt: skip
    rows = []
    for contestant in CONTESTANTS.values():
        if cost := matrix.full(contestant, records):
            against = [_number(load_ratio(cost, matrix.full(other, records)), 2) for other in (MINIMAL_DUCKDB, MINIMAL_SPARK)]
            rows.append(
                (
                    contestant.title,
                    f"{cost.rows:,}",
                    _number(cost.import_seconds),
                    _number(cost.gx_import_seconds),
                    _number(cost.start_seconds),
                    _number(cost.load_seconds),
                    f"{cost.rows / cost.load_seconds:,.0f}",
                    *against,
                    _number(cost.wall_seconds),
                    _mib(cost),
                )
            )
    return Sheet(f"Full load of {size} work records and {size} dossiers", columns, tuple(rows))


def day_sheet(matrix: Matrix) -> Sheet:
    """The day of change, one line a contestant and history."""
    columns = ("", "months", "imports s", "start s", "load s", "of its full load", "wall s", "ntm run, wall s", "peak MiB")
    rows = []
    for contestant in CONTESTANTS.values():
        for months in matrix.histories:
            if cost := matrix.day(contestant, months):
                share = load_ratio(cost, matrix.before_day(contestant, months))
                rows.append(
                    (
                        contestant.title,
                        str(months),
                        _number(cost.import_seconds),
                        _number(cost.start_seconds),
                        _number(cost.load_seconds),
                        NOTHING if share is None else f"{share:.1%}",
                        _number(cost.wall_seconds),
                        _number(command_seconds(cost)),
                        _mib(cost),
                    )
                )
    return Sheet("Day of change, on months of history", columns, tuple(rows))


def stage_sheet(cost: Cost) -> Sheet:
    """A pipeline stage by stage: seconds for the two large tables, for all others, and together; Spark jobs; part of the load."""
    rows = []
    names = list(dict.fromkeys(stage.name for stage in cost.stages))
    for name in sorted(names, key=lambda one: STEPS.index(one) if one in STEPS else len(STEPS)):
        stages = [stage for stage in cost.stages if stage.name == name]
        parts = [_stage_seconds([stage for stage in stages if stage.table == table]) for table in _LARGE_TABLES]
        rest = _stage_seconds([stage for stage in stages if stage.table not in _LARGE_TABLES])
        seconds = sum(stage.seconds for stage in stages)
        rows.append((name, *parts, rest, _number(seconds), _jobs(stages), f"{seconds / cost.load_seconds:.1%}"))
    rows.append(("load", *("" for _ in _LARGE_TABLES), "", _number(cost.load_seconds), _jobs(cost.stages), "100.0%"))
    what = f"{count_name(cost.records)} + {count_name(cost.records)} records in {cost.months} month{'s' if cost.months > 1 else ''}"
    phase = "full load of" if cost.phase == "full" else "day of change on"
    title = f"{CONTESTANTS[cost.contestant].title}: seconds by stage, {phase} {what}"
    return Sheet(title, ("stage", *_LARGE_TABLES, "other", "seconds", "Spark jobs", "of the load"), tuple(rows))


def _profiled(matrix: Matrix) -> list[Cost]:
    """The costs shown by stage: of each pipeline the full load that the goals are about, or the largest there is, and the day on the longest history."""
    pipelines = [contestant for contestant in CONTESTANTS.values() if contestant.is_pipeline]
    year = [matrix.full(one, matrix.year if matrix.year in matrix.sizes else matrix.sizes[-1]) for one in pipelines if matrix.sizes]
    days = [matrix.day(one, matrix.histories[-1]) for one in pipelines if matrix.histories]
    return [cost for cost in (*year, *days) if cost]


def _jobs(stages: Sequence[Stage]) -> str:
    counted = [stage.spark_jobs for stage in stages if stage.spark_jobs is not None]
    return str(sum(counted)) if counted else NOTHING


def _stage_seconds(stages: Sequence[Stage]) -> str:
    return _number(sum(stage.seconds for stage in stages)) if stages else ""


def _number(value: float | None, digits: int = 1) -> str:
    return NOTHING if value is None else f"{value:,.{digits}f}"


def _mib(cost: Cost) -> str:
    return f"{cost.peak_bytes / _MIB:,.0f}"
