"""A back-up and the workspace that is made of it, without an engine: what they hold, what they refuse, and what a kill leaves."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from deltalake import DeltaTable

from jobs.backup.manifest import MANIFEST, find_manifest
from jobs.backup.take import back_up
from jobs.backup.tree import Tree, tree_at
from jobs.border.tokens import load_key, make_key
from jobs.engine.tables import Warehouse
from jobs.errors import RunFailedError, UsageError
from jobs.landing.discover import not_yet_known
from jobs.landing.storage import LocalStorage
from jobs.ops import ledger, releases
from jobs.ops.held import decide
from jobs.ops.ledger import State
from jobs.publish.released import query, release_numbered
from jobs.settings import require_workspace, restore_note
from tests.support.backups import OBJECT, PACKED, backed_up, files_of, land, make_workspace, publish, restored, settings_of
from tests.support.command import ntm
from tests.support.released import entry, make_release
from warehouse_schema.contracts import load_contracts

if TYPE_CHECKING:
    from collections.abc import Callable

FIGURES = "SELECT indicator, level, numerator, denominator FROM gold.indicator_value ORDER BY ALL"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    make_workspace(tmp_path / "home")
    return tmp_path / "home"


def data_file(home: Path, table: str) -> Path:
    return next((home / "warehouse" / table).glob("**/*.parquet"))


def test_a_restored_workspace_is_the_one_that_was_backed_up(home: Path, tmp_path: Path) -> None:
    done = backed_up(home, tmp_path / "backup")
    again = restored(tmp_path / "backup", tmp_path / "again", home)
    original = Warehouse.of(settings_of(home))
    assert releases.last_release(again).sequence == 2  # type: ignore[union-attr]
    tables = {name: one for name, one in release_numbered(original, 2).tables.items() if name != ledger.LOAD}
    assert tables == {name: one for name, one in release_numbered(again, 2).tables.items() if name != ledger.LOAD}
    assert tables == {name: again.version(name) for name in tables}
    for name in tables:
        assert files_of(home, f"warehouse/{name}") == files_of(tmp_path / "again", f"warehouse/{name}"), name
    assert files_of(home, "landing", "state", "exports/report") == files_of(tmp_path / "again", "landing", "state", "exports")
    assert not (tmp_path / "again" / "site").exists()
    assert [(one.sequence, one.state, one.created_at, one.definitions) for one in releases.releases(again)] == [
        (one.sequence, one.state, one.created_at, one.definitions) for one in releases.releases(original)
    ]
    for number in (None, 1):
        release = number and release_numbered(again, number)
        answers = [list(query(warehouse, FIGURES, release or None).batches) for warehouse in (original, again)]
        assert answers[0] == answers[1]
        assert answers[0]
    # The report shows, the key is nowhere.
    key = (home / "pii.key").read_bytes().strip()
    assert not any(key in content for content in files_of(tmp_path, "backup").values())
    assert done.manifest.key_fingerprint
    assert not restore_note(tmp_path / "again").exists()


def test_only_the_owner_reads_a_back_up_and_what_is_made_of_it(home: Path, tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        backed_up(home, tmp_path / "backup")
        restored(tmp_path / "backup", tmp_path / "again", home)
    finally:
        os.umask(before)
    for folder in (tmp_path / "backup", tmp_path / "again"):
        for file in folder.rglob("*"):
            assert stat.S_IMODE(file.stat().st_mode) == (0o700 if file.is_dir() else 0o600), file


def test_the_next_look_finds_nothing_though_the_storage_says_something_else_of_its_objects(home: Path, tmp_path: Path) -> None:
    backed_up(home, tmp_path / "backup")
    again = restored(tmp_path / "backup", tmp_path / "again", home)
    storage, contract = LocalStorage(tmp_path / "again" / "landing"), load_contracts()["silver/work_record"]
    assert len(list(storage.list(""))) == 2
    assert not_yet_known(storage, contract, ledger.entries(again)) == []
    # What came after it was seen last is not taken for known.
    mended = land(home, OBJECT, b"{ }\n")
    backed_up(home, tmp_path / "backup")
    again = restored(tmp_path / "backup", tmp_path / "more", home)
    assert [item.path for item in not_yet_known(LocalStorage(tmp_path / "more" / "landing"), contract, ledger.entries(again))] == [
        mended.path
    ]


def test_a_second_back_up_copies_only_what_is_new(home: Path, tmp_path: Path) -> None:
    first = backed_up(home, tmp_path / "backup")
    assert first.copied == len(first.manifest.files)
    assert backed_up(home, tmp_path / "backup").copied == 0
    written = {file: file.stat().st_ino for file in (tmp_path / "backup").rglob("*") if file.is_file() and file.name != MANIFEST}
    publish(Warehouse.of(settings_of(home)), land(home, PACKED.replace("b.", "c."), b"new\n"))
    third = backed_up(home, tmp_path / "backup")
    # The object; the ledger's commit and its file.
    assert third.copied == 3
    assert third.manifest.number == 3
    assert {file: file.stat().st_ino for file in written} == written
    again = restored(tmp_path / "backup", tmp_path / "again", home)
    assert [release.sequence for release in releases.releases(again)] == [1, 2, 3]


def test_of_an_earlier_release_nothing_later_is_there(home: Path, tmp_path: Path) -> None:
    backed_up(home, tmp_path / "backup", 1)
    again = restored(tmp_path / "backup", tmp_path / "again", None)
    assert [release.sequence for release in releases.releases(again)] == [1]
    assert [one.path for one in ledger.entries(again)] == [OBJECT]
    tables = release_numbered(Warehouse.of(settings_of(home)), 1).tables
    for log in (tmp_path / "again" / "warehouse").glob("*/*/_delta_log/*"):
        name = "/".join(log.parts[-4:-2])
        assert name in (ledger.LOAD, *releases_alone()) or int(log.name[:20]) <= tables[name], log


def releases_alone() -> tuple[str, str]:
    return releases.RELEASE, releases.CHECKPOINT


def test_what_waits_for_the_next_run_is_there(home: Path, tmp_path: Path) -> None:
    warehouse = Warehouse.of(settings_of(home))
    publish(warehouse, entry("eoffice/work_records/dt=2025-06-02/held.ndjson", State.HELD))
    assert decide(warehouse, "work_record", approve=True) == 1
    backed_up(home, tmp_path / "backup")
    again = restored(tmp_path / "backup", tmp_path / "again", home)
    point, release = releases.recovery_point(again), releases.last_release(again)
    assert point != release
    assert release is not None
    assert release.sequence == 3
    assert releases.recover(again) == []
    assert {one.state for one in ledger.entries(again)} == {State.LOADED, State.APPROVED}
    # A release that is asked for by its number is it alone.
    backed_up(home, tmp_path / "alone", 3)
    alone = restored(tmp_path / "alone", tmp_path / "third", home)
    assert {one.state for one in ledger.entries(alone)} == {State.LOADED, State.HELD}


def test_a_table_that_was_made_after_the_release_comes_with_the_checkpoint(home: Path, tmp_path: Path) -> None:
    warehouse = Warehouse.of(settings_of(home))
    release = publish(warehouse, entry("eoffice/work_records/dt=2025-06-02/held.ndjson", State.HELD))
    before = {name: version for name, version in release.tables.items() if name != "gold/flag"}
    warehouse.upsert(load_contracts()[releases.RELEASE], [releases.as_row(replace(release, tables=before))])
    decide(warehouse, "work_record", approve=True)
    backed_up(home, tmp_path / "backup")
    again = restored(tmp_path / "backup", tmp_path / "again", home)
    assert "gold/flag" not in release_numbered(again, 3).tables
    assert again.rows("gold/flag") == []


def test_a_log_of_which_only_a_checkpoint_is_left_is_enough(home: Path, tmp_path: Path) -> None:
    warehouse = Warehouse.of(settings_of(home))
    table = home / "warehouse" / ledger.LOAD
    for number in range(3):
        publish(warehouse, entry(f"eoffice/work_records/dt=2025-06-02/{number}.ndjson"))
    DeltaTable(str(table)).create_checkpoint()
    newest = warehouse.open(ledger.LOAD).version()
    for commit in (table / "_delta_log").glob("*.json"):
        if int(commit.stem) < newest:
            commit.unlink()
    backed_up(home, tmp_path / "backup")
    again = restored(tmp_path / "backup", tmp_path / "again", home)
    assert len(ledger.entries(again)) == 5
    # A checkpoint of a later version is none of an earlier release's.
    publish(warehouse, entry("eoffice/work_records/dt=2025-06-02/more.ndjson"))
    DeltaTable(str(table)).create_checkpoint()
    backed_up(home, tmp_path / "earlier", 5)
    assert len(ledger.entries(restored(tmp_path / "earlier", tmp_path / "fifth", home))) == 5


def alter(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize(("wrong", "told"), [(Path.unlink, "is missing"), (alter, "is not what was backed up")], ids=["missing", "altered"])
@pytest.mark.parametrize(
    "where", [f"landing/{PACKED}", "warehouse/gold/indicator_value/*.parquet", "warehouse/gold/flag/_delta_log/*.json", "home/state/*/*"]
)
def test_a_file_that_is_missing_or_altered_is_named(
    home: Path, tmp_path: Path, where: str, wrong: Callable[[Path], None], told: str
) -> None:
    backed_up(home, tmp_path / "backup")
    shutil.copytree(tmp_path / "backup", tmp_path / "whole")
    file = next((tmp_path / "backup").glob(where))
    wrong(file)
    with pytest.raises(RunFailedError) as caught:
        restored(tmp_path / "backup", tmp_path / "again", home)
    assert str(caught.value).startswith(f"{tmp_path}/backup is not whole: {file.relative_to(tmp_path / 'backup')} {told}")
    # Nobody sees a release of it, and nothing else is done with it.
    assert releases.releases(Warehouse.of(settings_of(tmp_path / "again"))) == []
    with pytest.raises(UsageError, match=f"run `ntm restore {tmp_path}/backup`"):
        require_workspace(settings_of(tmp_path / "again"))
    # Where its files are whole again, it goes on.
    shutil.copy(tmp_path / "whole" / file.relative_to(tmp_path / "backup"), file)
    again = restored(tmp_path / "backup", tmp_path / "again", home)
    assert [release.sequence for release in releases.releases(again)] == [1, 2]
    require_workspace(settings_of(tmp_path / "again"))


def test_another_key_is_refused(home: Path, tmp_path: Path) -> None:
    backed_up(home, tmp_path / "backup")
    (tmp_path / "other").mkdir()
    make_key(tmp_path / "other" / "pii.key")
    with pytest.raises(UsageError, match="is not the one that the tables of this back-up were made with"):
        restored(tmp_path / "backup", tmp_path / "again", tmp_path / "other")
    with pytest.raises(UsageError, match="NTM_PII_KEY_FILE"):
        restored(tmp_path / "backup", tmp_path / "more", None)
    assert not (tmp_path / "again" / "warehouse").exists()


def test_the_key_is_written_apart_and_for_its_owner_alone(home: Path, tmp_path: Path) -> None:
    key_file = tmp_path / "apart.key"
    backed_up(home, tmp_path / "backup", key_file=key_file)
    assert load_key(key_file) == load_key(home / "pii.key")
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    with pytest.raises(UsageError, match="is there already"):
        backed_up(home, tmp_path / "backup", key_file=key_file)
    with pytest.raises(UsageError, match="lies in the back-up itself"):
        backed_up(home, tmp_path / "backup", key_file=tmp_path / "backup" / "key")
    (home / "pii.key").unlink()
    make_key(home / "pii.key")
    with pytest.raises(UsageError, match="not the one that the tables were made with"):
        backed_up(home, tmp_path / "backup", key_file=tmp_path / "other.key")


def test_a_release_that_cannot_be_read_any_more_is_refused(home: Path, tmp_path: Path) -> None:
    warehouse = Warehouse.of(settings_of(home))
    with warehouse.changing("gold/indicator_value") as table:
        table.delete()
        table.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False, full=True)
    publish(warehouse)
    with pytest.raises(UsageError, match=r"release 2 cannot be backed up: files of gold/indicator_value were deleted.*\(400\) days"):
        backed_up(home, tmp_path / "backup", 2)
    with pytest.raises(UsageError, match="there is no release 9"):
        backed_up(home, tmp_path / "backup", 9)
    # Of one that can be read, those before it that cannot are no hindrance.
    backed_up(home, tmp_path / "backup")
    again = restored(tmp_path / "backup", tmp_path / "again", home)
    assert [release.sequence for release in releases.releases(again)] == [1, 2, 3]


def test_what_only_a_withdrawn_release_names_goes_from_the_back_up_too(home: Path, tmp_path: Path) -> None:
    backed_up(home, tmp_path / "backup")
    file = data_file(home, "gold/indicator_value").relative_to(home)
    assert (tmp_path / "backup" / file).exists()
    warehouse = Warehouse.of(settings_of(home))
    with warehouse.changing("gold/indicator_value") as table:
        table.delete()
    publish(warehouse)
    releases.withdraw(warehouse, [release_numbered(warehouse, number) for number in (1, 2)])
    backed_up(home, tmp_path / "backup")
    assert (home / file).exists()
    assert not (tmp_path / "backup" / file).exists()
    with pytest.raises(UsageError, match="release 2 was withdrawn"):
        backed_up(home, tmp_path / "other", 2)


def test_a_place_that_has_something_else_is_refused(home: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").touch()
    with pytest.raises(UsageError, match="has files and is no back-up"):
        backed_up(home, tmp_path / "full")
    with pytest.raises(UsageError, match="is in the workspace itself"):
        backed_up(home, home / "backup")
    with pytest.raises(UsageError, match=r"expected a folder or s3://bucket/prefix, got 'ftp://"):
        back_up(settings_of(home), Warehouse.of(settings_of(home)), "ftp://host/folder")
    backed_up(home, tmp_path / "backup")
    with pytest.raises(UsageError, match="has a back-up of release 2, which one of release 1"):
        backed_up(home, tmp_path / "backup", 1)
    other = tmp_path / "other"
    publish(make_release(other))
    (other / "state" / "watermarks").mkdir(parents=True)
    (other / "state" / "watermarks" / "eoffice.work_records.json").write_text("other", encoding="ascii")
    shutil.rmtree(other / "warehouse" / "gold" / "flag")
    releases.ensure_tables(Warehouse.of(settings_of(other)))
    with pytest.raises(UsageError, match=r"has the back-up of another warehouse \(warehouse/"):
        backed_up(other, tmp_path / "backup")
    assert releases.last_release(restored(tmp_path / "backup", tmp_path / "again", home)).sequence == 2  # type: ignore[union-attr]


def test_a_restore_needs_an_empty_workspace(home: Path, tmp_path: Path) -> None:
    backed_up(home, tmp_path / "backup")
    for name in (f"landing/{OBJECT}", "warehouse/silver/x/a.parquet", "state/pulls/x.json", "airflow/airflow.db"):
        again = tmp_path / name.split("/", 1)[0]
        (again / name).parent.mkdir(parents=True)
        (again / name).touch()
        with pytest.raises(UsageError, match="restored into an empty workspace, and there are files in "):
            restored(tmp_path / "backup", again, home)
        assert set(files_of(again, ".")) == {name, "pii.key", "writer.lock"}
    with pytest.raises(UsageError, match=r"is no back-up: it has no manifest\.json"):
        restored(tmp_path / "none", tmp_path / "again", home)


class KilledError(Exception):
    pass


def dies_after(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Have the process die when so many files were written to a folder."""
    written, write = [], Tree.write

    def dying(self: Tree, path: str, content: bytes) -> None:
        if len(written) >= count:
            raise KilledError
        written.append(path)
        write(self, path, content)

    monkeypatch.setattr(Tree, "write", dying)


