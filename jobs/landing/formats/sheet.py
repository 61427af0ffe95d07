"""What CSV and workbooks share: a header line that names the columns, wherever it stands, and rows below it.

A sheet is never read by position. The header is the first of the first rows whose cells are the contract's columns, compared by
`folded`. Beside them a sheet may have a column of row numbers (STT) and columns without a header, in which nothing may stand. Lines
above the header, titles of blocks, rows of sums and headers that are repeated on each page are passed over and counted. A column that the contract does
not know refuses the sheet: it may hold personal data, or be the one that is missing under another name.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from jobs.landing.formats.base import BrokenLine, ObjectUnreadableError, PassedOver, Record
from warehouse_schema.names import FIELD_NAME, NUMBERING_HEADERS, folded

if TYPE_CHECKING:
    from warehouse_schema.contracts import Contract

HEADER_ROWS = 40
"""Rows from the top among which the header is looked for."""
MAX_NAMED = 40

_ROW_NUMBER = re.compile(r"\(?(?:[0-9]{1,7}|[ivxlcdm]{1,7}|[a-zđ])(?:[.,][0-9]{0,7})*[.)]*", re.IGNORECASE)
_BLOCK_NUMBER = re.compile(r"(?:[IVXLC]{1,7}|[A-ZĐ])[.)]?")
_LONG_NUMBER = re.compile(r"[0-9]{6}")
_SUM_LABELS = frozenset({"tổngsố", "tổngcộng", "tổng", "cộng", "total", "grandtotal"})
_SUM_BEGINNINGS = ("tổngsố", "tổngcộng")

Cell: TypeAlias = str | BrokenLine | None
"""The text of a cell; None where it is empty; a `BrokenLine` where it has no value that can be read."""
Row: TypeAlias = Sequence[Cell]
Rows: TypeAlias = Iterable[tuple[int, Row | BrokenLine]]


@dataclass(frozen=True, slots=True)
class SheetColumns:
    """The columns that a sheet may have: all of `required`, any of `optional`, each under its name or an alias."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, fields: Iterable[tuple[str, Sequence[str]]], optional: Collection[str]) -> SheetColumns:
        """The columns of fields, each with its aliases; `optional` are those that a sheet may leave out."""
        listed = [(name, aliases) for name, aliases in fields]
        return cls(
            required=tuple(name for name, _ in listed if name not in optional),
            optional=tuple(name for name, _ in listed if name in optional),
            aliases={alias: name for name, aliases in listed for alias in aliases},
        )

    @property
    def names(self) -> frozenset[str]:
        """All names and aliases, as written in the contract."""
        return frozenset({*self.required, *self.optional, *self.aliases})

    @property
    def by_header(self) -> dict[str, str]:
        """Folded header -> field."""
        own = {folded(name): name for name in (*self.required, *self.optional)}
        return {folded(alias): name for alias, name in self.aliases.items()} | own

    @property
    def expected(self) -> str:
        """For an error: what the header line should be."""
        text = f"expected: {', '.join(self.required)}"
        return f"{text}; optional: {', '.join(self.optional)}" if self.optional else text


def columns_of(contract: Contract) -> SheetColumns:
    """The columns that a sheet of a landed dataset may have, by its contract."""
    optional = {str(column.source) for column in contract.landed if column.optional_field}
    return SheetColumns.of([(str(column.source), column.aliases) for column in contract.landed], optional)


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """Where the header of a sheet is and what its columns are.

    `fields`: by column, None for one that is not read. `numbering`: the column of row numbers. `required`: positions of the columns
    that every row fills. `headers`: the header line, folded.
    """

    line: int
    fields: tuple[str | None, ...]
    numbering: int | None
    required: tuple[int, ...]
    headers: tuple[str, ...]


def is_blank(row: Row) -> bool:
    """Whether there is nothing in a row but white space."""
    return not any(isinstance(cell, BrokenLine) or (cell is not None and cell.strip()) for cell in row)


def known_columns(row: Row | BrokenLine, columns: SheetColumns) -> int:
    """How many of the contract's columns a row names."""
    if isinstance(row, BrokenLine):
        return 0
    by_header = columns.by_header
    return len({by_header[name] for cell in row if isinstance(cell, str) and (name := folded(cell)) in by_header})


