"""Charts: Vega-Lite through altair, drawn to SVG while the site is built, so that a page needs no script and prints as it is shown."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import altair as alt
import vl_convert

from jobs.publish.site.wording import PERCENT, figure, period

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

FIGURES, TARGET, RUNNING = "figures", "target", "running"
PROVISIONAL = "tạm tính · provisional"
SVG = "http://www.w3.org/2000/svg"
_WIDTH, _HEIGHT, _MAP = 440, 180, 560
_GRADIENT = re.compile(r"gradient_\d+")
_NUMBER, _LONG = re.compile(r"\d+"), re.compile(r"-?\d+\.\d\d+")
_TEXT, _LINE = "var(--text)", "var(--line)"


def over_time(rows: Sequence[Mapping[str, Any]], target: float | None, running: Mapping[str, Any] | None = None) -> str:
    """A line over periods, with the target as a dashed one; colours are those of the page (light or dark).

    Args:
        rows: of `gold/indicator_value`, of one indicator, level, unit, formula and kind of period; those without a value leave a gap.
        target: what the plan asks for; None where it asks for nothing.
        running: the row of the month that is not over: a hollow point that is called provisional. A dashed line leads to it, unless its formula is another.
    """
    scale = 1 if rows[0]["unit"] == "count" else PERCENT
    data = [_point(row, scale) for row in rows]
    datasets = {FIGURES: data} | ({TARGET: [{"target": target * scale}]} if target is not None else {})
    if running is not None:
        point = _point(running, scale)
        data.append(point | {"value": None})
        last = [data[-2]] if running["formula"] == rows[-1]["formula"] else []
        # Away from the line that leads to it, but not onto the axis.
        highest = max(one["value"] or 0 for one in data)
        is_below = 0.2 * highest < point["value"] < (data[-2]["value"] or 0)
        datasets |= {
            RUNNING: [point | {"told": f"{point['told']}, {PROVISIONAL}", "dy": 14 if is_below else -12}],
            "leading": [*last, point],
        }
    drawing = _drawing(scale, tuple(datasets))
    filled = [one | {"values": datasets[one["name"]]} if one["name"] in datasets else one for one in drawing["data"]]
    svg: str = vl_convert.vega_to_svg(drawing | {"data": filled})
    return svg


def _point(row: Mapping[str, Any], scale: int) -> dict[str, Any]:
    told = f"{period(row)}: {figure(row['value'], row['unit'])}"
    return {"period": period(row), "value": None if row["value"] is None else row["value"] * scale, "told": told}


def on_map(rows: Sequence[Mapping[str, Any]], unit: str, reach: tuple[float, float]) -> str:
    """A map, the greater a value the brighter; what has no value is a ring or a bare outline. Each point and area is a link, and says what it is.

    Args:
        rows: `value` (None where there is none), `told` (the row in words, each its own), `page` (where it leads to), and either `area` (a GeoJSON polygon with
            outer rings clockwise) or `longitude` and `latitude`; all in degrees.
        unit: what values are measured in, for the legend.
        reach: the least and the greatest value.
    """
    datasets: dict[str, list[Mapping[str, Any]]] = {"areas": [], "bare_areas": [], FIGURES: [], "unknown": []}
    for row in rows:
        if "area" in row:
            feature = {"type": "Feature", "geometry": row["area"], "value": row["value"], "told": row["told"]}
            datasets["bare_areas" if row["value"] is None else "areas"].append(feature)
        else:
            datasets["unknown" if row["value"] is None else FIGURES].append(row)
    # A layer of areas without any has no place to fit the others to.
    shown = {name: found for name, found in datasets.items() if found}
    svg: str = vl_convert.vegalite_to_svg(_map(unit, reach, tuple(shown)) | {"datasets": shown}, vl_version=_version())
    return _with_links(svg, {row["told"]: row["page"] for row in rows})


@lru_cache
def _map(unit: str, reach: tuple[float, float], shown: tuple[str, ...]) -> dict[str, Any]:
    colour = alt.Color("value:Q", scale=_scale(reach), legend=alt.Legend(title=unit))
    place = {"longitude": "longitude:Q", "latitude": "latitude:Q", "description": "told:N"}
    outline: dict[str, Any] = {"stroke": _TEXT, "strokeWidth": 0.5}
    layers = {
        "bare_areas": alt.Chart(alt.NamedData("bare_areas")).mark_geoshape(fill="transparent", **outline).encode(description="told:N"),
        "areas": alt.Chart(alt.NamedData("areas")).mark_geoshape(**outline).encode(color=colour, description="told:N"),
        "unknown": alt.Chart(alt.NamedData("unknown")).mark_point(size=30, stroke=_TEXT, strokeWidth=0.75, filled=False).encode(**place),
        FIGURES: alt.Chart(alt.NamedData(FIGURES)).mark_circle(size=70, opacity=1, **outline).encode(color=colour, **place),
    }
    drawn: dict[str, Any] = (
        alt.layer(*(layer for name, layer in layers.items() if name in shown))
        .project("mercator")
        .properties(width=_MAP, height=_MAP, background="transparent")
        .configure(font="inherit", view=alt.ViewConfig(stroke=None), legend=alt.LegendConfig(labelColor=_TEXT, titleColor=_TEXT))
        .to_dict()
    )
    return drawn


def _scale(reach: tuple[float, float]) -> alt.Scale:
    # Viridis is told apart by those who see no red or no green, and in print.
    return alt.Scale(scheme="viridis", domain=list(reach))


def colours(values: Collection[float], reach: tuple[float, float]) -> dict[float, tuple[str, str]]:
    """The colour that a map gives to each value, and black or white for words on it, whichever stands out more: at least 4.5 : 1.

    Asked of the library that draws the map, so that there is one scale.
    """
    rows = [{"value": value, "told": repr(value)} for value in values]
    chart = alt.Chart(alt.NamedData(FIGURES)).mark_circle().encode(color=alt.Color("value:Q", scale=_scale(reach)), description="told:N")
    svg = vl_convert.vegalite_to_svg(chart.to_dict() | {"datasets": {FIGURES: rows}}, vl_version=_version())
    filled = {mark.get("aria-label"): mark.get("fill", "") for mark in ElementTree.fromstring(svg).iter()}  # noqa: S314 - made here
    found = {}
    for row in rows:
        red, green, blue = (int(part) for part in _NUMBER.findall(filled[str(row["told"])]))
        found[float(str(row["told"]))] = f"#{red:02x}{green:02x}{blue:02x}", _ink(red, green, blue)
    return found


def _ink(*colour: int) -> str:
    """By the luminance of WCAG 2: above 0.179 black stands out more."""
    linear = [part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour]
    return "#000" if 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] > 0.179 else "#fff"


def _with_links(svg: str, pages: Mapping[str, str]) -> str:
    """The drawing with each point and area a link, its words as the title, which browsers show under the pointer, and no number finer than a tenth of a dot.

    Vega's own links are made whole by an address of its makers; tooltips it has in a script alone.
    """
    ElementTree.register_namespace("", SVG)
    # Numbered on through a process; each drawing has one, and the same drawing is the same text.
    drawing = ElementTree.fromstring(_GRADIENT.sub("gradient", svg))  # noqa: S314 - made here
    for group in drawing.iter(f"{{{SVG}}}g"):
        for number, point in enumerate(list(group)):
            if (told := point.get("aria-label", "")) in pages:
                group[number] = link = ElementTree.Element(f"{{{SVG}}}a", {"href": pages[told]})
                # The link's title says all that these say; hundreds of marks on a page are its size.
                for name in ("aria-label", "aria-roledescription", "role", "opacity"):
                    point.attrib.pop(name, None)
                for name in point.attrib.keys() & {"d", "transform"}:
                    point.set(name, _LONG.sub(lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), point.get(name, "")))
                ElementTree.SubElement(point, f"{{{SVG}}}title").text = told
                link.append(point)
    return ElementTree.tostring(drawing, encoding="unicode")


@lru_cache
def _drawing(scale: int, shown: tuple[str, ...]) -> dict[str, Any]:
    """The chart without its data, in Vega: altair checks each against Vega-Lite's schema, which takes longer than drawing it, and to make Vega of Vega-Lite
    is a quarter of drawing it."""
    places: dict[str, Any] = {
        # By name and in the order of the rows: on an axis of time a month's value would stand at its end, under the name of the next one.
        "x": alt.X("period:O", sort=None, axis=alt.Axis(title=None, labelAngle=0, labelOverlap=True)),
        "y": alt.Y("value:Q", axis=alt.Axis(title="%" if scale == PERCENT else None, tickCount=5), scale=alt.Scale(zero=True)),
    }
    axes, running, leading = (alt.Chart(alt.NamedData(name)).encode(**places) for name in (FIGURES, RUNNING, "leading"))
    point: dict[str, Any] = {"stroke": "var(--series)", "size": 40, "strokeWidth": 2}
    words: dict[str, Any] = {"align": "right", "dy": alt.ExprRef(expr="datum.dy"), "text": PROVISIONAL, "aria": False}
    layers = {
        FIGURES: [
            axes.mark_line(color="var(--series)", strokeWidth=2, point={"color": "var(--series)", "size": 40}).encode(description="told:N")
        ],
        "leading": [leading.mark_line(color="var(--series)", strokeWidth=2, strokeDash=[2, 3], aria=False)],
        RUNNING: [
            running.mark_point(fill="var(--page)", opacity=1, **point).encode(description="told:N"),
            # Twice, since the line may lie behind it.
            running.mark_text(stroke="var(--page)", strokeWidth=4, **words),
            running.mark_text(color=_TEXT, **words),
        ],
        TARGET: [alt.Chart(alt.NamedData(TARGET)).mark_rule(color="var(--target)", strokeDash=[6, 4], strokeWidth=2).encode(y="target:Q")],
    }
    drawn: dict[str, Any] = (
        alt.layer(*(layer for name, found in layers.items() if name in shown for layer in found))
        .properties(width=_WIDTH, height=_HEIGHT, background="transparent")
        .configure(
            font="inherit",
            view=alt.ViewConfig(stroke=None),
            axis=alt.AxisConfig(labelColor=_TEXT, titleColor=_TEXT, gridColor=_LINE, domainColor=_LINE, tickColor=_LINE),
        )
        .to_dict()
    )
    compiled: dict[str, Any] = vl_convert.vegalite_to_vega(drawn, vl_version=_version())
    return compiled


def _version() -> str:
    """The version of Vega-Lite that altair writes: 6.1 of v6.1.0."""
    return ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
