"""Airflow DAG `maintenance`: the tables are kept small and quick."""

from datetime import timedelta

from airflow.sdk import DAG, task

from jobs.runtime.dag_tasks import START_DATE, WRITER_POOL, at, default_args, run_maintenance

with DAG(
    dag_id="maintenance",
    description="Compact the tables; remove files that no kept release names",
    doc_md="""
### Maintenance

**What.** Compacts small files and removes those that no release within the retention time
(`NTM_RELEASE_RETENTION_DAYS`) names. It changes no row.

**When.** Sundays at 04:00, Vietnam's time, never beside another writer (pool `warehouse_writer`).

**Backfill.** None: a run that was missed is made up for by the next one.

**When it fails.** It is tried once more. The tables stay readable; read the sentence at the end of the log, put it
right, clear the task, or wait for the next Sunday.
""",
    schedule=at("0 4 * * 0"),
    start_date=START_DATE,
    catchup=False,
    max_active_runs=1,
    default_args=default_args(retries=1, timeout=timedelta(hours=4), pool=WRITER_POOL),
    tags=["ntm", "maintenance"],
):
    task(task_id="maintenance")(run_maintenance)()
