"""What is known of a landed object before any of its rows: its identity, and whether it can be read whole.

One pass on the driver (architecture, "Objects"). An object with a failure is named in the ledger and in quarantine and
its rows are not read; the workers read only objects that passed here.
"""

from __future__ import annotations

import hashlib
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, cast

from jobs.landing.formats.base import READ_BYTES, ObjectUnreadableError, PassedOver, spooled
from jobs.landing.formats.lines import with_head
from jobs.landing.formats.registry import FORMATS, TextFormat, format_of
from jobs.landing.formats.sheet import SheetColumns

DEFAULT_MAX_CONTENT_BYTES = 8 << 30
MAX_LINE_BYTES = 1 << 20

_GZIP_MAGIC = b"\x1f\x8b"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_UTF32_MARKS = (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]")
_BINARY_SHARE = 50
"""One byte in so many that no text has makes a line one of binary content; a few do not."""
_ODD_BYTES = 2


@dataclass(frozen=True, slots=True)
class ObjectFailure:
    """Why an object cannot be read; the message says what was expected and quotes no content.

    `code` is one of `unknown_format`, `not_gzip`, `truncated_gzip`, `corrupt_gzip`, `not_text`, `too_large`, `unreadable_json`,
    `unexpected_columns`, `unreadable_workbook`, `unreadable_edxml`.
    """

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class ObjectFacts:
    """One landed object: SHA-256 (hex) of the stored bytes, their number, and why it cannot be read (None: it can).

    `empty`: it can be read and has no rows. `passed_over`: what of it is neither a record nor a rejected line, in words.
    """

    object_id: str
    size: int
    failure: ObjectFailure | None
    empty: bool = False
    passed_over: str | None = None


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
        columns: of the dataset; without them only what surrounds the rows is checked.
        max_content_bytes: most bytes that the content may unpack to (a small object may unpack to terabytes).
    """
    source = _HashedStream(stream)
    failure: ObjectFailure | None = None
    passed, has_rows = PassedOver(), True
    try:
        has_rows = _has_rows(source, path, columns, max_content_bytes, passed)
    except ObjectUnreadableError as error:
        failure = ObjectFailure(error.code, error.message)
    while source.read(READ_BYTES):
        pass
    return ObjectFacts(source.digest.hexdigest(), source.size, failure, empty=not has_rows, passed_over=None if failure else passed.text())


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


def _has_rows(source: _HashedStream, path: str, columns: SheetColumns | None, max_content_bytes: int, passed: PassedOver) -> bool:
    """Whether the object has rows; reads it to its end."""
    fmt = format_of(path)
    known = FORMATS[fmt.kind]
    if not isinstance(known, TextFormat):
        copy = spooled(cast("IO[bytes]", source))
        known.check(copy, max_content_bytes)
        return columns is None or known.has_rows(copy, columns, MAX_LINE_BYTES, passed)
    pieces = _unpacked(source) if fmt.gzipped else iter(lambda: source.read(READ_BYTES), b"")
    content = _as_text(with_head(_up_to(pieces, max_content_bytes)), wide=known.blocks is None)
    has_rows = columns is None or known.has_rows(content, columns, MAX_LINE_BYTES, passed)
    for _ in content:
        pass
    return has_rows


def _up_to(pieces: Iterator[bytes], max_content_bytes: int) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > max_content_bytes:
            raise _too_large(max_content_bytes)
        yield piece


def _as_text(chunks: Iterator[bytes], *, wide: bool) -> Iterator[bytes]:
    """The chunks, unless the first shows that they are no text; `wide`: text may be UTF-16 with its mark."""
    head = next(chunks, b"")
    if head.startswith(_UTF32_MARKS) or (head.startswith(_UTF16_MARKS) and not wide):
        raise ObjectUnreadableError("not_text", "expected text in UTF-8, found the mark of UTF-16 or UTF-32")
    if not head.startswith(_UTF16_MARKS) and b"\0" in head and _is_binary(head):
        raise ObjectUnreadableError("not_text", "expected text in UTF-8, found NUL bytes, as in binary content or UTF-16 without its mark")
    yield head
    yield from chunks


def _is_binary(head: bytes) -> bool:
    """Whether bytes with a NUL among them are no text: at least half of their lines hold too many bytes that no text has.

    A single NUL in a line of text, or a block of them where a disk lost one, is that line's fault alone.
    """
    lines = [line for line in head.split(b"\n") if line.strip()]
    return 2 * sum(map(_is_binary_line, lines)) >= len(lines)


def _is_binary_line(line: bytes) -> bool:
    odd = len(_CONTROL.findall(line))
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        odd += line.decode("utf-8", "replace").count("\ufffd")
    return odd > _ODD_BYTES and odd * _BINARY_SHARE > len(line)


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


def _too_large(max_content_bytes: int) -> ObjectUnreadableError:
    return ObjectUnreadableError("too_large", f"expected content of at most {max_content_bytes} bytes")
