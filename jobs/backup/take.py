"""`ntm backup`: a copy of what a workspace needs to go on from a release, beside whatever run is on.

Everything that is copied stays as it is while it is copied: the files of a release never change and stay as long as the release is readable, landed objects
never change, and Delta's log is cut at the versions that the release names. So no lock is held. What the back-up has already is not copied again.

What the workspace keeps beside the tables comes before the landing zone: a watermark may be behind what has landed, and never ahead of it.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from deltalake.exceptions import DeltaError

from jobs.backup.manifest import HOME, LANDING, UNFINISHED, WAREHOUSE, File, Manifest, each, find_manifest, row_of, write_manifest
from jobs.backup.tree import Tree, tree_at
from jobs.border.read import key_source
from jobs.border.token_key import TOKEN_KEY
from jobs.border.tokens import key_fingerprint
from jobs.engine.store import s3_options
from jobs.engine.views import files_of
from jobs.errors import RunFailedError, UsageError
from jobs.landing.storage import landing_access, landing_storage
from jobs.lock import workspace_lock
from jobs.log import said_while_it_lasts
from jobs.ops import ledger, releases
from jobs.ops.ledger import State
from jobs.publish.released import release_numbered, require_release
from jobs.scratch import scratch_folder
from jobs.settings import path_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from jobs.engine.tables import Warehouse
    from jobs.landing.storage import LandingStorage
    from jobs.ops.releases import Release
    from jobs.settings import Settings

HOME_FOLDERS = ("state", "gx", "data_docs", "exports")
"""Watermarks and how the pulls went, what Great Expectations judged and the pages of it, and what was exported: reports that were sent cannot be made again."""
SCHEDULER = "airflow/airflow.db"
"""The history of Airflow's scheduler; runs from the command line keep none."""
_VIEWS = ".duckdb"
"""A file of views goes with the warehouse where it stands (`ntm export views`)."""
_LOG = "_delta_log"
_LOG_FILE = re.compile(r"(\d{20})\.[^/]+")
"""Commits, checkpoints and checksums begin with their version. `_last_checkpoint`, which may be of a later one, only spares readers a look."""


@dataclass(slots=True)
class BackedUp:
    """What became of a back-up.

    Attributes:
        place: where it is.
        manifest: what it holds.
        copied: files that were copied; the others were there.
        copied_bytes: their size.
        kept: landed objects that are in the tables and gone from the landing zone; the back-up still has them.
        unread: landed objects that this user may not read; they are not in it.
        key_file: where the key of personal data was written; None: nowhere.
    """

    place: str
    manifest: Manifest
    copied: int = 0
    copied_bytes: int = 0
    kept: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    key_file: Path | None = None


@dataclass(frozen=True, slots=True)
class _Source:
    """A file to be copied.

    Attributes:
        path: in the back-up.
        read: gives its bytes.
        size: where its name, size and `version` tell its content, so that it need not be read again; else None.
        version: of a landed object what its storage says of its state.
    """

    path: str
    read: Callable[[], bytes]
    size: int | None = None
    version: str | None = None


def place_of(settings: Settings, address: str) -> Tree:
    """Where a back-up is. S3 is reached by `NTM_BACKUP_ACCESS_KEY` and `NTM_BACKUP_SECRET_KEY`.

    Raises:
        UsageError: the address has another form.
    """
    return tree_at(address, s3_options(settings.s3_endpoint, settings.backup_access_key, settings.backup_secret_key))


