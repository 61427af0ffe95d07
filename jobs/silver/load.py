"""Loading one dataset: stage, order, count, gate, then bronze, quarantine and silver.

The engine reads, standardises and judges the rows and writes them to staging: scratch of this run, Parquet inside the workspace, removed at its end. What comes
after is about sets of rows (the newest of a key, copies, counts, what a merge has to do). That is DuckDB over the staged files and the tables, and one commit a
table by `deltalake`. A MERGE of 11,000 rows into a million took Spark 50 to 60 s, and each small query of it most of a second whatever the rows.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.border.spec import META
from jobs.engine.views import STREAMED_ROWS, add_view, connect, open_connection, quoted, rows_where
from jobs.silver.judge import END_OF_OBJECT, REJECTED, ROW, WITHHELD, judge, judged, order, received_fields, rules_of
from jobs.silver.references import reference_checks, sent_reference
from jobs.silver.standardise import RECEIVED, organ_code, record_key
from warehouse_schema.contracts import bronze_contract, quarantine_contract
from warehouse_schema.sql_text import sql_name

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import duckdb
    from pyspark.sql import DataFrame

    from jobs.engine.tables import Warehouse
    from jobs.run import RunContext
    from jobs.silver.references import References
    from warehouse_schema.contracts import Contract, SheetReference

MASKED = "***"
STAGED, ORDERED, WINNERS = "staged", "ordered", "winners"
_MOVES, _CHANGES, _ANEW = "moves", "changes", "anew"
_OLD = "standing__"


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
    """A dataset's batch, staged and counted; nothing is merged yet.

    `redefined`: the contract's standardisation changed, and all rows of its tables are in the batch.
    `connection` has it as relations: `staged` (as `judged` gives it), `ordered` (as `order` gives it) and `winners` (the newest valid row of each key).
    """

    contract: Contract
    connection: duckdb.DuckDBPyConnection
    redefined: bool = False
    new: dict[str, Counts] = field(default_factory=dict)
    moved: dict[str, Counts] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)
    withheld: list[dict[str, Any]] = field(default_factory=list)
    drift: dict[str, list[str]] = field(default_factory=dict)
    not_of_kind: Counter[str] = field(default_factory=Counter)
    broken_lines: int = 0
    rejudged: int = 0
    requarantined: int = 0
    conflicts: int = 0

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

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a query over the batch."""
        rows: list[dict[str, Any]] = self.connection.sql(sql).to_arrow_table().to_pylist()
        return rows

    def stream(self, sql: str) -> pa.RecordBatchReader:
        """The rows of a query over the batch, as they come."""
        return self.connection.sql(sql).to_arrow_reader(STREAMED_ROWS)


def is_empty(warehouse: Warehouse, name: str) -> bool:
    """Whether the table has no file, so that nothing in it can match."""
    return not warehouse.open(name).file_uris()


def rows_to_judge_again(
    ctx: RunContext,
    contract: Contract,
    changed_codes: frozenset[str] | None,
    purged_keys: Sequence[str],
    read_again: Sequence[str] = (),
    changed_rows: Mapping[SheetReference, frozenset[str]] = MappingProxyType({}),
) -> DataFrame | None:
    """Bronze rows whose verdict may have changed, and all other versions of their keys; None where there are none.

    `changed_codes` are the organisation codes whose meaning changed; None means that everything is judged again. `changed_rows`: by reference the keys of the
    rows of another sheet that changed. `purged_keys` are records of which versions were taken out: their winner has to be chosen anew. `read_again` are objects
    whose rows in bronze are about to be replaced.
    """
    name = f"bronze/{contract.table}"
    if (changed_codes is not None and not changed_codes and not purged_keys and not any(changed_rows.values())) or is_empty(
        ctx.warehouse, name
    ):
        return None
    folder = _staging_folder(ctx, contract)
    file = folder / "standing.parquet"
    with open_connection(spill_to=folder / "spilled") as connection:
        add_view(connection, ctx.warehouse, name)
        for relation, values in (("read_again", read_again), ("purged", purged_keys), ("changed", changed_codes or ())):
            connection.register(relation, pa.table({"value": pa.array(sorted(values), pa.string())}))
        standing = f"(SELECT * FROM {sql_name(name)} WHERE object_id NOT IN (FROM read_again))"
        # What a sender calls by another code has its key by the registry: which rows share it is only known when all are judged.
        if changed_codes is not None and contract.sent_key == contract.key:
            touched = "record_key IN (FROM purged)"
            if contract.organisation is not None:
                touched += f" OR {organ_code(_quoted(contract.organisation.field))} IN (FROM changed)"
            for place, (reference, keys) in enumerate(changed_rows.items()):
                connection.register(f"changed_{place}", pa.table({"value": pa.array(sorted(keys), pa.string())}))
                touched += f" OR {sent_reference(contract, reference)} IN (FROM changed_{place})"
            standing = f"{standing} WHERE coalesce(record_key, row_hash) IN (SELECT coalesce(record_key, row_hash) FROM {standing} WHERE {touched})"
        fields = ", ".join(_quoted(name) for name in received_fields(contract))
        connection.register("border_columns", pa.schema(META).empty_table())
        connection.execute(
            "COPY (SELECT * EXCLUDE (version) FROM border_columns UNION ALL BY NAME"
            f" SELECT object_id, line, '{ROW}' AS outcome, key_hash, received_at, true AS rejudged, copy AS was_copy, {fields} FROM {standing})"
            f" TO {quoted(str(file))} (FORMAT parquet)"
        )
    return ctx.spark.read.parquet(str(file)) if pq.read_metadata(file).num_rows else None


