"""What Great Expectations lacks for DuckDB, mended here: a data source over a connection that is open already, and regular expressions."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from duckdb_engine import ConnectionWrapper
from great_expectations.core.metric_function_types import MetricFunctionTypes
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations import registry
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
def data_source(context: Any, name: str, connection: duckdb.DuckDBPyConnection) -> Iterator[Any]:
    """A data source of the context over a DuckDB connection; it goes at the end, the connection stays."""
    borrowed = {"creator": lambda: _Borrowed(connection), "poolclass": StaticPool}
    source = context.data_sources.add_sql(name, connection_string="duckdb://", create_temp_table=False, kwargs=borrowed)
    try:
        yield source
    finally:
        context.data_sources.delete(name)


class ColumnValuesHaveForm(ColumnMapMetricProvider):  # type: ignore[misc]
    """Regular expressions in DuckDB, found anywhere in the text as Spark's RLIKE does. Great Expectations knows them for other databases only."""

    condition_metric_name = "column_values.match_regex"
    condition_value_keys = ("regex",)

    @column_condition_partial(engine=SqlAlchemyExecutionEngine)  # type: ignore[untyped-decorator]
    def _sqlalchemy(cls, column: Any, regex: str, **_: Any) -> Any:  # noqa: N805 - Great Expectations binds it to the class
        return sa.func.regexp_matches(column, regex)


def _nothing(*_: Any, **__: Any) -> list[Any]:
    return []


def _ask_for_no_values() -> None:
    """Have Great Expectations count what is unexpected and not ask for the values.

    It asks for them with a query for each expectation, even where a result shall name none. They may be names, and the queries take half of its time.
    """
    _nothing.metric_fn_type = MetricFunctionTypes.VALUE  # type: ignore[attr-defined]
    for name, metric in registry._registered_metrics.items():
        if name.endswith(".unexpected_values") and _ENGINE in metric["providers"]:
            metric["providers"][_ENGINE] = (metric["providers"][_ENGINE][0], _nothing)


_ENGINE = SqlAlchemyExecutionEngine.__name__
_ask_for_no_values()
