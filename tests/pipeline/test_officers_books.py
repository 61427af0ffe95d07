"""Workbooks and CSV files as officers send them, saved by LibreOffice and by openpyxl: what of them is accepted, and which cells are not."""

from __future__ import annotations

import datetime as dt
import io
from collections import defaultdict
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import openpyxl
import pytest

from jobs.ops import quarantine
from jobs.publish.returned import MARKED
from jobs.publish.template import DATA, HEADER_ROW, book_of, template_of
from jobs.silver.check import check_file
from tests.support.command import ntm
from tests.support.office import XLSX, needs_office, saved_by_office
from tests.support.officers_books import BOOKS, OFFICER, Book
from warehouse_schema.contracts import landed_contracts
from warehouse_schema.names import folded

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.workspace import Workspace

pytestmark = [pytest.mark.slow, pytest.mark.default_engine]
DAY = dt.date(2026, 3, 1)
TABLES = {str(contract.landing): contract.table for contract in landed_contracts()}


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, bytes]]:
    """The books as they are sent, by their names as they are made: name and content."""
    sent = {book.name: (book.name, book.content) for book in BOOKS if book.saved_as is None}
    by_form: dict[str, list[Book]] = defaultdict(list)
    for book in BOOKS:
        if book.saved_as is not None:
            by_form[book.saved_as].append(book)
    for form, books in by_form.items():
        saved = saved_by_office(tmp_path_factory.mktemp("office"), {book.name: book.content for book in books}, form)
        by_stem = {PurePosixPath(name).stem: (name, content) for name, content in saved.items()}
        sent |= {book.name: by_stem[PurePosixPath(book.name).stem] for book in books}
    return sent


@pytest.fixture(scope="module")
def loaded(begun: Workspace, contents: dict[str, tuple[str, bytes]], tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = begun.copy(tmp_path_factory.mktemp("books") / "home")
    for book in BOOKS:
        name, content = contents[book.name]
        workspace.land(f"{book.dataset}/dt=2026-03-01/{name}", content)
    workspace.load(DAY)
    return workspace


def test_there_are_twenty() -> None:
    assert len(BOOKS) >= 20


@needs_office
@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.name)
def test_a_book_loads_as_it_should(book: Book, contents: dict[str, tuple[str, bytes]], loaded: Workspace, tmp_path: Path) -> None:
    name, content = contents[book.name]
    (tmp_path / name).write_bytes(content)
    found = check_file(loaded.settings, tmp_path / name, book.dataset)
    assert found.failure is None
    places: dict[str, list[str]] = defaultdict(list)
    for fault in found.faults:
        places[fault.place].append(fault.code)
    assert {place: ", ".join(sorted(codes)) for place, codes in places.items()} == book.faults
    assert found.passed_over == book.said

    entry = loaded.ledger()[f"{book.dataset}/dt=2026-03-01/{name}"]
    assert (entry.rows_accepted, entry.rows_rejected) == (len(book.rows), found.rejected)
    assert entry.message == book.said
    table = TABLES[book.dataset]
    stored = [row for row in loaded.rows(f"silver/{table}") if row["object_id"] == entry.object_id]
    assert sorted([tuple(row[column] for column in book.columns) for row in stored], key=repr) == sorted(book.rows, key=repr)
    rejected = [row for row in loaded.rows(f"quarantine/{table}") if row["object_id"] == entry.object_id]
    told = sorted((row["line"], error["code"], error["message"]) for row in rejected for error in row["errors"])
    assert [one[:2] for one in told] == sorted((fault.line, fault.code) for fault in found.faults)


@needs_office
def test_nothing_of_a_person_is_kept(loaded: Workspace) -> None:
    kept = repr([loaded.rows(f"{layer}/cooperative") for layer in ("bronze", "silver", "quarantine")])
    assert [text for text in (OFFICER, "0900000009", "099000000009") if text in kept] == []


@needs_office
@pytest.mark.parametrize("name", ["two-tiers.xlsx", "windows-1258-of-windows.csv"])
def test_a_returned_book_opens_with_its_bad_cells_marked(name: str, loaded: Workspace, tmp_path: Path) -> None:
    book = next(book for book in BOOKS if book.name == name)
    back = tmp_path / "back.xlsx"
    code, _, errors = ntm(loaded.home, "quarantine", "export", f"registry/villages/dt=2026-03-01/{name}", "--xlsx", str(back))
    assert (code, errors) == (0, "")
    # Through LibreOffice's own format, so that it has to understand what it reads.
    own = saved_by_office(tmp_path / "own", {"back.xlsx": back.read_bytes()}, "ods")
    again = saved_by_office(tmp_path / "again", own, XLSX)
    page = openpyxl.load_workbook(io.BytesIO(again["back.xlsx"])).worksheets[0]
    marked = {
        cell.coordinate: cell.comment.text for row in page.iter_rows() for cell in row if cell.fill.fgColor.rgb == MARKED and cell.comment
    }
    expected = {"two-tiers.xlsx": "F8", "windows-1258-of-windows.csv": "E3"}[name]
    assert list(marked) == [expected]
    assert "NTM:" in marked[expected]
    assert len(book.faults) == 1


@needs_office
def test_a_template_that_was_filled_in_by_libreoffice_loads(begun: Workspace, tmp_path: Path) -> None:
    workspace = begun.copy(tmp_path / "home")
    book = book_of(template_of("villages", "40", DAY))
    page = book[DATA]
    columns = {folded(str(cell.value)): cell.column for cell in page[HEADER_ROW]}
    row = {"Mã thôn": "T1", "Mã xã": "16681", "Tên thôn": "Thôn 1", "Số hộ": "=60*2", "Thời điểm cập nhật": DAY}
    for header, value in row.items():
        page.cell(HEADER_ROW + 1, columns[folded(header)], value)
    content = io.BytesIO()
    book.save(content)
    saved = saved_by_office(tmp_path / "office", {"thon.xlsx": content.getvalue()})
    path = "registry/villages/dt=2026-03-01/thon.xlsx"
    workspace.land(path, saved["thon.xlsx"])
    workspace.load(DAY)
    (stored,) = workspace.rows("silver/village")
    assert (stored["village_id"], stored["unit_code"], stored["households"]) == ("T1", "16681", 120)
    assert "template" not in str(workspace.ledger()[path].message)
    _, quarantined = quarantine.listed(workspace.warehouse, "village", None, 50)
    assert list(quarantined) == []
