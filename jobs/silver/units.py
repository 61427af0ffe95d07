"""Administrative units: identities, versions of attributes, and the lineage that moves a fact to another day's unit.

The identity of a unit is (unit_code, valid_from), never the code: on 2025-07-01 the country's codes were used again
with another meaning. Everything here is built once, by pure functions, from four files of `warehouse_schema/reference`
(columns and known defects: its README):

* `administrative_unit_snapshot.csv`: the whole country on three days;
* `commune_succession_2025-07-01.csv`: old commune -> new commune(s);
* `province_succession.csv`: old province -> new province, and which of them keep their identity;
* `unit_changes.csv`: dated, documented changes that override what is assumed between the lists.
"""

from __future__ import annotations

import csv
import hashlib
import io
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from jobs.errors import UsageError
from jobs.settings import PROJECT_ROOT

REFERENCE_FOLDER = PROJECT_ROOT / "warehouse_schema" / "reference"
UNIT_LIST_FILE = "administrative_unit_snapshot.csv"
COMMUNE_SUCCESSION_FILE = "commune_succession_2025-07-01.csv"
PROVINCE_SUCCESSION_FILE = "province_succession.csv"
UNIT_CHANGES_FILE = "unit_changes.csv"
REFERENCE_FILES = (UNIT_LIST_FILE, COMMUNE_SUCCESSION_FILE, PROVINCE_SUCCESSION_FILE, UNIT_CHANGES_FILE)

UNITS_KNOWN_FROM = date(2021, 1, 1)
REFORM_DAY = date(2025, 7, 1)
"""The day on which the district level was abolished and provinces and communes were merged."""

# An assumption, shown in the README: what differs between the first two lists differs from 2025-01-01 on.
LIST_IN_FORCE_FROM = {
    date(2023, 5, 7): UNITS_KNOWN_FROM,
    date(2025, 1, 4): date(2025, 1, 1),
    date(2025, 7, 1): REFORM_DAY,
}

LEVELS = ("province", "district", "commune")
RURAL_UNIT_TYPE = "Xã"
CHANGES = ("begins", "ends", "changes", "continues")

_ONE_DAY = timedelta(days=1)

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
    district and province of those days. A segment told only at province level has the province as `at_unit` and no
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


class _Timelines(Generic[K, V]):
    """For each key its spans of days in order, looked up by bisection."""

    def __init__(self, spans: Iterable[tuple[K, date, date | None, V]]) -> None:
        """Take (key, from_day, to_day, value), in order of days within a key."""
        self._from_days: dict[K, list[date]] = defaultdict(list)
        self._spans: dict[K, list[tuple[date | None, V]]] = defaultdict(list)
        for key, from_day, to_day, value in spans:
            self._from_days[key].append(from_day)
            self._spans[key].append((to_day, value))

    def at(self, key: K, day: date) -> V | None:
        from_days = self._from_days.get(key)
        position = bisect_right(from_days, day) - 1 if from_days else -1
        if position < 0:
            return None
        to_day, value = self._spans[key][position]
        return value if to_day is None or day <= to_day else None

    def of(self, key: K) -> tuple[V, ...]:
        return tuple(value for _, value in self._spans.get(key, ()))


class Units:
    """The read model of units: which unit a code meant, and for which unit a fact counts on another day.

    `versions` and `lineage` are sorted by identity and day; `fingerprint` is the SHA-256 of the reference files, so
    that a change of reference data is seen by comparing one string.
    """

    def __init__(self, versions: Iterable[UnitVersion], lineage: Iterable[LineageSegment], fingerprint: str) -> None:
        self.versions = tuple(sorted(versions, key=lambda v: (v.unit_code, v.unit_valid_from, v.version_from)))
        self.lineage = tuple(sorted(lineage, key=lambda s: (s.unit_code, s.unit_valid_from, s.from_day)))
        self.fingerprint = fingerprint
        lives = {UnitId(v.unit_code, v.unit_valid_from): v.unit_valid_to for v in self.versions}
        self._identities = _Timelines((unit.code, unit.valid_from, valid_to, unit) for unit, valid_to in lives.items())
        self._versions = _Timelines((UnitId(v.unit_code, v.unit_valid_from), v.version_from, v.version_to, v) for v in self.versions)
        self._lineage = _Timelines((UnitId(s.unit_code, s.unit_valid_from), s.from_day, s.to_day, s) for s in self.lineage)

    def identity_at(self, code: str, day: date) -> UnitId | None:
        """What a code written on that day means; None when no unit had the code then."""
        return self._identities.at(code, day)

    def place(self, unit: UnitId, day: date) -> LineageSegment | None:
        """For which unit, district and province a fact of `unit` counts on that day; None when it cannot be decided."""
        return self._lineage.at(unit, day)

    def segments_of(self, unit: UnitId) -> tuple[LineageSegment, ...]:
        """The lineage of `unit` in order of days; empty for an identity that is not known."""
        return self._lineage.of(unit)

    def version_at(self, unit: UnitId, day: date) -> UnitVersion | None:
        """The attributes of `unit` on that day; None outside its life."""
        return self._versions.at(unit, day)


