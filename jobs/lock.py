"""One writer a workspace: an advisory lock on a file, released by the kernel when its process ends, however it ends.

The process of the engine gets the lock too (`lock_descriptors`): where a run is killed, its engine may be writing for a moment longer, and the lock stands
until that has ended as well.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from jobs.errors import RunFailedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


_held: list[int] = []


def lock_descriptors() -> tuple[int, ...]:
    """The file descriptors of the locks that this process holds, for a child that writes on its behalf to inherit."""
    return tuple(_held)


@contextmanager
def workspace_lock(home: Path) -> Iterator[None]:
    """Hold the workspace for writing.

    Raises:
        RunFailedError: another process is writing; it is named by its process id.
    """
    home.mkdir(parents=True, exist_ok=True)
    path = home / "writer.lock"
    with path.open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise RunFailedError(f"another run is writing to {home} (process {holder}); wait for it to end and run again") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        _held.append(file.fileno())
        try:
            yield
        finally:
            _held.remove(file.fileno())
            # Closing is not enough: a child that inherited the descriptor would keep the lock.
            fcntl.flock(file, fcntl.LOCK_UN)
