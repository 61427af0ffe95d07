"""The first look at a dataset with state secrets: which records are secret, and up to which version."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
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
    for record in _possibly_secret(stream, path, spec, max_line_bytes):
        if isinstance(record, BrokenLine):
            continue
        for hashed, version in border.secret_versions(record).items():
            found[hashed] = max(version, found.get(hashed, version))
    return found


def _possibly_secret(stream: IO[bytes], path: str, spec: BorderSpec, max_line_bytes: int) -> Iterator[Record | BrokenLine]:
    """The records of an object, without those that cannot be secret by the text of their line.

    A line's secrecy field can only be spelt as it is, or with an escape of an ASCII character. So where there is no
    such escape, and an open value follows everywhere the quoted name stands, no record is secret.
    """
    fmt = format_of(path)
    blocks = json_blocks(stream, fmt, max_line_bytes, spec.sheet_columns)
    if blocks is None:
        yield from (record for _, record in records(stream, fmt, max_line_bytes, spec.sheet_columns))
        return
    spellings = [name for field in spec.fields if field.name == spec.secrecy_field for name in (field.name, *field.aliases)]
    values = [json.dumps(value, ensure_ascii=False).encode() for value in sorted(spec.open_values)]
    # What stands in a line, and what may follow it in one that is not secret; other white space than this only costs time.
    harmless = {f'"{name}"'.encode(): tuple(colon + value for colon in (b":", b": ", b" : ") for value in values) for name in spellings}
    harmless[b"\\u00"] = tuple(bytes([digit]) for digit in b"89abcdefABCDEF")
    for _, block in blocks:
        if block is not None:
            for line in _lines_with(harmless, block):
                yield from (record for _, record in json_block_records(1, line, max_line_bytes))


def _lines_with(harmless: Mapping[bytes, tuple[bytes, ...]], block: bytes) -> Iterator[bytes]:
    """The lines of a block in which one of the texts stands and none of what is harmless follows it."""
    starts: set[int] = set()
    for text, follows in harmless.items():
        if text[:1] not in block or text not in block:
            continue
        parts = block.split(text)
        at, counted = -len(text), 0
        for number in [number for number, part in enumerate(parts) if not part.startswith(follows)]:
            if number:
                at += sum(map(len, parts[counted:number])) + len(text) * (number - counted)
                counted = number
                starts.add(block.rfind(b"\n", 0, at) + 1)
    for start in sorted(starts):
        end = block.find(b"\n", start)
        yield block[start:end] if end >= 0 else block[start:]
