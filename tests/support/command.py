"""The command itself, in a process of its own, with no setting but the workspace and the engine."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from jobs.settings import PROJECT_ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECONDS = 240


def environment(home: Path) -> dict[str, str]:
    """The environment of a command for a workspace."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "NTM_")) and name != "COLUMNS"}
    return kept | {"NTM_HOME": str(home), "PYTHONPATH": str(PROJECT_ROOT)}


def begin(home: Path, *arguments: str, stdin: int = subprocess.DEVNULL, **more: str) -> subprocess.Popen[str]:
    """Start `ntm` for a workspace, in a session of its own; `more`: further variables of its environment."""
    return subprocess.Popen(  # noqa: S603 - this interpreter
        [sys.executable, "-m", "jobs.cli", *arguments],
        env=environment(home) | more,
        cwd=home.parent,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )


def ended(process: subprocess.Popen[str], text: str | None = None) -> tuple[int, str, str]:
    """Exit code, and what was printed to standard output and standard error; `text` is given on standard input."""
    output, errors = process.communicate(text, timeout=SECONDS)
    return process.returncode, output, errors


def ntm(home: Path, *arguments: str, **more: str) -> tuple[int, str, str]:
    """Run `ntm` to its end: exit code, standard output, standard error."""
    return ended(begin(home, *arguments, **more))


def ntm_on_terminal(home: Path, *arguments: str, columns: int = 80) -> tuple[int, str]:
    """Run `ntm` on a terminal of its own: exit code, and what was shown there."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 25, columns, 0, 0))
    process = subprocess.Popen(  # noqa: S603 - this interpreter
        [sys.executable, "-m", "jobs.cli", *arguments], env=environment(home), cwd=home.parent, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    shown = bytearray()
    # Linux tells by an error that nobody has the terminal open any more.
    with suppress(OSError):
        while part := os.read(ours, 65_536):
            shown += part
    os.close(ours)
    return process.wait(SECONDS), shown.decode()


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until the condition holds."""
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.02)
