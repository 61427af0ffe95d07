"""From the bytes of a landed object to numbered records (interfaces §2): NDJSON, CSV (RFC 4180) and XLSX.

Every line has one fate here: a record, or a `BrokenLine` that says why not and quotes nothing of it. Memory is bounded by
`max_line_bytes`, whatever the object holds.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from pathlib import PurePosixPath
from typing import IO, Any, Literal, NamedTuple, TypeAlias, cast

from jobs.errors import NtmError

FileKind = Literal["ndjson", "csv", "xlsx"]

JsonValue: TypeAlias = "str | bool | None | list[Any] | dict[str, Any]"
Record: TypeAlias = dict[str, JsonValue]
"""Field -> value as received. Numbers are `Literal text` (`NumberText`); cells of a sheet are text, or None when empty."""

READ_BYTES = 4 << 20
MAX_DEPTH = 128
"""Levels of a JSON value. Fixed, and far below the interpreter's limit, so that a line has one fate on any stack."""

XLSX_MAX_ROWS = 1 << 20

_BOM = b"\xef\xbb\xbf"
_JSON_SPACE = " \t\r"
_COLUMN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_ZERO_PADDED = re.compile(r"0{2,}")


class ObjectFormat(NamedTuple):
    """How an object is stored."""

    kind: FileKind
    gzipped: bool


@dataclass(frozen=True, slots=True)
class BrokenLine:
    """A line that is not a record: `broken_line`, `invalid_encoding`, `line_too_long` or `nul_character`."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class SheetColumns:
    """The columns that a sheet may have: all of `required`, any of `optional`, each under its name or an alias."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)


