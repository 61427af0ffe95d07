"""A made-up province small enough to count by hand, sheets of the registry for it, and what indicators say of them.

Nghệ An (40) has three districts: 427 with the rural communes 17001 and 17002 and the township 17004, 428 with the rural communes
17003 and 17005, and 413 with a ward only. By 2025 the commune 17006 of 427 is gone (nothing tells where), 17005 is a ward, and 413
is gone, its ward now in 428. On 1 July 2025 the districts end; 17001, 17002 and 17004 become the new commune 17001, 17003 is
divided, 17005 and the ward become the new ward 16001. Bắc Giang (24, with 213 and 07001) becomes Bắc Ninh.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from jobs.gold.evaluate import PROVINCE, evaluate_indicator
from jobs.gold.flags import flag_rows
from jobs.gold.periods import stock_periods
from jobs.gold.pipeline import ServedProvince, province_levels
from jobs.reference.units import read_units
from warehouse_schema.flag_catalogue import load_flags
from warehouse_schema.indicator_catalogue import load_catalogue
from warehouse_schema.indicator_queries import SettingsOf, settings_of
from warehouse_schema.released_views import released_views

if TYPE_CHECKING:
    from pathlib import Path

    from jobs.reference.units.model import Units
    from tests.jobs.gold.conftest import Warehouse

START, REFORM = date(2021, 1, 1), date(2025, 7, 1)
END_OF_2024, JUNE_30, LATER = date(2024, 12, 31), date(2025, 6, 30), date(2025, 12, 31)
UNITS = """\
2023-05-07,40,province,Nghệ An,Tỉnh,
2023-05-07,427,district,Đô Lương,Huyện,40
2023-05-07,17001,commune,Một,Xã,427
2023-05-07,17002,commune,Hai,Xã,427
2023-05-07,17004,commune,Bốn,Thị trấn,427
2023-05-07,17006,commune,Sáu,Xã,427
2023-05-07,428,district,Thái Hòa,Thị xã,40
2023-05-07,17003,commune,Ba,Xã,428
2023-05-07,17005,commune,Năm,Xã,428
2023-05-07,413,district,Cửa Lò,Thị xã,40
2023-05-07,16001,commune,Phường,Phường,413
2023-05-07,24,province,Bắc Giang,Tỉnh,
2023-05-07,213,district,Yên Thế,Huyện,24
2023-05-07,07001,commune,Bảy,Xã,213
2025-01-04,40,province,Nghệ An,Tỉnh,
2025-01-04,427,district,Đô Lương,Huyện,40
2025-01-04,17001,commune,Một,Xã,427
2025-01-04,17002,commune,Hai,Xã,427
2025-01-04,17004,commune,Bốn,Thị trấn,427
2025-01-04,428,district,Thái Hòa,Thị xã,40
2025-01-04,17003,commune,Ba,Xã,428
2025-01-04,17005,commune,Năm,Phường,428
2025-01-04,16001,commune,Phường,Phường,428
2025-01-04,24,province,Bắc Giang,Tỉnh,
2025-01-04,213,district,Yên Thế,Huyện,24
2025-01-04,07001,commune,Bảy,Xã,213
2025-07-01,40,province,Nghệ An,Tỉnh,
2025-07-01,17001,commune,Mới,Xã,40
2025-07-01,17003,commune,Ba mới,Xã,40
2025-07-01,16001,commune,Phường mới,Phường,40
2025-07-01,24,province,Bắc Ninh,Tỉnh,
2025-07-01,07001,commune,Bảy mới,Xã,24
"""
SUCCESSION = """\
17001,427,40,17001,40,false
17002,427,40,17001,40,false
17004,427,40,17001,40,false
17003,428,40,17003,40,true
17003,428,40,16001,40,true
17005,428,40,16001,40,false
16001,428,40,16001,40,false
07001,213,24,07001,24,true
"""
SHEETS: dict[str, dict[str, Any]] = {
    "criterion_assessment": {"criterion": "8.4", "standard": "ntm", "result": "met", "assessed_on": "2024-03-01", "decision_number": "1"},
    "commune_status": {"status": "exemplary", "valid_from": "2024-03-01", "decision_number": "1"},
    "district_status": {"status": "ntm", "valid_from": "2024-03-01", "decision_number": "1"},
    "official_training": {"official_id": "an", "level": "commune", "in_role_from": "2023-01-01", "course": "số 1"},
    "cooperative": {"cooperative_id": "HTX1", "registered_on": "2024-03-01"},
    "linkage_model": {"model_id": "M1", "level": "district", "in_raw_material_zone": True, "started_on": "2024-03-01"},
    "essential_service": {"service": "health", "online_since": "2024-03-01"},
    "satisfaction_survey": {"survey_id": "K1", "subject": "ntm_results", "channel": "online", "opened_on": "2024-03-01"},
    "village": {"village_id": "T1"},
    "smart_village_assessment": {"village_id": "T1", "recognised_by_decision": "9/QĐ", "recognised_from": "2024-03-01"},
    "smart_commune": {"kind": "smart", "field": "du lịch"},
    "data_standardisation_pilot": {"selected_on": "2023-06-01"},
    "supply_chain": {"chain_id": "C1", "kind": "chain"},
    "growing_area": {"growing_area_code": "VN-NAOR-0001", "crop": "cam", "status": "in_use", "issued_on": "2024-03-01"},
    "clean_water": {"measured_on": "2024-03-01", "households": 100, "households_with_clean_water": 60},
    "environment_measurement": {
        "station_id": "T1",
        "parameter": "TSS",
        "measured_at": datetime(2024, 3, 1, 8),  # noqa: DTZ001
        "measured_on": "2024-03-01",
        "value": 60.0,
        "unit": "mg/l",
        "limit_value": 50.0,
    },
    "waste_source": {"source_id": "NT1", "registered_on": "2024-03-01"},
    "raw_material_area": {"area_code": "VNL1", "product": "mía", "area_ha": 10.0, "registered_on": "2024-03-01"},
    "commune_classification": {"scheme": "area_i_ii_iii", "class": "III", "valid_from": "2024-03-01"},
    "recognition_case": {"standard": "ntm", "stage": "registered", "stage_on": "2024-03-01"},
    "tourism_site": {"site_id": "DL1", "name": "Suối Mơ", "recognised_on": "2024-03-01"},
    "technology": {"technology_id": "CN1", "name": "Tưới nhỏ giọt", "applied_on": "2024-03-01"},
    "ocop_product": {
        "product_code": "P1",
        "decision_number": "1/QĐ",
        "decision_date": "2024-03-01",
        "recognised_until": "2027-02-28",
        "recognised_by": "district",
        "score_a": 20.0,
        "score_b": 20.0,
        "score_c": 20.0,
        "stars": 3,
        "product_group": "food",
    },
}
"""What a row of each sheet says where a test says nothing else."""
LEVEL_ENDS = {"province": None, "district": JUNE_30, "commune": None}
SERVED = [
    ServedProvince("40", START, None, LEVEL_ENDS),
    ServedProvince("24", START, JUNE_30, LEVEL_ENDS),
    ServedProvince("24", REFORM, None, LEVEL_ENDS),
]
Figures = dict[str, tuple[int, int | None]]


def made_up_units(folder: Path) -> Units:
    """These units, built as the real ones are, from files that are written to a folder."""
    listed = "\n".join(f"{line},," for line in UNITS.splitlines())
    for name, text in {
        "administrative_unit_snapshot": f"snapshot_date,unit_code,level,unit_name,unit_type,parent_code,latitude,longitude\n{listed}\n",
        "commune_succession_2025-07-01": "old_commune_code,old_district_code,old_province_code,new_commune_code,new_province_code,partly_merged\n"
        + SUCCESSION,
        "unit_lists": "snapshot_date,in_force_from,reason\n2023-05-07,2021-01-01,list\n2025-01-04,2025-01-01,list\n2025-07-01,2025-07-01,list\n",
        "province_succession_2025-07-01": "old_code,old_name,new_code,new_name,whole,keeps_identity\n"
        "40,Nghệ An,40,Nghệ An,true,true\n24,Bắc Giang,24,Bắc Ninh,true,false\n",
        "unit_changes": "unit_code,change,assumed_on,effective_on,successor_code,document\n",
    }.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return read_units(folder)


@dataclass(frozen=True)
class Registry:
    """Sheets of a few rows, and what indicators say of them."""

    warehouse: Warehouse

    def add(self, sheet: str, unit: str = "17001", **row: Any) -> None:
        """A row written for a unit: `17001` before, `17001*` since 1 July 2025."""
        since = REFORM if unit.endswith("*") else START
        place = {"unit_code": unit.rstrip("*"), "unit_valid_from": since, "province_code": "40"}
        self.warehouse.add(
            f"silver.{sheet}",
            {"updated_at": datetime(2024, 6, 1), "withdrawn": False, "object_id": "a", "line": 7, **place, **SHEETS[sheet], **row},  # noqa: DTZ001
        )

    def rows(self, name: str, day: date = JUNE_30, **settings: Any) -> list[dict[str, Any]]:
        """All values of an indicator on a day, with its own settings, some of them set otherwise."""
        indicator = load_catalogue()[name]
        self.warehouse.sets.rows_of("served_levels", province_levels(indicator, SERVED))
        return evaluate_indicator(
            self.warehouse.sets,
            indicator,
            periods=stock_periods([day]),
            views={**self.warehouse.views, "province_level": "served_levels"},
            settings=[SettingsOf({**settings_of(indicator), **settings})],
        ).to_pylist()

    def flags(self, name: str, day: date = JUNE_30) -> list[dict[str, Any]]:
        """The rows of `gold/flag` of one flag as of a day."""
        served = [{"province_code": one.code, "province_valid_from": one.valid_from} for one in SERVED]
        self.warehouse.sets.rows_of("served_provinces", pa.Table.from_pylist(served, PROVINCE))
        return flag_rows(load_flags()[name], day, self.warehouse.sets, {**self.warehouse.views, "province_level": "served_provinces"})

    def figures(self, name: str, day: date = JUNE_30, breakdown: str = "", province: str = "40", **settings: Any) -> Figures:
        """Unit -> (numerator, denominator) of the units of a province."""
        rows = [row for row in self.rows(name, day, **settings) if row["breakdown"] == breakdown and row["province_code"] == province]
        assert {row["level"] for row in rows} <= set(load_catalogue()[name].levels)
        found = {row["unit_code"]: (row["numerator"], row["denominator"]) for row in rows}
        assert len(found) == len(rows)
        return found

    def view(self, name: str, day: date = JUNE_30) -> list[dict[str, Any]]:
        """All rows of a view of gold on a day."""
        return self.warehouse.sets.rows(released_views()[name].query(day))

    def of_province(self, name: str, day: date = JUNE_30, breakdown: str = "", **settings: Any) -> tuple[int, int | None] | None:
        return self.figures(name, day, breakdown, **settings).get("40")
