"""Loading one dataset: stage, order, count, gate, then bronze, quarantine and silver.

Staging is scratch of this run (Parquet inside the workspace, removed at its end). Everything after the gate is one commit a table.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F

from expectations.row_rules import error, errors_of
from jobs.ops.warehouse import Warehouse
from jobs.silver.judge import END_OF_OBJECT, REJECTED, ROW, WITHHELD, judge, order, received_fields, rules_of
from jobs.silver.standardise import RECEIVED, record_key
from warehouse_schema.contracts import bronze_contract, quarantine_contract

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame, SparkSession

    from jobs.run import RunContext
    from jobs.silver.references import References
    from warehouse_schema.contracts import Contract

MASKED = "***"
UPSERT, DELETE = "upsert", "delete"


@dataclass(slots=True)
class Counts:
    """What became of the rows of one object in this run; for rows that are judged again, how the counts move."""

    read: int = 0
    accepted: int = 0
    rejected: int = 0
    duplicate: int = 0
    withheld: int = 0


@dataclass(slots=True)
class Staged:
    """A dataset's batch, staged and counted; nothing is merged yet."""

    contract: Contract
    rows: Path
    ordered: Path
    new: dict[str, Counts] = field(default_factory=dict)
    moved: dict[str, Counts] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)
    withheld: list[dict[str, Any]] = field(default_factory=list)
    drift: dict[str, list[str]] = field(default_factory=dict)
    rejudged: int = 0
    requarantined: int = 0

    @property
    def moves(self) -> Path:
        """Where it is written how judging again changed rows."""
        return self.rows.with_name("moves")

    @property
    def read(self) -> int:
        """Rows read from new objects."""
        return sum(counts.read for counts in self.new.values())

    @property
    def rejected(self) -> int:
        """Rows of new objects with an error."""
        return sum(counts.rejected for counts in self.new.values())

    @property
    def accepted(self) -> int:
        """Valid rows of new objects, newest or not."""
        return sum(counts.accepted for counts in self.new.values())


def is_empty(warehouse: Warehouse, name: str) -> bool:
    """Whether the table has no file, so that nothing in it can match."""
    return not warehouse.open(name).file_uris()


def read_table(spark: SparkSession, warehouse: Warehouse, name: str) -> DataFrame:
    """The table as it is now."""
    return spark.read.format("delta").load(spark_uri(warehouse, name))


def spark_uri(warehouse: Warehouse, name: str) -> str:
    """The table's address in the scheme that Spark's Hadoop client knows."""
    return warehouse.uri(name).replace("s3://", "s3a://", 1)


def append(frame: DataFrame, warehouse: Warehouse, name: str) -> None:
    """Append a frame in one commit."""
    frame.write.format("delta").mode("append").save(spark_uri(warehouse, name))


def delete_lines(ctx: RunContext, name: str, lines: DataFrame) -> None:
    """Delete the rows of a table that stand for some lines (object_id, line), in one commit."""
    view = f"deleted_{name.replace('/', '_')}"  # datasets are loaded side by side
    lines.createOrReplaceTempView(view)
    target = f"delta.`{spark_uri(ctx.warehouse, name)}`"
    ctx.spark.sql(
        f"MERGE INTO {target} t USING {view} s ON t.object_id = s.object_id AND t.line = s.line WHEN MATCHED THEN DELETE"
    ).collect()


