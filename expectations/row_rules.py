"""Row rules as SQL: what the contract asks of one row, evaluated in the pass that writes it.

In that pass a row's errors are the names of its broken rules in one text, joined by commas; an empty text is a valid row. What a rule's name stands for is
looked up for the rows that are put into quarantine: few, where all are judged. Messages say what was expected and never quote a value, since a value in the
wrong field may be a name or an ID number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs.silver.standardise import is_sent
from warehouse_schema.ddl import literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warehouse_schema.contracts import Column, Contract

_UNREADABLE = {
    "timestamp": ("invalid_timestamp", "a time as 2025-02-03T08:15:00+07:00"),
    "compact_timestamp": ("invalid_timestamp", "a time as yyyyMMddHHmmss"),
    "date": ("invalid_date", "a date as yyyy-mm-dd"),
    "month": ("invalid_month", "a month as yyyy-mm"),
    "boolean": ("invalid_boolean", "true or false"),
    "integer": ("invalid_integer", "a whole number"),
    "decimal": ("invalid_number", "a number with a decimal point"),
}

CATALOGUE: dict[str, str] = {
    "missing_value": "A required field is missing or empty.",
    "invalid_timestamp": "A time cannot be read, is not a time that exists, or not one of the years 1900 to 2099.",
    "invalid_date": "A date cannot be read, is not a date that exists, or not one of the years 1900 to 2099.",
    "invalid_month": "A month cannot be read, or is not one of the years 1900 to 2099.",
    "invalid_boolean": "Neither true nor false.",
    "invalid_integer": "Not a whole number.",
    "invalid_number": "Not a number.",
    "invalid_value": "Not one of the values that the contract lists.",
    "invalid_pattern": "Not of the form that the contract asks for.",
    "out_of_range": "Below the least or above the greatest value allowed.",
    "too_long": "Longer than allowed.",
    "unknown_organisation": "The organisation's code is not in the registry; judged again when the registry changes.",
    "organisation_not_valid": "The registry knows the organisation, but not as valid on that day; judged again when the registry changes.",
    "ambiguous_unit": "The administrative unit cannot be decided for that day; judged again when registry or reference change.",
    "unknown_unit": "The code was no administrative unit on the day it was written.",
    "broken_line": "The line is not a record: not JSON, not an object, or a row with another number of cells. No text of it is kept.",
    "invalid_encoding": "The line is not UTF-8. No text of it is kept.",
    "line_too_long": "The line is longer than NTM_MAX_LINE_BYTES. No text of it is kept.",
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
    "not_readable": "The object lies in the landing zone and this user may not read it.",
    "unknown_format": "The object's name says no format that the dataset can have.",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One way for a row to be wrong: `broken` (SQL, never NULL) is true where it is. `rule` names it within its contract."""

    code: str
    field: str
    message: str
    rule: str
    broken: str


def column_checks(column: Column) -> list[Check]:
    """The checks of one landed column: there, readable, of the form, in the range."""
    sent, value = is_sent(column), f"`{column.name}`"
    name = str(column.source)
    checks = []

    def check(code: str, message: str, broken: str, rule: str | None = None) -> None:
        checks.append(Check(code, name, message, f"{column.name}.{rule or code}", f"coalesce({broken}, false)"))

    if column.required:
        check("missing_value", f"{name} is required", f"{value} IS NULL AND NOT {sent}")
    elif column.required_when:
        check(
            "missing_value",
            f"{name} is required when {column.required_when}",
            f"{value} IS NULL AND NOT {sent} AND ({column.required_when})",
        )
    unreadable = f"{value} IS NULL AND {sent}"
    if column.parse == "values":
        check("invalid_value", f"{name}: expected one of {', '.join(column.values)}", unreadable)
    elif column.parse in _UNREADABLE:
        code, expected = _UNREADABLE[column.parse]
        check(code, f"{name}: expected {expected}", unreadable)
    if column.pattern:
        check("invalid_pattern", f"{name}: expected the form {column.pattern}", f"NOT {value} RLIKE {literal(column.pattern)}")
    if column.max_length:
        check("too_long", f"{name}: expected at most {column.max_length} characters", f"length({value}) > {column.max_length}")
    if column.minimum is not None:
        check("out_of_range", f"{name}: expected at least {column.minimum:g}", f"{value} < {column.minimum:g}", "minimum")
    if column.maximum is not None:
        check("out_of_range", f"{name}: expected at most {column.maximum:g}", f"{value} > {column.maximum:g}", "maximum")
    return checks


def row_checks(contract: Contract) -> list[Check]:
    """All checks of a row that need no other table: of its columns, then the contract's row rules in SQL."""
    checks = [check for column in contract.landed if column.handling != "drop" for check in column_checks(column)]
    checks += [Check(rule.code, rule.field, rule.message, rule.code, f"NOT coalesce({rule.sql}, true)") for rule in contract.row_rules]
    return checks


def broken_rules(checks: Iterable[Check]) -> str:
    """The names of the rules that a row breaks, joined by commas; an empty text where it breaks none."""
    # concat_ws leaves NULLs out.
    return f"concat_ws(',', {', '.join(f'CASE WHEN {check.broken} THEN {literal(check.rule)} END' for check in checks)})"
