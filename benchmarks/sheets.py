"""What all registry sheets of a province cost on top of its main job, and what another as-of day costs: part of `make bench`.

The main job is a year of work records, dossiers and OCOP products of one province on the default engine; it is loaded with and without the sheets, in
turn, each by `ntm run` into an empty workspace. Then the warehouse with all sheets is asked for another as-of day, beside a run that finds nothing to do.

Exit codes: 0 both goals are reached; 1 a run failed; 2 wrong use; 3 a goal is not reached.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks.command import start
from benchmarks.contestants import DEFAULT_ENGINE
from benchmarks.measure import run as run_measured
from benchmarks.results import GOAL_RECORDS, RESULTS, count_name, write_section
from benchmarks.run import FELL_SHORT, count, machine
from benchmarks.runner import copied, empty_home, environment, read_once
from benchmarks.tables import Sheet
from benchmarks.workload import PROVINCE, SEED, generator_fingerprint
from jobs.publish import terminal
from jobs.sample.generator import generate
from jobs.sample.plan import SamplePlan
from jobs.sample.truth import read_truth, truth_path
from jobs.settings import Settings, get_settings

SECTION = "sheets"
YEAR = (date(2024, 1, 1), date(2024, 12, 31))
OTHER_DAY = date(2025, 1, 2)
MOST_ON_TOP, MOST_SECONDS_OF_A_DAY = 1.30, 5.0
_NOTHING_LEFT_OR_SOMETHING = (0, 3)


@dataclass(frozen=True, slots=True)
class Found:
    """Median seconds of the wall clock from launch to exit: the main job, the same with all sheets, a run that finds nothing, one for another as-of day."""

    records: int
    sheet_rows: int
    main_seconds: float
    with_sheets_seconds: float
    quiet_seconds: float
    other_day_seconds: float

    @property
    def on_top(self) -> float:
        """How many times as long the load takes with all sheets."""
        return self.with_sheets_seconds / self.main_seconds

    @property
    def seconds_of_a_day(self) -> float:
        """The work of another as-of day: what the run takes longer than one that finds nothing to do."""
        return self.other_day_seconds - self.quiet_seconds

    @property
    def reached(self) -> bool:
        """Whether both goals are."""
        return self.on_top <= MOST_ON_TOP and self.seconds_of_a_day <= MOST_SECONDS_OF_A_DAY


def table(found: Found) -> Sheet:
    """Both goals, one line each."""
    title = f"{count_name(found.records)} + {count_name(found.records)} records, {found.sheet_rows:,} rows of sheets"
    return Sheet(
        f"Sheets: {title}",
        ("", "without", "with", "", "to reach"),
        (
            (
                "all sheets on top of the main job",
                f"{found.main_seconds:.1f} s",
                f"{found.with_sheets_seconds:.1f} s",
                f"{found.on_top:.2f} ×",
                f"≤ {MOST_ON_TOP:.2f} ×",
            ),
            (
                "another as-of day",
                f"{found.quiet_seconds:.1f} s",
                f"{found.other_day_seconds:.1f} s",
                f"{found.seconds_of_a_day:.1f} s",
                f"≤ {MOST_SECONDS_OF_A_DAY:.0f} s",
            ),
        ),
    )


def measure(settings: Settings, folder: Path, records: int, repeat: int, tell: Callable[[str], None]) -> Found:
    """Measure both; the workspaces are removed by the next run.

    Raises:
        RunFailedError: a run failed.
    """
    landings, rows = {}, {}
    for sheets in (False, True):
        root = folder / f"sample-{records}{'-sheets' if sheets else ''}-{generator_fingerprint()[:12]}"
        plan = SamplePlan(PROVINCE, *YEAR, SEED, work_records=records, dossiers=records, documents=0, sheets=sheets)
        if not truth_path(plan, root / "truth").exists():
            shutil.rmtree(root, ignore_errors=True)
            tell(f"generating {root.name}")
            generate(plan, root / "landing", root / "truth")
        landings[sheets] = root / "landing"
        rows[sheets] = sum(fates.read for fates in read_truth(truth_path(plan, root / "truth")).fates)
        read_once(root)
    sheet_rows = rows[True] - rows[False]
    home = folder / "sheets"

    def ntm_run(day: date) -> float:
        command = [sys.executable, "-m", "jobs.cli", "run", "--quiet", "--date", day.isoformat()]
        return run_measured(command, environment(settings, home, DEFAULT_ENGINE), home / "ntm.log", _NOTHING_LEFT_OR_SOMETHING).seconds

    loads: dict[bool, list[float]] = {False: [], True: []}
    for number in range(repeat):
        for sheets, landing in landings.items():
            tell(f"main job{' with all sheets' if sheets else ''}, {number + 1} of {repeat}")
            empty_home(home)
            copied(landing, home / "landing")
            loads[sheets].append(ntm_run(YEAR[1]))
    tell("another as-of day")
    ntm_run(YEAR[1])
    quiet, other = [], []
    for _ in range(repeat):
        quiet.append(ntm_run(YEAR[1]))
        other.append(ntm_run(OTHER_DAY))
        ntm_run(YEAR[1])
    return Found(records, sheet_rows, *map(statistics.median, (loads[False], loads[True], quiet, other)))


def bench(
    size: Annotated[str, typer.Option(help="Work records, and as many dossiers, of the main job.")] = count_name(GOAL_RECORDS),
    repeat: Annotated[int, typer.Option(min=1, help="Measure so many times and take the median.")] = 3,
    folder: Annotated[Path | None, typer.Option(help="Work folder; default NTM_HOME/bench.")] = None,
    results: Annotated[Path, typer.Option(help="Where figures are written.")] = RESULTS,
) -> None:
    """Measure what all sheets of a province cost on top of its main job, and another as-of day."""
    settings, notes = get_settings(), Console(stderr=True, highlight=False)
    where = (folder or settings.home / "bench").absolute()
    where.mkdir(parents=True, exist_ok=True)
    found = measure(settings, where, count(size), repeat, lambda text: notes.print(f"{time.strftime('%H:%M:%S')} {text}"))
    terminal.console().print(table(found).for_terminal())
    write_section(results, SECTION, {"machine": machine(), "repeat": repeat, **asdict(found)})
    raise typer.Exit(0 if found.reached else FELL_SHORT)


def main() -> None:
    """Entry point: errors are one sentence and an exit code."""
    start(bench)


if __name__ == "__main__":
    main()
