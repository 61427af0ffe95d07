"""Landed objects through the border to batches of rows.

It runs on the workers inside `mapInArrow`, and imports nothing that is slow to load before it is needed (architecture, "The border").
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO

import pyarrow as pa

from jobs.border.columnar import ColumnarReader
from jobs.border.records import Border
from jobs.border.spec import BorderRow, BorderSpec, ObjectRef, arrow_schema
from jobs.landing.formats.base import BrokenLine, Record
from jobs.landing.formats.ndjson import json_block_records
from jobs.landing.formats.registry import format_of, json_blocks, records


def read_batches(
    objects: Iterable[ObjectRef],
    open_object: Callable[[str], IO[bytes]],
    *,
    spec: BorderSpec,
    key: bytes,
    tombstones: Mapping[str, dt.datetime],
    max_line_bytes: int,
    batch_rows: int = 10_000,
) -> Iterator[pa.RecordBatch]:
    """All rows of some objects of one dataset, in batches of `arrow_schema(spec)`; the order of rows is not defined.

    Args:
        objects: what to read, in the format that each path's ending says.
        open_object: path -> stored bytes.
        spec: of the dataset.
        key: of the tokens.
        tombstones: key hash -> newest hidden version.
        max_line_bytes: longest line.
        batch_rows: most rows in a batch.

    Raises:
        ObjectUnreadableError: an object that `inspect_object` should have refused.
    """
    border = Border(spec, key, tombstones)
    schema = arrow_schema(spec)
    rows: list[BorderRow] = []
    for item in objects:
        drift: set[str] = set()
        with open_object(item.path) as stream:
            for part in _parts(stream, item, border, max_line_bytes):
                if isinstance(part, pa.RecordBatch):
                    for offset in range(0, part.num_rows, batch_rows):
                        yield part.slice(offset, batch_rows)
                    continue
                line, record = part
                rows.append(border.row(item.object_id, line, record, drift))
                if len(rows) >= batch_rows:
                    yield _batch(rows, schema)
                    rows = []
        rows.append(border.end_of_object(item.object_id, drift))
    if rows:
        yield _batch(rows, schema)


def _batch(rows: list[BorderRow], schema: pa.Schema) -> pa.RecordBatch:
    columns = zip(*rows, strict=True)
    return pa.record_batch([pa.array(column, kind) for column, kind in zip(columns, schema.types, strict=True)], schema=schema)


def _parts(
    stream: IO[bytes], item: ObjectRef, border: Border, max_line_bytes: int
) -> Iterator[tuple[int, Record | BrokenLine] | pa.RecordBatch]:
    """An object as numbered records, or as finished batches where a block of NDJSON can be read by columns."""
    fmt = format_of(item.path)
    columns = border.spec.sheet_columns
    blocks = json_blocks(stream, fmt, max_line_bytes, columns)
    if blocks is None:
        yield from records(stream, fmt, max_line_bytes, columns)
        return
    columnar = ColumnarReader(border, max_line_bytes)
    for first_line, block in blocks:
        if block is None:
            yield from json_block_records(first_line, None, max_line_bytes)
        else:
            for part in columnar.read(item.object_id, first_line, block):
                if isinstance(part, pa.RecordBatch):
                    yield part
                else:
                    yield from json_block_records(part[0], part[1], max_line_bytes)
