"""CSV (RFC 4180) with a header line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO

from jobs.landing.formats.base import BrokenLine, Record
from jobs.landing.formats.lines import INVALID_ENCODING, NUL_CHARACTER, content_chunks, line_blocks, too_long
from jobs.landing.formats.sheet import SheetColumns, cell_count, check_header


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


def csv_records(stream: IO[bytes], gzipped: bool, max_line_bytes: int, columns: SheetColumns) -> Iterator[tuple[int, Record | BrokenLine]]:
    """The records of CSV text, each with the line it starts on."""
    rows = csv_rows(content_chunks(stream, gzipped), max_line_bytes)
    fields: list[str] | None = None
    for number, row in rows:
        if fields is None:
            fields = csv_fields(row, columns)
        elif isinstance(row, BrokenLine):
            yield number, row
        elif len(row) != len(fields):
            yield number, cell_count(len(fields), len(row))
        else:
            # CSV cannot tell an empty cell from a missing one: it is missing, as in XLSX.
            yield number, {name: cell or None for name, cell in zip(fields, row, strict=True)}
