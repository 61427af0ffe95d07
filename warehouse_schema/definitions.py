"""Whether the definitions fit together: contracts, indicators, flags, their SQL, populations, views, plans, open data. What passes here a run can do."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.errors import SqlglotError

from warehouse_schema.contracts import load_contracts
from warehouse_schema.errors import UsageError
from warehouse_schema.flag_catalogue import load_flags
from warehouse_schema.indicator_catalogue import CatalogueError
from warehouse_schema.indicator_queries import (
    AS_OF_DAYS,
    PARAMETERS,
    computed_indicators,
    population_order,
    populations,
    settings_of,
    tables_of,
)
from warehouse_schema.open_data import load_open_data
from warehouse_schema.plan_registry import GENERAL_SETTINGS, load_plans
from warehouse_schema.released_views import made_relations, released_views
from warehouse_schema.sql_text import columns_of, parse_query, relations, sql_name
from warehouse_schema.yaml_source import closest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warehouse_schema.indicator_catalogue import Indicator
    from warehouse_schema.released_views import ReleasedView

NAMED_UNIT = "named_unit"
"""The relation of the units that plans name, which flags may read."""
FACT_COLUMNS = (
    *("unit_code", "unit_valid_from", "unit_level", "district_code", "district_valid_from", "province_code", "province_valid_from"),
    *("level", "day", "breakdown", "numerator", "denominator"),
)
"""The columns of what an indicator's SQL gives, in any order."""
POPULATION_COLUMNS = ("day", *FACT_COLUMNS[:7])
FLAG_COLUMNS = (*POPULATION_COLUMNS, "subject", "reason", "detail", "table_name", "record_key", "object_id", "line")
"""The columns of what a flag's SQL gives, in any order: a row for each row behind a contradiction."""


@lru_cache(maxsize=1)
def check_definitions() -> None:
    """Read all definitions and hold them against each other; quick after the first time in a process.

    Raises:
        UsageError: something is wrong; the message has all problems, each by file.
    """
    load_contracts()
    load_open_data()
    problems: list[str] = []
    for name, sql in populations().items():
        problems += [f"populations/{name}.sql: {problem}" for problem in _query_problems(sql, POPULATION_COLUMNS, GENERAL_SETTINGS)]
    for indicator in computed_indicators():
        file = f"indicators/{indicator.id}.sql"
        known = {*GENERAL_SETTINGS, *indicator.parameters}
        found = _query_problems(indicator.sql, FACT_COLUMNS, known)
        problems += [f"{file}: {problem}" for problem in found or _reading_problems(indicator)]
    for view in released_views().values():
        problems += [f"views/{view.id}.sql: {problem}" for problem in _view_problems(view)]
    for flag in load_flags().values():
        problems += [
            f"flags/{flag.id}.sql: {problem}" for problem in _query_problems(flag.sql, FLAG_COLUMNS, GENERAL_SETTINGS, {NAMED_UNIT})
        ]
    if problems:
        raise CatalogueError("\n".join(problems))
    for indicator in computed_indicators():
        for province in {(plan.province_code, plan.province_valid_from) for plan in load_plans()}:
            settings_of(indicator, province)


def _query_problems(sql: str, columns: Iterable[str], settings: Iterable[str], more: Iterable[str] = ()) -> list[str]:
    """What is wrong with a query that has to give some columns and may read these settings; `more`: relations that it may read besides."""
    try:
        query = parse_query(sql)
        read = relations(sql)
    except (UsageError, SqlglotError) as error:
        return [str(error)]
    silver = {sql_name(name) for name in load_contracts() if name.startswith("silver/")}
    there = {*silver, *populations(), *more, AS_OF_DAYS, PARAMETERS}
    problems = [f"reads {name}, which is not there{closest(name, there)}" for name in sorted(read - there)]
    problems += [
        f"reads the setting {name}, which is none{closest(name, settings)}" for name in sorted(columns_of(sql, PARAMETERS) - {*settings})
    ]
    bare = sorted({column.name for column in query.find_all(exp.Column) if not column.table} & {*settings})
    problems += [f"reads the setting {name} without its relation: write p.{name}, with `parameters AS p`" for name in bare]
    given = query.named_selects
    if missing := [name for name in columns if name not in given]:
        problems.append(f"gives no column {', '.join(missing)}")
    return problems


def _view_problems(view: ReleasedView) -> list[str]:
    """What is wrong with the SQL of a view: beside what may be wrong with any, it can read no setting, since nobody says whose."""
    problems = _query_problems(view.sql, ("day", *view.grain), (), {*made_relations(), *map(sql_name, load_contracts())})
    settled = [name for name in population_order(view.sql) if PARAMETERS in relations(populations()[name])] if not problems else []
    return problems + [f"reads {name}, which depends on settings of plans; a view has none" for name in settled]


def _reading_problems(indicator: Indicator) -> list[str]:
    """What is wrong between the SQL of an indicator and its entry in the catalogue."""
    contracts, tables, problems = load_contracts(), tables_of(indicator), []
    if indicator.kind == "flow" and AS_OF_DAYS in relations(indicator.sql):
        problems.append("reads as_of_days, and is a flow: its facts have the day of the event")
    for table, columns in indicator.fact_days.items():
        if table not in tables:
            problems.append(f"catalogue.yaml: fact_days: the SQL does not read {table}{closest(table, tables)}")
            continue
        dates = [column.name for column in contracts[table].stored if column.type == "date"]
        problems += [
            f"catalogue.yaml: fact_days: {table} has no date column {name}{closest(name, dates)}" for name in columns if name not in dates
        ]
    landings = {contract.landing for contract in contracts.values()}
    problems += [f"catalogue.yaml: datasets: no table is fed by {name}" for name in indicator.datasets if name not in landings]
    return problems
