"""A landed sheet as its sender gets it back, without an engine: what quarantine says of it is made up."""

from __future__ import annotations

import gzip
import hashlib
import io
import stat
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Font

from jobs.engine.tables import Warehouse
from jobs.errors import UsageError
from jobs.landing.formats.registry import format_of, records
from jobs.landing.formats.sheet import columns_of
from jobs.publish import returned
from jobs.publish.returned import MARKED, Returned, return_workbook
from jobs.publish.template import sheet_named
from jobs.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

HEADER = ["STT", "Mã thôn", "Mã xã", "Tên thôn", "Số hộ", "Cập nhật lúc"]
FOLDER = "registry/villages/dt=2026-03-01"


class Case:
    """A landing zone with one object, and what is in quarantine of it."""

    def __init__(self, home: Path, name: str, content: bytes, patch: pytest.MonkeyPatch) -> None:
        self.path = f"{FOLDER}/{name}"
        self.settings = Settings(home=home / "home", _env_file=None)
        self.target = home / "back.xlsx"
        self.content = content
        landed = home / "home" / "landing" / self.path
        landed.parent.mkdir(parents=True, exist_ok=True)
        landed.write_bytes(content)
        self.rows: list[dict[str, Any]] = []
        patch.setattr(returned, "shown", lambda warehouse, name, line: self.rows)

    def rejected(self, line: int | None, *errors: tuple[str, str | None, str], state: str = "open", path: str | None = None) -> None:
        self.rows.append(
            {
                "path": path or self.path,
                "object_id": hashlib.sha256(self.content).hexdigest(),
                "table": "village",
                "line": line,
                "state": state,
                "errors": [{"code": code, "field": field, "message": message, "rule": ""} for code, field, message in errors],
            }
        )

    def export(self, target: Path | None = None) -> Returned:
        return return_workbook(self.settings, Warehouse.of(self.settings), self.path, target or self.target)

    def page(self) -> Any:
        return openpyxl.load_workbook(self.target).worksheets[0]


