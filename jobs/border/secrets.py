"""The first look at a dataset with state secrets: which records are secret, and up to which version."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator
from typing import IO

from jobs.border.records import Border
from jobs.border.spec import BorderSpec
from jobs.landing.formats.base import BrokenLine, Record
from jobs.landing.formats.ndjson import json_block_records
from jobs.landing.formats.registry import format_of, json_blocks, records


def collect_tombstones(stream: IO[bytes], path: str, spec: BorderSpec, key: bytes, max_line_bytes: int) -> dict[str, dt.datetime]:
    """The newest version of each secret record of one object, by the hash of its key: the first pass over a dataset.

    A secret record whose version cannot be read hides every version of its key; one without a whole key hides nothing.

    Raises:
        ObjectUnreadableError: an object that `inspect_object` should have refused.
    """
    found: dict[str, dt.datetime] = {}
    if spec.secrecy_field is None:
        return found
    border = Border(spec, key, {})
    for _, record in _possibly_secret(stream, path, spec, max_line_bytes):
        secret = None if isinstance(record, BrokenLine) else border.secret_version(record)
        if secret is not None:
            hashed, version = secret
            found[hashed] = max(version, found.get(hashed, version))
    return found


def _possibly_secret(stream: IO[bytes], path: str, spec: BorderSpec, max_line_bytes: int) -> Iterator[tuple[int, Record | BrokenLine]]:
    """The records of an object, without those that cannot be secret by the text of their line.

    A line's secrecy field can only be spelt as it is, or with an escape of an ASCII character. So where there is no
    such escape, and an open value follows everywhere the quoted name stands, no record is secret.
    """
    fmt = format_of(path)
    blocks = json_blocks(stream, fmt, max_line_bytes, spec.sheet_columns)
    if blocks is None:
        yield from records(stream, fmt, max_line_bytes, spec.sheet_columns)
        return
    spellings = [n for field in spec.fields if field.name == spec.secrecy_field for n in (field.name, *field.aliases)]
    values = b"|".join(re.escape(json.dumps(value, ensure_ascii=False).encode()) for value in sorted(spec.open_values))
    # One pattern a name: a literal beginning makes the search fast.
    suspicious = [
        re.compile(rb"\\u00[0-7]"),
        *(re.compile(rb'"%b"(?![ \t]*:[ \t]*(?:%b))' % (name.encode(), values)) for name in spellings),
    ]
    for first_line, block in blocks:
        if block is not None:
            for number, line in _lines_with(suspicious, first_line, block):
                yield from json_block_records(number, line, max_line_bytes)


def _lines_with(patterns: Iterable[re.Pattern[bytes]], first_line: int, block: bytes) -> Iterator[tuple[int, bytes]]:
    """The numbered lines of a block in which one of the patterns, none of which goes over a line's end, is found."""
    starts: set[int] = set()
    for pattern in patterns:
        found = pattern.search(block)
        while found is not None:
            starts.add(block.rfind(b"\n", 0, found.start()) + 1)
            end = block.find(b"\n", found.end())
            found = pattern.search(block, end) if end >= 0 else None
    number, counted = first_line, 0
    for start in sorted(starts):
        number += block.count(b"\n", counted, start)
        counted = start
        end = block.find(b"\n", start)
        yield number, block[start:end] if end >= 0 else block[start:]
