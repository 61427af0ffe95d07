"""Generated provinces side by side in one warehouse, against what the generator knows by construction."""

from __future__ import annotations

import datetime as dt
import random
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from jobs.sample.generator import generate
from jobs.sample.plan import DirtRates, SamplePlan
from jobs.sample.truth import Truth, read_truth
from tests.support.workspace import Workspace
from warehouse_schema.contracts import landed_contracts
from warehouse_schema.plan_registry import load_plans

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession


LAST_DAY = dt.date(2025, 3, 31)
PROVINCES = ("01", "20", "24", "40", "80")
# In one province all that can happen to a document does.
DOCUMENTS = {"01": 20, "20": 20, "24": 250, "40": 20, "80": 20}
DIRT = DirtRates(
    withdrawn=0.02,
    became_secret=0.02,
    secrecy_lifted=0.02,
    unknown_organisations=0.02,
    organisations_not_valid=0.02,
    invalid=0.02,
    invalid_corrections=0.02,
)
TARGETS = {"01": (90, 80, 60), "20": (90, 80, 60), "24": (95, 85, 60), "40": (90, 80, 60), "80": (90, 80, 60)}
# Whole runs on both engines are compared by make parity.
pytestmark = [pytest.mark.slow, pytest.mark.default_engine]
TABLE_OF = {str(contract.landing): contract.name for contract in landed_contracts()}


@pytest.fixture(scope="module", params=[("24",), PROVINCES], ids=["one", "five"])
def provinces(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, spark: SparkSession
) -> tuple[Workspace, dict[str, Truth]]:
    workspace = Workspace(tmp_path_factory.mktemp("provinces") / "home")
    truths = {province: sampled(province, workspace.home) for province in request.param}
    workspace.load(LAST_DAY)
    return workspace, truths


def sampled(province: str, home: Path) -> Truth:
    plan = SamplePlan(
        province, dt.date(2025, 2, 3), LAST_DAY, seed=3, work_records=700, dossiers=500, ocop=40, documents=DOCUMENTS[province], dirt=DIRT
    )
    return read_truth(generate(plan, home / "landing", home / "truth").truth_path)


def test_every_ratio_of_every_unit_and_month_is_the_truth(provinces: tuple[Workspace, dict[str, Truth]]) -> None:
    workspace, truths = provinces
    known = {
        (one.indicator, one.level, one.unit_code, one.month): (one.numerator, one.denominator)
        for truth in truths.values()
        for one in truth.unit_months
        if one.denominator
    }
    indicators = {indicator for indicator, *_ in known}
    own_level = {"province": "province", "district": "district", "commune": "commune"}
    told = {
        (row["indicator"], row["level"], row["unit_code"], row["period_start"].strftime("%Y-%m")): (row["numerator"], row["denominator"])
        for row in workspace.rows("gold/indicator_value")
        if row["period_type"] == "month"
        and row["breakdown"] == ""
        and own_level.get(row["level"]) == row["unit_level"]
        and row["denominator"]
        and row["indicator"] in indicators
    }
    assert told == known


def test_the_year_to_date_of_each_province_is_the_truth(provinces: tuple[Workspace, dict[str, Truth]]) -> None:
    workspace, truths = provinces
    told = {
        (row["indicator"], row["level"], row["unit_code"]): (row["numerator"], row["denominator"])
        for row in workspace.rows("gold/indicator_value")
        if (row["period_type"], row["period_end"], row["breakdown"], row["unit_level"]) == ("year_to_date", LAST_DAY, "", "province")
    }
    known = {
        (total.indicator, total.level, province): (total.numerator, total.denominator)
        for province, truth in truths.items()
        for total in truth.province_totals
        if total.period == "year_to_date"
    }
    assert len(known) == 12 * len(truths)
    assert {key: told[key] for key in known} == known


def test_recognised_products_are_the_truth(provinces: tuple[Workspace, dict[str, Truth]]) -> None:
    workspace, truths = provinces
    rows = [
        row
        for row in workspace.rows("gold/indicator_value")
        if row["indicator"] == "ocop_products_recognised" and row["period_end"] == LAST_DAY
    ]
    for province, truth in truths.items():
        told = {row["breakdown"]: row["numerator"] for row in rows if (row["unit_code"], row["unit_level"]) == (province, "province")}
        assert told == {name: count for name, count in truth.recognised_products.items() if count or not name}


def test_dossiers_in_time_by_the_portals_formula_are_the_truth(provinces: tuple[Workspace, dict[str, Truth]]) -> None:
    workspace, truths = provinces
    told = {
        (row["unit_code"], row["level"]): [row["numerator"], row["denominator"]]
        for row in workspace.rows("gold/indicator_value")
        if (row["indicator"], row["period_end"], row["breakdown"], row["unit_level"])
        == ("dossiers_on_time_qd766", LAST_DAY, "", "province")
    }
    known = {(province, level): sides for province, truth in truths.items() for level, sides in truth.on_time_qd766.items()}
    assert all(part and part < whole for part, whole in known.values())
    assert {key: told[key] for key in known} == known


