"""What a report says, read from one release: figures of the period and of the one before, targets, dossiers, what has not been sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.errors import UsageError
from jobs.gold.stale import has_records
from jobs.publish.released import connect
from jobs.publish.report import Report, evaluated_values, report, require_plan
from jobs.publish.site.read import UnitKey, asked, opened, senders_of
from jobs.publish.targets import settings_shown
from warehouse_schema.indicator_catalogue import load_catalogue
from warehouse_schema.indicator_queries import computed_indicators, settings_of
from warehouse_schema.plan_registry import load_plans

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from duckdb import DuckDBPyConnection

    from jobs.engine.tables import Warehouse
    from jobs.gold.periods import Period
    from jobs.ops.releases import Release
    from jobs.publish.exports.report.periods import ReportPeriod
    from jobs.publish.site.read import Row, Snapshot
    from warehouse_schema.indicator_catalogue import Indicator
    from warehouse_schema.plan_registry import Plan

QUERIES = Path(__file__).with_name("queries")
LEVELS = ("province", "district", "commune")
FORMULA_OF_DOSSIERS = "dossiers_online_qd766"
"""The layouts of QĐ 766 count dossiers as this indicator does."""
_TABLES = (
    *("silver/dossier", "silver/organisation", "silver/organisation_period", "silver/work_record", "silver/document"),
    *("silver/paper_work_record", "silver/paper_document"),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """An indicator of a unit at a level: of the period, and of the one before.

    Attributes:
        numerator: what counts; None: there is nothing at all.
        denominator: what it is divided by; None of a count, or where there is nothing at all.
        value: a share from 0 to 1, or a count; None where there is nothing to divide by.
        before: the value of the period before; None where there was none, or where another formula made it.
        reasons: doubts that the figure carries (`paper_files_unknown`), and `other_formula`.
    """

    numerator: int | None
    denominator: int | None
    value: float | None
    before: float | None
    reasons: tuple[str, ...]


NO_FIGURE = Figure(None, None, None, None, ())


@dataclass(frozen=True, slots=True)
class Findings:
    """All that a report shows.

    Attributes:
        period: its days.
        head: the unit that it is about: the province, or a unit in it.
        province: the identity of the province.
        plan: the plan of the province, where it is one of the same identity; its targets and settings are the plan's.
        snapshot: the release.
        units: the units of the province on the days of the period, by identity, as a Vietnamese dictionary has them.
        figures: by (indicator, level, unit).
        indicators: the flows that were computed, in the catalogue's order.
        targets: rows of `gold/target_status`; None where the plan is not of this unit.
        settings: by indicator what its figures rest on.
        dossiers: rows of `dossiers.sql`.
        senders: rows of `senders.sql`.
        first_days: by dataset the day of the first record of the province.
    """

    period: ReportPeriod
    head: Row
    province: UnitKey
    plan: Plan | None
    snapshot: Snapshot
    units: Mapping[UnitKey, Row]
    figures: Mapping[tuple[str, str, UnitKey], Figure]
    indicators: Sequence[Indicator]
    targets: Report | None
    settings: Mapping[str, Sequence[tuple[str, str]]]
    dossiers: Sequence[Row]
    senders: Sequence[Row]
    first_days: Mapping[str, date]

    @property
    def as_of(self) -> date:
        """The day of the release."""
        assert self.snapshot.release.as_of is not None  # noqa: S101 - a release has its day
        return self.snapshot.release.as_of

    @property
    def is_province(self) -> bool:
        """Whether it is about the whole province."""
        return bool(self.head["level"] == "province")

    def figure(self, indicator: str, level: str, unit: UnitKey) -> Figure:
        """The figure of a unit; one without numbers where there is none."""
        return self.figures.get((indicator, level, unit), NO_FIGURE)

    def members(self, level: str) -> list[Row]:
        """The units of a level that lie in the one it is about, without that one itself."""
        head = key_of(self.head)
        return [row for row in self.units.values() if row["level"] == level and head in self._above(row)]

    def _above(self, row: Row) -> list[UnitKey]:
        above: list[UnitKey] = []
        parent = parent_of(row)
        while parent is not None and parent not in above:
            above.append(parent)
            parent = parent_of(self.units[parent]) if parent in self.units else None
        return [*above, self.province] if self.province != key_of(row) else above


def key_of(row: Row) -> UnitKey:
    """The identity of the unit of a row."""
    return UnitKey(row["unit_code"], row["unit_valid_from"])


def parent_of(row: Row) -> UnitKey | None:
    """What a unit lies in; None of a province."""
    return UnitKey(row["parent_code"], row["parent_valid_from"]) if row["parent_code"] else None


def read_findings(warehouse: Warehouse, province: str, period: ReportPeriod, unit: str | None = None) -> Findings:
    """All that a report of a province, or of a unit in it, shows about a period.

    Raises:
        NothingReleasedError: nothing was released yet.
        UsageError: no plan is of that province, the unit does not lie in it in the period, or the period begins after the release's day.
    """
    require_plan("--province", [province])
    with opened(warehouse) as (connection, snapshot):
        release = snapshot.release
        assert release.as_of is not None  # noqa: S101 - a release has its day
        if period.start > release.as_of:
            raise UsageError(f"--period {period.text}: it begins on {period.start}, after the day of the last release ({release.as_of})")
        # A code may have passed to another unit in the period: the one of its last day that is known counts.
        day = min(period.end, release.as_of)
        rows = [
            row
            for row in asked(connection, "units", province=province, as_of=period.end)
            if row["unit_valid_to"] is None or row["unit_valid_to"] >= period.start
        ]
        whole = _unit_on(rows, province, day)
        if whole is None or whole["level"] != "province":
            raise UsageError(f"--province {province}: there is no such province on {day}")
        head = whole if unit is None or unit == province else _unit_on(rows, unit, day)
        if head is None or UnitKey(head["province_code"], head["province_valid_from"]) != key_of(whole):
            raise UsageError(f"--unit {unit}: no unit of province {province} has that code in the period")
        identity = key_of(whole)
        units = {key_of(row): row for row in rows if UnitKey(row["province_code"], row["province_valid_from"]) == identity}
        indicators = [one for one in computed_indicators() if one.kind == "flow" and has_records(warehouse, one, release)]
        now, before = (_by_unit(rows) for rows in _values(warehouse, connection, release, indicators, (period.days, period.before)))
    plan = next((plan for plan in load_plans() if UnitKey(plan.province_code, plan.province_valid_from) == identity), None)
    days: dict[str, Any] = {"start": period.start, "end": period.end, "province": identity.code, "province_valid_from": identity.valid_from}
    withdrawn = settings_of(load_catalogue()[FORMULA_OF_DOSSIERS], identity)["counts_withdrawn"]
    with connect(warehouse, release, _TABLES) as connection:
        dossiers = asked(connection, "dossiers", folder=QUERIES, **days, counts_withdrawn=withdrawn)
        senders = senders_of(connection, identity, period.start, period.end)
        first_days = asked(connection, "first_days", folder=QUERIES, province=identity.code)
    found = Findings(
        period=period,
        head=head,
        province=identity,
        plan=plan,
        snapshot=snapshot,
        units=units,
        figures={key: _figure(load_catalogue()[key[0]], values, before.get(key, {})) for key, values in now.items()},
        indicators=indicators,
        targets=report(warehouse, province, day) if plan is not None and head is whole else None,
        settings={one.id: settings_shown(plan, one) for one in indicators} if plan is not None else {},
        dossiers=(),
        senders=(),
        first_days={row["dataset"]: row["first_day"] for row in first_days},
    )
    inside = {key_of(head), *(key_of(row) for level in LEVELS for row in found.members(level))}
    return replace(
        found,
        dossiers=[row for row in dossiers if found.is_province or _lies_in(row, inside)],
        senders=[row for row in senders if found.is_province or _lies_in(row, inside)],
    )


def _lies_in(row: Row, inside: set[UnitKey]) -> bool:
    """Whether an organisation's unit is one of some; by its district too, since a unit may be one of an earlier list."""
    district = UnitKey(row["district_code"], row["district_valid_from"]) if row["district_code"] else None
    return key_of(row) in inside or district in inside


