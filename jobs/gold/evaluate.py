"""Indicators and targets evaluated in DuckDB, from the SQL files of `warehouse_schema/indicators`.

For `ntm report --as-of` on a day that is not stored, and for tests. Nothing is written: the relations that a query
reads are views or tables of the caller's connection, named by a mapping (`jobs.gold.sql.bind`); the runner's own
small relations are registered here and removed again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Literal

import duckdb
import pyarrow as pa

from jobs.engine.dialect import bind, to_duckdb
from jobs.gold.periods import Period
from jobs.gold.sql import load

IndicatorUnit = Literal["ratio", "count"]

_PERIODS = pa.schema([("period_type", pa.string()), ("period_start", pa.date32()), ("period_end", pa.date32())])
_DAYS = pa.schema([("day", pa.date32())])
_INDICATOR = pa.schema([("indicator", pa.string()), ("unit", pa.string())])


def evaluate_indicator(
    connection: duckdb.DuckDBPyConnection,
    *,
    indicator: str,
    unit: IndicatorUnit,
    periods: Sequence[Period],
    parameters: Mapping[str, bool],
    views: Mapping[str, str],
) -> pa.Table:
    """The rows of `gold/indicator_value` of one indicator for `periods`, without `run_id` and `computed_at`.

    A stock is evaluated on the last day of each period.

    Args:
        connection: holds the views.
        indicator: name of the SQL file.
        unit: `ratio` or `count` (a count has no denominator).
        periods: which rows are wanted; they may overlap.
        parameters: the settings that the SQL file names in its head, as the one row of its relation `parameters`.
        views: the silver tables that the indicator reads, by two-part name, and `province_level`.

    Raises:
        UsageError: the SQL file is missing, or reads what `views` has not.
    """
    runner = {"as_of_days": _day_rows(sorted({period.period_end for period in periods}))}
    if parameters:
        runner["parameters"] = pa.Table.from_pylist([dict(parameters)])
    with _registered(connection, runner) as own:
        facts = connection.sql(to_duckdb(bind(load(indicator), {**views, **own}))).to_arrow_table()
    with _registered(connection, {"facts": facts}) as own:
        return roll_up(
            connection, indicator=indicator, unit=unit, periods=periods, facts=own["facts"], province_level=views["province_level"]
        )


def roll_up(
    connection: duckdb.DuckDBPyConnection,
    *,
    indicator: str,
    unit: IndicatorUnit,
    periods: Sequence[Period],
    facts: str,
    province_level: str,
) -> pa.Table:
    """Facts summed to units, districts and provinces, and to the periods: rows of `gold/indicator_value` without `run_id` and `computed_at`.

    Args:
        connection: holds the views.
        indicator: its name.
        unit: `ratio` or `count`.
        periods: which rows are wanted.
        facts: the view of the facts, columns as the indicator's SQL file gives them.
        province_level: the view of the provinces that have a row at each level.
    """
    runner = {
        "indicator": pa.Table.from_pylist([{"indicator": indicator, "unit": unit}], _INDICATOR),
        "periods": pa.Table.from_pylist([period._asdict() for period in periods], _PERIODS),
    }
    with _registered(connection, runner) as own:
        views = {**own, "facts": facts, "province_level": province_level}
        return connection.sql(to_duckdb(bind(load("rollup"), views))).to_arrow_table()


def evaluate_targets(connection: duckdb.DuckDBPyConnection, days: Sequence[date], views: Mapping[str, str]) -> pa.Table:
    """The rows of `gold/target_status` for each as-of day of `days`, without `run_id`.

    Args:
        connection: holds the views.
        days: as-of days.
        views: `target` (only targets of indicators that are computed), `caveat` and `gold.indicator_value`.

    Raises:
        UsageError: one of the three is missing.
    """
    with _registered(connection, {"as_of_days": _day_rows(days)}) as own:
        return connection.sql(to_duckdb(bind(load("target_status"), {**views, **own}))).to_arrow_table()


def _day_rows(days: Sequence[date]) -> pa.Table:
    return pa.Table.from_pylist([{"day": day} for day in days], _DAYS)


@contextmanager
def _registered(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, pa.Table]) -> Iterator[dict[str, str]]:
    """Registers Arrow tables under names of their own for the length of a block; gives relation name -> view name."""
    views = {name: f"_gold_{name}" for name in tables}
    for name, table in tables.items():
        connection.register(views[name], table)
    try:
        yield views
    finally:
        for view in views.values():
            connection.unregister(view)
