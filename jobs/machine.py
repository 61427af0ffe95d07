"""A full disk, whoever met it: Python, DuckDB, deltalake, Arrow, the engine."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_WORDS = tuple(os.strerror(number) for number in _FULL)
"""How libraries of other languages tell it, in the text of an error of their own."""


def full_disk(error: BaseException | str, places: Iterable[Path] = ()) -> str | None:
    """What to tell where an error (or one behind it, or the text of one) says that a file system is full: a sentence that names it; else None.

    Args:
        error: the error.
        places: where files are written besides the folder for temporary ones; of those the one with the least room is named, unless the error names a file.
    """
    behind = list(_chain(error)) if isinstance(error, BaseException) else [error]
    found = next((one for one in behind if _is_full(one)), None)
    if found is None:
        return None
    file = getattr(found, "filename", None)
    where = Path(os.fsdecode(file)) if isinstance(file, str | bytes) else min((*places, Path(tempfile.gettempdir())), key=_free)
    mount = _mount_of(where)
    return f"no space left on the file system at {mount} ({shutil.disk_usage(mount).free >> 20:,} MiB free); make room there and run again"


def _chain(error: BaseException | None) -> Iterable[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _is_full(error: BaseException | str) -> bool:
    return getattr(error, "errno", None) in _FULL or any(words in str(error) for words in _WORDS)


def _existing(path: Path) -> Path:
    path = path.absolute()
    return next(one for one in (path, *path.parents) if one.exists())


def _free(place: Path) -> int:
    # What could not be written is gone again, so this is not 0; still it is the smallest.
    return shutil.disk_usage(_existing(place)).free


def _mount_of(path: Path) -> Path:
    there = _existing(path)
    return next(one for one in (there, *there.parents) if one.is_mount() or one == one.parent)
