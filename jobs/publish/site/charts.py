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
    from collections.abc import Mapping, Sequence

FIGURES, TARGET = "figures", "target"
SVG = "http://www.w3.org/2000/svg"
_WIDTH, _HEIGHT, _MAP = 440, 180, 560
_GRADIENT = re.compile(r"gradient_\d+")
_TEXT, _LINE = "var(--text)", "var(--line)"


def over_time(rows: Sequence[Mapping[str, Any]], target: float | None) -> str:
    """A line over periods, with the target as a dashed one; colours are those of the page (light or dark).

    Args:
        rows: of `gold/indicator_value`, of one indicator, level, unit, formula and kind of period; those without a value leave a gap.
        target: what the plan asks for; None where it asks for nothing.
    """
    scale = 1 if rows[0]["unit"] == "count" else PERCENT
    data = [
        {
            "period": period(row),
            "value": None if row["value"] is None else row["value"] * scale,
            "told": f"{period(row)}: {figure(row['value'], row['unit'])}",
        }
        for row in rows
    ]
    drawing = _drawing(scale, has_target=target is not None)
    named = {FIGURES: data} | ({TARGET: [{"target": target * scale}]} if target is not None else {})
    filled = [one | {"values": named[one["name"]]} if one["name"] in named else one for one in drawing["data"]]
    svg: str = vl_convert.vega_to_svg(drawing | {"data": filled})
    return svg


def points(rows: Sequence[Mapping[str, Any]], unit: str) -> str:
    """A map of points, the greater a value the brighter; what has no value is a ring. Each point is a link, and says what it is.

    Args:
        rows: `longitude`, `latitude` (degrees), `value` (None where there is none), `told` (the point in words, each its own), `page` (where it leads to).
        unit: what values are measured in, for the legend.
    """
    known, unknown = ([row for row in rows if (row["value"] is None) is missing] for missing in (False, True))
    svg: str = vl_convert.vegalite_to_svg(_map(unit) | {"datasets": {FIGURES: known, "unknown": unknown}}, vl_version=_version())
    return _with_links(svg, {row["told"]: row["page"] for row in rows})


@lru_cache
def _map(unit: str) -> dict[str, Any]:
    # Viridis is told apart by those who see no red or no green, and in print.
    colour = alt.Color("value:Q", scale=alt.Scale(scheme="viridis"), legend=alt.Legend(title=unit))
    place = {"longitude": "longitude:Q", "latitude": "latitude:Q", "description": "told:N"}
    known = alt.Chart(alt.NamedData(FIGURES)).mark_circle(size=70, opacity=1, stroke=_TEXT, strokeWidth=0.5).encode(color=colour, **place)
    unknown = alt.Chart(alt.NamedData("unknown")).mark_point(size=30, stroke=_TEXT, strokeWidth=0.75, filled=False).encode(**place)
    drawn: dict[str, Any] = (
        alt.layer(unknown, known)
        .project("mercator")
        .properties(width=_MAP, height=_MAP, background="transparent")
        .configure(font="inherit", view=alt.ViewConfig(stroke=None), legend=alt.LegendConfig(labelColor=_TEXT, titleColor=_TEXT))
        .to_dict()
    )
    return drawn


def _with_links(svg: str, pages: Mapping[str, str]) -> str:
    """The drawing with each point a link, its words as its title too, which browsers show under the pointer.

    Vega's own links are made whole by an address of its makers; tooltips it has in a script alone.
    """
    ElementTree.register_namespace("", SVG)
    # Numbered on through a process; each drawing has one, and the same drawing is the same text.
    drawing = ElementTree.fromstring(_GRADIENT.sub("gradient", svg))  # noqa: S314 - made here
    for group in drawing.iter(f"{{{SVG}}}g"):
        for number, point in enumerate(list(group)):
            if (told := point.get("aria-label", "")) in pages:
                group[number] = link = ElementTree.Element(f"{{{SVG}}}a", {"href": pages[told]})
                ElementTree.SubElement(point, f"{{{SVG}}}title").text = told
                link.append(point)
    return ElementTree.tostring(drawing, encoding="unicode")


@lru_cache
def _drawing(scale: int, *, has_target: bool) -> dict[str, Any]:
    """The chart without its data, in Vega: altair checks each against Vega-Lite's schema, which takes longer than drawing it, and to make Vega of Vega-Lite
    is a quarter of drawing it."""
    axes = alt.Chart(alt.NamedData(FIGURES)).encode(
        # By name and in the order of the rows: on an axis of time a month's value would stand at its end, under the name of the next one.
        x=alt.X("period:O", sort=None, axis=alt.Axis(title=None, labelAngle=0, labelOverlap=True)),
        y=alt.Y("value:Q", axis=alt.Axis(title="%" if scale == PERCENT else None, tickCount=5), scale=alt.Scale(zero=True)),
    )
    line = axes.mark_line(color="var(--series)", strokeWidth=2, point={"color": "var(--series)", "size": 40}).encode(description="told:N")
    rule = alt.Chart(alt.NamedData(TARGET)).mark_rule(color="var(--target)", strokeDash=[6, 4], strokeWidth=2).encode(y="target:Q")
    drawn = (
        alt.layer(line, *([rule] if has_target else []))
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
