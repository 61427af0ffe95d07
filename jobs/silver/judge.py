"""Judging: rows as received to rows that say what they are, whether they are right, and which of them is the newest.

Everything a row says about itself is computed in one pass (`judge`); what needs other rows of the same key (`order`) looks only at the narrow columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.row_rules import broken_rules, row_checks
from jobs.silver.references import reference_checks, resolve
from jobs.silver.standardise import RECEIVED, record_key, row_hash, standardise, with_columns

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import DataFrame

    from expectations.row_rules import Check
    from jobs.silver.references import References
    from warehouse_schema.contracts import Contract

ROW = "row"
REJECTED = "rejected"
WITHHELD = "withheld"
END_OF_OBJECT = "object"


def received_fields(contract: Contract) -> tuple[str, ...]:
    """The source fields that pass the border."""
    return tuple(str(column.source) for column in contract.landed if column.handling != "drop")


def rules_of(contract: Contract) -> list[Check]:
    """All ways in which one row of the dataset can be wrong by itself or by its references."""
    return [*row_checks(contract), *reference_checks(contract)]


def judge(contract: Contract, refs: References) -> Callable[[DataFrame], DataFrame]:
    """Standardise rows and judge each by itself.

    In: what `read_objects` gives (or bronze rows in the same columns): one row for each line. Out: one row for each line with `received`, the contract's
    columns, `broken` (names of `rules_of`, or the border's error code; an empty text where the row is right) and `row_hash`.
    """
    fields = received_fields(contract)
    names = ", ".join(f"'{name}', `{name}`" for name in fields)
    rules = broken_rules(row_checks(contract))
    verdicts = {
        "broken": f"CASE outcome WHEN '{ROW}' THEN concat_ws(',', nullif({rules}, ''), reference_error) WHEN '{REJECTED}' THEN error_code ELSE '' END",
        "row_hash": row_hash(contract),
    }

    def step(rows: DataFrame) -> DataFrame:
        return (
            rows.transform(with_columns({RECEIVED: f"named_struct({names})"}))
            .drop(*fields)
            .transform(standardise(contract))
            .transform(resolve(contract, refs))
            .transform(with_columns(verdicts))
            .drop("reference_error")
        )

    return step


def judged(contract: Contract, files: str) -> str:
    """The query for judged rows with what follows from their columns: `valid`, `record_key`, `sent_key`, `record_version` and its month in Vietnam.

    Not among the engine's expressions, since each column there is copied from step to step. `files`: a pattern for the Parquet files, as a literal.
    """
    version = str(contract.version)
    return (
        f"SELECT *, outcome = '{ROW}' AND broken = '' AS valid, {record_key(contract.key)} AS record_key, {record_key(contract.sent_key)} AS sent_key,"
        f" {version} AS record_version, strftime({version}, '%Y-%m') AS version_month FROM read_parquet({files})"
    )


def order(contract: Contract, staged: str, known_hashes: str | None, *, redefined: bool = False) -> str:
    """The query that says of each row whether it loses to another of its key and whether an equal row was there before.

    The winner of a key is the maximum of (valid, version, withdrawn, row_hash): a total order, so the order of arrival does not matter. Of equal rows
    the one of the smallest object is named.

    `redefined`: which rows are equal is found out for the existing ones too, since their standardisation changed.

    In: `staged`, a relation of judged rows, and `known_hashes`, a query for the `row_hash` of rows that stand. Out: `object_id, line, rejudged, valid, loses,
    copy`, only the rows that lose or are copies.
    """
    withdrawn = contract.withdrawn or "false"
    was_copy = "repeated" if redefined else "was_copy"
    seen = f"row_hash IN ({known_hashes})" if known_hashes else "false"
    return (
        f"SELECT object_id, line, rejudged, valid, loses, CASE WHEN rejudged THEN {was_copy} ELSE repeated OR seen END AS copy FROM ("
        "SELECT object_id, line, rejudged, was_copy, valid, seen,"
        " row_number() OVER (PARTITION BY group_key"
        " ORDER BY valid DESC, version DESC NULLS LAST, withdrawn DESC NULLS LAST, row_hash DESC, object_id, line) > 1 AS loses,"
        " row_number() OVER (PARTITION BY group_key, row_hash"
        " ORDER BY CASE WHEN NOT rejudged THEN 1 WHEN was_copy THEN 2 ELSE 0 END, object_id, line) > 1 AS repeated"
        f" FROM (SELECT object_id, line, rejudged, was_copy, valid, row_hash, record_version AS version, {withdrawn} AS withdrawn,"
        f" coalesce(record_key, row_hash) AS group_key, {seen} AS seen FROM {staged} WHERE outcome = '{ROW}'))"
        " WHERE loses OR copy"
    )
