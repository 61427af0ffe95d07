"""The showcase of a small released pilot: figures counted by hand and equal to SQL over the release; no personal text; nothing half-written."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from jobs.errors import UsageError
from jobs.publish.exports.pilot import build
from jobs.publish.exports.pilot.build import PAGE, WORKBOOK, export_pilot
from jobs.publish.exports.pilot.checklist import judged, load_checklist
from jobs.publish.exports.pilot.figures import read_pilot
from jobs.publish.exports.pilot.page import cell, page_of
from jobs.publish.exports.pilot.sections import sections_of
from jobs.publish.site.addresses import unit_page
from jobs.publish.site.build import build_site
from tests.jobs.publish.exports.pilot.conftest import NAME, NUMBER
from tests.support.command import ntm
from tests.support.office import needs_office, saved_by_office
from tests.support.released import asked

if TYPE_CHECKING:
    from pathlib import Path

    from jobs.publish.exports.pilot.figures import Pilot
    from tests.support.workspace import Workspace

pytestmark = [pytest.mark.slow, pytest.mark.default_engine]

GONE = dt.date(2025, 7, 20)
RECORDS = "eoffice/work_records"


@pytest.fixture(scope="module")
def pilot(workspace: Workspace) -> Pilot:
    return read_pilot(workspace.warehouse, "424")


@pytest.fixture(scope="module")
def gone(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The same, after the district's end."""
    later = workspace.copy(tmp_path_factory.mktemp("gone") / "home")
    later.load(GONE)
    return later


def sql(workspace: Workspace, text: str) -> list[tuple[Any, ...]]:
    return asked(workspace.warehouse, text)[1]


def test_figures_are_those_counted_by_hand(pilot: Pilot) -> None:
    found = {name: (figure.numerator, figure.denominator) for name, figure in pilot.figures().items()}
    # Work records: w1, w2, w3 and its copy, and three rejected ones; dossiers 2; documents 2; products 2; villages 2; assessments 2; organisations 2.
    assert found["conformance.valid"] == (16, 19)
    assert found["conformance.datasets"] == (8, len(pilot.fates))
    # Five months from 03/02/2025, two agencies.
    assert {name: found[f"completeness.{name}"] for name in ("work_records", "dossiers", "documents", "paper_work_records")} == {
        "work_records": (3, 10),
        "dossiers": (2, 10),
        "documents": (2, 10),
        "paper_work_records": (0, 10),
    }
    # Of those that name no organisation of the registry, H41.2.99 lies below the district's code, H41.77 does not.
    assert found["identifiers.organisations"] == (11, 12)
    assert (found["identifiers.ocop_gtin"], found["identifiers.ocop_growing_area"]) == ((1, 2), (1, 2))
    assert found["identifiers.ocop_growing_area_known"] == (0, 1)
    assert found["identifiers.villages_assessed"] == (1, 2)
    assert (found["exchange.documents"], found["contradictions.open"]) == ((2, None), (2, None))
    assert (found["pilot.decision"], found["pilot.accepted"]) == ((1, None), (1, None))


def test_figures_equal_those_of_sql_over_the_release(workspace: Workspace, pilot: Pilot) -> None:
    codes = "upper(OrganId) IN (SELECT organ_code FROM silver.organisation_period WHERE district_code = '424')"
    ((read, rejected),) = sql(
        workspace,
        f"SELECT count(*), count(q.line) FROM bronze.work_record AS b LEFT JOIN quarantine.work_record AS q USING (object_id, line) WHERE {codes}",
    )
    assert (pilot.fates[RECORDS]["rows_read"], pilot.fates[RECORDS]["rows_rejected"]) == (read, rejected) == (7, 3)
    ((count,),) = sql(
        workspace,
        "SELECT count(*) FROM silver.administrative_unit WHERE parent_code = '424' AND level = 'commune' "
        "AND coalesce(version_to, DATE '2099-01-01') >= DATE '2025-06-30'",
    )
    assert (pilot.identifiers["communes_assessed"].numerator, pilot.identifiers["communes_assessed"].denominator) == (1, count)
    of_kinds = sql(
        workspace,
        "SELECT kind, count(DISTINCT object_key) FROM silver.managed_object WHERE unit_code = '17386' AND kind IN ('village', 'product') GROUP BY kind",
    )
    assert {row["kind"]: row["object_count"] for row in pilot.objects if row["kind"] in ("village", "product")} == dict(of_kinds)
    flags = dict(sql(workspace, "SELECT flag, count(*) FROM gold.flag WHERE district_code = '424' GROUP BY flag"))
    assert {row["flag"]: row["flag_count"] for row in pilot.contradictions or []} == flags


