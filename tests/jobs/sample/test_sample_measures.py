"""Each rule of the indicators on tiny lists of rows, by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import TypeVar

import pytest

from jobs.sample.registry.registers import Registers
from jobs.sample.registry.rows import (
    CleanWater,
    CommuneStatus,
    Cooperative,
    CriterionAssessment,
    DataPilot,
    EssentialService,
    GrowingArea,
    LinkageModel,
    Measurement,
    OfficialCourse,
    SatisfactionSurvey,
    SmartCommune,
    SmartVillageAssessment,
    SupplyChain,
    Village,
    WasteSource,
    Written,
)
from jobs.sample.targets.measures import MEASURES, Counted, meeting, standards
from jobs.sample.units_over_time import Place, UnitId
from tests.support.small_world import (
    DIVIDED,
    ENDED_EARLY,
    FIRST_DISTRICT,
    FIRST_TOWN,
    NEW_COMMUNE,
    PROVINCE,
    REFORM,
    SECOND_DISTRICT,
    WHOLE,
    WHOLE_TOO,
    WORLD,
)

R = TypeVar("R")
DAY = date(2025, 3, 31)
EARLIER, SOON = date(2024, 3, 1), DAY + timedelta(days=1)
WRITTEN_AT = datetime(2024, 5, 1, 8)  # noqa: DTZ001 - Vietnam's time


def written(row: R, unit: UnitId, at: datetime = WRITTEN_AT) -> Written[R]:
    return Written(row, unit, at)


def counted(indicator: str, registers: Registers, day: date = DAY, breakdown: str = "") -> tuple[int, int | None]:
    """Both sides for the province."""
    found = MEASURES[indicator][1](registers, WORLD, day)[breakdown]
    return sum(one.numerator for one in found), sum(one.denominator for one in found if one.denominator is not None) if found else None


def reached(indicator: str, registers: Registers, day: date = DAY) -> set[UnitId]:
    """The units of the population that are in the numerator."""
    level = MEASURES[indicator][0]
    found = [one for one in MEASURES[indicator][1](registers, WORLD, day)[""] if one.numerator]
    return {unit for one in found if (unit := one.place.commune if level == "commune" else one.place.district or one.place.province)}


# --- assessments ------------------------------------------------------------------------------------------------------


def assessed(
    result: str, on: date, valid_to: date | None = None, *, withdrawn: bool = False, criterion: str = "8.4", standard: str = "ntm"
) -> CriterionAssessment:
    decision = "9/QĐ-UBND" if withdrawn else None
    return CriterionAssessment("00001", criterion, standard, result, on, valid_to, "1/QĐ-UBND", decision)


@pytest.mark.parametrize(
    ("history", "meets"),
    [
        ([assessed("met", EARLIER)], True),
        ([assessed("met", DAY)], True),
        ([assessed("met", SOON)], False),
        ([assessed("not_met", EARLIER)], False),
        ([assessed("met", EARLIER), assessed("not_met", DAY)], False),
        ([assessed("met", EARLIER), assessed("not_met", SOON)], True),
        ([assessed("not_met", EARLIER), assessed("met", DAY)], True),
        ([assessed("met", EARLIER, DAY)], True),
        ([assessed("met", EARLIER, DAY - timedelta(days=1))], False),
        # A newer one that has expired ends an older one that had not.
        ([assessed("met", EARLIER), assessed("met", date(2024, 6, 1), date(2024, 12, 31))], False),
        # Withdrawn in law without a last day: it counts on no day, and an older one can count again.
        ([assessed("met", EARLIER, withdrawn=True)], False),
        ([assessed("met", EARLIER), assessed("not_met", DAY, withdrawn=True)], True),
        ([assessed("not_met", EARLIER), assessed("met", DAY, withdrawn=True)], False),
        # With a last day it is the newest, and ends there.
        ([assessed("met", EARLIER), assessed("met", date(2024, 6, 1), date(2024, 12, 31), withdrawn=True)], False),
        ([assessed("met", EARLIER, DAY, withdrawn=True)], True),
        # Another criterion or standard says nothing.
        ([assessed("met", EARLIER), assessed("not_met", DAY, standard="advanced"), assessed("not_met", DAY, criterion="15.2")], True),
    ],
)
def test_the_newest_assessment_up_to_the_day_decides(history: list[CriterionAssessment], meets: bool) -> None:
    for rows in (history, history[::-1]):
        assert meeting([written(row, WHOLE) for row in rows], "8.4", "ntm", DAY) == ({WHOLE} if meets else set())


def test_an_assessment_belongs_to_its_unit_and_to_no_successor() -> None:
    rows = [written(assessed("met", EARLIER), unit) for unit in (WHOLE, WHOLE_TOO, FIRST_TOWN, ENDED_EARLY)]
    registers = Registers(assessments=rows)
    # The town is a ward by now, and one commune has ended.
    assert reached("communes_meeting_8_4_ntm", registers) == {WHOLE, WHOLE_TOO}
    assert counted("communes_meeting_8_4_ntm", registers) == (2, 3)
    assert counted("communes_meeting_8_4_ntm", registers, EARLIER) == (4, 5)
    assert counted("communes_meeting_8_4_ntm", registers, REFORM) == (0, 1)


def test_both_criteria_are_met_by_the_same_commune() -> None:
    eight = [written(assessed("met", EARLIER, standard="advanced"), unit) for unit in (WHOLE, WHOLE_TOO)]
    fifteen = [written(assessed("met", EARLIER, standard="advanced", criterion="15.2"), unit) for unit in (WHOLE_TOO, DIVIDED)]
    registers = Registers(assessments=eight + fifteen)
    assert reached("communes_meeting_8_4_and_15_2_advanced", registers) == {WHOLE_TOO}
    assert counted("communes_meeting_8_4_and_15_2_advanced", Registers(assessments=eight)) == (0, None)


def test_districts_are_those_with_a_rural_commune() -> None:
    rows = [written(assessed("met", EARLIER, criterion="9.5"), unit) for unit in (FIRST_DISTRICT, SECOND_DISTRICT)]
    assert counted("districts_meeting_9_5_ntm", Registers(assessments=rows)) == (1, 1)
    assert counted("districts_meeting_9_5_ntm", Registers(assessments=rows), EARLIER) == (2, 2)
    assert counted("districts_meeting_9_5_ntm", Registers(assessments=rows), REFORM) == (0, None)


# --- officials --------------------------------------------------------------------------------------------------------


def course(official: str, name: str, trained_on: date | None, begin: date | None = EARLIER, end: date | None = None) -> OfficialCourse:
    return OfficialCourse(official, "00001", "commune", "Chủ tịch UBND", begin, end, name, trained_on)


def test_an_official_counts_once_and_any_course_counts() -> None:
    registers = Registers(
        officials=[
            written(course("a", "1", None), WHOLE),
            written(course("a", "2", EARLIER), WHOLE),
            written(course("b", "1", SOON), WHOLE),
            written(course("c", "1", EARLIER, end=DAY - timedelta(days=1)), WHOLE),
            written(course("d", "1", EARLIER, end=DAY), WHOLE),
            written(course("e", "1", EARLIER, begin=None), WHOLE),
        ]
    )
    assert counted("officials_trained", registers) == (2, 3)


def test_a_course_of_a_role_that_has_ended_counts_for_the_one_that_has_not() -> None:
    rows = [written(course("a", "1", EARLIER, end=date(2024, 12, 31)), WHOLE), written(course("a", "2", None, begin=DAY), WHOLE)]
    assert counted("officials_trained", Registers(officials=rows)) == (1, 1)


def test_an_official_is_where_the_row_written_last_says() -> None:
    later = WRITTEN_AT + timedelta(days=9)
    rows = [written(course("a", "1", EARLIER), WHOLE), written(course("a", "0", None), DIVIDED, later)]
    assert reached("officials_trained", Registers(officials=rows)) == {FIRST_DISTRICT}
    [only] = MEASURES["officials_trained"][1](Registers(officials=rows), WORLD, DAY)[""]
    assert only == Counted(Place(PROVINCE, FIRST_DISTRICT, DIVIDED), 1, 1)
    # Of rows written at once the greater course.
    at_once = [written(course("a", "1", EARLIER), WHOLE), written(course("a", "2", None), DIVIDED)]
    [only] = MEASURES["officials_trained"][1](Registers(officials=at_once), WORLD, DAY)[""]
    assert only.place.commune == DIVIDED


# --- things in units --------------------------------------------------------------------------------------------------


def village(name: str, begin: date | None = None, end: date | None = None) -> Village:
    return Village(name, "00001", f"Thôn {name}", 100, 400, None, begin, end)


def test_all_villages_count_and_those_with_an_active_team() -> None:
    registers = Registers(
        villages=[
            written(village("active", EARLIER), WHOLE),
            written(village("until today", EARLIER, DAY), WHOLE),
            written(village("until yesterday", EARLIER, DAY - timedelta(days=1)), WHOLE),
            written(village("from tomorrow", SOON), WHOLE),
            written(village("none"), FIRST_TOWN),
            written(village("unit ended", EARLIER), ENDED_EARLY),
        ]
    )
    assert counted("villages_with_digital_team", registers) == (3, 6)


def test_things_move_with_whole_succession_else_to_the_province() -> None:
    registers = Registers(villages=[written(village(unit.code, EARLIER), unit) for unit in (WHOLE, WHOLE_TOO, DIVIDED)])
    found = MEASURES["villages_with_digital_team"][1](registers, WORLD, REFORM)[""]
    assert [one.place for one in found] == [Place(PROVINCE, None, NEW_COMMUNE), Place(PROVINCE, None, NEW_COMMUNE), Place(PROVINCE)]


def cooperative(begin: date | None, dissolved: date | None = None, *linkage: date | None) -> Cooperative:
    return Cooperative("x", "HTX", "00001", begin, dissolved, "Cam", *linkage)


@pytest.mark.parametrize(
    ("row", "is_there", "is_linked"),
    [
        (cooperative(EARLIER), True, False),
        (cooperative(None), False, False),
        (cooperative(SOON, None, EARLIER), False, False),
        (cooperative(EARLIER, DAY, EARLIER), False, False),
        (cooperative(EARLIER, SOON, EARLIER), True, True),
        (cooperative(EARLIER, None, DAY), True, True),
        (cooperative(EARLIER, None, EARLIER, DAY), True, True),
        (cooperative(EARLIER, None, EARLIER, DAY - timedelta(days=1)), True, False),
        (cooperative(EARLIER, None, SOON), True, False),
    ],
)
def test_a_cooperative_until_it_is_dissolved_and_its_linkage_to_its_last_day(row: Cooperative, is_there: bool, is_linked: bool) -> None:
    registers = Registers(cooperatives=[written(row, WHOLE)])
    assert counted("communes_with_cooperative", registers) == (int(is_there), 3)
    assert counted("communes_with_cooperative_linkage", registers) == (int(is_linked), 3)


def test_two_cooperatives_make_one_commune_and_wards_make_none() -> None:
    rows = [written(cooperative(EARLIER), unit) for unit in (WHOLE, WHOLE, FIRST_TOWN, ENDED_EARLY)]
    assert reached("communes_with_cooperative", Registers(cooperatives=rows)) == {WHOLE}
    assert reached("communes_with_cooperative", Registers(cooperatives=rows), REFORM) == {NEW_COMMUNE}
    # Written for the commune of July: on an earlier day it lies in no commune.
    assert reached("communes_with_cooperative", Registers(cooperatives=[written(cooperative(EARLIER), NEW_COMMUNE)])) == set()


def model(level: str, in_zone: bool | None, digital: date | None, begin: date | None = EARLIER, end: date | None = None) -> LinkageModel:
    return LinkageModel("x", "Liên kết", "001", level, "Cam", in_zone, digital, begin, end)


def test_models_of_districts_in_zones_and_digital() -> None:
    rows = [
        written(model("district", True, EARLIER), FIRST_DISTRICT),
        written(model("district", True, SOON), FIRST_DISTRICT),
        written(model("district", False, EARLIER), FIRST_DISTRICT),
        written(model("district", None, EARLIER), FIRST_DISTRICT),
        written(model("district", True, EARLIER, end=DAY), FIRST_DISTRICT),
        written(model("commune", True, EARLIER), WHOLE),
        written(model("commune", True, None), ENDED_EARLY),
    ]
    registers = Registers(linkage_models=rows)
    assert counted("raw_material_zone_models_digital", registers) == (2, 4)
    assert counted("raw_material_zone_models_digital", registers, breakdown="model_level=district") == (1, 2)
    assert counted("raw_material_zone_models_digital", registers, breakdown="model_level=commune") == (1, 2)
    assert counted("districts_with_linkage_model", registers) == (1, 1)
    assert counted("districts_with_digital_raw_material_zone_model", registers) == (1, 1)
    # After the reform a district's model is known of the province only.
    assert counted("raw_material_zone_models_digital", registers, REFORM, "model_level=district") == (2, 2)


def test_a_district_with_a_commune_s_model_only() -> None:
    registers = Registers(linkage_models=[written(model("commune", True, EARLIER), WHOLE)])
    assert counted("districts_with_linkage_model", registers) == (0, 1)
    assert counted("districts_with_digital_raw_material_zone_model", registers) == (1, 1)


def test_no_model_at_all_is_nothing_on_either_side() -> None:
    assert counted("raw_material_zone_models_digital", Registers()) == (0, None)


# --- services, status, smart units ------------------------------------------------------------------------------------


def service(begin: date | None, end: date | None = None) -> EssentialService:
    return EssentialService("00001", "commune", "health", begin, end)


def survey(subject: str = "ntm_results", channel: str = "online", opened_on: date | None = EARLIER) -> SatisfactionSurvey:
    return SatisfactionSurvey("00001", "KS", subject, channel, opened_on, EARLIER, 10, 9)


def test_units_need_a_service_online_and_an_online_survey_on_results() -> None:
    both = {
        WHOLE: (service(EARLIER), survey()),
        WHOLE_TOO: (service(EARLIER, DAY - timedelta(days=1)), survey()),
        DIVIDED: (service(EARLIER), survey(channel="paper")),
        FIRST_DISTRICT: (service(EARLIER, DAY), survey()),
        FIRST_TOWN: (service(EARLIER), survey()),
    }
    registers = Registers(
        services=[written(one, unit) for unit, (one, _) in both.items()], surveys=[written(one, unit) for unit, (_, one) in both.items()]
    )
    assert counted("units_with_essential_service_and_survey", registers) == (2, 4)
    for other in (survey("other"), survey(opened_on=SOON), survey(opened_on=None)):
        assert counted(
            "units_with_essential_service_and_survey",
            Registers(services=[written(service(EARLIER), WHOLE)], surveys=[written(other, WHOLE)]),
        ) == (0, 4)


def status(kind: str, begin: date, end: date | None = None, *, withdrawn: bool = False) -> CommuneStatus:
    return CommuneStatus("00001", kind, begin, end, "1/QĐ", "2/QĐ" if withdrawn else None)


@pytest.mark.parametrize(
    ("history", "is_exemplary"),
    [
        ([status("ntm", EARLIER), status("exemplary", DAY)], True),
        ([status("exemplary", EARLIER), status("advanced", DAY)], False),
        ([status("ntm", EARLIER), status("exemplary", SOON)], False),
        ([status("exemplary", EARLIER, DAY)], True),
        ([status("exemplary", EARLIER), status("ntm", date(2024, 6, 1), date(2024, 12, 31))], True),
        ([status("exemplary", EARLIER, withdrawn=True)], False),
        ([status("exemplary", EARLIER, DAY, withdrawn=True)], True),
    ],
)
def test_the_status_in_force_with_the_greatest_first_day_holds(history: list[CommuneStatus], is_exemplary: bool) -> None:
    assert (standards([written(row, WHOLE) for row in history], DAY).get(WHOLE) == "exemplary") is is_exemplary


def smart(
    name: str, begin: date | None, end: date | None = None, field: str = "y_te", decision: str | None = "5/QĐ"
) -> SmartVillageAssessment:
    return SmartVillageAssessment(name, "bộ", EARLIER, field, recognised_by_decision=decision, recognised_from=begin, recognised_to=end)


def test_exemplary_communes_with_a_smart_village_in_them() -> None:
    registers = Registers(
        commune_status=[written(status("exemplary", EARLIER), unit) for unit in (WHOLE, WHOLE_TOO, DIVIDED, FIRST_TOWN)],
        villages=[written(village("a"), WHOLE), written(village("b"), WHOLE_TOO), written(village("c"), FIRST_TOWN)],
        smart_villages=[
            written(smart("a", EARLIER), WHOLE),
            written(smart("b", EARLIER, DAY - timedelta(days=1)), WHOLE_TOO),
            written(smart("c", EARLIER), FIRST_TOWN),
        ],
    )
    assert counted("exemplary_communes_with_smart_village", registers) == (1, 3)
    assert counted("exemplary_communes_with_smart_village", Registers(villages=registers.villages)) == (0, None)


def test_a_smart_village_counts_once_while_its_recognition_is_in_force() -> None:
    registers = Registers(
        villages=[written(village(name), WHOLE) for name in "abcd"],
        smart_villages=[
            written(smart("a", EARLIER), WHOLE),
            written(smart("a", EARLIER, field="giao_duc"), WHOLE),
            written(smart("b", SOON), WHOLE),
            written(smart("c", EARLIER, decision=None), WHOLE),
            written(smart("d", EARLIER, DAY), WHOLE),
        ],
    )
    assert counted("smart_villages", registers)[0] == 2
    assert counted("smart_villages", registers, breakdown="field=y_te")[0] == 2
    assert counted("smart_villages", registers, breakdown="field=giao_duc")[0] == 1


def smart_commune(kind: str, selected: date | None, recognised: date | None = None, field: str = "y_te") -> SmartCommune:
    return SmartCommune("00001", kind, field, selected, recognised)


def test_smart_communes_count_as_written_and_pilots_by_district() -> None:
    registers = Registers(
        smart_communes=[
            written(smart_commune("smart", EARLIER, DAY), FIRST_TOWN),
            written(smart_commune("smart", EARLIER, DAY, field="giao_duc"), FIRST_TOWN),
            written(smart_commune("smart", EARLIER, EARLIER), ENDED_EARLY),
            written(smart_commune("smart", EARLIER, SOON), WHOLE),
            written(smart_commune("ecommerce", EARLIER, EARLIER), WHOLE_TOO),
            written(smart_commune("ecommerce", None, None), DIVIDED),
        ]
    )
    assert counted("smart_communes", registers)[0] == 2
    assert counted("smart_communes", registers, breakdown="stage=selected")[0] == 3
    assert counted("ecommerce_communes", registers)[0] == 1
    # The second district has no rural commune any more, though a smart one lies in it.
    assert counted("districts_with_smart_commune", registers) == (1, 1)
    only_ecommerce = Registers(smart_communes=registers.smart_communes[4:])
    assert counted("districts_with_smart_commune", only_ecommerce) == (0, 1)
    assert counted("districts_with_smart_or_ecommerce_commune", only_ecommerce) == (1, 1)


def test_pilots_count_when_accepted() -> None:
    rows = [written(DataPilot("001", EARLIER, SOON), FIRST_DISTRICT), written(DataPilot("002", EARLIER, DAY), SECOND_DISTRICT)]
    assert counted("district_data_standardisation_models", Registers(pilots=rows))[0] == 1
    assert counted("district_data_standardisation_models", Registers(pilots=rows), breakdown="stage=selected")[0] == 2


def test_every_chain_is_in_the_denominator_and_those_on_the_system_above() -> None:
    def chain(kind: str, since: date | None, left: date | None = None) -> Written[SupplyChain]:
        return written(SupplyChain("x", "Chuỗi", kind, "00001", since, left), WHOLE)

    chains = [
        chain("chain", EARLIER),
        chain("chain", EARLIER, DAY),
        chain("product", EARLIER, SOON),
        chain("product", SOON),
        chain("product", None),
    ]
    registers = Registers(supply_chains=chains)
    assert counted("traceability_participation", registers) == (2, 5)
    assert counted("traceability_participation", registers, breakdown="kind=chain") == (1, 2)
    assert counted("traceability_participation", registers, breakdown="kind=product") == (1, 3)


def test_recognised_communes_have_one_standard_each_and_wards_none() -> None:
    rows = [
        written(status("ntm", EARLIER), WHOLE),
        written(status("exemplary", EARLIER), WHOLE_TOO),
        written(status("none", EARLIER), DIVIDED),
        written(status("ntm", EARLIER), FIRST_TOWN),
    ]
    registers = Registers(commune_status=rows)
    assert counted("communes_recognised", registers)[0] == 2
    assert counted("communes_recognised", registers, breakdown="standard=exemplary")[0] == 1
    assert counted("communes_recognised", registers, REFORM)[0] == 0


def test_growing_areas_count_once_issued_and_while_in_use() -> None:
    def area(crop: str, issued_on: date, said: str = "in_use") -> Written[GrowingArea]:
        return written(GrowingArea("x", "00001", crop, 1.5, issued_on, said), WHOLE)

    rows = [area("cam", DAY), area("chè", EARLIER), area("cam", SOON), area("cam", EARLIER, "paused"), area("cam", EARLIER, "cancelled")]
    registers = Registers(growing_areas=rows)
    assert counted("growing_areas_in_force", registers)[0] == 2
    assert counted("growing_areas_in_force", registers, breakdown="crop=cam")[0] == 1
    # They lie in the whole successor after the reform.
    assert [one.place.commune for one in MEASURES["growing_areas_in_force"][1](registers, WORLD, REFORM)[""]] == [NEW_COMMUNE] * 3


def test_the_newest_count_of_households_holds_for_the_commune_that_it_was_made_for() -> None:
    rows = [
        written(CleanWater("00001", EARLIER, 100, 60), WHOLE),
        written(CleanWater("00001", DAY, 110, 90), WHOLE),
        written(CleanWater("00001", SOON, 120, 120), WHOLE),
        written(CleanWater("00002", EARLIER, 50, 50), WHOLE_TOO),
        written(CleanWater("00003", EARLIER, 70, 70), FIRST_TOWN),
    ]
    assert counted("households_with_clean_water", Registers(clean_water=rows)) == (140, 160)
    assert counted("households_with_clean_water", Registers(clean_water=rows), REFORM) == (0, None)


def test_a_station_is_over_a_limit_when_one_parameter_s_newest_value_is() -> None:
    def measured(station: str, parameter: str, on: date, value: float) -> Written[Measurement]:
        return written(Measurement(station, "00001", parameter, datetime.combine(on, WRITTEN_AT.time()), value, "mg/l", 50.0), WHOLE)

    rows = [
        measured("a", "TSS", EARLIER, 80),
        measured("a", "TSS", DAY, 50),
        measured("a", "BOD5", EARLIER, 51),
        measured("b", "TSS", EARLIER, 80),
        measured("b", "TSS", DAY, 50),
        measured("c", "TSS", SOON, 80),
    ]
    registers = Registers(measurements=rows)
    assert counted("stations_over_limit", registers) == (1, 2)
    assert counted("stations_over_limit", registers, breakdown="parameter=TSS") == (0, 2)
    assert counted("stations_over_limit", registers, breakdown="parameter=BOD5") == (1, 1)


def test_open_sources_of_waste_that_are_not_said_to_be_treated() -> None:
    def source(treated: bool | None, closed_on: date | None = None, since: date = EARLIER) -> Written[WasteSource]:
        return written(WasteSource("x", "00001", "chăn nuôi", "nước thải", since, closed_on, treated), WHOLE)

    rows = [source(True), source(False), source(None, SOON), source(False, DAY), source(False, None, SOON)]
    assert counted("waste_sources_untreated", Registers(waste_sources=rows)) == (2, 3)


def test_satisfied_answers_of_online_surveys_on_results() -> None:
    def survey(subject: str, channel: str, opened_on: date, answers: tuple[int, int] | None) -> Written[SatisfactionSurvey]:
        responses, satisfied = answers or (None, None)
        return written(SatisfactionSurvey("00001", "x", subject, channel, opened_on, None, responses, satisfied), WHOLE)

    rows = [
        survey("ntm_results", "online", EARLIER, (100, 80)),
        survey("ntm_results", "online", DAY, (10, 9)),
        survey("ntm_results", "online", SOON, (10, 0)),
        survey("ntm_results", "online", EARLIER, None),
        survey("ntm_results", "paper", EARLIER, (10, 0)),
        survey("public_service", "online", EARLIER, (10, 0)),
    ]
    assert counted("satisfaction", Registers(surveys=rows)) == (89, 110)
    assert counted("satisfaction", Registers(surveys=rows), REFORM) == (0, None)


def test_every_measure_works_on_nothing() -> None:
    for name, (_, measure) in MEASURES.items():
        found: Mapping[str, object] = measure(Registers(), WORLD, DAY)
        assert "" in found, name
