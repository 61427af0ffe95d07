"""Running contestants on a workload: each phase in a process of its own, each day of change on a copy of the warehouse that the full load left."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks import measure, workload
from benchmarks.contestant import Figure, Phase, Result, Task
from benchmarks.contestants import CONTESTANTS, DEFAULT_ENGINE, Contestant, Engine
from benchmarks.measure import Usage
from benchmarks.workload import CHANGE_DAY, LAST_DAY, Workload
from jobs.border.tokens import make_key
from jobs.settings import PROJECT_ROOT, Settings

_DEMO_EXIT_CODES = (0, 3)
_NEVER_WRITTEN_AGAIN = (".parquet", ".ndjson", ".gz", ".csv", ".xlsx")


@dataclass(frozen=True, slots=True)
class Run:
    """One process of one contestant: the lines it was given, seconds of the wall clock from its launch to its exit, the most memory it held, and
    what it told.
    """

    rows: int
    wall_seconds: float
    peak_bytes: int
    result: Result

    @property
    def rows_per_second(self) -> float:
        """Lines read for each second of the load."""
        return self.rows / self.result.load_seconds

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Run:
        """The run that `asdict` and JSON made into plain values."""
        return cls(**{**data, "result": Result.of(data["result"])})


@dataclass(frozen=True, slots=True)
class Command:
    """One run of the `ntm` command: seconds of the wall clock from its launch to its exit, and the most memory it held."""

    seconds: float
    peak_bytes: int

    @classmethod
    def of(cls, usage: Usage) -> Command:
        """What a command took."""
        return cls(usage.seconds, usage.peak_bytes)


@dataclass(frozen=True, slots=True)
class Measurement:
    """A contestant on a workload: the full load; where that is a history, the day of change; for a pipeline the same day by `ntm run`, and the figures
    that it released.
    """

    full: Run
    day: Run | None = None
    ntm_run: Command | None = None
    ntm_run_figures: tuple[Figure, ...] = ()

    def write(self, path: Path) -> None:
        """Write the measurement as JSON, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_text(json.dumps(asdict(self), ensure_ascii=False), encoding="utf-8")
        part.replace(path)

    @classmethod
    def read(cls, path: Path) -> Measurement:
        """Read what `write` wrote."""
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            full=Run.of(data["full"]),
            day=Run.of(data["day"]) if data["day"] else None,
            ntm_run=Command(**data["ntm_run"]) if data["ntm_run"] else None,
            ntm_run_figures=tuple(Figure(*figure) for figure in data["ntm_run_figures"]),
        )


def environment(settings: Settings, home: Path, engine: Engine) -> dict[str, str]:
    """The environment of a process: this one's settings of the engines, a workspace of its own, and none of a province's other settings.

    It runs in its workspace, where no `.env` lies.
    """
    own = {
        "NTM_HOME": str(home),
        "NTM_LANDING": (home / "landing").as_uri(),
        "NTM_WAREHOUSE": (home / "warehouse").as_uri(),
        "NTM_PII_KEY_FILE": str(home / "pii.key"),
        "NTM_ENGINE": engine,
        "NTM_SPARK_MASTER": settings.spark_master,
        "NTM_SPARK_DRIVER_MEMORY": settings.spark_driver_memory,
        "NTM_SHUFFLE_PARTITIONS": str(settings.shuffle_partitions),
        "PYTHONPATH": str(PROJECT_ROOT),
    }
    return {name: value for name, value in os.environ.items() if not name.startswith("NTM_")} | own


