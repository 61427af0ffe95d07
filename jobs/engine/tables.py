"""The Delta tables of the warehouse as the driver sees them: where they are, made from their contracts, read and written without a JVM.

The engine reads, standardises and judges the rows; every table is written here, through `deltalake`.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
from deltalake import ColumnProperties, DeltaTable, QueryBuilder, Schema, WriterProperties, write_deltalake

from jobs.engine.plain_files import without_views
from jobs.engine.store import s3_options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from pyspark.sql import SparkSession

    from jobs.settings import Settings
    from warehouse_schema.contracts import Contract

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_STATISTICS_LIMIT = "0"
_CONSTRAINT = "delta.constraints."
LOG_RETENTION_MARGIN_DAYS = 30
_ROW_GROUP = 32_768  # rows wait in memory until their group is full, for each month that is written at once
_ROW_HASHES = frozenset({"row_hash", "key_hash", "record_key"})


class Place(NamedTuple):
    """Where a state of a table is read: the table's address, and its version there."""

    uri: str
    version: int


@dataclass(frozen=True, slots=True)
class Warehouse:
    """The tables under one root URL. `places`: those of which readers are given another state than the newest one there; nothing is written to these.

    `spark`: gives a new session in which the set queries of a run are asked (`NTM_SETS=spark`); None: DuckDB asks them in this process.

    It keeps tables open, and knows their newest versions by what it wrote itself: a run is the only writer while it holds the lock. What others wrote is
    seen after `look_again`, with which every step begins. A table has to stay the same one: a folder that is emptied and filled anew is seen by a new
    `Warehouse`.
    """

    url: str
    storage_options: dict[str, str] | None = None
    retention_days: int = 400
    places: Mapping[str, Place] = field(default_factory=dict)
    spark: Callable[[], SparkSession] | None = field(default=None, compare=False)
    _opened: dict[str, DeltaTable] = field(default_factory=dict, init=False, repr=False, compare=False)
    _changed: set[str] = field(default_factory=set, init=False, repr=False, compare=False)
    _rows: dict[str, tuple[int, list[dict[str, Any]]]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, settings: Settings) -> Warehouse:
        """The warehouse that the settings name."""
        options: dict[str, str] | None = None
        if settings.warehouse_url.startswith("s3"):
            options = s3_options(settings.s3_endpoint, settings.warehouse_access_key, settings.warehouse_secret_key)
        spark = None
        if settings.sets_on == "spark":
            from jobs.engine.session import session_for_sets

            spark = partial(session_for_sets, settings)
        return cls(settings.warehouse_url, options, settings.release_retention_days, spark=spark)

    def uri(self, name: str) -> str:
        """Where the table `<layer>/<table>` is."""
        return self.places[name].uri if name in self.places else f"{self.url}/{name}"

    def exists(self, name: str) -> bool:
        """Whether the table was made; what is open stays."""
        return name in self._opened or bool(DeltaTable.is_deltatable(self.uri(name), storage_options=self.storage_options))

    def open(self, name: str, version: int | None = None) -> DeltaTable:
        """The table, at a given version; None: at its newest, or at that of its place."""
        if version is None and name in self.places:
            version = self.places[name].version
        return DeltaTable(self.uri(name), version=version, storage_options=self.storage_options)

    def look_again(self) -> None:
        """Forget which versions are the newest: others may have written."""
        self._changed.update(self._opened)

    def newest(self, name: str) -> DeltaTable:
        """The table at its newest version, or at that of its place; not to be changed by the caller."""
        table, is_changed = self._opened.get(name), name in self._changed
        # Before the look: what is changed while it lasts is looked at again.
        self._changed.discard(name)
        try:
            if table is None:
                table = self._opened[name] = self.open(name)
            elif is_changed and name not in self.places:
                # A tenth of the time that opening takes.
                table.update_incremental()
        except BaseException:
            self._changed.add(name)
            raise
        return table

    @contextmanager
    def changing(self, name: str) -> Iterator[DeltaTable]:
        """The table at its newest version, for a change: the only way to one, so that `newest` is it again afterwards."""
        try:
            yield self.open(name)
        finally:
            self._changed.add(name)

    @contextmanager
    def changing_elsewhere(self, name: str) -> Iterator[None]:
        """While another engine changes the table: `newest` looks at it again afterwards, whatever became of the change."""
        try:
            yield
        finally:
            self._changed.add(name)

    def is_empty(self, name: str, version: int | None = None) -> bool:
        """Whether the table, at its newest or at a given version, has no file, and so no row."""
        table = self.newest(name)
        return not (table if version in (None, table.version()) else self.open(name, version)).file_uris()

    def version(self, name: str) -> int:
        """The newest version of the table, or that of its place."""
        return int(self.newest(name).version())

    def ensure(self, contract: Contract) -> None:
        """Make the table of the contract if it is not there: columns, comments, partitions, retention (its constraints: `jobs.engine.schema`)."""
        if self.exists(contract.name):
            return
        DeltaTable.create(
            self.uri(contract.name),
            schema=Schema.from_json(json.dumps(contract.schema_json())),
            partition_by=list(contract.partition_by),
            name=contract.table,
            description=contract.description,
            configuration={**_configuration(contract, self.retention_days)},
            storage_options=self.storage_options,
        )

    def constraints(self, name: str) -> set[str]:
        """The names of the CHECK constraints that the table has."""
        found = self.newest(name).metadata().configuration
        return {one.removeprefix(_CONSTRAINT) for one in found if one.startswith(_CONSTRAINT)}

    def rows(self, name: str, version: int | None = None, columns: Sequence[str] | None = None) -> list[dict[str, Any]]:
        """All rows of a small table as dictionaries."""
        named = ", ".join(f'"{column}"' for column in columns) if columns else "*"
        return _rows_of(self.query(name, f"SELECT {named} FROM rows", version))

    def rows_now(self, name: str) -> list[dict[str, Any]]:
        """All rows of a small table as it is now, whoever wrote to it, read only where it has changed since it was asked for last. Not to be changed by the
        caller.
        """
        if name in self._opened:
            self._changed.add(name)
        version = self.version(name)
        read = self._rows.get(name)
        if read is None or read[0] != version:
            read = self._rows[name] = version, self.rows(name, version)
        return read[1]

    def query(self, name: str, sql: str, version: int | None = None) -> pa.Table:
        """What a query over one table, named `rows` in it, gives.

        Not through `to_pyarrow_dataset`: after a merge by `deltalake` its filters fail on text columns (string against string_view), and importing it
        imports pandas, which costs a command of one second half of it.
        """
        result = QueryBuilder().register("rows", self.open(name, version)).execute(sql)
        return pa.RecordBatchReader.from_stream(result).read_all()

    def append(self, contract: Contract, rows: Iterable[dict[str, Any]]) -> None:
        """Append rows in one commit."""
        self.append_table(contract, arrow_table(contract, rows))

    def overwrite(self, contract: Contract, rows: Iterable[dict[str, Any]]) -> None:
        """Replace all rows in one commit."""
        self.overwrite_table(contract, arrow_table(contract, rows))

    def overwrite_table(self, contract: Contract, table: pa.Table) -> None:
        """Replace all rows by an Arrow table in one commit."""
        with self.changing(contract.name) as changed:
            write_deltalake(changed, table, mode="overwrite")

    def overwrite_stream(self, contract: Contract, rows: pa.RecordBatchReader) -> None:
        """Replace all rows and the schema by the contract's in one commit; earlier versions keep theirs. Columns in the contract's order."""
        with self.changing(contract.name) as table:
            write_deltalake(
                table,
                rows.cast(arrow_schema(contract)),
                mode="overwrite",
                schema_mode="overwrite",
                partition_by=list(contract.partition_by),
                writer_properties=_writer(contract),
            )

    def make_empty(self, contract: Contract) -> None:
        """Give the table no rows, no constraints, and the contract's schema, comments and properties; earlier versions keep theirs."""
        for name in self.constraints(contract.name):
            with self.changing(contract.name) as table:
                table.alter.drop_constraint(name)
        self.overwrite_stream(contract, pa.RecordBatchReader.from_batches(arrow_schema(contract), []))
        for column in contract.stored:
            if column.description:
                with self.changing(contract.name) as table:
                    table.alter.set_column_metadata(column.name, {"comment": column.description})
        with self.changing(contract.name) as table:
            table.alter.set_table_properties(_configuration(contract, self.retention_days))

    def append_table(self, contract: Contract, table: pa.Table) -> None:
        """Append an Arrow table in one commit."""
        with self.changing(contract.name) as changed:
            write_deltalake(changed, table, mode="append")

    def append_stream(self, contract: Contract, rows: pa.RecordBatchReader) -> None:
        """Append rows in one commit as they come; columns in the contract's order."""
        with self.changing(contract.name) as table:
            write_deltalake(table, rows.cast(arrow_schema(contract)), mode="append", writer_properties=_writer(contract))

    def merge(self, contract: Contract, changes: pa.RecordBatchReader | pa.Table, within: str | None = None) -> None:
        """Insert or replace rows by key, and delete those that are `gone`, in one commit; keys hold no NULL.

        `changes`: the columns of the contract in their order, and `gone` (boolean). `within`: a condition on the table's partitions (as `t.<column>`) outside
        of which, as the caller knows, no row has one of the keys: files there are not read.
        """
        names = arrow_schema(contract).names
        same_key = [f"t.`{name}` = s.`{name}`" for name in contract.key]
        with self.changing(contract.name) as table:
            (
                table.merge(
                    changes.cast(arrow_schema(contract).append(pa.field("gone", pa.bool_()))),
                    " AND ".join([*same_key, within] if within else same_key),
                    source_alias="s",
                    target_alias="t",
                    writer_properties=_writer(contract),
                )
                .when_matched_delete(predicate="s.gone")
                .when_matched_update({name: f"s.`{name}`" for name in names}, predicate="NOT s.gone")
                .when_not_matched_insert({name: f"s.`{name}`" for name in names}, predicate="NOT s.gone")
                .execute()
            )
            without_views(table)

    def delete_rows(self, contract: Contract, keys: pa.Table) -> None:
        """Delete the rows of a table that are equal to one of `keys` in all its columns, in one commit."""
        same = " AND ".join(f"t.`{column}` = s.`{column}`" for column in keys.column_names)
        with self.changing(contract.name) as table:
            merger = table.merge(keys, same, source_alias="s", target_alias="t", writer_properties=_writer(contract))
            merger.when_matched_delete().execute()
            without_views(table)

    def delete_where(self, name: str, condition: str) -> None:
        """Delete the rows for which a condition in SQL is true, in one commit."""
        with self.changing(name) as table:
            table.delete(condition)
            without_views(table)

    def upsert(self, contract: Contract, rows: Iterable[dict[str, Any]]) -> None:
        """Insert rows or replace those of the same key, in one commit; keys may hold NULL."""
        new = arrow_table(contract, rows)
        if new.num_rows == 0:
            return
        predicate = " AND ".join(f"(t.`{name}` = s.`{name}` OR (t.`{name}` IS NULL AND s.`{name}` IS NULL))" for name in contract.key)
        with self.changing(contract.name) as table:
            merger = table.merge(new, predicate, source_alias="s", target_alias="t")
            merger.when_matched_update_all().when_not_matched_insert_all().execute()
            without_views(table)


