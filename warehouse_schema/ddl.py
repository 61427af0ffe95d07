"""The tables of the warehouse as `CREATE TABLE` in Spark's SQL, from their contracts.

For reading, for data modelling tools and for a warehouse that is made by hand. The pipeline itself makes its tables from the same contracts
without SQL (`jobs/engine/tables.py`), so that no engine has to be up for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from warehouse_schema.sql_text import sql_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warehouse_schema.contracts import Column, Contract

_SQL_TYPE = {
    "string": "STRING",
    "boolean": "BOOLEAN",
    "integer": "INT",
    "long": "BIGINT",
    "double": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}


def sql_type(type_: Any, *, described: bool = True) -> str:
    """A type of a contract's column in Spark's SQL: `long` is BIGINT.

    `described`: a struct has the comments of its fields, and says which are always there; a CAST takes neither.
    """
    if isinstance(type_, str):
        return _SQL_TYPE[type_]
    if type_["type"] == "array":
        return f"ARRAY<{sql_type(type_['elementType'], described=described)}>"
    if type_["type"] == "map":
        return f"MAP<{sql_type(type_['keyType'], described=described)}, {sql_type(type_['valueType'], described=described)}>"
    if not described:
        parts = ((part["name"], sql_type(part["type"], described=False)) for part in type_["fields"])
        return f"STRUCT<{', '.join(f'{_name(name)}: {text}' for name, text in parts)}>"
    return f"STRUCT<{', '.join(_struct_field(part) for part in type_['fields'])}>"


def _struct_field(part: dict[str, Any]) -> str:
    return (
        f"{_name(part['name'])}: {sql_type(part['type'])}{'' if part['nullable'] else ' NOT NULL'}{_comment(part['metadata']['comment'])}"
    )


def table_name(contract: Contract) -> str:
    """The table's name in SQL: `silver.work_record`."""
    return sql_name(contract.name)


def create_table(contract: Contract) -> str:
    """The statements that make one table: its columns, comments and partitions, then its CHECK constraints."""
    name = ".".join(map(_name, (contract.layer, contract.table)))
    lines = [
        f"CREATE TABLE {name} (",
        ",\n".join(f"  {_column(column)}" for column in contract.stored),
        ")",
        "USING DELTA",
        *([f"PARTITIONED BY ({', '.join(map(_name, contract.partition_by))})"] if contract.partition_by else []),
        f"COMMENT {literal(contract.description)};",
    ]
    # Delta takes a CHECK only from a table that is there.
    lines += [f"ALTER TABLE {name} ADD CONSTRAINT {check} CHECK ({expression});" for check, expression in contract.checks.items()]
    return "\n".join(lines)


def create_tables(contracts: Iterable[Contract]) -> str:
    """The statements that make the tables, each under its Vietnamese title."""
    return "\n\n".join(f"-- {table_name(contract)}: {contract.title}\n{create_table(contract)}" for contract in contracts)


def _column(column: Column) -> str:
    return f"{_name(column.name)} {sql_type(column.type)}{'' if column.nullable else ' NOT NULL'}{_comment(column.description)}"


def _comment(text: str) -> str:
    return f" COMMENT {literal(text)}"


def _name(name: str) -> str:
    return f"`{name}`"


def literal(text: str) -> str:
    """A text as a literal of Spark's SQL."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\0", "\\0")
    return f"'{escaped}'"
