"""The worked questions of docs/questions.md as `ntm sql` answers them, beside Spark over the same tables: part of `make bench`.

They are asked of the workspace that `python -m benchmarks.sheets` leaves, a province's year with all sheets. DuckDB answers as in `ntm sql`: it opens the
tables of the release for each question. Spark was told of its tables and views before, which is not counted, and is given the same text; what it cannot run as
it stands is said. Both are asked in this process, once unmeasured and then so often; the command is measured from launch to exit.

Exit codes: 0 each question is answered in time; 1 a command failed, or the two answers differ; 2 wrong use; 3 a question takes longer.
"""

from __future__ import annotations

import re
import statistics
import sys
import time
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer
from rich.console import Console

from benchmarks.command import start
from benchmarks.contestants import DEFAULT_ENGINE
from benchmarks.measure import run as run_measured
from benchmarks.results import RESULTS, write_section
from benchmarks.run import FAILED, FELL_SHORT, machine
from benchmarks.runner import environment
from benchmarks.tables import Sheet
from jobs.engine.session import get_session
from jobs.engine.tables import Warehouse
from jobs.errors import UsageError
from jobs.publish import terminal
from jobs.publish.released import named_in, query, require_release
from jobs.publish.terminal import NOTHING
from jobs.publish.values import rows_of, written
from jobs.settings import PROJECT_ROOT, Settings, get_settings
from warehouse_schema.released_views import released_views
from warehouse_schema.sql_text import sql_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyspark.sql import SparkSession

    from jobs.ops.releases import Release

PAGE = PROJECT_ROOT / "docs" / "questions.md"
SECTION = "questions"
MOST_SECONDS = 2.0
_QUESTION = re.compile(r"^## (?P<title>.*?)\n.*?```sql\n(?P<sql>.*?)```", re.MULTILINE | re.DOTALL)
_PLACES = 6


class Question(NamedTuple):
    """A question of the page: its heading, and its SQL."""

    title: str
    sql: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was answered.

    Attributes:
        title: its heading.
        rows: of the answer.
        command_seconds: of `ntm sql`, from launch to exit.
        seconds: of DuckDB alone.
        spark_seconds: of Spark; None where it cannot run the text.
        refusal: why not, in Spark's word for it; else empty.
        is_same: whether both answers are the same; None where there is one.
    """

    title: str
    rows: int
    command_seconds: float
    seconds: float
    spark_seconds: float | None
    refusal: str
    is_same: bool | None


def questions(page: str) -> list[Question]:
    """The questions of a page, in its order."""
    return [Question(one["title"], one["sql"]) for one in _QUESTION.finditer(page)]


def comparable(rows: Sequence[Sequence[object]]) -> list[tuple[object, ...]]:
    """Rows that are equal where two engines say the same: they have other types for sums and shares, and may order letters otherwise."""

    def one(value: object) -> object:
        is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
        return round(float(value), _PLACES) if is_number else None if value is None else written(value)  # type: ignore[arg-type]

    return sorted((tuple(map(one, row)) for row in rows), key=repr)


def sheet(found: Sequence[Asked]) -> Sheet:
    """One line a question."""
    rows = tuple(
        (
            one.title,
            f"{one.rows:,}",
            f"{one.command_seconds:.2f}",
            f"{one.seconds:.3f}",
            f"{one.spark_seconds:.3f}" if one.spark_seconds is not None else NOTHING,
            f"{one.spark_seconds / one.seconds:.1f}" if one.spark_seconds is not None else one.refusal,
        )
        for one in found
    )
    return Sheet("Questions", ("", "rows", "ntm sql, wall s", "DuckDB s", "Spark s", "Spark / DuckDB"), rows)


def exit_code(found: Sequence[Asked]) -> int:
    """0, or what fell short."""
    if any(one.is_same is False for one in found):
        return FAILED
    return FELL_SHORT if any(one.command_seconds > MOST_SECONDS for one in found) else 0


def measure(settings: Settings, home: Path, repeat: int, tell: Callable[[str], None]) -> list[Asked]:
    """Ask all questions of a workspace.

    Raises:
        NothingReleasedError: nothing was released there.
        RunFailedError: `ntm sql` failed.
        UsageError: Spark is not set up.
    """
    warehouse = Warehouse((home / "warehouse").as_uri())
    release, wanted = require_release(warehouse), questions(PAGE.read_text(encoding="utf-8"))
    tell("starting Spark")
    spark = get_session(settings.model_copy(update={"engine": "spark", "home": home}))
    show_to_spark(spark, warehouse, release, [one.sql for one in wanted])
    found = []
    for one in wanted:
        tell(one.title)
        command = [sys.executable, "-m", "jobs.cli", "sql", "--format", "csv", one.sql]
        of_command = [run_measured(command, environment(settings, home, DEFAULT_ENGINE), home / "ntm.log").seconds for _ in range(repeat)]
        rows, seconds = _timed(lambda sql=one.sql: list(rows_of(query(warehouse, sql).batches)), repeat)  # type: ignore[misc]
        told = _asked_of_spark(spark, one.sql, repeat)
        spark_seconds, refusal = (None, told) if isinstance(told, str) else (told[1], "")
        is_same = None if isinstance(told, str) else comparable(told[0]) == comparable(rows)
        found.append(Asked(one.title, len(rows), statistics.median(of_command), seconds, spark_seconds, refusal, is_same))
    return found


def show_to_spark(spark: SparkSession, warehouse: Warehouse, release: Release, texts: Sequence[str]) -> None:
    """Make the tables and views that texts may name Spark's, under the same names: at the versions of the release and as of its day."""
    assert release.as_of is not None  # noqa: S101 - a release has its day
    views = {view.name: view for view in released_views().values()}
    named = {name for text in texts for name in named_in(text, [*release.tables, *views])}
    wanted = [views[name] for name in sorted(named & views.keys())]
    for name in sorted({*(named & release.tables.keys()), *(table for view in wanted for table in view.tables)}):
        _view(spark, name, f"SELECT * FROM delta.`{warehouse.uri(name)}` VERSION AS OF {release.tables[name]}")
    for view in wanted:
        _view(spark, view.name, view.query(release.as_of))


