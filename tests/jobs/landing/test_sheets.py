# ruff: noqa: DTZ001  cells of a sheet have no zone
"""Sheets as Excel saves them and officers fill them in."""

from __future__ import annotations

import datetime as dt
import io
import unicodedata
import zipfile
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.landing.formats.base import READ_BYTES, BrokenLine, PassedOver
from jobs.landing.formats.registry import FORMATS, FileFormat, TextFormat, format_of, records
from jobs.landing.formats.sheet import SheetColumns
from jobs.landing.inspect import ObjectFacts, inspect_object
from tests.support.windows_1258 import windows_1258
from warehouse_schema.names import folded

LIMIT = 1 << 16
COLUMNS = SheetColumns(
    ("village_id", "commune_code", "households"), ("deleted",), {"Mã thôn": "village_id", "Mã xã": "commune_code", "Số hộ": "households"}
)
FULL = {"village_id": "T1", "commune_code": "17386", "households": "120"}
HEADER = "village_id,commune_code,households,deleted"


def read(content: bytes, name: str = "a.csv", columns: SheetColumns = COLUMNS) -> list[Any]:
    facts = inspected(content, name, columns)
    assert facts.failure is None, facts.failure
    found = list(records(io.BytesIO(content), format_of(name), LIMIT, columns))
    assert facts.empty == (not found)
    return [
        (line, record.code if isinstance(record, BrokenLine) else {key: value for key, value in record.items() if value is not None})
        for line, record in found
    ]


def inspected(content: bytes, name: str = "a.csv", columns: SheetColumns = COLUMNS) -> ObjectFacts:
    return inspect_object(io.BytesIO(content), name, columns)


def refused(content: bytes, name: str = "a.csv", columns: SheetColumns = COLUMNS) -> str:
    failure = inspected(content, name, columns).failure
    assert failure is not None
    assert failure.code == "unexpected_columns"
    return failure.message


def workbook(*sheets: tuple[str, list[list[Any]]], epoch_1904: bool = False, hidden: tuple[str, ...] = ()) -> bytes:
    book = openpyxl.Workbook()
    if epoch_1904:
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.remove(book.worksheets[0])
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        sheet.sheet_state = "hidden" if name in hidden else "visible"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


# --- row 7: CSV as Excel and officers write it ------------------------------------------------------------------------

ROW = "T1,17386,120,"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (f"{HEADER}\n{ROW}\n".replace(",", ";").encode(), 2),
        (f"{HEADER}\n{ROW}\n".replace(",", "\t").encode(), 2),
        (f"{HEADER}\n{ROW}\n".replace(",", "|").encode(), 2),
        (f"sep=;\r\n{HEADER}\r\n{ROW}\r\n".replace(",", ";").encode(), 3),
        (f'"sep=,"\n{HEADER}\n{ROW}\n'.encode(), 3),
        (f"\ufeffsep=\t\r\n{HEADER}\r\n{ROW}\r\n".replace(",", "\t").encode(), 3),
        (f"{HEADER}\r{ROW}\r".encode(), 2),
        (f'{HEADER}\r"T1",17386,"120",""\r'.encode(), 2),
        (f"{HEADER}\r\n{ROW}\r\n".replace(",", "\t").encode("utf-16"), 2),
        (b"\xfe\xff" + f"{HEADER}\r\n{ROW}\r\n".encode("utf-16-be"), 2),
        (f"{HEADER}\r{ROW}\r".replace(",", ";").encode("utf-16"), 2),
        (b"\xef\xbb\xbf" * 2 + f"{HEADER}\n{ROW}\n".encode(), 2),
        (f"{HEADER},,\n{ROW},,\n".encode(), 2),
        (f"{HEADER}\n{ROW},,\n".encode(), 2),
        (f"{HEADER},,\n{ROW}\n".encode(), 2),
        (f"village_id,commune_code,,households,deleted\n{ROW.replace('17386', '17386,')}\n".encode(), 2),
        (f" Village_ID ,COMMUNE_CODE,\u200bhouseholds, deleted\n{ROW}\n".encode(), 2),
        (f"Mã thôn,MÃ  XÃ,số\u00a0hộ\n{ROW[:-1]}\n".encode(), 2),
        (unicodedata.normalize("NFD", f"Mã thôn,Mã xã,Số hộ\n{ROW[:-1]}\n").encode(), 2),
        (f'"Mã\nthôn",Mã xã,Số hộ\n{ROW[:-1]}\n'.encode(), 3),
        (f"BẢNG KÊ,,,\n(Từ ngày 1/1 đến ngày 31/3),,,\n,,,\n{HEADER}\n{ROW}\n".encode(), 5),
        (f"UBND XÃ A;;;\n{HEADER}\n{ROW}\n".replace(",", ";").encode(), 3),
        (f"STT,{HEADER}\n1,{ROW}\n".encode(), 2),
        (f"Số TT,{HEADER}\nI.1,{ROW}\n".encode(), 2),
    ],
)
def test_a_sheet_is_read_however_it_was_saved(content: bytes, line: int) -> None:
    assert read(content) == [(line, FULL)]


