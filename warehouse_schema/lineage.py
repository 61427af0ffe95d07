"""Which columns of which tables a table's columns are made of: of silver by its contract, of gold by the SQL that is run.

Derived from contracts and texts, so that nobody writes it beside them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

import sqlglot
from sqlglot import exp
from sqlglot.lineage import lineage
from sqlglot.optimizer.pushdown_projections import pushdown_projections
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import build_scope

from warehouse_schema import indicator_catalogue
from warehouse_schema.contracts import bronze_contract, given_columns, load_contracts
from warehouse_schema.flag_catalogue import load_flags
from warehouse_schema.indicator_queries import AS_OF_DAYS, population_order, populations, texts_with_populations
from warehouse_schema.sql_text import columns_of, parse_query, relation_name, relations, table_named, tables_read

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from warehouse_schema.contracts import Contract
    from warehouse_schema.indicator_catalogue import Indicator

LANDING = "landing"
"""The layer of what landed: `landing/eoffice/work_records`."""
REFERENCE = "reference"
"""The layer of the files of the project that silver is made of: `reference/code_list.csv`."""
UNITS = f"{REFERENCE}/units"
"""The lists of administrative units, several files."""
VALUE, STATUS, FLAG = "gold/indicator_value", "gold/target_status", "gold/flag"
PERIOD = "silver/organisation_period"
_FACTS = "facts"
_RUN = "of_the_run"
"""The schema that relations of the run are put into, so that each is of some schema."""

How = Literal["same", "made", "token", "looked_up"]
"""What a column takes from another one: its value as it is; a value that is made of it; a token of it; what was looked up by it."""


class Origin(NamedTuple):
    """A column of a table: `silver/work_record`, `status`."""

    table: str
    column: str


@dataclass(frozen=True, slots=True)
class Lineage:
    """What a table's columns are made of.

    Attributes:
        columns: by column what its values are made of, and how; nothing for one that counts rows, is a constant or is told by no contract.
        rows: what else is read, to decide which rows there are: the columns of filters, joins and groups.
    """

    columns: Mapping[str, Mapping[Origin, How]] = field(default_factory=dict)
    rows: frozenset[Origin] = frozenset()


def bronze_lineage(contract: Contract) -> Lineage:
    """Of the bronze table of a landed silver contract, from the fields of its landed objects."""
    landed = f"{LANDING}/{contract.landing}"
    return Lineage(
        {
            str(column.source): {Origin(landed, str(column.source)): "token" if column.handling == "token" else "same"}
            for column in contract.landed
            if column.handling != "drop"
        }
    )


def silver_inputs(contract: Contract) -> list[str]:
    """What a landed silver table is made from: its bronze, the sheets that it refers to, and where codes of organisations and units are looked up."""
    references = [reference.table for reference in contract.references]
    periods = [PERIOD] if contract.organisation else []
    units = [UNITS] if contract.organisation or contract.unit else []
    return [bronze_contract(contract.name).name, *references, *periods, *units]


def silver_lineage(contract: Contract) -> Lineage:
    """Of a landed silver table, from its bronze table and the sheets that it refers to.

    The organisation and the place of a row are looked up by the code and the day that it names.
    """
    bronze = bronze_contract(contract.name)
    by_name = {column.name: column for column in contract.columns}
    technical = {column.name for column in bronze.columns} - {str(column.source) for column in contract.landed}

    def origins(name: str) -> dict[Origin, How]:
        column = by_name.get(name)
        if column is None or (column.source is not None and column.handling == "drop"):
            return {}
        if column.source is not None:
            return {Origin(bronze.name, column.source): "made"}
        if column.transform is not None:
            return of_expression(column.transform)
        return {Origin(bronze.name, name): "same"} if name in technical and name != "run_id" else {}

    def of_expression(sql: str) -> dict[Origin, How]:
        named = sqlglot.parse_one(sql, read="spark").find_all(exp.Column)
        return {origin: "made" for column in named for origin in origins(column.name)}

    columns = {column.name: origins(column.name) for column in contract.stored}
    for reference in contract.references:
        columns |= {
            given.name: {Origin(reference.table, given.name): "same"} for given in given_columns(contract, reference, load_contracts())
        }
    codes = [(one.code, one.day) for one in (contract.organisation,) if one] + [
        (one.code, one.written_on) for one in (contract.unit,) if one
    ]
    for code, day in codes:
        key: dict[Origin, How] = dict.fromkeys([*origins(code), *of_expression(day)], "looked_up")
        columns |= {name: key for name in _looked_up(contract) if not columns.get(name)}
    return Lineage({name: found for name, found in columns.items() if found})


def _looked_up(contract: Contract) -> list[str]:
    """The columns of a landed table that neither a field nor a derivation fills: what is looked up."""
    return [column.name for column in contract.stored if column.source is None and column.transform is None and column.name != "run_id"]


def value_lineage(indicator: Indicator) -> Lineage:
    """Of an indicator's rows in `gold/indicator_value`: its own SQL, then the roll-up."""
    facts = query_lineage(indicator.sql)
    rolled_up = query_lineage(_text("rollup"))

    def through(origins: Iterable[Origin]) -> dict[Origin, How]:
        return {deeper: "made" for origin in origins if origin.table == _FACTS for deeper in facts.columns.get(origin.column, ())}

    columns = {name: found for name, origins in rolled_up.columns.items() if (found := through(origins))}
    direct = frozenset[Origin]().union(*columns.values())
    return _of_tables(Lineage(columns, (facts.rows | frozenset(through(rolled_up.rows))) - direct))


