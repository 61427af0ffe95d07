"""A number cell of a workbook is the number that it holds, whatever the locale of its column, or its row is rejected: never another number."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from tests.support.definitions import Definitions, own_definitions
from tests.support.made_up import UPDATED, column, sheet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.workspace import Workspace

pytestmark = [pytest.mark.default_engine, pytest.mark.slow]


def fraction(name: str, **words: Any) -> dict[str, Any]:
    return {**column(name, parse="decimal", **words), "logicalType": "number", "physicalType": "double"}


PLOT = sheet(
    "plot",
    [
        column("plot_id", key=1),
        column("whole", "long", limits={"minimum": -100_000, "maximum": 100_000}),
        fraction("share"),
        fraction("part", percent=True),
        column("whole_part", "long", percent=True),
        column("remark"),
    ],
)
HEADER = ["plot_id", "whole", "share", "part", "whole_part", "remark", "commune_code", "updated_at", "deleted"]
PERCENT = "0.0##%"

# By column: what a cell holds and how it is shown; the number that it is, or the code that rejects it.
CELLS: dict[str, list[tuple[Any, str | None, Any]]] = {
    "whole": [
        (12125, None, 12125),
        (12.0, None, 12),
        (-3, None, -3),
        (12.125, None, "invalid_integer"),
        (-3.125, None, "invalid_integer"),
        (1234.5, None, "invalid_integer"),
        (1.5, None, "invalid_integer"),
        (0.1, None, "invalid_integer"),
        (-3.250, None, "invalid_integer"),
        (1e21, None, "out_of_range"),
        (12.125, "#,##0", "invalid_integer"),
        # A text is what people write: thousands.
        ("12.125", None, 12125),
    ],
    "share": [
        (12.125, None, 12.125),
        (-3.125, None, -3.125),
        (1234.5, None, 1234.5),
        (12125, None, 12125.0),
        (0.1, None, 0.1),
        (-3.250, None, -3.25),
        (0.00001, None, 0.00001),
        (1e-7, None, 1e-7),
        # What a person sees is 27 %: in a column that is none of percent nobody can say which of the two is meant.
        (0.27, "0%", "invalid_number"),
        (1e21, None, "out_of_range"),
        ("12.125", None, 12.125),
    ],
    "part": [
        (0.27, "0%", 27.0),
        (0.12125, PERCENT, 12.125),
        (-0.03125, PERCENT, -3.125),
        (1, "0%", 100.0),
        (12.345, "0.00%", 1234.5),
        (27, None, 27.0),
        (12.125, None, 12.125),
        # The sign is a word here and scales nothing.
        (27.5, '0.0"%"', 27.5),
        ("27,5%", None, 27.5),
    ],
    "whole_part": [(0.27, "0%", 27), (0.12125, PERCENT, "invalid_integer"), (12.125, None, "invalid_integer"), (12, None, 12)],
    # What is no number to its contract stays as it is.
    "remark": [(1.125, None, "1.125"), (12125, None, "12125"), (0.27, "0%", "0.27"), (1e21, None, "scientific_notation")],
}


@pytest.fixture
def definitions(tmp_path: Path) -> Iterator[Definitions]:
    with own_definitions(tmp_path / "definitions") as made:
        made.write("tables/silver/plot.yaml", PLOT)
        yield made


def test_a_number_cell_is_its_number_or_rejects_its_row(workspace: Workspace, definitions: Definitions) -> None:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.append(HEADER)
    expected = {}
    for name, cells in CELLS.items():
        for number, (value, shown, what) in enumerate(cells):
            row = {"plot_id": f"{name}-{number}", name: value, "commune_code": "17386", "updated_at": UPDATED}
            page.append([row.get(field) for field in HEADER])
            if shown:
                page.cell(page.max_row, HEADER.index(name) + 1).number_format = shown
            expected[row["plot_id"]] = what
    file = io.BytesIO()
    book.save(file)
    workspace.land_organisations()
    workspace.land("registry/plots/dt=2025-01-10/a.xlsx", file.getvalue())
    workspace.load()
    found: dict[str, Any] = {}
    for row in workspace.rows("silver/plot"):
        found[row["plot_id"]] = row[row["plot_id"].rpartition("-")[0]]
    for row in workspace.rows("quarantine/plot"):
        (error,) = row["errors"]
        found[dict(row["fields"])["plot_id"]] = error["code"]
    assert found == expected