def test_what_is_passed_over_is_counted_and_the_sheet_names_its_rows() -> None:
    content = f"BẢNG KÊ,,,,\nSTT,{HEADER}\n1,{ROW}\n,,,,\nSTT,{HEADER}\n2,{ROW}\n,Tổng số:,,240,\nTổng cộng,,,240,\n"
    assert read(content.encode()) == [(3, FULL), (6, FULL)]
    assert inspected(content.encode()).passed_over == "1 row-number column, 1 title line, 1 repeated header, 2 sum rows"


def test_rows_that_are_numbered_and_hold_nothing_else_are_counted_and_nothing() -> None:
    content = f"{HEADER},STT\n{ROW},1\n,,,,2\n, ,,,3\n".encode()
    assert read(content) == [(2, FULL)]
    assert inspected(content).passed_over == "1 row-number column, 2 empty numbered rows"


def test_titles_of_blocks_are_counted_and_a_numbered_row_with_one_value_is_a_row() -> None:
    content = f"STT,{HEADER}\nI,Sở ban ngành,,,\n1,{ROW}\nB.,,Các xã,,\n1,{ROW}\n2,T2,,,\n,T3,,,\n".encode()
    assert read(content) == [(3, FULL), (5, FULL), (6, {"village_id": "T2"}), (7, {"village_id": "T3"})]
    assert inspected(content).passed_over == "1 row-number column, 2 block rows"


def test_lines_of_who_signs_are_counted_and_nothing_of_them_is_a_record() -> None:
    signed = [
        ["", "Tổng cộng", "", "240"],
        ["", "", "", "Thành Vinh, ngày 31 tháng 12 năm 2024"],
        ["", "Người lập biểu", "", "TM. ỦY BAN NHÂN DÂN"],
        ["", "(Ký, ghi rõ họ tên)", "", "CHỦ TỊCH"],
        ["", "Nguyễn Văn Thử", "", "Trần Thị Mẫu"],
    ]
    head = ["STT", "Mã thôn", "Mã xã", "Số hộ"]
    # What has a row number, or fills what every record fills, is a record wherever it stands.
    below = [["3", "Người lập biểu", "", ""], ["", "T1", "17386", "120"], ["", "Lê Văn Mẫu", "", ""]]
    content = workbook(("A", [head, ["1", "T1", "17386", "120"], *signed, *below]))
    assert read(content, "a.xlsx") == [(2, FULL), (8, {"village_id": "Người lập biểu"}), (9, FULL), (10, {"village_id": "Lê Văn Mẫu"})]
    assert inspected(content, "a.xlsx").passed_over == "1 row-number column, 1 sum row, 4 closing lines"


