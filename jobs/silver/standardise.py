"""Standardisation: the fields of a record as received (strings) to typed, named columns, as the contract says.

Every rule is a SQL expression, written as text: one pass over the rows evaluates all of them, a native engine understands them, and a plan of hundreds of
expressions is made by a handful of calls to the engine instead of thousands.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from warehouse_schema.ddl import literal, sql_type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pyspark.sql import DataFrame

    from warehouse_schema.contracts import Column, Contract

RECEIVED = "received"
_KEY_SEPARATOR = literal("\x1f")
_NULL_MARK = literal("\x00")
_WHITE_SPACE = "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
"""What Python takes for white space. Spelt out, since engines differ in what `\\s` and `trim` mean, and in whether `$` stands before a last line feed."""
_ODD_SPACE = _WHITE_SPACE.replace(" ", "")
_VIETNAM_OFFSET = "+07:00"
_YEAR = "(19|20)[0-9]{2}"
"""Other years are mistakes: 0001 is what some systems send for no date at all."""
_DATE = f"{_YEAR}-[0-9]{{2}}-[0-9]{{2}}"
_MINUTE = "[0-9]{2}:[0-9]{2}"
_TIME = f"{_MINUTE}:[0-9]{{2}}([.][0-9]{{1,6}})?"
_ZONE = "(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])"
_UNIT_CODE_LENGTH = {"province": 2, "district": 3, "commune": 5}


def trimmed(column: Column) -> str:
    """The field as received, without white space around it; it can be empty."""
    return f"trim(BOTH {literal(_WHITE_SPACE)} FROM {RECEIVED}.`{column.source}`)"


def is_sent(column: Column) -> str:
    """Whether the field holds anything but white space; never NULL."""
    return f"coalesce({trimmed(column)}, '') <> ''"


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
        return f"CASE lower(trim(BOTH {literal(_WHITE_SPACE)} FROM {RECEIVED}.`level`)) {cases} ELSE {text} END"
    return text


def _padded(text: str, length: int) -> str:
    # A spreadsheet eats leading zeros: 4 in a column of five digits is 00004.
    return f"CASE WHEN {_matches(text, f'[0-9]{{1,{length}}}')} THEN lpad({text}, {length}, '0') ELSE {text} END"


def organ_code(text: str) -> str:
    """An organisation's code as the registry spells it. Written so that Spark, Sail and DuckDB all take it."""
    return f"upper(translate({text}, {literal(_WHITE_SPACE)}, ''))"


def _timestamp(text: str, _: Column) -> str:
    zone = f"CASE WHEN length({text}) = 16 THEN '{_VIETNAM_OFFSET}' ELSE substring({text}, 17) END"
    return (
        f"try_cast(CASE WHEN {_matches(text, f'{_DATE}[T ]{_TIME}{_ZONE}')} THEN {text}"
        f" WHEN {_matches(text, f'{_DATE}[T ]{_TIME}')} THEN concat({text}, '{_VIETNAM_OFFSET}')"
        f" WHEN {_matches(text, _DATE)} THEN concat({text}, 'T00:00:00{_VIETNAM_OFFSET}')"
        # Not every engine reads a time without seconds.
        f" WHEN {_matches(text, f'{_DATE}[T ]{_MINUTE}{_ZONE}?')} THEN concat(substring({text}, 1, 16), ':00', {zone}) END AS TIMESTAMP)"
    )


def _compact_timestamp(text: str, _: Column) -> str:
    # '20250218164000' -> '2025-02-18T16:40:00'
    parts = ", ".join(
        f"substring({text}, {start}, 2), '{mark}'" for start, mark in ((5, "-"), (7, "T"), (9, ":"), (11, ":"), (13, _VIETNAM_OFFSET))
    )
    return (
        f"try_cast(CASE WHEN {_matches(text, f'{_YEAR}[0-9]{{10}}')} THEN concat(substring({text}, 1, 4), '-', {parts}) END AS TIMESTAMP)"
    )


def _date(text: str, _: Column) -> str:
    return f"try_cast(CASE WHEN {_matches(text, f'{_DATE}([T ]00:00:00)?')} THEN substring({text}, 1, 10) END AS DATE)"


def _month(text: str, _: Column) -> str:
    form = f"{_YEAR}-[0-9]{{2}}(-01([T ]00:00:00)?)?"
    return f"try_cast(CASE WHEN {_matches(text, form)} THEN concat(substring({text}, 1, 7), '-01') END AS DATE)"


def _boolean(text: str, _: Column) -> str:
    return f"CASE WHEN lower({text}) IN ('true', '1') THEN true WHEN lower({text}) IN ('false', '0') THEN false END"


def _integer(text: str, column: Column) -> str:
    whole = f"substring_index({text}, '.', 1)"
    return f"try_cast(CASE WHEN {_matches(text, '[+-]?[0-9]{1,18}([.]0+)?')} THEN {whole} END AS {sql_type(column.type)})"


def _decimal(text: str, _: Column) -> str:
    return f"try_cast(CASE WHEN {_matches(text, '[+-]?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]{1,3})?')} THEN {text} END AS DOUBLE)"


def _values(text: str, column: Column) -> str:
    cases = " ".join(f"WHEN {literal(sent)} THEN {literal(named)}" for sent, named in column.values.items())
    return f"CASE lower({text}) {cases} END"


def _matches(text: str, form: str) -> str:
    return f"{text} RLIKE {literal(f'^{form}$')}"


_PARSERS: dict[str, Callable[[str, Column], str]] = {
    "text": _text,
    "code": _code,
    "organ_code": lambda text, _: organ_code(text),
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


def record_key(columns: Sequence[str]) -> str:
    """The key's parts joined by U+001F; NULL where a part is missing. Written so that Spark and DuckDB both take it."""
    return f" || {_KEY_SEPARATOR} || ".join(f"CAST({name} AS STRING)" for name in columns)
