"""Set queries by Spark: SQL over Delta tables and staged files, MERGE by Delta. Nothing comes through this process but counts and small results.

Each `SparkSets` has a session of its own, since datasets are loaded side by side and give their relations the same names. A table is read at the version
that it has when it is asked for, and what is staged stays as it is, so a relation can be evaluated again, on another worker too, and is the same.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import pyarrow as pa
from pyspark.errors import PySparkException
from typing_extensions import override

from jobs.engine.sets import SCRATCH, Sets, one_of
from jobs.engine.tables import arrow_schema
from jobs.settings import path_of
from jobs.vietnam import TIMEZONE
from warehouse_schema.ddl import sql_type
from warehouse_schema.sql_text import parse_query, sql_name, tables_read

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from pyspark.sql import DataFrame, SparkSession

    from jobs.engine.tables import Warehouse
    from warehouse_schema.contracts import Contract

OPTIONS = {"spark.sql.session.timeZone": TIMEZONE, "spark.databricks.delta.schema.autoMerge.enabled": "false"}
"""What answers depend on, as DuckDB's connection has it: days and months are those of Vietnam."""
_CHANGES = "_changes"


class SparkSets(Sets):
    """Relations of a Spark session of its own.

    `session`: Great Expectations judges them there. `folder`: where what is evaluated once is written, which is staging of the run: Spark's own cache would
    keep the query of each relation, and compare every later one with all of them, which took it longer than the query.
    """

    errors = (PySparkException,)

    def __init__(self, warehouse: Warehouse, session: SparkSession, folder: Path | None = None) -> None:
        super().__init__(warehouse)
        self.session = session
        self._folder = folder
        for name, value in OPTIONS.items():
            session.conf.set(name, value)

    @override
    def close(self) -> None:
        for view in self.session.catalog.listTables():
            self.session.catalog.dropTempView(view.name)

    @override
    def rows_of(self, name: str, table: pa.Table) -> None:
        self._name(name, self.session.createDataFrame(_typed(table)))

    @override
    def files(self, name: str, pattern: str) -> None:
        self._name(name, self.session.read.parquet(pattern))

    @override
    def delta(self, table: str, version: int | None = None) -> None:
        at = self.warehouse.version(table) if version is None else version
        rows = self.session.read.format("delta").option("versionAsOf", str(at)).load(_address(self.warehouse.uri(table)))
        self._name(_one_name(sql_name(table)), rows)

    @override
    def view(self, name: str, sql: str) -> None:
        self._name(name, self._query(sql))

    @override
    def table(self, name: str, sql: str) -> None:
        if self._folder is None:
            raise ValueError(f"{name}: rows are kept in a folder, and none was given")
        place = str(self._folder / f"{name}-{next(self._numbers)}")
        rows = self._query(sql)
        rows.write.options(**SCRATCH).parquet(place)
        self._name(name, self.session.read.schema(rows.schema).parquet(place))

    @override
    def wide_view(self, name: str, sql: str) -> None:
        # Planning it takes Spark a second, for each query that reads it.
        self.table(name, sql)

    @override
    def drop(self, name: str) -> None:
        self.session.catalog.dropTempView(name)

    @override
    def result(self, sql: str) -> pa.Table:
        return _nullable(self._query(sql).toArrow())

    @override
    def write_files(self, place: Path, sql: str) -> int:
        self._query(sql).write.parquet(str(place))
        return self.session.read.parquet(str(place)).count()

    @override
    def append(self, contract: Contract, sql: str) -> None:
        self._write(contract, sql, "append", {})

    @override
    def overwrite(self, contract: Contract, sql: str) -> None:
        self._write(contract, sql, "overwrite", {"overwriteSchema": "true"})

    @override
    def merge(self, contract: Contract, sql: str, partitions: Collection[str | None] | None = None) -> None:
        names = arrow_schema(contract).names
        same = [f"t.`{name}` = s.`{name}`" for name in contract.key]
        if partitions is not None and contract.partition_by:
            same.append(one_of(f"t.`{contract.partition_by[0]}`", partitions))
        self._name(_CHANGES, self._query(f"SELECT {_columns(contract)}, gone FROM ({sql}) AS r"))
        self._merge(
            contract,
            f"ON {' AND '.join(same)} WHEN MATCHED AND s.gone THEN DELETE"
            f" WHEN MATCHED AND NOT s.gone THEN UPDATE SET {', '.join(f't.`{name}` = s.`{name}`' for name in names)}"
            f" WHEN NOT MATCHED AND NOT s.gone THEN INSERT ({', '.join(f'`{name}`' for name in names)})"
            f" VALUES ({', '.join(f's.`{name}`' for name in names)})",
        )

    @override
    def delete(self, contract: Contract, sql: str) -> None:
        gone = self._query(sql)
        self._name(_CHANGES, gone)
        self._merge(contract, f"ON {' AND '.join(f't.`{name}` = s.`{name}`' for name in gone.columns)} WHEN MATCHED THEN DELETE")

    def _merge(self, contract: Contract, rest: str) -> None:
        with self.warehouse.changing_elsewhere(contract.name):
            self.session.sql(f"MERGE INTO {_table(self.warehouse.uri(contract.name))} AS t USING {_CHANGES} AS s {rest}")

    def _write(self, contract: Contract, sql: str, mode: str, options: dict[str, str]) -> None:
        rows = self._query(f"SELECT {_columns(contract)} FROM ({sql}) AS r")
        with self.warehouse.changing_elsewhere(contract.name):
            writer = rows.write.format("delta").mode(mode).options(**options)
            writer.partitionBy(*contract.partition_by).save(_address(self.warehouse.uri(contract.name)))

    def _query(self, sql: str) -> DataFrame:
        return self.session.sql(_spelt(sql))

    def _name(self, name: str, rows: DataFrame) -> None:
        rows.createOrReplaceTempView(name)


def _address(uri: str) -> str:
    """A place as Spark's reader names it: a folder of this machine by its path, in which no % is an escape; S3 by the client that Hadoop has for it."""
    path = path_of(uri)
    return str(path) if path is not None else uri.replace("s3://", "s3a://", 1)


def _table(uri: str) -> str:
    """A table in SQL, by its place."""
    return f"delta.`{_address(uri).replace('`', '``')}`"


def _columns(contract: Contract) -> str:
    return ", ".join(
        f"CAST(r.`{column.name}` AS {sql_type(column.type, described=False)}) AS `{column.name}`" for column in contract.stored
    )


@lru_cache(maxsize=512)
def _spelt(sql: str) -> str:
    """The query with tables of the warehouse by the names of their views: a view of a session has one part (`silver__work_record`)."""
    query = parse_query(sql)
    for table in tables_read(query):
        if table.db:
            table.set("this", table.this.__class__(this=_one_name(f"{table.db}.{table.name}"), quoted=False))
            table.set("db", None)
    return query.sql(dialect="spark", comments=False, copy=False)


def _one_name(name: str) -> str:
    return name.replace(".", "__")


def _typed(table: pa.Table) -> pa.Table:
    """The rows with texts where a column has no type, having no value: Spark's views want one."""
    fields = [pa.field(field.name, pa.string() if pa.types.is_null(field.type) else field.type) for field in table.schema]
    return table.cast(pa.schema(fields))


def _nullable(table: pa.Table) -> pa.Table:
    """Spark says of columns that they are never empty; tables of several queries are put together only where all say the same."""
    return table.cast(pa.schema([field.with_nullable(True) for field in table.schema]))
