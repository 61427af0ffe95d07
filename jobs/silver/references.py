"""References: what an organisation's or a unit's code means on a day, as small frames that every row can be joined with."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyspark.sql import functions as F

from expectations.row_rules import Check, unknown_reference
from jobs.engine.dialect import expression_to_duckdb
from jobs.engine.views import add_view, connect
from jobs.reference.units.model import REFORM_DAY, UNITS_KNOWN_FROM, UnitId
from jobs.silver.standardise import parsed, record_key, with_columns
from warehouse_schema.contracts import given_columns, load_contracts, struct_json
from warehouse_schema.ddl import literal
from warehouse_schema.received import RECEIVED, trimmed
from warehouse_schema.sql_text import sql_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pyspark.sql import DataFrame, SparkSession

    from jobs.engine.tables import Warehouse
    from jobs.reference.organisations import OrganisationPeriod
    from jobs.reference.units.model import Units, UnitVersion
    from warehouse_schema.contracts import Contract, SheetReference

FIRST_DAY = date(1, 1, 1)
LAST_DAY = date(9999, 12, 31)
PLACEMENT = (
    "organ_id",
    "level",
    "unit_code",
    "unit_valid_from",
    "unit_level",
    "district_code",
    "district_valid_from",
    "province_code",
    "province_valid_from",
)
_VALID, _AMBIGUOUS, _NOT_VALID = "valid", "ambiguous", "not_valid"
_DATES = frozenset({"from_day", "to_day", "unit_valid_from", "district_valid_from", "province_valid_from"})


@dataclass(frozen=True, slots=True)
class References:
    """The frames that rows are joined with. Grain: one row for each code and interval of days; the intervals of a code do not overlap.

    `status`: whether the code is valid on these days. `sheets`: one row for each row of another sheet that is not withdrawn, as `sheet_lookup` gives it.
    """

    organisations: DataFrame
    units: DataFrame
    sheets: Mapping[SheetReference, DataFrame] = field(default_factory=dict)


def organisation_lookup(periods: Iterable[OrganisationPeriod]) -> list[dict[str, Any]]:
    """Periods with the gaps between them filled in, so that a known code has exactly one row for every day."""
    by_code: dict[str, list[OrganisationPeriod]] = {}
    for period in periods:
        by_code.setdefault(period.organ_code, []).append(period)
    rows: list[dict[str, Any]] = []
    for code, owned in by_code.items():
        day = FIRST_DAY
        for period in sorted(owned, key=lambda one: one.from_day):
            if period.from_day > day:
                rows.append(_gap(code, day, period.from_day - timedelta(days=1)))
            last = period.to_day or LAST_DAY
            rows.append(
                {
                    "code": code,
                    "from_day": period.from_day,
                    "to_day": last,
                    "status": _AMBIGUOUS if period.ambiguous else _VALID,
                    **{name: getattr(period, name) for name in PLACEMENT},
                }
            )
            day = last + timedelta(days=1) if last < LAST_DAY else LAST_DAY
        if day < LAST_DAY:
            rows.append(_gap(code, day, LAST_DAY))
    return rows


def _gap(code: str, first: date, last: date) -> dict[str, Any]:
    return {"code": code, "from_day": first, "to_day": last, "status": _NOT_VALID, **dict.fromkeys(PLACEMENT)}


@lru_cache(maxsize=1)
def unit_lookup(units: Units) -> list[dict[str, Any]]:
    """Which identity a unit's code names on the day it is written, and between and after its identities what became of the unit before.

    Grain: a code and an interval of days; the intervals of a code do not overlap. Where the code names no unit, `detail` says what is known of it.
    """
    rows: list[dict[str, Any]] = []
    firsts = {(version.unit_code, version.unit_valid_from): version for version in reversed(units.versions)}
    before: UnitVersion | None = None
    for (code, first), version in sorted(firsts.items()):
        if before is not None and before.unit_code != code:
            _add_gap(rows, before, None, units)
            before = None
        _add_gap(rows, before, version, units)
        last = version.unit_valid_to or LAST_DAY
        given = {"level": version.level, "province_code": version.province_code, "status": _VALID, "detail": None}
        rows.append({"code": code, "from_day": first, "to_day": last, **given})
        before = version
    _add_gap(rows, before, None, units)
    return rows


def _add_gap(rows: list[dict[str, Any]], before: UnitVersion | None, after: UnitVersion | None, units: Units) -> None:
    """Add the days on which a code names no unit, after the one before and until the one after, if there are any."""
    known = before or after
    if known is None or (before is not None and before.unit_valid_to is None):
        return
    first = before.unit_valid_to + timedelta(days=1) if before is not None and before.unit_valid_to else FIRST_DAY
    last = after.unit_valid_from - timedelta(days=1) if after else LAST_DAY
    # Nothing is known of the years before the first list.
    if last >= max(first, UNITS_KNOWN_FROM):
        details = [_end(before, first, units)] if before else []
        details += [f"it is the code of {after.unit_name} from {after.unit_valid_from} on"] if after else []
        given = {"level": known.level, "province_code": None, "status": _NOT_VALID, "detail": "; ".join(details)}
        rows.append({"code": known.unit_code, "from_day": first, "to_day": last, **given})


def _end(ended: UnitVersion, day: date, units: Units) -> str:
    """What became of a unit that is there no more from `day` on, with the codes to use instead, so that an officer can correct the row."""
    unit = UnitId(ended.unit_code, ended.unit_valid_from)
    name = (units.version_at(unit, day - timedelta(days=1)) or ended).unit_name
    named = {one: f"{one.code} ({version.unit_name})" for one in units.successors.get(unit, ()) if (version := units.version_at(one, day))}
    if not named:
        known = "there is no district level since" if ended.level == "district" and day == REFORM_DAY else "its successor is not known"
        return f"{name} ended on {day - timedelta(days=1)}; {known}"
    place = units.place(unit, day)
    is_whole = place is not None and (place.at_unit_code, place.at_unit_valid_from) in named
    return f"{name} {'was merged into' if is_whole else 'was divided, and went in part into'} {' and '.join(named.values())} on {day}"


def small_frame(spark: SparkSession, rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> DataFrame:
    """A frame of driver rows; text columns but for the days."""
    from pyspark.sql.types import DateType, StringType, StructType

    schema = pa.schema([(name, pa.date32() if name in _DATES else pa.string()) for name in columns])
    # Named for the engine too: over Spark Connect a table without rows has no schema by itself.
    types = StructType()
    for name in columns:
        types = types.add(name, DateType() if name in _DATES else StringType())
    return spark.createDataFrame(pa.Table.from_pylist(list(rows), schema=schema), types)


def references(spark: SparkSession, periods: Iterable[OrganisationPeriod], units: Units) -> References:
    """The frames for one run."""
    return References(
        organisations=small_frame(spark, organisation_lookup(periods), ("code", "from_day", "to_day", "status", *PLACEMENT)),
        units=small_frame(spark, unit_lookup(units), ("code", "from_day", "to_day", "level", "province_code", "status", "detail")),
    )


def _sheet_rows(contract: Contract, reference: SheetReference) -> str:
    """The query for what a contract's rows find in another sheet, over that sheet's table: its key as `ref_<n>`, and the columns that it gives."""
    other = load_contracts()[reference.table]
    columns = [f"{name} AS {_ref(place)}" for place, name in enumerate(other.key)]
    columns += [column.name for column in given_columns(contract, reference, other)]
    there = f" WHERE NOT coalesce({other.withdrawn}, false)" if other.withdrawn else ""
    return f"SELECT {', '.join(columns)} FROM {sql_name(other.name)}{there}"


def _ref(place: int) -> str:
    return f"ref_{place}"


def sheet_lookup(spark: SparkSession, warehouse: Warehouse, contract: Contract, reference: SheetReference) -> DataFrame:
    """The rows of another sheet as they are now, as `_sheet_rows` says. Grain: one for each key; withdrawn rows are not among them."""
    from pyspark.sql.types import StructType

    other = load_contracts()[reference.table]
    key = [replace(other.column(name), name=_ref(place)) for place, name in enumerate(other.key)]
    columns = tuple(replace(column, description="") for column in (*key, *given_columns(contract, reference, other)))
    with connect(warehouse, {reference.table: None}) as connection:
        rows = connection.sql(_sheet_rows(contract, reference)).to_arrow_table()
    return spark.createDataFrame(rows, StructType.fromJson(struct_json(columns)))


def changed_keys(warehouse: Warehouse, contract: Contract, reference: SheetReference, before: int | None) -> frozenset[str]:
    """The keys, as `record_key` spells them, under which a contract's rows find something else in another sheet than at its version `before`.

    None: nothing was there before.
    """
    key = record_key([_ref(place) for place in range(len(reference.columns))])
    rows = _sheet_rows(contract, reference)
    with connect(warehouse, {reference.table: None}) as connection:
        connection.execute(f"CREATE TABLE now AS {rows}")
        if before is None:
            changed = "FROM now"
        else:
            add_view(connection, warehouse, reference.table, before)
            connection.execute(f"CREATE TABLE before AS {rows}")
            changed = "((FROM now EXCEPT FROM before) UNION ALL (FROM before EXCEPT FROM now))"
        return frozenset(value for (value,) in connection.execute(f"SELECT DISTINCT {key} FROM ({changed})").fetchall())


def sent_reference(contract: Contract, reference: SheetReference) -> str:
    """The key of the other sheet that a row of bronze names, spelt as `changed_keys` spells it; in DuckDB's SQL over the fields as received."""
    texts = []
    for name in reference.columns:
        column = contract.column(name)
        sent = trimmed(column).replace(f"{RECEIVED}.", "")
        texts.append(parsed(column).replace(f"`{name}`", f"({sent})"))
    return expression_to_duckdb(record_key(texts))


