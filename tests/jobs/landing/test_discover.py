from __future__ import annotations

import datetime as dt
import gzip
import os
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

import pytest

from jobs.landing.discover import Discovery, discover
from jobs.landing.storage import LocalStorage
from jobs.landing.survey import NO_ROWS
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
    [(State.REPLAY, 3, State.LOADED), (State.REPLAY, 0, State.SETTLED), (State.APPROVED, 0, State.SETTLED)],
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


# --- row 12: files where nothing is read --------------------------------------------------------------------------------


def messages(root: Path, kind: str, *ledger: Entry) -> list[str]:
    return [notice.message for notice in found(root, *ledger).notices() if notice.kind == kind]


def test_files_where_nothing_is_read_are_named_and_the_near_folder_offered(tmp_path: Path) -> None:
    land(
        tmp_path,
        FIRST,
        "eofice/work_records/dt=2025-03-01/a.ndjson",
        "eofice/work_records/dt=2025-03-02/a.ndjson",
        "EOffice/Work-Records/a.ndjson",
        "work_records/dt=2025-03-01/a.ndjson",
        "quite/else/a.ndjson",
        "a.ndjson",
        "eoffice/work_records.ndjson",
    )
    (tmp_path / "portal").symlink_to(tmp_path / "eoffice")
    assert messages(tmp_path, "not_read") == [
        "1 file where nothing is read, in the landing zone itself: a.ndjson",
        "1 file where nothing is read, in EOffice/Work-Records: EOffice/Work-Records/a.ndjson; did you mean 'eoffice/work_records'?",
        "1 file where nothing is read, in eoffice: eoffice/work_records.ndjson",
        (
            "2 files where nothing is read, in eofice/work_records: eofice/work_records/dt=2025-03-01/a.ndjson,"
            " eofice/work_records/dt=2025-03-02/a.ndjson; did you mean 'eoffice/work_records'?"
        ),
        "1 file where nothing is read, in quite/else: quite/else/a.ndjson",
        "1 file where nothing is read, in work_records: work_records/dt=2025-03-01/a.ndjson; did you mean 'eoffice/work_records'?",
        "1 symbolic link, which are not followed: portal",
    ]
    assert [item.entry.path for item in found(tmp_path).waiting[TABLE]] == [FIRST]


def test_many_files_of_one_folder_are_one_notice_and_control_characters_are_shown(tmp_path: Path) -> None:
    land(tmp_path, *(f"x/y/{number}\x1b[2J.ndjson" for number in range(10)))
    (message,) = messages(tmp_path, "not_read")
    assert message == (
        "10 files where nothing is read, in x/y: x/y/0\\x1b[2J.ndjson, x/y/1\\x1b[2J.ndjson, x/y/2\\x1b[2J.ndjson and 7 more"
    )


def test_what_desktops_leave_behind_is_counted_and_nothing_else(tmp_path: Path) -> None:
    land(tmp_path, FIRST, f"{DATASET}/dt=2025-03-01/~$x.xlsx", f"{DATASET}/Thumbs.db", "registry/.DS_Store")
    discovery = found(tmp_path)
    assert (discovery.found, discovery.failed) == (1, [])
    assert [notice.kind for notice in discovery.notices()] == ["left_behind"]
    assert discovery.notices()[0].message.startswith("3 files that Office or a desktop left behind, passed over: ")


# --- row 27: objects without rows ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (FIRST, b""),
        (FIRST, b"\xef\xbb\xbf\r\n"),
        (FIRST, b"[]"),
        (f"{FIRST}.gz", gzip.compress(b"", mtime=0)),
        ("registry/paper_work_records/dt=2025-01-01/a.csv", b""),
        ("registry/paper_work_records/dt=2025-01-01/a.csv", b"organ_id,month,closed_count,updated_at,deleted\r\n,,,,\r\n"),
    ],
)
def test_an_object_without_rows_is_named_once(tmp_path: Path, path: str, content: bytes) -> None:
    land(tmp_path, path)
    (tmp_path / path).write_bytes(content)
    assert messages(tmp_path, "empty") == [f"1 object without rows: {path}"]
    ((waiting,),) = found(tmp_path).waiting.values()
    assert waiting.entry.message == NO_ROWS
    again = found(tmp_path, replace(waiting.entry, state=State.LOADED))
    assert (again.found, again.notices()) == (0, [])


