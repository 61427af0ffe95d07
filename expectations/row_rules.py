"""Row rules as SQL: what the contract asks of one row, evaluated in the pass that writes it.

In that pass a row's errors are the names of the rules that it breaks; a row with none is valid. What a rule's name stands for is looked up for the rows that
are put into quarantine: few, where all are judged. Messages say what was expected and never quote a value, since a value in the
wrong field may be a name or an ID number.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from warehouse_schema.ddl import literal
from warehouse_schema.numbers import EXPECTED_NUMBERS, bounds, is_number, number_text
from warehouse_schema.received import FOREIGN_LETTER, LEGACY_TEXT, RECEIVED, UNIT_NAME, is_sent, matches, trimmed
from warehouse_schema.spreadsheet import PERHAPS_LOST, SCIENTIFIC_NOTATION, SPREADSHEET_ERROR

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warehouse_schema.contracts import Column, Contract, SheetReference

NO_RULES = "CAST(NULL AS ARRAY<STRING>)"
"""The reasons of a row that breaks no rule."""

_UNREADABLE = {
    "timestamp": ("invalid_timestamp", "a time as 2025-02-03T08:15:00+07:00 (ISO 8601) or yyyyMMddHHmmss"),
    "compact_timestamp": ("invalid_timestamp", "a day and a time as yyyyMMddHHmmss or 2025-02-03T08:15:00+07:00 (ISO 8601)"),
    "date": ("invalid_date", "a date as yyyy-mm-dd or yyyymmdd, without a time or with midnight"),
    "month": ("invalid_month", "a month as yyyy-mm or its first day as yyyy-mm-dd"),
    "boolean": ("invalid_boolean", "true or false"),
    "integer": ("invalid_integer", ""),
    "decimal": ("invalid_number", ""),
}
"""Code and what was expected, by parser; how a number is written depends on the locale (`EXPECTED_NUMBERS`)."""

_WRITTEN = {
    "timestamp": "a time as 31/12/2024 16:40 or 2025-02-03T08:15:00+07:00",
    "date": "a date as 31/12/2024 or 2024-12-31; a year alone is no day (2024 in a cell for days is 16/07/1905)",
    "month": "a month as 12/2024 or 2024-12",
    "boolean": "x, có, đạt, true or 1; or không, chưa, false or 0",
}
"""What was expected of a sheet that people fill in, where that is more than of a program."""

_TEXTS = frozenset({"text", "code", "organ_code", "token"})
"""Parsers that leave a text as it is, whatever it holds."""
_CHECKED = {
    "gtin": ("a GTIN of 8, 12, 13 or 14 digits", "[0-9]{8}|[0-9]{12,14}"),
    "gln": ("a GLN of 13 digits", "[0-9]{13}"),
}
"""Numbers of GS1 by the word `check_digit`: what is expected, and its form."""

_VERSION_MARGIN = "INTERVAL '1' DAY"
"""How much later than its receipt a version may be. Clocks differ by minutes, but a sender who takes Vietnam's time for UTC is seven hours ahead, and one who
writes the day alone may write tomorrow's."""