@pytest.mark.parametrize("marks", [("(*)", " (*)", " (hộ)"), ("*", "\n(bắt buộc)", " (hộ) (*)"), (" (**)", "", " (nếu có)")])
def test_marks_after_a_header_say_nothing_of_which_column_it_is(marks: tuple[str, str, str]) -> None:
    head = [f"{name}{mark}" for name, mark in zip(("Mã thôn", "Mã xã", "Số hộ"), marks, strict=True)]
    assert read(workbook(("A", [head, ["T1", "17386", "120"]])), "a.xlsx") == [(2, FULL)]
    assert "unknown: Số hộ (nghèo)" in refused(workbook(("A", [["Mã thôn", "Mã xã", "Số hộ (nghèo)"], ["T1", "17386", "120"]])), "a.xlsx")


def test_a_header_in_another_encoding_is_the_reason() -> None:
    content = "Mã thôn;Mã xã;Số hộ\nT1;17386;120\n".replace("ộ", "ô").replace("ố", "ô").encode("latin-1")
    assert "(line 1: expected text in UTF-8)" in refused(content)


def test_a_row_that_is_whole_is_no_sum_whatever_its_name() -> None:
    assert read(f"{HEADER}\nTổng,17386,5,\n".encode()) == [(2, FULL | {"village_id": "Tổng", "households": "5"})]


@pytest.mark.parametrize(
    ("row", "code"),
    [("x,T1,17386,120", "broken_line"), ("1,T1,17386,120", {"village_id": "T1", "commune_code": "17386", "households": "120"})],
)
def test_a_row_number_that_is_none_is_no_row_number(row: str, code: Any) -> None:
    assert read(f"STT,village_id,commune_code,households\n{row.replace('x', 'Nguyễn Văn An')}\n".encode()) == [(2, code)]


def test_a_value_under_no_header_rejects_its_row() -> None:
    content = f"{HEADER},,\n{ROW},,\n{ROW},,Nguyễn Văn An\n".encode()
    assert read(content) == [(2, FULL), (3, "broken_line")]
    message = next(
        record for _, record in records(io.BytesIO(content), format_of("a.csv"), LIMIT, COLUMNS) if isinstance(record, BrokenLine)
    )
    assert "Nguyễn" not in message.message


TEAM = SheetColumns.of(
    [
        ("village_id", ["Mã thôn"]),
        ("households", ["Số hộ"]),
        ("team_from", ["Tổ công nghệ số Từ ngày"]),
        ("team_to", ["Tổ công nghệ số Đến ngày"]),
        ("link_from", ["Liên kết Từ ngày"]),
        ("note", ["Ghi chú"]),
    ],
    optional=["note"],
    nullable=["team_to", "link_from"],
)


def test_an_unknown_column_is_not_read_and_is_named_where_it_is_plainly_a_header() -> None:
    content = f"{HEADER},Người đại diện,040123456789\n{ROW},Nguyễn Văn An,x\n".encode()
    assert read(content) == [(2, FULL)]
    assert inspected(content).passed_over == "columns that no contract knows: Người đại diện, column 6"


def test_a_column_that_is_missing_beside_unknown_ones_refuses_the_sheet() -> None:
    # Without unknown ones nothing of it can stand under another name; one that needs no value is then empty in all rows.
    content = "Mã thôn,Số hộ,team_from,link_from\nT1,120,2025-01-01,\n".encode()
    assert read(content, columns=TEAM) == [(2, {"village_id": "T1", "households": "120", "team_from": "2025-01-01"})]
    assert inspected(content, columns=TEAM).passed_over == "columns that are not there: team_to"
    found = refused("Mã thôn,Số hộ,team_from,link_from,Ngày giải thể\nT1,120,2025-01-01,,2025-02-01\n".encode(), columns=TEAM)
    assert found.startswith("missing: team_to; unknown: Ngày giải thể; expected: village_id")
    # A column with persons is none of the contract's, whatever is missing.
    content = "Mã thôn,Số hộ,team_from,link_from,Số CCCD,Giới tính\nT1,120,2025-01-01,,040123456789,Nam\n".encode()
    assert read(content, columns=TEAM) == [(2, {"village_id": "T1", "households": "120", "team_from": "2025-01-01"})]
    assert str(inspected(content, columns=TEAM).passed_over).endswith("columns that are not there: team_to")


