"""The views, each on a few rows of a made-up province (tests/support/registry.py tells its units)."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.registry import JUNE_30, LATER, REFORM, START
from warehouse_schema.released_views import ViewError, released_views

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.registry import Registry


def columns(rows: list[dict[str, Any]], *names: str) -> set[tuple[Any, ...]]:
    return {tuple(row[name] for name in names) for row in rows}


def one_row_each(registry: Registry) -> None:
    for unit in ("17001", "17003"):
        serial = {"updated_at": datetime(2024, 6, 1), "unit": unit}  # noqa: DTZ001
        for sheet, key in (
            ("growing_area", "growing_area_code"),
            ("raw_material_area", "area_code"),
            ("supply_chain", "chain_id"),
            ("environment_measurement", "station_id"),
            ("waste_source", "source_id"),
            ("tourism_site", "site_id"),
            ("technology", "technology_id"),
            ("ocop_product", "product_code"),
            ("cooperative", "cooperative_id"),
            ("village", "village_id"),
        ):
            registry.add(sheet, **serial, **{key: f"{sheet}-{unit}"})
        for sheet in ("clean_water", "recognition_case", "satisfaction_survey", "commune_classification", "commune_status"):
            registry.add(sheet, **serial)
        registry.add("smart_commune", **serial, selected_on="2024-03-01")
        registry.add("smart_village_assessment", **serial, village_id=f"village-{unit}", criteria_set="b", assessed_on="2024-03-01")
    registry.warehouse.add("silver.criteria_set", {"set_id": "a", "standard": "ntm", "unit_level": "commune", "valid_from": START})
    registry.warehouse.add("silver.criterion", {"set_id": "a", "code": "1"})


@pytest.mark.parametrize("day", [JUNE_30, LATER], ids=str)
@pytest.mark.parametrize("name", [name for name, view in released_views().items() if all(one.startswith("silver/") for one in view.tables)])
def test_the_grain_is_what_the_catalogue_says_and_the_day_the_one_asked_for(registry: Registry, name: str, day: date):
    one_row_each(registry)
    view, rows = released_views()[name], registry.view(name, day)

    # What is a unit's own has ended with it by then.
    assert rows or (day == LATER and name in {"recognition_cases", "recognition_stages", "satisfaction_of_units"})
    assert {row["day"] for row in rows} <= {day}
    assert len(columns(rows, *view.grain, "unit_code")) == len(rows)


def test_which_communes_have_growing_areas_in_force_and_for_which_crops(registry: Registry):
    registry.add("commune_classification", **{"class": "III"})
    registry.add("commune_status", status="ntm")
    for number, (unit, crop, status, on) in enumerate(
        (
            ("17001", "cam", "in_use", "2024-03-01"),
            ("17001", "cam", "in_use", "2025-07-01"),
            ("17001", "cam", "paused", "2024-03-01"),
            ("17003", "chè", "in_use", "2024-03-01"),
        )
    ):
        registry.add("growing_area", unit, growing_area_code=str(number), crop=crop, status=status, issued_on=on, area_ha=2.5)

    rows = registry.view("growing_areas_of_communes")
    assert columns(rows, "commune_name", "crop", "in_force", "in_force_ha", "paused") == {
        ("Một", "cam", 1, 2.5, 1),
        ("Ba", "chè", 1, 2.5, 0),
    }
    assert columns(rows, "unit_code", "area_i_ii_iii", "standard") == {("17001", "III", "ntm"), ("17003", None, None)}
    # 17003 was divided: its areas are in no commune then.
    later = registry.view("growing_areas_of_communes", REFORM)
    assert columns(later, "unit_level", "commune_name", "in_force") == {("commune", "Mới", 2), ("province", None, 1)}


def test_the_class_in_force_with_the_greatest_first_day_holds(registry: Registry):
    for since, until, name in (("2022-01-01", None, "II"), ("2024-01-01", None, "III"), ("2025-01-01", "2025-06-29", "I")):
        registry.add("commune_classification", valid_from=since, valid_to=until, **{"class": name})
    registry.add("commune_classification", scheme="group_2026", **{"class": "1"}, withdrawn=True)

    (row,) = (row for row in registry.view("clean_water_of_communes") if row["unit_code"] == "17001")
    assert (row["area_i_ii_iii"], row["group_2026"], row["households"]) == ("III", None, None)


def test_which_stations_passed_a_limit(registry: Registry):
    for on, value in (("2024-05-01", 60.0), ("2025-03-01", 70.0), ("2025-06-01", 50.0), ("2025-07-01", 90.0)):
        registry.add("environment_measurement", value=value, measured_on=on, measured_at=datetime.fromisoformat(f"{on}T08:00"))

    (row,) = registry.view("stations_on_the_day")
    assert (row["value"], row["over_limit"]) == (50.0, False)
    assert (row["last_over_limit_at"].date(), row["times_over_limit_in_12_months"]) == (date(2025, 3, 1), 1)


def test_which_sources_of_waste_are_untreated(registry: Registry):
    for number, treated in enumerate((True, False, None)):
        registry.add("waste_source", source_id=str(number), treated=treated)
    registry.add("waste_source", source_id="closed", closed_on="2025-06-30")

    assert columns(registry.view("waste_sources_on_the_day"), "source_id", "treatment") == {
        ("0", "treated"),
        ("1", "untreated"),
        ("2", "not_said"),
    }


def test_where_each_recognition_case_stands_and_how_long_each_stage_took(registry: Registry):
    for stage, on in (
        ("registered", "2024-01-01"),
        ("self_assessed", "2024-02-01"),
        ("refused", "2024-02-01"),
        ("registered", "2025-01-01"),
        ("appraised", "2025-06-20"),
        ("recognised", "2025-07-05"),
    ):
        registry.add("recognition_case", stage=stage, stage_on=on)

    first, second = sorted(registry.view("recognition_cases"), key=lambda row: row["case_number"])
    assert (first["stage"], first["open"], first["days"], first["stages"]) == ("refused", False, 31, 3)
    assert (second["stage"], second["open"], second["days"], second["days_in_stage"]) == ("appraised", True, 180, 10)
    stages = registry.view("recognition_stages")
    assert columns(stages, "case_number", "stage", "days_in_stage") == {
        (1, "registered", 31),
        (1, "self_assessed", 0),
        (1, "refused", (JUNE_30 - date(2024, 2, 1)).days),
        (2, "registered", 170),
        (2, "appraised", 10),
    }


def test_a_case_ends_with_its_end_and_another_begins(registry: Registry):
    for stage, on in (
        ("recognised", "2022-05-01"),
        ("registered", "2024-01-01"),
        ("refused", "2024-06-01"),
        ("registered", "2024-06-01"),
        ("recognised", "2024-12-01"),
        ("withdrawn", "2025-03-01"),
    ):
        registry.add("recognition_case", stage=stage, stage_on=on)

    assert columns(registry.view("recognition_cases"), "case_number", "stage", "begun_on", "stages") == {
        (1, "recognised", date(2022, 5, 1), 1),
        (2, "refused", date(2024, 1, 1), 2),
        (3, "withdrawn", date(2024, 6, 1), 3),
    }


def test_satisfaction_by_unit_and_channel(registry: Registry):
    registry.add("satisfaction_survey", survey_id="1", responses=100, satisfied=80)
    registry.add("satisfaction_survey", survey_id="2", responses=100, satisfied=90, opened_on="2025-06-30")
    registry.add("satisfaction_survey", survey_id="3", responses=50)
    registry.add("satisfaction_survey", survey_id="1", channel="paper", responses=10, satisfied=1)

    rows = registry.view("satisfaction_of_units")
    assert columns(rows, "channel", "surveys", "surveys_without_numbers", "responses", "satisfied", "share") == {
        ("online", 3, 1, 200, 170, 0.85),
        ("paper", 1, 0, 10, 1, 0.1),
    }


def test_what_expires_in_90_days_and_what_a_product_is_tied_to(registry: Registry):
    registry.add("cooperative", name="Hợp tác xã Một ")
    registry.add("growing_area")
    for code, until, row in (
        ("ends", "2025-09-28", {}),
        ("stays", "2025-09-29", {}),
        ("ended", "2025-06-29", {}),
        ("two stars", "2025-07-01", {"stars": 2}),
        ("tied", "2026-01-01", {"producer_type": "cooperative", "producer_name": "hợp tác xã một", "growing_area_code": "VN-NAOR-0001"}),
        ("lost", "2026-01-01", {"producer_type": "cooperative", "producer_name": "Khác", "growing_area_code": "VN-NAOR-0002"}),
    ):
        registry.add("ocop_product", product_code=code, recognised_until=until, **row)

    rows = registry.view("ocop_products")
    assert columns(rows, "product_code", "recognised", "expires_within_90_days") == {
        ("ends", True, True),
        ("stays", True, False),
        ("ended", False, False),
        ("two stars", False, False),
        ("tied", True, False),
        ("lost", True, False),
    }
    assert columns([row for row in rows if row["growing_area_code"]], "product_code", "cooperative_id", "growing_area_in_force") == {
        ("tied", "HTX1", True),
        ("lost", None, False),
    }


def test_stars_over_time_and_ranking(registry: Registry):
    registry.add("ocop_product", decision_date="2021-03-01", recognised_until="2024-02-29", decision_number="0")
    registry.add("ocop_product", decision_date="2024-04-01", recognised_until="2027-03-31", stars=4)
    registry.add("ocop_product", "17002", product_code="P2", stars=5)
    registry.add("ocop_product", "17002", product_code="P3", stars=2)
    registry.add("ocop_product", "17003", product_code="P4")

    history = [row for row in registry.view("ocop_stars_over_time") if row["product_code"] == "P1"]
    assert columns(history, "stars", "change", "days_between", "in_force") == {(3, None, None, False), (4, 1, 32, True)}
    ranks = registry.view("ocop_ranking")
    assert columns(ranks, "unit_name", "products", "place") == {
        ("Hai", 1, 1),
        ("Một", 1, 2),
        ("Ba", 1, 3),
        ("Đô Lương", 2, 1),
        ("Thái Hòa", 1, 2),
        ("Nghệ An", 3, 1),
    }


def test_a_site_of_tourism_with_its_product(registry: Registry):
    registry.add("tourism_site", ocop_product_code="P1")
    registry.add("ocop_product", stars=4)
    registry.add("tourism_site", site_id="DL2", ocop_product_code="P2")
    registry.add("tourism_site", site_id="DL3", recognised_on=None)

    assert columns(registry.view("tourism_sites_on_the_day"), "site_id", "ocop_stars") == {("DL1", 4), ("DL2", None)}


def test_which_communes_are_models_and_what_a_village_s_assessment_found(registry: Registry):
    registry.add("smart_commune", selected_on="2024-03-01", recognised_on="2025-06-30")
    registry.add("smart_commune", "17003", kind="ecommerce", selected_on="2025-06-30")
    registry.add("smart_commune", "17003", kind="smart", selected_on="2025-07-01")
    registry.add("village", households=200, residents=None)
    for on, fibre, until in (("2024-03-01", 10, "2025-06-29"), ("2025-01-01", 150, "2025-06-29")):
        registry.add("smart_village_assessment", criteria_set="b", assessed_on=on, fibre_households=fibre, recognised_to=until)
    registry.add("smart_village_assessment", criteria_set="a", assessed_on="2025-07-01", recognised_from="2025-07-01")

    assert columns(registry.view("commune_models_on_the_day"), "named_unit_code", "kind", "stage") == {
        ("17001", "smart", "recognised"),
        ("17003", "ecommerce", "selected"),
    }
    (village,) = registry.view("smart_villages_on_the_day")
    assert (village["fibre_share"], village["smartphone_share"], village["recognised"]) == (0.75, None, False)


def test_a_village_is_recognised_whichever_of_its_rows_says_so(registry: Registry):
    registry.add("village")
    registry.add("smart_village_assessment", criteria_set="b", assessed_on="2024-03-01")
    registry.add("smart_village_assessment", criteria_set="b", assessed_on="2025-01-01", recognised_by_decision=None, recognised_from=None)

    (village,) = registry.view("smart_villages_on_the_day")
    assert (village["assessed_on"], village["recognised"]) == (date(2025, 1, 1), True)


def test_a_set_that_nobody_listed_whole_is_said_to_be_unknown(registry: Registry):
    registry.warehouse.add(
        "silver.criteria_set",
        {"set_id": "s", "standard": "ntm", "unit_level": "commune", "valid_from": date(2022, 1, 1), "sub_criteria": 2},
    )
    registry.warehouse.add("silver.criterion", {"set_id": "s", "code": "1"}, {"set_id": "s", "code": "1.1", "parent": "1"})

    rows = registry.view("criteria_lacking")
    registry.warehouse.clear("silver.criteria_set")
    registry.warehouse.clear("silver.criterion")
    of_one = [row for row in rows if row["unit_code"] == "17001"]
    assert columns(of_one, "criterion", "state") == {("1", "never_assessed"), ("1.1", "never_assessed"), (None, "unknown")}


def test_cooperatives_in_business(registry: Registry):
    for number, row in enumerate(({}, {"linkage_from": "2024-05-01"}, {"dissolved_on": "2025-06-30"}, {"registered_on": "2025-07-01"})):
        registry.add("cooperative", cooperative_id=str(number), **row)

    assert columns(registry.view("cooperatives_on_the_day"), "cooperative_id", "in_linkage") == {("0", False), ("1", True)}


def test_a_catalogue_and_texts_that_do_not_fit_are_refused_by_name(tmp_path: Path):
    (tmp_path / "catalogue.yaml").write_text(
        "areas: {label_vi: Vùng, label_en: Areas, question: {vi: Gì?, en: What?}, grain: [code]}\nsites: {label_vi: Điểm}\n",
        encoding="utf-8",
    )
    (tmp_path / "areas.sql").write_text("SELECT 1", encoding="utf-8")
    (tmp_path / "site.sql").write_text("SELECT 1", encoding="utf-8")

    with pytest.raises(ViewError) as error:
        released_views(tmp_path)

    assert "there is no sites.sql; did you mean 'site'?" in str(error.value)
    assert "site.sql has no entry; did you mean 'sites'?" in str(error.value)
