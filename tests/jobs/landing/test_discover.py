from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jobs.landing.discover import Discovery, discover
from jobs.landing.storage import LocalStorage
from jobs.ops.ledger import Entry, State

if TYPE_CHECKING:
    from pathlib import Path

DATASET, TABLE = "eoffice/work_records", "silver/work_record"
FIRST, OTHER = f"{DATASET}/dt=2025-03-01/a.ndjson", f"{DATASET}/dt=2025-03-02/b.ndjson"
NOW = dt.datetime(2025, 3, 3, tzinfo=dt.UTC)


def land(root: Path, *paths: str) -> None:
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("{}\n")


def found(root: Path, *ledger: Entry) -> Discovery:
    return discover(LocalStorage(root), list(ledger), "run-2", NOW)


def entry_of(root: Path, state: State) -> Entry:
    """The ledger's entry of the first object after it was found and came to a state."""
    (waiting,) = found(root).waiting[TABLE]
    return Entry(
        waiting.entry.path,
        waiting.entry.object_id,
        DATASET,
        TABLE,
        waiting.entry.size,
        waiting.entry.storage_version,
        state,
        NOW,
        "run-1",
    )


def test_the_same_content_under_another_name_is_a_copy(tmp_path: Path) -> None:
    land(tmp_path, FIRST, OTHER)
    both = found(tmp_path)
    assert [item.entry.path for item in both.waiting[TABLE]] == [FIRST]
    assert [entry.path for entry in both.copies] == [OTHER]


@pytest.mark.parametrize("state", [State.LOADED, State.HELD, State.APPROVED, State.DISCARDED])
def test_a_copy_of_what_the_ledger_knows_is_a_copy(tmp_path: Path, state: State) -> None:
    land(tmp_path, FIRST)
    known = entry_of(tmp_path, state)
    land(tmp_path, OTHER)
    assert [entry.path for entry in found(tmp_path, known).copies] == [OTHER]


@pytest.mark.parametrize(
    ("state", "lives_on"), [(State.HELD, True), (State.APPROVED, True), (State.LOADED, False), (State.DISCARDED, False)]
)
def test_what_a_sender_renamed_before_it_was_loaded_is_loaded_under_its_new_name(tmp_path: Path, state: State, lives_on: bool) -> None:
    land(tmp_path, FIRST)
    known = entry_of(tmp_path, state)
    land(tmp_path, OTHER)
    (tmp_path / FIRST).unlink()
    told = found(tmp_path, known)
    assert [item.entry.path for item in told.waiting.get(TABLE, [])] == ([OTHER] if lives_on else [])
    assert [entry.path for entry in told.copies] == ([] if lives_on else [OTHER])


@pytest.mark.parametrize(
    ("state", "rows", "settled"),
    [(State.REPLAY, 3, State.LOADED), (State.REPLAY, 0, State.FAILED), (State.APPROVED, 0, State.FAILED)],
)
def test_what_was_taken_away_before_it_was_read_waits_no_more(tmp_path: Path, state: State, rows: int, settled: State) -> None:
    land(tmp_path, FIRST)
    known = replace(entry_of(tmp_path, state), rows_read=rows, rows_rejected=rows)
    (tmp_path / FIRST).unlink()
    told = found(tmp_path, known)
    (gone,) = told.gone
    assert (told.found, gone.path, gone.state, gone.counts) == (1, FIRST, settled, known.counts)
    assert "landing zone" in str(gone.message)
    assert found(tmp_path, gone).found == 0, "said once"
