"""`indicators`: from silver to gold for what was touched, the checks across tables, and the release.

Only the periods that changed are computed; of those only the rows that differ are written. The release row is the commit point for readers.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from expectations.findings import Finding
from expectations.gate import check_tables
from jobs.engine.dialect import relations, to_duckdb
from jobs.engine.tables import arrow_schema
from jobs.engine.views import connect, open_connection
from jobs.errors import RunFailedError
from jobs.gold.evaluate import evaluate_targets, roll_up
from jobs.gold.periods import Period, flow_periods, stock_days, stock_periods, touched_periods
from jobs.gold.sql import computed_indicators, load, parameter_row, silver_tables
from jobs.ops import releases
from jobs.ops.purge import purge_withdrawn, withdraw_holders
from warehouse_schema.contracts import load_contracts
from warehouse_schema.indicator_catalogue import Indicator, load_catalogue
from warehouse_schema.plan_registry import load_plans, target_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jobs.engine.tables import Warehouse
    from jobs.ops.releases import Release
    from jobs.run import RunContext

VALUE = "gold/indicator_value"
STATUS = "gold/target_status"
PERIOD_TABLE = "silver/organisation_period"
LINEAGE = "silver/unit_lineage"
DISTRICT_LEVEL_ENDS = date(2025, 6, 30)
RECOGNITION_MONTHS = 36
_KEY = load_contracts()[VALUE].key
_PROVINCE_LEVEL = pa.schema(
    [
        ("province_code", pa.string()),
        ("province_valid_from", pa.date32()),
        ("level", pa.string()),
        ("from_day", pa.date32()),
        ("to_day", pa.date32()),
    ]
)
_MEASURES = ("unit_level", "province_code", "numerator", "denominator", "value", "unit")


@dataclass(slots=True)
class GoldSummary:
    """What a run of `indicators` did."""

    release: int | None = None
    as_of: str | None = None
    rows_changed: int = 0
    failed_checks: list[Finding] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as JSON has them."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class FactRange:
    """The first and last day of an indicator's facts."""

    first: date
    last: date


def indicators(ctx: RunContext) -> GoldSummary:
    """Bring gold to what silver says and release all tables together; writes nothing when nothing changed."""
    warehouse = ctx.warehouse
    releases.ensure_tables(warehouse)
    with ctx.step("recover") as facts:
        facts["restored"] = ", ".join(releases.recover(warehouse)) or None
    point, released = releases.recovery_point(warehouse), releases.last_release(warehouse)
    summary = GoldSummary(as_of=ctx.as_of.isoformat())
    if point is None or (point == released and released.as_of == ctx.as_of):
        # A run that was killed after its release may have left this undone.
        withdraw_holders(warehouse)
        purge_withdrawn(warehouse)
        return summary
    with ctx.step("indicators") as facts:
        summary.rows_changed = _write_values(ctx, point, released)
        facts["rows"] = summary.rows_changed
    with ctx.step("targets") as facts:
        facts["rows"] = _write_status(ctx)
    changed = {
        name for name, version in releases.current_versions(warehouse).items() if released is None or released.tables.get(name) != version
    }
    with ctx.step("checks") as facts:
        summary.failed_checks = check_tables(ctx, changed, lambda indicator: parameter_row(load_catalogue()[indicator]))
        facts["failed"] = len(summary.failed_checks)
    if summary.failed_checks:
        _back_to_release(warehouse)
        failed = summary.failed_checks[0]
        raise RunFailedError(
            f"a check across tables failed, so nothing was released and the tables are back at release "
            f"{released.sequence if released else 'none'}: {failed.expectation} on {failed.table}: {failed.observed}"
        )
    if warehouse.rows("ops/touched"):
        warehouse.overwrite(load_contracts()["ops/touched"], [])
    with ctx.step("release") as facts:
        release = releases.commit(warehouse, releases.RELEASE, run_id=ctx.run_id, now=ctx.now, as_of=ctx.as_of, reference=point.reference)
        facts["sequence"] = summary.release = release.sequence
    with ctx.step("withdraw") as facts:
        facts["withdrawn"] = withdraw_holders(warehouse) or None
        purge_withdrawn(warehouse)
    return summary


