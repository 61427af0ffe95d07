"""What the sheets of a sample are drawn from: units, days and chances."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import TypeVar

from jobs.sample.draws import substream
from jobs.sample.organisations import Unit, province_name
from jobs.sample.plan import UNITS_KNOWN_FROM, SamplePlan
from jobs.sample.units_over_time import UnitId, UnitsOverTime
from jobs.sample.vocabulary import Vocabulary
from jobs.sample.working_days import WorkingCalendar

T = TypeVar("T")

HISTORY_BEGINS = date(2021, 3, 1)
SHORTEST_HISTORY = timedelta(days=540)
PLANNED_SHARE = 0.05
"""Of what begins, the share that begins after the sample's last day."""
EDGE_SHARE = 0.02
"""Of what begins or ends, the share that does so on the sample's last day or a day beside it."""
ENDED_UNIT_SHARE = 0.5
NEW_UNIT_SHARE = 0.4
"""How much is there of units that ended before the sample, or began within it, next to those that were there when it began."""
COMPILED_SHARE = 0.45
WRITTEN_EARLIER_SHARE = 0.35
"""Of the rows, those of the register that was put together on the sample's first day, and those written before it; the others are written within."""
AFTER_MIDNIGHT_SHARE = 0.02
"""Rows written when Vietnam's day and that of UTC differ."""


