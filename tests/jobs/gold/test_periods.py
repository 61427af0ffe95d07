from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.gold.periods import Period, flow_periods, month_end, stock_days, stock_periods, touched_periods

days = st.dates(date(2021, 1, 1), date(2026, 12, 31))


def test_periods_of_a_quarter_as_of_its_middle():
    periods = flow_periods(date(2025, 1, 20), date(2025, 3, 31), date(2025, 2, 10))

    assert periods == [
        Period("month", date(2025, 1, 1), date(2025, 1, 31)),
        Period("month", date(2025, 2, 1), date(2025, 2, 28)),
        Period("month", date(2025, 3, 1), date(2025, 3, 31)),
        Period("quarter", date(2025, 1, 1), date(2025, 3, 31)),
        Period("half_year", date(2025, 1, 1), date(2025, 6, 30)),
        Period("year", date(2025, 1, 1), date(2025, 12, 31)),
        Period("year_to_date", date(2025, 1, 1), date(2025, 1, 31)),
        Period("year_to_date", date(2025, 1, 1), date(2025, 2, 10)),
    ]


def test_calendar_periods_begin_before_the_first_fact_where_it_lies_inside_them():
    periods = flow_periods(date(2024, 12, 31), date(2025, 1, 1), date(2025, 1, 1))

    assert [p for p in periods if p.period_type == "quarter"] == [
        Period("quarter", date(2024, 10, 1), date(2024, 12, 31)),
        Period("quarter", date(2025, 1, 1), date(2025, 3, 31)),
    ]


def test_the_last_fact_before_the_first_is_refused():
    with pytest.raises(ValueError, match="before the first"):
        flow_periods(date(2025, 2, 1), date(2025, 1, 31), date(2025, 2, 1))


@pytest.mark.parametrize(
    ("first", "as_of", "expected"),
    [
        (date(2025, 1, 15), date(2025, 3, 31), [date(2025, 1, 31), date(2025, 2, 28), date(2025, 3, 31)]),
        (date(2025, 1, 15), date(2025, 2, 27), [date(2025, 1, 31), date(2025, 2, 27)]),
        (date(2024, 2, 29), date(2024, 2, 29), [date(2024, 2, 29)]),
        (date(2025, 5, 1), date(2025, 3, 15), [date(2025, 3, 15)]),
    ],
)
def test_stock_days(first: date, as_of: date, expected: list[date]):
    assert stock_days(first, as_of) == expected


def test_a_stock_period_starts_and_ends_on_its_day():
    assert stock_periods([date(2025, 6, 30)]) == [Period("as_of", date(2025, 6, 30), date(2025, 6, 30))]


@given(days, days, days, st.data())
def test_each_day_between_the_facts_lies_in_one_calendar_period_of_each_type(one: date, other: date, as_of: date, data: st.DataObject):
    first, last = sorted((one, other))
    day = first + timedelta(days=data.draw(st.integers(0, (last - first).days)))

    holding = Counter(
        period.period_type
        for period in flow_periods(first, last, as_of)
        if period.period_type != "year_to_date" and period.period_start <= day <= period.period_end
    )

    assert holding == {"month": 1, "quarter": 1, "half_year": 1, "year": 1}


@given(days, days, days, days)
def test_calendar_periods_do_not_depend_on_the_as_of_day(one: date, other: date, as_of: date, other_as_of: date):
    first, last = sorted((one, other))

    def calendar(day: date) -> list[Period]:
        return [p for p in flow_periods(first, last, day) if p.period_type != "year_to_date"]

    assert calendar(as_of) == calendar(other_as_of)


@given(days, days, days)
def test_years_to_date_begin_on_1_january_and_end_at_month_ends_or_on_the_as_of_day(one: date, other: date, as_of: date):
    first, last = sorted((one, other))

    to_date = [p for p in flow_periods(first, last, as_of) if p.period_type == "year_to_date"]

    assert to_date[-1].period_end == as_of
    assert len(set(to_date)) == len(to_date)
    for period in to_date:
        assert period.period_start == date(period.period_end.year, 1, 1)
        assert period.period_end == as_of or (period.period_end == month_end(period.period_end) and first <= period.period_end < as_of)


@given(days, days, days, st.sets(days, max_size=4))
def test_touched_periods_are_those_that_hold_a_day_of_a_touched_month(one: date, other: date, as_of: date, touched: set[date]):
    first, last = sorted((one, other))
    periods = flow_periods(first, last, as_of)
    touched_months = {(day.year, day.month) for day in touched}

    def months(period: Period) -> set[tuple[int, int]]:
        span = (period.period_end - period.period_start).days
        return {((d := period.period_start + timedelta(days=n)).year, d.month) for n in range(span + 1)}

    assert touched_periods(periods, touched) == [p for p in periods if months(p) & touched_months]
