"""Data Docs: the pages that show what Great Expectations judged, under `<NTM_HOME>/data_docs`; they need no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.validation import SITE, gx_context, pages_folder, quiet, results_folder
from jobs.log import get_logger

if TYPE_CHECKING:
    from pathlib import Path

    from jobs.run import RunContext

KEPT_RESULTS = 50
"""Results that have a page; a run that loads all datasets gives about a dozen."""


def build_data_docs(ctx: RunContext) -> Path | None:
    """Make the pages of the results that have none yet, and the index; called once, at the end of a run.

    Only the newest results keep their pages, so that the index, which reads all of them, stays quick. Returns the index; None where
    nothing was judged since the pages were made, or where they could not be made: they show the data and are no part of it, so the run
    goes on with a warning.
    """
    home = ctx.settings.home
    _drop_old(results_folder(home))
    waiting = _without_page(home)
    if not waiting:
        return None
    with quiet():
        from great_expectations.data_context.types.resource_identifiers import (
            ExpectationSuiteIdentifier,
            ValidationResultIdentifier,
        )

        results = [ValidationResultIdentifier.from_tuple(path.with_suffix("").parts) for path in waiting]
        suites = [ExpectationSuiteIdentifier(name) for name in sorted({path.parts[0] for path in waiting})]
        try:
            gx_context(home).build_data_docs(site_names=[SITE], resource_identifiers=[*results, *suites])
        except Exception as error:
            # A result that a killed run left half written cannot be read; without it the next run's pages can be made.
            get_logger().warning("data_docs", error=type(error).__name__, results_dropped=len(waiting))
            for path in waiting:
                _remove(results_folder(home) / path)
            return None
    missing = _without_page(home)
    if missing:
        get_logger().warning("data_docs", pages_missing=len(missing))
    return pages_folder(home) / "index.html"


def _drop_old(folder: Path) -> None:
    # A result lies at <suite>/<run>/<time>/<batch>.json, and its time sorts as text.
    kept_first = sorted(folder.glob("*/*/*/*.json"), key=lambda path: path.parent.name, reverse=True)
    for path in kept_first[KEPT_RESULTS:]:
        _remove(path)


def _remove(path: Path) -> None:
    path.unlink()
    for folder in list(path.parents)[:3]:
        if any(folder.iterdir()):
            break
        folder.rmdir()


def _without_page(home: Path) -> list[Path]:
    """Results without a page, by their path below the folder of results."""
    results, pages = results_folder(home), pages_folder(home) / "validations"
    paths = sorted(path.relative_to(results) for path in results.glob("*/*/*/*.json"))
    return [path for path in paths if not (pages / path.with_suffix(".html")).exists()]
