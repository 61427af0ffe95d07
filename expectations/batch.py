"""What the gate is given of a batch, and the relation that Great Expectations judges: the new rows as received, column by column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from expectations.row_rules import row_checks, unknown_reference
from warehouse_schema.ddl import literal

if TYPE_CHECKING:
    from collections.abc import Collection

    from expectations.row_rules import Check
    from jobs.engine.sets import Sets
    from warehouse_schema.contracts import Column, Contract

RECEIVED = "as_received"
OTHER_RULE = "other_rule"
_OTHER_THAN_WHITE_SPACE = r"[^\s\p{Z}\x0B\x1C-\x1F\x{85}]"
"""What makes a field more than empty, in RE2 and in Java."""

_JUDGED_RULES = (
    *("missing_value", "invalid_value", "invalid_pattern", "too_long", "out_of_range", "minimum", "maximum"),
    *("invalid_timestamp", "invalid_date", "invalid_month", "invalid_boolean", "invalid_integer", "invalid_number"),
)
"""The rules of a column that an expectation of its own judges in every batch."""

_NOT_READ = "?"
"""Stands for a text that is none of the contract's values: what was sent instead may be anything, and is not shown."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A staged batch: judged row by row, ordered and counted, and not merged yet.

    Attributes:
        contract: the table that it is for.
        sets: where the relations below are.
        rows: relation, one row for each line: the contract's columns, `received` (a struct of the landed fields, as text), `object_id`, `outcome`, and
            `reasons` (the names of the rules that it breaks).
        winners: relation, the newest valid row of each key.
        is_new: condition on `rows` that a line is a record of a new object which passed the border.
        objects: the new objects.
        read, rejected, broken_lines: how many lines of them were read, were rejected for anything, and were rejected by the border.
        withheld_by: the organisations' codes, as sent, of which records are withheld as secret.
    """

    contract: Contract
    sets: Sets
    rows: str
    winners: str
    is_new: str
    objects: Collection[str]
    read: int
    rejected: int
    broken_lines: int
    withheld_by: Collection[str]


def readable(column: Column) -> str:
    """The name, in the relation as received, of whether a field that was sent can be read."""
    return f"{column.name} readable"


def there(column: Column) -> str:
    """The name of whether a field is there that a condition asks for."""
    return f"{column.name} there"


def right(code: str) -> str:
    """The name of whether a rule of the row, or a reference, is right."""
    return f"{code} right"


def reference_rules(contract: Contract) -> dict[str, str]:
    """The rules of references that a row of the contract can break, each with the field that it is about."""
    found = {}
    if contract.organisation is not None:
        found = dict.fromkeys(("unknown_organisation", "organisation_not_valid", "ambiguous_unit"), contract.organisation.field)
    elif contract.unit is not None:
        found = dict.fromkeys(("unknown_unit", "ambiguous_unit"), contract.unit.field)
    return found | {unknown_reference(one): str(contract.column(one.columns[0]).source) for one in contract.references}


def other_checks(contract: Contract) -> dict[str, Check]:
    """By its name each rule of a row that no expectation judges in every batch: what a spreadsheet has lost in a column, check digits, the version."""
    judged = _judged_in_every_batch(contract)
    return {check.rule: check for check in row_checks(contract) if check.rule not in judged}


def _judged_in_every_batch(contract: Contract) -> list[str]:
    own = [f"{column.name}.{name}" for column in contract.landed for name in _JUDGED_RULES]
    return [*(rule.code for rule in contract.row_rules), *sorted(set(own))]


def broken_others(batch: Batch) -> tuple[Check, ...]:
    """Those of `other_checks` that a new row breaks."""
    found = batch.sets.rows(f"SELECT DISTINCT rule FROM (SELECT explode(reasons) AS rule FROM {batch.rows} WHERE {batch.is_new}) AS r")
    broken = {row["rule"] for row in found}
    return tuple(check for rule, check in other_checks(batch.contract).items() if rule in broken)


def is_read(column: Column) -> bool:
    """Whether a text that was sent may be none that the column's type can hold."""
    return column.parse not in ("text", "code", "organ_code", "token", "values")


def as_received(batch: Batch, others: Collection[Check]) -> str:
    """The query for the new rows as received, valid or not: the parsed columns, and what else is expected of each row as a column that is true or NULL.

    Revalidated rows, withheld records, and lines that are no records are not among them. `others`: the rules of `broken_others`, each a column of its own;
    a row that breaks any rule that is no column breaks `other_rule`.
    """
    contract = batch.contract
    columns = {}
    for column in contract.landed:
        if column.handling == "drop":
            continue
        sent = f"coalesce(received.`{column.source}`, '') RLIKE {literal(_OTHER_THAN_WHITE_SPACE)}"
        value = f"`{column.name}`"
        # The text as received is looked at only where nothing could be read of it.
        columns[column.name] = f"CASE WHEN {value} IS NOT NULL THEN {value} WHEN {sent} THEN '{_NOT_READ}' END" if column.values else value
        if is_read(column):
            columns[readable(column)] = f"CASE WHEN {value} IS NOT NULL THEN true WHEN {sent} THEN false END"
        if column.required_when:
            columns[there(column)] = f"CASE WHEN {column.required_when} THEN CASE WHEN {value} IS NOT NULL THEN true ELSE {sent} END END"
    for rule in contract.row_rules:
        columns[right(rule.code)] = f"coalesce({rule.sql}, true)"
    listed = (*reference_rules(contract), *(check.rule for check in others))
    for rule_name in listed:
        columns[right(rule_name)] = f"NOT array_contains(reasons, {literal(rule_name)})"
    judged = ", ".join(literal(code) for code in (*listed, *_judged_in_every_batch(contract)))
    columns[right(OTHER_RULE)] = f"size(filter(reasons, name -> name NOT IN ({judged}))) = 0"
    selected = ", ".join(f"{expression} AS `{name}`" for name, expression in columns.items())
    return f"SELECT {selected} FROM {batch.rows} WHERE {batch.is_new}"
