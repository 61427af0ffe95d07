"""The benchmark: its workload, the minimal jobs against the truth and each other, what is measured, and what falls short."""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from benchmarks import compare, measure, minimal_duckdb, run, workload
from benchmarks.contestant import Figure, Phase, Result, Stage, Stopwatch, Task
from benchmarks.minimal import DOSSIER, WORK_RECORD
from benchmarks.pipeline import figures as pipeline_figures
from benchmarks.pipeline import stages
from benchmarks.run import CONTESTANTS, MINIMAL_DUCKDB, MINIMAL_SPARK, PIPELINE, Bench, Goal, Run
from benchmarks.workload import CHANGE_DAY, DOSSIERS, INDICATORS, WORK_RECORDS, Sizes, Workload, landed_lines
from jobs.errors import RunFailedError, UsageError
from jobs.ops import releases
from jobs.ops.warehouse import Warehouse
from jobs.sample.truth import read_truth
from jobs.settings import Settings
from warehouse_schema.contracts import load_contracts

SIZES = Sizes(work_records=700, dossiers=700, ocop=0, new=40, corrections=30)
TABLES = ((WORK_RECORD, WORK_RECORDS), (DOSSIER, DOSSIERS))
KEY_AND_VERSION = {WORK_RECORDS: ("FileId", "UpdatedAt"), DOSSIERS: ("MaHoSo", "NgayCapNhat")}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Workload:
    return workload.prepare(tmp_path_factory.mktemp("bench"), SIZES)


@pytest.fixture(scope="module")
def duckdb_runs(loaded: Workload, tmp_path_factory: pytest.TempPathFactory) -> dict[Phase, Run]:
    """The DuckDB job as `make bench` runs it: each phase in a process of its own."""
    folder = tmp_path_factory.mktemp("runs")
    bench = Bench(Settings(home=folder, _env_file=None), folder, loaded, lambda _: None)
    bench.start_anew(MINIMAL_DUCKDB)
    return {phase: bench.run(MINIMAL_DUCKDB, phase) for phase in Phase}


def records(folder: Path, dataset: str) -> Iterator[dict[str, Any]]:
    for path in sorted((folder / dataset).rglob("*.ndjson*")):
        yield from map(json.loads, landed_lines(path))


def month_sums(figures: tuple[Figure, ...], month: str) -> dict[str, tuple[int, int]]:
    sums = dict.fromkeys(INDICATORS, (0, 0))
    for figure in figures:
        if figure.month == month:
            numerator, denominator = sums[figure.indicator]
            sums[figure.indicator] = (numerator + figure.numerator, denominator + figure.denominator)
    return sums


# --- workload ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dataset", [WORK_RECORDS, DOSSIERS])
def test_day_of_change_has_new_records_and_newer_versions_of_records_that_exist(loaded: Workload, dataset: str) -> None:
    key, version = KEY_AND_VERSION[dataset]
    known: dict[str, list[str]] = {}
    for record in records(loaded.sample, dataset):
        known.setdefault(record[key], []).append(record[version])
    change = list(records(loaded.change, dataset))
    corrections = [record for record in change if record[key] in known]
    assert len(change) == loaded.change_rows[dataset] == SIZES.new + SIZES.corrections
    assert len(corrections) == len({record[key] for record in corrections}) == SIZES.corrections
    assert len({record[key] for record in change}) == len(change)
    day = CHANGE_DAY.isoformat() if dataset == WORK_RECORDS else f"{CHANGE_DAY:%Y%m%d}"
    assert all(record[version].startswith(day) for record in change)


def test_corrections_are_of_past_months_and_more_of_late_ones(loaded: Workload) -> None:
    known = {record["FileId"] for record in records(loaded.sample, WORK_RECORDS)}
    months = [record["ClosedAt"][:7] for record in records(loaded.change, WORK_RECORDS) if record["FileId"] in known]
    assert all(month < f"{CHANGE_DAY:%Y-%m}" for month in months)
    assert sum(month >= "2023-10" for month in months) > len(months) / 2


def test_a_workload_is_generated_once_and_again_the_same(loaded: Workload, tmp_path: Path) -> None:
    folder = loaded.sample.parent.parent
    written = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    assert workload.prepare(folder, SIZES) == loaded
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()} == written
    again = workload.prepare(tmp_path, SIZES)
    for dataset in (WORK_RECORDS, DOSSIERS):
        assert list(records(again.change, dataset)) == list(records(loaded.change, dataset))


