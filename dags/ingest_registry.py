"""Airflow DAG `ingest_registry`: the registries that officers fill in are noticed in the landing zone."""

from jobs.runtime.dag_tasks import ingest_dag

ingest_registry = ingest_dag(
    "registry",
    cron="0 2 * * *",
    pulled=False,
    description="Look what registry sheets wait in the landing zone",
    doc_md="""
### Ingest the registries

**What.** Counts the sheets under `registry/<sheet>/` in the landing zone that are not loaded yet (organisations, the
status of communes, assessments, villages, …). The asset `landing_registry` then sets off `standardise`; when nothing
waits, the task is skipped and nothing is set off.

**When.** Every day at 02:00, Vietnam's time.

**Backfill.** Put the sheet under `registry/<sheet>/dt=YYYY-MM-DD/` and trigger this DAG. Everything that waits is
loaded, whatever its `dt=`; records that an earlier version of the registry had rejected are judged again.

**When it fails.** The landing zone could not be listed: the log of `ingest` says why (address, access key, disk).
Nothing is lost: the sheets wait for the next run.
""",
)
