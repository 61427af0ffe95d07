"""What of gold can be told at all from the tables as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.engine.tables import Warehouse
from jobs.gold.stale import undecided
from tests.support.released import with_tables

if TYPE_CHECKING:
    from pathlib import Path


def test_undecided_is_what_counts_by_a_dataset_that_has_no_row(tmp_path: Path) -> None:
    """Where nothing has landed: those that name such a dataset. The others read one table, and without a row there is no figure of them."""
    warehouse = with_tables(Warehouse(tmp_path.as_uri()))
    assert undecided(warehouse) == ["units_with_essential_service_and_survey", "exemplary_communes_with_smart_village", "smart_villages"]
