"""`python -m benchmarks.report`: the tables of `docs/performance.md` and its chart, from `benchmarks/results.json`."""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.chart import svg
from benchmarks.command import start
from benchmarks.results import MATRIX, RESULTS, Matrix, read_section
from benchmarks.tables import sheets
from jobs.errors import UsageError
from jobs.settings import PROJECT_ROOT

PAGE = PROJECT_ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- figures: written by python -m benchmarks.report -->", "<!-- end of figures -->"
_MARKED = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)


def figures_text(matrix: Matrix, chart: str) -> str:
    """What stands between the markers: where and when it was measured, the chart (an address relative to the page), the tables."""
    machine = "; ".join(f"{name.replace('_', ' ')} {value}" for name, value in sorted(matrix.machine.items()))
    runs = "one run" if matrix.repeat == 1 else f"the median of {matrix.repeat} runs"
    parts = [f"Measured on {matrix.measured_on}, {runs}: {machine}."]
    if chart:
        parts.append(f"![Seconds of the full load against lines read, and of the day of change against months of history]({chart})")
    return "\n\n".join([*parts, *(sheet.markdown() for sheet in sheets(matrix))])


def with_figures(page: str, figures: str) -> str:
    """The page with these figures between its markers.

    Raises:
        UsageError: the page has no such markers.
    """
    if not _MARKED.search(page):
        raise UsageError(f"the page has no lines `{BEGIN}` and `{END}`, between which its figures are written")
    return _MARKED.sub(lambda _: f"{BEGIN}\n{figures}\n{END}", page, count=1)


def write_report(matrix: Matrix, page: Path) -> None:
    """Write the figures into the page, and the chart beside it under the page's name.

    Raises:
        UsageError: the page is missing, or has no markers.
    """
    if not page.exists():
        raise UsageError(f"{page}: no such file")
    chart = page.with_suffix(".svg")
    text = with_figures(page.read_text(encoding="utf-8"), figures_text(matrix, chart.name))
    chart.write_text(svg(matrix), encoding="utf-8")
    page.write_text(text, encoding="utf-8")


def main() -> None:
    """Entry point: errors are one sentence and an exit code."""

    def report() -> None:
        """Write the tables and the chart of docs/performance.md from benchmarks/results.json."""
        write_report(Matrix.of(read_section(RESULTS, MATRIX)), PAGE)

    start(report, "report")


if __name__ == "__main__":
    main()
