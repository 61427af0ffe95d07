"""The files of `warehouse_schema/reference` that units are built from (columns and known defects: its README).

* `administrative_unit_snapshot.csv`: whole lists of the country; `unit_lists.csv`: from which day on each of them is in force;
* `units_from_<day>.csv`: the units that are new or called otherwise from a day on, where there is no whole list of it;
* `commune_succession_<day>.csv`, `province_succession_<day>.csv`: into which units the units of the day before went;
* `succession_differences_<day>.csv`: where another list of that succession says something else;
* `unit_changes.csv`: dated, documented changes that override what is assumed between the lists.

A reform is files of its day; no code names one.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import NamedTuple

from jobs.errors import UsageError
from jobs.reference.units.model import LEVELS
from jobs.settings import PROJECT_ROOT

REFERENCE_FOLDER = PROJECT_ROOT / "warehouse_schema" / "reference"
UNIT_LIST_FILE = "administrative_unit_snapshot.csv"
UNIT_LISTS_FILE = "unit_lists.csv"
UNIT_CHANGES_FILE = "unit_changes.csv"
UNITS_FROM = "units_from"
COMMUNE_SUCCESSION = "commune_succession"
PROVINCE_SUCCESSION = "province_succession"
DIFFERENCES = "succession_differences"
DATED_FILES = (UNITS_FROM, COMMUNE_SUCCESSION, PROVINCE_SUCCESSION, DIFFERENCES)
CHANGES = ("begins", "ends", "changes", "continues")
WHOLE, DIVIDED = "whole", "divided"
_UNIT_COLUMNS = ("unit_code", "level", "unit_name", "unit_type", "parent_code", "latitude", "longitude")


class Listed(NamedTuple):
    """A unit as one list has it."""

    level: str
    unit_name: str
    unit_type: str
    parent_code: str | None
    latitude: float | None
    longitude: float | None

    def has_attributes_of(self, other: Listed) -> bool:
        """Whether level, name, type and parent are those of the other."""
        return self[:4] == other[:4]


class Succession(NamedTuple):
    """What became, on a day, of units of the day before: by code, communes and provinces alike.

    Attributes:
        successors: the units of the day that an ended one went into, wholly or in part, as far as any list knows.
        whole: the one unit that the whole of it went into.
        renewed: codes that the lists name and that mean no longer (or not yet) the unit of the day before.
    """

    successors: Mapping[str, tuple[str, ...]]
    whole: Mapping[str, str]
    renewed: frozenset[str]


class Change(NamedTuple):
    """A documented change that overrides an assumption."""

    place: str
    effective_on: date
    successor_code: str | None


ChangeKey = tuple[str, str, date]
"""(unit_code, change, assumed_on)."""


class Reference(NamedTuple):
    """The reference files, parsed.

    `lists` are by the first day on which they are in force, in order of days; `successions` by their day.
    """

    lists: Mapping[date, Mapping[str, Listed]]
    successions: Mapping[date, Succession]
    changes: Mapping[ChangeKey, Change]


class _Row:
    """A line of a reference file; reads fields and complains with file, line and field."""

    __slots__ = ("_fields", "place")

    def __init__(self, place: str, fields: Mapping[str, str]) -> None:
        self.place = place
        self._fields = fields

    def text(self, field: str) -> str:
        value = self._fields[field]
        if not value:
            raise self.error(field, "is empty, but is required")
        return value

    def optional(self, field: str) -> str | None:
        return self._fields[field] or None

    def choice(self, field: str, choices: Iterable[str]) -> str:
        value = self._fields[field]
        if value not in choices:
            raise self.error(field, f"expected one of {', '.join(choices)}")
        return value

    def flag(self, field: str) -> bool:
        return self.choice(field, ("true", "false")) == "true"

    def day(self, field: str) -> date:
        try:
            return date.fromisoformat(self._fields[field])
        except ValueError:
            raise self.error(field, "expected a day YYYY-MM-DD") from None

    def number(self, field: str) -> float | None:
        value = self._fields[field]
        try:
            return float(value) if value else None
        except ValueError:
            raise self.error(field, "expected a number with a decimal point, or nothing") from None

    def error(self, field: str, problem: str) -> UsageError:
        return UsageError(f"{self.place}: {field} {self._fields[field]!r}: {problem}")


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[_Row]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path}: reference file cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path.name}: expected text in UTF-8") from None
    reader = csv.reader(io.StringIO(text, newline=""))
    if tuple(next(reader, [])) != columns:
        raise UsageError(f"{path.name}:1: expected the columns {','.join(columns)}")
    for values in reader:
        place = f"{path.name}:{reader.line_num}"
        if len(values) != len(columns):
            raise UsageError(f"{place}: {len(values)} fields, expected {len(columns)}")
        yield _Row(place, dict(zip(columns, values, strict=True)))


def read_reference(folder: Path) -> Reference:
    """What the files of a folder say.

    Raises:
        UsageError: a file is missing or wrong; the message names file, line and field.
    """
    lists = _read_lists(folder)
    if not lists:
        raise UsageError(f"{UNIT_LISTS_FILE}: expected a list")
    dated = _dated_files(folder)
    successions: dict[date, Succession] = {}
    for day in sorted({*lists, *dated}):
        files = dated.get(day, {})
        before = lists[max((known for known in lists if known < day), default=day)] if day > min(lists) else {}
        if files and not before:
            raise UsageError(f"{next(iter(files.values())).name}: expected a day after {min(lists)}, from when on units are known")
        communes = _read_commune_succession(files[COMMUNE_SUCCESSION], files.get(DIFFERENCES)) if COMMUNE_SUCCESSION in files else _Named()
        provinces = _read_province_succession(files[PROVINCE_SUCCESSION]) if PROVINCE_SUCCESSION in files else _Named()
        renewed = communes.renewed() | provinces.renewed()
        is_whole_list = day in lists
        if UNITS_FROM in files and is_whole_list:
            raise UsageError(f"{files[UNITS_FROM].name}: {UNIT_LIST_FILE} has a whole list that is in force from that day")
        if not is_whole_list:
            lists[day] = _amended(before, renewed, _read_units_from(files[UNITS_FROM]) if UNITS_FROM in files else {})
        for level, named, kind in (("commune", communes, COMMUNE_SUCCESSION), ("province", provinces, PROVINCE_SUCCESSION)):
            _check_named(named, level, before, lists[day], day, are_old_known=not is_whole_list)
            # Whole lists of communes have known defects: see the README.
            if level == "province" or not is_whole_list:
                _check_ended(level, before, lists[day], renewed, named, f"{kind}_{day}.csv")
        _check_goes_on(provinces)
        if files.keys() & {COMMUNE_SUCCESSION, PROVINCE_SUCCESSION}:
            successions[day] = Succession(
                {**communes.successors, **provinces.successors}, {**communes.whole(), **provinces.whole()}, renewed
            )
    return Reference(dict(sorted(lists.items())), successions, _read_changes(folder / UNIT_CHANGES_FILE, min(lists)))


def fingerprint(folder: Path) -> str:
    """SHA-256 (hex) over the names and contents of the files."""
    digest = hashlib.sha256()
    for path in reference_files(folder):
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def reference_files(folder: Path) -> list[Path]:
    """The files that units are built from, in order of names."""
    dated = [path for files in _dated_files(folder).values() for path in files.values()]
    return sorted([*dated, *(folder / name for name in (UNIT_LIST_FILE, UNIT_LISTS_FILE, UNIT_CHANGES_FILE))])


def _dated_files(folder: Path) -> dict[date, dict[str, Path]]:
    """The files of each day, by what they are."""
    found: dict[date, dict[str, Path]] = defaultdict(dict)
    for kind in DATED_FILES:
        for path in folder.glob(f"{kind}_*.csv"):
            try:
                day = date.fromisoformat(path.stem.removeprefix(f"{kind}_"))
            except ValueError:
                raise UsageError(f"{path.name}: expected a name {kind}_YYYY-MM-DD.csv") from None
            found[day][kind] = path
    for files in found.values():
        if DIFFERENCES in files and COMMUNE_SUCCESSION not in files:
            raise UsageError(f"{files[DIFFERENCES].name}: there is no {COMMUNE_SUCCESSION} of that day that it could differ from")
    return found


def _read_lists(folder: Path) -> dict[date, dict[str, Listed]]:
    """The whole lists, by the first day on which each is in force."""
    in_force: dict[date, date] = {}
    for row in _rows(folder / UNIT_LISTS_FILE, ("snapshot_date", "in_force_from", "reason")):
        row.text("reason")
        in_force[row.day("snapshot_date")] = row.day("in_force_from")
    lists: dict[date, dict[str, Listed]] = {day: {} for day in sorted(in_force.values())}
    for row in _rows(folder / UNIT_LIST_FILE, ("snapshot_date", *_UNIT_COLUMNS)):
        snapshot = row.day("snapshot_date")
        if snapshot not in in_force:
            raise row.error("snapshot_date", f"expected one of {', '.join(map(str, in_force))} ({UNIT_LISTS_FILE})")
        _add_unit(lists[in_force[snapshot]], row)
    return lists


def _read_units_from(path: Path) -> dict[str, Listed]:
    units: dict[str, Listed] = {}
    for row in _rows(path, (*_UNIT_COLUMNS, "document")):
        row.text("document")
        _add_unit(units, row)
    return units


def _add_unit(units: dict[str, Listed], row: _Row) -> None:
    code = row.text("unit_code")
    if code in units:
        raise row.error("unit_code", "is twice in this list")
    level = row.choice("level", LEVELS)
    units[code] = Listed(
        level,
        row.text("unit_name"),
        row.text("unit_type"),
        None if level == "province" else row.text("parent_code"),
        row.number("latitude"),
        row.number("longitude"),
    )


def _amended(before: Mapping[str, Listed], renewed: frozenset[str], named: Mapping[str, Listed]) -> dict[str, Listed]:
    """The list of a day of which only what is new or otherwise is told: the rest goes on, where it lies too."""
    goes_on = {code: unit for code, unit in before.items() if code not in renewed}
    found = dict(goes_on)
    for code, unit in named.items():
        known = goes_on.get(code)
        found[code] = unit._replace(latitude=known.latitude, longitude=known.longitude) if known and unit.latitude is None else unit
    return found


class _Named(NamedTuple):
    """What the succession files of a day say of the units of a level; places and names are for messages."""

    rows: Mapping[str, _Row] = {}
    successors: Mapping[str, tuple[str, ...]] = {}
    not_whole: frozenset[str] = frozenset()
    goes_on: frozenset[str] = frozenset()

    def whole(self) -> dict[str, str]:
        """The one successor of each unit that went wholly into one."""
        return {old: new[0] for old, new in self.successors.items() if len(new) == 1 and old not in self.not_whole}

    def renewed(self) -> frozenset[str]:
        """All codes that are named, but those of units that go on."""
        return frozenset({*self.successors, *(new for codes in self.successors.values() for new in codes)}) - self.goes_on


def _read_commune_succession(path: Path, differences: Path | None) -> _Named:
    """What became of communes; one goes on as the same unit where it is whole, keeps its code, and took nothing in."""
    rows: dict[str, _Row] = {}
    successors: dict[str, dict[str, str]] = defaultdict(dict)
    columns = (
        "old_commune_code",
        "old_district_code",
        "old_province_code",
        "new_commune_code",
        "new_province_code",
        "partly_merged",
    )
    for row in _rows(path, columns):
        old, new = row.text("old_commune_code"), row.text("new_commune_code")
        rows.setdefault(f"{old} {new}", row)
        successors[old][new] = DIVIDED if row.flag("partly_merged") else WHOLE
    disputed = _add_other_list(rows, successors, differences) if differences else frozenset[str]()
    named = _Named(
        rows,
        {old: tuple(new) for old, new in successors.items()},
        disputed | {old for old, new in successors.items() if DIVIDED in new.values()},
    )
    predecessors = Counter(new for codes in named.successors.values() for new in codes)
    return named._replace(goes_on=frozenset(old for old, new in named.whole().items() if old == new and predecessors[new] == 1))


def _add_other_list(rows: dict[str, _Row], successors: dict[str, dict[str, str]], path: Path) -> frozenset[str]:
    """Take from the other list what ours knows nothing of; gives the communes about which the two disagree."""
    ours = {old: dict(new) for old, new in successors.items()}
    disputed: set[str] = set()
    for row in _rows(path, ("old_commune_code", "old_name", "new_commune_code", "new_name", "here", "other")):
        old, new = row.text("old_commune_code"), row.text("new_commune_code")
        here, other = (row.choice(name, (WHOLE, DIVIDED, "")) for name in ("here", "other"))
        if here != ours.get(old, {}).get(new, ""):
            raise row.error(
                "here", f"expected what {COMMUNE_SUCCESSION} of that day says of {old} and {new}, {ours.get(old, {}).get(new, '')!r}"
            )
        if here == other:
            raise row.error("other", "is the same, and no difference")
        if old in ours:
            disputed.add(old)
        if other:
            rows.setdefault(f"{old} {new}", row)
            successors[old].setdefault(new, other)
    return frozenset(disputed)


def _read_province_succession(path: Path) -> _Named:
    rows: dict[str, _Row] = {}
    successors: dict[str, tuple[str, ...]] = {}
    not_whole, goes_on = set(), set()
    for row in _rows(path, ("old_code", "old_name", "new_code", "new_name", "whole", "keeps_identity")):
        old, new = row.text("old_code"), row.text("new_code")
        if old in successors:
            raise row.error("old_code", "is twice in this file")
        rows[f"{old} {new}"] = row
        successors[old] = (new,)
        if not row.flag("whole"):
            not_whole.add(old)
        if row.flag("keeps_identity"):
            goes_on.add(old)
    return _Named(rows, successors, frozenset(not_whole), frozenset(goes_on))


def _check_named(
    named: _Named, level: str, before: Mapping[str, Listed], after: Mapping[str, Listed], day: date, *, are_old_known: bool
) -> None:
    """Refuse a succession that names units which are not there; `are_old_known`: the day before is told by the same hand, without defects."""
    is_province = level == "province"
    fields = ("old_code", "new_code") if is_province else ("old_commune_code", "new_commune_code")
    for pair, row in named.rows.items():
        old, new = pair.split(" ")
        if are_old_known and (old not in before or before[old].level != level):
            raise row.error(fields[0], f"expected a {level} of the day before")
        if new not in after or after[new].level != level:
            raise row.error(fields[1], f"expected a {level} of the list of {day}")
        if is_province:
            for field, code, units in (("old_name", old, before), ("new_name", new, after)):
                known = units[code].unit_name if code in units else None
                if known != row.text(field):
                    raise row.error(field, f"expected the name of province {code} in the lists, {known!r}")


def _check_ended(
    level: str, before: Mapping[str, Listed], after: Mapping[str, Listed], renewed: frozenset[str], named: _Named, place: str
) -> None:
    """Every unit of the level that ends has a line: without one its figures would silently end with it."""
    ended = {code for code, unit in before.items() if unit.level == level and (code not in after or code in renewed)}
    if missing := sorted(ended - named.successors.keys()):
        raise UsageError(f"{place}: expected a line for each {level} that ended; missing: {', '.join(missing)}")


def _check_goes_on(provinces: _Named) -> None:
    """Refuse a province that goes on though it is another now."""
    predecessors = Counter(new for codes in provinces.successors.values() for new in codes)
    whole = provinces.whole()
    for old in sorted(provinces.goes_on):
        if whole.get(old) != old or predecessors[old] > 1:
            raise provinces.rows[f"{old} {provinces.successors[old][0]}"].error(
                "keeps_identity", "expected false: only a province that is whole, alone and has the same code goes on"
            )


def _read_changes(path: Path, known_from: date) -> dict[ChangeKey, Change]:
    changes: dict[ChangeKey, Change] = {}
    columns = ("unit_code", "change", "assumed_on", "effective_on", "successor_code", "document")
    for row in _rows(path, columns):
        change, assumed_on, effective_on = row.choice("change", CHANGES), row.day("assumed_on"), row.day("effective_on")
        successor_code = row.optional("successor_code")
        key = (row.text("unit_code"), change, assumed_on)
        row.text("document")
        if key in changes:
            raise row.error("unit_code", f"has two lines for {change} assumed on {assumed_on}")
        if effective_on < known_from:
            raise row.error("effective_on", f"expected {known_from} or later: units are known from that day")
        if successor_code and change != "ends":
            raise row.error("successor_code", "is for the change 'ends' only")
        if change == "continues" and effective_on != assumed_on:
            raise row.error("effective_on", "expected the day of assumed_on where a unit continues")
        changes[key] = Change(row.place, effective_on, successor_code)
    return changes
