"""Judging: rows as received to rows that say what they are, whether they are right, and which of them is the newest.

Everything a row says about itself is computed in one pass (`judge`); what needs other rows of the same key (`order`) looks only at the narrow columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F

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
    columns, `broken` (names of `rules_of`, or the border's error code), `valid`, `record_key`, `sent_key`, `record_version`, `row_hash`, `version_month`.
    """
    fields = received_fields(contract)
    names = ", ".join(f"'{name}', `{name}`" for name in fields)
    rules = broken_rules(row_checks(contract))
    verdicts = {
        "broken": f"CASE outcome WHEN '{ROW}' THEN concat_ws(',', nullif({rules}, ''), reference_error) WHEN '{REJECTED}' THEN error_code ELSE '' END",
        "record_key": record_key(contract.key),
        "sent_key": record_key(contract.sent_key),
        "row_hash": row_hash(contract),
        "version_month": "date_format(from_utc_timestamp(record_version, 'Asia/Ho_Chi_Minh'), 'yyyy-MM')",
    }

    def step(rows: DataFrame) -> DataFrame:
        return (
            rows.transform(with_columns({RECEIVED: f"named_struct({names})"}))
            .drop(*fields)
            .transform(standardise(contract))
            .transform(resolve(contract, refs))
            .transform(with_columns(verdicts))
            .transform(with_columns({"valid": f"outcome = '{ROW}' AND broken = ''"}))
            .drop("reference_error")
        )

    return step


def order(contract: Contract, known_hashes: DataFrame | None) -> Callable[[DataFrame], DataFrame]:
    """Say of each row whether it loses to another of its key and whether an equal row was there before.

    The winner of a key is the maximum of (valid, version, withdrawn, row_hash): a total order, so the order of arrival does not matter. Of equal rows
    the one of the smallest object is named.

    In: judged rows. Out: `object_id, line, rejudged, valid, loses, copy`, only the rows that lose or are copies.
    """
    withdrawn = F.col(contract.withdrawn) if contract.withdrawn else F.lit(False)

    def step(rows: DataFrame) -> DataFrame:
        narrow = rows.where(F.col("outcome") == ROW).select(
            "object_id",
            "line",
            "rejudged",
            "was_copy",
            "valid",
            "row_hash",
            F.col("record_version").alias("version"),
            withdrawn.alias("withdrawn"),
            F.coalesce("record_key", "row_hash").alias("group_key"),
        )
        if known_hashes is not None:
            seen = known_hashes.select(F.col("row_hash").alias("seen_hash")).distinct()
            narrow = narrow.join(seen, narrow["row_hash"] == seen["seen_hash"], "left")
        else:
            narrow = narrow.withColumn("seen_hash", F.lit(None).cast("string"))
        by_key = Window.partitionBy("group_key").orderBy(
            F.col("valid").desc(),
            F.col("version").desc_nulls_last(),
            F.col("withdrawn").desc_nulls_last(),
            F.col("row_hash").desc(),
            F.col("object_id"),
            F.col("line"),
        )
        standing = F.when(F.col("rejudged"), F.when(F.col("was_copy"), 2).otherwise(0)).otherwise(1)
        by_content = Window.partitionBy("group_key", "row_hash").orderBy(standing, F.col("object_id"), F.col("line"))
        repeated = (F.row_number().over(by_content) > 1) | F.col("seen_hash").isNotNull()
        return (
            narrow.withColumn("loses", F.row_number().over(by_key) > 1)
            .withColumn("copy", F.when(F.col("rejudged"), F.col("was_copy")).otherwise(repeated))
            .where(F.col("loses") | F.col("copy"))
            .select("object_id", "line", "rejudged", "valid", "loses", "copy")
        )

    return step