def find_header(rows: Sequence[tuple[int, Row | BrokenLine]], columns: SheetColumns) -> SheetLayout:
    """The layout of a sheet from its first rows.

    A line that names no expected column is taken for one of data, and an unknown column that does not look like a name may be data too:
    neither is quoted.

    Raises:
        ObjectUnreadableError: `unexpected_columns`, naming columns missing, unknown or given twice, and the expected.
    """
    best: tuple[int, int, Row] | None = None
    above: list[tuple[int, Row | BrokenLine]] = []
    for number, row in rows:
        score = known_columns(row, columns)
        if score and not isinstance(row, BrokenLine):
            layout, problems = _laid_out(number, row, columns, score)
            if not problems:
                _refuse_data_above(above, layout)
                return layout
            if best is None or score > best[0]:
                best = (score, number, row)
        above.append((number, row))
    if best is None:
        which = "the first line is not" if len(rows) == 1 else f"none of the first {len(rows)} lines is"
        broken = next((f" (line {number}: {row.message})" for number, row in rows if isinstance(row, BrokenLine)), "")
        raise ObjectUnreadableError("unexpected_columns", f"{which} the header line{broken}; {columns.expected}")
    score, number, row = best
    problems = _laid_out(number, row, columns, score)[1]
    where = [] if number == rows[0][0] else [f"the header is in line {number}"]
    raise ObjectUnreadableError("unexpected_columns", "; ".join([*where, *problems, columns.expected]))


def _laid_out(number: int, row: Row, columns: SheetColumns, score: int) -> tuple[SheetLayout, list[str]]:
    """What a row is as a header, and what is wrong with it as one."""
    by_header = columns.by_header
    # Columns without a header at its end are none; a value there makes a row too long.
    row = row[: next((size for size in range(len(row), 0, -1) if not is_blank([row[size - 1]])), 0)]
    texts = [cell if isinstance(cell, str) else "" for cell in row]
    headers = tuple(map(folded, texts))
    fields = tuple(by_header.get(name) for name in headers)
    numbering = next((index for index, name in enumerate(headers) if name in NUMBERING_HEADERS and fields[index] is None), None)
    missing = [name for name in columns.required if name not in fields]
    unknown = [
        _shown(text.strip(), index + 1, plainly_header=score >= 3)
        for index, text in enumerate(texts)
        if fields[index] is None and index != numbering and (headers[index] or isinstance(row[index], BrokenLine))
    ]
    repeated = sorted({name for name in fields if name is not None and fields.count(name) > 1})
    problems = [
        f"{problem}: {', '.join(found[:MAX_NAMED])}"
        for problem, found in (("missing", missing), ("unknown", unknown), ("given twice", repeated))
        if found
    ]
    required = tuple(index for index, name in enumerate(fields) if name in columns.required)
    return SheetLayout(number, fields, numbering, required, headers), problems


def _shown(text: str, position: int, *, plainly_header: bool) -> str:
    """An unknown header: as it is where it is a name, or stands among enough known ones not to be a value of a record."""
    if FIELD_NAME.fullmatch(text) or (plainly_header and text.isprintable() and len(text) <= 60 and not _LONG_NUMBER.search(text)):
        return text
    return f"column {position}"


def _refuse_data_above(above: Iterable[tuple[int, Row | BrokenLine]], layout: SheetLayout) -> None:
    """A line above the header that fills every required column may be a record, in a sheet that was sorted together with its header.

    Raises:
        ObjectUnreadableError: `unexpected_columns`.
    """
    for number, row in above:
        if isinstance(row, BrokenLine) or len(row) <= max(layout.required):
            continue
        if all(not is_blank([row[index]]) for index in layout.required):
            message = f"expected titles only above the header in line {layout.line}: line {number} fills all its columns, as a record does"
            raise ObjectUnreadableError("unexpected_columns", message)


