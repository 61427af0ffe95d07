"""How targets are judged by their two sides, on which day, and that every target of the five plans has a truth."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from jobs.sample.fates import Fact, Line
from jobs.sample.generator import generate
from jobs.sample.plan import SamplePlan
from jobs.sample.registry.registers import Registers
from jobs.sample.registry.rows import SmartCommune, Village, Written
from jobs.sample.targets.judging import COUNTS, FLOW, READINGS, Found, Target, Truths, judge, judged_on, targets_of
from jobs.sample.targets.measures import MEASURES
from jobs.sample.truth import TargetTruth, Truth, TruthBuilder, read_truth
from jobs.sample.units_over_time import UnitId, UnitsOverTime, units_over_time
from jobs.sample.vocabulary import load_vocabulary
from tests.support.small_world import FIRST_DISTRICT, FIRST_TOWN, LIVES, PROVINCE, REFORM, WHOLE, WHOLE_TOO, WORLD
from warehouse_schema.indicator_catalogue import load_catalogue
from warehouse_schema.plan_registry import load_plans

DAY, LAST = date(2025, 3, 31), date(2025, 6, 30)
AFTER = date(2025, 9, 15)
WRITTEN_AT = datetime(2025, 5, 1, 8)  # noqa: DTZ001 - Vietnam's time
PROVINCES = {"20": 17, "40": 16, "80": 15, "24": 17, "01": 10}


def target(indicator: str = "officials_trained", level: str = "all", **changes: object) -> Target:
    asked = Target("plan", PROVINCE, indicator, level, "gte", Decimal(70), "percent", None, date(2025, 12, 31))
    return asked._replace(**changes)


def judged(asked: Target, numerator: int, denominator: int | None, reason: str = "") -> TargetTruth:
    return judge(asked, "", DAY, DAY, Found(numerator, denominator, reason))


def test_percent_is_compared_exactly() -> None:
    assert judged(target(), 7, 10).met is True
    assert judged(target(operator="gt"), 7, 10).met is False
    assert judged(target(), 699, 1000).met is False
    found = judged(target(value=Decimal("66.6")), 2, 3)
    assert (found.met, found.value, found.gap) == (True, 2 / 3, pytest.approx(0.0666666667))
    assert judged(target(), 6, 10).gap == -10


def test_a_fraction_is_that_share_of_whatever_units_there_are() -> None:
    asked = target(unit="fraction", value=Decimal(12), of=20)
    assert (judged(asked, 12, 20).met, judged(asked, 12, 20).gap) == (True, 0)
    assert judged(asked, 11, 20).met is False
    assert judged(asked, 11, 18).met is True
    assert judged(asked, 11, 20).gap == -5


def test_a_count_has_no_denominator() -> None:
    found = judged(target("smart_communes", "commune", unit="count", value=Decimal(10)), 8, None)
    assert (found.denominator, found.value, found.met, found.gap) == (None, 8.0, False, -2.0)


def test_nothing_to_measure_is_not_judged() -> None:
    found = judged(target(), 0, 0, "paper_files_unknown")
    assert (found.value, found.met, found.gap, found.reason) == (None, None, None, "nothing_to_measure")


def test_a_reservation_is_told_and_judged_all_the_same() -> None:
    found = judged(target(), 9, 10, "paper_files_unknown")
    assert (found.met, found.reason) == (True, "paper_files_unknown")


@pytest.mark.parametrize(
    ("indicator", "level", "day"),
    [
        ("work_records_online", "province", AFTER),
        ("work_records_online", "commune", AFTER),
        ("work_records_online", "district", LAST),
        ("smart_villages", "village", AFTER),
        ("traceability_participation", "all", AFTER),
        ("officials_trained", "all", AFTER),
        ("villages_with_digital_team", "village", AFTER),
        ("raw_material_zone_models_digital", "all", AFTER),
        ("communes_meeting_8_4_ntm", "commune", LAST),
        ("units_with_essential_service_and_survey", "mixed", LAST),
        ("exemplary_communes_with_smart_village", "commune", LAST),
        ("smart_communes", "commune", LAST),
        ("ecommerce_communes", "commune", LAST),
        ("district_data_standardisation_models", "district", LAST),
    ],
)
def test_what_is_over_districts_or_communes_is_frozen_on_the_last_day_before_the_reform(indicator: str, level: str, day: date) -> None:
    asked = target(indicator, level)
    assert judged_on(asked, AFTER, WORLD) == day
    assert judged_on(asked, DAY, WORLD) == DAY
    assert judged_on(asked, date(2026, 3, 1), WORLD) == (LAST if day == LAST else date(2025, 12, 31))
    # In a province that ended with the reform everything is.
    merged = UnitsOverTime([(PROVINCE, LAST), (UnitId("01", REFORM), None)], LIVES)
    assert judged_on(asked, AFTER, merged) == LAST


def test_paper_is_unknown_of_a_month_that_is_over_and_was_not_declared() -> None:
    def record(level: str, agency: str, day: date) -> None:
        builder.add(
            "eoffice/work_records", [Line(f"{agency} {day}", WRITTEN_AT, facts=(Fact(FLOW, level, "01", day, 1, 1, agency=agency),))]
        )

    def declaration(agency: str, day: date, count: int) -> None:
        fact = Fact(FLOW, "province", "01", day, 0, count, paper=count, agency=agency)
        builder.add("registry/paper_work_records", [Line(f"{agency} {day} paper", WRITTEN_AT, facts=(fact,))])

    builder = TruthBuilder()
    record("province", "H1.1", date(2025, 2, 3))
    record("province", "H1.1", date(2025, 3, 3))
    # A declared zero is a declaration.
    declaration("H1.1", date(2025, 2, 28), 0)
    assert not builder.is_paper_unknown("province", date(2025, 2, 28))
    assert not builder.is_paper_unknown("province", date(2025, 3, 30))
    assert builder.is_paper_unknown("province", date(2025, 3, 31))
    assert not builder.is_paper_unknown("commune", date(2025, 3, 31))
    assert not builder.is_paper_unknown("province", date(2026, 3, 31))
    assert builder.year_to_date(FLOW, "province", date(2025, 2, 28)) == (1, 1)
    assert builder.year_to_date(FLOW, "province", date(2025, 3, 31)) == (2, 2)


def test_named_models_count_whatever_became_of_their_units_and_no_others() -> None:
    def model(unit: UnitId, recognised_on: date | None, kind: str = "ecommerce") -> Written[SmartCommune]:
        return Written(SmartCommune(unit.code, kind, "y_te", date(2023, 6, 1), recognised_on), unit, None)  # type: ignore[arg-type]

    asked = target("ecommerce_communes", "commune", unit="count", value=Decimal(2), named=(FIRST_TOWN, WHOLE))
    rows = [model(FIRST_TOWN, date(2024, 1, 5)), model(WHOLE_TOO, date(2024, 1, 5)), model(WHOLE, date(2024, 1, 5), "smart")]
    [found] = Truths(Registers(smart_communes=rows), WORLD).targets([asked], [DAY], lambda *_: Found(0, 0))
    assert (found.numerator, found.denominator, found.met) == (1, None, False)
    [found] = Truths(Registers(smart_communes=[*rows, model(WHOLE, DAY)]), WORLD).targets([asked], [DAY], lambda *_: Found(0, 0))
    assert (found.numerator, found.met) == (2, True)


def test_stocks_are_told_of_each_unit_that_things_lie_in() -> None:
    at = None
    villages = [Written(Village(f"v{n}", "00001", "Thôn", 9, 30, None, DAY), unit, at) for n, unit in enumerate((WHOLE, WHOLE, WHOLE_TOO))]  # type: ignore[arg-type]
    told = {
        (one.unit_level, one.unit_code): (one.numerator, one.denominator)
        for one in Truths(Registers(villages=villages), WORLD).stocks([DAY])
        if one.indicator == "villages_with_digital_team"
    }
    assert told == {("province", "01"): (3, 3), ("district", "001"): (3, 3), ("commune", "00001"): (2, 2), ("commune", "00002"): (1, 1)}


def test_the_province_is_told_where_there_is_nothing_and_no_district_after_the_reform() -> None:
    before = {one.indicator: (one.numerator, one.denominator) for one in Truths(Registers(), WORLD).stocks([DAY]) if one.unit_code == "01"}
    assert before.keys() == MEASURES.keys()
    assert before["smart_villages"] == (0, None)
    assert before["districts_meeting_9_5_ntm"] == (0, 1)
    assert before["traceability_participation"] == (0, 0)
    after = {one.indicator for one in Truths(Registers(), WORLD).stocks([REFORM])}
    assert not {name for name in after if name.startswith("district")}
    district = [one for one in Truths(Registers(), WORLD).stocks([DAY]) if one.unit_code == FIRST_DISTRICT.code]
    assert {one.indicator: one.denominator for one in district}["communes_with_cooperative"] == 3


def test_the_measures_are_all_stocks_of_sheets_and_the_levels_those_of_the_plans_and_the_catalogue() -> None:
    asked = {one.indicator: one.level for province in PROVINCES for one in targets_of(province) if one.indicator != "work_records_online"}
    levels = {indicator: level for indicator, (level, _) in MEASURES.items()}
    assert asked == {indicator: level for indicator, level in levels.items() if indicator in asked}
    catalogue = load_catalogue()
    stocks = {
        name: one.levels
        for name, one in catalogue.items()
        if one.kind == "stock" and any(of.startswith("registry/") for of in one.datasets) and "portal/dossiers" not in one.datasets
    }
    assert {indicator: (level,) for indicator, level in levels.items()} == stocks
    assert {indicator for indicator in MEASURES if catalogue[indicator].unit == "count"} == COUNTS
    breakdowns = {(plan.plan_id, one.indicator): one.breakdown for plan in load_plans() for one in plan.targets if one.breakdown}
    assert breakdowns == READINGS


@pytest.fixture(scope="module", params=[date(2025, 3, 31), date(2025, 6, 30), date(2025, 7, 11)], ids=str)
def truths(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[date, dict[str, Truth]]:
    last = request.param
    root = tmp_path_factory.mktemp("five")
    plans = {province: SamplePlan(province, last.replace(day=1), last, 5, 30, 0, 0) for province in PROVINCES}
    return last, {name: read_truth(generate(plan, root / "landing", root / "truth").truth_path) for name, plan in plans.items()}


@pytest.mark.slow
def test_every_target_of_the_five_plans_has_a_truth(truths: tuple[date, dict[str, Truth]]) -> None:
    last, by_province = truths
    told = [(one.plan_id, one.indicator, one.level) for truth in by_province.values() for one in truth.targets if one.as_of == str(last)]
    assert sorted(told) == sorted((plan.plan_id, one.indicator, one.level) for plan in load_plans() for one in plan.targets)
    assert len(told) == 75
    assert {province: sum(one.as_of == str(last) for one in truth.targets) for province, truth in by_province.items()} == PROVINCES


@pytest.mark.slow
def test_the_truth_of_targets_is_consistent(truths: tuple[date, dict[str, Truth]]) -> None:
    last, by_province = truths
    for province, truth in by_province.items():
        units = units_over_time(province, load_vocabulary().province_periods(province))
        stocks = {
            (one.indicator, one.breakdown): (one.numerator, one.denominator)
            for one in truth.stocks
            if (one.as_of, one.unit_level) == (str(last), "province")
        }
        for one in truth.targets:
            assert one.judged_on == one.as_of or one.judged_on == "2025-06-30" < one.as_of
            if one.level == "district" and one.denominator is not None and one.indicator in MEASURES:
                assert one.denominator == len(units.districts(date.fromisoformat(one.judged_on)))
            is_named = one.indicator in ("smart_communes", "ecommerce_communes") and province in ("01", "24")
            if one.as_of == one.judged_on == str(last) and one.indicator in MEASURES and not is_named:
                assert (one.numerator, one.denominator) == stocks.get((one.indicator, one.breakdown), (0, 0))


def test_figures_of_a_merged_province_are_those_of_its_last_day(tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tmp_path_factory.mktemp("merged")
    plan = SamplePlan("24", date(2025, 6, 2), date(2025, 7, 31), 8, 60, 0, 0)
    truth = read_truth(generate(plan, root / "landing", root / "truth").truth_path)
    figures = {
        as_of: {(one.indicator, one.level): (one.judged_on, one.numerator, one.denominator) for one in truth.targets if one.as_of == as_of}
        for as_of in ("2025-06-30", "2025-07-31")
    }
    assert figures["2025-06-30"] == figures["2025-07-31"]
    assert {one.as_of for one in truth.stocks} == {"2025-06-30", "2025-07-31"}
    assert {one.unit_valid_from for one in truth.stocks if one.as_of == "2025-07-31"} == {"2025-07-01"}
