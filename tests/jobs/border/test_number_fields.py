"""Numbers that come as numbers: no column of numbers can read another one in what they are spelt as."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.border.numbers import spelt
from jobs.landing.formats.base import NumberSince1904, NumberText, PercentText
from warehouse_schema.numbers import NUMBER_FORMS


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("12.125", "12.1250"),
        ("-3.125", "-3.1250"),
        ("1234.5", "1234.5"),
        ("12125", "12125"),
        ("0.1", "0.1"),
        ("1e+21", "1000000000000000000000"),
        ("-3.250", "-3.25"),
        ("12.000", "12"),
        ("1.0", "1"),
        ("1e-07", "0.0000001"),
        ("007", "7"),
        ("-0", "-0"),
        ("1E400", "1E400"),
        ("1e999999999", "1e999999999"),
        ("1e-999999999", "1e-999999999"),
        ("0e999999999", "0e999999999"),
        ("0e-999999999", "0e-999999999"),
        ("nan", "nan"),
    ],
)
def test_a_number_is_spelt_in_plain_digits(number: str, text: str) -> None:
    assert spelt(NumberText(number), "number") == spelt(NumberText(number), "percent") == text


@pytest.mark.parametrize(
    ("number", "text"), [("0.27", "27%"), ("1", "100%"), ("0.12125", "12.1250%"), ("-0.03125", "-3.1250%"), ("0", "0%"), ("1e-3", "0.1%")]
)
def test_what_is_shown_as_percent_is_a_number_of_percent(number: str, text: str) -> None:
    assert spelt(PercentText(number), "percent") == text


def test_what_is_shown_as_percent_is_no_count() -> None:
    assert spelt(PercentText("1"), "number") == "100%"


@pytest.mark.parametrize(("number", "text"), [("44195", "45657"), ("44195.5", "45657.5"), ("0", "1462"), ("nan", "nan")])
def test_a_day_counted_from_1904_is_counted_from_1899(number: str, text: str) -> None:
    assert spelt(NumberSince1904(number), "day") == text
    assert spelt(NumberSince1904(number), "number") == spelt(NumberText(number), "day") == number


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=None) | st.integers().map(Decimal))
def test_no_form_of_numbers_reads_another_number(number: Decimal) -> None:
    text = spelt(NumberText(str(number)), "number")
    assert not number or abs(number.adjusted()) > 30 or Decimal(text) == number
    # Where a dot may stand between thousands, this one does not.
    assert not ("." in text and re.fullmatch(r"[+-]?[1-9][0-9]{0,2}([.][0-9]{3})+(,0{1,2})?", text))
    if re.fullmatch(NUMBER_FORMS["integer", "vi"], text):
        assert int(number) == number