def _rows_of(table: pa.Table) -> list[dict[str, Any]]:
    """An Arrow table as dictionaries. Time stamps are made here: `to_pylist` imports pandas for them, which costs a command of one second half of it."""
    columns = [_moments(column) if pa.types.is_timestamp(column.type) else column.to_pylist() for column in table.columns]
    return [dict(zip(table.column_names, row, strict=True)) for row in zip(*columns, strict=True)]


def _moments(column: pa.ChunkedArray) -> list[datetime | None]:
    """The time stamps of a Delta table: microseconds in UTC."""
    counted = column.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).to_pylist()
    return [None if one is None else _EPOCH + timedelta(microseconds=one) for one in counted]


def _configuration(contract: Contract, retention_days: int) -> dict[str, str]:
    configuration = {
        "delta.logRetentionDuration": f"interval {retention_days + LOG_RETENTION_MARGIN_DAYS} days",
        "delta.deletedFileRetentionDuration": f"interval {retention_days} days",
    }
    # Minima and maxima of content columns would keep a title in the log after its row is gone.
    if contract.statistics:
        configuration["delta.dataSkippingStatsColumns"] = ",".join(contract.statistics)
    elif contract.layer in ("bronze", "silver", "quarantine"):
        configuration["delta.dataSkippingNumIndexedCols"] = _NO_STATISTICS_LIMIT
    return configuration


