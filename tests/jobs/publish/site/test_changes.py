"""What has moved since earlier releases, on a province's page and in the passport of a figure; and what is foretold."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobs.engine.views import files_of
from jobs.ops.releases import RELEASED, WITHDRAWN, Release, releases
from jobs.publish.forecast import YEAR_TO_DATE, forecasts
from jobs.publish.site import read, wording
from jobs.publish.site.build import build_site
from jobs.publish.site.origins import compared_releases
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
    # Nobody exported open data, and Great Expectations' pages are not there.
    assert "ntm export open-data" in (tmp_path / "first/du-lieu-mo/index.html").read_text(encoding="utf-8")
    assert "Chưa có trang nào" in (tmp_path / "first/40/chat-luong/index.html").read_text(encoding="utf-8")

    workspace.land_records("eoffice/work_records/dt=2025-03-02/b.ndjson", [work_record("r2", **commune, ProcessedOnline=False)])
    workspace.load(dt.date(2025, 4, 30))
    told = page(workspace, tmp_path / "second")
    assert "Bản phát hành 1, số liệu đến 31/03/2025, so với bản 2, số liệu đến 30/04/2025." in told
    moved = told.split('id="changes"')[1].split("</section>")[0]
    assert '<td class="n">100,00 %</td><td class="n">50,00 %</td><td>Đạt → Chưa đạt' in moved
    assert moved.count('<th scope="row">') == 1
    # The end of the month before, from this release: the second record is of February.
    assert "31/03/2025: 50,00 %" in told

    # February was over when release 1 was made, and has been told otherwise since.
    history = re.findall(
        r'<tr><th scope="row">(.*?)</th>.*?<td>(\d+) \(.*?</td><td class="n">(\d+)</td><td class="n">(\d+)</td>',
        passport(tmp_path / "second"),
    )
    assert [row for row in history if row[0] == "02/2025"] == [("02/2025", "2", "1", "2"), ("02/2025", "1", "1", "1")]
    # The year to 31 March was not over on that day.
    assert {row[0] for row in history} == {"02/2025", "01/01/2025 – 28/02/2025"}
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


@pytest.mark.parametrize(
    ("made", "kept"),
    [
        # The newest of each day of the last month.
        ([(1, "2025-06-30T08:00"), (2, "2025-06-30T09:00"), (3, "2025-06-29T09:00")], [2, 3]),
        # Before that the newest of each month.
        ([(1, "2025-03-01T08:00"), (2, "2025-03-30T09:00"), (3, "2025-04-02T09:00")], [2, 3]),
        # A day is Vietnam's.
        ([(1, "2025-06-28T16:59"), (2, "2025-06-28T17:01")], [1, 2]),
    ],
)
def test_a_figure_is_compared_with_a_release_a_day_and_one_a_month(made: list[tuple[int, str]], kept: list[int]) -> None:
    def release(number: int, moment: str, state: str = RELEASED) -> Release:
        created = dt.datetime.fromisoformat(moment).replace(tzinfo=dt.UTC)
        return Release(number, "run", created, created.date(), state, {"gold/indicator_value": number}, "")

    shown = release(9, "2025-07-01T08:00")
    known = [release(8, "2025-06-30T23:00", WITHDRAWN), *(release(*one) for one in made), shown]
    assert [one.sequence for one in compared_releases(known, shown, lambda _: True)] == kept
    # Where the newest is gone, the one before it stands for its day or month.
    others = [number for number, _ in made if number not in kept]
    assert not others or others[0] in [one.sequence for one in compared_releases(known, shown, lambda one: one.sequence not in kept)]


def passport(folder: Path) -> str:
    return (folder / "40/don-vi/40/2021-01-01/work_records_online/index.html").read_text(encoding="utf-8").split('id="history"')[1]


def page(workspace: Workspace, folder: Path) -> str:
    build_site(workspace.warehouse, folder, ["40"])
    return (folder / "40/index.html").read_text(encoding="utf-8")
