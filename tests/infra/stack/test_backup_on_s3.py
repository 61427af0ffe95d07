"""Back-ups between folders and a real S3 server: of a workspace in a folder to tables on S3, and back. `make setup-s3` makes the server."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from infra.stack.s3 import SERVER, S3Server
from jobs.backup.restore import restore
from jobs.backup.take import back_up
from jobs.engine.tables import Warehouse
from jobs.errors import RunFailedError, UsageError
from jobs.landing.discover import not_yet_known
from jobs.landing.storage import landing_access, landing_storage
from jobs.machine import free_port
from jobs.ops import ledger, releases
from jobs.settings import Settings
from tests.support.backups import OBJECT, PACKED, files_of, land, make_workspace, publish, settings_of
from warehouse_schema.contracts import load_contracts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SERVER.exists() and "CI" not in os.environ, reason="there is no S3 server: make setup-s3"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    made = S3Server(tmp_path_factory.mktemp("s3"), free_port())
    made.start()
    made.client("root").create_bucket(Bucket="ntm-backup")
    yield made
    made.stop()


def on_s3(server: S3Server, home: Path, name: str, **changes: Any) -> Settings:
    """A workspace whose landing zone and tables are on the server, and whose back-ups may go there."""
    fields = {variable.removeprefix("NTM_").lower(): value for variable, value in server.settings().items()}
    fields |= {"landing": f"s3://ntm-landing/{name}", "warehouse": f"s3a://ntm-warehouse/{name}"}
    keys = {"backup_access_key": "root", "backup_secret_key": server.keys["root"]}
    return Settings(home=home, _env_file=None, **(fields | keys | changes))


def landed(settings: Settings) -> dict[str, bytes]:
    storage = landing_storage(settings.landing_url, s3=landing_access(settings))
    found = {}
    for item in storage.list(""):
        with storage.open(item.path) as stream:
            found[item.path] = stream.read()
    return found


def unknown(settings: Settings) -> list[str]:
    """The objects that a run would look into."""
    storage = landing_storage(settings.landing_url, s3=landing_access(settings))
    known = ledger.entries(Warehouse.of(settings))
    return [item.path for item in not_yet_known(storage, load_contracts()["silver/work_record"], known)]


def test_a_workspace_goes_from_a_folder_to_s3_and_back(server: S3Server, tmp_path: Path) -> None:
    homes = {name: tmp_path / name for name in ("first", "s3", "last")}
    make_workspace(homes["first"])
    for name in ("s3", "last"):
        homes[name].mkdir()
        shutil.copy(homes["first"] / "pii.key", homes[name])
    first, last, s3 = settings_of(homes["first"]), settings_of(homes["last"]), on_s3(server, homes["s3"], "trip")
    back_up(first, Warehouse.of(first), str(tmp_path / "backup"))
    restore(s3, str(tmp_path / "backup"))
    assert not (homes["s3"] / "warehouse").exists()
    assert not (homes["s3"] / "landing").exists()
    assert landed(s3) == {OBJECT: b"{}\n", PACKED: b"\x1f\x8bnot packed\n"}
    assert unknown(s3) == []
    # It goes on there: a third release.
    publish(Warehouse.of(s3))
    place = "s3://ntm-backup/of/trip"
    done = back_up(s3, Warehouse.of(s3), place)
    assert done.manifest.number == 3
    assert back_up(s3, Warehouse.of(s3), place).copied == 0
    # The folder's settings reach the back-up too; the tables and objects are its own.
    reached = last.model_copy(
        update={"s3_endpoint": s3.s3_endpoint, "backup_access_key": "root", "backup_secret_key": s3.backup_secret_key}
    )
    restore(reached, place)
    warehouse = Warehouse.of(last)
    assert [release.sequence for release in releases.releases(warehouse)] == [1, 2, 3]
    assert unknown(last) == []
    assert files_of(homes["first"], "landing", "state", "exports/report") == files_of(homes["last"], "landing", "state", "exports")
    release = releases.last_release(Warehouse.of(first))
    assert release is not None
    for name in release.tables:
        if name != ledger.LOAD:
            assert files_of(homes["first"], f"warehouse/{name}") == files_of(homes["last"], f"warehouse/{name}"), name


def test_what_is_wrong_on_s3_is_told(server: S3Server, tmp_path: Path) -> None:
    make_workspace(tmp_path / "home")
    settings = on_s3(server, tmp_path / "home", "wrong")
    own = settings_of(tmp_path / "home").model_copy(
        update={"s3_endpoint": settings.s3_endpoint, "backup_access_key": "root", "backup_secret_key": settings.backup_secret_key}
    )
    place = "s3://ntm-backup/wrong"
    back_up(own, Warehouse.of(own), place)
    client = server.client("root")
    key = f"wrong/landing/{OBJECT}"
    client.put_object(Bucket="ntm-backup", Key=key, Body=b"[]\n")
    (tmp_path / "again").mkdir()
    shutil.copy(tmp_path / "home" / "pii.key", tmp_path / "again")
    again = on_s3(server, tmp_path / "again", "wrong")
    with pytest.raises(RunFailedError, match=f"landing/{OBJECT} is not what was backed up"):
        restore(again, place)
    assert releases.releases(Warehouse.of(again)) == []
    # A key that may not write there, and a bucket that is not there.
    for changes, address in (
        ({"backup_access_key": "landing", "backup_secret_key": server.keys["landing"]}, place),
        ({}, "s3://no-bucket/x"),
    ):
        with pytest.raises((RunFailedError, UsageError)) as caught:
            back_up(on_s3(server, tmp_path / "home", "wrong", landing="", warehouse="", **changes), Warehouse.of(own), address)
        assert address.removeprefix("s3://") in str(caught.value)
        assert server.keys["landing"] not in str(caught.value)
    # A table there is no empty workspace either.
    land(tmp_path / "more", OBJECT, b"")
    (tmp_path / "third").mkdir()
    shutil.copy(tmp_path / "home" / "pii.key", tmp_path / "third")
    with pytest.raises(UsageError, match="restored into an empty workspace, and there are files in s3"):
        restore(on_s3(server, tmp_path / "third", "wrong"), place)
