"""What a run tells: from its events alone, an indicator is followed back to what landed, and a column of gold to a field of the source."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from jobs import steps
from jobs.errors import NtmError, RunFailedError, UsageError
from jobs.lineage import receiver
from jobs.settings import get_settings
from tests.jobs.lineage.test_receiver import served
from tests.support.source_server import SourceServer
from tests.support.workspace import COMMUNE_ORGAN, PROVINCE_ORGAN, Workspace, dossier, organisation, work_record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyspark.sql import SparkSession

pytestmark = pytest.mark.default_engine

DAY = "2025-06-30"
DAG_RUN = ("standardise", "manual__2025-06-30")
Event = dict[str, Any]


@contextmanager
def settings_of(home: Path, **more: str) -> Iterator[None]:
    """The settings of this process for a workspace."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"NTM_HOME": str(home), **more}.items():
            patch.setenv(name, value)
        get_settings.cache_clear()
        receiver.receiver_at.cache_clear()
        yield
    get_settings.cache_clear()
    receiver.receiver_at.cache_clear()


def read(file: Path) -> list[Event]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


@dataclass(frozen=True)
class Run:
    """A workspace after one run, and the events of its two steps."""

    workspace: Workspace
    events: list[Event]

    @property
    def ended(self) -> dict[str, Event]:
        """The last event of each job."""
        return {event["job"]["name"]: event for event in self.events if event["eventType"] != "START"}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> Run:
    folder = tmp_path_factory.mktemp("lineage")
    workspace = Workspace(folder / "home")
    workspace.land_organisations(organisation(PROVINCE_ORGAN), organisation(COMMUNE_ORGAN), name="Nguyễn Thị Nộp.csv")
    records = [
        work_record("r1"),
        work_record("r2", ProcessedOnline=False),
        work_record("r3", Status="odd"),
        work_record("r4", ConfidenceLevel="mat"),
    ]
    workspace.land_records("eoffice/work_records/dt=2025-03-01/Nguyễn Thị Nộp.ndjson", records)
    workspace.land_records("portal/dossiers/dt=2025-03-01/a.ndjson", [dossier("d1")])
    with settings_of(workspace.home, NTM_LINEAGE=(folder / "events.ndjson").as_uri()):
        assert "lineage" not in steps.standardise(DAY, dag_run=DAG_RUN)
        assert steps.indicators(DAY)["release"] == 1
    return Run(workspace, read(folder / "events.ndjson"))


def names(datasets: list[Event]) -> set[str]:
    return {one["name"] for one in datasets}


def upstream(events: list[Event], job: str) -> set[tuple[str, str]]:
    """All datasets that a job's output is made of, however far back, by events alone."""
    found: set[tuple[str, str]] = set()
    left = [one for event in events if event["job"]["name"] == job for one in event.get("inputs", ())]
    while left:
        dataset = left.pop()
        known = (dataset["namespace"], dataset["name"])
        if known not in found:
            found.add(known)
            makers = [event for event in events if known in {(one["namespace"], one["name"]) for one in event.get("outputs", ())}]
            left += [one for event in makers for one in event["inputs"]]
    return found


def test_from_an_indicator_back_to_what_landed(run: Run) -> None:
    landing, warehouse = (f"{run.workspace.home.as_uri()}/{name}" for name in ("landing", "warehouse"))
    found = upstream(run.events, "ntm.indicators.work_records_online")
    assert {
        (landing, "eoffice/work_records"),
        (warehouse, "bronze/work_record"),
        (warehouse, "silver/work_record"),
        (landing, "registry/organisations"),
        (warehouse, "silver/organisation_period"),
        ("ntm-warehouse", "warehouse_schema/reference/units"),
    } <= found
    assert (landing, "portal/dossiers") not in found
    assert (landing, "portal/dossiers") in upstream(run.events, "ntm.indicators.dossiers_on_time")
    assert names(run.ended["ntm.indicators.work_records_online"]["outputs"]) == {"gold/indicator_value"}
    assert (landing, "eoffice/work_records") in upstream(run.events, "ntm.indicators.target_status")


def made_of(events: list[Event], dataset: str, column: str, job: str | None = None) -> set[tuple[str, str]]:
    """The columns that one is made of, one step back."""
    return {
        (origin["name"], origin["field"])
        for event in events
        if job in (None, event["job"]["name"])
        for one in event.get("outputs", ())
        if one["name"] == dataset
        for origin in one["facets"].get("columnLineage", {}).get("fields", {}).get(column, {}).get("inputFields", ())
    }


