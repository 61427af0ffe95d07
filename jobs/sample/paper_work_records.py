"""The monthly sheet of paper records that organisations declare (`registry/paper_work_records`).

Truth: the newest valid row of (organisation, month) adds `closed_count` to the denominator of work_records_online on the
last day of the month. Sheets are written for months that end within the sample; the last one may be of its last day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from jobs.sample.draws import substream
from jobs.sample.fates import ErrorCode, Fact, Line
from jobs.sample.landing import Cell, LandingWriter
from jobs.sample.organisations import Organisation
from jobs.sample.plan import SamplePlan
from jobs.sample.roster import Roster
from jobs.sample.truth import TruthBuilder
from jobs.sample.work_records import INDICATOR, RATES
from jobs.sample.working_days import WorkingCalendar, month_ends

DATASET = "registry/paper_work_records"
COLUMNS = ("organ_id", "month", "closed_count", "updated_at", "deleted")
DECLARED_BY = 5
"""Day of the next month on which the sheet is sent."""
_USUAL_WORKDAYS = 21


@dataclass(frozen=True, slots=True)
class _Sheet:
    month_end: date
    day: date


def write_paper_work_records(
    plan: SamplePlan, roster: Roster, calendar: WorkingCalendar, writer: LandingWriter, truth: TruthBuilder
) -> None:
    """Write a sheet a month, CSV and XLSX by turns; corrections of a month are in the next sheet."""
    truth.paper_undeclared = [
        organisation.organ_id for organisation in roster.organisations if not roster.behaviour(organisation).declares_paper
    ]
    sheets = _sheets(plan, calendar)
    rows: dict[date, list[dict[str, Cell]]] = defaultdict(list)
    for position, sheet in enumerate(sheets):
        next_sheet = sheets[position + 1] if position + 1 < len(sheets) else None
        for organisation in roster.on(sheet.month_end):
            if roster.behaviour(organisation).declares_paper:
                landed = _declared(plan, roster, organisation, sheet, next_sheet)
                truth.add(DATASET, [line for _, _, line in landed])
                for day, row, _ in landed:
                    rows[day].append(row)
        if plan.dirt.unknown_organisations:
            stranger = _row(f"H98.{position + 1}", sheet, 3, _written_at(sheet))
            truth.add(DATASET, [_line(stranger, _written_at(sheet), error=ErrorCode.UNKNOWN_ORGANISATION)])
            rows[sheet.day].append(stranger)
    for position, sheet in enumerate(sheets):
        write = writer.write_xlsx if position % 2 else writer.write_csv
        write(DATASET, sheet.day, f"paper-work-records-{sheet.month_end:%Y%m}", COLUMNS, rows[sheet.day])


def _sheets(plan: SamplePlan, calendar: WorkingCalendar) -> list[_Sheet]:
    """The months that end within the sample, each with the day of its sheet; no two sheets share a day."""
    return [
        _Sheet(month_end, calendar.export_day_from(month_end + timedelta(days=DECLARED_BY)))
        for month_end in month_ends(plan.date_from, plan.date_to)
    ]


def _written_at(sheet: _Sheet) -> datetime:
    return datetime.combine(sheet.day, time(9, 30))


def _declared(
    plan: SamplePlan, roster: Roster, organisation: Organisation, sheet: _Sheet, next_sheet: _Sheet | None
) -> Sequence[tuple[date, dict[str, Cell], Line]]:
    """(day of the sheet, row, line) of one organisation's rows about one month, good and bad."""
    behaviour = roster.behaviour(organisation)
    path = ("paper", organisation.organ_id, sheet.month_end.toordinal())
    generator = substream(plan.seed, plan.province, *path)
    expected = RATES[organisation.kind] * behaviour.volume * behaviour.paper * _USUAL_WORKDAYS
    written_at = _written_at(sheet)
    code = organisation.organ_id
    if organisation.old_organ_id and generator.random() < plan.dirt.old_order_codes:
        code = organisation.old_organ_id

    def landed(day: date, count: int, version: datetime, error: ErrorCode | None = None) -> tuple[date, dict[str, Cell], Line]:
        row = _row(code, sheet, count, version)
        fact = Fact(
            INDICATOR, organisation.level, organisation.unit_code, sheet.month_end, 0, count, paper=count, agency=organisation.organ_id
        )
        return day, row, _line(row, version, error, () if error else (fact,))

    rows = [landed(sheet.day, int(generator.poisson(expected)), written_at)]
    chance = float(generator.random())
    if chance < plan.dirt.duplicate_lines:
        rows.append(rows[0])
    elif chance < plan.dirt.duplicate_lines + plan.dirt.invalid:
        rows.append(landed(sheet.day, -5, written_at + timedelta(hours=1), ErrorCode.OUT_OF_RANGE))
    elif chance < plan.dirt.duplicate_lines + plan.dirt.invalid + plan.dirt.corrections and next_sheet:
        rows.append(landed(next_sheet.day, int(generator.poisson(expected + 1)), _written_at(next_sheet)))
    return rows


def _row(code: str, sheet: _Sheet, count: int, written_at: datetime) -> dict[str, Cell]:
    return {
        "organ_id": code,
        "month": f"{sheet.month_end:%Y-%m}",
        "closed_count": count,
        "updated_at": written_at.isoformat(),
        "deleted": None,
    }


def _line(row: dict[str, Cell], version: datetime, error: ErrorCode | None = None, facts: tuple[Fact, ...] = ()) -> Line:
    return Line(tuple(row.values()), version, error=error, facts=facts)
