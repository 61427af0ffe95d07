"""What every contestant of the benchmark is given and tells: the arguments of its process, and its result as one JSON file.

A contestant is a module, and an engine where that has several, that runs in a process of its own (`python -m benchmarks.<module>`), once for the
full load and once more for the day of change, so that nothing of one measurement warms another.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession


class Phase(StrEnum):
    """What is measured: the load of all files into empty tables, or that of one more day."""

    FULL = "full"
    CHANGE = "change"


class Figure(NamedTuple):
    """A ratio of one unit's own agencies in one month (YYYY-MM, Vietnam's), without declared paper records.

    Grain: (indicator, level, unit_code, month). Figures out of nothing (denominator 0) are left out.
    """

    indicator: str
    level: str
    unit_code: str
    month: str
    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage as it was measured; `spark_jobs` is None where there is no Spark to count them."""

    name: str
    table: str
    seconds: float
    spark_jobs: int | None


@dataclass(frozen=True, slots=True)
class Result:
    """What a contestant tells of one phase.

    Seconds are of the wall clock: `import_seconds` from the start of the process until all is imported, `start_seconds` until the engine
    answers, `load_seconds` the work itself. `counts` are the pipeline's rows by fate.
    """

    phase: Phase
    import_seconds: float
    start_seconds: float
    load_seconds: float
    stages: tuple[Stage, ...]
    figures: tuple[Figure, ...]
    gx_import_seconds: float | None = None
    counts: dict[str, int] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Write the result as JSON."""
        path.write_text(json.dumps(asdict(self), ensure_ascii=False), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Result:
        """Read what `write` wrote."""
        return cls.of(json.loads(path.read_text(encoding="utf-8")))

    @classmethod
    def of(cls, data: dict[str, Any]) -> Result:
        """The result that `asdict` and JSON made into plain values."""
        return cls(
            **{
                **data,
                "phase": Phase(data["phase"]),
                "stages": tuple(Stage(**stage) for stage in data["stages"]),
                "figures": tuple(Figure(*figure) for figure in data["figures"]),
            }
        )


@dataclass(frozen=True, slots=True)
class Task:
    """What a contestant is asked: the phase, the landing folder to read, where its result goes, and when its process was launched.

    `landing` holds the files of the phase, and for the change those of the sample are elsewhere; `registry` is the folder that holds the
    registry of organisations in both phases. `launched` is a moment of the machine's monotonic clock. Where the tables go is `NTM_HOME`.
    """

    phase: Phase
    landing: Path
    registry: Path
    result: Path
    launched: float

    def arguments(self) -> list[str]:
        """The task as arguments of a process."""
        return [self.phase, *(str(part) for part in (self.landing, self.registry, self.result, self.launched))]

    @classmethod
    def from_arguments(cls) -> Task:
        """The task that this process was started with."""
        parser = argparse.ArgumentParser(description="One contestant of the benchmark; started by benchmarks.run.")
        parser.add_argument("phase", type=Phase)
        parser.add_argument("landing", type=Path)
        parser.add_argument("registry", type=Path)
        parser.add_argument("result", type=Path)
        parser.add_argument("launched", type=float)
        return cls(**vars(parser.parse_args()))


def jobs_between(before: int | None, after: int | None) -> int | None:
    """What two counts of Spark jobs differ by; None where nobody counts."""
    return None if before is None or after is None else after - before


class Stopwatch:
    """Measures stages, with the Spark jobs that they start where there is a counter of them."""

    def __init__(self, jobs_started: Callable[[], int | None] = lambda: None) -> None:
        self._jobs_started = jobs_started
        self.stages: list[Stage] = []

    @contextmanager
    def stage(self, name: str, table: str = "") -> Iterator[None]:
        """Measure what runs inside."""
        before = self._jobs_started()
        started = time.monotonic()
        yield
        seconds = time.monotonic() - started
        self.stages.append(Stage(name, table, seconds, jobs_between(before, self._jobs_started())))

    @property
    def seconds(self) -> float:
        """All stages together."""
        return sum(stage.seconds for stage in self.stages)


def spark_jobs_started(spark: SparkSession) -> int | None:
    """How many jobs this driver has started so far: the scheduler's own count, exact at any moment (listeners lag behind).

    None for a session of Spark Connect, which Sail's is: it has no scheduler to ask.
    """
    context = getattr(spark, "sparkContext", None)
    return None if context is None else int(context._jsc.sc().dagScheduler().numTotalJobs())