def rows_to_judge_again(
    ctx: RunContext, contract: Contract, changed_codes: frozenset[str] | None, purged_keys: Sequence[str], read_again: Sequence[str] = ()
) -> DataFrame | None:
    """Bronze rows whose verdict may have changed, and all other versions of their keys; None where there are none.

    `changed_codes` are the organisation codes whose meaning changed; None means that everything is judged again. `purged_keys` are records of which versions
    were taken out: their winner has to be chosen anew. `read_again` are objects whose rows in bronze are about to be replaced.
    """
    if (changed_codes is not None and not changed_codes and not purged_keys) or is_empty(ctx.warehouse, f"bronze/{contract.table}"):
        return None
    bronze = read_table(ctx.spark, ctx.warehouse, f"bronze/{contract.table}")
    if read_again:
        bronze = bronze.where(~F.col("object_id").isin(list(read_again)))
    # What a sender calls by another code has its key by the registry: which rows share it is only known when all are judged.
    whole = changed_codes is None or contract.sent_key != contract.key
    if not whole:
        touched = F.lit(False)
        if changed_codes and contract.organisation is not None:
            sent = F.upper(F.regexp_replace(F.col(contract.organisation.field), r"\s+", ""))
            touched = touched | sent.isin(sorted(changed_codes))
        if purged_keys:
            touched = touched | F.col("record_key").isin(sorted(purged_keys))
        keys = bronze.where(touched).select(F.coalesce("record_key", "row_hash").alias("again")).distinct()
        bronze = bronze.join(F.broadcast(keys), F.coalesce("record_key", "row_hash") == F.col("again"), "left_semi")
    return bronze.selectExpr(
        "object_id",
        "line",
        f"'{ROW}' AS outcome",
        *[f"CAST(NULL AS STRING) AS {name}" for name in ("error_code", "error_field", "error_message")],
        "key_hash",
        "CAST(NULL AS STRING) AS organisation",
        "CAST(NULL AS DATE) AS day",
        "CAST(NULL AS ARRAY<STRING>) AS drift",
        "received_at",
        "true AS rejudged",
        "copy AS was_copy",
        *[f"`{name}`" for name in received_fields(contract)],
    )


def keys_of_objects(ctx: RunContext, contract: Contract, objects: Sequence[str]) -> set[str]:
    """The keys of the rows that objects have in bronze."""
    bronze = read_table(ctx.spark, ctx.warehouse, f"bronze/{contract.table}").where(F.col("object_id").isin(list(objects)))
    return {row[0] for row in bronze.select("record_key").distinct().collect() if row[0] is not None}


def take_out(ctx: RunContext, contract: Contract, objects: Sequence[str]) -> None:
    """Take the rows of objects that are read again out of bronze and quarantine."""
    named = ", ".join(f"'{object_id}'" for object_id in objects)
    for layer in ("bronze", "quarantine"):
        ctx.spark.sql(f"DELETE FROM delta.`{spark_uri(ctx.warehouse, f'{layer}/{contract.table}')}` WHERE object_id IN ({named})").collect()


def stage(ctx: RunContext, contract: Contract, rows: DataFrame, refs: References, read_again: Sequence[str] = ()) -> Staged:
    """Judge the rows and write them to staging once; then order and count them from what was written.

    `read_again` are objects whose rows in bronze are about to be replaced: nothing is a copy of those.
    """
    ctx.staging.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{contract.table}-", dir=ctx.staging))
    staged = Staged(contract, folder / "rows", folder / "ordered")
    with ctx.step("stage", contract.table):
        rows.transform(judge(contract, refs)).write.parquet(str(staged.rows))
    judged = ctx.spark.read.parquet(str(staged.rows))
    with ctx.step("order", contract.table):
        judged.transform(order(contract, _known_hashes(ctx, contract, judged, read_again))).write.parquet(str(staged.ordered))
    with ctx.step("count", contract.table) as facts:
        _count(ctx, staged)
        facts |= {"read": staged.read, "accepted": staged.accepted, "rejected": staged.rejected, "rejudged": staged.rejudged or None}
    return staged


def _known_hashes(ctx: RunContext, contract: Contract, judged: DataFrame, read_again: Sequence[str]) -> DataFrame | None:
    if is_empty(ctx.warehouse, f"bronze/{contract.table}"):
        return None
    # Equal rows have equal versions, so only the months of the batch's versions are looked at.
    months = [row[0] for row in judged.where((F.col("outcome") == ROW) & ~F.col("rejudged")).select("version_month").distinct().collect()]
    if not months:
        return None
    bronze = read_table(ctx.spark, ctx.warehouse, f"bronze/{contract.table}")
    named = sorted(month for month in months if month is not None)
    wanted = F.col("version_month").isin(named)
    if None in months:
        wanted = wanted | F.col("version_month").isNull()
    standing = bronze.where(wanted & ~F.col("copy"))
    if read_again:
        standing = standing.where(~F.col("object_id").isin(list(read_again)))
    return standing.select("row_hash")


