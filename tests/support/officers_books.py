"""Workbooks and CSV files with the habits that officers and their programs have, each with what has to become of it.

They are made here by openpyxl or as text; those with `saved_as` are then opened and saved by LibreOffice, which writes them as it writes everything.
"""

from __future__ import annotations

import datetime as dt
import io
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import openpyxl
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from tests.support.office import CSV_UTF8, CSV_UTF16, CSV_WINDOWS_1258, XLSX
from tests.support.windows_1258 import windows_1258

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from openpyxl.worksheet.worksheet import Worksheet

DAY = dt.date(2025, 1, 10)
TYPED = "10/01/2025"
HEAD = ["Mã thôn", "Mã xã", "Tên thôn", "Số hộ", "Cập nhật lúc"]
WITH_DAYS = [*HEAD[:4], "Tổ hoạt động từ ngày", "Cập nhật lúc"]
OFFICER = "Nguyễn Thị Mẫu"


@dataclass(frozen=True, slots=True)
class Book:
    """One file.

    Attributes:
        name: with its ending; of one that LibreOffice saves, before that.
        content: as made here.
        rows: what of each accepted row stands in silver, by the first column of `columns`.
        faults: each rejected cell, by its place as `ntm check` names it, with its codes.
        said: what is said to be passed over.
        dataset: the sheet of the registry; `columns`: the columns of silver that `rows` has.
        saved_as: the form in which LibreOffice saves it.
    """

    name: str
    content: bytes
    rows: tuple[tuple[Any, ...], ...]
    faults: dict[str, str] = field(default_factory=dict)
    said: str | None = None
    dataset: str = "registry/villages"
    columns: tuple[str, ...] = ("village_id", "unit_code", "name", "households")
    saved_as: str | None = None


def _bytes(book: openpyxl.Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _page(rows: Iterable[Sequence[Any]], title: str = "Sheet1") -> tuple[openpyxl.Workbook, Worksheet]:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = title
    for row in rows:
        page.append(row)
    return book, page


def _book(*rows: Sequence[Any], **formats: str) -> bytes:
    """A workbook of one sheet; `formats`: number formats by cell."""
    book, page = _page(rows)
    for cell, number_format in formats.items():
        page[cell].number_format = number_format
    return _bytes(book)


def _csv(*rows: Sequence[str], separator: str = ";", end: str = "\n") -> str:
    return "".join(separator.join(row) + end for row in rows)


def _absent(*fields: str) -> str:
    """What is said of the columns of villages that a book leaves out."""
    every = ("households", "residents", "digital_team_decision", "team_active_from", "team_active_to")
    return f"columns that are not there: {', '.join(name for name in every if name not in fields)}"


ABSENT = _absent("households")


def with_other_sheets() -> bytes:
    """Instructions first, a hidden list, a hidden copy of another year; titles above the header, row numbers, empty rows, a sum by formula."""
    book, guide = _page([["HƯỚNG DẪN"], ["1. Điền từ dòng 5"], ["2. Không xóa tiêu đề"]], "Hướng dẫn")
    guide.merge_cells("A1:D1")
    for name, rows in {"Danh mục": [["Có"], ["Không"]], "Năm 2023": [HEAD, ["A1", "17386", "Thôn cũ", 1, dt.date(2023, 1, 1)]]}.items():
        hidden = book.create_sheet(name)
        hidden.sheet_state = "hidden"
        for row in rows:
            hidden.append(row)
    page = book.create_sheet("Thôn, xóm")
    page.append(["UBND XÃ CAO SƠN"])
    page.append(["DANH SÁCH THÔN"])
    page.append(["(Từ ngày 01/01/2024 đến ngày 31/12/2024)"])
    page.append(["STT", *HEAD])
    page.append([1, "A1", "17386", "Thôn Một", 120, DAY])
    page.append([])
    page.append([2, "A2", "17386", "Thôn Hai", "=100-10", DAY])
    page.append(["Tổng cộng", None, None, None, "=SUM(E5:E7)", None])
    page.append([None, None, None, "Người lập biểu"])
    page.delete_rows(9)
    page.merge_cells("A2:F2")
    page.freeze_panes = "A5"
    page.auto_filter.ref = "A4:F7"
    book.active = 0
    return _bytes(book)


def in_two_tiers() -> bytes:
    """Merged titles over two columns, a row that numbers the columns, blocks after which the numbers start again."""
    book, page = _page(
        [
            ["STT", "Mã thôn", "Mã xã", "Tên thôn", "Quy mô", None, "Tổ công nghệ số", None, "Cập nhật lúc"],
            [None, None, None, None, "Số hộ", "Số khẩu", "hoạt động từ", "hoạt động đến", None],
            ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)", "(8)", "(9)"],
            ["I", "Các thôn vùng thấp"],
            [1, "B1", "17386", "Thôn Một", 120, 480, "01/09/2022", None, TYPED],
            ["II", "Các thôn vùng cao"],
            [1, "B2", "17386", "Thôn Hai", 90, 350, None, None, TYPED],
            [2, "B3", "17386", "Thôn Ba", 60, 20_000_000, None, None, TYPED],
            [None, "Tổng số", None, None, 270, None, None, None, None],
        ]
    )
    for merged in ("A1:A2", "B1:B2", "C1:C2", "D1:D2", "E1:F1", "G1:H1", "I1:I2"):
        page.merge_cells(merged)
    return _bytes(book)


