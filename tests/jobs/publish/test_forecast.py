"""Forecasts of targets from made-up histories."""

from __future__ import annotations

import calendar
from datetime import date
from typing import Any

import pytest

from jobs.publish.forecast import FEWEST, LIKELY, OPEN, TOO_LITTLE, UNLIKELY, YEAR_TO_DATE, Forecast, forecast_of

DUE = date(2025, 12, 31)


def month_end(number: int) -> date:
    """Of the months up to June 2025, the last of which is 0."""
    year, month = divmod(2025 * 12 + 5 + number, 12)
    return date(year, month + 1, calendar.monthrange(year, month + 1)[1])


def history(values: list[float], **target: Any) -> list[dict[str, Any]]:
    asked = {
        "plan_id": "p",
        "indicator": "i",
        "level": "commune",
        "op": "gte",
        "target_value": 90.0,
        "target_unit": "percent",
        "target_of": None,
        "due": DUE,
        "period_type": "as_of",
        "value_now": values[-1] if values else None,
        **target,
    }
    if not values:
        return [{**asked, "as_of": None, "value": None}]
    return [{**asked, "as_of": month_end(number - len(values) + 1), "value": value} for number, value in enumerate(values)]


def told(rows: list[dict[str, Any]]) -> Forecast:
    return forecast_of(rows, DUE)


def rising(start: float, step: float, months: int = 36) -> list[float]:
    """A steady rise with a wobble, so that there is something to be unsure of."""
    return [start + step * number + (0.004 if number % 3 else -0.004) for number in range(months)]


def test_a_steady_rise_goes_on_and_is_held_against_the_target() -> None:
    found = told(history(rising(0.2, 0.015)))
    assert found.points == 36
    assert found.value == pytest.approx(100 * (0.2 + 0.015 * 35 + 0.004))
    assert found.low is not None
    assert found.forecast is not None
    assert found.high is not None
    # Six months on: damped, so at most what a straight line would say.
    assert found.value < found.low <= found.forecast <= found.high < 100
    assert found.forecast == pytest.approx(100 * (0.2 + 0.015 * 41), abs=3)
    assert found.verdict == UNLIKELY
    assert told(history(rising(0.2, 0.015), target_value=75.0)).verdict == LIKELY
    assert told(history(rising(0.2, 0.015), target_value=found.forecast)).verdict == OPEN


def test_a_fraction_is_told_as_percent_and_a_count_as_it_is() -> None:
    fraction = told(history(rising(0.2, 0.015), target_value=12.0, target_unit="fraction", target_of=20))
    assert (fraction.unit, fraction.target, fraction.verdict) == ("percent", 60.0, LIKELY)
    count = told(history([float(number) for number in range(30)], target_value=100.0, target_unit="count"))
    assert (count.unit, count.value, count.target, count.verdict) == ("count", 29.0, 100.0, UNLIKELY)
    assert count.forecast == pytest.approx(35, abs=1.5)


@pytest.mark.parametrize("months", [0, 1, FEWEST - 1])
def test_of_too_few_months_nothing_is_foretold(months: int) -> None:
    found = told(history(rising(0.2, 0.015, months)))
    assert (found.points, found.forecast, found.low, found.high, found.verdict) == (months, None, None, None, TOO_LITTLE)


def test_what_has_never_moved_stays() -> None:
    found = told(history([0.0] * 24))
    assert (found.forecast, found.low, found.high, found.verdict) == (0.0, 0.0, 0.0, UNLIKELY)
    assert not found.is_low_cut


def test_a_share_is_never_foretold_above_all_or_below_nothing() -> None:
    for values, is_high_cut in ((rising(0.4, 0.018), True), ([1 - value for value in rising(0.4, 0.018)], False)):
        found = told(history(values, target_value=99.0))
        assert found.low is not None
        assert found.high is not None
        assert 0 <= found.low <= found.high <= 100
        assert (found.is_high_cut, found.is_low_cut) == (is_high_cut, not is_high_cut)


@pytest.mark.parametrize(("op", "verdict"), [("gte", LIKELY), ("gt", UNLIKELY)])
def test_a_target_that_is_reached_exactly_is_met_only_where_equal_counts(op: str, verdict: str) -> None:
    assert told(history([0.5] * 24, op=op, target_value=50.0)).verdict == verdict


def test_an_interval_that_was_cut_at_all_proves_nothing_and_a_year_to_date_is_not_foretold() -> None:
    cut = told(history(rising(0.4, 0.018), target_value=100.0))
    assert (cut.high, cut.is_high_cut, cut.is_low_cut, cut.verdict) == (100.0, True, False, OPEN)
    flow = told(history(rising(0.2, 0.015), period_type="year_to_date"))
    assert (flow.forecast, flow.verdict) == (None, YEAR_TO_DATE)
