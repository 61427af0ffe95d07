"""An officer's workbook for a sheet, made from its contract: Vietnamese headers, what each column takes, drop-downs, the units of his area.

The sheet of data holds a title, the header and nothing else. The example stands on the sheet of instructions, one value a line beside its column: above the
header a whole record would be taken for one that was sorted there, below it for data, and side by side on another sheet for a second sheet of data. Down the
side of the instructions no reader can take it for a record.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.errors import UsageError
from jobs.landing.formats.template import MARK, MARK_SHEET
from jobs.publish.officers_words import LEVELS, UNITS, expected
from jobs.reference.units import load_units
from jobs.reference.units.area import ListedUnit, listed_units
from warehouse_schema.contracts import landed_contracts
from warehouse_schema.numbers import bounds
from warehouse_schema.sheet_headers import header_of, labels_of, template_columns, template_version
from warehouse_schema.yaml_source import closest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from warehouse_schema.contracts import Column, Contract

DATA, HELP = "Dữ liệu", "Hướng dẫn"
HEADER_ROW = 2
LAST_ROW = 20_000
"""Down to here the cells have drop-downs; formats and locks go on for the whole column."""
_LISTS_ROW = 3
"""On the sheet of the mark, the first row of the lists behind the drop-downs: a list in a rule itself may have 255 characters and no commas."""

_DAY, _TIME, _TEXT = "dd/mm/yyyy", "dd/mm/yyyy hh:mm", "@"
_FORMATS = {"date": _DAY, "timestamp": _TIME, "integer": "0", "decimal": "General", "boolean": "General"}
"""Of all others the format is text, so that no zero is eaten and no code becomes a day."""
_YES, _NO = "x", "không"
_DARK, _LIGHT, _GREY = "FF1F4E78", "FFDDEBF7", "FF808080"

_SAMPLES = {"latitude": 18.67, "longitude": 105.69, "gtin": "8930000000019"}
_SAMPLE_CODES = ("VD-01", "8.4", "12345", "123", "12", "1")
"""For a code: the first that has its form."""


@dataclass(frozen=True, slots=True)
class Template:
    """A template: the sheet, the units that it lists, the day it is made on."""

    contract: Contract
    units: tuple[ListedUnit, ...]
    day: date

    @property
    def unit_field(self) -> str | None:
        """The field with the code of a unit; None for a sheet without one."""
        return self.contract.unit.field if self.contract.unit else None


def template_of(sheet: str, area: str | None, day: date) -> Template:
    """The template of a sheet.

    Args:
        sheet: `registry/villages` or `villages`.
        area: code of a province, district or commune whose units are listed; None: all of the country.
        day: the day whose units they are.

    Raises:
        UsageError: there is no such sheet, no such unit, or none of the sheet's levels in the area.
    """
    contract = sheet_named(sheet)
    if contract.unit is None:
        return Template(contract, (), day)
    units = listed_units(load_units(), contract.unit.levels, area, day)
    if not units:
        levels = " or ".join(contract.unit.levels)
        raise UsageError(f"unit '{area}': {contract.landing} is about units of level {levels}, and there is none of them in it")
    return Template(contract, tuple(units), day)


def sheet_named(name: str) -> Contract:
    """The contract of a sheet by the name of its dataset, with or without that of its source.

    Raises:
        UsageError: there is none of that name.
    """
    sheets = {str(contract.landing): contract for contract in landed_contracts() if contract.is_sheet}
    short = {landing.partition("/")[2]: contract for landing, contract in sheets.items()}
    found = sheets.get(name) or short.get(name)
    if found is None:
        near = closest(name, sheets) or closest(name, short) or f"; there are {', '.join(sorted(sheets))}"
        raise UsageError(f"sheet '{name}': there is none of that name{near}")
    return found


def example(template: Template) -> dict[str, Any]:
    """A value for each field that `ntm check` accepts; nothing for the field by which a row is withdrawn."""
    contract, unit = template.contract, template.units[0] if template.units else None
    days = (date(template.day.year - 1, 1, 15) + timedelta(days=30 * step) for step in range(len(contract.landed)))
    found: dict[str, Any] = {}
    for column in template_columns(contract):
        source = str(column.source)
        if column.name == contract.withdrawn or (source == "unit_valid_from" and unit is None):
            continue
        if column.name == contract.version:
            found[source] = template.day
        elif unit is not None and source in (template.unit_field, "unit_valid_from"):
            found[source] = unit.code if source == template.unit_field else unit.first_day
        elif column.parse in ("date", "timestamp"):
            found[source] = next(days)
        else:
            found[source] = sample(column, unit)
    return found


def sample(column: Column, unit: ListedUnit | None = None) -> Any:
    """A made-up value that a column takes; a level is that of the example's unit."""
    source = str(column.source)
    if source in _SAMPLES:
        return _SAMPLES[source]
    labels = labels_of(column)
    if labels:
        return (labels.get(unit.level) if unit and source == "level" else None) or next(iter(labels.values()))
    if column.parse in ("integer", "decimal"):
        least, greatest = bounds(column)
        return int(min(max(least, 100), greatest))
    if column.parse in ("code", "token"):
        codes = ("12/QĐ-UBND", *_SAMPLE_CODES) if "decision" in source else _SAMPLE_CODES
        return next((code for code in codes if re.fullmatch(column.pattern or ".*", code)), "")
    return {"boolean": _YES, "month": "01/2025", "organ_code": "H41.12"}.get(column.parse, f"{header_of(column)} mẫu")


