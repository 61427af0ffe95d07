"""How a forecast is written beside its target."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from jobs.publish import forecast
from jobs.publish.forecast import Forecast
from jobs.publish.site import wording
from jobs.publish.site.forecasts import by_target

DUE = dt.date(2025, 12, 31)
MADE = Forecast("plan", "villages", "all", "percent", 14, 40.0, 60.0, DUE, 52.25, 47.0, 57.5, "likely_missed")
KEY = ("plan", "villages", "all")


def test_a_forecast_has_its_day_and_interval() -> None:
    told = by_target([MADE])[KEY]
    assert (told.day, told.value, told.interval) == ("31/12/2025", "52,2 %", "47,0 % – 57,5 %")
    assert told.verdict == ("có khả năng không đạt", "likely missed")
    assert by_target([replace(MADE, unit="count", forecast=1234.56, low=1000.0, high=1500.0)])[KEY].interval == "1.000,0 – 1.500,0"


def test_what_was_cut_at_the_ceiling_says_so_and_what_never_moved_has_one_end() -> None:
    assert by_target([replace(MADE, forecast=100.0, low=100.0, high=100.0)])[KEY].interval == "100,0 % (cắt · cut)"
    assert by_target([replace(MADE, forecast=40.0, low=40.0, high=40.0)])[KEY].interval == "40,0 %"


def test_where_nothing_is_foretold_the_reason_stands_alone() -> None:
    told = by_target([replace(MADE, forecast=None, low=None, high=None, verdict="too_little_data")])[KEY]
    assert (told.value, told.interval, told.verdict) == (None, None, ("chưa đủ dữ liệu để dự báo", "too little data"))


def test_every_verdict_has_words() -> None:
    known = {forecast.LIKELY, forecast.UNLIKELY, forecast.OPEN, forecast.TOO_LITTLE, forecast.NO_FIT, forecast.YEAR_TO_DATE}
    assert wording.VERDICTS.keys() == known
