"""From the landing zone to the release: what becomes of each line, and what readers see."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest

from jobs.ops import releases
from tests.support.workspace import OCOP_COLUMNS, SHEETS, Workspace, dossier, organisation, product, work_record

RECORDS = "eoffice/work_records/dt=2025-03-01/a.ndjson"


def test_every_line_has_one_fate_and_the_ratios_come_out(workspace: Workspace) -> None:
    workspace.land_organisations()
    workspace.land_sheet(
        "registry/paper_work_records/dt=2025-03-05/p.csv",
        SHEETS["paper_work_records"],
        [{"organ_id": "000.00.01.H41", "month": "2025-02", "closed_count": "3", "updated_at": "2025-03-05T08:00:00+07:00"}],
    )
    secret = work_record("secret", ConfidenceLevel="mat", Title="BI MAT NHA NUOC", FileCode="BM-01")
    workspace.land_records(
        RECORDS,
        [
            work_record("a"),
            work_record("a"),
            work_record("old-order", OrganId="000.00.01.H41", SignedDigitally=False),
            work_record("district", OrganId="H41.2"),
            work_record("april", OrganId="H41.2.3", ClosedAt="2025-03-31T18:30:00Z", UpdatedAt="2025-03-31T18:30:00Z"),
            work_record("march", OrganId="H41.2.3", ClosedAt="2025-03-31T16:59:59Z", UpdatedAt="2025-03-31T18:30:00Z"),
            work_record("open", Status="open", ClosedAt=...),
            work_record("cancelled", Status="cancelled"),
            work_record("withdrawn", Deleted=True),
            secret,
            work_record("secret", UpdatedAt="2025-02-01T00:00:00+07:00"),
            work_record("unknown-organ", OrganId="H41.99"),
            work_record("backwards", ClosedAt="2025-02-01T08:00:00+07:00"),
            work_record("impossible", OpenedAt="2025-02-30T08:00:00+07:00"),
            work_record("no-level", ConfidenceLevel=...),
            work_record("strange-level", ConfidenceLevel="x"),
            work_record("no-close", ClosedAt=...),
            "{broken",
        ],
    )
    workspace.land_records(
        "portal/dossiers/dt=2025-03-01/d.ndjson",
        [
            dossier("online"),
            dossier("in-person", KenhThucHien=1),
            dossier("post", KenhThucHien=3),
            dossier("citizen-withdrew", TrangThaiHoSo=7),
            # Not received, of no day, and of an agency that has no unit today: it counts nowhere and stops nothing.
            dossier("not-received", TrangThaiHoSo=3, DonViXuLy="H41.2", NgayTiepNhan=..., NgayNopHoSo=..., NgayHenTra=..., NgayTra=...),
            dossier("no-date-at-all", NgayKetThucXuLy="00010101000000"),
        ],
    )
    workspace.land_sheet("ocop/products/dt=2025-01-10/o.csv", OCOP_COLUMNS, [product("40-1"), product("40-2", stars="2")])

    summary, gold = workspace.load()

    entry = workspace.ledger()[RECORDS]
    assert (entry.rows_read, entry.rows_accepted, entry.rows_rejected, entry.rows_duplicate, entry.rows_withheld) == (18, 8, 7, 1, 2)
    assert summary.errors == Counter(
        {
            "unknown_organisation": 1,
            "closed_before_opened": 1,
            "invalid_timestamp": 2,
            "missing_secrecy_level": 1,
            "unknown_secrecy_level": 1,
            "missing_value": 1,
            "broken_line": 1,
        }
    )
    assert gold.release == 2
    silver = {row["file_id"]: row for row in workspace.rows("silver/work_record")}
    assert set(silver) == {"a", "old-order", "district", "april", "march", "open", "cancelled", "withdrawn"}
    assert silver["old-order"]["organ_id"] == "H41.1"
    assert silver["april"]["closed_on"] == dt.date(2025, 4, 1)
    assert silver["march"]["closed_on"] == dt.date(2025, 3, 31)
    assert silver["district"]["province_code"] == "40"
    # February: two closed records of the province, one of them online, and three on paper.
    assert workspace.values("work_records_online", "month", period_start=dt.date(2025, 2, 1), unit_level="province") == {
        ("province", "40"): (1, 5),
        ("district", "40"): (1, 1),
        ("commune", "40"): (0, 0),
    }
    assert workspace.values("work_records_online", "month", period_start=dt.date(2025, 3, 1), level="commune") == {
        ("commune", "40"): (1, 1),
        ("commune", "424"): (1, 1),
        ("commune", "17386"): (1, 1),
    }
    assert workspace.values("dossiers_received_online", "year", unit_level="province", level="province") == {("province", "40"): (1, 2)}
    assert workspace.values("dossiers_on_time", "year", unit_level="province", level="province") == {("province", "40"): (3, 3)}
    assert workspace.values("ocop_products_recognised", "as_of", period_end=dt.date(2025, 6, 30), unit_level="province") == {
        ("all", "40"): (1, None)
    }
    status = {
        row["level"]: row
        for row in workspace.rows("gold/target_status")
        if row["indicator"] == "work_records_online" and row["plan_id"].startswith("nghe-an") and row["as_of"] == dt.date(2025, 6, 30)
    }
    assert (status["province"]["numerator"], status["province"]["denominator"], status["province"]["met"]) == (1, 5, False)
    assert status["province"]["reason"] == ""
    assert (status["district"]["met"], status["district"]["reason"]) == (True, "paper_files_unknown")
    quarantined = {row["line"]: row for row in workspace.rows("quarantine/work_record")}
    assert quarantined[18]["fields"] is None
    fields = dict(quarantined[12]["fields"])
    assert (fields["OrganId"], fields["Title"], fields["FileCode"]) == ("H41.99", "***", "***")
    assert quarantined[15]["fields"] is None

    # The same again finds nothing, writes nothing and makes no release.
    versions = workspace.versions()
    again, gold_again = workspace.load()
    assert (again.changed, gold_again.release) == (False, None)
    assert workspace.versions() == versions
    assert len(releases.releases(workspace.warehouse)) == 2


@pytest.mark.slow
def test_an_unknown_organisation_comes_in_when_the_registry_is_corrected_and_leaves_when_it_ends(workspace: Workspace) -> None:
    workspace.land_organisations()
    late = organisation({"organ_id": "H41.7", "organ_name": "Sở Bảy", "level": "province", "unit_code": "40"})
    workspace.land_records(RECORDS, [work_record("x", OrganId="H41.7"), work_record("x", OrganId="H41.7"), work_record("y")])
    workspace.load()
    assert {row["file_id"] for row in workspace.rows("silver/work_record")} == {"y"}
    assert workspace.ledger()[RECORDS].rows_rejected == 2

    workspace.land_organisations(late, name="late.csv", day="2025-03-02")
    summary, _ = workspace.load()

    assert {row["file_id"] for row in workspace.rows("silver/work_record")} == {"x", "y"}
    entry = workspace.ledger()[RECORDS]
    assert (entry.rows_accepted, entry.rows_rejected, entry.rows_duplicate) == (2, 0, 1)
    assert workspace.rows("quarantine/work_record") == []
    assert summary.revalidated == 2
    assert workspace.values("work_records_online", "year", unit_level="province", level="province") == {("province", "40"): (2, 2)}

    ended = late | {"valid_to": "2025-01-31", "updated_at": "2025-03-03T08:00:00+07:00"}
    workspace.land_organisations(ended, name="ended.csv", day="2025-03-03")
    workspace.load()

    assert {row["file_id"] for row in workspace.rows("silver/work_record")} == {"y"}
    assert {row["errors"][0]["code"] for row in workspace.rows("quarantine/work_record")} == {"organisation_not_valid"}
    assert workspace.ledger()[RECORDS].rows_rejected == 2
    assert workspace.values("work_records_online", "year", unit_level="province", level="province") == {("province", "40"): (1, 1)}


def test_where_nothing_is_new_the_units_are_not_read(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise AssertionError

    monkeypatch.setattr("jobs.silver.pipeline.load_units", refuse)
    _, gold = workspace.load()
    assert gold.release is None


def test_a_correction_recomputes_the_periods_that_it_touches_and_no_others(workspace: Workspace) -> None:
    workspace.land_organisations()
    january = {"OpenedAt": "2025-01-02T08:00:00+07:00", "ClosedAt": "2025-01-15T08:00:00+07:00", "UpdatedAt": "2025-01-15T09:00:00+07:00"}
    workspace.land_records(RECORDS, [work_record("february"), work_record("january", **january)])
    workspace.load()

    corrected = {**january, "ProcessedOnline": False, "UpdatedAt": "2025-05-15T09:00:00+07:00"}
    workspace.land_records("eoffice/work_records/dt=2025-05-15/b.ndjson", [work_record("january", **corrected)])
    workspace.load()

    rows = [row for row in workspace.rows("gold/indicator_value") if row["indicator"] == "work_records_online" and row["breakdown"] == ""]
    by_run = {
        (row["period_type"], row["period_start"].month, row["period_end"].month): row["run_id"]
        for row in rows
        if row["level"] == "province"
    }
    assert by_run["month", 1, 1] == "run-006"
    assert by_run["month", 2, 2] == "run-004"
    assert by_run["quarter", 1, 3] == by_run["year", 1, 12] == by_run["year_to_date", 1, 6] == "run-006"
    assert all(row["run_id"] == "run-004" for row in rows if row["level"] != "province")


@pytest.mark.slow
def test_a_new_as_of_day_alone_changes_only_its_own_rows(workspace: Workspace) -> None:
    workspace.land_organisations()
    workspace.land_records(
        RECORDS, [work_record("a"), work_record("b", ClosedAt="2025-03-20T08:00:00+07:00", UpdatedAt="2025-03-20T09:00:00+07:00")]
    )
    workspace.load(dt.date(2025, 3, 10))
    before = {tuple(row.items()) for row in workspace.rows("gold/indicator_value")}

    workspace.load(dt.date(2025, 3, 25))

    after = {tuple(row.items()) for row in workspace.rows("gold/indicator_value")}
    changed = [dict(row) for row in before ^ after]
    assert {row["period_type"] for row in changed} == {"year_to_date"}
    assert {row["period_end"] for row in changed} == {dt.date(2025, 3, 10), dt.date(2025, 3, 25)}
    ends = {row["period_end"] for row in workspace.rows("gold/indicator_value") if row["period_type"] == "year_to_date"}
    assert ends == {dt.date(2025, 2, 28), dt.date(2025, 3, 25)}


@pytest.mark.slow
def test_after_30_june_2025_there_is_no_district_level(workspace: Workspace) -> None:
    workspace.land_organisations()
    late = {"ClosedAt": "2025-07-02T08:00:00+07:00", "UpdatedAt": "2025-07-02T09:00:00+07:00"}
    workspace.land_records(
        RECORDS, [work_record("june", OrganId="H41.2"), work_record("july", OrganId="H41.2", **late), work_record("province", **late)]
    )

    workspace.load(dt.date(2025, 7, 31))

    assert {row["errors"][0]["code"] for row in workspace.rows("quarantine/work_record")} == {"ambiguous_unit"}
    july = workspace.values("work_records_online", "month", period_start=dt.date(2025, 7, 1))
    assert july == {("province", "40"): (1, 1), ("commune", "40"): (0, 0)}
    status = {
        row["level"]: row
        for row in workspace.rows("gold/target_status")
        if row["indicator"] == "work_records_online" and row["plan_id"].startswith("nghe-an") and row["as_of"] == dt.date(2025, 7, 31)
    }
    assert (status["district"]["judged_on"], status["district"]["numerator"], status["district"]["met"]) == (dt.date(2025, 6, 30), 1, True)
    assert (status["commune"]["reason"], status["commune"]["met"]) == ("nothing_to_measure", None)