class Chances:
    """Draws of one sheet, from a stream of its own."""

    def __init__(self, plan: SamplePlan, sheet: str) -> None:
        self._generator = substream(plan.seed, plan.province, "registry", sheet)
        self._waiting: list[float] = []

    def share(self) -> float:
        """A number from 0 to below 1."""
        if not self._waiting:
            # Drawn in blocks: a call for each number costs as much as the rest of a row.
            self._waiting = self._generator.random(4096).tolist()
        return self._waiting.pop()

    def happens(self, probability: float) -> bool:
        """Whether something of that probability happens."""
        return self.share() < probability

    def between(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return low + int(self.share() * (high - low + 1))

    def pick(self, values: Sequence[T]) -> T:
        """One of the values, each as likely."""
        return values[int(self.share() * len(values))]

    def weighted(self, weights: Sequence[tuple[T, float]]) -> T:
        """One of the values in proportion to its weight."""
        left = self.share() * sum(weight for _, weight in weights)
        for value, weight in weights:
            left -= weight
            if left < 0:
                return value
        return weights[-1][0]

    def day(self, first: date, last: date) -> date:
        """A day, both ends included."""
        return first + timedelta(days=self.between(0, (last - first).days))

    def days(self, count: int, first: date, last: date) -> list[date]:
        """At most `count` days in order, none of them twice."""
        return sorted({self.day(first, last) for _ in range(count)}) if first <= last else []

    def decision(self, day: date) -> str:
        """The number of a decision of that year."""
        return f"{self.between(10, 4999)}/QĐ-UBND-{day.year}"


@dataclass(frozen=True, slots=True)
class Member:
    """A unit that rows are written about: its identity, its attributes when it began, the days on which its code means it within the sample's
    knowledge (both count), and how much of it there is (1 = as of a unit that was there when the sample began)."""

    unit: UnitId
    about: Unit
    first_day: date
    last_day: date
    weight: float


class Scene:
    """A sample's units and days, and where in time its rows lie."""

    def __init__(self, plan: SamplePlan, vocabulary: Vocabulary, calendar: WorkingCalendar, units: UnitsOverTime) -> None:
        self.plan = plan
        self.vocabulary = vocabulary
        self.units = units
        self.last_day = plan.date_to
        self.history_from = min(HISTORY_BEGINS, plan.date_to - SHORTEST_HISTORY)
        self.sheet_days = _sheet_days(calendar.export_days)

    def chances(self, sheet: str) -> Chances:
        """The draws of a sheet."""
        return Chances(self.plan, sheet)

    # --- units ---

    @cached_property
    def members(self) -> tuple[Member, ...]:
        """The province, its districts and its communes, in the order of level and code."""
        found = list(self._provinces())
        known = (life for life in self.units.lives.values() if life.unit.valid_from <= self.last_day)
        found += [self._member(life.unit, life.eras[0].unit, life.valid_to) for life in known]
        order = {"province": 0, "district": 1, "commune": 2}
        return tuple(sorted(found, key=lambda member: (order[member.about.level], member.unit)))

    def of_level(self, level: str) -> list[Member]:
        """The members of a level."""
        return [member for member in self.members if member.about.level == level]

    @cached_property
    def rural_communes(self) -> tuple[Member, ...]:
        """Communes that were of type xã when they began."""
        return tuple(member for member in self.members if member.about.rural)

    @cached_property
    def rural_districts(self) -> tuple[Member, ...]:
        """Districts that had a rural commune when they began."""
        parents = {(member.about.parent_code) for member in self.rural_communes}
        return tuple(member for member in self.of_level("district") if member.unit.code in parents)

    def _provinces(self) -> Iterator[Member]:
        for unit, last in self.units.provinces:
            if unit.valid_from <= self.last_day:
                about = Unit(unit.code, "province", province_name(unit.code, unit.valid_from), False, "", None, None)
                yield self._member(unit, about, last)

    def _member(self, unit: UnitId, about: Unit, valid_to: date | None) -> Member:
        last_day = min(valid_to or self.last_day, self.last_day)
        weight = 1.0
        if last_day < self.plan.date_from:
            weight = ENDED_UNIT_SHARE
        elif unit.valid_from > self.plan.date_from:
            weight = NEW_UNIT_SHARE
        return Member(unit, about, max(unit.valid_from, UNITS_KNOWN_FROM), last_day, weight)

    # --- days ---

    def begin(self, chances: Chances, member: Member) -> date:
        """The first day of something: within the unit's life or before it was known, or planned."""
        if chances.happens(PLANNED_SHARE):
            return self.last_day + timedelta(days=chances.between(2, 200))
        if chances.happens(EDGE_SHARE):
            return self.last_day + timedelta(days=chances.between(0, 1))
        return chances.day(self.earliest(member), self.latest(member))

    def end(self, chances: Chances, begin: date | None, share: float) -> date | None:
        """A later day for `share` of what has begun, up to the sample's last day or beside it; one after it for some more; None = open."""
        if begin is None:
            return None
        if chances.happens(share):
            if chances.happens(EDGE_SHARE * 5):
                end = self.last_day + timedelta(days=chances.between(-1, 1))
            else:
                end = chances.day(min(begin + timedelta(days=20), self.last_day), self.last_day)
        elif chances.happens(0.08):
            end = self.last_day + timedelta(days=chances.between(2, 400))
        else:
            return None
        return end if end > begin else None

    def earliest(self, member: Member) -> date:
        """The first day that history tells of a unit: what began before its first list may be older than that."""
        return self.history_from if member.first_day <= UNITS_KNOWN_FROM else member.first_day

    def latest(self, member: Member) -> date:
        """The last day on which something of a unit can have begun, but for plans."""
        return max(member.last_day, self.earliest(member))

    def written(self, chances: Chances, member: Member, begin: date | None) -> datetime:
        """When a row was written: when the unit's code meant it, and not before what it tells began, unless that is planned or older."""
        known = max(member.first_day, begin) if begin and begin <= member.last_day else member.first_day
        date_from = self.plan.date_from
        if known <= date_from <= member.last_day and chances.happens(COMPILED_SHARE):
            return datetime.combine(date_from, time(8))
        before = date_from - timedelta(days=1)
        can_be_earlier, can_be_within = known <= before, date_from <= member.last_day
        if can_be_earlier and (not can_be_within or chances.happens(WRITTEN_EARLIER_SHARE / (1 - COMPILED_SHARE))):
            return moment(chances, chances.day(known, min(before, member.last_day)))
        return moment(chances, chances.day(max(known, date_from), member.last_day))

    def sheet_day(self, written_at: datetime, later: int = 0) -> date:
        """The day of the sheet that carries a row written then, or of one that many sheets later, at most the last."""
        position = bisect_left(self.sheet_days, written_at.date()) + later
        return self.sheet_days[min(position, len(self.sheet_days) - 1)]

    # --- words ---

    def word(self, chances: Chances, name: str) -> str:
        """One of the words of a list of the vocabulary."""
        return chances.pick(self.vocabulary.registry[name])

    def named(self, text: str, member: Member) -> str:
        """A name with its place, and the words that say that it is generated."""
        return self.vocabulary.marked(f"{text} {member.about.name}")

    def identifier(self, prefix: str, serial: int, digits: int) -> str:
        """The identifier of a thing, of which no other sample has the same."""
        return f"{prefix}-{self.plan.province}-{self.plan.seed}-{serial:0{digits}d}"

    def some_of(self, members: Iterable[Member], chances: Chances, share: float) -> Iterator[Member]:
        """The members that have something: that share of them, fewer of those that were not there all the time."""
        return (member for member in members if chances.happens(share * member.weight))

    def many(self, chances: Chances, member: Member, low: int, high: int) -> int:
        """How many things a unit has."""
        return chances.between(low, high) if member.weight >= 1 or chances.happens(member.weight) else 0


def moment(chances: Chances, day: date) -> datetime:
    """A time of that day: office hours, now and then just after midnight."""
    if chances.happens(AFTER_MIDNIGHT_SHARE):
        return datetime.combine(day, time(0, 5 + chances.between(0, 40)))
    return datetime.combine(day, time(7, 30)) + timedelta(seconds=chances.between(0, 9 * 3600))


def near(chances: Chances, member: Member) -> tuple[float | None, float | None]:
    """Coordinates (degrees) near a unit's, where they are known."""
    if member.about.latitude is None or member.about.longitude is None:
        return None, None
    return round(member.about.latitude + (chances.share() - 0.5) / 50, 6), round(member.about.longitude + (chances.share() - 0.5) / 50, 6)


def _sheet_days(export_days: Sequence[date]) -> tuple[date, ...]:
    """The first export, and the last one of each quarter: a sheet a day would be hundreds of objects of a few rows."""
    last_of_quarter: dict[tuple[int, int], date] = {(day.year, (day.month - 1) // 3): day for day in export_days}
    return tuple(sorted({export_days[0], *last_of_quarter.values()}))
