"""The manifest of a back-up: which release it is of, and the hash of every file. It is written last; a folder without it is no back-up."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from jobs.errors import RunFailedError, UsageError
from jobs.ops.releases import Release

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from jobs.backup.tree import Tree

MANIFEST = "manifest.json"
UNFINISHED = "unfinished.json"
"""Stands in a folder while its first back-up is made, so that the next one knows it for its own."""
LANDING, WAREHOUSE, HOME = "landing", "warehouse", "home"
"""The folders of a back-up: landed objects, the files of the tables, and what the workspace keeps beside them."""
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
_AT_ONCE = 4
"""Files that are in memory at once."""


class File(BaseModel):
    """A file of a back-up. `version`: of a landed object what its storage said of its state."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: int
    sha256: str
    version: str | None = None

    def is_of(self, content: bytes) -> bool:
        """Whether these are its bytes."""
        return len(content) == self.size and sha256(content).hexdigest() == self.sha256


class Manifest(BaseModel):
    """What a back-up holds.

    Attributes:
        format: of this file.
        made_at: when it was made, in UTC.
        ntm: the version of the program that made it.
        key_fingerprint: of the key of personal data that the tables were made with; None where they were made with none yet.
        release: the release as a row of `ops/release`, with the version of each table and the fingerprint of each definition.
        earlier: the releases before it.
        checkpoint: the checkpoint after it, as a row of `ops/checkpoint`: what was loaded or decided and waits for a release; None: there is none.
        files: by path from the root of the back-up.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    made_at: AwareDatetime
    ntm: str
    key_fingerprint: str | None
    release: dict[str, Any]
    earlier: list[dict[str, Any]]
    checkpoint: dict[str, Any] | None = None
    files: dict[str, File]

    @property
    def number(self) -> int:
        """The number of the release."""
        return int(self.release["sequence"])

    @property
    def size(self) -> int:
        """Of all files, in bytes."""
        return sum(file.size for file in self.files.values())

    def below(self, folder: str) -> dict[str, File]:
        """The files of a folder, by their paths in it."""
        return {path.removeprefix(f"{folder}/"): file for path, file in self.files.items() if path.startswith(f"{folder}/")}

    def releases(self) -> list[Release]:
        """The release and those before it, oldest first."""
        return [_release(row) for row in (*self.earlier, self.release)]

    def pending(self) -> Release | None:
        """The checkpoint after the release."""
        return _release(self.checkpoint) if self.checkpoint else None


def row_of(release: Release) -> dict[str, Any]:
    """A release as the manifest has it."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(release), default=str))
    return plain


def _release(row: dict[str, Any]) -> Release:
    as_of = row["as_of"] and date.fromisoformat(row["as_of"])
    return Release(**{**row, "as_of": as_of, "created_at": datetime.fromisoformat(row["created_at"]).astimezone(UTC)})


def find_manifest(tree: Tree) -> tuple[Manifest, str] | None:
    """The manifest of a back-up with the hash of its file; None where there is none.

    Raises:
        RunFailedError: it is not whole.
    """
    try:
        text = tree.read(MANIFEST)
    except FileNotFoundError:
        return None
    try:
        manifest = Manifest.model_validate_json(text)
        manifest.releases()
        manifest.pending()
    except (ValidationError, KeyError, TypeError, ValueError):
        raise RunFailedError(
            f"{tree.address}/{MANIFEST} is not the manifest of a back-up that this version of ntm knows: it is damaged, or a newer one made it"
        ) from None
    return manifest, sha256(text).hexdigest()


def require_manifest(tree: Tree) -> tuple[Manifest, str]:
    """The manifest of a back-up with the hash of its file.

    Raises:
        UsageError: there is none.
        RunFailedError: it is not whole.
    """
    found = find_manifest(tree)
    if found is None:
        begun = tree.exists(UNFINISHED)
        told = "its first back-up did not end; run `ntm backup` again" if begun else f"it has no {MANIFEST}"
        raise UsageError(f"{tree.address} is no back-up: {told}")
    return found


def write_manifest(tree: Tree, manifest: Manifest) -> None:
    """Write the manifest, when all that it names is there for good."""
    tree.settle()
    tree.write(MANIFEST, manifest.model_dump_json(indent=1).encode())
    tree.settle()


def each(work: Callable[[_Item], _Result], items: Iterable[_Item]) -> list[_Result]:
    """What a piece of work gives for each item, some files at once; the first failure ends it."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        try:
            return list(pool.map(work, items))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
