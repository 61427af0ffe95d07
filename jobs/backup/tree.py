"""The files below one root, in a folder or on S3: what a back-up is written to, and where the files of the tables are.

A file is read and written whole: what was read is judged by its hash before anything of it is written.
"""

from __future__ import annotations

import os
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.engine.store import s3_filesystem
from jobs.errors import RunFailedError, UsageError
from jobs.settings import path_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyarrow.fs import FileSystem

_S3 = ("s3://", "s3a://")


@dataclass(frozen=True, slots=True)
class Tree:
    """Files below one root.

    Attributes:
        address: the root, as people write it.
        filesystem: Arrow's client for it.
        root: the root, as that client names it.
        is_local: whether it is a folder of this machine. What is written there has the modes that the process gives new files.
    """

    address: str
    filesystem: FileSystem
    root: str
    is_local: bool

    def files(self, below: str = "") -> dict[str, int]:
        """The size in bytes of each file below a folder, by its path from the root; none where there is no such folder."""
        from pyarrow.fs import FileSelector, FileType

        with _failures_named("list", self._at(below)):
            found = self.filesystem.get_file_info(FileSelector(self._path(below), allow_not_found=True, recursive=True))
        return {info.path[len(self.root) + 1 :]: info.size for info in found if info.type == FileType.File}

    def exists(self, path: str) -> bool:
        """Whether there is such a file."""
        from pyarrow.fs import FileType

        with _failures_named("look for", self._at(path)):
            return bool(self.filesystem.get_file_info(self._path(path)).type == FileType.File)

    def read(self, path: str) -> bytes:
        """The bytes of a file.

        Raises:
            FileNotFoundError: there is none.
            RunFailedError: it cannot be read.
        """
        with _failures_named("read", self._at(path)), self.filesystem.open_input_stream(self._path(path), compression=None) as stream:
            return bytes(stream.read())

    def write(self, path: str, content: bytes) -> None:
        """Write a file, whole or not at all, in the place of the one that is there.

        Raises:
            RunFailedError: it cannot be written.
        """
        if self.is_local:
            _replace(Path(self._path(path)), content)
            return
        # Else a name that ends in `.gz` would have its content packed once more.
        with _failures_named("write", self._at(path)), self.filesystem.open_output_stream(self._path(path), compression=None) as stream:
            stream.write(content)

    def delete(self, path: str) -> None:
        """Delete a file."""
        with _failures_named("delete", self._at(path)):
            self.filesystem.delete_file(self._path(path))

    def settle(self) -> None:
        """Have all that was written on the disk before anything says that it is there; S3 has when it answers."""
        if self.is_local:
            os.sync()

    def _path(self, path: str) -> str:
        return f"{self.root}/{path}" if path else self.root

    def _at(self, path: str) -> str:
        return f"{self.address}/{path}" if path else self.address


def tree_at(address: str, options: Mapping[str, str]) -> Tree:
    """The files at a path, at `file:///…` or at `s3://bucket/prefix`, which is reached by `options`. Opens nothing yet.

    Raises:
        UsageError: the address has another form.
    """
    from pyarrow.fs import LocalFileSystem

    folder = path_of(address)
    if folder is not None:
        path = str(folder.expanduser().absolute())
        return Tree(path, LocalFileSystem(), path, is_local=True)
    scheme, _, rest = address.partition("://")
    if not address.startswith(_S3) or not rest.strip("/"):
        raise UsageError(f"expected a folder or s3://bucket/prefix, got {address!r}")
    root = rest.strip("/")
    return Tree(f"{scheme}://{root}", s3_filesystem(options), root, is_local=False)


def _replace(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{uuid.uuid4().hex}.part")
    try:
        part.write_bytes(content)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _failures_named(action: str, place: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        # Arrow's sentences go on with request details.
        told = error.strerror or str(error).split("\n", 1)[0]
        raise RunFailedError(f"cannot {action} {place}: {told}") from error
