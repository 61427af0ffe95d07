"""What is known of a landed object before any of its rows: its identity, and whether it can be read whole.

One pass on the driver (architecture, "Objects"). An object with a failure is named in the ledger and in quarantine and
its rows are not read; the workers read only objects that passed here.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, cast

from jobs.landing.formats.base import READ_BYTES, ObjectFormat, ObjectUnreadableError, spooled
from jobs.landing.formats.csv import csv_fields, csv_rows
from jobs.landing.formats.registry import format_of
from jobs.landing.formats.sheet import SheetColumns
from jobs.landing.formats.workbook import xlsx_fields, xlsx_rows

DEFAULT_MAX_CONTENT_BYTES = 8 << 30
MAX_HEADER_BYTES = 1 << 20

_GZIP_MAGIC = b"\x1f\x8b"
_WIDE_TEXT_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


@dataclass(frozen=True, slots=True)
class ObjectFailure:
    """Why an object cannot be read; the message says what was expected and quotes no content.

    `code` is one of `unknown_format`, `not_gzip`, `truncated_gzip`, `corrupt_gzip`, `not_text`, `too_large`,
    `unexpected_columns`, `unreadable_workbook`.
    """

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class ObjectFacts:
    """One landed object: SHA-256 (hex) of the stored bytes, their number, and why it cannot be read (None: it can)."""

    object_id: str
    size: int
    failure: ObjectFailure | None


def inspect_object(
    stream: IO[bytes],
    path: str,
    columns: SheetColumns | None = None,
    max_content_bytes: int = DEFAULT_MAX_CONTENT_BYTES,
) -> ObjectFacts:
    """Hash an object and find out whether it can be read to its end, in one pass and bounded memory.

    Args:
        stream: the stored bytes, from their beginning.
        path: tells the format by its ending.
        columns: of a sheet; without them its header line is not checked.
        max_content_bytes: most bytes that the content may unpack to (a small object may unpack to terabytes).
    """
    source = _HashedStream(stream)
    failure: ObjectFailure | None = None
    try:
        fmt = format_of(path)
        if fmt.kind == "xlsx":
            _check_workbook(spooled(cast("IO[bytes]", source)), columns, max_content_bytes)
        else:
            _check_text(source, fmt, columns, max_content_bytes)
    except ObjectUnreadableError as error:
        failure = ObjectFailure(error.code, error.message)
    while source.read(READ_BYTES):
        pass
    return ObjectFacts(source.digest.hexdigest(), source.size, failure)


class _HashedStream(io.RawIOBase):
    """A stream that hashes and counts what is read from it."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__()
        self.digest = hashlib.sha256()
        self.size = 0
        self._stream = stream

    def read(self, size: int = -1, /) -> bytes:
        piece = self._stream.read(size)
        self.digest.update(piece)
        self.size += len(piece)
        return piece


def _check_text(source: _HashedStream, fmt: ObjectFormat, columns: SheetColumns | None, max_content_bytes: int) -> None:
    head, size = b"", 0
    for piece in _unpacked(source) if fmt.gzipped else iter(lambda: source.read(READ_BYTES), b""):
        size += len(piece)
        if size > max_content_bytes:
            raise _too_large(max_content_bytes)
        if len(head) < MAX_HEADER_BYTES:
            head += piece[: MAX_HEADER_BYTES - len(head)]
            if head.startswith(_WIDE_TEXT_MARKS):
                raise ObjectUnreadableError("not_text", "expected text in UTF-8, found the mark of UTF-16 or UTF-32")
        if b"\0" in piece:
            raise ObjectUnreadableError("not_text", "expected text in UTF-8, found a NUL byte, as in binary content")
    if fmt.kind == "csv" and columns is not None:
        first = next(csv_rows([head.removeprefix(b"\xef\xbb\xbf")], MAX_HEADER_BYTES), None)
        if first is not None:
            csv_fields(first[1], columns)


def _unpacked(source: _HashedStream) -> Iterator[bytes]:
    """The content of a .gz object in pieces of at most READ_BYTES, as the gzip module takes it: members one after the
    other, zero bytes after a member, and nothing else.
    """
    packed = source.read(READ_BYTES)
    if packed and not _GZIP_MAGIC.startswith(packed[:2]):
        raise ObjectUnreadableError("not_gzip", "expected a .gz file, as its name says")
    member, whole_members = None, 0
    while packed or (packed := source.read(READ_BYTES)):
        if member is None:
            packed = packed.lstrip(b"\0") if whole_members else packed
            if not packed:
                continue
            member = zlib.decompressobj(wbits=31)
        try:
            yield member.decompress(packed, READ_BYTES)
        except zlib.error:
            raise ObjectUnreadableError(
                "corrupt_gzip", "expected a .gz file that unpacks to its end: its data or its checksum is wrong"
            ) from None
        if member.eof:
            packed, member, whole_members = member.unused_data, None, whole_members + 1
        else:
            packed = member.unconsumed_tail
    if member is not None or not whole_members:
        raise ObjectUnreadableError("truncated_gzip", "expected a whole .gz file: this one ends too early")


def _check_workbook(copy: IO[bytes], columns: SheetColumns | None, max_content_bytes: int) -> None:
    try:
        with zipfile.ZipFile(copy) as archive:
            # A part never unpacks to more than its declared size, so the declared sizes are the cap.
            if sum(part.file_size for part in archive.infolist()) > max_content_bytes:
                raise _too_large(max_content_bytes)
            damaged = archive.testzip() is not None
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError):
        damaged = True
    if damaged:
        raise ObjectUnreadableError("unreadable_workbook", "expected a workbook that opens: .xlsx, whole and without a password")
    copy.seek(0)
    header_seen = False
    # To its end: a workbook can be broken in any of its rows, and it is not half loaded.
    for _, row in xlsx_rows(copy):
        if not header_seen and columns is not None:
            xlsx_fields(row, columns)
        header_seen = True


def _too_large(max_content_bytes: int) -> ObjectUnreadableError:
    return ObjectUnreadableError("too_large", f"expected content of at most {max_content_bytes} bytes")