def _count(ctx: RunContext, staged: Staged) -> None:
    """All counts from one aggregate over what was staged."""
    judged = ctx.spark.read.parquet(str(staged.rows)).where(~F.col("rejudged"))
    copies = ctx.spark.read.parquet(str(staged.ordered)).where(F.col("copy") & ~F.col("rejudged")).select("object_id", "line", "copy")
    fates = (
        judged.join(F.broadcast(copies), ["object_id", "line"], "left")
        .groupBy("object_id", "outcome", "valid", F.expr("coalesce(copy, false)").alias("copy"), "broken", "organisation", "day", "drift")
        .count()
        .collect()
    )
    codes = {check.rule: check.code for check in rules_of(staged.contract)}
    for row in fates:
        number = row["count"]
        if row["outcome"] == END_OF_OBJECT:
            if row["drift"]:
                staged.drift[row["object_id"]] = row["drift"]
            continue
        counts = staged.new.setdefault(row["object_id"], Counts())
        counts.read += number
        if row["outcome"] == WITHHELD:
            counts.withheld += number
            staged.withheld.append({"object_id": row["object_id"], "organisation": row["organisation"], "day": row["day"], "count": number})
        elif not row["valid"]:
            counts.rejected += number
            for rule in row["broken"].split(","):
                # What the border rejects has its code as its name.
                staged.errors[codes.get(rule, rule)] += number
        elif row["copy"]:
            counts.duplicate += number
        else:
            counts.accepted += number


def count_moves(ctx: RunContext, staged: Staged) -> None:
    """How judging again moves counts between accepted (or duplicate) and rejected, for each object, and which rows of quarantine that changes."""
    contract = staged.contract
    judged = ctx.spark.read.parquet(str(staged.rows)).where("rejudged")
    before = (
        read_table(ctx.spark, ctx.warehouse, f"quarantine/{contract.table}")
        .where("line IS NOT NULL")
        .selectExpr("object_id", "line", "array_join(transform(errors, error -> error.rule), ',') AS was_broken")
    )
    moves = judged.join(before, ["object_id", "line"], "left").selectExpr(
        "object_id",
        "line",
        "was_copy",
        "valid",
        "was_broken IS NOT NULL AS was_rejected",
        "coalesce(was_broken, '') <> broken AS requarantined",
    )
    moves.write.parquet(str(staged.moves))
    counted = ctx.spark.read.parquet(str(staged.moves)).groupBy("object_id", "was_copy", "valid", "was_rejected", "requarantined").count()
    for row in counted.collect():
        staged.rejudged += row["count"]
        staged.requarantined += row["count"] if row["requarantined"] else 0
        if row["valid"] != row["was_rejected"]:
            continue
        counts = staged.moved.setdefault(row["object_id"], Counts())
        change = row["count"] if row["valid"] else -row["count"]
        counts.rejected -= change
        if row["was_copy"]:
            counts.duplicate += change
        else:
            counts.accepted += change


def write_bronze(ctx: RunContext, staged: Staged) -> None:
    """Append the new rows as received."""
    contract = staged.contract
    bronze = bronze_contract(contract.name)
    rows = ctx.spark.read.parquet(str(staged.rows)).where((F.col("outcome") == ROW) & ~F.col("rejudged"))
    copies = (
        ctx.spark.read.parquet(str(staged.ordered))
        .where(F.col("copy") & ~F.col("rejudged"))
        .select("object_id", "line", F.lit(True).alias("again"))
    )
    rows = rows.join(F.broadcast(copies), ["object_id", "line"], "left")
    technical = {"run_id": f"'{ctx.run_id}'", "record_key": "sent_key", "copy": "again IS NOT NULL"}
    fields = set(received_fields(contract))
    columns = [
        f"{f'{RECEIVED}.`{column.name}`' if column.name in fields else technical.get(column.name, column.name)} AS `{column.name}`"
        for column in bronze.columns
    ]
    with ctx.step("bronze", contract.table):
        append(rows.selectExpr(*columns), ctx.warehouse, bronze.name)


def quarantine_rows(staged: Staged, rows: DataFrame, paths: DataFrame) -> DataFrame:
    """Rejected rows in the form of the quarantine table; personal, secret and free-text fields are masked.

    `paths`: object_id, path; grain: one object.
    """
    contract = staged.contract
    entries = []
    for column in contract.landed:
        if column.handling != "drop":
            value = f"{RECEIVED}.`{column.source}`"
            hidden = column.handling == "token" or column.free_text
            entries += [f"'{column.source}'", f"CASE WHEN {value} IS NOT NULL THEN '{MASKED}' END" if hidden else value]
    at_border = error("error_code", "coalesce(error_field, '')", "error_message", "error_code")
    is_row = f"outcome = '{ROW}'"
    return (
        rows.where(f"outcome IN ('{ROW}', '{REJECTED}') AND NOT valid")
        .join(F.broadcast(paths), "object_id", "left")
        .selectExpr(
            "object_id",
            "path",
            "line",
            f"CASE WHEN {is_row} THEN row_hash END AS row_hash",
            "key_hash",
            f"CASE WHEN {is_row} THEN {errors_of(rules_of(contract), 'broken')} ELSE array({at_border}) END AS errors",
            f"CASE WHEN {is_row} THEN map({', '.join(entries)}) END AS fields",
            "received_at",
        )
    )


