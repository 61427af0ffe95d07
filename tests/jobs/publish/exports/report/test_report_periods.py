"""The days of reports: calendar periods, those of NĐ 09/2019, whole and up to a day; by when they are sent."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from jobs.errors import UsageError
from jobs.publish import reporting_calendar
from jobs.publish.exports.report.periods import report_period
from jobs.publish.reporting_calendar import due_on, load_calendar

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "scheme", "start", "end"),
    [
        ("2025-05", "calendar", date(2025, 5, 1), date(2025, 5, 31)),
        ("2025-Q2", "calendar", date(2025, 4, 1), date(2025, 6, 30)),
        ("2024-H1", "calendar", date(2024, 1, 1), date(2024, 6, 30)),
        ("2025", "calendar", date(2025, 1, 1), date(2025, 12, 31)),
        ("2025-01", "nd09", date(2024, 12, 15), date(2025, 1, 14)),
        ("2025-Q2", "nd09", date(2025, 3, 15), date(2025, 6, 14)),
        ("2025-H1", "nd09", date(2024, 12, 15), date(2025, 6, 14)),
        ("2025-H2", "nd09", date(2025, 6, 15), date(2025, 12, 14)),
        ("2025", "nd09", date(2024, 12, 15), date(2025, 12, 14)),
    ],
)
def test_a_period_has_the_days_of_its_scheme(text: str, scheme: str, start: date, end: date) -> None:
    found = report_period(text, scheme)
    assert (found.start, found.end, found.is_cut) == (start, end, False)
    assert found.before.period_end.toordinal() == start.toordinal() - 1


@pytest.mark.parametrize(
    ("text", "scheme", "to_day", "before"),
    [
        ("2025-Q2", "calendar", None, (date(2025, 1, 1), date(2025, 3, 31))),
        ("2025-Q1", "nd09", None, (date(2024, 9, 15), date(2024, 12, 14))),
        ("2025", "nd09", None, (date(2023, 12, 15), date(2024, 12, 14))),
        ("2025-Q2", "calendar", date(2025, 5, 31), (date(2025, 1, 1), date(2025, 2, 28))),
        ("2025-Q2", "calendar", date(2025, 5, 30), (date(2025, 1, 1), date(2025, 2, 28))),
        ("2025-03", "calendar", date(2025, 3, 30), (date(2025, 2, 1), date(2025, 2, 28))),
        ("2025-Q2", "nd09", date(2025, 4, 30), (date(2024, 12, 15), date(2025, 1, 30))),
    ],
)
def test_a_period_is_compared_with_as_many_days_of_the_one_before(
    text: str, scheme: str, to_day: date | None, before: tuple[date, date]
) -> None:
    assert report_period(text, scheme, to_day).before[1:] == before


@pytest.mark.parametrize("text", ["2025-13", "2025-Q5", "2025-H3", "25", "2025-5", "2025-Q2 ", "1025", "=1+1"])
def test_another_text_is_no_period(text: str) -> None:
    with pytest.raises(UsageError, match="expected a month"):
        report_period(text, "calendar")


def test_the_day_lies_in_the_period_and_the_scheme_is_known() -> None:
    with pytest.raises(UsageError, match="expected a day of the period, 2025-03-15 to 2025-06-14"):
        report_period("2025-Q2", "nd09", date(2025, 6, 15))
    with pytest.raises(UsageError, match="expected calendar or nd09"):
        report_period("2025-Q2", "lunar")


def test_it_is_sent_by_the_calendar_s_day_and_what_is_not_known_has_none() -> None:
    days = {text: report_period(text, "nd09").deadline("send_by") for text in ("2025-05", "2025-Q2", "2025-H1", "2025-H2", "2025")}
    assert days == {
        "2025-05": date(2025, 5, 15),
        "2025-Q2": date(2025, 6, 6),
        "2025-H1": date(2025, 6, 6),
        "2025-H2": None,
        "2025": date(2025, 11, 25),
    }
    assert report_period("2025-Q2", "calendar").deadline("send_by") is None
    assert report_period("2025-Q2", "nd09").deadline("forward_by") == date(2025, 6, 8)


def test_a_period_is_called_as_officials_do() -> None:
    labels = [report_period(text, "calendar").label for text in ("2025-05", "2025-Q4", "2025-H1", "2025-H2", "2025")]
    assert labels == ["Tháng 5/2025", "Quý IV/2025", "6 tháng đầu năm 2025", "6 tháng cuối năm 2025", "Năm 2025"]
    assert report_period("2025", "calendar", date(2025, 5, 3)).label == "Năm 2025 (đến ngày 03/05/2025)"
    assert all(len(tab) <= 18 for tab in load_calendar().tabs.values())


def test_a_row_is_due_when_the_report_of_its_month_is_sent() -> None:
    days = [date(2025, 2, 14), date(2025, 2, 15), date(2025, 3, 14), date(2025, 3, 31), date(2025, 12, 31)]
    assert load_calendar().on_time == "nd09"
    assert [due_on(day) for day in days] == [
        date(2025, 2, 15),
        date(2025, 3, 15),
        date(2025, 3, 15),
        date(2025, 4, 15),
        date(2026, 1, 15),
    ]


@pytest.mark.parametrize("named", ["lunar", "calendar"])
def test_what_is_on_time_is_judged_by_a_scheme_that_says_when_a_month_is_sent(
    named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "reporting_calendar.yaml"
    text = reporting_calendar.CALENDAR_FILE.read_text(encoding="utf-8")
    monkeypatch.setattr(reporting_calendar, "CALENDAR_FILE", file)
    read = load_calendar.__wrapped__
    file.write_text(text.replace("on_time: nd09", f"on_time: {named}"), encoding="utf-8")
    with pytest.raises(UsageError, match=r"reporting_calendar.yaml:\d+: on_time: expected a scheme"):
        read()
    file.write_text(text.replace("on_time: nd09", "on_time: null"), encoding="utf-8")
    monkeypatch.setattr(reporting_calendar, "load_calendar", read)
    assert due_on(date(2025, 2, 14)) is None
