"""Numbers are read by the contract's locale: as they were meant, or not at all."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs.silver.standardise import RECEIVED, standardise
from warehouse_schema.contracts import Column, Contract

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SPACES = " \u00a0\u2009\u202f"
KINDS = {"integer": "long", "decimal": "double"}
SLOW = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])

READ: dict[tuple[str, str], dict[str, Any]] = {
    ("vi", "integer"): {
        "0": 0,
        "7": 7,
        "1250": 1250,
        "007": 7,
        "-5": -5,
        "+5": 5,
        "999999999999999999": 999_999_999_999_999_999,
        "1.000": 1000,
        "10.000": 10_000,
        "12.500": 12_500,
        "1.234.567": 1_234_567,
        "-1.000": -1000,
        "100.000.000.000": 100_000_000_000,
        "12.0": 12,
        "12.00": 12,
        "12,0": 12,
        "12,00": 12,
        "0,00": 0,
        "1.000,00": 1000,
        "1.000,0": 1000,
        "1 000": 1000,
        "1\u00a0000": 1000,
        "12\u202f500\u2009000": 12_500_000,
        "1 000,0": 1000,
        "1 000.00": 1000,
        **dict.fromkeys(["12.5", "12,5", "12.50", "12.000,5", "1,000", "1,234,567", "1,000.00", "12,000", "0.500", "0.000", "000.000"]),
        **dict.fromkeys(
            ["1.00.000", "1.0000", "1234.567", "1.234.56", "1.000.00", "1..000", "1.000.", ".000", "1.", ",0", "1,", ".0", "12.000.0"]
        ),
        **dict.fromkeys(["1 00", "1  000", "1234 567", "0 500", "1 000 00", "1.000 000", "1 000.000", "- 5", "--5", "5-", "(5)", "−5"]),
        **dict.fromkeys(["1e3", "1E+3", "1,5E+3", "0x10", "1_000", "1'000", "５", "١٢", "12%", "12 hồ sơ", "một", "#N/A", "1/2", "=1+1"]),
    },
    ("vi", "decimal"): {
        "0": 0.0,
        "7": 7.0,
        "-5": -5.0,
        "23,5": 23.5,
        "23.5": 23.5,
        "1.000": 1.0,
        "1,000": 1.0,
        "12.500": 12.5,
        "0.500": 0.5,
        "0,5": 0.5,
        "1.234,5": 1234.5,
        "1,234.5": 1234.5,
        "1.234.567": 1_234_567.0,
        "1,234,567": 1_234_567.0,
        "1.234.567,25": 1_234_567.25,
        "1,234,567.25": 1_234_567.25,
        "-1.234,5": -1234.5,
        "1.000,00": 1000.0,
        "007,5": 7.5,
        "18.123456789": 18.123456789,
        "105,25": 105.25,
        "1 234": 1234.0,
        "1\u00a0234,5": 1234.5,
        "1\u202f234\u202f567.5": 1_234_567.5,
        **dict.fromkeys(
            ["12.34,5", "1,23.5", "1234.567,8", "0.123,5", "1.234,5,6", "1.23.4", "1,2,3", "1.234.56", "1.2345,6", "1,234.567,8"]
        ),
        **dict.fromkeys(
            [".5", "5.", ",5", "5,", "1e5", "1.5E+3", "8,9E+12", "1 23", "1.234 567", "12%", "NaN", "inf", "５,5", "1,5 ha", "--1"]
        ),
    },
    ("json", "integer"): {
        "0": 0,
        "-0": 0,
        "7": 7,
        "-7": -7,
        "1.000": 1,
        "10.000": 10,
        "1250.0": 1250,
        "+5": 5,
        **dict.fromkeys(["12.500", "12.5", "1.000.000", "1,000", "1 000", "1,0", "1e3", "1.5e1", "5.", "7%", "true"]),
    },
    ("json", "decimal"): {
        "1.000": 1.0,
        "12.500": 12.5,
        "-1.5e1": -15.0,
        "1E3": 1000.0,
        "1e-7": 1e-7,
        **dict.fromkeys(["1,5", "1.234,5", "1.234.567", "1 000", ".5", "NaN", "Infinity", "7%"]),
    },
}
PERCENT = {
    "27,0%": 27.0,
    "27.5 %": 27.5,
    "100\u00a0%": 100.0,
    "27": 27.0,
    "1.234,5%": 1234.5,
    "27%%": None,
    "%": None,
    "27 ‰": None,
    "% 27": None,
}


def read(spark: SparkSession, texts: list[str], locale: str, parse: str, *, percent: bool = False) -> list[Any]:
    """What standardisation makes of the texts."""
    column = Column(name="n", type=KINDS[parse], description="", source="N", parse=parse, locale=locale, percent=percent)
    contract = Contract(layer="silver", table="t", title="", description="", grain="", path=Path("t.yaml"), columns=(column,))
    frame = spark.createDataFrame(list(enumerate((text,) for text in texts)), f"number int, {RECEIVED} struct<N: string>")
    found = frame.transform(standardise(contract)).drop(RECEIVED).toArrow().to_pylist()
    return [row["n"] for row in sorted(found, key=lambda row: row["number"])]


@pytest.mark.parametrize(("locale", "parse"), READ)
def test_a_number_is_what_was_meant_or_nothing(spark: SparkSession, locale: str, parse: str) -> None:
    expected = READ[locale, parse]
    found = dict(zip(expected, read(spark, list(expected), locale, parse), strict=True))
    assert {text: (value, found[text]) for text, value in expected.items() if found[text] != value} == {}


def test_percent_signs_are_dropped_in_columns_of_percent_only(spark: SparkSession) -> None:
    assert dict(zip(PERCENT, read(spark, list(PERCENT), "vi", "decimal", percent=True), strict=True)) == PERCENT
    assert read(spark, ["27%", "1.000 %"], "vi", "integer", percent=True) == [27, 1000]
    assert read(spark, ["27%"], "vi", "decimal") == [None]


def grouped(digits: str, sign: str) -> str:
    """Digits in groups of three from the right."""
    head = len(digits) % 3 or 3
    return sign.join([digits[:head], *(digits[at : at + 3] for at in range(head, len(digits), 3))])


SIGNS = st.sampled_from(["", "-", "+"])
SPACE = st.sampled_from(SPACES)


@st.composite
def whole_numbers(draw: st.DrawFn) -> tuple[str, int]:
    """A whole number and one of the ways in which a sheet may write it."""
    number, sign = draw(st.integers(0, 10**18 - 1)), draw(SIGNS)
    digits = str(number)
    zeros = draw(st.sampled_from(["", ",0", ",00"]))
    plain = draw(st.sampled_from([digits, f"000{digits}"])) if number < 10**15 else digits
    texts = [
        plain + draw(st.sampled_from(["", ".0", ".00", ",0", ",00"])),
        grouped(digits, ".") + zeros,
        grouped(digits, draw(SPACE)) + zeros,
    ]
    return sign + draw(st.sampled_from(texts)), -number if sign == "-" else number


@st.composite
def fractions(draw: st.DrawFn) -> tuple[str, float]:
    """A number with a fraction or without, and one of the ways in which a sheet may write it."""
    number, digits, sign = draw(st.integers(0, 10**15 - 1)), draw(st.text("0123456789", max_size=6)), draw(SIGNS)
    whole, marks = str(number), draw(st.sampled_from([".,", ",."]))
    texts = [f"{whole}{marks[1]}{digits}" if digits else whole]
    # One mark alone is the decimal sign, so a single group of three is none of thousands.
    if digits or number >= 10**6 or number < 10**3:
        texts.append(grouped(whole, marks[0]) + (f"{marks[1]}{digits}" if digits else ""))
    texts.append(grouped(whole, draw(SPACE)) + (f"{marks[1]}{digits}" if digits else ""))
    return sign + draw(st.sampled_from(texts)), float(f"{'-' if sign == '-' else ''}{number}.{digits or 0}")


@SLOW
@given(st.lists(whole_numbers(), min_size=50, max_size=100), st.lists(fractions(), min_size=50, max_size=100))
def test_a_number_written_in_any_allowed_way_comes_back(
    spark: SparkSession, whole: list[tuple[str, int]], parts: list[tuple[str, float]]
) -> None:
    assert list(zip([text for text, _ in whole], read(spark, [text for text, _ in whole], "vi", "integer"), strict=True)) == whole
    assert list(zip([text for text, _ in parts], read(spark, [text for text, _ in parts], "vi", "decimal"), strict=True)) == parts


def by_hand(text: str, parse: str) -> int | float | None:
    """The rule in words, as a person would go about it: which mark is the decimal sign, and are the others thousands."""
    body = text[1:] if text[:1] in ("+", "-") else text
    marks = [letter for letter in body if not "0" <= letter <= "9"]
    kinds = set(marks)
    if not body or not kinds <= set(f".,{SPACES}") or not ("0" <= body[0] <= "9" and "0" <= body[-1] <= "9"):
        return None
    decimal = marks[-1] if marks and marks[-1] in ".," and marks.count(marks[-1]) == 1 else None
    if parse == "integer" and decimal:
        fraction = body.rpartition(decimal)[2]
        if decimal == "." and len(kinds) == 1 and len(fraction) == 3:
            decimal = None
        elif fraction not in ("0", "00"):
            return None
    whole, _, fraction = body.rpartition(decimal) if decimal else (body, "", "")
    separators = {letter for letter in whole if not "0" <= letter <= "9"}
    if separators:
        by_space = separators <= set(SPACES)
        allowed = by_space or (separators == {"."} and decimal != ".") or (separators == {","} and parse == "decimal" and decimal != ",")
        for separator in separators:
            whole = whole.replace(separator, " ")
        head, *groups = whole.split(" ")
        if not allowed or not 1 <= len(head) <= 3 or head.startswith("0") or any(len(group) != 3 for group in groups):
            return None
        whole = whole.replace(" ", "")
    sign = -1 if text.startswith("-") else 1
    if parse == "decimal":
        return sign * float(Decimal(f"{whole}.{fraction or 0}"))
    return sign * int(whole) if int(whole) < 2**63 - 1 else None


@SLOW
@given(
    st.lists(st.text("0011123456789.,.,+- \u00a0%eE５", min_size=1, max_size=12), min_size=100, max_size=200),
    st.sampled_from(sorted(KINDS)),
)
def test_nothing_else_is_accepted(spark: SparkSession, texts: list[str], parse: str) -> None:
    texts = [text for text in texts if text == text.strip()] or ["1"]
    found = list(zip(texts, read(spark, texts, "vi", parse), strict=True))
    assert found == [(text, by_hand(text, parse)) for text in texts]
