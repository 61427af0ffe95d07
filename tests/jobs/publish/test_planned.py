"""What changed definitions would move, told before a run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from jobs.publish.planned import planned, print_planned
from tests.support.command import ntm
from tests.support.definitions import own_definitions
from tests.support.released import asked
from tests.support.workspace import COMMUNE_ORGAN, PROVINCE_ORGAN, Workspace, organisation, work_record

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.slow, pytest.mark.default_engine]

PLAN = "plans/nghe-an-132-kh-ubnd-2023.yaml"
TARGET = "level: commune, operator: gte, value: 60,"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> Workspace:
    """Of the commune's two records one was processed online and not signed."""
    made = Workspace(tmp_path_factory.mktemp("planned") / "home")
    made.land_organisations(organisation(PROVINCE_ORGAN), organisation(COMMUNE_ORGAN))
    commune = {"OrganId": COMMUNE_ORGAN["organ_id"]}
    records = [work_record("r1", **commune), work_record("r2", **commune, ProcessedOnline=False), work_record("r3")]
    made.land_records("eoffice/work_records/dt=2025-03-01/a.ndjson", records)
    made.load()
    return made


def test_nothing_would_move_where_nothing_changed(workspace: Workspace) -> None:
    assert planned(workspace.warehouse).redefined == []
    code, output, errors = ntm(workspace.home, "plan")
    assert (code, errors) == (0, "")
    assert output.startswith("no definition has changed since release 1 (as of ")


def test_a_target_that_would_be_met_no_more_is_told(workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with own_definitions(tmp_path / "definitions") as definitions:
        definitions.replace(PLAN, TARGET, TARGET.replace("60", "45"))
        found = planned(workspace.warehouse)
        print_planned(found)
    assert found.redefined == ["plan/nghe-an-132-kh-ubnd-2023"]
    (row,) = found.targets
    assert (row["level"], row["value_before"], row["value_after"]) == ("commune", 0.5, 0.5)
    assert (row["target_before"], row["target_after"], row["met_before"], row["met_after"]) == (60.0, 45.0, False, True)
    assert found.values == []
    assert "0.5" in (said := capsys.readouterr().out)
    assert "60 → 45" in said
    assert "not met → met" in said


def test_an_indicator_that_counts_otherwise_tells_how_many_values_would_move_and_how_far(workspace: Workspace, tmp_path: Path) -> None:
    with own_definitions(tmp_path / "definitions") as definitions:
        sql = (definitions.root / "indicators/work_records_online.sql").read_text(encoding="utf-8")
        condition = "(r.processed_online OR NOT p.requires_processed_online)"
        assert condition in sql
        definitions.write("indicators/work_records_online.sql", sql.replace(condition, f"(TRUE OR {condition[1:]}"))
        found = planned(workspace.warehouse)
    assert found.redefined == ["indicator/work_records_online"]
    (moved,) = found.values
    # The commune, its district and the province at the commune's level, in total, by source and as paper files unknown: from 50 to 100 %.
    assert (moved.moved, moved.largest, moved.unit) == (9, 50.0, "percentage points")
    assert moved.values > moved.moved
    assert [(row["level"], row["value_before"], row["value_after"]) for row in found.targets] == [("commune", 0.5, 1.0)]
    judged = "SELECT DISTINCT value FROM gold.target_status WHERE plan_id LIKE 'nghe-an%' AND level = 'commune' AND met IS NOT NULL"
    _, rows = asked(workspace.warehouse, judged)
    assert list(rows) == [(0.5,)], "nothing was written"


def test_what_would_move_is_told_as_json(workspace: Workspace) -> None:
    code, output, _ = ntm(workspace.home, "plan", "--json")
    assert code == 0
    assert json.loads(output)["targets"] == []
