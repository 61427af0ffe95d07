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
from warehouse_schema.received import BOOLEANS, RECEIVED, WHITE_SPACE, matches, trimmed, without_look_alikes

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
_WRITTEN_DAY = "(0?[1-9]|[12][0-9]|3[01])[/.-](0?[1-9]|1[0-2])[/.-](19|20)[0-9]{2}"
"""As people in Vietnam write a day: 31/12/2024."""
_WRITTEN_TIME = "(0?[0-9]|1[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?"
_WRITTEN_INSTANT = f"({_WRITTEN_DAY}( {_WRITTEN_TIME})?|{_WRITTEN_TIME} {_WRITTEN_DAY})"
_WRITTEN_MONTH = "([Tt]háng |[Tt])?(0?[1-9]|1[0-2])[/.-](19|20)[0-9]{2}"
_WRITTEN_MIDNIGHT = f"{_WRITTEN_DAY}( 0?0:00(:00)?)?"
_SERIAL = "[1-6][0-9]{4}|7[0-2][0-9]{3}|730[0-4][0-9]|73050"
"""A day as a spreadsheet program counts it, from 1927 to 2099, where a cell is not formatted as a day."""
_SERIAL_DAY = f"({_SERIAL})([.]0+)?"
_SERIAL_DAY_0, _UNIX_SERIAL = "DATE'1899-12-30'", 25569
_A_YEAR_AS_DAY = "^190[59]([/.-]|[0-9]{4}([Tt ]|$))|^([0-9]{1,2}:[0-9]{2}(:[0-9]{2})? )?[0-9]{1,2}[/.-][0-9]{1,2}[/.-]190[59]($|[Tt ])"
"""Days of 1905 and 1909: who types 2024 into a cell that is formatted as a day gets 16/07/1905, or 17/07/1909 where days count from 1904. No sheet has a fact
of these years."""
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
    if column.locale == "vi":
        text = without_look_alikes(text)
    if column.pad is not None:
        return _padded(text, column.pad)
    if column.pad_by_level:
        # The words of the column `level`, which its own contract lists: of each level several, in both languages.
        words = column.level_words.items()
        cases = " ".join(f"WHEN {literal(word)} THEN {_padded(text, _UNIT_CODE_LENGTH[level])}" for word, level in words)
        return f"CASE lower(trim(BOTH {literal(WHITE_SPACE)} FROM {RECEIVED}.`level`)) {cases} ELSE {text} END"
    return text


def _padded(text: str, length: int) -> str:
    # A spreadsheet eats leading zeros: 4 in a column of five digits is 00004.
    return f"CASE WHEN {matches(text, f'[0-9]{{1,{length}}}')} THEN lpad({text}, {length}, '0') ELSE {text} END"


def organ_code(text: str) -> str:
    """An organisation's code as the registry spells it. Written so that Spark, Sail and DuckDB all take it."""
    return f"upper(translate({text}, {literal(WHITE_SPACE)}, ''))"


def _timestamp(text: str, column: Column) -> str:
    written = ""
    if column.locale == "vi":
        time = f"regexp_extract({text}, '([0-9]{{1,2}}:[0-9:]+)', 1)"
        time = f"rpad(CASE WHEN {time} LIKE '_:%' THEN concat('0', {time}) WHEN {time} = '' THEN '00:00' ELSE {time} END, 8, ':00')"
        moment = f"concat({_written_day(text)}, ' ', {time}, '+07:00')"
        # To the second: what is finer in such a number is the noise of its binary fraction.
        seconds = f"CAST(round((try_cast({text} AS DOUBLE) - {_UNIX_SERIAL}) * 86400) AS BIGINT) - 25200"
        written = (
            f" WHEN {matches(text, _WRITTEN_INSTANT)} THEN try_cast({moment} AS TIMESTAMP)"
            f" WHEN {matches(text, f'({_SERIAL})([.][0-9]+)?')} THEN CAST({seconds} AS TIMESTAMP)"
        )
    return (
        f"CASE{_no_year(text, column)} WHEN {matches(text, _PLAIN_INSTANT)} THEN try_cast({text} AS TIMESTAMP)"
        f" WHEN {matches(text, _PLAIN_LOCAL)} THEN try_cast(concat({text}, '+07:00') AS TIMESTAMP)"
        f" WHEN {matches(text, INSTANT)} THEN {_instant(text)}{written} END"
    )


