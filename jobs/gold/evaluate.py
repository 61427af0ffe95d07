"""Indicators and targets evaluated in DuckDB, from the SQL files of `warehouse_schema`.

For the run, for `ntm report --as-of` on a day that is not stored, and for tests. Nothing is written: the relations that a query reads are views or tables of
the caller's connection, named by a mapping (`jobs.engine.dialect.bind`); the small relations of the evaluation are registered here and removed again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date

import duckdb
import pyarrow as pa

from jobs.engine.dialect import bind, to_duckdb
from jobs.errors import RunFailedError
from jobs.gold.definition import load, settings_row
from jobs.gold.periods import Period
from warehouse_schema.contracts import load_contracts
from warehouse_schema.indicator_catalogue import Indicator
from warehouse_schema.indicator_queries import PARAMETERS, SettingsOf, landed_tables_of, population_order, populations, settings_by_province
from warehouse_schema.sql_text import columns_named, relations, sql_name

_PERIODS = pa.schema([("period_type", pa.string()), ("period_start", pa.date32()), ("period_end", pa.date32())])
_DAYS = pa.schema([("day", pa.date32())])
_INDICATOR = pa.schema([("indicator", pa.string()), ("unit", pa.string())])
_PROVINCE = pa.schema([("province_code", pa.string()), ("province_valid_from", pa.date32())])
_LARGE_ROWS = 3


def evaluate_indicator(
    connection: duckdb.DuckDBPyConnection,
    indicator: Indicator,
    *,
    periods: Sequence[Period],
    views: Mapping[str, str],
    settings: Sequence[SettingsOf] | None = None,
) -> pa.Table:
    """The rows of `gold/indicator_value` of one indicator for `periods`, without `run_id` and `computed_at`.

    A stock is evaluated on the last day of each period.

    Args:
        connection: holds the views.
        indicator: its SQL and those of its populations are evaluated.
        periods: which rows are wanted; they may overlap.
        views: the silver tables that are read, by two-part name, and `province_level`.
        settings: what it is computed with; none given: those of the catalogue and the plans.

    Raises:
        UsageError: the SQL file is missing, or reads what `views` has not.
        RunFailedError: the engine could not evaluate it; names the indicator, its tables, and the rows with the largest numbers.
    """
    with _errors_named(connection, indicator, views):
        facts = indicator_facts(connection, indicator, periods=periods, views=views, settings=settings)
        with _registered(connection, {"facts": facts}) as own:
            return roll_up(connection, indicator, periods=periods, facts=own["facts"], province_level=views["province_level"])


def indicator_facts(
    connection: duckdb.DuckDBPyConnection,
    indicator: Indicator,
    *,
    periods: Sequence[Period],
    views: Mapping[str, str],
    settings: Sequence[SettingsOf] | None = None,
) -> pa.Table:
    """The facts of an indicator on the days of the periods, as its SQL file gives them; see `evaluate_indicator`."""
    chosen = settings_by_province(indicator) if settings is None else settings
    return pa.concat_tables([_facts_with(connection, indicator.sql, one, periods, views) for one in chosen])


def _facts_with(
    connection: duckdb.DuckDBPyConnection, sql: str, settings: SettingsOf, periods: Sequence[Period], views: Mapping[str, str]
) -> pa.Table:
    """The facts under some settings, of the provinces that these hold for."""
    first, days = min(period.period_start for period in periods), sorted({period.period_end for period in periods})
    runner = {"as_of_days": _day_rows(days)}
    if settings.values:
        runner[PARAMETERS] = settings_row(settings.values)
    if settings.only is not None or settings.but:
        codes = settings.but if settings.only is None else settings.only
        runner["provinces"] = pa.Table.from_pylist([dict(zip(_PROVINCE.names, one, strict=True)) for one in sorted(codes)], _PROVINCE)
    with ExitStack() as stack:
        own = stack.enter_context(_registered(connection, runner))
        for name in population_order(sql):
            # Evaluated once, since it is read several times, and for the provinces that are served: the lists of units are the whole country's.
            served = f"(SELECT DISTINCT province_code, province_valid_from FROM {views['province_level']}) AS s"
            members = f"SELECT * FROM ({to_duckdb(bind(populations()[name], {**views, **own}))}) AS m"
            counted = connection.sql(f"{members} SEMI JOIN {served} USING (province_code, province_valid_from)").to_arrow_table()
            own |= stack.enter_context(_registered(connection, {name: counted}))
        among = (
            f"{'ANTI' if settings.only is None else 'SEMI'} JOIN {own['provinces']} USING (province_code, province_valid_from)"
            if "provinces" in own
            else ""
        )
        # Around the query, so that the engine reads only the files of these days.
        facts = f"SELECT * FROM ({to_duckdb(bind(sql, {**views, **own}))}) AS f {among} WHERE f.day BETWEEN DATE '{first}' AND DATE '{days[-1]}'"
        return connection.sql(facts).to_arrow_table()


def roll_up(
    connection: duckdb.DuckDBPyConnection, indicator: Indicator, *, periods: Sequence[Period], facts: str, province_level: str
) -> pa.Table:
    """Facts summed to units, districts and provinces, and to the periods: rows of `gold/indicator_value` without `run_id` and `computed_at`.

    Args:
        connection: holds the views.
        indicator: whose facts they are.
        periods: which rows are wanted.
        facts: the view of the facts, columns as the indicator's SQL file gives them.
        province_level: the view of the provinces that have a row at each level.
    """
    runner = {
        "indicator": pa.Table.from_pylist([{"indicator": indicator.id, "unit": indicator.unit}], _INDICATOR),
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


@contextmanager
def _errors_named(connection: duckdb.DuckDBPyConnection, indicator: Indicator, views: Mapping[str, str]) -> Iterator[None]:
    """An error of the engine as a sentence that a person can act on, without the engine's text, which can quote values of rows."""
    try:
        yield
    except duckdb.Error as error:
        suspects = [one for table in landed_tables_of(indicator) for one in _largest(connection, indicator, table, views)]
        rows = f"; the largest numbers that it reads are in {'; '.join(suspects)}" if suspects else ""
        raise RunFailedError(
            f"indicator {indicator.id} could not be computed from {', '.join(landed_tables_of(indicator))} ({type(error).__name__}){rows}; "
            "nothing was released"
        ) from None


def _largest(connection: duckdb.DuckDBPyConnection, indicator: Indicator, table: str, views: Mapping[str, str]) -> list[str]:
    """Where the largest numbers stand that an indicator reads of a table: column, object and line of each."""
    view, named = views[sql_name(table)], columns_named(indicator.sql)
    found = []
    for column in load_contracts()[table].stored:
        if column.type in ("long", "integer", "double") and column.name in named and sql_name(table) in relations(indicator.sql):
            rows = connection.sql(
                f"SELECT object_id, line FROM {view} WHERE {column.name} IS NOT NULL ORDER BY abs({column.name}) DESC, object_id, line LIMIT {_LARGE_ROWS}"
            ).fetchall()
            found += [f"{table}.{column.name}: object {object_id[:12]} line {line}" for object_id, line in rows]
    return found
