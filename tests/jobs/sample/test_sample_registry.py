"""The registry sheets as they land: judged row by row by a second, plain implementation, and counted again by targets.

Nothing of how rows were drawn is used: files are read, rows judged by the rules of interfaces.md, the newest valid version of each key is found, and the
targets made of those must be the truth that was told.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, get_type_hints

import openpyxl
import pytest

from jobs.sample.generator import generate
from jobs.sample.plan import DirtRates, SamplePlan
from jobs.sample.registry.registers import Registers
from jobs.sample.registry.rows import Written
from jobs.sample.registry.sheets import SHEETS
from jobs.sample.targets.judging import FLOW, Found, Truths, targets_of
from jobs.sample.truth import Truth, read_truth
from jobs.sample.units_over_time import UnitId, UnitsOverTime, units_over_time
from jobs.sample.vocabulary import load_vocabulary
from warehouse_schema.contracts import landed_contracts
from warehouse_schema.names import folded

pytestmark = pytest.mark.slow

DIRTY = DirtRates(
    duplicate_lines=0.06,
    late_versions=0.06,
    corrections=0.1,
    withdrawn=0.06,
    secret=0,
    became_secret=0,
    secrecy_lifted=0,
    unknown_organisations=0.04,
    organisations_not_valid=0,
    invalid=0.12,
    invalid_corrections=0.1,
    broken_lines=0,
    duplicate_objects=0.15,
    eaten_zeros=0.2,
)
PLANS = {
    "20": SamplePlan("20", date(2025, 1, 1), date(2025, 3, 31), 7, 60, 30, 5, 5, DIRTY),
    "24, over the reform": SamplePlan("24", date(2025, 6, 2), date(2025, 7, 31), 8, 60, 30, 5, 5, DIRTY),
    "40, over the reform": SamplePlan("40", date(2025, 6, 16), date(2025, 8, 20), 9, 60, 30, 5, 5, DIRTY),
    "01, over new year": SamplePlan("01", date(2024, 12, 9), date(2025, 1, 31), 10, 60, 30, 5, 5, DIRTY),
    "80": SamplePlan("80", date(2025, 2, 10), date(2025, 6, 30), 11, 60, 30, 5),
}
BYTES = {
    SamplePlan("20", date(2025, 2, 3), date(2025, 2, 28), 11, 300, 300, 120, 0, unreadable_files=True): (
        "9189c7e01941d7c9a17d17cbe7ea63ee9a4ae318866148714f4adfefbd04dc60"
    ),
    SamplePlan("24", date(2025, 6, 16), date(2025, 7, 11), 5, 200, 200, 60, 0): (
        "38c07477c9769d75278fd857269f43a5a443af1dcabba22c348c1daf3b00c68d"
    ),
}
"""SHA-256 over the text of what these plans wrote before there were sheets (workbooks left out: their packing is zlib's). Of Bắc Giang over the reform
it is that since three communes have the successor that another list of the succession knows."""
BEFORE_SHEETS = ("eoffice/work_records", "portal/dossiers", "ocop/products", "registry/organisations", "registry/paper_work_records")

# By sheet what interfaces.md says: the column with the unit's code, the key beside or without it, closed sets, spans.
UNIT = {
    "commune_status": "commune_code",
    "district_status": "district_code",
    "commune_classification": "commune_code",
    "criterion_assessments": "unit_code",
    "recognition_cases": "unit_code",
    "officials_training": "unit_code",
    "cooperatives": "commune_code",
    "linkage_models": "unit_code",
    "essential_services": "unit_code",
    "satisfaction_surveys": "unit_code",
    "villages": "commune_code",
    "smart_communes": "commune_code",
    "data_standardisation_pilots": "district_code",
    "supply_chains": "commune_code",
    "growing_areas": "commune_code",
    "raw_material_areas": "commune_code",
    "environment_measurements": "commune_code",
    "waste_sources": "commune_code",
    "clean_water": "commune_code",
    "tourism_sites": "commune_code",
    "technologies": "commune_code",
}
KEYS = {
    "commune_status": ("commune_code", "valid_from"),
    "district_status": ("district_code", "valid_from"),
    "commune_classification": ("commune_code", "scheme", "valid_from"),
    "criterion_assessments": ("unit_code", "criterion", "standard", "assessed_on"),
    "recognition_cases": ("unit_code", "standard", "stage", "stage_on"),
    "officials_training": ("official_id", "course"),
    "cooperatives": ("cooperative_id",),
    "linkage_models": ("model_id",),
    "essential_services": ("unit_code", "level", "service"),
    "satisfaction_surveys": ("unit_code", "survey_id", "channel"),
    "villages": ("village_id",),
    "smart_village_assessments": ("village_id", "criteria_set", "assessed_on"),
    "smart_communes": ("commune_code", "kind", "field"),
    "data_standardisation_pilots": ("district_code", "selected_on"),
    "supply_chains": ("chain_id",),
    "growing_areas": ("growing_area_code",),
    "raw_material_areas": ("area_code",),
    "environment_measurements": ("station_id", "parameter", "measured_at"),
    "waste_sources": ("source_id",),
    "clean_water": ("commune_code", "measured_on"),
    "tourism_sites": ("site_id",),
    "technologies": ("technology_id",),
}
CLOSED: Mapping[str, Mapping[str, str]] = {
    "commune_status": {"status": "none ntm advanced exemplary modern"},
    "district_status": {"status": "none ntm advanced completed"},
    "commune_classification": {"scheme": "area_i_ii_iii mountainous ethnic_minority group_2026"},
    "criterion_assessments": {"standard": "ntm advanced exemplary modern completed", "result": "met not_met"},
    "recognition_cases": {
        "standard": "ntm advanced exemplary modern completed",
        "stage": "registered self_assessed appraised surveyed council recognised refused withdrawn",
    },
    "officials_training": {"level": "province district commune"},
    "linkage_models": {"level": "commune district"},
    "essential_services": {"level": "commune district", "service": "health education community_supervision security environment culture"},
    "satisfaction_surveys": {"subject": "ntm_results public_service other", "channel": "online paper"},
    "smart_communes": {"kind": "smart ecommerce"},
    "supply_chains": {"kind": "chain product"},
}
SPANS = (
    ("valid_from", "valid_to"),
    ("assessed_on", "valid_to"),
    ("in_role_from", "in_role_to"),
    ("registered_on", "dissolved_on"),
    ("registered_on", "closed_on"),
    ("linkage_from", "linkage_to"),
    ("started_on", "ended_on"),
    ("online_since", "online_until"),
    ("opened_on", "closed_on"),
    ("team_active_from", "team_active_to"),
    ("recognised_from", "recognised_to"),
    ("on_traceability_system_since", "left_on"),
)
SPAN_ERRORS = {"dissolved_on": "dissolved_before_registered", "left_on": "left_before_joined"}
REGISTERS = {
    "assessments": "criterion_assessments",
    "commune_status": "commune_status",
    "officials": "officials_training",
    "cooperatives": "cooperatives",
    "linkage_models": "linkage_models",
    "services": "essential_services",
    "surveys": "satisfaction_surveys",
    "villages": "villages",
    "smart_villages": "smart_village_assessments",
    "smart_communes": "smart_communes",
    "pilots": "data_standardisation_pilots",
    "supply_chains": "supply_chains",
    "growing_areas": "growing_areas",
    "measurements": "environment_measurements",
    "waste_sources": "waste_sources",
    "clean_water": "clean_water",
}

Cells = dict[str, str | None]
Sample = tuple[SamplePlan, Path, Truth]


# --- a second reading -------------------------------------------------------------------------------------------------


def rows_of(landing: Path, sheet: str) -> Iterator[tuple[Cells, bool]]:
    """Each row, and whether its object landed before under another name."""
    seen: set[str] = set()
    for path in sorted((landing / "registry" / sheet).rglob("*.*")):
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        for row in rows_of_workbook(sheet, content) if path.suffix == ".xlsx" else rows_of_csv(content):
            # A whole number is 8.0 in CSV and 8 in a workbook.
            yield {column: value and re.sub(r"^(-?\d+)\.0$", r"\1", str(value)) for column, value in row.items()}, digest in seen
        seen.add(digest)


def rows_of_csv(content: bytes) -> Iterator[Cells]:
    for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")):
        yield {column: value or None for column, value in row.items()}


def rows_of_workbook(sheet: str, content: bytes) -> Iterator[Cells]:
    """What an officer wrote, in the interface's words."""
    contract = next(one for one in landed_contracts() if one.landing == f"registry/{sheet}")
    known = {folded(name): column for column in contract.landed for name in (str(column.source), *column.aliases)}
    title, empty, header, *lines = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True)
    assert str(title[0]).endswith("(dữ liệu sinh thử)")
    assert not any(empty)
    assert header[0] == "STT"
    columns = [known[folded(str(label))] for label in header[1:]]
    for number, line in enumerate(lines, start=1):
        assert line[0] == number
        row: Cells = {}
        for column, value in zip(columns, line[1:], strict=True):
            stored = {"Có": "true", "Không": "false"} if column.parse == "boolean" else column.values
            text = value.date().isoformat() if isinstance(value, datetime) else None if value is None else str(value)
            row[str(column.source)] = next((meant for word, meant in stored.items() if folded(word) == folded(str(text))), text)
        yield row


