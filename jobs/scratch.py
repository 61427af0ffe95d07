"""A folder of one process inside the workspace, for a command that writes nothing else: rows hold titles, so nowhere outside of it.

It goes when the command ends. What a killed one left is removed by the next that needs one, and by each run, so that no record that becomes secret stays in it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_FOLDER, _LOCK = "scratch", ".lock"


@contextmanager
def scratch_folder(home: Path) -> Iterator[Path]:
    """A folder for as long as the block lasts; the kernel knows when its process ends, however it ends."""
    forget_scratch(home)
    parent = home / _FOLDER
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder, lock = _held_folder(parent)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def forget_scratch(home: Path) -> None:
    """Remove the folders whose process has ended."""
    parent = home / _FOLDER
    for folder in parent.iterdir() if parent.is_dir() else ():
        lock = _locked(folder, wait=False)
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


def _held_folder(parent: Path) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(dir=parent))
        lock = _locked(folder, wait=True)
        # Before it was held, another process may have taken it for a left one.
        if lock is not None and folder.exists():
            return folder, lock
        if lock is not None:
            os.close(lock)


def _locked(folder: Path, *, wait: bool) -> int | None:
    """Hold a folder by a file in it: its descriptor, which the process's children do not inherit; None where another process does, or where it is gone.

    A file and not the folder itself: over NFS only what is open for writing can be held.
    """
    try:
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
