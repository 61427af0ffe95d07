"""Values that sources send as they do, from the landing zone to silver and quarantine."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.workspace import OCOP_COLUMNS, PROVINCE_ORGAN, SHEETS, organisation, product, work_record

if TYPE_CHECKING:
    from tests.support.workspace import Workspace

RECORDS = "eoffice/work_records/dt=2025-03-01/{}.ndjson"


def errors(workspace: Workspace, table: str) -> dict[int, list[tuple[str, str]]]:
    """Line -> code and field of its errors."""
    return {row["line"]: [(error["code"], error["field"]) for error in row["errors"]] for row in workspace.rows(f"quarantine/{table}")}


def declared(**changes: str) -> dict[str, str]:
    return {"organ_id": "H41.1", "month": "2025-02", "closed_count": "3", "updated_at": "2025-03-05T08:00:00+07:00", **changes}


@pytest.mark.slow
def test_a_version_in_the_future_shadows_nothing_however_often_it_is_judged(workspace: Workspace) -> None:
    workspace.land_organisations()
    late = (dt.datetime.now(dt.UTC) + dt.timedelta(hours=25)).isoformat(timespec="seconds")
    soon = (dt.datetime.now(dt.UTC) + dt.timedelta(hours=20)).isoformat(timespec="seconds")
    workspace.land_records(
        RECORDS.format("a"),
        [work_record("a", UpdatedAt="2099-01-01T00:00:00Z"), work_record("b", UpdatedAt=late), work_record("c", UpdatedAt=soon)],
    )
    workspace.load()
    assert errors(workspace, "work_record") == {line: [("version_in_future", "UpdatedAt")] for line in (1, 2)}

    workspace.land_records(RECORDS.format("b"), [work_record("a", Title="Đã sửa")])
    workspace.land_organisations(
        organisation(PROVINCE_ORGAN, valid_from="2021-02-01", updated_at="2025-04-01T08:00:00+07:00"),
        organisation(PROVINCE_ORGAN, deleted="true", updated_at="2025-04-01T08:00:00+07:00"),
        name="moved.csv",
        day="2025-04-01",
    )
    summary, _ = workspace.load()
    assert summary.revalidated == 3
    assert {row["file_id"]: row["title"] for row in workspace.rows("silver/work_record")} == {"a": "Đã sửa", "c": "Hồ sơ c"}
    assert errors(workspace, "work_record") == {line: [("version_in_future", "UpdatedAt")] for line in (1, 2)}


def test_times_are_read_as_iso_8601_allows_them(workspace: Workspace) -> None:
    workspace.land_organisations()
    versions = ["16:41:10.1234567+07:00", "09:41:10.123456Z", "16:41:10,123456789+0700", "16:41:10.1234561+07", "09:41:10.12345600z"]
    records = [work_record(f"t{number}", UpdatedAt=f"2025-02-18T{text}") for number, text in enumerate(versions)]
    records += [work_record("lower", UpdatedAt="2025-02-18t16:41:10.123456+07:00", DueDate="2025-02-20T00:00:00.0000000+07:00")]
    workspace.land_records(RECORDS.format("a"), records)
    workspace.load()
    rows = workspace.rows("silver/work_record")
    assert len(rows) == 6
    assert {row["updated_at"] for row in rows} == {dt.datetime(2025, 2, 18, 9, 41, 10, 123_456, tzinfo=dt.UTC)}
    assert {row["due_date"] for row in rows} == {dt.date(2025, 2, 20)}


@pytest.mark.slow
def test_counts_of_sheets_are_what_was_meant_or_rejected(workspace: Workspace) -> None:
    workspace.land_organisations()
    counts = {
        "2025-01": "1.000",
        "2025-02": "10.000",
        "2025-03": "12,00",
        "2025-04": "12,5",
        "2025-05": "999999999999999999",
        "2025-06": "#N/A",
    }
    rows = [declared(month=month, closed_count=count, updated_at="2025-07-05T08:00:00+07:00") for month, count in counts.items()]
    workspace.land_sheet("registry/paper_work_records/dt=2025-07-05/p.csv", SHEETS["paper_work_records"], rows)
    workspace.load(dt.date(2025, 7, 31))
    accepted = {row["month"].month: row["closed_count"] for row in workspace.rows("silver/paper_work_record")}
    assert accepted == {1: 1000, 2: 10_000, 3: 12}
    codes = ["invalid_integer", "out_of_range", "spreadsheet_error"]
    assert errors(workspace, "paper_work_record") == {line: [(code, "closed_count")] for line, code in enumerate(codes, 5)}


@pytest.mark.slow
def test_what_a_spreadsheet_has_lost_is_no_code(workspace: Workspace) -> None:
    numbers = ["8.93738E+12", "8,93738E+12", "8937380169305", "8937380169306", "893738016930.0", "#N/A", "#REF!", "0"]
    rows: list[dict[str, Any]] = [product(f"p{at}", gtin=number, score_a="30,5") for at, number in enumerate(numbers)]
    workspace.land_sheet("ocop/products/dt=2025-01-10/o.csv", OCOP_COLUMNS, rows)
    workspace.load()
    assert [(row["product_code"], row["gtin"], row["score_a"]) for row in workspace.rows("silver/ocop_product")] == [
        ("p2", "8937380169305", 30.5)
    ]
    codes = ["scientific_notation"] * 2 + [
        "",
        "invalid_check_digit",
        "invalid_pattern",
        "spreadsheet_error",
        "spreadsheet_error",
        "invalid_pattern",
    ]
    assert errors(workspace, "ocop_product") == {line: [(code, "gtin")] for line, code in enumerate(codes, 2) if code}


def test_the_code_of_a_merged_commune_is_rejected_with_the_name_of_its_successor(workspace: Workspace) -> None:
    late, expected = {"updated_at": "2025-08-10T08:00:00+07:00"}, "expected a commune that existed on the day of writing"
    merged = f"commune_code: {expected}; Xã Cao Sơn was merged into 17380 (Xã Yên Xuân) on 2025-07-01"
    foreign = "product_code: expected Latin letters, digits and signs, and no letter of another alphabet; \u0416"
    rows: list[dict[str, Any]] = [
        product("merged", **late),
        product("never", commune_code="99999", **late),
        product("successor", commune_code="17380", **late),
        product("told", unit_valid_from="2021-01-01", **late),
        product("two-errors", stars="9", **late),
        product("\u0410\u0416-1", commune_code="17380", **late),
    ]
    workspace.land_sheet("ocop/products/dt=2025-08-10/o.csv", f"{OCOP_COLUMNS},unit_valid_from", rows)
    workspace.land_organisations(organisation(PROVINCE_ORGAN, unit_code="27", **late))
    workspace.load(dt.date(2025, 8, 31))
    messages = {row["line"]: [error["message"] for error in row["errors"]] for row in workspace.rows("quarantine/ocop_product")}
    assert messages == {2: [merged], 3: [f"commune_code: {expected}"], 6: ["stars: expected a number from 1 to 5", merged], 7: [foreign]}
    accepted = {row["product_code"]: (row["unit_code"], row["unit_valid_from"]) for row in workspace.rows("silver/ocop_product")}
    assert accepted == {"successor": ("17380", dt.date(2025, 7, 1)), "told": ("17386", dt.date(2021, 1, 1))}
    (row,) = workspace.rows("quarantine/organisation")
    assert row["errors"][0]["message"].endswith("; Tỉnh Bắc Ninh was merged into 24 (Tỉnh Bắc Ninh) on 2025-07-01")
