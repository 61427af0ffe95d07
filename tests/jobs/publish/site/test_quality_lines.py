"""The lines of the pages of data quality: sums that add up, senders with both what they sent and what was rejected."""

from __future__ import annotations

import datetime as dt
from typing import Any

import duckdb
import pytest

from jobs.publish.site import received
from jobs.publish.site.quality import reasons, sender_lines, shares, timeliness
from jobs.publish.site.read import asked
from jobs.publish.site.received import months_due

WORK, VILLAGES = "eoffice/work_records", "registry/villages"


def whose(dataset: str, province: str | None, sender: str | None, rows: int, settled: int = 0, **codes: int) -> dict[str, Any]:
    told = [{"code": code, "row_count": count} for code, count in codes.items()]
    return {
        "dataset": dataset,
        "province_code": province,
        "sender": sender,
        "name": sender and f"UBND {sender}",
        "row_count": rows,
        "settled": settled,
        "objects": int(sender is None),
        "reasons": told,
    }


REJECTED = [
    whose(WORK, "40", "H41.1", 5, 2, invalid_date=2, missing_value=2),
    whose(WORK, "40", "H41.2", 1, missing_value=1),
    whose(WORK, "01", "H26.1", 4, 4),
    whose(WORK, None, None, 3, broken_line=3),
    whose(VILLAGES, "01", "00001", 2, missing_value=2),
]


@pytest.mark.parametrize("province", ["40", "01", "20"])
def test_all_is_own_others_and_untold_in_every_line_and_in_the_sum(province: str) -> None:
    found = shares(REJECTED, province)
    assert all(row["all"] == row["own"] + row["others"] + row["untold"] for row in found)
    assert found[-1]["dataset"] is None
    assert all(found[-1][name] == sum(row[name] for row in found[:-1]) for name in ("all", "own", "settled", "others", "untold"))
    assert found[-1]["all"] == 15


def test_a_province_s_share_is_what_names_its_senders() -> None:
    (work, villages, _) = shares(REJECTED, "40")
    assert (work["own"], work["settled"], work["others"], work["untold"], work["objects"]) == (6, 2, 4, 3, 1)
    assert (villages["own"], villages["others"], villages["untold"]) == (0, 2, 0)
    assert shares([], "40") == []


def test_a_rule_that_a_contract_names_is_told_in_both_languages() -> None:
    (row,) = reasons([whose(VILLAGES, "40", "00001", 2, ends_before_it_starts=2)], "40")
    assert row["words"] == (
        "Không đúng quy tắc: «Tổ hoạt động đến ngày» không được sớm hơn «Tổ hoạt động từ ngày»",
        "team_active_to is not before team_active_from",
    )


def test_reasons_leave_out_what_has_come_right_and_are_split_alike() -> None:
    found = {(row["dataset"], row["code"]): (row["own"], row["others"], row["untold"], row["all"]) for row in reasons(REJECTED, "40")}
    assert found == {
        (WORK, "missing_value"): (3, 0, 0, 3),
        (WORK, "broken_line"): (0, 0, 3, 3),
        (WORK, "invalid_date"): (2, 0, 0, 2),
        (VILLAGES, "missing_value"): (0, 2, 0, 2),
    }


def sent(organ: str, level: str, months: int, rows: int) -> dict[str, Any]:
    counts = {"months_expected": 3, "months_sent": months, "row_count": rows, "on_time": rows - 1, "seen_on_time": 0}
    return {"dataset": WORK, "organ_id": organ, "organ_name": f"Sở {organ}", "level": level, **counts}


def test_every_organisation_has_its_line_and_so_has_whoever_else_had_rows_rejected() -> None:
    lines = sender_lines(WORK, "40", REJECTED, [sent("H41.1", "province", 3, 9), sent("H41.7", "province", 1, 2)])
    assert [(line["code"], line["sent"] is not None, (line["wrong"] or {}).get("row_count")) for line in lines] == [
        ("H41.1", True, 5),
        ("H41.7", True, None),
        ("H41.2", False, 1),
    ]


