"""A workspace that was restored goes on as the one that was backed up, also where a run was on meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobs.backup.tree import Tree
from jobs.errors import UsageError
from jobs.ops import releases
from tests.support.backups import backed_up, restored
from tests.support.workspace import Workspace, dossier, organisation, product, work_record

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

pytestmark = pytest.mark.default_engine
PATH = "eoffice/work_records/dt=2025-02-20"
LATER = "2025-03-05T08:00:00+07:00"


@pytest.fixture(scope="module")
def loaded_once(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> Workspace:
    """Two loads: a rejected row, a copy, a correction, a withdrawal, a dossier of a person."""
    workspace = Workspace(tmp_path_factory.mktemp("loaded") / "home")
    workspace.land_organisations()
    workspace.land_records(f"{PATH}/1.ndjson", [work_record("a"), work_record("b", OrganId="H41.9"), work_record("c"), "{broken"])
    workspace.land_records("portal/dossiers/dt=2025-02-20/1.ndjson", [dossier("H41.1-250210-0001")])
    workspace.land_sheet("ocop/products/dt=2025-02-20/1.csv", ",".join(product("x")), [product("x")])
    workspace.load()
    workspace.land_records(
        f"{PATH}/2.ndjson", [work_record("a", UpdatedAt=LATER, SignedDigitally=False), work_record("c"), work_record("d")]
    )
    workspace.load()
    return workspace


@pytest.fixture
def loaded(loaded_once: Workspace, tmp_path: Path) -> Workspace:
    return loaded_once.copy(tmp_path / "home")


def load_more(workspace: Workspace) -> None:
    """A registry row that makes a rejected record right, a withdrawal, and a record that becomes secret."""
    workspace.land_organisations(organisation({"organ_id": "H41.9", "level": "province", "unit_code": "40"}), name="more.csv")
    workspace.land_records(f"{PATH}/3.ndjson", [work_record("d", UpdatedAt=LATER, Deleted=True)])
    workspace.load()
    workspace.land_records(f"{PATH}/4.ndjson", [work_record("c", UpdatedAt=LATER, ConfidenceLevel="mat")])
    workspace.load()


def all_rows(workspace: Workspace) -> dict[str, list[str]]:
    return workspace.comparable(*(one.name for one in releases.versioned_tables() if one.layer != "ops"), "ops/withheld", "ops/tombstone")


def again_from(backup: Path, home: Path, original: Workspace) -> Workspace:
    restored(backup, home, original.home)
    return Workspace(home, original.loads)


def without_times(rows: dict[str, list[str]]) -> dict[str, list[str]]:
    """Tombstones say when they were written."""
    return {name: ([str(len(found))] if name == "ops/tombstone" else found) for name, found in rows.items()}


def test_a_load_after_a_restore_makes_what_it_makes_in_the_original(loaded: Workspace, tmp_path: Path) -> None:
    backed_up(loaded.home, tmp_path / "backup")
    # A run between back-up and restore.
    load_more(loaded)
    again = again_from(tmp_path / "backup", tmp_path / "again", loaded)
    before = again.versions()
    summary, gold = again.load()
    assert (summary.as_dict()["objects"], gold.as_dict()["release"]) == (0, None)
    assert again.versions() == before
    assert len(releases.releases(again.warehouse)) == 2
    load_more(again)
    assert without_times(all_rows(again)) == without_times(all_rows(loaded))
    # The secret record's older releases were withdrawn in both.
    states = [[(one.sequence, one.state) for one in releases.releases(one.warehouse)] for one in (loaded, again)]
    assert states[0] == states[1]


def test_a_run_beside_the_back_up_changes_nothing_of_it(loaded: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    untouched = loaded.copy(tmp_path / "untouched")
    write, more = Tree.write, f"{PATH}/3.ndjson"
    written: list[str] = []

    def while_a_run_is_on(self: Tree, path: str, content: bytes) -> None:
        written.append(path)
        if len(written) == 20:
            loaded.land_records(more, [work_record("d", UpdatedAt=LATER, Deleted=True)])
            loaded.load()
        write(self, path, content)

    with monkeypatch.context() as patch:
        patch.setattr(Tree, "write", while_a_run_is_on)
        assert backed_up(loaded.home, tmp_path / "backup").manifest.number == 2
    again = again_from(tmp_path / "backup", tmp_path / "again", loaded)
    assert all_rows(again) == all_rows(untouched)
    assert again.warehouse.version("silver/work_record") < loaded.versions()["silver/work_record"]
    # What landed meanwhile waits, and loads.
    again.load()
    assert all_rows(again) == all_rows(loaded)


def test_a_release_that_is_purged_beside_its_back_up_is_no_back_up(
    loaded: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Tree.read
    purged: list[bool] = []

    def while_it_is_purged(self: Tree, path: str) -> bytes:
        if path.startswith("silver/work_record/") and path.endswith(".parquet") and not purged:
            purged.append(True)
            load_more(loaded)
            loaded.load()
        return read(self, path)

    monkeypatch.setattr(Tree, "read", while_it_is_purged)
    with pytest.raises(UsageError, match=r"release 2 cannot be backed up: files of .* were deleted"):
        backed_up(loaded.home, tmp_path / "backup")
    monkeypatch.undo()
    with pytest.raises(UsageError, match="its first back-up did not end"):
        restored(tmp_path / "backup", tmp_path / "again", loaded.home)
