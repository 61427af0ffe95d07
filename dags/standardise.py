"""Airflow DAG `standardise`: everything that waits in the landing zone becomes standardised rows."""

from datetime import timedelta

from airflow.sdk import DAG, AssetAny, TriggerRule, task

from jobs.runtime.dag_tasks import (
    LANDING,
    SILVER,
    START_DATE,
    WRITER_POOL,
    check_load,
    default_args,
    run_params,
    run_standardise,
)

with DAG(
    dag_id="standardise",
    description="Landing zone to standardised tables: border, row rules, gates, merge",
    doc_md="""
### Standardise

**What.** Loads everything that waits in the landing zone, whatever set the run off: registries first, then the rest;
state secrets are withheld and personal data become tokens; rows that break a rule go to quarantine with the reasons;
each dataset passes its gate or is held; the rest is merged. Readers see nothing of it before `indicators` releases.

**When.** As soon as one of the assets `landing_<system>` has news (one for each source of `sources.yaml`). One run
at a time, and never beside another writer (pool `warehouse_writer`).

**Backfill.** Trigger it with `as_of` (a date): the run of `indicators` that follows takes the same day. A day before the
first record or after today is refused; with `force` it is taken, and the log says so. Periods of the past need no date:
they are recomputed wherever a late record falls.

**When it fails.** It is tried once more. A failed run leaves the tables as they were, and what waited still waits: read
the sentence at the end of the log, put it right, clear the task. Where `standardise` ended well and `check_load` failed,
the rest is loaded and goes on to its release; the log of `check_load` names what cannot be read, is held, waits for a
held table, or was refused since nearly all of its rows were rejected (`ntm held`, `ntm quarantine list`, `ntm status`).

**When it waits for approval.** Only where `NTM_APPROVE_OVER` is set: changed definitions would move more published figures
than it allows. The task fails at once, is not tried again, and nothing is loaded: what landed waits. Look at
`ntm plan`, then trigger this DAG with `approve`.
""",
    schedule=AssetAny(*LANDING.values()),
    start_date=START_DATE,
    catchup=False,
    max_active_runs=1,
    default_args=default_args(retries=1, timeout=timedelta(hours=6), pool=WRITER_POOL),
    params=run_params(),
    tags=["ntm", "silver"],
):
    standardise = task(task_id="standardise", outlets=[SILVER])(run_standardise)()
    # One task could not do both: the event of what was loaded is sent only for a task that ends well.
    check = task(task_id="check_load", retries=0, pool="default_pool", trigger_rule=TriggerRule.NONE_FAILED)(check_load)()
    standardise >> check
