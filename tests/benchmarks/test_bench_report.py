"""What the benchmark tells: the matrix, goals, tables, chart and page, and the command that measures."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import chart, report, results, run, tables
from benchmarks.chart import svg
from benchmarks.contestant import Phase, Result, Stage
from benchmarks.contestants import (
    CONTESTANTS,
    DEFAULT_ENGINE,
    MINIMAL_DUCKDB,
    MINIMAL_SPARK,
    PIPELINE_SAIL,
    PIPELINE_SPARK,
    Contestant,
)
from benchmarks.results import Cost, Goal, Matrix, costs_of, goals, typical
from benchmarks.run import Plan, bench
from benchmarks.runner import Command, Measurement, Run
from jobs.errors import UsageError
from jobs.settings import Settings

NOTHING_MEASURED = "The whole matrix has not been run yet; single runs of the load on both engines are in [engines.md](engines.md)."

GIB = 1 << 30
YEAR = 1_000_000


def a_run(seconds: float, phase: Phase = Phase.FULL, peak: int = GIB, rows: int = 3000) -> Run:
    told = (Stage("gate", "dossier", seconds / 10, 2), Stage("stage", "work_record", seconds / 2, 3))
    return Run(rows, seconds + 3, peak, Result(phase, 1.0, 2.0, seconds, told, (), 0.5))


def a_cost(contestant: Contestant, records: int, months: int, seconds: float, peak: int = GIB) -> Cost:
    (cost,) = costs_of(contestant, records, months, [Measurement(a_run(seconds, peak=peak, rows=3 * records))])
    return cost


def a_matrix(**changed: float) -> Matrix:
    """A made-up matrix of the three sizes and the three histories in which every goal is just reached."""
    figures = {
        "minimal_duckdb": 20.0, "minimal_polars": 25.0, "minimal_sail": 30.0, "minimal_spark": 100.0, "pipeline_sail": 30.0, "pipeline_spark": 150.0,
        "sail_peak": 3.0, "spark_peak": 6.0, "sail_day": 30.0, "spark_day": 75.0, "growth": 1.3, "demo": 60.0, **changed,
    }  # fmt: skip
    costs = []
    for one in CONTESTANTS.values():
        seconds, peak = figures[one.name], int(figures["sail_peak" if one.engine == "sail" else "spark_peak"] * GIB)
        costs += [a_cost(one, records, 12, seconds * records / YEAR, peak) for records in (100_000, YEAR, 2_500_000)]
        costs += [a_cost(one, YEAR * months // 12, months, seconds * months / 12, peak) for months in (1, 36)]
        for months in (1, 12, 36):
            day = figures["spark_day" if one.engine == "spark" else "sail_day"] / (1 if months == 36 else figures["growth"])
            command = Command(day, GIB) if one.is_pipeline else None
            cost = a_cost(one, YEAR * months // 12, months, seconds * 0.0999)
            costs.append(replace(cost, phase=Phase.CHANGE, ntm_run=command))
    return Matrix({"cores": 2}, "2026-11-23", YEAR, 5_000, 500, 1, tuple(costs), Command(figures["demo"], GIB))


# --- goals ------------------------------------------------------------------------------------------------------------


def test_goals_at_their_bounds_are_reached() -> None:
    found = goals(a_matrix())
    assert [goal.what for goal in found if not goal.reached] == []
    assert len(found) == len({goal.what for goal in found}) == 13
    assert found[0].what.startswith(f"full load of 1M + 1M, pipeline on {DEFAULT_ENGINE.title()} against minimal DuckDB")


@pytest.mark.parametrize(
    ("changed", "missed"),
    [
        ({"minimal_spark": 99.9}, ["full load of 1M + 1M, pipeline on Spark against minimal Spark"]),
        ({"sail_day": 30.1}, ["day of change on 36 months by ntm run, pipeline on Sail"]),
        ({"spark_day": 75.1}, ["day of change on 36 months by ntm run, pipeline on Spark"]),
        ({"sail_peak": 3.1}, ["peak memory of the full load of 1M + 1M, pipeline on Sail"]),
        ({"spark_peak": 6.1}, ["peak memory of the full load of 1M + 1M, pipeline on Spark"]),
        ({"demo": 60.1}, ["ntm demo after set-up"]),
        (
            {"growth": 1.31},
            [
                f"day of change on 36 months by ntm run, {one}, against the same day on 1 month"
                for one in ("pipeline on Sail", "pipeline on Spark")
            ],
        ),
    ],
)
def test_a_goal_that_is_just_missed_is_told(changed: dict[str, float], missed: list[str]) -> None:
    assert [goal.what for goal in goals(a_matrix(**changed)) if not goal.reached] == missed


def test_the_default_engine_is_measured_against_duckdb() -> None:
    slow = {f"pipeline_{DEFAULT_ENGINE}": 1000.0}
    told = [goal.what for goal in goals(a_matrix(**slow)) if not goal.reached]
    assert f"full load of 1M + 1M, pipeline on {DEFAULT_ENGINE.title()} against minimal DuckDB" in told


def test_goals_of_what_was_not_measured_are_not_told() -> None:
    matrix = a_matrix()
    part = replace(matrix, costs=tuple(cost for cost in matrix.costs if cost.contestant == MINIMAL_DUCKDB.name), demo=None)
    assert goals(part) == []
    for other in (replace(matrix, new=40), replace(matrix, corrections=0)):
        assert [goal.what for goal in goals(other) if "day" in goal.what] == []


def test_exit_code_says_what_fell_short() -> None:
    reached, missed = Goal("", "", "", True), Goal("", "", "", False)
    assert run.exit_code([], [reached], whole=True) == 0
    assert run.exit_code([], [reached, missed], whole=True) == run.FELL_SHORT
    assert run.exit_code([], [missed], whole=False) == 0
    assert run.exit_code(["not the same"], [reached], whole=False) == run.FAILED


@given(st.lists(st.tuples(st.floats(0.1, 1e4), st.integers(0, 1 << 40)), min_size=1, max_size=7))
def test_the_typical_run_is_a_measured_one_with_the_most_memory(measured: list[tuple[float, int]]) -> None:
    runs = [a_run(seconds, peak=peak) for seconds, peak in measured]
    chosen = typical(runs)
    seconds = [one.result.load_seconds for one in runs]
    assert chosen in runs
    assert sum(one < chosen.result.load_seconds for one in seconds) <= len(seconds) / 2
    assert sum(one > chosen.result.load_seconds for one in seconds) <= len(seconds) / 2
    (cost,) = costs_of(PIPELINE_SAIL, 10, 12, [Measurement(one) for one in runs])
    assert (cost.load_seconds, cost.peak_bytes) == (chosen.result.load_seconds, max(peak for _, peak in measured))


def test_the_day_is_the_median_command_and_only_pipelines_have_stages() -> None:
    measured = [Measurement(a_run(9), a_run(day, Phase.CHANGE), Command(seconds, 7)) for day, seconds in ((1, 8.0), (3, 5.0), (2, 6.0))]
    full, day = costs_of(PIPELINE_SPARK, 10, 1, measured)
    assert (full.phase, day.phase, day.load_seconds, day.ntm_run) == (Phase.FULL, Phase.CHANGE, 2, Command(6.0, 7))
    assert day.stages
    assert not costs_of(MINIMAL_SPARK, 10, 1, measured)[0].stages


# --- tables, chart and page -------------------------------------------------------------------------------------------


def test_results_are_read_as_they_were_written_and_sections_stay_apart(tmp_path: Path) -> None:
    path, matrix = tmp_path / "results.json", a_matrix()
    with pytest.raises(UsageError, match=r"results\.json has no matrix: `make bench`"):
        results.read_section(path, results.MATRIX)
    results.write_section(path, results.CHECK, {"ratios": {"one": 1.5}})
    results.write_section(path, results.MATRIX, matrix.as_json())
    assert results.read_section(path, results.CHECK) == {"ratios": {"one": 1.5}}
    written = results.read_section(path, results.MATRIX)
    assert Matrix.of(written) == matrix
    assert written["ratios"]["1000000"]["pipeline_spark / minimal_spark"] == 1.5
    assert len(written["goals"]) == 13


def test_tables_show_every_size_history_and_contestant() -> None:
    sheets = {sheet.title: sheet for sheet in tables.sheets(a_matrix())}
    full = sheets["Full load of 1M work records and 1M dossiers"]
    assert [row[0] for row in full.rows] == [one.title for one in CONTESTANTS.values()]
    spark = dict(zip(full.columns, full.rows[-1], strict=True))
    assert (spark["load s"], spark["× minimal DuckDB"], spark["× minimal Spark"], spark["lines/s"]) == ("150.0", "7.50", "1.50", "20,000")
    assert (spark["imports s"], spark["of it GX s"], spark["wall s"], spark["peak MiB"]) == ("1.0", "0.5", "153.0", "6,144")
    day = sheets["Day of change, on months of history"]
    assert [row[1] for row in day.rows] == ["1", "12", "36"] * len(CONTESTANTS)
    assert day.rows[-1][5:8] == ("3.3%", "18.0", "75.0")
    stages = sheets["pipeline on Spark: seconds by stage, full load of 1M + 1M records in 12 months"]
    assert ("gate", "", "15.0", "", "15.0", "2", "10.0%") in stages.rows
    assert stages.rows[-1][-3:] == ("150.0", "5", "100.0%")
    assert "pipeline on Sail: seconds by stage, day of change on 3M + 3M records in 36 months" in sheets
    assert "| minimal DuckDB | 3,000,000 |" in full.markdown()
    assert full.markdown().splitlines()[3].startswith("| --- | ---: |")


def test_a_part_has_only_the_tables_that_it_measured() -> None:
    part = replace(a_matrix(), costs=(a_cost(PIPELINE_SAIL, 100_000, 12, 3.0),), demo=None)
    assert [sheet.title for sheet in tables.sheets(part)] == [
        "Full load of 100k work records and 100k dossiers",
        "pipeline on Sail: seconds by stage, full load of 100k + 100k records in 12 months",
    ]
    assert tables.sheets(part)[0].rows[0][7:9] == ("–", "–")


def test_the_chart_has_a_line_for_every_contestant_and_is_the_same_again() -> None:
    matrix = a_matrix()
    drawn = chart.svg(matrix)
    assert chart.svg(Matrix.of(json.loads(json.dumps(matrix.as_json())))) == drawn
    words = " ".join(ET.fromstring(drawn).itertext())  # noqa: S314 - written here
    for title in [one.title for one in CONTESTANTS.values()]:
        assert title in words
    assert "months of history" in words
    assert "lines read" in words
    assert {"contestant": PIPELINE_SPARK.title, "months": 36, "seconds": 75.0} in chart.day_points(matrix)
    assert {"contestant": MINIMAL_DUCKDB.title, "months": 12, "seconds": 5.0} in chart.day_points(matrix)
    assert len(chart.load_points(matrix)) == 3 * len(CONTESTANTS)


def test_the_page_gets_its_figures_between_its_markers_and_nothing_else_changes(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text(f"before\n{report.BEGIN}\nold \\1\n{report.END}\nafter\n", encoding="utf-8")
    for _ in range(2):
        report.write_report(a_matrix(), page)
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"before\n{report.BEGIN}\nMeasured on 2026-11-23, one run: cores 2.\n")
    assert text.endswith(f"{report.END}\nafter\n")
    assert text.count("**Goals**") == 1
    assert "old" not in text
    assert "](performance.svg)" in text
    assert (tmp_path / "performance.svg").read_text(encoding="utf-8").startswith("<svg")
    page.write_text("no markers", encoding="utf-8")
    with pytest.raises(UsageError, match="no lines"):
        report.write_report(a_matrix(), page)


def test_the_committed_page_has_the_committed_figures() -> None:
    text = report.PAGE.read_text(encoding="utf-8")
    assert report.with_figures(text, "x").count("\nx\n") == 1
    chart = report.PAGE.with_suffix(".svg")
    try:
        matrix = Matrix.of(results.read_section(results.RESULTS, results.MATRIX))
    except UsageError:
        assert report.with_figures(text, NOTHING_MEASURED) == text
        assert not chart.exists()
    else:
        assert report.with_figures(text, report.figures_text(matrix, chart.name)) == text
        assert chart.read_text(encoding="utf-8") == svg(matrix)


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_plan_is_the_whole_matrix_and_a_year_that_is_a_history_is_loaded_once() -> None:
    workloads = [(sizes.records, sizes.months, with_day) for sizes, with_day in Plan().workloads.items()]
    assert workloads == [(83_333, 1, True), (100_000, 12, False), (YEAR, 12, True), (2_500_000, 12, False), (3_000_000, 36, True)]
    assert replace(Plan(), repeat=3).is_whole
    for part in (run.QUICK, replace(Plan(), new=1), replace(Plan(), contestants=(PIPELINE_SAIL,)), replace(Plan(), year=9)):
        assert not part.is_whole


@pytest.mark.parametrize(("text", "expected"), [("2000", 2000), ("100k", 100_000), ("2.5M", 2_500_000), (" 1M ", YEAR)])
def test_counts_are_read(text: str, expected: int) -> None:
    assert run.count(text) == expected


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "2m", "many", "", "0.0001k"])
def test_what_is_no_count_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no number of records"):
        run.count(text)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"histories": "37"}, "'37' is no number of months: expected 1 to 36"),
        ({"contestants": "pipeline"}, "'pipeline' is no contestant: expected minimal_duckdb"),
        ({"sizes": "", "histories": ""}, "nothing to measure"),
        ({"contestants": ""}, "nothing to measure"),
        ({"new": 0, "corrections": 0}, "no day of change to measure"),
    ],
)
def test_wrong_options_are_refused_before_anything_is_generated(tmp_path: Path, options: dict[str, object], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        bench(**{"year": "1M", **options}, folder=tmp_path / "work")  # type: ignore[arg-type]
    assert not (tmp_path / "work").exists()


def tiny_bench(folder: Path, contestants: str, *, resume: bool = False) -> int:
    with pytest.raises(typer.Exit) as ended:
        bench(
            sizes="600", histories="1", contestants=contestants, year="7200", new=40, corrections=20, resume=resume, folder=folder, with_demo=False
        )  # fmt: skip
    return ended.value.exit_code


@pytest.mark.slow
def test_a_part_is_measured_written_and_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tiny_bench(tmp_path, "minimal_duckdb") == 0
    assert "has the figures of the generator's truth." in capsys.readouterr().out
    matrix = Matrix.of(results.read_section(tmp_path / "results.json", results.MATRIX))
    assert (matrix.sizes, matrix.histories, len(matrix.costs)) == ([600], [1], 3)
    assert not (tmp_path / "minimal_duckdb").exists()

    def refuse(*_: object, **__: object) -> Measurement:
        raise AssertionError("measured again")

    monkeypatch.setattr(run.Runner, "measure", refuse)
    assert tiny_bench(tmp_path, "minimal_duckdb", resume=True) == 0
    assert Matrix.of(results.read_section(tmp_path / "results.json", results.MATRIX)).costs == matrix.costs
    (kept,) = tmp_path.glob("measured/*/600-12-*/minimal_duckdb-1.json")
    spoiled = Measurement.read(kept)
    figures = spoiled.full.result.figures[1:]
    replace(spoiled, full=replace(spoiled.full, result=replace(spoiled.full.result, figures=figures))).write(kept)
    capsys.readouterr()
    assert tiny_bench(tmp_path, "minimal_duckdb", resume=True) == run.FAILED
    assert "not the same: full load, minimal DuckDB" in capsys.readouterr().err
    assert Matrix.of(results.read_section(tmp_path / "results.json", results.MATRIX)).costs == matrix.costs, "wrong results are not written"

    monkeypatch.setattr(run, "circumstances", lambda _: "other code")
    with pytest.raises(AssertionError, match="measured again"):
        tiny_bench(tmp_path, "minimal_duckdb", resume=True)


def test_what_a_measurement_depends_on_has_a_mark_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(_env_file=None)
    mark = run.circumstances(settings)
    assert run.circumstances(settings) == mark
    assert run.circumstances(settings.model_copy(update={"shuffle_partitions": 99})) != mark
    monkeypatch.setattr(run, "machine", lambda: {"cores": 99})
    assert run.circumstances(settings) != mark


@pytest.mark.usefixtures("apache_spark")
@pytest.mark.slow
def test_all_six_contestants_find_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tiny_bench(tmp_path, ",".join(CONTESTANTS)) == 0, capsys.readouterr().err
    matrix = Matrix.of(results.read_section(tmp_path / "results.json", results.MATRIX))
    assert {cost.contestant for cost in matrix.costs} == set(CONTESTANTS)
    for pipeline in (PIPELINE_SAIL, PIPELINE_SPARK):
        day = matrix.day(pipeline, 1)
        assert day is not None
        assert day.ntm_run is not None
        counted = {stage.spark_jobs is None for stage in day.stages if stage.name == "stage"}
        assert counted == {pipeline is PIPELINE_SAIL}
