"""Flags, each on a few rows of a made-up province (tests/support/registry.py tells its units): planted, at the boundary, and withdrawn."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.errors import UsageError
from jobs.gold.flags import differences, flag_rows
from tests.support.registry import JUNE_30, LATER, REFORM, START
from warehouse_schema.flag_catalogue import load_flags
from warehouse_schema.plan_registry import load_plans, named_rows

if TYPE_CHECKING:
    from tests.support.registry import Registry


class TestExemplaryCommunes:
    NAME = "exemplary_commune_without_smart_village"

    def test_without_a_smart_village_it_is_flagged_from_the_first_day_of_the_status(self, registry: Registry) -> None:
        registry.add("commune_status", line=3)
        (flag,) = registry.flags(self.NAME)
        place = [flag[name] for name in ("unit_code", "unit_valid_from", "unit_level", "district_code", "province_code")]
        assert place == ["17001", START, "commune", "427", "40"]
        assert (flag["day"], flag["reason"], flag["subject"]) == (date(2024, 3, 1), "no_smart_village", "")
        key = "17001 2021-01-01 2024-03-01"
        assert flag["rows_behind"] == [{"table_name": "silver/commune_status", "record_key": key, "object_id": "a", "line": 3}]

    @pytest.mark.parametrize(
        ("status", "assessment", "flagged"),
        [
            pytest.param({}, {}, False, id="a smart village"),
            pytest.param({}, {"recognised_from": "2025-06-30"}, False, id="recognised on the day"),
            pytest.param({}, {"recognised_from": "2025-07-01"}, True, id="recognised the day after"),
            pytest.param({}, {"recognised_to": "2025-06-30"}, False, id="its last day"),
            pytest.param({}, {"recognised_to": "2025-06-29"}, True, id="expired"),
            pytest.param({}, {"withdrawn": True}, True, id="the assessment was a mistake"),
            pytest.param({"status": "advanced"}, {"withdrawn": True}, False, id="not exemplary"),
            pytest.param({"withdrawn": True}, {"withdrawn": True}, False, id="the status was a mistake"),
            pytest.param({"valid_to": "2025-06-29"}, {"withdrawn": True}, False, id="the status has ended"),
        ],
    )
    def test_a_smart_village_of_the_day_is_what_it_needs(
        self, registry: Registry, status: dict[str, Any], assessment: dict[str, Any], flagged: bool
    ) -> None:
        registry.add("commune_status", **status)
        registry.add("village")
        registry.add("smart_village_assessment", **assessment)
        assert bool(registry.flags(self.NAME)) is flagged


class TestOcop:
    def flagged(self, registry: Registry, name: str, day: date = LATER, **row: Any) -> list[str]:
        registry.add("ocop_product", **{"stars": 4, "recognised_by": "province", **row})
        return [flag["reason"] for flag in registry.flags(f"ocop_{name}", day)]

    @pytest.mark.parametrize(
        ("row", "reasons"),
        [
            ({"decision_date": "2025-07-07"}, ["district_decides_no_more"]),
            ({"decision_date": "2025-07-06"}, []),
            ({"decision_date": "2025-07-07", "recognised_by": "province"}, []),
            ({"decision_date": "2025-07-07", "withdrawn": True}, []),
        ],
    )
    def test_a_district_decides_no_more_after_6_july_2025(self, registry: Registry, row: dict[str, Any], reasons: list[str]) -> None:
        values = {"recognised_by": "district", "stars": 3, **row}
        assert self.flagged(registry, "district_decision_after_2025_07_06", **values) == reasons

    def test_a_decision_after_the_day_is_no_matter_of_the_day(self, registry: Registry) -> None:
        row = {"recognised_by": "district", "decision_date": "2025-07-07"}
        assert not self.flagged(registry, "district_decision_after_2025_07_06", date(2025, 7, 6), **row)
        assert registry.flags("ocop_district_decision_after_2025_07_06", date(2025, 7, 7))

    @pytest.mark.parametrize(
        ("level", "stars", "reasons"),
        [
            ("district", 3, []),
            ("district", 4, ["district_above_three"]),
            ("province", 3, []),
            ("province", 4, []),
            ("province", 5, ["province_above_four"]),
            ("national", 5, []),
            ("national", 4, []),
        ],
    )
    def test_a_level_may_give_so_many_stars(self, registry: Registry, level: str, stars: int, reasons: list[str]) -> None:
        assert self.flagged(registry, "stars_above_level", recognised_by=level, stars=stars) == reasons

    @pytest.mark.parametrize(
        ("points", "stars"),
        [
            *((100, 5), (90, 5), (89.5, 5), (89.5, 4), (89, 4), (70, 4), (69.5, 4), (69.5, 3), (69, 3), (50, 3), (49.9, 3), (49.9, 2)),
            *((49, 2), (30, 2), (29.9, 1), (0, 1)),
        ],
    )
    def test_stars_that_the_points_give(self, registry: Registry, points: float, stars: int) -> None:
        assert not self.flagged(registry, "stars_not_by_points", stars=stars, score_a=points, score_b=0, score_c=0)

    @pytest.mark.parametrize(
        ("points", "stars", "reason"),
        [
            (90, 4, "fewer_than_points"),
            (89, 5, "more_than_points"),
            (70, 3, "fewer_than_points"),
            (69, 4, "more_than_points"),
            (69.5, 5, "more_than_points"),
            (49, 3, "more_than_points"),
            (50, 2, "fewer_than_points"),
            (29.9, 2, "more_than_points"),
            (29, 2, "more_than_points"),
            (30, 1, "fewer_than_points"),
        ],
    )
    def test_stars_that_the_points_do_not_give(self, registry: Registry, points: float, stars: int, reason: str) -> None:
        assert self.flagged(registry, "stars_not_by_points", stars=stars, score_a=points, score_b=0, score_c=0) == [reason]

    def test_points_are_added_exactly(self, registry: Registry) -> None:
        scores = {"score_a": 39.3, "score_b": 24.9, "score_c": 25.8}
        assert sum(scores.values()) != 90, "as floating-point numbers they are not 90"
        assert not self.flagged(registry, "stars_not_by_points", stars=5, **scores)
        assert self.flagged(registry, "stars_not_by_points", stars=4, decision_number="2/QĐ", **scores) == ["fewer_than_points"]

    @pytest.mark.parametrize(("day", "reasons"), [("2019-08-20", []), ("2019-08-21", ["more_than_points"])])
    def test_a_decision_older_than_the_rubrics_is_not_judged(self, registry: Registry, day: str, reasons: list[str]) -> None:
        assert self.flagged(registry, "stars_not_by_points", stars=5, decision_date=day) == reasons

    @pytest.mark.parametrize(
        ("day", "parts", "detail"),
        [
            ("2023-02-24", (40, 25, 35), None),
            ("2023-02-24", (35, 25, 35.5), "a=35.0/40 b=25.0/25 c=35.5/35"),
            ("2023-02-23", (35, 25, 40), None),
            ("2023-02-23", (35.5, 25, 30), "a=35.5/35 b=25.0/25 c=30.0/40"),
            ("2023-02-24", (30, 26, 30), "a=30.0/40 b=26.0/25 c=30.0/35"),
            ("2019-08-20", (100, 0, 0), None),
        ],
    )
    def test_no_part_has_more_points_than_the_rubric_of_its_day(
        self, registry: Registry, day: str, parts: tuple[float, float, float], detail: str | None
    ) -> None:
        scores = dict(zip(("score_a", "score_b", "score_c"), parts, strict=True))
        self.flagged(registry, "points_above_rubric", decision_date=day, **scores)
        assert [flag["detail"] for flag in registry.flags("ocop_points_above_rubric")] == ([detail] if detail else [])

    def test_each_decision_on_a_product_is_one_and_keeps_the_commune_that_its_row_names(self, registry: Registry) -> None:
        for number, stars in (("1/QĐ", 5), ("2/QĐ", 5), ("3/QĐ", 4)):
            registry.add("ocop_product", decision_number=number, stars=stars, score_a=35)
        flags = registry.flags("ocop_stars_not_by_points", LATER)
        assert sorted(flag["subject"] for flag in flags) == ["P1 1/QĐ", "P1 2/QĐ"]
        assert {(flag["unit_code"], flag["unit_valid_from"], flag["district_code"]) for flag in flags} == {("17001", START, None)}


class TestRecognition:
    NAME = "recognised_without_assessments"

    @pytest.mark.parametrize(
        ("assessment", "flagged"),
        [
            pytest.param(None, True, id="none"),
            pytest.param({}, False, id="met before"),
            pytest.param({"assessed_on": "2025-06-30"}, False, id="met since, on the day"),
            pytest.param({"assessed_on": "2025-07-01"}, True, id="met after the day"),
            pytest.param({"assessed_on": "2023-01-01", "valid_to": "2024-03-01"}, False, id="in force on the day of the recognition"),
            pytest.param({"assessed_on": "2023-01-01", "valid_to": "2024-02-29"}, True, id="expired before the recognition"),
            pytest.param({"result": "not_met"}, True, id="not met"),
            pytest.param({"standard": "advanced"}, True, id="of another standard"),
            pytest.param({"unit": "17002"}, True, id="of another commune"),
            pytest.param({"withdrawn": True}, True, id="a mistake, deleted"),
            pytest.param({"withdrawal_decision": "7/QĐ"}, True, id="withdrawn in law"),
        ],
    )
    def test_a_commune_is_recognised_by_what_was_assessed(
        self, registry: Registry, assessment: dict[str, Any] | None, flagged: bool
    ) -> None:
        registry.add("commune_status", status="ntm")
        if assessment is not None:
            registry.add("criterion_assessment", **assessment)
        assert [flag["day"] for flag in registry.flags(self.NAME)] == ([date(2024, 3, 1)] if flagged else [])

    def test_a_newer_assessment_ends_an_older_one(self, registry: Registry) -> None:
        registry.add("commune_status", status="ntm")
        registry.add("criterion_assessment", assessed_on="2023-01-01")
        registry.add("criterion_assessment", assessed_on="2023-06-01", result="not_met")
        assert registry.flags(self.NAME)
        registry.add("criterion_assessment", unit="17002", assessed_on="2023-01-01")
        registry.add("commune_status", "17002", status="ntm")
        registry.add("criterion_assessment", unit="17002", assessed_on="2023-06-01", result="not_met", criteria_set="of-a-province")
        assert [flag["unit_code"] for flag in registry.flags(self.NAME)] == ["17001"], "8.4 of another set is another criterion"
        registry.add("criterion_assessment", assessed_on="2023-01-01", criterion="15.2")
        assert not registry.flags(self.NAME), "one criterion is enough"

    @pytest.mark.parametrize(
        ("sheet", "row", "flagged"),
        [
            ("commune_status", {"status": "none"}, False),
            ("commune_status", {"valid_to": "2025-06-29"}, False),
            ("commune_status", {"withdrawn": True}, False),
            ("commune_status", {"withdrawal_decision": "7/QĐ"}, False),
            ("district_status", {"unit": "427", "status": "completed"}, True),
            ("district_status", {"unit": "427", "withdrawn": True}, False),
            ("recognition_case", {}, True),
            ("recognition_case", {"unit": "428"}, True),
            ("recognition_case", {"stage": "council"}, False),
            ("recognition_case", {"stage_on": "2025-07-01"}, False),
            ("recognition_case", {"withdrawn": True}, False),
            ("recognition_case", {"unit": "17006"}, False),
        ],
    )
    def test_who_is_recognised(self, registry: Registry, sheet: str, row: dict[str, Any], flagged: bool) -> None:
        registry.add(sheet, **({"stage": "recognised"} | row if sheet == "recognition_case" else row))
        assert bool(registry.flags(self.NAME)) is flagged

    def test_a_recognition_that_was_taken_back_is_none(self, registry: Registry) -> None:
        registry.add("recognition_case", stage="recognised")
        registry.add("recognition_case", stage="withdrawn", stage_on="2025-01-01", standard="advanced")
        assert registry.flags(self.NAME)
        registry.add("recognition_case", stage="withdrawn", stage_on="2025-01-01")
        assert not registry.flags(self.NAME)

    def test_a_status_and_a_case_of_one_day_are_one_with_two_rows_behind_it(self, registry: Registry) -> None:
        registry.add("recognition_case", stage="recognised", line=1)
        registry.add("commune_status", status="ntm", line=2)
        (flag,) = registry.flags(self.NAME)
        assert [(one["table_name"], one["line"]) for one in flag["rows_behind"]] == [
            ("silver/commune_status", 2),
            ("silver/recognition_case", 1),
        ]

    def test_a_unit_that_ended_is_left_out(self, registry: Registry) -> None:
        registry.add("commune_status", status="ntm")
        assert not registry.flags(self.NAME, REFORM)


class TestVillages:
    NAME = "village_without_commune"

    def test_a_village_of_a_commune_that_was_divided_has_none(self, registry: Registry) -> None:
        registry.add("village", "17003")
        assert not registry.flags(self.NAME)
        (flag,) = registry.flags(self.NAME, REFORM)
        assert (flag["unit_code"], flag["unit_valid_from"], flag["province_code"]) == ("17003", START, "40")
        assert (flag["day"], flag["subject"]) == (REFORM, "T1")

    @pytest.mark.parametrize(
        ("unit", "day", "row"),
        [
            pytest.param("17001", REFORM, {}, id="the whole commune went into one"),
            pytest.param("17003*", REFORM, {}, id="written for the new one"),
            pytest.param("17003*", JUNE_30, {}, id="written for one that is not there yet"),
            pytest.param("17003", REFORM, {"withdrawn": True}, id="a mistake, deleted"),
        ],
    )
    def test_others_have_one(self, registry: Registry, unit: str, day: date, row: dict[str, Any]) -> None:
        registry.add("village", unit, **row)
        assert not registry.flags(self.NAME, day)


@pytest.mark.parametrize(
    ("row", "flagged"),
    [
        ({"households_with_clean_water": 101}, True),
        ({"households_with_clean_water": 100}, False),
        ({"households_with_clean_water": 101, "withdrawn": True}, False),
        ({"households_with_clean_water": 101, "measured_on": "2025-06-30"}, True),
        ({"households_with_clean_water": 101, "measured_on": "2025-07-01"}, False),
    ],
)
def test_no_more_households_have_clean_water_than_there_are(registry: Registry, row: dict[str, Any], flagged: bool) -> None:
    registry.add("clean_water", **row)
    assert bool(registry.flags("clean_water_above_households")) is flagged


class TestNamedModels:
    NAME = "named_model_not_in_sheets"

    @pytest.fixture(autouse=True)
    def _named(self, registry: Registry) -> None:
        place = {"unit_code": "17001", "unit_valid_from": START}
        registry.warehouse.add(
            "named_unit", {"plan_id": "P", "indicator": "ecommerce_communes", "level": "commune", "named_on": "2023-05-01", **place}
        )

    def test_a_model_without_a_row_is_flagged_with_the_day_of_the_plan_and_no_row_behind_it(self, registry: Registry) -> None:
        (flag,) = registry.flags(self.NAME)
        assert (flag["unit_code"], flag["day"], flag["subject"], flag["rows_behind"]) == (
            "17001",
            date(2023, 5, 1),
            "P ecommerce_communes",
            [],
        )

    @pytest.mark.parametrize(
        ("unit", "row", "flagged"),
        [
            ("17001", {"kind": "ecommerce"}, False),
            ("17001", {"kind": "smart"}, True),
            ("17002", {"kind": "ecommerce"}, True),
            ("17001*", {"kind": "ecommerce"}, True),
            ("17001", {"kind": "ecommerce", "withdrawn": True}, True),
        ],
    )
    def test_a_row_of_the_kind_that_names_it_is_enough(self, registry: Registry, unit: str, row: dict[str, Any], flagged: bool) -> None:
        registry.add("smart_commune", unit, **row)
        assert bool(registry.flags(self.NAME)) is flagged

    def test_not_before_the_plan(self, registry: Registry) -> None:
        assert not registry.flags(self.NAME, date(2023, 4, 30))

    def test_the_models_that_plans_name_are_of_kinds_that_the_flag_knows(self) -> None:
        known = load_flags()[self.NAME].sql
        assert all(f"'{row['indicator']}'" in known for row in named_rows(load_plans()))


def test_only_provinces_that_are_served_have_flags(registry: Registry) -> None:
    registry.add("ocop_product", "07001", stars=5)
    assert len(registry.flags("ocop_stars_not_by_points")) == 1
    registry.warehouse.sets.rows_of("none", registry.warehouse.sets.result("SELECT * FROM served_provinces WHERE province_code = '40'"))
    views = {**registry.warehouse.views, "province_level": "none"}
    assert flag_rows(load_flags()["ocop_stars_not_by_points"], JUNE_30, registry.warehouse.sets, views) == []


def test_a_reason_that_the_catalogue_does_not_have_is_refused(registry: Registry) -> None:
    registry.add("clean_water", households=1)
    strange = load_flags()["clean_water_above_households"].model_copy(update={"reasons": load_flags()["ocop_stars_above_level"].reasons})
    registry.flags("clean_water_above_households")
    views = {**registry.warehouse.views, "province_level": "served_provinces"}
    with pytest.raises(
        UsageError, match=r"clean_water_above_households\.sql gives the reason 'more_than_all'; catalogue\.yaml has district_above_three"
    ):
        flag_rows(strange, JUNE_30, registry.warehouse.sets, views)


def _row(number: int, detail: str) -> dict[str, Any]:
    place = {
        "flag": "f",
        "unit_code": str(number),
        "unit_valid_from": START,
        "day": START + timedelta(number),
        "subject": "",
        "reason": "r",
    }
    return {**place, "detail": detail}


_ROWS = st.dictionaries(st.integers(0, 5), st.sampled_from("ab")).map(lambda found: [_row(*one) for one in found.items()])


@given(_ROWS, _ROWS)
def test_what_differs_makes_of_what_was_what_is(before: list[dict[str, Any]], found: list[dict[str, Any]]) -> None:
    stored = [{**row, "run_id": "1"} for row in before]
    different, gone = differences(stored, found)
    kept = {row["unit_code"]: row["detail"] for row in before if row["unit_code"] not in {one["unit_code"] for one in gone}}
    assert kept | {row["unit_code"]: row["detail"] for row in different} == {row["unit_code"]: row["detail"] for row in found}
    assert not [row for row in different if row in before], "what is as it was is not written"
    assert differences([{**row, "run_id": "1"} for row in found], found) == ([], [])
