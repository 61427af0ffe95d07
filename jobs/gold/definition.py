"""What an indicator is: its SQL, what that reads, the settings that it is computed with, and the fingerprint of all of it.

Texts are in Spark's dialect: `warehouse_schema/indicators/<indicator>.sql`, one an indicator, and `warehouse_schema/populations/<population>.sql`, one a
population that indicators count. What follows from a definition is derived from these texts, and from nothing that an author has to remember beside them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from jobs.errors import UsageError
from jobs.ops.definitions import fingerprint
from jobs.reference.units import load_units
from warehouse_schema import indicator_catalogue
from warehouse_schema.contracts import load_contracts
from warehouse_schema.indicator_catalogue import Indicator, load_catalogue
from warehouse_schema.plan_registry import GENERAL_SETTINGS, PlanError, load_plans, target_rows
from warehouse_schema.sql_text import canonical, columns_named, columns_of, relations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warehouse_schema.indicator_catalogue import ParameterValue

PARAMETERS = "parameters"
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_SILVER = "silver."


def load(name: str, directory: Path | None = None) -> str:
    """The text of `<directory>/<name>.sql`: an indicator, `rollup` or `target_status`.

    Raises:
        UsageError: there is no such file; the message lists those there are.
    """
    directory = directory or indicator_catalogue.INDICATORS_FOLDER
    path = directory / f"{name}.sql"
    if not _NAME.fullmatch(name) or not path.is_file():
        known = ", ".join(sorted(file.stem for file in directory.glob("*.sql"))) or "none"
        raise UsageError(f"no SQL file {name!r} in {directory.name}/; there are: {known}")
    return path.read_text(encoding="utf-8")


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


def _texts(indicator: Indicator) -> list[str]:
    sql = indicator.sql
    return [sql, *(populations()[name] for name in population_order(sql))]


def tables_of(indicator: Indicator) -> list[str]:
    """The silver tables (`silver/<table>`) that an indicator is computed from, by way of populations too."""
    read = {name for sql in _texts(indicator) for name in relations(sql) if name.startswith(_SILVER)}
    return sorted(name.replace(".", "/") for name in read)


def landed_tables_of(indicator: Indicator) -> list[str]:
    """Those of them that landed objects feed."""
    contracts = load_contracts()
    return [name for name in tables_of(indicator) if contracts[name].landing]


def date_columns_of(indicator: Indicator, table: str) -> list[str]:
    """The date columns of a table that the indicator's SQL names."""
    named = frozenset[str]().union(*(columns_named(sql) for sql in _texts(indicator) if table.replace("/", ".") in relations(sql)))
    return [column.name for column in load_contracts()[table].stored if column.type == "date" and column.name in named]


def touched_columns(table: str) -> list[str]:
    """The date columns of a silver table whose values in changed rows say which facts of some indicator changed."""
    return sorted({column for indicator in computed_indicators() for column in indicator.fact_days.get(table, ())})


def settings_read(indicator: Indicator) -> list[str]:
    """The columns of the relation `parameters` that the indicator's SQL reads: the settings that make its result."""
    return sorted(frozenset[str]().union(*(columns_of(sql, PARAMETERS) for sql in _texts(indicator))))


@dataclass(frozen=True, slots=True)
class SettingsOf:
    """Settings, and the provinces that they hold for; `only` None: all but those in `but`."""

    values: Mapping[str, ParameterValue]
    only: frozenset[str] | None = None
    but: frozenset[str] = frozenset()


def settings_of(indicator: Indicator, province_code: str | None = None) -> dict[str, ParameterValue]:
    """The settings that the indicator is computed with: the catalogue's, and where a province's plan says otherwise, the plan's.

    Raises:
        PlanError: two plans of the province disagree about a setting that makes the result.
    """
    read = settings_read(indicator)
    values: dict[str, ParameterValue] = {name: choice.chosen for name, choice in GENERAL_SETTINGS.items() if name in read}
    values |= {name: parameter.default for name, parameter in indicator.parameters.items() if name in read}
    said: dict[str, tuple[str, ParameterValue]] = {}
    for plan in load_plans():
        if plan.province_code != province_code:
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
    others: dict[tuple[tuple[str, ParameterValue], ...], set[str]] = {}
    for province in dict.fromkeys(plan.province_code for plan in load_plans()):
        values = settings_of(indicator, province)
        if values != general:
            others.setdefault(tuple(sorted(values.items())), set()).add(province)
    apart = frozenset[str]().union(*others.values()) if others else frozenset[str]()
    return [SettingsOf(general, but=apart), *(SettingsOf(dict(values), only=frozenset(codes)) for values, codes in others.items())]


def settings_row(values: Mapping[str, Any]) -> pa.Table:
    """Settings as the relation `parameters`: one row, a column a setting, each of its own type."""
    return pa.table({name: [value] for name, value in values.items()})


def indicator_fingerprint(indicator: Indicator) -> str:
    """The fingerprint of all that makes the indicator's values from its tables: SQL, roll-up, populations, settings, catalogue entry."""
    entry = indicator.model_dump(mode="json", include={"kind", "unit", "levels", "fact_days"})
    settings = [
        (sorted(one.only or ()), sorted(one.but), sorted((k, str(v)) for k, v in one.values.items()))
        for one in settings_by_province(indicator)
    ]
    return fingerprint(entry, [canonical(sql) for sql in (*_texts(indicator), load("rollup"))], settings)


def gold_definitions() -> dict[str, str]:
    """The fingerprints of all that gold is made by, by name: `indicator/<id>`, `plan/<id>`, `targets` (the SQL that judges them)."""
    indicators = {f"indicator/{indicator.id}": indicator_fingerprint(indicator) for indicator in computed_indicators()}
    plans = {
        f"plan/{plan.plan_id}": fingerprint([{k: str(v) for k, v in row.items()} for row in target_rows([plan])]) for plan in load_plans()
    }
    caveats = [caveat.model_dump() for indicator in load_catalogue().values() for caveat in indicator.caveats]
    return {**indicators, **plans, "targets": fingerprint(canonical(load("target_status")), caveats)}


def settings_by_code(indicator_id: str) -> pa.Table:
    """The settings of an indicator as checks across tables read them: one row for each province that there is, with its `province_code`."""
    indicator = load_catalogue()[indicator_id]
    codes = sorted({version.province_code for version in load_units().versions})
    return pa.Table.from_pylist([{"province_code": code, **settings_of(indicator, code)} for code in codes])
