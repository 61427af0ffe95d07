"""A reform that is new data files, as the indicators see it: populations and figures of the day before and the day after."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from jobs.engine.tables import table_of
from jobs.reference.units import read_units
from tests.jobs.gold.conftest import Warehouse
from tests.support.registry import Registry, made_up_units
from warehouse_schema.contracts import load_contracts

if TYPE_CHECKING:
    from collections.abc import Iterator

EVE, DAY = date(2026, 12, 31), date(2027, 1, 1)
FILES = {
    # 17001 and 16001 become one under the code of the first; 17003 becomes a ward.
    "units_from": "unit_code,level,unit_name,unit_type,parent_code,latitude,longitude,document\n"
    "17001,commune,Một nữa,Xã,40,,,NQ\n17003,commune,Ba,Phường,40,,,NQ\n",
    "commune_succession": "old_commune_code,old_district_code,old_province_code,new_commune_code,new_province_code,partly_merged\n"
    "17001,,40,17001,40,false\n16001,,40,17001,40,false\n",
}


@pytest.fixture
def after_reform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    folder = tmp_path_factory.mktemp("units")
    made_up_units(folder)
    for name, text in FILES.items():
        (folder / f"{name}_{DAY}.csv").write_text(text, encoding="utf-8")
    warehouse, units = Warehouse(), read_units(folder)
    for name, rows in (("administrative_unit", units.versions), ("unit_lineage", units.lineage)):
        warehouse.connection.register("made_up", table_of(load_contracts()[f"silver/{name}"], rows))
        columns = warehouse.connection.table(f"silver_{name}").columns
        warehouse.connection.execute(f"INSERT INTO silver_{name} SELECT {', '.join(columns)} FROM made_up")
    yield Registry(warehouse)
    warehouse.connection.close()


def test_what_is_located_moves_and_what_is_a_units_own_does_not(after_reform: Registry) -> None:
    registry = after_reform
    for number, unit in enumerate(("17001*", "16001*", "17003*", "17002"), 1):
        registry.add("village", unit, village_id=str(number), team_active_from="2024-01-01")
    for unit in ("17001*", "17003*"):
        registry.add("criterion_assessment", unit, assessed_on="2025-08-01")
    villages, criterion = "villages_with_digital_team", "communes_meeting_8_4_ntm"
    assert registry.figures(villages, EVE) == {"17001": (2, 2), "16001": (1, 1), "17003": (1, 1), "40": (4, 4)}
    assert registry.figures(villages, DAY) == {"17001": (3, 3), "17003": (1, 1), "40": (4, 4)}
    assert registry.figures(criterion, EVE) == {"17001": (1, 1), "17003": (1, 1), "40": (2, 2)}
    # The commune of two has to be assessed anew; the ward has its assessment and is none of those that are counted.
    assert registry.figures(criterion, DAY) == {"17001": (0, 1), "40": (0, 1)}
