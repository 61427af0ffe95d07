"""Standardisation: the fields of a record as received (strings) to typed, named columns, as the contract says.

Every rule is a SQL expression, written as text: one pass over the rows evaluates all of them, a native engine understands them, and a plan of hundreds of
expressions is made by a handful of calls to the engine instead of thousands.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from warehouse_schema.ddl import literal, sql_type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pyspark.sql import DataFrame

    from warehouse_schema.contracts import Column, Contract

RECEIVED = "received"
_KEY_SEPARATOR = literal("\x1f")
_NULL_MARK = literal("\x00")
_SPACES = literal(r"\s+")
_VIETNAM_OFFSET = "+07:00"
_YEAR = "(19|20)[0-9]{2}"
"""Other years are mistakes: 0001 is what some systems send for no date at all."""
_DATE = f"{_YEAR}-[0-9]{{2}}-[0-9]{{2}}"
_TIME = r"[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?"
_ZONE = r"(Z|[+-][0-9]{2}:[0-9]{2})"
_UNIT_CODE_LENGTH = {"province": 2, "district": 3, "commune": 5}


def received(column: Column) -> str:
    """The field as received, trimmed; an empty text is no value."""
    return f"nullif(trim({RECEIVED}.`{column.source}`), '')"


def parsed(column: Column) -> str:
    """The field in the column's type; NULL where it is absent or cannot be read."""
    text = received(column)
    value = _PARSERS[column.parse](text, column)
    if column.default is not None:
        value = f"CASE WHEN {text} IS NULL THEN {literal(str(column.default))} ELSE {value} END"
    return f"CAST({value} AS {sql_type(column.type)})"


def _text(text: str, _: Column) -> str:
    return f"regexp_replace({text}, {_SPACES}, ' ')"


def _code(text: str, column: Column) -> str:
    if column.pad is not None:
        return _padded(text, column.pad)
    if column.pad_by_level:
        cases = " ".join(f"WHEN {literal(level)} THEN {_padded(text, length)}" for level, length in _UNIT_CODE_LENGTH.items())
        return f"CASE lower(trim({RECEIVED}.`level`)) {cases} ELSE {text} END"
    return text


def _padded(text: str, length: int) -> str:
    # A spreadsheet eats leading zeros: 4 in a column of five digits is 00004.
    return f"CASE WHEN {_matches(text, f'[0-9]{{1,{length}}}')} THEN lpad({text}, {length}, '0') ELSE {text} END"


def _organ_code(text: str, _: Column) -> str:
    return f"upper(regexp_replace({text}, {_SPACES}, ''))"


def _timestamp(text: str, _: Column) -> str:
    return (
        f"try_cast(CASE WHEN {_matches(text, f'{_DATE}[T ]{_TIME}{_ZONE}')} THEN {text}"
        f" WHEN {_matches(text, f'{_DATE}[T ]{_TIME}')} THEN concat({text}, '{_VIETNAM_OFFSET}')"
        f" WHEN {_matches(text, _DATE)} THEN concat({text}, 'T00:00:00{_VIETNAM_OFFSET}') END AS TIMESTAMP)"
    )


def _compact_timestamp(text: str, _: Column) -> str:
    # '20250218164000' -> '2025-02-18T16:40:00'
    groups = "([0-9]{4})" + "([0-9]{2})" * 5
    iso = f"regexp_replace({text}, {literal(groups)}, {literal(f'$1-$2-$3T$4:$5:$6{_VIETNAM_OFFSET}')})"
    return f"try_cast(CASE WHEN {_matches(text, f'{_YEAR}[0-9]{{10}}')} THEN {iso} END AS TIMESTAMP)"


def _date(text: str, _: Column) -> str:
    return f"try_cast(CASE WHEN {_matches(text, f'{_DATE}([T ]00:00:00)?')} THEN substring({text}, 1, 10) END AS DATE)"


def _month(text: str, _: Column) -> str:
    form = f"{_YEAR}-[0-9]{{2}}(-01([T ]00:00:00)?)?"
    return f"try_cast(CASE WHEN {_matches(text, form)} THEN concat(substring({text}, 1, 7), '-01') END AS DATE)"


def _boolean(text: str, _: Column) -> str:
    return f"CASE WHEN lower({text}) IN ('true', '1') THEN true WHEN lower({text}) IN ('false', '0') THEN false END"


def _integer(text: str, _: Column) -> str:
    whole = f"regexp_replace({text}, '[.].*$', '')"
    return f"try_cast(CASE WHEN {_matches(text, '[+-]?[0-9]{1,18}([.]0+)?')} THEN {whole} END AS BIGINT)"


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


def with_columns(expressions: Mapping[str, str]) -> Callable[[DataFrame], DataFrame]:
    """The step that adds columns, or replaces those of the same name, each by its SQL."""

    def step(rows: DataFrame) -> DataFrame:
        added = [f"{expression} AS `{name}`" for name, expression in expressions.items()]
        return rows.selectExpr(*[f"`{name}`" for name in rows.columns if name not in expressions], *added)

    return step


def standardise(contract: Contract) -> Callable[[DataFrame], DataFrame]:
    """Add the contract's landed and derived columns to rows that carry `received: struct<source fields>`.

    In: any columns and `received`, one row for each line. Out: the same rows with the columns of the contract that are read or derived (not those that a
    reference gives).
    """
    typed = {column.name: parsed(column) for column in contract.landed if column.handling != "drop"}

    def step(rows: DataFrame) -> DataFrame:
        for expressions in (typed, *_derived(contract)):
            rows = rows.transform(with_columns(expressions))
        return rows

    return step


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
    """First 32 hex digits of SHA-256 over the standardised landed fields, in the contract's order; times as microseconds."""
    texts = [
        f"CAST(unix_micros(`{column.name}`) AS STRING)" if column.type == "timestamp" else f"CAST(`{column.name}` AS STRING)"
        for column in contract.landed
        if column.handling != "drop"
    ]
    parts = ", ".join(f"coalesce({text}, {_NULL_MARK})" for text in texts)
    return f"substring(sha2(concat_ws({_KEY_SEPARATOR}, {parts}), 256), 1, 32)"


def record_key(columns: Sequence[str]) -> str:
    """The key's parts joined by U+001F; NULL where a part is missing. Written so that Spark and DuckDB both take it."""
    return f" || {_KEY_SEPARATOR} || ".join(f"CAST({name} AS STRING)" for name in columns)
