"""Standardisation: the fields of a record as received (strings) to typed, named columns, as the contract says.

Every rule is a SQL expression, written as text: one pass over the rows evaluates all of them, a native engine understands them, and a plan of hundreds of
expressions is made by a handful of calls to the engine instead of thousands.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from jobs.vietnam import COMPACT_DAY, DAY, INSTANT, INSTANT_PARTS, INSTANT_WITH_TIME, YEAR
from warehouse_schema.ddl import literal, sql_type
from warehouse_schema.numbers import plain_number
from warehouse_schema.received import RECEIVED, WHITE_SPACE, matches, trimmed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pyspark.sql import DataFrame

    from warehouse_schema.contracts import Column, Contract

__all__ = ["RECEIVED", "organ_code", "record_key", "record_withdrawn", "row_hash", "standardise", "with_columns"]

_KEY_SEPARATOR = literal("\x1f")
_NULL_MARK = literal("\x00")
_ODD_SPACE = WHITE_SPACE.replace(" ", "")
_SECONDS = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_PLAIN_LOCAL = f"{DAY}[T ]{_SECONDS}([.][0-9]{{1,6}})?"
_PLAIN_INSTANT = f"{_PLAIN_LOCAL}(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])"
"""What both engines cast as it is."""
_PLAIN_COMPACT = f"{YEAR}[0-9]{{4}}{_SECONDS.replace(':', '')}"
_MIDNIGHT = "([Tt ]?00:?00(:?00([.,]0{1,9})?)?([+]07(:?00)?)?)?"
_UNIT_CODE_LENGTH = {"province": 2, "district": 3, "commune": 5}


def parsed(column: Column) -> str:
    """The column's text, trimmed, in the column's type; NULL where it is empty or cannot be read."""
    text = f"nullif(`{column.name}`, '')"
    value = f"CAST({_PARSERS[column.parse](text, column)} AS {sql_type(column.type)})"
    if column.default is None:
        return value
    # Both branches have the type: a native engine does not make one of a text and a boolean.
    return f"CASE WHEN {text} IS NULL THEN CAST({literal(str(column.default))} AS {sql_type(column.type)}) ELSE {value} END"


def _text(text: str, _: Column) -> str:
    # Java takes twice as long for a class of all of them.
    spaces = f"translate({text}, {literal(_ODD_SPACE)}, {literal(' ' * len(_ODD_SPACE))})"
    return f"regexp_replace({spaces}, ' {{2,}}', ' ')"


def _code(text: str, column: Column) -> str:
    if column.pad is not None:
        return _padded(text, column.pad)
    if column.pad_by_level:
        cases = " ".join(f"WHEN {literal(level)} THEN {_padded(text, length)}" for level, length in _UNIT_CODE_LENGTH.items())
        return f"CASE lower(trim(BOTH {literal(WHITE_SPACE)} FROM {RECEIVED}.`level`)) {cases} ELSE {text} END"
    return text


def _padded(text: str, length: int) -> str:
    # A spreadsheet eats leading zeros: 4 in a column of five digits is 00004.
    return f"CASE WHEN {matches(text, f'[0-9]{{1,{length}}}')} THEN lpad({text}, {length}, '0') ELSE {text} END"


def organ_code(text: str) -> str:
    """An organisation's code as the registry spells it. Written so that Spark, Sail and DuckDB all take it."""
    return f"upper(translate({text}, {literal(WHITE_SPACE)}, ''))"


def _timestamp(text: str, _: Column) -> str:
    return (
        f"CASE WHEN {matches(text, _PLAIN_INSTANT)} THEN try_cast({text} AS TIMESTAMP)"
        f" WHEN {matches(text, _PLAIN_LOCAL)} THEN try_cast(concat({text}, '+07:00') AS TIMESTAMP)"
        f" WHEN {matches(text, INSTANT)} THEN {_instant(text)} END"
    )


def _compact_timestamp(text: str, _: Column) -> str:
    # Read as UTC, the zone of every session, and moved: the parser of a whole text takes twenty times as long.
    compact = f"try_to_timestamp({text}, 'yyyyMMddHHmmss') - INTERVAL '7' HOUR"
    return f"CASE WHEN {matches(text, _PLAIN_COMPACT)} THEN {compact} WHEN {matches(text, INSTANT_WITH_TIME)} THEN {_instant(text)} END"


def _instant(text: str) -> str:
    """A text of the form INSTANT, spelt so that both engines cast it; as `jobs.vietnam.parse_instant` reads it."""
    day, time, fraction, zone = (f"regexp_extract({text}, {literal(INSTANT_PARTS)}, {group})" for group in (1, 2, 3, 4))
    day, time = f"translate({day}, '-', '')", f"rpad(translate({time}, ':', ''), 6, '0')"
    fraction, zone = f"rpad({fraction}, 6, '0')", f"translate(upper({zone}), ':', '')"
    ends = f"CASE WHEN {time} = '240000' AND {fraction} = '000000' THEN 24 WHEN {time} LIKE '__5960' THEN 60 ELSE 0 END"
    hour = f"CASE {ends} WHEN 24 THEN '00' ELSE substring({time}, 1, 2) END"
    second = f"CASE {ends} WHEN 60 THEN '59' ELSE substring({time}, 5, 2) END"
    offset = f"CASE {zone} WHEN '' THEN '+07:00' WHEN 'Z' THEN 'Z' ELSE concat(substring({zone}, 1, 3), ':', rpad(substring({zone}, 4, 2), 2, '0')) END"
    days = f"substring({day}, 1, 4), '-', substring({day}, 5, 2), '-', substring({day}, 7, 2)"
    spelt = f"concat({days}, 'T', {hour}, ':', substring({time}, 3, 2), ':', {second}, '.', {fraction}, {offset})"
    more = f"CASE {ends} WHEN 24 THEN INTERVAL '86400' SECOND WHEN 60 THEN INTERVAL '1' SECOND ELSE INTERVAL '0' SECOND END"
    return f"try_cast({spelt} AS TIMESTAMP) + {more}"


