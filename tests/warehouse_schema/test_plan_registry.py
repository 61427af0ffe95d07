"""The plans: all their targets, what follows for each, and how mistakes in a plan's file are told."""

from __future__ import annotations

import csv
import re
from collections import Counter
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import pytest

from jobs.errors import UsageError
from warehouse_schema.plan_registry import (
    GENERAL_SETTINGS,
    PLANS_FOLDER,
    Plan,
    PlanError,
    Target,
    load_plan,
    load_plans,
    named_rows,
    target_rows,
)

LANG_SON = "lang-son-09-kh-ubnd-2023"
NGHE_AN = "nghe-an-132-kh-ubnd-2023"
LONG_AN = "long-an-2021-2025"
BAC_GIANG = "bac-giang-20-kh-ubnd-2023"
HA_NOI = "ha-noi-236-kh-ubnd-2023"

# indicator, level, operator, value, unit, of, binding
TARGETS = {
    LANG_SON: [
        ("work_records_online", "province", "gte", "90", "percent", None, "binding"),
        ("work_records_online", "district", "gte", "80", "percent", None, "binding"),
        ("work_records_online", "commune", "gte", "60", "percent", None, "binding"),
        ("communes_meeting_8_4_ntm", "commune", "gte", "97", "percent", None, "binding"),
        ("communes_meeting_8_4_advanced", "commune", "gte", "50", "percent", None, "binding"),
        ("communes_meeting_15_2_advanced", "commune", "gte", "50", "percent", None, "binding"),
        ("districts_meeting_9_5_ntm", "district", "gte", "60", "percent", None, "binding"),
        ("districts_meeting_6_5_advanced", "district", "gte", "25", "percent", None, "binding"),
        ("districts_meeting_9_2_advanced", "district", "gte", "25", "percent", None, "binding"),
        ("officials_trained", "all", "gte", "100", "percent", None, "binding"),
        ("villages_with_digital_team", "village", "gte", "100", "percent", None, "binding"),
        ("communes_with_cooperative_linkage", "commune", "gte", "50", "percent", None, "binding"),
        ("districts_with_linkage_model", "district", "gte", "70", "percent", None, "binding"),
        ("raw_material_zone_models_digital", "all", "gte", "50", "percent", None, "binding"),
        ("units_with_essential_service_and_survey", "mixed", "gte", "40", "percent", None, "binding"),
        ("exemplary_communes_with_smart_village", "commune", "gte", "100", "percent", None, "striven"),
        ("smart_villages", "village", "gte", "20", "count", None, "striven"),
    ],
    NGHE_AN: [
        ("work_records_online", "province", "gte", "90", "percent", None, "binding"),
        ("work_records_online", "district", "gte", "80", "percent", None, "binding"),
        ("work_records_online", "commune", "gte", "60", "percent", None, "binding"),
        ("communes_meeting_8_4_ntm", "commune", "gte", "97", "percent", None, "binding"),
        ("communes_meeting_8_4_and_15_2_advanced", "commune", "gte", "135", "count", None, "binding"),
        ("districts_meeting_9_5_ntm", "district", "gte", "12", "fraction", 20, "binding"),
        ("districts_meeting_6_5_advanced", "district", "gte", "4", "fraction", 20, "binding"),
        ("districts_meeting_9_2_advanced", "district", "gte", "5", "fraction", 20, "binding"),
        ("officials_trained", "all", "gte", "100", "percent", None, "binding"),
        ("communes_with_cooperative_linkage", "commune", "gt", "70", "percent", None, "binding"),
        ("districts_with_linkage_model", "district", "gte", "100", "percent", None, "binding"),
        ("raw_material_zone_models_digital", "all", "gte", "50", "percent", None, "binding"),
        ("units_with_essential_service_and_survey", "mixed", "gte", "50", "percent", None, "binding"),
        ("district_data_standardisation_models", "district", "gte", "8", "count", None, "striven"),
        ("smart_communes", "commune", "gte", "10", "count", None, "striven"),
        ("smart_villages", "village", "gte", "20", "count", None, "striven"),
    ],
    LONG_AN: [
        ("work_records_online", "province", "gte", "90", "percent", None, "binding"),
        ("work_records_online", "district", "gte", "80", "percent", None, "binding"),
        ("work_records_online", "commune", "gte", "60", "percent", None, "binding"),
        ("communes_meeting_8_4_ntm", "commune", "gte", "97", "percent", None, "binding"),
        ("communes_meeting_8_4_advanced", "commune", "gte", "50", "percent", None, "binding"),
        ("communes_meeting_15_2_advanced", "commune", "gte", "50", "percent", None, "binding"),
        ("districts_meeting_9_5_ntm", "district", "gte", "66.6", "percent", None, "binding"),
        ("districts_meeting_6_5_advanced", "district", "gte", "25", "percent", None, "binding"),
        ("districts_meeting_9_2_advanced", "district", "gte", "25", "percent", None, "binding"),
        ("officials_trained", "all", "gte", "100", "percent", None, "striven"),
        ("communes_with_cooperative", "commune", "gte", "70", "percent", None, "binding"),
        ("districts_with_linkage_model", "district", "gte", "70", "percent", None, "binding"),
        ("districts_with_digital_raw_material_zone_model", "district", "gte", "50", "percent", None, "binding"),
        ("units_with_essential_service_and_survey", "mixed", "gte", "40", "percent", None, "binding"),
        ("districts_with_smart_commune", "district", "gte", "100", "percent", None, "striven"),
    ],
    BAC_GIANG: [
        ("work_records_online", "province", "gte", "95", "percent", None, "binding"),
        ("work_records_online", "district", "gte", "85", "percent", None, "binding"),
        ("work_records_online", "commune", "gte", "60", "percent", None, "binding"),
        ("communes_meeting_8_4_ntm", "commune", "gte", "97", "percent", None, "binding"),
        ("communes_meeting_8_4_advanced", "commune", "gte", "50", "percent", None, "binding"),
        ("communes_meeting_15_2_advanced", "commune", "gte", "50", "percent", None, "binding"),
        ("districts_meeting_9_5_ntm", "district", "gte", "70", "percent", None, "binding"),
        ("districts_meeting_6_5_advanced", "district", "gte", "25", "percent", None, "binding"),
        ("districts_meeting_9_2_advanced", "district", "gte", "25", "percent", None, "binding"),
        ("officials_trained", "all", "gte", "100", "percent", None, "binding"),
        ("communes_with_cooperative", "commune", "gte", "70", "percent", None, "binding"),
        ("districts_with_linkage_model", "district", "gte", "70", "percent", None, "binding"),
        ("raw_material_zone_models_digital", "all", "gte", "50", "percent", None, "binding"),
        ("units_with_essential_service_and_survey", "mixed", "gte", "40", "percent", None, "binding"),
        ("exemplary_communes_with_smart_village", "commune", "gte", "100", "percent", None, "striven"),
        ("smart_villages", "village", "gte", "15", "count", None, "striven"),
        ("ecommerce_communes", "commune", "gte", "2", "count", None, "binding"),
    ],
    HA_NOI: [
        ("work_records_online", "province", "gte", "90", "percent", None, "binding"),
        ("work_records_online", "district", "gte", "80", "percent", None, "binding"),
        ("work_records_online", "commune", "gte", "60", "percent", None, "binding"),
        ("communes_meeting_8_4_ntm", "commune", "gte", "100", "percent", None, "binding"),
        ("districts_meeting_9_5_ntm", "district", "gte", "100", "percent", None, "binding"),
        ("districts_meeting_9_2_advanced", "district", "gte", "100", "percent", None, "binding"),
        ("traceability_participation", "all", "gte", "100", "percent", None, "binding"),
        ("units_with_essential_service_and_survey", "mixed", "gte", "100", "percent", None, "binding"),
        ("smart_communes", "commune", "gte", "1", "count", None, "binding"),
        ("districts_with_smart_or_ecommerce_commune", "district", "gte", "100", "percent", None, "encouraged"),
    ],
}
# province code and name, issued, period
HEADERS = {
    LANG_SON: ("20", "Lạng Sơn", date(2023, 1, 10), date(2023, 1, 1), date(2025, 12, 31)),
    NGHE_AN: ("40", "Nghệ An", date(2023, 3, 3), date(2023, 1, 1), date(2025, 12, 31)),
    LONG_AN: ("80", "Long An", date(2023, 2, 2), date(2021, 1, 1), date(2025, 12, 31)),
    BAC_GIANG: ("24", "Bắc Giang", date(2023, 5, 13), date(2023, 1, 1), date(2025, 12, 31)),
    HA_NOI: ("01", "Hà Nội", date(2023, 9, 21), date(2023, 9, 21), date(2025, 12, 31)),
}
LAST_DAY_OF_DISTRICTS = date(2025, 6, 30)

