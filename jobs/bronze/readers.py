"""From the bytes of a landed object to numbered records (interfaces §2): NDJSON, CSV (RFC 4180) and XLSX.

Every line has one fate here: a record, or a `BrokenLine` that says why not and quotes nothing of it. Memory is bounded
by `max_line_bytes`, whatever a text holds.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
import re
import shutil
import tempfile
import warnings
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from json.scanner import make_scanner
from pathlib import PurePosixPath
from typing import IO, Any, Literal, NamedTuple, TypeAlias, cast

from jobs.errors import NtmError

FileKind = Literal["ndjson", "csv", "xlsx"]

JsonValue: TypeAlias = "str | bool | list[Any] | dict[str, Any] | None"
Record: TypeAlias = dict[str, JsonValue]
"""Field -> value as received; numbers are their literal text (`NumberText`), cells of a sheet text or None."""

READ_BYTES = 2 << 20
SPOOL_BYTES = 32 << 20
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


class ObjectUnreadableError(NtmError):
    """The object as a whole cannot be read; `code` says why, the message says what was expected."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __reduce__(self) -> tuple[type[ObjectUnreadableError], tuple[str, str]]:
        return type(self), (self.code, self.message)


class NumberText(str):
    """A JSON number by its literal text: 1.0 stays 1.0 and a big integer loses nothing."""

    __slots__ = ()


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
    return ObjectFormat(cast(FileKind, kind), stem != name)


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
        return _ndjson_records(stream, fmt.gzipped, max_line_bytes)
    if columns is None:
        raise ValueError("a sheet is read by its columns")
    if fmt.kind == "csv":
        return _csv_records(stream, fmt.gzipped, max_line_bytes, columns)
    return _xlsx_records(stream if stream.seekable() else spooled(stream), columns)


def spooled(stream: IO[bytes]) -> IO[bytes]:
    """A seekable copy of what a stream still holds, in memory while it is small."""
    copy = cast("IO[bytes]", tempfile.SpooledTemporaryFile(SPOOL_BYTES))  # noqa: SIM115  the reader keeps it
    shutil.copyfileobj(stream, copy, READ_BYTES)
    copy.seek(0)
    return copy


def text_of(value: JsonValue) -> str | None:
    """A value as one text: strings as received, numbers literally, true/false, nested values as compact JSON."""
    if value is None:
        return None
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
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
        ObjectUnreadableError: `truncated_gzip` or `corrupt_gzip`.
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
        raise ObjectUnreadableError("truncated_gzip", "expected a whole .gz file: this one ends too early") from None
    except (gzip.BadGzipFile, zlib.error):
        raise ObjectUnreadableError("corrupt_gzip", "expected a .gz file that unpacks to its end") from None


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


# The C scanner itself: `JSONDecoder.decode` adds a fifth to its time.
_scan_json = make_scanner(cast("Any", json.JSONDecoder(parse_int=NumberText, parse_float=NumberText, parse_constant=_refuse_constant)))
_NOT_JSON = BrokenLine("broken_line", "expected one JSON object in a line")
_TOO_DEEP = BrokenLine("broken_line", f"expected at most {MAX_DEPTH} levels of nested JSON")


def parse_json_line(line: bytes, max_line_bytes: int) -> Record | BrokenLine | None:  # noqa: PLR0911  one a fate
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
            item for parent in level for item in (parent.values() if isinstance(parent, dict) else parent) if isinstance(item, (dict, list))
        ]
        if not level:
            return False
    return True


def json_block_records(first_line: int, block: bytes | None, max_line_bytes: int) -> Iterator[tuple[int, Record | BrokenLine]]:
    """The records of one of `line_blocks`; blank lines are skipped, but numbered."""
    if block is None:
        yield first_line, _too_long(max_line_bytes)
        return
    for number, line in enumerate(lines_of(block), first_line):
        record = parse_json_line(line, max_line_bytes)
        if record is not None:
            yield number, record


def _ndjson_records(stream: IO[bytes], gzipped: bool, max_line_bytes: int) -> Iterator[tuple[int, Record | BrokenLine]]:
    for first_line, block in line_blocks(content_chunks(stream, gzipped), max_line_bytes):
        yield from json_block_records(first_line, block, max_line_bytes)


# --- sheets ---------------------------------------------------------------------------------------------------------


