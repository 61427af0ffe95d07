"""Set queries: what is asked of all rows of a batch, or of tables, together, and what a table becomes by the answer.

A query is a text in Spark's dialect. Those that hold a rule (which version wins, what moved, what a merge does) are files (`set_queries/`), and say at their
top which relations they read; what follows from a contract (lists of columns) is made from it as text. Here is the one place that runs them: DuckDB over
staged files and the tables' file lists, and one commit a table by `deltalake`. Another executor with these methods (Spark's SQL, Delta's MERGE) can take its
place without a step changing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from jobs.engine.dialect import to_duckdb
from jobs.engine.views import STREAMED_ROWS, add_view, connect, open_connection, quoted
from warehouse_schema.ddl import literal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
    from types import TracebackType

    from jobs.engine.tables import Warehouse
    from warehouse_schema.contracts import Contract


SetError = duckdb.Error
"""What is raised where a query cannot be evaluated."""


@cache
def set_query(name: str) -> str:
    """The text of a set query: `jobs/engine/set_queries/<name>.sql`."""
    return (Path(__file__).parent / "set_queries" / f"{name}.sql").read_text(encoding="utf-8")


def one_of(column: str, values: Collection[str | None], spelt: Callable[[str], str] = literal) -> str:
    """The condition that a column has one of the values; NULL can be one. `spelt`: how the SQL writes a text, Spark's where nothing else is said."""
    texts = [spelt(value) for value in values if value is not None]
    return f"({column} IN ({', '.join(texts) or 'NULL'}){f' OR {column} IS NULL' if None in values else ''})"


@dataclass(frozen=True, slots=True)
class Sets:
    """Relations (of a batch, or tables of the warehouse) and what is asked of them. All SQL is in Spark's dialect.

    `connection` is where the relations are: Great Expectations judges them there.
    """

    warehouse: Warehouse
    connection: duckdb.DuckDBPyConnection
    _kept: dict[Hashable, str] = field(default_factory=dict, init=False, repr=False, compare=False)
    _numbers: Iterator[int] = field(default_factory=count, init=False, repr=False, compare=False)

    @classmethod
    def open(cls, warehouse: Warehouse, spill_to: Path | None = None) -> Sets:
        """No relations yet. `spill_to`: where rows go when memory ends; without it nothing is written to disk."""
        return cls(warehouse, open_connection(spill_to))

    @classmethod
    def reading(cls, warehouse: Warehouse, versions: Mapping[str, int | None]) -> Sets:
        """Tables of the warehouse (`silver/work_record`) as relations `silver.work_record`, each at a version; None: now."""
        return cls(warehouse, connect(warehouse, versions))

    def __enter__(self) -> Sets:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.connection.close()

    def rows_of(self, name: str, table: pa.Table) -> None:
        """Make rows that the driver has a relation."""
        self.connection.register(name, table)

    def texts(self, name: str, values: Collection[str]) -> None:
        """Make texts a relation of one column, `value`."""
        self.rows_of(name, pa.table({"value": pa.array(sorted(values), pa.string())}))

    def files(self, name: str, pattern: str) -> None:
        """Make Parquet files a relation."""
        self.connection.execute(f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM read_parquet({quoted(pattern)})")

    def delta(self, table: str, version: int | None = None) -> None:
        """Make a table of the warehouse (`silver/work_record`) the relation `silver.work_record`, as it is at the version; None: now."""
        add_view(self.connection, self.warehouse, table, version)

    def need(self, tables: Iterable[str]) -> None:
        """Make tables of the warehouse relations, each as it is when it is asked for first."""
        for table in tables:
            if ("table", table) not in self._kept:
                self.delta(table)
                self._kept["table", table] = table

    def view(self, name: str, sql: str) -> None:
        """Give a query a name; it is evaluated where it is read."""
        self.connection.execute(f"CREATE OR REPLACE VIEW {name} AS {to_duckdb(sql)}")

    def table(self, name: str, sql: str) -> None:
        """Evaluate a query once and keep its rows under a name."""
        self.connection.execute(f"CREATE OR REPLACE TABLE {name} AS {to_duckdb(sql)}")

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
            self.connection.execute(f"DROP TABLE {self._kept.pop(sql)}")

    def kept_rows(self, table: pa.Table) -> str:
        """The name of a relation with rows of the driver, few of them: the same rows always have the same name."""
        rows = (*map(str, table.schema), *(tuple(row.values()) for row in table.to_pylist()))
        name = self._kept.get(rows)
        if name is None:
            name = self._kept[rows] = f"_rows_{next(self._numbers)}"
            self.rows_of(name, table)
        return name

    def result(self, sql: str) -> pa.Table:
        """What a query gives."""
        return self.connection.sql(to_duckdb(sql)).to_arrow_table()

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a query, where these are few."""
        rows: list[dict[str, Any]] = self.result(sql).to_pylist()
        return rows

    def stream(self, sql: str) -> pa.RecordBatchReader:
        """What a query gives, as it comes."""
        return self.connection.sql(to_duckdb(sql)).to_arrow_reader(STREAMED_ROWS)

    def write_files(self, file: Path, sql: str) -> None:
        """Write the rows of a query to a Parquet file."""
        self.connection.execute(f"COPY ({to_duckdb(sql)}) TO {quoted(str(file))} (FORMAT parquet)")

    def append(self, contract: Contract, sql: str) -> None:
        """Append the rows of a query to a table in one commit; columns in the contract's order."""
        self.warehouse.append_stream(contract, self.stream(sql))

    def overwrite(self, contract: Contract, sql: str) -> None:
        """Make the rows of a query the table's only ones, and its schema the contract's, in one commit."""
        self.warehouse.overwrite_stream(contract, self.stream(sql))

    def merge(self, contract: Contract, sql: str, within: str | None = None) -> None:
        """Insert, replace and delete rows by key in one commit; see `Warehouse.merge`."""
        self.warehouse.merge(contract, self.stream(sql), within)

    def delete(self, contract: Contract, sql: str) -> None:
        """Delete the rows that are equal to a row of the query in all its columns, in one commit."""
        self.warehouse.delete_rows(contract, self.result(sql))
