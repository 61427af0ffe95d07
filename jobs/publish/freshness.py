"""How fresh a result is: the last day that its records speak of."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from jobs.engine.views import own_names
from jobs.gold.evaluate import indicator_facts
from jobs.gold.periods import Period
from jobs.publish.released import released_sets
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
    indicators = [load_catalogue()[name] for name in sorted({row["indicator"] for row in measured})]
    tables = {table for one in indicators for table in tables_of(one)}
    with released_sets(warehouse, release, tables) as sets:
        latest = {one.id: _latest(sets, one, max(row["judged_on"] for row in measured)) for one in indicators}
    return [_stale(latest[row["indicator"]], row) if row["numerator"] is not None else None for row in rows]


def _stale(latest: dict[tuple[str, str] | None, date], row: dict[str, Any]) -> date | None:
    day = latest.get((row["province_code"], row["level"])) or latest.get(None)
    return day if day and row["judged_on"] - day > STALE_AFTER else None


def _latest(sets: Sets, indicator: Indicator, until: date) -> dict[tuple[str, str] | None, date]:
    """The last day up to `until` by (province, level); of a stock one for all, under None."""
    tables = tables_of(indicator)
    if indicator.kind == "flow":
        whole = [Period("year_to_date", date.min, until)]
        sets.rows_of("facts", indicator_facts(sets, indicator, periods=whole, views=own_names(tables)))
        days = sets.rows("SELECT province_code, level, max(day) AS day FROM facts WHERE breakdown = '' GROUP BY province_code, level")
        return {(row["province_code"], row["level"]): row["day"] for row in days}
    newest = [day for table in tables if (day := _newest_day(sets, table))]
    return {None: max(newest)} if newest else {}


def _newest_day(sets: Sets, table: str) -> date | None:
    """The day of the newest version in a table that landed objects feed, in Vietnam."""
    contract = load_contracts()[table]
    if not contract.landing or not contract.version:
        return None
    # Several indicators read the same tables. The day is the query's: given a moment, Arrow imports pandas.
    kept = sets.kept(f"SELECT CAST(max({contract.version}) AS DATE) AS day FROM {sql_name(table)}")
    day: date | None = sets.rows(f"SELECT day FROM {kept}")[0]["day"]
    return day
