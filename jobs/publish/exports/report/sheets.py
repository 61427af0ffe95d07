"""Tables as sheets of a workbook, by XlsxWriter.

Numbers are numbers, days are days, and a text is a text whatever it begins with: a formula is only ever made from the places of cells. Each formula has the
value that was computed here beside it, so that a reader that does not recalculate shows the same. What is missing is an empty cell, never 0.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from math import ceil
from typing import TYPE_CHECKING, Any, Literal

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from jobs.visible import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

Kind = Literal["text", "whole", "share", "points", "day"]
FONT = "Times New Roman"
_NUMBER_FORMATS = {"text": "@", "whole": "#,##0", "share": "0.00%", "points": "+0.00;-0.00;0.00", "day": "dd/mm/yyyy"}
"""Neutral ones: a Vietnamese Excel shows 1.234,5 by them."""
_A4 = 9
_LINE = 16.5
"""Points of a line of 12-point type."""
_LONGEST = 32_767
"""Characters that a cell takes."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet.

    Attributes:
        key: the key of its values in the rows.
        header: what stands above.
        kind: how its values are written.
        width: in characters.
        formula: over keys of the same row, such as `{numerator}/{denominator}`; the row's value is what it comes to. A row without one has an empty cell.
        is_summed: whether the row of totals sums it.
    """

    key: str
    header: str
    kind: Kind = "text"
    width: int = 12
    formula: str = ""
    is_summed: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with what stands above and below it.

    Attributes:
        name: on its tab, at most 31 characters.
        lines: above the header, the first one is the title.
        columns: from left to right.
        rows: a value for each key; (value, kind) where a cell is of another kind than its column; it has no formula.
        tiers: rows of the header above the columns' own: (text, first column, last column).
        rest: rows after the others that are no unit's own; the totals count them.
        total: the row of totals, with its words; none: no such row.
        notes: below the table.
    """

    name: str
    lines: Sequence[str]
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]
    tiers: Sequence[Sequence[tuple[str, int, int]]] = ()
    rest: Sequence[Mapping[str, Any]] = ()
    total: Mapping[str, Any] | None = None
    notes: Sequence[str] = field(default=())


def write_workbook(target: Path, sheets: Sequence[Sheet], made_at: datetime) -> None:
    """Write sheets as a workbook; `made_at` is the day in its properties, so that the same figures give the same file."""
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": _NUMBER_FORMATS["day"],
    }
    with xlsxwriter.Workbook(str(target), options) as workbook:
        workbook.set_properties({"created": made_at.replace(tzinfo=None)})
        formats = _formats(workbook)
        for sheet in sheets:
            _write_sheet(workbook.add_worksheet(sheet.name), sheet, formats)


def _formats(workbook: Workbook) -> dict[tuple[str, str], Format]:
    """The formats of cells by part (title, line, header, cell, total) and kind."""
    base = {"font_name": FONT, "font_size": 12, "valign": "vcenter"}
    framed = base | {"border": 1}
    found = {
        ("title", "text"): workbook.add_format(base | {"bold": True, "font_size": 14}),
        ("line", "text"): workbook.add_format(base | {"italic": True}),
        ("header", "text"): workbook.add_format(framed | {"bold": True, "align": "center", "text_wrap": True, "bg_color": "#DDEBF7"}),
    }
    for kind, number in _NUMBER_FORMATS.items():
        wrapped = {"text_wrap": True} if kind == "text" else {}
        found["cell", kind] = workbook.add_format(framed | wrapped | {"num_format": number})
        found["total", kind] = workbook.add_format(framed | wrapped | {"num_format": number, "bold": True})
    return found