def test_a_column_from_gold_to_the_field_of_the_source(run: Run) -> None:
    numerator = made_of(run.events, "gold/indicator_value", "numerator", "ntm.indicators.work_records_online")
    assert ("silver/work_record", "processed_online") in numerator
    assert made_of(run.events, "silver/work_record", "processed_online") == {("bronze/work_record", "ProcessedOnline")}
    assert made_of(run.events, "bronze/work_record", "ProcessedOnline") == {("eoffice/work_records", "ProcessedOnline")}


def test_each_job_begins_and_ends_within_its_step_and_each_step_within_its_dag_run(run: Run) -> None:
    by_run: dict[str, list[str]] = {}
    for event in run.events:
        by_run.setdefault(event["run"]["runId"], []).append(event["eventType"])
    assert set(map(tuple, by_run.values())) == {("START", "COMPLETE")}
    assert set(Counter(event["job"]["name"] for event in run.events).values()) == {2}
    step, job = run.ended["ntm.standardise"], run.ended["ntm.standardise.work_record"]
    assert job["run"]["facets"]["parent"]["run"]["runId"] == step["run"]["runId"]
    assert step["run"]["facets"]["parent"]["job"]["name"] == "ntm.dag.standardise"
    assert job["run"]["facets"]["parent"]["root"]["run"] == step["run"]["facets"]["parent"]["run"]
    # Without Airflow a step is part of nothing.
    assert "parent" not in run.ended["ntm.indicators"]["run"]["facets"]


def test_counts_versions_and_the_release_are_those_of_the_tables(run: Run) -> None:
    border, load = run.ended["ntm.border.work_record"], run.ended["ntm.standardise.work_record"]
    assert border["inputs"][0]["inputFacets"]["inputStatistics"]["rowCount"] == 4
    outputs = {one["name"]: one for one in load["outputs"]}
    assert outputs["quarantine/work_record"]["outputFacets"]["outputStatistics"]["rowCount"] == 1
    versions = run.workspace.versions()
    assert outputs["silver/work_record"]["facets"]["version"]["datasetVersion"] == str(versions["silver/work_record"])
    tags = {one["key"]: one["value"] for one in run.ended["ntm.indicators"]["run"]["facets"]["tags"]["tags"]}
    assert tags == {"as_of": DAY, "release": "1"}
    values = run.workspace.rows("gold/indicator_value")
    stored = Counter(row["indicator"] for row in values)
    told = {
        name.removeprefix("ntm.indicators."): one["outputFacets"]["outputStatistics"]["rowCount"]
        for name, event in run.ended.items()
        for one in event["outputs"]
        if one["name"] == "gold/indicator_value"
    }
    assert {name: count for name, count in told.items() if count} == stored


def test_only_what_was_loaded_is_told(run: Run) -> None:
    loaded = {name.removeprefix("ntm.border.") for name in run.ended if name.startswith("ntm.border.")}
    assert loaded == {"organisation", "work_record", "dossier"}
    assert "ntm.standardise.village" not in run.ended


def without_words(of: Any) -> Any:
    """An event without the words of contracts, which are the same for every record."""
    if isinstance(of, dict):
        return {name: without_words(value) for name, value in of.items() if name != "description"}
    return [without_words(one) for one in of] if isinstance(of, list) else of


def test_no_event_has_anything_of_a_record_a_file_or_a_sender(run: Run) -> None:
    text = json.dumps(without_words(run.events), ensure_ascii=False)
    records = ["Nguyễn", "Thị Thử", "Trần Văn", "r1", "H41", "Sở Một", "099000000001", "Cấp bản sao", "odd", "17386"]
    files = ["Nộp", ".ndjson", "organisations.csv", "dt=", *(entry.object_id for entry in run.workspace.ledger().values())]
    assert [one for one in (*records, *files) if one in text] == []


def test_a_run_that_finds_nothing_new_tells_its_steps_alone(run: Run, tmp_path: Path) -> None:
    again = run.workspace.copy(tmp_path / "home")
    with settings_of(again.home, NTM_LINEAGE=(tmp_path / "events.ndjson").as_uri()):
        steps.standardise(DAY)
        steps.indicators(DAY)
    assert [(one["job"]["name"], one["eventType"]) for one in read(tmp_path / "events.ndjson")] == [
        (name, state) for name in ("ntm.standardise", "ntm.indicators") for state in ("START", "COMPLETE")
    ]