def workbook(book: openpyxl.Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def sent() -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = "Thôn"
    for row in (["DANH SÁCH"], HEADER, [1, "T1", "16681", "Thôn 1", 120, "31/12/2024"], [2, None, "99999", "Thôn 2", "=2/0", "31/12/2024"]):
        page.append(row)
    page["B2"].font = Font(bold=True)
    page["C4"].comment = Comment("hỏi lại xã", "An")
    page.column_dimensions["B"].number_format = "@"
    page.protection.sheet = True
    book.create_sheet("Ghi chú riêng")["A1"] = "của tôi"
    return book


MISSING = ("missing_value", "village_id", "village_id is required")
UNKNOWN = (
    "unknown_unit",
    "commune_code",
    "commune_code: expected a commune that existed on the day of writing; Xã Cao Sơn was merged into 17380 (Xã Yên Xuân) on 2025-07-01",
)


def marks(page: Any) -> dict[str, str]:
    return {cell.coordinate: cell.comment.text for row in page for cell in row if cell.fill.fgColor.rgb == MARKED}


def test_the_senders_own_workbook_with_marks_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case(tmp_path, "a.xlsx", workbook(sent()), monkeypatch)
    case.rejected(4, MISSING, UNKNOWN, ("cell_error", None, "expected a value in cell E4, found the error #DIV/0!"))
    case.rejected(3, MISSING, state="settled")
    assert case.export() == Returned(case.path, cells=3, rows=1, settled=1)
    assert stat.S_IMODE(case.target.stat().st_mode) == 0o600
    book = openpyxl.load_workbook(case.target)
    assert book.sheetnames == ["Thôn", "Ghi chú riêng"]
    page = book["Thôn"]
    assert marks(page) == {
        "B4": "NTM:\n«Mã thôn»: Thiếu giá trị bắt buộc. Cần điền: Mã hoặc số hiệu, viết đúng như trong văn bản.",
        "C4": "hỏi lại xã\nNTM:\n«Mã xã»: Mã (hoặc tên) không phải của đơn vị hành chính nào vào ngày đó."
        " Xã Cao Sơn đã nhập vào 17380 (Xã Yên Xuân) từ ngày 01/07/2025."
        " Cần điền: Mã đơn vị hành chính (của xã), chọn trong danh sách ở tờ «Đơn vị» của mẫu.",
        "E4": "NTM:\nLỗi của bảng tính (#N/A, #REF!…). Ô E4 có #DIV/0!.",
    }
    assert [[cell.value for cell in row] for row in page] == [[cell.value for cell in row] for row in sent()["Thôn"]]
    assert page["B2"].font.bold
    # The empty cell has the format of its column, so that no zero is eaten, and can be filled in where the sheet is protected.
    assert (page["B4"].number_format, page["B4"].protection.locked) == ("@", False)


def test_marks_of_the_last_time_go_and_the_senders_comments_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Case(tmp_path, "a.xlsx", workbook(sent()), monkeypatch)
    first.rejected(4, MISSING, UNKNOWN)
    first.export()
    again = Case(tmp_path, "b.xlsx", first.target.read_bytes(), monkeypatch)
    again.rejected(4, MISSING)
    again.export(tmp_path / "again.xlsx")
    page = openpyxl.load_workbook(tmp_path / "again.xlsx")["Thôn"]
    assert list(marks(page)) == ["B4"]
    assert page["C4"].comment.text == "hỏi lại xã"


CSV = 'sep=;\n"Mã thôn";"Mã xã";"Tên thôn";"Số hộ";"Cập nhật lúc"\n007;01234;"Thôn\nMột";=1+1;01/02/2025\nT2;"\n\nT3;16681;Thôn;5;01/02/2025\n'


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_of_csv_line_n_is_row_n_and_every_cell_is_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    content = CSV.replace('T2;"\n', "T2;16681\n").encode()
    case = Case(tmp_path, name, gzip.compress(content) if name.endswith("gz") else content, monkeypatch)
    case.rejected(5, ("broken_line", None, "expected 5 cells, as in the header line, found 2"))
    case.rejected(
        3, ("out_of_range", "households", "households: expected a number from 0 to 20000"), ("x", "not_there", "said of no column")
    )
    assert case.export() == Returned(case.path, cells=3, rows=2, settled=0)
    page = case.page()
    rows = {number: [cell.value for cell in row] for number, row in enumerate(page.iter_rows(), 1)}
    assert rows[1] == [None] * 5
    assert rows[3] == ["007", "01234", "Thôn\nMột", "=1+1", "01/02/2025"]
    assert rows[7][0] == "T3"
    assert (page["D3"].data_type, page["A3"].number_format) == ("s", "@")
    assert set(marks(page)) == {"A5", "D3", "A3"}
    assert marks(page)["A3"] == "NTM:\nx. (Chi tiết kỹ thuật: said of no column)"
    columns = columns_of(sheet_named("villages"))
    read = dict(records(io.BytesIO(case.target.read_bytes()), format_of("a.xlsx"), 1 << 20, columns))
    assert read[3] == dict(records(io.BytesIO(case.content), format_of(name), 1 << 20, columns))[3], "sent back as it is, it is the same"


def test_where_it_must_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case(tmp_path, "a.xlsx", workbook(sent()), monkeypatch)
    case.rejected(4, MISSING)
    (tmp_path / "link").symlink_to(tmp_path / "home")
    for place in ("home/landing/a.xlsx", "home/a.xlsx", "home/warehouse/a.xlsx", "link/landing/a.xlsx"):
        with pytest.raises(UsageError, match="never kept in the workspace"):
            case.export(tmp_path / place)
    with pytest.raises(UsageError, match="expected a name that ends in"):
        case.export(tmp_path / "a.csv")
    with pytest.raises(UsageError, match="there is no such folder"):
        case.export(tmp_path / "none" / "a.xlsx")
    case.export()
    with pytest.raises(UsageError, match="there is a file of that name"):
        case.export()


def test_what_cannot_go_back_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case(tmp_path, "a.xlsx", workbook(sent()), monkeypatch)
    case.rejected(4, MISSING)
    landed = tmp_path / "home" / "landing" / case.path
    landed.write_bytes(b"other")
    with pytest.raises(UsageError, match="something else lies there now"):
        case.export()
    landed.unlink()
    with pytest.raises(UsageError, match="not in the landing zone any more"):
        case.export()
    case.rejected(4, MISSING, path="registry/villages/dt=2026-03-02/b.xlsx")
    with pytest.raises(UsageError, match=r"these have something in quarantine: .*b\.xlsx.*say which"):
        case.export()
    case.rows.clear()
    case.rejected(None, ("unexpected_columns", None, "missing: name"))
    with pytest.raises(UsageError, match="could not be read at all, so there is no cell to mark: missing: name"):
        case.export()
    case.rows.clear()
    case.rejected(1, MISSING, path="eoffice/work_records/dt=2026-03-01/a.ndjson")
    with pytest.raises(UsageError, match="is NDJSON, which a program sent: only sheets"):
        case.export()


def test_a_mark_in_merged_cells_is_on_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = sent()
    book["Thôn"].merge_cells("C3:C4")
    case = Case(tmp_path, "a.xlsx", workbook(book), monkeypatch)
    case.rejected(4, UNKNOWN)
    case.export()
    assert list(marks(case.page())) == ["C3"]
