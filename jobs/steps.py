"""The steps that DAGs and the command line run, by name. Nothing heavy is imported before a step runs.

Every step loads all that waits, whatever set it off, holds the workspace lock while it writes, and returns plain values.
"""

from __future__ import annotations

import importlib
import time
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from jobs.errors import UsageError
from jobs.log import get_logger

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jobs.extract.sources import PullSource
    from jobs.lineage.telling import DagRun, Told
    from jobs.run import RunContext


def look() -> bool:
    """Whether objects wait in the landing zone that no run has read."""
    from jobs.landing.discover import not_yet_known
    from jobs.ops import ledger
    from warehouse_schema.contracts import landed_contracts

    context = run_context()
    known = ledger.entries(context.warehouse)
    return any(not_yet_known(context.storage, contract, known) for contract in landed_contracts())


def prepare() -> None:
    """Import and read what takes seconds and every run that finds something needs; starts no engine."""
    # What fails here fails again in the step that needs it, which says so.
    with suppress(Exception):
        _prepare()


def _prepare() -> None:
    for module in ("jobs.gold.pipeline", "jobs.silver.pipeline", "pyspark.sql.connect.session"):
        importlib.import_module(module)
    from expectations.validation import gx_context
    from jobs.reference.units import load_units
    from jobs.settings import get_settings

    load_units().build()
    gx_context(get_settings().home)


def run_context(as_of: str | None = None) -> RunContext:
    """The context of a run that starts now; without a day it is as of today in Vietnam."""
    from jobs.engine.tables import Warehouse
    from jobs.landing.storage import landing_access, landing_storage, require_landing
    from jobs.run import RunContext
    from jobs.settings import get_settings, require_restored
    from jobs.vietnam import VIETNAM
    from warehouse_schema.definitions import check_definitions

    check_definitions()
    settings = get_settings()
    require_restored(settings.home)
    require_landing(settings)
    now = datetime.now(UTC)
    return RunContext(
        settings=settings,
        warehouse=Warehouse.of(settings),
        storage=landing_storage(settings.landing_url, s3=landing_access(settings)),
        run_id=now.strftime("%Y%m%dT%H%M%S%fZ"),
        now=now,
        as_of=date.fromisoformat(as_of) if as_of else now.astimezone(VIETNAM).date(),
    )


@contextmanager
def _releasing(as_of: str | None, *, approve: bool, approved_by: str | None = None) -> Iterator[RunContext]:
    """`_writing`, for a step that releases or leads to a release: before it writes, what changed definitions would move has to be approved where it is much.

    Asked of the last release in each such step, so that none needs to trust the one before it: the definitions can have changed between them.

    Args:
        as_of: the as-of day; None: today.
        approve: a person approved whatever they move.
        approved_by: who that is; None: the user of the machine.

    Raises:
        WaitsForApprovalError: more published figures would move than `NTM_APPROVE_OVER` allows, and nobody approved it.
    """
    from jobs.errors import WaitsForApprovalError
    from jobs.machine import user_name
    from jobs.publish.planned import awaited, in_words

    with _writing(as_of) as context:
        limit = context.settings.approve_over
        if limit is not None:
            with context.step("plan"):
                found = awaited(context.warehouse, limit)
            if found is not None and not approve:
                raise WaitsForApprovalError(
                    f"waits for approval and released nothing (NTM_APPROVE_OVER is {limit}): changed definitions would move {in_words(found)};"
                    " `ntm plan` shows it, --approve takes it (`ntm run --approve`; in Airflow the parameter `approve`)"
                )
            if found is not None:
                context.approved, context.approved_by = in_words(found), approved_by or user_name()
                get_logger().warning("approved", by=context.approved_by, moves=context.approved, since_release=found.release)
        yield context