def error_of(sheet: str, row: Cells, units: UnitsOverTime, village_ids: set[str]) -> str | None:
    """What is wrong with a row; no row has two mistakes."""
    errors = ["missing_value" for column in KEYS[sheet] if row[column] is None]
    errors += ["invalid_value" for column, known in CLOSED.get(sheet, {}).items() if row[column] and row[column] not in known.split()]
    for first, last in SPANS:
        begin, end = row.get(first), row.get(last)
        errors += [SPAN_ERRORS.get(last, "ends_before_it_starts")] if begin and end and end < begin else []
    if sheet == "smart_village_assessments":
        errors += ["unknown_reference"] if row["village_id"] and row["village_id"] not in village_ids else []
    elif row[UNIT[sheet]] and unit_of(sheet, row, units) is None:
        errors.append("unknown_unit")
    assert len(errors) <= 1, (sheet, row)
    return errors[0] if errors else None


def unit_of(sheet: str, row: Cells, units: UnitsOverTime) -> UnitId | None:
    code, day = str(row[UNIT[sheet]]), datetime.fromisoformat(str(row["updated_at"])).date()
    return units.meaning(code.zfill(5) if UNIT[sheet] == "commune_code" else code, day)


def typed(sheet: str, row: Cells) -> Any:
    """The row as the generator's own type has it."""
    kind = SHEETS[sheet].row
    hints = get_type_hints(kind)
    return kind(**{field.name: value_of(row[field.name.rstrip("_")], str(hints[field.name])) for field in fields(kind)})