def reference_checks(contract: Contract) -> list[Check]:
    """The ways in which a row's references can be wrong, over the columns that `resolve` joins; the first that holds is the row's error."""
    return [*_placement_checks(contract), *(_sheet_check(contract, reference) for reference in contract.references)]


def _sheet_check(contract: Contract, reference: SheetReference) -> Check:
    source = str(contract.column(reference.columns[0]).source)
    sent = " AND ".join(f"`{name}` IS NOT NULL" for name in reference.columns)
    message = f"{source}: expected a row of {sql_name(reference.table)} that is there and not deleted"
    return Check("unknown_reference", source, message, unknown_reference(reference), f"{sent} AND {_ref(0)} IS NULL")


def _placement_checks(contract: Contract) -> list[Check]:
    if contract.organisation is not None:
        field = contract.organisation.field
        dated = f"judged_on IS NOT NULL AND ({contract.organisation.valid_when})"
        expected = {
            "unknown_organisation": (
                f"`{contract.organisation.code}` IS NOT NULL AND ref_code IS NULL",
                "expected a code of the registry of organisations",
            ),
            "organisation_not_valid": (f"{dated} AND ref_status = '{_NOT_VALID}'", "expected an organisation that is valid on the day"),
            "ambiguous_unit": (
                f"{dated} AND ref_status = '{_AMBIGUOUS}'",
                "the organisation's administrative unit cannot be decided for the day",
            ),
        }
    elif contract.unit is not None:
        field = contract.unit.field
        expected = {
            "unknown_unit": (
                f"`{contract.unit.code}` IS NOT NULL AND {_unit_day(contract)} IS NOT NULL AND coalesce(ref_status, '') <> '{_VALID}'",
                f"expected a {' or '.join(contract.unit.levels)} that existed on the day of writing",
            )
        }
    else:
        return []
    return [Check(code, field, f"{field}: {message}", code, broken) for code, (broken, message) in expected.items()]