def _date(text: str, _: Column) -> str:
    digits = f"translate(substring({text}, 1, 10), '-', '')"
    day = f"concat(substring({digits}, 1, 4), '-', substring({digits}, 5, 2), '-', substring({digits}, 7, 2))"
    return f"try_cast(CASE WHEN {matches(text, DAY)} THEN {text} WHEN {matches(text, f'({DAY}|{COMPACT_DAY}){_MIDNIGHT}')} THEN {day} END AS DATE)"


def _month(text: str, _: Column) -> str:
    digits = f"translate(substring({text}, 1, 10), '-', '')"
    form = f"{YEAR}-[0-9]{{2}}|({YEAR}-[0-9]{{2}}-01|{YEAR}[0-9]{{2}}01){_MIDNIGHT}"
    return f"try_cast(CASE WHEN {matches(text, form)} THEN concat(substring({digits}, 1, 4), '-', substring({digits}, 5, 2), '-01') END AS DATE)"


def _boolean(text: str, _: Column) -> str:
    return f"CASE WHEN lower({text}) IN ('true', '1') THEN true WHEN lower({text}) IN ('false', '0') THEN false END"


def _number(text: str, column: Column) -> str:
    return f"try_cast({plain_number(text, column)} AS {sql_type(column.type)})"


def _values(text: str, column: Column) -> str:
    cases = " ".join(f"WHEN {literal(sent)} THEN {literal(named)}" for sent, named in column.values.items())
    return f"CASE lower({text}) {cases} END"


_PARSERS: dict[str, Callable[[str, Column], str]] = {
    "text": _text,
    "code": _code,
    "organ_code": lambda text, _: organ_code(text),
    "timestamp": _timestamp,
    "compact_timestamp": _compact_timestamp,
    "date": _date,
    "month": _month,
    "boolean": _boolean,
    "integer": _number,
    "decimal": _number,
    "values": _values,
    "token": _code,
}


def with_columns(added: Mapping[str, str]) -> Callable[[DataFrame], DataFrame]:
    """The step that adds columns, or replaces those of the same name, each by its SQL."""

    def step(rows: DataFrame) -> DataFrame:
        # Not by `rows.columns`: over Spark Connect that is a question to the server each time, which analyses all steps so far for it.
        return rows.withColumns({name: F.expr(expression) for name, expression in added.items()}) if added else rows

    return step


def standardise(contract: Contract) -> Callable[[DataFrame], DataFrame]:
    """Add the contract's landed and derived columns to rows that carry `received: struct<source fields>`.

    In: any columns and `received`, one row for each line. Out: the same rows with the columns of the contract that are read or derived (not those that a
    reference gives).
    """

    def step(rows: DataFrame) -> DataFrame:
        for added in expressions(contract):
            rows = rows.transform(with_columns(added))
        return rows

    return step


def expressions(contract: Contract) -> list[dict[str, str]]:
    """The SQL of the columns that are read or derived, in steps: each may use the columns of the steps before it."""
    landed = [column for column in contract.landed if column.handling != "drop"]
    # A step of their own: an expression names its text up to ten times, and Spark would trim it each time.
    texts = {column.name: trimmed(column) for column in landed}
    return [texts, {column.name: parsed(column) for column in landed}, *_derived(contract)]


def _derived(contract: Contract) -> list[dict[str, str]]:
    """The derived columns in as few steps as can be: each after those that it is made of. A step copies every column of every row."""
    steps: list[dict[str, str]] = []
    for column in contract.columns:
        if column.transform:
            words = set(re.findall(r"\w+", column.transform))
            after = max((number for number, step in enumerate(steps, 1) if not words.isdisjoint(step)), default=0)
            if after == len(steps):
                steps.append({})
            steps[after][column.name] = column.transform
    return steps


def row_hash(contract: Contract) -> str:
    """First 32 hex digits of SHA-256 over the standardised landed fields, in the contract's order.

    Every engine must spell them alike: times as microseconds; fractions as billionths, by operations that IEEE 754 fixes, great ones without a fraction.
    """
    billionths = "CASE WHEN abs({0}) < 1e9D THEN floor({0} * 1e9D + 0.5D) WHEN abs({0}) < 1e18D THEN try_cast({0} AS BIGINT) END"
    spelt = {"timestamp": "unix_micros({0})", "double": billionths}
    texts = [
        f"CAST({spelt.get(column.type, '{0}').format(f'`{column.name}`')} AS STRING)"
        for column in contract.landed
        if column.handling != "drop"
    ]
    parts = ", ".join(f"coalesce({text}, {_NULL_MARK})" for text in texts)
    return f"substring(sha2(concat_ws({_KEY_SEPARATOR}, {parts}), 256), 1, 32)"


def record_withdrawn(contract: Contract) -> str:
    """Whether a row of the contract's columns takes its record back; never NULL."""
    return f"coalesce({contract.withdrawn}, false)" if contract.withdrawn else "false"


def record_key(columns: Sequence[str]) -> str:
    """The key's parts joined by U+001F; NULL where a part is missing. Written so that Spark and DuckDB both take it."""
    return f" || {_KEY_SEPARATOR} || ".join(f"CAST({name} AS STRING)" for name in columns)
