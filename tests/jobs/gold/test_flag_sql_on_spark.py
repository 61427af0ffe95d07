"""The same texts on Spark: what flags find."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobs.gold.evaluate import evaluate_flag
from tests.support.registry import LATER, REFORM, START
from warehouse_schema.flag_catalogue import load_flags

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.jobs.gold.conftest import OnSpark, Warehouse
    from tests.support.registry import Registry

pytestmark = pytest.mark.slow


def test_spark_and_duckdb_find_the_same(registry: Registry, on_spark: Callable[[Warehouse], OnSpark]) -> None:
    registry.add("commune_status", "17001*", valid_from="2025-08-01", line=1)
    registry.add("recognition_case", "17003*", stage="recognised", stage_on="2025-08-01")
    registry.add("criterion_assessment", "17003*", assessed_on="2025-08-01", standard="advanced")
    registry.add("district_status", "427")
    registry.add("village", "17003")
    registry.add("clean_water", households=1)
    for number, points in enumerate((89.5, 90, 69, 101)):
        registry.add("ocop_product", decision_number=str(number), score_a=points, score_b=0, score_c=0, recognised_by="district")
    registry.add("ocop_product", decision_number="later", stars=5, decision_date="2025-07-07")
    place = {"unit_code": "17001", "unit_valid_from": START}
    registry.warehouse.add(
        "named_unit", {"plan_id": "P", "indicator": "smart_communes", "level": "commune", "named_on": "2023-05-01", **place}
    )
    registry.warehouse.clear("province_level")
    for code, since in (("40", START), ("24", START), ("24", REFORM)):
        registry.warehouse.add("province_level", {"province_code": code, "province_valid_from": since})
    in_spark = on_spark(registry.warehouse)
    for name, flag in load_flags().items():
        here = evaluate_flag(registry.warehouse.sets, flag, LATER, registry.warehouse.views)
        there = in_spark.facts(flag, [LATER])
        found = [sorted(map(str, table.select(here.column_names).to_pylist())) for table in (here, there)]
        assert found[0] == found[1], name
        assert found[0] or name == "ocop_district_decision_after_2025_07_06", name
