"""What the machine refuses, whoever met it: Python, DuckDB, deltalake, Arrow, the engine. A full disk; no thread or memory left. Its user, a free port."""

from __future__ import annotations

import errno
import os
import pwd
import shutil
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_QUOTA = frozenset({errno.EDQUOT})
_FULL = _QUOTA | {errno.ENOSPC}
_REFUSED = frozenset({errno.EAGAIN, errno.ENOMEM})
_NO_THREAD = "can't start new thread"
"""Python's own words."""


def full_disk(error: BaseException | str, places: Iterable[Path] = ()) -> str | None:
    """What to tell where an error (or one behind it, or the text of one) says that a file system, or a quota on it, is full: a sentence that names it; else
    None.

    Args:
        error: the error.
        places: where files are written besides the folder for temporary ones; of those the one with the least room is named, unless the error names a file.
    """
    found = _behind(error, _FULL)
    if found is None:
        return None
    file = getattr(found, "filename", None)
    where = Path(os.fsdecode(file)) if isinstance(file, str | bytes) else min((*places, Path(tempfile.gettempdir())), key=_free)
    mount = _mount_of(where)
    free = f"{shutil.disk_usage(mount).free >> 20:,} MiB free"
    if _tells(found, _QUOTA):
        return f"the quota of {user_name()} on the file system at {mount} is used up ({free} there); make room or have it raised, and run again"
    return f"no space left on the file system at {mount} ({free}); make room there and run again"


def user_name() -> str:
    """The user whom this process runs as, by the machine's own list and no variable that anybody can set; a number where the list has none (a container)."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def refused(error: BaseException) -> str | None:
    """What to tell where an error (or one behind it) says that the machine gave no thread, process or memory: a sentence; else None."""
    found = _behind(error, _REFUSED) or next((one for one in _chain(error) if str(one) == _NO_THREAD), None)
    if found is None:
        return None
    word = os.strerror(errno.ENOMEM if _tells(found, {errno.ENOMEM}) else errno.EAGAIN)
    return f"the machine gave no more threads or memory ({word}; {_threads()} threads run here); end other work on it, or raise its limits, and run again"


def _behind(error: BaseException | str, numbers: Collection[int]) -> BaseException | str | None:
    return next((one for one in (_chain(error) if isinstance(error, BaseException) else [error]) if _tells(one, numbers)), None)


def _chain(error: BaseException | None) -> Iterable[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _tells(error: BaseException | str, numbers: Collection[int]) -> bool:
    # Libraries of other languages tell it in the text of an error of their own.
    return getattr(error, "errno", None) in numbers or any(os.strerror(number) in str(error) for number in numbers)


def _threads() -> int:
    return len(list(Path("/proc/self/task").iterdir()))


def _existing(path: Path) -> Path:
    path = path.absolute()
    return next(one for one in (path, *path.parents) if one.exists())


def _free(place: Path) -> int:
    # What could not be written is gone again, so this is not 0; still it is the smallest.
    return shutil.disk_usage(_existing(place)).free


def _mount_of(path: Path) -> Path:
    there = _existing(path)
    return next(one for one in (there, *there.parents) if one.is_mount() or one == one.parent)


def free_port() -> int:
    """A port of loopback that nobody listens at now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
