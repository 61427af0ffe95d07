"""Row rules as columns: what the contract asks of one row, evaluated in the pass that writes it.

A row's errors are `array<struct<code, field, message, rule>>`; an empty array is a valid row. Messages say what was expected and never quote a value,
since a value in the wrong field may be a name or an ID number.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from jobs.silver.standardise import received

if TYPE_CHECKING:
    from pyspark.sql import Column

    from warehouse_schema.contracts import Column as ContractColumn
    from warehouse_schema.contracts import Contract

ERRORS_TYPE = "array<struct<code:string,field:string,message:string,rule:string>>"

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
    "invalid_timestamp": "A time cannot be read, or is not a time that exists.",
    "invalid_date": "A date cannot be read, or is not a date that exists.",
    "invalid_month": "A month cannot be read.",
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
    "missing_secrecy_level": "The level of secrecy is missing: nobody can say that the record may be read, so all of it is masked.",
    "unknown_secrecy_level": "The level of secrecy is none that is known: all of the record is masked.",
    "truncated_gzip": "The object ends before its .gz stream does; it is not half loaded.",
    "not_gzip": "The object is named .gz and is not gzip.",
    "corrupt_gzip": "The object's .gz stream cannot be unpacked to its end: its data or its checksum is wrong.",
    "too_large": "The object unpacks to more than a landed object may hold.",
    "not_text": "The object is not UTF-8 text.",
    "unexpected_columns": "The sheet's columns are not those of the contract.",
    "unreadable_workbook": "The object is named .xlsx and cannot be opened as a workbook.",
    "unknown_format": "The object's name says no format that the dataset can have.",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One way for a row to be wrong: `broken` is true (never NULL) where it is."""

    code: str
    field: str
    message: str
    rule: str
    broken: Column


def column_checks(column: ContractColumn) -> list[Check]:
    """The checks of one landed column: there, readable, of the form, in the range."""
    text, value = received(column), F.col(column.name)
    name = str(column.source)
    checks = []

    def check(code: str, message: str, broken: Column) -> None:
        checks.append(Check(code, name, message, f"{column.name}.{code}", F.coalesce(broken, F.lit(False))))

    if column.required:
        check("missing_value", f"{name} is required", text.isNull())
    elif column.required_when:
        check("missing_value", f"{name} is required when {column.required_when}", text.isNull() & F.expr(column.required_when))
    if column.parse == "values":
        allowed = ", ".join(column.values)
        check("invalid_value", f"{name}: expected one of {allowed}", text.isNotNull() & value.isNull())
    elif column.parse in _UNREADABLE:
        code, expected = _UNREADABLE[column.parse]
        check(code, f"{name}: expected {expected}", text.isNotNull() & value.isNull())
    if column.pattern:
        check("invalid_pattern", f"{name}: expected the form {column.pattern}", ~value.rlike(column.pattern))
    if column.max_length:
        check("too_long", f"{name}: expected at most {column.max_length} characters", F.length(value) > column.max_length)
    if column.minimum is not None:
        check("out_of_range", f"{name}: expected at least {column.minimum:g}", value < column.minimum)
    if column.maximum is not None:
        check("out_of_range", f"{name}: expected at most {column.maximum:g}", value > column.maximum)
    return checks


def row_checks(contract: Contract) -> list[Check]:
    """All checks of a row that need no other table: of its columns, then the contract's row rules in SQL."""
    checks = [check for column in contract.landed if column.handling != "drop" for check in column_checks(column)]
    checks += [
        Check(rule.code, rule.field, rule.message, rule.code, ~F.coalesce(F.expr(rule.sql), F.lit(True))) for rule in contract.row_rules
    ]
    return checks


def errors_of(checks: list[Check]) -> Column:
    """The errors of a row. The array is only built for a row that has one: most rows are right."""
    broken = reduce(or_, (check.broken for check in checks), F.lit(False))
    found = F.array_compact(
        F.array(
            *[
                F.when(
                    check.broken,
                    F.struct(
                        F.lit(check.code).alias("code"),
                        F.lit(check.field).alias("field"),
                        F.lit(check.message).alias("message"),
                        F.lit(check.rule).alias("rule"),
                    ),
                )
                for check in checks
            ]
        )
    )
    return F.when(broken, found).otherwise(F.array().cast(ERRORS_TYPE)).cast(ERRORS_TYPE)


def single_error(code: Column, field: Column, message: Column) -> Column:
    """The errors of a row that was rejected at the border."""
    return F.array(
        F.struct(code.alias("code"), F.coalesce(field, F.lit("")).alias("field"), message.alias("message"), code.alias("rule"))
    ).cast(ERRORS_TYPE)
