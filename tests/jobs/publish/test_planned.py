"""What changed definitions would move, told before a run."""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import pwd
from typing import TYPE_CHECKING

import pytest

from jobs import steps
from jobs.errors import WaitsForApprovalError
from jobs.ops import releases
from jobs.publish.planned import COLUMNS, Planned, awaited, planned, print_planned
from jobs.publish.status import status_of
from jobs.settings import get_settings
from tests.support.command import ntm
from tests.support.definitions import own_definitions
from tests.support.made_up import made_up_definitions
from tests.support.released import asked
from tests.support.workspace import COMMUNE_ORGAN, PROVINCE_ORGAN, Workspace, organisation, work_record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pyspark.sql import SparkSession

    from tests.support.definitions import Definitions

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
        print_planned(found, None)
    assert found.redefined == ["plan/nghe-an-132-kh-ubnd-2023"]
    (row,) = found.targets
    assert (row["level"], row["value_before"], row["value_after"]) == ("commune", 0.5, 0.5)
    assert (row["target_before"], row["target_after"], row["met_before"], row["met_after"]) == (60.0, 45.0, False, True)
    assert found.values == []
    assert "50.00 %" in (said := capsys.readouterr().out)
    assert "≥ 60 % → ≥ 45 %" in said
    assert "not met → met" in said


def test_a_target_that_asks_otherwise_for_the_same_number_or_has_another_reason_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    told = {"plan_id": "p", "indicator": "districts_meeting_9_5_ntm", "level": "district", "target_unit": "fraction"}
    before = {"target": 12.0, "target_of": 20, "op": "gte", "met": False, "reason": ""}
    after = before | {"op": "gt", "reason": "partly_not_reported"}
    sides = {f"{name}_{when}": side[name] for when, side in (("before", before), ("after", after)) for name in side}
    row = dict.fromkeys(COLUMNS) | told | sides
    print_planned(Planned(dt.date(2025, 6, 30), 1, ["targets"], [row], []), None)
    said = capsys.readouterr().out
    assert "≥ 12/20 → > 12/20" in said
    assert "not met → not met (partly_not_reported)" in said


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


