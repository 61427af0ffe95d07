"""The periods that indicators are stored for: calendar periods, years to date, and the days of stocks.

Pure dates, no data. `period_*` are whole days of Vietnam's calendar, both ends included.
"""

from __future__ import annotations

import calendar
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import Literal, NamedTuple

PeriodType = Literal["month", "quarter", "half_year", "year", "year_to_date", "as_of"]

CALENDAR_PERIOD_MONTHS: dict[PeriodType, int] = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


class Period(NamedTuple):
    """One row of the relation `periods`: its type, its first and its last day."""

    period_type: PeriodType
    period_start: date
    period_end: date


def month_start(day: date) -> date:
    """The first day of the day's month."""
    return day.replace(day=1)


def month_end(day: date) -> date:
    """The last day of the day's month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def flow_periods(first_fact_day: date, last_fact_day: date, as_of: date) -> list[Period]:
    """The periods of a flow (something that happens on a day).

    Every calendar month, quarter, half year and year from the first to the last fact, whatever the as-of day (facts
    after it are stored too); and the year to date on every day of `stock_days`.

    Raises:
        ValueError: the last fact is before the first.
    """
    if last_fact_day < first_fact_day:
        raise ValueError(f"the last fact ({last_fact_day}) is before the first ({first_fact_day})")
    calendar_periods = [
        period
        for period_type, months in CALENDAR_PERIOD_MONTHS.items()
        for period in _calendar_periods(period_type, months, first_fact_day, last_fact_day)
    ]
    years_to_date = [Period("year_to_date", day.replace(month=1, day=1), day) for day in stock_days(first_fact_day, as_of)]
    return calendar_periods + years_to_date


def stock_days(first_fact_day: date, as_of: date) -> list[date]:
    """The days that a state is stored for: each month end from the first fact's month to `as_of`, and `as_of`; ascending."""
    if as_of < first_fact_day:
        return [as_of]
    ends = (month_end(start) for start in _month_starts(first_fact_day, as_of))
    return [*(day for day in ends if day < as_of), as_of]


def stock_periods(days: Iterable[date]) -> list[Period]:
    """The periods of a stock (a state on a day): one for each day, starting and ending on it."""
    return [Period("as_of", day, day) for day in days]


def touched_periods(periods: Iterable[Period], months: Collection[date]) -> list[Period]:
    """Those of `periods` that share a day with one of `months` (any day of a month stands for it), in their order.

    For a flow `months` are those in which a fact was added, changed or removed. For a stock they are all the months in
    which the fact counts or counted, not only the one in which it began.
    """
    spans = {(month_start(day), month_end(day)) for day in months}
    return [period for period in periods if any(period.period_start <= end and start <= period.period_end for start, end in spans)]


def _calendar_periods(period_type: PeriodType, months: int, first: date, last: date) -> Iterator[Period]:
    first_start = date(first.year, (first.month - 1) // months * months + 1, 1)
    for start in _month_starts(first_start, last):
        if (start.month - 1) % months == 0:
            yield Period(period_type, start, month_end(start.replace(month=start.month + months - 1)))


def _month_starts(first: date, last: date) -> Iterator[date]:
    for number in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        yield date(number // 12, number % 12 + 1, 1)
