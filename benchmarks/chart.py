"""The chart of a run: what a load costs as it grows, and what a day costs as the history behind it grows."""

from __future__ import annotations

from typing import Any

import altair as alt

from benchmarks.contestants import CONTESTANTS
from benchmarks.results import Matrix, command_seconds

_COLOURS = {
    "minimal_duckdb": "#e69f00",
    "minimal_polars": "#cc79a7",
    "minimal_sail": "#56b4e9",
    "minimal_spark": "#e8856b",
    "pipeline_sail": "#0072b2",
    "pipeline_spark": "#b23a0e",
}
_WIDTH, _HEIGHT = 380, 320


def svg(matrix: Matrix) -> str:
    """The chart as SVG: on the left seconds of the full load against lines read, both logarithmic; on the right seconds of the day of change, imports and
    start included (a pipeline's by `ntm run`), against months of history. One line a contestant; the pipelines' are solid.
    """
    import vl_convert

    read = load_points(matrix)
    loads = _panel(
        "Full load",
        read,
        alt.X("lines:Q", title="lines read")
        .scale(type="log", nice=False, padding=12)
        .axis(format=".2~s", values=sorted({point["lines"] for point in read}), labelOverlap="greedy"),
        alt.Y("seconds:Q", title="seconds of the load").scale(type="log", padding=8).axis(format="~g", tickCount=5),
    )
    days = _panel(
        "One day of change",
        day_points(matrix),
        alt.X("months:Q", title="months of history").scale(domainMin=0).axis(values=matrix.histories),
        alt.Y("seconds:Q", title="seconds of the day, imports and start included").scale(domainMin=0),
    )
    # The legend is as wide as the letters of the drawing machine; a browser's can be wider.
    room = {"left": 5, "right": 25, "top": 5, "bottom": 5}
    chart = (
        alt.hconcat(loads, days).configure_view(stroke="#ccc").configure_axis(gridColor="#eee").properties(background="white", padding=room)
    )
    drawn: str = vl_convert.vegalite_to_svg(chart.to_json())
    return drawn + "\n"


def load_points(matrix: Matrix) -> list[dict[str, Any]]:
    """The points of the left panel: contestant, lines, seconds."""
    costs = [(one, matrix.full(one, records)) for one in CONTESTANTS.values() for records in matrix.sizes]
    return [{"contestant": one.title, "lines": cost.rows, "seconds": round(cost.load_seconds, 2)} for one, cost in costs if cost]


def day_points(matrix: Matrix) -> list[dict[str, Any]]:
    """The points of the right panel: contestant, months, seconds."""
    costs = [(one, months, matrix.day(one, months)) for one in CONTESTANTS.values() for months in matrix.histories]
    return [
        {"contestant": one.title, "months": months, "seconds": round(command_seconds(cost) or cost.wall_seconds, 2)}
        for one, months, cost in costs
        if cost
    ]


def _panel(title: str, points: list[dict[str, Any]], x: alt.X, y: alt.Y) -> alt.Chart:
    titles = [contestant.title for contestant in CONTESTANTS.values()]
    legend = alt.Legend(symbolType="stroke", symbolStrokeWidth=2.5, symbolSize=400)
    dashes = [[1, 0] if contestant.is_pipeline else [5, 3] for contestant in CONTESTANTS.values()]
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=points), title=title, width=_WIDTH, height=_HEIGHT)
        .mark_line(point=True)
        .encode(
            x,
            y,
            alt.Color("contestant:N", title=None, legend=legend).scale(domain=titles, range=[_COLOURS[name] for name in CONTESTANTS]),
            alt.StrokeDash("contestant:N", title=None, legend=legend).scale(domain=titles, range=dashes),
        )
    )
    return chart
