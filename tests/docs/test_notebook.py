"""The analysts' notebook runs over a small release, and is kept without what it printed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import nbformat
import pytest

from jobs.sample.generator import generate
from jobs.sample.plan import SamplePlan
from jobs.settings import PROJECT_ROOT
from tests.support.command import environment
from tests.support.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

NOTEBOOK = PROJECT_ROOT / "docs" / "notebook.ipynb"


def test_it_is_kept_without_outputs() -> None:
    cells = [cell for cell in nbformat.read(NOTEBOOK, as_version=4).cells if cell.cell_type == "code"]
    assert len(cells) >= 6
    assert not any(cell.outputs or cell.execution_count for cell in cells)


@pytest.mark.slow
@pytest.mark.default_engine
def test_every_cell_runs(tmp_path: Path, spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    from nbclient import NotebookClient

    workspace = Workspace(tmp_path / "home")
    plan = SamplePlan("40", dt.date(2025, 1, 1), dt.date(2025, 2, 28), 3, work_records=900, dossiers=200, ocop=20, documents=10)
    generate(plan, workspace.home / "landing", workspace.home / "truth")
    workspace.load(dt.date(2025, 2, 28))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(notebook, timeout=240, resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute(env=environment(workspace.home))
    printed = "".join(str(cell.get("outputs", "")) for cell in notebook.cells)
    assert "release 1 as of 28/02/2025" in printed
    assert "image/svg+xml" in printed
    assert "missing_value" in printed
    (counted,) = [cell for cell in notebook.cells if "bears the" in cell.source or "AS generated" in cell.source]
    assert "<td>0</td>" not in counted.outputs[0]["data"]["text/html"], "generated records are called generated"
