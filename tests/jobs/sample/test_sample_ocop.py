"""Stars, scores, article numbers and how long a recognition is in force."""

from __future__ import annotations

from datetime import date, datetime, time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.sample.ocop import BANDS, RUBRIC_CHANGED, _Decision, add_months, gtin13, recognised, scores


@given(st.integers(0, 10**9 - 1))
def test_article_numbers_have_vietnams_prefix_and_gs1s_check_digit(item: int) -> None:
    number = gtin13(item)
    assert number.startswith("893")
    assert len(number) == 13
    assert (sum(map(int, number[::2])) + 3 * sum(map(int, number[1::2]))) % 10 == 0


def test_a_known_article_number() -> None:
    assert gtin13(850000000) == "8938500000003"


@given(st.sampled_from(sorted(BANDS)), st.booleans(), st.integers(0, 10**6))
def test_scores_lie_in_the_band_and_in_the_rubric_of_the_day(stars: int, new_rubric: bool, seed: int) -> None:
    day = RUBRIC_CHANGED if new_rubric else date(2023, 2, 23)
    parts = scores(np.random.default_rng(seed), stars, day)
    most = (40, 25, 35) if new_rubric else (35, 25, 40)
    assert all(0 <= part <= limit for part, limit in zip(parts, most, strict=True))
    low, high = BANDS[stars]
    assert low <= sum(parts) <= high


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2022, 6, 30), 36, date(2025, 6, 30)),
        (date(2024, 2, 29), 36, date(2027, 2, 28)),
        (date(2025, 6, 30), -36, date(2022, 6, 30)),
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2025, 12, 15), 1, date(2026, 1, 15)),
    ],
)
def test_months_end_on_a_day_that_exists(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


def decision(code: str, stars: int, decided_on: date, group: str = "food") -> _Decision:
    return _Decision(code, group, stars, decided_on, datetime.combine(date(2025, 1, 1), time(8)), date(2025, 1, 1), {})


def test_a_product_counts_once_by_its_newest_decision_in_force() -> None:
    day = date(2025, 6, 30)
    found = recognised(
        [
            decision("a", 3, date(2022, 7, 1)),
            decision("a", 4, date(2025, 2, 1)),
            decision("b", 3, date(2022, 7, 1), "beverage"),
            decision("expired today", 3, date(2022, 6, 30)),
            decision("two stars", 2, date(2025, 1, 1)),
            decision("decided tomorrow", 4, date(2025, 7, 1)),
        ],
        day,
    )
    assert found == {"": 2, "stars=4": 1, "stars=3": 1, "group=food": 1, "group=beverage": 1}
