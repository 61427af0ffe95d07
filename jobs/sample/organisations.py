"""The province's organisations, and the registry rows that declare them.

Units are read here straight from the reference list, so that the truth does not rest on the pipeline's own reading of it.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from jobs.errors import UsageError
from jobs.sample.plan import SamplePlan
from jobs.sample.vocabulary import ProvincePeriod, Vocabulary
from jobs.settings import PROJECT_ROOT

REFERENCE = PROJECT_ROOT / "warehouse_schema" / "reference"
UNIT_LISTS = {date(2021, 1, 1): "2023-05-07", date(2025, 1, 1): "2025-01-04", date(2025, 7, 1): "2025-07-01"}
"""First day on which each list of units is in force, and the list's date (domain: the first list from 2021-01-01)."""
REFORM = date(2025, 7, 1)

FIRST_DISTRICT_SERIAL = 40
FIRST_COMMUNE_SERIAL = 20
FIRST_NEW_COMMUNE_SERIAL = 200
FIRST_NEW_DEPARTMENT_SERIAL = 100
IRREGULAR_EVERY = 7

REGISTRY_COLUMNS = (
    "organ_id",
    "organ_name",
    "level",
    "unit_code",
    "old_organ_id",
    "valid_from",
    "valid_to",
    "updated_at",
    "deleted",
)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as one list has it; `rural` is true for communes of type Xã. Coordinates are degrees, where known."""

    code: str
    level: str
    name: str
    rural: bool
    parent_code: str
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation that sends records. Grain: (organ_id, valid_from).

    `kind` is department, district_committee, district_office or commune_committee; `level` the agency's level; `valid_to`
    the last day that counts, None where it does not end within the sample; `declared_on` the day it enters the registry.
    """

    organ_id: str
    old_organ_id: str | None
    name: str
    kind: str
    level: str
    unit_code: str
    unit_name: str
    valid_from: date
    valid_to: date | None
    declared_on: date

    def valid_on(self, day: date) -> bool:
        """Whether the organisation exists on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@lru_cache(maxsize=1)
def _all_units() -> Mapping[str, Mapping[str, Unit]]:
    lists: dict[str, dict[str, Unit]] = defaultdict(dict)
    with (REFERENCE / "administrative_unit_snapshot.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            lists[row["snapshot_date"]][row["unit_code"]] = Unit(
                row["unit_code"],
                row["level"],
                row["unit_name"],
                row["level"] == "commune" and row["unit_type"] == "Xã",
                row["parent_code"],
                float(row["latitude"]) if row["latitude"] else None,
                float(row["longitude"]) if row["longitude"] else None,
            )
    return lists


@lru_cache(maxsize=1)
def successors() -> Mapping[str, str]:
    """For each commune that ended on 2025-06-30 the first of its known successors."""
    found: dict[str, str] = {}
    with (REFERENCE / "commune_succession_2025-07-01.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["old_commune_code"], row["new_commune_code"])
    with (REFERENCE / "succession_differences_2025-07-01.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["old_commune_code"], row["new_commune_code"])
    return found


def list_start(day: date) -> date:
    """The first day of the list of units that is in force on a day."""
    return max(start for start in UNIT_LISTS if start <= day)


def units_of_province(province: str, day: date) -> dict[str, Unit]:
    """The districts and communes of a province on a day, by code; empty where the province does not exist then."""
    units = _all_units()[UNIT_LISTS[list_start(day)]]
    if province not in units:
        return {}
    districts = {code for code, unit in units.items() if unit.level == "district" and unit.parent_code == province}
    parents = {province, *districts}
    return {code: unit for code, unit in units.items() if unit.parent_code in parents}


def province_name(province: str, day: date) -> str:
    """The name of a province on a day."""
    return _all_units()[UNIT_LISTS[list_start(day)]][province].name


def periods_of_plan(plan: SamplePlan, vocabulary: Vocabulary) -> tuple[ProvincePeriod, ...]:
    """The identities of the province that the sample touches.

    Raises:
        UsageError: the vocabulary does not know the province, or it does not exist on all days of the sample.
    """
    periods = vocabulary.province_periods(plan.province)
    last = periods[-1].valid_to
    if last is not None and last < plan.date_to:
        raise UsageError(f"sample: --province {plan.province} ended on {last}; --to {plan.date_to} is after it")
    return tuple(
        period for period in periods if period.valid_from <= plan.date_to and (period.valid_to is None or plan.date_from <= period.valid_to)
    )


def _swap_some(codes: list[str]) -> list[str]:
    """Old codes of siblings of which some changed places when new codes were issued, so that only the table maps them."""
    swapped = list(codes)
    for position in range(3, len(codes) - 1, IRREGULAR_EVERY):
        swapped[position], swapped[position + 1] = swapped[position + 1], swapped[position]
    return swapped


@dataclass(frozen=True, slots=True)
class _Numbering:
    """The identifiers of a province's organisations; the same whatever days a sample has."""

    level_1: str
    districts: Mapping[str, int]
    communes: Mapping[str, tuple[int, int]]

    def old_codes(self, serials: Sequence[int], pattern: str) -> dict[int, str]:
        codes = [pattern.format(serial) + self.level_1 for serial in serials]
        return dict(zip(serials, _swap_some(codes), strict=True))


