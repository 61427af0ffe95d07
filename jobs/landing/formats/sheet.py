"""What CSV and workbooks share: a header line that names the columns, and rows below it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from jobs.landing.formats.base import BrokenLine, ObjectUnreadableError

_COLUMN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")


@dataclass(frozen=True, slots=True)
class SheetColumns:
    """The columns that a sheet may have: all of `required`, any of `optional`, each under its name or an alias."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)


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


def cell_count(expected: int, found: int) -> BrokenLine:
    """A row with another number of cells than the header line."""
    return BrokenLine("broken_line", f"expected {expected} cells, as in the header line, found {found}")