def test_a_misspelt_column_is_none_that_is_left_out() -> None:
    content = "Mã thôn,Số hộ,team_from,team_to,link_from,Ghi chu\nT1,120,2025-01-01,,,x\n".encode()
    assert refused(content, columns=TEAM).startswith("unknown: Ghi chu (did you mean 'note'?)")


TIERS = {
    "a row of titles over two columns each": [
        ["STT", "Mã thôn", "Số hộ", "Tổ công nghệ số", None, "Liên kết"],
        [None, None, None, "Từ ngày", "Đến ngày", "Từ ngày"],
    ],
    "three rows, the columns numbered": [
        ["Danh sách thôn", None, None, None, None, None],
        ["STT", "Mã thôn", "Số hộ", "Tổ công nghệ số", None, "Liên kết"],
        [None, None, None, "Từ ngày", "Đến ngày", "Từ ngày"],
        ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)"],
    ],
    "a title that reaches over all": [
        ["STT", "Thôn", None, None, None, None],
        [None, "Mã thôn", "Số hộ", "Tổ công nghệ số", None, "Liên kết"],
        [None, None, None, "Từ ngày", "Đến ngày", "Từ ngày"],
    ],
}


@pytest.mark.parametrize("header", TIERS.values(), ids=list(TIERS))
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_header_of_several_rows_is_read(header: list[list[str | None]], kind: str) -> None:
    rows = [*header, ["1", "T1", "120", "2025-01-01", None, "2025-03-01"], ["2", "T2", "80", "2025-02-01", "2025-05-01", None]]
    text = "\n".join(",".join(cell or "" for cell in row) for row in rows).encode()
    content = text if kind == "csv" else workbook(("S", rows))
    assert read(content, f"a.{kind}", TEAM) == [
        (len(header) + 1, {"village_id": "T1", "households": "120", "team_from": "2025-01-01", "link_from": "2025-03-01"}),
        (len(header) + 2, {"village_id": "T2", "households": "80", "team_from": "2025-02-01", "team_to": "2025-05-01"}),
    ]


@pytest.mark.parametrize("header", ["QĐ thu hồi thôn", "Đã hủy", "is_deleted", "Hiệu lực đơn vị", "Xoá bỏ"])
def test_what_may_take_rows_back_is_never_left_out(header: str) -> None:
    content = f"Mã thôn,Mã xã,Số hộ,{header}\n{ROW[:-1]},x\n".encode()
    assert "it may say that a row does not count" in refused(content)


def test_a_text_that_stands_under_many_titles_names_no_column_by_itself() -> None:
    columns = SheetColumns.of(
        [("village_id", ["Mã thôn"]), ("decision", ["Quyết định", "Số quyết định"]), ("until", ["Đến ngày"]), ("note", ["Ghi chú"])],
        optional=["note"],
        nullable=["decision", "until"],
    )
    rows = ["Mã thôn,Sáp nhập,,Khảo sát,", ",Số quyết định,Ngày,Từ ngày,Đến ngày", "T1,5/QĐ,2025-01-01,2025-01-01,2025-02-01"]
    assert "missing: " in refused("\n".join(rows).encode(), columns=columns)


