"""A small workspace with all that a back-up takes, made without an engine, and the way to a back-up and back."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from jobs.backup.restore import restore
from jobs.backup.take import BackedUp, back_up
from jobs.border.token_key import adopt
from jobs.border.tokens import load_key, make_key
from jobs.engine.tables import Warehouse
from jobs.landing.storage import LocalStorage
from jobs.ops import ledger, releases
from jobs.settings import Settings
from tests.support.released import AS_OF, NOW, entry, make_release

if TYPE_CHECKING:
    from pathlib import Path

OBJECT = "eoffice/work_records/dt=2025-06-01/a.ndjson"
PACKED = "eoffice/work_records/dt=2025-06-01/b.ndjson.gz"


def settings_of(home: Path) -> Settings:
    return Settings(home=home, _env_file=None)


def land(home: Path, path: str, content: bytes) -> ledger.Entry:
    """Put an object into the landing zone; gives its entry of the ledger once it is loaded."""
    file = home / "landing" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    (item,) = LocalStorage(home / "landing").list(path)
    return entry(path, size=item.size, storage_version=item.version)


def publish(warehouse: Warehouse, *entries: ledger.Entry) -> releases.Release:
    """A release after entries of the ledger were written."""
    if entries:
        ledger.record(warehouse, entries)
    return releases.commit(warehouse, releases.RELEASE, run_id="run-2", now=NOW, as_of=AS_OF, reference="r", definitions={"d": "1"})


def make_workspace(home: Path) -> None:
    """Two releases, each with an object; a watermark, a report that was sent, and what a back-up leaves out."""
    warehouse = make_release(home, land(home, OBJECT, b"{}\n"))
    make_key(home / "pii.key")
    adopt(warehouse, load_key(home / "pii.key"), "run-2", NOW)
    publish(warehouse, land(home, PACKED, b"\x1f\x8bnot packed\n"))
    for name in ("state/watermarks/eoffice.work_records.json", "exports/report/40/report.pdf", "exports/views.duckdb", "site/index.html"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(name, encoding="ascii")


def backed_up(home: Path, to: Path, number: int | None = None, **more: Any) -> BackedUp:
    settings = settings_of(home)
    return back_up(settings, Warehouse.of(settings), str(to), number=number, **more)


def restored(backup: Path, home: Path, key_of: Path | None) -> Warehouse:
    """Restore into a folder that has the key of another workspace; None: none."""
    home.mkdir(exist_ok=True)
    if key_of:
        shutil.copy(key_of / "pii.key", home)
    settings = settings_of(home)
    restore(settings, str(backup))
    return Warehouse.of(settings)


def files_of(folder: Path, *below: str) -> dict[str, bytes]:
    """The content of each file below some folders of a folder."""
    return {
        str(file.relative_to(folder)): file.read_bytes() for name in below for file in sorted((folder / name).rglob("*")) if file.is_file()
    }
