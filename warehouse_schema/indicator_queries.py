"""What follows from an indicator's SQL: the tables and populations that it reads, the settings that it is computed with.

Texts are in Spark's dialect: `indicators/<indicator>.sql`, one an indicator, and `populations/<population>.sql`, one a population that indicators
count. What follows from a definition is derived from these texts, and from nothing that an author has to remember beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from warehouse_schema import indicator_catalogue
from warehouse_schema.contracts import load_contracts
from warehouse_schema.indicator_catalogue import Indicator, load_catalogue
from warehouse_schema.plan_registry import GENERAL_SETTINGS, PlanError, load_plans
from warehouse_schema.sql_text import columns_named, columns_of, relations, sql_name, table_named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warehouse_schema.indicator_catalogue import ParameterValue

PARAMETERS = "parameters"
Province = tuple[str, date]
"""The identity of a province: its code, and from when on the code means it."""
_SILVER = "silver."


def computed_indicators() -> list[Indicator]:
    """The indicators whose SQL exists."""
    return [indicator for indicator in load_catalogue().values() if indicator.computed]


@cache
def populations() -> dict[str, str]:
    """The SQL of each population by name. Its rows: `day, unit_code, unit_valid_from, unit_level, district_code, district_valid_from, province_code,
    province_valid_from`; grain: a unit and day.
    """
    folder = indicator_catalogue.INDICATORS_FOLDER.parent / "populations"
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.sql"))}


def population_order(sql: str) -> list[str]:
    """The populations that a query reads, by way of others too, each after those that it reads itself."""
    ordered: list[str] = []
    for name in sorted(relations(sql) & populations().keys()):
        ordered += [*population_order(populations()[name]), name]
    return list(dict.fromkeys(ordered))


def texts_of(indicator: Indicator) -> list[str]:
    """The SQL of an indicator and of the populations that it reads."""
    sql = indicator.sql
    return [sql, *(populations()[name] for name in population_order(sql))]


def tables_of(indicator: Indicator) -> list[str]:
    """The silver tables (`silver/<table>`) that an indicator is computed from, by way of populations too."""
    read = {name for sql in texts_of(indicator) for name in relations(sql) if name.startswith(_SILVER)}
    return sorted(map(table_named, read))


def landed_tables_of(indicator: Indicator) -> list[str]:
    """Those of them that landed objects feed."""
    contracts = load_contracts()
    return [name for name in tables_of(indicator) if contracts[name].landing]


def date_columns_of(indicator: Indicator, table: str) -> list[str]:
    """The date columns of a table that the indicator's SQL names."""
    named = frozenset[str]().union(*(columns_named(sql) for sql in texts_of(indicator) if sql_name(table) in relations(sql)))
    return [column.name for column in load_contracts()[table].stored if column.type == "date" and column.name in named]


def touched_columns(table: str) -> list[str]:
    """The date columns of a silver table whose values in changed rows say which facts of some indicator changed."""
    return sorted({column for indicator in computed_indicators() for column in indicator.fact_days.get(table, ())})


def settings_read(indicator: Indicator) -> list[str]:
    """The columns of the relation `parameters` that the indicator's SQL reads: the settings that make its result."""
    return sorted(frozenset[str]().union(*(columns_of(sql, PARAMETERS) for sql in texts_of(indicator))))


@dataclass(frozen=True, slots=True)
class SettingsOf:
    """Settings, and the provinces that they hold for; `only` None: all but those in `but`."""

    values: Mapping[str, ParameterValue]
    only: frozenset[Province] | None = None
    but: frozenset[Province] = frozenset()


def settings_of(indicator: Indicator, province: Province | None = None) -> dict[str, ParameterValue]:
    """The settings that the indicator is computed with: the catalogue's, and where a province's plan says otherwise, the plan's.

    Raises:
        PlanError: two plans of the province disagree about a setting that makes the result.
    """
    read = settings_read(indicator)
    values: dict[str, ParameterValue] = {name: choice.chosen for name, choice in GENERAL_SETTINGS.items() if name in read}
    values |= {name: parameter.default for name, parameter in indicator.parameters.items() if name in read}
    said: dict[str, tuple[str, ParameterValue]] = {}
    for plan in load_plans():
        if (plan.province_code, plan.province_valid_from) != province:
            continue
        chosen: dict[str, ParameterValue] = {name: choice.chosen for name, choice in plan.settings.items() if name in read}
        for name, value in (
            chosen | {name: value for name, value in plan.parameters.get(indicator.id, {}).items() if name in read}
        ).items():
            before, other = said.setdefault(name, (plan.plan_id, value))
            if other != value:
                raise PlanError(
                    f"{before} and {plan.plan_id} set {name} of {indicator.id} to {other} and {value}: a province has one value of an indicator"
                )
            values[name] = value
    return values


def settings_by_province(indicator: Indicator) -> list[SettingsOf]:
    """The different settings that the indicator is computed with, each with its provinces; first those of all that no plan sets otherwise."""
    general = settings_of(indicator)
    others: dict[tuple[tuple[str, ParameterValue], ...], set[Province]] = {}
    for province in dict.fromkeys((plan.province_code, plan.province_valid_from) for plan in load_plans()):
        values = settings_of(indicator, province)
        if values != general:
            others.setdefault(tuple(sorted(values.items())), set()).add(province)
    apart = frozenset[Province]().union(*others.values())
    return [SettingsOf(general, but=apart), *(SettingsOf(dict(values), only=frozenset(codes)) for values, codes in others.items())]