def back_up(settings: Settings, warehouse: Warehouse, address: str, *, number: int | None = None, key_file: Path | None = None) -> BackedUp:
    """Copy a release, those before it that are still readable, the landing zone and what the workspace keeps beside them.

    Args:
        settings: name the workspace.
        warehouse: its tables.
        address: a folder, or `s3://bucket/prefix`: empty, or with an earlier back-up of the same workspace, which it takes the place of.
        number: of the release; None: the newest, and what was loaded or decided after it.
        key_file: write the key of personal data to this new file (0600), which lies outside of the back-up.

    Raises:
        UsageError: there is no such release, or files of it are deleted; the place holds something else; the key file is there.
        RunFailedError: something cannot be read or written, or another back-up of the workspace is being made.
    """
    target = place_of(settings, address)
    _require_outside(settings, target)
    release = require_release(warehouse) if number is None else release_numbered(warehouse, number)
    pending = releases.recovery_point(warehouse) if number is None else None
    checkpoint = pending if pending != release else None
    fingerprint = _fingerprint(warehouse, checkpoint or release)
    key = _key_for(settings, target, key_file, fingerprint) if key_file else None
    with workspace_lock(settings.home / "backup"), said_while_it_lasts("back-up"):
        before = _require_usable(target, release)
        copy = _Copy(target, before.files if before else {}, target.files())
        done = BackedUp(target.address, _manifest(warehouse, release, checkpoint, fingerprint), key_file=key_file)
        # Logs before anything else: they tell whether it is the back-up of this warehouse.
        for sources in (*_of_tables(warehouse, release, checkpoint), _of_home(settings), _of_scheduler(settings)):
            done.manifest.files.update(copy.all(sources))
        done.manifest.files.update(_landed(settings, warehouse, copy, done, checkpoint or release))
        write_manifest(target, done.manifest)
        _prune(target, done.manifest)
    if key_file and key:
        _write_key(key_file, key)
    done.copied, done.copied_bytes = copy.count, copy.size
    return done


def _manifest(warehouse: Warehouse, release: Release, checkpoint: Release | None, fingerprint: str | None) -> Manifest:
    return Manifest(
        made_at=datetime.now(UTC),
        ntm=version("ntm-warehouse"),
        key_fingerprint=fingerprint,
        release=row_of(release),
        earlier=[row_of(one) for one in _before(warehouse, release)],
        checkpoint=row_of(checkpoint) if checkpoint else None,
        files={},
    )


def _before(warehouse: Warehouse, release: Release) -> list[Release]:
    return [one for one in releases.releases(warehouse) if one.sequence < release.sequence]


def _require_outside(settings: Settings, target: Tree) -> None:
    """Refuse a place in the workspace itself, which goes when the workspace goes."""
    if not target.is_local:
        return
    folders = [settings.home, *filter(None, map(path_of, (settings.landing_url, settings.warehouse_url)))]
    if any(Path(target.root).resolve().is_relative_to(folder.resolve()) for folder in folders):
        raise UsageError(f"{target.address} is in the workspace itself: choose a place outside of it, best on another machine")


def _require_usable(target: Tree, release: Release) -> Manifest | None:
    """The back-up that the place has; None where it is empty, or where a first one did not end.

    Raises:
        UsageError: it has something else, or a later release.
    """
    found = find_manifest(target)
    if found is None:
        if not target.exists(UNFINISHED):
            if target.files():
                raise UsageError(f"{target.address} has files and is no back-up: choose an empty folder")
            target.write(UNFINISHED, json.dumps({"release": release.sequence}).encode())
        return None
    if found[0].number > release.sequence:
        raise UsageError(
            f"{target.address} has a back-up of release {found[0].number}, which one of release {release.sequence} would take the place of:"
            " choose another folder"
        )
    return found[0]