def test_levels_are_summed_in_their_order() -> None:
    found = timeliness([sent("b", "commune", 0, 1), sent("a", "province", 3, 9), sent("c", "commune", 2, 4)])
    assert [(row["level"][1], row["organisations"], row["months_expected"], row["months_sent"], row["on_time"]) for row in found] == [
        ("province level", 1, 3, 3, 8),
        ("commune level", 2, 6, 2, 3),
    ]


def test_a_month_is_judged_when_its_last_row_is_due() -> None:
    # The rows of the end of May are sent with the report of June: by 15 June.
    for as_of, last in ((dt.date(2025, 6, 15), 4), (dt.date(2025, 6, 16), 5)):
        assert months_due(dt.date(2025, 3, 20), as_of)[-1] == (dt.date(2025, last, 1), dt.date(2025, last, 31 if last == 5 else 30))
    assert months_due(dt.date(2025, 3, 20), dt.date(2025, 6, 16))[0][0] == dt.date(2025, 3, 1)
    assert months_due(dt.date(2025, 6, 1), dt.date(2025, 6, 30)) == []
    assert len(months_due(dt.date(2020, 1, 1), dt.date(2025, 6, 30))) == 12


@pytest.mark.parametrize(("province", "expected"), [("40", True), ("24", True), ("27", True), ("01", False)])
def test_generated_records_are_told_by_province_and_are_everywhere_where_nobody_can_say(province: str, expected: bool) -> None:
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA silver; CREATE TABLE silver.organisation (organ_id VARCHAR, organ_name VARCHAR)")
    connection.execute("CREATE TABLE silver.organisation_period (organ_id VARCHAR, province_code VARCHAR)")
    connection.execute("INSERT INTO silver.organisation VALUES ('a', 'Sở A (mẫu)'), ('b', 'Sở B'), ('c', 'Sở C (mẫu)')")
    # The second one went from one province into another.
    connection.execute("INSERT INTO silver.organisation_period VALUES ('a', '40'), ('b', '01'), ('c', '27'), ('c', '24')")
    ask = {"marker": "(mẫu)", "province": province}
    assert asked(connection, "is_generated_of_province", **ask)[0]["is_generated"] is expected
    connection.execute("INSERT INTO silver.organisation VALUES ('d', 'Sở D (mẫu)')")
    assert asked(connection, "is_generated_of_province", **ask)[0]["is_generated"] is True


def test_a_province_s_data_begin_with_what_its_organisations_sent_about_days_on_which_they_were_in_it() -> None:
    """Code 24: the organisation B came into it with the reform, and had sent from another province before."""
    connection = duckdb.connect()
    connection.execute(
        "CREATE SCHEMA silver; CREATE TABLE silver.organisation_period (organ_id VARCHAR, province_code VARCHAR, from_day DATE, to_day DATE)"
    )
    # Each in both orders of its code, as the table has them.
    connection.execute(
        """INSERT INTO silver.organisation_period SELECT col0, col1, col2, col3 FROM (VALUES ('a', '24', DATE '2021-01-01', NULL),
        ('b', '27', DATE '2021-01-01', DATE '2025-06-30'), ('b', '24', DATE '2025-07-01', NULL)) CROSS JOIN range(2)"""
    )
    connection.execute("CREATE TABLE sent (organ_id VARCHAR, day DATE, landed_on DATE)")

    def since(province: str) -> dt.date | None:
        found: dt.date | None = asked(connection, "since", folder=received._QUERIES, province=province)[0]["since"]
        return found

    assert since("24") is None
    connection.execute("INSERT INTO sent VALUES ('b', DATE '2025-02-01', DATE '2025-02-15'), ('b', NULL, DATE '2025-03-15')")
    assert since("24") is None
    assert since("27") == dt.date(2025, 2, 15)
    connection.execute("INSERT INTO sent VALUES ('b', DATE '2025-07-10', DATE '2025-08-15'), ('b', NULL, DATE '2025-07-20')")
    assert since("24") == dt.date(2025, 7, 20), "work that is not closed has no day of its own"
    connection.execute("INSERT INTO sent VALUES ('a', DATE '2025-05-10', DATE '2025-06-15')")
    assert since("24") == dt.date(2025, 6, 15)
