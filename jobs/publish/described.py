"""What contracts and the catalogue of views say of tables, views and their columns, for whoever asks in SQL."""

from __future__ import annotations

from functools import lru_cache

from warehouse_schema.contracts import all_tables
from warehouse_schema.released_views import released_views


@lru_cache(maxsize=1)
def descriptions() -> dict[str, str]:
    """A line on each table and each view of gold, by `layer/table`."""
    tables = {contract.name: f"{contract.title}: {contract.description}" for contract in all_tables()}
    return tables | {view.name: f"{view.label_vi}: {view.question.en}" for view in released_views().values()}


def comments_of(table: str | None) -> dict[str, str]:
    """What the columns of a table or view (`layer/table`) mean, by their names; nothing of a table without a contract."""
    for view in released_views().values():
        if view.name == table:
            return view.meanings
    return {
        column.name: column.description
        for contract in all_tables()
        if contract.name == table
        for column in contract.stored
        if column.description
    }


@lru_cache(maxsize=1)
def columns_of_tables() -> dict[str, list[str]]:
    """The columns of each table and each view of gold, by `layer/table`."""
    tables = {contract.name: [column.name for column in contract.stored] for contract in all_tables()}
    return tables | {view.name: view.columns for view in released_views().values()}