def write_template(template: Template, target: Path) -> None:
    """Write a template to a new file.

    Raises:
        UsageError: the file is there already, or its name is no workbook's.
    """
    if target.suffix.lower() != ".xlsx":
        raise UsageError(f"{target}: expected a name that ends in .xlsx")
    content = io.BytesIO()
    book_of(template).save(content)
    try:
        with target.open("xb") as file:
            file.write(content.getvalue())
    except FileExistsError:
        raise UsageError(f"{target}: there is a file of that name; say another one with --output") from None
    except FileNotFoundError:
        raise UsageError(f"{target}: there is no such folder") from None


def book_of(template: Template) -> Workbook:
    """The workbook of a template."""
    from openpyxl import Workbook as NewWorkbook

    book = NewWorkbook()
    book.remove(book.worksheets[0])
    data, helps = book.create_sheet(DATA), book.create_sheet(HELP)
    if template.units:
        _fill_units(book.create_sheet(UNITS), template.units)
    lists = _fill_mark(book.create_sheet(MARK_SHEET), template)
    _fill_data(data, template, lists)
    _fill_help(helps, template)
    return book


def _fill_data(sheet: Worksheet, template: Template, lists: dict[str, str]) -> None:
    """Title and header, locked; the columns below, open, each with its format and its drop-down. `lists`: field -> range of its closed set."""
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Font, PatternFill, Protection
    from openpyxl.utils import get_column_letter

    contract, columns = template.contract, template_columns(template.contract)
    sheet.cell(1, 1, f"{contract.title.upper()}: điền từ dòng {HEADER_ROW + 1}, cách điền và ví dụ ở tờ «{HELP}»").font = Font(
        bold=True, size=13
    )
    for position, column in enumerate(columns, 1):
        letter = get_column_letter(position)
        whole = sheet.column_dimensions[letter]
        whole.width = max(14.0, min(30.0, len(header_of(column)) + 4))
        whole.number_format = _number_format(contract, column)
        whole.protection = Protection(locked=False)
        title, header = sheet.cell(1, position), sheet.cell(HEADER_ROW, position, header_of(column))
        title.protection = header.protection = Protection(locked=True)
        header.font = Font(bold=True, color="FFFFFFFF" if column.required else "FF000000")
        header.fill = PatternFill("solid", fgColor=_DARK if column.required else _LIGHT)
        header.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
        lines = expected(contract, column)
        header.comment = Comment("\n".join(lines), "NTM", width=320, height=40 + 20 * sum(1 + len(line) // 45 for line in lines))
        _add_choice(sheet, f"{letter}{HEADER_ROW + 1}:{letter}{LAST_ROW}", template, column, lists.get(str(column.source)))
    sheet.row_dimensions[HEADER_ROW].height = 48
    sheet.freeze_panes = f"A{HEADER_ROW + 1}"
    _finish(sheet)


def _number_format(contract: Contract, column: Column) -> str:
    """A column's number format; of the version the day is enough."""
    return _DAY if column.name == contract.version else _FORMATS.get(column.parse, _TEXT)


def _finish(sheet: Worksheet) -> None:
    """Lock what is locked, without a password; what does no harm to the header stays allowed. Printed, a row is one page wide."""
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet.protection.sheet = True
    for allowed in ("formatCells", "formatColumns", "formatRows", "insertRows", "deleteRows", "sort", "autoFilter"):
        setattr(sheet.protection, allowed, False)
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _add_choice(sheet: Worksheet, cells: str, template: Template, column: Column, values: str | None) -> None:
    """The drop-down of a column, where it has one.

    Anything else than a value of a closed set is stopped. What else is read besides (`có` for `x`, the code of a former unit) is only asked about.
    """
    from openpyxl.worksheet.datavalidation import DataValidation

    if column.parse == "boolean":
        formula = f'"{_YES}"' if column.name == template.contract.withdrawn else f'"{_YES},{_NO}"'
    elif template.units and column.source == template.unit_field:
        formula = f"'{UNITS}'!$A$2:$A${len(template.units) + 1}"
    elif values:
        formula = values
    else:
        return
    choice = DataValidation("list", formula1=formula, allow_blank=True, errorStyle="stop" if values else "warning", showErrorMessage=True)
    choice.errorTitle = header_of(column)
    choice.error = "Hãy chọn một giá trị trong danh sách." if values else "Giá trị không có trong danh sách. Vẫn dùng giá trị này?"
    choice.add(cells)
    sheet.add_data_validation(choice)


def _fill_help(sheet: Worksheet, template: Template) -> None:
    """One line a column: header, whether it is required, what is expected, an example; the description of the contract for whoever maintains it."""
    from openpyxl.styles import Font

    contract, examples = template.contract, example(template)
    rows: list[Sequence[Any]] = [("Cột", "Bắt buộc", "Cần điền gì", "Ví dụ", "Mô tả (tiếng Anh)")]
    for column in template_columns(contract):
        needed, *how = expected(contract, column)
        rows.append(
            (header_of(column), _needed(column, needed), " ".join(how), _shown(examples.get(str(column.source))), column.description)
        )
    _fill_table(sheet, rows, (34, 14, 70, 22, 60))
    for (sample,) in sheet.iter_rows(min_row=2, min_col=4, max_col=4):
        sample.font = Font(italic=True, color=_GREY)
    below = len(rows) + 2
    for line, text in enumerate(
        (
            "Ví dụ (chữ nghiêng màu xám) chỉ đứng ở tờ này, không được nạp vào kho dữ liệu.",
            "Ô màu đậm ở dòng tiêu đề là cột bắt buộc. Không sửa, không xóa dòng tiêu đề; có thể thêm cột STT.",
            "Trước khi gửi, có thể kiểm tra: ntm check --vi <tệp>.",
        )
    ):
        sheet.cell(below + line, 1, text)
    _finish(sheet)


def _needed(column: Column, words: str) -> str:
    if column.required:
        return "có"
    return words.removesuffix(".").lower() if column.required_when else ""


def _shown(value: Any) -> str:
    """An example as an officer types it: a text, since nothing but the sheet of data holds values."""
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return str(value).replace(".", ",") if isinstance(value, float) else str(value or "")


def _fill_units(sheet: Worksheet, units: Sequence[ListedUnit]) -> None:
    rows: list[Sequence[Any]] = [("Mã", "Tên đơn vị", "Cấp", "Thuộc huyện", "Thuộc tỉnh", "Có hiệu lực từ", "Có hiệu lực đến")]
    rows += [
        (one.code, one.name, LEVELS[one.level].capitalize(), one.district or None, one.province, one.first_day, one.last_day)
        for one in units
    ]
    _fill_table(sheet, rows, (10, 30, 8, 26, 26, 16, 16))
    for row in sheet.iter_rows(min_row=2, min_col=6, max_col=7):
        for cell in row:
            cell.number_format = _DAY
    _finish(sheet)


def _fill_table(sheet: Worksheet, rows: Sequence[Sequence[Any]], widths: Sequence[int]) -> None:
    """A table with a header that stays in view; texts are texts, whatever they begin with."""
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    for number, row in enumerate(rows, 1):
        for position, value in enumerate(row, 1):
            cell = sheet.cell(number, position, value)
            if isinstance(value, str):
                cell.data_type, cell.number_format = "s", _TEXT
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if number == 1:
                cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor=_LIGHT)
        # Not every program makes room for a text of several lines by itself.
        lines = max(1 + len(str(value or "")) // width for value, width in zip(row, widths, strict=True))
        sheet.row_dimensions[number].height = 15 * lines + 1
    for position, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(position)].width = width
    sheet.freeze_panes = "A2"


def _fill_mark(sheet: Worksheet, template: Template) -> dict[str, str]:
    """The mark, and below it the lists behind the drop-downs: field -> range."""
    from openpyxl.utils import get_column_letter

    for position, text in enumerate((MARK, str(template.contract.landing), template_version(template.contract)), 1):
        sheet.cell(1, position, text)
    ranges: dict[str, str] = {}
    for column in template_columns(template.contract):
        labels = list(labels_of(column).values())
        if labels:
            position = len(ranges) + 1
            for row, label in enumerate(labels, _LISTS_ROW):
                sheet.cell(row, position, label)
            letter = get_column_letter(position)
            ranges[str(column.source)] = f"'{MARK_SHEET}'!${letter}${_LISTS_ROW}:${letter}${_LISTS_ROW + len(labels) - 1}"
    sheet.sheet_state = "veryHidden"
    return ranges
