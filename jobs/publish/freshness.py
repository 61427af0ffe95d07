"""How fresh a result is: the last day that its records speak of."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from jobs.engine.views import own_names
from jobs.gold.evaluate import indicator_facts
from jobs.gold.periods import Period
from jobs.publish.released import released_sets
from jobs.vietnam import VIETNAM
from warehouse_schema.contracts import load_contracts
from warehouse_schema.indicator_catalogue import load_catalogue
from warehouse_schema.indicator_queries import tables_of
from warehouse_schema.sql_text import sql_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobs.engine.sets import Sets
    from jobs.engine.tables import Warehouse
    from jobs.ops.releases import Release
    from warehouse_schema.indicator_catalogue import Indicator

STALE_AFTER = timedelta(days=31)
"""A result whose last record lies more than a month before its day rests on figures of a time before."""


def last_records(warehouse: Warehouse, release: Release, rows: Sequence[dict[str, Any]]) -> list[date | None]:
    """For each row of `gold/target_status` the day of the last record that it rests on, where that is long before the day it is judged on; else None.

    A flow: the last day of a fact in the province at the level. A stock: the day of the newest version of a record in the tables that it reads.
    """
    measured = [row for row in rows if row["numerator"] is not None]
    names = sorted({row["indicator"] for row in measured})
    latest = {name: _latest(warehouse, release, load_catalogue()[name], max(row["judged_on"] for row in measured)) for name in names}
    return [_stale(latest[row["indicator"]], row) if row["numerator"] is not None else None for row in rows]


def _stale(latest: dict[tuple[str, str] | None, date], row: dict[str, Any]) -> date | None:
    day = latest.get((row["province_code"], row["level"])) or latest.get(None)
    return day if day and row["judged_on"] - day > STALE_AFTER else None


def _latest(warehouse: Warehouse, release: Release, indicator: Indicator, until: date) -> dict[tuple[str, str] | None, date]:
    """The last day up to `until` by (province, level); of a stock one for all, under None."""
    tables = tables_of(indicator)
    with released_sets(warehouse, release, tables) as sets:
        if indicator.kind == "flow":
            views = own_names(tables)
            whole = [Period("year_to_date", date.min, until)]
            sets.rows_of("facts", indicator_facts(sets, indicator, periods=whole, views=views))
            days = sets.rows("SELECT province_code, level, max(day) AS day FROM facts WHERE breakdown = '' GROUP BY province_code, level")
            return {(row["province_code"], row["level"]): row["day"] for row in days}
        moments = [moment for table in tables if (moment := _newest_version(sets, table))]
        return {None: max(moments).astimezone(VIETNAM).date()} if moments else {}


def _newest_version(sets: Sets, table: str) -> Any:
    contract = load_contracts()[table]
    if not contract.landing or not contract.version:
        return None
    (row,) = sets.rows(f"SELECT max({contract.version}) AS newest FROM {sql_name(table)}")
    return row["newest"]
