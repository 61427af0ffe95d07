"""State secrets and personal data: what never enters, and what has to leave again."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from jobs.ops import releases
from tests.support.workspace import OCOP_COLUMNS, Workspace, dossier, product, work_record

if TYPE_CHECKING:
    from collections.abc import Iterator


pytestmark = pytest.mark.slow


def texts(workspace: Workspace) -> Iterator[tuple[str, str]]:
    """Every file of the workspace but the landing zone, as text; Parquet decoded, its footer's statistics too."""
    for path in workspace.home.rglob("*"):
        if not path.is_file() or "landing" in path.relative_to(workspace.home).parts:
            continue
        text = path.read_bytes().decode("utf-8", errors="replace")
        if path.suffix == ".parquet":
            text += str(pq.read_table(path).to_pylist()) + str(pq.read_metadata(path).to_dict())
        yield str(path.relative_to(workspace.home)), text


def found(workspace: Workspace, *needles: str) -> list[tuple[str, str]]:
    return [(needle, path) for path, text in texts(workspace) for needle in needles if needle in text]


def test_a_record_that_becomes_secret_leaves_the_tables_the_releases_and_the_files(workspace: Workspace) -> None:
    workspace.land_organisations()
    workspace.land_records("eoffice/work_records/dt=2025-03-01/a.ndjson", [work_record("kept")])
    workspace.load()
    planted = work_record("leaves", Title="TIEU DE MAT", FileCode="MAT-77/HS")
    workspace.land_records(
        "eoffice/work_records/dt=2025-03-02/b.ndjson", [planted, work_record("leaves", OrganId="H41.99", Title="TIEU DE MAT")]
    )
    workspace.load()
    assert found(workspace, "TIEU DE MAT")
    assert workspace.ledger()["eoffice/work_records/dt=2025-03-02/b.ndjson"].rows_rejected == 1

    secret = work_record("leaves", ConfidenceLevel="tuyet_mat", UpdatedAt="2025-03-03T08:00:00+07:00")
    workspace.land_records("eoffice/work_records/dt=2025-03-03/c.ndjson", [secret])
    workspace.load()

    assert {row["file_id"] for row in workspace.rows("silver/work_record")} == {"kept"}
    assert {row["FileId"] for row in workspace.rows("bronze/work_record")} == {"kept"}
    assert workspace.rows("quarantine/work_record") == []
    entry = workspace.ledger()["eoffice/work_records/dt=2025-03-02/b.ndjson"]
    assert (entry.rows_read, entry.rows_accepted, entry.rows_rejected, entry.rows_withheld) == (2, 0, 0, 2)
    assert [release.state for release in releases.releases(workspace.warehouse)] == ["released", "released", "purged", "released"]
    assert found(workspace, "TIEU DE MAT", "MAT-77/HS") == []
    assert sum(row["rows"] for row in workspace.rows("ops/withheld")) == 3
    assert workspace.values("work_records_online", "year", unit_level="province", level="province") == {("province", "40"): (1, 1)}
    # The release from before the record came is as readable as ever.
    first = releases.releases(workspace.warehouse)[1]
    assert [row["file_id"] for row in workspace.warehouse.rows("silver/work_record", first.tables["silver/work_record"])] == ["kept"]

    # An older version that arrives late is withheld; a newer open one lifts the secrecy.
    late = work_record("leaves", UpdatedAt="2025-03-02T08:00:00+07:00", Title="TIEU DE MAT")
    lifted = work_record("leaves", UpdatedAt="2025-03-05T08:00:00+07:00", Title="Công khai")
    workspace.land_records("eoffice/work_records/dt=2025-03-05/d.ndjson", [late, lifted])
    workspace.load()
    assert {row["file_id"]: row["title"] for row in workspace.rows("silver/work_record")} == {"kept": "Hồ sơ kept", "leaves": "Công khai"}
    assert workspace.ledger()["eoffice/work_records/dt=2025-03-05/d.ndjson"].rows_withheld == 1
    assert found(workspace, "TIEU DE MAT") == []


def test_names_id_numbers_and_secret_titles_are_in_no_file_of_the_workspace(workspace: Workspace) -> None:
    workspace.land_organisations()
    person, number, summary, official = "Lê Thị Bí Ẩn", "099123456789", "Đơn xin của Lê Thị Bí Ẩn", "Phạm Văn Cán Bộ"
    workspace.land_records(
        "portal/dossiers/dt=2025-03-01/d.ndjson",
        [
            dossier("good", ChuHoSo=person, SoGiayToChuHoSo=number, TrichYeuHoSo=summary, NguoiXuLy=official, MaDoiTuong=number),
            dossier("rejected", ChuHoSo=person, SoGiayToChuHoSo=number, TrichYeuHoSo=summary, MucDo="9"),
            dossier("unknown-field", HoTenMe=person),
            f'{{"MaHoSo": "broken", "ChuHoSo": "{person}", "SoGiayToChuHoSo": "{number}"',
        ],
    )
    workspace.land_records(
        "eoffice/work_records/dt=2025-03-01/a.ndjson",
        [
            work_record("s", ConfidenceLevel="mat", Title="TIEU DE MAT", FileCode="MAT-77/HS"),
            work_record("no-level", ConfidenceLevel=..., Title="KHONG RO MAT"),
            work_record("bad", OpenedAt="2025-02-30T00:00:00Z", Title="TIEU DE RIENG"),
        ],
    )
    household = product("40-9", producer_name="Hộ Trần Thị Riêng", producer_type="household")
    workspace.land_sheet("ocop/products/dt=2025-01-10/o.csv", OCOP_COLUMNS, [household, product("40-8")])

    summary_of_run, _ = workspace.load(dt.date(2025, 6, 30))

    assert summary_of_run.withheld == 1
    planted = (person, number, summary, official, "TIEU DE MAT", "MAT-77/HS", "KHONG RO MAT", "Trần Thị Riêng")
    assert found(workspace, *planted) == []
    producers = {row["product_code"]: row["producer_name"] for row in workspace.rows("silver/ocop_product")}
    assert producers["40-8"] == "Hợp tác xã Mẫu"
    assert len(producers["40-9"]) == 32
    silver = {row["dossier_id"]: row for row in workspace.rows("silver/dossier")}
    assert silver["good"]["applicant_id_token"] == silver["good"]["applicant_code_token"]
    quarantined = [row for row in workspace.rows("quarantine/work_record") if row["fields"]]
    assert [dict(row["fields"])["Title"] for row in quarantined] == ["***"]