def _back_to_release(warehouse: Warehouse) -> None:
    """Drop the checkpoints that lead to a state that failed its checks, and return to the last release."""
    warehouse.overwrite(load_contracts()[releases.CHECKPOINT], [])
    releases.recover(warehouse)


def fact_range(warehouse: Warehouse, indicator: Indicator) -> FactRange | None:
    """The days between which the indicator has facts, by the files' statistics (exact for dates); None where it has none."""
    days: list[date] = []
    for table in silver_tables(indicator):
        contract = load_contracts()[table]
        actions = pa.table(warehouse.open(table).get_add_actions(flatten=True))
        for column in contract.fact_days:
            for bound in ("min", "max"):
                name = f"{bound}.{column}"
                if name in actions.column_names:
                    days += [value for value in actions.column(name).to_pylist() if value is not None]
    return FactRange(min(days), max(days)) if days else None


def wanted_periods(indicator: Indicator, facts: FactRange | None, as_of: date) -> list[Period]:
    """The periods that gold holds of an indicator, given its facts and the as-of day."""
    if facts is None:
        return []
    if indicator.kind == "flow":
        return flow_periods(facts.first, facts.last, as_of)
    return stock_periods(stock_days(facts.first, as_of))


def _periods_to_compute(
    indicator: Indicator, wanted: Sequence[Period], stored: set[Period], touched: Iterable[date], *, everything: bool
) -> list[Period]:
    if everything:
        return list(wanted)
    months = set(touched)
    if indicator.kind == "stock":
        # A recognition counts from its decision on for 36 months.
        months = {
            date((month.year * 12 + month.month - 1 + step) // 12, (month.month - 1 + step) % 12 + 1, 1)
            for month in months
            for step in range(RECOGNITION_MONTHS + 1)
        }
    again = set(touched_periods(wanted, months)) if months else set()
    return [period for period in wanted if period in again or period not in stored]


def _stored_periods(warehouse: Warehouse) -> dict[str, set[Period]]:
    stored: dict[str, set[Period]] = {}
    periods = warehouse.query(VALUE, "SELECT DISTINCT indicator, period_type, period_start, period_end FROM rows")
    for row in periods.to_pylist():
        stored.setdefault(row.pop("indicator"), set()).add(Period(**row))
    return stored


@dataclass(frozen=True, slots=True)
class ServedProvince:
    """A province that an organisation belongs to, with the days between which it is a unit (`valid_to`: the last one, None while it lasts)."""

    code: str
    valid_from: date
    valid_to: date | None


def served_provinces(warehouse: Warehouse, release: Release | None = None) -> list[ServedProvince]:
    """The provinces that organisations belong to, as the tables are now or at the versions of a release."""
    versions = release.tables if release else {}
    units = warehouse.rows(
        "silver/administrative_unit",
        versions.get("silver/administrative_unit"),
        columns=["unit_code", "unit_valid_from", "unit_valid_to", "level"],
    )
    ends = {(row["unit_code"], row["unit_valid_from"]): row["unit_valid_to"] for row in units if row["level"] == "province"}
    served = {
        (row["province_code"], row["province_valid_from"])
        for row in warehouse.rows(PERIOD_TABLE, versions.get(PERIOD_TABLE), columns=["province_code", "province_valid_from"])
        if row["province_code"] is not None
    }
    return [ServedProvince(code, valid_from, ends[code, valid_from]) for code, valid_from in sorted(served)]


def _write_values(ctx: RunContext, point: Release, released: Release | None) -> int:
    """Compute the touched periods of every indicator and write the rows that differ; returns how many.

    Silver is scanned and summed to facts, facts to periods, and these are compared with what stands.
    """
    warehouse = ctx.warehouse
    stored = _stored_periods(warehouse)
    months: dict[str, set[date]] = {}
    for row in warehouse.rows("ops/touched", columns=["table", "month"]):
        months.setdefault(row["table"], set()).add(row["month"])
    everything = released is None or any(released.tables.get(name) != point.tables.get(name) for name in (PERIOD_TABLE, LINEAGE))
    work: list[tuple[Indicator, list[Period]]] = []
    scope: list[dict[str, Any]] = []
    for indicator in computed_indicators():
        wanted = wanted_periods(indicator, fact_range(warehouse, indicator), ctx.as_of)
        known = stored.get(indicator.id, set())
        touched = [month for table in silver_tables(indicator) for month in months.get(table, ())]
        periods = _periods_to_compute(indicator, wanted, known, touched, everything=everything)
        gone = known - set(wanted)
        scope += [{"indicator": indicator.id, **period._asdict()} for period in (*periods, *gone)]
        if periods:
            work.append((indicator, periods))
    if not scope:
        return 0
    provinces = served_provinces(warehouse)
    computed = [_values(warehouse, indicator, periods, provinces) for indicator, periods in work]
    return _write_differences(ctx, computed, scope)


def _values(warehouse: Warehouse, indicator: Indicator, periods: Sequence[Period], provinces: Sequence[ServedProvince]) -> pa.Table:
    """The indicator's values of some periods."""
    with open_connection() as connection:
        connection.register("fact_rows", _facts(warehouse, indicator, periods))
        connection.register("province_rows", province_levels(indicator, provinces))
        return roll_up(
            connection, indicator=indicator.id, unit=indicator.unit, periods=periods, facts="fact_rows", province_level="province_rows"
        )


def _facts(warehouse: Warehouse, indicator: Indicator, periods: Sequence[Period]) -> pa.Table:
    """The facts of an indicator on the days of the periods."""
    sql = load(indicator.id)
    days = sorted({period.period_end for period in periods})
    read = {name.replace(".", "/"): None for name in relations(sql) if name.startswith("silver.")}
    with connect(warehouse, read) as connection:
        connection.register("as_of_days", pa.table({"day": pa.array(days, pa.date32())}))
        if indicator.parameters:
            connection.register("parameters", parameter_row(indicator))
        first = min(period.period_start for period in periods)
        return connection.sql(f"SELECT * FROM ({to_duckdb(sql)}) WHERE day BETWEEN DATE '{first}' AND DATE '{days[-1]}'").to_arrow_table()


def province_levels(indicator: Indicator, provinces: Sequence[ServedProvince]) -> pa.Table:
    """The relation `province_level`: provinces that have a row at each level even where nothing happened."""
    rows = []
    for province in provinces:
        for level in indicator.levels:
            end = min(province.valid_to or DISTRICT_LEVEL_ENDS, DISTRICT_LEVEL_ENDS) if level == "district" else province.valid_to
            rows.append((province.code, province.valid_from, level, province.valid_from, end))
    columns = zip(*rows, strict=True) if rows else ((),) * len(_PROVINCE_LEVEL)
    return pa.table([pa.array(values, field.type) for values, field in zip(columns, _PROVINCE_LEVEL, strict=True)], schema=_PROVINCE_LEVEL)


def _write_differences(ctx: RunContext, computed: list[pa.Table], scope: list[dict[str, Any]]) -> int:
    """Compare computed rows with the standing ones of the same periods; write what differs in one commit."""
    warehouse, contract = ctx.warehouse, load_contracts()[VALUE]
    schema = arrow_schema(contract)
    dates = ("period_start", "period_end")
    inside = pa.Table.from_pylist(scope, pa.schema([(name, pa.date32() if name in dates else pa.string()) for name in scope[0]]))
    with open_connection() as connection:
        connection.register("standing", warehouse.query(VALUE, "SELECT * FROM rows"))
        connection.register("inside", inside)
        connection.register("computed", pa.concat_tables(computed) if computed else schema.empty_table())
        differences = connection.sql(
            _DIFFERENCES.format(
                key=", ".join(_KEY),
                same=" AND ".join(f"c.{name} IS NOT DISTINCT FROM s.{name}" for name in _MEASURES),
                on=" AND ".join(f"c.{name} = s.{name}" for name in _KEY),
                columns=", ".join(
                    f"CASE WHEN c.indicator IS NULL THEN s.{name} ELSE c.{name} END AS {name}" for name in (*_KEY, *_MEASURES)
                ),
            )
        ).to_arrow_table()
    if not differences.num_rows:
        return 0
    stamped = differences.append_column("run_id", pa.array([ctx.run_id] * differences.num_rows)).append_column(
        "computed_at", pa.array([ctx.now] * differences.num_rows, pa.timestamp("us", tz="UTC"))
    )
    warehouse.merge(contract, stamped.select([*schema.names, "gone"]))
    return int(differences.num_rows)


_DIFFERENCES = """
SELECT {columns}, c.indicator IS NULL AS gone
FROM computed AS c
FULL JOIN (SELECT * FROM standing SEMI JOIN inside USING (indicator, period_type, period_start, period_end)) AS s ON {on}
WHERE c.indicator IS NULL OR s.indicator IS NULL OR NOT ({same})
"""


def target_table() -> pa.Table:
    """The relation `target`: the plans' targets whose indicators are computed."""
    computed = {indicator.id for indicator in computed_indicators()}
    rows: list[dict[str, Any]] = [dict(row) for row in target_rows(load_plans()) if row["indicator"] in computed]
    dates = ("province_valid_from", "due", "judged_until")
    types = {name: pa.date32() for name in dates} | {"target_value": pa.decimal128(18, 4), "target_of": pa.int32()}
    return pa.Table.from_pylist(rows, pa.schema([(name, types.get(name, pa.string())) for name in rows[0]]))


def caveat_table() -> pa.Table:
    """The relation `caveat`: breakdowns that are a reservation about the total."""
    rows = [
        {"indicator": indicator.id, "breakdown": caveat.breakdown, "reason": caveat.reason}
        for indicator in load_catalogue().values()
        for caveat in indicator.caveats
    ]
    return pa.Table.from_pylist(rows, pa.schema([(name, pa.string()) for name in ("indicator", "breakdown", "reason")]))


def _write_status(ctx: RunContext) -> int:
    """Judge the targets for every stored day; a table of some hundred rows, evaluated and written by the driver."""
    warehouse = ctx.warehouse
    contract = load_contracts()[STATUS]
    targets = target_table()
    judged = set(targets.column("indicator").to_pylist())
    ranges = [fact_range(warehouse, indicator) for indicator in computed_indicators() if indicator.id in judged]
    first = min((one.first for one in ranges if one is not None), default=ctx.as_of)
    days = [day for day in stock_days(first, ctx.as_of) if day <= ctx.as_of]
    with open_connection() as connection:
        connection.register("target_rows", targets)
        connection.register("caveat_rows", caveat_table())
        connection.register("value_rows", warehouse.query(VALUE, "SELECT * FROM rows WHERE unit_level = 'province'"))
        views = {"target": "target_rows", "caveat": "caveat_rows", "gold.indicator_value": "value_rows"}
        result = evaluate_targets(connection, days, views)
    names = [name for name in arrow_schema(contract).names if name != "run_id"]
    schema = pa.schema([field for field in arrow_schema(contract) if field.name != "run_id"])
    rows = result.select(names).cast(schema).to_pylist()
    stored = {tuple(row[name] for name in contract.key): row for row in warehouse.rows(STATUS)}
    final, changed = [], 0
    for row in rows:
        before = stored.pop(tuple(row[name] for name in contract.key), None)
        if before is not None and {name: before[name] for name in names} == row:
            final.append(before)
        else:
            final.append({**row, "run_id": ctx.run_id})
            changed += 1
    changed += len(stored)
    if changed:
        warehouse.overwrite(contract, final)
    return changed