VALID = """\
plan_id: example
title: Kế hoạch
document_number: null
province_code: "40"
province_valid_from: 2021-01-01
province_name: Nghệ An
issued: 2023-03-03
source_note: An example.
period_from: 2023-01-01
period_to: 2025-12-31
settings:
  flow_period: year_to_date
readings:
  subject:
    chosen: one
    choices:
      one: {vi: Một, en: One}
      other: {vi: Hai, en: Other}
judged_until:
  - levels: [district]
    until: 2025-06-30
    reason: {vi: Không còn cấp huyện, en: The district level was abolished}
sentences:
  - quote: Có ít nhất 90%
    targets:
      - {indicator: work_records_online, level: province, operator: gte, value: 66.6, unit: percent, population: work_records}
      - {indicator: work_records_online, level: district, operator: gte, value: 80, unit: percent, population: work_records}
      - {indicator: districts_meeting_9_5_ntm, level: district, operator: gt, value: 12, unit: fraction, of: 20, population: districts, readings: [subject]}
      - indicator: smart_villages
        level: village
        operator: gte
        value: 20
        unit: count
        due: 2024-12-31
        population: villages
"""


@lru_cache(maxsize=1)
def plans() -> dict[str, Plan]:
    return {plan.plan_id: plan for plan in load_plans()}


