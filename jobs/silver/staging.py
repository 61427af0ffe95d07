"""Staging: the rows of a dataset, judged and written once, as the relations that all later steps read.

The engine reads, standardises and judges the rows and writes them to staging: scratch of this run, Parquet inside the workspace, removed at its end. What comes
after is about sets of rows (`jobs.engine.sets`): a MERGE of 11,000 rows into a million took Spark 50 to 60 s, and each small query of it most of a second
whatever the rows.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from jobs.border.spec import END_OF_OBJECT, LANDED, META, REJECTED, ROW, WITHHELD
from jobs.engine.executors import open_sets, rows_where
from jobs.engine.sets import SCRATCH, one_of, set_query
from jobs.silver.dataset import BRONZE, BRONZE_COPY, Counts, Withheld
from jobs.silver.judge import judge, judged, received_fields, rules_of
from jobs.silver.references import DETAILED, note_references, sent_reference
from jobs.silver.standardise import organ_code
from warehouse_schema.sql_text import sql_name

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from jobs.engine.sets import Sets
    from jobs.engine.tables import Warehouse
    from jobs.run import RunContext
    from jobs.silver.dataset import Dataset
    from warehouse_schema.contracts import Contract, SheetReference

_RULE = pa.struct([("code", pa.string()), ("field", pa.string()), ("message", pa.string()), ("has_detail", pa.bool_())])
_RUN = pa.schema([("run_id", pa.string()), ("redefined", pa.bool_()), ("rules", pa.map_(pa.string(), _RULE))])


def keys_of_objects(warehouse: Warehouse, contract: Contract, objects: Sequence[str]) -> set[str]:
    """The keys of the rows that objects have in bronze."""
    rows = rows_where(warehouse, f"bronze/{contract.table}", "DISTINCT record_key", "object_id", objects)
    return set(rows.column("record_key").to_pylist()) - {None}


def staging_folder(ctx: RunContext, contract: Contract) -> Path:
    """A folder of its own for rows of a dataset."""
    ctx.staging.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Path(tempfile.mkdtemp(prefix=f"{contract.table}-", dir=ctx.staging))


def rows_to_revalidate(ctx: RunContext, dataset: Dataset, purged_keys: set[str], read_again: Sequence[str] = ()) -> DataFrame | None:
    """Bronze rows whose verdict may have changed, and all other versions of their keys; None where there are none.

    `purged_keys` are records of which versions were taken out: their winner has to be chosen again. `read_again` are objects whose rows in bronze are about
    to be replaced. Out: the columns of `read_objects`.
    """
    contract, changed = dataset.contract, dataset.changed
    codes = changed.codes if contract.organisation else frozenset()
    named = {"record": purged_keys, "organisation": codes}
    named |= {_kind(reference): keys for reference, keys in changed.rows.items()}
    name = f"bronze/{contract.table}"
    if not (changed.redefined or any(named.values())) or ctx.warehouse.is_empty(name):
        return None
    folder = staging_folder(ctx, contract)
    file = folder / "bronze.parquet"
    with open_sets(ctx.warehouse, folder / "spilled") as sets:
        sets.delta(name)
        sets.texts("read_again", read_again)
        sets.view("bronze_rows", f"SELECT * FROM {sql_name(name)} WHERE object_id NOT IN (SELECT value FROM read_again)")
        # What a sender calls by another code has its key by the registry: which rows share it is only known when all are judged.
        limited = not changed.redefined and contract.sent_key == contract.key
        if limited:
            pairs = [(kind, value) for kind, values in named.items() for value in sorted(values)]
            sets.rows_of("changed", pa.table({"kind": [kind for kind, _ in pairs], "value": [value for _, value in pairs]}))
            sets.view("bronze_names", _names_in_bronze(dataset))
            sets.table("revalidated", set_query("revalidated"))
        which = " LEFT SEMI JOIN revalidated AS g ON g.version_group = coalesce(r.record_key, r.row_hash)" if limited else ""
        return ctx.spark.read.parquet(str(file)) if write_bronze_rows(sets, contract, file, which) else None


def write_bronze_rows(sets: Sets, contract: Contract, file: Path, which: str = "") -> int:
    """Write rows of bronze as `judge` takes them: the columns of `read_objects`; how many there are.

    In: the relation `bronze_rows`, of bronze's columns. `which`: a join of its row `r` that says which of them are wanted.
    """
    sets.rows_of("border_columns", pa.schema(META).empty_table())
    fields = ", ".join(f"`{field}`" for field in received_fields(contract))
    none = ", ".join(f"b.{field.name}" for field in META if field.name not in ("object_id", "line", "outcome", "key_hash", "version"))
    return sets.write_files(
        file,
        f"SELECT r.object_id, r.line, '{ROW}' AS outcome, r.key_hash, {none}, r.received_at,"
        f" CASE WHEN r.copy THEN '{BRONZE_COPY}' ELSE '{BRONZE}' END AS origin, {fields}"
        f" FROM bronze_rows AS r LEFT JOIN border_columns AS b ON false{which}",
    )


def _names_in_bronze(dataset: Dataset) -> str:
    """The query for what rows of bronze name by which their verdict can change; see `set_queries/revalidated.sql`."""
    contract = dataset.contract
    names = {"record": "record_key"}
    if contract.organisation is not None:
        names["organisation"] = organ_code(f"`{contract.organisation.field}`")
    names |= {_kind(reference): sent_reference(contract, reference) for reference in dataset.changed.rows}
    return " UNION ALL ".join(
        f"SELECT coalesce(record_key, row_hash) AS version_group, '{kind}' AS kind, {value} AS value FROM bronze_rows"
        for kind, value in names.items()
    )


def _kind(reference: SheetReference) -> str:
    return f"{reference.table} by {', '.join(reference.columns)}"


def stage(ctx: RunContext, dataset: Dataset, rows: DataFrame | None, read_again: Sequence[str] = ()) -> None:
    """Judge the rows and write them to staging once; then order them, from what was written. None: no rows, in place of those that were staged.

    `read_again` are objects whose rows in bronze are about to be replaced: nothing is a copy of those. In `dataset.sets` then: `batch`, `winners`, `run`.
    """
    contract = dataset.contract
    folder = staging_folder(ctx, contract)
    if rows is None:
        sets = dataset.relations
        sets.table("no_rows", "SELECT * FROM staged LIMIT 0")
        sets.view("staged", "SELECT * FROM no_rows")
    else:
        with ctx.step("stage", contract.table):
            write_judged(contract, rows, folder / "rows")
        sets = dataset.sets = open_sets(ctx.warehouse, folder / "spilled")
        sets.files("staged", f"{folder}/rows/*.parquet")
    sets.rows_of("run", _run_row(ctx, dataset))
    note_references(sets, contract, dataset.refs)
    sets.wide_view("judged", judged(contract))
    with ctx.step("order", contract.table):
        _note_known(sets, dataset, read_again)
        order(sets)


def write_judged(contract: Contract, rows: DataFrame, folder: Path) -> None:
    """Judge each row by itself, in one pass of the engine, and write what `judge` gives to Parquet files of a folder."""
    rows.transform(judge(contract)).write.options(**SCRATCH).parquet(str(folder))


def order(sets: Sets) -> None:
    """Make `ordered`, `batch` and `winners` of `judged`, `known` and `run`."""
    sets.table("ordered", set_query("order"))
    sets.view("batch", set_query("batch"))
    sets.view("winners", "SELECT * FROM batch WHERE newest")


def _run_row(ctx: RunContext, dataset: Dataset) -> pa.Table:
    """The relation `run`: one row with what queries have to know of the run, and what the names of rules stand for."""
    rules = [
        (one.rule, {"code": one.code, "field": one.field, "message": one.message, "has_detail": one.rule in DETAILED})
        for one in rules_of(dataset.contract)
    ]
    return pa.Table.from_pylist([{"run_id": ctx.run_id, "redefined": dataset.redefined, "rules": rules}], _RUN)


def _note_known(sets: Sets, dataset: Dataset, read_again: Sequence[str]) -> None:
    """Make `known`: the hashes of rows in bronze that a landed row can be equal to."""
    name = f"bronze/{dataset.contract.table}"
    # Equal rows have equal versions, so only the months of the batch's versions are looked at.
    landed = f"SELECT DISTINCT version_month FROM judged WHERE outcome = '{ROW}' AND origin = '{LANDED}'"
    looked_for = not dataset.redefined and not sets.warehouse.is_empty(name)
    months = [row["version_month"] for row in sets.rows(landed)] if looked_for else []
    if not months:
        sets.rows_of("known", pa.table({"row_hash": pa.array([], pa.string())}))
        return
    sets.delta(name)
    sets.texts("read_again", read_again)
    sets.view(
        "known",
        f"SELECT row_hash FROM {sql_name(name)} WHERE {one_of('version_month', months)} AND NOT copy"
        " AND object_id NOT IN (SELECT value FROM read_again)",
    )


def count_landed(ctx: RunContext, dataset: Dataset) -> None:
    """Count what became of the rows of landed objects, in one query."""
    codes = {check.rule: check.code for check in rules_of(dataset.contract)}
    with ctx.step("count", dataset.contract.table) as facts:
        for row in dataset.relations.rows(set_query("counts")):
            number = row["count"]
            if row["outcome"] == END_OF_OBJECT:
                if row["drift"]:
                    dataset.drift[row["object_id"]] = row["drift"]
                continue
            counts = dataset.landed.setdefault(row["object_id"], Counts())
            counts.read += number
            counts.add(row["fate"], number)
            for name in row["not_of_kind"] or ():
                dataset.not_of_kind[name] += number
            if row["outcome"] == WITHHELD:
                dataset.withheld.append(Withheld(row["organisation"], row["day"], number, row["object_id"]))
            dataset.broken_lines += number if row["outcome"] == REJECTED else 0
            for rule in row["reasons"]:
                # What the border rejects has its code as its name.
                dataset.errors[codes.get(rule, rule)] += number
        totals = dataset.totals
        facts |= {"read": totals.read, "accepted": totals.accepted, "rejected": totals.rejected}
