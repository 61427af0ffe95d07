"""`make bench`: the pipeline on both engines against minimal jobs, on the same files, in the same run.

Exit codes: 0 measured; 1 a contestant failed, or the results are not the same; 2 wrong use; 3 the whole matrix was measured, but a goal is not reached.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.progress import Progress

from benchmarks import workload
from benchmarks.command import start
from benchmarks.compare import differences
from benchmarks.contestants import CONTESTANTS, Contestant
from benchmarks.report import PAGE, write_report
from benchmarks.results import (
    GOAL_RECORDS,
    LONG_HISTORY_MONTHS,
    MATRIX,
    RESULTS,
    YEAR_MONTHS,
    Cost,
    Goal,
    Matrix,
    costs_of,
    goals,
    history_records,
    write_section,
)
from benchmarks.runner import Command, Measurement, Runner, clear, demo, read_once
from benchmarks.tables import sheets
from benchmarks.workload import Sizes, Workload
from jobs.errors import UsageError
from jobs.publish import terminal
from jobs.settings import PROJECT_ROOT, Settings, get_settings

FAILED, FELL_SHORT = 1, 3
_LOAD = "load_average_at_start"
_MEASURED_CODE = ("benchmarks", "dags", "expectations", "jobs", "warehouse_schema")
_MEASURED_SUFFIXES = (".py", ".sql", ".yaml", ".yml", ".csv", ".json")
_MIB = 1 << 20
_PACKAGES = ("pyspark", "pysail", "delta-spark", "deltalake", "duckdb", "polars", "great-expectations", "apache-airflow")
_COUNT = re.compile(r"(\d+(?:\.\d+)?)([kM]?)")
Value = TypeVar("Value")
_UNITS = {"": 1, "k": 1_000, "M": 1_000_000}


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure: full loads of a year of so many records, the day of change on so many months of history, by whom, how often.

    A month of history has a twelfth of `year` records.
    """

    sizes: tuple[int, ...] = (100_000, GOAL_RECORDS, 2_500_000)
    histories: tuple[int, ...] = (1, YEAR_MONTHS, LONG_HISTORY_MONTHS)
    contestants: tuple[Contestant, ...] = tuple(CONTESTANTS.values())
    year: int = GOAL_RECORDS
    new: int = Sizes().new
    corrections: int = Sizes().corrections
    repeat: int = field(default=1, compare=False)

    @property
    def workloads(self) -> dict[Sizes, bool]:
        """The workloads, and whether the day of change is loaded too: a year that is a history as well is loaded once."""
        found = {Sizes(records, YEAR_MONTHS, self.new, self.corrections): False for records in self.sizes}
        for months in self.histories:
            found[Sizes(history_records(self.year, months), months, self.new, self.corrections)] = True
        return dict(sorted(found.items(), key=lambda item: (item[0].records, item[0].months)))

    @property
    def is_whole(self) -> bool:
        """Whether it is what `make bench` measures, which the goals are about."""
        return self == Plan()


QUICK = Plan(sizes=(100_000,), histories=(1,))


def count(text: str) -> int:
    """A number of records: 2000, 100k, 2.5M.

    Raises:
        UsageError: it is none.
    """
    found = _COUNT.fullmatch(text.strip())
    value = float(found[1]) * _UNITS[found[2]] if found else 0
    if value < 1 or value != int(value):
        raise UsageError(f"{text!r} is no number of records: expected one like 2000, 100k or 2.5M")
    return int(value)


def months(text: str) -> int:
    """A number of months of history.

    Raises:
        UsageError: it is none.
    """
    if not text.strip().isdecimal() or not 1 <= int(text) <= workload.MONTHS:
        raise UsageError(f"{text!r} is no number of months: expected 1 to {workload.MONTHS}")
    return int(text)


def contestant(text: str) -> Contestant:
    """A contestant by its name.

    Raises:
        UsageError: there is none of that name.
    """
    if text.strip() not in CONTESTANTS:
        raise UsageError(f"{text!r} is no contestant: expected {', '.join(CONTESTANTS)}")
    return CONTESTANTS[text.strip()]


