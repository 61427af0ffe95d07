"""A pilot district of two agencies, Anh Sơn of Nghệ An, with a person's name and number wherever a sender may have put them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.edxml import edxml
from tests.support.workspace import (
    COMMUNE_ORGAN,
    DISTRICT_ORGAN,
    OCOP_COLUMNS,
    PROVINCE_ORGAN,
    Workspace,
    dossier,
    organisation,
    product,
    work_record,
)

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

NAME, NUMBER = "Lò Thị Riêng Tư", "040199123456"
DAY = "dt=2025-07-01"


def _closed(name: str, at: str, organ: str, **changes: Any) -> dict[str, Any]:
    times = {"OpenedAt": "2025-01-02T08:00:00+07:00", "ClosedAt": at, "UpdatedAt": f"{at[:10]}T23:00:00+07:00"}
    return work_record(name, OrganId=organ, **{**times, "Title": f"Hồ sơ của {NAME}", "FileCode": NUMBER, **changes})


def _received(name: str, day: str, organ: str, **changes: Any) -> dict[str, Any]:
    times = dict.fromkeys(("NgayNopHoSo", "NgayTiepNhan", "NgayKetThucXuLy", "NgayTra", "NgayCapNhat"), f"{day.replace('-', '')}090000")
    return dossier(name, DonViXuLy=organ, ChuHoSo=NAME, SoGiayToChuHoSo=NUMBER, **times, NgayHenTra="20251231170000", **changes)


@pytest.fixture(scope="package")
def workspace(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> Workspace:
    """What the tests count by hand stands here; p2 has stars that neither its points nor its council may give: two flags."""
    made = Workspace(tmp_path_factory.mktemp("pilot") / "home")
    made.land_organisations(
        organisation(PROVINCE_ORGAN), organisation(DISTRICT_ORGAN, old_organ_id="000.00.02.H41"), organisation(COMMUNE_ORGAN)
    )
    district, commune = "H41.2", "H41.2.3"
    again = _closed("w3", "2025-05-20T16:40:00", commune)
    made.land_records(
        f"eoffice/work_records/{DAY}/a.ndjson",
        [
            _closed("w1", "2025-02-18T16:40:00+07:00", district),
            _closed("w2", "2025-03-20T09:40:00Z", "000.00.02.H41"),
            *(again, again),
            _closed("w4", "2025-05-21T16:40:00+07:00", commune, ClosedAt=...),
            _closed("w5", "2025-05-22T16:40:00+07:00", commune, OpenedAt=NAME),
            _closed("w6", "2025-05-23T16:40:00+07:00", commune, DueDate=NUMBER),
            _closed("w7", "2025-05-24T16:40:00+07:00", "H41.2.99"),
            _closed("w8", "2025-05-24T16:40:00+07:00", "H41.77"),
            _closed("w9", "2025-02-18T16:40:00+07:00", "H41.1"),
            _closed("w10", "2025-05-25T16:40:00+07:00", commune, ConfidenceLevel="mat"),
            f"{NAME} {NUMBER}",
        ],
    )
    made.land_records(
        f"portal/dossiers/{DAY}/a.ndjson",
        [_received("d1", "2025-02-10", commune, MaTTHC=NAME), _received("d2", "2025-04-10", district, TenTTHC=NUMBER)],
    )
    made.land_sheet(
        f"ocop/products/{DAY}/a.csv",
        OCOP_COLUMNS,
        [
            product("p1", gtin="8932330152727", producer_type="household", producer_name=NAME),
            product("p2", stars="5", growing_area_code="VN-40OR-0001", producer_name=f"Hộ {NAME}"),
        ],
    )
    made.land(
        f"registry/villages/{DAY}/a.csv",
        "Mã thôn;Mã xã;Tên thôn;Trưởng thôn;Số hộ;Cập nhật lúc\n"
        f"T1;17386;Bản {NAME};{NAME};100;10/01/2025\nT2;17386;Bản 2;{NUMBER};120;2025-01-10T08:00:00+07:00\n",
    )
    made.land(
        f"registry/smart_village_assessments/{DAY}/a.csv",
        "village_id,criteria_set,assessed_on,digital_team,updated_at\nT1,x,2025-03-01,Có,2025-03-02T08:00:00+07:00\n",
    )
    made.land(
        f"registry/criterion_assessments/{DAY}/a.csv",
        "unit_code,criterion,standard,result,assessed_on,updated_at\n17386,8.4,Nâng cao,Đạt,15/10/2024,2025-01-10T08:00:00+07:00\n",
    )
    made.land(
        f"registry/data_standardisation_pilots/{DAY}/a.csv",
        "district_code,selected_on,accepted_on,decision_number,updated_at\n424,2025-01-01,2025-06-15,11/QĐ-UBND,2025-01-10T08:00:00+07:00\n",
    )
    for name, message in {
        "sent": edxml("1/TB", sender=district, subject=NAME),
        "answers": edxml("2/TB", sender=commune, answers="H41.1,2025/02/03,9/TB", recipients=3),
        "answered": edxml("3/TB", sender="H41.1", answers=f"{district},2025/02/03,1/TB"),
    }.items():
        made.land(f"eoffice/documents/{DAY}/{name}.edxml", message)
    made.load()
    return made
