"""Charts: Vega-Lite through altair, drawn to SVG while the site is built, so that a page needs no script and prints as it is shown."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import altair as alt
import vl_convert

from jobs.publish.site.wording import figure, period

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PERCENT = 100
FIGURES, TARGET = "figures", "target"
_WIDTH, _HEIGHT = 620, 200


def over_time(rows: Sequence[Mapping[str, Any]], title: str, target: float | None) -> str:
    """A line over periods, with the target as a dashed one; colours are those of the page (light or dark).

    Args:
        rows: of `gold/indicator_value`, of one indicator, level, unit, formula and kind of period; those without a value leave a gap.
        title: what a screen reader says of it.
        target: what the plan asks for; None where it asks for nothing.
    """
    scale = 1 if rows[0]["unit"] == "count" else PERCENT
    data = [
        {
            "end": row["period_end"].isoformat(),
            "value": None if row["value"] is None else row["value"] * scale,
            "told": f"{period(row)}: {figure(row['value'], row['unit'])}",
        }
        for row in rows
    ]
    drawing = _drawing(scale, has_target=target is not None)
    datasets = {FIGURES: data} | ({TARGET: [{"target": target * scale}]} if target is not None else {})
    svg: str = vl_convert.vegalite_to_svg(drawing | {"description": title, "datasets": datasets}, vl_version=_version())
    return svg


@lru_cache
def _drawing(scale: int, *, has_target: bool) -> dict[str, Any]:
    """The chart without its data: altair checks each against Vega-Lite's schema, which takes longer than drawing it."""
    axes = alt.Chart(alt.NamedData(FIGURES)).encode(
        x=alt.X("end:T", axis=alt.Axis(format="%m/%Y", title=None, labelOverlap=True, tickCount={"interval": "month", "step": 1})),
        y=alt.Y("value:Q", axis=alt.Axis(title="%" if scale == PERCENT else None, tickCount=5), scale=alt.Scale(zero=True)),
    )
    line = axes.mark_line(color="var(--series)", strokeWidth=2, point={"color": "var(--series)", "size": 40}).encode(description="told:N")
    rule = alt.Chart(alt.NamedData(TARGET)).mark_rule(color="var(--target)", strokeDash=[6, 4], strokeWidth=2).encode(y="target:Q")
    drawn: dict[str, Any] = (
        alt.layer(line, *([rule] if has_target else []))
        .properties(width=_WIDTH, height=_HEIGHT, background="transparent")
        .configure_view(stroke=None)
        .configure_axis(
            labelColor="var(--text)", titleColor="var(--text)", gridColor="var(--line)", domainColor="var(--line)", tickColor="var(--line)"
        )
        .configure(font="inherit")
        .to_dict()
    )
    return drawn


def _version() -> str:
    """The version of Vega-Lite that altair writes: 6.1 of v6.1.0."""
    return ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
