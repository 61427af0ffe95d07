"""Files that every reader of Parquet can read.

What `deltalake` rewrites (MERGE, DELETE) passes through Arrow's view types, and the note `ARROW:schema` in a file's footer says so. The data of the file are
plain texts all the same, but a reader that believes the note and has no view types (Daft) cannot open it. Nothing in `deltalake` turns that off.
"""

from __future__ import annotations

import json
import mmap
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlparse

import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from deltalake import DeltaTable

_NOTE = b"ARROW:schema"
_NO_NOTE = b"arrow_schema"
"""As long as the note's name, so that nothing in the file moves: what the columns are is said by Parquet's own types too."""


def without_views(table: DeltaTable) -> int:
    """Take the note out of the files with view types that the table's newest commit added; returns how many there were.

    To be called before the commit is published: nobody has read these files yet, and their size stays what Delta's log says. Only of tables in a folder;
    an object store's files stay as they were written.
    """
    root = urlparse(table.table_uri)
    if root.scheme not in ("", "file"):
        return 0
    folder = Path(unquote(root.path))
    commit = folder / "_delta_log" / f"{table.version():020}.json"
    actions = map(json.loads, commit.read_text(encoding="utf-8").splitlines())
    files = [folder / unquote(action["add"]["path"]) for action in actions if "add" in action]
    changed = [file for file in files if any(map(_has_view, pq.read_schema(file).types))]
    for file in changed:
        _drop_note(file)
    return len(changed)


def _has_view(type_: pa.DataType) -> bool:
    if pa.types.is_nested(type_):
        return any(_has_view(type_.field(index).type) for index in range(type_.num_fields))
    return bool(pa.types.is_string_view(type_) or pa.types.is_binary_view(type_))


def _drop_note(file: Path) -> None:
    with file.open("r+b") as stream, mmap.mmap(stream.fileno(), 0) as content:
        # The last eight bytes are the footer's length and the mark PAR1.
        footer = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
        place = content.find(_NOTE, footer)
        content[place : place + len(_NOTE)] = _NO_NOTE
