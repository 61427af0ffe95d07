"""A workspace in a folder whose name an address must escape works like any other."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest

from jobs.border.tokens import make_key
from tests.support.command import ntm
from tests.support.released import asked
from tests.support.workspace import COMMUNE_ORGAN, PROVINCE_ORGAN, Workspace, organisation, work_record

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

pytestmark = pytest.mark.default_engine


NAMES = ("kho dữ liệu", unicodedata.normalize("NFD", "kho dữ liệu"), "it's (a) & b=c; ~")
"""Composed letters and spaces, letters with their marks apart, and signs that an address or SQL would have escaped."""


@pytest.mark.slow
def test_rows_are_loaded_revalidated_and_read_there(tmp_path: Path, spark: SparkSession) -> None:
    workspace = Workspace(tmp_path.joinpath(*NAMES))
    workspace.land_organisations(organisation(PROVINCE_ORGAN))
    workspace.land_records(
        "eoffice/work_records/dt=2025-03-01/a b.ndjson", [work_record("r1"), work_record("r2", OrganId=COMMUNE_ORGAN["organ_id"])]
    )
    summary, _ = workspace.load()
    assert (summary.accepted, summary.rejected) == (2, 1)
    workspace.land_organisations(organisation(COMMUNE_ORGAN), name="more.csv")
    workspace.load()
    _, rows = asked(workspace.warehouse, "SELECT file_id, closed_month FROM silver.work_record ORDER BY ALL")
    assert list(rows) == [("r1", "2025-02"), ("r2", "2025-02")]


@pytest.mark.slow
def test_the_command_runs_there(tmp_path: Path) -> None:
    home = tmp_path / "kho dữ liệu"
    home.mkdir()
    make_key(home / "khoá.key")
    key = {"NTM_PII_KEY_FILE": str(home / "khoá.key")}
    few = [
        "--work-records",
        "20",
        "--dossiers",
        "20",
        "--ocop",
        "5",
        "--from",
        "2025-01-01",
        "--to",
        "2025-01-31",
        "--no-sheets",
        "--quiet",
    ]
    assert ntm(home, "sample", *few, **key) == (0, "", "")
    code, output, errors = ntm(home, "run", "--date", "2025-01-31", **key)
    assert code == 0, errors
    assert "release 1 as of 2025-01-31" in output
    assert f"tables: {home.name}/warehouse\n" in output
    code, output, _ = ntm(home, "sql", "--format", "csv", "SELECT count(*) > 0 AS any FROM silver.work_record")
    assert (code, output) == (0, "any\ntrue\n")