def resolve(contract: Contract, refs: References) -> Callable[[DataFrame], DataFrame]:
    """Add what the row's references give, `reference_error` (the name of a broken rule, or NULL) and `reference_detail` (what is known beside its message).

    In: standardised rows. Out: the same rows, with the placement columns (organisations) or the unit's identity (units), and what other sheets give.
    """

    def step(rows: DataFrame) -> DataFrame:
        if contract.organisation is not None:
            rows = _with_organisation(rows, contract, refs.organisations)
        elif contract.unit is not None:
            rows = _with_unit(rows, contract, refs.units)
        else:
            rows = rows.transform(with_columns({"reference_error": "CAST(NULL AS STRING)", "reference_detail": "CAST(NULL AS STRING)"}))
        for reference in contract.references:
            rows = _with_sheet(rows, contract, reference, refs.sheets[reference])
        return rows

    return step


def _with_sheet(rows: DataFrame, contract: Contract, reference: SheetReference, lookup: DataFrame) -> DataFrame:
    check = _sheet_check(contract, reference)
    key = [_ref(place) for place in range(len(reference.columns))]
    same = " AND ".join(f"`{ours}` = {theirs}" for ours, theirs in zip(reference.columns, key, strict=True))
    error = f"coalesce(reference_error, CASE WHEN {check.broken} THEN {literal(check.rule)} END)"
    return _joined(lookup, rows, same).transform(with_columns({"reference_error": error})).drop(*key)


