"""What Great Expectations lacks for DuckDB, mended here: a data source over a connection that is open already, and regular expressions; and work that it does
again and again whatever the rows, done once."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from duckdb_engine import ConnectionWrapper, Dialect
from great_expectations.core import id_dict
from great_expectations.core.metric_function_types import MetricFunctionTypes
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations import registry
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.metrics.map_metric_provider import ColumnMapMetricProvider, column_condition_partial
from great_expectations.util import convert_to_json_serializable
from sqlalchemy.pool import StaticPool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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


@contextmanager
def made_once() -> Iterator[None]:
    """Have Great Expectations make each expectation's configuration once in the block, and each configuration's expectation.

    While it judges a suite it asks an expectation some eighty times for its configuration, and makes the expectation anew from it for each metric; both are
    the same each time. And to name a metric it turns some hundreds of times into values of JSON what are values of JSON. For one thread at a time.
    """
    configuration, expectation = Expectation.configuration, ExpectationConfiguration.to_domain_obj
    # What was made is kept with what it was made of, whose `id` stays its own that long.
    made: dict[int, tuple[Any, Any]] = {}

    def once(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def get(one: Any) -> Any:
            if id(one) not in made:
                made[id(one)] = one, make(one)
            return made[id(one)][1]

        return get

    Expectation.configuration = property(once(configuration.fget))
    ExpectationConfiguration.to_domain_obj = once(expectation)
    id_dict.convert_to_json_serializable = _as_json
    try:
        yield
    finally:
        Expectation.configuration, ExpectationConfiguration.to_domain_obj = configuration, expectation
        id_dict.convert_to_json_serializable = convert_to_json_serializable


def _as_json(data: dict[str, Any]) -> Any:
    return data if _JSON.issuperset(map(type, data.values())) else convert_to_json_serializable(data=data)


_JSON = frozenset({str, int, bool, type(None)})
_ENGINE = SqlAlchemyExecutionEngine.__name__
Dialect.get_columns = _columns_of  # type: ignore[method-assign, assignment]
_ask_for_no_values()
