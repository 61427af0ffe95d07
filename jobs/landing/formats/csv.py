"""CSV with a header line: as RFC 4180 has it, and as Excel writes it.

Excel separates by what the desktop's region says (`;`, a tab), may say so in a first line `sep=;`, writes UTF-16 with tabs as
"Unicode text", and Windows-1258 where Windows is Vietnamese. Which of it an object has is seen by the header line that fits (`sheet.py`), from the beginning of
the content.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from unicodedata import normalize

from jobs.landing.formats.base import BrokenLine, ObjectUnreadableError, PassedOver, Record
from jobs.landing.formats.lines import (
    BYTE_ORDER_MARK,
    INVALID_ENCODING,
    NUL_CHARACTER,
    line_blocks,
    too_long,
    universal_newlines,
)
from jobs.landing.formats.sheet import (
    HEADER_ROWS,
    SheetColumns,
    SheetLayout,
    find_header,
    is_blank,
    known_columns,
    sheet_records,
)

MAX_HEADER_BYTES = 1 << 20
DELIMITERS = ",;\t|"
WINDOWS_1258 = "read as Windows-1258"
"""What a person is told of a sheet in that encoding: it says nowhere itself which one it has."""

_STATED_DELIMITER = re.compile(rb'"?sep=([^\r\n"])"?[ \t]*(?:\r\n|\r|\n|$)', re.IGNORECASE)
_QUOTED = re.compile(rb'"[^"]*"')
_LONE_RETURN = re.compile(rb"\r(?!\n)")


class _RecordTooLongError(Exception):
    """Leaves `csv.reader` in the middle of a record; it starts again with the next line."""


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
            self.fault = too_long(self.max_line_bytes)
            self._quotes += line.count(b'"') if line else 0
            self._skip_to_closed_quotes()
            raise _RecordTooLongError
        self._size += len(line)
        self._quotes += line.count(b'"')
        if b"\0" in line:
            self.fault = NUL_CHARACTER
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError:
            self.fault = INVALID_ENCODING
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


def csv_rows(chunks: Iterable[bytes], max_line_bytes: int, delimiter: str = ",") -> Iterator[tuple[int, list[str | None] | BrokenLine]]:
    """The rows of CSV text, the header line too, each with the line it starts on; lines without a value are skipped.

    CSV cannot tell an empty cell from a missing one: it is missing, as in XLSX.
    """
    csv.field_size_limit(max(csv.field_size_limit(), max_line_bytes))
    lines = _CsvLines(line_blocks(chunks, max_line_bytes), max_line_bytes)
    reader = csv.reader(lines, strict=True, delimiter=delimiter)
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
        elif any(row):
            yield lines.start, [cell or None for cell in row]


def csv_text(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Content of CSV, as `with_head` gives it, as text in UTF-8 whose lines end with a line feed.

    UTF-16 is known by its mark. Where more lines end with a single CR than with a line feed (outside of quotes: a cell of several lines has
    either), CR is the line end.
    """
    source = iter(chunks)
    head = next(source, b"")
    if (head.startswith(codecs.BOM_UTF16_LE) and not head.startswith(codecs.BOM_UTF32_LE)) or head.startswith(codecs.BOM_UTF16_BE):
        source = _from_utf16(chain([head], source))
        head = next(source, b"")
        while head.startswith(BYTE_ORDER_MARK):
            head = head.removeprefix(BYTE_ORDER_MARK)
    text = chain([head], source)
    if b"\r" not in head:
        return text
    unquoted = _QUOTED.sub(b"", head)
    return universal_newlines(text) if len(_LONE_RETURN.findall(unquoted)) > unquoted.count(b"\n") else text


