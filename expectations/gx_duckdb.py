"""What Great Expectations lacks for DuckDB, mended here: a data source over a connection that is open already, and regular expressions."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from duckdb_engine import ConnectionWrapper, Dialect
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.metrics.map_metric_provider import ColumnMapMetricProvider, column_condition_partial
from sqlalchemy.pool import StaticPool

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb


class _Borrowed(ConnectionWrapper):
    """A connection of somebody else, for reading.

    Great Expectations gives it back before it fetches the rows of a query: in DuckDB the rollback which that means takes the rows away. Nothing is begun
    here, so nothing is rolled back; and who opened the connection closes it.
    """

    def begin(self) -> None:
        pass

    def commit(self) -> None:
        pass

    def rollback(self) -> None:
        pass

    def close(self) -> None:
        pass


@contextmanager
def batch_of_relation(context: Any, name: str, connection: duckdb.DuckDBPyConnection, relation: str) -> Iterator[Any]:
    """A relation of a DuckDB connection as a batch of a data source, which goes at the end; the connection stays."""
    borrowed = {"creator": lambda: _Borrowed(connection), "poolclass": StaticPool}
    source = context.data_sources.add_sql(name, connection_string="duckdb://", create_temp_table=False, kwargs=borrowed)
    try:
        yield source.add_table_asset(name=name, table_name=relation).add_batch_definition_whole_table(name).get_batch()
    finally:
        # Of its last question it leaves rows unread, and the connection would answer nobody else.
        connection.abort()
        context.data_sources.delete(name)


class ColumnValuesHaveForm(ColumnMapMetricProvider):  # type: ignore[misc]
    """Regular expressions in DuckDB, found anywhere in the text as Spark's RLIKE does. Great Expectations knows them for other databases only."""

    condition_metric_name = "column_values.match_regex"
    condition_value_keys = ("regex",)

    @column_condition_partial(engine=SqlAlchemyExecutionEngine)  # type: ignore[untyped-decorator]
    def _sqlalchemy(cls, column: Any, regex: str, **_: Any) -> Any:  # noqa: N805 - Great Expectations binds it to the class
        return sa.func.regexp_matches(column, regex)


_TYPES: dict[str, Any] = {
    "BOOLEAN": sa.Boolean,
    "INTEGER": sa.Integer,
    "BIGINT": sa.BigInteger,
    "DOUBLE": sa.Float,
    "DATE": sa.Date,
    "VARCHAR": sa.String,
}


def _columns_of(_: Dialect, connection: sa.Connection, table_name: str, schema: str | None = None, **__: Any) -> list[dict[str, Any]]:
    """The columns of a relation, as DuckDB itself describes it. What the dialect inherits from PostgreSQL asks five catalogues instead: 20 ms each time, a
    quarter of judging a small batch.
    """
    quoted = ".".join(f'"{part}"' for part in (schema, table_name) if part)
    rows = connection.exec_driver_sql(f"DESCRIBE {quoted}").fetchall()
    return [{"name": row[0], "type": _TYPES.get(row[1], sa.types.NullType)(), "nullable": True, "default": None} for row in rows]


Dialect.get_columns = _columns_of  # type: ignore[method-assign, assignment]
