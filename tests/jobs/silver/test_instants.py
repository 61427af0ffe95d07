"""An instant is read alike at the border, in Python, and in standardisation, in SQL: one table for both."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from jobs.silver.standardise import RECEIVED, standardise
from jobs.vietnam import parse_instant
from warehouse_schema.contracts import Column, Contract

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

AFTERNOON = datetime(2025, 2, 18, 9, 40, 10, tzinfo=UTC)
MIDNIGHT = datetime(2025, 2, 17, 17, tzinfo=UTC)
PARSERS = ("timestamp", "compact_timestamp")
INSTANTS: list[tuple[str | None, datetime | None]] = [
    # Without a fraction, zones as ISO 8601 allows them.
    *((f"2025-02-18T16:40:10{zone}", AFTERNOON) for zone in ("", "+07:00", "+0700", "+07")),
    *((f"2025-02-18{join}09:40:10{zone}", AFTERNOON) for join in "Tt " for zone in ("Z", "z", "+00:00", "-00:00", "+00", "-0000")),
    ("2025-02-17T19:40:10-14:00", AFTERNOON),
    ("2025-02-18T15:10:10+0530", AFTERNOON),
    # Fractions of 1 to 9 digits, cut to microseconds.
    *(
        (f"2025-02-18T16:40:10{sign}{'123456789'[:digits]}{zone}", AFTERNOON.replace(microsecond=int("123456"[:digits].ljust(6, "0"))))
        for digits in range(1, 10)
        for sign in ".,"
        for zone in ("", "+07:00", "+0700", "+07")
    ),
    ("2025-02-18T16:40:10.9999999+07:00", AFTERNOON.replace(microsecond=999_999)),
    ("2025-02-18T16:40:10.0000000+07:00", AFTERNOON),
    # To the minute, and days.
    *((f"2025-02-18{join}16:40{zone}", AFTERNOON.replace(second=0)) for join in "Tt " for zone in ("", "+07:00", "+0700", "+07")),
    ("2025-02-18", MIDNIGHT),
    ("20250218", MIDNIGHT),
    # The basic format.
    *((f"20250218{join}164010{zone}", AFTERNOON) for join in ("", "T", "t") for zone in ("", "+0700", "+07", "+07:00")),
    ("20250218T094010Z", AFTERNOON),
    ("20250218T1640", AFTERNOON.replace(second=0)),
    ("20250218T0940z", AFTERNOON.replace(second=0)),
    ("20250218T164010,5", AFTERNOON.replace(microsecond=500_000)),
    ("20250218164010.0", AFTERNOON),
    ("\u00a020250218164010\n", AFTERNOON),
    # The end of a day, and leap seconds.
    ("2025-02-17T24:00:00", MIDNIGHT),
    ("2025-02-17T24:00", MIDNIGHT),
    ("20250217240000", MIDNIGHT),
    ("2025-02-17T24:00:00.000Z", MIDNIGHT + timedelta(hours=7)),
    ("2025-02-28T24:00:00+07:00", datetime(2025, 2, 28, 17, tzinfo=UTC)),
    ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
    ("2017-01-01T06:59:60.25+07:00", datetime(2017, 1, 1, 0, 0, 0, 250_000, tzinfo=UTC)),
    ("20170101065960", datetime(2017, 1, 1, tzinfo=UTC)),
    # The years that count; the zone Vietnam had then is of no account.
    ("1900-01-01T00:00:00", datetime(1899, 12, 31, 17, tzinfo=UTC)),
    ("19430101000000", datetime(1942, 12, 31, 17, tzinfo=UTC)),
    ("2099-12-31T23:59:59.999999-14:00", datetime(2100, 1, 1, 13, 59, 59, 999_999, tzinfo=UTC)),
    # Nothing, and what is no instant.
    *((text, None) for text in (None, "", " \u3000", "null", "now", "18/02/2025 16:40", "Wed, 19 Feb 2025 08:15:30 GMT", "1739952930")),
    *((text, None) for text in ("1899-12-31", "2100-01-01", "0001-01-01T00:00:00", "9999-12-31T00:00:00Z", "00000000000000", "10000-01-01")),
    *((text, None) for text in ("2025-02-30", "2025-02-29T16:40:10", "2025-13-01", "2025-00-10", "20250231000000", "2100-02-29", "2025-04-31")),
    *((text, None) for text in ("2025-02-18T25:00:00", "2025-02-18T16:60:00", "2025-02-18T16:40:61", "2025-02-18T16:40:60", "2025-02-18T24:00:01")),
    *((text, None) for text in ("2025-02-18T24:00:00.000001", "2025-02-18T24:01", "2025-02-30T24:00", "20250218246060", "20250218240001")),
    *((text, None) for text in ("2025-02-18T16", "2025-02-18T", "2025-02-18T16:4", "2025-02-18T1640", "20250218T16:40", "202502181640")),
    *((text, None) for text in ("2025-W07-2", "2025-049", "2025-2-8", "25-02-18", "2025-02-18T16:40.5", "2025-02-18T16:40:10.", "20250218.5")),
    *((f"2025-02-18T16:40:10{zone}", None) for zone in (" +07:00", " Z", "+7", "+7:00", "+070", "+07:60", "+15:00", "-15", "+07:00:00", "UTC")),
    *((text, None) for text in ("2025-02-18T16:40:10.1234567890", "2025-02-18+07:00", "20250218Z", "+2025-02-18", "2.0250218164010E+13")),
    *((text, None) for text in ("２０２５-02-18", "2025‐02‐18", "2025-02-18  16:40:10", "2025-02-18_16:40:10", "2025-02-18T16:40:10\u00a0Z")),
]  # fmt: skip


def expected_of(parse: str, text: str | None, instant: datetime | None) -> datetime | None:
    """What standardisation is to make of a text: as the border, but that a day alone is no time in a field of `yyyyMMddHHmmss`."""
    is_day = re.fullmatch(r"[0-9]{8}|[0-9]{4}-[0-9]{2}-[0-9]{2}", (text or "").strip())
    return None if parse == "compact_timestamp" and is_day else instant


def in_sql(spark: SparkSession, texts: list[str | None], parse: str) -> list[datetime | None]:
    """What standardisation makes of the texts."""
    column = Column(name="at", type="timestamp", description="", source="At", parse=parse)
    contract = Contract(layer="silver", table="t", title="", description="", grain="", path=Path("t.yaml"), columns=(column,))
    frame = spark.createDataFrame(list(enumerate((text,) for text in texts)), f"number int, {RECEIVED} struct<At: string>")
    found: list[dict[str, Any]] = frame.transform(standardise(contract)).drop(RECEIVED).toArrow().to_pylist()
    return [row["at"] for row in sorted(found, key=lambda row: row["number"])]


@pytest.mark.parametrize(("text", "expected"), INSTANTS, ids=[ascii(text) for text, _ in INSTANTS])
def test_the_border_reads_it(text: str | None, expected: datetime | None) -> None:
    assert parse_instant(text) == expected


@pytest.mark.parametrize("parse", PARSERS)
def test_standardisation_reads_it(spark: SparkSession, parse: str) -> None:
    found = in_sql(spark, [text for text, _ in INSTANTS], parse)
    wrong = [
        (text, expected, one) for (text, expected), one in zip(INSTANTS, found, strict=True) if one != expected_of(parse, text, expected)
    ]
    assert not wrong


TWO = st.integers(0, 61).map("{:02d}".format)
YEARS = st.sampled_from(["1899", "1900", "1999", "2000", "2024", "2025", "2099", "2100"])
ZONES = st.sampled_from(["", "Z", "z", "+07:00", "-0330", "+14", "-14:00", "+14:59", "+15", "+07:6", " Z", "+"])
FRACTIONS = st.from_regex(r"([.,][0-9]{0,10})?", fullmatch=True)
MONTHS, DAYS, HOURS = (st.integers(0, most).map("{:02d}".format) for most in (13, 32, 25))
TIMES = st.one_of(
    st.tuples(HOURS, TWO, TWO).map(list), st.tuples(HOURS, TWO).map(list), st.just(["24", "00", "00"]), st.just(["10", "59", "60"])
)


@st.composite
def instants(draw: st.DrawFn) -> str:
    """Texts near the border of what is an instant."""
    dash, colon = draw(st.sampled_from([("-", ":"), ("", ""), ("-", ""), ("", ":")]))
    day = dash.join([draw(YEARS), draw(MONTHS), draw(DAYS)])
    join = draw(st.sampled_from(["T", "t", " ", ""]))
    return draw(st.sampled_from([day, f"{day}{join}{colon.join(draw(TIMES))}{draw(FRACTIONS)}{draw(ZONES)}"]))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.one_of(instants(), st.text("0123456789-:TtZz+., ", max_size=25)), min_size=100, max_size=200))
@example(["2025-02-18T16:40:10"])
def test_border_and_standardisation_agree_on_every_text(spark: SparkSession, texts: list[str]) -> None:
    for parse in PARSERS:
        expected = [expected_of(parse, text, parse_instant(text)) for text in texts]
        found = in_sql(spark, list(texts), parse)
        assert [(text, one) for text, one in zip(texts, found, strict=True)] == list(zip(texts, expected, strict=True))


@given(
    st.datetimes(datetime(1900, 1, 1), datetime(2099, 12, 31)),  # noqa: DTZ001
    st.integers(-14 * 60, 14 * 60).map(lambda minutes: timedelta(minutes=minutes)),
    st.sampled_from("Tt "),
    st.sampled_from(".,"),
    st.integers(6, 9),
)
def test_an_instant_comes_back_however_it_is_written(moment: datetime, offset: timedelta, join: str, sign: str, digits: int) -> None:
    minutes = int(offset.total_seconds()) // 60
    zone = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}"
    fraction = f"{sign}{moment.microsecond:06d}{'7' * (digits - 6)}"
    expected = moment.replace(tzinfo=UTC) - offset
    assert parse_instant(f"{moment:%Y-%m-%d}{join}{moment:%H:%M:%S}{fraction}{zone}") == expected
    assert parse_instant(f"{moment:%Y%m%dT%H%M%S}{fraction}{zone[:3]}:{zone[3:]}") == expected