def test_another_generator_makes_the_workload_anew(loaded: Workload, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = replace(SIZES, work_records=60, dossiers=60, new=1, corrections=1)
    first = workload.prepare(tmp_path, sizes)
    (first.change / "left over").touch()
    monkeypatch.setattr(workload, "_generator_fingerprint", lambda: "another")
    assert not (workload.prepare(tmp_path, sizes).change / "left over").exists()


def test_more_corrections_than_records_is_refused(loaded: Workload, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"eoffice/work_records has \d+ records to correct, 5000 were asked"):
        workload.write_change(loaded.sample, tmp_path, new=0, corrections=5000)


def test_negative_sizes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="corrections"):
        workload.prepare(tmp_path, replace(SIZES, corrections=-1))


# --- the minimal jobs -------------------------------------------------------------------------------------------------


def test_minimal_duckdb_finds_the_truth(loaded: Workload, duckdb_runs: dict[Phase, Run]) -> None:
    expected = compare.truth_figures(read_truth(loaded.truth))
    assert {figure.indicator for figure in expected} == set(INDICATORS)
    assert compare.figure_differences(expected, duckdb_runs[Phase.FULL].result.figures, "full load") == []


def test_the_change_adds_its_month_and_moves_past_ones(loaded: Workload, duckdb_runs: dict[Phase, Run]) -> None:
    before, after = (duckdb_runs[phase].result.figures for phase in Phase)
    month = f"{CHANGE_DAY:%Y-%m}"
    assert month_sums(before, month) == dict.fromkeys(INDICATORS, (0, 0))
    assert month_sums(after, month) == loaded.change_month
    assert set(before) - set(after)


@pytest.mark.spark
@pytest.mark.slow
def test_minimal_spark_finds_the_same_as_minimal_duckdb(
    spark: Any, loaded: Workload, duckdb_runs: dict[Phase, Run], tmp_path: Path
) -> None:
    from benchmarks import minimal_spark

    # A session of its own on the tests' Spark: its time zone and views are not the others'.
    session = spark.newSession()
    session.conf.set("spark.sql.session.timeZone", minimal_spark.TIME_ZONE)
    for table, dataset in TABLES:
        uri = f"{tmp_path.as_uri()}/{table}"
        minimal_spark.write(minimal_spark.newest_versions(session, str(loaded.sample / dataset), table), table, uri)
        minimal_spark.merge(minimal_spark.newest_versions(session, str(loaded.change / dataset), table), table, uri)
    found = minimal_spark.ratios(session, tmp_path.as_uri(), loaded.sample)
    assert compare.figure_differences(duckdb_runs[Phase.CHANGE].result.figures, found, "after the change") == []


def test_an_older_version_does_not_replace_a_newer_one(tmp_path: Path) -> None:
    table, connection = f"{tmp_path.as_uri()}/{WORK_RECORD}", minimal_duckdb.connect()

    def land(name: str, **changes: Any) -> Any:
        record = {
            "FileId": "1", "OrganId": "H41.1", "ConfidenceLevel": "thuong", "OpenedAt": "2023-01-02T08:00:00", "Status": "closed",
            "ClosedAt": "2023-01-31T23:30:00Z", "CreatedOnline": True, "ProcessedOnline": True, "SignedDigitally": True,
            "UpdatedAt": "2023-02-02T08:00:00+07:00", "Deleted": False, **changes,
        }  # fmt: skip
        (tmp_path / name).mkdir()
        (tmp_path / name / "one.ndjson").write_text(json.dumps(record) + "\n", encoding="utf-8")
        return minimal_duckdb.newest_versions(connection, tmp_path / name, WORK_RECORD)

    minimal_duckdb.write(land("first"), WORK_RECORD, table)
    minimal_duckdb.merge(land("older", Status="open", UpdatedAt="2023-02-02T00:59:59Z"), WORK_RECORD, table)
    files = minimal_duckdb.DeltaTable(table).file_uris()
    rows = connection.read_parquet(files).select("status", "closed_on").fetchall()
    # 23:30 of 31 January in UTC is 1 February in Vietnam.
    assert rows == [("closed", date(2023, 2, 1))]


# --- the pipeline's side ----------------------------------------------------------------------------------------------


