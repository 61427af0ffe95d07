"""A file judged before it is sent."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest
from typer.testing import CliRunner

from jobs.cli import app
from jobs.errors import UsageError
from jobs.settings import get_settings
from jobs.silver.check import FileCheck, check_file

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

HEADER = ["STT", "Mã thôn", "Mã xã", "Tên thôn", "Số hộ", "Số nhân khẩu", "updated_at"]
RIGHT = ["1", "T1", "16681", "Thôn 1", "120", "480", "31/12/2024"]
ROWS = [
    ["DANH SÁCH THÔN"],
    HEADER,
    RIGHT,
    ["2", "\u0422\u0416\u0428-\u0416", "99999", "Thôn 2", "1.5", "480", "31/12/2024"],
    ["3", "", "16681", "Thoân Ñoàng Taâm", "", "480", "31/13/2024"],
]
FAULTS = {
    "B4": ("village_id", "foreign_letter"),
    "C4": ("commune_code", "unknown_unit"),
    "E4": ("households", "invalid_integer"),
    "D5": ("name", "legacy_encoding"),
    "B5": ("village_id", "missing_value"),
    "G5": ("updated_at", "invalid_timestamp"),
}


def write(folder: Path, name: str, rows: list[list[str]]) -> Path:
    path = folder / name
    if name.endswith(".csv"):
        path.write_text("".join(",".join(row) + "," * (len(HEADER) - len(row)) + "\n" for row in rows), encoding="utf-8")
        return path
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    content = io.BytesIO()
    book.save(content)
    path.write_bytes(content.getvalue())
    return path


def places(found: FileCheck) -> dict[str, tuple[str | None, str]]:
    return {fault.place: (fault.field, fault.code) for fault in found.faults}


def test_every_bad_cell_of_a_workbook_has_its_address(tmp_path: Path, spark: SparkSession) -> None:
    found = check_file(get_settings(), write(tmp_path, "a.xlsx", ROWS))
    assert (found.dataset, found.rows, found.rejected, found.failure) == ("registry/villages", 3, 2, None)
    assert places(found) == FAULTS
    assert found.passed_over is not None
    assert found.passed_over.startswith("1 row-number column, 1 title line")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.xlsx"], "nothing is written"


def test_of_csv_line_and_column_are_said_and_the_messages_are_those_of_quarantine(tmp_path: Path, spark: SparkSession) -> None:
    found = check_file(get_settings(), write(tmp_path, "a.csv", ROWS), "registry/villages")
    address = {f"line {place[1:]}, column {ord(place[0]) - 64}": fault for place, fault in FAULTS.items()}
    assert places(found) == address
    (message,) = [fault.message for fault in found.faults if fault.code == "unknown_unit"]
    assert message == "commune_code: expected a commune that existed on the day of writing"
    # Т looks like a Latin letter and is taken for it.
    (message,) = [fault.message for fault in found.faults if fault.code == "foreign_letter"]
    assert message == "village_id: expected Latin letters, digits and signs, and no letter of another alphabet; \u0416 \u0428"


def test_what_only_a_workspace_knows_is_left_out_and_named(tmp_path: Path, spark: SparkSession) -> None:
    path = tmp_path / "a.csv"
    path.write_text("organ_id,month,closed_count,updated_at\nH41.12,2025-01,5,2025-02-01\n", encoding="utf-8")
    found = check_file(get_settings(), path)
    assert (found.dataset, found.rejected, found.is_right) == ("registry/paper_work_records", 0, True)
    assert found.left_out == ("whether the organisations are registered",)


@pytest.mark.parametrize(
    ("text", "failure"),
    [
        ("a,b\n1,2\n", "no dataset has any of these columns in its first lines"),
        (
            "Mã thôn,Mã xã,updated_at\nT1,16681,2025-01-01\n",
            "no dataset has all of these columns; the nearest is registry/villages: missing:",
        ),
    ],
)
def test_a_file_that_no_dataset_takes_says_what_the_nearest_lacks(tmp_path: Path, text: str, failure: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    found = check_file(get_settings(), path)
    assert found.failure is not None
    assert found.failure.startswith(failure)
    assert not found.is_right


def test_two_sheets_that_fit_are_the_reason_and_no_other_dataset_that_has_some_of_their_columns(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for sheet in (book.worksheets[0], book.create_sheet("B")):
        sheet.append(HEADER)
        sheet.append(RIGHT)
    book.save(tmp_path / "a.xlsx")
    found = check_file(get_settings(), tmp_path / "a.xlsx")
    assert str(found.failure).endswith(
        "the nearest is registry/villages: expected one sheet with the header and rows, found 2: 'Sheet', 'B'"
    )


def test_a_dataset_that_is_none_is_refused_with_the_near_name(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", ROWS)
    with pytest.raises(UsageError, match="dataset 'registry/vilages': there is none of that name; did you mean 'registry/villages'"):
        check_file(get_settings(), path, "registry/vilages")
    with pytest.raises(UsageError, match="expected a file"):
        check_file(get_settings(), tmp_path / "none.csv")
    (tmp_path / "a.ndjson").write_text("{}\n", encoding="utf-8")
    with pytest.raises(UsageError, match="say which dataset it is: eoffice/work_records, portal/dossiers"):
        check_file(get_settings(), tmp_path / "a.ndjson")


def test_the_command_ends_with_3_where_anything_would_be_rejected(tmp_path: Path, spark: SparkSession) -> None:
    wrong = CliRunner().invoke(app, ["check", str(write(tmp_path, "a.csv", ROWS))])
    assert wrong.exit_code == 3
    assert "a.csv: registry/villages, 3 rows: 1 would be accepted, 2 rejected" in wrong.output
    right = CliRunner().invoke(app, ["check", str(write(tmp_path, "b.csv", ROWS[:3]))])
    assert (right.exit_code, "1 rows: 1 would be accepted, 0 rejected" in right.output) == (0, True)


def test_a_code_that_is_a_units_is_in_doubt_where_others_have_lost_their_zeros(tmp_path: Path, spark: SparkSession) -> None:
    # 391 is a district of Thanh Hóa, and 00391 a commune of Hà Nội.
    header = "unit_code,criterion,standard,result,assessed_on,valid_to,decision_number,withdrawal_decision,updated_at\n"
    path = tmp_path / "a.csv"
    path.write_text(f"{header}391,9.5,ntm,met,2024-01-01,,1/QĐ,,2025-03-01\n", encoding="utf-8")
    assert check_file(get_settings(), path).is_right
    path.write_text(
        f"{header}391,8.4,ntm,met,2024-01-01,,1/QĐ,,2025-03-01\n9604,8.4,ntm,met,2024-01-01,,1/QĐ,,2025-03-01\n", encoding="utf-8"
    )
    found = check_file(get_settings(), path)
    assert places(found) == {"line 2, column 1": ("unit_code", "ambiguous_unit")}


@pytest.mark.parametrize(("name", "content"), [("book.xlsx", None), ("lines.csv", b"\n\n")])
def test_a_file_without_a_cell_is_empty_and_of_no_dataset(name: str, content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / name
    if content is None:
        openpyxl.Workbook().save(path)
    else:
        path.write_bytes(content)
    assert check_file(get_settings(), path) == FileCheck(None, "the file is empty")


@pytest.mark.parametrize(("content", "failure"), [(b"", "the file is empty"), (b"\xd0\xcf\x11\xe0 no workbook", "expected a workbook")])
def test_a_file_that_cannot_be_read_says_so(tmp_path: Path, content: bytes, failure: str) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    found = check_file(get_settings(), path)
    assert found.failure is not None
    assert found.failure.startswith(failure)


@pytest.mark.parametrize("criterion", ["08.4", "8.40", "8.", "0"])
def test_a_criterion_has_one_spelling(tmp_path: Path, spark: SparkSession, criterion: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "unit_code,criterion,standard,result,assessed_on,valid_to,decision_number,withdrawal_decision,updated_at\n"
        f"17386,{criterion},ntm,met,2024-01-01,,1/QĐ,,2025-03-01\n",
        encoding="utf-8",
    )
    assert [(fault.field, fault.code) for fault in check_file(get_settings(), path).faults] == [("criterion", "invalid_pattern")]


def test_zeros_are_filled_up_by_a_level_in_vietnamese(tmp_path: Path, spark: SparkSession) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "unit_code,level,service,online_since,online_until,updated_at\n16,huyện,health,2024-01-01,,2025-03-01\n391,xã,health,2024-01-01,,2025-03-01\n",
        encoding="utf-8",
    )
    assert check_file(get_settings(), path).faults == ()


def versions(folder: Path, *rows: str) -> Path:
    path = folder / "a.csv"
    path.write_text("\n".join(["Mã thôn,Mã xã,Tên thôn,Đã xóa,Cập nhật lúc", *rows]), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("rows", "verdict", "holds"),
    [
        (("T1,16681,Thôn 1,,31/12/2024", "T1,16681,Thôn 1,,31/12/2024"), "equal", 2),
        (("T1,16681,Thôn 1,,31/12/2025", "T1,16681,Thôn Một,,31/12/2024"), "newer", 2),
        (("T1,16681,Thôn 1,,31/12/2024", "T1,16681,Thôn Một,,31/12/2025", "T1,16681,Thôn,,31/12/2024"), "newer", 3),
        (("T1,16681,Thôn 1,,31/12/2024", "T1,16681,Thôn 1,x,31/12/2024"), "withdrawn", 3),
        (("T1,16681,Thôn 1,,31/12/2024", "T1,16681,Thôn Một,,31/12/2024"), "conflict", None),
    ],
)
def test_lines_of_one_record_are_told_with_the_one_that_counts_and_are_no_faults(
    tmp_path: Path, spark: SparkSession, rows: tuple[str, ...], verdict: str, holds: int | None
) -> None:
    found = check_file(get_settings(), versions(tmp_path, *rows))
    assert found.is_right
    (one,) = found.same_keys
    assert (one.lines, one.fields, one.version) == (tuple(range(2, 2 + len(rows))), ("village_id",), "updated_at")
    assert (one.verdict, one.holds) == (verdict, holds)


def test_of_lines_of_one_record_one_that_would_be_rejected_counts_no_more(tmp_path: Path, spark: SparkSession) -> None:
    found = check_file(
        get_settings(), versions(tmp_path, "T1,16681,Thôn 1,,31/12/2024", "T1,99999,Thôn 1,,31/12/2025", "T2,16681,Thôn,,31/12/2025")
    )
    assert (found.rejected, found.same_keys) == (1, ())


def test_a_key_that_only_the_registry_completes_is_compared_as_it_is_written(tmp_path: Path, spark: SparkSession) -> None:
    path = tmp_path / "a.csv"
    path.write_text("organ_id,month,closed_count,updated_at\nH41.12,2025-01,5,2025-02-01\nH41.12,01/2025,6,2025-02-02\n", encoding="utf-8")
    (one,) = check_file(get_settings(), path).same_keys
    assert (one.lines, one.fields, one.verdict, one.holds) == ((2, 3), ("organ_id", "month"), "newer", 3)


def test_the_command_tells_of_one_record_in_several_rows(tmp_path: Path, spark: SparkSession) -> None:
    path = versions(
        tmp_path, "T1,16681,Thôn 1,,31/12/2024", "T1,16681,Thôn Một,,31/12/2024", "T2,16681,A,,1/1/2025", "T2,16681,B,,2/1/2025"
    )
    told = CliRunner().invoke(app, ["check", str(path)])
    assert told.exit_code == 0
    assert (
        "rows 2 and 3 have the same key (village_id): they differ in the same updated_at, so that nobody can say which is right"
        in told.output
    )
    assert "rows 4 and 5 have the same key (village_id): row 5 holds, with the later updated_at\n" in told.output
    told = CliRunner().invoke(app, ["check", "--vi", str(path)])
    assert told.exit_code == 0
    assert "các dòng 4 và 5 là một bản ghi (cùng «Mã thôn»): dòng 5 được dùng vì có «Thời điểm cập nhật» muộn hơn\n" in told.output


def test_in_vietnamese_a_fault_has_the_header_of_the_file_and_no_name_of_a_program(tmp_path: Path, spark: SparkSession) -> None:
    rows = [*ROWS, ["4", "T4", "17386", "Thôn 4", "1", "2", "31/12/2025"]]
    rows[1] = [*HEADER[:-1], "Cập nhật lúc"]
    told = CliRunner().invoke(app, ["check", "--vi", str(write(tmp_path, "a.xlsx", rows))])
    assert told.exit_code == 3
    lines = [re.split(" {2,}", line.strip()) for line in told.output.splitlines()]
    assert ["a.xlsx: bảng «Thôn» (registry/villages), 4 dòng: 1 dòng sẽ được nhận, 3 dòng bị từ chối"] in lines
    assert [
        "G5",
        "Cập nhật lúc",
        "Không đọc được ngày giờ, hoặc ngày giờ không có thật.",
        "Ngày, hoặc ngày và giờ, viết 31/12/2024 hoặc 31/12/2024 16:40.",
    ] in lines
    assert "Xã Cao Sơn đã nhập vào 17380 (Xã Yên Xuân) từ ngày 01/07/2025." in told.output
    assert not re.search(r"expected|village_|_code|row|rejected|kỹ thuật", told.output)
    told = CliRunner().invoke(app, ["check", "--vi", str(write(tmp_path, "a.csv", rows))])
    assert "dòng 4, cột 3" in told.output


def test_in_vietnamese_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Mã thôn,Mã xã,updated_at\nT1,16681,2025-01-01\n", encoding="utf-8")
    told = CliRunner().invoke(app, ["check", "--vi", str(path)])
    assert told.exit_code == 3
    assert "a.csv: Các cột của tệp không đúng với bảng. Không bảng nào có đủ các cột này. Gần nhất là bảng «Thôn»" in told.output
    told = CliRunner().invoke(app, ["check", "--vi", str(path), "--dataset", "registry/villages"])
    assert (
        "a.csv: không đọc được theo bảng «Thôn» (registry/villages). Các cột của tệp không đúng với bảng. Thiếu cột «Tên thôn»"
        in told.output
    )
