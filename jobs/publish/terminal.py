"""What a person reads on a terminal: lines, tables, warnings. All that `ntm` prints for people goes through here.

Values are data: control characters in them are made visible, and nothing in them is markup. Nothing is cut: a line is left to the terminal to fold, so that a
path can be copied whole, and a table that is wider than the terminal is printed in blocks, one field a line. A pipe has no width.
"""

from __future__ import annotations

import os
import shutil
import sys
from itertools import chain, islice
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, TextIO

from rich.cells import cell_len

from jobs.settings import path_of
from jobs.visible import visible

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from rich.console import Console

NOTHING = "–"
GAP = "  "
PIPE_WIDTH = 240
MEASURED_ROWS = 1_000
"""So many rows decide how wide the columns are; a wider value after them moves its line only. So a long result is printed as it comes."""


def say(line: object = "") -> None:
    """One line on standard output."""
    sys.stdout.write(f"{visible(line)}\n")


def say_folded(text: object, *, indent: str = "", hanging: int = 0) -> None:
    """One line on standard output, indented; on a terminal folded between words, further lines indented by `hanging` more."""
    line = visible(text)
    width = terminal_width()
    if width is not None and width > len(indent) + hanging:
        # A word that is longer than the terminal is left whole, so that a path can be copied.
        line = fill(line, width - len(indent), subsequent_indent=" " * hanging, break_long_words=False, break_on_hyphens=False)
    sys.stdout.write("".join(f"{indent}{part}\n" for part in line.split("\n")))


def say_list(head: str, items: Iterable[object]) -> None:
    """One line `head: item, item`; on a terminal folded between the items only."""
    width = terminal_width()
    lines = [f"{visible(head)}:"]
    for item in map(visible, items):
        if width is not None and cell_len(lines[-1]) + cell_len(item) + len(" ,") > width:
            lines.append(" ")
        lines[-1] += f" {item},"
    sys.stdout.write("\n".join(lines).removesuffix(",") + "\n")


def warn(message: object, stream: TextIO | None = None) -> None:
    """One line that starts with `warning:`, in yellow on a terminal; on standard error where no stream is named."""
    out = stream or sys.stderr
    mark = "\x1b[33mwarning:\x1b[0m" if out.isatty() and not os.environ.get("NO_COLOR") else "warning:"
    out.write(f"{mark} {visible(message)}\n")


def place_for_people(place: str) -> str:
    """A place as a person types it: a path where it is on this machine, from here where it lies below; else the address."""
    path = path_of(place)
    if path is None:
        return place
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def terminal_width() -> int | None:
    """Columns of the terminal that standard output is; None for a pipe or a file."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def console() -> Console:
    """A console of rich for the project's own figures (benchmarks): no markup, and wide in a pipe."""
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)


def say_table(names: Sequence[str], rows: Iterable[Sequence[object]], *, right: Collection[str | int] = (), indent: str = "") -> None:
    """A table on standard output, or blocks where it is too wide; None is shown as a dash.

    Args:
        names: headings of the columns.
        rows: values, printed as they come after the first `MEASURED_ROWS`.
        right: the columns that are set to the right, by name or number.
        indent: before each line.
    """
    to_the_right = {number for number, name in enumerate(names) if number in right or name in right}
    names = [visible(name) for name in names]
    cells = ([NOTHING if value is None else visible(value) for value in row] for row in rows)
    measured = list(islice(cells, MEASURED_ROWS))
    widths = [max(map(cell_len, column)) for column in zip(names, *measured, strict=True)]
    total = sum(widths) + len(GAP) * (len(widths) - 1) + len(indent)
    limit = terminal_width()
    lines = _blocks if limit is not None and total > limit else _lines
    for line in lines(names, chain(measured, cells), widths, to_the_right):
        sys.stdout.write(f"{indent}{line}".rstrip() + "\n")


def _lines(names: list[str], rows: Iterable[list[str]], widths: list[int], right: set[int]) -> Iterator[str]:
    def line(cells: list[str]) -> str:
        padded = zip(cells, widths, strict=True)
        return GAP.join(_padded(cell, width, right=number in right) for number, (cell, width) in enumerate(padded))

    yield line(names)
    yield GAP.join("─" * width for width in widths)
    yield from map(line, rows)


def _blocks(names: list[str], rows: Iterable[list[str]], _: list[int], __: set[int]) -> Iterator[str]:
    width = max(map(cell_len, names))
    for number, cells in enumerate(rows):
        if number:
            yield ""
        for name, cell in zip(names, cells, strict=True):
            yield f"{_padded(name, width)}{GAP}{cell}"


def _padded(text: str, width: int, *, right: bool = False) -> str:
    space = " " * (width - cell_len(text))
    return space + text if right else text + space
