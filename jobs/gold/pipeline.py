"""`indicators`: from silver to gold for what was touched, the checks across tables, and the release.

Only the periods that changed are computed; of those only the rows that differ are written. The release row is the commit point for readers.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from expectations.findings import Finding
from expectations.gate import check_tables
from expectations.validation import start_gx
from jobs.engine.duckdb_sets import DuckdbSets
from jobs.engine.executors import open_sets
from jobs.engine.schema import set_constraints
from jobs.engine.sets import set_query
from jobs.engine.tables import arrow_schema
from jobs.engine.views import own_names
from jobs.errors import RunFailedError
from jobs.gold.definition import MANAGED_OBJECTS, gold_definitions, named_units, settings_by_code
from jobs.gold.evaluate import evaluate_indicator, evaluate_targets
from jobs.gold.flags import FLAG, write_flags
from jobs.gold.objects import is_stale, write_objects
from jobs.gold.periods import Period, stock_days
from jobs.gold.stale import Work, touched_months, undecided, wanted_periods, work_for
from jobs.ops import releases
from jobs.ops.definitions import changed
from jobs.ops.purge import purge_withdrawn, withdraw_holders
from jobs.ops.touched import forget_touched
from jobs.reference.units.lives import earlier
from warehouse_schema.contracts import load_contracts
from warehouse_schema.ddl import literal
from warehouse_schema.indicator_catalogue import Indicator, load_catalogue
from warehouse_schema.indicator_queries import computed_indicators, tables_of
from warehouse_schema.plan_registry import load_plans, named_rows, target_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from jobs.engine.sets import Sets
    from jobs.engine.tables import Warehouse
    from jobs.ops.releases import Release
    from jobs.run import RunContext

VALUE = "gold/indicator_value"
STATUS = "gold/target_status"
PERIOD_TABLE = "silver/organisation_period"
UNIT_TABLE = "silver/administrative_unit"
UNIT_NAME = "silver/unit_name"
_LEVEL_ENDS = "SELECT level, CASE WHEN count(*) = count(unit_valid_to) THEN max(unit_valid_to) END AS last_day FROM rows GROUP BY level"
_PROVINCES = "SELECT unit_code, unit_valid_from, unit_valid_to FROM rows WHERE level = 'province'"
_CAVEAT = pa.schema([(name, pa.string()) for name in ("indicator", "breakdown", "reason")])
_GOLD_DEFINITIONS = ("indicator/", "flag/", "plan/", "targets", MANAGED_OBJECTS)
GOLD_TABLES = (VALUE, STATUS, FLAG)
_PROVINCE_LEVEL = pa.schema(
    [
        ("province_code", pa.string()),
        ("province_valid_from", pa.date32()),
        ("level", pa.string()),
        ("from_day", pa.date32()),
        ("to_day", pa.date32()),
    ]
)


@dataclass(slots=True)
class GoldSummary:
    """What a run of `indicators` did.

    `rows_changed`: of indicators; `rows_by_indicator`: of each that was recomputed; `objects_changed`: managed objects.
    `approved`: what changed definitions moved with a person's approval, where the run would have waited without it; `approved_by`: whose it was.
    `redefined`: by indicator whose definition changed the number of values that were recomputed for it; `redefined_plans`: plans whose targets changed;
    `redefined_flags`: flags whose definition changed. `new_flags`, `gone_flags`: by flag the contradictions that are new, and those that are no more.
    """

    release: int | None = None
    as_of: str | None = None
    approved: str | None = None
    approved_by: str | None = None
    rows_changed: int = 0
    rows_by_indicator: dict[str, int] = field(default_factory=dict)
    objects_changed: int = 0
    redefined: dict[str, int] = field(default_factory=dict)
    redefined_plans: list[str] = field(default_factory=list)
    redefined_flags: list[str] = field(default_factory=list)
    new_flags: dict[str, int] = field(default_factory=dict)
    gone_flags: dict[str, int] = field(default_factory=dict)
    failed_checks: list[Finding] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as JSON has them."""
        return asdict(self)