def sheet_records(
    rows: Rows, layout: SheetLayout, passed: PassedOver, *, same_length: bool = False
) -> Iterator[tuple[int, Record | BrokenLine]]:
    """The records of a sheet, each with its line, from all of its rows; rows of nothing but white space are nothing.

    Args:
        rows: of the whole sheet, from its top.
        layout: of its header.
        passed: is counted up: lines above the header, titles of blocks, rows of sums, repeated headers.
        same_length: a row has to have as many cells as the header (CSV).
    """
    plain = same_length and None not in layout.fields
    width = len(layout.fields)
    if layout.numbering is not None:
        passed.counts["row-number column"] += 1
    for number, row in rows:
        if number <= layout.line:
            if number < layout.line and (isinstance(row, BrokenLine) or not is_blank(row)):
                passed.counts["title line"] += 1
        elif isinstance(row, BrokenLine):
            yield number, row
        elif is_blank(row):
            continue
        elif _is_sum(row, layout):
            passed.counts["sum row"] += 1
        elif layout.numbering is not None and is_blank([cell for index, cell in enumerate(row) if index != layout.numbering]):
            passed.counts["empty numbered row"] += 1
        elif layout.numbering is not None and _is_block(row, layout):
            passed.counts["block row"] += 1
        elif _is_header_again(row, layout):
            passed.counts["repeated header"] += 1
        elif plain and len(row) == width:
            yield number, dict(zip(layout.fields, row, strict=True))  # type: ignore[arg-type]  # no None: plain
        else:
            yield number, _record(row, layout, same_length=same_length)


def _is_sum(row: Row, layout: SheetLayout) -> bool:
    """Whether a row sums those above it: it begins with such a word, and is no record by itself."""
    first = next((cell for cell in row if isinstance(cell, str) and cell.strip()), "")
    if not first or first.lstrip()[0] not in "tTcCgG":
        return False
    label = folded(first).rstrip(":.")
    if label not in _SUM_LABELS and not label.startswith(_SUM_BEGINNINGS):
        return False
    return any(index >= len(row) or is_blank([row[index]]) for index in layout.required)


def _is_block(row: Row, layout: SheetLayout) -> bool:
    """Whether a row is the title of the block below it: numbered by a letter or in Roman numerals, with one text ("I | Sở, ban, ngành").

    One of a sheet whose records need no more than that is none.
    """
    number = row[layout.numbering] if layout.numbering is not None and layout.numbering < len(row) else None
    if not isinstance(number, str) or not _BLOCK_NUMBER.fullmatch(number.strip()) or len(layout.required) < 2:
        return False
    others = [cell for index, cell in enumerate(row) if index != layout.numbering and not is_blank([cell])]
    return len(others) == 1 and isinstance(others[0], str)


def _is_header_again(row: Row, layout: SheetLayout) -> bool:
    first = layout.required[0] if layout.required else 0
    cell = row[first] if first < len(row) else None
    if not isinstance(cell, str) or cell.lstrip()[:1].casefold() != layout.headers[first][:1]:
        return False
    return _folded_row(row) == _folded_row(layout.headers)


def _folded_row(row: Row) -> list[str]:
    texts = [folded(cell) if isinstance(cell, str) else "" for cell in row]
    return texts[: next((size for size in range(len(texts), 0, -1) if texts[size - 1]), 0)]


def _record(row: Row, layout: SheetLayout, *, same_length: bool) -> Record | BrokenLine:
    width = len(layout.fields)
    if len(row) > width and not is_blank(row[width:]):
        return cell_count(width, next(size for size in range(len(row), 0, -1) if not is_blank([row[size - 1]])))
    if same_length and len(row) < width:
        return cell_count(width, len(row))
    record: Record = {}
    for index, name in enumerate(layout.fields):
        cell = row[index] if index < len(row) else None
        if isinstance(cell, BrokenLine):
            # A formula that numbers the rows may be without its value.
            if index == layout.numbering:
                continue
            return cell
        if name is not None:
            record[name] = cell
        elif cell is not None and cell.strip():
            if index != layout.numbering:
                return BrokenLine("broken_line", f"expected nothing in column {index + 1}, which has no header")
            if not _ROW_NUMBER.fullmatch(cell.strip()):
                return BrokenLine("broken_line", f"expected the row's number in column {index + 1}, whose header is that of row numbers")
    return record


def cell_count(expected: int, found: int) -> BrokenLine:
    """A row with another number of cells than the header line."""
    return BrokenLine("broken_line", f"expected {expected} cells, as in the header line, found {found}")
