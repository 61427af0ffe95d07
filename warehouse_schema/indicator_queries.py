"""What follows from the SQL of an indicator or a flag: the tables and populations that it reads, the settings that it is computed with.

Texts are in Spark's dialect: `indicators/<indicator>.sql`, one an indicator, `flags/<flag>.sql`, one a flag, and `populations/<population>.sql`, one a
relation that these read: what they count (units, villages, models), and where. What follows from a definition is derived from these texts, and from nothing
that an author has to remember beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Protocol

from warehouse_schema import indicator_catalogue
from warehouse_schema.contracts import load_contracts
from warehouse_schema.indicator_catalogue import Indicator, load_catalogue
from warehouse_schema.plan_registry import GENERAL_SETTINGS, PlanError, load_plans
from warehouse_schema.sql_text import columns_named, columns_of, relations, sql_name, table_named

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from warehouse_schema.indicator_catalogue import Parameter, ParameterValue

AS_OF_DAYS = "as_of_days"
"""The relation of the days that a query is asked about."""
PARAMETERS = "parameters"
"""The relation of settings: one row."""
Province = tuple[str, date]
"""The identity of a province: its code, and from when on the code means it."""
_SILVER = "silver."


class Query(Protocol):
    """What one SQL text computes: an indicator, or a flag."""

    @property
    def id(self) -> str:
        """Its name."""

    @property
    def sql(self) -> str:
        """The text."""

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """The settings of its definition, by name."""


def computed_indicators() -> list[Indicator]:
    """The indicators whose SQL exists."""
    return [indicator for indicator in load_catalogue().values() if indicator.computed]


@cache
def populations() -> dict[str, str]:
    """The SQL of each population by name: relations that indicators read, for the days of `as_of_days` and with the general settings.

    Its rows: `day, unit_code, unit_valid_from, unit_level, district_code, district_valid_from, province_code, province_valid_from`, and columns of its own.
    Grain: a day and what is counted. Of units each is itself (`rural_communes`, `districts`, `communes_and_districts`, `criteria_met`,
    `assessed_criteria`); of things the unit is where they count on the day (`recognised_smart_villages`, `running_linkage_models`, …; `located` says so of
    whatever was written for a unit).
    """
    folder = indicator_catalogue.INDICATORS_FOLDER.parent / "populations"
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.sql"))}


def population_order(sql: str) -> list[str]:
    """The populations that a query reads, by way of others too, each after those that it reads itself."""
    ordered: list[str] = []
    for name in sorted(relations(sql) & populations().keys()):
        ordered += [*population_order(populations()[name]), name]
    return list(dict.fromkeys(ordered))


def texts_with_populations(sql: str) -> list[str]:
    """A query, and those of the populations that it reads."""
    return [sql, *(populations()[name] for name in population_order(sql))]


def with_populations(sql: str, day: date, more: Mapping[str, str] | None = None) -> str:
    """One query for a day, with the populations that it reads in it, none of which may read a setting; it reads tables by two-part names
    (`silver.village`) and nothing else. `more`: other relations that it reads, by name their queries."""
    named = {AS_OF_DAYS: f"SELECT DATE'{day}' AS day", **(more or {}), **{name: populations()[name] for name in population_order(sql)}}
    # A text may end in a comment: the bracket stands on a line of its own.
    together = ", ".join(f"{name} AS ({text}\n)" for name, text in named.items())
    return f"WITH {together} SELECT * FROM ({sql}\n) AS asked"


def silver_tables_read(sql: str) -> list[str]:
    """The silver tables (`silver/<table>`) that a query reads, by way of populations too."""
    read = {name for text in texts_with_populations(sql) for name in relations(text) if name.startswith(_SILVER)}
    return sorted(map(table_named, read))


def texts_of(query: Query) -> list[str]:
    """The SQL of an indicator or a flag, and of the populations that it reads."""
    return texts_with_populations(query.sql)


def tables_of(query: Query) -> list[str]:
    """The silver tables (`silver/<table>`) that an indicator or a flag is computed from, by way of populations too."""
    return silver_tables_read(query.sql)


def landed_tables_of(query: Query) -> list[str]:
    """Those of them that landed objects feed."""
    contracts = load_contracts()
    return [name for name in tables_of(query) if contracts[name].landing]


def date_columns_of(indicator: Indicator, table: str) -> list[str]:
    """The date columns of a table that the indicator's SQL names."""
    named = frozenset[str]().union(*(columns_named(sql) for sql in texts_of(indicator) if sql_name(table) in relations(sql)))
    return [column.name for column in load_contracts()[table].stored if column.type == "date" and column.name in named]


