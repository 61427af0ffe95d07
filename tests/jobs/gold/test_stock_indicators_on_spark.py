"""The same texts on Spark: the facts of the indicators of registry sheets, under each of their settings."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from jobs.gold.evaluate import indicator_facts
from jobs.gold.periods import stock_periods
from tests.support.registry import END_OF_2024, JUNE_30, LATER, REFORM, START
from warehouse_schema.indicator_catalogue import load_catalogue
from warehouse_schema.indicator_queries import SettingsOf, settings_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.jobs.gold.conftest import OnSpark, Warehouse
    from tests.support.registry import Registry


pytestmark = pytest.mark.slow


def test_spark_and_duckdb_give_the_same_facts(registry: Registry, on_spark: Callable[[Warehouse], OnSpark]):
    units = ("17001", "17002", "17003", "17005", "17006", "427", "428", "413", "40", "17001*")
    for number, unit in enumerate(units):
        one, commune = {"unit": unit, "updated_at": datetime(2024, 1, number + 1)}, units[number % 5]  # noqa: DTZ001
        for criterion, standard in (
            ("8.4", "ntm"),
            ("8.4", "advanced"),
            ("15.2", "advanced"),
            ("9.5", "ntm"),
            ("6.5", "advanced"),
            ("9.2", "advanced"),
        ):
            registry.add("criterion_assessment", **one, criterion=criterion, standard=standard)
        registry.add("criterion_assessment", **one, assessed_on="2025-02-01", valid_to="2025-08-01", decision_number=None)
        registry.add("criterion_assessment", **one, assessed_on="2025-02-01", result="not_met", decision_number=str(number))
        registry.add("commune_status", **one)
        registry.add("commune_status", **one, valid_from="2025-01-01", status="ntm", decision_number=None, valid_to="2025-05-01")
        registry.add(
            "official_training", **one, official_id=f"o{number // 2}", course=f"{number}", trained_on="2024-01-01" if number % 3 else None
        )
        registry.add("cooperative", **one, linkage_from="2024-05-01" if number % 2 else None)
        registry.add(
            "linkage_model", **one, level="commune" if number < 5 else "district", digital_since="2024-05-01" if number % 3 else None
        )
        registry.add("essential_service", **one)
        registry.add("satisfaction_survey", **one, responses=10, satisfied=number)
        registry.add("village", **{**one, "unit": commune}, village_id=str(number), team_active_from="2024-05-01" if number % 3 else None)
        registry.add("smart_village_assessment", **one, village_id=str(number), field="y tế" if number % 2 else None)
        for kind in ("smart", "ecommerce"):
            registry.add(
                "smart_commune",
                **{**one, "unit": commune},
                kind=kind,
                field=str(number),
                selected_on="2024-01-01",
                recognised_on="2024-06-01",
            )
        registry.add("data_standardisation_pilot", **one, accepted_on="2024-01-01")
        registry.add("growing_area", **one, growing_area_code=str(number))
        registry.add("clean_water", **one)
        for on, value in (("2024-05-01", 60.0), ("2025-05-01", 40.0 + number * 2)):
            at = datetime.fromisoformat(f"{on}T08:00")
            registry.add(
                "environment_measurement",
                **one,
                station_id=str(number // 2),
                parameter=str(number % 3),
                measured_at=at,
                measured_on=on,
                value=value,
            )
        registry.add("waste_source", **one, treated=(True, False, None)[number % 3])
        registry.add("supply_chain", **one, kind="chain" if number % 2 else "product", on_traceability_system_since="2024-01-01")
    days = [END_OF_2024, JUNE_30, LATER]
    registry.warehouse.clear("province_level")
    # All provinces: which ones are served is the affair of the evaluation.
    for code, since in (("40", START), ("24", START), ("24", REFORM)):
        registry.warehouse.add("province_level", {"province_code": code, "province_valid_from": since})
    in_spark = on_spark(registry.warehouse)
    compared = {}
    for name, indicator in load_catalogue().items():
        if indicator.kind == "flow" or name in ("ocop_products_recognised", "dossiers_on_time_qd766"):
            continue
        for settings in (
            {},
            *({one: value} for one, choice in indicator.parameters.items() for value in choice.values if value != choice.default),
        ):
            of_duckdb = indicator_facts(
                registry.warehouse.sets,
                indicator,
                periods=stock_periods(days),
                views=registry.warehouse.views,
                settings=[SettingsOf({**settings_of(indicator), **settings})],
            ).to_pylist()
            of_spark = in_spark.facts(indicator, days, **settings).to_pylist()
            assert sorted(map(repr, of_spark)) == sorted(map(repr, of_duckdb)), name
            compared[name] = any(row["numerator"] for row in of_duckdb)

    assert len(compared) == 29
    assert all(compared.values()), compared
