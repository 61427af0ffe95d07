"""Running a suite: one Great Expectations context a process, results kept as files for Data Docs, errors of the run told apart from
failed expectations.

Great Expectations is imported late (it costs seconds). It sends nothing anywhere: analytics are off, and no store or page needs a network.
"""

from __future__ import annotations

import logging
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from threading import RLock
from typing import TYPE_CHECKING, Any

from jobs.errors import RunFailedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SITE = "data_docs"
_STORES = "gx"
_RESULT_FORMAT = "BASIC"  # with the number that was seen, which BOOLEAN_ONLY leaves out
_BATCH = "batch"
_SOURCE = "facts"
_NOISY_LOGGER = "great_expectations"
_LOCK = RLock()
"""Great Expectations keeps what it judges in one context a process, and datasets are loaded side by side."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one expectation: whether it is met, and the number that was seen."""

    met: bool
    observed: int | float | None


def results_folder(home: Path) -> Path:
    """Where the results of validations are kept, one JSON file each, until Data Docs has no page for them any more."""
    return home / _STORES / "validations"


def pages_folder(home: Path) -> Path:
    """Where Data Docs is."""
    return home / "data_docs"


@contextmanager
def quiet() -> Iterator[None]:
    """Keep Great Expectations' warnings out of the terminal."""
    logger = logging.getLogger(_NOISY_LOGGER)
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


@lru_cache(maxsize=1)
def gx_context(home: Path) -> Any:
    """The context of this process: data sources live in memory, suites and results in files of the workspace."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults

    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(), analytics_enabled=False, progress_bars={"globally": False}
    )
    config.stores[config.expectations_store_name] = _file_store("ExpectationsStore", home / _STORES / "suites", ".json")
    config.stores[config.validation_results_store_name] = _file_store("ValidationResultsStore", results_folder(home), ".json")
    view = {"module_name": "expectations.gx_parts", "class_name": "OfflinePage"}
    config.data_docs_sites = {
        SITE: {
            "class_name": "SiteBuilder",
            "show_how_to_buttons": False,
            "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(pages_folder(home))},
            "site_index_builder": {
                "class_name": "DefaultSiteIndexBuilder",
                "show_how_to_buttons": False,
                "view": {"module_name": "expectations.gx_parts", "class_name": "OfflineIndex"},
            },
            "site_section_builders": {"expectations": {"view": view}, "validations": {"view": view}, "profiling": "None"},
        }
    }
    return gx.get_context(mode="ephemeral", project_config=config)


def _file_store(class_name: str, folder: Path, suffix: str) -> dict[str, Any]:
    backend = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder), "filepath_suffix": suffix}
    return {"class_name": class_name, "store_backend": backend}


def validate(home: Path, run_id: str, suite: Any, facts: Mapping[str, float]) -> dict[str, Outcome]:
    """Judge the facts of a set by a suite and keep the result for Data Docs; returns what became of each expectation, by its code.

    Raises:
        RunFailedError: an expectation could not be evaluated (a populated `exception_info`); such a result is not kept.
    """
    with _LOCK, quiet():
        import pyarrow as pa
        from great_expectations.core.run_identifier import RunIdentifier
        from great_expectations.data_context.types.resource_identifiers import (
            ExpectationSuiteIdentifier,
            ValidationResultIdentifier,
        )

        context = gx_context(home)
        suite = context.suites.add_or_update(suite)
        batch = _batch_definition(context, suite.name).get_batch({"dataframe": pa.Table.from_pylist([dict(facts)]).to_pandas()})
        result = batch.validate(suite, result_format=_RESULT_FORMAT)
        for one in result.results:
            if _failed_to_judge(one.exception_info):
                code = one.expectation_config.meta["code"]
                raise RunFailedError(
                    f"{suite.name}: the expectation {code} could not be evaluated; this is an error of the run, not of the data"
                )
        run = RunIdentifier(run_name=run_id, run_time=datetime.now(UTC))
        result.meta |= {"run_id": run, "validation_time": run.run_time}
        key = ValidationResultIdentifier(ExpectationSuiteIdentifier(suite.name), run, batch.id)
        context.validation_results_store.set(key, result)
    return {
        one.expectation_config.meta["code"]: Outcome(met=bool(one.success), observed=one.result["observed_value"]) for one in result.results
    }


def _batch_definition(context: Any, name: str) -> Any:
    sources = context.data_sources
    source = sources.get(_SOURCE) if _SOURCE in sources.all() else sources.add_pandas(_SOURCE)
    if name not in source.get_asset_names():
        source.add_dataframe_asset(name).add_batch_definition_whole_dataframe(_BATCH)
    return source.get_asset(name).get_batch_definition(_BATCH)


def _failed_to_judge(info: Mapping[str, Any]) -> bool:
    """Whether an expectation met an error. `exception_info` is one error, or one for each metric."""
    errors = [info] if "raised_exception" in info else info.values()
    return any(error["raised_exception"] for error in errors)
