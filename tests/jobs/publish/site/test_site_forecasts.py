"""How a forecast is written beside its target."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from jobs.publish import forecast
from jobs.publish.forecast import Forecast
from jobs.publish.site import wording
from jobs.publish.site.forecasts import by_target

DUE = dt.date(2025, 12, 31)
MADE = Forecast("plan", "villages", "all", "percent", 14, 40.0, 60.0, DUE, 52.25, 47.0, 57.5, False, False, "likely_missed")
KEY = ("plan", "villages", "all")


def test_a_forecast_has_its_day_and_interval() -> None:
    told = by_target([MADE])[KEY]
    assert (told.day, told.value, told.interval) == ("31/12/2025", "52,2 %", "47,0 % – 57,5 %")
    assert told.verdict == ("có khả năng không đạt", "likely missed")
    assert by_target([replace(MADE, unit="count", forecast=1234.56, low=1000.0, high=1500.0)])[KEY].interval == "1.000,0 – 1.500,0"


def test_what_was_cut_at_the_ceiling_says_why_and_that_it_proves_nothing() -> None:
    to_all = replace(MADE, target=100.0, forecast=100.0, low=100.0, high=100.0, is_high_cut=True, verdict="open")
    told = by_target([to_all])[KEY]
    assert told.interval == "100,0 %"
    assert told.notes == (wording.CUT_AT_ALL, wording.CUT_PROVES_NOTHING)
    assert by_target([replace(to_all, target=90.0, verdict="likely_met")])[KEY].notes == (wording.CUT_AT_ALL,)
    assert by_target([replace(MADE, low=0.0, is_low_cut=True)])[KEY].notes == (wording.CUT_AT_NOTHING,)
    assert by_target([MADE])[KEY].notes == ()


def test_what_never_moved_has_no_interval_and_says_so() -> None:
    told = by_target([replace(MADE, forecast=40.0, low=40.0, high=40.0)])[KEY]
    assert (told.value, told.interval, told.notes) == ("40,0 %", None, (wording.UNMOVED,))


def test_where_nothing_is_foretold_the_reason_stands_alone() -> None:
    told = by_target([replace(MADE, forecast=None, low=None, high=None, verdict="too_little_data")])[KEY]
    assert (told.value, told.interval, told.verdict) == (None, None, ("chưa đủ dữ liệu để dự báo", "too little data"))


def test_every_verdict_has_words() -> None:
    known = {forecast.LIKELY, forecast.UNLIKELY, forecast.OPEN, forecast.TOO_LITTLE, forecast.NO_FIT, forecast.YEAR_TO_DATE}
    assert wording.VERDICTS.keys() == known
