"""A file judged before it is sent."""

from __future__ import annotations

import io
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
    assert message == "village_id: expected Latin letters, digits and signs, and no letter of another alphabet (\u0416 \u0428)"


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
