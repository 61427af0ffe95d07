"""What a query in Spark's dialect reads: its relations, and the columns that it names. One parser for all that looks into SQL.

Parsing takes some 10 ms a query and the same few texts are asked about again and again, so the answers are kept.
"""

from __future__ import annotations

from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from warehouse_schema.errors import UsageError


def parse_query(sql: str) -> exp.Query:
    """One query in Spark's dialect, for the caller to change.

    Raises:
        UsageError: it is not one.
    """
    return _tree(sql).copy()


@lru_cache(maxsize=512)
def _tree(sql: str) -> exp.Query:
    """The query as it was parsed; nobody changes it."""
    return parsed(sql)


def parsed(sql: str) -> exp.Query:
    """One query in Spark's dialect, read anew: for a text that is asked about once.

    Raises:
        UsageError: it is not one.
    """
    try:
        query = sqlglot.parse_one(sql, read="spark")
    except (ParseError, TokenError) as error:
        raise UsageError(f"not one query in Spark's dialect: {error}") from None
    if not isinstance(query, exp.Query):
        raise UsageError("not one query in Spark's dialect: expected SELECT or WITH … SELECT")
    return query


def tables_read(query: exp.Query) -> list[exp.Table]:
    """All tables of the query but its own common table expressions; each is given an alias."""
    tables = _tables(query)
    for table in tables:
        if not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
    return tables


def _tables(query: exp.Query) -> list[exp.Table]:
    own = {expression.alias for expression in query.find_all(exp.CTE)}
    return [
        table
        for table in query.find_all(exp.Table)
        # A join hint names aliases, which sqlglot reads as tables.
        if (table.db or table.name not in own) and not table.find_ancestor(exp.Hint)
    ]


def relation_name(table: exp.Table) -> str:
    """The name as the query writes it: `silver.work_record`, `periods`."""
    return ".".join(part.name for part in table.parts)


def sql_name(table: str) -> str:
    """How SQL names a table of the warehouse: `silver/work_record` as `silver.work_record`."""
    return table.replace("/", ".")


def table_named(name: str) -> str:
    """The table of the warehouse that SQL names so: `silver.work_record` is `silver/work_record`."""
    return name.replace(".", "/")


@lru_cache(maxsize=512)
def relations(sql: str) -> frozenset[str]:
    """The names of all that a query reads and does not define itself, e.g. `{"silver.work_record", "parameters"}`.

    Raises:
        UsageError: the text is not one query in Spark's dialect.
    """
    return frozenset(relation_name(table) for table in _tables(_tree(sql)))


@lru_cache(maxsize=512)
def columns_named(sql: str) -> frozenset[str]:
    """The names of all columns that a query names, whatever relation they are of."""
    return frozenset(column.name for column in _tree(sql).find_all(exp.Column))


@lru_cache(maxsize=512)
def columns_of(sql: str, relation: str) -> frozenset[str]:
    """The columns of one relation that a query names under one of the relation's aliases."""
    query = _tree(sql)
    aliases = {(table.alias or table.name).lower() for table in _tables(query) if relation_name(table) == relation}
    return frozenset(column.name for column in query.find_all(exp.Column) if column.table.lower() in aliases)


@lru_cache(maxsize=512)
def canonical(sql: str) -> str:
    """The query without its comments and line breaks: two texts that say the same word for word are one."""
    return _tree(sql).sql(dialect="spark", comments=False)
