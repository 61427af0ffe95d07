"""Sheets of the report: numbers are numbers, texts are texts, formulas come to what stands beside them, what is missing is empty."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import openpyxl

from jobs.publish.exports.report.sheets import Column, Sheet, write_workbook

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

COLUMNS = (
    Column("name", "Tên"),
    Column("day", "Ngày", "day"),
    Column("numerator", "Tử số", "whole", is_summed=True),
    Column("denominator", "Mẫu số", "whole", is_summed=True),
    Column("value", "Tỷ lệ", "share", formula="{numerator}/{denominator}"),
)
ROWS: tuple[dict[str, Any], ...] = (
    {"name": '=HYPERLINK("http://x")', "day": date(2025, 4, 1), "numerator": 1, "denominator": 2, "value": 0.5},
    {"name": "00123", "day": None, "numerator": None, "denominator": None, "value": None},
    {"name": "+1\x1b[31m", "day": None, "numerator": 3, "denominator": 0, "value": None},
)


def written(folder: Path, *, values: bool, **changes: Any) -> Worksheet:
    sheet = Sheet("Tờ", ["TIÊU ĐỀ", "(dòng hai)"], COLUMNS, ROWS, **{"total": {"name": "Tổng số", "value": 2.0}, **changes})
    write_workbook(folder / "a.xlsx", [sheet], datetime(2025, 6, 30, tzinfo=UTC))
    return openpyxl.load_workbook(folder / "a.xlsx", data_only=values)["Tờ"]


def test_a_text_is_never_a_formula_and_control_characters_are_made_visible(tmp_path: Path) -> None:
    out = written(tmp_path, values=False)
    assert [(out[cell].data_type, out[cell].value) for cell in ("A5", "A6", "A7")] == [
        ("s", '=HYPERLINK("http://x")'),
        ("s", "00123"),
        ("s", "+1␛[31m"),
    ]
    formulas = {cell.coordinate: cell.value for row in out.iter_rows() for cell in row if cell.data_type == "f"}
    assert formulas == {"E5": "=C5/D5", "C8": "=SUM(C5:C7)", "D8": "=SUM(D5:D7)", "E8": "=C8/D8"}


def test_a_formula_has_its_value_beside_it_and_what_is_missing_is_empty(tmp_path: Path) -> None:
    out = written(tmp_path, values=True)
    assert [out[cell].value for cell in ("E5", "C8", "D8", "E8")] == [0.5, 4, 2, 2.0]
    assert [out[cell].value for cell in ("B6", "C6", "D6", "E6", "E7")] == [None] * 5
    assert out["D7"].value == 0
    assert out["B5"].value == datetime(2025, 4, 1)  # noqa: DTZ001
    assert (out["B5"].number_format, out["C5"].number_format, out["E5"].number_format) == ("dd/mm/yyyy", "#,##0", "0.00%")


def test_what_is_no_unit_s_own_is_counted_in_the_total_and_not_filtered(tmp_path: Path) -> None:
    out = written(tmp_path, values=True, rest=[{"name": "không xác định được đơn vị", "numerator": 2, "denominator": 2, "value": 1.0}])
    assert [out["A8"].value, out["C9"].value, out["D9"].value] == ["không xác định được đơn vị", 6, 4]
    assert out.auto_filter.ref == "A4:E7"


def test_a_sheet_is_set_up_to_be_read_and_printed(tmp_path: Path) -> None:
    tiers = [[("Số liệu", 2, 4)]]
    out = written(tmp_path, values=False, tiers=tiers)
    assert out.freeze_panes == "A6"
    assert [str(one) for one in out.merged_cells.ranges] == ["C4:E4"]
    assert (out.page_setup.orientation, out.page_setup.paperSize, out.print_title_rows) == ("landscape", 9, "$4:$5")
    assert {cell.font.name for row in out.iter_rows() for cell in row if cell.value is not None} == {"Times New Roman"}


def test_the_same_sheets_give_the_same_file(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        written(tmp_path / name, values=False)
    assert (tmp_path / "one" / "a.xlsx").read_bytes() == (tmp_path / "two" / "a.xlsx").read_bytes()
