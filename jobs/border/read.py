"""Landed objects to a DataFrame: the border, run on the workers by `mapInArrow`."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import pyarrow as pa

from jobs.border.numbers import NumberKind
from jobs.border.objects import read_batches
from jobs.border.secrets import collect_tombstones
from jobs.border.spec import LANDED, BorderField, BorderSpec, ObjectRef, arrow_schema
from jobs.border.tokens import load_key
from jobs.errors import UsageError
from jobs.landing.formats.sheet import fields_instead, nullable_fields, optional_fields
from jobs.landing.storage import S3Access, landing_access, landing_storage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pyspark.sql import DataFrame

    from jobs.ops.ledger import Entry
    from jobs.run import RunContext
    from jobs.settings import Settings
    from warehouse_schema.contracts import Column, Contract

_NUMBERS = frozenset({"integer", "decimal"})
_DAYS = frozenset({"date", "timestamp", "month"})
_KEY_VARIABLE = "NTM_PII_KEY"
_SPARK_TYPES = {pa.string(): "string", pa.int64(): "bigint", pa.date32(): "date", pa.timestamp("us", tz="UTC"): "timestamp"}
_TOMBSTONE_SCHEMA = pa.schema([("key_hash", pa.string()), ("version", pa.timestamp("us", tz="UTC"))])


@dataclass(frozen=True, slots=True)
class KeySource:
    """Where a worker finds the key of the tokens: the closure that is shipped holds this, never the key."""

    path: Path | None

    def key(self) -> bytes:
        """The key, from the file or from the worker's own environment."""
        if self.path is not None:
            return load_key(self.path)
        return os.environ[_KEY_VARIABLE].encode()


@dataclass(frozen=True, slots=True)
class _Reader:
    """What a worker needs to read objects of one dataset."""

    landing_url: str
    access: S3Access | None
    key: KeySource
    spec: BorderSpec
    max_line_bytes: int

    def rows(self, objects: Iterable[ObjectRef], tombstones: Mapping[str, dt.datetime]) -> Iterator[pa.RecordBatch]:
        storage = landing_storage(self.landing_url, s3=self.access)
        return read_batches(
            objects, storage.open, spec=self.spec, key=self.key.key(), tombstones=tombstones, max_line_bytes=self.max_line_bytes
        )

    def secrets(self, objects: Iterable[ObjectRef]) -> Iterator[pa.RecordBatch]:
        storage = landing_storage(self.landing_url, s3=self.access)
        key = self.key.key()
        for item in objects:
            with storage.open(item.path) as stream:
                found = collect_tombstones(stream, item.path, self.spec, key, self.max_line_bytes)
            if found:
                yield pa.record_batch(
                    [pa.array(found), pa.array(found.values(), _TOMBSTONE_SCHEMA.field(1).type)], schema=_TOMBSTONE_SCHEMA
                )


def key_source(settings: Settings) -> KeySource:
    """Where the key is by the settings.

    Raises:
        UsageError: there is none; personal data must not pass without one.
    """
    if settings.pii_key_file is not None:
        load_key(settings.pii_key_file)
        return KeySource(settings.pii_key_file)
    if settings.pii_key is not None:
        os.environ[_KEY_VARIABLE] = settings.pii_key.get_secret_value()
        return KeySource(None)
    default = settings.home / "pii.key"
    if default.exists():
        load_key(default)
        return KeySource(default)
    raise UsageError(
        "NTM_PII_KEY_FILE (or NTM_PII_KEY) is needed: names and ID numbers become tokens under this key before they are stored"
    )


def border_spec(contract: Contract) -> BorderSpec:
    """What the border has to know of a dataset, from its contract."""
    secrecy = contract.secrecy
    return BorderSpec(
        dataset=str(contract.landing),
        fields=tuple(
            BorderField(
                name=str(column.source),
                aliases=column.aliases,
                handling=cast("Literal['keep', 'token', 'drop']", column.handling),
                keep_when=column.keep_when,
                kind=column.kind,
                number=_number(contract, column),
            )
            for column in contract.landed
        ),
        key=tuple(str(contract.column(name).source) for name in contract.sent_key),
        version=str(contract.column(str(contract.version)).source),
        secrecy_field=secrecy.field if secrecy else None,
        open_values=secrecy.open_values if secrecy else frozenset(),
        secret_values=secrecy.secret_values if secrecy else frozenset(),
        organisation_field=secrecy.organisation_field if secrecy else None,
        day_fields=secrecy.day_fields if secrecy else (),
        optional_columns=optional_fields(contract),
        nullable=nullable_fields(contract),
        instead=fields_instead(contract),
        only_sheets=contract.is_sheet,
    )


