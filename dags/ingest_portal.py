"""Airflow DAG `ingest_portal`: the public-service portal's dossiers reach the landing zone."""

from jobs.runtime.dag_tasks import ingest_dag

ingest_portal = ingest_dag(
    "portal",
    cron="20 1 * * *",
    pulled=True,
    description="Pull dossiers from the public-service portal; look what of the portal waits in the landing zone",
    doc_md="""
### Ingest the public-service portal

**What.** Pulls the dossiers updated since the last pull into the landing zone (when `NTM_PORTAL_URL` is set) and counts
the objects of `portal/` that wait, those put there by hand too. The asset `landing_portal` then sets off
`standardise`; when nothing waits, the task is skipped and nothing is set off.

**When.** Every day at 01:20, Vietnam's time.

**Backfill.** Trigger it with `updated_since` (a date): what was updated since then is pulled again. Dossiers that are
already loaded count as duplicates, so pulling too much does no harm.

**When it fails.** The pull is tried four times in all. After the last one `check_pull` fails and its log says why
(address, token, the source's answer); what already waits is loaded all the same, and the next pull starts where
the last good one ended.
""",
)
