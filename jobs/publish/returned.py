"""A landed sheet as its sender gets it back: his own workbook, the bad cells marked, with what is wrong in a comment of each.

It can be mended and sent again as it is: nothing is added to the sheet of data but colours and comments, which no reader looks at. It holds what the sender
sent, persons' data too, and so is written for him alone and never into the workspace.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobs.errors import UsageError
from jobs.landing.formats.base import BrokenLine
from jobs.landing.formats.csv import rows_with_header
from jobs.landing.formats.lines import content_chunks
from jobs.landing.formats.registry import format_of
from jobs.landing.formats.sheet import columns_of
from jobs.landing.formats.workbook import located
from jobs.landing.storage import landing_access, landing_storage
from jobs.ops.quarantine import OPEN, shown
from jobs.publish.officers_words import header_named, told
from jobs.settings import path_of
from warehouse_schema.contracts import load_contracts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from openpyxl.cell.cell import Cell, MergedCell
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from jobs.engine.tables import Warehouse
    from jobs.landing.formats.base import ObjectFormat
    from jobs.landing.formats.sheet import SheetColumns, SheetLayout
    from jobs.settings import Settings
    from warehouse_schema.contracts import Contract

MARKED = "FFFFC7CE"
_HEAD = "NTM:\n"
"""Our part of a comment begins here; what stands before it is the sender's."""
_ADDRESS = re.compile(r"\bin cell ([A-Z]{1,3})([0-9]{1,7})\b")
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_LONGEST = 32_767


