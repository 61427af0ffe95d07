"""Judging: rows as received to rows that say what they are, whether they are right, and which of them is the newest.

Everything a row says about itself is computed in one pass (`judge`); what needs other rows of the same key (`order`) looks only at the narrow columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F

from expectations.row_rules import ERRORS_TYPE, errors_of, row_checks, single_error
from jobs.silver.references import resolve
from jobs.silver.standardise import RECEIVED, record_key, row_hash, standardise

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import DataFrame

    from jobs.silver.references import References
    from warehouse_schema.contracts import Contract

ROW = "row"
REJECTED = "rejected"
WITHHELD = "withheld"
END_OF_OBJECT = "object"


def received_fields(contract: Contract) -> tuple[str, ...]:
    """The source fields that pass the border."""
    return tuple(str(column.source) for column in contract.landed if column.handling != "drop")


def judge(contract: Contract, refs: References) -> Callable[[DataFrame], DataFrame]:
    """Standardise rows and judge each by itself.

    In: what `read_objects` gives (or bronze rows in the same columns):
    one row for each line. Out: one row for each line with `received`, the contract's columns, `errors`, `valid`, `record_key`, `record_version`, `row_hash`,
    `version_month`.
    """
    checks = row_checks(contract)

    def step(rows: DataFrame) -> DataFrame:
        fields = received_fields(contract)
        packed = rows.withColumn(RECEIVED, F.struct(*[F.col(name) for name in fields])).drop(*fields)
        judged = packed.transform(standardise(contract)).transform(resolve(contract, refs))
        is_row = F.col("outcome") == ROW
        errors = (
            F.when(is_row, F.concat(errors_of(checks), F.col("reference_errors")))
            .when(F.col("outcome") == REJECTED, single_error(F.col("error_code"), F.col("error_field"), F.col("error_message")))
            .otherwise(F.array().cast(ERRORS_TYPE))
        )
        month = F.date_format(F.from_utc_timestamp(F.col("record_version"), "Asia/Ho_Chi_Minh"), "yyyy-MM")
        return (
            judged.withColumn("errors", errors)
            .withColumn("valid", is_row & (F.size("errors") == 0))
            .withColumn("record_key", record_key(contract.key))
            .withColumn("sent_key", record_key(contract.sent_key))
            .withColumn("row_hash", row_hash(contract))
            .withColumn("version_month", month)
            .drop("reference_errors", "error_code", "error_field", "error_message")
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
