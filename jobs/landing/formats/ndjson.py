"""NDJSON: one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import chain
from json.scanner import make_scanner
from typing import Any, cast

from jobs.landing.formats.base import BrokenLine, NumberText, ObjectUnreadableError, PassedOver, Record, RepeatedNames
from jobs.landing.formats.json_documents import Shape, first_and_rest, json_elements, json_layout, numbered
from jobs.landing.formats.lines import INVALID_ENCODING, NUL_CHARACTER, line_blocks, lines_of, too_long, universal_newlines
from jobs.landing.formats.sheet import SheetColumns

MAX_DEPTH = 128
"""Levels of a JSON value. Fixed, and far below the interpreter's limit, so that a line has one fate on any stack."""
_JSON_SPACE = " \t\r"


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


class _RepeatedNameError(Exception):
    """An object of the line gives a name twice."""


def _object(pairs: list[tuple[str, Any]]) -> Record:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _RepeatedNameError
    return members


def _scanner(object_of: Callable[[list[tuple[str, Any]]], Record]) -> Callable[[str, int], tuple[Any, int]]:
    """The C scanner itself: `JSONDecoder.decode` adds a fifth to its time."""
    decoder = json.JSONDecoder(object_pairs_hook=object_of, parse_int=NumberText, parse_float=NumberText, parse_constant=_refuse_constant)
    return make_scanner(cast("Any", decoder))


_scan_json = _scanner(_object)
_NOT_JSON = BrokenLine("broken_line", "expected one JSON object in a line")
_TOO_DEEP = BrokenLine("broken_line", f"expected at most {MAX_DEPTH} levels of nested JSON")


def parse_json_line(line: bytes, max_line_bytes: int) -> Record | BrokenLine | None:  # noqa: PLR0911  one a fate
    """The record of one line of NDJSON; None for a blank line. Where a name is given twice, in whatever depth, the record is a `RepeatedNames`."""
    if len(line) > max_line_bytes:
        return too_long(max_line_bytes)
    if b"\0" in line:
        return NUL_CHARACTER
    try:
        text = line.decode("utf-8").strip(_JSON_SPACE)
    except UnicodeDecodeError:
        return INVALID_ENCODING
    if not text:
        return None
    try:
        try:
            value, end = _scan_json(text, 0)
        except _RepeatedNameError:
            value, end = _scanner(RepeatedNames)(text, 0)
    except (ValueError, StopIteration):
        return _NOT_JSON
    except RecursionError:
        return _TOO_DEEP
    if end != len(text) or not isinstance(value, dict):
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
        yield first_line, too_long(max_line_bytes)
        return
    for number, line in enumerate(lines_of(block), first_line):
        record = parse_json_line(line, max_line_bytes)
        if record is not None:
            yield number, record


def json_blocks(chunks: Iterator[bytes], names: frozenset[str], max_line_bytes: int) -> Iterator[tuple[int, bytes | None]]:
    """Blocks of whole lines of JSON, as `line_blocks` gives them, from content as `with_head` gives it.

    `names` are those of the dataset's fields. Records of a document that is no NDJSON come each as a block of one line.

    Raises:
        ObjectUnreadableError: `unreadable_json`.
    """
    head, whole, rest = first_and_rest(chunks)
    layout = json_layout(head, whole, names, _of_any_length)
    content = chain([head], rest)
    if layout.shape is Shape.LINES:
        return line_blocks(content, max_line_bytes)
    if layout.shape is Shape.RETURNS:
        return line_blocks(universal_newlines(content), max_line_bytes)
    return numbered(json_elements(content, layout.shape, max_line_bytes), layout)


def _of_any_length(line: bytes) -> Record | BrokenLine | None:
    return parse_json_line(line.replace(b"\n", b"\r"), len(line))


def read(
    chunks: Iterator[bytes], columns: SheetColumns, max_line_bytes: int, passed: PassedOver
) -> Iterator[tuple[int, Record | BrokenLine]]:
    """The records of JSON text, each with its line; nothing is passed over."""
    del passed
    for first_line, block in json_blocks(chunks, columns.names, max_line_bytes):
        yield from json_block_records(first_line, block, max_line_bytes)


def has_rows(chunks: Iterator[bytes], columns: SheetColumns, max_line_bytes: int, passed: PassedOver) -> bool:
    """Whether an object has any line with something in it; reads a document to its end, since it may be broken there.

    Raises:
        ObjectUnreadableError: `unreadable_json`.
    """
    del passed
    head, whole, rest = first_and_rest(chunks)
    layout = json_layout(head, whole, columns.names, _of_any_length)
    if layout.doubt:
        raise ObjectUnreadableError("unreadable_json", layout.doubt)
    content = chain([head], rest)
    if layout.shape in (Shape.LINES, Shape.RETURNS):
        return any(piece.strip() for piece in content)
    return sum(1 for _ in json_elements(content, layout.shape, max_line_bytes)) > 0