def _write_sheet(out: Worksheet, sheet: Sheet, formats: Mapping[tuple[str, str], Format]) -> None:
    for number, column in enumerate(sheet.columns):
        out.set_column(number, number, column.width)
    for number, line in enumerate(sheet.lines):
        _text(out, number, 0, line, formats["line" if number else "title", "text"])
    out.set_default_row(_LINE)
    first_of_header = len(sheet.lines) + 1
    header = first_of_header + len(sheet.tiers)
    _write_header(out, sheet, first_of_header, formats["header", "text"])
    body = [*sheet.rows, *sheet.rest]
    for number, row in enumerate(body):
        _write_row(out, header + 1 + number, sheet, row, formats, "cell")
    last = header + len(body)
    if sheet.total is not None and body:
        _write_row(out, last + 1, sheet, _summed(sheet, body), formats, "total", range(header + 2, last + 2))
    for number, note in enumerate(sheet.notes):
        _text(out, last + 3 + number, 0, note, formats["line", "text"])
    out.freeze_panes(header + 1, 0)
    if sheet.rows:
        out.autofilter(header, 0, header + len(sheet.rows), len(sheet.columns) - 1)
        # Codes are texts: their zeros would be lost in numbers.
        out.ignore_errors({"number_stored_as_text": f"A1:{xl_col_to_name(len(sheet.columns) - 1)}{last + 2}"})
    out.set_paper(_A4)
    out.set_landscape()
    out.fit_to_pages(1, 0)
    out.set_margins(left=0.6, right=0.6, top=0.75, bottom=0.75)
    out.repeat_rows(first_of_header, header)
    out.set_footer(f'&C&"{FONT},Regular"&10&A - &P/&N')


def _write_header(out: Worksheet, sheet: Sheet, first: int, style: Format) -> None:
    """The tiers, in merged cells, and below them each column's own header."""
    header = first + len(sheet.tiers)
    covered: set[int] = set()
    for number, tier in enumerate(sheet.tiers):
        for text, left, right in tier:
            covered |= set(range(left, right + 1))
            if left == right:
                _text(out, first + number, left, text, style)
            else:
                out.merge_range(first + number, left, first + number, right, visible(text), style)
    for number, column in enumerate(sheet.columns):
        if sheet.tiers and number not in covered:
            # Under no tier: it stands at the bottom, where the filter is, and its cells above are of the header too.
            for row in range(first, header):
                out.write_blank(row, number, None, style)
        _text(out, header, number, column.header, style)
    out.set_row(header, max(_lines(column.header, column.width) for column in sheet.columns) * _LINE)


def _write_row(
    out: Worksheet,
    row: int,
    sheet: Sheet,
    values: Mapping[str, Any],
    formats: Mapping[tuple[str, str], Format],
    part: str,
    summed: range | None = None,
) -> None:
    out.set_row(row, _height(sheet.columns, values))
    places = {column.key: f"{xl_col_to_name(number)}{row + 1}" for number, column in enumerate(sheet.columns)}
    for number, column in enumerate(sheet.columns):
        value, kind, formula = values.get(column.key), column.kind, column.formula
        if isinstance(value, tuple):
            value, kind, formula = *value, ""
        style = formats[part, kind]
        if value is None or value == "":
            out.write_blank(row, number, None, style)
        elif summed is not None and column.is_summed:
            letter = xl_col_to_name(number)
            out.write_formula(row, number, f"=SUM({letter}{summed.start}:{letter}{summed.stop - 1})", style, value)
        elif formula and not isinstance(value, str):
            out.write_formula(row, number, f"={formula.format(**places)}", style, value)
        elif isinstance(value, date):
            out.write_datetime(row, number, datetime(value.year, value.month, value.day), style)  # noqa: DTZ001 - a cell's day has no zone
        elif isinstance(value, int | float):
            out.write_number(row, number, value, style)
        else:
            _text(out, row, number, str(value), style)


def _height(columns: Sequence[Column], values: Mapping[str, Any]) -> float:
    """The height of a row, in points: Excel finds it by itself, LibreOffice does not."""
    texts = ((values.get(column.key), column.width) for column in columns)
    return _LINE * max((_lines(text if isinstance(text, str) else "", width) for text, width in texts), default=1)


def _lines(text: str, width: int) -> int:
    """How many lines a text takes in a column, about: Times New Roman is narrower than the type that widths are counted in."""
    return max(1, ceil(len(text) / width))


def _summed(sheet: Sheet, body: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The row of totals: its words, and for each column that is summed what its sum comes to; empty where no row has a number."""
    sums: dict[str, Any] = {}
    for column in sheet.columns:
        known = [row[column.key] for row in body if row.get(column.key) is not None]
        if column.is_summed and known:
            sums[column.key] = sum(known)
    return {**sums, **(sheet.total or {})}


def _text(out: Worksheet, row: int, column: int, text: str, style: Format) -> None:
    out.write_string(row, column, visible(text)[:_LONGEST], style)
