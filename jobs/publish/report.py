"""The report: the plans' targets against what was reached, as of a day."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from jobs.engine.tables import arrow_schema
from jobs.engine.views import own_names
from jobs.errors import UsageError
from jobs.gold.definition import gold_definitions
from jobs.gold.evaluate import evaluate_indicator, evaluate_targets
from jobs.gold.periods import Period
from jobs.gold.pipeline import caveat_table, province_levels, served_provinces, target_table
from jobs.ops.definitions import changed
from jobs.publish.freshness import last_records
from jobs.publish.released import released_sets, require_release
from warehouse_schema.contracts import load_contracts
from warehouse_schema.indicator_queries import computed_indicators, tables_of
from warehouse_schema.plan_registry import load_plans

if TYPE_CHECKING:
    from datetime import date

    from jobs.engine.tables import Warehouse
    from jobs.ops.releases import Release

STATUS = "gold/target_status"
_ORDER = {"province": 0, "district": 1, "commune": 2}


@dataclass(frozen=True, slots=True)
class Report:
    """Rows of `gold/target_status`, and for each the day of its last record where that is long past (see `last_records`).

    `redefined`: names of definitions that changed since the release: a day that is not stored is evaluated by those of today.
    """

    rows: list[dict[str, Any]]
    last_records: list[date | None]
    redefined: list[str] = field(default_factory=list)


def report(warehouse: Warehouse, province: str | None, as_of: date | None) -> Report:
    """The targets and what was reached on a day, of one province or of all.

    A day that the release does not hold is evaluated with the same SQL over the released silver tables; nothing is written.

    Raises:
        NothingReleasedError: nothing was released yet.
        UsageError: no plan is of that province.
    """
    if province is not None:
        _require_plan(province)
    release = require_release(warehouse)
    day = as_of or release.as_of
    assert day is not None  # noqa: S101 - a release has its day
    stored = warehouse.query(STATUS, f"SELECT * FROM rows WHERE as_of = DATE '{day}'", release.tables[STATUS]).to_pylist()
    rows = stored or _evaluated(warehouse, release, day)
    plans = {plan.plan_id: number for number, plan in enumerate(load_plans())}
    # A plan whose file is gone has nothing to be shown by.
    kept = [row for row in rows if row["plan_id"] in plans and (province is None or row["province_code"] == province)]
    kept.sort(key=lambda row: (plans[row["plan_id"]], row["indicator"], _ORDER.get(row["level"], len(_ORDER))))
    other = sorted(changed(release.definitions, gold_definitions()))
    return Report(kept, last_records(warehouse, release, kept), other)


def _require_plan(province: str) -> None:
    known = {plan.province_code: plan.province_name for plan in load_plans()}
    if province not in known:
        listed = ", ".join(f"{code} {name}" for code, name in sorted(known.items()))
        raise UsageError(f"--province {province}: no plan is of that province; there are plans of {listed}")


def _evaluated(warehouse: Warehouse, release: Release, day: date) -> list[dict[str, Any]]:
    targets = target_table()
    judged = set(targets.column("indicator").to_pylist())
    ends = {day} | {end for row in targets.to_pylist() for end in (row["due"], row["judged_until"]) if end is not None and end < day}
    wanted = [indicator for indicator in computed_indicators() if indicator.id in judged]
    tables = sorted({table for one in wanted for table in tables_of(one)})
    provinces = served_provinces(warehouse, release)
    with released_sets(warehouse, release, tables) as sets:
        views = own_names(tables)
        values = []
        for indicator in wanted:
            periods = [
                Period("year_to_date", end.replace(month=1, day=1), end) if indicator.kind == "flow" else Period("as_of", end, end)
                for end in sorted(ends)
            ]
            sets.rows_of("province_levels", province_levels(indicator, provinces))
            values.append(evaluate_indicator(sets, indicator, periods=periods, views={**views, "province_level": "province_levels"}))
        sets.rows_of("value_rows", pa.concat_tables(values))
        sets.rows_of("target_rows", targets)
        sets.rows_of("caveat_rows", caveat_table())
        own = {"target": "target_rows", "caveat": "caveat_rows", "gold.indicator_value": "value_rows"}
        result = evaluate_targets(sets, [day], own)
    schema = pa.schema([field for field in arrow_schema(load_contracts()[STATUS]) if field.name != "run_id"])
    return [{**row, "run_id": release.run_id} for row in result.select(schema.names).cast(schema).to_pylist()]
