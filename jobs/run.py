"""The context of a run: what every step is given, and how steps are logged, timed and stopped at."""

from __future__ import annotations

import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jobs.errors import UsageError
from jobs.log import get_logger, said_while_it_lasts
from jobs.scratch import forget_scratch
from jobs.vietnam import VIETNAM

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from pyspark.sql import SparkSession

    from jobs.engine.tables import Warehouse
    from jobs.landing.storage import LandingStorage
    from jobs.settings import Settings

FIRST_YEAR = 1900
"""Earlier days are no days of records (`jobs.silver.standardise` rejects them)."""

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
    approved: str | None = None
    """What changed definitions move with a person's approval, in words; None where no approval was needed."""
    approved_by: str | None = None
    """Who approved it."""
    timings: list[dict[str, Any]] = field(default_factory=list)

    @cached_property
    def spark(self) -> SparkSession:
        """The session, started when the first step needs it."""
        from jobs.engine.session import get_session

        with self.step("engine") as facts:
            facts["name"] = self.settings.engine
            return get_session(self.settings)

    @property
    def staging(self) -> Path:
        """This run's scratch space inside the workspace; removed when the run ends, and by the next one after a kill."""
        return self.settings.home / "staging" / self.run_id

    @contextmanager
    def step(self, name: str, table: str = "") -> Iterator[dict[str, Any]]:
        """One step: timed, and logged in one line with what it puts into the dictionary it is given."""
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
        forget_scratch(self.settings.home)


def unusual_day(warehouse: Warehouse, as_of: date, today: date) -> str | None:
    """What is odd about an as-of day, in a sentence; None for a day from the first record of the last release to today (in Vietnam).

    A run as of such a day takes all later figures to date out of the tables, or stores them for days that nobody has lived yet.
    """
    from jobs.ops import releases

    if as_of > today:
        return f"{as_of} is after today ({today} in Vietnam)"
    release = releases.last_release(warehouse)
    if release is None:
        return None if as_of.year >= FIRST_YEAR else f"{as_of} is before {FIRST_YEAR}, from when on records are accepted"
    table = "gold/indicator_value"
    sql = "SELECT min(period_start) AS first FROM rows WHERE period_type IN ('month', 'as_of')"
    first = warehouse.query(table, sql, release.tables[table]).column("first")[0].as_py()
    if first is None or as_of >= first.replace(day=1):
        return None
    return f"{as_of} is before the first record, which is of {first:%Y-%m}"


def require_usual_day(warehouse: Warehouse, as_of: date | None, *, force: bool, names: tuple[str, str]) -> str | None:
    """Refuse an as-of day that is most likely a slip, unless forced; returns what is odd about a forced one, in a sentence.

    Args:
        warehouse: says since when there are records.
        as_of: the day that was asked for; None: nobody asked for one.
        force: take it all the same.
        names: what the person who asks calls the day and the force, such as `--date` and `--force`.

    Raises:
        UsageError: the day is before the first record or after today.
    """
    odd = unusual_day(warehouse, as_of, datetime.now(VIETNAM).date()) if as_of else None
    if odd and not force:
        raise UsageError(f"{names[0]}: {odd}; with {names[1]} it is taken all the same")
    return f"{names[0]}: {odd}" if odd else None
