"""Charts: what is in them, what they say to a screen reader, and that words in them are no markup."""

from __future__ import annotations

import datetime as dt
import xml.etree.ElementTree as ET
from typing import Any

from jobs.publish.site.charts import over_time

SVG = "{http://www.w3.org/2000/svg}"


def month(number: int, value: float | None, unit: str = "ratio") -> dict[str, Any]:
    end = dt.date(2025, number + 1, 1) - dt.timedelta(days=1)
    return {"period_type": "month", "period_start": end.replace(day=1), "period_end": end, "value": value, "unit": unit}


def test_each_month_is_told_and_one_without_a_value_is_a_gap() -> None:
    svg = ET.fromstring(over_time([month(1, 0.5), month(2, None), month(3, 0.75)], "Tỷ lệ", 0.9))  # noqa: S314 - made here
    told = [element.get("aria-label") for element in svg.iter() if element.get("aria-roledescription") == "point"]
    assert told == ["01/2025: 50,00 %", "03/2025: 75,00 %"]
    assert svg.get("role") == "img"
    assert svg.get("aria-label") == "Tỷ lệ"


def test_the_target_is_a_line_of_its_own_where_there_is_one() -> None:
    rows = [month(1, 5, "count"), month(2, 7, "count")]
    assert "var(--target)" in over_time(rows, "Số xã", 10.0)
    assert "var(--target)" not in over_time(rows, "Số xã", None)


def test_colours_are_those_of_the_page() -> None:
    svg = over_time([month(1, 0.5), month(2, 0.6)], "Tỷ lệ", 0.9)
    assert "var(--series)" in svg
    assert "#000" not in svg


def test_words_are_no_markup() -> None:
    hostile = '<script>alert("x")</script>&'
    svg = over_time([month(1, 0.5), month(2, 0.6)], hostile, None)
    assert "<script" not in svg
    ET.fromstring(svg)  # noqa: S314 - made here
