"""Merging: what passed the gate into bronze, quarantine and silver, one commit a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from expectations.row_rules import details
from jobs.border.spec import LANDED, REJECTED, ROW
from jobs.engine.executors import delete_rows, open_sets
from jobs.engine.sets import one_of, set_query
from jobs.ops.touched import Touched
from jobs.silver.dataset import Counts
from jobs.silver.judge import received_fields, rules_of
from jobs.silver.standardise import RECEIVED, record_key, record_withdrawn
from warehouse_schema.contracts import bronze_contract, quarantine_contract
from warehouse_schema.ddl import literal
from warehouse_schema.sql_text import sql_name

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from jobs.engine.sets import Sets
    from jobs.engine.tables import Warehouse
    from jobs.run import RunContext
    from jobs.silver.dataset import Dataset
    from warehouse_schema.contracts import Contract

MASKED = "***"


def take_out(warehouse: Warehouse, contract: Contract, objects: Sequence[str]) -> None:
    """Take the rows of objects that are read again out of bronze and quarantine."""
    for table in (bronze_contract(contract.name), quarantine_contract(contract.name)):
        delete_rows(warehouse, table, pa.table({"object_id": list(objects)}))


def write_bronze(ctx: RunContext, dataset: Dataset) -> None:
    """Append the landed rows as received; where the standardisation changed, write all rows, with what it makes of their keys, versions and hashes."""
    contract, sets = dataset.contract, dataset.relations
    bronze = bronze_contract(contract.name)
    technical = {"run_id": "run.run_id", "record_key": "b.sent_key", "copy": "b.repeats"}
    fields = set(received_fields(contract))
    columns = [
        f"{f'b.{RECEIVED}.`{column.name}`' if column.name in fields else technical.get(column.name, f'b.{column.name}')} AS `{column.name}`"
        for column in bronze.columns
    ]
    rows = f"SELECT {', '.join(columns)} FROM batch AS b CROSS JOIN run WHERE b.outcome = '{ROW}'"
    with ctx.step("bronze", contract.table):
        if dataset.redefined:
            sets.overwrite(bronze, rows)
        else:
            sets.append(bronze, f"{rows} AND b.origin = '{LANDED}'")


def name_rejections(dataset: Dataset, paths: Mapping[str, str]) -> None:
    """Make `rejections`: the rejected rows as quarantine has them; personal, secret and free-text fields are masked. `paths`: by object, where it landed."""
    sets, names, values = dataset.relations, [], []
    for column in dataset.contract.landed:
        if column.handling != "drop":
            value = f"{RECEIVED}.`{column.source}`"
            names.append(literal(str(column.source)))
            hidden = column.handling == "token" or column.free_text
            values.append(f"CASE WHEN {value} IS NOT NULL THEN '{MASKED}' END" if hidden else value)
    masked = f"map_from_arrays(array({', '.join(names)}), array({', '.join(values)}))"
    sets.rows_of("object_paths", pa.table({"object_id": pa.array(paths, pa.string()), "path": pa.array(paths.values(), pa.string())}))
    told = details(rules_of(dataset.contract))
    sets.view("rejected", f"SELECT *, {masked} AS masked, {told} AS details FROM batch WHERE fate = '{REJECTED}'")
    sets.view("rejections", set_query("rejections"))


def count_moves(dataset: Dataset) -> None:
    """How revalidation moves counts from one fate to another, for each object, and of how many rows quarantine says something else now. Needs `rejections`."""
    sets, name = dataset.relations, f"quarantine/{dataset.contract.table}"
    sets.delta(name)
    sets.view("quarantined", f"SELECT object_id, line, errors FROM {sql_name(name)} WHERE line IS NOT NULL")
    sets.table("moves", set_query("moves"))
    grouped = "SELECT object_id, fate_before, fate, is_news, count(*) AS count FROM moves GROUP BY object_id, fate_before, fate, is_news"
    for row in sets.rows(grouped):
        dataset.revalidated += row["count"]
        dataset.renewed += row["count"] if row["is_news"] else 0
        if row["fate_before"] != row["fate"]:
            counts = dataset.moved.setdefault(row["object_id"], Counts())
            counts.add(row["fate_before"], -row["count"])
            counts.add(row["fate"], row["count"])


def write_quarantine(ctx: RunContext, dataset: Dataset) -> None:
    """Put rejected rows into quarantine; of those that were revalidated, renew what it says otherwise now, or has no reason to say any more."""
    contract, sets = dataset.contract, dataset.relations
    quarantine = quarantine_contract(contract.name)
    columns = ", ".join(f"r.{column.name}" for column in quarantine.columns)
    landed = dataset.totals.rejected if not dataset.stays else 0
    if landed:
        with ctx.step("quarantine", contract.table) as facts:
            facts["rows"] = landed
            sets.append(quarantine, f"SELECT {columns} FROM rejections AS r WHERE r.origin = '{LANDED}'")
    if dataset.renewed:
        with ctx.step("quarantine", contract.table) as facts:
            facts |= {"revalidated": dataset.revalidated, "renewed": dataset.renewed}
            sets.delete(quarantine, "SELECT object_id, line FROM moves WHERE is_news")
            renewed = "LEFT SEMI JOIN moves AS m ON m.object_id = r.object_id AND m.line = r.line AND m.is_news"
            sets.append(quarantine, f"SELECT {columns} FROM rejections AS r {renewed}")


def merge_silver(ctx: RunContext, dataset: Dataset, purged_keys: Collection[str], days: Sequence[str]) -> None:
    """Bring the silver table to the newest valid versions; notes conflicts, and the months in which changed rows lie or lay by the date columns `days`.

    `purged_keys` are records of which versions were taken out of the tables.
    """
    contract, sets = dataset.contract, dataset.relations
    names = [column.name for column in contract.stored]
    columns = ", ".join(f"run.run_id AS {name}" if name == "run_id" else f"b.{name}" for name in names)
    with ctx.step("silver", contract.table) as facts:
        sets.delta(contract.name)
        partitions = _existing_partitions(dataset, purged_keys)
        _note_existing(dataset, partitions, days)
        facts["conflicts"] = dataset.conflicts = sets.rows(set_query("conflicts"))[0]["keys"]
        if not partitions:
            # No row of the table has one of the keys: all that won is new.
            sets.view("upserts", "SELECT * FROM winners")
            facts["upsert"] = sets.rows("SELECT count(*) AS count FROM upserts")[0]["count"] or None
            if facts["upsert"]:
                sets.append(contract, f"SELECT {columns} FROM upserts AS b CROSS JOIN run")
            dataset.touched += _months(sets, contract, {name: f"SELECT {name} AS day FROM upserts" for name in days})
            return
        sets.table("changes", set_query("changes"))
        found = sets.rows("SELECT change, count(*) AS count FROM changes GROUP BY change")
        facts |= {row["change"]: row["count"] for row in found}
        if not found:
            return
        same_row = "c.object_id = b.object_id AND c.line = b.line AND c.change ="
        sets.view("upserts", f"SELECT b.* FROM batch AS b LEFT SEMI JOIN changes AS c ON {same_row} 'upsert'")
        gone = ", ".join(f"b.{name}" for name in names)
        read = one_of(f"b.{contract.partition_by[0]}", partitions) if contract.partition_by else "true"
        sets.merge(
            contract,
            f"SELECT {columns}, false AS gone FROM upserts AS b CROSS JOIN run"
            f" UNION ALL SELECT {gone}, true AS gone FROM {sql_name(contract.name)} AS b LEFT SEMI JOIN changes AS c ON {same_row} 'delete'"
            f" WHERE {read}",
            partitions,
        )
        dataset.touched += _months(
            sets,
            contract,
            {name: f"SELECT {name} AS day FROM upserts UNION ALL SELECT days_before.{name} AS day FROM changes" for name in days},
        )


def _existing_partitions(dataset: Dataset, purged_keys: Collection[str]) -> list[str | None]:
    """The partitions of silver that hold a row which the batch has to be compared with. Makes `existing_keys` and `rechosen`: keys of which what is in the
    table counts no more, only the batch's rows.
    """
    contract, sets = dataset.contract, dataset.relations
    partition = contract.partition_by[0] if contract.partition_by else "CAST(NULL AS STRING)"
    sets.view("existing_keys", f"SELECT {record_key(contract.key)} AS record_key, {partition} AS part FROM {sql_name(contract.name)}")
    if sets.warehouse.is_empty(contract.name):
        sets.texts("purged", ())
        sets.table("rechosen", "SELECT value AS record_key FROM purged")
        return []
    sets.texts("purged", purged_keys)
    revalidated = (
        f"SELECT sent_key AS record_key FROM judged WHERE origin <> '{LANDED}' AND sent_key IS NOT NULL UNION SELECT value FROM purged"
    )
    if contract.sent_key != contract.key or dataset.redefined:
        # Keys come by the registry, or are spelt otherwise by another definition: all rows of the table were revalidated, so that every key is chosen again.
        sets.table("revalidated", f"SELECT * FROM ({revalidated}) AS r LIMIT 1")
        every = "SELECT record_key FROM existing_keys UNION SELECT record_key FROM winners"
        revalidated = f"SELECT k.record_key FROM ({every}) AS k CROSS JOIN revalidated"
    sets.table("rechosen", revalidated)
    return [row["part"] for row in sets.rows(set_query("partitions"))]


def _note_existing(dataset: Dataset, partitions: Sequence[str | None], days: Sequence[str]) -> None:
    """Make `existing`: the rows of some partitions of the table under the names of the batch; and `winners` with what is compared of them."""
    contract, sets = dataset.contract, dataset.relations
    compared = [column.name for column in contract.stored if column.name not in ("run_id", "received_at")]
    # What is not asked for is not read: whole rows are compared only where a winner is chosen again.
    rechosen = bool(partitions) and bool(sets.rows("SELECT record_key FROM rechosen LIMIT 1"))
    content = f"struct({', '.join(compared)})" if rechosen else "CAST(NULL AS STRING)"
    kept_days = f"struct({', '.join(days)})" if days else "CAST(NULL AS STRING)"
    where = one_of(contract.partition_by[0], partitions) if contract.partition_by and partitions else str(bool(partitions)).lower()
    sets.view(
        "existing",
        f"SELECT {record_key(contract.key)} AS record_key, {contract.version} AS record_version, {record_withdrawn(contract)} AS record_withdrawn, row_hash,"
        f" object_id, line, {content} AS content, {kept_days} AS days"
        f" FROM {sql_name(contract.name)} WHERE {where}",
    )
    sets.view("winners", f"SELECT *, {content} AS content FROM batch WHERE newest")


def _months(sets: Sets, contract: Contract, days: Mapping[str, str]) -> list[Touched]:
    """The months that days lie in. `days`: by date column of the contract the query for them, as `day`."""
    if not days:
        return []
    queries = [f"SELECT '{name}' AS date_column, d.day FROM ({query}) AS d" for name, query in days.items()]
    sets.view("changed_days", " UNION ALL ".join(queries))
    return [Touched(contract.name, row["date_column"], row["month"]) for row in sets.rows(set_query("months"))]


def months_of_table(warehouse: Warehouse, contract: Contract, columns: Sequence[str]) -> list[Touched]:
    """The months that a table's rows lie in by date columns."""
    with open_sets(warehouse) as sets:
        sets.delta(contract.name)
        return _months(sets, contract, {name: f"SELECT {name} AS day FROM {sql_name(contract.name)}" for name in columns})