def in_three_tiers() -> bytes:
    book, page = _page(
        [
            ["BIỂU NƯỚC SẠCH"],
            ["Mã xã", "Ngày thống kê", "Hộ gia đình", None, "Ngày cập nhật"],
            [None, None, "Tổng số hộ", "Trong đó", None],
            [None, None, None, "Số hộ có nước sạch", None],
            ["17386", dt.date(2024, 12, 31), "1.000", "950", DAY],
            ["17386", dt.date(2023, 12, 31), "1.000", "95,5", DAY],
        ]
    )
    for merged in ("A2:A4", "B2:B4", "C2:D2", "C3:C4", "E2:E4"):
        page.merge_cells(merged)
    return _bytes(book)


_DAYS = ["01/09/2022", "2022-09-01", "1.9.2022", "20220901"]


def with_days() -> bytes:
    """One column with days as text in four ways, a cell formatted as a day and a serial number; then years, and a day that is none."""
    rows = [[f"D{number}", "17386", f"Thôn {number}", 10, day, DAY] for number, day in enumerate([*_DAYS, dt.date(2022, 9, 1), 44805], 1)]
    wrong = [[f"D{number}", "17386", f"Thôn {number}", 10, day, DAY] for number, day in enumerate([2024, 2024, "2024", "31/02/2024"], 7)]
    return _book(WITH_DAYS, *rows, *wrong, E8="dd/mm/yyyy")


def since_1904() -> bytes:
    book, page = _page([WITH_DAYS])
    book.epoch = CALENDAR_MAC_1904
    for number, day in enumerate([dt.date(2022, 9, 1), 44805 - 1462, "01/09/2022", 2024], 1):
        page.append([f"E{number}", "17386", f"Thôn {number}", 10, day, DAY])
    page["E5"].number_format = "dd/mm/yyyy"
    return _bytes(book)


def with_booleans() -> bytes:
    head = ["Mã thôn", "Bộ tiêu chí", "Ngày đánh giá", "Lĩnh vực", "Có tổ công nghệ số", "Nhà văn hóa có Wi-Fi", "Quyết định công nhận"]
    head += ["Công nhận từ ngày", "Công nhận đến ngày", "Cập nhật lúc"]
    pairs = [("x", "không"), ("có", "chưa"), ("Có", 0), ("đạt", False), (1, "FALSE"), ("TRUE", "Không đạt"), (True, None), ("có lẽ", None)]
    rows = [["A1", f"BTC-{n}", "05/12/2024", None, yes, no, None, None, None, TYPED] for n, (yes, no) in enumerate(pairs, 1)]
    return _book(head, *rows)


def with_numbers() -> bytes:
    head = ["Mã trạm", "Mã xã", "Thông số", "Thời điểm đo", "Giá trị", "Đơn vị đo", "Giá trị giới hạn", "Cập nhật lúc"]
    values = [48.2, "48,2", "1.250,5", "1,250.5", "1 250,5", "1.250.000", "48.2", "27,0%", 0.27, "cao"]
    rows = [[f"TR{n}", 17386, "PM2.5", f"{n:02}/01/2025 07:30", value, "µg/m³", "50", TYPED] for n, value in enumerate(values, 1)]
    return _book(head, *rows, E10="0.0%")


def with_formulas() -> bytes:
    return _book(
        HEAD,
        ["F1", "17386", '="Thôn "&"Một"', "=60*2", DAY],
        ["F2", "17386", "Thôn Hai", "=1/0", DAY],
        ["F3", "17386", "Thôn Ba", "=VLOOKUP(1,A1:B2,2,FALSE)", DAY],
        ["Tổng cộng", None, None, "=SUM(D2:D3)", None],
    )