def test_a_title_over_its_own_column_only_groups() -> None:
    columns = SheetColumns.of(
        [
            ("village_id", ["Mã thôn"]),
            ("households", ["Số hộ"]),
            ("residents", ["Số nhân khẩu", "Dân số"]),
            ("withdrawn_by", ["Quyết định thu hồi"]),
            ("decided_on", ["Ngày quyết định"]),
        ],
        optional=["withdrawn_by", "decided_on"],
    )
    rows = ["Mã thôn,Dân số,", ",Số hộ,Số nhân khẩu", "T1,120,480"]
    assert read("\n".join(rows).encode(), columns=columns) == [(3, {"village_id": "T1", "households": "120", "residents": "480"})]
    # The day under this title is that of the withdrawal, and none of the decision.
    rows = ["Mã thôn,Dân số,,Quyết định thu hồi,", ",Số hộ,Số nhân khẩu,Số,Ngày quyết định", "T1,120,480,5/QĐ,2025-01-01"]
    assert refused("\n".join(rows).encode(), columns=columns).startswith("missing: ")


def test_a_record_between_the_rows_of_a_header_is_no_title_and_is_not_shown() -> None:
    rows = [
        "T9,120,2025-01-01,,,Nguyễn Văn An",
        "Mã thôn,Số hộ,Tổ công nghệ số,,Liên kết,",
        ",,Từ ngày,Đến ngày,Từ ngày,",
        "T1,120,2025-01-01,,,",
    ]
    found = refused("\n".join(rows).encode(), columns=TEAM)
    assert "line 1 fills its columns, as a record does" in found
    assert "Nguyễn" not in found


def test_a_record_above_the_header_that_lacks_a_value_is_no_title() -> None:
    columns = SheetColumns.of([(name, []) for name in ("a", "b", "c", "d")], optional=[], nullable=["d"])
    assert "line 1 fills its columns" in refused(b"1,,3,4\na,b,c,d\n1,2,3,4\n", columns=columns)


@pytest.mark.parametrize("header", ["Nguyễn Văn An", "Trưởng thôn Nguyễn Văn An", "An 0912 345 678", "ÔNG AN"])
def test_a_header_that_may_be_a_person_is_not_shown(header: str) -> None:
    content = f"{HEADER},{header}\n{ROW},x\n".encode()
    assert inspected(content).passed_over == "columns that no contract knows: column 5"


def test_a_sheet_that_nearly_has_the_header_refuses_the_workbook_and_no_person_is_shown() -> None:
    header, row = HEADER.split(","), ["T1", "17386", 120, None]
    content = workbook(("2024", [header, row]), ("2025", [["village_id", "commune_code", "Số hộ gia đình", "deleted"], row]))
    assert refused(content, "a.xlsx").startswith("'2024' has the header, and '2025' nearly has it, which is not read: missing: households")
    named = workbook(("S", [header, row]), ("Nguyễn Văn An 0912345678", [["x"], ["y"]]))
    assert inspected(named, "a.xlsx").passed_over == "sheets one whose name may be a person's"


def test_a_hint_below_a_header_does_not_hide_it() -> None:
    rows = ["Mã thôn,Số hộ,team_from,team_to,link_from,Ghi chu", ",,,,,(nếu có)", "T1,120,2025-01-01,,,x"]
    assert "did you mean 'note'?" in refused("\n".join(rows).encode(), columns=TEAM)


def test_a_row_of_data_is_no_second_row_of_a_header() -> None:
    found = refused("Mã thôn,Số hộ,Tổ công nghệ số,x\nT1,120,2025-01-01,2025-02-01\n".encode(), columns=TEAM)
    assert found.startswith("missing: team_from, team_to, link_from; unknown: ")


def test_a_header_that_does_not_fit_says_what_is_missing() -> None:
    assert refused(b"title\n\nvillage_id,commune_code\nx,y\n").startswith(
        "the header is in line 3; missing: households; expected: village_id"
    )
    assert refused("x,Nguyễn Văn An\n1,2\n".encode()).startswith("none of the first 2 lines is the header line; expected")


def test_a_sheet_sorted_together_with_its_header_is_refused() -> None:
    assert "line 1 fills its columns" in refused(f"{ROW}\n{HEADER}\n{ROW}\n".encode())