def value_of(text: str | None, hint: str) -> Any:
    if text is None:
        return None
    if "datetime.datetime" in hint:
        return datetime.fromisoformat(text)
    if "date" in hint:
        return date.fromisoformat(text)
    if "bool" in hint:
        return {"true": True, "false": False}[text]
    return int(text) if "int" in hint else float(text) if "float" in hint else text


def settle(landing: Path, sheet: str, units: UnitsOverTime, village_ids: set[str]) -> tuple[Counter[str], list[Written[Any]]]:
    """The fates of all rows of a sheet, and the newest valid row of each key that is not deleted."""
    fates: Counter[str] = Counter()
    accepted: dict[Any, dict[Any, Cells]] = defaultdict(dict)
    for row, again in rows_of(landing, sheet):
        fates["read"] += 1
        error = error_of(sheet, row, units, village_ids)
        if again:
            fates["duplicate"] += 1
        elif error:
            fates[error] += 1
        else:
            unit = unit_of(sheet, row, units) if sheet in UNIT else None
            key = tuple(unit if column == UNIT.get(sheet) else row[column] for column in KEYS[sheet])
            content = tuple(row.values())
            fates["duplicate" if content in accepted[key] else "accepted"] += 1
            accepted[key][content] = row
    newest = [max(versions.values(), key=lambda row: str(row["updated_at"])) for versions in accepted.values()]
    written = [
        Written(
            typed(sheet, row),
            (sheet in UNIT and unit_of(sheet, row, units)) or UnitId("", date.min),
            datetime.fromisoformat(str(row["updated_at"])),
        )
        for row in newest
        if row["deleted"] != "true"
    ]
    return fates, written