def with_persons() -> bytes:
    head = [
        "STT",
        "Mã số HTX",
        "Tên HTX",
        "Mã xã",
        "Ngày thành lập",
        "Ngày giải thể",
        "Sản phẩm chủ lực",
        "Liên kết từ ngày",
        "Liên kết đến ngày",
    ]
    head += ["Vĩ độ", "Kinh độ", "Người đại diện", "Giới tính", "Dân tộc", "Số điện thoại", "Số CCCD", "Cập nhật lúc", "Ghi chú"]
    person = [OFFICER, "Nữ", "Kinh", "0900000009", "099000000009"]
    return _book(
        head,
        [1, "2900000001", "HTX Chè", "17386", "15/03/2019", None, "Chè", None, None, "18,97", 105.06, *person, TYPED, f"hỏi {OFFICER}"],
        [2, "2900000002", "HTX Cam", "17386", "15/03/2019", "14/03/2019", "Cam", None, None, None, None, *person, TYPED, None],
    )


def with_products() -> bytes:
    head = [
        "Mã sản phẩm",
        "Tên sản phẩm",
        "Nhóm sản phẩm",
        "Phân nhóm",
        "Chủ thể",
        "Loại hình",
        "Mã xã",
        "Số quyết định",
        "Ngày quyết định",
    ]
    head += [
        "Cấp công nhận",
        "Điểm A",
        "Điểm B",
        "Điểm C",
        "Hạng sao",
        "Mã vạch",
        "Mã vùng trồng",
        "Sàn thương mại điện tử",
        "Vĩ độ",
        "Kinh độ",
    ]
    head += ["Cập nhật lúc", "Đã xóa"]
    rest = ["17386", "12/QĐ-UBND", "01/03/2024", "Cấp tỉnh", "30", "20,5", 25.25, 4, None, None, None, None, None, TYPED, None]
    return _book(
        head,
        ["SP1", "Mật ong", "Thực phẩm", None, "HTX Mẫu", "Hợp tác xã", *rest],
        ["SP2", "Trà", "ĐỒ  UỐNG", None, "Hộ Mẫu", "hộ kinh doanh", *rest],
        ["SP3", "Rượu", "Đồ nhắm", None, "Hộ Mẫu", "HTX", *rest],
    )


_PLAIN = (["UBND XÃ CAO SƠN", "", "", "", ""], HEAD)