def _view(spark: SparkSession, name: str, sql: str) -> None:
    spark.sql(f"CREATE DATABASE IF NOT EXISTS {name.partition('/')[0]}")
    spark.sql(f"CREATE OR REPLACE VIEW {sql_name(name)} AS {sql}")


def _asked_of_spark(spark: SparkSession, sql: str, repeat: int) -> tuple[list[tuple[object, ...]], float] | str:
    """The rows and the seconds, or why it cannot run the text."""
    from pyspark.errors import AnalysisException, ParseException

    try:
        return _timed(lambda: [tuple(row) for row in spark.sql(sql).collect()], repeat)
    except (AnalysisException, ParseException) as error:
        return error.getCondition() or type(error).__name__


def _timed(ask: Callable[[], list[tuple[object, ...]]], repeat: int) -> tuple[list[tuple[object, ...]], float]:
    """What a question gives, and its median seconds once it was asked before."""
    rows, seconds = ask(), []
    for _ in range(repeat):
        started = time.monotonic()
        ask()
        seconds.append(time.monotonic() - started)
    return rows, statistics.median(seconds)


def bench(
    workspace: Annotated[
        Path | None, typer.Option(help="Workspace whose release is asked; default NTM_HOME/bench/sheets, which benchmarks.sheets leaves.")
    ] = None,
    repeat: Annotated[int, typer.Option(min=1, help="Ask so many times and take the median.")] = 5,
    results: Annotated[Path, typer.Option(help="Where figures are written.")] = RESULTS,
) -> None:
    """Measure the worked questions by `ntm sql` and its engine, beside Spark."""
    settings, notes = get_settings(), Console(stderr=True, highlight=False, markup=False)
    home = (workspace or settings.home / "bench" / "sheets").absolute()
    if not (home / "warehouse").is_dir():
        raise UsageError(f"there are no tables in {home}: `python -m benchmarks.sheets` makes them, or name a workspace with --workspace")
    found = measure(settings, home, repeat, lambda text: notes.print(f"{time.strftime('%H:%M:%S')} {text}"))
    terminal.console().print(sheet(found).for_terminal())
    for one in found:
        if one.is_same is False:
            notes.print(f"not the same: {one.title}")
        if one.refusal:
            notes.print(f"Spark cannot run it as it stands ({one.refusal}): {one.title}")
    write_section(results, SECTION, {"machine": machine(), "repeat": repeat, "questions": [asdict(one) for one in found]})
    raise typer.Exit(exit_code(found))


def main() -> None:
    """Entry point: errors are one sentence and an exit code."""
    start(bench)


if __name__ == "__main__":
    main()
