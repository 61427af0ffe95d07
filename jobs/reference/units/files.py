"""The files of `warehouse_schema/reference` that units are built from (columns and known defects: its README).

* `administrative_unit_snapshot.csv`: the whole country on three days;
* `commune_succession_2025-07-01.csv`: old commune -> new commune(s);
* `province_succession.csv`: old province -> new province, and which of them keep their identity;
* `unit_changes.csv`: dated, documented changes that override what is assumed between the lists.
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
from jobs.reference.units.model import LEVELS, REFORM_DAY, UNITS_KNOWN_FROM
from jobs.settings import PROJECT_ROOT

REFERENCE_FOLDER = PROJECT_ROOT / "warehouse_schema" / "reference"
UNIT_LIST_FILE = "administrative_unit_snapshot.csv"
COMMUNE_SUCCESSION_FILE = "commune_succession_2025-07-01.csv"
PROVINCE_SUCCESSION_FILE = "province_succession.csv"
UNIT_CHANGES_FILE = "unit_changes.csv"
REFERENCE_FILES = (UNIT_LIST_FILE, COMMUNE_SUCCESSION_FILE, PROVINCE_SUCCESSION_FILE, UNIT_CHANGES_FILE)
# An assumption, shown in the README: what differs between the first two lists differs from 2025-01-01 on.
LIST_IN_FORCE_FROM = {
    date(2023, 5, 7): UNITS_KNOWN_FROM,
    date(2025, 1, 4): date(2025, 1, 1),
    date(2025, 7, 1): REFORM_DAY,
}
CHANGES = ("begins", "ends", "changes", "continues")


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


class ProvinceSuccession(NamedTuple):
    """What became of a province on the day of the reform."""

    new_code: str
    whole: bool
    keeps_identity: bool


class Change(NamedTuple):
    """A documented change that overrides an assumption."""

    place: str
    effective_on: date
    successor_code: str | None


ChangeKey = tuple[str, str, date]
"""(unit_code, change, assumed_on)."""


class Reference(NamedTuple):
    """The reference files, parsed; lists in order of days."""

    lists: Mapping[date, Mapping[str, Listed]]
    commune_successors: Mapping[str, tuple[str, ...]]
    whole_successors: Mapping[str, str]
    kept_communes: frozenset[str]
    provinces: Mapping[str, ProvinceSuccession]
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
    """What the four files of a folder say.

    Raises:
        UsageError: a file is missing or wrong; the message names file, line and field.
    """
    lists = _read_lists(folder / UNIT_LIST_FILE)
    successors, whole_successors, kept_communes = _read_commune_succession(folder / COMMUNE_SUCCESSION_FILE, lists)
    return Reference(
        lists=lists,
        commune_successors=successors,
        whole_successors=whole_successors,
        kept_communes=kept_communes,
        provinces=_read_province_succession(folder / PROVINCE_SUCCESSION_FILE, lists),
        changes=_read_changes(folder / UNIT_CHANGES_FILE),
    )


def fingerprint(folder: Path) -> str:
    """SHA-256 (hex) over the names and contents of the files."""
    digest = hashlib.sha256()
    for name in REFERENCE_FILES:
        content = (folder / name).read_bytes()
        digest.update(f"{name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _read_lists(path: Path) -> dict[date, dict[str, Listed]]:
    lists: dict[date, dict[str, Listed]] = {day: {} for day in sorted(LIST_IN_FORCE_FROM.values())}
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
        units[code] = Listed(
            level,
            row.text("unit_name"),
            row.text("unit_type"),
            None if level == "province" else row.text("parent_code"),
            row.number("latitude"),
            row.number("longitude"),
        )
    return lists


def _read_commune_succession(
    path: Path, lists: Mapping[date, Mapping[str, Listed]]
) -> tuple[dict[str, tuple[str, ...]], dict[str, str], frozenset[str]]:
    """All successors of each commune; the communes that went wholly into one; those among them that go on as the same unit."""
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
    return {old: tuple(dict.fromkeys(new)) for old, new in successors.items()}, whole, kept


def _read_province_succession(path: Path, lists: Mapping[date, Mapping[str, Listed]]) -> dict[str, ProvinceSuccession]:
    before_reform = lists[max(day for day in lists if day < REFORM_DAY)]
    old_names = {code: unit.unit_name for code, unit in before_reform.items() if unit.level == "province"}
    new_names = {code: unit.unit_name for code, unit in lists[REFORM_DAY].items() if unit.level == "province"}
    rows: dict[str, _Row] = {}
    successions: dict[str, ProvinceSuccession] = {}
    columns = ("old_code", "old_name", "new_code", "new_name", "whole", "keeps_identity")
    for row in _rows(path, columns):
        old_code, new_code = row.text("old_code"), row.text("new_code")
        if old_code in rows:
            raise row.error("old_code", "is twice in this file")
        for field, code, names in (("old_name", old_code, old_names), ("new_name", new_code, new_names)):
            if names.get(code) != row.text(field):
                raise row.error(field, f"expected the name of province {code} in the lists, {names.get(code)!r}")
        rows[old_code] = row
        successions[old_code] = ProvinceSuccession(new_code, row.flag("whole"), row.flag("keeps_identity"))
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


def _read_changes(path: Path) -> dict[ChangeKey, Change]:
    changes: dict[ChangeKey, Change] = {}
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
        changes[key] = Change(row.place, effective_on, successor_code)
    return changes
