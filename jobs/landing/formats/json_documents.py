"""JSON that is no NDJSON, where it is plainly meant: a list of records, a page `{"items": […]}`, records written over several lines or
one after another on a line, and lines that end with a single CR.

What an object is is decided once, by its first piece (`with_head`): alike on the driver and on the workers. A record a line is the rule, and
costs one line's parsing. A document is cut into the texts of its records, each of which is then read as a line of NDJSON is; so a record
that is none costs its neighbours nothing. What is not closed, or holds something else between records, is refused as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import chain, islice

from jobs.landing.formats.base import READ_BYTES, BrokenLine, ObjectUnreadableError, Record

PAGE_ITEMS = "items"
"""The member of a page that holds its records, as the interfaces of the e-office and the portal have it."""

_SAMPLE = 50
_SPACE = b" \t\r\n"
_OUTSIDE = re.compile(rb'"(?:[^"\\]++|\\.)*+"|["{}\[\]]', re.DOTALL)
_STRING_END = re.compile(rb'(?:[^"\\]++|\\.)*+"', re.DOTALL)
_NESTING = {b"{": 1, b"[": 1, b"}": -1, b"]": -1}
_SCALAR = re.compile(rb'[^ \t\r\n,\]}"\[{]+')
_TOKEN = re.compile(rb"[^ \t\r\n]")
_LONE_RETURN = re.compile(rb"\r(?!\n)")
_NOT_JSON = "broken_line"
_EXPECTED = 'expected one JSON object a line (NDJSON), a list of records [{…}, …], or a page {"items": [{…}, …]}'

Parse = Callable[[bytes], "Record | BrokenLine | None"]
Element = tuple[int, bytes | None]
"""The line that a record starts on and its text; None for one that is too long."""


class Shape(Enum):
    """How the records of an object are written."""

    LINES = "a record a line"
    RETURNS = "a record a line, each ended by CR"
    LIST = "lists of records"
    PAGE = "pages of records"
    SEQUENCE = "records one after another"


@dataclass(frozen=True, slots=True)
class JsonLayout:
    """How an object is read.

    `by_line`: its records start on lines of their own; otherwise they are numbered by their place. `doubt`: why the object as a whole is to
    be refused before its lines are rejected one by one: it is plainly JSON, but neither records nor a page of them.
    """

    shape: Shape
    by_line: bool = True
    doubt: str | None = None


class _CutOffError(ObjectUnreadableError):
    """The text ends inside a record or a list."""


def json_layout(head: bytes, whole: bool, names: frozenset[str], parse: Parse) -> JsonLayout:
    """How the records of an object are written.

    Args:
        head: its first piece.
        whole: that is all of it.
        names: of the fields of the dataset (none: any object is taken for a record).
        parse: one line to a record.
    """
    text = head.lstrip(_SPACE)
    if not text:
        return JsonLayout(Shape.LINES)
    end = text.find(b"\n")
    first = parse(text[:end] if end >= 0 else text) if end >= 0 or whole else None
    if isinstance(first, dict):
        return _of_first_line(first, is_all=whole and (end < 0 or not text[end:].strip()), names=names)
    by_returns = text.find(b"\r", 0, end if end >= 0 else len(text))
    if by_returns >= 0 and isinstance(parse(text[:by_returns]), dict):
        return JsonLayout(Shape.RETURNS)
    return _of_several_lines(text, whole, names, parse)


def _of_several_lines(text: bytes, whole: bool, names: frozenset[str], parse: Parse) -> JsonLayout:
    """The layout of a text whose first line is no record."""

    def is_record(line: bytes) -> bool:
        found = parse(line)
        return isinstance(found, dict) and (not names or not names.isdisjoint(found))

    last = len(text) if whole else text.rfind(b"\n") + 1
    lines = [line for line in text[:last].split(b"\n") if line.strip()]
    sample = lines[:_SAMPLE]
    if sum(map(is_record, sample)) > len(sample) / 2 or not text.startswith((b"[", b"{")):
        return JsonLayout(Shape.LINES)
    for shape in (Shape.LIST,) if text.startswith(b"[") else (Shape.SEQUENCE, Shape.PAGE):
        layout = _as_document(text, whole, shape, is_record)
        if layout is not None:
            return layout
    # A line that is broken by its bytes says nothing of the shape.
    if lines and not any(is_record(line) or getattr(parse(line), "code", _NOT_JSON) != _NOT_JSON for line in lines):
        return JsonLayout(Shape.LINES, doubt=f"{_EXPECTED}: this is JSON of another shape, or is cut off")
    return JsonLayout(Shape.LINES)


def _of_first_line(record: Record, *, is_all: bool, names: frozenset[str]) -> JsonLayout:
    if names.isdisjoint(record):
        if isinstance(record.get(PAGE_ITEMS), list):
            return JsonLayout(Shape.PAGE, by_line=False)
        wraps = any(isinstance(value, dict) or (isinstance(value, list) and any(map(_is_object, value))) for value in record.values())
        if names and is_all and wraps:
            return JsonLayout(Shape.LINES, doubt=f"{_EXPECTED}: this is one object around others, by other names")
    return JsonLayout(Shape.LINES)


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _as_document(text: bytes, whole: bool, shape: Shape, is_record: Callable[[bytes], bool]) -> JsonLayout | None:
    """The layout of a text as a document of a shape; None where it is none."""
    starts: list[int] = []
    some = False
    try:
        for line, element in json_elements([text], shape, READ_BYTES):
            if len(starts) < _SAMPLE:
                some = some or (element is not None and is_record(element))
            starts.append(line)
    except _CutOffError:
        if whole or not some:
            return None
    except ObjectUnreadableError:
        return None
    if not some and (starts or shape is Shape.SEQUENCE):
        return None
    return JsonLayout(shape, by_line=len(set(starts)) == len(starts))


def numbered(elements: Iterable[Element], layout: JsonLayout) -> Iterator[Element]:
    """The records of a document with numbers that are unique in it.

    The line that a record starts on, where each has its own; otherwise its place among the records, as a row of a sheet has.
    """
    last = 0
    for line, element in elements:
        last = max(line, last + 1) if layout.by_line else last + 1
        # A line feed between tokens is white space as CR is; inside a string either is an error, and stays one.
        yield last, element if element is None else element.replace(b"\n", b"\r")


def json_elements(chunks: Iterable[bytes], shape: Shape, limit: int) -> Iterator[Element]:
    """The records of a document, in memory bounded by `limit` and a piece.

    Raises:
        ObjectUnreadableError: `unreadable_json`.
    """
    text = _Text(iter(chunks), limit)
    while (token := text.token()) is not None:
        if shape is Shape.LIST and token == b"[":
            yield from _list(text)
        elif shape is Shape.PAGE and token == b"{":
            yield from _page(text)
        elif shape is Shape.SEQUENCE and token == b"{":
            yield text.line, text.value()
        else:
            raise text.refused("expected nothing between records but white space")


def _list(text: _Text) -> Iterator[Element]:
    text.skip(b"[")
    if text.token() == b"]":
        text.skip(b"]")
        return
    while True:
        text.token()
        yield text.line, text.value()
        if text.skip(b",]") == b"]":
            return


def _page(text: _Text) -> Iterator[Element]:
    text.skip(b"{")
    found = False
    while text.token() == b'"':
        name = text.value()
        text.skip(b":")
        if text.token() == b"[" and name == f'"{PAGE_ITEMS}"'.encode():
            found = True
            yield from _list(text)
        else:
            text.value()
        if text.skip(b",}") == b"}":
            break
    if not found:
        raise text.refused(f"expected a list {PAGE_ITEMS} in a page")


class _Text:
    """JSON text in pieces: where one is in it, and on which line."""

    def __init__(self, chunks: Iterator[bytes], limit: int) -> None:
        self.line = 1
        self._chunks = chunks
        self._limit = limit
        self._piece = b""
        self._at = 0

    def refused(self, expected: str) -> ObjectUnreadableError:
        return ObjectUnreadableError("unreadable_json", f"{_EXPECTED}; line {self.line}: {expected}")

    def token(self) -> bytes | None:
        """The next byte that is no white space, without taking it; None at the end."""
        while True:
            found = _TOKEN.search(self._piece, self._at)
            if found:
                self._pass(found.start())
                return found[0]
            if not self._more():
                self._pass(len(self._piece))
                return None

    def skip(self, expected: bytes) -> bytes:
        """Take the next byte that is no white space, which has to be one of `expected`."""
        token = self.token()
        if token is None:
            raise self._cut_off()
        if token not in expected:
            raise self.refused(f"expected {' or '.join(expected.decode())}")
        self._pass(self._at + 1)
        return token

    def value(self) -> bytes | None:
        """Take the value that begins here: its text, or None where that is longer than the limit."""
        begin = self._piece[self._at : self._at + 1]
        if not begin:
            raise self._cut_off()
        return self._closed() if begin in b'{["' else self._scalar()

    def _closed(self) -> bytes | None:
        """Take an object, a list or a string, to where it is closed."""
        depth, in_string, kept = 0, False, bytearray()
        fits = True
        at = self._at
        while True:
            found = (_STRING_END if in_string else _OUTSIDE).match(self._piece, at) if in_string else _OUTSIDE.search(self._piece, at)
            if found is None:
                # A backslash at the end of a piece belongs to the character after it.
                at = len(self._piece) - (_ends_escaping(self._piece, at) if in_string else 0)
            else:
                at = found.end()
                in_string = not in_string and found[0] == b'"'
                depth += 0 if found[0][-1:] == b'"' else _NESTING[found[0]]
                if depth == 0 and not in_string:
                    kept += self._piece[self._at : at] if fits else b""
                    self._pass(at)
                    return bytes(kept) if fits and len(kept) <= self._limit else None
                if at < len(self._piece):
                    continue
            kept += self._piece[self._at : at] if fits else b""
            if len(kept) > self._limit:
                fits, kept = False, bytearray()
            self._pass(at)
            if not self._more():
                raise self._cut_off()
            at = self._at

    def _scalar(self) -> bytes | None:
        found = _SCALAR.match(self._piece, self._at)
        if found is None:
            raise self.refused("expected a value")
        while found.end() == len(self._piece) and len(found[0]) <= self._limit and self._more():
            found = _SCALAR.match(self._piece, self._at) or found
        self._pass(found.end())
        return found[0] if len(found[0]) <= self._limit else None

    def _more(self) -> bool:
        """Read on, keeping what was not passed yet."""
        chunk = next(self._chunks, None)
        if chunk is None:
            return False
        self._piece, self._at = self._piece[self._at :] + chunk, 0
        return True

    def _pass(self, at: int) -> None:
        passed = self._piece[self._at : at]
        self.line += passed.count(b"\n")
        if b"\r" in passed:
            self.line += len(_LONE_RETURN.findall(passed))
        self._at = at

    def _cut_off(self) -> ObjectUnreadableError:
        return _CutOffError("unreadable_json", f"{_EXPECTED}: this one ends too early")


def _ends_escaping(piece: bytes, start: int) -> int:
    """1 where a text ends with a backslash that is not escaped itself."""
    tail = piece[start:]
    return (len(tail) - len(tail.rstrip(b"\\"))) % 2


def first_and_rest(chunks: Iterable[bytes]) -> tuple[bytes, bool, Iterator[bytes]]:
    """The first piece, whether it is all there is, and the others."""
    source = iter(chunks)
    head = next(source, b"")
    second = list(islice(source, 1))
    return head, not second, chain(second, source)