def test_a_sheet_is_not_read_by_position() -> None:
    content = "Số hộ;Mã thôn;deleted;Mã xã\n120;T1;;17386\n".encode()
    assert read(content) == [(2, FULL)]


def test_utf16_that_is_damaged_costs_its_line_only() -> None:
    good = f"{HEADER}\n{ROW}\n".encode("utf-16")
    assert read(good + b"T2\0,\0\x00\xd8,\0\n\0".replace(b"T2", b"T\0")) == [(2, FULL), (3, "invalid_encoding")]
    assert read(good + b"T") == [(2, FULL), (3, "invalid_encoding")]


VIETNAMESE = "Mã thôn;Mã xã;Số hộ\n"


def test_windows_1258_is_read_where_its_header_fits_and_said() -> None:
    content = windows_1258(f"BẢNG KÊ;;\n{VIETNAMESE}Ngọc Điền, Hữu Bằng;17386;120\n")
    assert read(content) == [(3, FULL | {"village_id": "Ngọc Điền, Hữu Bằng"})]
    assert inspected(content).passed_over == "1 title line; read as Windows-1258"
    assert read(b"sep=;\r\n" + content) == [(4, FULL | {"village_id": "Ngọc Điền, Hữu Bằng"})]
    # A byte that the encoding does not have costs its line; a chunk may end between a letter and its tone.
    assert read(windows_1258(VIETNAMESE) + b"\x90;17386;1\nT1;17386;120\n") == [(2, "invalid_encoding"), (3, FULL)]
    row = windows_1258("Thôn Ngọc;17386;1\n")
    found = read(windows_1258(VIETNAMESE) + row * (READ_BYTES // len(row) + 9))
    assert {unicodedata.normalize("NFC", str(record["village_id"])) for _, record in found} == {"Thôn Ngọc"}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(windows_1258("village_id;commune_code;Số hộ;deleted\n").replace(b"S", b"Z"), id="a name that is none"),
        pytest.param("Mã thôn;Mã xã;households\nT1;17386;120\n".encode("cp1252"), id="no letter that only it writes so"),
        pytest.param("M· th«n;M· x·;Sè hé\nT1;17386;120\n".encode("cp1252"), id="TCVN3"),
    ],
)
def test_what_may_be_another_encoding_is_not_taken_for_windows_1258(content: bytes) -> None:
    assert "(line 1: expected text in UTF-8)" in refused(content)


def test_a_line_in_windows_1258_below_a_header_in_utf8_is_rejected() -> None:
    content = VIETNAMESE.encode() + windows_1258("Ngọc;17386;120\n")
    assert read(content) == [(2, "invalid_encoding")]


rows_of_text = st.lists(
    st.tuples(*[st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1, max_size=5)] * 3), max_size=4
)


@given(rows_of_text, st.sampled_from(",;\t|"), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]), st.sampled_from(["\n", "\r\n", "\r"]))
def test_what_a_person_wrote_is_read_whatever_the_dialect(rows: list[tuple[str, ...]], delimiter: str, encoding: str, end: str) -> None:
    written = [[f"x{cell}" for cell in row] for row in rows]
    lines = [["village_id", "commune_code", "households"], *written]
    quoted = [delimiter.join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines]
    content = (end.join(quoted) + end).encode(encoding)
    found = [record for _, record in records(io.BytesIO(content), format_of("a.csv"), LIMIT, COLUMNS)]
    unified = [[cell.replace("\r\n", "\n") for cell in row] for row in written]
    assert [list(record.values()) for record in found if isinstance(record, dict)] == unified


# --- row 6: empty rows are nothing ------------------------------------------------------------------------------------


def test_rows_of_separators_are_nothing() -> None:
    commas = ",,,\n" * 1200
    assert read(f"{HEADER}\n{ROW}\n{commas} , ,\u00a0,\n\n".encode()) == [(2, FULL)]
    assert read(f"{HEADER}\n{commas}".encode()) == []
    assert read(commas.encode()) == []
    blank = [[None, " ", "", "\u00a0"]] * 5
    assert read(workbook(("Sheet", [HEADER.split(","), *blank, ["T1", 17386, 120, None], *blank])), "a.xlsx") == [(7, FULL)]


