"""The periods of reports: calendar periods, and those of NĐ 09/2019, which end on the 14th; each whole or up to a day.

Pure dates, no data; both ends are included.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from jobs.errors import UsageError
from jobs.gold.periods import CALENDAR_PERIOD_MONTHS, Period, PeriodType, month_end
from jobs.publish.reporting_calendar import load_calendar, month_moved

if TYPE_CHECKING:
    from jobs.publish.reporting_calendar import Deadline, Kind

_FORM = re.compile(r"(?P<year>(?:19|20)\d\d)(?:-(?P<part>0[1-9]|1[0-2]|Q[1-4]|H[12]))?")
_ROMAN = ("I", "II", "III", "IV")


@dataclass(frozen=True, slots=True)
class ReportPeriod:
    """The days that a report is about.

    Attributes:
        text: as it was asked for: `2025-Q2`.
        scheme: its name in the calendar.
        kind: month, quarter, first or second half, year.
        period_type: the type that gold calls it.
        start: the first day.
        end: the last day: that of the period, or the one up to which it was asked for.
        whole_end: the last day of the whole period.
    """

    text: str
    scheme: str
    kind: Kind
    period_type: PeriodType
    start: date
    end: date
    whole_end: date

    @property
    def is_cut(self) -> bool:
        """Whether it ends before the period does."""
        return self.end < self.whole_end

    @property
    def days(self) -> Period:
        """As gold is asked about it."""
        return Period(self.period_type, self.start, self.end)

    @property
    def before(self) -> Period:
        """The period before; of one up to a day as many months and days of it."""
        last = self.start - timedelta(days=1)
        months = CALENDAR_PERIOD_MONTHS[self.period_type]
        start = _moved(self.whole_end, -2 * months, self.scheme) + timedelta(days=1)
        end = min(_moved(self.end, -months, self.scheme), last) if self.is_cut else last
        return Period(self.period_type, start, end)

    @property
    def label(self) -> str:
        """`Quý II/2025`, `Tháng 5/2025`, `6 tháng đầu năm 2025`, `Năm 2025`; of one up to a day with the day."""
        year, _, part = self.text.partition("-")
        names = {
            "quarter": f"Quý {_ROMAN[int(part[-1:] or 1) - 1]}/{year}" if self.kind == "quarter" else "",
            "month": f"Tháng {part.lstrip('0')}/{year}",
            "first_half": f"6 tháng đầu năm {year}",
            "second_half": f"6 tháng cuối năm {year}",
            "year": f"Năm {year}",
        }
        return names[self.kind] + (f" (đến ngày {self.end:%d/%m/%Y})" if self.is_cut else "")

    @property
    def folder(self) -> str:
        """A name for the folder of its files."""
        return f"{self.text}{f'-to-{self.end}' if self.is_cut else ''}-{self.scheme}"

    def deadline(self, name: Literal["send_by", "forward_by"]) -> date | None:
        """By when it is sent or passed on; None where that is not known."""
        found: dict[Kind, Deadline] = getattr(load_calendar().schemes[self.scheme], name)
        rule = found.get(self.kind)
        return None if rule is None else rule.on(self.whole_end.replace(day=1))


def report_period(text: str, scheme: str, to_day: date | None = None) -> ReportPeriod:
    """The period that is asked for: `2025-05`, `2025-Q2`, `2025-H1` or `2025`, whole or up to a day.

    Raises:
        UsageError: there is no such period or scheme, or the day does not lie in it.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise UsageError(f"--period {text}: expected a month (2025-05), quarter (2025-Q2), half year (2025-H1) or year (2025)")
    schemes = load_calendar().schemes
    if scheme not in schemes:
        raise UsageError(f"--scheme {scheme}: expected {' or '.join(schemes)}")
    kind, period_type, first_month = _kind(found["part"])
    first = date(int(found["year"]), first_month, 1)
    last_month = month_moved(first, CALENDAR_PERIOD_MONTHS[period_type] - 1)
    cutoff = schemes[scheme].cutoff_day
    start = first if cutoff is None else month_moved(first, -1).replace(day=cutoff + 1)
    whole_end = month_end(last_month) if cutoff is None else last_month.replace(day=cutoff)
    if to_day is not None and not start <= to_day <= whole_end:
        raise UsageError(f"--to {to_day}: expected a day of the period, {start} to {whole_end}")
    return ReportPeriod(text, scheme, kind, period_type, start, to_day or whole_end, whole_end)


def _kind(part: str | None) -> tuple[Kind, PeriodType, int]:
    """What kind of period a part of a year is, and its first month."""
    if part is None:
        return "year", "year", 1
    number = int(part[-1])
    if part.startswith("Q"):
        return "quarter", "quarter", 3 * number - 2
    if part.startswith("H"):
        return ("first_half" if number == 1 else "second_half"), "half_year", 6 * number - 5
    return "month", "month", int(part)


def _moved(day: date, months: int, scheme: str) -> date:
    """A day so many months later: the end of a calendar month goes to the end of one, a day that the month has not to its last."""
    month = month_moved(day.replace(day=1), months)
    last = month_end(month).day
    is_end = load_calendar().schemes[scheme].cutoff_day is None and day == month_end(day)
    return month.replace(day=last if is_end else min(day.day, last))
