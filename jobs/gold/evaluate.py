"""Indicators and targets evaluated as sets, from the SQL files of `warehouse_schema`.

For the run, for `ntm report --as-of` on a day that is not stored, and for tests. Nothing is written to a table: what a query reads are relations of the caller,
named by a mapping (`jobs.engine.dialect.bind`); those of the evaluation itself have names that begin with `_gold_`, and stay until the next one replaces them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date

import pyarrow as pa

from jobs.engine.dialect import bind
from jobs.engine.sets import SetError, Sets
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
_SAME_PROVINCE = "p.province_code = r.province_code AND p.province_valid_from = r.province_valid_from"
_LARGE_ROWS = 3


def evaluate_indicator(
    sets: Sets,
    indicator: Indicator,
    *,
    periods: Sequence[Period],
    views: Mapping[str, str],
    settings: Sequence[SettingsOf] | None = None,
) -> pa.Table:
    """The rows of `gold/indicator_value` of one indicator for `periods`, without `run_id` and `computed_at`.

    A stock is evaluated on the last day of each period.

    Args:
        sets: holds the relations.
        indicator: its SQL and those of its populations are evaluated.
        periods: which rows are wanted; they may overlap.
        views: the relations of the silver tables that are read, by two-part name, and of `province_level`.
        settings: what it is computed with; none given: those of the catalogue and the plans.

    Raises:
        UsageError: the SQL file is missing, or reads what `views` has not.
        RunFailedError: the engine could not evaluate it; names the indicator, its tables, and the rows with the largest numbers.
    """
    with _errors_named(sets, indicator, views):
        facts = _named(sets, {"facts": indicator_facts(sets, indicator, periods=periods, views=views, settings=settings)})
        return roll_up(sets, indicator, periods=periods, province_level=views["province_level"], **facts)


def indicator_facts(
    sets: Sets,
    indicator: Indicator,
    *,
    periods: Sequence[Period],
    views: Mapping[str, str],
    settings: Sequence[SettingsOf] | None = None,
) -> pa.Table:
    """The facts of an indicator on the days of the periods, as its SQL file gives them; see `evaluate_indicator`."""
    chosen = settings_by_province(indicator) if settings is None else settings
    return pa.concat_tables([_facts_with(sets, indicator.sql, one, periods, views) for one in chosen])


def _facts_with(sets: Sets, sql: str, settings: SettingsOf, periods: Sequence[Period], views: Mapping[str, str]) -> pa.Table:
    """The facts under some settings, of the provinces that these hold for."""
    first, days = min(period.period_start for period in periods), sorted({period.period_end for period in periods})
    runner = {"as_of_days": _day_rows(days)}
    if settings.values:
        runner[PARAMETERS] = settings_row(settings.values)
    among = ""
    if settings.only is not None or settings.but:
        codes = settings.but if settings.only is None else settings.only
        runner["provinces"] = pa.Table.from_pylist([dict(zip(_PROVINCE.names, one, strict=True)) for one in sorted(codes)], _PROVINCE)
        among = f" LEFT {'ANTI' if settings.only is None else 'SEMI'} JOIN _gold_provinces AS p ON {_SAME_PROVINCE}"
    own = {**views, **_named(sets, runner)}
    for name in population_order(sql):
        # Evaluated once, since it is read several times, and for the provinces that are served: the lists of units are the whole country's.
        sets.view("_gold_members", bind(populations()[name], own))
        own[name] = f"_gold_population_{name}"
        sets.table(own[name], f"SELECT r.* FROM _gold_members AS r LEFT SEMI JOIN {views['province_level']} AS p ON {_SAME_PROVINCE}")
    sets.view("_gold_every_fact", bind(sql, own))
    # Around the query, so that the executor reads only the files of these days.
    return sets.result(f"SELECT r.* FROM _gold_every_fact AS r{among} WHERE r.day BETWEEN DATE'{first}' AND DATE'{days[-1]}'")


def roll_up(sets: Sets, indicator: Indicator, *, periods: Sequence[Period], facts: str, province_level: str) -> pa.Table:
    """Facts summed to units, districts and provinces, and to the periods: rows of `gold/indicator_value` without `run_id` and `computed_at`.

    Args:
        sets: holds the relations.
        indicator: whose facts they are.
        periods: which rows are wanted.
        facts: the relation of the facts, columns as the indicator's SQL file gives them.
        province_level: the relation of the provinces that have a row at each level.
    """
    runner = {
        "indicator": pa.Table.from_pylist([{"indicator": indicator.id, "unit": indicator.unit}], _INDICATOR),
        "periods": pa.Table.from_pylist([period._asdict() for period in periods], _PERIODS),
    }
    return sets.result(bind(load("rollup"), {**_named(sets, runner), "facts": facts, "province_level": province_level}))


def evaluate_targets(sets: Sets, days: Sequence[date], views: Mapping[str, str]) -> pa.Table:
    """The rows of `gold/target_status` for each as-of day of `days`, without `run_id`.

    Args:
        sets: holds the relations.
        days: as-of days.
        views: the relations `target` (only targets of indicators that are computed), `caveat` and `gold.indicator_value`.

    Raises:
        UsageError: one of the three is missing.
    """
    return sets.result(bind(load("target_status"), {**views, **_named(sets, {"as_of_days": _day_rows(days)})}))


def _day_rows(days: Sequence[date]) -> pa.Table:
    return pa.Table.from_pylist([{"day": day} for day in days], _DAYS)


def _named(sets: Sets, tables: Mapping[str, pa.Table]) -> dict[str, str]:
    """Make tables relations of the evaluation; gives the name of each."""
    for name, table in tables.items():
        sets.rows_of(f"_gold_{name}", table)
    return {name: f"_gold_{name}" for name in tables}


@contextmanager
def _errors_named(sets: Sets, indicator: Indicator, views: Mapping[str, str]) -> Iterator[None]:
    """An error of the executor as a sentence that a person can act on, without the executor's text, which can quote values of rows."""
    try:
        yield
    except SetError as error:
        suspects = [one for table in landed_tables_of(indicator) for one in _largest(sets, indicator, table, views)]
        rows = f"; the largest numbers that it reads are in {'; '.join(suspects)}" if suspects else ""
        raise RunFailedError(
            f"indicator {indicator.id} could not be computed from {', '.join(landed_tables_of(indicator))} ({type(error).__name__}){rows}; "
            "nothing was released"
        ) from None


def _largest(sets: Sets, indicator: Indicator, table: str, views: Mapping[str, str]) -> list[str]:
    """Where the largest numbers stand that an indicator reads of a table: column, object and line of each."""
    view, named = views[sql_name(table)], columns_named(indicator.sql)
    found = []
    for column in load_contracts()[table].stored:
        if column.type in ("long", "integer", "double") and column.name in named and sql_name(table) in relations(indicator.sql):
            rows = sets.rows(
                f"SELECT object_id, line FROM {view} WHERE {column.name} IS NOT NULL ORDER BY abs({column.name}) DESC, object_id, line LIMIT {_LARGE_ROWS}"
            )
            found += [f"{table}.{column.name}: object {row['object_id'][:12]} line {row['line']}" for row in rows]
    return found