@dataclass(slots=True)
class _Copy:
    """Copies files to a back-up, but for those that it has.

    Attributes:
        target: the back-up.
        known: the files of the back-up that is there.
        there: the size of each file that lies there, whether a back-up names it or not.
        count: files that were copied.
        size: their bytes.
    """

    target: Tree
    known: Mapping[str, File]
    there: Mapping[str, int]
    count: int = 0
    size: int = 0

    def all(self, sources: Iterable[_Source]) -> dict[str, File]:
        """Copy them; gives each by its path, but for those that are gone since they were listed."""
        found = [one for one in each(self._one, sources) if one]
        new = [file for _, file, is_new in found if is_new]
        self.count += len(new)
        self.size += sum(file.size for file in new)
        return {path: file for path, file, _ in found}

    def _one(self, source: _Source) -> tuple[str, File, bool] | None:
        known = self.known.get(source.path)
        if known and self.there.get(source.path) != known.size:
            known = None
        if known and (known.size, known.version) == (source.size, source.version):
            return source.path, known, False
        try:
            content = source.read()
        except FileNotFoundError:
            return None
        file = File(size=len(content), sha256=sha256(content).hexdigest(), version=source.version)
        if known and known.sha256 != file.sha256 and _LOG in source.path:
            raise UsageError(f"{self.target.address} has the back-up of another warehouse ({source.path} differs): choose another folder")
        if known and known.sha256 == file.sha256:
            return source.path, file, False
        # A back-up that was killed has left it.
        if known is None and self.there.get(source.path) == file.size and file.is_of(self.target.read(source.path)):
            return source.path, file, False
        self.target.write(source.path, content)
        return source.path, file, True


def _of_home(settings: Settings) -> list[_Source]:
    home = tree_at(str(settings.home), {})
    paths = [path for folder in HOME_FOLDERS for path in home.files(folder) if not path.endswith(_VIEWS)]
    return [_Source(f"{HOME}/{path}", partial(home.read, path)) for path in paths]


def _of_scheduler(settings: Settings) -> list[_Source]:
    database = settings.home / SCHEDULER
    return [_Source(f"{HOME}/{SCHEDULER}", partial(_database, settings.home, database))] if database.exists() else []


def _database(home: Path, database: Path) -> bytes:
    """A whole state of a SQLite file, whoever is writing to it."""
    with scratch_folder(home) as folder:
        copy = folder / database.name
        try:
            with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as source, closing(sqlite3.connect(copy)) as target:
                source.backup(target)
        except sqlite3.Error as error:
            raise RunFailedError(f"{database} cannot be copied: {error}") from None
        return copy.read_bytes()


def _of_tables(warehouse: Warehouse, release: Release, checkpoint: Release | None) -> tuple[list[_Source], list[_Source]]:
    """Delta's logs up to the versions of the release, and the data files of it and of those before it that are still there.

    Raises:
        UsageError: files of the release are deleted.
    """
    readable = [one for one in _before(warehouse, release) if one.state == releases.RELEASED]
    newest = checkpoint or release
    tables = tree_at(warehouse.url, warehouse.storage_options or {})

    def of_table(name: str) -> tuple[list[_Source], list[_Source]]:
        there = tables.files(name)
        # A table that is newer than the release is in the checkpoint alone.
        versions = {one.tables[name] for one in (release, newest) if name in one.tables}
        needed = {path for one in versions for path in _files(warehouse, release, name, one)}
        if not needed <= there.keys():
            raise _expired(warehouse, release, name)
        earlier = {one.tables[name] for one in readable if name in one.tables}
        others = {path for one in earlier for path in _files_if_readable(warehouse, name, one) if path in there} - needed
        read_needed = partial(_read_needed, tables, _expired(warehouse, release, name))
        # A log is read each time, though its files do not change either.
        logs = [_Source(f"{WAREHOUSE}/{path}", partial(read_needed, path)) for path in there if _is_of_log(path, name, newest.tables[name])]
        data = [_Source(f"{WAREHOUSE}/{path}", partial(read_needed, path), there[path]) for path in needed]
        return logs, data + [_Source(f"{WAREHOUSE}/{path}", partial(tables.read, path), there[path]) for path in others]

    found = each(of_table, sorted(newest.tables))
    return [source for logs, _ in found for source in logs], [source for _, data in found for source in data]


def _read_needed(tables: Tree, gone: UsageError, path: str) -> bytes:
    try:
        return tables.read(path)
    except FileNotFoundError:
        raise gone from None


def _files(warehouse: Warehouse, release: Release, name: str, number: int) -> list[str]:
    try:
        return _data_files(warehouse, name, number)
    except DeltaError:
        raise _expired(warehouse, release, name) from None


