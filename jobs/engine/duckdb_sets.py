"""Set queries by DuckDB in this process, over staged files and the tables' file lists; one commit a table by `deltalake`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow.parquet as pq
from typing_extensions import override

from jobs.engine.dialect import to_duckdb
from jobs.engine.sets import Sets, one_of
from jobs.engine.views import STREAMED_ROWS, add_view, open_connection, quoted

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path
    from typing import Self

    import pyarrow as pa

    from jobs.engine.tables import Warehouse
    from warehouse_schema.contracts import Contract


class DuckdbSets(Sets):
    """Relations of a DuckDB connection. `connection`: Great Expectations judges them there, and readers ask it in DuckDB's own dialect."""

    errors = (duckdb.Error,)

    def __init__(self, warehouse: Warehouse, connection: duckdb.DuckDBPyConnection) -> None:
        super().__init__(warehouse)
        self.connection = connection

    @classmethod
    def open(cls, warehouse: Warehouse, spill_to: Path | None = None) -> Self:
        """No relations yet. `spill_to`: where rows go when memory ends; without it nothing is written to disk."""
        return cls(warehouse, open_connection(spill_to))

    @classmethod
    def reading(cls, warehouse: Warehouse, versions: Mapping[str, int | None]) -> Self:
        """Tables of the warehouse (`silver/work_record`) as relations `silver.work_record`, each at a version; None: now."""
        sets = cls.open(warehouse)
        for table, version in versions.items():
            sets.delta(table, version)
        return sets

    @override
    def close(self) -> None:
        self.connection.close()

    @override
    def rows_of(self, name: str, table: pa.Table) -> None:
        self.connection.register(name, table)

    @override
    def files(self, name: str, pattern: str) -> None:
        self.connection.execute(f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM read_parquet({quoted(pattern)})")

    @override
    def delta(self, table: str, version: int | None = None) -> None:
        add_view(self.connection, self.warehouse, table, version)

    @override
    def view(self, name: str, sql: str) -> None:
        self.connection.execute(f"CREATE OR REPLACE VIEW {name} AS {to_duckdb(sql)}")

    @override
    def table(self, name: str, sql: str) -> None:
        self.connection.execute(f"CREATE OR REPLACE TABLE {name} AS {to_duckdb(sql)}")

    @override
    def wide_view(self, name: str, sql: str) -> None:
        # It reads the columns that are asked for, and whole rows would fill the memory.
        self.view(name, sql)

    @override
    def drop(self, name: str) -> None:
        self.connection.execute(f"DROP TABLE {name}")

    @override
    def result(self, sql: str) -> pa.Table:
        return self.connection.sql(to_duckdb(sql)).to_arrow_table()

    def stream(self, sql: str) -> Any:
        """What a query gives, as it comes: a reader of record batches."""
        return self.connection.sql(to_duckdb(sql)).to_arrow_reader(STREAMED_ROWS)

    @override
    def write_files(self, place: Path, sql: str) -> int:
        self.connection.execute(f"COPY ({to_duckdb(sql)}) TO {quoted(str(place))} (FORMAT parquet)")
        return int(pq.read_metadata(place).num_rows)

    @override
    def append(self, contract: Contract, sql: str) -> None:
        self.warehouse.append_stream(contract, self.stream(sql))

    @override
    def overwrite(self, contract: Contract, sql: str) -> None:
        self.warehouse.overwrite_stream(contract, self.stream(sql))

    @override
    def merge(self, contract: Contract, sql: str, partitions: Collection[str | None] | None = None) -> None:
        within = one_of(f"t.{contract.partition_by[0]}", partitions, quoted) if partitions is not None and contract.partition_by else None
        self.warehouse.merge(contract, self.stream(sql), within)

    @override
    def delete(self, contract: Contract, sql: str) -> None:
        self.warehouse.delete_rows(contract, self.result(sql))
