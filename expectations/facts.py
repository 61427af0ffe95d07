"""The facts of a batch that the gate judges: what share was rejected, how its volume compares, who sent nothing.

A fact that cannot be judged sensibly is None, and no expectation is held against it: a handful of rows has no meaningful share, a new
dataset no history, a daily increment no complete list of senders.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from itertools import accumulate
from statistics import median
from typing import TYPE_CHECKING

from jobs.ops.ledger import State
from jobs.reference.organisations import spelt_code

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from expectations.batch import Batch
    from jobs.ops.ledger import Entry
    from jobs.reference.organisations import OrganisationPeriod

HISTORY_LEAST, HISTORY_MOST = 5, 30
"""Earlier objects that the volume is compared with: at least so many, of the newest so many."""

VOLUME_LEAST_ROWS = 100
"""Objects that are small now and were small before are not compared: a sheet of 3 rows that becomes one of 12 tells nothing."""

MONTH_DAYS = 28
"""A batch covers a month when the middle nine tenths of its facts span so many days: late corrections make no daily increment long."""

SPOKEN_LEAST_SHARE = 0.5
"""Where fewer of the registered organisations sent something, the batch is a part delivery, and who is missing from it means nothing."""

_SPAN = (0.05, 0.95)


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """The facts of one batch. Grain: one dataset of one run; a share from 0 to 1, a ratio (1 = as before), a number of organisations."""

    rejected_share: float | None = None
    broken_share: float | None = None
    volume_ratio: float | None = None
    silent: tuple[str, ...] | None = None

    @property
    def values(self) -> dict[str, float]:
        """The facts that can be judged, by name."""
        silent = None if self.silent is None else float(len(self.silent))
        facts = {
            "rejected_share": self.rejected_share,
            "broken_share": self.broken_share,
            "volume_ratio": self.volume_ratio,
            "silent_organisations": silent,
        }
        return {name: value for name, value in facts.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a batch speaks of: the days between which nine tenths of its facts lie, the provinces, and the organisations that sent a row."""

    first: date
    last: date
    provinces: frozenset[str]
    organisations: frozenset[str]


def batch_facts(batch: Batch, known: Iterable[Entry], periods: Collection[OrganisationPeriod], least_rows: int) -> BatchFacts:
    """The facts of a staged batch, from its counts, the ledger and at most one narrow aggregate over its rows.

    `least_rows`: a smaller batch has no meaningful share of rejected rows.
    """
    if not batch.read:
        return BatchFacts()
    share = batch.rejected / batch.read if batch.read >= least_rows else None
    earlier = [entry for entry in known if entry.table == batch.contract.name and entry.object_id not in batch.objects]
    silent = None
    coverage = batch_coverage(batch)
    if coverage is not None:
        # An organisation all of whose records are secret sent something too.
        codes = set(map(spelt_code, batch.withheld_by))
        withheld = frozenset(period.organ_id for period in periods if period.organ_code in codes)
        silent = silent_organisations(replace(coverage, organisations=coverage.organisations | withheld), periods)
    return BatchFacts(share, batch.broken_lines / batch.read, volume_ratio(batch.read / len(batch.objects), earlier), silent)


def volume_ratio(rows_per_object: float, earlier: Iterable[Entry]) -> float | None:
    """Rows per object of a batch divided by the median of the dataset's newest loaded objects; None where that says nothing.

    Rows are compared per object, since a run loads all that waits: one day's object or thirty.
    """
    loaded = sorted((entry.received_at, entry.path, entry.rows_read) for entry in earlier if entry.state == State.LOADED)
    if len(loaded) < HISTORY_LEAST:
        return None
    before = median(rows for _, _, rows in loaded[-HISTORY_MOST:])
    if before == 0 or max(before, rows_per_object) < VOLUME_LEAST_ROWS:
        return None
    return rows_per_object / before


def batch_coverage(batch: Batch) -> Coverage | None:
    """What the new rows speak of, valid or not; None for a dataset without organisations and for a batch without a dated row."""
    contract = batch.contract
    if contract.organisation is None:
        return None
    new = f"FROM {batch.rows} WHERE {batch.is_new} AND organ_id IS NOT NULL"
    counted = batch.sets.rows(f"SELECT {contract.organisation.day} AS day, count(*) AS rows {new} GROUP BY {contract.organisation.day}")
    rows_by_day = {row["day"]: row["rows"] for row in counted if row["day"] is not None}
    if not rows_by_day:
        return None
    (found,) = batch.sets.rows(f"SELECT collect_set(province_code) AS provinces, collect_set(organ_id) AS organisations {new}")
    first, last = (_quantile(rows_by_day, share) for share in _SPAN)
    return Coverage(first, last, frozenset(found["provinces"] or ()), frozenset(found["organisations"]))


def _quantile(rows_by_day: Mapping[date, int], share: float) -> date:
    """The first day up to which at least that share of the rows lies."""
    days = sorted(rows_by_day)
    up_to = list(accumulate(rows_by_day[day] for day in days))
    return days[bisect_left(up_to, share * up_to[-1])]


def silent_organisations(coverage: Coverage, periods: Iterable[OrganisationPeriod]) -> tuple[str, ...] | None:
    """The registered organisations of the batch's provinces that sent nothing, sorted; None where the batch is too short or too partial.

    An organisation is expected where it was registered in one of these provinces for at least a month of the batch's days.
    """
    if (coverage.last - coverage.first).days + 1 < MONTH_DAYS:
        return None
    days: Counter[str] = Counter()
    for period in periods:
        # Each organisation is there under its own code; under the older order of codes it is there again.
        if period.organ_code == period.organ_id and period.province_code in coverage.provinces:
            start, end = max(period.from_day, coverage.first), min(period.to_day or date.max, coverage.last)
            days[period.organ_id] += max((end - start).days + 1, 0)
    expected = {organ for organ, count in days.items() if count >= MONTH_DAYS}
    spoke = expected & coverage.organisations
    if not expected or len(spoke) < SPOKEN_LEAST_SHARE * len(expected):
        return None
    return tuple(sorted(expected - spoke))
