"""Charts: what is in them, and that they take their colours from the page."""

from __future__ import annotations

import datetime as dt
import re
import xml.etree.ElementTree as ET
from typing import Any

from jobs.publish.site.charts import over_time, points

SVG = "{http://www.w3.org/2000/svg}"


def month(number: int, value: float | None, unit: str = "ratio") -> dict[str, Any]:
    end = dt.date(2025, number + 1, 1) - dt.timedelta(days=1)
    return {"period_type": "month", "period_start": end.replace(day=1), "period_end": end, "value": value, "unit": unit}


def test_each_month_is_told_and_one_without_a_value_is_a_gap() -> None:
    svg = ET.fromstring(over_time([month(1, 0.5), month(2, None), month(3, 0.75)], 0.9))  # noqa: S314 - made here
    told = [element.get("aria-label") for element in svg.iter() if element.get("aria-roledescription") == "point"]
    assert told == ["01/2025: 50,00 %", "03/2025: 75,00 %"]
    months = [element.text for element in svg.iter(f"{SVG}text") if "/" in str(element.text)]
    assert months == ["01/2025", "02/2025", "03/2025"], "each value stands over its own month"


def test_the_target_is_a_line_of_its_own_where_there_is_one() -> None:
    rows = [month(1, 5, "count"), month(2, 7, "count")]
    assert "var(--target)" in over_time(rows, 10.0)
    assert "var(--target)" not in over_time(rows, None)


def test_colours_are_those_of_the_page() -> None:
    svg = over_time([month(1, 0.5), month(2, 0.6)], 0.9)
    used = set(re.findall(r'(?:fill|stroke)="([^"]+)"', svg)) - {"none", "transparent"}
    assert used == {"var(--series)", "var(--target)", "var(--text)", "var(--line)"}


def test_a_map_is_the_same_whenever_it_is_drawn_and_links_each_point() -> None:
    rows = [
        {"longitude": 105.0, "latitude": 19.0, "value": 5.0, "told": "Xã A (00001): 5", "page": "../a/index.html"},
        {"longitude": 105.5, "latitude": 19.5, "value": None, "told": "Xã B & C (00002): –", "page": "../b/index.html"},
        {"longitude": 105.2, "latitude": 19.1, "value": 7.5, "told": "Xã D (00003): 7,5", "page": "../d/index.html"},
    ]
    drawn = points(rows, "ha")
    assert points(rows, "ha") == drawn
    links = {link.get("href"): link[0][0].text for link in ET.fromstring(drawn).iter(f"{SVG}a")}  # noqa: S314 - made here
    assert links == {row["page"]: row["told"] for row in rows}
