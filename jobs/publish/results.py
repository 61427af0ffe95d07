"""The rows of a result as a table, CSV or JSON: on a terminal the first of them, in a pipe all as they come."""

from __future__ import annotations

import sys
from decimal import Decimal
from enum import StrEnum
from itertools import chain, islice
from typing import TYPE_CHECKING

from jobs.errors import UsageError
from jobs.publish.terminal import MEASURED_ROWS, say, say_table, terminal_width, warn
from jobs.publish.values import write_csv, write_json, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

SHOWN_ROWS = 1_000
"""So many rows of a long result are shown on a terminal."""


_PLAN = ("explain_key", "explain_value")


class Format(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


_WRITERS = {Format.CSV: write_csv, Format.JSON: write_json}


def print_rows(names: Sequence[str], rows: Iterable[Sequence[object]], output: Format, *, limit: int | None = None) -> None:
    """Rows on standard output; a table on a terminal ends after `limit` rows, where there is one, and says so."""
    if output is not Format.TABLE:
        _WRITERS[output](sys.stdout, names, rows)
    elif tuple(names) == _PLAN:
        for row in rows:
            for line in str(row[-1]).split("\n"):
                say(line)
    else:
        coming = iter(rows)
        shown = None if terminal_width() is None else limit
        _print_table(names, islice(coming, shown))
        if shown is not None and next(coming, None) is not None:
            warn(f"the first {shown:,} rows are shown, and there are more: --all shows them all, --output FILE writes them to a file")


def write_rows(names: Sequence[str], rows: Iterable[Sequence[object]], target: Path, output: Format | None = None) -> int:
    """Write all rows to a file, as CSV or JSON by its name where no format is given; returns how many. The file is there whole or not at all.

    Raises:
        UsageError: neither the format nor the name says how; or the file cannot be written.
    """
    chosen = output or next((one for one in _WRITERS if target.suffix.lower() == f".{one}"), None)
    if chosen not in _WRITERS:
        raise UsageError(f"--output {target}: expected a name that ends in .csv or .json, or --format csv or json")
    counted = 0

    def counting() -> Iterator[Sequence[object]]:
        nonlocal counted
        for row in rows:
            counted += 1
            yield row

    part = target.with_name(f".{target.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            _WRITERS[chosen](file, names, counting())
        part.replace(target)
    except (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError) as error:
        raise UsageError(f"--output {target}: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
    return counted


def _print_table(names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    coming = iter(rows)
    first = list(islice(coming, MEASURED_ROWS))
    numbers = {number for number, column in enumerate(zip(*first, strict=True)) if _are_numbers(column)}
    cells = ([None if value is None else written(value) for value in row] for row in chain(first, coming))
    say_table(names, cells, right=numbers)


def _are_numbers(column: Sequence[object]) -> bool:
    known = [value for value in column if value is not None]
    return bool(known) and all(isinstance(value, int | float | Decimal) and not isinstance(value, bool) for value in known)
