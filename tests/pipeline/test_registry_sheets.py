"""Every sheet of the registry with Vietnamese headers, from the landing zone to silver and quarantine, in one load."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.registry_sheets import REGISTRY_SHEETS
from warehouse_schema.contracts import bronze_contract, landed_contracts, load_contracts

if TYPE_CHECKING:
    from tests.support.workspace import Workspace

# Whole runs on both engines are compared by make parity.
pytestmark = [pytest.mark.slow, pytest.mark.default_engine]

PERSONS = ("Nguyễn Văn Thử", "Trần Thị Mẫu", "Lê Văn Mẫu", "09000000", "0990000000", "example.vn", "CB-00", "Hộ ")
"""What of persons stands in the sheets."""


@pytest.fixture(scope="module")
def loaded(begun: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = begun.copy(tmp_path_factory.mktemp("sheets") / "home")
    workspace.land_organisations()
    for name, sheet in REGISTRY_SHEETS.items():
        workspace.land(f"registry/{name}/dt=2025-01-10/{name}.csv", sheet.text)
    workspace.load()
    return workspace


def test_every_registry_sheet_is_here() -> None:
    landed = {str(contract.landing) for contract in landed_contracts()}
    others = {"registry/organisations", "registry/paper_work_records"}
    assert {f"registry/{name}" for name in REGISTRY_SHEETS} == {name for name in landed if name.startswith("registry/")} - others


@pytest.mark.parametrize("name", REGISTRY_SHEETS)
def test_a_right_row_is_stored_and_a_wrong_one_tells_why(loaded: Workspace, name: str) -> None:
    sheet = REGISTRY_SHEETS[name]
    (row,) = loaded.rows(f"silver/{sheet.table}")
    assert {column: row[column] for column in sheet.stored} == sheet.stored
    (wrong,) = loaded.rows(f"quarantine/{sheet.table}")
    assert wrong["line"] == 3
    assert [(error["code"], error["field"]) for error in wrong["errors"]] == [sheet.rejected]
    entry = loaded.ledger()[f"registry/{name}/dt=2025-01-10/{name}.csv"]
    assert (entry.rows_read, entry.rows_accepted, entry.rows_rejected) == (2, 1, 1)


@pytest.mark.parametrize("name", ["cooperatives", "growing_areas", "villages", "officials_training"])
def test_nothing_of_a_person_passes_the_border(loaded: Workspace, name: str) -> None:
    table = REGISTRY_SHEETS[name].table
    dropped = {column.source for column in load_contracts()[f"silver/{table}"].landed if column.handling == "drop"}
    assert dropped.isdisjoint(column.name for column in bronze_contract(f"silver/{table}").columns)
    kept = repr([loaded.rows(f"{layer}/{table}") for layer in ("bronze", "silver", "quarantine")])
    assert [text for text in PERSONS if text in kept] == []