def _numbering(province: str, level_1: str) -> _Numbering:
    """Districts and communes of both lists before July 2025, numbered by code within the first district they lay in."""
    union: dict[str, Unit] = {}
    for start in (start for start in sorted(UNIT_LISTS) if start < REFORM):
        for code, unit in units_of_province(province, start).items():
            union.setdefault(code, unit)
    district_codes = sorted(code for code, unit in union.items() if unit.level == "district")
    districts = {code: FIRST_DISTRICT_SERIAL + index for index, code in enumerate(district_codes)}
    serials = dict.fromkeys(districts.values(), FIRST_COMMUNE_SERIAL)
    communes: dict[str, tuple[int, int]] = {}
    for code in sorted(code for code, unit in union.items() if unit.level == "commune"):
        district = districts[union[code].parent_code]
        communes[code] = (district, serials[district])
        serials[district] += 1
    return _Numbering(level_1, districts, communes)


def build_organisations(plan: SamplePlan, vocabulary: Vocabulary) -> tuple[Organisation, ...]:
    """All organisations that exist on some day of the sample, in a fixed order.

    Departments go on where the province does. Organisations of districts and communes end with the unit (2024-12-31
    where the list of January 2025 lacks it, else 2025-06-30) where the sample goes on after that day; communes from July
    2025 have new organisations.

    Raises:
        UsageError: as `periods_of_plan`.
    """
    organisations: list[Organisation] = []
    for period in periods_of_plan(plan, vocabulary):
        organisations += _departments(plan, period, vocabulary)
    if plan.date_from < REFORM:
        level_1 = vocabulary.province_periods(plan.province)[0].level_1
        organisations += _before_reform(plan, level_1, vocabulary)
    if plan.date_to >= REFORM:
        level_1 = vocabulary.province_periods(plan.province)[-1].level_1
        organisations += _new_communes(plan, level_1, vocabulary)
    return tuple(organisations)


def _departments(plan: SamplePlan, period: ProvincePeriod, vocabulary: Vocabulary) -> list[Organisation]:
    begins_anew = period.valid_from >= REFORM
    names = vocabulary.departments_from_2025_07 if begins_anew else vocabulary.departments
    first = FIRST_NEW_DEPARTMENT_SERIAL if begins_anew else 1
    serials = range(first, first + len(names))
    old_codes = {} if begins_anew else _Numbering(period.level_1, {}, {}).old_codes(serials, "000.00.{:02d}.")
    declared_on = max(plan.date_from, period.valid_from)
    place = province_name(plan.province, declared_on)
    place = place[0].lower() + place[1:]
    ends = period.valid_to if period.valid_to and period.valid_to < plan.date_to else None
    return [
        Organisation(
            organ_id=f"{period.level_1}.{serial}",
            old_organ_id=old_codes.get(serial),
            name=vocabulary.marked(f"{name} {place}"),
            kind="department",
            level="province",
            unit_code=plan.province,
            unit_name=place,
            valid_from=period.valid_from,
            valid_to=ends,
            declared_on=declared_on,
        )
        for serial, name in zip(serials, names, strict=True)
    ]