def _unit_on(rows: Sequence[Row], code: str, day: date) -> Row | None:
    """The unit that has a code on a day, else the last one that had it in the period."""
    alike = sorted((row for row in rows if row["unit_code"] == code), key=lambda row: row["unit_valid_from"])
    alive = [row for row in alike if row["unit_valid_from"] <= day and (row["unit_valid_to"] is None or day <= row["unit_valid_to"])]
    return next(reversed(alive or alike), None)


def _values(
    warehouse: Warehouse, connection: DuckDBPyConnection, release: Release, indicators: Sequence[Indicator], periods: Sequence[Period]
) -> list[list[Row]]:
    """For each period the values of flows: those that gold holds of these days, else evaluated with the same SQL over the released silver tables."""
    found = [asked(connection, "stored", folder=QUERIES, start=one.period_start, end=one.period_end) for one in periods]
    for indicator in indicators:
        missing = [number for number, rows in enumerate(found) if all(row["indicator"] != indicator.id for row in rows)]
        if missing:
            for row in evaluated_values(warehouse, release, indicator, [periods[number] for number in missing]):
                for number in missing:
                    if (periods[number].period_start, periods[number].period_end) == (row["period_start"], row["period_end"]):
                        found[number].append(row)
    return found


def _by_unit(rows: Sequence[Row]) -> dict[tuple[str, str, UnitKey], dict[str, Row]]:
    """The values by (indicator, level, unit), and of each by breakdown."""
    found: dict[tuple[str, str, UnitKey], dict[str, Row]] = {}
    for row in rows:
        found.setdefault((row["indicator"], row["level"], key_of(row)), {})[row["breakdown"]] = row
    return found


def _figure(indicator: Indicator, values: Mapping[str, Row], before: Mapping[str, Row]) -> Figure:
    total, earlier = values.get(""), before.get("")
    reasons = [caveat.reason for caveat in indicator.caveats if _counts(values.get(caveat.breakdown))]
    is_other = total is not None and earlier is not None and total["formula"] != earlier["formula"]
    if is_other:
        reasons.append("other_formula")
    is_empty = total is None or (indicator.unit == "ratio" and not total["denominator"])
    old: Any = None if earlier is None or is_other else earlier["value"]
    # A row of 0 out of 0 says that nothing was there: no figure.
    if total is None or is_empty:
        return Figure(None, None, None, old, tuple(reasons))
    return Figure(total["numerator"], total["denominator"], total["value"], old, tuple(reasons))


def _counts(row: Row | None) -> bool:
    return row is not None and bool(row["denominator"])
