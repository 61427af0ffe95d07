"""The contestants: a minimal hand-written PySpark job (`benchmarks.minimal` says what it leaves out), on a session of the pipeline's: Spark's or Sail's."""

from __future__ import annotations

import time
from collections import defaultdict
from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import DataFrame

from benchmarks.contestant import Figure, Phase, Result, Stopwatch, Task, spark_jobs_started
from benchmarks.minimal import DOSSIER, FIELDS, KEYS, ORDERS, PARTITIONS, RATIOS, TIME_ZONE, WORK_RECORD, Dialect, cast_rows, figures
from benchmarks.workload import DOSSIERS, ORGANISATIONS, WORK_RECORDS
from jobs.engine.session import get_session
from jobs.settings import get_settings

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

_DIALECT = Dialect(timestamp="TIMESTAMP", compact_timestamp="to_timestamp({}, 'yyyyMMddHHmmss')")


def lines(spark: SparkSession, folder: Path, table: str) -> DataFrame:
    """The lines of a dataset, their fields as text."""
    objects: dict[str, list[str]] = defaultdict(list)
    for path in sorted(folder.rglob("*.ndjson*")):
        objects[path.suffix].append(str(path))
    schema = ", ".join(f"{name} STRING" for name in FIELDS[table])
    if get_settings().engine == "spark":
        return spark.read.schema(schema).json([path for paths in objects.values() for path in paths])
    # Sail reads no compressed file beside others, and its JSON reader refuses a number where text is asked for.
    texts = reduce(DataFrame.union, (spark.read.text(paths).select("value") for paths in objects.values()))
    return texts.selectExpr(f"from_json(value, '{schema}') AS line").select("line.*")


def newest_versions(spark: SparkSession, folder: Path, table: str) -> DataFrame:
    """The lines of a dataset, cast; one row for each key: its newest version."""
    lines(spark, folder, table).createOrReplaceTempView("lines")
    ranked = spark.sql(
        f"SELECT *, row_number() OVER (PARTITION BY {KEYS[table]} ORDER BY {ORDERS[table]}) AS rank"
        f" FROM ({cast_rows(table, _DIALECT, 'lines')})"
    )
    return ranked.where("rank = 1").drop("rank")


def write(rows: DataFrame, table: str, uri: str) -> None:
    """Write the table anew."""
    rows.write.format("delta").partitionBy(PARTITIONS[table]).save(uri)


def merge(rows: DataFrame, table: str, uri: str) -> None:
    """Bring newer versions into the table."""
    rows.createOrReplaceTempView("batch")
    rows.sparkSession.sql(
        f"MERGE INTO delta.`{uri}` t USING batch s ON t.{KEYS[table]} = s.{KEYS[table]}"
        " WHEN MATCHED AND s.updated_at > t.updated_at THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
    ).collect()


def ratios(spark: SparkSession, warehouse: str, registry: Path) -> tuple[Figure, ...]:
    """The figures from the two tables under the warehouse's URL and the registry in the landing folder."""
    for table in (WORK_RECORD, DOSSIER):
        spark.read.format("delta").load(f"{warehouse}/{table}").createOrReplaceTempView(table)
    spark.read.option("header", True).csv(str(registry / ORGANISATIONS)).createOrReplaceTempView("organisation")
    return figures(spark.sql(RATIOS).collect())


def main() -> None:
    """Run one phase and write the result."""
    task = Task.from_arguments()
    settings = get_settings()
    imported = time.monotonic()
    spark = get_session(settings)
    spark.conf.set("spark.sql.session.timeZone", TIME_ZONE)
    watch = Stopwatch(lambda: spark_jobs_started(spark))
    _ = spark.version
    ready = time.monotonic()
    put = write if task.phase is Phase.FULL else merge
    for table, dataset in ((WORK_RECORD, WORK_RECORDS), (DOSSIER, DOSSIERS)):
        uri = f"{settings.warehouse_url}/{table}"
        with watch.stage("read, cast, newest, write", table):
            put(newest_versions(spark, task.landing / dataset, table), table, uri)
    with watch.stage("ratios"):
        found = ratios(spark, settings.warehouse_url, task.registry)
    Result(task.phase, imported - task.launched, ready - imported, watch.seconds, tuple(watch.stages), found).write(task.result)


if __name__ == "__main__":
    main()
