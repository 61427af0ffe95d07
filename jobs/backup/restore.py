"""`ntm restore`: a back-up becomes the workspace that the settings name, in a folder or on S3, whichever it was taken of.

The release is written last. Until then nobody sees one, and a note in the workspace says that it is not whole; a restore that was killed is begun again
by the same command, and goes on.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from deltalake.exceptions import DeltaError

from jobs.backup.manifest import HOME, LANDING, WAREHOUSE, File, Manifest, each, require_manifest
from jobs.backup.take import HOME_FOLDERS, SCHEDULER, place_of
from jobs.backup.tree import Tree, tree_at
from jobs.border.read import key_source
from jobs.border.tokens import key_fingerprint
from jobs.engine.tables import Warehouse
from jobs.errors import RunFailedError, UsageError
from jobs.landing.storage import landing_access, landing_storage, require_landing
from jobs.lock import writer_lock
from jobs.log import said_while_it_lasts
from jobs.ops import ledger, releases
from jobs.settings import restore_note
from warehouse_schema.contracts import load_contracts

if TYPE_CHECKING:
    from jobs.landing.storage import LandingStorage
    from jobs.ops.releases import Release
    from jobs.settings import Settings


def restore(settings: Settings, address: str) -> Manifest:
    """Make the workspace of the settings, which is empty, the one that a back-up was taken of; gives what it now holds.

    Raises:
        UsageError: there is no back-up; the workspace is not empty, or the restore of another back-up was begun in it; the key is missing or another one.
        RunFailedError: a file of the back-up is missing or altered, or something cannot be read or written.
    """
    source = place_of(settings, address)
    manifest, digest = require_manifest(source)
    _require_key(settings, manifest)
    require_landing(settings)
    storage = landing_storage(settings.landing_url, s3=landing_access(settings))
    home, warehouse = tree_at(str(settings.home), {}), Warehouse.of(settings)
    tables = tree_at(warehouse.url, warehouse.storage_options or {})
    with writer_lock(settings), said_while_it_lasts("restore"):
        _begin(settings, source, digest, storage, tables, home)
        _copy(source, manifest, WAREHOUSE, tables)
        if f"{HOME}/{SCHEDULER}" in manifest.files:
            # What Airflow keeps is its owner's, whoever may read the tables.
            (settings.home / SCHEDULER).parent.mkdir(mode=0o700, exist_ok=True)
        _copy(source, manifest, HOME, home)
        each(lambda item: storage.put_new(item[0], _whole(source, f"{LANDING}/{item[0]}", item[1])), manifest.below(LANDING).items())
        # What a killed restore has left, its release among it.
        each(tables.delete, sorted(tables.files().keys() - manifest.below(WAREHOUSE).keys()))
        _release(warehouse, manifest, storage)
        tables.settle()
        restore_note(settings.home).unlink()
    return manifest


def _require_key(settings: Settings, manifest: Manifest) -> None:
    """Refuse another key than that of the tables: their tokens and tombstones would no longer fit."""
    if manifest.key_fingerprint is not None and key_fingerprint(key_source(settings).key()) != manifest.key_fingerprint:
        raise UsageError(
            "the key that is set (NTM_PII_KEY_FILE, NTM_PII_KEY, or pii.key in NTM_HOME) is not the one that the tables of this back-up were made with:"
            " set that one, of which the back-up itself has no copy"
        )


def _begin(settings: Settings, source: Tree, digest: str, storage: LandingStorage, tables: Tree, home: Tree) -> None:
    """Note that the workspace is being restored.

    Raises:
        UsageError: it is not empty, and not because the restore of this back-up was begun in it.
    """
    note = restore_note(settings.home)
    if note.exists():
        if json.loads(note.read_text(encoding="utf-8"))["manifest"] != digest:
            raise UsageError(
                f"the restore of another back-up was begun in {settings.home} and did not end: empty the workspace, or choose a new one"
            )
        return
    has = {
        settings.landing_url: next(iter(storage.scan("")), None) is not None,
        settings.warehouse_url: bool(tables.files()),
        str(settings.home): home.exists(SCHEDULER) or any(home.files(folder) for folder in HOME_FOLDERS),
    }
    if any(has.values()):
        raise UsageError(
            f"a back-up is restored into an empty workspace, and there are files in {', '.join(place for place, is_there in has.items() if is_there)}:"
            " choose other places (NTM_HOME, NTM_LANDING, NTM_WAREHOUSE)"
        )
    home.write(note.name, json.dumps({"from": source.address, "manifest": digest}).encode())
    home.settle()


def _copy(source: Tree, manifest: Manifest, folder: str, target: Tree) -> None:
    there = target.files()

    def one(item: tuple[str, File]) -> None:
        path, file = item
        if there.get(path) != file.size or not file.is_of(target.read(path)):
            target.write(path, _whole(source, f"{folder}/{path}", file))

    each(one, manifest.below(folder).items())


def _whole(source: Tree, path: str, file: File) -> bytes:
    """The bytes of a file of the back-up.

    Raises:
        RunFailedError: it is missing or not what was backed up.
    """
    try:
        content = source.read(path)
    except FileNotFoundError:
        raise RunFailedError(f"{source.address} is not whole: {path} is missing; nothing was released") from None
    if not file.is_of(content):
        raise RunFailedError(f"{source.address} is not whole: {path} is not what was backed up (by its SHA-256); nothing was released")
    return content


def _release(warehouse: Warehouse, manifest: Manifest, storage: LandingStorage) -> None:
    """Write the releases, and the checkpoint after them, over tables that are at its versions."""
    *earlier, released = manifest.releases()
    checkpoint = manifest.pending()
    point = checkpoint or released
    for name, number in point.tables.items():
        if _newest(warehouse, name) != number:
            raise RunFailedError(f"{name} is not at version {number} of release {released.sequence}; nothing was released")
    point = _with_versions_of(storage, warehouse, manifest, point)
    for name, rows in (
        (releases.CHECKPOINT, [point] if checkpoint else []),
        (releases.RELEASE, [*earlier, released if checkpoint else point]),
    ):
        contract = load_contracts()[name]
        warehouse.ensure(contract)
        if rows:
            warehouse.append(contract, map(releases.as_row, rows))


def _newest(warehouse: Warehouse, name: str) -> int | None:
    try:
        return warehouse.version(name)
    except DeltaError:
        return None


def _with_versions_of(storage: LandingStorage, warehouse: Warehouse, manifest: Manifest, point: Release) -> Release:
    """Have the ledger know landed objects by what this storage says of their state, as it did by what the other one said.

    Else every run would read all of them to see that they are known.
    """
    landed, there = manifest.below(LANDING), {item.path: item.version for item in storage.list("")}
    known = [entry for entry in ledger.entries(warehouse, point.tables[ledger.LOAD]) if entry.path in landed]
    moved = [
        replace(entry, storage_version=there[entry.path])
        for entry in known
        if (entry.size, entry.storage_version) == (landed[entry.path].size, landed[entry.path].version)
        and there[entry.path] != entry.storage_version
    ]
    if not moved:
        return point
    ledger.record(warehouse, moved)
    return replace(point, tables=point.tables | {ledger.LOAD: warehouse.version(ledger.LOAD)})
