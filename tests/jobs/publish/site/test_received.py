"""Whose rejected rows are, and what was on time: a story of two deliveries, read from its release."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from jobs.ops.releases import last_release
from jobs.publish.site.read import opened, read_province
from jobs.publish.site.received import read_received
from tests.support.workspace import COMMUNE_ORGAN, PROVINCE_ORGAN, SHEETS, Workspace, organisation, work_record
from warehouse_schema.plan_registry import load_plans

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from jobs.publish.site.received import Received

pytestmark = [pytest.mark.slow, pytest.mark.default_engine]

HANOI = {"organ_id": "H26.1", "organ_name": "Sở của Hà Nội", "level": "province", "unit_code": "01"}
WORK, PAPER = "eoffice/work_records", "registry/paper_work_records"
VIEWS = (
    *("criteria_lacking", "smart_villages_on_the_day", "ocop_products", "growing_areas_of_communes", "cooperatives_on_the_day"),
    *("supply_chains_on_the_day", "tourism_sites_on_the_day", "clean_water_of_communes"),
)


def closed(file_id: str, day: str, **changes: Any) -> dict[str, Any]:
    """A record that was closed on a day; opened, and last changed, on it."""
    times = {name: f"{day}T{hour}:00:00+07:00" for name, hour in (("OpenedAt", "08"), ("ClosedAt", "15"), ("UpdatedAt", "16"))}
    return work_record(file_id, **{**times, "DueDate": day, **changes})


@pytest.fixture(scope="module")
def received(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> Received:
    workspace = Workspace(tmp_path_factory.mktemp("received") / "home")
    workspace.land_organisations(*(organisation(one) for one in (PROVINCE_ORGAN, COMMUNE_ORGAN, HANOI)))
    # 14 February and before are of the report that is sent on 15 February; the day after is of the next one.
    workspace.land_records(
        f"{WORK}/dt=2025-02-15/a.ndjson",
        [
            closed("in-time", "2025-02-14"),
            closed("early", "2025-02-15"),
            closed("corrected", "2025-02-13"),
            closed("wrong", "2025-02-13", DueDate="2025-02-30"),
            closed("mended", "2025-02-12", DueDate="2025-02-30"),
            closed("two-reasons", "2025-02-12", DueDate="2025-02-30", CreatedOnline="maybe"),
            closed("old-code", "2025-02-12", OrganId="000.00.01.h41", DueDate="2025-02-30"),
            closed("of-hanoi", "2025-02-12", OrganId="H26.1", DueDate="2025-02-30"),
            closed("of-nobody", "2025-02-12", OrganId="H99.9"),
            # Open then; that it was closed on 20 February is said after 15 March, the day of the report.
            closed("closed-late", "2025-02-14", Status="open", ClosedAt=...),
            closed("no-secrecy", "2025-02-12", ConfidenceLevel=...),
            "{not a record",
        ],
    )
    workspace.land_sheet(f"{PAPER}/dt=2025-02-15/a.csv", SHEETS["paper_work_records"], [paper("H41.1", "2025-01")])
    workspace.land_sheet(
        "registry/villages/dt=2025-02-15/a.csv",
        "village_id,commune_code,name,households,updated_at",
        [village("V1", "17386", "many"), village("V2", "99999", "12"), village("V3", "00004", "many")],
    )
    workspace.load(now=dt.datetime(2025, 2, 15, 10, tzinfo=dt.UTC))
    workspace.land_records(
        f"{WORK}/dt=2025-02-16/b.ndjson",
        [
            closed("late", "2025-02-14", OrganId="H41.2.3"),
            closed("corrected", "2025-02-13", UpdatedAt="2025-02-16T09:00:00+07:00", TotalDocuments=9),
            closed("mended", "2025-02-12", UpdatedAt="2025-02-16T09:00:00+07:00"),
        ],
    )
    workspace.land_records(f"{WORK}/dt=2025-03-16/c.ndjson", [closed("closed-late", "2025-02-20")])
    workspace.land_sheet(f"{PAPER}/dt=2025-03-16/b.csv", SHEETS["paper_work_records"], [paper("H41.1", "2025-02")])
    # Seen a year later than its folder says.
    workspace.load(now=dt.datetime(2026, 2, 16, tzinfo=dt.UTC))
    release = last_release(workspace.warehouse)
    assert release is not None
    plans = [plan for plan in load_plans() if plan.province_code in ("40", "01")]
    with opened(workspace.warehouse, VIEWS) as (connection, snapshot):
        provinces = [read_province(connection, snapshot, plan) for plan in plans]
    return read_received(workspace.warehouse, release, provinces)


def paper(organ: str, month: str) -> dict[str, str]:
    return {"organ_id": organ, "month": month, "closed_count": "3", "updated_at": "2025-02-10T08:00:00+07:00", "deleted": ""}


def village(village_id: str, commune: str, households: str) -> dict[str, str]:
    return {
        "village_id": village_id,
        "commune_code": commune,
        "name": village_id,
        "households": households,
        "updated_at": "2025-02-10",
    }


def told(received: Received, dataset: str) -> dict[tuple[str | None, str | None], tuple[int, int, dict[str, int]]]:
    return {
        (row["province_code"], row["sender"]): (
            row["row_count"],
            row["settled"],
            {reason["code"]: reason["row_count"] for reason in row["reasons"]},
        )
        for row in received.rejected
        if row["dataset"] == dataset
    }


def test_a_rejected_row_is_whose_code_it_names_and_the_others_are_nobody_s(received: Received) -> None:
    assert told(received, WORK) == {
        # Both orders of the code are one organisation; what has come right since has no reason any more.
        ("40", "H41.1"): (4, 1, {"invalid_date": 3, "invalid_boolean": 1}),
        ("01", "H26.1"): (1, 0, {"invalid_date": 1}),
        (None, None): (3, 0, {"unknown_organisation": 1, "missing_secrecy_level": 1, "broken_line": 1}),
    }


def test_a_row_of_a_sheet_is_of_the_unit_that_it_names(received: Received) -> None:
    assert told(received, "registry/villages") == {
        ("40", "17386"): (1, 0, {"invalid_integer": 1}),
        ("01", "00004"): (1, 0, {"invalid_integer": 1}),
        (None, None): (1, 0, {"unknown_unit": 1}),
    }


def test_on_time_is_what_had_come_first_by_the_day_of_the_report(received: Received) -> None:
    assert received.months["40"][0] == (dt.date(2025, 2, 1), dt.date(2025, 2, 28)), "from the month in which the first thing came"
    assert received.months["40"][-1] == (dt.date(2025, 5, 1), dt.date(2025, 5, 31))
    found = {(row["dataset"], row["organ_id"]): row for row in received.punctuality["40"]}
    counts = ("months_expected", "months_sent", "row_count", "on_time", "seen_on_time")
    # in-time, early, corrected, mended, closed-late: the last two came right too late, and a correction makes nothing late.
    assert [found[WORK, "H41.1"][name] for name in counts] == [4, 1, 5, 3, 3]
    assert [found[WORK, "H41.2.3"][name] for name in counts] == [4, 1, 1, 0, 0]
    # The declaration of February, whose day is the 28th, came a day after 15 March; that of January belongs to a month before the first.
    assert [found[PAPER, "H41.1"][name] for name in counts] == [4, 1, 1, 0, 0]
    assert {organ for _, organ in found} == {"H41.1", "H41.2.3"}, "an organisation of another province is not expected"


def test_a_province_of_which_nothing_came_is_not_judged(received: Received) -> None:
    assert received.months["01"] == []
    assert received.punctuality["01"] == []
