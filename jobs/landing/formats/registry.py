"""The formats that a landed object can have, by the ending of its name, and how each is read (interfaces §2)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO, cast

from jobs.landing.formats.base import BrokenLine, FileKind, ObjectFormat, ObjectUnreadableError, Record, spooled
from jobs.landing.formats.csv import csv_records
from jobs.landing.formats.ndjson import ndjson_records
from jobs.landing.formats.sheet import SheetColumns
from jobs.landing.formats.workbook import xlsx_records


def format_of(path: str) -> ObjectFormat:
    """The format that the ending of `path` says: .ndjson, .csv (each also with .gz) or .xlsx, in any case.

    Raises:
        ObjectUnreadableError: `unknown_format`.
    """
    name = PurePosixPath(path).name.lower()
    stem = name.removesuffix(".gz")
    kind = PurePosixPath(stem).suffix.removeprefix(".")
    if kind not in ("ndjson", "csv", "xlsx") or (kind == "xlsx" and stem != name):
        raise ObjectUnreadableError("unknown_format", "expected a name that ends in .ndjson, .csv (or either with .gz) or .xlsx")
    return ObjectFormat(cast("FileKind", kind), stem != name)


def records(
    stream: IO[bytes], fmt: ObjectFormat, max_line_bytes: int, columns: SheetColumns | None = None
) -> Iterator[tuple[int, Record | BrokenLine]]:
    """The records of an object, each with its 1-based line: the physical line it starts on, in XLSX the row.

    Args:
        stream: the stored bytes.
        fmt: as `format_of` tells.
        max_line_bytes: longest line (CSV: record) in bytes, its end not counted.
        columns: of a sheet; CSV and XLSX need it.

    Raises:
        ObjectUnreadableError: `unexpected_columns`, `unreadable_workbook`, `truncated_gzip` or `corrupt_gzip`.
    """
    if fmt.kind == "ndjson":
        return ndjson_records(stream, fmt.gzipped, max_line_bytes)
    if columns is None:
        raise ValueError("a sheet is read by its columns")
    if fmt.kind == "csv":
        return csv_records(stream, fmt.gzipped, max_line_bytes, columns)
    return xlsx_records(stream if stream.seekable() else spooled(stream), columns)
