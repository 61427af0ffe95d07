"""The lives of units: from when to when a code meant the same unit, and the versions of its attributes meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from jobs.errors import UsageError
from jobs.reference.units.files import UNIT_CHANGES_FILE, UNIT_LIST_FILE, Change, ChangeKey, Listed, Reference
from jobs.reference.units.model import LEVELS, ONE_DAY, RURAL_UNIT_TYPE, UnitId, UnitVersion


@dataclass(slots=True)
class Life:
    """An identity with its attributes in order of days; `valid_to` None = open."""

    unit: UnitId
    eras: list[tuple[date, Listed]]
    valid_to: date | None = None
    successor_code: str | None = None
    """Said outright by a documented change."""

    @property
    def level(self) -> str:
        """The level of the unit: it is the same in all its eras."""
        return self.eras[0][1].level


def build_lives(reference: Reference) -> dict[str, list[Life]]:
    """The identities behind each code, in order of days."""
    applied: set[ChangeKey] = set()
    codes = sorted({code for units in reference.lists.values() for code in units})
    lives = {code: _lives_of_code(code, reference, applied) for code in codes}
    for key, change in reference.changes.items():
        if key not in applied:
            code, kind, assumed_on = key
            raise UsageError(
                f"{change.place}: the lists have no unit {code!r} that {kind} on {assumed_on}; expected a change that is assumed there"
            )
    return lives


def _lives_of_code(code: str, reference: Reference, applied: set[ChangeKey]) -> list[Life]:
    def documented(change: str, assumed_on: date) -> Change | None:
        key = (code, change, assumed_on)
        if key in reference.changes:
            applied.add(key)
        return reference.changes.get(key)

    def day_of(change: str, assumed_on: date) -> date:
        override = documented(change, assumed_on)
        return override.effective_on if override else assumed_on

    lives: list[Life] = []
    current: Life | None = None
    for in_force_from, units in reference.lists.items():
        listed = units.get(code)
        if current and not (listed and _continues(code, in_force_from, reference, documented)):
            ending = documented("ends", in_force_from)
            current.valid_to = (ending.effective_on if ending else in_force_from) - ONE_DAY
            current.successor_code = ending.successor_code if ending else None
            current = None
        if listed and not current:
            begins = day_of("begins", in_force_from)
            current = Life(UnitId(code, begins), [(begins, listed)])
            lives.append(current)
        elif listed and current:
            from_day, known = current.eras[-1]
            if listed.has_attributes_of(known):
                current.eras[-1] = (from_day, listed if listed.latitude is not None else known)
            else:
                current.eras.append((day_of("changes", in_force_from), listed))
    _check_order(code, lives)
    return lives


def _continues(code: str, in_force_from: date, reference: Reference, documented: Callable[[str, date], Change | None]) -> bool:
    """Whether a code that is in two lists running means the same unit in both (domain rule: identity).

    It does, and a new name, type or parent is a new version, unless a succession of that day names the code: then a commune goes on only where
    it is whole, one to one and keeps its code, and a province only by the explicit list.
    """
    succession = reference.successions.get(in_force_from)
    return succession is None or code not in succession.renewed or documented("continues", in_force_from) is not None


def _check_order(code: str, lives: list[Life]) -> None:
    """Refuse documented days that contradict each other (the lists alone cannot)."""
    last: date | None = None
    for life in lives:
        for from_day, _ in life.eras:
            if last is not None and from_day <= last:
                raise UsageError(f"{UNIT_CHANGES_FILE}: unit {code!r}: its changes are not in order around {from_day}")
            last = from_day
        if life.valid_to is not None:
            if last is not None and life.valid_to < last:
                raise UsageError(f"{UNIT_CHANGES_FILE}: unit {code!r}: ends on {life.valid_to}, before {last}")
            last = life.valid_to


class _Parents(NamedTuple):
    """The parent and the province of a unit on some days."""

    parent: UnitId | None
    province: UnitId


def build_versions(lives: Mapping[str, list[Life]]) -> dict[str, list[UnitVersion]]:
    """The versions of each code's identities, in order of days."""
    versions: dict[str, list[UnitVersion]] = {}
    for level in LEVELS:
        for code, lives_of_code in lives.items():
            if lives_of_code[0].level == level:
                versions[code] = [version for life in lives_of_code for version in _versions_of(life, versions)]
    return versions


def _versions_of(life: Life, parents: Mapping[str, list[UnitVersion]]) -> Iterator[UnitVersion]:
    ends = [from_day - ONE_DAY for from_day, _ in life.eras[1:]]
    for (era_from, listed), era_to in zip(life.eras, [*ends, life.valid_to], strict=True):
        for from_day, to_day, of_days in _parents_of(life.unit, listed, era_from, era_to, parents):
            yield UnitVersion(
                unit_code=life.unit.code,
                unit_valid_from=life.unit.valid_from,
                unit_valid_to=life.valid_to,
                version_from=from_day,
                version_to=to_day,
                level=listed.level,
                unit_name=listed.unit_name,
                unit_type=listed.unit_type,
                parent_code=of_days.parent.code if of_days.parent else None,
                parent_valid_from=of_days.parent.valid_from if of_days.parent else None,
                province_code=of_days.province.code,
                province_valid_from=of_days.province.valid_from,
                is_rural=listed.level == "commune" and listed.unit_type == RURAL_UNIT_TYPE,
                latitude=listed.latitude,
                longitude=listed.longitude,
            )


def _parents_of(
    unit: UnitId,
    listed: Listed,
    era_from: date,
    era_to: date | None,
    parents: Mapping[str, list[UnitVersion]],
) -> list[tuple[date, date | None, _Parents]]:
    """The days of an era, cut where the parent or the province becomes another identity (a new name does not cut)."""
    if listed.parent_code is None:
        return [(era_from, era_to, _Parents(None, unit))]
    spans: list[tuple[date, date | None, _Parents]] = []
    next_day: date | None = era_from
    for parent in parents.get(listed.parent_code, ()):
        overlaps = is_open_or_reaches(parent.version_to, era_from) and is_open_or_reaches(era_to, parent.version_from)
        if not overlaps:
            continue
        from_day, to_day = max(era_from, parent.version_from), earlier(era_to, parent.version_to)
        if from_day != next_day:
            break
        of_days = _Parents(UnitId(parent.unit_code, parent.unit_valid_from), UnitId(parent.province_code, parent.province_valid_from))
        if spans and spans[-1][2] == of_days:
            spans[-1] = (spans[-1][0], to_day, of_days)
        else:
            spans.append((from_day, to_day, of_days))
        next_day = to_day + ONE_DAY if to_day else None
    if not spans or spans[-1][1] != era_to:
        raise UsageError(
            f"{UNIT_LIST_FILE}, {UNIT_CHANGES_FILE}: unit {unit.code!r} has the parent {listed.parent_code!r}"
            f" from {era_from} to {era_to or 'now'}, but that unit is not valid on all of these days"
        )
    return spans


def is_open_or_reaches(last_day: date | None, day: date) -> bool:
    """Whether a span with that last day (None: open) holds the day or one after it."""
    return last_day is None or last_day >= day


def earlier(one: date | None, other: date | None) -> date | None:
    """The earlier of two last days, of which None is open."""
    if one is None or other is None:
        return one or other
    return min(one, other)