def _staging_folder(ctx: RunContext, contract: Contract) -> Path:
    ctx.staging.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Path(tempfile.mkdtemp(prefix=f"{contract.table}-", dir=ctx.staging))


def keys_of_objects(warehouse: Warehouse, contract: Contract, objects: Sequence[str]) -> set[str]:
    """The keys of the rows that objects have in bronze."""
    rows = rows_where(warehouse, f"bronze/{contract.table}", "DISTINCT record_key", "object_id", objects)
    return set(rows.column("record_key").to_pylist()) - {None}


def take_out(warehouse: Warehouse, contract: Contract, objects: Sequence[str]) -> None:
    """Take the rows of objects that are read again out of bronze and quarantine."""
    for table in (bronze_contract(contract.name), quarantine_contract(contract.name)):
        warehouse.delete_rows(table, pa.table({"object_id": list(objects)}))


def _texts(values: Collection[str]) -> str:
    return ", ".join(map(quoted, values))


def stage(
    ctx: RunContext, contract: Contract, rows: DataFrame, refs: References, read_again: Sequence[str] = (), *, redefined: bool = False
) -> Staged:
    """Judge the rows and write them to staging once; then order and count them from what was written.

    `read_again` are objects whose rows in bronze are about to be replaced: nothing is a copy of those. `redefined`: see `Staged`; what is equal to what is then
    found out for all rows, by the new standardisation.
    """
    folder = _staging_folder(ctx, contract)
    with ctx.step("stage", contract.table):
        # Scratch: quick to write comes before small. Looking for repeated values costs Spark a third of the write; Sail does not know that option.
        scratch = {"compression": "lz4_raw", "parquet.enable.dictionary": "false", "max_row_group_size": "65536"}
        rows.transform(judge(contract, refs)).write.options(**scratch).parquet(str(folder / "rows"))
    staged = Staged(contract, open_connection(spill_to=folder / "spilled"), redefined)
    staged.connection.execute(f"CREATE VIEW {STAGED} AS {judged(contract, quoted(f'{folder}/rows/*.parquet'))}")
    with ctx.step("order", contract.table):
        order_rows(staged, order(contract, STAGED, None if redefined else _known_hashes(ctx, staged, read_again), redefined=redefined))
    with ctx.step("count", contract.table) as facts:
        _count(staged)
        facts |= {"read": staged.read, "accepted": staged.accepted, "rejected": staged.rejected, "rejudged": staged.rejudged or None}
    return staged


def without_rows(staged: Staged) -> Staged:
    """The batch with nothing in it: what is published of a batch that waits when no row stands that had to be judged again."""
    staged.connection.execute(f"CREATE TABLE no_rows AS SELECT * FROM {STAGED} LIMIT 0")
    staged.connection.execute(f"DROP VIEW {STAGED}")
    staged.connection.execute(f"ALTER TABLE no_rows RENAME TO {STAGED}")
    return Staged(staged.contract, staged.connection, staged.redefined)


def order_rows(staged: Staged, ordered: str) -> None:
    """Make `ordered` from a query as `order` gives it, and `winners`."""
    staged.connection.execute(f"CREATE TABLE {ORDERED} AS {ordered}")
    staged.connection.execute(
        f"CREATE VIEW {WINNERS} AS SELECT * FROM {STAGED} ANTI JOIN (SELECT object_id, line FROM {ORDERED} WHERE loses) AS losers"
        " USING (object_id, line) WHERE valid"
    )


