"""The lineage: for which unit a fact of an identity counts on a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from jobs.errors import UsageError
from jobs.reference.units.files import UNIT_CHANGES_FILE, Reference
from jobs.reference.units.lives import Life, earlier, is_open_or_reaches
from jobs.reference.units.model import ONE_DAY, LineageSegment, UnitId, UnitVersion, last_days_of_levels


class Span(NamedTuple):
    """A lineage segment that does not yet say whose it is."""

    from_day: date
    to_day: date | None
    at_unit: UnitId
    at_level: str
    district: UnitId | None
    province: UnitId


def build_lineage(
    lives: Mapping[str, list[Life]], versions: Mapping[str, list[UnitVersion]], reference: Reference
) -> Iterator[LineageSegment]:
    """The segments of every identity: its own life, then its successor's where succession is whole, else the province alone."""
    versions_of: dict[UnitId, list[UnitVersion]] = defaultdict(list)
    for versions_of_code in versions.values():
        for version in versions_of_code:
            versions_of[UnitId(version.unit_code, version.unit_valid_from)].append(version)
    own = {unit: _own_spans(unit, of_unit) for unit, of_unit in versions_of.items()}
    successors = {life.unit: _successor(life, lives, reference) for of_code in lives.values() for life in of_code}
    level_ends = last_days_of_levels(version for of_unit in versions_of.values() for version in of_unit)
    finished: dict[UnitId, list[Span]] = {}

    def spans(unit: UnitId) -> list[Span]:
        if unit not in finished:
            finished[unit] = _before(unit) + own[unit] + _after(unit)
        return finished[unit]

    def _before(unit: UnitId) -> list[Span]:
        """Before a unit was there, only its province is known, if that was already the same one."""
        first = own[unit][0]
        if first.at_level == "province":
            return []
        return _clip(own[first.province], None, first.from_day - ONE_DAY)

    def _after(unit: UnitId) -> list[Span]:
        """After its end a unit counts for its whole successor, else only for what continues its province."""
        last = own[unit][-1]
        if last.to_day is None:
            return []
        successor = successors[unit]
        if successor is not None:
            return _clip(spans(successor), last.to_day + ONE_DAY, None)
        if last.at_level == "province":
            return []
        # When the district level has ended, nothing tells which new units a district's fact belongs to.
        until = level_ends["district"] if last.at_level == "district" else None
        return _clip(spans(last.province), last.to_day + ONE_DAY, until)

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


def _own_spans(unit: UnitId, versions: list[UnitVersion]) -> list[Span]:
    """The life of a unit, cut where its district or province becomes another."""
    spans: list[Span] = []
    for version in versions:
        span = Span(
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


def _clip(spans: Iterable[Span], from_day: date | None, to_day: date | None) -> list[Span]:
    clipped = (
        span._replace(
            from_day=span.from_day if from_day is None else max(span.from_day, from_day),
            to_day=earlier(span.to_day, to_day),
        )
        for span in spans
    )
    return [span for span in clipped if span.to_day is None or span.from_day <= span.to_day]


def known_successors(lives: Mapping[str, list[Life]], reference: Reference) -> dict[UnitId, tuple[UnitId, ...]]:
    """Into which units each ended one went, wholly or in part, as far as that is known."""
    found = {}
    for life in (life for of_code in lives.values() for life in of_code):
        if life.valid_to is None:
            continue
        whole = _successor(life, lives, reference)
        codes: tuple[str, ...] = ()
        next_day = life.valid_to + ONE_DAY
        if life.successor_code is None and next_day in reference.successions:
            codes = reference.successions[next_day].successors.get(life.unit.code, ())
        then = [one.unit for code in codes if (one := _alive(code, next_day, lives)) and one.unit != life.unit]
        if units := tuple(dict.fromkeys([*([whole] if whole else []), *then])):
            found[life.unit] = units
    return found


def _successor(life: Life, lives: Mapping[str, list[Life]], reference: Reference) -> UnitId | None:
    """The unit that wholly continues an ended one; None when it goes on, was divided, or nothing is known."""
    if life.valid_to is None:
        return None
    next_day = life.valid_to + ONE_DAY
    code = life.successor_code
    if code is None and next_day in reference.successions:
        code = reference.successions[next_day].whole.get(life.unit.code)
    if code is None:
        return None
    successor = _alive(code, next_day, lives)
    if successor is None or successor.unit == life.unit:
        raise UsageError(f"{UNIT_CHANGES_FILE}: unit {life.unit.code!r}: its successor {code!r} is not valid on {next_day}")
    return successor.unit


def _alive(code: str, day: date, lives: Mapping[str, list[Life]]) -> Life | None:
    """The unit that a code means on a day."""
    return next((one for one in lives.get(code, ()) if one.unit.valid_from <= day and is_open_or_reaches(one.valid_to, day)), None)
