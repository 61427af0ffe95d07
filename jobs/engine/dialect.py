"""One text for two engines: SQL in Spark's dialect, bound to the relations of a run and translated for DuckDB.

A text names what it reads: tables by two parts (`silver.work_record`) and the relations of the runner by one (`periods`, `parameters`, …). Before it is run,
`bind` puts the views of the run in their places, so that one text reads a release, a batch that is not yet released, or a few rows of a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from sqlglot import exp

from jobs.errors import UsageError
from warehouse_schema.sql_text import parse_query, parsed, relation_name, tables_read


def bind(sql: str, views: Mapping[str, str]) -> str:
    """The same query in Spark's dialect, without comments, reading `views[name]` wherever it read the relation `name`.

    A relation without an alias keeps its own last name as alias, so that `periods.period_end` still means its column.
    Entries of `views` that the query does not read are ignored.

    Raises:
        UsageError: the query reads a relation that `views` has not, or is not one query in Spark's dialect.
    """
    return _bound(sql, tuple(sorted(views.items())))


@lru_cache(maxsize=256)
def _bound(sql: str, names: tuple[tuple[str, str], ...]) -> str:
    views = dict(names)
    query = parse_query(sql)
    tables = tables_read(query)
    missing = sorted({relation_name(table) for table in tables} - views.keys())
    if missing:
        raise UsageError(f"the SQL reads {', '.join(missing)}; it may read: {', '.join(sorted(views))}")
    for table in tables:
        view = exp.to_table(views[relation_name(table)], dialect="spark")
        table.set("this", view.this)
        table.set("db", view.args.get("db"))
        table.set("catalog", view.args.get("catalog"))
    return query.sql(dialect="spark", comments=False, copy=False)


# Rules and the roll-up are asked for again with each table, indicator and load: reading one takes longer than a query over some rows.
@lru_cache(maxsize=512)
def to_duckdb(sql: str) -> str:
    """A query of Spark's dialect in DuckDB's, without Spark's join hints.

    A cast that cannot be done stays an error, as in Spark with ANSI mode on. (sqlglot takes Spark's CAST for one that
    gives NULL, and marks only a written TRY_CAST as `safe`.)

    Raises:
        UsageError: the text is not one query in Spark's dialect.
    """
    query = parsed(sql)
    for select in query.find_all(exp.Select):
        select.set("hint", None)
    # One within another too, which `transform` would not visit.
    for cast in [cast for cast in query.find_all(exp.TryCast) if not cast.args.get("safe")]:
        cast.replace(exp.Cast(this=cast.this, to=cast.args["to"]))
    return query.sql(dialect="duckdb", comments=False, copy=False)


def expression_to_duckdb(sql: str) -> str:
    """An expression over columns, as `to_duckdb` gives it within a query."""
    return to_duckdb(f"SELECT {sql} AS it").removeprefix("SELECT ").removesuffix(" AS it")