def write_quarantine(ctx: RunContext, staged: Staged, paths: dict[str, str]) -> None:
    """Put rejected rows into quarantine; of those that were judged again, renew what stands there with another verdict, or is right now."""
    contract = staged.contract
    name = quarantine_contract(contract.name).name
    judged = ctx.spark.read.parquet(str(staged.rows))
    path = ctx.spark.createDataFrame(sorted(paths.items()), "object_id string, path string")
    if staged.rejected:
        with ctx.step("quarantine", contract.table) as facts:
            facts["rows"] = staged.rejected
            rejected = quarantine_rows(staged, judged.where(~F.col("rejudged")), path)
            append(rejected.withColumn("run_id", F.lit(ctx.run_id)), ctx.warehouse, name)
    if staged.requarantined:
        with ctx.step("quarantine", contract.table) as facts:
            facts |= {"judged_again": staged.rejudged, "changed": staged.requarantined}
            changed = ctx.spark.read.parquet(str(staged.moves)).where("requarantined").select("object_id", "line")
            delete_lines(ctx, name, changed)
            again = judged.where("rejudged").join(F.broadcast(changed), ["object_id", "line"], "left_semi")
            append(quarantine_rows(staged, again, path).withColumn("run_id", F.lit(ctx.run_id)), ctx.warehouse, name)


def silver_rows(contract: Contract, rows: DataFrame, run_id: str) -> DataFrame:
    """Judged rows in the columns of the silver table."""
    return rows.withColumn("run_id", F.lit(run_id)).select(*[column.name for column in contract.stored])


def winners(ctx: RunContext, staged: Staged) -> DataFrame:
    """The newest valid row of each key in the batch."""
    judged = ctx.spark.read.parquet(str(staged.rows)).where("valid")
    losers = ctx.spark.read.parquet(str(staged.ordered)).where("loses").select("object_id", "line")
    return judged.join(F.broadcast(losers), ["object_id", "line"], "left_anti")


def merge_silver(ctx: RunContext, staged: Staged, purged_keys: Sequence[str]) -> list[dict[str, Any]]:
    """Bring the silver table to the newest valid versions; returns the (unit, month) pairs whose facts changed, old and new."""
    contract = staged.contract
    newest = winners(ctx, staged)
    with ctx.step("silver", contract.table) as facts:
        if is_empty(ctx.warehouse, contract.name):
            append(silver_rows(contract, newest, ctx.run_id), ctx.warehouse, contract.name)
            return _touched(contract, read_table(ctx.spark, ctx.warehouse, contract.name), PLAIN)
        changes = staged.rows.with_name("changes")
        _changes(ctx, staged, newest, purged_keys).write.parquet(str(changes))
        changed = ctx.spark.read.parquet(str(changes))
        total = {row["action"]: row["count"] for row in changed.groupBy("action").count().collect()}
        facts.update(total)
        if not total:
            return []
        touched = _touched(contract, changed.where(F.col("action") == UPSERT), PLAIN) + _touched(contract, changed, OLD)
        view = f"changes_{contract.table}"
        changed.createOrReplaceTempView(view)
        target = f"delta.`{spark_uri(ctx.warehouse, contract.name)}`"
        same_key = " AND ".join(f"t.`{name}` = s.`{name}`" for name in contract.key)
        names = [column.name for column in contract.stored]
        ctx.spark.sql(
            f"MERGE INTO {target} t USING {view} s ON {same_key}"
            f" WHEN MATCHED AND s.action = '{DELETE}' THEN DELETE"
            f" WHEN MATCHED THEN UPDATE SET {', '.join(f't.`{name}` = s.`{name}`' for name in names)}"
            f" WHEN NOT MATCHED AND s.action = '{UPSERT}' THEN INSERT ({', '.join(f'`{name}`' for name in names)})"
            f" VALUES ({', '.join(f's.`{name}`' for name in names)})"
        ).collect()
        return touched


PLAIN, OLD = "", "standing__"


