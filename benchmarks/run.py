"""`make bench`: the pipeline against a minimal Spark job and a minimal DuckDB job, on the same files, in the same run.

Exit codes: 0 measured; 1 a contestant failed, or the results are not the same; 2 wrong use; 3 measured at the full size, but a goal is not reached.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks import compare, measure, workload
from benchmarks.contestant import Phase, Result, Stage, Task
from benchmarks.workload import Sizes, Workload
from jobs.bronze.tokens import make_key
from jobs.errors import NtmError, UsageError
from jobs.publish.tables import NOTHING, console_for_people
from jobs.run import STEPS
from jobs.sample.truth import read_truth
from jobs.settings import Settings, get_settings

PIPELINE, MINIMAL_SPARK, MINIMAL_DUCKDB = "pipeline", "minimal_spark", "minimal_duckdb"
CONTESTANTS = (MINIMAL_DUCKDB, MINIMAL_SPARK, PIPELINE)
_TITLES = {PIPELINE: "pipeline", MINIMAL_SPARK: "minimal Spark", MINIMAL_DUCKDB: "minimal DuckDB"}
GX_STAGES = ("gate", "checks")
FAILED, FELL_SHORT = 1, 3
_DEMO_EXIT_CODES = (0, 3)
_MIB = 1 << 20
_PACKAGES = ("pyspark", "delta-spark", "deltalake", "duckdb", "great-expectations", "apache-airflow")


@dataclass(frozen=True, slots=True)
class Run:
    """One process of one contestant: what it told of a phase, how many lines it was given, and what it held in memory at most."""

    contestant: str
    rows: int
    peak_bytes: int
    result: Result

    @property
    def rows_per_second(self) -> float:
        """Lines read for each second of the load."""
        return self.rows / self.result.load_seconds


@dataclass(frozen=True, slots=True)
class Goal:
    """Something to reach: what, the bound, what was found, both as shown, and whether it is reached."""

    what: str
    bound: str
    found: str
    reached: bool


@dataclass(frozen=True, slots=True)
class Demo:
    """`ntm demo` in an empty workspace: seconds, and most memory."""

    seconds: float
    peak_bytes: int


def environment(settings: Settings, home: Path) -> dict[str, str]:
    """The environment of a contestant: this one's engine settings, a workspace of its own, and none of a province's other settings.

    Names that are set to nothing hide a `.env` file.
    """
    own = {
        "NTM_HOME": str(home),
        "NTM_LANDING": (home / "landing").as_uri(),
        "NTM_WAREHOUSE": (home / "warehouse").as_uri(),
        "NTM_PII_KEY_FILE": str(home / "pii.key"),
        "NTM_SPARK_MASTER": settings.spark_master,
        "NTM_SPARK_REMOTE": "",
        "NTM_SPARK_DRIVER_MEMORY": settings.spark_driver_memory,
        "NTM_SHUFFLE_PARTITIONS": str(settings.shuffle_partitions),
        "NTM_EOFFICE_URL": "",
        "NTM_PORTAL_URL": "",
    }
    return {name: value for name, value in os.environ.items() if not name.startswith("NTM_")} | own


class Bench:
    """Runs the contestants on one workload, each in an empty workspace under `folder`."""

    def __init__(self, settings: Settings, folder: Path, loaded: Workload, tell: Callable[[str], None]) -> None:
        self._settings = settings
        self._folder = folder
        self._workload = loaded
        self._tell = tell

    def home(self, contestant: str) -> Path:
        """The workspace of a contestant."""
        return self._folder / contestant

    def start_anew(self, contestant: str) -> None:
        """An empty workspace with its own key; the pipeline's landing zone is the sample's files, by hard links."""
        home = self.home(contestant)
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        make_key(home / "pii.key")
        if contestant == PIPELINE:
            shutil.copytree(self._workload.sample, home / "landing", copy_function=os.link)

    def run(self, contestant: str, phase: Phase) -> Run:
        """Run one phase of one contestant in a process of its own.

        Raises:
            RunFailedError: it failed.
        """
        home = self.home(contestant)
        full = phase is Phase.FULL
        landing = self._workload.sample if full else self._workload.change
        rows = self._workload.rows if full else self._workload.change_rows
        if contestant == PIPELINE:
            if not full:
                shutil.copytree(landing, home / "landing", copy_function=os.link, dirs_exist_ok=True)
            landing = home / "landing"
        else:
            rows = {name: rows[name] for name in (workload.WORK_RECORDS, workload.DOSSIERS)}
        self._tell(f"{_TITLES[contestant]}: {'full load' if full else 'day of change'}")
        task = Task(phase, landing, self._workload.sample, home / f"{phase}.json", time.monotonic())
        command = [sys.executable, "-m", f"benchmarks.{contestant}", *task.arguments()]
        usage = measure.run(command, environment(self._settings, home), home / f"{phase}.log")
        return Run(contestant, sum(rows.values()), usage.peak_bytes, Result.read(task.result))

    def demo(self) -> Demo:
        """Run `ntm demo` in an empty workspace.

        Raises:
            RunFailedError: it failed.
        """
        self._tell("ntm demo")
        home = self.home("demo")
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        make_key(home / "pii.key")
        command = [sys.executable, "-m", "jobs.cli", "demo", "--quiet"]
        usage = measure.run(command, environment(self._settings, home), self._folder / "demo.log", accepted=_DEMO_EXIT_CODES)
        return Demo(usage.seconds, usage.peak_bytes)


def measured(bench: Bench, repeat: int) -> dict[Phase, dict[str, list[Run]]]:
    """All runs: `repeat` times everything, the contestants by turns."""
    runs: dict[Phase, dict[str, list[Run]]] = {phase: {name: [] for name in CONTESTANTS} for phase in Phase}
    for _ in range(repeat):
        for contestant in CONTESTANTS:
            bench.start_anew(contestant)
            for phase in Phase:
                runs[phase][contestant].append(bench.run(contestant, phase))
    return runs


def typical(runs: Sequence[Run]) -> Run:
    """The run with the median load (of an even number, the faster of the two in the middle), with the most memory of all."""
    middle = statistics.median_low(run.result.load_seconds for run in runs)
    chosen = next(run for run in runs if run.result.load_seconds == middle)
    return replace(chosen, peak_bytes=max(run.peak_bytes for run in runs))


def differences(loaded: Workload, runs: Mapping[Phase, Mapping[str, Sequence[Run]]]) -> list[str]:
    """Where results are not what they must be, in any of the repeats."""
    truth = read_truth(loaded.truth)
    sentences: list[str] = []
    for number in range(len(runs[Phase.FULL][PIPELINE])):
        full, change = ({name: runs[phase][name][number].result for name in CONTESTANTS} for phase in Phase)
        sentences += compare.full_differences(truth, full, PIPELINE)
        sentences += compare.change_differences(loaded, change, PIPELINE)
    return sentences


def gx_share(result: Result) -> float:
    """The part of the load's time that Great Expectations takes, from 0 to 1: gates and checks, the Spark jobs that they start too."""
    return sum(stage.seconds for stage in result.stages if stage.name in GX_STAGES) / result.load_seconds


