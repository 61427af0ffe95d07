"""Units of one province over the years, as the generator knows them: which unit a code meant, and where a thing lies on another day.

Read here straight from the reference lists, by the rules of the domain and not by the pipeline's code, so that the truth is a second opinion.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from jobs.sample.organisations import REFERENCE, REFORM, UNIT_LISTS, Unit, units_of_province
from jobs.sample.vocabulary import ProvincePeriod

_ONE_DAY = timedelta(days=1)


class UnitId(NamedTuple):
    """The identity of a unit: its code and the first day on which the code meant this unit."""

    code: str
    valid_from: date


class Place(NamedTuple):
    """Where something counts on a day; district and commune are None where only the province can be told."""

    province: UnitId
    district: UnitId | None = None
    commune: UnitId | None = None


class Era(NamedTuple):
    """What a list says of a unit, from its first day in force on."""

    from_day: date
    unit: Unit


@dataclass(frozen=True, slots=True)
class Life:
    """One identity of a district or commune.

    `valid_to` is its last day (None = open), `eras` are in order of days, `successor` is the unit into which the whole of it went, None where it
    was divided or nothing is known.
    """

    unit: UnitId
    eras: tuple[Era, ...]
    valid_to: date | None = None
    successor: UnitId | None = None

    def alive_on(self, day: date) -> bool:
        """Whether the unit exists on a day."""
        return self.unit.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def about(self, day: date) -> Unit:
        """Name, type and parent on a day; of a day before its first, those of its first."""
        return next((era.unit for era in reversed(self.eras) if era.from_day <= day), self.eras[0].unit)


class UnitsOverTime:
    """The identities of a province code, and the districts and communes that lay in them.

    Provinces are (identity, last day or None), in order of days and each the whole successor of the one before.
    """

    def __init__(self, provinces: Sequence[tuple[UnitId, date | None]], lives: Iterable[Life]) -> None:
        self.provinces = tuple(provinces)
        self.lives = {life.unit: life for life in lives}
        self._by_code: dict[str, list[Life]] = defaultdict(list)
        for life in self.lives.values():
            self._by_code[life.unit.code].append(life)
        self._rural: dict[date, dict[UnitId, Place]] = {}

    def province_on(self, day: date) -> UnitId | None:
        """The identity of the province on a day; None before its first and after its last day."""
        return next((unit for unit, last in self.provinces if unit.valid_from <= day and (last is None or day <= last)), None)

    def meaning(self, code: str, day: date) -> UnitId | None:
        """Which unit a code written on a day means; None where no unit of this province had it then."""
        province = self.province_on(day)
        if province is not None and province.code == code:
            return province
        return next((life.unit for life in self._by_code.get(code, ()) if life.alive_on(day)), None)

    def place(self, unit: UnitId, day: date) -> Place | None:
        """Where a thing located in a unit counts on a day; None where it counts nowhere.

        After the unit's end it counts for its whole successor, else for the province only; before the unit's first day for the province only, if
        that was already the same one.
        """
        province = self.province_on(day)
        if province is None or day < unit.valid_from:
            same = province is not None and province == self.province_on(unit.valid_from)
            return Place(province) if province is not None and same else None
        life = self.lives.get(unit)
        if life is None:
            return Place(province)
        if life.alive_on(day):
            if life.about(day).level == "district":
                return Place(province, unit)
            return Place(province, self._district_of(life, day), unit)
        return self.place(life.successor, day) if life.successor else Place(province)

    def of_itself(self, unit: UnitId, day: date) -> Place | None:
        """Where what is a unit's own counts on a day; None where there is no such unit then."""
        is_province = unit == self.province_on(day)
        return self.place(unit, day) if is_province or (unit in self.lives and self.lives[unit].alive_on(day)) else None

    def rural_communes(self, day: date) -> Mapping[UnitId, Place]:
        """The communes of type xã on a day, each with its place."""
        if day not in self._rural:
            found = {}
            province = self.province_on(day)
            for unit, life in self.lives.items():
                if province is not None and life.alive_on(day) and life.about(day).rural:
                    found[unit] = Place(province, self._district_of(life, day), unit)
            self._rural[day] = found
        return self._rural[day]

    def districts(self, day: date) -> Mapping[UnitId, Place]:
        """The districts that have a rural commune on a day, each with its place."""
        return {place.district: Place(place.province, place.district) for place in self.rural_communes(day).values() if place.district}

    def _district_of(self, life: Life, day: date) -> UnitId | None:
        """The district of a commune; since July 2025 its parent is the province."""
        parent = self.meaning(life.about(day).parent_code, day)
        return parent if parent in self.lives else None


@lru_cache(maxsize=1)
def whole_successors() -> Mapping[str, str]:
    """For each commune that went wholly into one on 2025-07-01 the code of that one; those that were divided, or about which lists differ, are not
    there."""
    found: dict[str, set[str]] = defaultdict(set)
    divided: set[str] = set()
    for row in _rows("commune_succession_2025-07-01.csv"):
        found[row["old_commune_code"]].add(row["new_commune_code"])
        if row["partly_merged"] == "true":
            divided.add(row["old_commune_code"])
    told_here = frozenset(found)
    for row in _rows("succession_differences_2025-07-01.csv"):
        if row["old_commune_code"] in told_here:
            divided.add(row["old_commune_code"])
        else:
            found[row["old_commune_code"]].add(row["new_commune_code"])
    return {old: next(iter(new)) for old, new in found.items() if len(new) == 1 and old not in divided}


def _rows(name: str) -> list[dict[str, str]]:
    with (REFERENCE / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@lru_cache(maxsize=1)
def _wards_since() -> Mapping[str, date]:
    """Communes that became wards since, each with the day; no other change of a commune is known."""
    return {
        row["unit_code"]: date.fromisoformat(path.stem.removeprefix("units_from_"))
        for path in sorted(REFERENCE.glob("units_from_*.csv"))
        for row in _rows(path.name)
        if row["unit_type"] == "Phường"
    }


def _eras_since_reform(unit: Unit) -> tuple[Era, ...]:
    since = _wards_since().get(unit.code)
    return (Era(REFORM, unit), *([Era(since, replace(unit, rural=False))] if since else []))


def units_over_time(province: str, periods: Iterable[ProvincePeriod]) -> UnitsOverTime:
    """The units of a province by the reference lists.

    What differs between the first two lists differs from 2025-01-01 on; from 2025-07-01 on every commune is another unit (in these provinces no
    commune kept its identity).
    """
    lists = {start: units_of_province(province, start) for start in sorted(UNIT_LISTS)}
    new = lists.pop(REFORM)
    lives: list[Life] = [Life(UnitId(code, REFORM), _eras_since_reform(unit)) for code, unit in new.items()]
    first, second = lists
    for code in {**lists[first], **lists[second]}:
        eras = tuple(Era(start, units[code]) for start, units in lists.items() if code in units)
        ends = (REFORM if code in lists[second] else second) - _ONE_DAY
        successor = whole_successors().get(code) if ends == REFORM - _ONE_DAY else None
        follows = UnitId(successor, REFORM) if successor in new else None
        lives.append(Life(UnitId(code, eras[0].from_day), eras, ends, follows))
    return UnitsOverTime([(UnitId(province, period.valid_from), period.valid_to) for period in periods], lives)