def _with_organisation(rows: DataFrame, contract: Contract, lookup: DataFrame) -> DataFrame:
    reference = contract.organisation
    assert reference is not None  # noqa: S101 - the caller has looked
    sent = rows.transform(with_columns({"judged_on": reference.day}))
    found = lookup.selectExpr("code AS ref_code", "from_day AS ref_from", "to_day AS ref_to", "status AS ref_status", *PLACEMENT)
    # A row whose day cannot be read is still known or unknown by its code: any day will do to find that out.
    same = f"`{reference.code}` = ref_code AND coalesce(judged_on, DATE'{LAST_DAY}') BETWEEN ref_from AND ref_to"
    joined = _joined(found, sent, same)
    # A row of no day belongs to no unit: where its organisation is today says nothing of it.
    placement = with_columns({name: f"CASE WHEN judged_on IS NOT NULL THEN `{name}` END" for name in PLACEMENT if name != "organ_id"})
    none = with_columns({"reference_detail": "CAST(NULL AS STRING)"})
    return (
        joined.transform(_with_error(contract))
        .transform(placement)
        .transform(none)
        .drop("ref_code", "ref_from", "ref_to", "ref_status", "judged_on")
    )


def _joined(lookup: DataFrame, sent: DataFrame, same: str) -> DataFrame:
    """All rows, each with what the lookup says of it.

    The lookup stands on the left: rows that come through the border have no statistics, and Sail holds the left side of a join in memory then.
    """
    return F.broadcast(lookup).join(sent, F.expr(same), "right")


def _stated_day(contract: Contract) -> str | None:
    """The column that says outright from when on the unit is meant, where the dataset has one."""
    return next((f"`{column.name}`" for column in contract.landed if column.source == "unit_valid_from"), None)


def _unit_day(contract: Contract) -> str:
    stated = _stated_day(contract)
    return f"coalesce({stated}, written_day)" if stated else "written_day"


def _with_unit(rows: DataFrame, contract: Contract, lookup: DataFrame) -> DataFrame:
    reference = contract.unit
    assert reference is not None  # noqa: S101 - the caller has looked
    sent = rows.transform(with_columns({"written_day": reference.written_on}))
    levels = ", ".join(map(literal, reference.levels))
    found = lookup.where(f"level IN ({levels})").selectExpr(
        "code AS ref_code",
        "from_day AS ref_from",
        "to_day AS ref_to",
        "province_code AS ref_province",
        "status AS ref_status",
        "detail AS reference_detail",
    )
    stated = _stated_day(contract)
    written = "written_day BETWEEN ref_from AND ref_to"
    meant = f"CASE WHEN {stated} IS NOT NULL THEN {stated} = ref_from ELSE {written} END" if stated else written
    joined = _joined(found, sent, f"`{reference.code}` = ref_code AND {meant}")
    gives = {"unit_code": "ref_code", "unit_valid_from": "ref_from", "province_code": "ref_province"}
    given = {column.name for column in contract.columns if column.source is None}
    return (
        joined.transform(_with_error(contract))
        .transform(
            with_columns({name: f"CASE WHEN ref_status = '{_VALID}' THEN {value} END" for name, value in gives.items() if name in given})
        )
        .drop("ref_code", "ref_from", "ref_to", "ref_province", "ref_status", "written_day")
    )


def _with_error(contract: Contract) -> Callable[[DataFrame], DataFrame]:
    cases = " ".join(f"WHEN {check.broken} THEN {literal(check.rule)}" for check in _placement_checks(contract))
    return with_columns({"reference_error": f"CASE {cases} END"})