def _listed(text: str, read: Callable[[str], Value]) -> tuple[Value, ...]:
    return tuple(dict.fromkeys(read(part) for part in text.split(",") if part.strip()))


def measure(plan: Plan, settings: Settings, folder: Path, notes: Console, *, resume: bool = False) -> tuple[tuple[Cost, ...], list[str]]:
    """Measure what the plan says; also gives where results are not what they must be.

    Each measurement is kept in the folder when it is done, so that a run that was stopped can be resumed: by the same code on the same machine with the same
    settings, else everything is measured anew.

    Raises:
        RunFailedError: a contestant failed.
    """
    kept = folder / "measured" / circumstances(settings)
    for other in kept.parent.glob("*"):
        if other != kept or not resume:
            shutil.rmtree(other)
    costs: list[Cost] = []
    wrong: list[str] = []
    for sizes, with_day in plan.workloads.items():
        loaded = prepare(folder, sizes, notes)
        runner = Runner(settings, folder, loaded, lambda text: notes.print(f"{time.strftime('%H:%M:%S')} {text}"))
        label = f"{sizes.records}-{sizes.months}-{sizes.new}-{sizes.corrections}{'-day' if with_day else ''}"
        measured: dict[Contestant, list[Measurement]] = {one: [] for one in plan.contestants}
        for number in range(plan.repeat):
            for one in plan.contestants:
                path = kept / label / f"{one.name}-{number + 1}.json"
                if not path.exists():
                    runner.measure(one, with_day=with_day).write(path)
                measured[one].append(Measurement.read(path))
            wrong += differences(loaded, {one: several[number] for one, several in measured.items()})
        clear(folder)
        costs += [cost for one, several in measured.items() for cost in costs_of(one, sizes.records, sizes.months, several)]
    return tuple(costs), wrong


def prepare(folder: Path, sizes: Sizes, notes: Console) -> Workload:
    """The workload, generated or found, and read once.

    Raises:
        UsageError: the sizes cannot be had.
    """
    with Progress(console=notes, transient=True) as bar:
        tasks: dict[str, Any] = {}

        def tell(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=total)
            bar.update(tasks[name], completed=done)

        loaded = workload.prepare(folder, sizes, tell)
    notes.print(f"{sum(loaded.rows.values()):,} lines of {sizes.first_day} to {workload.LAST_DAY} (generated records)")
    for files in (loaded.sample, loaded.change):
        read_once(files)
    return loaded


def circumstances(settings: Settings) -> str:
    """What a measurement depends on besides the sizes, as a short hash: the code and its data, the packages, the machine, the engines' settings."""
    digest = hashlib.sha256(json.dumps({**machine(), _LOAD: None}, sort_keys=True).encode())
    digest.update(f"{settings.spark_master} {settings.spark_driver_memory} {settings.shuffle_partitions}\0".encode())
    files = (file for folder in _MEASURED_CODE for file in (PROJECT_ROOT / folder).rglob("*") if file.suffix in _MEASURED_SUFFIXES)
    # What the measuring itself writes changes nothing that it measures.
    for path in sorted(file for file in files if file != RESULTS):
        digest.update(f"{path.relative_to(PROJECT_ROOT)}\0".encode() + path.read_bytes())
    digest.update((PROJECT_ROOT / "requirements.lock").read_bytes())
    return digest.hexdigest()[:16]