@contextmanager
def _writing(as_of: str | None) -> Iterator[RunContext]:
    from jobs.engine.session import engine_errors_named
    from jobs.lock import writer_lock

    context = run_context(as_of)
    with writer_lock(context.settings):
        try:
            with engine_errors_named():
                yield context
        finally:
            # Whatever the gates found has its page, after a failed check too.
            from expectations.data_docs import build_data_docs

            build_data_docs(context)


def _usual_day(as_of: str | None, *, force: bool) -> str | None:
    """The as-of day that was asked for; one that is most likely a slip is refused, or said in the log where it is forced.

    `ntm run` has asked already, before it took the lock; nobody else has who starts a step, such as a person at Airflow's page.
    """
    if as_of is None:
        return None
    from jobs.engine.tables import Warehouse
    from jobs.run import require_usual_day
    from jobs.settings import get_settings

    odd = require_usual_day(Warehouse.of(get_settings()), date.fromisoformat(as_of), force=force, names=("as_of", "force"))
    if odd:
        get_logger().warning(odd)
    return as_of


def ingest(source: str, updated_since: str | None = None, dag_run: DagRun | None = None) -> dict[str, Any]:
    """Pull what the source gives (where its address is set) and count the objects that wait in the landing zone.

    `updated_since` (a date, Vietnam's) asks again for everything since that day. `dag_run`, here and below: the run in Airflow, for lineage.
    """
    from jobs.lineage.telling import told_to_lineage

    with told_to_lineage(f"ingest.{source}", dag_run) as told:
        return told.ends(_ingest(source, updated_since, told))


def _ingest(source: str, updated_since: str | None, told: Told) -> dict[str, Any]:
    from jobs.extract.pull import PullResult, pull_all
    from jobs.extract.sources import PULL_SOURCES
    from jobs.landing.discover import not_yet_known
    from jobs.ops import ledger
    from jobs.vietnam import VIETNAM
    from warehouse_schema.contracts import landed_contracts

    context = run_context()
    outcome: dict[str, Any] = {"source": source, "waiting": 0, "pull": None, "error": None}
    since = datetime.fromisoformat(updated_since).replace(tzinfo=VIETNAM) if updated_since else None
    pulled = [one for one in PULL_SOURCES if one.source == source]
    _settle_pulls(context, pulled)
    if any(getattr(context.settings, one.url_setting) for one in pulled):
        told.begins(context)
    for result in pull_all(context.settings, sources=pulled, updated_since=since):
        if isinstance(result, PullResult):
            outcome["pull"] = {"pages": result.pages, "records": result.records, "skipped": result.skipped_reason}
            if not result.skipped_reason:
                told.pulled[f"{result.source}/{result.dataset}"] = result.records
        else:
            outcome["error"] = result.message
    known = ledger.entries(context.warehouse)
    for contract in landed_contracts():
        if str(contract.landing).startswith(f"{source}/"):
            outcome["waiting"] += len(not_yet_known(context.storage, contract, known))
    return outcome


def standardise(
    as_of: str | None = None, *, force: bool = False, approve: bool = False, approved_by: str | None = None, dag_run: DagRun | None = None
) -> dict[str, Any]:
    """Landing zone to silver for everything that waits; ends with a checkpoint.

    Raises:
        UsageError: the day is before the first record or after today, and not forced.
        WaitsForApprovalError: see `_releasing`; what landed simply waits.
    """
    from jobs.extract.sources import PULL_SOURCES
    from jobs.lineage.telling import told_to_lineage
    from jobs.silver.pipeline import standardise as run

    day = _usual_day(as_of, force=force)
    with told_to_lineage("standardise", dag_run) as told, _releasing(day, approve=approve, approved_by=approved_by) as context:
        told.begins(context)
        result = run(context).as_dict()
        return told.ends(result | {"refused": result["refused"] + _settle_pulls(context, PULL_SOURCES), "timings": context.timings})