def indicators(ctx: RunContext, *, everything: bool = False) -> GoldSummary:
    """Bring gold to what silver says and release all tables together; writes nothing when nothing changed.

    `everything`: gold is recomputed, whatever it holds.
    """
    warehouse = ctx.warehouse
    with ctx.step("recover") as facts:
        opened = releases.open_tables(warehouse)
        facts |= {"restored": ", ".join(opened.restored) or None, "changed": ", ".join(opened.changed) or None}
    point, released = releases.recovery_point(warehouse), releases.last_release(warehouse)
    summary = GoldSummary(as_of=ctx.as_of.isoformat())
    definitions = gold_definitions()
    other = changed(released.definitions, definitions) if released else frozenset()
    gone = {name for name in released.definitions if name.startswith(_GOLD_DEFINITIONS)} - definitions.keys() if released else set()
    if point is None or (point == released and released.as_of == ctx.as_of and not other and not gone and not everything):
        # A run that was killed after its release may have left this undone.
        withdraw_holders(warehouse)
        purge_withdrawn(warehouse)
        return summary
    start_gx(ctx.settings.home)
    summary.redefined_plans = sorted(name.removeprefix("plan/") for name in other if name.startswith("plan/"))
    if everything:
        for table in GOLD_TABLES:
            warehouse.make_empty(load_contracts()[table])
    before = released.tables if released else {}
    if MANAGED_OBJECTS in other or everything or is_stale(before, releases.current_versions(warehouse)):
        with ctx.step("objects") as facts:
            facts["rows"] = summary.objects_changed = write_objects(warehouse, ctx.staging / "objects")
    provinces = served_provinces(warehouse)
    other_provinces = _serves_others(warehouse, released, provinces)
    with open_sets(warehouse, keep_in=ctx.staging / "gold") as sets:
        with ctx.step("indicators") as facts:
            wanted = periods_of_all(sets, ctx.as_of, provinces)
            summary.rows_changed = _write_values(
                ctx, sets, released, definitions, provinces, wanted, summary, other_provinces=other_provinces
            )
            facts |= {"rows": summary.rows_changed, "redefined": ", ".join(summary.redefined) or None}
        with ctx.step("targets") as facts:
            facts["rows"] = _write_status(ctx, wanted)
        with ctx.step("flags") as facts:
            _flags(ctx, sets, released, definitions, provinces, summary, everything=everything or other_provinces)
            facts |= {"new": sum(summary.new_flags.values()), "gone": sum(summary.gone_flags.values())}
    for table in GOLD_TABLES:
        set_constraints(warehouse, load_contracts()[table])
    with ctx.step("checks") as facts:
        now = releases.current_versions(warehouse)
        differ = {name for name, version in now.items() if released is None or released.tables.get(name) != version}
        summary.failed_checks = check_tables(ctx, differ, partial(settings_by_code, province_identities(warehouse)))
        facts["failed"] = len(summary.failed_checks)
    if summary.failed_checks:
        _back_to_release(warehouse)
        failed = summary.failed_checks[0]
        raise RunFailedError(
            f"a check across tables failed, so nothing was released and the tables are back at release "
            f"{released.sequence if released else 'none'}: {failed.expectation} on {failed.table}: {failed.observed}"
        )
    forget_touched(warehouse)
    with ctx.step("release") as facts:
        facts["sequence"] = summary.release = _release(ctx, point, definitions)
        summary.approved, summary.approved_by = ctx.approved, ctx.approved_by
    with ctx.step("withdraw") as facts:
        facts["withdrawn"] = withdraw_holders(warehouse) or None
        purge_withdrawn(warehouse)
    return summary


def _release(ctx: RunContext, point: Release, definitions: Mapping[str, str]) -> int:
    """Release the tables as they are now: silver by the definitions of the recovery point, gold by those of today."""
    kept = {name: value for name, value in point.definitions.items() if not name.startswith(_GOLD_DEFINITIONS)}
    release = releases.commit(
        ctx.warehouse,
        releases.RELEASE,
        run_id=ctx.run_id,
        now=ctx.now,
        as_of=ctx.as_of,
        reference=point.reference,
        definitions={**kept, **definitions},
        approved=ctx.approved,
        approved_by=ctx.approved_by,
    )
    return release.sequence


