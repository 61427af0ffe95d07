"""What has moved since the release before, and what is foretold, on a province's page."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobs.engine.views import files_of
from jobs.ops.releases import releases
from jobs.publish.forecast import YEAR_TO_DATE, forecasts
from jobs.publish.site import read, wording
from jobs.publish.site.build import build_site
from tests.support.workspace import COMMUNE_ORGAN, Workspace, organisation, work_record

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.slow, pytest.mark.default_engine]


def test_a_target_that_moved_stands_beside_what_the_release_before_said(
    tmp_path: Path, spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace(tmp_path / "home")
    workspace.land_organisations(organisation(COMMUNE_ORGAN))
    commune = {"OrganId": COMMUNE_ORGAN["organ_id"]}
    workspace.land_records("eoffice/work_records/dt=2025-03-01/a.ndjson", [work_record("r1", **commune)])
    workspace.load(dt.date(2025, 3, 31))
    assert "Không có bản phát hành trước để so sánh." in page(workspace, tmp_path / "first")

    workspace.land_records("eoffice/work_records/dt=2025-03-02/b.ndjson", [work_record("r2", **commune, ProcessedOnline=False)])
    workspace.load(dt.date(2025, 4, 30))
    told = page(workspace, tmp_path / "second")
    assert "Bản phát hành 1, số liệu đến 31/03/2025, so với bản 2, số liệu đến 30/04/2025." in told
    moved = told.split('id="changes"')[1].split("</section>")[0]
    assert '<td class="n">100,00 %</td><td class="n">50,00 %</td><td>Đạt → Chưa đạt' in moved
    assert moved.count('<th scope="row">') == 1
    # The end of the month before, from this release: the second record is of February.
    assert "31/03/2025: 50,00 %" in told

    foretold = forecasts(workspace.warehouse, "40")
    assert YEAR_TO_DATE in {one.verdict for one in foretold}
    assert all(f"{wording.day(one.last_day)}: {wording.VERDICTS[one.verdict][0]}" in told for one in foretold)
    assert "<small>80 %:" not in told

    before = next(one for one in releases(workspace.warehouse) if one.sequence == 1)
    status = workspace.warehouse.open("gold/target_status", before.tables["gold/target_status"])
    now = workspace.warehouse.open("gold/target_status")
    for file in {*files_of(status)} - {*files_of(now)}:
        Path(file).unlink()
    made = [replace(one, forecast=52.25, low=47.0, high=57.5, unit="percent", verdict="likely_missed") for one in foretold]
    monkeypatch.setattr(read, "forecasts_of", lambda *_: made)
    told = page(workspace, tmp_path / "third")
    assert "Không có bản phát hành trước để so sánh." in told
    assert told.count("<small>80 %: 47,0 % – 57,5 %</small>") == len(made)
    assert told.count("có khả năng không đạt") == len(made)
    assert "Dự báo không phải số liệu" in told


def page(workspace: Workspace, folder: Path) -> str:
    build_site(workspace.warehouse, folder, ["40"])
    return (folder / "40/index.html").read_text(encoding="utf-8")