def test_pipeline_figures_are_own_agencies_months_without_paper(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path.as_uri())
    releases.ensure_tables(warehouse)
    contract = load_contracts()["gold/indicator_value"]
    row = {
        "indicator": "work_records_online", "breakdown": "source=e_office", "level": "commune", "unit_code": "17617",
        "unit_valid_from": date(2021, 1, 1), "unit_level": "commune", "province_code": "40", "period_type": "month",
        "period_start": date(2023, 3, 1), "period_end": date(2023, 3, 31), "numerator": 3, "denominator": 4, "value": 0.75,
        "unit": "ratio", "run_id": "r", "computed_at": datetime(2024, 1, 1, tzinfo=UTC),
    }  # fmt: skip
    others = [
        {"breakdown": "", "denominator": 9},
        {"unit_level": "province", "unit_code": "40"},
        {"period_type": "quarter"},
        {"indicator": "dossiers_on_time", "breakdown": "", "denominator": 5},
        {"indicator": "dossiers_on_time", "breakdown": "service_level=full"},
        {"indicator": "dossiers_on_time", "breakdown": "", "numerator": 0, "denominator": 0, "unit_code": "17620"},
        {"indicator": "ocop_products_recognised", "breakdown": "", "denominator": None},
    ]
    warehouse.append(contract, [row, *({**row, **other} for other in others)])
    now = datetime(2024, 1, 1, tzinfo=UTC)
    releases.commit(warehouse, releases.RELEASE, run_id="r", now=now, as_of=date(2023, 3, 31), reference="units")
    warehouse.append(contract, [{**row, "unit_code": "not released"}])
    assert sorted(pipeline_figures(warehouse)) == [
        Figure("dossiers_on_time", "commune", "17617", "2023-03", 3, 5),
        Figure("work_records_online", "commune", "17617", "2023-03", 3, 4),
    ]


def test_what_runs_between_steps_is_a_stage_so_that_nothing_is_hidden() -> None:
    timings = [{"step": "stage", "table": "dossier", "seconds": 2.0, "spark_jobs": 3, "read": 7}]
    measured = stages(timings, 5.0)
    assert measured[0] == Stage("stage", "dossier", 2.0, 3)
    assert sum(stage.seconds for stage in measured) == pytest.approx(5.0)


# --- measuring --------------------------------------------------------------------------------------------------------


def test_memory_is_that_of_the_whole_tree_at_its_peak(tmp_path: Path) -> None:
    # The grandchild leaves the process group, as Spark's Python workers do.
    grandchild = "import os, time; os.setpgid(0, 0); held = b'x' * (96 << 20); time.sleep(1.5)"
    child = f"import subprocess, sys, time; held = b'x' * (96 << 20); subprocess.run([sys.executable, '-c', {grandchild!r}], check=True)"
    started = time.monotonic()
    usage = measure.run([sys.executable, "-c", child], {}, tmp_path / "log")
    assert 192 << 20 <= usage.peak_bytes < 320 << 20
    assert 1.5 <= usage.seconds <= time.monotonic() - started


