"""A run that is told to stop: it says so at once, is gone within some seconds, and leaves nothing half done."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from jobs.lock import workspace_lock
from jobs.ops import ledger, releases
from tests.support.workspace import Workspace, work_record

pytestmark = pytest.mark.default_engine

ROOT = Path(__file__).resolve().parents[3]
RECORDS = 150_000
AT_ONCE, ENDED = 1, 5


def wait_until(condition: Callable[[], bool], seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace whose load takes far longer than a stop may."""
    made = Workspace(tmp_path_factory.mktemp("stopped") / "home")
    made.land_organisations()
    line = json.dumps(work_record("HS-NUMBER"), ensure_ascii=False) + "\n"
    made.land("eoffice/work_records/dt=2025-03-01/a.ndjson", "".join(line.replace("NUMBER", f"{number:07d}") for number in range(RECORDS)))
    return made


def staged(home: Path) -> bool:
    return any(path.is_file() for path in (home / "staging").rglob("*"))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_run_that_is_stopped_while_it_stages(number: signal.Signals, code: int, workspace: Workspace) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "NTM_"))}
    process = subprocess.Popen(
        [sys.executable, "-m", "jobs.cli", "run"],
        env=environment | {"NTM_HOME": str(workspace.home), "PYTHONPATH": str(ROOT)},
        cwd=workspace.home.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        wait_until(lambda: process.poll() is not None or staged(workspace.home))
        assert process.poll() is None
        others = psutil.Process(process.pid).children(recursive=True)
        assert others, "the steps have a process of their own"
        told = time.monotonic()
        process.send_signal(number)
        assert process.stderr
        lines = []
        while line := process.stderr.readline().decode():
            lines.append((time.monotonic() - told, line))
        process.wait(30)
        assert time.monotonic() - told < ENDED
    finally:
        process.kill()
    assert process.returncode == code
    stopping = [seconds for seconds, line in lines if line.strip() == "stopping …"]
    assert len(stopping) == 1
    assert stopping[0] < AT_ONCE
    assert not any("Traceback" in line or "ntm:" in line for _, line in lines)
    assert not any(other.is_running() for other in others)
    assert not staged(workspace.home), "what is staged holds titles"
    with workspace_lock(workspace.home):
        assert releases.last_release(workspace.warehouse) is None
        assert ledger.entries(workspace.warehouse) == []