def _back_to_release(warehouse: Warehouse) -> None:
    """Drop the checkpoints that lead to a state that failed its checks, and return to the last release."""
    warehouse.overwrite(load_contracts()[releases.CHECKPOINT], [])
    releases.recover(warehouse)


def _stored_periods(warehouse: Warehouse) -> dict[str, set[Period]]:
    stored: dict[str, set[Period]] = {}
    periods = warehouse.query(VALUE, "SELECT DISTINCT indicator, period_type, period_start, period_end FROM rows")
    for row in periods.to_pylist():
        stored.setdefault(row.pop("indicator"), set()).add(Period(**row))
    return stored


@dataclass(frozen=True, slots=True)
class ServedProvince:
    """A province that an organisation belongs to, with the days between which it is a unit (`valid_to`: the last one, None while it lasts).

    `level_ends`: the last day of each level of units, None while it has some.
    """

    code: str
    valid_from: date
    valid_to: date | None
    level_ends: Mapping[str, date | None] = field(hash=False)


def served_provinces(warehouse: Warehouse, release: Release | None = None) -> list[ServedProvince]:
    """The provinces that organisations belong to, as the tables are now or at the versions of a release."""
    # From the table and not from the lists of units, which take most of a second to read.
    versions = release.tables if release else {}
    levels = warehouse.query(UNIT_NAME, _LEVEL_ENDS, versions.get(UNIT_NAME)).to_pylist()
    level_ends = {row["level"]: row["last_day"] for row in levels}
    provinces = warehouse.query(UNIT_NAME, _PROVINCES, versions.get(UNIT_NAME)).to_pylist()
    ends = {(row["unit_code"], row["unit_valid_from"]): row["unit_valid_to"] for row in provinces}
    served = {
        (row["province_code"], row["province_valid_from"])
        for row in warehouse.rows(PERIOD_TABLE, versions.get(PERIOD_TABLE), columns=["province_code", "province_valid_from"])
        if row["province_code"] is not None
    }
    return [ServedProvince(code, valid_from, ends[code, valid_from], level_ends) for code, valid_from in sorted(served)]


def province_identities(warehouse: Warehouse) -> list[tuple[str, date]]:
    """The identities of all provinces, as the tables are now."""
    return [(row["unit_code"], row["unit_valid_from"]) for row in warehouse.query(UNIT_NAME, _PROVINCES).to_pylist()]


def periods_of_all(sets: Sets, as_of: date, provinces: Sequence[ServedProvince]) -> dict[str, list[Period]]:
    """By indicator that is computed the periods that gold holds of it as of a day."""
    return {
        indicator.id: wanted_periods(sets, indicator, as_of, province_levels(indicator, provinces)) for indicator in computed_indicators()
    }


def _serves_others(warehouse: Warehouse, released: Release | None, provinces: Sequence[ServedProvince]) -> bool:
    """Whether the provinces that are served are not those of the last release."""
    now = releases.current_versions(warehouse)
    moved = released is not None and any(released.tables.get(name) != now.get(name) for name in (PERIOD_TABLE, UNIT_TABLE))
    return moved and served_provinces(warehouse, released) != provinces


def _work(
    ctx: RunContext,
    released: Release | None,
    definitions: Mapping[str, str],
    wanted: Mapping[str, Sequence[Period]],
    *,
    other_provinces: bool,
) -> tuple[list[Work], list[tuple[str, set[Period]]]]:
    """What has to be computed of each indicator, and what is stored of indicators that are computed no more."""
    warehouse, now = ctx.warehouse, releases.current_versions(ctx.warehouse)
    stored, touched = _stored_periods(warehouse), touched_months(warehouse)
    redefined = changed(released.definitions if released else {}, definitions)
    work = [
        work_for(
            indicator,
            wanted=wanted[indicator.id],
            stored=stored.get(indicator.id, set()),
            released=released,
            now=now,
            redefined=f"indicator/{indicator.id}" in redefined,
            everything=other_provinces,
            touched=touched,
        )
        for indicator in computed_indicators()
    ]
    # An indicator that is gone from the catalogue, or has no SQL any more, leaves no values behind.
    gone = [(name, periods) for name, periods in stored.items() if name not in {one.indicator.id for one in work}]
    return [one for one in work if one.periods or one.gone], gone