def test_what_is_passed_over_in_a_sheet_is_named_and_kept_in_the_ledger(tmp_path: Path) -> None:
    path = "registry/paper_work_records/dt=2025-01-01/a.csv"
    land(tmp_path, path)
    header = "STT;organ_id;month;closed_count;updated_at;deleted"
    (tmp_path / path).write_text(f"KÊ KHAI\n{header}\n1;H41.1;2025-01;3;2025-02-01;\n;Tổng cộng;;3;;\n")
    assert messages(tmp_path, "passed_over") == [f"{path}: passed over 1 row-number column, 1 title line, 1 sum row"]
    ((waiting,),) = found(tmp_path).waiting.values()
    assert waiting.entry.message == "1 row-number column, 1 title line, 1 sum row"


# --- row 29: what was mended or deleted is settled ------------------------------------------------------------------------

BAD = f"{DATASET}/dt=2025-03-01/bad.ndjson.gz"


def failed_entry(root: Path) -> Entry:
    (entry,) = found(root).failed
    return entry


def test_a_file_that_is_mended_or_deleted_settles_its_old_failure(tmp_path: Path) -> None:
    land(tmp_path, BAD)
    bad = failed_entry(tmp_path)
    assert found(tmp_path, bad).settled == []
    os.utime(tmp_path / BAD, ns=(0, 1))
    assert found(tmp_path, bad).settled == []  # touched, and as bad as before

    (tmp_path / BAD).write_bytes(gzip.compress(b'{"FileId": "x"}\n'))
    mended = found(tmp_path, bad)
    assert [(entry.path, entry.state) for entry in mended.settled] == [(BAD, State.SETTLED)]
    assert [item.entry.path for item in mended.waiting[TABLE]] == [BAD]
    loaded = replace(mended.waiting[TABLE][0].entry, state=State.LOADED)
    assert found(tmp_path, *mended.settled, loaded).found == 0

    (tmp_path / BAD).unlink()
    gone = found(tmp_path, bad)
    assert (gone.found, [entry.object_id for entry in gone.settled]) == (1, [bad.object_id])
    assert messages(tmp_path, "settled", bad) == [f"1 object that could not be read, gone or mended since: {BAD}"]


@pytest.mark.parametrize("mended", [True, False])
def test_an_unreadable_object_that_is_to_be_read_again_is_settled_too(tmp_path: Path, mended: bool) -> None:
    land(tmp_path, BAD)
    bad = replace(failed_entry(tmp_path), state=State.REPLAY)
    assert [entry.object_id for entry in found(tmp_path, bad).failed] == [bad.object_id]
    if mended:
        (tmp_path / BAD).write_bytes(gzip.compress(b'{"FileId": "x"}\n'))
    else:
        (tmp_path / BAD).unlink()
    assert [entry.object_id for entry in found(tmp_path, bad).settled] == [bad.object_id]


def test_what_was_settled_and_comes_back_is_told_again(tmp_path: Path) -> None:
    land(tmp_path, BAD)
    bad = failed_entry(tmp_path)
    settled = replace(bad, state=State.SETTLED)
    assert [entry.path for entry in found(tmp_path, settled).failed] == [BAD]


class Locked(LocalStorage):
    """A directory whose files this user may not read."""

    def open(self, path: str) -> BinaryIO:
        raise PermissionError(path)


def test_a_file_that_may_be_read_by_now_is_read(tmp_path: Path) -> None:
    land(tmp_path, FIRST)
    (unread,) = discover(Locked(tmp_path), [], "run-1", NOW).failed
    assert unread.failure == "not_readable"
    assert discover(Locked(tmp_path), [unread], "run-2", NOW).found == 0
    after = found(tmp_path, unread)
    assert [item.entry.path for item in after.waiting[TABLE]] == [FIRST]
    assert [entry.object_id for entry in after.settled] == [unread.object_id]
