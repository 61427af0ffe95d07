"""Running a suite: Great Expectations' own engine over a relation where it is (SQL in a DuckDB connection, a frame of a Spark session), results kept as
files for Data Docs, errors of the run kept apart from failed expectations.

All expectations about single rows are one query, so 295,000 rows by 18 expectations take 0.4 s. Great Expectations is imported late (it costs seconds). It
sends nothing anywhere: analytics are off, and no store needs a network.
"""

from __future__ import annotations

import logging
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from threading import RLock
from typing import TYPE_CHECKING, Any, cast

from expectations.suites import suite as gx_suite
from jobs.engine.duckdb_sets import DuckdbSets
from jobs.errors import RunFailedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from expectations.suites import Expected
    from jobs.engine.sets import Sets
    from jobs.engine.spark_sets import SparkSets

_STORES = "gx"
_RESULT_FORMAT = {"result_format": "BASIC", "partial_unexpected_count": 0}
"""Counts and shares, and no value of a row: a value in the wrong field may be a name."""

_NOISY_LOGGER = "great_expectations"
_LOCK = RLock()
"""Great Expectations keeps what it judges in one context a process, and datasets are loaded side by side."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one expectation.

    Attributes:
        met: whether it is met, as far as it has to be.
        observed: the number that was seen, of an expectation about a set.
        rows: the rows that have a value to be judged; 0 for an expectation about a set.
        unexpected: those that are not as expected.
    """

    met: bool
    observed: int | float | None = None
    rows: int = 0
    unexpected: int = 0

    @property
    def share(self) -> float:
        """The share of the judged rows that are not as expected."""
        return self.unexpected / self.rows if self.rows else 0.0


def results_folder(home: Path) -> Path:
    """Where the results of validations are kept, one JSON file each."""
    return home / _STORES / "validations"


@contextmanager
def quiet() -> Iterator[None]:
    """Keep Great Expectations' warnings out of the terminal, and its log, which names each of its functions as it registers them, out of every log."""
    logging.getLogger(_NOISY_LOGGER).setLevel(logging.CRITICAL + 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def start_gx(home: Path) -> None:
    """Begin to import Great Expectations and to make its context, which takes seconds, while the caller goes on.

    Whoever needs it waits for it, and says why where it fails.
    """
    starting = ThreadPoolExecutor(1, thread_name_prefix="great-expectations")
    starting.submit(gx_context, home)
    starting.shutdown(wait=False)


def gx_context(home: Path) -> Any:
    """The context of this process: data sources live in memory, results in files of the workspace."""
    with _LOCK:
        return _context(home)


@lru_cache(maxsize=1)
def _context(home: Path) -> Any:
    with quiet():
        import great_expectations as gx
        from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults

        from expectations import gx_duckdb, gx_quick  # noqa: F401 - registers what Great Expectations lacks for DuckDB, and does once what it repeats

        config = DataContextConfig(
            store_backend_defaults=InMemoryStoreBackendDefaults(), analytics_enabled=False, progress_bars={"globally": False}
        )
        config.stores[config.validation_results_store_name] = {
            "class_name": "ValidationResultsStore",
            "store_backend": {
                "class_name": "TupleFilesystemStoreBackend",
                "base_directory": str(results_folder(home)),
                "filepath_suffix": ".json",
            },
        }
        config.data_docs_sites = {}
        context = gx.get_context(mode="ephemeral", project_config=config)
        # It would write its configuration to memory as YAML at each change of a data source, where nobody reads it: a third of judging a few facts.
        context._save_project_config = lambda: None
        return context


def validate(
    home: Path,
    run_id: str,
    name: str,
    expected: Iterable[Expected],
    sets: Sets,
    relation: str,
    counted: Mapping[str, Any] | None = None,
) -> dict[str, Outcome]:
    """Judge a relation by a suite and keep the result for Data Docs; returns what became of each expectation, by its code.

    Args:
        home: the workspace.
        run_id: the run that judges.
        name: the suite's name, without a dot.
        expected: what is expected of the relation's columns.
        sets: where the relation is.
        relation: a table or view of it, without a dot.
        counted: what the page says of the whole.

    Raises:
        RunFailedError: an expectation could not be evaluated (a populated `exception_info`); such a result is not kept.
    """
    with _LOCK, quiet():
        from great_expectations.core.run_identifier import RunIdentifier
        from great_expectations.data_context.types.resource_identifiers import ExpectationSuiteIdentifier, ValidationResultIdentifier

        from expectations.gx_quick import made_once

        context = gx_context(home)
        with _batch(context, name, sets, relation) as batch, made_once():
            # The suite follows from the contract each time: the context need not know it, nor compare it with the one before.
            result = batch.validate(gx_suite(name, expected), result_format=_RESULT_FORMAT)
        for one in result.results:
            if _failed_to_judge(one.exception_info):
                code = one.expectation_config.meta["code"]
                raise RunFailedError(f"{name}: the expectation {code} could not be evaluated; this is an error of the run, not of the data")
        run = RunIdentifier(run_name=run_id, run_time=datetime.now(UTC))
        result.meta |= {"run_id": run, "validation_time": run.run_time, "counted": dict(counted or {})}
        context.validation_results_store.set(ValidationResultIdentifier(ExpectationSuiteIdentifier(name), run, batch.id), result)
    return {one.expectation_config.meta["code"]: outcome(bool(one.success), one.result) for one in result.results}


def _batch(context: Any, name: str, sets: Sets, relation: str) -> AbstractContextManager[Any]:
    """The relation as Great Expectations has it, as long as the block lasts."""
    if isinstance(sets, DuckdbSets):
        from expectations.gx_duckdb import batch_of_relation

        return batch_of_relation(context, name, sets.connection, relation)
    from expectations.gx_spark import batch_of_frame

    return batch_of_frame(context, name, cast("SparkSets", sets).session.table(relation))


def outcome(met: bool, result: Mapping[str, Any]) -> Outcome:
    """What became of an expectation, from the result that Great Expectations gives."""
    if "observed_value" in result:
        return Outcome(met, result["observed_value"])
    # Of a relation without rows the counts are there and empty.
    rows = (result.get("element_count") or 0) - (result.get("missing_count") or 0)
    return Outcome(met, rows=rows, unexpected=result.get("unexpected_count") or 0)


def _failed_to_judge(info: Mapping[str, Any]) -> bool:
    """Whether an expectation met an error. `exception_info` is one error, or one for each metric."""
    errors = [info] if "raised_exception" in info else info.values()
    return any(error["raised_exception"] for error in errors)
