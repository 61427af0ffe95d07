"""References: what an organisation's or a unit's code means on a day, as small frames that every row can be joined with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyspark.sql import functions as F

from expectations.row_rules import ERRORS_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pyspark.sql import Column, DataFrame, SparkSession

    from jobs.silver.organisations import OrganisationPeriod
    from jobs.silver.units import Units
    from warehouse_schema.contracts import Contract

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
    """The frames that rows are joined with. Grain: one row for each code and interval of days; the intervals of a code cover all days once."""

    organisations: DataFrame
    units: DataFrame


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


def unit_lookup(units: Units) -> list[dict[str, Any]]:
    """Which identity a unit's code names on the day it is written; grain: one identity."""
    seen: dict[tuple[str, date], dict[str, Any]] = {}
    for version in units.versions:
        seen.setdefault(
            (version.unit_code, version.unit_valid_from),
            {
                "code": version.unit_code,
                "from_day": version.unit_valid_from,
                "to_day": version.unit_valid_to or LAST_DAY,
                "level": version.level,
                "province_code": version.province_code,
            },
        )
    return list(seen.values())


def small_frame(spark: SparkSession, rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> DataFrame:
    """A frame of driver rows; text columns but for the days."""
    schema = pa.schema([(name, pa.date32() if name in _DATES else pa.string()) for name in columns])
    return spark.createDataFrame(pa.Table.from_pylist(list(rows), schema=schema))


def references(spark: SparkSession, periods: Iterable[OrganisationPeriod], units: Units) -> References:
    """The frames for one run."""
    return References(
        organisations=small_frame(spark, organisation_lookup(periods), ("code", "from_day", "to_day", "status", *PLACEMENT)),
        units=small_frame(spark, unit_lookup(units), ("code", "from_day", "to_day", "level", "province_code")),
    )


def resolve(contract: Contract, refs: References) -> Callable[[DataFrame], DataFrame]:
    """Add what the row's references give, and `reference_errors`.

    In: standardised rows. Out: the same rows, with the placement columns (organisations) or the unit's identity (units).
    """

    def step(rows: DataFrame) -> DataFrame:
        if contract.organisation is not None:
            return _with_organisation(rows, contract, refs.organisations)
        if contract.unit is not None:
            return _with_unit(rows, contract, refs.units)
        return rows.withColumn("reference_errors", _no_errors())

    return step


def _with_organisation(rows: DataFrame, contract: Contract, lookup: DataFrame) -> DataFrame:
    reference = contract.organisation
    assert reference is not None  # noqa: S101 - the caller has looked
    sent = rows.withColumn("judged_on", F.expr(reference.day))
    found = lookup.select(
        F.col("code").alias("ref_code"),
        F.col("from_day").alias("ref_from"),
        F.col("to_day").alias("ref_to"),
        F.col("status").alias("ref_status"),
        *PLACEMENT,
    )
    # A row whose day cannot be read is still known or unknown by its code: any day will do to find that out.
    day = F.coalesce(sent["judged_on"], F.lit(LAST_DAY))
    joined = sent.join(
        F.broadcast(found),
        (sent[reference.code] == found["ref_code"]) & (day >= found["ref_from"]) & (day <= found["ref_to"]),
        "left",
    )
    dated = F.col("judged_on").isNotNull() & F.expr(reference.valid_when)
    errors = _first_error(
        [
            (
                F.col(reference.code).isNotNull() & F.col("ref_code").isNull(),
                "unknown_organisation",
                reference.field,
                f"{reference.field}: expected a code of the registry of organisations",
            ),
            (
                dated & (F.col("ref_status") == _NOT_VALID),
                "organisation_not_valid",
                reference.field,
                f"{reference.field}: expected an organisation that is valid on the day",
            ),
            (
                dated & (F.col("ref_status") == _AMBIGUOUS),
                "ambiguous_unit",
                reference.field,
                f"{reference.field}: the organisation's administrative unit cannot be decided for the day",
            ),
        ]
    )
    return joined.withColumn("reference_errors", errors).drop("ref_code", "ref_from", "ref_to", "ref_status", "judged_on")


def _with_unit(rows: DataFrame, contract: Contract, lookup: DataFrame) -> DataFrame:
    reference = contract.unit
    assert reference is not None  # noqa: S101 - the caller has looked
    sent = rows.withColumn("written_day", F.expr(reference.written_on))
    outright = next((column.name for column in contract.landed if column.source == "unit_valid_from"), None)
    stated = sent[outright] if outright else F.lit(None).cast("date")
    found = lookup.where(F.col("level").isin(*reference.levels)).select(
        F.col("code").alias("ref_code"),
        F.col("from_day").alias("ref_from"),
        F.col("to_day").alias("ref_to"),
        F.col("province_code").alias("ref_province"),
    )
    meant = F.when(stated.isNotNull(), stated == found["ref_from"]).otherwise(
        (sent["written_day"] >= found["ref_from"]) & (sent["written_day"] <= found["ref_to"])
    )
    joined = sent.join(F.broadcast(found), (sent[reference.code] == found["ref_code"]) & meant, "left")
    readable = F.col(reference.code).isNotNull() & F.coalesce(stated, F.col("written_day")).isNotNull()
    errors = _first_error(
        [
            (
                readable & F.col("ref_code").isNull(),
                "unknown_unit",
                reference.field,
                f"{reference.field}: expected a {' or '.join(reference.levels)} that existed on the day of writing",
            )
        ]
    )
    gives = {"unit_code": F.col("ref_code"), "unit_valid_from": F.col("ref_from"), "province_code": F.col("ref_province")}
    given = {column.name for column in contract.columns if column.source is None}
    joined = joined.withColumns({name: value for name, value in gives.items() if name in given})
    return joined.withColumn("reference_errors", errors).drop("ref_code", "ref_from", "ref_to", "ref_province", "written_day")


def _no_errors() -> Column:
    return F.array().cast(ERRORS_TYPE)


def _first_error(cases: list[tuple[Column, str, str, str]]) -> Column:
    errors = _no_errors()
    for broken, code, field, message in reversed(cases):
        error = F.struct(F.lit(code).alias("code"), F.lit(field).alias("field"), F.lit(message).alias("message"), F.lit(code).alias("rule"))
        errors = F.when(F.coalesce(broken, F.lit(False)), F.array(error).cast(ERRORS_TYPE)).otherwise(errors)
    return errors