def test_every_row_has_the_fate_that_the_generator_gave_it(provinces: tuple[Workspace, dict[str, Truth]]) -> None:
    workspace, truths = provinces
    assert {fates.dataset for truth in truths.values() for fates in truth.fates} == TABLE_OF.keys()
    documents = next(fates for fates in truths["24"].fates if fates.dataset == "eoffice/documents")
    assert min(documents.accepted, documents.duplicate, documents.withheld) > 0
    assert documents.rejected.keys() == {"invalid_value", "missing_value", "organisation_not_valid", "unknown_organisation"}
    for dataset, table in TABLE_OF.items():
        mine = [entry for entry in workspace.ledger().values() if entry.dataset == dataset]
        told = tuple(
            sum(getattr(entry, f"rows_{name}") for entry in mine) for name in ("read", "accepted", "duplicate", "withheld", "rejected")
        )
        known = [fates for truth in truths.values() for fates in truth.fates if fates.dataset == dataset]
        assert told == (
            sum(one.read for one in known),
            sum(one.accepted for one in known),
            sum(one.duplicate for one in known),
            sum(one.withheld for one in known),
            sum(sum(one.rejected.values()) for one in known),
        ), dataset
        codes: dict[str, int] = {}
        for row in workspace.rows(table.replace("silver", "quarantine")):
            for error in row["errors"]:
                codes[error["code"]] = codes.get(error["code"], 0) + 1
        rejected: dict[str, int] = {}
        for one in known:
            for code, count in one.rejected.items():
                rejected[code] = rejected.get(code, 0) + count
        assert codes == {code: count for code, count in rejected.items() if count}, dataset


def test_every_target_is_the_truth(provinces: tuple[Workspace, dict[str, Truth]]) -> None:
    workspace, truths = provinces
    told = {
        (row["plan_id"], row["indicator"], row["level"]): (
            row["judged_on"].isoformat(),
            row["numerator"],
            row["denominator"],
            row["met"],
            row["reason"],
            row["value"],
            row["gap"],
        )
        for row in workspace.rows("gold/target_status")
        if row["as_of"] == LAST_DAY
    }
    known = {
        (one.plan_id, one.indicator, one.level): (
            one.judged_on,
            one.numerator,
            one.denominator,
            one.met,
            one.reason,
            one.value if one.value is None else pytest.approx(one.value),
            one.gap if one.gap is None else pytest.approx(one.gap),
        )
        for truth in truths.values()
        for one in truth.targets
        if one.as_of == LAST_DAY.isoformat()
    }
    assert len(known) == sum(len(plan.targets) for plan in load_plans() if plan.province_code in truths)
    assert {key: value for key, value in told.items() if key in known} == known


def test_every_stock_of_every_unit_is_the_truth(provinces: tuple[Workspace, dict[str, Truth]]) -> None:
    workspace, truths = provinces
    known = {
        (one.indicator, one.breakdown, one.unit_code, one.unit_valid_from): (one.numerator, one.denominator)
        for truth in truths.values()
        for one in truth.stocks
        if one.as_of == LAST_DAY.isoformat()
    }
    rows = [row for row in workspace.rows("gold/indicator_value") if (row["period_type"], row["period_end"]) == ("as_of", LAST_DAY)]
    told = {
        (row["indicator"], row["breakdown"], row["unit_code"], row["unit_valid_from"].isoformat()): (row["numerator"], row["denominator"])
        for row in rows
        if row["province_code"] in truths and (row["numerator"] or row["denominator"] or row["unit_level"] == "province")
    }
    measured = {indicator for indicator, *_ in known}
    assert len(measured) == 29
    # A breakdown of a province that has nothing on either side may be there or not.
    assert {key: both for key, both in told.items() if key[0] in measured and (any(both) or not key[1])} == known


def test_each_province_is_judged_by_its_own_plan(provinces: tuple[Workspace, dict[str, Truth]]) -> None:
    workspace, _ = provinces
    rows = [
        row
        for row in workspace.rows("gold/target_status")
        if row["as_of"] == LAST_DAY and row["indicator"] == "work_records_online" and row["province_code"] in provinces[1]
    ]
    targets = {
        province: tuple(
            row["target_value"] for row in sorted(rows, key=lambda row: -row["target_value"]) if row["province_code"] == province
        )
        for province in provinces[1]
    }
    assert targets == {province: TARGETS[province] for province in targets}
    for row in rows:
        assert row["met"] == (row["numerator"] * 100 >= row["target_value"] * row["denominator"])


def gold(workspace: Workspace) -> dict[str, list[dict[str, Any]]]:
    """The rows of gold without what tells one run from another."""
    own = ("run_id", "computed_at")
    return {
        table: sorted(({name: value for name, value in row.items() if name not in own} for row in workspace.rows(table)), key=repr)
        for table in ("gold/indicator_value", "gold/target_status")
    }


@pytest.mark.parametrize("seed", [1, 2])
def test_files_in_any_order_and_in_three_parts_give_the_same_targets(tmp_path: Path, spark: SparkSession, seed: int) -> None:
    at_once, in_parts = Workspace(tmp_path / "at once"), Workspace(tmp_path / "in parts")
    sampled("24", at_once.home)
    at_once.load(LAST_DAY)
    landing = at_once.home / "landing"
    files = sorted(path for path in landing.rglob("*") if path.is_file())
    random.Random(seed).shuffle(files)  # noqa: S311
    for part in range(3):
        for file in files[part::3]:
            to = in_parts.home / "landing" / file.relative_to(landing)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, to)
        in_parts.load(LAST_DAY)
    assert gold(in_parts) == gold(at_once)
