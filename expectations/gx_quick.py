"""Work that Great Expectations does again and again whatever the rows, done once."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from great_expectations.core import id_dict
from great_expectations.core.metric_function_types import MetricFunctionTypes
from great_expectations.execution_engine import SparkDFExecutionEngine, SqlAlchemyExecutionEngine
from great_expectations.expectations import registry
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.util import convert_to_json_serializable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_JSON = frozenset({str, int, bool, type(None)})
_ENGINES = (SqlAlchemyExecutionEngine.__name__, SparkDFExecutionEngine.__name__)


def _nothing(*_: Any, **__: Any) -> list[Any]:
    return []


def _ask_for_no_values() -> None:
    """Have Great Expectations count what is unexpected and not ask for the values.

    It asks for them with a query for each expectation, even where a result shall name none. They may be names, and the queries take half of its time.
    """
    _nothing.metric_fn_type = MetricFunctionTypes.VALUE  # type: ignore[attr-defined]
    for name, metric in registry._registered_metrics.items():
        for engine in _ENGINES:
            if name.endswith(".unexpected_values") and engine in metric["providers"]:
                metric["providers"][engine] = (metric["providers"][engine][0], _nothing)


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


_ask_for_no_values()
