"""Working days, and the days on which the source systems export."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import date, datetime, timedelta

EXPORT_HOUR = 18
_MARGIN_BEFORE = timedelta(days=200)
_MARGIN_AFTER = timedelta(days=500)


class WorkingCalendar:
    """Monday to Friday without the days off, around the days of a sample.

    Exports run on every working day of the sample at 18:00 and once more at the end of its last day, so that the sample
    is complete on that day.
    """

    def __init__(self, date_from: date, date_to: date, holidays: frozenset[date], yearly_holidays: frozenset[str]) -> None:
        self.date_from = date_from
        self.date_to = date_to
        start, end = date_from - _MARGIN_BEFORE, date_to + _MARGIN_AFTER
        days = (start + timedelta(days=offset) for offset in range((end - start).days + 1))
        self._days = [day for day in days if day.weekday() < 5 and day not in holidays and day.strftime("%m-%d") not in yearly_holidays]
        self.workdays = tuple(day for day in self._days if date_from <= day <= date_to)
        self.export_days = tuple(sorted({*self.workdays, date_to}))

    def shift(self, day: date, working_days: int) -> date:
        """The working day that many working days after `day` (before it where negative); 0 = the next from `day` on."""
        position = bisect_left(self._days, day) + working_days
        return self._days[min(max(position, 0), len(self._days) - 1)]

    def is_month_edge(self, day: date) -> bool:
        """Whether a working day is the first or the last one of its month."""
        return self.shift(day, -1).month != day.month or self.shift(day, 1).month != day.month

    def last_on_or_before(self, day: date) -> date:
        """The last working day that is not after `day`."""
        return self._days[bisect_right(self._days, day) - 1]

    def export_day(self, moment: datetime) -> date | None:
        """The export that carries what happened at a moment (Vietnam's time); None after the sample's last day."""
        if moment.date() > self.date_to:
            return None
        ready_on = moment.date() if moment.hour < EXPORT_HOUR else moment.date() + timedelta(days=1)
        return self.export_day_from(ready_on)

    def export_day_from(self, day: date) -> date:
        """The first export on or after a day; the last one where there is none."""
        position = bisect_left(self.export_days, day)
        return self.export_days[min(position, len(self.export_days) - 1)]

    def later_export(self, day: date, exports: int) -> date:
        """The export that many exports after the one of `day`, at most the last."""
        position = bisect_left(self.export_days, day) + exports
        return self.export_days[min(position, len(self.export_days) - 1)]


def days_between(spans: Iterable[tuple[date, date]]) -> frozenset[date]:
    """All days of the spans, both ends included."""
    return frozenset(first + timedelta(days=offset) for first, last in spans for offset in range((last - first).days + 1))


def month_ends(first: date, last: date) -> list[date]:
    """The last days of months from `first` to `last`, both ends included, in order."""
    return sorted(day for day in days_between([(first, last)]) if (day + timedelta(days=1)).day == 1)
