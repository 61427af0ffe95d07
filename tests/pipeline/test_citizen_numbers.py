"""One citizen's number in all its spellings is one token in silver; what cannot be read as one is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.workspace import PROVINCE_ORGAN, dossier, organisation

if TYPE_CHECKING:
    from tests.support.workspace import Workspace

pytestmark = pytest.mark.default_engine

SPELLINGS = ["099000000001", "99000000001", 99000000001, 99000000001.0, "099 000 000 001", "099.000.000.001", "99000000001.0"]


def test_one_citizen_is_one_token_and_what_is_no_citizens_number_is_counted(workspace: Workspace) -> None:
    workspace.land_organisations()
    records = [dossier(f"d{place}", SoGiayToChuHoSo=value, MaDoiTuong=value) for place, value in enumerate(SPELLINGS)]
    odd = [dossier("odd-1", SoGiayToChuHoSo="9.9E+10", MaDoiTuong=None), dossier("odd-2", SoGiayToChuHoSo="1234567890")]
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
