"""What tests have a side process call."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from jobs.errors import RunFailedError, SourceError, UsageError
from jobs.lock import workspace_lock

ERRORS = {error.__name__: error for error in (RunFailedError, SourceError, UsageError, ZeroDivisionError)}


class _CannotBeSentError(Exception):
    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first}\n{second}")


def echo(**arguments: Any) -> dict[str, Any]:
    """The arguments and who got them."""
    print("something is printed")
    return {"arguments": arguments, "process": os.getpid()}


def fail(error: str, message: str) -> dict[str, Any]:
    """Raise an error by its name."""
    raise ERRORS[error](message)


def fail_oddly() -> dict[str, Any]:
    """Raise what cannot be made again from its message."""
    raise _CannotBeSentError("first line", "second line")


def die() -> dict[str, Any]:
    """End as a process does for which there is no memory."""
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def work(started: str, cleared: str) -> dict[str, Any]:
    """Take long; say when it began, and when it cleared up after itself."""
    Path(started).write_text(str(os.getpid()), encoding="ascii")
    try:
        time.sleep(120)
    finally:
        Path(cleared).touch()
    return {}


def work_on(started: str) -> dict[str, Any]:
    """Take long, whoever interrupts."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Path(started).write_text(str(os.getpid()), encoding="ascii")
    time.sleep(120)
    return {}


def touch(path: str) -> None:
    """Take a moment and leave a file."""
    time.sleep(0.5)
    Path(path).touch()


def write(home: str) -> bool:
    """Take the workspace's lock, which the parent holds on behalf of this process too."""
    with workspace_lock(Path(home)):
        return True


def fail_when_interrupted(started: str, *, swallowed: bool) -> None:
    """Sleep; an interrupt becomes another error, or nothing."""
    Path(started).write_text(str(os.getpid()), encoding="ascii")
    try:
        time.sleep(60)
    except KeyboardInterrupt:
        if swallowed:
            return
        raise RuntimeError("Error calling __set_name__") from None