def goals(full: Mapping[str, Run], change: Mapping[str, Run], demo: Demo | None) -> list[Goal]:
    """What the project wants of a load of a province-year and a day of change on two cores."""
    mine, after = full[PIPELINE], change[PIPELINE]
    ratio = mine.result.load_seconds / full[MINIMAL_SPARK].result.load_seconds
    share = after.result.load_seconds / mine.result.load_seconds
    peak = max(mine.peak_bytes, after.peak_bytes)
    found = [
        Goal("full load against the minimal Spark job", "≤ 2.00", f"{ratio:.2f}", ratio <= 2),
        Goal("day of change against the full load", "< 10.0 %", f"{share:.1%}", share < 0.10),
        Goal("Great Expectations' part of the full load", "≤ 15.0 %", f"{gx_share(mine.result):.1%}", gx_share(mine.result) <= 0.15),
        Goal("peak memory of the pipeline", "< 6,144 MiB", f"{peak / _MIB:,.0f} MiB", peak < 6 * 1024 * _MIB),
    ]
    if demo:
        found.append(Goal("make demo after set-up", "< 180 s", f"{demo.seconds:.0f} s", demo.seconds < 180))
    return found


def exit_code(wrong: Sequence[str], reached: Sequence[Goal], sizes: Sizes) -> int:
    """0, or what fell short: the results at any size, the goals at the full size."""
    if wrong:
        return FAILED
    return FELL_SHORT if sizes == Sizes() and not all(goal.reached for goal in reached) else 0


# --- printing ---------------------------------------------------------------------------------------------------------


