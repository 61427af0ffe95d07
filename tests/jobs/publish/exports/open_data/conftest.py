"""A small released workspace with dossiers of two communes, an OCOP product of a household, and registers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobs.publish.exports.open_data.build import export_open_data
from jobs.sample.vocabulary import load_vocabulary
from tests.support import workspace as ws
from tests.support.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from jobs.publish.exports.open_data.build import Exported

HOUSEHOLD = "Hộ bà Lê Thị Thử Nghiệm"
APPLICANT = "Nguyễn Thị Thử"
UPDATED = "2025-03-10T08:00:00+07:00"


def dossiers() -> list[dict[str, object]]:
    """Forty of the province each month, twelve of a commune in January and two in February."""
    found = []
    for organ, month, many in (("H41.1", 1, 40), ("H41.1", 2, 40), ("H41.2.3", 1, 12), ("H41.2.3", 2, 2)):
        for number in range(many):
            day = f"2025{month:02}{number % 20 + 3:02}"
            found.append(
                ws.dossier(
                    f"{organ}-{month}-{number}",
                    DonViXuLy=organ,
                    KenhThucHien="2" if number % 3 else "1",
                    NgayNopHoSo=f"{day}080000",
                    NgayTiepNhan=f"{day}090000",
                    NgayHenTra="20250320170000",
                    NgayKetThucXuLy=f"{day}100000",
                    NgayTra=f"{day}110000",
                )
            )
    return found


def land(workspace: Workspace, *, generated: bool = True) -> None:
    """Land everything."""
    mark = f" {load_vocabulary().marker}" if generated else ""
    workspace.land_organisations(*(ws.organisation(base, organ_name=f"{base['organ_name']}{mark}") for base in ws.ORGANS))
    workspace.land_records("portal/dossiers/dt=2025-03-10/a.ndjson", dossiers())
    workspace.land_records("eoffice/work_records/dt=2025-03-10/a.ndjson", [ws.work_record(f"w{number}") for number in range(9)])
    products = [
        ws.product("40-424-17386-1-2024"),
        ws.product("40-424-17386-2-2024", producer_name=HOUSEHOLD, producer_type="household", product_name="=1+1"),
    ]
    workspace.land_sheet("ocop/products/dt=2025-03-10/a.csv", ws.OCOP_COLUMNS, products)
    for sheet, columns, row in (
        ("clean_water", "commune_code,measured_on,households,households_with_clean_water", "17386,2025-02-01,900,700"),
        ("growing_areas", "growing_area_code,commune_code,crop,area_ha,issued_on,status", "VN-NAOR-0001,17386,Cam,12.5,2024-05-01,in_use"),
        ("commune_status", "commune_code,status,valid_from,valid_to,decision_number", "17386,ntm,2024-01-01,,12/QĐ-UBND"),
    ):
        workspace.land(f"registry/{sheet}/dt=2025-03-10/a.csv", f"{columns},updated_at,deleted\n{row},{UPDATED},\n")


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> Workspace:
    """The workspace after its first release."""
    workspace = Workspace(tmp_path_factory.mktemp("open") / "home")
    land(workspace)
    workspace.load()
    return workspace


@pytest.fixture(scope="session")
def exported(released: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """Its open data."""
    return export_open_data(released.warehouse, tmp_path_factory.mktemp("exports"))


@pytest.fixture
def folder(exported: Exported) -> Path:
    """The folder of its open data."""
    return exported.folder