def _from_utf16(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """UTF-16 as UTF-8; what is not valid becomes bytes that are no UTF-8 either, so that their line alone is rejected."""
    decoder = codecs.getincrementaldecoder("utf-16")("surrogatepass")
    for chunk in chunks:
        yield decoder.decode(chunk).encode("utf-8", "surrogatepass")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        yield b"\xff"


def _from_windows_1258(piece: bytes) -> bytes:
    """Windows-1258, which writes most tones as marks after their letter, as composed UTF-8; a byte that it does not have stays, and is no UTF-8 either."""
    return normalize("NFC", piece.decode("cp1258", "surrogateescape")).encode("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True)
class CsvLayout:
    """How the cells of an object are separated, its header, and whether its text is Windows-1258."""

    delimiter: str
    sheet: SheetLayout
    is_windows_1258: bool = False


def csv_layout(head: bytes, columns: SheetColumns) -> CsvLayout | None:
    """How the rows of CSV text are read, from its beginning; None where it has no row.

    Text is taken for Windows-1258 only where its header fits by that and not by UTF-8, and has a letter that this encoding alone writes so.

    Raises:
        ObjectUnreadableError: `unexpected_columns`.
    """
    head = head[:MAX_HEADER_BYTES]
    try:
        return _layout(head, columns)
    except ObjectUnreadableError:
        layout = _layout_in_windows_1258(head, columns)
        if layout is None:
            raise
        return layout


def _layout(head: bytes, columns: SheetColumns) -> CsvLayout | None:
    stated = _STATED_DELIMITER.match(head)
    candidates = stated[1].decode("latin-1") if stated else DELIMITERS
    # In the place of the line that states it stays an empty one, so that lines keep their numbers.
    found = {}
    for delimiter in candidates:
        rows = islice(csv_rows([_without_stated(head)], MAX_HEADER_BYTES, delimiter), HEADER_ROWS)
        found[delimiter] = [(number, row) for number, row in rows if isinstance(row, BrokenLine) or not is_blank(row)]
    if not all(found.values()):
        return None
    best = max(found, key=lambda delimiter: max(known_columns(row, columns) for _, row in found[delimiter]))
    return CsvLayout(best, find_header(found[best], columns))


def _layout_in_windows_1258(head: bytes, columns: SheetColumns) -> CsvLayout | None:
    try:
        layout = _layout(_from_windows_1258(head), columns)
    except ObjectUnreadableError:
        return None
    told = layout is not None and any(
        name is not None and _has_tone_mark(header) for name, header in zip(layout.sheet.fields, layout.sheet.headers, strict=True)
    )
    return replace(layout, is_windows_1258=True) if layout is not None and told else None


def _has_tone_mark(text: str) -> bool:
    """Whether Windows-1258 has some letter of a text only as a letter and a mark: other encodings of one byte have other signs there."""
    try:
        text.encode("cp1258")
    except UnicodeEncodeError:
        return True
    return False


def _without_stated(head: bytes) -> bytes:
    stated = _STATED_DELIMITER.match(head)
    return head[stated.end(1) :].lstrip(b'" \t') if stated else head


def rows_with_header(
    chunks: Iterator[bytes], columns: SheetColumns, max_line_bytes: int
) -> tuple[CsvLayout, Iterator[tuple[int, list[str | None] | BrokenLine]]] | None:
    """The layout of CSV and all its rows, from its content as `with_head` gives it; None where there is no row.

    Raises:
        ObjectUnreadableError: `unexpected_columns`.
    """
    text = csv_text(chunks)
    head = next(text, b"")
    layout = csv_layout(head, columns)
    if layout is None:
        if any(chunk.strip() for chunk in text):
            raise ObjectUnreadableError("unexpected_columns", f"expected the header line in the first lines; {columns.in_words}")
        return None
    pieces: Iterable[bytes] = chain([_without_stated(head)], text)
    return layout, csv_rows(map(_from_windows_1258, pieces) if layout.is_windows_1258 else pieces, max_line_bytes, layout.delimiter)


def read(
    chunks: Iterator[bytes], columns: SheetColumns, max_line_bytes: int, passed: PassedOver
) -> Iterator[tuple[int, Record | BrokenLine]]:
    """The records of CSV from its content, as `with_head` gives it, each with the line it starts on.

    Raises:
        ObjectUnreadableError: `unexpected_columns`.
    """
    found = rows_with_header(chunks, columns, max_line_bytes)
    if found is not None:
        layout, rows = found
        passed.notes += [WINDOWS_1258] if layout.is_windows_1258 else []
        yield from sheet_records(rows, layout.sheet, passed, same_length=True)


def has_rows(chunks: Iterator[bytes], columns: SheetColumns, max_line_bytes: int, passed: PassedOver) -> bool:
    """Whether there is any row below the header; reads to the end and counts what is passed over.

    Raises:
        ObjectUnreadableError: `unexpected_columns`.
    """
    return sum(1 for _ in read(chunks, columns, max_line_bytes, passed)) > 0
