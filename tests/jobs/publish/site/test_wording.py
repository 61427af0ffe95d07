"""How figures and days are written, and what is missing to a target."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.publish.site import wording


def asked(value: float, unit: str = "percent", op: str = "gte", of: int | None = None) -> dict[str, Any]:
    return {"target_value": value, "target_unit": unit, "op": op, "target_of": of}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        (0.0, "0,00 %"),
        (1.0, "100,00 %"),
        (14386 / 15718, "91,53 %"),
        (99_999 / 100_000, "99,99 %"),
        (1 / 100_000, "0,01 %"),
        (1.25, "125,00 %"),
    ],
)
def test_a_share_is_never_rounded_to_all_or_nothing(value: float | None, shown: str) -> None:
    assert wording.percent(value) == shown


def test_numbers_and_days_are_written_as_in_vietnam() -> None:
    assert (wording.whole(1234567), wording.whole(None), wording.decimal(1234.5)) == ("1.234.567", "–", "1.234,50")
    assert wording.day(dt.date(2025, 6, 30)) == "30/06/2025"
    assert wording.moment(dt.datetime(2025, 6, 30, 17, 5, tzinfo=dt.UTC)) == "01/07/2025 00:05"
    assert wording.without_marks("Đô Lương, THỊ XÃ HOÀNG MAI") == "do luong, thi xa hoang mai"


@pytest.mark.parametrize(
    ("row", "numerator", "denominator", "more"),
    [
        (asked(90), 14_000, 15_718, 147),
        (asked(90), 90, 100, 0),
        (asked(90, op="gt"), 90, 100, 1),
        (asked(70, op="gt"), 71, 100, 0),
        # 66.6 % of 15 are 9.99, and 66.7 % more than ten.
        (asked(66.6), 9, 15, 1),
        (asked(66.7), 10, 15, 1),
        (asked(12, "fraction", of=20), 11, 20, 1),
        (asked(135, "count"), 99, None, 36),
        (asked(8, "count"), 8, None, 0),
        (asked(90), 0, 0, None),
        (asked(90), None, None, None),
    ],
)
def test_how_many_more_meet_a_target(row: dict[str, Any], numerator: int | None, denominator: int | None, more: int | None) -> None:
    assert wording.missing(row, numerator, denominator) == more


@given(st.integers(0, 10_000), st.integers(1, 10_000), st.decimals(1, 100, places=1).map(float), st.sampled_from(["gte", "gt"]))
def test_what_is_missing_is_the_least_that_meets_it(numerator: int, denominator: int, value: float, op: str) -> None:
    row = asked(value, op=op)
    more = wording.missing(row, numerator, denominator)
    assert more is not None
    bound = Fraction(str(value)) * denominator / 100

    def meets(count: int) -> bool:
        return count > bound if op == "gt" else count >= bound

    assert meets(numerator + more)
    assert more == 0 or not meets(numerator + more - 1)


@pytest.mark.parametrize(
    ("row", "target", "gap"),
    [
        (asked(90) | {"gap": 1.526}, "≥ 90 %", "+1,53 điểm %"),
        (asked(66.6, op="gt") | {"gap": -0.004}, "> 66,6 %", "−0,00 điểm %"),
        (asked(12, "fraction", of=20) | {"gap": 0.0}, "≥ 12/20", "±0,00 điểm %"),
        (asked(135, "count") | {"gap": -36.0}, "≥ 135", "−36"),
        (asked(8, "count") | {"gap": None}, "≥ 8", "–"),
    ],
)
def test_targets_and_gaps_in_words(row: dict[str, Any], target: str, gap: str) -> None:
    assert (wording.target(row), wording.gap(row)) == (target, gap)


def test_a_period_is_over_when_its_last_day_is() -> None:
    as_of = dt.date(2025, 6, 30)
    assert wording.is_over(dt.date(2025, 5, 31), as_of)
    assert not wording.is_over(as_of, as_of), "the release's day may still bring records"
    assert not wording.is_over(dt.date(2025, 7, 31), as_of)


@pytest.mark.parametrize(
    ("value", "asked", "shown"),
    [(0.9, 0.9, "90,00 %"), (0.89996, 0.9, "89,996 %"), (0.9000001, 0.9, "90,00001 %"), (0.5, None, "50,00 %"), (0.6961, 0.97, "69,61 %")],
)
def test_what_comes_near_to_a_target_is_not_written_like_it(value: float, asked: float | None, shown: str) -> None:
    assert wording.percent(value, wording.places_for(value, asked)) == shown
