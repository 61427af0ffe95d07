"""Airflow DAG `ingest_eoffice`: the e-office's work records and documents reach the landing zone."""

from jobs.runtime.dag_tasks import ingest_dag

ingest_eoffice = ingest_dag(
    "eoffice",
    cron="0 1 * * *",
    pulled=True,
    description="Pull work records from the e-office; look what of the e-office waits in the landing zone",
    doc_md="""
### Ingest the e-office

**What.** Pulls the work records updated since the last pull into the landing zone (when `NTM_EOFFICE_URL` is set) and
counts the objects of `eoffice/` that wait, those put there by hand too. The asset `landing_eoffice` then sets off
`standardise`; when nothing waits, the task is skipped and nothing is set off.

**When.** Every day at 01:00, Vietnam's time.

**Backfill.** Trigger it with `updated_since` (a date): what was updated since then is pulled again. Records that are
already loaded count as duplicates, so pulling too much does no harm.

**When it fails.** The pull is tried four times in all. After the last one `check_pull` fails and its log says why
(address, token, the source's answer); what already waits is loaded all the same, and the next pull starts where
the last good one ended.
""",
)
