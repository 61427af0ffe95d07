"""The released tables for a notebook: SQL in, Arrow, Polars or pandas out.

```python
from jobs.client import connect

with connect() as tables:                      # the last release of NTM_HOME; connect(release=12), connect(known_at="2025-03-31")
    tables.tables()                            # ['gold.indicator_value', …]
    tables.sql("FROM gold.target_status").df() # pandas; .pl() Polars, .arrow() Arrow
```

What can be asked, and what is said of a mistake, is that of `ntm sql`: `jobs.errors.QueryError` has DuckDB's words and the names that may have been meant.
No file can be read but those of the release, and nothing can be written. The settings are those of `ntm`: the environment and `.env`.
"""

from __future__ import annotations

from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from typing import Self

    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from jobs.publish.released import Answer


@dataclass(frozen=True, slots=True)
class Result:
    """The rows that a query gave, in memory.

    Attributes:
        note: what has to be known of them; empty where it is nothing.
    """

    _table: pa.Table
    note: str = ""

    def arrow(self) -> pa.Table:
        """As Arrow; moments are in Vietnam's zone."""
        return self._table

    def pl(self) -> pl.DataFrame:
        """As Polars."""
        import polars as pl

        frame = pl.from_arrow(self._table)
        return frame if isinstance(frame, pl.DataFrame) else frame.to_frame()

    def df(self) -> pd.DataFrame:
        """As pandas; days are `datetime64`, and a missing whole number makes its column one of floats, as pandas has it."""
        frame: pd.DataFrame = self._table.to_pandas(date_as_object=False)
        return frame

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def __repr__(self) -> str:
        return f"<{self._table.num_rows:,} rows of {', '.join(self._table.column_names)}: .df(), .pl(), .arrow()>"


@dataclass(slots=True)
class Client:
    """The tables of one release.

    Attributes:
        release: its number, as `ntm status` shows it.
        as_of: its day; that of `known_at` where it was given.
    """

    release: int
    as_of: date | None
    _ask: Callable[[str], AbstractContextManager[tuple[Answer, str]]]
    _names: list[str]

    def sql(self, text: str) -> Result:
        """One query, answered whole: ask for fewer columns and rows where memory is short.

        Raises:
            QueryError: the SQL is wrong, or does more than read.
            UsageError: files of the release are there no more.
        """
        import pyarrow as pa

        with self._ask(text) as (answer, note):
            return Result(_whole_numbers(pa.Table.from_batches(answer.batches, answer.schema)), note)

    def tables(self) -> list[str]:
        """The tables and views that queries can name, `layer.table`."""
        return list(self._names)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # Each query has a connection of its own: nothing stays open between two.
        return


def connect(release: int | None = None, known_at: date | str | None = None) -> Client:
    """The tables of the last release, of one by its number, or as known at the end of a day in Vietnam.

    Raises:
        NothingReleasedError: nothing was released yet.
        UsageError: both are given; there is no such release or day; a setting is wrong.
    """
    from jobs.engine.tables import Warehouse
    from jobs.errors import UsageError
    from jobs.publish.released import queried_tables, query, release_numbered, require_release
    from jobs.settings import get_settings, require_workspace
    from warehouse_schema.sql_text import sql_name

    if release is not None and known_at is not None:
        raise UsageError("expected release or known_at, not both")
    settings = get_settings()
    require_workspace(settings)
    warehouse = Warehouse.of(settings)
    chosen = require_release(warehouse) if release is None else release_numbered(warehouse, release)
    if known_at is None:
        names = queried_tables(chosen)
        return Client(
            chosen.sequence, chosen.as_of, lambda text: nullcontext((query(warehouse, text, chosen), "")), [*map(sql_name, names)]
        )
    from jobs.publish.known import query_as_known, tables_of_a_day

    day = _day(known_at)

    @contextmanager
    def ask(text: str) -> Iterator[tuple[Answer, str]]:
        from jobs.engine.session import engine_errors_named

        with engine_errors_named(), query_as_known(settings, warehouse, text, day) as known:
            yield known

    return Client(chosen.sequence, day, ask, [*map(sql_name, tables_of_a_day())])


def _whole_numbers(table: pa.Table) -> pa.Table:
    """Sums of whole numbers as these, where they fit: DuckDB's are of 128 bits, which Arrow has as decimals only."""
    import pyarrow as pa

    for number, column in enumerate(table.schema):
        if column.type == pa.decimal128(38, 0):
            with suppress(pa.ArrowInvalid):
                table = table.set_column(number, column.name, table.column(number).cast(pa.int64()))
    return table


def _day(day: date | str) -> date:
    if isinstance(day, date):
        return day
    from jobs.errors import UsageError

    try:
        return date.fromisoformat(day)
    except ValueError:
        raise UsageError("known_at: expected a date, or its text as YYYY-MM-DD") from None
