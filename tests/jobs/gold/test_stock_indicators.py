"""The indicators of registry sheets, each on a few rows of a made-up province (tests/support/registry.py tells its units)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.registry import END_OF_2024, JUNE_30, LATER, REFORM
from warehouse_schema.indicator_catalogue import load_catalogue
from warehouse_schema.plan_registry import load_plans

if TYPE_CHECKING:
    from tests.support.registry import Registry

OVER_UNITS = {
    "communes_meeting_8_4_ntm": 3,
    "communes_meeting_8_4_advanced": 3,
    "communes_meeting_15_2_advanced": 3,
    "communes_with_cooperative": 3,
    "communes_with_cooperative_linkage": 3,
    "districts_meeting_9_5_ntm": 2,
    "districts_meeting_6_5_advanced": 2,
    "districts_meeting_9_2_advanced": 2,
    "districts_with_linkage_model": 2,
    "districts_with_digital_raw_material_zone_model": 2,
    "districts_with_smart_commune": 2,
    "districts_with_smart_or_ecommerce_commune": 2,
    "units_with_essential_service_and_survey": 5,
}
"""How many units of the population there are on 30 June 2025."""
COUNTS = (
    "communes_meeting_8_4_and_15_2_advanced",
    "smart_villages",
    "smart_communes",
    "ecommerce_communes",
    "district_data_standardisation_models",
    "communes_recognised",
    "growing_areas_in_force",
)
WITHOUT_POPULATION = (
    "exemplary_communes_with_smart_village",
    "officials_trained",
    "raw_material_zone_models_digital",
    "traceability_participation",
    "villages_with_digital_team",
    "households_with_clean_water",
    "stations_over_limit",
    "waste_sources_untreated",
    "satisfaction",
)


class TestWithoutRecords:
    @pytest.mark.parametrize("name", OVER_UNITS)
    def test_units_of_the_population_are_there_each_with_a_denominator_of_one(self, registry: Registry, name: str):
        figures = registry.figures(name)
        level = load_catalogue()[name].levels[0]

        assert figures.pop("40") == (0, OVER_UNITS[name])
        expected = {"commune": {"427": 2, "428": 1}, "district": {"427": 1, "428": 1}, "mixed": {"427": 3, "428": 2}}[level]
        assert {code: figures.pop(code) for code in ("427", "428")} == {code: (0, n) for code, n in expected.items()}
        assert figures == ({} if level == "district" else dict.fromkeys(("17001", "17002", "17003"), (0, 1)))

    @pytest.mark.parametrize("name", WITHOUT_POPULATION)
    def test_a_share_of_nothing_is_null_and_there_all_the_same(self, registry: Registry, name: str):
        (row,) = (row for row in registry.rows(name) if row["province_code"] == "40")

        assert (row["unit_code"], row["numerator"], row["denominator"], row["value"]) == ("40", 0, 0, None)

    @pytest.mark.parametrize("name", COUNTS)
    def test_a_count_of_nothing_is_zero(self, registry: Registry, name: str):
        (row,) = (row for row in registry.rows(name) if row["province_code"] == "40")

        assert (row["unit_code"], row["numerator"], row["denominator"], row["value"]) == ("40", 0, None, 0.0)

    @pytest.mark.parametrize("name", [name for name in OVER_UNITS if name.startswith("districts")])
    def test_no_district_after_its_end(self, registry: Registry, name: str):
        assert registry.figures(name, REFORM) == {}

    def test_communes_and_districts_are_communes_alone_after_the_end_of_districts(self, registry: Registry):
        new = {"17001": (0, 1), "17003": (0, 1), "40": (0, 2)}
        assert registry.figures("units_with_essential_service_and_survey", REFORM) == new
        assert registry.figures("communes_with_cooperative", REFORM) == new

    def test_a_commune_is_rural_and_a_district_there_as_of_the_day(self, registry: Registry):
        assert registry.figures("communes_meeting_8_4_ntm", END_OF_2024)["40"] == (0, 5)
        assert registry.figures("communes_meeting_8_4_ntm", END_OF_2024, commune_population="all_communes")["40"] == (0, 7)
        assert registry.figures("districts_meeting_9_5_ntm", END_OF_2024, district_population="all_district_units")["40"] == (0, 3)


class TestCriteria:
    @pytest.mark.parametrize(
        ("rows", "on_day"),
        [
            pytest.param([{}], 1, id="met"),
            pytest.param([{"assessed_on": "2025-06-30"}], 1, id="assessed on the day"),
            pytest.param([{"assessed_on": "2025-07-01"}], 0, id="assessed the day after"),
            pytest.param([{"result": "not_met"}], 0, id="not met"),
            pytest.param([{"withdrawn": True}], 0, id="a mistake, deleted"),
            pytest.param([{"valid_to": "2025-06-30"}], 1, id="its last day"),
            pytest.param([{"valid_to": "2025-06-29"}], 0, id="expired"),
            pytest.param([{}, {"assessed_on": "2025-02-01", "result": "not_met"}], 0, id="a newer 'not met' ends it"),
            pytest.param([{"result": "not_met"}, {"assessed_on": "2025-02-01"}], 1, id="a newer 'met' takes its place"),
            pytest.param([{}, {"assessed_on": "2025-02-01", "valid_to": "2025-03-01"}], 0, id="a newer one that expired ends it"),
            pytest.param([{"valid_to": "2025-03-01"}, {"assessed_on": "2025-02-01"}], 1, id="the older one's end is nothing to the newer"),
            pytest.param(
                [{}, {"assessed_on": "2025-02-01", "result": "not_met", "withdrawn": True}], 1, id="a deleted newer one hides nothing"
            ),
            pytest.param([{}, {"assessed_on": "2025-07-01", "result": "not_met"}], 1, id="a newer one after the day"),
            pytest.param([{"withdrawal_decision": "7/QĐ"}], 0, id="withdrawn in law"),
            pytest.param([{"withdrawal_decision": "7/QĐ", "valid_to": "2025-06-30"}], 1, id="withdrawn in law, its last day"),
            pytest.param([{"withdrawal_decision": "7/QĐ", "valid_to": "2025-06-29"}], 0, id="withdrawn in law from the day on"),
            pytest.param(
                [{}, {"assessed_on": "2025-02-01", "result": "not_met", "withdrawal_decision": "7/QĐ"}],
                1,
                id="withdrawn in law without an end: the older one counts again",
            ),
            pytest.param(
                [{}, {"assessed_on": "2025-02-01", "withdrawal_decision": "7/QĐ", "valid_to": "2025-03-01"}],
                0,
                id="withdrawn in law with an end: it ends the older one too",
            ),
            pytest.param([{"decision_number": "1"}, {"decision_number": "2", "result": "not_met"}], 0, id="of one day the greater number"),
            pytest.param(
                [{"decision_number": "1", "updated_at": datetime(2025, 1, 1)}, {"decision_number": "2", "result": "not_met"}],  # noqa: DTZ001
                1,
                id="of one day that written last",
            ),
        ],
    )
    def test_the_newest_assessment_says_whether_it_is_met(self, registry: Registry, rows: list[dict[str, Any]], on_day: int):
        for row in rows:
            registry.add("criterion_assessment", **row)

        figures = registry.figures("communes_meeting_8_4_ntm")

        assert (figures["17001"], figures["427"], figures["40"]) == ((on_day, 1), (on_day, 2), (on_day, 3))

    @pytest.mark.parametrize(
        ("name", "criterion", "standard", "unit"),
        [
            ("communes_meeting_8_4_ntm", "8.4", "ntm", "17001"),
            ("communes_meeting_8_4_advanced", "8.4", "advanced", "17001"),
            ("communes_meeting_15_2_advanced", "15.2", "advanced", "17001"),
            ("districts_meeting_9_5_ntm", "9.5", "ntm", "427"),
            ("districts_meeting_6_5_advanced", "6.5", "advanced", "427"),
            ("districts_meeting_9_2_advanced", "9.2", "advanced", "427"),
        ],
    )
    def test_each_indicator_is_of_its_criterion_and_standard(self, registry: Registry, name: str, criterion: str, standard: str, unit: str):
        others = [(c, s) for c in ("8.4", "15.2", "9.5", "6.5", "9.2", "8.40") for s in ("ntm", "advanced", "exemplary")]
        for other in others:
            if other != (criterion, standard):
                registry.add("criterion_assessment", unit, criterion=other[0], standard=other[1])
        registry.add("criterion_assessment", "17003", criterion=criterion, standard=standard)
        registry.add("criterion_assessment", "428", criterion=criterion, standard=standard)
        # One of the other kind of unit, one that is not rural, and one without a rural commune.
        for elsewhere in ("17004", "17005", "16001", "413"):
            registry.add("criterion_assessment", elsewhere, criterion=criterion, standard=standard)

        figures = registry.figures(name)

        assert figures["427"][0] == 0
        assert figures["40"] == (1, OVER_UNITS[name])

    def test_a_successor_has_to_be_assessed_anew(self, registry: Registry):
        for unit in ("17001", "17002", "17003"):
            registry.add("criterion_assessment", unit)
        assert registry.of_province("communes_meeting_8_4_ntm") == (3, 3)
        assert registry.figures("communes_meeting_8_4_ntm", REFORM) == {"17001": (0, 1), "17003": (0, 1), "40": (0, 2)}

        registry.add("criterion_assessment", "17001*", assessed_on="2025-08-01")
        assert registry.of_province("communes_meeting_8_4_ntm", LATER) == (1, 2)
        assert registry.of_province("communes_meeting_8_4_ntm") == (3, 3)

    def add_advanced(self, registry: Registry) -> None:
        for unit, criterion in (("17001", "8.4"), ("17001", "15.2"), ("17002", "8.4"), ("17003", "15.2"), ("17003", "8.4")):
            result = "not_met" if (unit, criterion) == ("17003", "8.4") else "met"
            registry.add("criterion_assessment", unit, criterion=criterion, standard="advanced", result=result)
        registry.add("criterion_assessment", "17002", criterion="15.2", standard="advanced", valid_to="2025-06-29")

    def test_both_criteria_met_by_the_same_commune(self, registry: Registry):
        self.add_advanced(registry)

        assert registry.figures("communes_meeting_8_4_and_15_2_advanced") == {"17001": (1, None), "427": (1, None), "40": (1, None)}

    def test_each_criterion_by_itself_is_the_smaller_number_and_the_province_s_alone(self, registry: Registry):
        self.add_advanced(registry)

        of_each = {"criteria_8_4_and_15_2": "each_by_itself"}
        assert registry.figures("communes_meeting_8_4_and_15_2_advanced", **of_each) == {"40": (2, None)}
        registry.add("criterion_assessment", "17001", criterion="8.4", standard="advanced", assessed_on="2025-02-01", result="not_met")
        assert registry.figures("communes_meeting_8_4_and_15_2_advanced", **of_each) == {"40": (1, None)}

    def test_shares_of_both_by_the_same_commune(self, registry: Registry):
        self.add_advanced(registry)

        together = {"shares_of_criteria_8_4_and_15_2": "same_commune"}
        assert [registry.of_province(f"communes_meeting_{one}_advanced") for one in ("8_4", "15_2")] == [(2, 3), (2, 3)]
        assert [registry.of_province(f"communes_meeting_{one}_advanced", **together) for one in ("8_4", "15_2")] == [(1, 3), (1, 3)]

    def test_shares_of_both_by_the_same_district_and_of_those_that_meet_another(self, registry: Registry):
        for unit, criterion, standard in (("427", "6.5", "advanced"), ("427", "9.2", "advanced"), ("428", "9.2", "advanced")):
            registry.add("criterion_assessment", unit, criterion=criterion, standard=standard)
        registry.add("criterion_assessment", "428", criterion="9.5", standard="ntm")

        together = {"criteria_6_5_and_9_2": "same_district"}
        assert [registry.of_province(f"districts_meeting_{one}_advanced") for one in ("6_5", "9_2")] == [(1, 2), (2, 2)]
        assert [registry.of_province(f"districts_meeting_{one}_advanced", **together) for one in ("6_5", "9_2")] == [(1, 2), (1, 2)]
        subject = {"subject_of_criterion_9_2": "districts_meeting_9_5"}
        assert registry.figures("districts_meeting_9_2_advanced", **subject) == {"428": (1, 1), "40": (1, 1)}


class TestOfficialsTrained:
    NAME = "officials_trained"

    @pytest.mark.parametrize(
        ("row", "expected"),
        [
            ({}, (0, 1)),
            ({"trained_on": "2025-06-30"}, (1, 1)),
            ({"trained_on": "2025-07-01"}, (0, 1)),
            ({"in_role_to": "2025-06-30", "trained_on": "2024-01-01"}, (1, 1)),
            ({"in_role_to": "2025-06-29", "trained_on": "2024-01-01"}, (0, 0)),
            ({"in_role_from": "2025-06-30", "trained_on": "2024-01-01"}, (1, 1)),
            ({"in_role_from": "2025-07-01"}, (0, 0)),
            ({"in_role_from": None, "trained_on": "2024-01-01"}, (0, 0)),
            ({"withdrawn": True, "trained_on": "2024-01-01"}, (0, 0)),
        ],
    )
    def test_in_role_on_the_day_and_trained_by_then(self, registry: Registry, row: dict[str, Any], expected: tuple[int, int]):
        registry.add("official_training", **row)

        assert registry.of_province(self.NAME) == expected

    def test_an_official_counts_once_by_the_row_written_last(self, registry: Registry):
        # The course was taken in a role that has ended; the role of the day is in another row; the place in a third.
        registry.add("official_training", "17001", in_role_to="2024-01-31", trained_on="2023-05-01")
        registry.add("official_training", "17002", course="số 2")
        registry.add("official_training", "428", course="số 3", in_role_from="2025-07-01", updated_at=datetime(2025, 1, 1))  # noqa: DTZ001
        registry.add("official_training", "17001", official_id="bình")
        registry.add("official_training", "40", official_id="chi", trained_on="2023-05-01")

        assert registry.figures(self.NAME) == {"428": (1, 1), "17001": (0, 1), "427": (0, 1), "40": (2, 3)}

    def test_of_rows_written_at_once_the_greater_course(self, registry: Registry):
        for course, unit in (("số 2", "17003"), ("số 10", "17001")):
            registry.add("official_training", unit, course=course)

        assert registry.figures(self.NAME) == {"17003": (0, 1), "428": (0, 1), "40": (0, 1)}

    def test_moves_with_the_unit(self, registry: Registry):
        for name, unit in (("an", "17002"), ("bình", "17003"), ("chi", "427"), ("dung", "40")):
            registry.add("official_training", unit, official_id=name)

        assert registry.figures(self.NAME, LATER) == {"17001": (0, 1), "40": (0, 4)}


class TestVillages:
    NAME = "villages_with_digital_team"

    @pytest.mark.parametrize(
        ("row", "expected"),
        [
            ({}, (0, 1)),
            ({"team_active_from": "2025-06-30"}, (1, 1)),
            ({"team_active_from": "2025-07-01"}, (0, 1)),
            ({"team_active_from": "2024-01-01", "team_active_to": "2025-06-30"}, (1, 1)),
            ({"team_active_from": "2024-01-01", "team_active_to": "2025-06-29"}, (0, 1)),
            ({"team_active_from": "2024-01-01", "withdrawn": True}, (0, 0)),
        ],
    )
    def test_a_team_that_is_active_on_the_day(self, registry: Registry, row: dict[str, Any], expected: tuple[int, int]):
        registry.add("village", **row)

        assert registry.of_province(self.NAME) == expected

    def add_villages(self, registry: Registry) -> None:
        active = {"team_active_from": "2024-01-01"}
        registry.add("village", "17001", village_id="1", **active)
        registry.add("village", "17001", village_id="2", **active)
        registry.add("village", "17002", village_id="3", **active)
        registry.add("village", "17002", village_id="4")
        registry.add("village", "17004", village_id="5", **active)
        registry.add("village", "17003*", village_id="6", updated_at=datetime(2025, 9, 1))  # noqa: DTZ001
        registry.add("village", "17006", village_id="7")

    def test_all_villages_count_on_every_day_in_the_commune_of_the_day_or_for_the_province(self, registry: Registry):
        self.add_villages(registry)

        assert registry.figures(self.NAME, END_OF_2024) == {
            "17001": (2, 2),
            "17002": (1, 2),
            "17004": (1, 1),
            "17006": (0, 1),
            "427": (4, 6),
            "40": (4, 7),
        }
        assert registry.figures(self.NAME, JUNE_30) == {
            "17001": (2, 2),
            "17002": (1, 2),
            "17004": (1, 1),
            "427": (4, 5),
            "40": (4, 7),
        }
        assert registry.figures(self.NAME, LATER) == {"17001": (4, 5), "17003": (0, 1), "40": (4, 7)}

    def test_communes_in_which_every_village_has_a_team(self, registry: Registry):
        self.add_villages(registry)

        of_communes = {"digital_team_share": "of_communes"}
        assert registry.figures(self.NAME, **of_communes) == {
            "17001": (1, 1),
            "17002": (0, 1),
            "17003": (0, 1),
            "427": (1, 2),
            "428": (0, 1),
            "40": (1, 3),
        }


class TestCooperatives:
    @pytest.mark.parametrize(
        ("row", "there", "linked"),
        [
            ({}, 1, 0),
            ({"registered_on": "2025-06-30"}, 1, 0),
            ({"registered_on": "2025-07-01"}, 0, 0),
            ({"registered_on": None}, 0, 0),
            ({"withdrawn": True}, 0, 0),
            ({"dissolved_on": "2025-07-01", "linkage_from": "2024-05-01"}, 1, 1),
            ({"dissolved_on": "2025-06-30", "linkage_from": "2024-05-01"}, 0, 0),
            ({"linkage_from": "2025-06-30"}, 1, 1),
            ({"linkage_from": "2025-07-01"}, 1, 0),
            ({"linkage_from": "2024-05-01", "linkage_to": "2025-06-30"}, 1, 1),
            ({"linkage_from": "2024-05-01", "linkage_to": "2025-06-29"}, 1, 0),
            ({"linkage_to": "2025-12-31"}, 1, 0),
        ],
    )
    def test_registered_not_dissolved_and_linked_on_the_day(self, registry: Registry, row: dict[str, Any], there: int, linked: int):
        registry.add("cooperative", **row)

        assert registry.figures("communes_with_cooperative")["17001"] == (there, 1)
        assert registry.figures("communes_with_cooperative_linkage")["17001"] == (linked, 1)

    def test_communes_are_counted_and_not_cooperatives(self, registry: Registry):
        for number, unit in enumerate(("17001", "17001", "17004", "17005")):
            registry.add("cooperative", unit, cooperative_id=str(number), linkage_from="2024-05-01")

        for name in ("communes_with_cooperative", "communes_with_cooperative_linkage"):
            assert registry.figures(name)["427"] == (1, 2)
            assert registry.of_province(name) == (1, 3)

    @pytest.mark.parametrize(
        ("unit", "after"),
        [("17002", 1), ("17004", 1), ("17003", 0), ("17005", 0), ("17006", 0), ("17003*", 1)],
        ids=["merged", "township merged", "divided", "into a ward", "gone before", "new"],
    )
    def test_a_cooperative_moves_where_succession_is_whole(self, registry: Registry, unit: str, after: int):
        registry.add("cooperative", unit, linkage_from="2024-05-01")

        for name in ("communes_with_cooperative", "communes_with_cooperative_linkage"):
            assert registry.of_province(name, LATER) == (after, 2)
            assert registry.of_province(name) == (int(unit == "17002") or int(unit == "17003"), 3)


class TestLinkageModels:
    SHARE, DISTRICTS, DIGITAL = (
        "raw_material_zone_models_digital",
        "districts_with_linkage_model",
        "districts_with_digital_raw_material_zone_model",
    )

    @pytest.mark.parametrize(
        ("row", "share", "of_district", "digital"),
        [
            ({}, (0, 1), 1, 0),
            ({"digital_since": "2025-06-30"}, (1, 1), 1, 1),
            ({"digital_since": "2025-07-01"}, (0, 1), 1, 0),
            ({"digital_since": "2024-05-01", "started_on": "2025-06-30"}, (1, 1), 1, 1),
            ({"digital_since": "2024-05-01", "started_on": "2025-07-01"}, (0, 0), 0, 0),
            ({"digital_since": "2024-05-01", "started_on": None}, (0, 0), 0, 0),
            ({"digital_since": "2024-05-01", "ended_on": "2025-07-01"}, (1, 1), 1, 1),
            ({"digital_since": "2024-05-01", "ended_on": "2025-06-30"}, (0, 0), 0, 0),
            ({"digital_since": "2024-05-01", "in_raw_material_zone": False}, (0, 0), 1, 0),
            ({"digital_since": "2024-05-01", "in_raw_material_zone": None}, (0, 0), 1, 0),
            ({"digital_since": "2024-05-01", "level": "commune"}, (1, 1), 0, 1),
            ({"digital_since": "2024-05-01", "withdrawn": True}, (0, 0), 0, 0),
        ],
    )
    def test_running_and_digital_on_the_day(
        self, registry: Registry, row: dict[str, Any], share: tuple[int, int], of_district: int, digital: int
    ):
        registry.add("linkage_model", "17001" if row.get("level") == "commune" else "427", **row)

        assert registry.of_province(self.SHARE) == share
        assert registry.figures(self.DISTRICTS)["427"] == (of_district, 1)
        assert registry.figures(self.DIGITAL)["427"] == (digital, 1)

    def add_models(self, registry: Registry) -> None:
        digital = {"digital_since": "2024-05-01"}
        registry.add("linkage_model", "427", model_id="1", **digital)
        registry.add("linkage_model", "427", model_id="2")
        registry.add("linkage_model", "17002", model_id="3", level="commune", **digital)
        registry.add("linkage_model", "17003", model_id="4", level="commune")
        registry.add("linkage_model", "413", model_id="5", **digital)

    def test_models_by_their_level(self, registry: Registry):
        self.add_models(registry)

        assert registry.figures(self.SHARE) == {"427": (2, 3), "17002": (1, 1), "17003": (0, 1), "428": (0, 1), "40": (3, 5)}
        assert registry.figures(self.SHARE, breakdown="model_level=district") == {"427": (1, 2), "40": (2, 3)}
        assert registry.figures(self.SHARE, breakdown="model_level=commune") == {
            "17002": (1, 1),
            "427": (1, 1),
            "17003": (0, 1),
            "428": (0, 1),
            "40": (1, 2),
        }
        assert registry.of_province(self.DISTRICTS) == (1, 2)
        assert registry.of_province(self.DIGITAL) == (1, 2)

    def test_models_of_districts_are_the_province_s_after_the_end_of_districts(self, registry: Registry):
        self.add_models(registry)

        assert registry.figures(self.SHARE, LATER) == {"17001": (1, 1), "40": (3, 5)}
        assert registry.figures(self.SHARE, LATER, breakdown="model_level=district") == {"40": (2, 3)}

    def test_those_of_a_province_that_was_merged_are_its_successor_s(self, registry: Registry):
        registry.add("linkage_model", "213", digital_since="2024-05-01")
        registry.add("linkage_model", "07001", model_id="2", level="commune")

        assert registry.figures(self.SHARE, province="24") == {"213": (1, 2), "07001": (0, 1), "24": (1, 2)}
        assert registry.figures(self.SHARE, LATER, province="24") == {"24": (1, 2)}


class TestServicesAndSurveys:
    NAME = "units_with_essential_service_and_survey"

    @pytest.mark.parametrize(
        ("service", "survey", "expected"),
        [
            ({}, {}, 1),
            ({"online_since": "2025-06-30"}, {"opened_on": "2025-06-30"}, 1),
            ({"online_since": "2025-07-01"}, {}, 0),
            ({"online_since": None}, {}, 0),
            ({"online_until": "2025-06-30"}, {}, 1),
            ({"online_until": "2025-06-29"}, {}, 0),
            ({"withdrawn": True}, {}, 0),
            ({}, {"opened_on": "2025-07-01"}, 0),
            ({}, {"closed_on": "2024-04-01"}, 1),
            ({}, {"subject": "public_service"}, 0),
            ({}, {"channel": "paper"}, 0),
            ({}, {"withdrawn": True}, 0),
        ],
    )
    def test_a_service_online_on_the_day_and_a_survey_by_then(
        self, registry: Registry, service: dict[str, Any], survey: dict[str, Any], expected: int
    ):
        registry.add("essential_service", **service)
        registry.add("satisfaction_survey", **survey)

        assert registry.figures(self.NAME)["17001"] == (expected, 1)

    def test_the_row_of_a_district_holds_itself_and_its_communes_and_each_counts_once(self, registry: Registry):
        for unit in ("17001", "427", "17003", "17004", "16001"):
            for number in ("health", "culture"):
                registry.add("essential_service", unit, service=number)
                registry.add("satisfaction_survey", unit, survey_id=number)
        registry.add("essential_service", "17002")
        registry.add("satisfaction_survey", "428")

        assert registry.figures(self.NAME) == {
            "17001": (1, 1),
            "17002": (0, 1),
            "17003": (1, 1),
            "427": (2, 3),
            "428": (1, 2),
            "40": (3, 5),
        }
        assert registry.of_province(self.NAME, LATER) == (0, 2)

    def test_the_service_alone(self, registry: Registry):
        registry.add("essential_service")

        assert registry.of_province(self.NAME) == (0, 5)
        assert registry.of_province(self.NAME, service_and_survey="service_alone") == (1, 5)


class TestExemplaryCommunes:
    NAME = "exemplary_communes_with_smart_village"

    @pytest.mark.parametrize(
        ("rows", "expected"),
        [
            ([{}], (0, 1)),
            ([{"valid_from": "2025-06-30"}], (0, 1)),
            ([{"valid_from": "2025-07-01"}], (0, 0)),
            ([{"valid_to": "2025-06-30"}], (0, 1)),
            ([{"valid_to": "2025-06-29"}], (0, 0)),
            ([{"status": "advanced"}], (0, 0)),
            ([{"withdrawn": True}], (0, 0)),
            ([{"withdrawal_decision": "7/QĐ"}], (0, 0)),
            ([{"withdrawal_decision": "7/QĐ", "valid_to": "2025-06-30"}], (0, 1)),
            ([{}, {"valid_from": "2025-01-01", "status": "ntm"}], (0, 0)),
            ([{}, {"valid_from": "2025-01-01", "status": "ntm", "valid_to": "2025-06-29"}], (0, 1)),
            ([{}, {"valid_from": "2025-01-01", "status": "ntm", "withdrawal_decision": "7/QĐ"}], (0, 1)),
            ([{"status": "ntm"}, {"valid_from": "2025-01-01"}], (0, 1)),
        ],
    )
    def test_the_newest_status_in_force_says_it(self, registry: Registry, rows: list[dict[str, Any]], expected: tuple[int, int]):
        for row in rows:
            registry.add("commune_status", **row)

        assert registry.of_province(self.NAME) == expected

    def test_those_with_a_smart_village_in_them(self, registry: Registry):
        for unit in ("17001", "17002", "17005"):
            registry.add("commune_status", unit)
        for number, unit in enumerate(("17001", "17001", "17003")):
            registry.add("village", unit, village_id=str(number))
            registry.add("smart_village_assessment", unit, village_id=str(number))

        # 17005 is a ward by then; a second smart village is no second commune; 17003 is not exemplary.
        assert registry.figures(self.NAME) == {"17001": (1, 1), "17002": (0, 1), "427": (1, 2), "40": (1, 2)}
        assert registry.of_province(self.NAME, END_OF_2024) == (1, 3)

    def test_the_village_moves_to_the_new_commune_and_the_status_does_not(self, registry: Registry):
        registry.add("commune_status", "17002")
        registry.add("village", "17002")
        registry.add("smart_village_assessment", "17002")
        assert registry.of_province(self.NAME) == (1, 1)
        assert registry.of_province(self.NAME, LATER) == (0, 0)

        registry.add("commune_status", "17001*", valid_from="2025-09-01")
        assert registry.of_province(self.NAME, LATER) == (1, 1)


class TestSmartVillages:
    NAME = "smart_villages"

    @pytest.mark.parametrize(
        ("row", "expected"),
        [
            ({}, 1),
            ({"recognised_from": "2025-06-30"}, 1),
            ({"recognised_from": "2025-07-01"}, 0),
            ({"recognised_from": None}, 0),
            ({"recognised_to": "2025-06-30"}, 1),
            ({"recognised_to": "2025-06-29"}, 0),
            ({"recognised_by_decision": None}, 0),
            ({"withdrawn": True}, 0),
            ({"village_id": "another"}, 0),
        ],
    )
    def test_a_recognition_in_force_on_the_day(self, registry: Registry, row: dict[str, Any], expected: int):
        registry.add("village")
        registry.add("village", village_id="deleted", withdrawn=True)
        registry.add("smart_village_assessment", **row)
        registry.add("smart_village_assessment", village_id="deleted")

        assert registry.of_province(self.NAME) == (expected, None)

    def test_each_village_once_and_in_each_of_its_fields(self, registry: Registry):
        for number, (village, unit, field) in enumerate(
            [("1", "17001", "du lịch"), ("1", "17001", "y tế"), ("1", "17001", "y tế"), ("2", "17003", "y tế"), ("3", "17004", None)]
        ):
            if number not in {1, 2}:
                registry.add("village", unit, village_id=village)
            registry.add("smart_village_assessment", unit, village_id=village, field=field, recognised_from=f"2024-03-0{number + 1}")

        assert registry.figures(self.NAME) == {
            code: (n, None) for code, n in {"17001": 1, "17003": 1, "17004": 1, "427": 2, "428": 1, "40": 3}.items()
        }
        assert registry.figures(self.NAME, breakdown="field=y tế") == dict.fromkeys(("17001", "427", "17003", "428"), (1, None)) | {
            "40": (2, None)
        }
        assert registry.of_province(self.NAME, breakdown="field=du lịch") == (1, None)
        assert {row["breakdown"] for row in registry.rows(self.NAME)} == {"", "field=y tế", "field=du lịch"}
        assert registry.figures(self.NAME, LATER) == {"17001": (2, None), "40": (3, None)}


class TestCommuneModels:
    BOTH = ("smart_communes", "ecommerce_communes")

    @pytest.mark.parametrize("kind", ["smart", "ecommerce"])
    def test_recognised_and_selected_by_the_day(self, registry: Registry, kind: str):
        name, other = self.BOTH if kind == "smart" else self.BOTH[::-1]
        registry.add("smart_commune", "17001", kind=kind, selected_on="2024-01-01", recognised_on="2025-06-30")
        registry.add("smart_commune", "17001", kind=kind, field="y tế", selected_on="2024-01-01", recognised_on="2025-01-01")
        registry.add("smart_commune", "17002", kind=kind, selected_on="2025-06-30", recognised_on="2025-07-01")
        registry.add("smart_commune", "17003", kind=kind, selected_on="2025-07-01")
        registry.add("smart_commune", "17004", kind=kind, selected_on="2024-01-01", recognised_on="2024-06-01", withdrawn=True)

        assert registry.figures(name) == {"17001": (1, None), "427": (1, None), "40": (1, None)}
        assert registry.figures(name, breakdown="stage=selected") == {
            "17001": (1, None),
            "17002": (1, None),
            "427": (2, None),
            "40": (2, None),
        }
        assert registry.of_province(other) == (0, None)

    @pytest.mark.parametrize("kind", ["smart", "ecommerce"])
    def test_communes_as_written_of_whatever_type_where_they_lie_on_the_day(self, registry: Registry, kind: str):
        name = self.BOTH[kind == "ecommerce"]
        # 17005 was a rural commune when its decision named it.
        for unit in ("17001", "17002", "17003", "17004", "17005"):
            registry.add("smart_commune", unit, kind=kind, recognised_on="2024-01-01")

        assert registry.figures(name)["17005"] == (1, None)
        assert registry.of_province(name) == (5, None)
        assert registry.figures(name, LATER) == {"17001": (3, None), "16001": (1, None), "40": (5, None)}

    @pytest.mark.parametrize(
        ("rows", "smart", "either"),
        [
            ([("17001", "smart", "2025-06-30")], (1, 2), (1, 2)),
            ([("17001", "smart", "2025-07-01")], (0, 2), (0, 2)),
            ([("17001", "smart", None)], (0, 2), (0, 2)),
            ([("17001", "ecommerce", "2024-01-01")], (0, 2), (1, 2)),
            ([("17001", "smart", "2024-01-01"), ("17004", "ecommerce", "2024-01-01")], (1, 2), (1, 2)),
            # The district of the day: the ward was in 413, which is gone.
            ([("17001", "smart", "2024-01-01"), ("16001", "smart", "2024-01-01")], (2, 2), (2, 2)),
            # Nothing tells into which commune it went.
            ([("17006", "smart", "2024-01-01")], (0, 2), (0, 2)),
        ],
    )
    def test_districts_of_communes_that_are_selected(
        self, registry: Registry, rows: list[tuple[str, str, str | None]], smart: tuple[int, int], either: tuple[int, int]
    ):
        for unit, kind, selected_on in rows:
            registry.add("smart_commune", unit, kind=kind, selected_on=selected_on, recognised_on="2024-06-01")

        assert registry.of_province("districts_with_smart_commune") == smart
        assert registry.of_province("districts_with_smart_or_ecommerce_commune") == either


class TestDataPilots:
    NAME = "district_data_standardisation_models"

    def test_accepted_and_selected_by_the_day_each_district_once(self, registry: Registry):
        registry.add("data_standardisation_pilot", "427", accepted_on="2025-06-30")
        registry.add("data_standardisation_pilot", "427", selected_on="2024-06-01", accepted_on="2025-01-01")
        registry.add("data_standardisation_pilot", "428", selected_on="2025-06-30", accepted_on="2025-07-01")

        assert registry.figures(self.NAME) == {"427": (1, None), "40": (1, None)}
        assert registry.figures(self.NAME, breakdown="stage=selected") == {"427": (1, None), "428": (1, None), "40": (2, None)}

    @pytest.mark.parametrize("row", [{"withdrawn": True}, {"accepted_on": None}])
    def test_what_does_not_count(self, registry: Registry, row: dict[str, Any]):
        registry.add("data_standardisation_pilot", "427", **{"accepted_on": "2024-01-01", **row})

        assert registry.of_province(self.NAME) == (0, None)

    def test_of_whatever_type_as_long_as_it_is_a_district(self, registry: Registry):
        for unit in ("427", "413"):
            registry.add("data_standardisation_pilot", unit, accepted_on="2024-01-01")

        assert registry.of_province(self.NAME, END_OF_2024) == (2, None)
        assert registry.of_province(self.NAME) == (1, None)
        assert registry.figures(self.NAME, REFORM) == {}


class TestTraceability:
    NAME = "traceability_participation"

    @pytest.mark.parametrize(
        ("row", "expected"),
        [
            ({}, (0, 1)),
            ({"on_traceability_system_since": "2025-06-30"}, (1, 1)),
            ({"on_traceability_system_since": "2025-07-01"}, (0, 1)),
            ({"on_traceability_system_since": "2024-01-01", "left_on": "2025-07-01"}, (1, 1)),
            ({"on_traceability_system_since": "2024-01-01", "left_on": "2025-06-30"}, (0, 1)),
            ({"on_traceability_system_since": "2024-01-01", "withdrawn": True}, (0, 0)),
        ],
    )
    def test_on_the_system_on_the_day(self, registry: Registry, row: dict[str, Any], expected: tuple[int, int]):
        registry.add("supply_chain", **row)

        assert registry.of_province(self.NAME) == expected

    def add_chains(self, registry: Registry) -> None:
        for number, (unit, kind, on) in enumerate(
            [
                ("17001", "chain", True),
                ("17002", "chain", True),
                ("17003", "chain", False),
                ("17001", "product", True),
                ("17003", "product", False),
            ]
        ):
            since = "2024-01-01" if on else None
            registry.add("supply_chain", unit, chain_id=str(number), kind=kind, on_traceability_system_since=since)

    def test_chains_and_products_apart(self, registry: Registry):
        self.add_chains(registry)

        assert registry.figures(self.NAME) == {
            "17001": (2, 2),
            "17002": (1, 1),
            "427": (3, 3),
            "17003": (0, 2),
            "428": (0, 2),
            "40": (3, 5),
        }
        assert registry.of_province(self.NAME, breakdown="kind=chain") == (2, 3)
        assert registry.of_province(self.NAME, breakdown="kind=product") == (1, 2)
        assert registry.figures(self.NAME, LATER) == {"17001": (3, 3), "40": (3, 5)}

    def test_each_by_itself_is_the_smaller_share_and_the_province_s_alone(self, registry: Registry):
        self.add_chains(registry)

        of_each = {"chains_and_products": "each_by_itself"}
        assert registry.figures(self.NAME, **of_each) == {"40": (1, 2)}
        assert registry.figures(self.NAME, breakdown="kind=chain", **of_each)["17001"] == (1, 1)
        registry.add("supply_chain", chain_id="more", kind="product", on_traceability_system_since="2024-01-01")
        assert registry.figures(self.NAME, **of_each) == {"40": (2, 3)}


class TestCommunesRecognised:
    NAME = "communes_recognised"

    def test_a_commune_counts_once_by_the_standard_that_it_has(self, registry: Registry):
        registry.add("commune_status", "17001")
        registry.add("commune_status", "17002", status="ntm")
        registry.add("commune_status", "17002", status="advanced", valid_from="2025-06-30", decision_number="2")
        registry.add("commune_status", "17003", status="none")
        registry.add("commune_status", "17004", status="ntm")

        assert registry.figures(self.NAME) == {"17001": (1, None), "17002": (1, None), "427": (2, None), "40": (2, None)}
        assert registry.figures(self.NAME, breakdown="standard=advanced") == dict.fromkeys(("17002", "427", "40"), (1, None))
        assert registry.figures(self.NAME, END_OF_2024, breakdown="standard=ntm") == dict.fromkeys(("17002", "427", "40"), (1, None))
        assert registry.figures(self.NAME, REFORM) == {"40": (0, None)}

    def test_a_recognition_that_ended_or_was_withdrawn_counts_no_more(self, registry: Registry):
        registry.add("commune_status", "17001", valid_to="2025-06-29")
        registry.add("commune_status", "17002", withdrawal_decision="7/QĐ")

        assert registry.of_province(self.NAME) == (0, None)


class TestGrowingAreas:
    NAME = "growing_areas_in_force"

    @pytest.mark.parametrize(
        ("row", "expected"),
        [
            ({}, 1),
            ({"issued_on": "2025-06-30"}, 1),
            ({"issued_on": "2025-07-01"}, 0),
            ({"issued_on": None}, 0),
            ({"status": "paused"}, 0),
            ({"status": None}, 0),
            ({"withdrawn": True}, 0),
        ],
    )
    def test_in_force_on_the_day(self, registry: Registry, row: dict[str, Any], expected: int):
        registry.add("growing_area", **row)

        assert registry.of_province(self.NAME) == (expected, None)

    def test_they_are_told_by_crop_and_move_with_a_whole_succession(self, registry: Registry):
        for number, (unit, crop) in enumerate((("17001", "cam"), ("17001", "chè"), ("17002", "cam"), ("17003", "cam"))):
            registry.add("growing_area", unit, growing_area_code=str(number), crop=crop)

        assert registry.figures(self.NAME)["427"] == (3, None)
        assert registry.figures(self.NAME, breakdown="crop=chè") == dict.fromkeys(("17001", "427", "40"), (1, None))
        assert registry.figures(self.NAME, LATER) == {"17001": (3, None), "40": (4, None)}


class TestCleanWater:
    NAME = "households_with_clean_water"

    def test_the_newest_count_of_a_rural_commune_holds(self, registry: Registry):
        registry.add("clean_water")
        registry.add("clean_water", measured_on="2025-06-30", households=110, households_with_clean_water=90)
        registry.add("clean_water", measured_on="2025-07-01", households=1, households_with_clean_water=0)
        registry.add("clean_water", "17002", households=50, households_with_clean_water=50)
        registry.add("clean_water", "17002", measured_on="2025-02-01", households_with_clean_water=0, withdrawn=True)
        registry.add("clean_water", "17004")

        assert registry.figures(self.NAME) == {"17001": (90, 110), "17002": (50, 50), "427": (140, 160), "40": (140, 160)}
        assert registry.figures(self.NAME, END_OF_2024)["40"] == (110, 150)

    def test_a_count_that_cannot_be_right_is_on_neither_side(self, registry: Registry):
        registry.add("clean_water", "17002", households=50, households_with_clean_water=50)
        registry.add("clean_water")
        registry.add("clean_water", measured_on="2025-02-01", households=100, households_with_clean_water=101)

        assert registry.figures(self.NAME) == {"17002": (50, 50), "427": (50, 50), "40": (50, 50)}
        assert registry.figures(self.NAME, END_OF_2024)["40"] == (110, 150)

    def test_a_merged_commune_is_counted_anew(self, registry: Registry):
        registry.add("clean_water")
        registry.add("clean_water", "17001*", measured_on="2025-12-31", households=400, households_with_clean_water=300)

        assert registry.figures(self.NAME, REFORM) == {"40": (0, 0)}
        assert registry.figures(self.NAME, LATER) == {"17001": (300, 400), "40": (300, 400)}


class TestStations:
    NAME = "stations_over_limit"

    @pytest.mark.parametrize(
        ("value", "limit", "expected"), [(50.0, 50.0, (0, 1)), (50.1, 50.0, (1, 1)), (0.0, 0.0, (0, 1)), (60.0, None, (0, 0))]
    )
    def test_over_the_limit_and_not_at_it(self, registry: Registry, value: float, limit: float | None, expected: tuple[int, int]):
        registry.add("environment_measurement", value=value, limit_value=limit)

        assert registry.of_province(self.NAME) == expected

    def test_the_newest_value_of_each_parameter_decides(self, registry: Registry):
        def measure(station: str, parameter: str, on: str, value: float, **row: Any) -> None:
            at = datetime.fromisoformat(f"{on}T08:00:00")
            registry.add(
                "environment_measurement", station_id=station, parameter=parameter, measured_at=at, measured_on=on, value=value, **row
            )

        measure("A", "TSS", "2024-03-01", 80.0)
        measure("A", "TSS", "2025-06-30", 20.0)
        measure("A", "BOD5", "2024-03-01", 80.0)
        measure("B", "TSS", "2024-03-01", 80.0)
        measure("B", "TSS", "2025-02-01", 20.0)
        measure("C", "TSS", "2025-07-01", 80.0)
        measure("D", "TSS", "2024-03-01", 80.0, withdrawn=True)

        assert registry.figures(self.NAME) == dict.fromkeys(("17001", "427", "40"), (1, 2))
        assert registry.of_province(self.NAME, breakdown="parameter=TSS") == (0, 2)
        assert registry.of_province(self.NAME, breakdown="parameter=BOD5") == (1, 1)
        assert registry.of_province(self.NAME, LATER) == (2, 3)

    def test_a_station_is_where_its_newest_row_says(self, registry: Registry):
        registry.add("environment_measurement", "17001")
        registry.add(
            "environment_measurement",
            "17003",
            parameter="BOD5",
            measured_at=datetime.fromisoformat("2025-01-05T08:00"),
            measured_on="2025-01-05",
        )

        assert registry.figures(self.NAME) == dict.fromkeys(("17003", "428", "40"), (1, 1))


class TestWasteSources:
    NAME = "waste_sources_untreated"

    @pytest.mark.parametrize(
        ("row", "expected"),
        [
            ({}, (1, 1)),
            ({"treated": False}, (1, 1)),
            ({"treated": True}, (0, 1)),
            ({"registered_on": "2025-06-30"}, (1, 1)),
            ({"registered_on": "2025-07-01"}, (0, 0)),
            ({"registered_on": None}, (0, 0)),
            ({"closed_on": "2025-07-01"}, (1, 1)),
            ({"closed_on": "2025-06-30"}, (0, 0)),
            ({"withdrawn": True}, (0, 0)),
        ],
    )
    def test_open_sources_that_are_not_said_to_be_treated(self, registry: Registry, row: dict[str, Any], expected: tuple[int, int]):
        registry.add("waste_source", **row)

        assert registry.of_province(self.NAME) == expected


class TestSatisfaction:
    NAME = "satisfaction"

    @pytest.mark.parametrize(
        ("row", "expected"),
        [
            ({}, (80, 100)),
            ({"opened_on": "2025-06-30"}, (80, 100)),
            ({"opened_on": "2025-07-01"}, (0, 0)),
            ({"closed_on": "2024-04-01"}, (80, 100)),
            ({"channel": "paper"}, (0, 0)),
            ({"subject": "public_service"}, (0, 0)),
            ({"satisfied": None}, (0, 0)),
            ({"responses": 0, "satisfied": 0}, (0, 0)),
            ({"withdrawn": True}, (0, 0)),
        ],
    )
    def test_answers_to_online_surveys_on_results(self, registry: Registry, row: dict[str, Any], expected: tuple[int, int]):
        registry.add("satisfaction_survey", **{"responses": 100, "satisfied": 80, **row})

        assert registry.of_province(self.NAME) == expected

    def test_of_any_unit_that_is_there_and_of_no_successor(self, registry: Registry):
        for number, unit in enumerate(("17001", "17004", "427", "40")):
            registry.add("satisfaction_survey", unit, survey_id=str(number), responses=10, satisfied=number)

        assert registry.figures(self.NAME) == {"17001": (0, 10), "17004": (1, 10), "427": (3, 30), "40": (6, 40)}
        assert registry.figures(self.NAME, REFORM) == {"40": (3, 10)}


def test_readings_of_plans_that_make_a_figure_are_all_choices_of_its_parameter() -> None:
    read = set()
    for plan in load_plans():
        for indicator in load_catalogue().values():
            for name, parameter in indicator.parameters.items():
                if name in plan.settings:
                    read.add((plan.province_name, name))
                    assert set(plan.settings[name].choices) == set(parameter.values)
                    # What the plans choose is what holds where no plan says anything.
                    assert plan.settings[name].chosen == parameter.default

    assert read == {
        ("Nghệ An", "criteria_8_4_and_15_2"),
        ("Lạng Sơn", "digital_team_share"),
        ("Bắc Giang", "shares_of_criteria_8_4_and_15_2"),
        ("Bắc Giang", "criteria_6_5_and_9_2"),
        ("Hà Nội", "subject_of_criterion_9_2"),
        ("Hà Nội", "chains_and_products"),
        ("Hà Nội", "service_and_survey"),
    }
