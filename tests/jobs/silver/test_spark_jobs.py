"""How many jobs a load starts on Spark: each costs a tenth of a second or more before its first row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.workspace import Workspace, dossier, work_record

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession


BROADCAST, WRITE, TOMBSTONES = 1, 1, 1


def jobs_started(spark: SparkSession) -> int:
    return int(spark.sparkContext._jsc.sc().dagScheduler().numTotalJobs())


def test_a_table_is_read_judged_and_written_by_one_job_and_one_for_what_it_is_joined_with(
    tmp_path: Path, apache_spark: SparkSession
) -> None:
    workspace = Workspace(tmp_path / "home")
    workspace.land_organisations()
    workspace.load()

    before = jobs_started(apache_spark)
    workspace.land_records("portal/dossiers/dt=2025-03-01/d.ndjson", [dossier(f"d-{number}") for number in range(30)])
    workspace.load()
    assert jobs_started(apache_spark) - before <= BROADCAST + WRITE

    before = jobs_started(apache_spark)
    workspace.land_records("eoffice/work_records/dt=2025-03-01/a.ndjson", [work_record(f"a-{number}") for number in range(30)])
    workspace.load()
    assert jobs_started(apache_spark) - before <= TOMBSTONES + BROADCAST + WRITE

    before = jobs_started(apache_spark)
    workspace.load()
    assert jobs_started(apache_spark) == before
