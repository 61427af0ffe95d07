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

    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.default_engine, pytest.mark.slow]

SECRET = work_record("s1", ConfidenceLevel="mat", UpdatedAt="2025-03-01T08:00:00+07:00", Title="TIEU DE MAT")
OLDER = work_record("s1", Title="TIEU DE MAT")
FIRST = "eoffice/work_records/dt=2025-03-01/a.ndjson"
PERSON = "Nguyễn Thị Thử"


@pytest.fixture(scope="module")
def loaded_once(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> Workspace:
    workspace = Workspace(tmp_path_factory.mktemp("loaded") / "home")
    workspace.land_organisations()
    workspace.land_records(FIRST, [SECRET, work_record("n1"), work_record("n1"), work_record("bad", OpenedAt="?")])
    workspace.land_records(
        "eoffice/work_records/dt=2025-03-02/copy.ndjson", [SECRET, work_record("n1"), work_record("n1"), work_record("bad", OpenedAt="?")]
    )
    workspace.land("eoffice/work_records/dt=2025-03-02/broken.ndjson.gz", b"\x1f\x8b")
    workspace.land_records("portal/dossiers/dt=2025-03-01/d.ndjson", [dossier("d1", ChuHoSo=PERSON), dossier("d2", ChuHoSo=PERSON)])
    workspace.load()
    return workspace


@pytest.fixture
def loaded(loaded_once: Workspace, tmp_path: Path) -> Workspace:
    return loaded_once.copy(tmp_path / "home")


def with_other_key(workspace: Workspace) -> Workspace:
    (workspace.home / "pii.key").unlink()
    make_key(workspace.home / "pii.key")
    return workspace


def tokens(workspace: Workspace) -> set[str]:
    return {row["applicant_token"] for row in workspace.rows("silver/dossier")}


def states(workspace: Workspace) -> dict[str, int]:
    workspace.warehouse.look_again()
    return {contract.name: workspace.warehouse.version(contract.name) for contract in all_tables()}


def test_another_key_is_refused_before_anything_is_read(loaded: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    with_other_key(loaded)
    loaded.land_records("eoffice/work_records/dt=2025-03-05/older.ndjson", [OLDER])
    before = states(loaded)
    with pytest.raises(UsageError, match="ntm retokenise"):
        loaded.load()
    assert states(loaded) == before
    # A key in the environment is held against the tables as well.
    monkeypatch.setenv("NTM_PII_KEY", "k" * 32)
    loaded.settings = Settings(home=loaded.home, _env_file=None)
    with pytest.raises(UsageError, match="ntm retokenise"):
        loaded.load()
    assert {row["file_id"] for row in loaded.rows("silver/work_record")} == {"n1"}


def test_the_command_ends_with_2_and_says_what_to_do(loaded: Workspace, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("NTM_", "AIRFLOW"))}
    environment |= {
        "NTM_HOME": str(loaded.home),
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
    assert {entry.state for entry in loaded.ledger().values()} == {"loaded", "duplicate", "failed"}


def test_no_table_holds_the_key(loaded: Workspace) -> None:
    [row] = loaded.rows("ops/token_key")
    key = (loaded.home / "pii.key").read_text().strip()
    assert len(row["fingerprint"]) == 32
    files = [path for path in (loaded.home / "warehouse").rglob("*") if path.is_file()]
    assert not [path for path in files if key.encode() in path.read_bytes()]
    assert key not in repr(loaded.rows("ops/token_key"))


def test_a_warehouse_from_before_the_fingerprint_knows_its_key_by_its_rows(loaded: Workspace) -> None:
    point = releases.recovery_point(loaded.warehouse)
    assert point is not None
    loaded.warehouse.overwrite(load_contracts()["ops/token_key"], [])
    releases.commit_again(loaded.warehouse, releases.CHECKPOINT, point, run_id="r", now=dt.datetime.now(dt.UTC))
    key = (loaded.home / "pii.key").read_bytes()
    with_other_key(loaded)
    with pytest.raises(UsageError, match="ntm retokenise"):
        loaded.load()
    (loaded.home / "pii.key").write_bytes(key)
    loaded.land_records("eoffice/work_records/dt=2025-03-05/more.ndjson", [work_record("n2")])
    loaded.load()
    assert len(loaded.rows("ops/token_key")) == 1


@pytest.mark.slow
def test_after_retokenising_all_is_as_if_loaded_under_the_new_key_and_tombstones_hide(loaded: Workspace, tmp_path: Path) -> None:
    loaded.land_records("eoffice/work_records/dt=2025-03-03/b.ndjson", [work_record("n3"), work_record("s2", ConfidenceLevel="toi_mat")])
    loaded.load()
    earlier, hashes = tokens(loaded), {row["key_hash"] for row in loaded.rows("ops/tombstone")}
    released = releases.last_release(loaded.warehouse)

    with_other_key(loaded)
    assert retokenise(loaded.context()) == Retokenised(objects=4, tombstones=2)
    # Readers keep what they had until the next run has released.
    assert releases.last_release(loaded.warehouse) == released
    loaded.land_records("eoffice/work_records/dt=2025-03-05/older.ndjson", [OLDER])
    loaded.load()

    assert {row["file_id"] for row in loaded.rows("silver/work_record")} == {"n1", "n3"}
    assert tokens(loaded).isdisjoint(earlier)
    assert {row["key_hash"] for row in loaded.rows("ops/tombstone")}.isdisjoint(hashes)

    anew = Workspace(tmp_path / "anew")
    shutil.copy(loaded.home / "pii.key", anew.home / "pii.key")
    shutil.copytree(loaded.home / "landing", anew.home / "landing", dirs_exist_ok=True)
    anew.load()
    names = [contract.name for contract in all_tables() if contract.layer != "ops"]
    assert loaded.comparable(*names) == anew.comparable(*names)
    assert {path: entry.counts for path, entry in loaded.ledger().items()} == {path: entry.counts for path, entry in anew.ledger().items()}
    assert loaded.comparable("ops/withheld") == anew.comparable("ops/withheld")
    # And it goes on as any other loaded.
    loaded.land_records("eoffice/work_records/dt=2025-03-06/c.ndjson", [work_record("n4")])
    loaded.load()
    assert {row["file_id"] for row in loaded.rows("silver/work_record")} == {"n1", "n3", "n4"}


def test_retokenising_is_refused_where_the_key_is_the_same_or_nothing_was_loaded(loaded: Workspace, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing was loaded yet"):
        retokenise(Workspace(tmp_path / "empty").context())
    with pytest.raises(UsageError, match="set the new key first"):
        retokenise(loaded.context())


def test_retokenising_is_refused_where_a_tombstone_would_be_lost(loaded: Workspace) -> None:
    tombstones = loaded.rows("ops/tombstone")
    with_other_key(loaded)
    landed = loaded.home / "landing"
    (landed / FIRST).unlink()
    # The same content under another name is enough; without that, what it said of secrets is gone.
    (landed / "eoffice/work_records/dt=2025-03-02/copy.ndjson").rename(landed / "aside")
    with pytest.raises(UsageError, match=FIRST):
        retokenise(loaded.context())
    assert loaded.rows("ops/tombstone") == tombstones
    (landed / "aside").rename(landed / "eoffice/work_records/dt=2025-03-02/copy.ndjson")
    assert retokenise(loaded.context()).tombstones == 1
    loaded.load()
    assert {row["file_id"] for row in loaded.rows("silver/work_record")} == {"n1"}
    assert len(loaded.rows("silver/dossier")) == 2


@pytest.mark.parametrize("reason", ["secret", "erased"])
def test_retokenising_is_refused_where_no_landed_object_says_what_a_tombstone_hides(loaded: Workspace, reason: str) -> None:
    [known] = loaded.rows("ops/tombstone")
    point = releases.recovery_point(loaded.warehouse)
    assert point is not None
    loaded.warehouse.upsert(load_contracts()["ops/tombstone"], [known | {"key_hash": "0" * 32, "reason": reason}])
    releases.commit_again(loaded.warehouse, releases.CHECKPOINT, point, run_id="r", now=dt.datetime.now(dt.UTC))
    with_other_key(loaded)
    with pytest.raises(UsageError, match="1 of eoffice/work_records"):
        retokenise(loaded.context())
    assert len(loaded.rows("ops/tombstone")) == 2


@pytest.mark.parametrize(
    ("before", "after", "missing"),
    [([], [], 0), ([1], [1, 2], 0), ([2, 2], [2], 1), ([3, 1], [2, 1], 1), ([3, 1], [3], 1), ([2, 1], [3, 3], 0), ([5, 5], [4, 4, 4], 2)],
)
def test_tombstones_without_a_partner_as_new_are_counted(before: list[int], after: list[int], missing: int) -> None:
    day = [dt.datetime(2025, 1, number + 1, tzinfo=dt.UTC) for number in range(6)]
    assert uncovered([day[one] for one in before], [day[one] for one in after]) == missing