def test_a_share_of_other_numbers_is_another_figure(workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with own_definitions(tmp_path / "definitions") as definitions:
        sql = (definitions.root / "indicators/work_records_online.sql").read_text(encoding="utf-8")
        sides = "c.online AS numerator,\n  c.total AS denominator"
        assert sides in sql
        definitions.write(
            "indicators/work_records_online.sql", sql.replace(sides, "2 * c.online AS numerator,\n  2 * c.total AS denominator")
        )
        found = planned(workspace.warehouse)
        print_planned(found, 0)
    (moved,) = found.values
    assert moved.moved > 0
    assert moved.largest == 0
    assert {(row["value_before"], row["value_after"]) for row in found.targets} == {(0.5, 0.5), (1.0, 1.0)}
    assert "50.00 % (1 / 2) → 50.00 % (2 / 4)" in capsys.readouterr().out


def test_what_would_move_is_told_as_json(workspace: Workspace) -> None:
    code, output, _ = ntm(workspace.home, "plan", "--json")
    assert code == 0
    assert json.loads(output)["targets"] == []


def test_values_of_an_indicator_that_nothing_computes_any_more_would_move_too(workspace: Workspace, tmp_path: Path) -> None:
    with own_definitions(tmp_path / "definitions") as definitions:
        definitions.remove("indicators/work_records_online.sql")
        found = planned(workspace.warehouse)
    (gone,) = found.values
    assert (gone.indicator, gone.largest) == ("work_records_online", None)
    assert gone.moved > 9
    assert {row["level"] for row in found.targets} == {"province", "district", "commune"}


def test_what_the_release_lacks_cannot_be_told_and_waits(workspace: Workspace, tmp_path: Path) -> None:
    with own_definitions(tmp_path / "definitions") as definitions:
        definitions.replace("indicators/work_records_online.sql", "(r.processed_online OR", "(r.processed_by_post OR")
        found = awaited(workspace.warehouse, 1_000_000)
    assert found is not None
    assert found.untold is not None
    assert found.untold.startswith("indicator work_records_online could not be computed from ")
    assert found.untold.endswith("(BinderException)")
    assert (found.figures, found.redefined) == (0, ["indicator/work_records_online"])


def test_an_indicator_over_a_table_that_came_after_the_release_moves_nothing(workspace: Workspace, tmp_path: Path) -> None:
    with made_up_definitions(tmp_path / "definitions") as definitions:
        definitions.remove("plans/made-up.yaml")
        found = planned(workspace.warehouse)
    assert "indicator/hamlets" in found.redefined
    assert (found.untold, found.figures) == (None, 0)


@pytest.fixture
def limited(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """The workspace, of which no published figure may move unseen."""
    copied = workspace.copy(tmp_path / "home")
    for name, value in {"NTM_HOME": str(copied.home), "NTM_APPROVE_OVER": "0"}.items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    copied.settings = get_settings()
    yield copied
    get_settings.cache_clear()


def test_a_run_waits_before_it_loads_or_releases_anything_and_an_approved_one_does_all(
    limited: Workspace, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    day = "2025-06-30"
    limited.land_records("eoffice/work_records/dt=2025-03-02/b.ndjson", [work_record("r4")])
    steps.standardise(day, approve=True)
    news = steps.indicators(day, approve=True)
    assert (news["release"], news["approved"]) == (2, None), "new data needs no approval, and one that nothing waits for says nothing"

    limited.land_records("eoffice/work_records/dt=2025-03-03/c.ndjson", [work_record("r5")])
    with own_definitions(tmp_path / "definitions") as definitions:
        lower(definitions)
        before, ledger = limited.versions(), limited.ledger()
        for step in waiting_steps(day):
            with pytest.raises(WaitsForApprovalError) as waits:
                step()
        assert str(waits.value).startswith(
            "waits for approval and released nothing (NTM_APPROVE_OVER is 0): changed definitions would move "
            "1 published figure (1 target), by plan/nghe-an-132-kh-ubnd-2023; `ntm plan` shows it"
        )
        assert (limited.versions(), limited.ledger()) == (before, ledger), "nothing was written, and what landed waits"
        assert status_of(limited.warehouse, limited.settings)["waits_for_approval"]["figures"] == 1

        with caplog.at_level(logging.WARNING, logger="ntm"):
            steps.standardise(day, approve=True)
        assert "1 published figure (1 target)" in caplog.text
        assert f"'by': '{pwd.getpwuid(os.getuid()).pw_name}'" in caplog.text
        # The load is finished and its release is not: it was approved for the run that loaded it alone.
        with pytest.raises(WaitsForApprovalError):
            steps.indicators(day)
        done = steps.indicators(day, approve=True, approved_by="lan")
        assert (done["approved"], done["approved_by"]) == ("1 published figure (1 target), by plan/nghe-an-132-kh-ubnd-2023", "lan")
        assert "eoffice/work_records/dt=2025-03-03/c.ndjson" in limited.ledger()
        limited.warehouse.look_again()
        assert [(one.approved, one.approved_by) for one in releases.releases(limited.warehouse)] == [(None, None)] * 2 + [
            (done["approved"], "lan")
        ]
        assert status_of(limited.warehouse, limited.settings)["waits_for_approval"] is None
        # The next one needs none: the release is made by the definitions of now.
        assert steps.indicators(day)["release"] is None


def lower(definitions: Definitions) -> None:
    """Lower the target of communes, which the one commune then meets."""
    definitions.replace(PLAN, TARGET, TARGET.replace("60", "45"))


def waiting_steps(day: str) -> list[Callable[[], object]]:
    """All steps that release or lead to a release."""
    return [
        lambda: steps.standardise(day),
        lambda: steps.indicators(day),
        lambda: steps.rebuild(["work_record"]),
        steps.retokenise,
    ]
