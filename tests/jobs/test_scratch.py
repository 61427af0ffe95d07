"""The folder of a command that writes nothing else."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

from jobs.scratch import forget_scratch, scratch_folder
from jobs.settings import PROJECT_ROOT

if TYPE_CHECKING:
    from pathlib import Path

HOLD = """
import pathlib, sys
from jobs.scratch import scratch_folder
with scratch_folder(pathlib.Path(sys.argv[1])) as folder:
    print(folder, flush=True)
    sys.stdin.read()
"""


def left(home: Path) -> set[str]:
    return {folder.name for folder in (home / "scratch").iterdir()}


def test_it_is_its_owners_alone_and_goes_at_the_end(tmp_path: Path) -> None:
    with scratch_folder(tmp_path) as folder:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (folder / "rows").write_text("a title", encoding="utf-8")
    assert left(tmp_path) == set()


def test_what_a_killed_command_left_is_removed_and_what_a_living_one_needs_is_not(tmp_path: Path) -> None:
    with subprocess.Popen(  # noqa: S603 - this interpreter
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(PROJECT_ROOT)},
    ) as other:
        assert other.stdout is not None
        theirs = other.stdout.readline().strip()
        with scratch_folder(tmp_path) as folder:
            forget_scratch(tmp_path)
            assert {str(tmp_path / "scratch" / name) for name in left(tmp_path)} == {theirs, str(folder)}
        other.send_signal(signal.SIGKILL)
    assert left(tmp_path)
    forget_scratch(tmp_path)
    assert left(tmp_path) == set()
