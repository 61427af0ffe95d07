"""The report of a small released warehouse: figures counted by hand, equal to those that gold holds; files; what was sent is kept."""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING, Any

import docx
import openpyxl
import pytest

from jobs.errors import UsageError
from jobs.publish.exports.report import build, page
from jobs.publish.exports.report.build import LAYOUT_A, LAYOUT_B, PDF, SENT, WORD, WORKBOOK, changed_since, export_report
from jobs.publish.exports.report.document import blocks_of
from jobs.publish.exports.report.figures import Figure, read_findings
from jobs.publish.exports.report.page import page_of, print_pdf
from jobs.publish.exports.report.periods import report_period
from jobs.publish.exports.report.tables import UNDETERMINED, missing_senders, sheets_of
from jobs.publish.released import require_release
from jobs.publish.report import evaluated_values
from jobs.publish.site.read import UnitKey
from tests.support.browser import needs_browser
from tests.support.command import ntm
from tests.support.office import TEXT, needs_office, saved_by_office
from tests.support.released import asked
from tests.support.workspace import COMMUNE_ORGAN, DISTRICT_ORGAN, PROVINCE_ORGAN, Workspace, dossier, organisation, work_record

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from jobs.publish.exports.report.figures import Findings

pytestmark = [pytest.mark.slow, pytest.mark.default_engine]

EVIL = '=HYPERLINK("http://x";"<b>UBND xã</b>")'
PROVINCE, COMMUNE = UnitKey("40", date(2021, 1, 1)), UnitKey("17386", date(2021, 1, 1))
RECORDS = "work_records_online"


def _closed(name: str, day: str, organ: dict[str, str], **changes: Any) -> dict[str, Any]:
    times = {"OpenedAt": "2025-01-02T08:00:00+07:00", "ClosedAt": f"{day}T16:40:00+07:00", "UpdatedAt": f"{day}T16:41:00+07:00"}
    return work_record(name, OrganId=organ["organ_id"], **times, **changes)


def _received(name: str, day: str, organ: dict[str, str], channel: str, level: int = 4) -> dict[str, Any]:
    digits = day.replace("-", "")
    times = dict.fromkeys(("NgayNopHoSo", "NgayTiepNhan", "NgayKetThucXuLy", "NgayTra", "NgayCapNhat"), f"{digits}090000")
    return dossier(name, DonViXuLy=organ["organ_id"], KenhThucHien=channel, MucDo=level, **times, NgayHenTra="20251231170000")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> Workspace:
    """Work records of the commune on 20/03, 20/05 and 20/06 (the last one on paper), of the province on 18/02; four dossiers of the second quarter."""
    made = Workspace(tmp_path_factory.mktemp("report") / "home")
    commune = organisation(COMMUNE_ORGAN, organ_name=EVIL)
    made.land_organisations(organisation(PROVINCE_ORGAN), organisation(DISTRICT_ORGAN), commune)
    made.land_records(
        "eoffice/work_records/dt=2025-07-01/a.ndjson",
        [
            _closed("r1", "2025-02-18", PROVINCE_ORGAN),
            _closed("r2", "2025-03-20", COMMUNE_ORGAN),
            _closed("r3", "2025-05-20", COMMUNE_ORGAN),
            _closed("r4", "2025-06-20", COMMUNE_ORGAN, SignedDigitally=False),
        ],
    )
    made.land_records(
        "portal/dossiers/dt=2025-07-01/a.ndjson",
        [
            _received("d1", "2025-04-10", PROVINCE_ORGAN, "2"),
            _received("d2", "2025-05-10", COMMUNE_ORGAN, "1", 3),
            _received("d3", "2025-05-11", COMMUNE_ORGAN, "3", 2),
            _received("d4", "2025-06-20", COMMUNE_ORGAN, "2"),
        ],
    )
    made.load()
    return made


