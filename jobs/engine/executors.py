"""Which executor a run's set queries are asked of, and questions that need no more than one relation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from jobs.engine.duckdb_sets import DuckdbSets
from warehouse_schema.sql_text import sql_name

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from jobs.engine.sets import Sets
    from jobs.engine.tables import Warehouse
    from warehouse_schema.contracts import Contract


def open_sets(warehouse: Warehouse, spill_to: Path | None = None, *, keep_in: Path | None = None) -> Sets:
    """Where set queries over the warehouse are asked in a run: no relations yet.

    Args:
        warehouse: whose tables are asked; says which executor.
        spill_to: a folder of staging to which DuckDB writes when memory ends; without it nothing is written to disk.
        keep_in: a folder of staging to which Spark writes what it evaluates once; where nothing is said, that of `spill_to`.
    """
    if warehouse.spark is not None:
        from jobs.engine.spark_sets import SparkSets

        return SparkSets(warehouse, warehouse.spark(), keep_in or spill_to)
    return DuckdbSets.open(warehouse, spill_to)


def rows_where(warehouse: Warehouse, name: str, columns: str, column: str, values: Collection[str]) -> pa.Table:
    """Columns of a table's rows in which a column has one of the values, however many values there are."""
    with open_sets(warehouse) as sets:
        sets.delta(name)
        sets.rows_of("wanted", pa.table({column: pa.array(list(values), pa.string())}))
        return sets.result(f"SELECT {columns} FROM {sql_name(name)} AS r LEFT SEMI JOIN wanted AS w ON w.{column} = r.{column}")


def delete_rows(warehouse: Warehouse, contract: Contract, rows: pa.Table) -> None:
    """Delete the rows of a table that are equal to one of `rows` in all its columns, in one commit."""
    with open_sets(warehouse) as sets:
        sets.rows_of("gone", rows)
        sets.delete(contract, "SELECT * FROM gone")
