"""From landed sheets to one identifier of each thing, with what its source called it over time."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from jobs.gold.pipeline import indicators
from tests.support.workspace import OCOP_COLUMNS, Workspace, product
from warehouse_schema.managed_objects import ALWAYS, COLUMNS, kinds
from warehouse_schema.sql_text import parse_query

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

VILLAGES = "village_id,commune_code,name,households,residents,digital_team_decision,team_active_from,team_active_to,updated_at,deleted"
COOPERATIVES = "cooperative_id,name,commune_code,registered_on,dissolved_on,key_product,linkage_from,linkage_to,updated_at,deleted"


def land(workspace: Workspace, name: str, columns: str, *rows: dict[str, str]) -> None:
    filled = [{**dict.fromkeys(columns.split(","), ""), "updated_at": "2025-01-10T08:00:00+07:00", **row} for row in rows]
    workspace.land_sheet(f"registry/{name}.csv", columns, filled)


def objects(workspace: Workspace, kind: str) -> dict[str, dict[str, Any]]:
    return {row["source_code"]: row for row in workspace.rows("silver/managed_object") if row["kind"] == kind}


def called(row: dict[str, Any]) -> list[tuple[str | None, str | None]]:
    return [(one["name"], one["unit_code"]) for one in row["history"]]


def test_the_kinds_tell_columns_of_a_version_and_all_that_have_to_be_there() -> None:
    for name, sql in kinds().items():
        given = set(parse_query(sql).named_selects)
        assert set(ALWAYS) <= given <= COLUMNS.keys(), name


@pytest.mark.default_engine
@pytest.mark.slow
def test_each_thing_has_one_identifier_whatever_it_was_called(tmp_path: Path, spark: SparkSession) -> None:
    workspace = Workspace(tmp_path)
    workspace.land_organisations()
    land(
        workspace,
        "villages/dt=2025-01-10/1",
        VILLAGES,
        {"village_id": "T1", "commune_code": "17386", "name": "Bản Một"},
        {"village_id": "T1", "commune_code": "17386", "name": "Bản Một mới", "updated_at": "2025-01-11T08:00:00+07:00"},
        {"village_id": "T1", "commune_code": "99999", "name": "Bản không", "updated_at": "2025-01-12T08:00:00+07:00"},
        {"village_id": "T2", "commune_code": "17386", "name": "Bản Hai", "deleted": "true"},
    )
    land(workspace, "cooperatives/dt=2025-01-10/1", COOPERATIVES, {"cooperative_id": "HTX1", "name": "HTX Cam", "commune_code": "17386"})
    made = {"commune_code": "17386", "producer_name": "htx cam", "producer_type": "cooperative"}
    workspace.land_sheet(
        "ocop/products/dt=2025-01-10/1.csv",
        OCOP_COLUMNS,
        [
            product("P1", **made, decision_date="2024-03-01"),
            product("P2", commune_code="17386", producer_name="Bà A", producer_type="household"),
        ],
    )
    workspace.load()

    village = objects(workspace, "village")["T1"]
    assert (village["name"], village["unit_code"], village["unit_valid_from"], village["withdrawn"]) == (
        "Bản Một mới",
        "17386",
        dt.date(2021, 1, 1),
        False,
    )
    assert called(village) == [("Bản Một", "17386"), ("Bản Một mới", "17386")]
    assert objects(workspace, "village")["T2"]["withdrawn"]
    cooperative = objects(workspace, "cooperative")["HTX1"]
    producers = {row["name"]: row for row in objects(workspace, "producer").values()}
    assert (producers["htx cam"]["relation"], producers["htx cam"]["related_key"]) == ("is", cooperative["object_key"])
    # The name of a household is a person's.
    assert "Bà A" not in str(workspace.rows("silver/managed_object"))
    assert len(producers) == len(objects(workspace, "product")) == 2
    old = objects(workspace, "unit")["24@2021-01-01"]
    assert (old["exists_to"], old["relation"]) == (dt.date(2025, 6, 30), "became")
    assert old["related_key"] == objects(workspace, "unit")["24@2025-07-01"]["object_key"]
    keys = [row["object_key"] for row in workspace.rows("silver/managed_object")]
    assert len(set(keys)) == len(keys)

    before = {row["object_key"]: row for row in workspace.rows("silver/managed_object")}
    land(workspace, "cooperatives/dt=2025-01-11/2", COOPERATIVES, {"cooperative_id": "HTX2", "name": "HTX Chè", "commune_code": "17386"})
    _, gold = workspace.load()
    assert gold.objects_changed == 1
    after = {row["object_key"]: row for row in workspace.rows("silver/managed_object")}
    assert {key: row for key, row in after.items() if key in before} == before
    # What is sent again unchanged is named by another object, and is the same thing.
    for number in range(4):
        sent = {"village_id": "T1", "commune_code": "17386", "name": "Bản Một mới", "updated_at": "2025-01-11T08:00:00+07:00"}
        land(
            workspace,
            f"villages/dt=2025-02-0{number + 1}/1",
            VILLAGES,
            sent,
            {"village_id": f"T{number + 5}", "commune_code": "17386", "name": "x"},
        )
        workspace.load()
        assert objects(workspace, "village")["T1"]["object_key"] == village["object_key"]
    _, gold = workspace.load(dt.date(2025, 7, 2))
    assert gold.objects_changed == 0
    made_before = workspace.comparable("silver/managed_object")
    rebuilt = indicators(workspace.context(dt.date(2025, 7, 2)), everything=True)
    assert (rebuilt.objects_changed, workspace.comparable("silver/managed_object")) == (0, made_before)
