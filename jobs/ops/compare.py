"""Whether two versions of a table hold the same rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs.engine.views import add_view, open_connection

if TYPE_CHECKING:
    from jobs.engine.tables import Warehouse

OMITTED = frozenset({"run_id", "computed_at", "received_at"})
"""What two equal runs may differ in (interfaces: warehouse)."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Rows of a table before and after, and how many are only before or only after; rows that occur several times count as often."""

    table: str
    before: int
    after: int
    gone: int
    new: int


def difference(warehouse: Warehouse, table: str, before: int, after: int | None = None) -> Difference:
    """How the rows of a table differ between two of its versions (None: the newest), in the columns that both have but for run and times of the run."""
    with open_connection() as connection:
        views = {"before": before, "after": after}
        columns: list[set[str]] = []
        for name, version in views.items():
            add_view(connection, warehouse, table, version)
            layer, short = table.split("/")
            connection.execute(f'CREATE TEMP VIEW {name}_rows AS SELECT * FROM "{layer}"."{short}"')
            connection.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM {name}_rows")
            columns.append({row[0] for row in connection.execute(f"DESCRIBE {name}").fetchall()})
        shared = ", ".join(f'"{name}"' for name in sorted(set.intersection(*columns) - OMITTED))
        ask = "SELECT count(*) FROM (SELECT {columns} FROM {one} EXCEPT ALL SELECT {columns} FROM {other})"
        rows = {name: connection.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0] for name in views}
        gone = connection.execute(ask.format(columns=shared, one="before", other="after")).fetchall()[0][0]
        new = connection.execute(ask.format(columns=shared, one="after", other="before")).fetchall()[0][0]
    return Difference(table, rows["before"], rows["after"], gone, new)