def test_a_child_that_still_is_its_parent_is_not_counted() -> None:
    gib = 1 << 30
    jvm, worker = measure.Process(10, 6 * gib, 2 * gib), measure.Process(10, gib, gib // 4)
    vforked, forked_worker = measure.Process(11, 6 * gib, 2 * gib), measure.Process(12, gib, gib // 8)
    assert measure.resident_bytes({11: jvm, 12: worker, 13: vforked, 14: forked_worker}) == 2 * gib + gib // 4 + gib // 8


def test_a_contestant_that_fails_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    with pytest.raises(RunFailedError, match=r"exit code 3.*log:\nout of luck"):
        measure.run([sys.executable, "-c", "print('out of luck'); raise SystemExit(3)"], {}, tmp_path / "log")
    assert measure.run([sys.executable, "-c", "raise SystemExit(3)"], {}, tmp_path / "log", accepted=(0, 3)).exit_code == 3


def test_contestants_get_none_of_a_provinces_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NTM_EOFFICE_TOKEN", "not-to-be-passed-on")
    monkeypatch.setenv("NTM_WAREHOUSE", "s3://the-real-one")
    given_on = run.environment(Settings(home=tmp_path, shuffle_partitions=5, _env_file=None), tmp_path / "pipeline")
    assert "NTM_EOFFICE_TOKEN" not in given_on
    assert given_on["NTM_WAREHOUSE"] == (tmp_path / "pipeline" / "warehouse").as_uri()
    assert given_on["NTM_SHUFFLE_PARTITIONS"] == "5"


def test_stopwatch_counts_the_jobs_of_a_stage() -> None:
    counter = iter([4, 9, 9, 10])
    watch = Stopwatch(lambda: next(counter))
    with watch.stage("write", "dossier"):
        pass
    with watch.stage("ratios"):
        pass
    assert [(stage.name, stage.table, stage.spark_jobs) for stage in watch.stages] == [("write", "dossier", 5), ("ratios", "", 1)]
    assert watch.seconds == sum(stage.seconds for stage in watch.stages)


def test_task_and_result_survive_the_way_between_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    task = Task(Phase.CHANGE, tmp_path, tmp_path / "registry", tmp_path / "result.json", 12.25)
    monkeypatch.setattr(sys, "argv", ["contestant", *task.arguments()])
    assert Task.from_arguments() == task
    result = a_result(4.0, [Stage("gate", "dossier", 1.0, 3)], [Figure("i", "commune", "17617", "2023-01", 1, 2)])
    result.write(task.result)
    assert Result.read(task.result) == result


# --- what is told -----------------------------------------------------------------------------------------------------


def a_result(load_seconds: float, told: list[Stage] | None = None, found: list[Figure] | None = None) -> Result:
    return Result(Phase.FULL, 1.0, 2.0, load_seconds, tuple(told or ()), tuple(found or ()), 0.5, {"read": 2})


def a_run(contestant: str, load_seconds: float, peak_bytes: int = 1 << 30, told: list[Stage] | None = None) -> Run:
    return Run(contestant, 1000, peak_bytes, a_result(load_seconds, told))


def loads(pipeline: float, spark: float, duckdb: float, **more: Any) -> dict[str, Run]:
    return {
        MINIMAL_DUCKDB: a_run(MINIMAL_DUCKDB, duckdb),
        MINIMAL_SPARK: a_run(MINIMAL_SPARK, spark),
        PIPELINE: a_run(PIPELINE, pipeline, **more),
    }


def test_goals_at_their_bounds() -> None:
    gates = [Stage("gate", "dossier", 10.0, 1), Stage("checks", "", 5.0, 1), Stage("stage", "dossier", 85.0, 1)]
    met = run.goals(loads(100, 50, 10, told=gates), loads(9.9, 30, 1), run.Demo(179, 1))
    assert [goal.reached for goal in met] == [True] * 5
    gates[0] = Stage("gate", "dossier", 10.1, 1)
    missed = run.goals(loads(100, 49.9, 10, told=gates, peak_bytes=6 << 30), loads(10, 30, 1), run.Demo(180, 1))
    assert [goal.reached for goal in missed] == [False] * 5


def test_exit_code_says_what_fell_short() -> None:
    reached, missed = Goal("", "", "", True), Goal("", "", "", False)
    assert run.exit_code([], [reached], Sizes()) == 0
    assert run.exit_code([], [reached, missed], Sizes()) == run.FELL_SHORT
    assert run.exit_code([], [missed], SIZES) == 0
    assert run.exit_code(["not the same"], [reached], SIZES) == run.FAILED


@given(st.lists(st.tuples(st.floats(0.1, 1e4), st.integers(0, 1 << 40)), min_size=1, max_size=7))
def test_typical_run_is_a_measured_one_with_the_most_memory(measured: list[tuple[float, int]]) -> None:
    runs = [a_run(PIPELINE, seconds, peak) for seconds, peak in measured]
    chosen = run.typical(runs)
    seconds = [one.result.load_seconds for one in runs]
    assert chosen.result in [one.result for one in runs]
    assert chosen.peak_bytes == max(peak for _, peak in measured)
    assert sum(one < chosen.result.load_seconds for one in seconds) <= len(seconds) / 2
    assert sum(one > chosen.result.load_seconds for one in seconds) <= len(seconds) / 2


def test_tables_show_ratios_and_stages() -> None:
    told = [
        Stage("stage", "work_record", 60.0, 2),
        Stage("stage", "organisation", 20.0, 3),
        Stage("between, less side by side", "", 20.0, None),
    ]
    full, change = loads(100, 50, 10, told=told), loads(5, 25, 1)
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(run.contestant_table("Full load", full, None))
    console.print(run.contestant_table("Day of change", change, full))
    console.print(run.stage_table("Stages", full[PIPELINE].result, ("work_record", "dossier")))
    lines = [line.split() for line in console.export_text().splitlines()]
    assert ["pipeline", "1,000", "1.0", "2.0", "100.0", "10", "2.00", "10.00", "1,024"] in lines
    assert ["pipeline", "1,000", "1.0", "2.0", "5.0", "200", "5.0%", "1,024"] in lines
    assert ["stage", "60.0", "20.0", "80.0", "5", "80.0%"] in lines
    assert ["between,", "less", "side", "by", "side", "20.0", "20.0", "–", "20.0%"] in lines


# --- whether the results are the same ---------------------------------------------------------------------------------


def test_differences_are_told_whichever_side_they_are_on() -> None:
    key = ("dossiers_on_time", "commune", "17617", "2023-01")
    known = [Figure(*key, 1, 2), Figure("dossiers_on_time", "district", "427", "2023-01", 1, 1)]
    found = [Figure(*key, 2, 2), Figure("work_records_online", "district", "427", "2023-01", 1, 1)]
    assert compare.figure_differences(known, known[::-1], "x") == []
    assert compare.figure_differences(known, found, "x") == [
        "x: dossiers_on_time, commune, 17617, 2023-01: 2/2, expected 1/2",
        "x: dossiers_on_time, district, 427, 2023-01: nothing, expected 1/1",
        "x: work_records_online, district, 427, 2023-01: 1/1, expected nothing",
    ]
    many = [Figure("i", "l", str(number), "m", 1, 1) for number in range(9)]
    assert compare.figure_differences(many, [], "x")[-1] == "x: 6 more figures differ"


def test_lost_rows_and_a_change_that_was_not_loaded_are_told(loaded: Workload, duckdb_runs: dict[Phase, Run]) -> None:
    truth = read_truth(loaded.truth)
    full, after = (duckdb_runs[phase].result for phase in Phase)
    counted = replace(full, counts=compare.truth_counts(truth))
    assert compare.full_differences(truth, dict.fromkeys(CONTESTANTS, counted), PIPELINE) == []
    lost = replace(full, counts={**counted.counts, "rejected": counted.counts["rejected"] - 1})
    assert ["rows rejected" in told for told in compare.full_differences(truth, {PIPELINE: lost}, PIPELINE)] == [True]

    rows = sum(loaded.change_rows.values())
    changed = replace(after, counts={"read": rows, "accepted": rows, "rejected": 0, "duplicate": 0, "withheld": 0})
    assert compare.change_differences(loaded, dict.fromkeys(CONTESTANTS, changed), PIPELINE) == []
    not_loaded = replace(changed, figures=full.figures)
    told = compare.change_differences(loaded, {PIPELINE: changed, MINIMAL_SPARK: not_loaded}, PIPELINE)
    assert any(f"{MINIMAL_SPARK}: work_records_online of 2024-01 is 0/0" in sentence for sentence in told)


@pytest.mark.parametrize(("lost", "code"), [(0, 0), (1, run.FAILED)])
def test_the_command_prints_writes_and_exits_by_what_was_found(
    loaded: Workload,
    duckdb_runs: dict[Phase, Run],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    lost: int,
    code: int,
) -> None:
    counts = compare.truth_counts(read_truth(loaded.truth))
    rows = sum(loaded.change_rows.values())
    phases = {Phase.FULL: counts, Phase.CHANGE: {**dict.fromkeys(counts, 0), "read": rows, "accepted": rows - lost}}
    runs = {
        phase: {
            name: [replace(duckdb_runs[phase], contestant=name, result=replace(duckdb_runs[phase].result, counts=expected))]
            for name in CONTESTANTS
        }
        for phase, expected in phases.items()
    }
    monkeypatch.setattr(run, "measured", lambda *_: runs)
    with pytest.raises(typer.Exit) as ended:
        run.bench(
            *(getattr(SIZES, size.name) for size in fields(SIZES)),
            repeat=1,
            folder=loaded.sample.parent.parent,
            with_demo=False,
            json_file=tmp_path / "bench.json",
        )
    assert ended.value.exit_code == code
    printed = capsys.readouterr()
    assert ("All contestants found the same" in printed.out) == (code == 0)
    assert (f"{rows - 1} rows accepted, expected {rows}" in " ".join(printed.err.split())) == (code != 0)
    written = json.loads((tmp_path / "bench.json").read_text(encoding="utf-8"))
    assert set(written["runs"]["full"]) == set(CONTESTANTS)
    assert len(written["differences"]) == lost
