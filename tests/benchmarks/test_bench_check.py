"""The check of committed ratios: its arithmetic, and what it does with a baseline."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import check, results
from benchmarks.contestants import MINIMAL_DUCKDB, MINIMAL_SPARK, PIPELINE_SAIL, PIPELINE_SPARK, Contestant
from jobs.errors import UsageError

FULL = {MINIMAL_DUCKDB: 2.0, MINIMAL_SPARK: 10.0, PIPELINE_SAIL: 3.0, PIPELINE_SPARK: 14.0}
DAY = {MINIMAL_DUCKDB: 1.0, MINIMAL_SPARK: 20.0, PIPELINE_SAIL: 8.0, PIPELINE_SPARK: 30.0}
RATIOS = {
    "full load: pipeline on Sail / minimal DuckDB": 1.5,
    "day of change by ntm run: pipeline on Sail / minimal DuckDB": 8.0,
    "full load: pipeline on Spark / minimal Spark": 1.4,
    "day of change by ntm run: pipeline on Spark / minimal Spark": 1.5,
}


@pytest.mark.parametrize(("worse", "passes"), [(0.5, True), (1.0, True), (1.24, True), (1.25, True), (1.26, False), (3.0, False)])
def test_a_quarter_worse_is_allowed_and_no_more(worse: float, passes: bool) -> None:
    (one,) = check.compared({"r": 2.0}, {"r": 2.0 * worse})
    assert (one.passes, one.allowed) == (passes, 2.5)


@given(st.floats(0.01, 100), st.floats(0.01, 4), st.floats(0.1, 10))
def test_a_machine_that_is_slower_in_everything_changes_nothing(committed: float, worse: float, slower: float) -> None:
    full = {one: seconds * worse if one.is_pipeline else seconds for one, seconds in FULL.items()}
    found = check.ratios_of(full, DAY)
    again = check.ratios_of({one: seconds * slower for one, seconds in full.items()}, {one: s * slower for one, s in DAY.items()})
    assert found == pytest.approx(again, abs=0.0011)


def test_ratios_are_each_pipelines_to_its_minimal_job() -> None:
    assert check.ratios_of(FULL, DAY) == RATIOS


def test_ratios_of_another_benchmark_are_refused() -> None:
    with pytest.raises(UsageError, match=r"another benchmark \(a, b\): record new ones with --write"):
        check.compared({"a": 1.0, "c": 1.0}, {"b": 1.0, "c": 1.0})


def run_check(tmp_path: Path, *, write: bool = False, size: str = "100k") -> int:
    with pytest.raises(typer.Exit) as ended:
        check.check(write=write, size=size, folder=tmp_path, results=tmp_path / "results.json")
    return ended.value.exit_code


def test_the_check_fails_only_when_a_ratio_is_a_quarter_worse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found: list[dict[Contestant, float]] = [dict(FULL), dict(DAY)]
    monkeypatch.setattr(check, "median_seconds", lambda *_: found)
    with pytest.raises(UsageError, match=r"results\.json has no check: `python -m benchmarks.check --write` measures it"):
        check.check(folder=tmp_path, results=tmp_path / "results.json")
    results.write_section(tmp_path / "results.json", results.MATRIX, {"stays": 1})
    assert run_check(tmp_path, write=True) == 0
    assert results.read_section(tmp_path / "results.json", results.CHECK)["ratios"] == RATIOS
    assert results.read_section(tmp_path / "results.json", results.MATRIX) == {"stays": 1}
    found[1][PIPELINE_SAIL] = DAY[PIPELINE_SAIL] * 1.24
    assert run_check(tmp_path) == 0
    found[1][PIPELINE_SAIL] = DAY[PIPELINE_SAIL] * 1.26
    capsys.readouterr()
    assert run_check(tmp_path) == 1
    told = [line.split() for line in capsys.readouterr().out.splitlines() if "NO" in line]
    assert [line[-4:] for line in told] == [["8.00", "10.08", "10.00", "NO"]]
    with pytest.raises(UsageError, match="of other sizes"):
        check.check(size="2k", folder=tmp_path, results=tmp_path / "results.json")


@pytest.mark.default_engine
@pytest.mark.slow
def test_the_check_measures_at_a_tiny_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One pair: that all contestants run at this size is what `test_all_six_contestants_find_the_same` sees."""
    monkeypatch.setattr(check, "_PAIRS", ((PIPELINE_SAIL, MINIMAL_DUCKDB),))
    monkeypatch.setattr(check, "_CONTESTANTS", (MINIMAL_DUCKDB, PIPELINE_SAIL))
    tiny = {
        "repeat": 1,
        "size": "600",
        "year": "7200",
        "new": 40,
        "corrections": 20,
        "folder": tmp_path,
        "results": tmp_path / "results.json",
    }
    with pytest.raises(typer.Exit) as ended:
        check.check(write=True, **tiny)  # type: ignore[arg-type]
    assert ended.value.exit_code == 0
    written = results.read_section(tmp_path / "results.json", results.CHECK)
    assert len(written["ratios"]) == len(RATIOS) / 2
    assert written["ratios"].keys() < RATIOS.keys()
    assert written["seconds"]["full load"].keys() == {"minimal_duckdb", "pipeline_sail"}