@lru_cache(maxsize=1)
def load_units() -> Units:
    """The units of the shipped reference files, read once a process.

    Raises:
        UsageError: a reference file is missing or wrong; the message names file, line and field.
    """
    return read_units(REFERENCE_FOLDER)


def read_units(folder: Path) -> Units:
    """The units of the four reference files in `folder`.

    Raises:
        UsageError: a file is missing or wrong; the message names file, line and field.
    """
    reference = _read_reference(folder)
    lives = _lives(reference)
    versions = _versions(lives)
    return Units(
        (version for versions_of_code in versions.values() for version in versions_of_code),
        _lineage(lives, versions, reference),
        _fingerprint(folder),
    )


# --- reading the reference files --------------------------------------------------------------------------------------


class _Listed(NamedTuple):
    """A unit as one list has it."""

    level: str
    unit_name: str
    unit_type: str
    parent_code: str | None
    latitude: float | None
    longitude: float | None

    def has_attributes_of(self, other: _Listed) -> bool:
        return self[:4] == other[:4]


class _ProvinceSuccession(NamedTuple):
    """What became of a province on the day of the reform."""

    new_code: str
    whole: bool
    keeps_identity: bool


class _Change(NamedTuple):
    """A documented change that overrides an assumption."""

    place: str
    effective_on: date
    successor_code: str | None


ChangeKey = tuple[str, str, date]
"""(unit_code, change, assumed_on)."""


class _Reference(NamedTuple):
    """The reference files, parsed; lists in order of days."""

    lists: Mapping[date, Mapping[str, _Listed]]
    whole_successors: Mapping[str, str]
    kept_communes: frozenset[str]
    provinces: Mapping[str, _ProvinceSuccession]
    changes: Mapping[ChangeKey, _Change]


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


def _read_reference(folder: Path) -> _Reference:
    lists = _read_lists(folder / UNIT_LIST_FILE)
    whole_successors, kept_communes = _read_commune_succession(folder / COMMUNE_SUCCESSION_FILE, lists)
    return _Reference(
        lists=lists,
        whole_successors=whole_successors,
        kept_communes=kept_communes,
        provinces=_read_province_succession(folder / PROVINCE_SUCCESSION_FILE, lists),
        changes=_read_changes(folder / UNIT_CHANGES_FILE),
    )


