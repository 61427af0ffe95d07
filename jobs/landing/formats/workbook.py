"""XLSX: the rows of a workbook's sheet."""

from __future__ import annotations

import datetime as dt
import re
import warnings
from collections.abc import Iterator
from itertools import zip_longest
from typing import IO

from jobs.landing.formats.base import BrokenLine, ObjectUnreadableError, Record
from jobs.landing.formats.sheet import SheetColumns, cell_count, check_header

XLSX_MAX_ROWS = 1 << 20
_ZERO_PADDED = re.compile(r"0{2,}")


def xlsx_rows(stream: IO[bytes]) -> Iterator[tuple[int, list[str | None]]]:
    """The rows of the first sheet with their row numbers; rows without a value are skipped.

    Dates become ISO 8601, whole numbers lose their `.0`, a number shown with leading zeros (format `00000`) keeps them.

    Raises:
        ObjectUnreadableError: `unreadable_workbook`.
    """
    import openpyxl

    # Its warnings quote values.
    warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")
    try:
        workbook = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        try:
            sheet = workbook.worksheets[0]
            sheet.reset_dimensions()  # some writers state them wrongly, and rows would be missing
            for number, cells in enumerate(sheet.iter_rows(), 1):
                row = [_cell_text(cell.value, cell.number_format) for cell in cells]
                if any(text is not None for text in row):
                    yield number, row
                if number > XLSX_MAX_ROWS:
                    raise ObjectUnreadableError("unreadable_workbook", f"expected at most {XLSX_MAX_ROWS} rows")
        finally:
            workbook.close()
    except ObjectUnreadableError:
        raise
    except Exception:  # openpyxl raises whatever its parts raise, and that may quote values
        raise ObjectUnreadableError(
            "unreadable_workbook", "expected a workbook that opens, .xlsx without a password, with a sheet of cells"
        ) from None


def xlsx_fields(first_row: list[str | None], columns: SheetColumns) -> list[str]:
    """The field of each column of a sheet, from its first row; empty cells at its end are no columns.

    Raises:
        ObjectUnreadableError: `unexpected_columns`.
    """
    return check_header(_without_trailing_empty(first_row), columns)


def _without_trailing_empty(row: list[str | None]) -> list[str | None]:
    return row[: next((size for size in range(len(row), 0, -1) if row[size - 1] is not None), 0)]


def xlsx_records(stream: IO[bytes], columns: SheetColumns) -> Iterator[tuple[int, Record | BrokenLine]]:
    """The records of a workbook's sheet, each with its row."""
    fields: list[str] | None = None
    for number, row in xlsx_rows(stream):
        if fields is None:
            fields = xlsx_fields(row, columns)
            continue
        cells = _without_trailing_empty(row)
        if len(cells) > len(fields):
            yield number, cell_count(len(fields), len(cells))
        else:
            yield number, dict(zip_longest(fields, cells))


def _cell_text(value: object, number_format: str) -> str | None:  # noqa: PLR0911  one a type
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if not value.is_integer() or abs(value) >= 1e16:
            return repr(value)
        value = int(value)
    if isinstance(value, int):
        return str(value).zfill(len(number_format)) if _ZERO_PADDED.fullmatch(number_format) else str(value)
    if isinstance(value, dt.datetime):
        return (value.date() if value.time() == dt.time() else value).isoformat()
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return str(value)