class ObjectUnreadable(NtmError):
    """The object as a whole cannot be read; `code` says why, the message says what was expected."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __reduce__(self) -> tuple[type[ObjectUnreadable], tuple[str, str]]:
        return type(self), (self.code, self.message)


class NumberText(str):
    """A JSON number by its literal text: 1.0 stays 1.0 and a big integer loses nothing."""

    __slots__ = ()


def format_of(path: str) -> ObjectFormat:
    """The format that the ending of `path` says: .ndjson, .csv (each also with .gz) or .xlsx, in any case.

    Raises:
        ObjectUnreadable: `unknown_format`.
    """
    name = PurePosixPath(path).name.lower()
    stem = name.removesuffix(".gz")
    kind = PurePosixPath(stem).suffix.removeprefix(".")
    if kind not in ("ndjson", "csv", "xlsx") or (kind == "xlsx" and stem != name):
        raise ObjectUnreadable("unknown_format", "expected a name that ends in .ndjson, .csv (each also with .gz) or .xlsx")
    return ObjectFormat(cast(FileKind, kind), stem != name)


def records(
    stream: IO[bytes], fmt: ObjectFormat, max_line_bytes: int, columns: SheetColumns | None = None
) -> Iterator[tuple[int, Record | BrokenLine]]:
    """The records of an object, each with its 1-based line: the physical line it starts on, in XLSX the row.

    Args:
        stream: the stored bytes; for XLSX it must be seekable.
        fmt: as `format_of` tells.
        max_line_bytes: longest line (CSV: record) in bytes, its end not counted.
        columns: of a sheet; CSV and XLSX need it.

    Raises:
        ObjectUnreadable: `unexpected_columns`, `unreadable_workbook`, `truncated_gzip` or `corrupt_gzip`.
    """
    if fmt.kind == "ndjson":
        return _ndjson_records(stream, fmt.gzipped, max_line_bytes)
    if columns is None:
        raise ValueError("a sheet is read by its columns")
    if fmt.kind == "csv":
        return _csv_records(stream, fmt.gzipped, max_line_bytes, columns)
    return _xlsx_records(stream, columns)


def text_of(value: JsonValue) -> str | None:
    """A value as one text: strings as received, numbers literally, true/false, nested values as compact JSON."""
    if value is None or type(value) is str:
        return value
    if isinstance(value, str):
        return str(value)
    return _compact_json(value)


def _compact_json(value: JsonValue) -> str:
    if isinstance(value, NumberText):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{_compact_json(name)}:{_compact_json(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_compact_json, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


# --- bytes -> blocks of whole lines ---------------------------------------------------------------------------------


def content_chunks(stream: IO[bytes], gzipped: bool) -> Iterator[bytes]:
    """The object's content in pieces of at most READ_BYTES, unpacked, without a byte order mark.

    Raises:
        ObjectUnreadable: `truncated_gzip` or `corrupt_gzip`.
    """
    source = cast("IO[bytes]", gzip.GzipFile(fileobj=stream, mode="rb")) if gzipped else stream
    head = b""
    try:
        while len(head) < len(_BOM) and (piece := source.read(READ_BYTES)):
            head += piece
        yield head.removeprefix(_BOM)
        while piece := source.read(READ_BYTES):
            yield piece
    except EOFError:
        raise ObjectUnreadable("truncated_gzip", "expected a whole .gz file: this one ends too early") from None
    except (gzip.BadGzipFile, zlib.error):
        raise ObjectUnreadable("corrupt_gzip", "expected a .gz file that unpacks to its end") from None


def line_blocks(chunks: Iterable[bytes], max_line_bytes: int) -> Iterator[tuple[int, bytes | None]]:
    """Blocks of whole lines, each with the number of its first line; None stands for one line that is too long.

    A block ends with a line feed, except at the end of the object. A line inside a block may still be longer than
    `max_line_bytes` (by less than READ_BYTES): who splits the block looks at that.
    """
    number, rest, skipping = 1, bytearray(), False
    for chunk in chunks:
        piece = chunk
        if skipping:
            end = piece.find(b"\n")
            if end < 0:
                continue
            piece, skipping, number = piece[end + 1 :], False, number + 1
        last = piece.rfind(b"\n") + 1
        rest += piece[:last] if last else piece
        if last:
            block = bytes(rest)
            yield number, block
            number += block.count(b"\n")
            rest = bytearray(piece[last:])
        if len(rest) > max_line_bytes:
            yield number, None
            rest, skipping = bytearray(), True
    if rest:
        yield number, bytes(rest)


def lines_of(block: bytes) -> list[bytes]:
    """The lines of a block, without their line feeds."""
    lines = block.split(b"\n")
    if not lines[-1]:
        lines.pop()
    return lines


def _too_long(max_line_bytes: int) -> BrokenLine:
    return BrokenLine("line_too_long", f"expected at most {max_line_bytes} bytes in a line")


_INVALID_ENCODING = BrokenLine("invalid_encoding", "expected text in UTF-8")
_NUL_CHARACTER = BrokenLine("nul_character", "expected no NUL character in a line")


# --- NDJSON ---------------------------------------------------------------------------------------------------------


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


_scan_json = json.JSONDecoder(
    parse_int=NumberText, parse_float=NumberText, parse_constant=_refuse_constant
).scan_once  # the C scanner itself: `decode` adds a fifth
_NOT_JSON = BrokenLine("broken_line", "expected one JSON object in a line")
_TOO_DEEP = BrokenLine("broken_line", f"expected at most {MAX_DEPTH} levels of nested JSON")


def parse_json_line(line: bytes, max_line_bytes: int) -> Record | BrokenLine | None:
    """The record of one line of NDJSON; None for a blank line. Of a name given twice, the last value counts."""
    if len(line) > max_line_bytes:
        return _too_long(max_line_bytes)
    if b"\0" in line:
        return _NUL_CHARACTER
    try:
        text = line.decode("utf-8").strip(_JSON_SPACE)
    except UnicodeDecodeError:
        return _INVALID_ENCODING
    if not text:
        return None
    try:
        value, end = _scan_json(text, 0)
    except (ValueError, StopIteration):
        return _NOT_JSON
    except RecursionError:
        return _TOO_DEEP
    if end != len(text) or type(value) is not dict:
        return _NOT_JSON
    if text.count("{") + text.count("[") > MAX_DEPTH and _depth_exceeds(value, MAX_DEPTH):
        return _TOO_DEEP
    return value


def _depth_exceeds(value: Record, limit: int) -> bool:
    level: list[Any] = [value]
    for _ in range(limit):
        level = [
            item
            for parent in level
            for item in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(item, (dict, list))
        ]
        if not level:
            return False
    return True


def json_block_records(
    first_line: int, block: bytes | None, max_line_bytes: int
) -> Iterator[tuple[int, Record | BrokenLine]]:
    """The records of one of `line_blocks`; blank lines are skipped, but numbered."""
    if block is None:
        yield first_line, _too_long(max_line_bytes)
        return
    for number, line in enumerate(lines_of(block), first_line):
        record = parse_json_line(line, max_line_bytes)
        if record is not None:
            yield number, record


def _ndjson_records(
    stream: IO[bytes], gzipped: bool, max_line_bytes: int
) -> Iterator[tuple[int, Record | BrokenLine]]:
    for first_line, block in line_blocks(content_chunks(stream, gzipped), max_line_bytes):
        yield from json_block_records(first_line, block, max_line_bytes)


# --- sheets ---------------------------------------------------------------------------------------------------------


def check_header(header: list[str | None], columns: SheetColumns) -> list[str]:
    """The field of each column.

    A header that names no expected column is taken for a line of data, and an unknown column that does not look like a
    name may be data too: neither is quoted.

    Raises:
        ObjectUnreadable: `unexpected_columns`, naming missing, unknown and repeated columns, and what was expected.
    """
    allowed = {*columns.required, *columns.optional}
    names = [(name or "").strip() for name in header]
    fields = [columns.aliases.get(name, name) for name in names]
    missing = [name for name in columns.required if name not in fields]
    unknown = [
        name if _COLUMN_NAME.fullmatch(name) else f"column {position}"
        for position, name in enumerate(names, 1)
        if fields[position - 1] not in allowed
    ]
    repeated = sorted({name for name in fields if name in allowed and fields.count(name) > 1})
    if not (missing or unknown or repeated):
        return fields
    if allowed.isdisjoint(fields):
        problems = ["the first line is not the header line"]
    else:
        problems = [
            f"{problem}: {', '.join(found)}"
            for problem, found in (("missing", missing), ("unknown", unknown), ("given twice", repeated))
            if found
        ]
    expected = f"expected: {', '.join(columns.required)}"
    if columns.optional:
        expected += f"; optional: {', '.join(columns.optional)}"
    raise ObjectUnreadable("unexpected_columns", "; ".join([*problems, expected]))


@dataclass(slots=True)
class _CsvLines:
    """Physical lines for `csv.reader`, which pulls as many as a record takes; told apart record by record."""

    blocks: Iterator[tuple[int, bytes | None]]
    max_line_bytes: int
    start: int = 1
    fault: BrokenLine | None = None
    _pending: Iterator[tuple[int, bytes | None]] = field(default_factory=lambda: iter(()))
    _size: int = 0
    _quotes: int = 0

    def begin(self) -> None:
        self.start, self.fault, self._size, self._quotes = 0, None, 0, 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        number, line = self._next_line()
        self.start = self.start or number
        if line is not None:
            self._size += len(line)
            self._quotes += line.count(b'"')
        if line is None or self._size > self.max_line_bytes + 1:
            self.fault = _too_long(self.max_line_bytes)
            self._skip_record()
            raise _RecordTooLongError
        if b"\0" in line:
            self.fault = _NUL_CHARACTER
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError:
            self.fault = _INVALID_ENCODING
            return line.decode("utf-8", "replace")

    def _next_line(self) -> tuple[int, bytes | None]:
        for found in self._pending:
            return found
        first, block = next(self.blocks)
        self._pending = iter([(first, None)] if block is None else enumerate(block.splitlines(keepends=True), first))
        return next(self._pending)

    def _skip_record(self) -> None:
        """Go on to the line on which the quotes are closed, so that the rest of a long cell is not taken for rows."""
        while self._quotes % 2:
            try:
                _, line = self._next_line()
            except StopIteration:
                return
            self._quotes += line.count(b'"') if line is not None else 0


class _RecordTooLongError(Exception):
    pass
