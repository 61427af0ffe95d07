"""A sheet that was wrong goes back, is mended where it is marked, and comes again: what was rejected of it is settled."""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING

import openpyxl
import pytest

from jobs.ops import quarantine
from jobs.publish.returned import MARKED, return_workbook
from jobs.publish.template import DATA, HEADER_ROW, book_of, template_of
from tests.support.command import ntm

if TYPE_CHECKING:
    from tests.support.workspace import Workspace

# Whole runs on both engines are compared by make parity.
pytestmark = pytest.mark.default_engine

DAY = dt.date(2026, 3, 1)
PATH = "registry/villages/dt=2026-03-0{}/thon.xlsx"
RIGHT = {"Mã thôn": "T1", "Mã xã": "16681", "Tên thôn": "Thôn 1", "Số hộ": 120, "Thời điểm cập nhật": DAY}


def states(workspace: Workspace) -> dict[int, str]:
    _, rows = quarantine.listed(workspace.warehouse, "village", None, 50)
    return {int(str(row[3])): str(row[1]) for row in rows}


@pytest.mark.slow
def test_a_mended_workbook_settles_what_was_rejected(workspace: Workspace) -> None:
    book = book_of(template_of("villages", "40", DAY))
    page = book[DATA]
    columns = {cell.value: cell.column for cell in page[HEADER_ROW]}
    rows = [RIGHT, RIGHT | {"Mã thôn": "T2", "Số hộ": "nhiều"}, RIGHT | {"Mã thôn": "T3", "Mã xã": "99999", "Tên thôn": None}]
    for number, row in enumerate(rows, HEADER_ROW + 1):
        for header, value in row.items():
            page.cell(number, columns[header], value)
    content = io.BytesIO()
    book.save(content)
    workspace.land(PATH.format(1), content.getvalue())
    workspace.load(DAY)
    assert states(workspace) == {4: quarantine.OPEN, 5: quarantine.OPEN}

    back = workspace.home.parent / "back.xlsx"
    code, output, errors = ntm(workspace.home, "quarantine", "export", PATH.format(1), "--xlsx", str(back))
    assert (code, errors) == (0, "")
    assert "with 3 cells marked in 2 rows" in output
    mended = openpyxl.load_workbook(back)
    page = mended[DATA]
    right = {"Số hộ": 90, "Mã xã": "16690", "Tên thôn": "Thôn 3"}
    marked = [cell for row in page.iter_rows(min_row=HEADER_ROW + 1) for cell in row if cell.fill.fgColor.rgb == MARKED]
    for cell in marked:
        cell.value = right[page.cell(HEADER_ROW, cell.column).value]
    assert len(marked) == 3
    mended.save(back)
    workspace.land(PATH.format(2), back.read_bytes())
    workspace.load(DAY)
    assert states(workspace) == {4: quarantine.SETTLED, 5: quarantine.SETTLED}
    assert {row["village_id"]: (row["households"], row["commune_code"]) for row in workspace.rows("silver/village")} == {
        "T1": (120, "16681"),
        "T2": (90, "16681"),
        "T3": (120, "16690"),
    }
    assert workspace.ledger()[PATH.format(2)].rows_duplicate == 1
    done = return_workbook(workspace.settings, workspace.warehouse, PATH.format(1), workspace.home.parent / "again.xlsx")
    assert (done.cells, done.settled) == (0, 2)
