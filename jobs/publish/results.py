"""The rows of a result as a table, CSV or JSON: on a terminal the first of them, in a pipe all as they come."""

from __future__ import annotations

import sys
from decimal import Decimal
from enum import StrEnum
from itertools import chain, islice
from typing import TYPE_CHECKING

from jobs.publish.terminal import MEASURED_ROWS, say_table, terminal_width, warn
from jobs.publish.values import write_csv, write_json, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SHOWN_ROWS = 1_000
"""So many rows of a long result are shown on a terminal."""


class Format(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def print_rows(names: Sequence[str], rows: Iterable[Sequence[object]], output: Format, *, everything: bool = False) -> None:
    """Rows on standard output; a table on a terminal ends after `SHOWN_ROWS` and says so, unless everything is wanted."""
    if output is Format.JSON:
        write_json(sys.stdout, names, rows)
    elif output is Format.CSV:
        write_csv(sys.stdout, names, rows)
    else:
        coming = iter(rows)
        if terminal_width() is None or everything:
            _print_table(names, coming)
            return
        _print_table(names, islice(coming, SHOWN_ROWS))
        if next(coming, None) is not None:
            warn(f"the first {SHOWN_ROWS:,} rows are shown, and there are more: --all shows them all, --output FILE writes them to a file")


def _print_table(names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    coming = iter(rows)
    first = list(islice(coming, MEASURED_ROWS))
    numbers = {number for number, column in enumerate(zip(*first, strict=True)) if _are_numbers(column)}
    cells = ([None if value is None else written(value) for value in row] for row in chain(first, coming))
    say_table(names, cells, right=numbers)


def _are_numbers(column: Sequence[object]) -> bool:
    known = [value for value in column if value is not None]
    return bool(known) and all(isinstance(value, int | float | Decimal) and not isinstance(value, bool) for value in known)