def status_lineage() -> Lineage:
    """Of `gold/target_status`, from the values that targets are judged by."""
    return _of_tables(query_lineage(_text("target_status")))


def flag_lineage() -> Lineage:
    """Of `gold/flag`, from the tables of all flags."""
    found = [_of_tables(query_lineage(flag.sql)) for flag in load_flags().values()]
    names = [column.name for column in load_contracts()[FLAG].stored]
    united = {name: {origin: how for one in found for origin, how in one.columns.get(name, {}).items()} for name in names}
    columns = {name: origins for name, origins in united.items() if origins}
    return Lineage(columns, frozenset[Origin]().union(*(one.rows for one in found)).difference(*columns.values()))


def _text(name: str) -> str:
    return (indicator_catalogue.INDICATORS_FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def _of_tables(found: Lineage) -> Lineage:
    """Without what comes from relations of the run: settings, days, targets."""
    columns = {name: {origin: how for origin, how in origins.items() if "/" in origin.table} for name, origins in found.columns.items()}
    return Lineage(
        {name: origins for name, origins in columns.items() if origins}, frozenset(one for one in found.rows if "/" in one.table)
    )


@lru_cache(maxsize=128)
def query_lineage(sql: str) -> Lineage:
    """Of the columns of one query in Spark's dialect; populations that it reads are looked into.

    An origin's table is one of the warehouse (`silver/village`), or the name of a relation of the run (`parameters`).

    Raises:
        UsageError: not one query in Spark's dialect.
        SqlglotError: it names a column that none of its relations has.
    """
    named = "".join(f"{', ' if index else ''}{name} AS ({populations()[name]}\n)" for index, name in enumerate(population_order(sql)))
    query = parse_query(f"WITH {named} SELECT * FROM ({sql}\n) AS asked" if named else sql)
    for table in tables_read(query):
        if not table.db:
            table.set("db", exp.to_identifier(_RUN))
    schema: dict[str, object] = dict(_schema(sql))
    qualified = pushdown_projections(qualify(query, schema=schema, dialect="spark", quote_identifiers=False))
    scope = build_scope(qualified)
    columns: dict[str, dict[Origin, How]] = {
        name: {_origin(leaf.source, exp.to_column(leaf.name).name): "made" for leaf in node.walk() if isinstance(leaf.source, exp.Table)}
        for name, node in lineage(None, qualified, schema, dialect="spark", scope=scope, copy=False, trim_selects=False).items()
    }
    read = {
        _origin(source, column.name)
        for one in (scope.traverse() if scope else ())
        for column in one.columns
        if isinstance(source := one.sources.get(column.table), exp.Table)
    }
    return Lineage(columns, frozenset(read).difference(*columns.values()))


def _origin(table: exp.Table, column: str) -> Origin:
    name = relation_name(table)
    return Origin(name.removeprefix(f"{_RUN}.") if name.startswith(f"{_RUN}.") else table_named(name), column)


def _schema(sql: str) -> dict[str, dict[str, dict[str, str]]]:
    """The columns of all that a query reads, by schema and relation: of tables by their contracts, of relations of the run as far as the query names them."""
    schema: dict[str, dict[str, dict[str, str]]] = {_RUN: {AS_OF_DAYS: {"day": "date"}}}
    for contract in load_contracts().values():
        schema.setdefault(contract.layer, {})[contract.table] = {column.name: "string" for column in contract.stored}
    for text in texts_with_populations(sql):
        for name in relations(text):
            if "." not in name and name not in populations():
                schema[_RUN].setdefault(name, {}).update(dict.fromkeys(columns_of(text, name), "string"))
    return schema