def _changes(ctx: RunContext, staged: Staged, newest: DataFrame, purged_keys: Sequence[str]) -> DataFrame:
    """What the merge has to do: rows to insert or update, and keys whose every version was taken away.

    Out: the silver columns, `action`, and the old row's unit and fact days as `standing__*`.
    """
    contract = staged.contract
    names = [column.name for column in contract.stored]
    standing = read_table(ctx.spark, ctx.warehouse, contract.name)
    days = [*contract.fact_days, *[name for name in ("unit_code", "unit_valid_from", "province_code") if name in names]]
    compared = [name for name in names if name not in ("run_id", "received_at")]
    old = standing.selectExpr(*[f"`{name}` AS `{OLD}{name}`" for name in dict.fromkeys([*compared, *days])])
    again = ctx.spark.read.parquet(str(staged.rows)).where("rejudged").select("sent_key").distinct() if staged.rejudged else None
    if purged_keys:
        # A key of which nothing is left is chosen anew too: there is no winner, so the row goes.
        emptied = ctx.spark.createDataFrame([(key,) for key in purged_keys], "sent_key string")
        again = emptied if again is None else again.unionByName(emptied).distinct()
    new = silver_rows(contract, newest.withColumn("chosen_anew", F.lit(False)), ctx.run_id)
    if again is not None:
        if contract.sent_key != contract.key:
            # The whole table was judged again: every key is chosen anew.
            new = new.withColumn("chosen_anew", F.lit(True))
        else:
            keyed = newest.select("sent_key", "object_id", "line")
            anew = keyed.join(again, "sent_key", "left_semi").select("object_id", "line", F.lit(True).alias("chosen_anew"))
            new = new.join(anew, ["object_id", "line"], "left").withColumn("chosen_anew", F.coalesce("chosen_anew", F.lit(False)))
    else:
        new = new.withColumn("chosen_anew", F.lit(False))
    same_key = " AND ".join(f"`{name}` = `{OLD}{name}`" for name in contract.key)
    same = " AND ".join(f"`{name}` <=> `{OLD}{name}`" for name in compared)
    upserts = (
        new.join(old, F.expr(same_key), "left")
        .where(f"`{OLD}{contract.key[0]}` IS NULL OR CASE WHEN chosen_anew THEN NOT ({same}) ELSE {_beats(contract)} END")
        .selectExpr(*[f"`{name}`" for name in names], *[f"`{OLD}{name}`" for name in days], f"'{UPSERT}' AS action")
    )
    if again is None:
        return upserts
    gone = standing
    if contract.sent_key == contract.key:
        gone = standing.withColumn("sent_key", F.expr(record_key(contract.key))).join(again, "sent_key", "left_semi").drop("sent_key")
    kept = newest.selectExpr(*[f"`{name}` AS `kept_{name}`" for name in contract.key])
    deletes = gone.join(kept, F.expr(" AND ".join(f"`{name}` = `kept_{name}`" for name in contract.key)), "left_anti").selectExpr(
        *[f"`{name}`" for name in names], *[f"`{name}` AS `{OLD}{name}`" for name in days], f"'{DELETE}' AS action"
    )
    return upserts.unionByName(deletes)


def _beats(contract: Contract) -> str:
    """Whether the new row is greater than the standing one in (version, withdrawn, row_hash), or equal and of a smaller object."""
    steps = [contract.version, *([contract.withdrawn] if contract.withdrawn else []), "row_hash"]
    beats = f"struct(object_id, line) < struct(`{OLD}object_id`, `{OLD}line`)"
    for name in reversed(steps):
        beats = f"(`{name}` > `{OLD}{name}` OR (`{name}` = `{OLD}{name}` AND {beats}))"
    return beats


def _touched(contract: Contract, rows: DataFrame, prefix: str) -> list[dict[str, Any]]:
    if not contract.fact_days:
        return []
    days = ", ".join(f"`{prefix}{day}`" for day in contract.fact_days)
    pairs = (
        rows.where(f"`{prefix}unit_code` IS NOT NULL")
        .selectExpr(
            *[f"`{prefix}{name}` AS {name}" for name in ("unit_code", "unit_valid_from", "province_code")],
            f"explode(array({days})) AS day",
        )
        .where("day IS NOT NULL")
        .selectExpr("unit_code", "unit_valid_from", "province_code", "trunc(day, 'month') AS month")
        .distinct()
        .collect()
    )
    return [{"table": contract.name, **row.asDict()} for row in pairs]
