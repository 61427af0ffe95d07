"""XLSX: the sheet of a workbook whose header fits, whichever it is.

Instructions, lists of values and other sheets are passed over and named. Where two sheets have the header and rows, the workbook is refused:
rows are numbered within one sheet, and one of two years' copies must not be taken for the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import IO

from jobs.landing.formats.base import BrokenLine, ObjectUnreadableError, PassedOver, Record
from jobs.landing.formats.ooxml import MAX_SECONDS, SheetPart, Workbook
from jobs.landing.formats.sheet import (
    HEADER_ROWS,
    Cell,
    SheetColumns,
    SheetLayout,
    find_header,
    is_blank,
    is_no_person,
    known_columns,
    sheet_records,
)
from jobs.landing.formats.template import TemplateMark, mark_of, marked_sheet, refuse_another

_MAX_NAME = 40


def read(
    stream: IO[bytes], columns: SheetColumns, max_line_bytes: int, passed: PassedOver, seconds: float | None = None
) -> Iterator[tuple[int, Record | BrokenLine]]:
    """The records of a workbook, each with its row.

    Raises:
        ObjectUnreadableError: `unreadable_workbook`, `too_large` or `unexpected_columns`.
    """
    del max_line_bytes
    book = Workbook.open(stream, seconds)
    found = _sheet_with_header(book, columns, passed)
    if found is not None:
        sheet, layout = found
        book.count_again()
        yield from sheet_records(book.rows(sheet), layout, passed)


def located(stream: IO[bytes], columns: SheetColumns) -> tuple[str, SheetLayout] | None:
    """The name of the sheet that is read, and its header; None for a workbook without any cell.

    Raises:
        ObjectUnreadableError: `unreadable_workbook`, `too_large` or `unexpected_columns`.
    """
    found = _sheet_with_header(Workbook.open(stream, MAX_SECONDS), columns, PassedOver())
    return (found[0].name, found[1]) if found else None


def has_rows(stream: IO[bytes], columns: SheetColumns, max_line_bytes: int, passed: PassedOver) -> bool:
    """Whether there is any row below the header; reads to the end, since a workbook can be broken in any row, and is not half loaded.

    Raises:
        ObjectUnreadableError: `unreadable_workbook`, `too_large` or `unexpected_columns`.
    """
    return sum(1 for _ in read(stream, columns, max_line_bytes, passed, MAX_SECONDS)) > 0


def _sheet_with_header(book: Workbook, columns: SheetColumns, passed: PassedOver) -> tuple[SheetPart, SheetLayout] | None:
    """The sheet to read and where its header is; None for a workbook without any cell.

    A hidden sheet is read only where no visible one has the header.

    Raises:
        ObjectUnreadableError: `unexpected_columns`; where an older template is behind it, the message names it.
    """
    mark = _mark(book, columns)
    note = mark.note(columns) if mark else None
    try:
        found = _fitting_sheet(book, columns, passed, marked_sheet(book) if mark else None)
    except ObjectUnreadableError as error:
        raise (ObjectUnreadableError(error.code, f"{note}: {error.message}", error.fits) if note else error) from None
    passed.notes += [note] if note else []
    return found


def _mark(book: Workbook, columns: SheetColumns) -> TemplateMark | None:
    """The template that a workbook was made from, where it says so and the columns are those of a dataset."""
    sheet = marked_sheet(book) if columns.dataset else None
    mark = mark_of(book, sheet) if sheet else None
    if mark is not None:
        refuse_another(mark, columns)
    return mark


def _fitting_sheet(
    book: Workbook, columns: SheetColumns, passed: PassedOver, marked: SheetPart | None
) -> tuple[SheetPart, SheetLayout] | None:
    fitting: list[tuple[SheetPart, SheetLayout, bool]] = []
    others: list[str] = []
    failures: list[tuple[int, SheetPart, ObjectUnreadableError]] = []
    for sheet in book.sheets:
        if sheet is marked:
            continue
        rows = _with_something(book.rows(sheet))
        first = list(islice(rows, HEADER_ROWS))
        if not first:
            continue
        try:
            layout = find_header(first, columns)
        except ObjectUnreadableError as error:
            failures.append((max(known_columns(row, columns) for _, row in first), sheet, error))
            others.append(shown_name(sheet))
        else:
            below = [number for number, _ in first if number > layout.line]
            fitting.append((sheet, layout, bool(below) or next(rows, None) is not None))
    candidates = [one for one in fitting if not one[0].hidden] or fitting
    with_rows = [one for one in candidates if one[2]] or candidates[:1]
    if len(with_rows) > 1:
        names = ", ".join(shown_name(sheet) for sheet, _, _ in with_rows)
        fits = max(sum(name is not None for name in layout.fields) for _, layout, _ in with_rows)
        message = f"expected one sheet with the header and rows, found {len(with_rows)}: {names}"
        raise ObjectUnreadableError("unexpected_columns", message, fits)
    if with_rows:
        sheet, layout, _ = with_rows[0]
        # A sheet of another year, whose header lacks a word, must not be left out without being heard.
        named = sum(name is not None for name in layout.fields)
        nearly = [one for one in failures if not one[1].hidden and one[0] > 2 and 2 * one[0] > named]
        for _, other, problem in nearly[:1]:
            raise ObjectUnreadableError(
                "unexpected_columns",
                f"{shown_name(sheet)} has the header, and {shown_name(other)} nearly has it, which is not read: {problem.message}",
                named,
            )
        passed.sheets += [*others, *(shown_name(one[0]) for one in fitting if one[0] is not sheet)]
        return sheet, layout
    if failures:
        raise max(failures, key=lambda one: one[0])[2]
    return None


def _with_something(rows: Iterator[tuple[int, list[Cell]]]) -> Iterator[tuple[int, list[Cell]]]:
    return ((number, row) for number, row in rows if not is_blank(row))


def shown_name(sheet: SheetPart) -> str:
    """A sheet's name for a message: in quotes, not too long, its control characters visible."""
    if not is_no_person(sheet.name) and len(sheet.name.split()) > 1:
        return "one whose name may be a person's"
    name = "".join(letter if letter.isprintable() else "?" for letter in sheet.name)
    return f"'{name if len(name) <= _MAX_NAME else name[:_MAX_NAME] + '…'}'"