def _write_values(
    ctx: RunContext,
    sets: Sets,
    released: Release | None,
    definitions: Mapping[str, str],
    provinces: Sequence[ServedProvince],
    wanted: Mapping[str, Sequence[Period]],
    summary: GoldSummary,
    *,
    other_provinces: bool,
) -> int:
    """Compute what is stale of every indicator and write the rows that differ; returns how many.

    Silver is scanned and summed to facts, facts to periods, and these are compared with the existing rows.
    """
    work, forgotten = _work(ctx, released, definitions, wanted, other_provinces=other_provinces)
    scope = [{"indicator": one.indicator.id, **period._asdict()} for one in work for period in (*one.periods, *one.gone)]
    scope += [{"indicator": name, **period._asdict()} for name, periods in forgotten for period in periods]
    if not scope:
        return 0
    computed = _computed(sets, [one for one in work if one.periods], provinces)
    if released is not None:
        redefined = [one.indicator.id for one in work if one.redefined and one.indicator.id in computed]
        summary.redefined = {name: computed[name].num_rows for name in redefined}
    differ = _write_differences(ctx, list(computed.values()), scope)
    summary.rows_by_indicator = {name: differ[name] for name in computed}
    return differ.total()


def _computed(sets: Sets, work: Sequence[Work], provinces: Sequence[ServedProvince]) -> dict[str, pa.Table]:
    """The values of each indicator; those about the same days one after another, since they share their populations."""
    computed: dict[str, pa.Table] = {}
    for _, about_these_days in groupby(sorted(work, key=_days), key=_days):
        sets.forget_kept()
        computed |= {one.indicator.id: values_of(sets, one.indicator, one.periods, provinces) for one in about_these_days}
    return computed


def _days(work: Work) -> list[date]:
    return sorted({period.period_end for period in work.periods})


def _flags(
    ctx: RunContext,
    sets: Sets,
    released: Release | None,
    definitions: Mapping[str, str],
    provinces: Sequence[ServedProvince],
    summary: GoldSummary,
    *,
    everything: bool,
) -> None:
    """Bring `gold/flag` to what silver says, and note in the summary what changed."""
    done = write_flags(ctx, sets, released, definitions, [(one.code, one.valid_from) for one in provinces], everything=everything)
    summary.new_flags, summary.gone_flags, summary.redefined_flags = dict(done.new), dict(done.gone), list(done.redefined)


def values_of(sets: Sets, indicator: Indicator, periods: Sequence[Period], provinces: Sequence[ServedProvince]) -> pa.Table:
    """The indicator's values of some periods; `sets` has the tables that it reads."""
    sets.need(tables_of(indicator))
    views = own_names(tables_of(indicator)) | {"province_level": sets.kept_rows(province_levels(indicator, provinces))}
    return evaluate_indicator(sets, indicator, periods=periods, views=views)


def province_levels(indicator: Indicator, provinces: Sequence[ServedProvince]) -> pa.Table:
    """The relation `province_level`: provinces that have a row at each level even where nothing happened, as long as there is that level."""
    rows = []
    for province in provinces:
        for level in indicator.levels:
            end = earlier(province.valid_to, province.level_ends.get(level))
            rows.append((province.code, province.valid_from, level, province.valid_from, end))
    columns = zip(*rows, strict=True) if rows else ((),) * len(_PROVINCE_LEVEL)
    return pa.table([pa.array(values, field.type) for values, field in zip(columns, _PROVINCE_LEVEL, strict=True)], schema=_PROVINCE_LEVEL)


