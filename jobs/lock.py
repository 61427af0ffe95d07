"""One writer a workspace: an advisory lock on a file, released by the kernel when its process ends, however it ends.

A run takes it before anything else, for all its steps. The processes that write on its behalf (that of the steps, a JVM) inherit it (`lock_descriptors`,
`adopt_locks`): where a run is killed, they may be writing for a moment longer, and the lock stands until they have ended as well.
"""

from __future__ import annotations

import fcntl
import os
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.errors import RunFailedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


_held: list[int] = []
_adopted: list[int] = []


def lock_descriptors() -> tuple[int, ...]:
    """The file descriptors of the locks that this process holds, for a child that writes on its behalf to inherit."""
    return (*_held, *_adopted)


def adopt_locks(descriptors: Iterable[int]) -> None:
    """Count the locks that a parent holds, and that this process inherited by their descriptors, as its own as long as it lives."""
    _adopted.extend(descriptors)


@contextmanager
def workspace_lock(home: Path) -> Iterator[None]:
    """Hold the workspace for writing.

    Raises:
        RunFailedError: another process is writing; it is named by its process id, what it runs and since when.
    """
    home.mkdir(parents=True, exist_ok=True)
    path = home / "writer.lock"
    if path.exists() and any(os.path.samestat(path.stat(), os.fstat(descriptor)) for descriptor in _adopted):
        yield
        return
    with path.open("a+", encoding="utf-8", errors="replace") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise RunFailedError(f"another run is writing to {home} (process {holder}); wait for it to end and run again") from None
        file.truncate(0)
        what = " ".join([Path(sys.argv[0]).name, *sys.argv[1:2]])
        file.write(f"{os.getpid()}, `{what}`, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC")
        file.flush()
        _held.append(file.fileno())
        try:
            yield
        finally:
            _held.remove(file.fileno())
            # Closing is not enough: a child that inherited the descriptor would keep the lock.
            fcntl.flock(file, fcntl.LOCK_UN)