def contestant_table(title: str, runs: Mapping[str, Run], base: Mapping[str, Run] | None) -> Table:
    """One line a contestant: rows, rows/s, seconds, how many times the load of each minimal job (or which part of its own full load), memory."""
    last = ("× minimal Spark", "× minimal DuckDB") if base is None else ("of its full load",)
    table = Table(
        "", "rows", "imports s", "start s", "load s", "rows/s", *last, "peak MiB", title=title, title_justify="left", box=box.SIMPLE_HEAD
    )
    for column in table.columns[1:]:
        column.justify = "right"
    for name, run in runs.items():
        result = run.result
        if base is None:
            compared = [f"{result.load_seconds / runs[other].result.load_seconds:.2f}" for other in (MINIMAL_SPARK, MINIMAL_DUCKDB)]
        else:
            compared = [f"{result.load_seconds / base[name].result.load_seconds:.1%}"]
        table.add_row(
            _TITLES[name],
            f"{run.rows:,}",
            f"{result.import_seconds:.1f}",
            f"{result.start_seconds:.1f}",
            f"{result.load_seconds:.1f}",
            f"{run.rows_per_second:,.0f}",
            *compared,
            f"{run.peak_bytes / _MIB:,.0f}",
        )
    return table


def stage_table(title: str, result: Result, large: Sequence[str]) -> Table:
    """The pipeline stage by stage: seconds for the two large tables, for all others, and together; Spark jobs; part of the load."""
    table = Table("stage", *large, "other", "seconds", "Spark jobs", "of the load", title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for column in table.columns[1:]:
        column.justify = "right"
    names = list(dict.fromkeys(stage.name for stage in result.stages))
    for name in sorted(names, key=lambda one: STEPS.index(one) if one in STEPS else len(STEPS)):
        stages = [stage for stage in result.stages if stage.name == name]
        parts = [_seconds([stage for stage in stages if stage.table == one]) for one in large]
        rest = _seconds([stage for stage in stages if stage.table not in large])
        seconds = sum(stage.seconds for stage in stages)
        counted = [stage.spark_jobs for stage in stages if stage.spark_jobs is not None]
        jobs = str(sum(counted)) if counted else NOTHING
        table.add_row(name, *parts, rest, f"{seconds:.1f}", jobs, f"{seconds / result.load_seconds:.1%}")
    total = sum(stage.spark_jobs or 0 for stage in result.stages)
    table.add_row("load", *("" for _ in large), "", f"{result.load_seconds:.1f}", str(total), "100.0%", style="bold")
    return table


def _seconds(stages: Sequence[Stage]) -> str:
    return f"{sum(stage.seconds for stage in stages):.1f}" if stages else ""


def machine() -> dict[str, Any]:
    """Where this was measured: cores, memory, how busy it was, and the versions that matter."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory_mib": memory // _MIB,
        "load_average_at_start": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        **{name: version(name) for name in _PACKAGES},
    }


def _print(
    console: Console, full: Mapping[str, Run], change: Mapping[str, Run], demo: Demo | None, reached: Sequence[Goal], sizes: Sizes
) -> None:
    console.print(contestant_table("Full load", full, None))
    console.print(contestant_table("Day of change", change, full))
    large = ("work_record", "dossier")
    console.print(stage_table("Pipeline, full load: seconds by stage", full[PIPELINE].result, large))
    console.print(stage_table("Pipeline, day of change: seconds by stage", change[PIPELINE].result, large))
    gx_import = full[PIPELINE].result.gx_import_seconds or 0
    share = gx_share(change[PIPELINE].result)
    console.print(f"Great Expectations: {gx_import:.1f} s of the pipeline's imports; {share:.1%} of its day of change.")
    if demo:
        console.print(f"ntm demo: {demo.seconds:.0f} s, peak {demo.peak_bytes / _MIB:,.0f} MiB.")
    table = Table("goal", "to reach", "found", "reached", title="Goals", title_justify="left", box=box.SIMPLE_HEAD)
    judged = sizes == Sizes()
    for goal in reached:
        table.add_row(goal.what, goal.bound, goal.found, ("yes" if goal.reached else "NO") if judged else NOTHING)
    console.print(table)
    if not judged:
        console.print("Goals are judged at the full size only: fixed costs rule smaller ones.")


# --- the command ------------------------------------------------------------------------------------------------------


def _progress(console: Console) -> tuple[Progress, Callable[[str, int, int], None]]:
    bar = Progress(console=console, transient=True)
    tasks: dict[str, Any] = {}

    def tell(name: str, done: int, total: int) -> None:
        if name not in tasks:
            tasks[name] = bar.add_task(name, total=total)
        bar.update(tasks[name], completed=done)

    return bar, tell


def _read_once(folder: Path) -> None:
    """Read all files, so that every contestant finds them in the page cache."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            path.read_bytes()


def bench(
    work_records: Annotated[
        int, typer.Option(min=1, help="Work records of the year; lines are about 1.5 times as many.")
    ] = Sizes().work_records,
    dossiers: Annotated[int, typer.Option(min=1, help="Dossiers of the year, likewise.")] = Sizes().dossiers,
    ocop: Annotated[int, typer.Option(min=0, help="OCOP decisions of the year.")] = Sizes().ocop,
    new: Annotated[int, typer.Option(min=0, help="New records of the day of change, in each of the two datasets.")] = Sizes().new,
    corrections: Annotated[int, typer.Option(min=0, help="Corrections of past months on that day, likewise.")] = Sizes().corrections,
    repeat: Annotated[int, typer.Option(min=1, help="Measure so many times and show the median.")] = 1,
    folder: Annotated[
        Path | None, typer.Option(help="Work folder; default NTM_HOME/bench. Generated records there are used again.")
    ] = None,
    with_demo: Annotated[bool, typer.Option("--demo/--no-demo", help="Time `ntm demo` too.")] = True,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write every figure of every run to this file.")] = None,
) -> None:
    """Measure the pipeline against minimal jobs that do the same work without checks."""
    settings = get_settings()
    root = (folder or settings.home / "bench").absolute()
    sizes = Sizes(work_records, dossiers, ocop, new, corrections)
    if sizes.new + sizes.corrections == 0:
        raise UsageError("--new and --corrections are both 0, so there is no day of change to measure")
    console, notes = console_for_people(), Console(stderr=True, highlight=False)
    where = machine()
    console.print(", ".join(f"{name.replace('_', ' ')} {value}" for name, value in where.items()))
    bar, tell = _progress(notes)
    with bar:
        loaded = workload.prepare(root, sizes, tell)
    lines, change_lines = sum(loaded.rows.values()), sum(loaded.change_rows.values())
    console.print(
        f"{lines:,} lines of {workload.FIRST_DAY} to {workload.LAST_DAY}, then {change_lines:,} of {workload.CHANGE_DAY} (generated records)"
    )
    for files in (loaded.sample, loaded.change):
        _read_once(files)
    runner = Bench(settings, root, loaded, lambda text: notes.print(f"{time.strftime('%H:%M:%S')} {text}"))
    runs = measured(runner, repeat)
    demo = runner.demo() if with_demo else None
    full, change = ({name: typical(several) for name, several in runs[phase].items()} for phase in Phase)
    reached = goals(full, change, demo)
    wrong = differences(loaded, runs)
    if json_file:
        json_file.write_text(json.dumps(_as_json(where, sizes, loaded, runs, demo, reached, wrong), indent=1) + "\n", encoding="utf-8")
    _print(console, full, change, demo, reached, sizes)
    for sentence in wrong:
        notes.print(f"not the same: {sentence}")
    if not wrong:
        count = len(full[PIPELINE].result.figures)
        console.print(f"All contestants found the same {count:,} figures as the generator's truth, and the same after the change.")
    raise typer.Exit(exit_code(wrong, reached, sizes))


def _as_json(
    where: Mapping[str, Any],
    sizes: Sizes,
    loaded: Workload,
    runs: Mapping[Phase, Mapping[str, Sequence[Run]]],
    demo: Demo | None,
    reached: Sequence[Goal],
    wrong: Sequence[str],
) -> dict[str, Any]:
    def told(run: Run) -> dict[str, Any]:
        result = asdict(run.result)
        figures = result.pop("figures")
        return {**result, "rows": run.rows, "rows_per_second": run.rows_per_second, "peak_bytes": run.peak_bytes, "figures": len(figures)}

    return {
        "machine": where,
        "sizes": asdict(sizes),
        "rows": dict(loaded.rows),
        "change_rows": dict(loaded.change_rows),
        "runs": {phase: {name: [told(run) for run in several] for name, several in of_phase.items()} for phase, of_phase in runs.items()},
        "gx_share": {phase: [gx_share(run.result) for run in of_phase[PIPELINE]] for phase, of_phase in runs.items()},
        "demo": asdict(demo) if demo else None,
        "goals": [asdict(goal) for goal in reached],
        "differences": list(wrong),
    }


def main() -> None:
    """Entry point: errors are one sentence and an exit code."""
    try:
        typer.run(bench)
    except NtmError as error:
        Console(stderr=True, highlight=False, markup=False).print(f"bench: {error}")
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
