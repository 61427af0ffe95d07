"""A run, or another command that writes, that is told to stop: it says so at once, is gone within some seconds, and leaves nothing half done."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from jobs.border.tokens import make_key
from jobs.lock import workspace_lock
from jobs.ops import ledger, releases
from tests.support.workspace import Workspace, work_record

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

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


@dataclass
class Stopped:
    """What was left of a command that was told to stop."""

    code: int
    seconds: float
    lines: list[tuple[float, str]]


def stopped(workspace: Workspace, command: list[str], number: signal.Signals, when: Callable[[], bool]) -> Stopped:
    """Start a command, send it a signal when it is at work, and wait until it and all that it started is gone."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "NTM_"))}
    process = subprocess.Popen(  # noqa: S603 - this interpreter
        [sys.executable, "-m", "jobs.cli", *command],
        env=environment | {"NTM_HOME": str(workspace.home), "PYTHONPATH": str(ROOT)},
        cwd=workspace.home.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        wait_until(lambda: process.poll() is not None or when())
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
        seconds = time.monotonic() - told
    finally:
        process.kill()
    assert not any(other.is_running() for other in others)
    return Stopped(process.returncode, seconds, lines)


def check_stop(workspace: Workspace, found: Stopped, code: int) -> None:
    assert found.code == code
    assert found.seconds < ENDED
    stopping = [seconds for seconds, line in found.lines if line.strip() == "stopping …"]
    assert len(stopping) == 1
    assert stopping[0] < AT_ONCE
    assert not any("Traceback" in line or "ntm:" in line for _, line in found.lines), "".join(line for _, line in found.lines)
    assert not staged(workspace.home), "what is staged holds titles"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
@pytest.mark.slow
def test_a_run_that_is_stopped_while_it_stages(number: signal.Signals, code: int, workspace: Workspace) -> None:
    found = stopped(workspace, ["run"], number, lambda: staged(workspace.home))
    check_stop(workspace, found, code)
    with workspace_lock(workspace.home):
        assert releases.last_release(workspace.warehouse) is None
        assert ledger.entries(workspace.warehouse) == []


@pytest.fixture(scope="module")
def released(workspace: Workspace, spark: SparkSession) -> Workspace:
    """The same workspace with its release, for the commands that make tables anew."""
    workspace.load()
    return workspace


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
@pytest.mark.slow
def test_a_rebuild_that_is_stopped_while_it_stages(number: signal.Signals, code: int, released: Workspace) -> None:
    before = releases.last_release(released.warehouse)
    found = stopped(released, ["rebuild", "work_record"], number, lambda: staged(released.home))
    check_stop(released, found, code)
    with workspace_lock(released.home):
        assert releases.last_release(released.warehouse) == before
        # The tables that it had emptied come back.
        releases.open_tables(released.warehouse)
        assert len(released.rows("silver/work_record")) == RECORDS


@pytest.mark.slow
def test_a_change_of_the_key_that_is_stopped_while_it_reads(released: Workspace) -> None:
    before = releases.last_release(released.warehouse)
    (released.home / "pii.key").unlink()
    make_key(released.home / "pii.key")
    logs = set((released.home / "logs").glob("side-*.log"))
    found = stopped(released, ["retokenise"], signal.SIGTERM, lambda: set((released.home / "logs").glob("side-*.log")) > logs)
    check_stop(released, found, 143)
    with workspace_lock(released.home):
        assert releases.recovery_point(released.warehouse) == before