class Runner:
    """Runs contestants on one workload, each in a workspace of its own under `folder`."""

    def __init__(self, settings: Settings, folder: Path, loaded: Workload, tell: Callable[[str], None]) -> None:
        self._settings = settings
        self._folder = folder
        self._workload = loaded
        self._tell = tell

    def measure(self, contestant: Contestant, *, with_day: bool) -> Measurement:
        """The full load, and with the day of change what it costs.

        Raises:
            RunFailedError: a process failed.
        """
        full = self.full(contestant)
        if not with_day:
            return Measurement(full)
        day = self.day(contestant)
        if not contestant.is_pipeline:
            return Measurement(full, day)
        self.quiet_run(contestant)
        ntm_run, figures = self.ntm_run(contestant)
        return Measurement(full, day, ntm_run, figures)

    def full(self, contestant: Contestant) -> Run:
        """Load all files into an empty workspace; the pipeline's landing zone is the sample's files, by hard links.

        Raises:
            RunFailedError: the process failed.
        """
        home = empty_home(self._home(contestant))
        if contestant.is_pipeline:
            copied(self._workload.sample, home / "landing")
        return self._run(contestant, Phase.FULL, home)

    def day(self, contestant: Contestant) -> Run:
        """Load the day of change into a copy of what `full` left.

        Raises:
            RunFailedError: the process failed.
        """
        home = self._copied_home(contestant)
        if contestant.is_pipeline:
            copied(self._workload.change, home / "landing")
        return self._run(contestant, Phase.CHANGE, home)

    def quiet_run(self, contestant: Contestant) -> None:
        """An `ntm run` after `full` that finds nothing new: it makes Airflow's database, which a workspace has from its first run on.

        Raises:
            RunFailedError: the process failed.
        """
        self._ntm(contestant, self._home(contestant), "run", "--quiet", "--date", LAST_DAY.isoformat())

    def ntm_run(self, contestant: Contestant) -> tuple[Command, tuple[Figure, ...]]:
        """Load the day of change by `ntm run` into a copy of what `full` and `quiet_run` left; also gives the figures that it released.

        Raises:
            RunFailedError: the process failed.
        """
        from benchmarks.pipeline import figures
        from jobs.engine.tables import Warehouse

        home = self._copied_home(contestant)
        copied(self._workload.change, home / "landing")
        self._tell(f"{contestant.title}: day of change by ntm run")
        usage = self._ntm(contestant, home, "run", "--quiet", "--date", CHANGE_DAY.isoformat())
        return Command.of(usage), figures(Warehouse((home / "warehouse").as_uri()))

    def _home(self, contestant: Contestant) -> Path:
        return self._folder / contestant.name

    def _copied_home(self, contestant: Contestant) -> Path:
        home = self._folder / f"{contestant.name}-day"
        shutil.rmtree(home, ignore_errors=True)
        copied(self._home(contestant), home)
        return home

    def _run(self, contestant: Contestant, phase: Phase, home: Path) -> Run:
        full = phase is Phase.FULL
        landing = self._workload.sample if full else self._workload.change
        rows = self._workload.rows if full else self._workload.change_rows
        if contestant.is_pipeline:
            landing = home / "landing"
        else:
            rows = {name: rows[name] for name in (workload.WORK_RECORDS, workload.DOSSIERS)}
        self._tell(f"{contestant.title}: {'full load' if full else 'day of change'}")
        task = Task(phase, landing, self._workload.sample, home / f"{phase}.json", time.monotonic())
        command = [sys.executable, "-m", f"benchmarks.{contestant.module}", *task.arguments()]
        usage = measure.run(command, self._environment(contestant, home), home / f"{phase}.log")
        return Run(sum(rows.values()), usage.seconds, usage.peak_bytes, Result.read(task.result))

    def _ntm(self, contestant: Contestant, home: Path, *arguments: str) -> Usage:
        return measure.run([sys.executable, "-m", "jobs.cli", *arguments], self._environment(contestant, home), home / "ntm.log")

    def _environment(self, contestant: Contestant, home: Path) -> dict[str, str]:
        return environment(self._settings, home, contestant.engine or DEFAULT_ENGINE)


def demo(settings: Settings, folder: Path) -> Command:
    """Run `ntm demo` on the default engine in an empty workspace.

    Raises:
        RunFailedError: it failed.
    """
    home = empty_home(folder / "demo")
    command = [sys.executable, "-m", "jobs.cli", "demo", "--quiet"]
    return Command.of(measure.run(command, environment(settings, home, DEFAULT_ENGINE), home / "demo.log", accepted=_DEMO_EXIT_CODES))


def clear(folder: Path) -> None:
    """Remove the workspaces of all contestants; what was generated and measured stays."""
    for name in CONTESTANTS:
        for home in (folder / name, folder / f"{name}-day"):
            shutil.rmtree(home, ignore_errors=True)


def read_once(folder: Path) -> None:
    """Read all files, so that every contestant finds them in the page cache."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            path.read_bytes()


def empty_home(home: Path) -> Path:
    """The folder as a workspace without anything but a key."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    make_key(home / "pii.key")
    return home


def copied(source: Path, target: Path) -> None:
    """Copy a folder into another; files that are never written again by hard links."""

    def copy(one: str, other: str) -> None:
        if one.endswith(_NEVER_WRITTEN_AGAIN):
            os.link(one, other)
        else:
            shutil.copy2(one, other)

    shutil.copytree(source, target, copy_function=copy, dirs_exist_ok=True)