def check_header(header: list[str | None], columns: SheetColumns) -> list[str]:
    """The field of each column.

    A header that names no expected column is taken for a line of data, and an unknown column that does not look like a
    name may be data too: neither is quoted.

    Raises:
        ObjectUnreadableError: `unexpected_columns`, naming columns missing, unknown or given twice, and the expected.
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
    raise ObjectUnreadableError("unexpected_columns", "; ".join([*problems, expected]))


class _RecordTooLongError(Exception):
    """Leaves `csv.reader` in the middle of a record; it starts anew with the next line."""


@dataclass(slots=True)
class _CsvLines:
    """Physical lines for `csv.reader`, which pulls as many as a record takes, with what went wrong in that record."""

    blocks: Iterator[tuple[int, bytes | None]]
    max_line_bytes: int
    start: int = 0
    fault: BrokenLine | None = None
    _lines: Iterator[tuple[int, bytes | None]] = field(default_factory=lambda: iter(()))
    _size: int = 0
    _quotes: int = 0

    def begin_record(self) -> None:
        self.start, self.fault, self._size, self._quotes = 0, None, 0, 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        number, line = self._next_line()
        self.start = self.start or number
        if line is None or self._size + len(line) - line.endswith(b"\n") > self.max_line_bytes:
            self.fault = _too_long(self.max_line_bytes)
            self._quotes += line.count(b'"') if line else 0
            self._skip_to_closed_quotes()
            raise _RecordTooLongError
        self._size += len(line)
        self._quotes += line.count(b'"')
        if b"\0" in line:
            self.fault = _NUL_CHARACTER
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError:
            self.fault = _INVALID_ENCODING
            return line.decode("utf-8", "replace")

    def _next_line(self) -> tuple[int, bytes | None]:
        found = next(self._lines, None)
        if found is None:
            first, block = next(self.blocks)
            self._lines = iter([(first, None)]) if block is None else iter(enumerate(io.BytesIO(block), first))
            found = next(self._lines)
        return found

    def _skip_to_closed_quotes(self) -> None:
        """Else the rest of a cell that is too long would be taken for rows."""
        while self._quotes % 2:
            try:
                _, line = self._next_line()
            except StopIteration:
                return
            self._quotes += line.count(b'"') if line else 0


_NOT_CSV = BrokenLine("broken_line", "expected one row of CSV (RFC 4180), its quotes closed")


def csv_rows(chunks: Iterable[bytes], max_line_bytes: int) -> Iterator[tuple[int, list[str] | BrokenLine]]:
    """The rows of CSV text, the header line too, each with the line it starts on. Blank lines are skipped."""
    csv.field_size_limit(max(csv.field_size_limit(), max_line_bytes))
    lines = _CsvLines(line_blocks(chunks, max_line_bytes), max_line_bytes)
    reader = csv.reader(lines, strict=True)
    while True:
        lines.begin_record()
        try:
            row = next(reader)
        except StopIteration:
            return
        except (csv.Error, _RecordTooLongError):
            yield lines.start, lines.fault or _NOT_CSV
            continue
        if lines.fault:
            yield lines.start, lines.fault
        elif row:
            yield lines.start, row


def csv_fields(first_row: list[str] | BrokenLine, columns: SheetColumns) -> list[str]:
    """The field of each column of CSV text, from its first row.

    Raises:
        ObjectUnreadableError: `unexpected_columns`.
    """
    return check_header([] if isinstance(first_row, BrokenLine) else list(first_row), columns)


def _csv_records(stream: IO[bytes], gzipped: bool, max_line_bytes: int, columns: SheetColumns) -> Iterator[tuple[int, Record | BrokenLine]]:
    rows = csv_rows(content_chunks(stream, gzipped), max_line_bytes)
    fields: list[str] | None = None
    for number, row in rows:
        if fields is None:
            fields = csv_fields(row, columns)
        elif isinstance(row, BrokenLine):
            yield number, row
        elif len(row) != len(fields):
            yield number, _cell_count(len(fields), len(row))
        else:
            # CSV cannot tell an empty cell from a missing one: it is missing, as in XLSX.
            yield number, {name: cell or None for name, cell in zip(fields, row, strict=True)}


def _cell_count(expected: int, found: int) -> BrokenLine:
    return BrokenLine("broken_line", f"expected {expected} cells, as in the header line, found {found}")


def xlsx_rows(stream: IO[bytes]) -> Iterator[tuple[int, list[str | None]]]:
    """The rows of the first sheet with their row numbers; rows without a value are skipped.

    Dates become ISO 8601, whole numbers lose their `.0`, a number shown with leading zeros (format `00000`) keeps them.

    Raises:
        ObjectUnreadableError: `unreadable_workbook`.
    """
    import openpyxl

    # Its warnings quote values.
    warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")
    try:
        workbook = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        try:
            sheet = workbook.worksheets[0]
            sheet.reset_dimensions()  # some writers state them wrongly, and rows would be missing
            for number, cells in enumerate(sheet.iter_rows(), 1):
                row = [_cell_text(cell.value, cell.number_format) for cell in cells]
                if any(text is not None for text in row):
                    yield number, row
                if number > XLSX_MAX_ROWS:
                    raise ObjectUnreadableError("unreadable_workbook", f"expected at most {XLSX_MAX_ROWS} rows")
        finally:
            workbook.close()
    except ObjectUnreadableError:
        raise
    except Exception:  # openpyxl raises whatever its parts raise, and that may quote values
        raise ObjectUnreadableError(
            "unreadable_workbook", "expected a workbook that opens, .xlsx without a password, with a sheet of cells"
        ) from None


def xlsx_fields(first_row: list[str | None], columns: SheetColumns) -> list[str]:
    """The field of each column of a sheet, from its first row; empty cells at its end are no columns.

    Raises:
        ObjectUnreadableError: `unexpected_columns`.
    """
    return check_header(_without_trailing_empty(first_row), columns)


def _without_trailing_empty(row: list[str | None]) -> list[str | None]:
    return row[: next((size for size in range(len(row), 0, -1) if row[size - 1] is not None), 0)]


def _xlsx_records(stream: IO[bytes], columns: SheetColumns) -> Iterator[tuple[int, Record | BrokenLine]]:
    fields: list[str] | None = None
    for number, row in xlsx_rows(stream):
        if fields is None:
            fields = xlsx_fields(row, columns)
            continue
        cells = _without_trailing_empty(row)
        if len(cells) > len(fields):
            yield number, _cell_count(len(fields), len(cells))
        else:
            yield number, dict(zip_longest(fields, cells))


def _cell_text(value: object, number_format: str) -> str | None:  # noqa: PLR0911  one a type
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if not value.is_integer() or abs(value) >= 1e16:
            return repr(value)
        value = int(value)
    if isinstance(value, int):
        return str(value).zfill(len(number_format)) if _ZERO_PADDED.fullmatch(number_format) else str(value)
    if isinstance(value, dt.datetime):
        return (value.date() if value.time() == dt.time() else value).isoformat()
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return str(value)
