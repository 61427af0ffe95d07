"""One text for two engines: SQL in Spark's dialect, bound to the relations of a run and translated for DuckDB.

A text names what it reads: tables by two parts (`silver.work_record`) and the relations of the runner by one (`periods`, `parameters`, …). Before it is run,
`bind` puts the views of the run in their places, so that one text reads a release, a batch that is not yet released, or a few rows of a test.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError

from jobs.errors import UsageError


def relations(sql: str) -> frozenset[str]:
    """The names of all that a query reads and does not define itself, e.g. `{"silver.work_record", "parameters"}`.

    Raises:
        UsageError: the text is not one query in Spark's dialect.
    """
    return frozenset(_relation_name(table) for table in _tables_read(_parse(sql)))


def bind(sql: str, views: Mapping[str, str]) -> str:
    """The same query in Spark's dialect, without comments, reading `views[name]` wherever it read the relation `name`.

    A relation without an alias keeps its own last name as alias, so that `periods.period_end` still means its column.
    Entries of `views` that the query does not read are ignored.

    Raises:
        UsageError: the query reads a relation that `views` has not, or is not one query in Spark's dialect.
    """
    query = _parse(sql)
    tables = _tables_read(query)
    missing = sorted({_relation_name(table) for table in tables} - views.keys())
    if missing:
        raise UsageError(f"the SQL reads {', '.join(missing)}; it may read: {', '.join(sorted(views))}")
    for table in tables:
        view = exp.to_table(views[_relation_name(table)], dialect="spark")
        table.set("this", view.this)
        table.set("db", view.args.get("db"))
        table.set("catalog", view.args.get("catalog"))
    return query.sql(dialect="spark", comments=False)


def to_duckdb(sql: str) -> str:
    """A query of Spark's dialect in DuckDB's, without Spark's join hints.

    A cast that cannot be done stays an error, as in Spark with ANSI mode on. (sqlglot takes Spark's CAST for one that
    gives NULL, and marks only a written TRY_CAST as `safe`.)

    Raises:
        UsageError: the text is not one query in Spark's dialect.
    """
    query = _parse(sql)
    for select in query.find_all(exp.Select):
        select.set("hint", None)
    return query.transform(_strict_cast).sql(dialect="duckdb", comments=False)


def _strict_cast(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.TryCast) and not node.args.get("safe"):
        return exp.Cast(this=node.this, to=node.args["to"])
    return node


def _parse(sql: str) -> exp.Query:
    try:
        query = sqlglot.parse_one(sql, read="spark")
    except ParseError as error:
        raise UsageError(f"not one query in Spark's dialect: {error}") from None
    if not isinstance(query, exp.Query):
        raise UsageError("not one query in Spark's dialect: expected SELECT or WITH … SELECT")
    return query


def _tables_read(query: exp.Query) -> list[exp.Table]:
    """All tables of the query but its own common table expressions; each with an alias."""
    own = {expression.alias for expression in query.find_all(exp.CTE)}
    tables = [
        table
        for table in query.find_all(exp.Table)
        # A join hint names aliases, which sqlglot reads as tables.
        if (table.db or table.name not in own) and not table.find_ancestor(exp.Hint)
    ]
    for table in tables:
        if not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
    return tables


def _relation_name(table: exp.Table) -> str:
    return ".".join(part.name for part in table.parts)
