"""Organisations over time: for each organisation code and day, the registry row that holds and the unit of that day.

A code reaches a registry row as its `organ_id` (the order of QĐ 20/2020/QĐ-TTg) or as its `old_organ_id` (the order of
QCVN 102:2016/BTTTT). Old and new codes are joined by this table only, never by turning a code round: provinces
re-issued their codes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from jobs.reference.units.model import LineageSegment, UnitId, Units

# Days are counted as ordinals here, so that an open end is a number like any other.
_OPEN = date.max.toordinal() + 1


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    """A row of `silver/organisation`. Grain: (organ_id, valid_from).

    `level` is the agency's (province, district or commune), not the unit's. `valid_to` is the last day that counts,
    None = open. `unit_code` means the unit valid on `written_on`, the day of `updated_at` in Vietnam's time, unless
    `unit_valid_from` says the identity outright.
    """

    organ_id: str
    organ_name: str | None
    level: str
    unit_code: str
    old_organ_id: str | None
    valid_from: date
    valid_to: date | None
    written_on: date
    unit_valid_from: date | None = None


@dataclass(frozen=True, slots=True)
class OrganisationPeriod:
    """A row of `silver/organisation_period`. Grain: (organ_code, from_day); periods of a code never overlap.

    On the days `from_day`..`to_day` (the last day that counts, None = open) `organ_code` means the organisation
    `organ_id`, of the level `level`, whose records count for the unit `unit_*` in the district and province of those
    days. Where the unit cannot be decided `ambiguous` is true and the unit, district and province are None. A unit known
    only at province level is the province, without a district.
    """

    organ_code: str
    from_day: date
    to_day: date | None
    organ_id: str
    level: str
    ambiguous: bool
    unit_code: str | None
    unit_valid_from: date | None
    unit_level: str | None
    district_code: str | None
    district_valid_from: date | None
    province_code: str | None
    province_valid_from: date | None


def organisation_periods(rows: Iterable[OrganisationRow], units: Units) -> list[OrganisationPeriod]:
    """The periods of every code that a registry row names, sorted by code and day, as long as they can be.

    On each day a code has at most one row: one whose `organ_id` is the code beats one whose `old_organ_id` is; then the
    latest `valid_from` (an officer forgot to close the earlier row); then the smallest `organ_id`. The result does not
    depend on the order of the rows. A row that ends before it begins holds on no day.
    """
    rows_of_code: dict[str, list[OrganisationRow]] = defaultdict(list)
    for row in rows:
        for code in {row.organ_id, row.old_organ_id or row.organ_id}:
            rows_of_code[code].append(row)
    periods: list[OrganisationPeriod] = []
    for code in sorted(rows_of_code):
        for row, start, end in _ruling_rows(code, rows_of_code[code]):
            unit = _unit_of(row, units)
            for period in _periods(code, row, start, end, units.segments_of(unit) if unit else ()):
                if periods and _continues(periods[-1], period):
                    periods[-1] = replace(periods[-1], to_day=period.to_day)
                else:
                    periods.append(period)
    return periods


def spelt_code(text: str) -> str:
    """An organisation's code as the registry spells it; as `jobs.silver.standardise.organ_code` in SQL."""
    return "".join(text.split()).upper()


def changed_codes(before: Iterable[OrganisationPeriod], after: Iterable[OrganisationPeriod]) -> set[str]:
    """The organisation codes whose periods differ: the records under these, and no others, are revalidated."""
    return {period.organ_code for period in set(before) ^ set(after)}


def _ruling_rows(code: str, rows: Sequence[OrganisationRow]) -> Iterator[tuple[OrganisationRow, int, int]]:
    """The row that holds for a code, as (row, first ordinal day, ordinal day after the last), in order of days."""
    ranked = sorted(rows, key=lambda row: _rank(code, row))
    cuts = sorted({day for row in rows for day in (row.valid_from.toordinal(), _day_after(row.valid_to))})
    for start, end in pairwise(cuts):
        for row in ranked:
            if row.valid_from.toordinal() <= start < _day_after(row.valid_to):
                yield row, start, end
                break


def _rank(code: str, row: OrganisationRow) -> tuple[bool, int, str, int, str, str, int, date]:
    """The smallest holds. What follows organ_id only orders rows of one key, of which the table has no two."""
    return (
        row.organ_id != code,
        -row.valid_from.toordinal(),
        row.organ_id,
        -row.written_on.toordinal(),
        row.level,
        row.unit_code,
        _day_after(row.valid_to),
        row.unit_valid_from or date.min,
    )


def _unit_of(row: OrganisationRow, units: Units) -> UnitId | None:
    if row.unit_valid_from is not None:
        return UnitId(row.unit_code, row.unit_valid_from)
    return units.identity_at(row.unit_code, row.written_on)


def _periods(code: str, row: OrganisationRow, start: int, end: int, segments: Sequence[LineageSegment]) -> Iterator[OrganisationPeriod]:
    """The days start..end cut by the lineage of the row's unit; days that it does not cover are ambiguous."""
    day = start
    for segment in segments:
        segment_start = max(segment.from_day.toordinal(), start)
        segment_end = min(_day_after(segment.to_day), end)
        if segment_start >= segment_end:
            continue
        if day < segment_start:
            yield _period(code, row, day, segment_start, None)
        yield _period(code, row, segment_start, segment_end, segment)
        day = segment_end
    if day < end:
        yield _period(code, row, day, end, None)


def _period(code: str, row: OrganisationRow, start: int, end: int, segment: LineageSegment | None) -> OrganisationPeriod:
    return OrganisationPeriod(
        organ_code=code,
        from_day=date.fromordinal(start),
        to_day=None if end == _OPEN else date.fromordinal(end - 1),
        organ_id=row.organ_id,
        level=row.level,
        ambiguous=segment is None,
        unit_code=segment.at_unit_code if segment else None,
        unit_valid_from=segment.at_unit_valid_from if segment else None,
        unit_level=segment.at_unit_level if segment else None,
        district_code=segment.district_code if segment else None,
        district_valid_from=segment.district_valid_from if segment else None,
        province_code=segment.province_code if segment else None,
        province_valid_from=segment.province_valid_from if segment else None,
    )


def _continues(earlier: OrganisationPeriod, later: OrganisationPeriod) -> bool:
    """Whether `later` says the same of the days right after `earlier`."""
    if _day_after(earlier.to_day) != later.from_day.toordinal():
        return False
    return replace(earlier, from_day=later.from_day, to_day=later.to_day) == later


def _day_after(last_day: date | None) -> int:
    return _OPEN if last_day is None else last_day.toordinal() + 1
