"""Indicators, flags and targets evaluated as sets, from the SQL files of `warehouse_schema`.

For the run, for `ntm report --as-of` on a day that is not stored, and for tests. Nothing is written to a table: what a query reads are relations of the caller,
named by a mapping (`jobs.engine.dialect.bind`), which stay as they are while they are asked; populations are evaluated once for all that read them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date

import pyarrow as pa

from jobs.engine.dialect import bind
from jobs.engine.sets import Sets
from jobs.errors import RunFailedError
from jobs.gold.definition import load, settings_row
from jobs.gold.periods import Period
from warehouse_schema.contracts import load_contracts
from warehouse_schema.flag_catalogue import Flag
from warehouse_schema.indicator_catalogue import Indicator
from warehouse_schema.indicator_queries import (
    PARAMETERS,
    Query,
    SettingsOf,
    landed_tables_of,
    population_order,
    populations,
    settings_by_province,
)
from warehouse_schema.row_origin import totals_by_object
from warehouse_schema.sql_text import columns_named, columns_of, relations, sql_name

_PERIODS = pa.schema([("period_type", pa.string()), ("period_start", pa.date32()), ("period_end", pa.date32())])
_DAYS = pa.schema([("day", pa.date32())])
_INDICATOR = pa.schema([(name, pa.string()) for name in ("indicator", "unit", "formula")])
PROVINCE = pa.schema([("province_code", pa.string()), ("province_valid_from", pa.date32())])
"""The identity of a province: a relation of provinces has these columns at least."""
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
    with _errors_named(sets, "indicator", indicator, views):
        facts = _named(sets, {"facts": indicator_facts(sets, indicator, periods=periods, views=views, settings=settings)})
        return roll_up(sets, indicator, periods=periods, province_level=views["province_level"], **facts)


def evaluate_by_object(sets: Sets, indicator: Indicator, *, periods: Sequence[Period], views: Mapping[str, str]) -> pa.Table | None:
    """The totals of `evaluate_indicator`, split by landed object: `breakdown` is the object's id. None where the indicator counts no rows of landed tables.

    Raises:
        UsageError: see `evaluate_indicator`.
        RunFailedError: see `evaluate_indicator`.
    """
    if (sql := totals_by_object(indicator.sql)) is None:
        return None
    with _errors_named(sets, "indicator", indicator, views):
        facts = _named(sets, {"facts": _facts(sets, sql, settings_by_province(indicator), periods, views)})
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
    return _facts(sets, indicator.sql, settings_by_province(indicator) if settings is None else settings, periods, views)


def _facts(sets: Sets, sql: str, settings: Sequence[SettingsOf], periods: Sequence[Period], views: Mapping[str, str]) -> pa.Table:
    first, days = min(period.period_start for period in periods), sorted({period.period_end for period in periods})
    # Around the query, so that the executor reads only the files of these days.
    rest = f"WHERE r.day BETWEEN DATE'{first}' AND DATE'{days[-1]}'"
    return pa.concat_tables([_evaluated(sets, sql, one, days, views, rest) for one in settings])


def evaluate_flag(sets: Sets, flag: Flag, day: date, views: Mapping[str, str]) -> pa.Table:
    """The contradictions that a flag's SQL finds as of a day, in the provinces that are served: the columns of its SQL file, a row for each row behind one.

    Args:
        sets: holds the relations.
        flag: its SQL and those of its populations are evaluated.
        day: the one day of `as_of_days`.
        views: the relations of the silver tables that are read, by two-part name, of `named_unit`, and of `province_level`.

    Raises:
        UsageError: it reads what `views` has not.
        RunFailedError: the engine could not evaluate it; names the flag, its tables, and the rows with the largest numbers.
    """
    rest = f"LEFT SEMI JOIN {views['province_level']} AS v ON v.province_code = r.province_code AND v.province_valid_from = r.province_valid_from"
    with _errors_named(sets, "flag", flag, views):
        return pa.concat_tables([_evaluated(sets, flag.sql, one, [day], views, rest) for one in settings_by_province(flag)])


def _evaluated(sets: Sets, sql: str, settings: SettingsOf, days: Sequence[date], views: Mapping[str, str], rest: str) -> pa.Table:
    """What a query gives for days under some settings, of the provinces that these hold for; `rest`: what its rows (`r`) are asked besides."""
    own = {**views, "as_of_days": sets.kept_rows(_day_rows(days))}
    if settings.values:
        own[PARAMETERS] = sets.kept_rows(settings_row(settings.values))
    served = ""
    if ordered := population_order(sql):
        served = sets.kept_rows(
            sets.result(f"SELECT DISTINCT province_code, province_valid_from FROM {views['province_level']} ORDER BY 1, 2")
        )
    for name in ordered:
        # Evaluated once for all that ask it about the same days by the same settings, and for the provinces that are served: the lists of units are the
        # whole country's.
        text = populations()[name]
        read = {setting: settings.values[setting] for setting in columns_of(text, PARAMETERS) if setting in settings.values}
        members = bind(text, own | {PARAMETERS: sets.kept_rows(settings_row(read))} if read else own)
        own[name] = sets.kept(f"SELECT r.* FROM ({members}) AS r LEFT SEMI JOIN {served} AS p ON {_SAME_PROVINCE}")
    among = ""
    if settings.only is not None or settings.but:
        codes = settings.but if settings.only is None else settings.only
        provinces = sets.kept_rows(pa.Table.from_pylist([dict(zip(PROVINCE.names, one, strict=True)) for one in sorted(codes)], PROVINCE))
        among = f" LEFT {'ANTI' if settings.only is None else 'SEMI'} JOIN {provinces} AS p ON {_SAME_PROVINCE}"
    return sets.result(f"SELECT r.* FROM ({bind(sql, own)}) AS r{among} {rest}")


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
        "indicator": pa.Table.from_pylist([{"indicator": indicator.id, "unit": indicator.unit, "formula": indicator.formula}], _INDICATOR),
        "periods": pa.Table.from_pylist([period._asdict() for period in periods], _PERIODS),
    }
    # Under one name for all indicators, so that the text is bound and translated once.
    sets.view("_gold_province_level", f"SELECT * FROM {province_level}")
    return sets.result(bind(load("rollup"), {**_named(sets, runner), "facts": facts, "province_level": "_gold_province_level"}))


def evaluate_targets(sets: Sets, days: Sequence[date], views: Mapping[str, str]) -> pa.Table:
    """The rows of `gold/target_status` for each as-of day of `days`, without `run_id`.

    Args:
        sets: holds the relations.
        days: as-of days.
        views: the relations that `target_status.sql` reads, but for the days.

    Raises:
        UsageError: one of them is missing.
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
def _errors_named(sets: Sets, kind: str, query: Query, views: Mapping[str, str]) -> Iterator[None]:
    """An error of the executor as a sentence that a person can act on, without the executor's text, which can quote values of rows."""
    try:
        yield
    except sets.errors as error:
        suspects = [one for table in landed_tables_of(query) for one in _largest(sets, query, table, views)]
        rows = f"; the largest numbers that it reads are in {'; '.join(suspects)}" if suspects else ""
        raise RunFailedError(
            f"{kind} {query.id} could not be computed from {', '.join(landed_tables_of(query))} ({type(error).__name__}){rows}; "
            "nothing was released"
        ) from None


def _largest(sets: Sets, query: Query, table: str, views: Mapping[str, str]) -> list[str]:
    """Where the largest numbers stand that a query reads of a table: column, object and line of each."""
    view, named = views[sql_name(table)], columns_named(query.sql)
    found = []
    for column in load_contracts()[table].stored:
        if column.type in ("long", "integer", "double") and column.name in named and sql_name(table) in relations(query.sql):
            rows = sets.rows(
                f"SELECT object_id, line FROM {view} WHERE {column.name} IS NOT NULL ORDER BY abs({column.name}) DESC, object_id, line LIMIT {_LARGE_ROWS}"
            )
            found += [f"{table}.{column.name}: object {row['object_id'][:12]} line {row['line']}" for row in rows]
    return found
