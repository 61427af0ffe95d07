"""A unit that a sheet names instead of giving its code: from the landing zone to silver and quarantine."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from jobs.silver.check import check_file
from tests.support.command import ntm

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.workspace import Workspace

# Whole runs on both engines are compared by make parity.
pytestmark = pytest.mark.default_engine

NAMED = "Mã thôn;Tên thôn;Tên xã;Tên huyện;Tên tỉnh;Cập nhật lúc\n"
CODED = "Mã thôn;Tên thôn;Mã xã;Xã/Phường;Huyện;Cập nhật lúc\n"
PATH = "registry/villages/dt=2025-01-10/{}"


def silver(workspace: Workspace) -> dict[str, tuple[Any, ...]]:
    return {row["village_id"]: (row["commune_code"], row["unit_code"], row["province_code"]) for row in workspace.rows("silver/village")}


def rejected(workspace: Workspace) -> dict[int, list[tuple[str, str]]]:
    rows = workspace.rows("quarantine/village")
    return {row["line"]: [(error["code"], error["message"].partition(" (")[0]) for error in row["errors"]] for row in rows}


def test_a_name_with_one_reading_is_the_unit_and_others_are_told(workspace: Workspace) -> None:
    rows = ["T1;Một;Cao Sơn;Anh Sơn;Nghệ An", "T2;Hai;xã CAO SƠN;;tỉnh Nghệ An", "T3;Ba;Cao Sơn;;", "T4;Bốn;Đông Khê;TP Thanh Hoá;"]
    rows += ["T5;Năm;Không Có;;Nghệ An", "T6;Sáu;;;"]
    workspace.land(PATH.format("a.csv"), NAMED + "".join(f"{row};10/01/2025\n" for row in rows))
    workspace.load()
    assert silver(workspace) == dict.fromkeys(("T1", "T2"), ("17386", "17386", "40"))
    found = rejected(workspace)
    assert {line: [code for code, _ in errors] for line, errors in found.items()} == {
        4: ["unknown_unit"],
        5: ["ambiguous_unit"],
        6: ["unknown_unit"],
        7: ["missing_value"],
    }
    (entry,) = [one for path, one in workspace.ledger().items() if path == PATH.format("a.csv")]
    assert str(entry.message).endswith("commune_code")
    assert "no commune has this name" in found[6][0][1]
    assert found[5][0][1].endswith("2 units of that day have this name: 16387")


@pytest.mark.slow
def test_a_code_holds_and_a_name_that_says_another_unit_rejects_the_row(workspace: Workspace, tmp_path: Path) -> None:
    rows = [
        "T1;Một;17386;Xã Cao Sơn;Anh Sơn",
        "T2;Hai;17386;Nơi Nào Đó;",
        "T3;Ba;16681;Cao Sơn;Anh Sơn",
        "T4;Bốn;Xã Cao Sơn, huyện Anh Sơn, tỉnh Nghệ An;;",
    ]
    rows += ["T5;Năm;Cao Sơn;;Anh Sơn", "T6;Sáu;99999;Cao Sơn;Anh Sơn", "T7;Bảy;Cao;;"]
    workspace.land(PATH.format("b.csv"), CODED + "".join(f"{row};10/01/2025\n" for row in rows))
    workspace.load()
    assert silver(workspace) == dict.fromkeys(("T1", "T2", "T4", "T5"), ("17386", "17386", "40"))
    found = rejected(workspace)
    assert {line: [code for code, _ in errors] for line, errors in found.items()} == {
        4: ["ambiguous_unit"],
        7: ["unknown_unit"],
        8: ["unknown_unit"],
    }
    assert all(found[line][0][1].endswith("the name beside it is that of 17386") for line in (4, 7))
    (tmp_path / "b.csv").write_bytes((workspace.home / "landing" / PATH.format("b.csv")).read_bytes())
    checked = check_file(workspace.settings, tmp_path / "b.csv")
    assert [(fault.place, fault.code) for fault in checked.faults] == [
        ("line 4, column 3", "ambiguous_unit"),
        ("line 7, column 3", "unknown_unit"),
        ("line 8, column 3", "unknown_unit"),
    ]


@pytest.mark.slow
def test_what_a_unit_lies_in_is_no_name_of_its_own(workspace: Workspace) -> None:
    header = "Mã đơn vị;Cấp;Dịch vụ;Huyện;Tỉnh;Trực tuyến từ ngày;Cập nhật lúc\n"
    rows = ["17386;xã;y tế;Huyện Anh Sơn;Nghệ An", ";xã;giáo dục;Huyện Anh Sơn;Nghệ An", ";huyện;y tế;Huyện Anh Sơn;Nghệ An"]
    rows += ["424;huyện;giáo dục;Anh Sơn;Nghệ An"]
    path = "registry/essential_services/dt=2025-01-10/a.csv"
    workspace.land(path, header + "".join(f"{row};01/03/2024;10/01/2025\n" for row in rows))
    workspace.load()
    stored = {(row["unit_code"], row["level"], row["service"]) for row in workspace.rows("silver/essential_service")}
    assert stored == {("17386", "commune", "health"), ("424", "district", "health"), ("424", "district", "education")}
    (row,) = workspace.rows("quarantine/essential_service")
    assert (row["line"], [error["code"] for error in row["errors"]]) == (3, ["missing_value"])


@pytest.mark.slow
def test_a_second_name_beside_the_code_is_passed_over(workspace: Workspace) -> None:
    rest = "Ngày thống kê;Số hộ;Số hộ có nước sạch;Ngày cập nhật\n"
    path = "registry/clean_water/dt=2025-01-10/{}.csv"
    workspace.land(path.format("a"), f"Mã xã;Xã;Tên xã;{rest}17386;Cao Sơn;Nơi khác;31/12/2024;100;80;10/01/2025\n")
    workspace.land(path.format("b"), f"Xã;Tên xã;Huyện;{rest}Cao Sơn;Cao Sơn;Anh Sơn;31/12/2023;100;80;10/01/2025\n")
    workspace.load()
    assert [row["commune_code"] for row in workspace.rows("silver/clean_water")] == ["17386"]
    assert "given twice: unit_name" in str(workspace.ledger()[path.format("b")].message)


@pytest.mark.slow
def test_by_name_and_by_code_it_is_one_record(workspace: Workspace) -> None:
    rest = "Ngày thống kê;Số hộ;Số hộ có nước sạch;Ngày cập nhật\n"
    path = "registry/clean_water/dt=2025-01-10/{}.csv"
    workspace.land(path.format("a"), f"Xã;Huyện;{rest}Cao Sơn;Anh Sơn;31/12/2024;100;80;10/01/2025\n")
    workspace.load()
    workspace.land(path.format("b"), f"Mã xã;{rest}17386;31/12/2024;100;90;11/01/2025\n")
    workspace.load()
    (row,) = workspace.rows("silver/clean_water")
    assert (row["commune_code"], row["unit_code"], row["households_with_clean_water"]) == ("17386", "17386", 90)
    assert {one["record_key"] for one in workspace.rows("bronze/clean_water")} == {"17386\x1f2024-12-31"}


@pytest.mark.slow
def test_the_cell_of_the_name_is_marked_in_the_workbook_that_goes_back(workspace: Workspace, tmp_path: Path) -> None:
    workspace.land(PATH.format("c.csv"), f"{NAMED}T1;Một;Cao Sơn;Vinh;;10/01/2025\n")
    workspace.load()
    code, _, _ = ntm(workspace.home, "quarantine", "export", PATH.format("c.csv"), "--xlsx", str(tmp_path / "back.xlsx"))
    page = openpyxl.load_workbook(io.BytesIO((tmp_path / "back.xlsx").read_bytes())).worksheets[0]
    assert (code, [cell.coordinate for cell in page[2] if cell.comment]) == (0, ["C2"])
