"""`make bench-check`: a small part of the benchmark against the committed ratios. Ratios and not seconds, since machines differ.

Exit codes: 0 no ratio is worse by more than a quarter; 1 one is, a contestant failed, or results are not the same; 2 wrong use.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks.command import start
from benchmarks.compare import differences
from benchmarks.contestants import MINIMAL_DUCKDB, MINIMAL_SPARK, PIPELINE_SAIL, PIPELINE_SPARK, Contestant
from benchmarks.results import CHECK, RESULTS, YEAR_MONTHS, history_records, read_section, write_section
from benchmarks.run import QUICK, count, machine, prepare
from benchmarks.runner import Measurement, Runner, clear
from benchmarks.tables import Sheet
from benchmarks.workload import Sizes
from jobs.errors import RunFailedError, UsageError
from jobs.publish import terminal
from jobs.settings import Settings, get_settings

ALLOWED = 1.25
"""How many times the committed ratio a found one may be."""
_PAIRS = ((PIPELINE_SAIL, MINIMAL_DUCKDB), (PIPELINE_SPARK, MINIMAL_SPARK))
_CONTESTANTS = tuple(one for pair in _PAIRS for one in reversed(pair))


@dataclass(frozen=True, slots=True)
class Compared:
    """A ratio: as it was committed, as it was found, and the most that is allowed."""

    name: str
    committed: float
    found: float

    @property
    def allowed(self) -> float:
        """The committed ratio and a quarter."""
        return self.committed * ALLOWED

    @property
    def passes(self) -> bool:
        """Whether the found ratio is allowed."""
        return self.found <= self.allowed


def compared(committed: Mapping[str, float], found: Mapping[str, float]) -> list[Compared]:
    """The ratios found beside the committed ones.

    Raises:
        UsageError: they are not the same ratios.
    """
    if committed.keys() != found.keys():
        told = ", ".join(sorted(committed.keys() ^ found.keys()))
        raise UsageError(f"the committed ratios are of another benchmark ({told}): record new ones with --write")
    return [Compared(name, committed[name], ratio) for name, ratio in found.items()]


def sheet(ratios: list[Compared]) -> Sheet:
    """One line a ratio."""
    rows = tuple(
        (one.name, f"{one.committed:.2f}", f"{one.found:.2f}", f"{one.allowed:.2f}", "yes" if one.passes else "NO") for one in ratios
    )
    return Sheet("Ratios", ("", "committed", "found", "allowed", "passes"), rows)


def ratios_of(full: Mapping[Contestant, float], day: Mapping[Contestant, float]) -> dict[str, float]:
    """The ratios, by name, from the median seconds of the load of the year and of the whole day of change."""
    found = {}
    for mine, other in _PAIRS:
        found[f"full load: {mine.title} / {other.title}"] = round(full[mine] / full[other], 3)
        found[f"day of change by ntm run: {mine.title} / {other.title}"] = round(day[mine] / day[other], 3)
    return found


def median_seconds(settings: Settings, folder: Path, year: Sizes, history: Sizes, repeat: int) -> tuple[dict[Contestant, float], ...]:
    """The median seconds by contestant of the load of the year, and of the day of change on the history from launch to exit.

    Raises:
        RunFailedError: a contestant failed, or the results are not the same.
    """
    notes = Console(stderr=True, highlight=False)
    wrong: list[str] = []
    full: dict[Contestant, list[float]] = {one: [] for one in _CONTESTANTS}
    day: dict[Contestant, list[float]] = {one: [] for one in _CONTESTANTS}

    def tell(text: str) -> None:
        notes.print(f"{time.strftime('%H:%M:%S')} {text}")

    loaded = prepare(folder, year, notes)
    runner = Runner(settings, folder, loaded, tell)
    for _ in range(repeat):
        measured = {one: Measurement(runner.full(one)) for one in _CONTESTANTS}
        wrong += differences(loaded, measured)
        for one, measurement in measured.items():
            full[one].append(measurement.full.result.load_seconds)

    loaded = prepare(folder, history, notes)
    runner = Runner(settings, folder, loaded, tell)
    before = {one: runner.full(one) for one in _CONTESTANTS}
    for one in before:
        if one.is_pipeline:
            runner.quiet_run(one)
    for _ in range(repeat):
        measured = {}
        for one, load in before.items():
            if one.is_pipeline:
                command, figures = runner.ntm_run(one)
                measured[one] = Measurement(load, ntm_run=command, ntm_run_figures=figures)
                day[one].append(command.seconds)
            else:
                run = runner.day(one)
                measured[one] = Measurement(load, run)
                day[one].append(run.wall_seconds)
        wrong += differences(loaded, measured)
    clear(folder)
    if wrong:
        raise RunFailedError("the results are not the same: " + "; ".join(wrong))
    return tuple({one: statistics.median(several) for one, several in seconds.items()} for seconds in (full, day))


def check(
    write: Annotated[bool, typer.Option("--write", help="Record what is found as the ratios to compare with from now on.")] = False,
    repeat: Annotated[int, typer.Option(min=1, help="Measure so many times and take the median.")] = 3,
    size: Annotated[str, typer.Option(help="Work records, and as many dossiers, of the full load.")] = str(QUICK.sizes[0]),
    year: Annotated[str, typer.Option(help="Work records, and as many dossiers, of which the history has a month.")] = str(QUICK.year),
    new: Annotated[int, typer.Option(min=0, help="New records of the day of change, in each of the two datasets.")] = QUICK.new,
    corrections: Annotated[int, typer.Option(min=0, help="Corrections of past months on that day, likewise.")] = QUICK.corrections,
    folder: Annotated[Path | None, typer.Option(help="Work folder; default NTM_HOME/bench.")] = None,
    results: Annotated[Path, typer.Option(help="Where the committed ratios are.")] = RESULTS,
) -> None:
    """Fail when a ratio of the pipeline to a minimal job is a quarter worse than the committed one."""
    settings = get_settings()
    of_year = Sizes(count(size), YEAR_MONTHS, new, corrections)
    history = Sizes(history_records(count(year), QUICK.histories[0]), QUICK.histories[0], new, corrections)
    sizes = [of_year.records, history.records, new, corrections]
    committed = {} if write else read_section(results, CHECK)
    if not write and committed["sizes"] != sizes:
        raise UsageError(f"the committed ratios are of other sizes ({committed['sizes']}, these are {sizes}): record new ones with --write")
    full, day = median_seconds(settings, (folder or settings.home / "bench").absolute(), of_year, history, repeat)
    found = ratios_of(full, day)
    if write:
        seconds = {
            "full load": {one.name: round(value, 2) for one, value in full.items()},
            "day of change, whole": {one.name: round(value, 2) for one, value in day.items()},
        }
        write_section(results, CHECK, {"machine": machine(), "sizes": sizes, "repeat": repeat, "seconds": seconds, "ratios": found})
        committed = {"ratios": found}
    told = compared(committed["ratios"], found)
    terminal.console().print(sheet(told).for_terminal())
    raise typer.Exit(0 if all(one.passes for one in told) else 1)


def main() -> None:
    """Entry point: errors are one sentence and an exit code."""
    start(check, "bench-check")


if __name__ == "__main__":
    main()