# --- workbooks --------------------------------------------------------------------------------------------------------

CELLS: list[list[Any]] = [HEADER.split(","), ["T1", 17386, 120, None]]
WORKBOOK = workbook(("S", CELLS))


def test_the_sheet_with_the_header_is_read_whichever_it_is_and_the_others_are_named() -> None:
    content = workbook(
        ("Hướng dẫn", [["Điền vào trang 2"]]), ("Dữ liệu", [["BẢNG KÊ"], [], *CELLS, ["Tổng cộng", None, "=SUM(C4:C4)"]]), ("Trống", [])
    )
    assert read(content, "a.xlsx") == [(4, FULL)]
    assert inspected(content, "a.xlsx").passed_over == "1 title line, 1 sum row, sheets 'Hướng dẫn'"


def test_two_sheets_with_rows_refuse_the_workbook_and_an_empty_or_hidden_one_does_not() -> None:
    assert "found 2: 'A', 'B'" in refused(workbook(("A", CELLS), ("B", CELLS)), "a.xlsx")
    with_template = workbook(("Mẫu", CELLS[:1]), ("B", CELLS))
    assert read(with_template, "a.xlsx") == [(2, FULL)]
    assert inspected(with_template, "a.xlsx").passed_over == "sheets 'Mẫu'"
    assert read(workbook(("A", CELLS), ("B", CELLS), hidden=("A",)), "a.xlsx") == [(2, FULL)]


def test_a_workbook_without_the_header_says_what_its_nearest_sheet_lacks() -> None:
    message = refused(workbook(("Hướng dẫn", [["x"]]), ("B", [["village_id", "commune_code"]])), "a.xlsx")
    assert message.startswith("missing: households; expected")


def test_a_formula_without_its_value_and_an_error_reject_their_row_and_say_the_cell() -> None:
    content = workbook(("S", [HEADER.split(","), ["T1", "17386", "=2+3"], ["T2", "#REF!", 5], ["T1", "17386", "120"]]))
    assert read(content, "a.xlsx") == [(2, "formula_without_value"), (3, "cell_error"), (4, FULL)]
    broken = [
        record.message for _, record in records(io.BytesIO(content), format_of("a.xlsx"), LIMIT, COLUMNS) if isinstance(record, BrokenLine)
    ]
    assert "cell C2" in broken[0]
    assert "cell B3, found the error #REF!" in broken[1]


@pytest.mark.parametrize("epoch_1904", [False, True])
def test_dates_of_both_epochs_are_dates_and_text_stays_text(epoch_1904: bool) -> None:
    columns = SheetColumns(("day", "moment", "text"))
    row = [dt.date(2025, 3, 5), dt.datetime(2025, 3, 5, 9, 30), "05/03/2025"]
    content = workbook(("S", [["day", "moment", "text"], row]), epoch_1904=epoch_1904)
    assert read(content, "a.xlsx", columns) == [(2, {"day": "2025-03-05", "moment": "2025-03-05T09:30:00", "text": "05/03/2025"})]