def test_a_killed_back_up_is_none_and_the_next_goes_on(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        dies_after(patch, 50)
        with pytest.raises(KilledError):
            backed_up(home, tmp_path / "backup")
    with pytest.raises(UsageError, match="its first back-up did not end; run `ntm backup` again"):
        restored(tmp_path / "backup", tmp_path / "again", home)
    done = backed_up(home, tmp_path / "backup")
    # One of the 50 was the note that it is unfinished.
    assert done.copied == len(done.manifest.files) - 49
    assert {path.name for path in (tmp_path / "backup").iterdir()} == {MANIFEST, "home", "landing", "warehouse"}
    restored(tmp_path / "backup", tmp_path / "again", home)
    # One that is killed later leaves the one that was there.
    publish(Warehouse.of(settings_of(home)), land(home, PACKED.replace("b.", "c."), b"new\n"))
    with monkeypatch.context() as patch:
        dies_after(patch, 2)
        with pytest.raises(KilledError):
            backed_up(home, tmp_path / "backup")
    assert releases.last_release(restored(tmp_path / "backup", tmp_path / "more", home)).sequence == 2  # type: ignore[union-attr]


@pytest.mark.parametrize("count", [0, 1, 40, 10_000])
def test_a_killed_restore_goes_on(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    backed_up(home, tmp_path / "backup")
    settle = Tree.settle
    with monkeypatch.context() as patch:
        dies_after(patch, count)
        if count == 10_000:
            # At its very end: the release is written, and the note is still there.
            patch.setattr(Tree, "settle", lambda self: settle(self) if not (tmp_path / "again" / "warehouse").exists() else dies())
        with pytest.raises(KilledError):
            restored(tmp_path / "backup", tmp_path / "again", home)
    if count:
        with pytest.raises(UsageError, match="a back-up is being restored into"):
            require_workspace(settings_of(tmp_path / "again"))
        backed_up(home, tmp_path / "other")
        with pytest.raises(UsageError, match="the restore of another back-up was begun in"):
            restored(tmp_path / "other", tmp_path / "again", home)
    again = restored(tmp_path / "backup", tmp_path / "again", home)
    assert [release.sequence for release in releases.releases(again)] == [1, 2]
    assert again.open(releases.RELEASE).version() == 1


def dies() -> None:
    raise KilledError


def test_an_object_that_is_gone_stays_in_the_back_up_where_its_rows_are_in_the_tables(home: Path, tmp_path: Path) -> None:
    mistaken = "eoffice/work_records/dt=2025-06-01/mistaken.ndjson"
    land(home, mistaken, b"no record\n")
    backed_up(home, tmp_path / "backup")
    for path in (OBJECT, mistaken):
        (home / "landing" / path).unlink()
    done = backed_up(home, tmp_path / "backup")
    assert done.kept == [OBJECT]
    assert sorted(files_of(tmp_path / "backup", "landing")) == [f"landing/{OBJECT}", f"landing/{PACKED}"]


def test_an_object_that_may_not_be_read_is_named(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = LocalStorage.open

    def refusing(self: LocalStorage, path: str) -> Any:
        if path == PACKED:
            raise PermissionError(path)
        return opened(self, path)

    monkeypatch.setattr(LocalStorage, "open", refusing)
    done = backed_up(home, tmp_path / "backup")
    assert done.unread == [PACKED]
    assert f"landing/{PACKED}" not in done.manifest.files


def test_the_scheduler_s_history_is_whole_while_it_is_written_to(home: Path, tmp_path: Path) -> None:
    (home / "airflow").mkdir()
    with closing(sqlite3.connect(home / "airflow" / "airflow.db")) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("CREATE TABLE runs (id)")
        writer.commit()
        # In the log beside the file alone; a second one is not written yet.
        writer.execute("INSERT INTO runs VALUES (1)")
        writer.commit()
        writer.execute("INSERT INTO runs VALUES (2)")
        backed_up(home, tmp_path / "backup")
    restored(tmp_path / "backup", tmp_path / "again", home)
    with closing(sqlite3.connect(tmp_path / "again" / "airflow" / "airflow.db")) as read:
        assert read.execute("SELECT id FROM runs").fetchall() == [(1,)]
    assert not any((home / "scratch").iterdir())


def test_a_damaged_manifest_is_told(home: Path, tmp_path: Path) -> None:
    backed_up(home, tmp_path / "backup")
    manifest = tmp_path / "backup" / MANIFEST
    for text in (manifest.read_text(encoding="utf-8")[:-10], manifest.read_text(encoding="utf-8").replace('"format": 1', '"format": 2')):
        manifest.write_text(text, encoding="utf-8")
        with pytest.raises(RunFailedError, match="is not the manifest of a back-up that this version of ntm knows"):
            find_manifest(tree_at(str(tmp_path / "backup"), {}))


@pytest.mark.slow
def test_the_commands_say_what_they_did(home: Path, tmp_path: Path) -> None:
    code, output, errors = ntm(home, "backup", str(tmp_path / "backup"), "--with-key", str(tmp_path / "key"))
    assert (code, errors) == (0, "")
    assert output.startswith(f"{tmp_path}/backup: release 2 as of 2025-06-30, ")
    assert "personal data in clear" in output
    assert f"the key of personal data is in {tmp_path}/key: keep it apart" in output
    code, output, _ = ntm(home, "backup", str(tmp_path / "backup"))
    assert code == 0
    assert "copied now: 0 files" in output
    assert "the key of personal data is not in it" in output
    again = tmp_path / "again"
    assert ntm(again, "restore", str(tmp_path / "backup"))[0] == 2
    code, output, errors = ntm(again, "restore", str(tmp_path / "backup"), NTM_PII_KEY_FILE=str(tmp_path / "key"))
    assert (code, errors) == (0, "")
    assert "release 2 as of 2025-06-30" in output
    assert ntm(home, "report", "--format", "json") == ntm(again, "report", "--format", "json")
    note = again / "restoring.json"
    note.write_text('{"from": "there", "manifest": ""}', encoding="ascii")
    for command in ("status", "run", "report"):
        code, _, errors = ntm(again, command, NTM_PII_KEY_FILE=str(tmp_path / "key"))
        assert code == 2
        assert "run `ntm restore there` (again)" in errors
