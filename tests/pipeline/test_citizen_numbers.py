"""One citizen's number in all its spellings is one token in silver; what cannot be read as one is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.workspace import OCOP_COLUMNS, PROVINCE_ORGAN, dossier, organisation, product

if TYPE_CHECKING:
    from tests.support.workspace import Workspace

pytestmark = [pytest.mark.default_engine, pytest.mark.slow]

SPELLINGS = ["099000000001", "99000000001", 99000000001, 99000000001.0, "099 000 000 001", "099.000.000.001", "99000000001.0"]


def test_one_citizen_is_one_token_and_what_is_no_citizens_number_is_counted(workspace: Workspace) -> None:
    workspace.land_organisations()
    records = [dossier(f"d{place}", SoGiayToChuHoSo=value, MaDoiTuong=value) for place, value in enumerate(SPELLINGS)]
    odd = [dossier("odd-1", SoGiayToChuHoSo="B1234567", MaDoiTuong=None), dossier("odd-2", SoGiayToChuHoSo="1234567890")]
    workspace.land_records("portal/dossiers/dt=2025-03-01/d.ndjson", [*records, *odd])
    summary, _ = workspace.load()
    rows = {row["dossier_id"]: row for row in workspace.rows("silver/dossier")}
    assert len({rows[f"d{place}"][name] for place in range(len(SPELLINGS)) for name in ("applicant_id_token", "applicant_code_token")}) == 1
    assert len({row["applicant_id_token"] for row in rows.values()}) == 3
    [message] = [warning.message for warning in summary.warnings if warning.expectation == "not_of_kind"]
    assert message.startswith("SoGiayToChuHoSo: 2 values ")
    assert "1234567890" not in message
    # Judged again from bronze, nothing changes and nothing is counted again.
    corrected = organisation(PROVINCE_ORGAN, valid_from="2020-01-01", updated_at="2025-02-01T08:00:00+07:00")
    workspace.land_organisations(corrected, name="corrected.csv")
    summary, _ = workspace.load()
    assert summary.revalidated == len(rows)
    assert [warning for warning in summary.warnings if warning.get("expectation") == "not_of_kind"] == []
    assert {row["dossier_id"]: row["applicant_id_token"] for row in workspace.rows("silver/dossier")} == {
        name: row["applicant_id_token"] for name, row in rows.items()
    }


def test_a_persons_number_that_a_spreadsheet_has_lost_is_rejected_and_shown_to_nobody(workspace: Workspace) -> None:
    workspace.land_organisations()
    lost = {"ChuHoSo": "#REF!", "SoGiayToChuHoSo": "8.93738E+12", "MaDoiTuong": "1,2E+11", "NguoiXuLy": "#N/A"}
    records = [dossier(f"d{place}", **{field: value}) for place, (field, value) in enumerate(lost.items())]
    workspace.land_records("portal/dossiers/dt=2025-03-01/d.ndjson", [*records, dossier("kept", ChuHoSo="#Nguyễn Thị Thử")])
    rows = [product("p1", producer_name="#VALUE!", producer_type="household"), product("p2", producer_type="household")]
    workspace.land_sheet("ocop/products/dt=2025-01-10/o.csv", OCOP_COLUMNS, rows)
    summary, _ = workspace.load()
    rejected = {row["line"]: row for row in workspace.rows("quarantine/dossier")}
    codes = ["spreadsheet_error", "scientific_notation", "scientific_notation", "spreadsheet_error"]
    assert [[(error["code"], error["field"]) for error in rejected[line]["errors"]] for line in (1, 2, 3, 4)] == [
        [(code, field)] for code, field in zip(codes, lost, strict=True)
    ]
    assert {dict(row["fields"])[field] for row in rejected.values() for field in lost} == {"***"}
    assert [row["dossier_id"] for row in workspace.rows("silver/dossier")] == ["kept"]
    (product_row,) = workspace.rows("quarantine/ocop_product")
    assert [(error["code"], error["field"]) for error in product_row["errors"]] == [("spreadsheet_error", "producer_name")]
    assert [row["product_code"] for row in workspace.rows("silver/ocop_product")] == ["p2"]
    # No digit that is left of a person's number is stored.
    assert "8.93738" not in str(workspace.rows("bronze/dossier"))
    assert [warning for warning in summary.warnings if warning.expectation == "not_of_kind"] == []