def test_strings_are_read_as_excel_writes_them() -> None:
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    parts = {
        "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="a" Type="{office}/officeDocument" Target="xl/book.xml"/></Relationships>',
        "xl/book.xml": f'<x:workbook xmlns:x="urn:x" xmlns:q="{office}"><x:sheets><x:sheet name="S" q:id="r1"/></x:sheets></x:workbook>',
        "xl/_rels/book.xml.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="{office}/worksheet" Target="s.xml"/>'
        f'<Relationship Id="r2" Type="{office}/sharedStrings" Target="/xl/strings.xml"/></Relationships>',
        "xl/strings.xml": "<sst><si><t>village_id</t></si><si><r><t>commune</t></r><r><t>_code</t></r><rPh><t>no</t></rPh></si>"
        "<si><t>households</t></si><si><t>T_x0031_</t></si><si><t/></si></sst>",
        "xl/s.xml": '<x:worksheet xmlns:x="urn:x"><x:sheetData><x:row><x:c t="s"><x:v>0</x:v></x:c><x:c t="s"><x:v>1</x:v></x:c><x:c t="s"><x:v>2</x:v>'
        '</x:c></x:row><x:row r="4"><x:c r="C4"><x:f>60*2</x:f><x:v>120</x:v></x:c><x:c r="A4" t="s"><x:v>3</x:v></x:c>'
        '<x:c r="B4" t="str"><x:f>"1"</x:f><x:v>17386</x:v></x:c><x:c r="D4" t="s"><x:v>4</x:v></x:c></x:row></x:sheetData></x:worksheet>',
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    assert read(stream.getvalue(), "a.xlsx") == [(4, FULL)]


# --- the driver and the workers -----------------------------------------------------------------------------------------

PIECES = [
    *(
        b"village_id",
        b"commune_code",
        b"households",
        b"deleted",
        b"STT",
        b'{"village_id": 1}',
        b'{"items": [',
        b"]}",
        b"[",
        b"]",
        b"{",
        b"}",
    ),
    *(
        b",",
        b";",
        b"\t",
        b"\n",
        b"\r",
        b'"',
        b"\\",
        b"x",
        b"T\xe1\xbb\x95ng s\xe1\xbb\x91",
        b"\xff\xfe",
        b"\0",
        b"\xef\xbb\xbf",
        b"sep=;\n",
    ),
    HEADER.encode() + b"\n",
]


def agree(content: bytes, name: str) -> None:
    facts = inspect_object(io.BytesIO(content), name, COLUMNS)
    if facts.failure is None:
        found = list(records(io.BytesIO(content), format_of(name), 1 << 20, COLUMNS))
        assert facts.empty == (not found)
        assert len({line for line, _ in found}) == len(found)


@given(st.lists(st.sampled_from(PIECES), max_size=25).map(b"".join), st.sampled_from(["a.csv", "a.ndjson"]))
def test_what_the_driver_accepts_the_workers_can_read(content: bytes, name: str) -> None:
    agree(content, name)


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), min_size=1, max_size=3))
def test_a_damaged_workbook_is_refused_or_read(changes: list[tuple[int, int]]) -> None:
    content = bytearray(WORKBOOK)
    for at, value in changes:
        content[at % len(content)] = value
    agree(bytes(content), "a.xlsx")


# --- one registry -----------------------------------------------------------------------------------------------------


def test_a_new_format_is_one_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    def read_words(chunks: Any, columns: SheetColumns, limit: int, passed: PassedOver) -> Any:
        del columns, limit, passed
        yield from ((line, {"word": word}) for line, word in enumerate(b"".join(chunks).decode().split(), 1))

    def has_words(chunks: Any, columns: SheetColumns, limit: int, passed: PassedOver) -> bool:
        return any(read_words(chunks, columns, limit, passed))

    monkeypatch.setitem(FORMATS, "words", TextFormat(read_words, has_words))
    assert read(b"one two", "a.words") == [(1, {"word": "one"}), (2, {"word": "two"})]
    assert inspected(b"\0" * 100, "a.words").failure is not None


def test_contracts_can_ask_for_each_format_that_there_is() -> None:
    from typing import get_args

    from warehouse_schema.contract_vocabulary import Format

    assert set(get_args(Format)) == FORMATS.keys()
    assert all(isinstance(known, (TextFormat, FileFormat)) for known in FORMATS.values())


@given(st.text(max_size=8))
def test_folding_is_idempotent_and_blind_to_case_composition_and_white_space(name: str) -> None:
    assert folded(folded(name)) == folded(name)
    assert folded(unicodedata.normalize("NFD", f" {name}\n")) == folded(name)
