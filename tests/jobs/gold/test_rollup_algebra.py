"""The roll-up against its definition: for each unit and period, sum what counts for the unit, then divide once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.engine.dialect import bind, to_duckdb
from jobs.gold.definition import load
from jobs.gold.periods import Period, flow_periods, month_end, stock_periods
from warehouse_schema.sql_text import relations

pytestmark = pytest.mark.slow

VIEWS = {name: f"the_{name}" for name in relations(load("rollup"))}
ROLLUP = to_duckdb(bind(load("rollup"), VIEWS))
OLD, NEW = date(2021, 1, 1), date(2025, 7, 1)
FIRST, LAST = date(2024, 11, 1), date(2025, 12, 31)

PLACE = [
    ("unit_code", pa.string()),
    ("unit_valid_from", pa.date32()),
    ("unit_level", pa.string()),
    ("district_code", pa.string()),
    ("district_valid_from", pa.date32()),
    ("province_code", pa.string()),
    ("province_valid_from", pa.date32()),
]
FACTS = pa.schema(
    [
        *PLACE,
        ("level", pa.string()),
        ("day", pa.date32()),
        ("breakdown", pa.string()),
        ("numerator", pa.int64()),
        ("denominator", pa.int64()),
    ]
)
PERIODS = pa.schema([("period_type", pa.string()), ("period_start", pa.date32()), ("period_end", pa.date32())])
PROVINCE_LEVEL = pa.schema(
    [
        ("province_code", pa.string()),
        ("province_valid_from", pa.date32()),
        ("level", pa.string()),
        ("from_day", pa.date32()),
        ("to_day", pa.date32()),
    ]
)
UNITS = [
    ("17617", OLD, "commune", "427", OLD, "40", OLD),
    ("17618", OLD, "commune", "427", OLD, "40", OLD),
    ("17700", OLD, "commune", "428", OLD, "40", OLD),
    ("17617", NEW, "commune", None, None, "40", OLD),
    ("07201", OLD, "commune", "213", OLD, "24", OLD),
    ("07201", NEW, "commune", None, None, "24", NEW),
    # Both ways to write the district of a district are read alike.
    ("427", OLD, "district", "427", OLD, "40", OLD),
    ("428", OLD, "district", None, None, "40", OLD),
    ("40", OLD, "province", None, None, "40", OLD),
    ("24", NEW, "province", None, None, "24", NEW),
]


class Fact(NamedTuple):
    unit: tuple[Any, ...]
    level: str
    day: date
    breakdown: str
    numerator: int
    denominator: int


Key = tuple[Any, ...]
Sides = dict[Key, tuple[int, int]]

fact_lists = st.lists(
    st.builds(
        lambda unit, level, day, breakdown, denominator, part: Fact(unit, level, day, breakdown, denominator * part // 4, denominator),
        st.sampled_from(UNITS),
        st.sampled_from(["province", "commune"]),
        st.dates(FIRST, LAST) | st.sampled_from([date(2025, 6, 30), date(2025, 7, 1), date(2025, 2, 28)]),
        st.sampled_from(["", "source=paper"]),
        st.integers(0, 50),
        st.integers(0, 4),
    ),
    max_size=25,
)
as_of_days = st.dates(FIRST, LAST)
property_test = settings(max_examples=25)


@pytest.fixture(scope="module")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        yield connection


def rollup(
    connection: duckdb.DuckDBPyConnection,
    facts: Sequence[Fact],
    periods: Sequence[Period],
    unit: str = "ratio",
    provinces: Sequence[dict[str, Any]] = (),
) -> list[dict[str, Any]]:
    names = [name for name, _ in PLACE]
    rows = [
        dict(zip(names, fact.unit, strict=True))
        | {"level": fact.level, "day": fact.day, "breakdown": fact.breakdown, "numerator": fact.numerator}
        | {"denominator": fact.denominator if unit == "ratio" else None}
        for fact in facts
    ]
    relations_of_run = {
        "facts": pa.Table.from_pylist(rows, FACTS),
        "periods": pa.Table.from_pylist([period._asdict() for period in periods], PERIODS),
        "province_level": pa.Table.from_pylist(list(provinces), PROVINCE_LEVEL),
        "indicator": pa.Table.from_pylist([{"indicator": "an_indicator", "unit": unit, "formula": ""}]),
    }
    for name, table in relations_of_run.items():
        connection.register(VIEWS[name], table)
    return connection.sql(ROLLUP).to_arrow_table().to_pylist()


def sides(rows: Sequence[dict[str, Any]]) -> Sides:
    """Key of a stored row -> (numerator, denominator); the key holds once."""
    found = {
        (
            row["level"],
            (row["unit_code"], row["unit_valid_from"], row["unit_level"]),
            row["breakdown"],
            Period(row["period_type"], row["period_start"], row["period_end"]),
        ): (row["numerator"], row["denominator"])
        for row in rows
    }
    assert len(found) == len(rows)
    return found


def units_of(fact: Fact) -> set[tuple[Any, ...]]:
    code, valid_from, level, district, district_from, province, province_from = fact.unit
    units = {(code, valid_from, level), (province, province_from, "province")}
    if district is not None:
        units.add((district, district_from, "district"))
    return units


def by_definition(facts: Sequence[Fact], periods: Sequence[Period]) -> Sides:
    sums: dict[Key, list[int]] = defaultdict(lambda: [0, 0])
    for fact in facts:
        for period in periods:
            if period.period_start <= fact.day <= period.period_end:
                for unit in units_of(fact):
                    both = sums[fact.level, unit, fact.breakdown, period]
                    both[0] += fact.numerator
                    both[1] += fact.denominator
    return {key: (numerator, denominator) for key, (numerator, denominator) in sums.items() if numerator or denominator}


@property_test
@given(facts=fact_lists, as_of=as_of_days)
def test_the_rollup_is_its_definition(duck: duckdb.DuckDBPyConnection, facts: list[Fact], as_of: date):
    periods = flow_periods(FIRST, LAST, as_of)

    rows = rollup(duck, facts, periods)

    assert sides(rows) == by_definition(facts, periods)
    for row in rows:
        expected = row["numerator"] / row["denominator"] if row["denominator"] else None
        assert row["value"] == expected
        assert expected is None or 0 <= expected <= 1


@property_test
@given(
    facts=fact_lists,
    periods=st.lists(
        st.tuples(as_of_days, as_of_days).map(lambda pair: Period("month", min(pair), max(pair))),
        max_size=5,
        unique=True,
    ),
)
def test_any_set_of_periods_is_summed_exactly(duck: duckdb.DuckDBPyConnection, facts: list[Fact], periods: list[Period]):
    assert sides(rollup(duck, facts, periods)) == by_definition(facts, periods)


@property_test
@given(facts=fact_lists, days=st.sets(as_of_days, max_size=5))
def test_a_stock_is_told_on_its_days_and_has_no_denominator(duck: duckdb.DuckDBPyConnection, facts: list[Fact], days: set[date]):
    periods = stock_periods(sorted(days))
    in_stock = [fact for fact in facts if fact.numerator] + [Fact(UNITS[0], "commune", day, "", 1, 1) for day in sorted(days)]

    rows = rollup(duck, in_stock, periods, unit="count")

    expected = {key: (numerator, None) for key, (numerator, _) in by_definition(in_stock, periods).items()}
    assert sides(rows) == expected
    assert all(row["value"] == row["numerator"] and row["unit"] == "count" for row in rows)


@property_test
@given(facts=fact_lists, as_of=as_of_days, other_as_of=as_of_days)
def test_calendar_periods_do_not_depend_on_the_as_of_day(
    duck: duckdb.DuckDBPyConnection, facts: list[Fact], as_of: date, other_as_of: date
):
    def calendar(day: date) -> Sides:
        rows = rollup(duck, facts, flow_periods(FIRST, LAST, day))
        return {key: value for key, value in sides(rows).items() if key[3].period_type != "year_to_date"}

    assert calendar(as_of) == calendar(other_as_of)


@property_test
@given(facts=fact_lists)
def test_a_year_is_the_sum_of_its_months_and_its_year_to_date_at_its_end(duck: duckdb.DuckDBPyConnection, facts: list[Fact]):
    found = sides(rollup(duck, facts, flow_periods(FIRST, LAST, LAST)))

    def of_2025(period_type: str) -> dict[Key, tuple[int, int]]:
        sums: dict[Key, tuple[int, int]] = {}
        for (*unit, period), (numerator, denominator) in found.items():
            if period.period_type == period_type and period.period_start.year == 2025:
                before = sums.get(tuple(unit), (0, 0))
                sums[tuple(unit)] = (before[0] + numerator, before[1] + denominator)
        return sums

    at_year_end = {key[:3]: value for key, value in found.items() if key[3] == Period("year_to_date", date(2025, 1, 1), LAST)}
    year = of_2025("year")
    assert year == of_2025("month") == of_2025("quarter") == of_2025("half_year") == at_year_end


@property_test
@given(facts=fact_lists, as_of=as_of_days, data=st.data())
def test_periods_may_be_computed_apart(duck: duckdb.DuckDBPyConnection, facts: list[Fact], as_of: date, data: st.DataObject):
    periods = flow_periods(FIRST, LAST, as_of)
    chosen = data.draw(st.sets(st.sampled_from(periods)))

    some = sides(rollup(duck, facts, [period for period in periods if period in chosen]))
    others = sides(rollup(duck, facts, [period for period in periods if period not in chosen]))

    assert some.keys().isdisjoint(others.keys())
    assert some | others == sides(rollup(duck, facts, periods))


@property_test
@given(facts=fact_lists, data=st.data())
def test_neither_the_order_nor_the_grain_of_the_facts_matters(duck: duckdb.DuckDBPyConnection, facts: list[Fact], data: st.DataObject):
    periods = flow_periods(FIRST, LAST, month_end(LAST))
    split = [
        part
        for fact in facts
        for part in (
            fact._replace(numerator=0, denominator=fact.denominator - fact.numerator),
            fact._replace(denominator=fact.numerator),
        )
    ]

    assert rows_in_order(rollup(duck, data.draw(st.permutations(split)), periods)) == rows_in_order(rollup(duck, facts, periods))


@property_test
@given(facts=fact_lists, as_of=as_of_days)
def test_the_rows_of_a_province_add_nothing_to_the_sums(duck: duckdb.DuckDBPyConnection, facts: list[Fact], as_of: date):
    periods = flow_periods(FIRST, LAST, as_of)
    ended = {"province_code": "24", "province_valid_from": OLD, "from_day": OLD, "to_day": date(2025, 6, 30)}
    open_one = {"province_code": "40", "province_valid_from": OLD, "from_day": OLD, "to_day": None}
    provinces = [{**ended, "level": "commune"}, {**open_one, "level": "commune"}, {**open_one, "level": "province"}]

    expected = {
        (row["level"], (row["province_code"], row["province_valid_from"], "province"), "", period): (0, 0)
        for row in provinces
        for period in periods
        if row["to_day"] is None or period.period_start <= row["to_day"]
    } | by_definition(facts, periods)

    assert sides(rollup(duck, facts, periods, provinces=provinces)) == expected


def rows_in_order(rows: Sequence[dict[str, Any]]) -> list[str]:
    return sorted(map(repr, rows))