def _settle_pulls(context: RunContext, sources: Iterable[PullSource]) -> list[str]:
    """Move the watermarks of what is judged; a sentence for each dataset whose last pull is refused."""
    from jobs.errors import SourceError
    from jobs.extract.judged import settle
    from jobs.extract.pull_states import note_failure, note_watermark, watermark_store
    from jobs.ops import ledger

    home, refused = context.settings.home, []
    watermarks = watermark_store(home)
    for source in sources:
        # The pull says which watermark cannot be read.
        with suppress(SourceError):
            mark = watermarks.read(source.source, source.dataset)
            if mark is None or not mark.pulls:
                continue
            if sentence := settle(source, watermarks, ledger.entries(context.warehouse), context.settings):
                refused.append(sentence)
                note_failure(home, source, datetime.now(UTC), sentence)
            else:
                note_watermark(home, source)
    return refused


def retokenise(*, approve: bool = False) -> dict[str, Any]:
    """Empty the tables and have everything that landed read again under the key that is set; ends with a checkpoint, which `standardise` goes on from.

    Raises:
        WaitsForApprovalError: see `_releasing`.
    """
    from dataclasses import asdict

    from jobs.silver.retokenise import retokenise as run

    with _releasing(None, approve=approve) as context:
        return asdict(run(context)) | {"timings": context.timings}


def indicators(
    as_of: str | None = None, *, force: bool = False, approve: bool = False, approved_by: str | None = None, dag_run: DagRun | None = None
) -> dict[str, Any]:
    """Silver to gold for what was touched; checks, and the release.

    Raises:
        UsageError: the day is before the first record or after today, and not forced.
        WaitsForApprovalError: see `_releasing`.
    """
    from jobs.gold.pipeline import indicators as run
    from jobs.lineage.telling import told_to_lineage

    day = _usual_day(as_of, force=force)
    with told_to_lineage("indicators", dag_run) as told, _releasing(day, approve=approve, approved_by=approved_by) as context:
        told.begins(context)
        return told.ends(run(context).as_dict() | {"timings": context.timings})


def rebuild(tables: list[str] | None = None, *, approve: bool = False) -> dict[str, Any]:
    """Rebuild silver tables from the landing zone with their bronze and quarantine, or (None) all of them, and gold from them; release, and compare.

    `differences`: for each table rows before and after and how many differ from the last release.

    Raises:
        UsageError: a table is not there or not made from landed objects, nothing was released yet, or a landed object that is needed is gone.
        WaitsForApprovalError: see `_releasing`.
    """
    from jobs.gold.pipeline import GOLD_TABLES
    from jobs.gold.pipeline import indicators as run_indicators
    from jobs.lineage.telling import told_to_lineage
    from jobs.ops import releases
    from jobs.ops.compare import difference
    from jobs.silver.pipeline import standardise as run_standardise
    from jobs.silver.rebuild import layers_of, silver_named

    named = silver_named(tables)
    released = releases.last_release(run_context().warehouse)
    if released is None or released.as_of is None:
        raise UsageError("nothing was released yet, so there is nothing to rebuild: run `ntm run` first")
    started = time.monotonic()
    with told_to_lineage("rebuild") as told, _releasing(released.as_of.isoformat(), approve=approve) as context:
        told.begins(context)
        loaded = run_standardise(context, named)
        gold = run_indicators(context, everything=True)
        rebuilt = [layer.name for table in sorted(named) for layer in layers_of(table)] + ["silver/managed_object", *GOLD_TABLES]
        differences = [asdict(difference(context.warehouse, name, released.tables[name])) for name in rebuilt if name in released.tables]
        return told.ends(
            {
                "standardise": loaded.as_dict(),
                "indicators": gold.as_dict(),
                "differences": differences,
                "seconds": round(time.monotonic() - started, 1),
                "timings": context.timings,
            }
        )


def maintenance() -> dict[str, Any]:
    """Compact small files, delete files that no live release names, and drop old logs."""
    from jobs.ops.maintenance import maintain

    with _writing(None) as context:
        return maintain(context) | {"timings": context.timings}
