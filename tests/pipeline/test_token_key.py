"""The key of the tokens is part of a workspace: another one is refused, until everything was read again under it."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from jobs.border.tokens import make_key
from jobs.errors import UsageError
from jobs.ops import releases
from jobs.settings import PROJECT_ROOT, Settings
from jobs.silver.retokenise import Retokenised, retokenise, uncovered
from tests.support.workspace import Workspace, dossier, work_record
from warehouse_schema.contracts import all_tables, load_contracts

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.default_engine

SECRET = work_record("s1", ConfidenceLevel="mat", UpdatedAt="2025-03-01T08:00:00+07:00", Title="TIEU DE MAT")
OLDER = work_record("s1", Title="TIEU DE MAT")
FIRST = "eoffice/work_records/dt=2025-03-01/a.ndjson"
PERSON = "Nguyễn Thị Thử"


def loaded(workspace: Workspace) -> Workspace:
    workspace.land_organisations()
    workspace.land_records(FIRST, [SECRET, work_record("n1"), work_record("n1"), work_record("bad", OpenedAt="?")])
    workspace.land_records(
        "eoffice/work_records/dt=2025-03-02/copy.ndjson", [SECRET, work_record("n1"), work_record("n1"), work_record("bad", OpenedAt="?")]
    )
    workspace.land("eoffice/work_records/dt=2025-03-02/broken.ndjson.gz", b"\x1f\x8b")
    workspace.land_records("portal/dossiers/dt=2025-03-01/d.ndjson", [dossier("d1", ChuHoSo=PERSON), dossier("d2", ChuHoSo=PERSON)])
    workspace.load()
    return workspace


def with_other_key(workspace: Workspace) -> Workspace:
    (workspace.home / "pii.key").unlink()
    make_key(workspace.home / "pii.key")
    return workspace


def tokens(workspace: Workspace) -> set[str]:
    return {row["applicant_token"] for row in workspace.rows("silver/dossier")}


def states(workspace: Workspace) -> dict[str, int]:
    return {contract.name: workspace.warehouse.version(contract.name) for contract in all_tables()}


def test_another_key_is_refused_before_anything_is_read(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    with_other_key(loaded(workspace))
    workspace.land_records("eoffice/work_records/dt=2025-03-05/older.ndjson", [OLDER])
    before = states(workspace)
    with pytest.raises(UsageError, match="ntm retokenise"):
        workspace.load()
    assert states(workspace) == before
    # A key in the environment is held against the tables as well.
    monkeypatch.setenv("NTM_PII_KEY", "k" * 32)
    workspace.settings = Settings(home=workspace.home, _env_file=None)
    with pytest.raises(UsageError, match="ntm retokenise"):
        workspace.load()
    assert {row["file_id"] for row in workspace.rows("silver/work_record")} == {"n1"}


def test_the_command_ends_with_2_and_says_what_to_do(workspace: Workspace, tmp_path: Path) -> None:
    loaded(workspace)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("NTM_", "AIRFLOW"))}
    environment |= {
        "NTM_HOME": str(workspace.home),
        "NTM_PII_KEY": "another key, of 32 characters and more",
        "PYTHONPATH": str(PROJECT_ROOT),
    }
    for command in (["run"], ["quarantine", "replay"]):
        done = subprocess.run(  # noqa: S603 - this interpreter
            [sys.executable, "-m", "jobs.cli", *command],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stdout) == (2, "")
        assert "ntm retokenise" in done.stderr
        assert "another key" not in done.stderr
    assert {entry.state for entry in workspace.ledger().values()} == {"loaded", "duplicate", "failed"}


def test_no_table_holds_the_key(workspace: Workspace) -> None:
    loaded(workspace)
    [row] = workspace.rows("ops/token_key")
    key = (workspace.home / "pii.key").read_text().strip()
    assert len(row["fingerprint"]) == 32
    files = [path for path in (workspace.home / "warehouse").rglob("*") if path.is_file()]
    assert not [path for path in files if key.encode() in path.read_bytes()]
    assert key not in repr(workspace.rows("ops/token_key"))


def test_a_warehouse_from_before_the_fingerprint_knows_its_key_by_its_rows(workspace: Workspace) -> None:
    loaded(workspace)
    point = releases.recovery_point(workspace.warehouse)
    assert point is not None
    workspace.warehouse.overwrite(load_contracts()["ops/token_key"], [])
    releases.commit_again(workspace.warehouse, releases.CHECKPOINT, point, run_id="r", now=dt.datetime.now(dt.UTC))
    key = (workspace.home / "pii.key").read_bytes()
    with_other_key(workspace)
    with pytest.raises(UsageError, match="ntm retokenise"):
        workspace.load()
    (workspace.home / "pii.key").write_bytes(key)
    workspace.land_records("eoffice/work_records/dt=2025-03-05/more.ndjson", [work_record("n2")])
    workspace.load()
    assert len(workspace.rows("ops/token_key")) == 1


def test_after_retokenising_all_is_as_if_loaded_under_the_new_key_and_tombstones_hide(workspace: Workspace, tmp_path: Path) -> None:
    loaded(workspace)
    workspace.land_records("eoffice/work_records/dt=2025-03-03/b.ndjson", [work_record("n3"), work_record("s2", ConfidenceLevel="toi_mat")])
    workspace.load()
    earlier, hashes = tokens(workspace), {row["key_hash"] for row in workspace.rows("ops/tombstone")}
    released = releases.last_release(workspace.warehouse)

    with_other_key(workspace)
    assert retokenise(workspace.context()) == Retokenised(objects=4, tombstones=2)
    # Readers keep what they had until the next run has released.
    assert releases.last_release(workspace.warehouse) == released
    workspace.land_records("eoffice/work_records/dt=2025-03-05/older.ndjson", [OLDER])
    workspace.load()

    assert {row["file_id"] for row in workspace.rows("silver/work_record")} == {"n1", "n3"}
    assert tokens(workspace).isdisjoint(earlier)
    assert {row["key_hash"] for row in workspace.rows("ops/tombstone")}.isdisjoint(hashes)

    anew = Workspace(tmp_path / "anew")
    shutil.copy(workspace.home / "pii.key", anew.home / "pii.key")
    shutil.copytree(workspace.home / "landing", anew.home / "landing", dirs_exist_ok=True)
    anew.load()
    names = [contract.name for contract in all_tables() if contract.layer != "ops"]
    assert workspace.comparable(*names) == anew.comparable(*names)
    assert {path: entry.counts for path, entry in workspace.ledger().items()} == {
        path: entry.counts for path, entry in anew.ledger().items()
    }
    assert workspace.comparable("ops/withheld") == anew.comparable("ops/withheld")
    # And it goes on as any other workspace.
    workspace.land_records("eoffice/work_records/dt=2025-03-06/c.ndjson", [work_record("n4")])
    workspace.load()
    assert {row["file_id"] for row in workspace.rows("silver/work_record")} == {"n1", "n3", "n4"}


def test_retokenising_is_refused_where_the_key_is_the_same_or_nothing_was_loaded(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="nothing was loaded yet"):
        retokenise(workspace.context())
    loaded(workspace)
    with pytest.raises(UsageError, match="set the new key first"):
        retokenise(workspace.context())


def test_retokenising_is_refused_where_a_tombstone_would_be_lost(workspace: Workspace) -> None:
    loaded(workspace)
    tombstones = workspace.rows("ops/tombstone")
    with_other_key(workspace)
    landed = workspace.home / "landing"
    (landed / FIRST).unlink()
    # The same content under another name is enough; without that, what it said of secrets is gone.
    (landed / "eoffice/work_records/dt=2025-03-02/copy.ndjson").rename(landed / "aside")
    with pytest.raises(UsageError, match=FIRST):
        retokenise(workspace.context())
    assert workspace.rows("ops/tombstone") == tombstones
    (landed / "aside").rename(landed / "eoffice/work_records/dt=2025-03-02/copy.ndjson")
    assert retokenise(workspace.context()).tombstones == 1
    workspace.load()
    assert {row["file_id"] for row in workspace.rows("silver/work_record")} == {"n1"}
    assert len(workspace.rows("silver/dossier")) == 2


@pytest.mark.parametrize("reason", ["secret", "erased"])
def test_retokenising_is_refused_where_no_landed_object_says_what_a_tombstone_hides(workspace: Workspace, reason: str) -> None:
    loaded(workspace)
    [known] = workspace.rows("ops/tombstone")
    point = releases.recovery_point(workspace.warehouse)
    assert point is not None
    workspace.warehouse.upsert(load_contracts()["ops/tombstone"], [known | {"key_hash": "0" * 32, "reason": reason}])
    releases.commit_again(workspace.warehouse, releases.CHECKPOINT, point, run_id="r", now=dt.datetime.now(dt.UTC))
    with_other_key(workspace)
    with pytest.raises(UsageError, match="1 of eoffice/work_records"):
        retokenise(workspace.context())
    assert len(workspace.rows("ops/tombstone")) == 2


@pytest.mark.parametrize(
    ("before", "after", "missing"),
    [([], [], 0), ([1], [1, 2], 0), ([2, 2], [2], 1), ([3, 1], [2, 1], 1), ([3, 1], [3], 1), ([2, 1], [3, 3], 0), ([5, 5], [4, 4, 4], 2)],
)
def test_tombstones_without_a_partner_as_new_are_counted(before: list[int], after: list[int], missing: int) -> None:
    day = [dt.datetime(2025, 1, number + 1, tzinfo=dt.UTC) for number in range(6)]
    assert uncovered([day[one] for one in before], [day[one] for one in after]) == missing
