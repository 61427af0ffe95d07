"""The report: the plans' targets against what was reached, as of a day."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from jobs.engine.tables import arrow_schema
from jobs.engine.views import open_connection, own_names
from jobs.errors import UsageError
from jobs.gold.definition import gold_definitions
from jobs.gold.evaluate import evaluate_indicator, evaluate_targets
from jobs.gold.periods import Period
from jobs.gold.pipeline import VALUE, note_targets, province_levels, served_provinces, target_table
from jobs.gold.stale import has_records, undecided
from jobs.ops.definitions import changed
from jobs.publish.freshness import last_records
from jobs.publish.released import add_views, released_sets, require_release
from warehouse_schema.contracts import load_contracts
from warehouse_schema.indicator_queries import computed_indicators, tables_of
from warehouse_schema.plan_registry import load_plans
from warehouse_schema.released_views import released_views

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import date

    from jobs.engine.tables import Warehouse
    from jobs.ops.releases import Release
    from jobs.settings import Settings
    from warehouse_schema.indicator_catalogue import Indicator

STATUS = "gold/target_status"


@dataclass(frozen=True, slots=True)
class Report:
    """Rows of `gold/target_status`, and for each the day of its last record where that is long past (see `last_records`).

    `redefined`: names of definitions that changed since the release: a day that is not stored is evaluated by those of today. `known`: what has to be known
    of figures as they were known on a day; None of those of today.
    """

    rows: list[dict[str, Any]]
    last_records: list[date | None]
    redefined: list[str] = field(default_factory=list)
    known: str | None = None


def report(warehouse: Warehouse, province: str | None, as_of: date | None) -> Report:
    """The targets and what was reached on a day, of one province or of all.

    A day that the release does not hold is evaluated with the same SQL over the released silver tables; nothing is written.

    Raises:
        NothingReleasedError: nothing was released yet.
        UsageError: no plan is of that province.
    """
    release = _release_for(warehouse, province)
    assert release.as_of is not None  # noqa: S101 - a release has its day
    found = _rows_of(warehouse, release, province, as_of or release.as_of)
    return replace(found, redefined=sorted(changed(release.definitions, gold_definitions())))


def report_as_known(settings: Settings, warehouse: Warehouse, province: str | None, known_at: date, as_of: date | None) -> Report:
    """The same as known at the end of a day: what a run of that day would have given, with today's definitions; see `jobs.silver.known`. As of that day, where
    no other is asked for.

    Raises:
        NothingReleasedError: nothing was released yet.
        UsageError: no plan is of that province, or nothing can be said of that day.
    """
    from jobs.silver.known import as_known

    release = _release_for(warehouse, province)
    judged = _judged_indicators(target_table())
    with as_known(settings, warehouse, release, known_at, {table for one in judged for table in tables_of(one)}) as known:
        return replace(_rows_of(known.warehouse, known.release, province, as_of or known_at), known=known.sentence())


def chosen(found: Report, indicators: Collection[str], levels: Collection[str]) -> Report:
    """The rows of some indicators and levels; all where none is named.

    Raises:
        UsageError: no target is of an indicator or at a level that is named.
    """
    for option, column, wanted in (("--indicator", "indicator", indicators), ("--level", "level", levels)):
        known = sorted({str(row[column]) for row in found.rows})
        if strange := [one for one in wanted if one not in known]:
            raise UsageError(f"{option} {strange[0]}: no target is of it; there are {', '.join(known)}")
    kept = [
        pair
        for pair in zip(found.rows, found.last_records, strict=True)
        if (not indicators or pair[0]["indicator"] in indicators) and (not levels or pair[0]["level"] in levels)
    ]
    return replace(found, rows=[row for row, _ in kept], last_records=[last for _, last in kept])


def with_names(found: Report) -> list[dict[str, Any]]:
    """The rows as `gold.scorecard` has them: names beside codes; value, target and gap in one unit."""
    if not found.rows:
        return []
    schema = pa.schema([field.with_nullable(nullable=True) for field in arrow_schema(load_contracts()[STATUS])])
    with open_connection() as connection:
        connection.execute("CREATE SCHEMA gold")
        connection.register("rows", pa.Table.from_pylist(found.rows, schema))
        connection.execute("CREATE TABLE gold.target_status AS FROM rows")
        add_views(connection, found.rows[0]["as_of"], [released_views()["scorecard"]])
        named: list[dict[str, Any]] = connection.sql("FROM gold.scorecard").to_arrow_table().to_pylist()
    order = {(row["plan_id"], row["indicator"], row["level"]): number for number, row in enumerate(found.rows)}
    return sorted(named, key=lambda row: order[row["plan_id"], row["indicator"], row["level"]])


def _release_for(warehouse: Warehouse, province: str | None) -> Release:
    if province is not None:
        require_plan("--province", [province])
    return require_release(warehouse)


def _rows_of(warehouse: Warehouse, release: Release, province: str | None, day: date) -> Report:
    stored = (
        STATUS in release.tables
        and warehouse.query(STATUS, f"SELECT * FROM rows WHERE as_of = DATE '{day}'", release.tables[STATUS]).to_pylist()
    )
    rows = stored or evaluated_targets(warehouse, release, day)
    plans = {plan.plan_id for plan in load_plans()}
    targets = [(plan.plan_id, target.indicator, target.level) for plan in load_plans() for target in plan.targets]
    order = {key: number for number, key in enumerate(targets)}
    # A plan whose file is gone has nothing to be shown by.
    kept = [row for row in rows if row["plan_id"] in plans and (province is None or row["province_code"] == province)]
    kept.sort(key=lambda row: order.get((row["plan_id"], row["indicator"], row["level"]), len(order)))
    return Report(kept, last_records(warehouse, release, kept))


def provinces_with_plan() -> dict[str, str]:
    """The provinces that have a plan, by code: their names."""
    return dict(sorted((plan.province_code, plan.province_name) for plan in load_plans()))


def require_plan(option: str, provinces: Iterable[str]) -> None:
    """Every province that the option of a command names has a plan.

    Raises:
        UsageError: no plan is of some of them.
    """
    known = provinces_with_plan()
    if strange := [code for code in provinces if code not in known]:
        listed = ", ".join(f"{code} {name}" for code, name in known.items())
        raise UsageError(f"{option} {','.join(strange)}: no plan is of that province; there are plans of {listed}")


def _judged_indicators(targets: pa.Table) -> list[Indicator]:
    """The indicators that targets are judged by and that something computes."""
    judged = set(targets.column("indicator").to_pylist())
    return [indicator for indicator in computed_indicators() if indicator.id in judged]


def judged_period(indicator: Indicator, day: date) -> Period:
    """What targets are judged by on a day: of a flow the year to date, of a stock the state."""
    return Period("year_to_date", day.replace(month=1, day=1), day) if indicator.kind == "flow" else Period("as_of", day, day)


def evaluated_values(warehouse: Warehouse, release: Release, indicator: Indicator, periods: Sequence[Period]) -> list[dict[str, Any]]:
    """The values of an indicator for periods that need not be stored, by the definitions of now, from the release's silver tables: rows of
    `gold/indicator_value` without `run_id` and `computed_at`."""
    tables = tables_of(indicator)
    with released_sets(warehouse, release, tables) as sets:
        sets.rows_of("province_levels", province_levels(indicator, served_provinces(warehouse, release)))
        views = {**own_names(tables), "province_level": "province_levels"}
        rows: list[dict[str, Any]] = evaluate_indicator(sets, indicator, periods=periods, views=views).to_pylist()
    return rows


def evaluated_targets(warehouse: Warehouse, release: Release, day: date) -> list[dict[str, Any]]:
    """The rows of `gold/target_status` as of any day, by the definitions of now, from the release's silver tables."""
    targets = target_table()
    ends = {day} | {end for row in targets.to_pylist() for end in (row["due"], row["judged_until"]) if end is not None and end < day}
    wanted = [indicator for indicator in _judged_indicators(targets) if has_records(warehouse, indicator, release)]
    tables = sorted({table for one in wanted for table in tables_of(one)})
    provinces = served_provinces(warehouse, release)
    with released_sets(warehouse, release, tables) as sets:
        views = own_names(tables)
        values = []
        for indicator in wanted:
            periods = [judged_period(indicator, end) for end in sorted(ends)]
            sets.rows_of("province_levels", province_levels(indicator, provinces))
            values.append(evaluate_indicator(sets, indicator, periods=periods, views={**views, "province_level": "province_levels"}))
        sets.rows_of("value_rows", pa.concat_tables(values) if values else arrow_schema(load_contracts()[VALUE]).empty_table())
        noted = note_targets(sets, targets, undecided(warehouse, release))
        result = evaluate_targets(sets, [day], {**noted, "gold.indicator_value": "value_rows"})
    schema = pa.schema([field for field in arrow_schema(load_contracts()[STATUS]) if field.name != "run_id"])
    return [{**row, "run_id": release.run_id} for row in result.select(schema.names).cast(schema).to_pylist()]