def _known_hashes(ctx: RunContext, staged: Staged, read_again: Sequence[str]) -> str | None:
    name = f"bronze/{staged.contract.table}"
    if is_empty(ctx.warehouse, name):
        return None
    # Equal rows have equal versions, so only the months of the batch's versions are looked at.
    months = [
        row["version_month"] for row in staged.rows(f"SELECT DISTINCT version_month FROM {STAGED} WHERE outcome = '{ROW}' AND NOT rejudged")
    ]
    if not months:
        return None
    add_view(staged.connection, ctx.warehouse, name)
    again = f" AND object_id NOT IN ({_texts(read_again)})" if read_again else ""
    return f"SELECT row_hash FROM {sql_name(name)} WHERE {_one_of('version_month', months)} AND NOT copy{again}"


def _one_of(column: str, values: Collection[str | None]) -> str:
    """The condition, in any engine's SQL, that a column has one of the values; NULL can be one."""
    texts = [value for value in values if value is not None]
    return f"({column} IN ({_texts(texts) or 'NULL'}){f' OR {column} IS NULL' if None in values else ''})"


def _count(staged: Staged) -> None:
    """All counts from one aggregate over what was staged."""
    fates = staged.rows(
        f"SELECT object_id, outcome, valid, coalesce(copy, false) AS copy, broken, organisation, day, drift, not_of_kind, count(*) AS count FROM {STAGED}"
        f" LEFT JOIN (SELECT object_id, line, copy FROM {ORDERED} WHERE copy AND NOT rejudged) USING (object_id, line) WHERE NOT rejudged GROUP BY ALL"
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
        for name in row["not_of_kind"] or ():
            staged.not_of_kind[name] += number
        if row["outcome"] == WITHHELD:
            counts.withheld += number
            staged.withheld.append({"object_id": row["object_id"], "organisation": row["organisation"], "day": row["day"], "count": number})
        elif not row["valid"]:
            counts.rejected += number
            staged.broken_lines += number if row["outcome"] == REJECTED else 0
            for rule in row["broken"].split(","):
                # What the border rejects has its code as its name.
                staged.errors[codes.get(rule, rule)] += number
        elif row["copy"]:
            counts.duplicate += number
        else:
            counts.accepted += number


def count_moves(ctx: RunContext, staged: Staged) -> None:
    """How revalidation moves counts between accepted, duplicate and rejected, for each object, and which rows of quarantine that changes."""
    name = f"quarantine/{staged.contract.table}"
    add_view(staged.connection, ctx.warehouse, name)
    staged.connection.execute(
        f"CREATE TABLE {_MOVES} AS SELECT object_id, line, was_copy, coalesce(copy, false) AS copy, valid, was_broken IS NOT NULL AS was_rejected,"
        # By another standardisation a row that stays rejected has another hash, and its reasons other words.
        f" coalesce(was_broken, '') <> broken OR ({staged.redefined} AND NOT valid) AS requarantined FROM {STAGED} LEFT JOIN"
        " (SELECT object_id, line, array_to_string([error.rule for error in errors], ',') AS was_broken"
        f" FROM {sql_name(name)} WHERE line IS NOT NULL) USING (object_id, line)"
        f" LEFT JOIN (SELECT object_id, line, copy FROM {ORDERED} WHERE copy AND rejudged) USING (object_id, line) WHERE rejudged"
    )
    for row in staged.rows(
        f"SELECT object_id, was_copy, copy, valid, was_rejected, requarantined, count(*) AS count FROM {_MOVES} GROUP BY ALL"
    ):
        staged.rejudged += row["count"]
        staged.requarantined += row["count"] if row["requarantined"] else 0
        before = "rejected" if row["was_rejected"] else "duplicate" if row["was_copy"] else "accepted"
        after = "rejected" if not row["valid"] else "duplicate" if row["copy"] else "accepted"
        if before != after:
            counts = staged.moved.setdefault(row["object_id"], Counts())
            setattr(counts, before, getattr(counts, before) - row["count"])
            setattr(counts, after, getattr(counts, after) + row["count"])


def write_bronze(ctx: RunContext, staged: Staged) -> None:
    """Append the new rows as received; where the standardisation changed, write all rows, with what it makes of their keys, versions and hashes."""
    contract = staged.contract
    bronze = bronze_contract(contract.name)
    technical = {"run_id": f"'{ctx.run_id}'", "record_key": "sent_key", "copy": "again IS NOT NULL"}
    fields = set(received_fields(contract))
    columns = [
        f"{f'{RECEIVED}.{_quoted(column.name)}' if column.name in fields else technical.get(column.name, column.name)} AS {_quoted(column.name)}"
        for column in bronze.columns
    ]
    which = "true" if staged.redefined else "NOT rejudged"
    with ctx.step("bronze", contract.table):
        rows = staged.stream(
            f"SELECT {', '.join(columns)} FROM {STAGED} LEFT JOIN"
            f" (SELECT object_id, line, true AS again FROM {ORDERED} WHERE copy AND {which}) USING (object_id, line)"
            f" WHERE outcome = '{ROW}' AND {which}"
        )
        if staged.redefined:
            ctx.warehouse.overwrite_stream(bronze, rows)
        else:
            ctx.warehouse.append_stream(bronze, rows)


def _quoted(name: str) -> str:
    return f'"{name}"'


def _write_rejected(ctx: RunContext, staged: Staged, paths: Mapping[str, str], which: str) -> None:
    """Append rejected rows to quarantine; personal, secret and free-text fields are masked. `which`: a condition on the staged rows."""
    contract, connection = staged.contract, staged.connection
    names, values = [], []
    for column in contract.landed:
        if column.handling != "drop":
            value = f"{RECEIVED}.{_quoted(str(column.source))}"
            hidden = column.handling == "token" or column.free_text
            names.append(f"'{column.source}'")
            values.append(f"CASE WHEN {value} IS NOT NULL THEN '{MASKED}' END" if hidden else value)
    checks = [{"rule": one.rule, "code": one.code, "field": one.field, "message": one.message} for one in rules_of(contract)]
    told = "{'code': code, 'field': field, 'message': message, 'rule': rule}"
    # What only this row's reference knows is added to the message of its rule.
    detailed = "struct_update(told[rule], message := concat_ws('; ', told[rule].message, reference_detail))"
    told_of_row = (
        f"CASE WHEN rule IN ({_texts([one.rule for one in reference_checks(contract)]) or 'NULL'}) THEN {detailed} ELSE told[rule] END"
    )
    is_row = f"outcome = '{ROW}'"
    columns = {
        "row_hash": f"CASE WHEN {is_row} THEN row_hash END",
        # What the border rejects says itself what is wrong; other rows name the rules that they break.
        "errors": f"CASE WHEN {is_row} THEN [{told_of_row} for rule in string_split(broken, ',')] ELSE"
        " [{'code': error_code, 'field': coalesce(error_field, ''), 'message': error_message, 'rule': error_code}] END",
        "fields": f"CASE WHEN {is_row} THEN MAP([{', '.join(names)}], [{', '.join(values)}]) END",
        "run_id": f"'{ctx.run_id}'",
    }
    quarantine = quarantine_contract(contract.name)
    shown = ", ".join(f"{columns.get(column.name, column.name)} AS {column.name}" for column in quarantine.columns)
    connection.register("object_paths", pa.table({"object_id": list(paths), "path": list(paths.values())}))
    connection.register("checks", pa.Table.from_pylist(checks))
    rows = staged.stream(
        f"SELECT {shown} FROM {STAGED} LEFT JOIN object_paths USING (object_id)"
        f" CROSS JOIN (SELECT map(list(rule), list({told})) AS told FROM checks)"
        f" WHERE outcome IN ('{ROW}', '{REJECTED}') AND NOT valid AND {which}"
    )
    ctx.warehouse.append_stream(quarantine, rows)


def write_quarantine(ctx: RunContext, staged: Staged, paths: Mapping[str, str]) -> None:
    """Put rejected rows into quarantine; of those that were judged again, renew what stands there with another verdict, or is right now.

    `paths`: the landed path of each object.
    """
    contract = staged.contract
    if staged.rejected:
        with ctx.step("quarantine", contract.table) as facts:
            facts["rows"] = staged.rejected
            _write_rejected(ctx, staged, paths, "NOT rejudged")
    if staged.requarantined:
        with ctx.step("quarantine", contract.table) as facts:
            facts |= {"judged_again": staged.rejudged, "changed": staged.requarantined}
            changed = f"SELECT object_id, line FROM {_MOVES} WHERE requarantined"
            ctx.warehouse.delete_rows(quarantine_contract(contract.name), staged.connection.sql(changed).to_arrow_table())
            _write_rejected(ctx, staged, paths, f"rejudged AND (object_id, line) IN (SELECT (object_id, line) FROM ({changed}))")


def merge_silver(ctx: RunContext, staged: Staged, purged_keys: Sequence[str], touched_by: Sequence[str]) -> list[dict[str, Any]]:
    """Bring the silver table to the newest valid versions; returns the months in which changed rows lie or lay by the date columns `touched_by`."""
    contract = staged.contract
    names = [column.name for column in contract.stored]
    with ctx.step("silver", contract.table) as facts:
        if is_empty(ctx.warehouse, contract.name):
            facts["conflicts"] = staged.conflicts = _conflicts(staged, None)
            ctx.warehouse.append_stream(contract, staged.stream(f"SELECT {_silver_columns(ctx, names)} FROM {WINNERS}"))
            return _months(staged.connection, contract, touched_by, WINNERS)
        add_view(staged.connection, ctx.warehouse, contract.name)
        anew = _has_keys_to_choose_anew(staged, purged_keys)
        standing = _standing_partitions(staged, anew=anew)
        staged.connection.execute(f"CREATE TABLE {_CHANGES} AS {_changes(ctx, staged, standing, touched_by, anew=anew)}")
        facts["conflicts"] = staged.conflicts = _conflicts(staged, standing)
        total = staged.rows(f"SELECT gone, count(*) AS count FROM {_CHANGES} GROUP BY gone")
        facts |= {"delete" if row["gone"] else "upsert": row["count"] for row in total}
        if total and standing:
            within = _one_of(f"t.{contract.partition_by[0]}", standing) if contract.partition_by else None
            ctx.warehouse.merge(contract, staged.stream(f"SELECT {', '.join(names)}, gone FROM {_CHANGES}"), within)
        elif total:
            ctx.warehouse.append_stream(contract, staged.stream(f"SELECT {', '.join(names)} FROM {_CHANGES}"))
        now = _months(staged.connection, contract, touched_by, f"(SELECT * FROM {_CHANGES} WHERE NOT gone)")
        return now + _months(staged.connection, contract, touched_by, _CHANGES, _OLD)


def _conflicts(staged: Staged, existing: Sequence[str | None] | None) -> int:
    """Keys of which new rows say something else under the same version than other rows of the batch, or than the row of the table.

    The greatest hash wins, so that the order of arrival does not matter; but nobody has said which of them is right. `existing`: the partitions of the table
    that hold one of the keys; None: it has no rows.
    """
    contract = staged.contract
    new = f"SELECT record_key, record_version, row_hash FROM {STAGED} WHERE outcome = '{ROW}' AND valid AND NOT rejudged AND record_key IS NOT NULL"
    known = ""
    if existing:
        table = sql_name(contract.name)
        within = f" WHERE {_one_of(contract.partition_by[0], existing)}" if contract.partition_by else ""
        known = f" UNION ALL SELECT {record_key(contract.key)}, {contract.version}, row_hash FROM {table}{within}"
    (found,) = staged.rows(
        f"SELECT count(*) AS keys FROM (SELECT record_key FROM ({new}{known}) SEMI JOIN ({new}) AS n USING (record_key, record_version)"
        " GROUP BY record_key, record_version HAVING count(DISTINCT row_hash) > 1)"
    )
    return int(found["keys"])


def _silver_columns(ctx: RunContext, names: Sequence[str]) -> str:
    return ", ".join(f"'{ctx.run_id}' AS run_id" if name == "run_id" else name for name in names)


def _has_keys_to_choose_anew(staged: Staged, purged_keys: Sequence[str]) -> bool:
    """Note the keys of which what stands counts no more, only the batch's rows; whether there are any."""
    staged.connection.register("purged", pa.table({"sent_key": pa.array(purged_keys, pa.string())}))
    staged.connection.execute(
        f"CREATE TABLE {_ANEW} AS SELECT sent_key FROM {STAGED} WHERE rejudged AND sent_key IS NOT NULL UNION SELECT sent_key FROM purged"
    )
    return bool(staged.rows(f"FROM {_ANEW} LIMIT 1"))


def _chosen_anew(contract: Contract, key: str) -> str:
    """The condition that a key is chosen anew. Where keys come by the registry the whole table was judged again, so that every key is."""
    return f"coalesce({key} IN (FROM {_ANEW}), false)" if contract.sent_key == contract.key else f"EXISTS (FROM {_ANEW})"


def _standing_partitions(staged: Staged, *, anew: bool) -> list[str | None]:
    """The partitions of silver that hold a row whose key the batch has, or has to choose anew; without one the batch only adds rows.

    Found by the keys alone, so that the other columns are read, and files merged, only there. A table without partitions counts as one, None.
    """
    contract = staged.contract
    table = sql_name(contract.name)
    partition = contract.partition_by[0] if contract.partition_by else "NULL"
    queries = [f"SELECT DISTINCT {partition} AS partition FROM {table} SEMI JOIN {WINNERS} USING ({', '.join(contract.key)})"]
    if anew:
        queries.append(f"SELECT {partition} FROM {table} WHERE {_chosen_anew(contract, record_key(contract.key))}")
    return [row["partition"] for row in staged.rows(" UNION ".join(queries))]


def _changes(ctx: RunContext, staged: Staged, standing: Sequence[str | None], days: Sequence[str], *, anew: bool) -> str:
    """The query for what the merge has to do: rows to insert or update, and keys whose every version was taken away.

    `standing` are the partitions that hold rows of these keys. Out: the silver columns, `gone`, and the existing row's `days` as `standing__*`.
    """
    contract = staged.contract
    names = [column.name for column in contract.stored]
    table = sql_name(contract.name)
    if contract.partition_by:
        table = f"(SELECT * FROM {table} WHERE {_one_of(contract.partition_by[0], standing)})"
    old_days = "".join(f", {_OLD}{name}" for name in days)
    beats, wanted = _beats(contract)
    if anew:
        # What is written would differ: every column counts.
        compared = [name for name in names if name not in ("run_id", "received_at")]
        same = " AND ".join(f"{name} IS NOT DISTINCT FROM {_OLD}{name}" for name in compared)
        beats, wanted = f"CASE WHEN {_chosen_anew(contract, 'sent_key')} THEN NOT ({same}) ELSE {beats} END", compared
    # Only the columns that are asked for are read.
    old = ", ".join(f"{name} AS {_OLD}{name}" for name in dict.fromkeys([*contract.key, *wanted, *days]))
    same_key = " AND ".join(f"{name} = {_OLD}{name}" for name in contract.key)
    changes = (
        f"SELECT {', '.join(names)}{old_days}, false AS gone"
        f" FROM (SELECT {_silver_columns(ctx, names)}, sent_key FROM {WINNERS})"
        f" LEFT JOIN (SELECT {old} FROM {table}) ON {same_key}"
        f" WHERE {_OLD}{contract.key[0]} IS NULL OR {beats}"
    )
    if not anew:
        return changes
    # A key of which nothing is left: there is no winner, so the row goes.
    return (
        f"{changes} UNION ALL SELECT {', '.join(names)}{''.join(f', {name}' for name in days)}, true"
        f" FROM {table} AS standing ANTI JOIN (SELECT {', '.join(contract.key)} FROM {WINNERS}) AS kept USING ({', '.join(contract.key)})"
        f" WHERE {_chosen_anew(contract, record_key(contract.key))}"
    )


def _beats(contract: Contract) -> tuple[str, list[str]]:
    """Whether the new row is greater than the standing one in (version, withdrawn, row_hash), or equal and of a smaller object; and the columns for it."""
    steps = [contract.version, *([contract.withdrawn] if contract.withdrawn else []), "row_hash"]
    beats = f"(object_id, line) < ({_OLD}object_id, {_OLD}line)"
    for name in reversed(steps):
        beats = f"({name} > {_OLD}{name} OR ({name} = {_OLD}{name} AND {beats}))"
    return beats, [*map(str, steps), "object_id", "line"]


def months_of_table(warehouse: Warehouse, contract: Contract, columns: Sequence[str]) -> list[dict[str, Any]]:
    """The months that a table's rows lie in by date columns: rows of `ops/touched` without the run."""
    with connect(warehouse, {contract.name: None}) as connection:
        return _months(connection, contract, columns, sql_name(contract.name))


def _months(
    connection: duckdb.DuckDBPyConnection, contract: Contract, columns: Sequence[str], relation: str, prefix: str = ""
) -> list[dict[str, Any]]:
    """The months that rows of a relation lie in by the date columns, under the names that these have there."""
    return [
        {"table": contract.name, "column": column, "month": month}
        for column in columns
        for (month,) in connection.execute(
            f"SELECT DISTINCT CAST(date_trunc('month', {prefix}{column}) AS DATE) FROM {relation} WHERE {prefix}{column} IS NOT NULL"
        ).fetchall()
    ]
