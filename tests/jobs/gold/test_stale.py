"""What of gold can be told at all from the tables as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobs.engine.tables import Warehouse
from jobs.gold.stale import undecided
from tests.support.released import with_tables
from warehouse_schema.plan_registry import load_plans

if TYPE_CHECKING:
    from pathlib import Path

NAME = "units_with_essential_service_and_survey"


def test_undecided_is_what_counts_by_a_dataset_that_has_no_row(tmp_path: Path) -> None:
    """Where nothing has landed: those that name such a dataset. The others read one table, and without a row there is no figure of them."""
    warehouse = with_tables(Warehouse(tmp_path.as_uri()))
    found = undecided(warehouse)
    assert dict.fromkeys(row["indicator"] for row in found) == dict.fromkeys(
        ("units_with_essential_service_and_survey", "exemplary_communes_with_smart_village", "smart_villages")
    )
    assert {row["plan_id"] for row in found} == {plan.plan_id for plan in load_plans()}


def test_a_dataset_that_a_plan_does_not_count_by_decides_nothing_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan that asks for the service alone: without a survey its figure is whole."""
    first, *others = load_plans()
    alone = first.model_copy(update={"parameters": {**first.parameters, NAME: {"service_and_survey": "service_alone"}}})
    for module in ("jobs.gold.stale", "warehouse_schema.indicator_queries"):
        monkeypatch.setattr(f"{module}.load_plans", lambda: (alone, *others))
    monkeypatch.setattr("jobs.gold.stale._is_empty", lambda _warehouse, table, _release: table == "silver/satisfaction_survey")
    found = {row["plan_id"] for row in undecided(Warehouse(tmp_path.as_uri())) if row["indicator"] == NAME}
    assert found == {plan.plan_id for plan in others}