@dataclass(frozen=True, slots=True)
class Returned:
    """What was written: how many cells are marked in how many rows, and how many rows were left alone since they are settled."""

    path: str
    cells: int
    rows: int
    settled: int


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The workbook of an object, its sheet of data, and where the columns are."""

    book: Workbook
    page: Worksheet
    layout: SheetLayout


def return_workbook(settings: Settings, warehouse: Warehouse, name: str, target: Path) -> Returned:
    """Write the sender's workbook of a landed object with its bad cells marked; readable for the person who calls, and nobody else.

    Args:
        settings: where the landing zone is.
        warehouse: whose quarantine says what is wrong.
        name: the landed path, or the start of the object's id, as `ntm quarantine show` takes it.
        target: the new file.

    Raises:
        UsageError: no such object is in quarantine, it is no sheet, it could not be read or is gone, or the file may not be written there.
    """
    _require_outside(settings, target)
    rows = shown(warehouse, name, None)
    named = sorted({(row["path"], row["object_id"], row["table"]) for row in rows})
    if len(named) > 1:
        raise UsageError(
            f"{name}: these have something in quarantine: {', '.join(f'{path} ({key[:12]})' for path, key, _ in named)}; say which"
        )
    path, object_id, table = named[0]
    whole = next((row for row in rows if row["line"] is None and row["state"] == OPEN), None)
    if whole is not None:
        raise UsageError(
            f"{path} could not be read at all, so there is no cell to mark: {'; '.join(one['message'] for one in whole['errors'])}"
        )
    contract = load_contracts()[f"silver/{table}"]
    sheet = _sheet_of(settings, contract, path, object_id)
    open_rows = [row for row in rows if row["state"] == OPEN]
    cells = _faults(open_rows, contract, sheet.layout)
    _unmark(sheet.page)
    for (line, column), messages in cells.items():
        _mark(sheet.page, line, column, messages)
    _write(sheet.book, target)
    return Returned(path, len(cells), len(open_rows), len(rows) - len(open_rows))


def _require_outside(settings: Settings, target: Path) -> None:
    """Refuse a place in the workspace, where a personal datum in clear text would stay, and a file that is there already."""
    if target.suffix.lower() != ".xlsx":
        raise UsageError(f"{target}: expected a name that ends in .xlsx")
    place = target.resolve()
    for what in (settings.home, path_of(settings.landing_url), path_of(settings.warehouse_url)):
        if what is not None and place.is_relative_to(what.resolve()):
            raise UsageError(
                f"{target}: a returned workbook holds what its sender wrote and is never kept in the workspace; say another folder"
            )
    if target.exists():
        raise UsageError(f"{target}: there is a file of that name; say another one")
    if not target.parent.is_dir():
        raise UsageError(f"{target}: there is no such folder")


def _sheet_of(settings: Settings, contract: Contract, path: str, object_id: str) -> _Sheet:
    """The landed object as a workbook.

    Raises:
        UsageError: it is no sheet, it is gone, or something else lies there now.
    """
    fmt = format_of(path)
    if fmt.kind not in ("csv", "xlsx"):
        raise UsageError(
            f"{path} is {fmt.kind.upper()}, which a program sent: only sheets (.csv, .xlsx) go back as workbooks; see `ntm quarantine show`"
        )
    try:
        with landing_storage(settings.landing_url, s3=landing_access(settings)).open(path) as stream:
            content = stream.read()
    except FileNotFoundError:
        raise UsageError(f"{path} is not in the landing zone any more") from None
    if hashlib.sha256(content).hexdigest() != object_id:
        raise UsageError(f"{path}: something else lies there now than what is in quarantine; run `ntm run` first")
    columns = columns_of(contract)
    return _of_csv(content, fmt, columns, settings.max_line_bytes) if fmt.kind == "csv" else _of_workbook(content, columns)


def _of_workbook(content: bytes, columns: SheetColumns) -> _Sheet:
    from openpyxl import load_workbook

    found = located(io.BytesIO(content), columns)
    assert found is not None  # noqa: S101 - it has rejected rows
    try:
        book = load_workbook(io.BytesIO(content))
        page = book[found[0]]
    except (KeyError, ValueError, TypeError, AttributeError, IndexError) as error:
        # It reads less than we do: Strict Open XML, a date of the file's properties that is none.
        raise UsageError(
            f"the workbook can be read but not written again by the library for it ({type(error).__name__}): open it in Excel or LibreOffice, save it as"
            " .xlsx, and mend it by `ntm check`, which names each cell"
        ) from None
    return _Sheet(book, page, found[1])


def _of_csv(content: bytes, fmt: ObjectFormat, columns: SheetColumns, max_line_bytes: int) -> _Sheet:
    """A workbook of the lines of a CSV: line n is row n, each cell a text as it was written. A line that cannot be read stays empty."""
    from openpyxl import Workbook as NewWorkbook

    found = rows_with_header(content_chunks(io.BytesIO(content), fmt.gzipped), columns, max_line_bytes)
    assert found is not None  # noqa: S101 - it has rejected rows
    layout, rows = found
    book = NewWorkbook()
    page = book.worksheets[0]
    for line, row in rows:
        for position, value in enumerate(() if isinstance(row, BrokenLine) else row, 1):
            if value is not None:
                _put_text(page.cell(line, position), value)
    return _Sheet(book, page, layout.sheet)


def _put_text(cell: Cell | MergedCell, text: str) -> None:
    """Write what the sender wrote, as text: what begins with `=` is no formula of ours, and no zero is eaten."""
    if len(text) > _LONGEST:
        raise UsageError(f"line {cell.row}: a cell of a workbook takes {_LONGEST:,} characters, one of this line has {len(text):,}")
    cell.value = _NOT_IN_XML.sub("", text)
    cell.data_type, cell.number_format = "s", "@"


def _faults(rows: Iterable[Mapping[str, Any]], contract: Contract, layout: SheetLayout) -> dict[tuple[int, int], list[str]]:
    """By row and column, what is wrong there; what is said of no column of the sheet stands at the first cell of the row."""
    found: dict[tuple[int, int], list[str]] = defaultdict(list)
    for row in rows:
        for error in row["errors"]:
            position = layout.column_of(error["field"])
            column = position + 1 if position is not None else _column_named(error["message"], row["line"])
            said = told(contract, error["code"], error["field"], error["message"])
            takes = f" Cần điền: {said.takes}" if said.takes else ""
            header = layout.titles[position] if position is not None else header_named(contract, error["field"])
            found[row["line"], column].append(f"{said.problem(header)}{takes}{said.aside}")
    return found


def _column_named(message: str, line: int) -> int:
    """The column of the cell that a message about a broken line names; else the first."""
    from openpyxl.utils import column_index_from_string

    named = _ADDRESS.search(message)
    return int(column_index_from_string(named[1])) if named and int(named[2]) == line else 1


def _mark(page: Worksheet, line: int, column: int, messages: list[str]) -> None:
    """Colour a cell and say in a comment what is wrong, after what the sender's own comment says; it can be changed where the sheet is protected."""
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill, Protection

    cell = _cell_at(page, line, column)
    own = f"{cell.comment.text.rstrip()}\n" if cell.comment else ""
    text = own + _HEAD + "\n".join(dict.fromkeys(messages))
    cell.comment = Comment(text, "NTM", width=320, height=40 + 20 * (len(text) // 40 + text.count("\n")))
    cell.fill = PatternFill("solid", fgColor=MARKED)
    cell.protection = Protection(locked=False)


def _cell_at(page: Worksheet, line: int, column: int) -> Cell | MergedCell:
    """The cell to mark: of merged ones the first, and of an empty one with the format of its column."""
    for merged in page.merged_cells.ranges:
        if merged.min_row <= line <= merged.max_row and merged.min_col <= column <= merged.max_col:
            return page.cell(merged.min_row, merged.min_col)
    cell = page.cell(line, column)
    if cell.value is None and not cell.has_style:
        whole = next((one for one in page.column_dimensions.values() if (one.min or 0) <= column <= (one.max or 0)), None)
        cell.number_format = whole.number_format if whole is not None else cell.number_format
    return cell


def _unmark(page: Worksheet) -> None:
    """Take away the marks of the last time: a workbook may go there and back more than once."""
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    # Not by rows and columns: that would make a cell of every place that is empty.
    for cell in page._cells.values():
        if cell.comment is None or _HEAD not in cell.comment.text:
            continue
        own = cell.comment.text.partition(_HEAD)[0].rstrip()
        cell.comment = Comment(own, cell.comment.author) if own else None
        if cell.fill.fgColor.rgb == MARKED:
            cell.fill = PatternFill()


def _write(book: Workbook, target: Path) -> None:
    """Write a new file that its owner alone may read, whatever other files of this process may be."""
    content = io.BytesIO()
    book.save(content)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content.getvalue())
