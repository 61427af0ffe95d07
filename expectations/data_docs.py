"""Data Docs: the pages that show what Great Expectations judged, under `<NTM_HOME>/data_docs`; they need no network.

A page a run, and an index of the last runs. Great Expectations' own pages show an expectation that is met without its rows, and a warning as a failure;
these say of each column, by its Vietnamese and English words, how many of how many rows are not as expected, and how the rejected rows are listed.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

from expectations.findings import ERROR
from expectations.validation import outcome, results_folder
from jobs.log import get_logger
from jobs.vietnam import VIETNAM
from warehouse_schema.contracts import load_contracts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from expectations.validation import Outcome
    from jobs.run import RunContext

KEPT_RUNS = 30
"""Runs that have a page."""

TEMPLATES = Path(__file__).parent / "templates"
MET, WARNED, FAILED = "met", "warning", "failed"
_WORST = (FAILED, WARNED, MET)
_KINDS = {
    "columns": ("Columns as received", "Các cột như đã nhận"),
    "batch": ("The batch as a set", "Cả lô dữ liệu"),
    "table": ("The table to be released", "Bảng sắp công bố"),
    "rules": ("Rules of the table and across tables", "Quy tắc của bảng và giữa các bảng"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One expectation on a page."""

    state: str
    column: str
    label_vi: str
    en: str
    vi: str
    mostly: float | None
    outcome: Outcome
    command: str


@dataclass(frozen=True, slots=True)
class Judged:
    """One suite on a page: a relation of a table, judged by one run."""

    table: str
    title: str
    kind: str
    at: datetime
    counted: dict[str, Any]
    lines: list[Line]

    @property
    def state(self) -> str:
        """Failed where an error was found, a warning where only warnings were."""
        return worst(line.state for line in self.lines)

    @property
    def heading(self) -> tuple[str, str]:
        """What was judged, in English and Vietnamese."""
        return _KINDS[self.kind]


def worst(states: Iterable[str]) -> str:
    """The worst of some states."""
    seen = set(states)
    return next((state for state in _WORST if state in seen), MET)


def pages_folder(home: Path) -> Path:
    """Where Data Docs is."""
    return home / "data_docs"


def build_data_docs(ctx: RunContext) -> Path | None:
    """Make the pages of the runs that have none yet, and the index; called once, at the end of a run.

    Returns the index; None where nothing was judged since the pages were made. The pages show the data and are no part of it: a result that cannot be read (a
    killed run left it half written) is dropped with a warning.
    """
    results, pages = results_folder(ctx.settings.home), pages_folder(ctx.settings.home)
    by_run: dict[str, list[Path]] = defaultdict(list)
    # A result lies at <suite>/<run>/<time>/<batch>.json, and its time sorts as text.
    for path in sorted(results.glob("*/*/*/*.json"), key=lambda path: path.parent.name):
        by_run[path.parts[-3]].append(path)
    kept = list(by_run)[-KEPT_RUNS:]
    for run in by_run.keys() - set(kept):
        for path in by_run[run]:
            _remove(path)
        _page(pages, run).unlink(missing_ok=True)
    if all(_page(pages, run).exists() for run in kept):
        return None
    judged = {run: found for run in kept if (found := _read(by_run[run]))}
    if not judged:
        return None
    try:
        return _write_pages(pages, judged)
    except (TypeError, ValueError, TemplateError) as error:
        # What the pages cannot show was judged all the same.
        get_logger().warning("data_docs", pages_missing=len(judged), error=type(error).__name__)
        return None


def _write_pages(pages: Path, judged: dict[str, list[Judged]]) -> Path:
    (pages / "runs").mkdir(parents=True, exist_ok=True, mode=0o700)
    for run, found in judged.items():
        # A run has all its results before its page is made; those of earlier ones stay as they are.
        if not _page(pages, run).exists():
            _page(pages, run).write_text(_rendered("run.html", run=run, judged=found, home="../index.html"), encoding="utf-8")
    index = pages / "index.html"
    index.write_text(_rendered("index.html", runs=dict(reversed(judged.items())), home="index.html"), encoding="utf-8")
    return index


def _page(pages: Path, run: str) -> Path:
    return pages / "runs" / f"{run}.html"


def _read(paths: Iterable[Path]) -> list[Judged]:
    """The results that can be read; the others are removed."""
    found, unreadable = [], []
    for path in paths:
        try:
            found.append(_judged(path))
        except (ValueError, KeyError):
            unreadable.append(path)
    if unreadable:
        get_logger().warning("data_docs", results_dropped=len(unreadable))
    for path in unreadable:
        _remove(path)
    return sorted(found, key=lambda one: (one.table, list(_KINDS).index(one.kind)))


def _judged(path: Path) -> Judged:
    result = json.loads(path.read_text(encoding="utf-8"))
    counted = result["meta"]["counted"]
    contract = load_contracts().get(counted["table"])
    return Judged(
        table=counted["table"],
        title=contract.title if contract else "",
        kind=path.parts[-4].rsplit("_", 1)[1],
        at=datetime.fromisoformat(result["meta"]["validation_time"]).astimezone(VIETNAM),
        counted=counted,
        lines=[_line(counted["table"], one, listed=contract is not None and contract.landing is not None) for one in result["results"]],
    )


def _line(table: str, result: dict[str, Any], *, listed: bool) -> Line:
    meta = result["expectation_config"]["meta"]
    seen = outcome(result["success"], result["result"])
    rejects = listed and seen.unexpected and meta["mostly"] is not None
    code = f" --code {meta['error_code']}" if meta["error_code"] else ""
    return Line(
        state=MET if seen.met else FAILED if meta["severity"] == ERROR else WARNED,
        column=meta["column"],
        label_vi=meta["label_vi"],
        en=meta["en"],
        vi=meta["vi"],
        mostly=meta["mostly"],
        outcome=seen,
        command=f"ntm quarantine list --table {table.split('/')[1]}{code}" if rejects else "",
    )


def _remove(path: Path) -> None:
    path.unlink()
    for folder in list(path.parents)[:3]:
        if any(folder.iterdir()):
            break
        folder.rmdir()


def _rendered(template: str, **values: Any) -> str:
    return str(_templates().get_template(template).render(worst=worst, **values))


@lru_cache(maxsize=1)
def _templates() -> Environment:
    """The templates, each compiled once a process."""
    # What is shown can come from a landed object: it is never markup.
    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
