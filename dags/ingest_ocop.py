"""Airflow DAG `ingest_ocop`: sheets of OCOP products in the landing zone are noticed."""

from jobs.runtime.dag_tasks import ingest_dag

ingest_ocop = ingest_dag(
    "ocop",
    cron="40 1 * * *",
    pulled=False,
    description="Look what sheets of OCOP products wait in the landing zone",
    doc_md="""
### Ingest OCOP products

**What.** Counts the sheets under `ocop/products/` in the landing zone that are not loaded yet. The asset `landing_ocop`
then sets off `standardise`; when nothing waits, the task is skipped and nothing is set off.

**When.** Every day at 01:40, Vietnam's time.

**Backfill.** Put the sheet under `ocop/products/dt=YYYY-MM-DD/` and trigger this DAG. Everything that waits is loaded,
whatever its `dt=`.

**When it fails.** The landing zone could not be listed: the log of `ingest` says why (address, access key, disk).
Nothing is lost: the sheets wait for the next run.
""",
)
