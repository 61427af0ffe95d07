"""Set queries: what is asked of all rows of a batch, or of tables, together, and what a table becomes by the answer.

A query is a text in Spark's dialect. Those that hold a rule (which version wins, what moved, what a merge does) are files (`set_queries/`), and say at their
top which relations they read; what follows from a contract (lists of columns) is made from it as text. Two executors run them, and no step knows which
(`NTM_SETS`): DuckDB in this process over staged files and the tables' file lists (`jobs/engine/duckdb_sets.py`), and Spark's SQL with Delta's MERGE, where no
row but few small ones comes through this process (`jobs/engine/spark_sets.py`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from warehouse_schema.ddl import literal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable
    from types import TracebackType
    from typing import Self

    from jobs.engine.tables import Warehouse
    from warehouse_schema.contracts import Contract


SCRATCH = {
    "compression": "lz4_raw",
    "max_row_group_size": "65536",
    # Quick to write comes before small. This one is Spark's: looking for repeated values costs it a third of the write.
    "parquet.enable.dictionary": "false",
    # And this one Sail's, which keeps its dictionaries: DuckDB reads these quicker by as much as they cost.
    "statistics_enabled": "none",
}
"""Options of staged files; each engine passes over those of the other."""


@cache
def set_query(name: str) -> str:
    """The text of a set query: `jobs/engine/set_queries/<name>.sql`."""
    return (Path(__file__).parent / "set_queries" / f"{name}.sql").read_text(encoding="utf-8")


def one_of(column: str, values: Collection[str | None], spelt: Callable[[str], str] = literal) -> str:
    """The condition that a column has one of the values; NULL can be one. `spelt`: how the SQL writes a text, Spark's where nothing else is said."""
    texts = [spelt(value) for value in values if value is not None]
    return f"({column} IN ({', '.join(texts) or 'NULL'}){f' OR {column} IS NULL' if None in values else ''})"


class Sets(ABC):
    """Relations (of a batch, or tables of the warehouse) and what is asked of them. All SQL is in Spark's dialect."""

    errors: tuple[type[Exception], ...] = ()
    """What is raised where a query cannot be evaluated."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self._kept: dict[Hashable, str] = {}
        self._numbers = count()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """Forget all relations, and what is held for them."""

    @abstractmethod
    def rows_of(self, name: str, table: pa.Table) -> None:
        """Make rows that the driver has a relation."""

    @abstractmethod
    def files(self, name: str, pattern: str) -> None:
        """Make Parquet files a relation."""

    @abstractmethod
    def delta(self, table: str, version: int | None = None) -> None:
        """Make a table of the warehouse (`silver/work_record`) the relation `silver.work_record`, as it is at the version; None: now."""

    @abstractmethod
    def view(self, name: str, sql: str) -> None:
        """Give a query a name; it is evaluated where it is read."""

    @abstractmethod
    def table(self, name: str, sql: str) -> None:
        """Evaluate a query once and keep its rows under a name."""

    @abstractmethod
    def wide_view(self, name: str, sql: str) -> None:
        """Give a wide query a name that many others read: evaluated where it is read, or once, whichever costs the executor less."""

    @abstractmethod
    def drop(self, name: str) -> None:
        """Forget what `table` keeps under a name."""

    @abstractmethod
    def result(self, sql: str) -> pa.Table:
        """What a query gives, where that is small."""

    @abstractmethod
    def write_files(self, place: Path, sql: str) -> int:
        """Write the rows of a query to Parquet at a place that is new, a file or a folder; how many there are."""

    @abstractmethod
    def append(self, contract: Contract, sql: str) -> None:
        """Append the rows of a query to a table in one commit; columns in the contract's order."""

    @abstractmethod
    def overwrite(self, contract: Contract, sql: str) -> None:
        """Make the rows of a query the table's only ones, and its schema the contract's, in one commit."""

    @abstractmethod
    def merge(self, contract: Contract, sql: str, partitions: Collection[str | None] | None = None) -> None:
        """Insert, replace and delete rows by key in one commit; keys hold no NULL.

        The query gives the columns of the contract in their order, and `gone` (boolean). `partitions`: values of the table's partition outside of which, as
        the caller knows, no row has one of the keys: files there are not read.
        """

    @abstractmethod
    def delete(self, contract: Contract, sql: str) -> None:
        """Delete the rows that are equal to a row of the query in all its columns, in one commit."""

    def texts(self, name: str, values: Collection[str]) -> None:
        """Make texts a relation of one column, `value`."""
        self.rows_of(name, pa.table({"value": pa.array(sorted(values), pa.string())}))

    def need(self, tables: Iterable[str]) -> None:
        """Make tables of the warehouse relations, each as it is when it is asked for first."""
        for table in tables:
            if ("table", table) not in self._kept:
                self.delta(table)
                self._kept["table", table] = table

    def kept(self, sql: str) -> str:
        """The name of a relation with the rows of a query, which is evaluated when it is asked for first: what it reads stays the same under the same names."""
        name = self._kept.get(sql)
        if name is None:
            name = f"_kept_{next(self._numbers)}"
            self.table(name, sql)
            self._kept[sql] = name
        return name

    def forget_kept(self) -> None:
        """Drop what `kept` keeps, which is in memory, where what comes next asks for other rows."""
        for sql in [key for key in self._kept if isinstance(key, str)]:
            self.drop(self._kept.pop(sql))

    def kept_rows(self, table: pa.Table) -> str:
        """The name of a relation with rows of the driver, few of them: the same rows always have the same name."""
        rows = (*map(str, table.schema), *(tuple(row.values()) for row in table.to_pylist()))
        name = self._kept.get(rows)
        if name is None:
            name = self._kept[rows] = f"_rows_{next(self._numbers)}"
            self.rows_of(name, table)
        return name

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a query, where these are few."""
        rows: list[dict[str, Any]] = self.result(sql).to_pylist()
        return rows
