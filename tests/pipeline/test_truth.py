"""Generated provinces side by side in one warehouse, against what the generator knows by construction."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from jobs.sample.generator import generate
from jobs.sample.plan import SamplePlan
from jobs.sample.truth import Truth, read_truth
from tests.support.workspace import Workspace

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


LAST_DAY = dt.date(2025, 3, 31)
PROVINCES = ("01", "20", "24", "40", "80")
TARGETS = {"01": (90, 80, 60), "20": (90, 80, 60), "24": (95, 85, 60), "40": (90, 80, 60), "80": (90, 80, 60)}
TABLE_OF = {
    "eoffice/work_records": "silver/work_record",
    "portal/dossiers": "silver/dossier",
    "ocop/products": "silver/ocop_product",
    "registry/organisations": "silver/organisation",
    "registry/paper_work_records": "silver/paper_work_record",
}


@pytest.fixture(scope="module")
def provinces(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> tuple[Workspace, dict[str, Truth]]:
    workspace = Workspace(tmp_path_factory.mktemp("five") / "home")
    truths = {}
    for province in PROVINCES:
        plan = SamplePlan(province, dt.date(2025, 2, 3), LAST_DAY, seed=3, work_records=700, dossiers=500, ocop=40)
        truths[province] = read_truth(generate(plan, workspace.home / "landing", workspace.home / "truth").truth_path)
    workspace.load(LAST_DAY)
    return workspace, truths


def test_every_ratio_of_every_unit_and_month_is_the_truth(provinces: tuple[Workspace, dict[str, Truth]]) -> None:
    workspace, truths = provinces
    known = {
        (one.indicator, one.level, one.unit_code, one.month): (one.numerator, one.denominator)
        for truth in truths.values()
        for one in truth.unit_months
        if one.denominator
    }
    own_level = {"province": "province", "district": "district", "commune": "commune"}
    told = {
        (row["indicator"], row["level"], row["unit_code"], row["period_start"].strftime("%Y-%m")): (row["numerator"], row["denominator"])
        for row in workspace.rows("gold/indicator_value")
        if row["period_type"] == "month"
        and row["breakdown"] == ""
        and own_level.get(row["level"]) == row["unit_level"]
        and row["denominator"]
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
    assert len(known) == 9 * len(PROVINCES)
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


def test_every_row_has_the_fate_that_the_generator_gave_it(provinces: tuple[Workspace, dict[str, Truth]]) -> None:
    workspace, truths = provinces
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


def test_each_province_is_judged_by_its_own_plan(provinces: tuple[Workspace, dict[str, Truth]]) -> None:
    workspace, _ = provinces
    rows = [row for row in workspace.rows("gold/target_status") if row["as_of"] == LAST_DAY]
    targets = {
        province: tuple(
            row["target_value"] for row in sorted(rows, key=lambda row: -row["target_value"]) if row["province_code"] == province
        )
        for province in PROVINCES
    }
    assert targets == TARGETS
    for row in rows:
        assert row["met"] == (row["numerator"] * 100 >= row["target_value"] * row["denominator"])
