"""What a pull landed is judged before its watermark moves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jobs import steps
from jobs.extract.judged import settle
from jobs.extract.pull_states import PullState, note_failure, note_success, pull_states, watermark_store
from jobs.extract.sources import PULL_SOURCES
from jobs.extract.watermarks import Watermark, WatermarkStore
from jobs.ops import ledger
from jobs.ops.ledger import Entry, State
from jobs.settings import Settings, get_settings
from tests.support.source_server import SourceServer
from tests.support.workspace import Workspace, work_record

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.default_engine

WORK_RECORDS, DOSSIERS = PULL_SOURCES
MOMENT = datetime(2025, 2, 18, 9, 41, 10, tzinfo=UTC)
LATER = MOMENT + timedelta(days=1)
PULL = "pull-20250219T010000Z-0123456789ab"


@pytest.fixture
def store(tmp_path: Path) -> WatermarkStore:
    """Pulled up to MOMENT and judged, then up to LATER in two objects."""
    made = watermark_store(tmp_path)
    made.advance("eoffice", "work_records", MOMENT, frozenset({"a"}))
    made.note("eoffice", "work_records", LATER, frozenset({"b"}), PULL, 2)
    return made


def entry(page: int, state: State = State.LOADED, **more: Any) -> Entry:
    counts = {f"rows_{name}": more.pop(name, 0) for name in ("accepted", "rejected", "duplicate", "withheld")}
    values = {
        "path": f"eoffice/work_records/dt=2025-02-19/{PULL}-{page:05d}.ndjson",
        "object_id": f"{page}" * 64,
        "dataset": "eoffice/work_records",
        "table": "silver/work_record",
        "size": 1,
        "storage_version": "1",
        "state": state,
        "received_at": LATER,
        "run_id": "r",
        "rows_read": sum(counts.values()),
    }
    return Entry(**{**values, **counts, **more})


def settled(store: WatermarkStore, *entries: Entry) -> str | None:
    return settle(WORK_RECORDS, store, entries, Settings(home=store.directory, _env_file=None))


def test_the_next_pull_goes_on_from_what_is_not_judged_yet(store: WatermarkStore) -> None:
    assert store.read("eoffice", "work_records") == Watermark(LATER, frozenset({"b"}), MOMENT, {PULL: 2})


@pytest.mark.parametrize(
    "entries",
    [
        (entry(1, accepted=10), entry(2, accepted=1, rejected=9)),
        (entry(1, rejected=4), entry(2)),  # too few to say anything of the source
        (entry(1, rejected=1, withheld=9, accepted=1), entry(2, duplicate=20)),
        (entry(1, accepted=5), entry(2, State.DUPLICATE, duplicate=9)),
    ],
)
def test_what_is_judged_becomes_the_watermark(store: WatermarkStore, entries: tuple[Entry, ...]) -> None:
    assert settled(store, *entries) is None
    assert store.read("eoffice", "work_records") == Watermark(LATER, frozenset({"b"}), LATER)
    assert settled(store, *entries) is None


EARLIER = entry(9, rejected=50, path="eoffice/work_records/dt=2025-02-01/by-hand.ndjson")


@pytest.mark.parametrize(
    ("entries", "why"),
    [
        ((entry(1, rejected=20), entry(2, rejected=19, accepted=1)), "39 of 40 rows of the last pull were rejected"),
        ((entry(1, rejected=5), entry(2, duplicate=100, withheld=100)), "5 of 5 rows of the last pull were rejected"),
        (
            (EARLIER, entry(1, State.DUPLICATE, object_id=EARLIER.object_id, duplicate=50), entry(2)),
            "50 of 50 rows of the last pull were rejected",
        ),
        ((entry(1, accepted=50), entry(2, State.DISCARDED)), "objects of the last pull were discarded"),
    ],
)
def test_what_nearly_all_was_rejected_is_refused_and_the_watermark_kept(
    store: WatermarkStore, entries: tuple[Entry, ...], why: str
) -> None:
    sentence = settled(store, *entries)
    assert sentence is not None
    assert sentence.startswith(f"eoffice/work_records: {why}; the watermark stays at 2025-02-18 09:41:10 UTC")
    assert store.read("eoffice", "work_records") == Watermark(MOMENT, frozenset({"a"}), MOMENT)


def test_a_first_pull_that_is_refused_leaves_no_watermark(tmp_path: Path) -> None:
    store = watermark_store(tmp_path)
    store.note("eoffice", "work_records", LATER, frozenset({"b"}), PULL, 1)
    sentence = settled(store, entry(1, rejected=40))
    assert sentence is not None
    assert "there is no watermark" in sentence
    assert store.read("eoffice", "work_records") is None


@pytest.mark.parametrize("entries", [(), (entry(1, rejected=40),), (entry(1, rejected=40), entry(2, State.REPLAY))])
def test_nothing_is_decided_before_all_is_judged(store: WatermarkStore, entries: tuple[Entry, ...]) -> None:
    before = store.read("eoffice", "work_records")
    assert settled(store, *entries) is None
    assert store.read("eoffice", "work_records") == before


def test_what_a_person_let_through_a_gate_is_not_refused(store: WatermarkStore) -> None:
    assert settled(store, entry(1, State.HELD), entry(2, State.HELD)) is None
    held = store.read("eoffice", "work_records")
    assert held is not None
    assert (held.confirmed, held.held) == (MOMENT, True)
    assert settled(store, entry(1, State.APPROVED), entry(2, State.APPROVED)) is None
    assert settled(store, entry(1, rejected=40), entry(2, rejected=40)) is None
    assert store.read("eoffice", "work_records") == Watermark(LATER, frozenset({"b"}), LATER)


def test_the_state_says_the_last_pull_the_last_failure_and_the_watermark(store: WatermarkStore, tmp_path: Path) -> None:
    assert pull_states(tmp_path) == {}
    note_failure(tmp_path, WORK_RECORDS, MOMENT, "the e-office gave no answer")
    note_failure(tmp_path, DOSSIERS, MOMENT, "nobody there")
    assert pull_states(tmp_path)["portal/dossiers"] == PullState(last_failure=MOMENT, failure="nobody there")
    note_success(tmp_path, WORK_RECORDS, LATER)
    file = tmp_path / "state" / "pulls" / "eoffice.work_records.json"
    assert json.loads(file.read_text()) == {
        "last_success": "2025-02-19T09:41:10Z",
        "last_failure": "2025-02-18T09:41:10Z",
        "failure": None,
        "watermark": "2025-02-18T09:41:10Z",
    }
    file.write_text("{")
    assert pull_states(tmp_path)["eoffice/work_records"] == PullState()


@pytest.fixture
def pulled(tmp_path: Path, spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Workspace, SourceServer]]:
    """A workspace whose e-office is a server."""
    made = Workspace(tmp_path / "home")
    made.land_organisations()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with SourceServer({WORK_RECORDS.path: []}, token="not-a-secret") as server:
        for name, value in (("HOME", made.home), ("EOFFICE_URL", server.url), ("EOFFICE_TOKEN", "not-a-secret")):
            monkeypatch.setenv(f"NTM_{name}", str(value))
        get_settings.cache_clear()
        yield made, server
    get_settings.cache_clear()


@pytest.mark.slow
def test_a_source_that_sends_nothing_but_errors_keeps_its_watermark(pulled: tuple[Workspace, SourceServer]) -> None:
    workspace, server = pulled
    good = [work_record(f"HS-{number}") for number in range(40)]
    server.records[WORK_RECORDS.path] = [{**record, "Status": "xong"} for record in good]

    assert steps.ingest("eoffice")["waiting"] == 1
    (refused,) = steps.standardise()["refused"]
    assert refused.startswith("eoffice/work_records: 40 of 40 rows of the last pull were rejected; there is no watermark")
    state = pull_states(workspace.home)["eoffice/work_records"]
    assert (state.watermark, state.failure) == (None, refused)
    assert state.last_success is not None

    # The source is mended without a new stamp: the next pull asks for everything again, and all of it counts.
    server.records[WORK_RECORDS.path] = good
    assert steps.ingest("eoffice")["pull"]["records"] == 40
    assert steps.standardise()["refused"] == []
    state = pull_states(workspace.home)["eoffice/work_records"]
    assert state.watermark == datetime.fromisoformat(good[0]["UpdatedAt"])
    assert state.failure is None
    assert len(workspace.rows("silver/work_record")) == 40
    assert sum(found.rows_rejected for found in ledger.entries(workspace.warehouse)) == 40
    assert steps.ingest("eoffice")["pull"]["records"] == 0
