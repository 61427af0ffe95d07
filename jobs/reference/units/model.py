"""Administrative units: identities, versions of attributes, and the lineage that moves a fact to another day's unit.

The identity of a unit is (unit_code, valid_from), never the code: on 1 July 2025 most of the country's codes were used again
with another meaning.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Generic, NamedTuple, TypeVar

LEVELS = ("province", "district", "commune")
RURAL_UNIT_TYPE = "Xã"
ONE_DAY = timedelta(days=1)
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class UnitId(NamedTuple):
    """The identity of a unit: its code and the first day on which the code meant this unit."""

    code: str
    valid_from: date


@dataclass(frozen=True, slots=True)
class UnitVersion:
    """A row of `silver/administrative_unit` (SCD2). Grain: one version of the attributes of one identity.

    `unit_valid_from`..`unit_valid_to` is the life of the identity, `version_from`..`version_to` that of these
    attributes; the `*_to` are the last day that counts, None = open. Another name, type, parent or province makes
    another version; coordinates (degrees) are the newest known of the version. `is_rural` is true for communes of type
    Xã only (the NTM criteria count no wards, townships or special zones), and false for units of other levels.
    """

    unit_code: str
    unit_valid_from: date
    unit_valid_to: date | None
    version_from: date
    version_to: date | None
    level: str
    unit_name: str
    unit_type: str
    parent_code: str | None
    parent_valid_from: date | None
    province_code: str
    province_valid_from: date
    is_rural: bool
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True, slots=True)
class LineageSegment:
    """A row of `silver/unit_lineage`. Grain: (unit_code, unit_valid_from, from_day); segments of a unit never overlap.

    A fact of the identity counts, on the days `from_day`..`to_day` (None = open), for the unit `at_unit_*`, with the
    district and province of those days. A segment known only at province level has the province as `at_unit` and no
    district. Days without a segment cannot be decided (`ambiguous_unit`).
    """

    unit_code: str
    unit_valid_from: date
    from_day: date
    to_day: date | None
    at_unit_code: str
    at_unit_valid_from: date
    at_unit_level: str
    district_code: str | None
    district_valid_from: date | None
    province_code: str
    province_valid_from: date


class Timelines(Generic[K, V]):
    """For each key its spans of days in order, looked up by bisection."""

    def __init__(self, spans: Iterable[tuple[K, date, date | None, V]]) -> None:
        """Take (key, from_day, to_day, value), in order of days within a key."""
        self._from_days: dict[K, list[date]] = defaultdict(list)
        self._spans: dict[K, list[tuple[date | None, V]]] = defaultdict(list)
        for key, from_day, to_day, value in spans:
            self._from_days[key].append(from_day)
            self._spans[key].append((to_day, value))

    def at(self, key: K, day: date) -> V | None:
        """The value of the span that the day lies in; None outside of all."""
        from_days = self._from_days.get(key)
        position = bisect_right(from_days, day) - 1 if from_days else -1
        if position < 0:
            return None
        to_day, value = self._spans[key][position]
        return value if to_day is None or day <= to_day else None

    def of(self, key: K) -> tuple[V, ...]:
        """The values of all spans, in order of days."""
        return tuple(value for _, value in self._spans.get(key, ()))


class Units:
    """The read model of units: which unit a code meant, and for which unit a fact counts on another day.

    `versions` and `lineage` are sorted by identity and day; `fingerprint` is the SHA-256 of the reference files, so that a change of reference data is seen by
    comparing one string. `successors` are the units into which an ended one went, wholly or in part, as far as that is known. Nothing is known of days before
    `known_from`; `level_ends` has the last day of each level, None while it has units. What only records ask for (the lineage, and what is looked up by days)
    is built when it is first asked for.
    """

    def __init__(
        self,
        versions: Iterable[UnitVersion],
        lineage: Callable[[], Iterable[LineageSegment]],
        fingerprint: str,
        successors: Mapping[UnitId, tuple[UnitId, ...]] = MappingProxyType({}),
    ) -> None:
        self.successors = successors
        self.versions = tuple(sorted(versions, key=lambda v: (v.unit_code, v.unit_valid_from, v.version_from)))
        self._build_lineage = lineage
        self.fingerprint = fingerprint
        self.known_from = min((version.unit_valid_from for version in self.versions), default=date.min)
        self.level_ends = last_days_of_levels(self.versions)

    def build(self) -> None:
        """Build now what is otherwise built when it is first asked for."""
        _ = self._identities, self._versions, self._lineage

    @cached_property
    def lineage(self) -> tuple[LineageSegment, ...]:
        """For which unit a fact of each identity counts, and when."""
        segments = tuple(sorted(self._build_lineage(), key=lambda s: (s.unit_code, s.unit_valid_from, s.from_day)))
        # It holds all that the lineage was made of.
        self._build_lineage = tuple
        return segments

    @cached_property
    def _identities(self) -> Timelines[str, UnitId]:
        lives = {UnitId(v.unit_code, v.unit_valid_from): v.unit_valid_to for v in self.versions}
        return Timelines((unit.code, unit.valid_from, valid_to, unit) for unit, valid_to in lives.items())

    @cached_property
    def _versions(self) -> Timelines[UnitId, UnitVersion]:
        return Timelines((UnitId(v.unit_code, v.unit_valid_from), v.version_from, v.version_to, v) for v in self.versions)

    @cached_property
    def _lineage(self) -> Timelines[UnitId, LineageSegment]:
        return Timelines((UnitId(s.unit_code, s.unit_valid_from), s.from_day, s.to_day, s) for s in self.lineage)

    def identity_at(self, code: str, day: date) -> UnitId | None:
        """What a code written on that day means; None when no unit had the code then."""
        return self._identities.at(code, day)

    def last_identity(self, code: str, day: date) -> UnitId | None:
        """What a code meant last, on that day or before it; None when no unit had it yet."""
        return next((unit for unit in reversed(self._identities.of(code)) if unit.valid_from <= day), None)

    def place(self, unit: UnitId, day: date) -> LineageSegment | None:
        """For which unit, district and province a fact of `unit` counts on that day; None when it cannot be decided."""
        return self._lineage.at(unit, day)

    def segments_of(self, unit: UnitId) -> tuple[LineageSegment, ...]:
        """The lineage of `unit` in order of days; empty for an identity that is not known."""
        return self._lineage.of(unit)

    def last_version(self, unit: UnitId) -> UnitVersion | None:
        """The newest attributes of `unit`, of one that ended its last; None for an identity that is not known."""
        return next(reversed(self._versions.of(unit)), None)

    def version_at(self, unit: UnitId, day: date) -> UnitVersion | None:
        """The attributes of `unit` on that day; None outside its life."""
        return self._versions.at(unit, day)


def last_days_of_levels(versions: Iterable[UnitVersion]) -> dict[str, date | None]:
    """The last day on which there was a unit of each level; None while there is one."""
    ends: dict[str, set[date | None]] = {level: set() for level in LEVELS}
    for version in versions:
        ends[version.level].add(version.unit_valid_to)
    return {level: None if None in days else max((day for day in days if day), default=None) for level, days in ends.items()}
