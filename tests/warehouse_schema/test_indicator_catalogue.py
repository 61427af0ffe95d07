"""The catalogue of indicators: what it holds, that the SQL beside it agrees, and how its mistakes are told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from warehouse_schema import indicator_catalogue
from warehouse_schema.indicator_catalogue import CatalogueError, Indicator, load_catalogue, target_indicators
from warehouse_schema.plan_registry import GENERAL_SETTINGS
from warehouse_schema.sql_text import columns_of

TARGET_INDICATORS = {
    "communes_meeting_15_2_advanced",
    "communes_meeting_8_4_advanced",
    "communes_meeting_8_4_and_15_2_advanced",
    "communes_meeting_8_4_ntm",
    "communes_with_cooperative",
    "communes_with_cooperative_linkage",
    "district_data_standardisation_models",
    "districts_meeting_6_5_advanced",
    "districts_meeting_9_2_advanced",
    "districts_meeting_9_5_ntm",
    "districts_with_digital_raw_material_zone_model",
    "districts_with_linkage_model",
    "districts_with_smart_commune",
    "districts_with_smart_or_ecommerce_commune",
    "ecommerce_communes",
    "exemplary_communes_with_smart_village",
    "officials_trained",
    "raw_material_zone_models_digital",
    "smart_communes",
    "smart_villages",
    "traceability_participation",
    "units_with_essential_service_and_survey",
    "villages_with_digital_team",
    "work_records_online",
}
WITHOUT_TARGET = {
    "communes_recognised",
    "documents_exchanged_electronically",
    "dossiers_on_time",
    "dossiers_on_time_qd766",
    "dossiers_online_qd766",
    "dossiers_received_online",
    "growing_areas_in_force",
    "households_with_clean_water",
    "ocop_products_recognised",
    "satisfaction",
    "stations_over_limit",
    "waste_sources_untreated",
}
FLOWS = {
    "documents_exchanged_electronically",
    "dossiers_on_time",
    "dossiers_online_qd766",
    "dossiers_received_online",
    "work_records_online",
}
COUNTS = {
    "communes_meeting_8_4_and_15_2_advanced",
    "smart_villages",
    "smart_communes",
    "ecommerce_communes",
    "district_data_standardisation_models",
    "ocop_products_recognised",
    "communes_recognised",
    "growing_areas_in_force",
}

VALID = """\
paper:
  label_vi: Tỷ lệ
  label_en: Share
  kind: flow
  unit: ratio
  levels: [province, commune]
  numerator: {vi: Tử số, en: Numerator}
  denominator: {vi: Mẫu số, en: Denominator}
  datasets: [eoffice/work_records]
  breakdowns:
    - {dimension: files, label_vi: Hồ sơ, values: {unknown: Chưa rõ}}
  parameters:
    strict: {type: bool, default: true, label_vi: Chặt}
  caveats:
    - breakdown: files=unknown
      reason: files_unknown
  sources: [Quyết định 924/QĐ-TTg]
