"""From landed sheets to the indicators of the plans: one row of each sheet, as its officer sends it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from jobs.publish.report import report
from tests.support.workspace import Workspace
from warehouse_schema.indicator_catalogue import load_catalogue, target_indicators

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

# Whole runs on both engines are compared by make parity.
pytestmark = [pytest.mark.slow, pytest.mark.default_engine]
"""`test_truth` has all sheets of a province among the quick tests."""

COMMUNE, DISTRICT = "17386", "424"
ASSESSED = {"result": "met", "assessed_on": "2024-03-01", "decision_number": "1/QĐ"}
ROWS: dict[str, list[dict[str, str]]] = {
    "criterion_assessments": [
        *(
            {"unit_code": COMMUNE, "criterion": c, "standard": s, **ASSESSED}
            for c, s in (("8.4", "ntm"), ("8.4", "advanced"), ("15.2", "advanced"))
        ),
        *(
            {"unit_code": DISTRICT, "criterion": c, "standard": s, **ASSESSED}
            for c, s in (("9.5", "ntm"), ("6.5", "advanced"), ("9.2", "advanced"))
        ),
    ],
    "commune_status": [{"commune_code": COMMUNE, "status": "exemplary", "valid_from": "2024-03-01", "decision_number": "2/QĐ"}],
    "officials_training": [
        {
            "official_id": "CB1",
            "unit_code": COMMUNE,
            "level": "commune",
            "in_role_from": "2023-01-01",
            "course": "K1",
            "trained_on": "2024-03-01",
        },
        {"official_id": "CB2", "unit_code": DISTRICT, "level": "district", "in_role_from": "2023-01-01", "course": "K1"},
    ],
    "cooperatives": [
        {
            "cooperative_id": "HTX1",
            "name": "Hợp tác xã Một",
            "commune_code": COMMUNE,
            "registered_on": "2024-03-01",
            "linkage_from": "2024-04-01",
        }
    ],
    "linkage_models": [
        {
            "model_id": "MH1",
            "name": "Mô hình mía",
            "unit_code": DISTRICT,
            "level": "district",
            "in_raw_material_zone": "true",
            "digital_since": "2024-05-01",
            "started_on": "2024-03-01",
        }
    ],
    "essential_services": [{"unit_code": COMMUNE, "level": "commune", "service": "health", "online_since": "2024-03-01"}],
    "satisfaction_surveys": [
        {"unit_code": COMMUNE, "survey_id": "K1", "subject": "ntm_results", "channel": "online", "opened_on": "2024-03-01"}
    ],
    "villages": [{"village_id": "T1", "commune_code": COMMUNE, "name": "Bản Một", "households": "120", "team_active_from": "2024-03-01"}],
    "smart_village_assessments": [
        {
            "village_id": "T1",
            "criteria_set": "nghe-an-2023",
            "assessed_on": "2024-03-01",
            "field": "du lịch",
            "recognised_by_decision": "3/QĐ",
            "recognised_from": "2024-04-01",
        }
    ],
    "smart_communes": [
        {
            "commune_code": COMMUNE,
            "kind": kind,
            "field": "du lịch",
            "selected_on": "2024-03-01",
            "recognised_on": "2024-09-01",
            "decision_number": "4/QĐ",
        }
        for kind in ("smart", "ecommerce")
    ],
    "data_standardisation_pilots": [
        {"district_code": DISTRICT, "selected_on": "2024-03-01", "accepted_on": "2024-09-01", "decision_number": "5/QĐ"}
    ],
    "supply_chains": [
        {"chain_id": "C1", "name": "Chuỗi cam", "kind": "chain", "commune_code": COMMUNE, "on_traceability_system_since": "2024-03-01"}
    ],
}
COMMUNES, DISTRICTS = 362, 20
SHARES = {
    **dict.fromkeys(
        (
            "communes_meeting_8_4_ntm",
            "communes_meeting_8_4_advanced",
            "communes_meeting_15_2_advanced",
            "communes_with_cooperative",
            "communes_with_cooperative_linkage",
        ),
        COMMUNES,
    ),
    **dict.fromkeys(
        (
            "districts_meeting_9_5_ntm",
            "districts_meeting_6_5_advanced",
            "districts_meeting_9_2_advanced",
            "districts_with_linkage_model",
            "districts_with_digital_raw_material_zone_model",
            "districts_with_smart_commune",
            "districts_with_smart_or_ecommerce_commune",
        ),
        DISTRICTS,
    ),
    "units_with_essential_service_and_survey": COMMUNES + DISTRICTS,
    "officials_trained": 2,
    "exemplary_communes_with_smart_village": 1,
    "raw_material_zone_models_digital": 1,
    "traceability_participation": 1,
    "villages_with_digital_team": 1,
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> Workspace:
    made = Workspace(tmp_path_factory.mktemp("registry") / "home")
    made.land_organisations()
    for sheet in ROWS:
        land(made, sheet)
    made.load(dt.date(2025, 12, 31))
    return made


def land(workspace: Workspace, sheet: str) -> None:
    columns = list(dict.fromkeys(name for row in ROWS[sheet] for name in row))
    landed = [{**row, "updated_at": "2025-01-10T08:00:00+07:00"} for row in ROWS[sheet]]
    workspace.land_sheet(f"registry/{sheet}/dt=2025-01-10/a.csv", ",".join((*columns, "updated_at", "deleted")), landed)


def figures(workspace: Workspace, day: dt.date, unit: str = "40") -> dict[str, tuple[int, int | None]]:
    rows = workspace.rows("gold/indicator_value")
    return {
        row["indicator"]: (row["numerator"], row["denominator"])
        for row in rows
        if (row["unit_code"], row["period_end"], row["breakdown"]) == (unit, day, "") and row["period_type"] == "as_of"
    }


def test_every_stock_of_the_plans_is_counted(workspace: Workspace) -> None:
    targets = target_indicators(load_catalogue())
    counts = {name for name, one in targets.items() if one.unit == "count"}
    told = {name: both for name, both in figures(workspace, dt.date(2025, 6, 30)).items() if name in targets}

    assert len(SHARES | dict.fromkeys(counts)) == 23
    assert told == {name: (1, n) for name, n in SHARES.items()} | dict.fromkeys(counts, (1, None))


def test_what_is_a_unit_s_own_ends_with_it_and_what_is_located_in_it_goes_on(workspace: Workspace) -> None:
    after = figures(workspace, dt.date(2025, 12, 31))

    assert {name: after[name] for name in ("officials_trained", "villages_with_digital_team", "raw_material_zone_models_digital")} == {
        "officials_trained": (1, 2),
        "villages_with_digital_team": (1, 1),
        "raw_material_zone_models_digital": (1, 1),
    }
    assert (after["communes_meeting_8_4_ntm"], after["exemplary_communes_with_smart_village"]) == ((0, 119), (0, 0))
    assert "districts_meeting_9_5_ntm" not in after


def test_targets_are_judged_by_them(workspace: Workspace) -> None:
    rows = workspace.rows("gold/target_status")
    judged = {row["indicator"]: row for row in rows if row["as_of"] == dt.date(2025, 12, 31) and row["plan_id"].startswith("nghe-an")}

    assert {name for name, row in judged.items() if row["reason"] == "not_reported"} == {"work_records_online"}
    frozen, open_ended = judged["communes_meeting_8_4_ntm"], judged["raw_material_zone_models_digital"]
    assert (frozen["judged_on"], frozen["numerator"], frozen["denominator"], frozen["met"]) == (dt.date(2025, 6, 30), 1, COMMUNES, False)
    assert (open_ended["judged_on"], open_ended["numerator"], open_ended["denominator"], open_ended["met"]) == (
        dt.date(2025, 12, 31),
        1,
        1,
        True,
    )


def test_where_the_data_that_decides_was_never_sent_the_0_says_so_until_it_is(tmp_path: Path, spark: SparkSession) -> None:
    made = Workspace(tmp_path / "home")
    day = dt.date(2025, 6, 30)

    def smart_villages(as_of: dt.date) -> tuple[object, ...]:
        (row,) = (one for one in report(made.warehouse, "40", as_of).rows if one["indicator"] == "smart_villages")
        return row["numerator"], row["met"], row["reason"]

    made.land_organisations()
    land(made, "villages")
    made.load(day)
    # A stored day, and one that is evaluated.
    assert {smart_villages(day), smart_villages(dt.date(2025, 6, 15))} == {(0, False, "partly_not_reported")}
    land(made, "smart_village_assessments")
    made.load(day)
    assert {smart_villages(day), smart_villages(dt.date(2025, 6, 15))} == {(1, False, "")}