def _written_day(text: str) -> str:
    """The day of the form 31/12/2024 or 1.2.2024 that stands in a text, as ISO 8601 writes it."""
    day, month, year = (f"regexp_extract({text}, '([0-9]+)[/.-]([0-9]+)[/.-]([0-9]{{4}})', {group})" for group in (1, 2, 3))
    return f"concat({year}, '-', lpad({month}, 2, '0'), '-', lpad({day}, 2, '0'))"


def _no_year(text: str, column: Column) -> str:
    """The first branch of a day or time that a person wrote: what is a year to him is no day."""
    return f" WHEN {text} RLIKE {literal(_A_YEAR_AS_DAY)} THEN NULL" if column.locale == "vi" else ""


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


def _date(text: str, column: Column) -> str:
    written = ""
    if column.locale == "vi":
        written = (
            f"{_no_year(text, column)} WHEN {matches(text, _WRITTEN_MIDNIGHT)} THEN try_cast({_written_day(text)} AS DATE)"
            f" WHEN {matches(text, _SERIAL_DAY)} THEN date_add({_SERIAL_DAY_0}, CAST(substring({text}, 1, 5) AS INT))"
        )
    digits = f"translate(substring({text}, 1, 10), '-', '')"
    day = f"concat(substring({digits}, 1, 4), '-', substring({digits}, 5, 2), '-', substring({digits}, 7, 2))"
    iso = f"CASE WHEN {matches(text, DAY)} THEN {text} WHEN {matches(text, f'({DAY}|{COMPACT_DAY}){_MIDNIGHT}')} THEN {day} END"
    return f"CASE{written} ELSE try_cast({iso} AS DATE) END" if written else f"try_cast({iso} AS DATE)"


def _month(text: str, column: Column) -> str:
    digits = f"translate(substring({text}, 1, 10), '-', '')"
    form = f"{YEAR}-[0-9]{{2}}|({YEAR}-[0-9]{{2}}-01|{YEAR}[0-9]{{2}}01){_MIDNIGHT}"
    first = f"concat(substring({digits}, 1, 4), '-', substring({digits}, 5, 2), '-01')"
    iso = f"try_cast(CASE WHEN {matches(text, form)} THEN {first} END AS DATE)"
    if column.locale != "vi":
        return iso
    month, year = (f"regexp_extract({text}, '([0-9]+)[/.-]([0-9]{{4}})$', {group})" for group in (1, 2))
    written = f"try_cast(concat({year}, '-', lpad({month}, 2, '0'), '-01') AS DATE)"
    day = _date(text, column)
    is_day = f"{matches(text, _WRITTEN_MIDNIGHT)} OR {matches(text, _SERIAL_DAY)}"
    return f"CASE WHEN {matches(text, _WRITTEN_MONTH)} THEN {written} WHEN {is_day} THEN CASE WHEN day({day}) = 1 THEN {day} END ELSE {iso} END"


def _boolean(text: str, column: Column) -> str:
    yes, no = (", ".join(map(literal, words)) for words in BOOLEANS[column.locale])
    folded = _folded(text, column)
    return f"CASE WHEN {folded} IN ({yes}) THEN true WHEN {folded} IN ({no}) THEN false END"


def _number(text: str, column: Column) -> str:
    return f"try_cast({plain_number(text, column)} AS {sql_type(column.type)})"


def _values(text: str, column: Column) -> str:
    cases = " ".join(f"WHEN {literal(sent)} THEN {literal(named)}" for sent, named in column.values.items())
    return f"CASE {_folded(text, column)} {cases} END"


def _folded(text: str, column: Column) -> str:
    """A word without regard to case and, where a person wrote it, the number of spaces."""
    return f"lower({_text(text, column) if column.locale == 'vi' else text})"


_PARSERS: dict[str, Callable[[str, Column], str]] = {
    "text": _text,
    "code": _code,
    "organ_code": lambda text, column: organ_code(without_look_alikes(text) if column.locale == "vi" else text),
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