def target(plan_id: str, indicator: str, level: str | None = None) -> Target:
    (found,) = [t for t in plans()[plan_id].targets if t.indicator == indicator and level in (None, t.level)]
    return found


def write(folder: Path, text: str = VALID, name: str = "example.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def mistakes(path: Path) -> list[str]:
    with pytest.raises(PlanError) as caught:
        load_plan(path)
    return str(caught.value).splitlines()


class TestThePlans:
    def test_are_five(self):
        assert set(plans()) == set(TARGETS)

    @pytest.mark.parametrize("plan_id", TARGETS)
    def test_have_the_targets_of_the_documents(self, plan_id):
        assert [(t.indicator, t.level, t.operator, t.value, t.unit, t.of, t.binding) for t in plans()[plan_id].targets] == [
            (indicator, level, operator, Decimal(value), unit, of, binding)
            for indicator, level, operator, value, unit, of, binding in TARGETS[plan_id]
        ]

    def test_have_75_targets_of_24_indicators(self):
        targets = [t for plan in plans().values() for t in plan.targets]

        assert {plan_id: len(plan.targets) for plan_id, plan in plans().items()} == {
            LANG_SON: 17,
            NGHE_AN: 16,
            LONG_AN: 15,
            BAC_GIANG: 17,
            HA_NOI: 10,
        }
        assert len(targets) == 75
        assert len({t.indicator for t in targets}) == 24

    @pytest.mark.parametrize("plan_id", HEADERS)
    def test_are_of_their_province_and_period(self, plan_id):
        plan = plans()[plan_id]

        assert (
            plan.province_code,
            plan.province_name,
            plan.issued,
            plan.period_from,
            plan.period_to,
        ) == HEADERS[plan_id]
        assert plan.province_valid_from == date(2021, 1, 1)
        assert {t.due for t in plan.targets} == {plan.period_to}

    def test_name_units_that_the_reference_lists_know(self):
        file = Path(__file__).parents[2] / "warehouse_schema" / "reference" / "administrative_unit_snapshot.csv"
        with file.open(encoding="utf-8", newline="") as lines:
            first = {row["unit_code"]: row for row in csv.DictReader(lines) if row["snapshot_date"] == "2023-05-07"}

        for plan in plans().values():
            assert first[plan.province_code]["unit_name"].endswith(plan.province_name)
        named = {unit.unit_code: unit.name for plan in plans().values() for t in plan.targets for unit in t.named}
        assert set(named) == {"07324", "07561", "00571"}
        for code, name in named.items():
            assert name == f"{first[code]['unit_name']}, {_lower_first(first[first[code]['parent_code']]['unit_name'])}"

    def test_every_target_has_the_words_of_its_plan(self):
        assert "66,6%" in target(LONG_AN, "districts_meeting_9_5_ntm").quote
        assert "12/20" in target(NGHE_AN, "districts_meeting_9_5_ntm").quote
        assert all(len(t.quote) > 20 for plan in plans().values() for t in plan.targets)

    def test_striven_and_encouraged_targets_say_so(self):
        for plan in plans().values():
            for t in plan.targets:
                if t.binding == "encouraged":
                    assert "huyến khích" in t.quote
                if t.binding == "striven":  # the text of Nghệ An's plan prints "Phân đầu"
                    assert "hấn đấu" in t.quote or "Phân đầu" in t.quote

    def test_a_value_is_exact(self):
        value = target(LONG_AN, "districts_meeting_9_5_ntm").value

        assert value == Decimal("66.6")
        assert str(value) == "66.6"

    def test_state_secrets_are_a_rule_of_nghe_an(self):
        (rule,) = plans()[NGHE_AN].rules

        assert rule.indicators == ("work_records_online",)
        assert "bí mật nhà nước" in rule.quote

    def test_the_parts_of_a_smart_village(self):
        parts = {part.part: part.threshold for part in plans()[NGHE_AN].smart_village_parts}

        assert {name: (threshold.value, threshold.unit, threshold.population) for name, threshold in parts.items() if threshold} == {
            "digital_address": (100, "percent", "households"),
            "fibre_internet": (80, "percent", "households"),
            "smartphone": (90, "percent", "households"),
            "health_app_guidance": (70, "percent", "residents"),
            "news": (1, "articles_per_month", None),
        }
        assert {name for name, threshold in parts.items() if threshold is None} == {
            "digital_team",
            "communication_channel",
            "ecommerce",
            "culture_house_wifi",
            "traceability",
        }


class TestReadings:
    @pytest.mark.parametrize(
        ("plan_id", "indicator", "chosen"),
        [
            (LANG_SON, "villages_with_digital_team", ["of_villages"]),
            (NGHE_AN, "communes_meeting_8_4_and_15_2_advanced", ["same_commune"]),
            (NGHE_AN, "districts_meeting_9_5_ntm", ["with_rural_commune"]),
            (NGHE_AN, "raw_material_zone_models_digital", ["of_districts"]),
            (NGHE_AN, "district_data_standardisation_models", ["accepted"]),
            (NGHE_AN, "smart_communes", ["recognised"]),
            (BAC_GIANG, "communes_meeting_15_2_advanced", ["each_by_itself"]),
            (BAC_GIANG, "districts_meeting_9_2_advanced", ["each_by_itself"]),
            (HA_NOI, "districts_meeting_9_5_ntm", ["with_rural_commune"]),
            (HA_NOI, "districts_meeting_9_2_advanced", ["with_rural_commune", "districts"]),
            (HA_NOI, "traceability_participation", ["together"]),
            (HA_NOI, "units_with_essential_service_and_survey", ["both_parts"]),
        ],
    )
    def test_are_settings_with_their_defaults(self, plan_id, indicator, chosen):
        settings = plans()[plan_id].settings

        assert [settings[name].chosen for name in target(plan_id, indicator).readings] == chosen

    def test_every_setting_shows_its_alternatives(self):
        for plan in plans().values():
            assert set(plan.settings) >= set(GENERAL_SETTINGS)
            for choice in plan.settings.values():
                assert len(choice.choices) >= 2
                assert all(words.vi and words.en for words in choice.choices.values())

    def test_a_plan_may_choose_otherwise(self, tmp_path):
        plan = load_plan(write(tmp_path, VALID.replace("year_to_date", "quarter").replace("chosen: one", "chosen: other")))

        assert plan.settings["flow_period"].chosen == "quarter"
        assert plan.settings["subject"].chosen == "other"
        assert plan.settings["district_population"].chosen == "with_rural_commune"
        assert [t.period_kind for t in plan.targets] == ["quarter", "quarter", "as_of", "as_of"]


class TestJudgedUntil:
    @pytest.mark.parametrize("plan_id", [BAC_GIANG, LONG_AN])
    def test_a_province_that_ended_freezes_every_target(self, plan_id):
        assert {t.judged_until for t in plans()[plan_id].targets} == {LAST_DAY_OF_DISTRICTS}

    @pytest.mark.parametrize("plan_id", [LANG_SON, NGHE_AN, HA_NOI])
    def test_districts_and_shares_of_communes_freeze_where_the_province_goes_on(self, plan_id):
        frozen = {(t.indicator, t.level) for t in plans()[plan_id].targets if t.judged_until == LAST_DAY_OF_DISTRICTS}
        going_on = {(t.indicator, t.level) for t in plans()[plan_id].targets if t.judged_until is None}

        assert len(frozen) + len(going_on) == len(plans()[plan_id].targets)
        assert going_on >= {("work_records_online", "province"), ("work_records_online", "commune")}
        assert {level for indicator, level in going_on if indicator != "work_records_online"} <= {"village", "all"}
        assert ("work_records_online", "district") in frozen

    @pytest.mark.parametrize("plan_id", [LANG_SON, NGHE_AN, HA_NOI])
    def test_what_is_counted_by_no_unit_s_level_is_judged_on_the_day(self, plan_id):
        on_the_day = {"smart_villages", "traceability_participation", "officials_trained", "villages_with_digital_team"}
        on_the_day |= {"raw_material_zone_models_digital", "work_records_online"}

        for one in plans()[plan_id].targets:
            frozen = one.indicator not in on_the_day or (one.indicator == "work_records_online" and one.level == "district")
            assert one.judged_until == (LAST_DAY_OF_DISTRICTS if frozen else None), (one.indicator, one.level)

    def test_a_frozen_target_says_why(self):
        for plan in plans().values():
            assert all(t.judged_until_reason for t in plan.targets if t.judged_until)

    def test_the_first_rule_that_fits_holds(self, tmp_path):
        rule = """\
judged_until:
  - indicators: [work_records_online]
    until: null
    reason: {vi: Tiếp tục, en: Goes on}
"""
        plan = load_plan(write(tmp_path, VALID.replace("judged_until:\n", rule)))

        assert [t.judged_until for t in plan.targets] == [None, None, LAST_DAY_OF_DISTRICTS, None]


class TestTargetRows:
    def test_are_flat_and_have_one_key(self):
        rows = target_rows(plans().values())

        assert len(rows) == 75
        assert max(Counter((row["plan_id"], row["indicator"], row["level"]) for row in rows).values()) == 1

    def test_of_a_flow_and_of_a_fraction(self):
        rows = {(row["plan_id"], row["indicator"], row["level"]): row for row in target_rows(plans().values())}

        assert rows[NGHE_AN, "work_records_online", "district"] == {
            "plan_id": NGHE_AN,
            "province_code": "40",
            "province_valid_from": date(2021, 1, 1),
            "indicator": "work_records_online",
            "level": "district",
            "op": "gte",
            "target_value": Decimal(80),
            "target_unit": "percent",
            "target_of": None,
            "binding": "binding",
            "due": date(2025, 12, 31),
            "judged_until": LAST_DAY_OF_DISTRICTS,
            "period_kind": "year_to_date",
            "breakdown": "",
        }
        fraction = rows[NGHE_AN, "districts_meeting_9_5_ntm", "district"]
        assert (fraction["target_value"], fraction["target_of"], fraction["period_kind"]) == (Decimal(12), 20, "as_of")

    def test_a_reading_judges_a_breakdown(self, tmp_path):
        rows = {(row["plan_id"], row["indicator"]): row["breakdown"] for row in target_rows(plans().values())}

        assert rows[NGHE_AN, "raw_material_zone_models_digital"] == "model_level=district"
        assert rows[LANG_SON, "raw_material_zone_models_digital"] == ""
        assert rows[NGHE_AN, "smart_communes"] == "", "recognised communes are the total"
        other = (PLANS_FOLDER / f"{NGHE_AN}.yaml").read_text(encoding="utf-8").replace("chosen: recognised", "chosen: selected")
        (tmp_path / f"{NGHE_AN}.yaml").write_text(other, encoding="utf-8")
        chosen = {target.indicator: target.breakdown for target in load_plan(tmp_path / f"{NGHE_AN}.yaml").targets}
        assert chosen["smart_communes"] == "stage=selected"

    def test_the_units_that_a_target_names(self):
        assert {(row["indicator"], row["unit_code"]) for row in named_rows(plans().values())} == {
            ("ecommerce_communes", "07324"),
            ("ecommerce_communes", "07561"),
            ("smart_communes", "00571"),
        }

    @pytest.mark.parametrize(
        ("breakdowns", "message"),
        [
            ("{subjekt: {districts: a=b}}", "'subjekt' is not one of the target's readings; did you mean 'subject'?"),
            ("{subject: {townships: a=b}}", "subject: 'townships' is not one of"),
            ("{subject: {other: a=b}}", "'a=b' is not a breakdown of districts_meeting_9_5_ntm"),
        ],
    )
    def test_a_breakdown_that_is_none_is_refused(self, tmp_path, breakdowns, message):
        with pytest.raises(PlanError, match=re.escape(message)):
            load_plan(write(tmp_path, VALID.replace("readings: [subject]}", f"readings: [subject], breakdowns: {breakdowns}}}")))


class TestMistakes:
    def test_the_valid_example_is_valid(self, tmp_path):
        plan = load_plan(write(tmp_path))

        assert [t.value for t in plan.targets] == [Decimal("66.6"), Decimal(80), Decimal(12), Decimal(20)]
        assert [t.due for t in plan.targets] == [date(2025, 12, 31)] * 3 + [date(2024, 12, 31)]

    @pytest.mark.parametrize(
        ("old", "new", "line", "message"),
        [
            (
                "work_records_online, level: province",
                "work_record_online, level: province",
                26,
                "indicator 'work_record_online' is not one of the 24 indicators; did you mean 'work_records_online'?",
            ),
            ("smart_villages", "dossiers_on_time", 29, "indicator 'dossiers_on_time' is not one of the 24 indicators"),
            (
                "level: village",
                "level: vilage",
                30,
                "level 'vilage' is not one of province, district, commune, village, mixed, all; did you mean 'villa",
            ),
            ("level: village", "level: all", 30, "level 'all' is not a level of smart_villages (village)"),
            ("operator: gt,", "operator: lt,", 28, "operator 'lt' is not one of gte, gt"),
            ("unit: count", "unit: number", 33, "unit 'number' is not one of percent, count, fraction"),
            ("unit: count", "unit: percent", 33, "unit 'percent' does not fit smart_villages, which is a count"),
            (
                "unit: fraction, of: 20",
                "unit: count",
                28,
                "unit 'count' does not fit districts_meeting_9_5_ntm, which is",
            ),
            (
                "unit: count",
                "unit: count\n        binding: bindin",
                34,
                "binding 'bindin' is not one of binding, striven",
            ),
            ("population: villages", "population: vilages", 35, "population 'vilages' is not one of "),
            ("operator: gte\n", "op: gte\n", 31, "unknown key 'op'"),
            ("operator: gte\n", "op: gte\n", 29, "key 'operator' is missing"),
            ("        level: village", "        levle: village", 30, "unknown key 'levle'; did you mean 'level'?"),
            ("value: 20\n", "value: 20\n        value: 30\n", 33, "key 'value' stands twice; the first is on line 32"),
            ("value: 66.6", "value: 101", 26, "value 101 is out of range: a percentage is at most 100"),
            ("value: 66.6", "value: 100.1", 26, "value 100.1 is out of range: a percentage is at most 100"),
            ("value: 66.6", "value: 0", 26, "value: input should be greater than 0"),
            ("value: 66.6", "value: '66.6'", 26, "value: input should be an instance of Decimal, got '66.6'"),
            ("value: 66.6", "value: true", 26, "value: "),
            ("value: 66.6", "value: .inf", 26, ".inf is not a decimal number"),
            ("value: 20\n", "value: 20.5\n", 32, "value 20.5 is out of range: a count is a whole number"),
            ("value: 12", "value: 21", 28, "value 21 is out of range: more than 20, of which it is a fraction"),
            ("of: 20", "of: 0", 28, "of: input should be greater than or equal to 1, got 0"),
            ("unit: fraction, of: 20", "unit: fraction", 28, "key 'of' is missing: a fraction is value of `of`"),
            ("unit: count", "unit: count\n        of: 20", 34, "key 'of' belongs to a fraction, the unit is 'count'"),
            (
                "due: 2024-12-31",
                "due: 2026-01-01",
                34,
                "due 2026-01-01 is outside the plan's period, 2023-01-01 to 2025-12-31",
            ),
            ("due: 2024-12-31", "due: 2024-13-31", 34, "month must be in 1..12"),
            ("due: 2024-12-31", "due: 31/12/2024", 34, "due: input should be a valid date, got '31/12/2024'"),
            (
                "[subject]",
                "[subjetc]",
                28,
                "reading 'subjetc' is not a setting or reading of the plan; did you mean 'sub",
            ),
            ("chosen: one", "chosen: on3", 15, "chosen 'on3' is not one of one, other; did you mean 'one'?"),
            ("      other: {vi: Hai, en: Other}\n", "", 16, "choices: "),
            (
                "  subject:",
                "  flow_period:",
                14,
                "reading 'flow_period' has the name of a general setting; use 'settings'",
            ),
            ("flow_period: year", "flow_perod: year", 12, "unknown setting 'flow_perod'; did you mean 'flow_period'?"),
            (": year_to_date", ": year_to_dat", 12, "flow_period 'year_to_dat' is not one of year_to_date, year, "),
            ("until: 2025-06-30", "until: 2026-06-30", 21, "until 2026-06-30 is outside the plan's period"),
            ("levels: [district]", "levels: [distric]", 20, "levels 'distric' is not one of "),
            (
                "levels: [district]",
                "indicators: [smart_vilages]",
                20,
                "indicator 'smart_vilages' is not one of the 24 ",
            ),
            ("plan_id: example", "plan_id: exampel", 1, "plan_id 'exampel' is not the file's name, 'example'"),
            ('province_code: "40"', "province_code: 40", 4, "province_code: input should be a valid string, got 40"),
            ("period_to: 2025", "period_to: 2022", 10, "period_to 2022-12-31 is before period_from 2023-01-01"),
            ("title:", "titel:", 2, "unknown key 'titel'; did you mean 'title'?"),
            ("sentences:", "sentence:", 1, "key 'sentences' is missing"),
            (
                "level: district, operator: gte, value: 80",
                "level: province, operator: gte, value: 80",
                27,
                "target work_",
            ),
        ],
    )
    def test_are_told_by_file_and_line(self, tmp_path, old, new, line, message):
        assert VALID.count(old) >= 1
        path = write(tmp_path, VALID.replace(old, new, 1))

        told = mistakes(path)

        assert any(one.startswith(f"{path}:{line}: {message}") for one in told), told

    def test_a_file_of_the_project_is_named_from_its_root(self, tmp_path, monkeypatch):
        monkeypatch.setattr("warehouse_schema.yaml_source._PROJECT_ROOT", tmp_path.resolve())
        (tmp_path / "warehouse_schema" / "plans").mkdir(parents=True)
        path = write(tmp_path / "warehouse_schema" / "plans", VALID.replace("work_records_online", "work_record_online", 1))

        expected = (
            "warehouse_schema/plans/example.yaml:26: indicator 'work_record_online' is not one of the 24 indicators; "
            "did you mean 'work_records_online'?"
        )
        assert mistakes(path) == [expected]

    def test_all_of_a_file_are_told_at_once_in_the_order_of_its_lines(self, tmp_path):
        text = (
            VALID.replace("title:", "titel:")
            .replace("value: 66.6", "value: 166.6")
            .replace("level: village", "level: vilage")
            .replace("unit: count", "unit: number")
        )

        numbers = [int(line.split(":")[1]) for line in mistakes(write(tmp_path, text))]

        assert numbers == [1, 2, 26, 30, 33]

    def test_a_repeated_target_names_the_line_of_the_first(self, tmp_path):
        path = write(tmp_path, VALID.replace("level: district, operator: gte", "level: province, operator: gte"))

        assert mistakes(path) == [f"{path}:27: target work_records_online at level province stands twice; the first is on line 26"]

    def test_of_all_files_of_a_folder_are_told(self, tmp_path):
        write(tmp_path, VALID.replace("plan_id: example", "plan_id: a").replace("title:", "titel:"), "a.yaml")
        write(tmp_path, VALID, "b.yaml")

        with pytest.raises(PlanError) as caught:
            load_plans(tmp_path)

        assert {line.rsplit("/", 1)[1].split(":")[0] for line in str(caught.value).splitlines()} == {"a.yaml", "b.yaml"}

    def test_are_wrong_use(self):
        assert issubclass(PlanError, UsageError)
        assert PlanError.exit_code == 2


def _lower_first(text: str) -> str:
    return text[0].lower() + text[1:]
