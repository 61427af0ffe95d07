"""Charts: what is in them, and that they take their colours from the page."""

from __future__ import annotations

import datetime as dt
import re
import xml.etree.ElementTree as ET
from typing import Any

from jobs.publish.site.charts import PROVISIONAL, colours, on_map, over_time

SVG = "{http://www.w3.org/2000/svg}"


def month(number: int, value: float | None, unit: str = "ratio", formula: str | None = None) -> dict[str, Any]:
    end = dt.date(2025, number + 1, 1) - dt.timedelta(days=1)
    return {"period_type": "month", "period_start": end.replace(day=1), "period_end": end, "value": value, "unit": unit, "formula": formula}


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


def dashed(svg: ET.Element) -> list[str]:
    return [str(path.get("d")) for path in svg.iter(f"{SVG}path") if path.get("stroke-dasharray") == "2,3"]


def test_the_month_that_runs_is_hollow_and_provisional_and_a_dashed_line_leads_to_it() -> None:
    over = [month(1, 0.5), month(2, 0.6)]
    plain, svg = (ET.fromstring(over_time(over, 0.9, running)) for running in (None, month(3, 0.75)))  # noqa: S314 - made here
    told = {str(element.get("aria-label")): element for element in svg.iter() if element.get("aria-roledescription") == "point"}
    assert list(told) == ["01/2025: 50,00 %", "02/2025: 60,00 %", f"03/2025: 75,00 %, {PROVISIONAL}"]
    fills = [element.get("fill") for element in told.values()]
    assert fills == ["var(--series)", "var(--series)", "var(--page)"]
    assert [element.text for element in svg.iter(f"{SVG}text")].count(PROVISIONAL) == 2
    assert len(dashed(svg)) == 1
    assert dashed(plain) == []
    line = next(path for path in svg.iter(f"{SVG}path") if path.get("aria-roledescription") == "line mark")
    assert line.get("d", "").count("L") == 1, "the line ends with the last month that is over"


def test_no_line_leads_over_a_gap_or_to_another_formula() -> None:
    after_a_gap = over_time([month(1, 0.5), month(2, 0.6), month(3, None)], None, month(4, 0.7))
    other = over_time([month(1, 0.5), month(2, 0.6)], None, month(3, 0.7, formula="without paper"))
    for drawn in (after_a_gap, other):
        svg = ET.fromstring(drawn)  # noqa: S314 - made here
        assert all("L" not in path for path in dashed(svg))
        assert PROVISIONAL in drawn


def test_a_map_is_the_same_whenever_it_is_drawn_and_links_each_point_and_area() -> None:
    area = {"type": "Polygon", "coordinates": [[[105.3, 19.0], [105.3, 19.2], [105.4, 19.2], [105.4, 19.0], [105.3, 19.0]]]}
    rows = [
        {"longitude": 105.0, "latitude": 19.0, "value": 5.0, "told": "Xã A (00001): 5", "page": "../a/index.html"},
        {"longitude": 105.5, "latitude": 19.5, "value": None, "told": "Xã B & C (00002): –", "page": "../b/index.html"},
        {"longitude": 105.2, "latitude": 19.1, "value": 7.5, "told": "Xã D (00003): 7,5", "page": "../d/index.html"},
        {"area": area, "value": 10.0, "told": "Xã E (00004): 10", "page": "../e/index.html"},
        {"area": area, "value": None, "told": "Xã G (00005): –", "page": "../g/index.html"},
    ]
    drawn = on_map(rows, "ha", (5.0, 10.0))
    assert on_map(rows, "ha", (5.0, 10.0)) == drawn
    links = {link.get("href"): link[0] for link in ET.fromstring(drawn).iter(f"{SVG}a")}  # noqa: S314 - made here
    assert {page: mark[0].text for page, mark in links.items()} == {row["page"]: row["told"] for row in rows}
    filled = {page: mark.get("fill", "none") for page, mark in links.items()}
    assert filled["../a/index.html"] == "rgb(68, 1, 84)"
    assert filled["../e/index.html"] == "rgb(253, 231, 37)"
    assert {filled["../b/index.html"], filled["../g/index.html"]} <= {"none", "transparent"}
    assert not re.search(r"d=\"[^\"]*\d\.\d\d", drawn.split("<defs>")[0])


def test_tiles_have_the_colours_of_the_map_and_words_that_stand_out() -> None:
    rows = [
        {"longitude": 105.0 + value, "latitude": 19.0, "value": value, "told": f"{value}", "page": f"{value}"}
        for value in (0.0, 1.5, 4.0, 10.0)
    ]
    drawn = ET.fromstring(on_map(rows, "ha", (0.0, 10.0)))  # noqa: S314 - made here
    on = {float(str(link.get("href"))): link[0].get("fill", "") for link in drawn.iter(f"{SVG}a")}
    found = colours({row["value"] for row in rows}, (0.0, 10.0))
    assert {value: "rgb({}, {}, {})".format(*bytes.fromhex(fill[1:])) for value, (fill, _) in found.items()} == on
    assert (found[0.0][1], found[10.0][1]) == ("#fff", "#000")
    assert colours({5.0}, (5.0, 5.0)).keys() == {5.0}
    assert all(contrast(*pair) >= 4.5 for pair in colours({float(value) for value in range(101)}, (0.0, 100.0)).values())


def contrast(one: str, other: str) -> float:
    """As WCAG 2 has it."""
    other = other if len(other) == 7 else "#" + "".join(letter * 2 for letter in other[1:])
    shares = [[part / 255 for part in bytes.fromhex(colour[1:])] for colour in (one, other)]
    linear = [[part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour] for colour in shares]
    low, high = sorted(0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in linear)
    return (high + 0.05) / (low + 0.05)
