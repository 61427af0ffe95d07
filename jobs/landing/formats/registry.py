"""The formats that a landed object can have, by the ending of its name.

A new format is a module beside this one and an entry in `FORMATS` (and a word in `warehouse_schema/contract_vocabulary.py`, so that
contracts can ask for it): how its records are read, and what can be said of an object before any of its rows is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, TypeAlias

from jobs.landing.formats import csv, edxml, ndjson, workbook
from jobs.landing.formats.base import BrokenLine, ObjectFormat, ObjectUnreadableError, PassedOver, Record, spooled
from jobs.landing.formats.lines import content_chunks
from jobs.landing.formats.ooxml import check_archive
from jobs.landing.formats.sheet import SheetColumns, SheetLayout

Numbered: TypeAlias = Iterator[tuple[int, Record | BrokenLine]]
Blocks: TypeAlias = Iterator[tuple[int, bytes | None]]


@dataclass(frozen=True, slots=True)
class TextFormat:
    """A format of text, which may be packed (`.gz`) and is refused when it is binary.

    All take the content in pieces, as `with_head` gives it, and the columns of the dataset.

    Attributes:
        read: the records, each with its 1-based line, unique in the object: the physical line it starts on. Takes the longest line, and
            counts up what it passes over.
        has_rows: whether there is any row; refuses what cannot be read to its end. The same arguments.
        blocks: where every record is JSON on a line: the lines in blocks, for a reader that takes many records at once.
    """

    read: Callable[[Iterator[bytes], SheetColumns, int, PassedOver], Numbered]
    has_rows: Callable[[Iterator[bytes], SheetColumns, int, PassedOver], bool]
    blocks: Callable[[Iterator[bytes], frozenset[str], int], Blocks] | None = None


@dataclass(frozen=True, slots=True)
class FileFormat:
    """A format that is read from a seekable file.

    Attributes:
        check: looks at the file as a whole, before anything is parsed. Takes the most bytes that it may unpack to.
        read: as of a `TextFormat`; in a sheet the line is the row.
        has_rows: as of a `TextFormat`.
    """

    check: Callable[[IO[bytes], int], None]
    read: Callable[[IO[bytes], SheetColumns, int, PassedOver], Numbered]
    has_rows: Callable[[IO[bytes], SheetColumns, int, PassedOver], bool]


FORMATS: dict[str, TextFormat | FileFormat] = {
    "ndjson": TextFormat(ndjson.read, ndjson.has_rows, blocks=ndjson.json_blocks),
    "csv": TextFormat(csv.read, csv.has_rows),
    "edxml": TextFormat(edxml.read, edxml.has_rows),
    "xlsx": FileFormat(check_archive, workbook.read, workbook.has_rows),
}


def format_of(path: str) -> ObjectFormat:
    """The format that the ending of `path` says, in any case of letters; text formats also with `.gz`.

    Raises:
        ObjectUnreadableError: `unknown_format`.
    """
    name = PurePosixPath(path).name.lower()
    stem = name.removesuffix(".gz")
    kind = PurePosixPath(stem).suffix.removeprefix(".")
    gzipped = stem != name
    if kind not in FORMATS or (gzipped and not isinstance(FORMATS[kind], TextFormat)):
        text = ", ".join(f".{ending}" for ending, known in FORMATS.items() if isinstance(known, TextFormat))
        files = ", ".join(f".{ending}" for ending, known in FORMATS.items() if isinstance(known, FileFormat))
        raise ObjectUnreadableError("unknown_format", f"expected a name that ends in {text} (or one of these with .gz) or {files}")
    return ObjectFormat(kind, gzipped)


def records(stream: IO[bytes], fmt: ObjectFormat, max_line_bytes: int, columns: SheetColumns | None = None) -> Numbered:
    """The records of an object, each with its line.

    Args:
        stream: the stored bytes.
        fmt: as `format_of` gives it.
        max_line_bytes: longest line (CSV: record) in bytes, its end not counted.
        columns: of the dataset; a sheet needs them.

    Raises:
        ObjectUnreadableError: the object cannot be read; its code is one of those of `inspect.ObjectFailure`.
    """
    known = FORMATS[fmt.kind]
    if columns is None:
        if not isinstance(known, TextFormat) or known.blocks is None:
            raise ValueError("a sheet is read by its columns")
        columns = SheetColumns(())
    if isinstance(known, TextFormat):
        return known.read(content_chunks(stream, fmt.gzipped), columns, max_line_bytes, PassedOver())
    return known.read(stream if stream.seekable() else spooled(stream), columns, max_line_bytes, PassedOver())


def sheet_layout(stream: IO[bytes], fmt: ObjectFormat, columns: SheetColumns) -> SheetLayout | None:
    """Where the header of a sheet is and what its columns are; None where it has no row, or is no sheet.

    Raises:
        ObjectUnreadableError: the object cannot be read, or has another header.
    """
    if fmt.kind == "xlsx":
        found = workbook.located(stream, columns)
        return found[1] if found else None
    if fmt.kind != "csv":
        return None
    layout = csv.csv_layout(next(csv.csv_text(content_chunks(stream, fmt.gzipped)), b""), columns)
    return layout.sheet if layout else None


def json_blocks(stream: IO[bytes], fmt: ObjectFormat, max_line_bytes: int, columns: SheetColumns) -> Blocks | None:
    """The blocks of lines of an object whose records are JSON; None for other formats."""
    known = FORMATS[fmt.kind]
    if not isinstance(known, TextFormat) or known.blocks is None:
        return None
    return known.blocks(content_chunks(stream, fmt.gzipped), columns.names, max_line_bytes)
