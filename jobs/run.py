"""The context of a run: what every step is given, and how steps are told, timed and stopped at."""

from __future__ import annotations

import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jobs.log import get_logger, said_while_it_lasts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime
    from pathlib import Path

    from pyspark.sql import SparkSession

    from jobs.engine.tables import Warehouse
    from jobs.landing.storage import LandingStorage
    from jobs.settings import Settings

# The steps of a run in their order: the names in the log, and the places where a fault test can stop a run.
STEPS = (
    "recover",
    "discover",
    "reference",
    "tombstones",
    "purge",
    "stage",
    "order",
    "count",
    "gate",
    "bronze",
    "quarantine",
    "silver",
    "organisations",
    "ledger",
    "checkpoint",
    "indicators",
    "targets",
    "checks",
    "release",
    "withdraw",
)


@dataclass
class RunContext:
    """What the steps of one run share."""

    settings: Settings
    warehouse: Warehouse
    storage: LandingStorage
    run_id: str
    now: datetime
    as_of: date
    timings: list[dict[str, Any]] = field(default_factory=list)

    @cached_property
    def spark(self) -> SparkSession:
        """The session, started when the first step needs it."""
        from jobs.engine.session import get_session

        with self.step("spark"):
            return get_session(self.settings)

    @property
    def staging(self) -> Path:
        """This run's scratch space inside the workspace; removed when the run ends, and by the next one after a kill."""
        return self.settings.home / "staging" / self.run_id

    @contextmanager
    def step(self, name: str, table: str = "") -> Iterator[dict[str, Any]]:
        """One step: timed, and told in one line with what it puts into the dictionary it is given."""
        facts: dict[str, Any] = {}
        started = time.monotonic()
        with said_while_it_lasts(name, table=table or None):
            yield facts
        seconds = round(time.monotonic() - started, 2)
        self.timings.append({"step": name, "table": table, "seconds": seconds, **facts})
        get_logger().info(name, table=table or None, **facts, seconds=seconds)

    def clear_staging(self) -> None:
        """Remove what this run and killed ones staged."""
        shutil.rmtree(self.settings.home / "staging", ignore_errors=True)