def _number(contract: Contract, column: Column) -> NumberKind | None:
    """Whether numbers are read in a column that also takes what people write; JSON alone writes them in one way."""
    if column.parse in _DAYS and contract.is_sheet:
        return "day"
    if column.parse not in _NUMBERS or (column.locale == "json" and set(contract.formats) == {"ndjson"}):
        return None
    return "percent" if column.percent else "number"


def _reader(ctx: RunContext, contract: Contract) -> _Reader:
    settings = ctx.settings
    return _Reader(settings.landing_url, landing_access(settings), key_source(settings), border_spec(contract), settings.max_line_bytes)


def _objects(ctx: RunContext, entries: Sequence[Entry]) -> DataFrame:
    """One row an object. Spark cuts the list into equal runs, so large and small ones are dealt out in turn."""
    dealt = sorted(entries, key=lambda entry: (-entry.size, entry.path))
    halves = dealt[0::2] + dealt[1::2]
    return ctx.spark.createDataFrame([(entry.object_id, entry.path) for entry in halves], "object_id string, path string")


def _refs(batches: Iterable[pa.RecordBatch]) -> Iterator[ObjectRef]:
    for batch in batches:
        for row in batch.to_pylist():
            yield ObjectRef(row["object_id"], row["path"])


def _ddl(schema: pa.Schema) -> str:
    return ", ".join(f"`{field.name}` {_SPARK_TYPES.get(field.type, 'array<string>')}" for field in schema)


def secret_versions(ctx: RunContext, contract: Contract, entries: Sequence[Entry]) -> dict[str, dt.datetime]:
    """The newest secret version of each secret record in the objects, by keyed hash. The first of two looks at a dataset with secrets."""
    reader = _reader(ctx, contract)

    def scan(batches: Iterable[pa.RecordBatch]) -> Iterable[pa.RecordBatch]:
        return reader.secrets(_refs(batches))

    newest: dict[str, dt.datetime] = {}
    # As Arrow: `collect` would give times in the zone of this process.
    for row in _objects(ctx, entries).mapInArrow(scan, _ddl(_TOMBSTONE_SCHEMA)).toArrow().to_pylist():
        version = row["version"].astimezone(dt.UTC)
        newest[row["key_hash"]] = max(version, newest.get(row["key_hash"], version))
    return newest


def read_objects(ctx: RunContext, contract: Contract, entries: Sequence[Entry], tombstones: Mapping[str, dt.datetime]) -> DataFrame:
    """The rows of the objects as the border lets them through.

    Out: the border's own columns (`META`) without `version`; `received_at, origin`; the source fields as strings.
    Grain: one line of an object, and one row of outcome `object` that ends each object.
    """
    from pyspark.sql import functions as F

    reader = _reader(ctx, contract)
    hidden = dict(tombstones)

    def cross(batches: Iterable[pa.RecordBatch]) -> Iterable[pa.RecordBatch]:
        return reader.rows(_refs(batches), hidden)

    rows = _objects(ctx, entries).mapInArrow(cross, _ddl(arrow_schema(reader.spec)))
    earlier: dict[dt.datetime, list[str]] = {}
    for entry in entries:
        if entry.received_at != ctx.now:
            earlier.setdefault(entry.received_at, []).append(entry.object_id)
    received: Any = F.lit(ctx.now)
    if earlier:
        # One flat CASE: a protocol message may not be nested deeply.
        cases: Any = F
        for moment, objects in earlier.items():
            cases = cases.when(F.col("object_id").isin(objects), F.lit(moment))
        received = cases.otherwise(received)
    return rows.withColumns({"received_at": received, "origin": F.lit(LANDED)}).drop("version")