def _writer(contract: Contract) -> WriterProperties:
    """How files are written: no dictionary where values seldom repeat (keys, hashes, tokens, times, free text), nor in bronze, which no query scans.

    Dictionaries of such columns cost a tenth to a fifth of a merge, and with ZSTD the files are no smaller for them.
    """
    plain = [
        column.name
        for column in contract.columns
        if contract.layer == "bronze"
        or column.type in ("timestamp", "long")
        or column.free_text
        or column.handling == "token"
        or column.name in _ROW_HASHES.union(contract.key)
    ]
    # Nobody reads statistics of single pages.
    properties = {name: ColumnProperties(dictionary_enabled=False, statistics_enabled="CHUNK") for name in plain}
    return WriterProperties(
        compression="ZSTD",
        max_row_group_size=_ROW_GROUP,
        default_column_properties=ColumnProperties(dictionary_enabled=True, statistics_enabled="CHUNK"),
        column_properties=properties,
    )


def arrow_schema(contract: Contract) -> pa.Schema:
    """The contract's schema in Arrow."""
    return pa.schema(Schema.from_json(json.dumps(contract.schema_json())).to_arrow())


def arrow_table(contract: Contract, rows: Iterable[dict[str, Any]]) -> pa.Table:
    """Rows as an Arrow table of the contract's schema."""
    return pa.Table.from_pylist(list(rows), schema=arrow_schema(contract))


def table_of(contract: Contract, objects: Sequence[Any]) -> pa.Table:
    """Objects that have the contract's columns as attributes as an Arrow table; for many, ten times faster than by dictionaries."""
    schema = arrow_schema(contract)
    return pa.table([pa.array([getattr(one, field.name) for one in objects], field.type) for field in schema], schema=schema)
