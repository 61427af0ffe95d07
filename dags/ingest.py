"""Airflow DAGs `ingest_<system>`, one for each source of `warehouse_schema/sources.yaml`: what it sends reaches the landing zone."""

from jobs.runtime.dag_tasks import ingest_dag
from warehouse_schema.sources import sources

for source in sources():
    globals()[f"ingest_{source.system}"] = ingest_dag(source)