CATALOGUE: dict[str, str] = {
    "missing_value": "A required field is missing or empty.",
    "invalid_timestamp": "A time cannot be read, is not a time that exists, or not one of the years 1900 to 2099.",
    "invalid_date": "A date cannot be read, is not a date that exists, or not one of the years 1900 to 2099.",
    "invalid_month": "A month cannot be read, or is not one of the years 1900 to 2099.",
    "invalid_boolean": "Neither true nor false.",
    "invalid_integer": "Not a whole number.",
    "invalid_number": "Not a number.",
    "invalid_value": "Not one of the values that the contract lists.",
    "spreadsheet_error": "An error value of a spreadsheet program stands where a value was expected.",
    "scientific_notation": "A number in scientific notation, as a spreadsheet program rounds long codes: its last digits are lost.",
    "invalid_check_digit": "The last digit does not follow from the others: a digit is wrong, or two are exchanged.",
    "version_in_future": "The version is later than the record was received by more than a day: it would hide every later correction.",
    "legacy_encoding": "Text in an old encoding (TCVN3, VNI), which reads as other letters in Unicode.",
    "foreign_letter": "A letter of another alphabet (Cyrillic, Chinese, …) in a code, which is not taken for a Latin one; the message names it.",
    "invalid_pattern": "Not of the form that the contract asks for.",
    "out_of_range": "Below the least or above the greatest value allowed.",
    "too_long": "Longer than allowed.",
    "unknown_organisation": "The organisation's code is not in the registry; revalidated when the registry changes.",
    "organisation_not_valid": "The registry knows the organisation, but not as valid on that day; revalidated when the registry changes.",
    "ambiguous_unit": "The administrative unit cannot be decided: for that day, since the code may have lost its leading zeros, since several units have"
    " the name, or since code and name are of two units; revalidated when registry or reference change.",
    "unknown_unit": "The code or name was no administrative unit on the day it was written; the message names its successors, or what the name"
    " may mean.",
    "unknown_reference": "The row names a row of another sheet that is not there, or was deleted; revalidated when that sheet changes.",
    "broken_line": "The line is not a record: not JSON, not an object, or a row with another number of cells. No text of it is kept.",
    "invalid_encoding": "The line is not UTF-8. No text of it is kept.",
    "line_too_long": "The line is longer than NTM_MAX_LINE_BYTES. No text of it is kept.",
    "repeated_name": "A name is given twice in the record, so that nobody can say which value holds: all of it is masked.",
    "nul_character": "The line holds a NUL character. No text of it is kept.",
    "cell_error": "A cell of the workbook's row holds an error of Excel, such as #N/A or #REF!. No text of the row is kept.",
    "formula_without_value": "A cell of the workbook's row holds a formula whose value was not saved. No text of the row is kept.",
    "missing_secrecy_level": "The level of secrecy is missing: nobody can say that the record may be read, so all of it is masked.",
    "unknown_secrecy_level": "The level of secrecy is none that is known: all of the record is masked.",
    "truncated_gzip": "The object ends before its .gz stream does; it is not half loaded.",
    "not_gzip": "The object is named .gz and is not gzip.",
    "corrupt_gzip": "The object's .gz stream cannot be unpacked to its end: its data or its checksum is wrong.",
    "too_large": "The object unpacks to more than a landed object may hold.",
    "not_text": "The object is not UTF-8 text.",
    "unreadable_json": "The object is JSON, but neither one record a line nor a list or a page of records, or it is cut off.",
    "unexpected_columns": "The sheet's columns are not those of the contract.",
    "unreadable_workbook": "The object is named .xlsx and cannot be opened as a workbook.",
    "unreadable_edxml": "The message is no edXML of QCVN 102:2016 that is whole, or has a DTD or entities, which are not read.",
    "not_readable": "The object lies in the landing zone and this user may not read it.",
    "unknown_format": "The object's name says no format that the dataset can have.",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One way for a row to be wrong: `broken` (SQL, never NULL) is true where it is. `rule` names it within its contract.

    `plain` (SQL, never NULL), where there is one, is quick to find out and true only where the row is not wrong in this way.

    `chain`: of the checks that follow each other under one name a row breaks one at most, the first whose `broken` is true; so `broken` need not say again
    that those before it are not. An engine plans each expression many times over: without this, the plan of a load was half rules.
    """

    code: str
    field: str
    message: str
    rule: str
    broken: str
    plain: str | None = None
    chain: str | None = None
    detail: str | None = None


def unknown_reference(reference: SheetReference) -> str:
    """The name of the rule that a row's reference to another sheet is there."""
    return f"{'+'.join(reference.columns)}.unknown_reference"


def column_checks(column: Column, *, or_name: bool = False) -> list[Check]:
    """The checks of one landed column: there, readable, of the form, in the range. `or_name`: a unit's name may stand in the place of its code."""
    sent, value = is_sent(column), f"`{column.name}`"
    name, plain = str(column.source), _is_plainly_right(column)
    text = trimmed(column)
    is_numeric = (column.parse, column.locale) in EXPECTED_NUMBERS
    is_text = column.parse in _TEXTS
    checks = []

    def check(code: str, message: str, broken: str, rule: str | None = None, *, chained: bool = True, detail: str | None = None) -> None:
        chain = column.name if chained else None
        checks.append(Check(code, name, message, f"{column.name}.{rule or code}", f"coalesce({broken}, false)", plain, chain, detail))

    if column.required:
        check("missing_value", f"{name} is required", f"{value} IS NULL AND NOT {sent}")
    elif column.required_when:
        check(
            "missing_value",
            f"{name} is required when {column.required_when}",
            f"{value} IS NULL AND NOT {sent} AND ({column.required_when})",
        )
    if is_numeric:
        least, greatest = map(number_text, bounds(column))
        # A number with more digits than the column's type holds is one all the same, and none of the checks below is asked of what is a number.
        check(
            "out_of_range",
            f"{name}: expected a number from {least} to {greatest}",
            f"coalesce({value} < {least} OR {value} > {greatest}, {is_number(text, column)})",
        )
    # Of what is read as it stands every value is looked at; of the rest only what cannot be read.
    lost = "" if is_text else f"{value} IS NULL AND "
    is_error = f"{text} RLIKE '^[#Ee]' AND {matches(text, SPREADSHEET_ERROR)}"
    is_rounded = matches(text, SCIENTIFIC_NOTATION)
    check("spreadsheet_error", f"{name}: expected a value, not the error value of a spreadsheet program", f"{lost}{is_error}")
    check(
        "scientific_notation",
        f"{name}: expected all digits, not a number that a spreadsheet program has rounded (1.2E+12); its column has to be formatted as text",
        f"{lost}{is_rounded}",
    )
    if column.parse == "values":
        check("invalid_value", f"{name}: expected one of {', '.join(column.values)}", f"{value} IS NULL AND {sent}")
    elif column.parse in _UNREADABLE:
        code, expected = _UNREADABLE[column.parse]
        expected = _WRITTEN.get(column.parse, expected) if column.locale == "vi" else expected
        check(code, f"{name}: expected {expected or EXPECTED_NUMBERS[column.parse, column.locale]}", f"{value} IS NULL AND {sent}")
    # What an error value or a rounded number has lost, its form has lost too. Where the chain has not asked every value for these, the form does.
    whole = is_text and column.default is None
    intact = "" if whole else f" AND NOT {matches(text, SPREADSHEET_ERROR)} AND NOT {is_rounded}"
    if column.locale == "vi" and column.parse == "text":
        expected = f"{name}: expected Unicode; this is TCVN3 (.VnTime) or VNI, to be converted first"
        check("legacy_encoding", expected, f"{text} RLIKE {literal(LEGACY_TEXT)}")
    if _is_code_of_people(column):
        # What looks like a Latin letter was taken for it. What is left may be shown: it is a letter or two of a code.
        letters = f"array_join(array_sort(array_distinct(regexp_extract_all({value}, {literal(FOREIGN_LETTER)}, 0))), ' ')"
        expected = f"{name}: expected Latin letters, digits and signs, and no letter of another alphabet"
        check("foreign_letter", expected, f"{value} RLIKE {literal(FOREIGN_LETTER)}", detail=letters)
    if column.pattern:
        named = f" AND NOT {value} RLIKE {literal(UNIT_NAME)}" if or_name else ""
        check(
            "invalid_pattern", f"{name}: expected the form {column.pattern}", f"NOT {value} RLIKE {literal(column.pattern)}{intact}{named}"
        )
    if column.check_digit:
        kind, form = _CHECKED[column.check_digit]
        # Beside a pattern both forms can be broken.
        one_form = not column.pattern
        intact = intact if one_form else f" AND NOT {matches(text, SPREADSHEET_ERROR)} AND NOT {is_rounded}"
        check("invalid_pattern", f"{name}: expected {kind}", f"NOT {matches(value, form)}{intact}", column.check_digit, chained=one_form)
        broken = _check_digit_broken(value, form)
        check("invalid_check_digit", f"{name}: expected {kind} whose last digit fits the others", broken, chained=False)
    if column.max_length:
        longer = f"length({value}) > {column.max_length}"
        check("too_long", f"{name}: expected at most {column.max_length} characters", longer, chained=False)
    return checks


def _is_plainly_right(column: Column) -> str:
    """Whether a column is right, by what is quick to find out of it; false where it may be wrong. Never NULL."""
    value, received = f"`{column.name}`", f"{RECEIVED}.`{column.source}`"
    if column.parse in _TEXTS:
        conditions = [f"coalesce(NOT {value} RLIKE {literal(PERHAPS_LOST)}, true)"]
    else:
        conditions = [f"({value} IS NOT NULL OR coalesce({received}, '') = '')"]
    if column.required:
        conditions = [f"{value} IS NOT NULL", *(conditions if column.parse in _TEXTS else ())]
    elif column.required_when:
        conditions.append(f"({value} IS NOT NULL OR NOT coalesce({column.required_when}, false))")
    if column.locale == "vi" and column.parse == "text":
        conditions.append(f"coalesce(NOT {value} RLIKE {literal(LEGACY_TEXT)}, true)")
    if _is_code_of_people(column):
        conditions.append(f"coalesce(NOT {value} RLIKE {literal(FOREIGN_LETTER)}, true)")
    if column.pattern:
        conditions.append(f"coalesce({value} RLIKE {literal(column.pattern)}, true)")
    if column.check_digit:
        conditions.append(f"{value} IS NULL")
    if column.max_length:
        conditions.append(f"coalesce(length({value}) <= {column.max_length}, true)")
    if (column.parse, column.locale) in EXPECTED_NUMBERS:
        least, greatest = map(number_text, bounds(column))
        conditions.append(f"coalesce({value} BETWEEN {least} AND {greatest}, true)")
    return " AND ".join(conditions)


def _is_code_of_people(column: Column) -> bool:
    """Whether the column holds codes that people type into a sheet and that may be shown."""
    return column.locale == "vi" and column.parse in ("code", "organ_code") and column.handling == "keep" and not column.free_text


def _check_digit_broken(value: str, form: str) -> str:
    """Whether the last digit of a GS1 number is wrong (GS1 General Specifications, 7.9): from the right, digits count once and three times in turn."""
    digits = f"lpad({value}, 14, '0')"
    total = " + ".join(f"{1 if place % 2 == 0 else 3} * try_cast(substring({digits}, {place}, 1) AS INT)" for place in range(1, 15))
    # A number of zeros would keep the rule and is none.
    return f"CASE WHEN {matches(value, form)} THEN ({total}) % 10 <> 0 OR {matches(value, '0+')} END"


def row_checks(contract: Contract) -> list[Check]:
    """All checks of a row that need no other table: of its columns and its version, then the contract's row rules in SQL.

    The rows have `received_at` beside the contract's columns: the moment at which their object was first seen, which stays when they are revalidated.
    """
    named = contract.unit.code if contract.unit is not None and contract.unit_names else None
    checks = [
        check for column in contract.landed if column.handling != "drop" for check in column_checks(column, or_name=column.name == named)
    ]
    if contract.version is not None:
        field = str(contract.column(contract.version).source)
        late = f"coalesce(`{contract.version}` > received_at + {_VERSION_MARGIN}, false)"
        message = f"{field}: expected a time that is not later than the record was received by more than a day"
        checks.append(Check("version_in_future", field, message, "version_in_future", late))
    checks += [Check(rule.code, rule.field, rule.message, rule.code, f"NOT coalesce({rule.sql}, true)") for rule in contract.row_rules]
    return checks


def details(checks: Iterable[Check]) -> str:
    """What messages tell of a row besides, by rule: a map, NULL where none does."""
    told = {check.rule: check.detail for check in checks if check.detail}
    if not told:
        return "CAST(NULL AS MAP<STRING, STRING>)"
    return f"map_from_arrays(array({', '.join(map(literal, told))}), array({', '.join(told.values())}))"


def chains(checks: Iterable[Check]) -> list[list[Check]]:
    """The checks by chain, in their order; one without a chain stands alone."""
    return [list(chain) for _, chain in groupby(checks, key=lambda check: check.chain or id(check))]


def first_broken(chain: Iterable[Check]) -> str:
    """The name of the first rule of a chain that a row breaks, or NULL."""
    return f"CASE {' '.join(f'WHEN {check.broken} THEN {literal(check.rule)}' for check in chain)} END"


def broken_rules(checks: Iterable[Check]) -> str:
    """The names of the rules that a row breaks, as an array of text; NULL (or an empty array) where it breaks none.

    Nearly every row breaks none and shows it by what is quick to find out: only the others are looked at rule by rule. NULL, since an array for each row costs
    a tenth of judging it.
    """
    checks = list(checks)
    plain = dict.fromkeys(check.plain or f"NOT {check.broken}" for check in checks)
    names = ", ".join(map(first_broken, chains(checks)))
    return f"CASE WHEN NOT ({' AND '.join(plain)}) THEN array_compact(array({names})) END" if checks else NO_RULES