def machine() -> dict[str, Any]:
    """Where this is measured: cores, memory, how busy it is, and the versions that matter."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory_mib": memory // _MIB,
        _LOAD: round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        **{name: version(name) for name in _PACKAGES},
    }


def exit_code(wrong: Sequence[str], reached: Sequence[Goal], *, whole: bool) -> int:
    """0, or what fell short: the results of any run, the goals where the whole matrix was measured."""
    if wrong:
        return FAILED
    return FELL_SHORT if whole and not all(goal.reached for goal in reached) else 0


def _agreed(matrix: Matrix) -> str:
    several = len({cost.contestant for cost in matrix.costs}) > 1
    return ", and all found the same after the day of change" if matrix.histories and several else ""


def report(matrix: Matrix, wrong: Sequence[str], *, whole: bool, results: Path, page: Path | None) -> int:
    """Print the tables, write the results and, when they are right, the page; returns the exit code."""
    console, notes = terminal.console(), Console(stderr=True, highlight=False, markup=False)
    for sheet in sheets(matrix):
        console.print(sheet.for_terminal())
    for sentence in wrong:
        notes.print(f"not the same: {sentence}")
    if not wrong:
        console.print(f"Everything that was loaded has the figures of the generator's truth{_agreed(matrix)}.")
        write_section(results, MATRIX, matrix.as_json())
        console.print(f"Every figure: {results}")
        if page:
            write_report(matrix, page)
            console.print(f"Written: {page} and its chart")
    return exit_code(wrong, goals(matrix), whole=whole)


def bench(
    sizes: Annotated[
        str | None, typer.Option(help="Full loads: work records, and as many dossiers, of a year. Default 100k,1M,2.5M.")
    ] = None,
    histories: Annotated[str | None, typer.Option(help="The day of change: months of history. Default 1,12,36.")] = None,
    contestants: Annotated[str | None, typer.Option(help=f"Some of {','.join(CONTESTANTS)}. Default all.")] = None,
    year: Annotated[str, typer.Option(help="Work records, and as many dossiers, that a history has in a year.")] = "1M",
    new: Annotated[int, typer.Option(min=0, help="New records of the day of change, in each of the two datasets.")] = Plan().new,
    corrections: Annotated[int, typer.Option(min=0, help="Corrections of past months on that day, likewise.")] = Plan().corrections,
    quick: Annotated[bool, typer.Option("--quick", help="Only the smallest size and the shortest history.")] = False,
    repeat: Annotated[int, typer.Option(min=1, help="Measure so many times and show the median.")] = 1,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run that was stopped: measure only what is missing.")] = False,
    folder: Annotated[
        Path | None, typer.Option(help="Work folder; default NTM_HOME/bench. Generated records there are used again.")
    ] = None,
    with_demo: Annotated[bool, typer.Option("--demo/--no-demo", help="Time `ntm demo` too.")] = True,
) -> None:
    """Measure the pipeline on both engines against minimal jobs that do the same work without checks.

    The whole matrix is written to benchmarks/results.json and docs/performance.md; a part of it to results.json in the work folder.
    """
    settings = get_settings()
    root = (folder or settings.home / "bench").absolute()
    base = QUICK if quick else Plan()
    plan = Plan(
        sizes=base.sizes if sizes is None else _listed(sizes, count),
        histories=base.histories if histories is None else _listed(histories, months),
        contestants=base.contestants if contestants is None else _listed(contestants, contestant),
        year=count(year),
        new=new,
        corrections=corrections,
        repeat=repeat,
    )
    if not plan.contestants or not plan.workloads:
        raise UsageError("nothing to measure: name at least one contestant, and a size or a history")
    if plan.histories and plan.new + plan.corrections == 0:
        raise UsageError("--new and --corrections are both 0, so there is no day of change to measure")
    root.mkdir(parents=True, exist_ok=True)
    where, today = machine(), datetime.now(UTC).date().isoformat()
    costs, wrong = measure(plan, settings, root, Console(stderr=True, highlight=False), resume=resume)
    command: Command | None = demo(settings, root) if with_demo else None
    matrix = Matrix(where, today, plan.year, plan.new, plan.corrections, plan.repeat, costs, command)
    whole = plan.is_whole and with_demo
    results, page = (RESULTS, PAGE) if whole else (root / "results.json", None)
    raise typer.Exit(report(matrix, wrong, whole=whole, results=results, page=page))


def main() -> None:
    """Entry point: errors are one sentence and an exit code."""
    start(bench)


if __name__ == "__main__":
    main()
