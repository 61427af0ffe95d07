"""What the files of `dags/` share: the assets between the DAGs, their defaults, and how a step becomes a task.

This module is read each time Airflow parses a DAG file, so it imports nothing but `airflow.sdk`; the steps
(`jobs.steps`) are imported when a task runs.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk import DAG, Asset, CronTriggerTimetable, Param, TriggerRule, get_current_context, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from jobs.errors import NtmError, UsageError, WaitsForApprovalError
from jobs.vietnam import TIMEZONE
from warehouse_schema.sources import Source, sources

OWNER = "ntm-data"
START_DATE = datetime(2025, 1, 1, tzinfo=ZoneInfo(TIMEZONE))

WRITER_POOL = "warehouse_writer"
"""The pool of one slot that every task takes which writes to the warehouse: one writer a workspace."""

LANDING = {source.system: Asset(f"landing_{source.system}") for source in sources()}
"""By source system: the asset that says that its objects wait in the landing zone."""

SILVER = Asset("silver")
"""Says that the standardised tables were brought up to date."""

RELEASE = Asset("release")
"""Says that the indicators were brought up to date; the rows that readers see are those of `ops/release`."""

AS_OF_PARAM = "as_of"
FORCE_PARAM = "force"
APPROVE_PARAM = "approve"
UPDATED_SINCE_PARAM = "updated_since"

APPROVED_BY = "approved_by"
"""Who gave a run its approval, as the step takes it and the event of `silver` carries it: no parameter, which anybody could fill in, and nothing that is
believed of an event that no task wrote (Airflow's API takes events with whatever anybody writes into them)."""

IN_PROCESS_USER = "dag_test"
"""What Airflow calls the user of a DAG that runs in process (`dag.test`), whoever that is: the step knows the user of the machine."""


def default_args(*, retries: int, timeout: timedelta, pool: str | None = None) -> dict[str, Any]:
    """The defaults of a DAG's tasks: owner, time limit, retries whose back-off doubles from five minutes to one hour.

    Args:
        retries: tries after the first one.
        timeout: after it a try is ended and counts as failed.
        pool: the pool whose slot a task takes; none: Airflow's default pool.
    """
    return {
        "owner": OWNER,
        "retries": retries,
        "retry_delay": timedelta(minutes=5),
        "retry_exponential_backoff": 2,
        "max_retry_delay": timedelta(hours=1),
        "execution_timeout": timeout,
    } | ({"pool": pool} if pool else {})


def at(cron: str) -> CronTriggerTimetable:
    """The timetable of a cron expression in Vietnam's time."""
    return CronTriggerTimetable(cron, timezone=TIMEZONE)


def run_params() -> dict[str, Param]:
    """The parameters of a run that can release: `as_of`, an ISO date or null; `force`, by which a day that is most likely a slip is taken too; `approve`, by
    which changed definitions move as many published figures as they do."""
    as_of = Param(
        None,
        type=["null", "string"],
        format="date",
        title="As-of day",
        description="The day that indicators are stored for (YYYY-MM-DD); empty: today in Vietnam",
    )
    force = Param(
        False,
        type="boolean",
        title="Take an unusual day",
        description="Take an as-of day before the first record or after today too; without it such a day is refused",
    )
    approve = Param(
        False,
        type="boolean",
        title="Approve changed definitions",
        description="Release what changed definitions move, however many published figures (`ntm plan` shows them); holds for this run alone",
    )
    return {AS_OF_PARAM: as_of, FORCE_PARAM: force, APPROVE_PARAM: approve}


def call_here(name: str, **arguments: Any) -> dict[str, Any]:
    """Call a step of `jobs.steps` in this process."""
    from jobs.engine.loopback import enter_user_namespace
    from jobs.runtime.file_modes import keep_private
    from jobs.settings import get_settings

    keep_private(get_settings())
    enter_user_namespace()
    result: dict[str, Any] = getattr(importlib.import_module("jobs.steps"), name)(**arguments)
    return result


TOLD_STEPS = ("ingest", "standardise", "indicators")
"""The steps that lineage is told of, where it is (`NTM_LINEAGE`)."""

call_step: Callable[..., dict[str, Any]] = call_here
"""How a task calls its step: in its own process, where `run_dags` is not given another one."""


def run_step(name: str, **arguments: Any) -> dict[str, Any]:
    """Run one step of `jobs.steps` and give what it returns (plain values, kept as the task's XCom).

    Raises:
        AirflowFailException: wrong use, a wrong setting, or a person's approval is waited for; trying again would not help, so Airflow does not.
        AirflowException: any other failure that the step tells in one sentence; Airflow tries again.
    """
    try:
        return call_step(name, **arguments, **(_for_lineage() if name in TOLD_STEPS else {}))
    except (UsageError, WaitsForApprovalError) as error:
        # `from None` keeps the traces of what lies behind the sentence out of the task's log.
        raise AirflowFailException(str(error)) from None
    except NtmError as error:
        raise AirflowException(str(error)) from None


def run_parameters() -> dict[str, Any]:
    """The parameters of the run, once it is sure that the person who triggered it was understood.

    Raises:
        AirflowFailException: it was triggered with a parameter that the DAG does not have; Airflow would pass over it.
    """
    context = get_current_context()
    parameters = dict(context["params"])
    for name in context["dag_run"].conf or {}:
        if name not in context["dag"].params:
            known = ", ".join(context["dag"].params) or "none"
            near = difflib.get_close_matches(name, list(context["dag"].params), n=1)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            raise AirflowFailException(f"unknown parameter '{name}'; DAG {context['dag'].dag_id} has: {known}{hint}")
    return parameters


def run_standardise() -> dict[str, Any]:
    """The task of DAG `standardise`; its event for `silver` carries what was asked for: the day, its force, an approval and whose it is."""
    context = get_current_context()
    asked = _asked(run_parameters(), context["dag_run"].triggering_user_name)
    context["outlet_events"][SILVER].extra = asked
    return run_step("standardise", **asked)


def run_indicators() -> dict[str, Any]:
    """The task of DAG `indicators`.

    The as-of day is the run's parameter; else, when `standardise` set the run off, the day that its newest run was
    asked for, so that a backfill started there by hand ends at its own day; else none: the step takes today. With the
    day goes what else that run was given: its force, its approval and whose that was.
    """
    context = get_current_context()
    asked = _asked(run_parameters(), context["dag_run"].triggering_user_name)
    events = context["triggering_asset_events"].get(SILVER, ())
    if asked[AS_OF_PARAM] is None and events:
        newest = max(events, key=lambda event: event.timestamp)
        asked = _asked(newest.extra, newest.extra.get(APPROVED_BY) if newest.source_task_id else None)
    return run_step("indicators", **asked)


def _for_lineage() -> dict[str, Any]:
    """What lineage is told of a step beside what the step knows itself: the run that it is part of."""
    from jobs.settings import get_settings

    if get_settings().lineage is None:
        return {}
    dag_run = get_current_context()["dag_run"]
    return {"dag_run": (dag_run.dag_id, dag_run.run_id)}


def _asked(said: Mapping[str, Any], user: str | None) -> dict[str, Any]:
    """What a run was asked for, as a step takes it; with an approval its user, where Airflow knows him."""
    asked = {AS_OF_PARAM: said.get(AS_OF_PARAM), FORCE_PARAM: bool(said.get(FORCE_PARAM)), APPROVE_PARAM: bool(said.get(APPROVE_PARAM))}
    is_known = asked[APPROVE_PARAM] and user not in (None, IN_PROCESS_USER)
    return asked | ({APPROVED_BY: user} if is_known else {})


def run_maintenance() -> dict[str, Any]:
    """The task of DAG `maintenance`."""
    run_parameters()
    return run_step("maintenance")


def _ingest(source: str) -> dict[str, Any]:
    context = get_current_context()
    instance = context["ti"]
    parameters = run_parameters()
    updated_since = parameters.get(UPDATED_SINCE_PARAM)
    if context["dag_run"].run_type == "backfill":
        if UPDATED_SINCE_PARAM not in parameters:
            raise AirflowFailException(
                f"a backfill does nothing for {source}: put its objects under {source}/<dataset>/dt=YYYY-MM-DD/ and trigger this DAG"
            )
        # The dates of a backfill are those of its runs.
        updated_since = updated_since or context["dag_run"].logical_date.astimezone(ZoneInfo(TIMEZONE)).date().isoformat()
    backfill = {UPDATED_SINCE_PARAM: updated_since} if updated_since else {}
    result = run_step("ingest", source=source, **backfill)
    # A source that cannot be pulled must not keep back what already waits: the last try ends well, so that the asset's
    # event is sent, and `check_pull` fails the run.
    if result["error"] and instance.try_number <= instance.max_tries:
        raise AirflowException(result["error"])
    if not result["waiting"]:
        instance.xcom_push(key="return_value", value=result)
        raise AirflowSkipException(f"nothing of {source} waits in the landing zone")
    return result


def _check_pull() -> None:
    result = get_current_context()["ti"].xcom_pull(task_ids="ingest")
    if result["error"]:
        raise AirflowFailException(result["error"])


def load_problems(result: dict[str, Any]) -> list[str]:
    """What a person has to look at after a load that ended well, a sentence each: nothing of it keeps the rest from being released.

    Args:
        result: what the step `standardise` returned.
    """
    unreadable = [f"cannot be read: {item['path']}: {item['message']}" for item in result.get("unreadable", ())]
    held = [f"held until a person decides (`ntm held`): {item['objects']} objects of {item['table']}" for item in result.get("held", ())]
    waits = [f"waits: {item['table']}: {item['message']}" for item in result.get("waiting", ())]
    return [*unreadable, *held, *waits, *result.get("refused", ())]


def check_load() -> None:
    """The task that fails the run of `standardise` for what `load_problems` names, after the event of `silver` was sent."""
    if problems := load_problems(get_current_context()["ti"].xcom_pull(task_ids="standardise")):
        raise AirflowFailException("; ".join(problems))


def ingest_dag(source: Source) -> DAG:
    """The DAG `ingest_<system>`: `ingest` (pull, look what waits; skipped when nothing does), then `check_pull` where there is a pull.

    The two cannot be one task: Airflow sends the event of what waits only for a task that ends well, and the run has to fail for the pull.
    A DAG of a source that is pulled has the parameter `updated_since`.
    """
    system, pulled = source.system, source.pull is not None
    params = {
        UPDATED_SINCE_PARAM: Param(
            None,
            type=["null", "string"],
            format="date",
            title="Updated since",
            description="Pull again what was updated since this day (YYYY-MM-DD); empty: since the last pull",
        )
    }
    with DAG(
        dag_id=f"ingest_{system}",
        description=f"{'Pull' if pulled else 'Look for'} {source.brings} ({source.name.en})",
        doc_md=_ingest_doc(source),
        schedule=at(source.schedule),
        start_date=START_DATE,
        catchup=False,
        max_active_runs=1,
        default_args=default_args(retries=3, timeout=timedelta(hours=1)),
        params=params if pulled else None,
        tags=["ntm", "ingest", system],
    ) as dag:
        ingest = task(task_id="ingest", outlets=[LANDING[system]])(_ingest)(system)
        if pulled:
            check_pull = task(task_id="check_pull", retries=0, trigger_rule=TriggerRule.NONE_FAILED)(_check_pull)()
            ingest >> check_pull
    return dag


def _ingest_doc(source: Source) -> str:
    """The page of an ingest DAG: what, when, backfill, what to do when it fails."""
    system, minute_hour = source.system, source.schedule
    head = f"### Ingest {source.name.en} ({source.name.vi})\n\n"
    then = f"The asset `landing_{system}` then sets off\n`standardise`; when nothing waits, the task is skipped and nothing is set off.\n\n"
    when = f"**When.** By the cron expression `{minute_hour}`, Vietnam's time.\n\n"
    if source.pull is None:
        return (
            f"{head}**What.** Counts the objects under `{system}/` in the landing zone that are not loaded yet: {source.brings}. {then}{when}"
            f"**Backfill.** Not by dates, which is refused. Put the object under `{system}/<dataset>/dt=YYYY-MM-DD/` and\n"
            "trigger this DAG. Everything that waits is loaded,\n"
            "whatever its `dt=`; records that an earlier version of a registry had rejected are judged by the new one.\n\n"
            "**When it fails.** The landing zone could not be listed: the log of `ingest` says why (address, access key, disk).\n"
            "Nothing is lost: what waits is found by the next run.\n"
        )
    return (
        f"{head}**What.** Pulls the {source.brings} updated since the last pull into the landing zone (when `{source.pull.address}` is set)\n"
        f"and counts the objects of `{system}/` that wait, those put there by hand too. {then}{when}"
        "**Backfill.** Trigger it with `updated_since` (a date): what was updated since then is pulled again. A backfill by\n"
        "dates does the same since each of its days; its first day alone is enough. Records that are already loaded count\n"
        "as duplicates, so pulling too much does no harm.\n\n"
        "**When it fails.** The pull is tried four times in all. After the last one `check_pull` fails and its log says why\n"
        "(address, token, the source's answer); what already waits is loaded all the same, and the next pull starts where\n"
        "the last good one ended.\n"
    )
