"""A workspace for a test: land records, load them on the shared Spark session, look at the tables."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import shutil
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jobs.border.tokens import make_key
from jobs.engine.tables import Warehouse
from jobs.gold.pipeline import GoldSummary, indicators
from jobs.landing.storage import LocalStorage
from jobs.ops import ledger, releases
from jobs.run import RunContext
from jobs.settings import Settings
from jobs.silver.pipeline import Summary, standardise

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

AS_OF = dt.date(2025, 6, 30)
OMITTED_FROM_EQUALITY = frozenset({"run_id", "computed_at", "received_at"})
SHEETS = {
    "organisations": "organ_id,organ_name,level,unit_code,old_organ_id,valid_from,valid_to,updated_at,deleted",
    "paper_work_records": "organ_id,month,closed_count,updated_at,deleted",
}
OCOP_COLUMNS = (
    "product_code,product_name,product_group,product_subgroup,producer_name,producer_type,commune_code,decision_number,decision_date,"
    "recognised_by,score_a,score_b,score_c,stars,gtin,growing_area_code,ecommerce_url,latitude,longitude,updated_at,deleted"
)

# Nghệ An (40), its district Quỳ Hợp or another (424) and a commune of it; codes of the lists of 2023 and January 2025.
PROVINCE_ORGAN = {"organ_id": "H41.1", "organ_name": "Sở Một", "level": "province", "unit_code": "40", "old_organ_id": "000.00.01.H41"}
DISTRICT_ORGAN = {"organ_id": "H41.2", "organ_name": "UBND huyện", "level": "district", "unit_code": "424"}
COMMUNE_ORGAN = {"organ_id": "H41.2.3", "organ_name": "UBND xã", "level": "commune", "unit_code": "17386"}
ORGANS = (PROVINCE_ORGAN, DISTRICT_ORGAN, COMMUNE_ORGAN)


def organisation(base: dict[str, str], **changes: str) -> dict[str, str]:
    """A row of the sheet `organisations`."""
    return {"valid_from": "2021-01-01", "updated_at": "2025-01-10T08:00:00+07:00", **base, **changes}


def work_record(file_id: str, **changes: Any) -> dict[str, Any]:
    """A closed work record of the province, online in all its parts."""
    record = {
        "FileId": file_id,
        "FileCode": f"{file_id}/HS",
        "OrganId": "H41.1",
        "Title": f"Hồ sơ {file_id}",
        "ConfidenceLevel": "thuong",
        "OpenedAt": "2025-02-03T08:15:00+07:00",
        "DueDate": "2025-02-20",
        "ClosedAt": "2025-02-18T16:40:00+07:00",
        "Status": "closed",
        "CreatedOnline": True,
        "ProcessedOnline": True,
        "SignedDigitally": True,
        "TotalDocuments": 7,
        "UpdatedAt": "2025-02-18T16:41:10+07:00",
        "Deleted": False,
    }
    return {name: value for name, value in {**record, **changes}.items() if value is not ...}


def dossier(dossier_id: str, **changes: Any) -> dict[str, Any]:
    """A dossier received online and finished on time."""
    record = {
        "MaHoSo": dossier_id,
        "MaTTHC": "1.011442",
        "TenTTHC": "Cấp bản sao",
        "MucDo": 4,
        "KenhThucHien": "2",
        "DonViXuLy": "H41.1",
        "ChuHoSo": "Nguyễn Thị Thử",
        "SoGiayToChuHoSo": "099000000001",
        "LoaiDoiTuong": 1,
        "MaDoiTuong": "099000000001",
        "NguoiXuLy": "Trần Văn Mẫu",
        "TrichYeuHoSo": "Hồ sơ của Nguyễn Thị Thử",
        "NgayNopHoSo": "20250210080000",
        "NgayTiepNhan": "20250210090000",
        "NgayHenTra": "20250220170000",
        "NgayKetThucXuLy": "20250219100000",
        "NgayTra": "20250219110000",
        "TrangThaiHoSo": 10,
        "NgayCapNhat": "20250219110000",
    }
    return {name: value for name, value in {**record, **changes}.items() if value is not ...}


def product(code: str, **changes: str) -> dict[str, str]:
    """A four-star food product of the commune."""
    record = {
        "product_code": code,
        "product_name": "Mật ong",
        "product_group": "food",
        "producer_name": "Hợp tác xã Mẫu",
        "producer_type": "cooperative",
        "commune_code": "17386",
        "decision_number": "12/QĐ-UBND",
        "decision_date": "2024-03-01",
        "recognised_by": "province",
        "score_a": "30",
        "score_b": "20",
        "score_c": "25",
        "stars": "4",
        "updated_at": "2025-01-10T08:00:00+07:00",
    }
    return {**record, **changes}


@dataclass
class Workspace:
    """One home with its landing zone and warehouse."""

    home: Path
    loads: int = 0
    settings: Settings = field(init=False)

    def __post_init__(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        if not (self.home / "pii.key").exists():
            make_key(self.home / "pii.key")
        self.settings = Settings(home=self.home, _env_file=None)
        (self.home / "landing").mkdir(exist_ok=True)

    def copy(self, home: Path) -> Workspace:
        """The same workspace in another folder: what several tests begin with is loaded once."""
        shutil.copytree(self.home, home)
        return Workspace(home, self.loads)

    @cached_property
    def warehouse(self) -> Warehouse:
        return Warehouse.of(self.settings)

    def context(self, as_of: dt.date = AS_OF, now: dt.datetime | None = None) -> RunContext:
        self.loads += 1
        storage = LocalStorage(self.home / "landing")
        return RunContext(self.settings, self.warehouse, storage, f"run-{self.loads:03d}", now or dt.datetime.now(dt.UTC), as_of)

    def load(self, as_of: dt.date = AS_OF, now: dt.datetime | None = None, rebuild: Collection[str] = ()) -> tuple[Summary, GoldSummary]:
        """What `ntm run` does, or `ntm rebuild`, without Airflow between the steps; as if it were `now`."""
        return standardise(self.context(as_of, now), rebuild), indicators(self.context(as_of, now))

    def land(self, path: str, content: str | bytes) -> None:
        file = self.home / "landing" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)

    def land_records(self, path: str, records: Iterable[dict[str, Any] | str]) -> None:
        lines = [record if isinstance(record, str) else json.dumps(record, ensure_ascii=False) for record in records]
        self.land(path, "".join(f"{line}\n" for line in lines))

    def land_sheet(self, path: str, columns: str, rows: Iterable[dict[str, str]]) -> None:
        out = io.StringIO()
        writer = csv.DictWriter(out, columns.split(","), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        self.land(path, out.getvalue())

    def land_organisations(self, *rows: dict[str, str], name: str = "organisations.csv", day: str = "2025-01-10") -> None:
        self.land_sheet(f"registry/organisations/dt={day}/{name}", SHEETS["organisations"], rows or map(organisation, ORGANS))

    def versions(self) -> dict[str, int]:
        """The newest version of every table, whoever wrote it."""
        self.warehouse.look_again()
        return releases.current_versions(self.warehouse)

    def rows(self, table: str) -> list[dict[str, Any]]:
        return self.warehouse.rows(table)

    def ledger(self) -> dict[str, ledger.Entry]:
        return {entry.path: entry for entry in ledger.entries(self.warehouse)}

    def values(self, indicator: str, period_type: str, **wanted: Any) -> dict[tuple[str, str], tuple[int, int | None]]:
        """(level, unit) -> (numerator, denominator) of an indicator's totals."""
        return {
            (row["level"], row["unit_code"]): (row["numerator"], row["denominator"])
            for row in self.rows("gold/indicator_value")
            if row["indicator"] == indicator
            and row["period_type"] == period_type
            and row["breakdown"] == wanted.get("breakdown", "")
            and all(row[name] == value for name, value in wanted.items())
        }

    def comparable(self, *tables: str) -> dict[str, list[str]]:
        """All rows of tables, order-free, without what two equal runs may differ in."""
        return {
            table: sorted(
                json.dumps({name: value for name, value in row.items() if name not in OMITTED_FROM_EQUALITY}, default=str, sort_keys=True)
                for row in self.rows(table)
            )
            for table in tables
        }
