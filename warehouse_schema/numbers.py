"""How numbers are written: the forms that a column of numbers takes, by its contract's `locale`.

`json`: as JSON writes them: `1.000` is 1. `vi`: as people in Vietnam write them in sheets: `1.000` is 1000 in a column of whole numbers, and 1 in one of
fractions; what could be two numbers is rejected, never guessed. Regular expressions that Java, Rust and Python read alike.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from warehouse_schema.ddl import literal
from warehouse_schema.received import matches

if TYPE_CHECKING:
    from warehouse_schema.contracts import Column

GROUPING_SPACES = " \u00a0\u2009\u202f"
"""Spaces that stand between thousands: the plain, the non-breaking, the thin and the narrow non-breaking one."""
_SIGN = "[+-]?"
_FIRST = "[1-9][0-9]{0,2}"
"""The digits before the first group of three. Not 0: `0.500` is a half."""
_SPACED = f"{_FIRST}([{GROUPING_SPACES}][0-9]{{3}})+"
_GROUPED_BY_DOTS = f"{_SIGN}({_FIRST}([.][0-9]{{3}})+,[0-9]+|{_FIRST}([.][0-9]{{3}}){{2,}})"
_GROUPED_BY_COMMAS = f"{_SIGN}({_FIRST}(,[0-9]{{3}})+[.][0-9]+|{_FIRST}(,[0-9]{{3}}){{2,}})"
NUMBER_FORMS = {
    ("integer", "json"): f"{_SIGN}[0-9]+([.]0+)?",
    ("decimal", "json"): f"{_SIGN}[0-9]+([.][0-9]+)?([eE][+-]?[0-9]{{1,3}})?",
    ("integer", "vi"): f"{_SIGN}(([0-9]+|{_SPACED})([.,]0{{1,2}})?|{_FIRST}([.][0-9]{{3}})+(,0{{1,2}})?)",
    ("decimal", "vi"): f"{_SIGN}([0-9]+|{_SPACED})([.,][0-9]+)?|{_GROUPED_BY_DOTS}|{_GROUPED_BY_COMMAS}",
}
EXPECTED_NUMBERS = {
    ("integer", "json"): "a whole number",
    ("decimal", "json"): "a number with a decimal point",
    ("integer", "vi"): "a whole number as 1250, 1.250 or 1250,00",
    ("decimal", "vi"): "a number as 1250,5, 1250.5 or 1.250,5",
}
"""What a person is asked for, by parser and locale."""


GREATEST = 10.0**15
"""What bounds a number whose contract says nothing: a thousand million millions, more than the đồng of all provinces' budgets together. Sums stay exact."""


def bounds(column: Column) -> tuple[float, float]:
    """The least and the greatest value of a column of numbers."""
    least, greatest = column.minimum, column.maximum
    return (-GREATEST if least is None else least, GREATEST if greatest is None else greatest)


def number_text(number: float) -> str:
    """A bound as SQL and people read it: without an exponent, and without a fraction where there is none."""
    return str(int(number)) if float(number).is_integer() else format(Decimal(repr(number)), "f")


def is_number(text: str, column: Column) -> str:
    """Whether a text is written as a number of the column's kind, however great; its percent sign is none of it."""
    return matches(_without_percent(text, column), NUMBER_FORMS[column.parse, column.locale])


def plain_number(text: str, column: Column) -> str:
    """The text of a number of the column's form as SQL casts it: digits, and a point before a fraction; NULL where it has another form."""
    bare = _without_percent(text, column)
    form = NUMBER_FORMS[column.parse, column.locale]
    if column.locale == "json":
        whole = f"substring_index({bare}, '.', 1)" if column.parse == "integer" else bare
        return f"CASE WHEN {matches(bare, form)} THEN {whole} END"
    # The bare digits first: they are nearly all.
    plain = f"CASE WHEN {matches(bare, f'{_SIGN}[0-9]+')} THEN {bare}"
    if column.parse == "integer":
        unmarked = f"regexp_replace({bare}, '[.,]0{{1,2}}$', '')"
        return f"{plain} WHEN {matches(bare, form)} THEN translate({unmarked}, {literal(f'.{GROUPING_SPACES}')}, '') END"
    return (
        f"{plain} WHEN {matches(bare, _GROUPED_BY_DOTS)} THEN translate({bare}, ',.', '.')"
        f" WHEN {matches(bare, _GROUPED_BY_COMMAS)} THEN translate({bare}, ',', '')"
        f" WHEN {matches(bare, form)} THEN translate({bare}, {literal(f',{GROUPING_SPACES}')}, '.') END"
    )


def _without_percent(text: str, column: Column) -> str:
    return f"regexp_replace({text}, {literal(f'[{GROUPING_SPACES}]?%$')}, '')" if column.percent else text