@pytest.fixture(autouse=True)
def without_chromium(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes seconds a time, and has tests of its own."""
    monkeypatch.setattr(build, "print_pdf", lambda *_: "no PDF")


def findings(workspace: Workspace, text: str, scheme: str = "calendar", to_day: date | None = None, unit: str | None = None) -> Findings:
    return read_findings(workspace.warehouse, "40", report_period(text, scheme, to_day), unit)


def exported(workspace: Workspace, folder: Path, **changes: Any) -> Path:
    asked: dict[str, Any] = {"scheme": "calendar", "to_day": None, "unit": None, "output": folder / "report", **changes}
    return export_report(workspace.warehouse, workspace.home, "40", "2025-Q2", **asked).folder


def test_figures_are_those_that_gold_holds_of_the_same_days(workspace: Workspace) -> None:
    found = findings(workspace, "2025-Q2")
    _, rows = asked(
        workspace.warehouse,
        "SELECT indicator, level, unit_code, unit_valid_from, numerator, denominator, value FROM gold.indicator_value "
        "WHERE breakdown = '' AND period_type = 'quarter' AND period_start = DATE '2025-04-01' AND denominator > 0",
    )
    stored = {(name, level, UnitKey(code, day)): tuple(figures) for name, level, code, day, *figures in rows}  # type: ignore[arg-type]
    shown = {key: (one.numerator, one.denominator, one.value) for key, one in found.figures.items() if one.value is not None}
    assert stored
    assert shown == stored


def test_a_period_that_is_evaluated_comes_to_what_is_stored(workspace: Workspace) -> None:
    release = require_release(workspace.warehouse)
    names, rows = asked(
        workspace.warehouse,
        "SELECT * EXCLUDE (run_id, computed_at) FROM gold.indicator_value WHERE period_type = 'quarter' AND period_start = DATE '2025-04-01'",
    )
    stored = [dict(zip(names, row, strict=True)) for row in rows]
    period = report_period("2025-Q2", "calendar").days
    for indicator in findings(workspace, "2025-Q2").indicators:
        mine = [row for row in stored if row["indicator"] == indicator.id]
        again = evaluated_values(workspace.warehouse, release, indicator, [period])
        assert mine
        assert sorted(again, key=str) == sorted(({name: row[name] for name in again[0]} for row in mine), key=str)


def test_periods_that_are_not_stored_are_counted_from_the_records(workspace: Workspace) -> None:
    """From 15/03 to 14/06 lie the records of 20/03 and 20/05; from 01/04 to 19/06 that of 20/05 alone, which in the quarter is one of two."""
    figures = [
        findings(workspace, *asked).figure(RECORDS, "commune", COMMUNE)
        for asked in (("2025-Q2", "nd09"), ("2025-Q2", "calendar", date(2025, 6, 19)), ("2025-Q2", "calendar"))
    ]
    assert [(one.numerator, one.denominator) for one in figures] == [(2, 2), (1, 1), (1, 2)]
    assert [one.before for one in figures] == [None, None, 1.0], (
        "of the quarter before the record of 20/03; it is later than 14/03 and 19/03"
    )


def test_what_is_missing_is_no_figure_and_never_0(workspace: Workspace) -> None:
    found = findings(workspace, "2025-Q2")
    assert found.figure(RECORDS, "province", PROVINCE) == Figure(None, None, None, 1.0, ())
    assert found.figure(RECORDS, "district", UnitKey("424", date(2021, 1, 1))).value is None


def test_a_sheet_of_units_adds_up_to_the_province(workspace: Workspace) -> None:
    found = findings(workspace, "2025-Q2")
    sheet = next(one for one in sheets_of(found) if one.name == "1. HS công việc - xã")
    assert [row["unit"] for row in sheet.rest] == []
    with_figures = [row for row in sheet.rows if row["value"] is not None]
    assert [(row["code"], row["numerator"], row["denominator"]) for row in with_figures] == [("17386", 1, 2)]
    assert len(sheet.rows) > 400, "the communes of the period, those without a figure too"
    assert sheet.rows[0]["note"] == "không có số liệu trong kỳ"
    # A province's fact that no unit has.
    key = (RECORDS, "commune", PROVINCE)
    more = {**found.figures, key: Figure(4, 7, 4 / 7, None, ())}
    (rest,) = next(one for one in sheets_of(replace(found, figures=more)) if one.name == "1. HS công việc - xã").rest
    assert (rest["unit"], rest["numerator"], rest["denominator"], rest["value"]) == (UNDETERMINED, 3, 5, 0.6)


def test_files_hold_no_formula_of_data_and_the_layouts_count_as_the_indicator_does(workspace: Workspace, tmp_path: Path) -> None:
    folder = exported(workspace, tmp_path)
    for name in (WORKBOOK, LAYOUT_A, LAYOUT_B):
        for sheet in openpyxl.load_workbook(folder / name):
            formulas = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
            assert all(re.fullmatch(r"=(SUM\([A-Z]+\d+:[A-Z]+\d+\)|\(?[A-Z]+\d+[-/][A-Z]+\d+\)?(\*100)?)", one) for one in formulas)
    sheet = openpyxl.load_workbook(folder / LAYOUT_B, data_only=True)["Mẫu B"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert [row[1:7] for row in rows if row[1] in (EVIL, "Tổng số")] == [[EVIL, 3, 1, 1, 1, 1 / 3], ["Tổng số", 4, 2, 1, 1, 0.5]]
    assert all(row[7:10] == [None] * 3 for row in rows if row[1] == EVIL), "what no record says stays empty"
    found = findings(workspace, "2025-Q2")
    levels = [found.figure("dossiers_online_qd766", level, PROVINCE) for level in ("province", "district", "commune")]
    assert (sum(one.numerator or 0 for one in levels), sum(one.denominator or 0 for one in levels)) == (2, 4)
    width = len([cell for cell in openpyxl.load_workbook(folder / LAYOUT_A)["Mẫu A"][7] if cell.value is not None])
    assert width == 20 + 2


def test_word_has_the_layout_of_the_decree(workspace: Workspace, tmp_path: Path) -> None:
    document = docx.Document(str(exported(workspace, tmp_path) / WORD))
    section = document.sections[0]
    sizes = [
        round(size.mm)
        for size in (section.page_width, section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    ]
    assert sizes == [210, 20, 20, 30, 15]
    assert section.different_first_page_header_footer
    assert "PAGE" in section.header._element.xml
    assert "PAGE" not in section.first_page_header._element.xml
    head = "\n".join(cell.text for cell in document.tables[0].rows[0].cells)
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc" in head
    assert "/BC-" in head
    lines = [paragraph.text for paragraph in document.paragraphs]
    assert [line for line in lines if re.match(r"[IV]+\. ", line)] == [
        "I. KẾT QUẢ THEO CẤP",
        "II. CHỈ TIÊU CỦA KẾ HOẠCH",
        "III. TÌNH HÌNH DỮ LIỆU",
        "IV. KIẾN NGHỊ, ĐỀ XUẤT",
    ]
    assert "Cấp xã 50,00 % (giảm 50,00 điểm %)." in lines
    assert "SINH THỬ" not in "".join(lines), "nothing of it is generated"
    assert "Nơi nhận:" in document.tables[-1].rows[0].cells[0].text


def test_word_and_page_say_the_same_and_text_is_no_markup(workspace: Workspace) -> None:
    html = page_of(blocks_of(findings(workspace, "2025-Q2")), "DỮ LIỆU SINH THỬ")
    assert "<b>UBND" not in html
    assert "&lt;b&gt;UBND xã&lt;/b&gt;" in html
    assert 'content: "DỮ LIỆU SINH THỬ"' in html
    assert "Cấp xã 50,00 % (giảm 50,00 điểm %)." in html


def test_formulas_are_told_in_vietnamese(workspace: Workspace) -> None:
    found = findings(workspace, "2025-Q2")
    notes = {str(row["note"]) for sheet in sheets_of(found) for row in sheet.rows if row.get("note")}
    assert any("công thức của QĐ 766/QĐ-TTg, bản 1; chưa có dữ liệu nên không xét: kết quả điện tử" in note for note in notes)
    assert not [note for note in notes if re.search("left out|ntm-1|qd766-1", note)]
    html = page_of(blocks_of(found), "")
    assert "Công thức: của kho dữ liệu này, bản 1: trực tuyến so với trực tiếp và trực tuyến, không tính bưu chính." in html
    assert not re.search("left out|ntm-1|qd766-1", html)


def test_who_has_not_sent_is_listed(workspace: Workspace) -> None:
    missing = {(row["dataset"], row["organ_id"]) for row in missing_senders(findings(workspace, "2025-Q2"))}
    assert ("eoffice/work_records", "H41.1") in missing
    assert ("eoffice/work_records", "H41.2.3") not in missing
    assert ("registry/paper_work_records", "H41.2.3") in missing


def test_the_report_of_a_unit_has_its_own_figures_and_no_targets(workspace: Workspace) -> None:
    found = findings(workspace, "2025-Q2", unit="424")
    assert (found.targets, found.head["unit_name"]) == (None, "Huyện Anh Sơn")
    assert [row["organ_id"] for row in found.dossiers] == ["H41.2.3"]
    assert "17386" in {row["unit_code"] for row in found.members("commune")}
    with pytest.raises(UsageError, match="no unit of province 40 has that code"):
        findings(workspace, "2025-Q2", unit="00001")
    with pytest.raises(UsageError, match="after the day of the last release"):
        findings(workspace, "2026-Q1")


def test_what_was_sent_is_kept_and_compared(workspace: Workspace, tmp_path: Path) -> None:
    first, second = exported(workspace, tmp_path), exported(workspace, tmp_path)
    assert (first.name, second.name) == ("report", "report-2")
    release = require_release(workspace.warehouse).sequence
    assert changed_since(workspace.warehouse, first) == (release, [])
    sent = json.loads((first / SENT).read_text(encoding="utf-8"))
    name = f"{RECORDS}/commune/17386/2021-01-01"
    assert sent["figures"][name] == [1, 2, 0.5]
    sent["figures"][name] = [2, 2, 1.0]
    (first / SENT).write_text(json.dumps(sent), encoding="utf-8")
    (first / WORD).write_bytes(b"another")
    _, lines = changed_since(workspace.warehouse, first)
    assert [line[0] for line in lines] == [f"file {WORD}", name]
    assert lines[1][1:] == ("2 / 2 / 1.0", "1 / 2 / 0.5")
    with pytest.raises(UsageError, match="expected the folder of a report"):
        changed_since(workspace.warehouse, tmp_path)


def test_without_chromium_there_is_no_pdf_and_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page.shutil, "which", lambda _: None)
    assert print_pdf("<p>a</p>", tmp_path / PDF) == "no PDF was written: Chromium is not on this machine (make setup-browser brings it)"
    assert not (tmp_path / PDF).exists()


def test_the_command_writes_a_folder_and_complains_in_a_sentence(workspace: Workspace, tmp_path: Path) -> None:
    arguments = ("export", "report", "--province", "40", "--period", "2025-Q2", "--output", str(tmp_path / "out"))
    code, output, errors = ntm(workspace.home, *arguments, PATH="/nowhere")
    assert (code, errors) == (0, "warning: no PDF was written: Chromium is not on this machine (make setup-browser brings it)\n")
    assert output.startswith(f"{tmp_path / 'out'}: {WORD}, ")
    assert ntm(workspace.home, "export", "report", "--compare", str(tmp_path / "out"))[0] == 0
    assert ntm(workspace.home, "export", "report", "--period", "2025-Q2") == (
        2,
        "",
        "ntm: expected --province and --period, or --compare with the folder of a report\n",
    )


@needs_browser
def test_chromium_prints_the_page(workspace: Workspace, tmp_path: Path) -> None:
    assert print_pdf(page_of(blocks_of(findings(workspace, "2025-Q2")), None), tmp_path / PDF) is None
    assert (tmp_path / PDF).read_bytes().startswith(b"%PDF")


@needs_office
def test_libreoffice_opens_the_workbooks_and_comes_to_the_same_figures(workspace: Workspace, tmp_path: Path) -> None:
    folder = exported(workspace, tmp_path)
    names = (WORKBOOK, LAYOUT_A, LAYOUT_B)
    saved = saved_by_office(tmp_path / "office", {name: _without_values((folder / name).read_bytes()) for name in names})
    for name in names:
        ours, theirs = (openpyxl.load_workbook(file, data_only=True) for file in (folder / name, BytesIO(saved[name])))
        for sheet in ours:
            other = theirs[sheet.title]
            for row in sheet.iter_rows():
                for cell in row:
                    found = other[cell.coordinate].value
                    assert found == (pytest.approx(cell.value) if isinstance(cell.value, float) else cell.value), (name, sheet.title, cell)


@needs_office
def test_libreoffice_opens_the_word_file_and_reads_all_of_its_text(workspace: Workspace, tmp_path: Path) -> None:
    folder = exported(workspace, tmp_path)
    (content,) = saved_by_office(tmp_path / "office", {WORD: (folder / WORD).read_bytes()}, TEXT).values()
    read = " ".join(content.decode("utf-8-sig").split())
    written = docx.Document(str(folder / WORD))
    texts = [one.text for one in written.paragraphs] + [cell.text for table in written.tables for row in table.rows for cell in row.cells]
    told = [" ".join(text.split()) for text in texts if text.strip()]
    assert len(told) > 100
    assert [text for text in told if text not in read] == []


def _without_values(workbook: bytes) -> bytes:
    """The workbook without what its formulas come to, so that whoever opens it has to compute that."""
    made = BytesIO()
    with zipfile.ZipFile(BytesIO(workbook)) as source, zipfile.ZipFile(made, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name.startswith("xl/worksheets/"):
                content = re.sub(rb"(</f>)<v>[^<]*</v>", rb"\1", content)
            target.writestr(name, content)
    return made.getvalue()
