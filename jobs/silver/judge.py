"""Judging: rows as received to rows that say what they are and what is wrong with them.

Two steps: what a row says by itself, in one pass of the engine over all rows (`judge`), and what it refers to, over what that pass wrote (`judged`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from expectations.row_rules import broken_rules, chains, first_broken, row_checks
from jobs.border.spec import REJECTED, ROW
from jobs.silver.references import given, joins, reference_checks, reference_columns, reference_detail, reference_reasons
from jobs.silver.standardise import RECEIVED, record_key, record_withdrawn, row_hash, standardise, with_columns

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import DataFrame

    from expectations.row_rules import Check
    from warehouse_schema.contracts import Contract


_OWN_REASONS = "coalesce(own_reasons, CAST(array() AS ARRAY<STRING>))"


def received_fields(contract: Contract) -> tuple[str, ...]:
    """The source fields that pass the border."""
    return tuple(str(column.source) for column in contract.landed if column.handling != "drop")


def rules_of(contract: Contract) -> list[Check]:
    """All ways in which one row of the dataset can be wrong by itself or by its references."""
    return [*row_checks(contract), *reference_checks(contract)]


def judge(contract: Contract) -> Callable[[DataFrame], DataFrame]:
    """Standardise rows and judge each by itself.

    In: what `read_objects` gives (or bronze rows in the same columns): one row for each line. Out: one row for each line with `received`, the contract's
    landed and derived columns, what finds its references (`reference_columns`), `own_reasons` (names of rules, or the border's error code) and `row_hash`.
    """
    fields = received_fields(contract)
    names = ", ".join(f"'{name}', `{name}`" for name in fields)
    own, _ = by_what_they_read(contract)
    verdicts = {
        "own_reasons": f"CASE outcome WHEN '{ROW}' THEN {broken_rules(check for chain in own for check in chain)} WHEN '{REJECTED}' THEN array(error_code) END",
        "row_hash": row_hash(contract),
    }

    def step(rows: DataFrame) -> DataFrame:
        return (
            rows.transform(with_columns({RECEIVED: f"named_struct({names})"}))
            .drop(*fields)
            .transform(standardise(contract))
            .transform(with_columns(verdicts | reference_columns(contract)))
        )

    return step


def by_what_they_read(contract: Contract) -> tuple[list[list[Check]], list[list[Check]]]:
    """The row checks, by chain: those over a row's own columns, and those of which one reads a column that a reference gives."""
    filled = given(contract).keys()
    every = chains(row_checks(contract))
    late = [chain for chain in every if not filled.isdisjoint(word for check in chain for word in _words(check))]
    return [chain for chain in every if chain not in late], late


def _words(check: Check) -> list[str]:
    """All words of a check's SQL, columns among them, but for the names of fields as received."""
    return re.findall(r"\w+", re.sub(rf"{RECEIVED}\.`[^`]*`", "", f"{check.broken} {check.plain or ''}"))


def judged(contract: Contract) -> str:
    """The query for staged rows with what they refer to and what follows from that.

    In: `staged`, what `judge` gives, and the relations of `note_references`. Out: the same rows with the columns that references give, `reference_detail`,
    `reasons` (names of `rules_of`), `valid`, the keys (`record_key`; `sent_key` as the sender writes it), `record_version`, its month in Vietnam, and
    `record_withdrawn`.
    """
    _, late = by_what_they_read(contract)
    broken = reference_reasons(contract)
    filled = given(contract)
    # The code of a unit that was given by its name takes the place of that.
    replaced = [column.name for column in contract.landed if column.name in filled]
    columns = [f"s.* EXCEPT ({', '.join(replaced)})" if replaced else "s.*", *(f"{sql} AS {name}" for name, sql in filled.items())]
    columns.append(f"{reference_detail(contract)} AS reference_detail")
    columns += [f"{sql} AS reason_{number}" for number, sql in enumerate(broken)]
    rows = f"SELECT {', '.join(columns)} FROM staged AS s{joins(contract)}"
    if late:
        more = [f"{first_broken(chain)} AS reason_{number}" for number, chain in enumerate(late, len(broken))]
        rows = f"SELECT *, {', '.join(more)} FROM ({rows}) AS placed"
    names = [f"reason_{number}" for number in range(len(broken) + len(late))]
    is_row = f"outcome = '{ROW}'"
    right = " AND ".join(["(own_reasons IS NULL OR size(own_reasons) = 0)", *(f"{name} IS NULL" for name in names)])
    # Nearly every row is right: reasons are put together only for those that are not.
    all_reasons = f"array_compact(concat({_OWN_REASONS}, array({', '.join(names)})))" if names else _OWN_REASONS
    version = str(contract.version)
    return (
        f"SELECT *, CASE WHEN {is_row} AND NOT ({right}) THEN {all_reasons} ELSE {_OWN_REASONS} END AS reasons, {is_row} AND {right} AS valid,"
        f" {record_key(contract.key)} AS record_key, {record_key(contract.sent_key)} AS sent_key, {version} AS record_version,"
        f" {record_withdrawn(contract)} AS record_withdrawn, date_format({version}, 'yyyy-MM') AS version_month FROM ({rows}) AS joined"
    )