def test_each_rule_says_how_many_rows_keep_it(pilot: Pilot) -> None:
    of_records = {row["rule"]: (row["rows_broken"], row["rows_read"]) for row in pilot.rules if row["dataset"] == RECORDS}
    broken = {rule for rule, (count, _) in of_records.items() if count}
    assert broken == {"closed_at.missing_value", "opened_at.invalid_timestamp", "due_date.invalid_date"}
    assert set(of_records.values()) == {(0, 7), (1, 7)}
    # A line that is no record, w7 and w8.
    assert pilot.fates[RECORDS]["untold"] == 3


def test_before_and_after_by_form(pilot: Pilot) -> None:
    forms = {(row["kind"], row["form"]): (row["value_count"], row["changed_count"]) for row in pilot.forms[RECORDS]}
    # ClosedAt of w2 in Greenwich's time, of w3 in no zone; the other times of the three records are as they should be.
    assert forms["moment", "iso_other_zone"] == (1, 1)
    assert forms["moment", "iso_without_zone"] == (1, 1)
    assert forms["moment", "iso"] == (7, 0)
    assert forms["organisation", "earlier_code"] == (1, 1)
    examples = {(row["source"], row["received"], row["standard"]) for row in pilot.examples}
    assert ("OrganId", "000.00.02.H41", "H41.2") in examples
    assert ("ClosedAt", "2025-03-20T09:40:00Z", "2025-03-20T16:40:00+07:00") in examples
    assert ("assessed_on", "15/10/2024", "2024-10-15") in examples
    assert ("digital_team", "Có", "true") in examples


def test_exchanges_are_told_as_far_as_the_tables_tell_them(pilot: Pilot) -> None:
    found = {(row["direction"], row["level"]): (row["document_count"], row["recipient_count"]) for row in pilot.exchanges}
    assert found == {
        ("sent", "district"): (1, 2),
        ("sent", "commune"): (1, 3),
        ("answers", "province"): (1, None),
        ("answered", "province"): (1, None),
    }


def test_no_personal_text_comes_out(workspace: Workspace, tmp_path: Path) -> None:
    held = sql(workspace, f"SELECT count(*) FROM bronze.dossier WHERE MaTTHC = '{NAME}' OR TenTTHC = '{NUMBER}'")
    assert held == [(2,)]
    folder = export_pilot(workspace.warehouse, workspace.home, "424", tmp_path / "out").folder
    texts = [(folder / PAGE).read_text(encoding="utf-8")]
    with zipfile.ZipFile(folder / WORKBOOK) as book:
        texts += [book.read(name).decode() for name in book.namelist()]
    for secret in (NAME, NUMBER, "Riêng Tư", "Nguyễn Văn Ký"):
        assert [text for text in texts if secret in text] == []


