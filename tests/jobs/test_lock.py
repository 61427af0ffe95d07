from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.errors import RunFailedError
from jobs.lock import lock_descriptors, workspace_lock


def holds(home: Path) -> bool:
    """Whether someone holds the workspace, as another process sees it."""
    code = "import sys, pathlib, jobs.lock as l\nwith l.workspace_lock(pathlib.Path(sys.argv[1])): pass"
    done = subprocess.run([sys.executable, "-c", code, str(home)], capture_output=True, text=True, check=False)  # noqa: S603 - this interpreter
    assert done.returncode == 0 or "another run is writing" in done.stderr, done.stderr
    return done.returncode != 0


def test_a_second_writer_is_told_who_writes(tmp_path: Path) -> None:
    with workspace_lock(tmp_path):
        assert holds(tmp_path)
        with pytest.raises(RunFailedError, match=f"process {os.getpid()}"), workspace_lock(tmp_path):
            pass
    assert not holds(tmp_path)


def test_a_child_that_inherited_the_lock_keeps_it_only_while_its_parent_was_killed(tmp_path: Path) -> None:
    with workspace_lock(tmp_path):
        child = subprocess.Popen(["sleep", "60"], pass_fds=lock_descriptors())  # noqa: S607
    try:
        # The parent gave the workspace back, though the child lives on.
        assert not holds(tmp_path)
    finally:
        child.kill()
        child.wait()
    assert lock_descriptors() == ()

    killed = (
        "import os, pathlib, signal, subprocess, sys, jobs.lock as l\n"
        "with l.workspace_lock(pathlib.Path(sys.argv[1])):\n"
        "    print(subprocess.Popen(['sleep', '60'], pass_fds=l.lock_descriptors(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).pid, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", killed, str(tmp_path)], capture_output=True, text=True, check=False)  # noqa: S603
    orphan = int(done.stdout)
    try:
        assert holds(tmp_path)
    finally:
        os.kill(orphan, 9)
    assert not holds(tmp_path)
