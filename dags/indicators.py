"""Airflow DAG `indicators`: the standardised rows become indicators and targets, checked and released together."""

from datetime import timedelta

from airflow.sdk import DAG, task

from jobs.runtime.dag_tasks import (
    RELEASE,
    SILVER,
    START_DATE,
    WRITER_POOL,
    default_args,
    run_indicators,
    run_params,
)

with DAG(
    dag_id="indicators",
    description="Standardised tables to indicators and targets; checks; release",
    doc_md="""
### Indicators

**What.** Recomputes the indicators of the periods and units that changed, judges the plans' targets, checks the tables
against each other, and publishes all of them together by one row in `ops/release`.

**When.** As soon as the asset `silver` has news, that is after `standardise`. One run at a time, and never beside
another writer (pool `warehouse_writer`).

**Backfill.** Trigger it with `as_of` (a date) to store the year to date and the stocks of that day; a month's end stays
stored, another day gives way to the next run's. The other periods do not depend on the date. A day before the first
record or after today is refused; with `force` it is taken, and the log says so.

**When it fails.** It is tried once more. A failed run releases nothing: readers keep the last release, and what
changed is still noted for the next run. Read the sentence at the end of the log, put it right, clear the task.

**When it waits for approval.** Only where `NTM_APPROVE_OVER` is set: changed definitions would move more published figures
than it allows. The task fails at once, is not tried again, and nothing is released. Look at
`ntm plan`, then trigger `standardise` with `approve`.
""",
    schedule=[SILVER],
    start_date=START_DATE,
    catchup=False,
    max_active_runs=1,
    default_args=default_args(retries=1, timeout=timedelta(hours=2), pool=WRITER_POOL),
    params=run_params(),
    tags=["ntm", "gold"],
):
    task(task_id="indicators", outlets=[RELEASE])(run_indicators)()