BOOKS = (
    Book(
        "other-sheets.xlsx",
        with_other_sheets(),
        (("A1", "17386", "Thôn Một", 120), ("A2", "17386", "Thôn Hai", 90)),
        said=f"1 row-number column, 3 title lines, 1 sum row, sheets 'Hướng dẫn', 'Danh mục', 'Năm 2023', {ABSENT}",
        saved_as=XLSX,
    ),
    Book(
        "two-tiers.xlsx",
        in_two_tiers(),
        (("B1", "17386", 120, 480, dt.date(2022, 9, 1)), ("B2", "17386", 90, 350, None)),
        {"F8": "out_of_range"},
        "1 row-number column, 1 row of column numbers, 2 block rows, 1 sum row, columns that are not there: digital_team_decision",
        columns=("village_id", "unit_code", "households", "residents", "team_active_from"),
        saved_as=XLSX,
    ),
    Book(
        "three-tiers.xlsx",
        in_three_tiers(),
        (("17386", dt.date(2024, 12, 31), 1000, 950),),
        {"D6": "invalid_integer"},
        "1 title line",
        dataset="registry/clean_water",
        columns=("unit_code", "measured_on", "households", "households_with_clean_water"),
        saved_as=XLSX,
    ),
    Book(
        "days.xlsx",
        with_days(),
        tuple((f"D{number}", dt.date(2022, 9, 1)) for number in range(1, 7)),
        {"E8": "invalid_date", "E9": "invalid_date", "E10": "invalid_date", "E11": "invalid_date"},
        _absent("households", "team_active_from"),
        columns=("village_id", "team_active_from"),
        saved_as=XLSX,
    ),
    Book(
        "since-1904.xlsx",
        since_1904(),
        tuple((f"E{number}", dt.date(2022, 9, 1)) for number in range(1, 4)),
        {"E5": "invalid_date"},
        _absent("households", "team_active_from"),
        columns=("village_id", "team_active_from"),
        saved_as=XLSX,
    ),
    Book(
        "booleans.xlsx",
        with_booleans(),
        (*((f"BTC-{number}", True, False) for number in range(1, 7)), ("BTC-7", True, None)),
        {"E9": "invalid_boolean"},
        dataset="registry/smart_village_assessments",
        columns=("criteria_set", "digital_team", "culture_house_wifi"),
        saved_as=XLSX,
    ),
    Book(
        "numbers.xlsx",
        with_numbers(),
        tuple((f"TR{n}", value) for n, value in enumerate([48.2, 48.2, 1250.5, 1250.5, 1250.5, 1_250_000, 48.2], 1)),
        {"E9": "invalid_number", "E10": "invalid_number", "E11": "invalid_number"},
        dataset="registry/environment_measurements",
        columns=("station_id", "value"),
        saved_as=XLSX,
    ),
    Book(
        "eaten-zeros.xlsx",
        _book(HEAD, ["H1", 4, "Thôn Một", 10, DAY], ["H2", "4", "Thôn Hai", 10, DAY], ["H3", 17386, "Thôn Ba", 10, DAY], B2="00000"),
        (("H1", "00004", "Thôn Một", 10), ("H2", "00004", "Thôn Hai", 10), ("H3", "17386", "Thôn Ba", 10)),
        said=ABSENT,
        saved_as=XLSX,
    ),
    Book(
        "formulas.xlsx",
        with_formulas(),
        (("F1", "17386", "Thôn Một", 120),),
        {"row 3": "cell_error", "row 4": "cell_error"},
        f"1 sum row, {ABSENT}",
        saved_as=XLSX,
    ),
    Book(
        "formulas-without-values.xlsx",
        _book(
            HEAD, ["J1", "17386", "Thôn Một", "=60*2", DAY], ["J2", "17386", "Thôn Hai", 90, DAY], ["Tổng cộng", None, None, "=SUM(D2:D3)"]
        ),
        (("J2", "17386", "Thôn Hai", 90),),
        {"row 2": "formula_without_value"},
        f"1 sum row, {ABSENT}",
    ),
    Book(
        "composition.xlsx",
        _book(
            [unicodedata.normalize("NFD", f" {name.upper()}\u00a0") for name in HEAD],
            ["K1\u200b", "\ufeff17386", unicodedata.normalize("NFD", "Thôn  Ngọc\u00a0"), "120\u00a0", f" {TYPED} "],
            ["K2", "17386", "Thôn \u00d0ồng", "1\u00a0250", TYPED],
        ),
        (("K1", "17386", "Thôn Ngọc", 120), ("K2", "17386", "Thôn Đồng", 1250)),
        said=ABSENT,
    ),
    Book(
        "look-alikes.xlsx",
        _book(
            HEAD,
            ["\u0421\u041e1", "１７３８６", "Thôn Một", 10, TYPED],
            ["L\u20132", "17386", "Thôn Hai", 10, TYPED],
            ["L3", "1738\u0417", "Thôn Ba", 10, TYPED],
        ),
        (("CO1", "17386", "Thôn Một", 10), ("L-2", "17386", "Thôn Hai", 10)),
        {"B4": "foreign_letter, unknown_unit"},
        ABSENT,
    ),
    Book(
        "units-by-name.xlsx",
        _book(
            ["Mã thôn", "Tên xã", "Tên huyện", "Tên tỉnh", "Tên thôn", "Số hộ", "Cập nhật lúc"],
            ["V1", "xã CAO SƠN", "Anh Sơn", "Nghệ An", "Thôn Một", 10, DAY],
            ["V2", "Cao Sơn", "TP Vinh", "Nghệ An", "Thôn Hai", 10, DAY],
        ),
        (("V1", "17386", "Thôn Một", 10),),
        {"B3": "unknown_unit"},
        f"{ABSENT}, commune_code",
        saved_as=XLSX,
    ),
    Book(
        "old-fonts.xlsx",
        _book(
            HEAD,
            ["M1", "17386", "Th«n Hång Giang", 10, TYPED],
            ["M2", "17386", "Thoân Ñoàng Taâm", 10, TYPED],
            ["M3", "17386", "Thôn Đồng Tâm", 10, TYPED],
        ),
        (("M3", "17386", "Thôn Đồng Tâm", 10),),
        {"C2": "legacy_encoding", "C3": "legacy_encoding"},
        ABSENT,
    ),
    Book(
        "persons.xlsx",
        with_persons(),
        (("2900000001", "17386", "Chè", 18.97),),
        {"F3": "dissolved_before_registered"},
        "1 row-number column",
        dataset="registry/cooperatives",
        columns=("cooperative_id", "unit_code", "key_product", "latitude"),
    ),
    Book(
        "products.xlsx",
        with_products(),
        (("SP1", "food", "cooperative", 20.5, 25.25), ("SP2", "beverage", "household", 20.5, 25.25)),
        {"C4": "invalid_value"},
        dataset="ocop/products",
        columns=("product_code", "product_group", "producer_type", "score_b", "score_c"),
        saved_as=XLSX,
    ),
    Book(
        "semicolons.xlsx",
        _book(
            *_PLAIN,
            ["O1", "17386", "Thôn Một", "=60*2", DAY],
            ["O2", "17386", "Thôn; Hai", "=1/0", DAY],
            [],
            ["Tổng số", None, None, 240, None],
        ),
        (("O1", "17386", "Thôn Một", 120),),
        {"line 4, column 4": "spreadsheet_error"},
        f"1 title line, 1 sum row, {ABSENT}",
        saved_as=CSV_UTF8,
    ),
    Book(
        "unicode-text.xlsx",
        _book(*_PLAIN, ["P1", "17386", "Thôn Một", 120, DAY], ["P2", "17386", "Thôn\nHai", "12,5", DAY]),
        (("P1", "17386", "Thôn Một", 120),),
        {"line 4, column 4": "invalid_integer"},
        f"1 title line, {ABSENT}",
        saved_as=CSV_UTF16,
    ),
    Book(
        "windows-1258.xlsx",
        _book(*_PLAIN, ["Q1", "17386", "Thôn Ngọc Điền", 120, DAY], ["Q2", "99999", "Thôn Hữu Bằng", 90, DAY]),
        (("Q1", "17386", "Thôn Ngọc Điền", 120),),
        {"line 4, column 2": "unknown_unit"},
        f"1 title line, {ABSENT}; read as Windows-1258",
        saved_as=CSV_WINDOWS_1258,
    ),
    Book(
        "windows-1258-of-windows.csv",
        windows_1258(
            _csv(HEAD, ["R1", "17386", "Thôn Ngọc Điền", "120", TYPED], ["R2", "17386", "Thôn Hữu Bằng", "90", "31/02/2025"], end="\r\n")
        ),
        (("R1", "17386", "Thôn Ngọc Điền", 120),),
        {"line 3, column 5": "invalid_timestamp"},
        f"{ABSENT}; read as Windows-1258",
    ),
    Book(
        "sep.csv",
        (
            "\ufeff"
            + _csv(["sep=;"], HEAD, ["S1", "17386", '"Thôn ""Một"""', "1.250", TYPED], ["", "17386", "Thôn Hai", "9", TYPED], end="\r\n")
        ).encode(),
        (("S1", "17386", 'Thôn "Một"', 1250),),
        {"line 4, column 1": "missing_value"},
        ABSENT,
    ),
    Book(
        "english.csv",
        _csv(
            ["Village_ID", " COMMUNE_CODE", "name", "HOUSEHOLDS", "updated_at", "deleted", "", ""],
            ["T1", "17386", "Thon Mot", "120", "2025-01-10T08:00:00+07:00", "", "", ""],
            ["T2", "8.93738E+12", "Thon Hai", "45.000 triệu đồng", "2025-01-10", "no", "", ""],
            ["T3", "17386", "Thon Ba", "9", "2025-01-10", "", "", "gì đó"],
            separator=",",
        ).encode(),
        (("T1", "17386", "Thon Mot", 120),),
        {"line 3, column 2": "scientific_notation, unknown_unit", "line 3, column 4": "invalid_integer", "line 4": "broken_line"},
        ABSENT,
    ),
    Book(
        "tabs.csv",
        _csv(
            ["STT", *HEAD],
            ["1", "U1", "17386", "Thôn Một", "120", TYPED],
            ["STT", *HEAD],
            ["2", "U2", "17386", "Thôn Hai", "#REF!", TYPED],
            ["3", "", "", "", "", ""],
            ["Cộng", "", "", "", "120", ""],
            separator="\t",
            end="\r",
        ).encode(),
        (("U1", "17386", "Thôn Một", 120),),
        {"line 4, column 5": "spreadsheet_error"},
        f"1 row-number column, 1 repeated header, 1 empty numbered row, 1 sum row, {ABSENT}",
    ),
)
