"""The benchmark: its workload, what is measured, and (slow) the minimal jobs against the truth and each other."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from benchmarks import compare, measure, minimal_delta, minimal_duckdb, runner, workload
from benchmarks.contestant import Figure, Phase, Result, Stage, Stopwatch, Task
from benchmarks.contestants import CONTESTANTS, MINIMAL_DUCKDB, MINIMAL_POLARS, MINIMAL_SAIL, Contestant
from benchmarks.minimal import DOSSIER, WORK_RECORD
from benchmarks.pipeline import figures as pipeline_figures
from benchmarks.pipeline import stages
from benchmarks.runner import Command, Measurement, Run, Runner
from benchmarks.workload import CHANGE_DAY, DOSSIERS, INDICATORS, WORK_RECORDS, Sizes, Workload, landed_lines
from jobs.engine.tables import Warehouse
from jobs.errors import RunFailedError, UsageError
from jobs.ops import releases
from jobs.sample.truth import read_truth
from jobs.settings import Settings
from tests.support.released import with_tables
from warehouse_schema.contracts import load_contracts

SIZES = Sizes(records=700, months=12, new=40, corrections=30)
FIGURE = Figure("i", "commune", "17617", "2023-01", 1, 2)
TABLES = ((WORK_RECORD, WORK_RECORDS), (DOSSIER, DOSSIERS))
KEY_AND_VERSION = {WORK_RECORDS: ("FileId", "UpdatedAt"), DOSSIERS: ("MaHoSo", "NgayCapNhat")}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Workload:
    return workload.prepare(tmp_path_factory.mktemp("bench"), SIZES)


@pytest.fixture(scope="module")
def runs_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def started(loaded: Workload, runs_folder: Path) -> Runner:
    return Runner(Settings(home=runs_folder, _env_file=None), runs_folder, loaded, lambda _: None)


@pytest.fixture(scope="module")
def measured(started: Runner) -> dict[Contestant, Measurement]:
    """The minimal jobs that need no JVM as `make bench` runs them: each phase in a process of its own."""
    return {one: started.measure(one, with_day=True) for one in (MINIMAL_DUCKDB, MINIMAL_POLARS, MINIMAL_SAIL)}


@pytest.fixture(scope="module")
def duckdb_results(measured: dict[Contestant, Measurement]) -> dict[Phase, Result]:
    run = measured[MINIMAL_DUCKDB]
    assert run.day
    return {Phase.FULL: run.full.result, Phase.CHANGE: run.day.result}


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


@pytest.mark.slow
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


@pytest.mark.slow
def test_corrections_are_of_past_months_and_more_of_late_ones(loaded: Workload) -> None:
    known = {record["FileId"] for record in records(loaded.sample, WORK_RECORDS)}
    months = [record["ClosedAt"][:7] for record in records(loaded.change, WORK_RECORDS) if record["FileId"] in known]
    assert all(month < f"{CHANGE_DAY:%Y-%m}" for month in months)
    assert sum(month >= "2023-10" for month in months) > len(months) / 2


@pytest.mark.slow
def test_a_workload_is_generated_once_and_again_the_same(loaded: Workload, tmp_path: Path) -> None:
    folder = loaded.sample.parent.parent
    written = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    assert workload.prepare(folder, SIZES) == loaded
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()} == written
    again = workload.prepare(tmp_path, SIZES)
    for dataset in (WORK_RECORDS, DOSSIERS):
        assert list(records(again.change, dataset)) == list(records(loaded.change, dataset))


@pytest.mark.slow
def test_another_generator_makes_the_workload_anew(loaded: Workload, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = replace(SIZES, records=60, new=1, corrections=1)
    first = workload.prepare(tmp_path, sizes)
    (first.change / "left over").touch()
    monkeypatch.setattr(workload, "generator_fingerprint", lambda: "another")
    assert not (workload.prepare(tmp_path, sizes).change / "left over").exists()


@pytest.mark.slow
def test_more_corrections_than_records_is_refused(loaded: Workload, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"eoffice/work_records has \d+ records to correct, 5000 were asked"):
        workload.write_change(loaded.sample, tmp_path, new=0, corrections=5000)


def test_sizes_that_cannot_be_had_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="corrections"):
        workload.prepare(tmp_path, replace(SIZES, corrections=-1))
    with pytest.raises(UsageError, match="37 months of history: expected 1 to 36"):
        workload.prepare(tmp_path, replace(SIZES, months=37))


@pytest.mark.parametrize(("months", "first"), [(1, date(2023, 12, 1)), pytest.param(36, date(2021, 1, 1), marks=pytest.mark.slow)])
def test_histories_end_with_the_last_day_and_hold_so_many_months(tmp_path: Path, months: int, first: date) -> None:
    sizes = Sizes(records=400, months=months, new=5, corrections=5)
    assert sizes.first_day == first
    found = workload.prepare(tmp_path, sizes)
    truth = read_truth(found.truth)
    assert (truth.date_from, truth.date_to) == (first.isoformat(), workload.LAST_DAY.isoformat())
    closed = {row.month for row in truth.unit_months if row.indicator == "work_records_online" and row.denominator_without_paper}
    assert {month for month in closed if month >= f"{first:%Y-%m}"} == set(months_until_the_end(months))
    # What is compared must not turn on a unit that changed, nor on records from before units are known.
    connection = minimal_duckdb.connect()
    for table, dataset in TABLES:
        rows = minimal_duckdb.newest_versions(connection, found.sample / dataset, table)
        minimal_delta.write(rows.to_arrow_reader(), table, f"{tmp_path.as_uri()}/tables/{table}")
    figures = minimal_duckdb.ratios(minimal_duckdb.connect(), f"{tmp_path.as_uri()}/tables", found.sample)
    assert compare.figure_differences(compare.truth_figures(truth), figures, "history") == []


def months_until_the_end(count: int) -> Iterator[str]:
    for number in range(count):
        year, month = divmod(workload.LAST_DAY.year * 12 + workload.LAST_DAY.month - 1 - number, 12)
        yield f"{year}-{month + 1:02d}"


# --- the minimal jobs -------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_minimal_jobs_find_the_truth_and_the_same_after_the_change(loaded: Workload, measured: dict[Contestant, Measurement]) -> None:
    assert {figure.indicator for figure in measured[MINIMAL_DUCKDB].full.result.figures} == set(INDICATORS)
    assert compare.differences(loaded, measured) == []


@pytest.mark.slow
def test_minimal_jobs_write_the_same_tables(loaded: Workload, tmp_path: Path) -> None:
    from benchmarks import minimal_polars

    connection = minimal_duckdb.connect()
    for table, dataset in TABLES:
        for phase, folder in ((minimal_delta.write, loaded.sample), (minimal_delta.merge, loaded.change)):
            phase(minimal_polars.newest_versions(folder / dataset, table).to_arrow(), table, f"{tmp_path.as_uri()}/polars/{table}")
            rows = minimal_duckdb.newest_versions(connection, folder / dataset, table).to_arrow_table()
            phase(rows, table, f"{tmp_path.as_uri()}/duckdb/{table}")
        one, other = (
            connection.read_parquet(minimal_duckdb.DeltaTable(f"{tmp_path.as_uri()}/{name}/{table}").file_uris())
            for name in ("polars", "duckdb")
        )
        assert (one.columns, one.types, len(one)) == (other.columns, other.types, SIZES.records + SIZES.new)
        assert len(one.except_(other)) == len(other.except_(one)) == 0


@pytest.mark.slow
def test_the_change_adds_its_month_and_moves_past_ones(loaded: Workload, duckdb_results: dict[Phase, Result]) -> None:
    before, after = (duckdb_results[phase].figures for phase in Phase)
    month = f"{CHANGE_DAY:%Y-%m}"
    assert month_sums(before, month) == dict.fromkeys(INDICATORS, (0, 0))
    assert month_sums(after, month) == loaded.change_month
    assert set(before) - set(after)


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

    minimal_delta.write(land("first").to_arrow_reader(), WORK_RECORD, table)
    minimal_delta.merge(land("older", Status="open", UpdatedAt="2023-02-02T00:59:59Z").to_arrow_table(), WORK_RECORD, table)
    files = minimal_duckdb.DeltaTable(table).file_uris()
    rows = connection.read_parquet(files).select("status", "closed_on").fetchall()
    # 23:30 of 31 January in UTC is 1 February in Vietnam.
    assert rows == [("closed", date(2023, 2, 1))]


# --- the pipeline's side ----------------------------------------------------------------------------------------------


def test_pipeline_figures_are_own_agencies_months_without_paper(tmp_path: Path) -> None:
    warehouse = with_tables(Warehouse(tmp_path.as_uri()))
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
    releases.commit(warehouse, releases.RELEASE, run_id="r", now=now, as_of=date(2023, 3, 31), reference="units", definitions={})
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


@pytest.mark.slow
def test_what_a_process_leaves_behind_is_waited_for_and_not_timed(tmp_path: Path) -> None:
    ended = tmp_path / "ended"
    left = f"import time; from pathlib import Path; time.sleep(1); Path({str(ended)!r}).touch()"
    usage = measure.run(
        [sys.executable, "-c", f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {left!r}])"], {}, tmp_path / "log"
    )
    assert ended.exists()
    assert usage.seconds < 1


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
    given_on = runner.environment(Settings(home=tmp_path, shuffle_partitions=5, _env_file=None), tmp_path / "pipeline", "sail")
    assert "NTM_EOFFICE_TOKEN" not in given_on
    assert given_on["NTM_WAREHOUSE"] == (tmp_path / "pipeline" / "warehouse").as_uri()
    assert given_on["NTM_SHUFFLE_PARTITIONS"] == "5"
    assert given_on["NTM_ENGINE"] == "sail"


def test_stopwatch_counts_the_jobs_of_a_stage() -> None:
    counter = iter([4, 9, 9, 10, None, None])
    watch = Stopwatch(lambda: next(counter))
    with watch.stage("write", "dossier"):
        pass
    for name in ("ratios", "where nobody counts"):
        with watch.stage(name):
            pass
    assert [(stage.name, stage.spark_jobs) for stage in watch.stages] == [("write", 5), ("ratios", 1), ("where nobody counts", None)]
    assert watch.seconds == sum(stage.seconds for stage in watch.stages)


def test_task_and_result_survive_the_way_between_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    task = Task(Phase.CHANGE, tmp_path, tmp_path / "registry", tmp_path / "result.json", 12.25)
    monkeypatch.setattr(sys, "argv", ["contestant", *task.arguments()])
    assert Task.from_arguments() == task
    result = Result(Phase.FULL, 1.0, 2.0, 4.0, (Stage("gate", "dossier", 1.0, 3),), (FIGURE,), 0.5, {"read": 2})
    result.write(task.result)
    assert Result.read(task.result) == result


def test_measurement_survives_the_way_to_a_file(tmp_path: Path) -> None:
    run = Run(7, 9.5, 1 << 20, Result(Phase.FULL, 1.0, 2.0, 4.0, (Stage("gate", "dossier", 1.0, None),), (FIGURE,)))
    for measurement in (Measurement(run), Measurement(run, run, Command(3.0, 5), (FIGURE,))):
        measurement.write(tmp_path / "kept" / "one.json")
        assert Measurement.read(tmp_path / "kept" / "one.json") == measurement


@pytest.mark.slow
def test_a_day_is_loaded_into_a_copy_each_time(
    started: Runner, runs_folder: Path, measured: dict[Contestant, Measurement], duckdb_results: dict[Phase, Result]
) -> None:
    assert set(started.day(MINIMAL_DUCKDB).result.figures) == set(duckdb_results[Phase.CHANGE].figures)
    assert minimal_duckdb.DeltaTable(runs_folder / MINIMAL_DUCKDB.name / "warehouse" / DOSSIER).version() == 0


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


@pytest.mark.slow
def test_lost_rows_and_a_change_that_was_not_loaded_are_told(loaded: Workload, duckdb_results: dict[Phase, Result]) -> None:
    truth = read_truth(loaded.truth)
    full, after = (duckdb_results[phase].figures for phase in Phase)
    counts = compare.truth_counts(truth)
    assert compare.full_differences(truth, dict.fromkeys(CONTESTANTS, full), {"pipeline": counts}) == []
    lost = {**counts, "rejected": counts["rejected"] - 1}
    assert ["rows rejected" in told for told in compare.full_differences(truth, {"pipeline": full}, {"pipeline": lost})] == [True]

    rows = sum(loaded.change_rows.values())
    accepted = {"read": rows, "accepted": rows, "rejected": 0, "duplicate": 0, "withheld": 0}
    assert compare.change_differences(loaded, dict.fromkeys(CONTESTANTS, after), {"pipeline": accepted}) == []
    told = compare.change_differences(loaded, {"pipeline": after, "the other": full}, {"pipeline": accepted})
    assert any("the other: work_records_online of 2024-01 is 0/0" in sentence for sentence in told)
    told = compare.change_differences(loaded, {"pipeline": after}, {"pipeline": {**accepted, "accepted": rows - 1}})
    assert told == [f"day of change, pipeline: {rows - 1} rows accepted, expected {rows}"]
