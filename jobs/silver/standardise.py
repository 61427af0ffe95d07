"""Standardisation: the fields of a record as received (strings) to typed, named columns, as the contract says.

All of it is column expressions, so that one pass over the rows does everything, and every expression is one that a native engine has too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import Column, DataFrame

    from warehouse_schema.contracts import Column as ContractColumn
    from warehouse_schema.contracts import Contract

RECEIVED = "received"
KEY_SEPARATOR = "\x1f"
_NULL_MARK = "\x00"
_VIETNAM_OFFSET = "+07:00"
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?"
_ZONE = r"(Z|[+-][0-9]{2}:[0-9]{2})"
_UNIT_CODE_LENGTH = {"province": 2, "district": 3, "commune": 5}


def received(column: ContractColumn) -> Column:
    """The field as received, trimmed; an empty text is no value."""
    return F.nullif(F.trim(F.col(f"{RECEIVED}.{column.source}")), F.lit(""))


def parsed(column: ContractColumn) -> Column:
    """The field in the column's type; NULL where it is absent or cannot be read."""
    text = received(column)
    value = _PARSERS[column.parse](text, column)
    if column.default is not None:
        value = F.when(text.isNull(), F.lit(column.default).cast(str(column.type))).otherwise(value)
    return value.cast(str(column.type))


def _text(text: Column, _: ContractColumn) -> Column:
    return F.regexp_replace(text, r"\s+", " ")


def _code(text: Column, column: ContractColumn) -> Column:
    if column.pad is not None:
        return _padded(text, column.pad)
    if column.pad_by_level:
        level = F.lower(F.trim(F.col(f"{RECEIVED}.level")))
        value = text
        for name, length in _UNIT_CODE_LENGTH.items():
            value = F.when(level == name, _padded(text, length)).otherwise(value)
        return value
    return text


def _padded(text: Column, length: int) -> Column:
    # A spreadsheet eats leading zeros: 4 in a column of five digits is 00004.
    return F.when(text.rlike(f"^[0-9]{{1,{length}}}$"), F.lpad(text, length, "0")).otherwise(text)


def _organ_code(text: Column, _: ContractColumn) -> Column:
    return F.upper(F.regexp_replace(text, r"\s+", ""))


def _timestamp(text: Column, _: ContractColumn) -> Column:
    zoned = text.rlike(f"^{_DATE}[T ]{_TIME}{_ZONE}$")
    local = text.rlike(f"^{_DATE}[T ]{_TIME}$")
    date_only = text.rlike(f"^{_DATE}$")
    iso = (
        F.when(zoned, text)
        .when(local, F.concat(text, F.lit(_VIETNAM_OFFSET)))
        .when(date_only, F.concat(text, F.lit(f"T00:00:00{_VIETNAM_OFFSET}")))
    )
    return iso.try_cast("timestamp")


def _compact_timestamp(text: Column, _: ContractColumn) -> Column:
    iso = F.concat(
        F.substring(text, 1, 4), F.lit("-"), F.substring(text, 5, 2), F.lit("-"), F.substring(text, 7, 2), F.lit("T"),
        F.substring(text, 9, 2), F.lit(":"), F.substring(text, 11, 2), F.lit(":"), F.substring(text, 13, 2), F.lit(_VIETNAM_OFFSET),
    )  # fmt: skip
    return F.when(text.rlike("^[0-9]{14}$"), iso).try_cast("timestamp")


def _date(text: Column, _: ContractColumn) -> Column:
    return F.when(text.rlike(f"^{_DATE}([T ]00:00:00)?$"), F.substring(text, 1, 10)).try_cast("date")


def _month(text: Column, _: ContractColumn) -> Column:
    return F.when(text.rlike("^[0-9]{4}-[0-9]{2}(-01([T ]00:00:00)?)?$"), F.concat(F.substring(text, 1, 7), F.lit("-01"))).try_cast("date")


def _boolean(text: Column, _: ContractColumn) -> Column:
    lowered = F.lower(text)
    return F.when(lowered.isin("true", "1"), F.lit(True)).when(lowered.isin("false", "0"), F.lit(False))


def _integer(text: Column, _: ContractColumn) -> Column:
    return F.when(text.rlike(r"^[+-]?[0-9]{1,18}([.]0+)?$"), F.regexp_replace(text, "[.].*$", "")).try_cast("bigint")


def _decimal(text: Column, _: ContractColumn) -> Column:
    return F.when(text.rlike(r"^[+-]?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]{1,3})?$"), text).try_cast("double")


def _values(text: Column, column: ContractColumn) -> Column:
    lowered = F.lower(text)
    items = list(column.values.items())
    value = F.when(lowered == items[0][0], F.lit(items[0][1]))
    for sent, named in items[1:]:
        value = value.when(lowered == sent, F.lit(named))
    return value


_PARSERS: dict[str, Callable[[Column, ContractColumn], Column]] = {
    "text": _text,
    "code": _code,
    "organ_code": _organ_code,
    "timestamp": _timestamp,
    "compact_timestamp": _compact_timestamp,
    "date": _date,
    "month": _month,
    "boolean": _boolean,
    "integer": _integer,
    "decimal": _decimal,
    "values": _values,
    "token": _code,
}


def standardise(contract: Contract) -> Callable[[DataFrame], DataFrame]:
    """Add the contract's landed and derived columns to rows that carry `received: struct<source fields>`.

    In: any columns and `received`, one row for each line. Out: the same rows with the columns of the contract that are read or derived (not those that a
    reference gives), and `record_version`.
    """

    def step(rows: DataFrame) -> DataFrame:
        typed = rows.withColumns({column.name: parsed(column) for column in contract.landed if column.handling != "drop"})
        derived = {column.name: F.expr(column.transform) for column in contract.columns if column.transform}
        for name, expression in derived.items():
            typed = typed.withColumn(name, expression)
        return typed.withColumn("record_version", F.col(str(contract.version)))

    return step


def row_hash(contract: Contract) -> Column:
    """First 32 hex digits of SHA-256 over the standardised landed fields, in the contract's order; times as microseconds."""
    parts = [
        F.coalesce(
            F.unix_micros(F.col(column.name)).cast("string") if column.type == "timestamp" else F.col(column.name).cast("string"),
            F.lit(_NULL_MARK),
        )
        for column in contract.landed
        if column.handling != "drop"
    ]
    return F.substring(F.sha2(F.concat_ws(KEY_SEPARATOR, *parts), 256), 1, 32)


def record_key(columns: tuple[str, ...]) -> Column:
    """The key's parts joined by U+001F; NULL where a part is missing."""
    parts = [F.col(name).cast("string") for name in columns]
    complete = parts[0].isNotNull()
    for part in parts[1:]:
        complete = complete & part.isNotNull()
    return F.when(complete, F.concat_ws(KEY_SEPARATOR, *parts))