def touched_columns(table: str) -> list[str]:
    """The date columns of a silver table whose values in changed rows say which facts of some indicator changed."""
    return sorted({column for indicator in computed_indicators() for column in indicator.fact_days.get(table, ())})


def settings_read(query: Query) -> list[str]:
    """The columns of the relation `parameters` that the SQL reads: the settings that make its result."""
    return list(_settings_read(tuple(texts_of(query))))


@cache
def _settings_read(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(frozenset[str]().union(*(columns_of(sql, PARAMETERS) for sql in texts))))


@dataclass(frozen=True, slots=True)
class SettingsOf:
    """Settings, and the provinces that they hold for; `only` None: all but those in `but`."""

    values: Mapping[str, ParameterValue]
    only: frozenset[Province] | None = None
    but: frozenset[Province] = frozenset()


def settings_of(query: Query, province: Province | None = None) -> dict[str, ParameterValue]:
    """The settings that an indicator or a flag is computed with: the catalogue's, and where a province's plan says otherwise, the plan's.

    Raises:
        PlanError: two plans of the province disagree about a setting that makes the result.
    """
    return _settings_of(query, settings_read(query), province)


def _settings_of(query: Query, read: Collection[str], province: Province | None) -> dict[str, ParameterValue]:
    values: dict[str, ParameterValue] = {name: choice.chosen for name, choice in GENERAL_SETTINGS.items() if name in read}
    values |= {name: parameter.default for name, parameter in query.parameters.items() if name in read}
    said: dict[str, tuple[str, ParameterValue]] = {}
    for plan in load_plans():
        if (plan.province_code, plan.province_valid_from) != province:
            continue
        chosen: dict[str, ParameterValue] = {name: choice.chosen for name, choice in plan.settings.items() if name in read}
        for name, value in (chosen | {name: value for name, value in plan.parameters.get(query.id, {}).items() if name in read}).items():
            before, other = said.setdefault(name, (plan.plan_id, value))
            if other != value:
                raise PlanError(
                    f"{before} and {plan.plan_id} set {name} of {query.id} to {other} and {value}: a province has one value of an indicator"
                )
            values[name] = value
    return values


def settings_by_province(query: Query) -> list[SettingsOf]:
    """The different settings that an indicator or a flag is computed with, each with its provinces; first those of all that no plan sets otherwise."""
    read = settings_read(query)
    general = _settings_of(query, read, None)
    others: dict[tuple[tuple[str, ParameterValue], ...], set[Province]] = {}
    for province in dict.fromkeys((plan.province_code, plan.province_valid_from) for plan in load_plans()):
        values = _settings_of(query, read, province)
        if values != general:
            others.setdefault(tuple(sorted(values.items())), set()).add(province)
    apart = frozenset[Province]().union(*others.values())
    return [SettingsOf(general, but=apart), *(SettingsOf(dict(values), only=frozenset(codes)) for values, codes in others.items())]


def counts_units(indicator: Indicator) -> bool:
    """Whether the indicator counts units by what is their own, for some province at least: what passes to no successor."""
    if isinstance(indicator.of_units, bool):
        return indicator.of_units
    made = settings_by_province(indicator)
    return any(one.values.get(name) == value for one in made for name, value in indicator.of_units.items())