def _write_differences(ctx: RunContext, computed: list[pa.Table], scope: list[dict[str, Any]]) -> Counter[str]:
    """Compare computed rows with the stored ones of the same periods; write what differs in one commit, and count it by indicator."""
    warehouse, contract = ctx.warehouse, load_contracts()[VALUE]
    schema = arrow_schema(contract)
    dates = ("period_start", "period_end")
    inside = pa.Table.from_pylist(scope, pa.schema([(name, pa.date32() if name in dates else pa.string()) for name in scope[0]]))
    ends = [row["period_end"] for row in scope]
    # Through Arrow: what an object store's files keep of a merge's text columns DuckDB cannot filter.
    stored = warehouse.query(VALUE, f"SELECT * FROM rows WHERE period_end BETWEEN DATE '{min(ends)}' AND DATE '{max(ends)}'")
    with DuckdbSets.open(warehouse) as sets:
        sets.rows_of("stored", stored)
        sets.rows_of("inside", inside)
        sets.rows_of("computed", pa.concat_tables(computed) if computed else schema.empty_table())
        differences = sets.result(set_query("differences"))
    if differences.num_rows:
        warehouse.merge(contract, stamped(differences, ctx.run_id, ctx.now).select([*schema.names, "gone"]))
    return Counter(differences.column("indicator").to_pylist())


def stamped(values: pa.Table, run_id: str, now: datetime) -> pa.Table:
    """Values with the run that computed them, and when."""
    return values.append_column("run_id", pa.array([run_id] * values.num_rows, pa.string())).append_column(
        "computed_at", pa.array([now] * values.num_rows, pa.timestamp("us", tz="UTC"))
    )


def target_table() -> pa.Table:
    """The relation `target`: all targets of all plans; one whose indicator nothing computes is not reported."""
    rows: list[dict[str, Any]] = [dict(row) for row in target_rows(load_plans())]
    dates = ("province_valid_from", "due", "judged_until")
    types = {name: pa.date32() for name in dates} | {"target_value": pa.decimal128(18, 4), "target_of": pa.int32()}
    return pa.Table.from_pylist(rows, pa.schema([(name, types.get(name, pa.string())) for name in rows[0]]))


def note_targets(sets: Sets, targets: pa.Table, without: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Make relations of the targets, of the units that they name, of breakdowns that are a reservation about the total, and of what `undecided` says; gives
    the name of each."""
    caveats = [
        {"indicator": indicator.id, "breakdown": caveat.breakdown, "reason": caveat.reason}
        for indicator in load_catalogue().values()
        for caveat in indicator.caveats
    ]
    sets.rows_of("target_rows", targets)
    sets.rows_of("named_rows", named_units())
    sets.rows_of("caveat_rows", pa.Table.from_pylist(caveats, _CAVEAT))
    sets.rows_of("undecided_rows", pa.Table.from_pylist(list(without), pa.schema([("plan_id", pa.string()), ("indicator", pa.string())])))
    return {"target": "target_rows", "named_unit": "named_rows", "caveat": "caveat_rows", "undecided": "undecided_rows"}


def _judged_rows() -> str:
    """Which values targets are judged by: those of provinces, and of the units that targets name."""
    named = sorted({row["unit_code"] for row in named_rows(load_plans())})
    codes = f" OR unit_code IN ({', '.join(map(literal, named))})" if named else ""
    return f"unit_level = 'province'{codes}"


def judged_targets(warehouse: Warehouse, wanted: Mapping[str, Sequence[Period]], as_of: date) -> pa.Table:
    """The rows of `gold/target_status`, without `run_id`, for every day that is stored; from the values in the warehouse and the periods of each indicator."""
    targets = target_table()
    judged = set(targets.column("indicator").to_pylist())
    starts = (period.period_start for indicator, periods in wanted.items() if indicator in judged for period in periods)
    days = stock_days(min(starts, default=as_of), as_of)
    with DuckdbSets.open(warehouse) as sets:
        sets.rows_of("value_rows", warehouse.query(VALUE, f"SELECT * FROM rows WHERE {_judged_rows()}"))
        noted = note_targets(sets, targets, undecided(warehouse))
        result = evaluate_targets(sets, days, {**noted, "gold.indicator_value": "value_rows"})
    schema = pa.schema([field for field in arrow_schema(load_contracts()[STATUS]) if field.name != "run_id"])
    return result.select(schema.names).cast(schema)


def _write_status(ctx: RunContext, wanted: Mapping[str, Sequence[Period]]) -> int:
    """Judge the targets for every stored day, given the periods of each indicator; a table of some hundred rows, evaluated and written by the driver."""
    warehouse, contract = ctx.warehouse, load_contracts()[STATUS]
    judged = judged_targets(warehouse, wanted, ctx.as_of)
    names, rows = judged.column_names, judged.to_pylist()
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