def _before_reform(plan: SamplePlan, level_1: str, vocabulary: Vocabulary) -> list[Organisation]:
    numbering = _numbering(plan.province, level_1)
    offices = dict(enumerate(vocabulary.district_offices, start=1))
    district_old = numbering.old_codes(sorted(numbering.districts.values()), "000.00.{:02d}.")
    below_district_old = {
        district: numbering.old_codes(
            [*offices, *sorted(serial for parent, serial in numbering.communes.values() if parent == district)],
            f"000.{{:02d}}.{district:02d}.",
        )
        for district in numbering.districts.values()
    }
    organisations: list[Organisation] = []
    for unit, valid_from, valid_to, declared_on in _units_before_reform(plan):
        if unit.level == "district":
            district = numbering.districts[unit.code]
            codes = [(f"{level_1}.{district}", district_old[district], "Ủy ban nhân dân", "district_committee")]
            codes += [
                (f"{level_1}.{district}.{serial}", below_district_old[district][serial], office, "district_office")
                for serial, office in offices.items()
            ]
        else:
            district, serial = numbering.communes[unit.code]
            old_organ_id = below_district_old[district][serial]
            codes = [(f"{level_1}.{district}.{serial}", old_organ_id, "Ủy ban nhân dân", "commune_committee")]
        organisations += [
            Organisation(
                organ_id=organ_id,
                old_organ_id=old_organ_id,
                name=vocabulary.marked(f"{name} {unit.name}"),
                kind=kind,
                level=unit.level,
                unit_code=unit.code,
                unit_name=unit.name,
                valid_from=valid_from,
                valid_to=valid_to,
                declared_on=declared_on,
            )
            for organ_id, old_organ_id, name, kind in codes
        ]
    return organisations


def _units_before_reform(plan: SamplePlan) -> Iterable[tuple[Unit, date, date | None, date]]:
    """(unit, valid_from, valid_to, declared_on) of the districts and communes of the sample's days before July 2025."""
    first_start, second_start = (start for start in sorted(UNIT_LISTS) if start < REFORM)
    first = units_of_province(plan.province, first_start)
    second = units_of_province(plan.province, second_start)
    seen: set[str] = set()
    for start, units in ((first_start, first), (second_start, second)):
        next_start = second_start if start == first_start else REFORM
        if plan.date_to < start or plan.date_from >= next_start:
            continue
        for code, unit in sorted(units.items(), key=lambda item: (item[1].level != "district", item[0])):
            if code in seen:
                continue
            seen.add(code)
            last_day = (REFORM if code in second else second_start) - timedelta(days=1)
            yield (
                unit,
                first_start if code in first else second_start,
                last_day if last_day < plan.date_to else None,
                max(plan.date_from, start),
            )


def _new_communes(plan: SamplePlan, level_1: str, vocabulary: Vocabulary) -> list[Organisation]:
    units = units_of_province(plan.province, REFORM)
    return [
        Organisation(
            organ_id=f"{level_1}.{FIRST_NEW_COMMUNE_SERIAL + index}",
            old_organ_id=None,
            name=vocabulary.marked(f"Ủy ban nhân dân {unit.name}"),
            kind="commune_committee",
            level="commune",
            unit_code=code,
            unit_name=unit.name,
            valid_from=REFORM,
            valid_to=None,
            declared_on=max(plan.date_from, REFORM),
        )
        for index, (code, unit) in enumerate(sorted(units.items()))
    ]


def registry_files(organisations: Sequence[Organisation]) -> dict[date, list[dict[str, str]]]:
    """The rows of `registry/organisations` by the day of the sheet.

    New organisations are written at 07:00 of their first day in the sample; ends are written at 17:00 of the last day, when
    codes still mean the old units, and are in the sheet of the next day.
    """
    files: dict[date, list[dict[str, str]]] = defaultdict(list)
    for organisation in organisations:
        written_at = datetime.combine(organisation.declared_on, time(7))
        files[organisation.declared_on].append(_registry_row(organisation, None, written_at))
        if organisation.valid_to:
            closed_at = datetime.combine(organisation.valid_to, time(17))
            closing = _registry_row(organisation, organisation.valid_to, closed_at)
            files[organisation.valid_to + timedelta(days=1)].append(closing)
    return files


def _registry_row(organisation: Organisation, valid_to: date | None, updated_at: datetime) -> dict[str, str]:
    return {
        "organ_id": organisation.organ_id,
        "organ_name": organisation.name,
        "level": organisation.level,
        "unit_code": organisation.unit_code,
        "old_organ_id": organisation.old_organ_id or "",
        "valid_from": organisation.valid_from.isoformat(),
        "valid_to": valid_to.isoformat() if valid_to else "",
        "updated_at": f"{updated_at.isoformat()}+07:00",
        "deleted": "",
    }
