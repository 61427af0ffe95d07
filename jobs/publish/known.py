"""Analysts' SQL over the tables as known at the end of a day."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from jobs.errors import QueryError
from jobs.gold.known import TABLES, compute_gold, read_by_gold
from jobs.publish.released import answer, named_in, released_views_by_name, require_release
from jobs.silver.known import as_known, tables_known_then
from warehouse_schema.sql_text import sql_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import date

    from jobs.engine.tables import Warehouse
    from jobs.publish.released import Answer
    from jobs.settings import Settings
    from warehouse_schema.released_views import ReleasedView

_TWO_PARTS = re.compile(r'\b([a-z]+)"?\s*\.\s*"?([a-z_0-9]+)')


@contextmanager
def query_as_known(settings: Settings, warehouse: Warehouse, sql: str, day: date) -> Iterator[tuple[Answer, str]]:
    """An analyst's SQL over the tables as known at the end of a day: the answer, and what has to be known of it.

    There are the silver tables of landed records and of reference data, `gold.indicator_value` and `gold.target_status` as of that day, and the views over
    these; only what the text names is made.

    Raises:
        NothingReleasedError: nothing was released yet.
        QueryError: the SQL is wrong, or reads a table that is not known of a day.
        UsageError: nothing can be said of that day.
    """
    release = require_release(warehouse)
    views, offered = _views_of_a_day(), tables_of_a_day()
    _refuse_others(sql, (release.tables.keys() | released_views_by_name().keys()) - {*offered})
    named = named_in(sql, offered)
    wanted = {table for name in named for table in (views[name].tables if name in views else [name])}
    if is_gold_named := not wanted.isdisjoint(TABLES):
        wanted |= read_by_gold()
    with as_known(settings, warehouse, release, day, wanted) as known:
        if is_gold_named:
            compute_gold(known)
        yield answer(known.warehouse, known.release, sql, known.release.tables.keys()), known.sentence()


def tables_of_a_day() -> list[str]:
    """The tables and views (`layer/table`) that can be known as of a day."""
    return sorted({*tables_known_then(), *TABLES, *_views_of_a_day()})


def _views_of_a_day() -> dict[str, ReleasedView]:
    """The views that are made of what can be known as of a day."""
    stored = {*tables_known_then(), *TABLES}
    return {name: view for name, view in released_views_by_name().items() if stored.issuperset(view.tables)}


def _refuse_others(sql: str, tables: Collection[str]) -> None:
    """Refuse a text that names a table of today only.

    Raises:
        QueryError: names the first of them.
    """
    for layer, table in _TWO_PARTS.findall(sql.lower()):
        if f"{layer}/{table}" in tables:
            raise QueryError(
                f"{sql_name(f'{layer}/{table}')} is of today only: with --known-at there are the silver tables of landed records and of reference data,"
                f" {', '.join(map(sql_name, TABLES))} and the views over these"
            )
