"""The reporting calendar (`reporting_calendar.yaml`): how periods are cut, when they are sent, and what it takes to be on time. Pure dates, no data."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from jobs.errors import UsageError
from jobs.gold.periods import month_end
from warehouse_schema.yaml_source import StrictModel, read_yaml

CALENDAR_FILE = Path(__file__).with_name("reporting_calendar.yaml")
Kind = Literal["month", "quarter", "first_half", "second_half", "year"]


class CalendarError(UsageError):
    """`reporting_calendar.yaml` does not fit; the message names file and line."""


class Deadline(StrictModel):
    """A day of a month, so many months before the last month of the period."""

    day: Annotated[int, Field(ge=1, le=31)]
    months_before: Annotated[int, Field(ge=0, le=11)]

    def on(self, last_month: date) -> date:
        """The day, of a period whose last month begins on a day."""
        month = month_moved(last_month, -self.months_before)
        return month.replace(day=min(self.day, month_end(month).day))


class Scheme(StrictModel):
    """How periods are cut and when they are sent; see the head of the file."""

    vi: str
    en: str
    cutoff_day: Annotated[int, Field(ge=1, le=27)] | None
    source: str
    mark: Literal["seen", "not_found"]
    send_by: dict[Kind, Deadline]
    forward_by: dict[Kind, Deadline]
    note: str


class LetterheadSetting(StrictModel):
    """What stands at the head of a province's documents."""

    superior: str = ""
    body: str = ""
    place: str = ""
    symbol: str = ""


class Calendar(StrictModel):
    """The reporting calendar; see the head of the file."""

    schemes: dict[str, Scheme]
    on_time: str | None
    recipients: dict[str, list[str]]
    letterheads: dict[str, LetterheadSetting]
    tabs: dict[str, Annotated[str, Field(max_length=18)]]


@cache
def load_calendar() -> Calendar:
    """The reporting calendar.

    Raises:
        CalendarError: the file does not fit.
    """
    document = read_yaml(CALENDAR_FILE, CalendarError)
    calendar = document.parse(Calendar, document.data)
    if calendar is not None and calendar.on_time is not None:
        named = calendar.schemes.get(calendar.on_time)
        if named is None or "month" not in named.send_by:
            document.report(("on_time",), "on_time: expected a scheme of this file that says by when a month is sent, or null")
    if calendar is None or document.problems:
        raise document.failure()
    return calendar


def due_on(day: date) -> date | None:
    """By when a row of a day has to be there to be on time: the day that the monthly report is sent whose period has that day.

    None: the calendar names no scheme to judge by.
    """
    calendar = load_calendar()
    if calendar.on_time is None:
        return None
    scheme = calendar.schemes[calendar.on_time]
    is_next = scheme.cutoff_day is not None and day.day > scheme.cutoff_day
    return scheme.send_by["month"].on(month_moved(day.replace(day=1), int(is_next)))


def month_moved(first: date, months: int) -> date:
    """The first day of the month so many months later."""
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)