"""

COMPUTED = [indicator for indicator in load_catalogue().values() if indicator.computed]


def write(folder: Path, text: str) -> Path:
    path = folder / "catalogue.yaml"
    path.write_text(text, encoding="utf-8")
    return path


class TestTheCatalogue:
    def test_holds_the_24_indicators_of_targets_and_those_without(self):
        catalogue = load_catalogue()

        assert len(TARGET_INDICATORS) == 24
        assert set(target_indicators(catalogue)) == TARGET_INDICATORS
        assert set(catalogue) == TARGET_INDICATORS | WITHOUT_TARGET
        assert all(name == indicator.id for name, indicator in catalogue.items())

    def test_kinds_and_units(self):
        catalogue = load_catalogue().values()

        assert {indicator.id for indicator in catalogue if indicator.kind == "flow"} == FLOWS
        assert {indicator.id for indicator in catalogue if indicator.unit == "count"} == COUNTS
        assert all((indicator.denominator is None) == (indicator.id in COUNTS) for indicator in catalogue)

    def test_the_definition_of_work_records_is_strict_by_default(self):
        indicator = load_catalogue()["work_records_online"]

        assert {name: parameter.default for name, parameter in indicator.parameters.items()} == {
            "requires_created_online": True,
            "requires_processed_online": True,
            "requires_signed_digitally": True,
            "include_paper_records": True,
        }
        assert [(caveat.breakdown, caveat.reason) for caveat in indicator.caveats] == [("paper_files=unknown", "paper_files_unknown")]
        assert indicator.levels == ("province", "district", "commune")

    def test_withdrawn_dossiers_do_not_count_by_default(self):
        assert load_catalogue()["dossiers_received_online"].parameters["counts_withdrawn"].default is False


class TestComputed:
    def test_an_indicator_is_computed_when_its_sql_stands_beside_the_catalogue(self, tmp_path, monkeypatch):
        monkeypatch.setattr(indicator_catalogue, "INDICATORS_FOLDER", tmp_path)
        indicator = load_catalogue(write(tmp_path, VALID))["paper"]

        assert not indicator.computed
        (tmp_path / "paper.sql").write_text("SELECT 1")
        assert indicator.computed

    def test_every_indicator_is_computed(self):
        assert {indicator.id for indicator in COMPUTED} == TARGET_INDICATORS | WITHOUT_TARGET

    @pytest.mark.parametrize("indicator", COMPUTED, ids=lambda indicator: indicator.id)
    def test_the_sql_has_the_breakdowns_and_parameters_that_the_catalogue_tells(self, indicator: Indicator):
        sql = re.sub(r"--.*", "", indicator.sql_file.read_text(encoding="utf-8"))
        produced = set(re.findall(r"'([a-z_]+)=", sql))
        names = columns_of(sql, "parameters") - GENERAL_SETTINGS.keys()

        assert produced == {breakdown.dimension for breakdown in indicator.breakdowns}
        assert names == set(indicator.parameters)


class TestBreakdowns:
    def test_a_dimension_has_its_values_or_those_that_records_name(self, tmp_path):
        text = VALID.replace("  parameters:\n", "    - {dimension: field, label_vi: Lĩnh vực}\n  parameters:\n")
        indicator = load_catalogue(write(tmp_path, text))["paper"]

        assert [indicator.has_breakdown(one) for one in ("files=unknown", "files=other", "field=y tế", "field=", "field", "")] == [
            True,
            False,
            True,
            False,
            False,
            False,
        ]

    def test_a_formula_is_told_in_both_languages_by_its_name_alone(self, tmp_path):
        text = VALID.replace("  levels:", "  formula: own-1\n  formula_label: {vi: của ta, en: our own}\n  levels:")
        indicator = load_catalogue(write(tmp_path, text))["paper"]

        assert [(words.vi, words.en) for words in map(indicator.formula_words, ("own-1", "own-0"))] == [
            ("của ta", "our own"),
            ("own-0", "own-0"),
        ]


class TestMistakes:
    def test_the_valid_example_is_valid(self, tmp_path):
        assert set(load_catalogue(write(tmp_path, VALID))) == {"paper"}

    @pytest.mark.parametrize(
        ("old", "new", "expected"),
        [
            ("kind: flow", "kind: flwo", ":4: kind 'flwo' is not one of flow, stock; did you mean 'flow'?"),
            ("unit: ratio", "unit: share", ":5: unit 'share' is not one of ratio, count"),
            ("[province, commune]", "[province, comune]", ":6: levels 'comune' is not one of "),
            ("label_en:", "label_em:", ":3: unknown key 'label_em'; did you mean 'label_en'?"),
            ("label_en:", "label_em:", ":1: key 'label_en' is missing"),
            ("  label_en: Share", "  label_vi: Share", ":3: key 'label_vi' stands twice; the first is on line 2"),
            ("unit: ratio", "unit: count", ":8: a count has no denominator"),
            ("  denominator: {vi: Mẫu số, en: Denominator}\n", "", ":1: key 'denominator' is missing"),
            ("eoffice/work_records", "work_records", ":9: datasets: "),
            ("type: bool", "type: int", ":13: type 'int' is not one of bool"),
            ("default: true", "default: 1", ":13: a bool was expected, got 1"),
            (
                "files=unknown",
                "files=unknwon",
                ":15: breakdown 'files=unknwon' is not one of the indicator's; did you ",
            ),
            (
                "  breakdowns:",
                "  decided_by: {eoffice/work_record: {}}\n  breakdowns:",
                ":10: dataset 'eoffice/work_record' is not one of the indicator's; did you mean 'eoffice/work_records'?",
            ),
            (
                "  breakdowns:",
                "  decided_by: {eoffice/work_records: {whether: all}}\n  breakdowns:",
                ":10: the indicator has no parameter 'whether' of the value 'all'",
            ),
            ("[Quyết định 924/QĐ-TTg]", "[]", ":17: sources: "),
            ("  levels:", "  formula: own-1\n  levels:", ":1: key 'formula_label' is missing: people read what the formula is"),
            ("  levels:", "  formula: a\n  formula_label: {vi: của ta}\n  levels:", ":7: key 'en' is missing"),
            ("  levels:", "  formula_label: {vi: của ta, en: ours}\n  levels:", ":6: there is no formula that it could be the label of"),
            ("paper:\n", "Paper:\n", ":1: "),
            ("paper:\n", "1:\n", ":1: a key must be text; put quotes around '1'"),
            (
                "{vi: Tử số, en: Numerator}",
                "Tử số",
                ":7: numerator: a mapping of keys to values was expected, got 'Tử số'",
            ),
        ],
    )
    def test_are_told_by_file_and_line(self, tmp_path, old, new, expected):
        assert old in VALID
        path = write(tmp_path, VALID.replace(old, new, 1))

        with pytest.raises(CatalogueError) as caught:
            load_catalogue(path)

        assert any(line.startswith(f"{path}{expected}") for line in str(caught.value).splitlines()), caught.value

    def test_an_entry_that_is_no_mapping(self, tmp_path):
        with pytest.raises(CatalogueError, match=r":1: paper: a mapping of keys to values was expected, got 'x'"):
            load_catalogue(write(tmp_path, "paper: x\n"))

    def test_what_is_not_yaml(self, tmp_path):
        with pytest.raises(CatalogueError, match=r"catalogue\.yaml:2: is not YAML: "):
            load_catalogue(write(tmp_path, "a: [1,\nb: }\n"))

    @pytest.mark.parametrize("text", ["", "- a\n", "word\n"])
    def test_what_is_no_mapping(self, tmp_path, text):
        with pytest.raises(CatalogueError, match=r"catalogue\.yaml:1: a mapping of keys to values was expected"):
            load_catalogue(write(tmp_path, text))

    def test_what_is_not_utf_8(self, tmp_path):
        path = tmp_path / "catalogue.yaml"
        path.write_bytes("a: Tỷ lệ".encode("utf-16"))

        with pytest.raises(CatalogueError, match="is not UTF-8 text"):
            load_catalogue(path)

    def test_a_missing_file(self, tmp_path):
        with pytest.raises(CatalogueError, match=r"none\.yaml: cannot be read"):
            load_catalogue(tmp_path / "none.yaml")
