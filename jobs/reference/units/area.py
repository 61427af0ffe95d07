"""The units of an area as an officer's template lists them: those of a province, of a district or one commune, on a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from jobs.errors import UsageError
from jobs.reference.units.model import LEVELS, UnitId

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date

    from jobs.reference.units.model import Units, UnitVersion


class ListedUnit(NamedTuple):
    """A unit with the names of what it lies in; `last_day`: of one that ended."""

    code: str
    name: str
    level: str
    district: str
    province: str
    first_day: date
    last_day: date | None


def listed_units(units: Units, levels: Collection[str], area: str | None, day: date) -> list[ListedUnit]:
    """The units of these levels in an area, in the order of levels and codes.

    Where no unit of any of the levels is there any more (districts), those of the level's last day are listed.

    Args:
        units: all of them.
        levels: which are wanted.
        area: code of a province or commune of that day, or of a district, also of one that ended: then the communes that its own went into. None: the country.
        day: the day whose units are meant.

    Raises:
        UsageError: no unit has that code.
    """
    on_day = [version for version in _in_force(units, day) if version.level in levels]
    ended = [last for level in levels if (last := units.level_ends[level])]
    found = on_day or [version for version in _in_force(units, min([day, *ended])) if version.level in levels]
    if area is not None:
        inside = _area(units, area, day)
        found = [version for version in found if inside & _surroundings(units, version, day)]
    return sorted((_listed(units, version) for version in found), key=lambda one: (LEVELS.index(one.level), one.code))


def _in_force(units: Units, day: date) -> Iterable[UnitVersion]:
    return (one for one in units.versions if one.version_from <= day and (one.version_to is None or day <= one.version_to))


def _area(units: Units, code: str, day: date) -> set[UnitId]:
    """What the code of an area stands for: the unit; of a district that ended also the communes that took up its own."""
    unit = units.identity_at(code, day)
    if unit is not None:
        return {unit}
    ended = units.last_identity(code, day)
    version = units.last_version(ended) if ended else None
    if ended is None or version is None:
        raise UsageError(f"unit '{code}': no unit has that code on {day}")
    if version.level != "district":
        successors = ", ".join(one.code for one in units.successors.get(ended, ()))
        raise UsageError(f"unit '{code}': {version.unit_name} is no unit on {day}{f'; it went into {successors}' if successors else ''}")
    last = version.unit_valid_to or day
    communes = [UnitId(one.unit_code, one.unit_valid_from) for one in _in_force(units, last) if one.parent_code == code]
    return {ended, *(successor for commune in communes for successor in units.successors.get(commune, (commune,)))}


def _surroundings(units: Units, version: UnitVersion, day: date) -> set[UnitId]:
    """The unit itself, its district, and its province: of that day too, for one that ended."""
    unit = UnitId(version.unit_code, version.unit_valid_from)
    found = {unit, UnitId(version.province_code, version.province_valid_from)}
    if version.parent_code and version.parent_valid_from:
        found.add(UnitId(version.parent_code, version.parent_valid_from))
    # Of a province that went into another one, the districts are looked for in that.
    return found | {successor for one in found for successor in units.successors.get(one, ()) if units.version_at(one, day) is None}


def _listed(units: Units, version: UnitVersion) -> ListedUnit:
    """A version with its names; only communes have a district."""
    parents = [(version.province_code, version.province_valid_from), (version.parent_code, version.parent_valid_from)]
    found = [units.version_at(UnitId(code, first), version.version_from) for code, first in parents if code and first]
    names = {parent.level: parent.unit_name for parent in found if parent}
    return ListedUnit(
        version.unit_code,
        version.unit_name,
        version.level,
        names.get("district", ""),
        names.get("province", ""),
        version.unit_valid_from,
        version.unit_valid_to,
    )