def test_a_rebuild_tells_its_loads_and_figures(run: Run, tmp_path: Path) -> None:
    again = run.workspace.copy(tmp_path / "home")
    with settings_of(again.home, NTM_LINEAGE=(tmp_path / "events.ndjson").as_uri()):
        steps.rebuild(["work_record"])
    told = {event["job"]["name"]: event for event in read(tmp_path / "events.ndjson")}
    assert {"ntm.rebuild", "ntm.border.work_record", "ntm.standardise.work_record", "ntm.indicators.work_records_online"} <= told.keys()
    assert "ntm.border.dossier" not in told
    assert told["ntm.border.work_record"]["run"]["facets"]["parent"]["job"]["name"] == "ntm.rebuild"


def failing(*_: Any) -> Any:
    raise RunFailedError("Nguyễn Thị Nộp.ndjson could not be read")


def test_a_step_that_fails_says_what_kind_of_failure_and_no_word_of_it(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    again = run.workspace.copy(tmp_path / "home")
    monkeypatch.setattr("jobs.silver.pipeline.standardise", failing)
    with settings_of(again.home, NTM_LINEAGE=(tmp_path / "events.ndjson").as_uri()):
        with pytest.raises(RunFailedError, match="could not be read"):
            steps.standardise(DAY)
        with pytest.raises(UsageError):
            steps.standardise("1800-01-01")
    events = read(tmp_path / "events.ndjson")
    assert [one["eventType"] for one in events] == ["START", "FAIL"], "a step that was refused before it began is no run"
    assert events[1]["run"]["facets"]["errorMessage"]["message"] == "RunFailedError"
    assert "Nguyễn" not in (tmp_path / "events.ndjson").read_text(encoding="utf-8")


def test_a_receiver_that_hangs_holds_up_no_run_and_no_lock_and_is_warned_of_once(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    again = run.workspace.copy(tmp_path / "home")
    again.land_records("eoffice/work_records/dt=2025-03-02/b.ndjson", [work_record("r5")])
    monkeypatch.setattr(receiver, "TIMEOUT", 0.5)
    over, asked = threading.Event(), threading.Event()
    free: list[bool] = []

    def hang(_: Any) -> None:
        from jobs.lock import writer_lock

        try:
            with writer_lock(again.settings):
                free.append(True)
        except NtmError:
            free.append(False)
        asked.set()
        over.wait(20)

    with served(hang) as (url, _), settings_of(again.home, NTM_LINEAGE=url, NTM_LINEAGE_KEY="the-key"):
        with caplog.at_level(logging.WARNING, logger="ntm"):
            done = steps.standardise(DAY)
            began = time.monotonic()
            released = steps.indicators(DAY)
        over.set()
    assert released["release"] == 2
    assert done["lineage"] == released["lineage"] == "the receiver cannot be reached (ReadTimeout)"
    assert asked.is_set()
    assert time.monotonic() - began < 60
    assert free == [True]
    assert caplog.text.count("lineage is not told") == 1
    assert "the-key" not in caplog.text
    assert "127.0.0.1" not in caplog.text


def test_what_cannot_be_told_fails_no_step(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    again = run.workspace.copy(tmp_path / "home")
    monkeypatch.setattr("jobs.lineage.steps_told.jobs_ran", lambda *_: 1 / 0)
    with settings_of(again.home, NTM_LINEAGE=(tmp_path / "events.ndjson").as_uri()):
        assert steps.standardise(DAY)["lineage"] == "the events could not be made (ZeroDivisionError)"


def test_a_pull_is_told_from_the_source_to_what_landed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "landing").mkdir(parents=True)
    told = (tmp_path / "events.ndjson").as_uri()
    with SourceServer({"/api/v1/work-records": [work_record("r1"), work_record("r2")]}, token="t" * 20) as server:
        with settings_of(home, NTM_LINEAGE=told, NTM_EOFFICE_URL=server.url, NTM_EOFFICE_TOKEN="t" * 20):
            assert steps.ingest("eoffice")["pull"]["records"] == 2
            steps.ingest("registry")
        with settings_of(home, NTM_LINEAGE=told, NTM_EOFFICE_URL=server.url, NTM_EOFFICE_TOKEN="wrong"):
            assert steps.ingest("eoffice")["error"]
    start, end, _, failed = read(tmp_path / "events.ndjson")
    assert (start["job"]["name"], end["eventType"]) == ("ntm.ingest.eoffice", "COMPLETE"), "a source that nobody pulls is no job"
    assert [(one["namespace"], one["name"]) for one in end["inputs"]] == [(server.url, "api/v1/work-records")]
    (landed,) = end["outputs"]
    assert (landed["name"], landed["outputFacets"]["outputStatistics"]["rowCount"]) == ("eoffice/work_records", 2)
    assert (failed["eventType"], failed["run"]["facets"]["errorMessage"]["message"]) == ("FAIL", "SourceError")