def _files_if_readable(warehouse: Warehouse, name: str, number: int) -> list[str]:
    try:
        return _data_files(warehouse, name, number)
    except DeltaError:
        return []


def _data_files(warehouse: Warehouse, name: str, number: int) -> list[str]:
    """The data files of a table at a version, by their paths from the root of the warehouse."""
    return [f"{name}/{file.rpartition(f'/{name}/')[2]}" for file in files_of(warehouse.open(name, number))]


def _is_of_log(path: str, name: str, newest: int) -> bool:
    found = _LOG_FILE.fullmatch(path.removeprefix(f"{name}/{_LOG}/"))
    return found is not None and int(found[1]) <= newest


def _expired(warehouse: Warehouse, release: Release, name: str) -> UsageError:
    return UsageError(
        f"release {release.sequence} cannot be backed up: files of {name} were deleted, as maintenance does after NTM_RELEASE_RETENTION_DAYS"
        f" ({warehouse.retention_days}) days, and a run where a record has become secret; `ntm status` names the newest release"
    )


def _landed(settings: Settings, warehouse: Warehouse, copy: _Copy, done: BackedUp, point: Release) -> dict[str, File]:
    """Copy what has landed; notes what could not be read, and what is gone and in the tables, which the back-up keeps."""
    storage = landing_storage(settings.landing_url, s3=landing_access(settings))
    listed = list(storage.list(""))

    def read(path: str) -> bytes:
        try:
            return _content(storage, path)
        except PermissionError:
            done.unread.append(path)
            raise FileNotFoundError(path) from None

    files = copy.all(_Source(f"{LANDING}/{item.path}", partial(read, item.path), item.size, item.version) for item in listed)
    there = {f"{LANDING}/{item.path}" for item in listed}
    gone = [path for path in copy.known if path.startswith(f"{LANDING}/") and path not in there and path in copy.there]
    if gone:
        loaded = {f"{LANDING}/{one.path}" for one in ledger.entries(warehouse, point.tables[ledger.LOAD]) if _is_in_tables(one)}
        kept = {path: copy.known[path] for path in gone if path in loaded}
        done.kept += sorted(path.removeprefix(f"{LANDING}/") for path in kept)
        files |= kept
    return files


def _is_in_tables(entry: ledger.Entry) -> bool:
    return entry.state == State.LOADED or bool(entry.rows_read)


def _content(storage: LandingStorage, path: str) -> bytes:
    with storage.open(path) as stream:
        return stream.read()


def _prune(target: Tree, manifest: Manifest) -> None:
    """Delete what an earlier back-up named and this one does not: a record that became secret goes from here too."""
    folders = tuple(f"{folder}/" for folder in (LANDING, WAREHOUSE, HOME))
    left = [path for path in target.files() if path.startswith(folders) and path not in manifest.files]
    each(target.delete, [*left, *([UNFINISHED] if target.exists(UNFINISHED) else [])])


def _fingerprint(warehouse: Warehouse, point: Release) -> str | None:
    """The fingerprint of the key that the tables were made with; None before the first load."""
    number = point.tables.get(TOKEN_KEY)
    rows = warehouse.rows(TOKEN_KEY, number) if number is not None else []
    return str(rows[0]["fingerprint"]) if rows else None


def _key_for(settings: Settings, target: Tree, file: Path, fingerprint: str | None) -> bytes:
    """The key to be written to a file.

    Raises:
        UsageError: the file is there, or would lie in the back-up; or the key that is set is not the one of the tables.
    """
    if file.exists():
        raise UsageError(f"--with-key: {file} is there already; choose a new file")
    if target.is_local and file.resolve().is_relative_to(Path(target.root).resolve()):
        raise UsageError(f"--with-key: {file} lies in the back-up itself, whose tokens it opens: choose another place")
    key = key_source(settings).key()
    if fingerprint not in (None, key_fingerprint(key)):
        raise UsageError("--with-key: the key that is set is not the one that the tables were made with")
    return key


def _write_key(file: Path, key: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(key + b"\n")
        stream.flush()
        os.fsync(stream.fileno())