def test_the_page_and_the_workbook_say_the_same(workspace: Workspace, pilot: Pilot, tmp_path: Path) -> None:
    folder = export_pilot(workspace.warehouse, workspace.home, "424", tmp_path / "out").folder
    sections = sections_of(pilot, {})
    page = (folder / PAGE).read_text(encoding="utf-8")
    assert page == page_of(pilot, sections, [WORKBOOK])
    book = openpyxl.load_workbook(folder / WORKBOOK, data_only=True)
    assert book.sheetnames == ["Tổng quan", *(one.tab for one in sections)]
    for one in sections:
        part = page.split(f'<h2 id="{one.id}">')[1].split("<h2 ")[0]
        texts = re.findall(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", part, re.DOTALL)
        told = [re.sub(r'<span class="en".*?</span>|<[^>]*>', "", text).strip() for text in texts][len(one.columns) :]
        assert told == [cell(column, row.get(column.key)) for row in one.rows for column, _ in one.columns]
        lines = [list(line[: len(one.columns)]) for line in book[one.tab].iter_rows(values_only=True)]
        first = lines.index([column.header for column, _ in one.columns]) + 1
        written = [[_plain(value) for value in line] for line in lines[first : first + len(one.rows)]]
        assert written == [[_plain(row.get(column.key)) for column, _ in one.columns] for row in one.rows]


def _plain(value: Any) -> Any:
    """A cell's value: of (value, kind) the value; a day as a day; nothing for an empty text; shares to the digits that a workbook keeps."""
    value = value[0] if isinstance(value, tuple) else value
    value = value.date() if isinstance(value, dt.datetime) else value
    return round(value, 12) if isinstance(value, float) else (None if value == "" else value)


def test_a_district_that_is_gone_is_archived_and_judged_on_its_last_day(
    workspace: Workspace, gone: Workspace, pilot: Pilot, tmp_path: Path
) -> None:
    later = read_pilot(gone.warehouse, "424")
    assert (later.is_archived, pilot.is_archived, later.day) == (True, False, dt.date(2025, 6, 30))
    told, before = ({**one.figures()} for one in (later, pilot))
    assert told.pop("contradictions.open").value is None
    del before["contradictions.open"]
    assert told == before
    results = {one.line.id: one.met for one in judged(load_checklist(), later.figures())}
    assert (results["contradictions"], results["accepted"], results["work_records"]) == (None, True, False)
    successors = {row["unit_code"]: (row["successor_code"], row["successor_name"]) for row in later.successors}
    ((name,),) = sql(
        gone, "SELECT unit_name FROM silver.administrative_unit WHERE unit_code = '17380' AND unit_valid_from = DATE '2025-07-01'"
    )
    assert successors["17386"] == ("17380", name)
    # Linked where there is a site beside it.
    site = gone.home / "site" / "40" / "don-vi" / "17380" / "2025-07-01" / "index.html"
    site.parent.mkdir(parents=True)
    site.touch()
    folder = export_pilot(gone.warehouse, gone.home, "424", None).folder
    page = (folder / PAGE).read_text(encoding="utf-8")
    assert "Lưu trữ: cấp huyện không còn sau ngày 30/06/2025" in page
    links = [one for one in re.findall(r'href="([^"#]+)"', page) if one.endswith("index.html")]
    assert links
    assert {(folder / one).resolve() for one in links} == {site}
    elsewhere = export_pilot(gone.warehouse, workspace.home, "424", tmp_path / "out").folder
    assert name in (elsewhere / PAGE).read_text(encoding="utf-8")
    assert 'index.html"' not in (elsewhere / PAGE).read_text(encoding="utf-8")


def test_nothing_is_overwritten_and_nothing_half_written_stays(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [export_pilot(workspace.warehouse, workspace.home, "424", tmp_path / "out").folder.name for _ in range(2)]
    assert names == ["out", "out-2"]

    def broken(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(build, "write_workbook", broken)
    with pytest.raises(OSError):  # noqa: PT011
        export_pilot(workspace.warehouse, workspace.home, "424", tmp_path / "third")
    assert sorted(path.name for path in tmp_path.iterdir()) == names


def test_a_unit_that_is_no_pilot_is_answered_with_those_that_are(workspace: Workspace, tmp_path: Path) -> None:
    code, _, errors = ntm(workspace.home, "export", "pilot", "--unit", "417", "--output", str(tmp_path / "out"))
    assert code == 2
    assert "ntm: --unit 417: no pilot of data standardisation; pilots of release 1: 424 Huyện Anh Sơn" in errors
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="it is a file"):
        export_pilot(workspace.warehouse, workspace.home, "424", tmp_path / "file")
    code, output, _ = ntm(workspace.home, "export", "pilot", "--unit", "424", "--output", str(tmp_path / "out"))
    assert (code, output) == (0, f"{tmp_path / 'out'}: {PAGE}, {WORKBOOK}\n")


def test_the_page_of_the_district_on_the_report_site_says_that_it_is_a_pilot(workspace: Workspace, tmp_path: Path) -> None:
    build_site(workspace.warehouse, tmp_path / "site", ["40"])
    pages = {code: (tmp_path / "site" / unit_page("40", code, dt.date(2021, 1, 1))).read_text(encoding="utf-8") for code in ("424", "417")}
    told = {code: " ".join(re.sub(r'<span class="en".*?</span>|<[^>]*>', "", text).split()) for code, text in pages.items()}
    line = "Mô hình chuẩn hóa dữ liệu : được chọn 01/01/2025, nghiệm thu 15/06/2025, quyết định 11/QĐ-UBND"
    assert line in told["424"]
    assert "Mô hình chuẩn hóa dữ liệu" not in told["417"]


@needs_office
def test_libreoffice_opens_the_workbook_with_the_same_cells(workspace: Workspace, tmp_path: Path) -> None:
    folder = export_pilot(workspace.warehouse, workspace.home, "424", tmp_path / "out").folder
    (tmp_path / "saved.xlsx").write_bytes(saved_by_office(tmp_path / "office", {WORKBOOK: (folder / WORKBOOK).read_bytes()})[WORKBOOK])
    ours, theirs = (openpyxl.load_workbook(file, data_only=True) for file in (folder / WORKBOOK, tmp_path / "saved.xlsx"))
    assert ours.sheetnames == theirs.sheetnames
    for sheet in ours:
        for row in sheet.iter_rows():
            for one in row:
                found = theirs[sheet.title][one.coordinate].value
                assert found == (pytest.approx(one.value) if isinstance(one.value, float) else one.value)
