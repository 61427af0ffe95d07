"""What of gold is stale: derived from what each indicator's SQL reads, the versions of these tables, and the fingerprints of definitions.

Nothing here rests on what the author of a contract remembered: a table that changed and of which the indicator does not say which facts its rows can change
makes all of the indicator's periods stale.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from jobs.engine.sets import Sets
from jobs.engine.views import own_names
from jobs.gold.evaluate import indicator_facts
from jobs.gold.periods import Period, flow_periods, stock_days, stock_periods, touched_periods
from jobs.ops.touched import read_touched
from warehouse_schema.contracts import load_contracts
from warehouse_schema.indicator_queries import computed_indicators, date_columns_of, landed_tables_of, settings_of, tables_of
from warehouse_schema.plan_registry import load_plans
from warehouse_schema.sql_text import sql_name

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from jobs.engine.tables import Warehouse
    from jobs.ops.releases import Release
    from warehouse_schema.indicator_catalogue import Indicator

FIRST_YEAR, LAST_YEAR = 1900, 2099
"""Days of other years are rejected when they land."""

TouchedMonths = dict[tuple[str, str], set[date]]
"""By (silver table, date column): the months in which changed rows lie or lay by that column."""


@dataclass(frozen=True, slots=True)
class Work:
    """What has to be done for one indicator.

    Attributes:
        indicator: which.
        periods: those to compute.
        gone: stored ones that are wanted no more.
        redefined: its definition is another than that of the release: all its values are recomputed for that.
    """

    indicator: Indicator
    periods: tuple[Period, ...]
    gone: frozenset[Period]
    redefined: bool


def touched_months(warehouse: Warehouse) -> TouchedMonths:
    """What the loads since the last release noted in `ops/touched`."""
    months: TouchedMonths = {}
    for one in read_touched(warehouse):
        months.setdefault((one.table, one.column), set()).add(one.month)
    return months


def work_for(
    indicator: Indicator,
    *,
    wanted: Sequence[Period],
    stored: Collection[Period],
    released: Release | None,
    now: Mapping[str, int],
    redefined: bool,
    everything: bool,
    touched: TouchedMonths,
) -> Work:
    """What has to be computed of an indicator.

    Args:
        indicator: which.
        wanted: the periods that gold holds of it.
        stored: those that it holds already.
        released: the last release; None before the first.
        now: the version of every table.
        redefined: whether its definition changed since.
        everything: recompute all periods for another reason (the provinces that are served changed).
        touched: the months of changed rows.
    """
    again: set[Period] = set()
    stale = everything or redefined or released is None
    before = released.tables if released else {}
    for table in () if stale else tables_of(indicator):
        if before.get(table) == now.get(table):
            continue
        columns = indicator.fact_days.get(table)
        if columns is None:
            stale = True
            break
        months = set[date]().union(*(touched.get((table, column), ()) for column in columns))
        again |= set(_touched(indicator, wanted, months))
    periods = tuple(wanted) if stale else tuple(period for period in wanted if period in again or period not in stored)
    return Work(indicator, periods, frozenset(stored) - set(wanted), redefined)


def _touched(indicator: Indicator, wanted: Sequence[Period], months: Collection[date]) -> list[Period]:
    if not months:
        return []
    if indicator.kind == "flow":
        return touched_periods(wanted, months)
    first = min(months)
    # How long a state lasts is for its SQL to say: no upper bound here.
    return [period for period in wanted if period.period_end >= first]


def wanted_periods(sets: Sets, indicator: Indicator, as_of: date, provinces: pa.Table) -> list[Period]:
    """The periods that gold holds of an indicator, given the tables that it reads, as they are now, and the as-of day.

    A flow has them from its first to its last day, by its fact days, or else by its facts. A stock has a day for each month end from the first of the days on
    that its tables have in the date columns that its SQL names, or from the first day that units are known for: before it there is no unit that anything could
    count for. Without any row in its tables there is none.
    """
    if not has_records(sets.warehouse, indicator):
        return []
    tables = landed_tables_of(indicator)
    if indicator.kind == "flow":
        days = _flow_range(sets, indicator, provinces)
        return flow_periods(min(days), max(days), as_of) if days else []
    days = [day for table in tables for column in _range_columns(indicator, table) for day in day_range(sets, table, column)]
    known_from = min(day_range(sets, "silver/unit_name", "unit_valid_from"), default=date.min)
    return stock_periods(stock_days(max(min(days, default=known_from), known_from), as_of))


def has_records(warehouse: Warehouse, indicator: Indicator, release: Release | None = None) -> bool:
    """Whether there is a row in any of the landed tables that an indicator reads, now or in a release: without one it is not reported."""
    tables = landed_tables_of(indicator)
    return not tables or not all(_is_empty(warehouse, table, release) for table in tables)


def undecided(warehouse: Warehouse, release: Release | None = None) -> list[dict[str, str]]:
    """By plan the indicators of which a dataset that decides what counts by it has no row, now or in a release: their 0 says nothing."""
    contracts, found = load_contracts(), []
    for one in computed_indicators():
        tables = {contracts[table].landing: table for table in landed_tables_of(one) if contracts[table].landing in one.decided_by}
        absent = {dataset for dataset, table in tables.items() if _is_empty(warehouse, table, release)}
        found += [
            {"plan_id": plan.plan_id, "indicator": one.id}
            for plan in load_plans()
            if absent.intersection(one.deciding(settings_of(one, (plan.province_code, plan.province_valid_from))))
        ]
    return found


def _is_empty(warehouse: Warehouse, table: str, release: Release | None) -> bool:
    if release is None:
        return warehouse.is_empty(table)
    # A table that came after the release has nothing in it.
    return table not in release.tables or warehouse.is_empty(table, release.tables[table])


def _flow_range(sets: Sets, indicator: Indicator, provinces: pa.Table) -> list[date]:
    """The first and the last day of a flow's facts: by the statistics of its fact days, else by its facts themselves."""
    if indicator.fact_days:
        return [day for table, columns in indicator.fact_days.items() for column in columns for day in day_range(sets, table, column)]
    sets.need(tables_of(indicator))
    views = own_names(tables_of(indicator)) | {"province_level": sets.kept_rows(provinces)}
    whole = [Period("year", date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31))]
    days = pc.min_max(indicator_facts(sets, indicator, periods=whole, views=views).column("day")).as_py()
    return [day for day in days.values() if day is not None]


def _range_columns(indicator: Indicator, table: str) -> Sequence[str]:
    return indicator.fact_days.get(table) or date_columns_of(indicator, table)


def day_range(sets: Sets, table: str, column: str) -> list[date]:
    """The first and the last day in a date column, by the files' statistics where all of them have them (exact for dates); empty where there is none."""
    actions = pa.table(sets.warehouse.newest(table).get_add_actions(flatten=True))
    if not actions.num_rows:
        return []
    names = [f"min.{column}", f"max.{column}"]
    if set(names) <= set(actions.column_names):
        nulls = actions.column(f"null_count.{column}").to_pylist() if f"null_count.{column}" in actions.column_names else []
        rows = actions.column("num_records").to_pylist()
        ends = [actions.column(name).to_pylist() for name in names]
        # A file without a value has neither end, which is right where all its rows are NULL.
        if nulls and all(low is not None or null == count for low, null, count in zip(ends[0], nulls, rows, strict=True)):
            return [day for end in ends for day in end if day is not None]
    sets.need([table])
    found = sets.rows(f"SELECT * FROM {sets.kept(f'SELECT min({column}) AS first, max({column}) AS last FROM {sql_name(table)}')}")
    return [day for row in found for day in row.values() if day is not None]
