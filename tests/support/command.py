"""The command itself, in a process of its own, with no setting but the workspace and the engine."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from jobs.settings import PROJECT_ROOT

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 60


def environment(home: Path) -> dict[str, str]:
    """The environment of a command for a workspace."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "NTM_"))}
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
