"""An answer as a workbook: real numbers, days and moments, and text that is never a formula or a link."""

from __future__ import annotations

import math
from contextlib import contextmanager
from decimal import Decimal
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING, Any

from jobs.errors import UsageError
from jobs.publish.values import A_DAY, distinct, local_moments, rows_of, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa
    from xlsxwriter.worksheet import Worksheet

    from jobs.publish.released import Answer

MAX_ROWS = 1_048_576
"""Rows of a sheet, its header among them."""
MAX_COLUMNS = 16_384
MAX_LETTERS = 32_767
_EXACT = 2**53
_DAYS_TO_1970 = 25_569
"""Excel counts days from 1900. Up to the 28th of February 1900 it is one off, so days before 1 March are text."""
_FIRST_DAY, _LAST_DAY = 61, 2_958_465
_WIDEST, _NARROWEST = 60, 8
"""Characters: the first rows decide how wide a column is."""


def write_xlsx(out: IO[bytes], answer: Answer) -> None:
    """An answer as one sheet: a frozen header with a filter, one row below another as they come.

    Numbers of more digits than a cell keeps, days before March 1900, lists and structs are text. Moments are Vietnam's, without a zone.

    Raises:
        UsageError: there are more rows or columns, or a longer text, than a sheet takes.
    """
    if len(answer.names) > MAX_COLUMNS:
        raise UsageError(f"{len(answer.names):,} columns: a sheet takes {MAX_COLUMNS:,}; use CSV or Parquet")
    with _workbook(out) as book:
        sheet = book.add_worksheet("rows")
        formats = {"bold": book.add_format({"bold": True, "bottom": 1})}
        formats |= {
            name: book.add_format({"num_format": form}) for name, form in (("day", "dd/mm/yyyy"), ("moment", "dd/mm/yyyy hh:mm:ss"))
        }
        sheet.freeze_panes(1, 0)
        last = len(answer.names) - 1
        written_rows = 0
        for batch in answer.batches:
            if not written_rows:
                _write_header(sheet, answer, batch, formats["bold"])
            if written_rows + batch.num_rows >= MAX_ROWS:
                raise UsageError(f"more than {MAX_ROWS - 1:,} rows: a sheet takes no more; use CSV or Parquet, or ask for fewer")
            _write_rows(sheet, batch, written_rows + 1, formats)
            written_rows += batch.num_rows
        if not written_rows:
            _write_header(sheet, answer, None, formats["bold"])
        sheet.autofilter(0, 0, written_rows, last)


@contextmanager
def _workbook(out: IO[bytes]) -> Iterator[Any]:
    from xlsxwriter import Workbook
    from xlsxwriter.exceptions import XlsxWriterException

    from jobs.scratch import scratch_folder
    from jobs.settings import get_settings

    # Rows wait in files until the sheet is whole. They may hold titles, so these lie in the workspace.
    with scratch_folder(get_settings().home) as folder, TemporaryDirectory(dir=folder) as waiting:
        options = {
            "constant_memory": True,
            "tmpdir": waiting,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        book = Workbook(out, options)
        try:
            yield book
        except BaseException:
            # Nothing of it is wanted, and it must not complain that it was never closed.
            book.fileclosed = True
            raise
        try:
            book.close()
        except XlsxWriterException as error:
            raise UsageError(f"the workbook cannot be written: {error}") from None


def _write_header(sheet: Worksheet, answer: Answer, first: pa.RecordBatch | None, bold: Any) -> None:
    """The names of the columns, and how wide these are: by the first rows, since in constant memory a row cannot be seen twice."""
    measured = list(rows_of([first.slice(0, 100)])) if first else []
    for number, name in enumerate(distinct(answer.names)):
        longest = max((len(written(row[number])) for row in measured), default=0)
        # The arrow of the filter takes room too.
        sheet.set_column(number, number, min(max(len(name) + 3, longest + 2, _NARROWEST), _WIDEST))
        sheet.write_string(0, number, name, bold)


def _write_rows(sheet: Worksheet, batch: pa.RecordBatch, at: int, formats: dict[str, Any]) -> None:
    columns = [_cells(column) for column in batch.columns]
    for row, cells in enumerate(zip(*(values for values, _ in columns), strict=True), at):
        for column, value in enumerate(cells):
            if value is None:
                continue
            if isinstance(value, str):
                if len(value) > MAX_LETTERS:
                    raise UsageError(
                        f"row {row:,}, column {batch.schema.names[column]}: a text of {len(value):,} letters;"
                        f" a cell takes {MAX_LETTERS:,}; use CSV or Parquet"
                    )
                sheet.write_string(row, column, value)
            elif isinstance(value, bool):
                sheet.write_boolean(row, column, value)
            else:
                sheet.write_number(row, column, value, formats.get(columns[column][1]))


def _cells(column: pa.Array) -> tuple[list[Any], str]:
    """What the cells of a column hold (text, number, boolean, none), and the name of the format of its numbers."""
    import pyarrow as pa

    if pa.types.is_date32(column.type):
        return _serials(column, column.cast(pa.int32()), 1), "day"
    if pa.types.is_timestamp(column.type):
        return _serials(column, local_moments(column).cast(pa.int64()), A_DAY[column.type.unit]), "moment"
    values = [row[0] for row in rows_of([pa.record_batch([column], ["it"])])]
    return [_cell(value) for value in values], ""


def _serials(column: pa.Array, counted: pa.Array, a_day: int) -> list[Any]:
    """Days since 1900 as Excel counts them; in writing what it cannot count."""
    import pyarrow as pa

    serials = [None if one is None else one / a_day + _DAYS_TO_1970 for one in counted.to_pylist()]
    if all(one is None or _FIRST_DAY <= one < _LAST_DAY + 1 for one in serials):
        return serials
    texts = (row[0] for row in rows_of([pa.record_batch([column], ["it"])]))
    return [text if one is None or not _FIRST_DAY <= one < _LAST_DAY + 1 else one for one, text in zip(serials, texts, strict=True)]


def _cell(value: object) -> Any:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _EXACT else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else written(value)
    if isinstance(value, Decimal):
        # A cell keeps fifteen digits.
        return float(value) if value.is_finite() and len(value.normalize().as_tuple().digits) <= 15 else written(value)
    return written(value)