@pytest.fixture(scope="module", params=PLANS)
def sample(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    root = tmp_path_factory.mktemp("sheets")
    plan = PLANS[request.param]
    summary = generate(plan, root / "landing", root / "truth")
    return plan, root / "landing", read_truth(summary.truth_path)


@pytest.fixture(scope="module")
def recount(sample: Sample) -> tuple[dict[str, Counter[str]], dict[str, list[Written[Any]]], UnitsOverTime]:
    plan, landing, _ = sample
    units = units_over_time(plan.province, load_vocabulary().province_periods(plan.province))
    fates, rows = {}, {}
    village_ids: set[str] = set()
    for sheet in sorted(KEYS, key=lambda name: name != "villages"):
        fates[sheet], rows[sheet] = settle(landing, sheet, units, village_ids)
        if sheet == "villages":
            village_ids = {one.row.village_id for one in rows[sheet]}
    return fates, rows, units


def test_every_row_has_the_fate_that_was_told(sample: Sample, recount: tuple[dict[str, Counter[str]], Any, Any]) -> None:
    _, _, truth = sample
    told = {one.dataset: one for one in truth.fates}
    for sheet, found in recount[0].items():
        one = told[f"registry/{sheet}"]
        known = Counter({"read": one.read, "accepted": one.accepted, "duplicate": one.duplicate, **one.rejected})
        assert +found == +known, sheet


def test_targets_made_of_what_landed_are_the_truth(
    sample: Sample, recount: tuple[Any, dict[str, list[Written[Any]]], UnitsOverTime]
) -> None:
    plan, _, truth = sample
    _, rows, units = recount
    registers = Registers(**{name: rows[sheet] for name, sheet in REGISTERS.items()})
    days = sorted({date.fromisoformat(one.as_of) for one in truth.targets})
    assert days[-1] == plan.date_to
    asked = [one for one in targets_of(plan.province) if one.indicator != FLOW]
    again = list(Truths(registers, units).targets(asked, days, lambda *_: Found(0, 0)))
    assert again == [one for one in truth.targets if one.indicator != FLOW]
    stock_days = sorted({date.fromisoformat(one.as_of) for one in truth.stocks})
    assert list(Truths(registers, units).stocks(stock_days)) == list(truth.stocks)


def test_work_records_of_targets_are_those_of_the_ratios(sample: Sample) -> None:
    plan, _, truth = sample
    told = {one.level: (one.numerator, one.denominator) for one in truth.targets if (one.indicator, one.as_of) == (FLOW, str(plan.date_to))}
    frozen = {one.level for one in truth.targets if one.indicator == FLOW and one.judged_on != str(plan.date_to)}
    ratios = {
        one.level: (one.numerator, one.denominator)
        for one in truth.province_totals
        if (one.indicator, one.period, one.province_valid_from) == (FLOW, "year_to_date", "2021-01-01")
    }
    assert {level: told[level] for level in told.keys() - frozen} == {level: ratios[level] for level in ratios.keys() - frozen}


@pytest.mark.parametrize("sample", ["20"], indirect=True)
def test_every_kind_of_dirt_is_there_at_high_rates(sample: Sample) -> None:
    _, landing, truth = sample
    codes: set[str] = set()
    for one in truth.fates:
        if one.dataset.removeprefix("registry/") in KEYS:
            codes |= one.rejected.keys()
            assert one.accepted
    mistakes = {
        "missing_value",
        "invalid_value",
        "ends_before_it_starts",
        "dissolved_before_registered",
        "unknown_unit",
        "unknown_reference",
    }
    assert mistakes <= codes <= {*mistakes, "left_before_joined"}
    rows = [row for row, _ in rows_of(landing, "villages")]
    assert {len(str(row["commune_code"])) for row in rows if row["commune_code"]} == {4, 5}
    assert {row["deleted"] for row in rows} == {None, "true"}
    versions = Counter(row["village_id"] for row in rows if row["village_id"])
    assert max(versions.values()) >= 2


@pytest.mark.parametrize("sample", ["40, over the reform"], indirect=True)
def test_things_are_written_for_units_of_all_lists_and_moved(
    sample: Sample, recount: tuple[Any, dict[str, list[Written[Any]]], UnitsOverTime]
) -> None:
    _, landing, _ = sample
    assert {one.unit.valid_from.year for one in recount[1]["villages"]} == {2021, 2025}
    by_village: dict[str, set[str]] = defaultdict(set)
    for row, _ in rows_of(landing, "villages"):
        if row["village_id"] and row["commune_code"] and row["commune_code"] != "99999":
            by_village[row["village_id"]].add(row["commune_code"])
    assert sum(len(codes) > 1 for codes in by_village.values()) > 5


# --- the files --------------------------------------------------------------------------------------------------------


def test_nghe_an_s_sheets_are_within_bounds(tmp_path: Path) -> None:
    plan = SamplePlan("40", date(2025, 1, 1), date(2025, 6, 30), 7, 0, 0, 0)
    generate(replace(plan, sheets=False), tmp_path / "without" / "landing", tmp_path / "without" / "truth")
    summary = generate(plan, tmp_path / "landing", tmp_path / "truth")
    sheets = {name: count for name, count in summary.rows.items() if name.removeprefix("registry/") in {*KEYS, "paper_documents"}}
    assert len(sheets) == 23
    assert 8000 < sum(sheets.values()) < 15000
    assert sheets["registry/data_standardisation_pilots"] in range(9, 14)
    truth = read_truth(summary.truth_path)
    pilots = {
        one.breakdown: one.numerator
        for one in truth.stocks
        if one.indicator == "district_data_standardisation_models" and one.unit_code == "40"
    }
    assert pilots["stage=selected"] == 9
    assert 0 < pilots[""] < 9


def test_sheets_have_the_columns_of_the_interface_and_lie_by_day(tmp_path: Path) -> None:
    plan = SamplePlan("24", date(2025, 1, 1), date(2025, 3, 31), 7, 0, 0, 0)
    generate(plan, tmp_path / "landing", tmp_path / "truth")
    for sheet, key in KEYS.items():
        paths = sorted((tmp_path / "landing" / "registry" / sheet).rglob("*.*"))
        assert paths
        for path in paths:
            assert re.fullmatch(rf"{sheet.replace('_', '-')}-24-s7-2025\d{{4}}(-gui-lai)?\.(csv|xlsx)", path.name)
            row = next(iter(rows_of_workbook(sheet, path.read_bytes()) if path.suffix == ".xlsx" else rows_of_csv(path.read_bytes())))
            header = list(row)
            assert header == list(SHEETS[sheet].columns)
            assert header[-2:] == ["updated_at", "deleted"]
            assert {*key, *([UNIT[sheet]] if sheet in UNIT else [])} <= set(header)
            assert "class_" not in header


@pytest.mark.parametrize("plan", BYTES, ids=lambda plan: plan.label)
def test_what_was_generated_before_there_were_sheets_keeps_its_bytes(plan: SamplePlan, tmp_path: Path) -> None:
    generate(plan, tmp_path / "with" / "landing", tmp_path / "with" / "truth")
    generate(replace(plan, sheets=False), tmp_path / "without" / "landing", tmp_path / "without" / "truth")
    before = contents(tmp_path / "without" / "landing")
    assert {"/".join(name.split("/")[:2]) for name in before} - {"eoffice/documents"} == set(BEFORE_SHEETS)
    assert {name: content for name, content in contents(tmp_path / "with" / "landing").items() if name in before} == before
    digest = hashlib.sha256()
    for name, content in before.items():
        if not name.endswith((".xlsx", ".edxml")) and "cut-off" not in name:
            digest.update(name.encode() + b"\n" + (gzip.decompress(content) if name.endswith(".gz") else content))
    assert digest.hexdigest() == BYTES[plan]


def test_the_same_plan_gives_the_same_sheets_and_another_seed_others(tmp_path: Path) -> None:
    plan = SamplePlan("20", date(2025, 5, 5), date(2025, 7, 9), 3, 0, 0, 0)
    for name, seed in (("one", 3), ("again", 3), ("other", 4)):
        generate(replace(plan, seed=seed), tmp_path / name / "landing", tmp_path / name / "truth")
    one, again, other = (contents(tmp_path / name) for name in ("one", "again", "other"))
    assert one == again
    sheets = [name for name in one if name.startswith("landing/registry/") and name.split("/")[2] in KEYS]
    assert len(sheets) >= 2 * len(KEYS)
    assert not {one[name] for name in sheets} & set(other.values())


@pytest.mark.parametrize("first", [date(2021, 1, 4), date(2022, 2, 28), date(2025, 7, 1), date(2025, 12, 29), date(2026, 2, 1)], ids=str)
def test_any_days_can_be_had(first: date, tmp_path: Path) -> None:
    plan = SamplePlan("40", first, first.replace(day=first.day), 3, 5, 5, 0)
    truth = read_truth(generate(plan, tmp_path / "landing", tmp_path / "truth").truth_path)
    assert len(truth.targets) == 16
    assert truth.stocks


def test_named_models_are_written_while_they_were_communes(tmp_path: Path) -> None:
    for province, codes in (("24", {"07324", "07561"}), ("01", {"00571"})):
        plan = SamplePlan(province, date(2025, 5, 5), date(2025, 6, 30), 3, 0, 0, 0)
        generate(plan, tmp_path / "landing", tmp_path / "truth")
        units = units_over_time(province, load_vocabulary().province_periods(province))
        for path in (tmp_path / "landing" / "registry" / "smart_communes").rglob(f"*-{province}-*.csv"):
            for row in csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")):
                if row["commune_code"].zfill(5) in codes:
                    written_on = datetime.fromisoformat(row["updated_at"]).date()
                    assert UnitId(row["commune_code"].zfill(5), date(2021, 1, 1)) in units.rural_communes(written_on)


def contents(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
