"""An answer as a workbook, read back by another library."""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING

import openpyxl
import pyarrow as pa
import pytest

from jobs.errors import UsageError
from jobs.publish import sheets
from jobs.publish.released import Answer
from jobs.publish.sheets import write_xlsx
from jobs.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

UTC = dt.UTC


@pytest.fixture(autouse=True)
def _workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.settings.get_settings", lambda: Settings(home=tmp_path, _env_file=None))


def sheet_of(table: pa.Table) -> Worksheet:
    out = io.BytesIO()
    write_xlsx(out, Answer(table.schema, iter(table.to_batches(max_chunksize=2))))
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == ["rows"]
    return book["rows"]


def test_numbers_days_and_moments_are_real_and_missing_is_empty() -> None:
    table = pa.table(
        {
            "n": pa.array([7, None, 2**60], pa.int64()),
            "share": [0.5, float("nan"), None],
            "amount": pa.array(["1.50", None, "123456789012345678.25"]).cast(pa.decimal128(38, 2)),
            "met": [True, False, None],
            "day": [dt.date(2025, 6, 30), None, dt.date(1900, 1, 1)],
            "at": pa.array([dt.datetime(2025, 6, 30, 20, tzinfo=UTC), None, None], pa.timestamp("us", "Asia/Ho_Chi_Minh")),
            "list": [["a"], None, []],
        }
    )
    sheet = sheet_of(table)
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows == [
        ["n", "share", "amount", "met", "day", "at", "list"],
        [7, 0.5, 1.5, True, dt.datetime(2025, 6, 30), dt.datetime(2025, 7, 1, 3), '["a"]'],  # noqa: DTZ001
        [None, "nan", None, False, None, None, None],
        [str(2**60), None, "123456789012345678.25", None, "1900-01-01", None, "[]"],
    ]
    assert (sheet["E2"].number_format, sheet["F2"].number_format) == ("dd/mm/yyyy", "dd/mm/yyyy hh:mm:ss")
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:G4")


def test_text_is_text_whatever_it_begins_with() -> None:
    texts = ["=1+1", "+84", "-x", "@a", "http://x.vn", "007", "a\x1b_x000D_\nđ", "{=1}"]
    sheet = sheet_of(pa.table({"=t": texts, "d": texts}).rename_columns(["=t", "=t"]))
    # A control character is escaped as OOXML has it, which openpyxl leaves as it is in such a cell.
    assert [cell.value for cell in sheet["A"]] == ["=t", *texts[:-2], "a_x001B__x005F_x000D_\nđ", "{=1}"]
    assert {cell.data_type for column in ("A", "B") for cell in sheet[column]} == {"s"}
    assert not any(cell.hyperlink for cell in sheet["A"])
    assert sheet["B1"].value == "=t_1"


def test_what_a_sheet_cannot_take_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=r"row 2, column t: a text of 32,768 letters; a cell takes 32,767"):
        sheet_of(pa.table({"t": ["a", "x" * 32_768]}))
    monkeypatch.setattr(sheets, "MAX_ROWS", 4)
    assert sheet_of(pa.table({"n": [1, 2, 3]})).max_row == 4
    with pytest.raises(UsageError, match="more than 3 rows: a sheet takes no more"):
        sheet_of(pa.table({"n": [1, 2, 3, 4]}))


def test_a_result_without_rows_has_its_header() -> None:
    sheet = sheet_of(pa.table({"n": pa.array([], pa.int64())}))
    assert [cell.value for cell in sheet["A"]] == ["n"]