def _fingerprint(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in REFERENCE_FILES:
        content = (folder / name).read_bytes()
        digest.update(f"{name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _read_lists(path: Path) -> dict[date, dict[str, _Listed]]:
    lists: dict[date, dict[str, _Listed]] = {day: {} for day in sorted(LIST_IN_FORCE_FROM.values())}
    columns = ("snapshot_date", "unit_code", "level", "unit_name", "unit_type", "parent_code", "latitude", "longitude")
    for row in _rows(path, columns):
        in_force_from = LIST_IN_FORCE_FROM.get(row.day("snapshot_date"))
        if in_force_from is None:
            raise row.error("snapshot_date", f"expected one of {', '.join(map(str, LIST_IN_FORCE_FROM))}")
        units = lists[in_force_from]
        code = row.text("unit_code")
        if code in units:
            raise row.error("unit_code", "is twice in this list")
        level = row.choice("level", LEVELS)
        units[code] = _Listed(
            level,
            row.text("unit_name"),
            row.text("unit_type"),
            None if level == "province" else row.text("parent_code"),
            row.number("latitude"),
            row.number("longitude"),
        )
    return lists


def _read_commune_succession(path: Path, lists: Mapping[date, Mapping[str, _Listed]]) -> tuple[dict[str, str], frozenset[str]]:
    """The communes that went wholly into one new commune, and those among them that go on as the same unit."""
    successors: dict[str, list[str]] = defaultdict(list)
    divided: set[str] = set()
    columns = (
        "old_commune_code",
        "old_district_code",
        "old_province_code",
        "new_commune_code",
        "new_province_code",
        "partly_merged",
    )
    for row in _rows(path, columns):
        old_code, new_code = row.text("old_commune_code"), row.text("new_commune_code")
        if new_code not in lists[REFORM_DAY]:
            raise row.error("new_commune_code", f"expected a commune of the list of {REFORM_DAY}")
        successors[old_code].append(new_code)
        if row.flag("partly_merged"):
            divided.add(old_code)
    predecessors = Counter(new_code for new_codes in successors.values() for new_code in new_codes)
    whole = {old: new[0] for old, new in successors.items() if len(new) == 1 and old not in divided}
    kept = frozenset(old for old, new in whole.items() if old == new and predecessors[new] == 1)
    return whole, kept


def _read_province_succession(path: Path, lists: Mapping[date, Mapping[str, _Listed]]) -> dict[str, _ProvinceSuccession]:
    before_reform = lists[max(day for day in lists if day < REFORM_DAY)]
    old_names = {code: unit.unit_name for code, unit in before_reform.items() if unit.level == "province"}
    new_names = {code: unit.unit_name for code, unit in lists[REFORM_DAY].items() if unit.level == "province"}
    rows: dict[str, _Row] = {}
    successions: dict[str, _ProvinceSuccession] = {}
    columns = ("old_code", "old_name", "new_code", "new_name", "whole", "keeps_identity")
    for row in _rows(path, columns):
        old_code, new_code = row.text("old_code"), row.text("new_code")
        if old_code in rows:
            raise row.error("old_code", "is twice in this file")
        for field, code, names in (("old_name", old_code, old_names), ("new_name", new_code, new_names)):
            if names.get(code) != row.text(field):
                raise row.error(field, f"expected the name of province {code} in the lists, {names.get(code)!r}")
        rows[old_code] = row
        successions[old_code] = _ProvinceSuccession(new_code, row.flag("whole"), row.flag("keeps_identity"))
    missing = sorted(old_names.keys() - rows.keys())
    if missing:
        raise UsageError(f"{path.name}: expected a line for each province; missing: {', '.join(missing)}")
    predecessors = Counter(succession.new_code for succession in successions.values())
    for old_code, succession in successions.items():
        alone = succession.new_code == old_code and predecessors[old_code] == 1 and succession.whole
        if succession.keeps_identity and not alone:
            raise rows[old_code].error(
                "keeps_identity", "expected false: only a province that is whole, alone and has the same code goes on"
            )
    return successions


def _read_changes(path: Path) -> dict[ChangeKey, _Change]:
    changes: dict[ChangeKey, _Change] = {}
    columns = ("unit_code", "change", "assumed_on", "effective_on", "successor_code", "document")
    for row in _rows(path, columns):
        change, assumed_on, effective_on = row.choice("change", CHANGES), row.day("assumed_on"), row.day("effective_on")
        successor_code = row.optional("successor_code")
        key = (row.text("unit_code"), change, assumed_on)
        row.text("document")
        if key in changes:
            raise row.error("unit_code", f"has two lines for {change} assumed on {assumed_on}")
        if effective_on < UNITS_KNOWN_FROM:
            raise row.error("effective_on", f"expected {UNITS_KNOWN_FROM} or later: units are known from that day")
        if successor_code and change != "ends":
            raise row.error("successor_code", "is for the change 'ends' only")
        if change == "continues" and effective_on != assumed_on:
            raise row.error("effective_on", "expected the day of assumed_on where a unit continues")
        changes[key] = _Change(row.place, effective_on, successor_code)
    return changes


# --- identities -------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Life:
    """An identity with its attributes in order of days; `valid_to` None = open."""

    unit: UnitId
    eras: list[tuple[date, _Listed]]
    valid_to: date | None = None
    successor_code: str | None = None
    """Said outright by a documented change."""

    @property
    def level(self) -> str:
        return self.eras[0][1].level


def _lives(reference: _Reference) -> dict[str, list[_Life]]:
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


def _lives_of_code(code: str, reference: _Reference, applied: set[ChangeKey]) -> list[_Life]:
    def documented(change: str, assumed_on: date) -> _Change | None:
        key = (code, change, assumed_on)
        if key in reference.changes:
            applied.add(key)
        return reference.changes.get(key)

    def day_of(change: str, assumed_on: date) -> date:
        override = documented(change, assumed_on)
        return override.effective_on if override else assumed_on

    lives: list[_Life] = []
    current: _Life | None = None
    for in_force_from, units in reference.lists.items():
        listed = units.get(code)
        if current and not (listed and _continues(code, listed.level, in_force_from, reference, documented)):
            ending = documented("ends", in_force_from)
            current.valid_to = (ending.effective_on if ending else in_force_from) - _ONE_DAY
            current.successor_code = ending.successor_code if ending else None
            current = None
        if listed and not current:
            begins = day_of("begins", in_force_from)
            current = _Life(UnitId(code, begins), [(begins, listed)])
            lives.append(current)
        elif listed and current:
            from_day, known = current.eras[-1]
            if listed.has_attributes_of(known):
                current.eras[-1] = (from_day, listed if listed.latitude is not None else known)
            else:
                current.eras.append((day_of("changes", in_force_from), listed))
    _check_order(code, lives)
    return lives


def _continues(
    code: str,
    level: str,
    in_force_from: date,
    reference: _Reference,
    documented: Callable[[str, date], _Change | None],
) -> bool:
    """Whether a code that is in two lists running means the same unit in both (domain rule: identity).

    Between other lists it does: a new name, type or parent is a new version. On the day of the reform a commune goes on
    only where succession is whole, one to one and the code the same; a province only by the explicit list.
    """
    if in_force_from != REFORM_DAY:
        return True
    if level == "province":
        return code in reference.provinces and reference.provinces[code].keeps_identity
    return code in reference.kept_communes or documented("continues", in_force_from) is not None


def _check_order(code: str, lives: list[_Life]) -> None:
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


# --- versions ---------------------------------------------------------------------------------------------------------


class _Parents(NamedTuple):
    """The parent and the province of a unit on some days."""

    parent: UnitId | None
    province: UnitId


def _versions(lives: Mapping[str, list[_Life]]) -> dict[str, list[UnitVersion]]:
    """The versions of each code's identities, in order of days."""
    versions: dict[str, list[UnitVersion]] = {}
    for level in LEVELS:
        for code, lives_of_code in lives.items():
            if lives_of_code[0].level == level:
                versions[code] = [version for life in lives_of_code for version in _versions_of(life, versions)]
    return versions


def _versions_of(life: _Life, parents: Mapping[str, list[UnitVersion]]) -> Iterator[UnitVersion]:
    ends = [from_day - _ONE_DAY for from_day, _ in life.eras[1:]]
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
    listed: _Listed,
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
        overlaps = _is_open_or_reaches(parent.version_to, era_from) and _is_open_or_reaches(era_to, parent.version_from)
        if not overlaps:
            continue
        from_day, to_day = max(era_from, parent.version_from), _earlier(era_to, parent.version_to)
        if from_day != next_day:
            break
        of_days = _Parents(UnitId(parent.unit_code, parent.unit_valid_from), UnitId(parent.province_code, parent.province_valid_from))
        if spans and spans[-1][2] == of_days:
            spans[-1] = (spans[-1][0], to_day, of_days)
        else:
            spans.append((from_day, to_day, of_days))
        next_day = to_day + _ONE_DAY if to_day else None
    if not spans or spans[-1][1] != era_to:
        raise UsageError(
            f"{UNIT_LIST_FILE}, {UNIT_CHANGES_FILE}: unit {unit.code!r} has the parent {listed.parent_code!r}"
            f" from {era_from} to {era_to or 'now'}, but that unit is not valid on all of these days"
        )
    return spans


def _is_open_or_reaches(last_day: date | None, day: date) -> bool:
    return last_day is None or last_day >= day


def _earlier(one: date | None, other: date | None) -> date | None:
    if one is None or other is None:
        return one or other
    return min(one, other)


# --- lineage ----------------------------------------------------------------------------------------------------------


class _Span(NamedTuple):
    """A lineage segment that does not yet say whose it is."""

    from_day: date
    to_day: date | None
    at_unit: UnitId
    at_level: str
    district: UnitId | None
    province: UnitId


def _lineage(
    lives: Mapping[str, list[_Life]], versions: Mapping[str, list[UnitVersion]], reference: _Reference
) -> Iterator[LineageSegment]:
    versions_of: dict[UnitId, list[UnitVersion]] = defaultdict(list)
    for versions_of_code in versions.values():
        for version in versions_of_code:
            versions_of[UnitId(version.unit_code, version.unit_valid_from)].append(version)
    own = {unit: _own_spans(unit, of_unit) for unit, of_unit in versions_of.items()}
    successors = {life.unit: _successor(life, lives, reference) for of_code in lives.values() for life in of_code}
    finished: dict[UnitId, list[_Span]] = {}

    def spans(unit: UnitId) -> list[_Span]:
        if unit not in finished:
            finished[unit] = _before(unit) + own[unit] + _after(unit)
        return finished[unit]

    def _before(unit: UnitId) -> list[_Span]:
        """Before a unit was there, only its province can be told, if that was already the same one."""
        first = own[unit][0]
        if first.at_level == "province":
            return []
        return _clip(own[first.province], None, first.from_day - _ONE_DAY)

    def _after(unit: UnitId) -> list[_Span]:
        """After its end a unit counts for its whole successor, else only for what continues its province."""
        last = own[unit][-1]
        if last.to_day is None:
            return []
        successor = successors[unit]
        if successor is not None:
            return _clip(spans(successor), last.to_day + _ONE_DAY, None)
        if last.at_level == "province":
            return []
        # After the reform there is no district level, and nothing tells which new units a district's fact belongs to.
        until = REFORM_DAY - _ONE_DAY if last.at_level == "district" else None
        return _clip(spans(last.province), last.to_day + _ONE_DAY, until)

    for unit in own:
        for span in spans(unit):
            yield LineageSegment(
                unit_code=unit.code,
                unit_valid_from=unit.valid_from,
                from_day=span.from_day,
                to_day=span.to_day,
                at_unit_code=span.at_unit.code,
                at_unit_valid_from=span.at_unit.valid_from,
                at_unit_level=span.at_level,
                district_code=span.district.code if span.district else None,
                district_valid_from=span.district.valid_from if span.district else None,
                province_code=span.province.code,
                province_valid_from=span.province.valid_from,
            )


def _own_spans(unit: UnitId, versions: list[UnitVersion]) -> list[_Span]:
    """The life of a unit, cut where its district or province becomes another."""
    spans: list[_Span] = []
    for version in versions:
        span = _Span(
            version.version_from,
            version.version_to,
            unit,
            version.level,
            _district_of(unit, version),
            UnitId(version.province_code, version.province_valid_from),
        )
        if spans and spans[-1][2:] == span[2:]:
            spans[-1] = spans[-1]._replace(to_day=span.to_day)
        else:
            spans.append(span)
    return spans


def _district_of(unit: UnitId, version: UnitVersion) -> UnitId | None:
    if version.level == "district":
        return unit
    if version.parent_code is None or version.parent_valid_from is None:
        return None
    parent = UnitId(version.parent_code, version.parent_valid_from)
    return None if parent == (version.province_code, version.province_valid_from) else parent


def _clip(spans: Iterable[_Span], from_day: date | None, to_day: date | None) -> list[_Span]:
    clipped = (
        span._replace(
            from_day=span.from_day if from_day is None else max(span.from_day, from_day),
            to_day=_earlier(span.to_day, to_day),
        )
        for span in spans
    )
    return [span for span in clipped if span.to_day is None or span.from_day <= span.to_day]


def _successor(life: _Life, lives: Mapping[str, list[_Life]], reference: _Reference) -> UnitId | None:
    """The unit that wholly continues an ended one; None when it goes on, was divided, or nothing is known."""
    if life.valid_to is None:
        return None
    next_day = life.valid_to + _ONE_DAY
    code = life.successor_code
    if code is None and next_day == REFORM_DAY:
        code = _successor_on_reform_day(life, reference)
    if code is None:
        return None
    for candidate in lives.get(code, ()):
        lives_then = candidate.unit.valid_from <= next_day and _is_open_or_reaches(candidate.valid_to, next_day)
        if lives_then and candidate.unit != life.unit:
            return candidate.unit
    raise UsageError(f"{UNIT_CHANGES_FILE}: unit {life.unit.code!r}: its successor {code!r} is not valid on {next_day}")


def _successor_on_reform_day(life: _Life, reference: _Reference) -> str | None:
    if life.level == "province":
        succession = reference.provinces[life.unit.code]
        return succession.new_code if succession.whole else None
    return reference.whole_successors.get(life.unit.code)
