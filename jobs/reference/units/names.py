"""What a unit is called, and which unit a name means that somebody wrote."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from jobs.reference.units.model import UnitId

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from jobs.reference.units.model import Units, UnitVersion


@dataclass(frozen=True, slots=True)
class UnitName:
    """A row of `silver/unit_name`. Grain: one identity of a unit, with its newest attributes; of a unit that ended, its last."""

    unit_code: str
    unit_valid_from: date
    unit_valid_to: date | None
    level: str
    unit_name: str
    unit_type: str
    province_code: str
    province_valid_from: date


def current_names(versions: Iterable[UnitVersion]) -> list[UnitName]:
    """The newest attributes of each identity, sorted by identity."""
    newest: dict[tuple[str, date], UnitVersion] = {}
    for version in versions:
        key = (version.unit_code, version.unit_valid_from)
        if key not in newest or version.version_from > newest[key].version_from:
            newest[key] = version
    return [
        UnitName(
            unit_code=one.unit_code,
            unit_valid_from=one.unit_valid_from,
            unit_valid_to=one.unit_valid_to,
            level=one.level,
            unit_name=one.unit_name,
            unit_type=one.unit_type,
            province_code=one.province_code,
            province_valid_from=one.province_valid_from,
        )
        for _, one in sorted(newest.items())
    ]


_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_WORD = re.compile(r"[^\W_]+")
_APOSTROPHE = re.compile("['’ʼ`´]")
_TYPES = {"tt": "thị trấn", "tx": "thị xã", "tp": "thành phố"}
"""How offices shorten the type of a unit."""
_MOST_TOLD = 5


@lru_cache(maxsize=1 << 16)
def folded_name(name: str) -> str:
    """A unit's name without what people write differently: case, composition, the place of a tone within its syllable (hòa, hoà), signs between words,
    zeros before a number, and the type shortened to its initials (TT, TX, TP).
    """
    return "".join(map(_folded_word, _WORD.findall(_APOSTROPHE.sub("", unicodedata.normalize("NFC", name).casefold()))))


def _folded_word(word: str) -> str:
    if word in _TYPES:
        return folded_name(_TYPES[word])
    letters = unicodedata.normalize("NFD", word)
    bare = unicodedata.normalize("NFC", "".join(letter for letter in letters if letter not in _TONES))
    return (bare.lstrip("0") or bare) + "".join(letter for letter in letters if letter in _TONES)


@dataclass(frozen=True, slots=True)
class NamedUnits:
    """What a name says on a day: the units that have it, one version of each; `detail`: what is known beside that, where it is not one unit."""

    units: tuple[UnitVersion, ...]
    detail: str | None


class UnitsByName:
    """Which units a name means that somebody wrote: never a guess, so all that it may mean."""

    def __init__(self, units: Units) -> None:
        self._units = units
        self._named: dict[str, list[UnitVersion]] = defaultdict(list)
        for version in units.versions:
            for name in _spellings(version):
                self._named[name].append(version)

    def read(self, names: Sequence[str], day: date | None, stated: date | None, levels: Collection[str]) -> NamedUnits:
        """The units of these levels that have the first name, and lie in units that have the others.

        A name alone says no commune and no district: most stand in several provinces, and of one that does not, a slip of the pen may be found in another
        province. So something that it lies in has to be named too.

        Args:
            names: of the unit, then of its district, its province or both.
            day: on which it was written.
            stated: the first day of the unit, where that is said outright.
            levels: that the unit may have.
        """
        own, *others = [folded for name in names if (folded := folded_name(name))] or [""]
        within = set(others) - {own}
        alike = [version for version in self._named.get(own, ()) if version.level in levels]
        there = [version for version in alike if _is_meant(version, day, stated)]
        fitting = _each_once(version for version in there if within <= self._around(version, day))
        told = bool(within) or all(version.level == "province" for version in fitting)
        if told and len(fitting) == 1:
            return NamedUnits(fitting, None)
        if told and fitting:
            return NamedUnits(fitting, f"{len(fitting)} units of that day have this name: {self._listed(fitting, day)}")
        if fitting:
            return NamedUnits(
                (), f"the name of the province or district has to stand beside it; units of that name: {self._listed(fitting, day)}"
            )
        elsewhere = _each_once(there) or _each_once(alike)
        what = "of that name on that day" if there else "that had this name on another day"
        return NamedUnits((), f"units {what}: {self._listed(elsewhere, day)}" if elsewhere else f"no {' or '.join(levels)} has this name")

    def _around(self, version: UnitVersion, day: date | None) -> frozenset[str]:
        """The names of what a unit lies in, as they may be written."""
        return frozenset(name for one in self._over(version, day) for name in _spellings(one))

    def _over(self, version: UnitVersion, day: date | None) -> list[UnitVersion]:
        """What a unit lies in, as it was called on the day; outside of the version, on the nearest one within it."""
        nearest = min(max(day or version.version_from, version.version_from), version.version_to or date.max)
        over = [(version.parent_code, version.parent_valid_from), (version.province_code, version.province_valid_from)]
        found = [self._units.version_at(UnitId(code, first), nearest) for code, first in dict.fromkeys(over) if code and first]
        return [one for one in found if one is not None and one.unit_code != version.unit_code]

    def _listed(self, versions: Sequence[UnitVersion], day: date | None) -> str:
        listed = [
            f"{one.unit_code} ({', '.join(over.unit_name for over in (one, *self._over(one, day)))}{_until(one)})"
            for one in versions[:_MOST_TOLD]
        ]
        more = len(versions) - _MOST_TOLD
        return f"{', '.join(listed)}{f' and {more} more' if more > 0 else ''}"


def _until(version: UnitVersion) -> str:
    return f", until {version.version_to}" if version.version_to else ""


def _is_meant(version: UnitVersion, day: date | None, stated: date | None) -> bool:
    if stated is not None:
        return version.unit_valid_from == stated
    return day is not None and version.version_from <= day and (version.version_to is None or day <= version.version_to)


def _each_once(versions: Iterable[UnitVersion]) -> tuple[UnitVersion, ...]:
    """The newest version of each identity, by code."""
    return tuple({(one.unit_code, one.unit_valid_from): one for one in versions}.values())


def _spellings(version: UnitVersion) -> set[str]:
    """The name of a unit with its type and without, folded."""
    whole, kind = folded_name(version.unit_name), folded_name(version.unit_type)
    return {whole, whole.removeprefix(kind)} - {""}
