"""How `ntm run` begins: the lock first, no Airflow where nothing waits, and no silence while a source hangs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobs.lock import workspace_lock
from jobs.settings import PROJECT_ROOT
from tests.support.source_server import SourceServer, server_error, slow
from tests.support.workspace import Workspace, work_record

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.default_engine

TOKEN = "not-to-be-seen"


def begin(home: Path, *arguments: str, **settings: str) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "NTM_"))}
    environment |= {"NTM_HOME": str(home), "PYTHONPATH": str(PROJECT_ROOT), "NO_PROXY": "127.0.0.1"} | settings
    return subprocess.Popen(  # noqa: S603 - this interpreter
        [sys.executable, "-m", "jobs.cli", "run", *arguments],
        env=environment,
        cwd=home.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str, float]:
    """Exit code, output, errors, and the seconds of a core that the run and its processes took: other work on the machine does not count."""
    assert process.stdout
    assert process.stderr
    output, errors = process.stdout.read(), process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, output, errors, used.ru_utime + used.ru_stime


def test_a_second_run_is_refused_before_anything_is_started(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with workspace_lock(home):
        code, output, errors, seconds = ended(begin(home))
    assert (code, output) == (1, "")
    assert f"another run is writing to {home} (process {os.getpid()}, `" in errors
    assert "since 20" in errors
    assert seconds < 2
    assert [path.name for path in home.iterdir()] == ["writer.lock"], "neither Airflow nor a log"


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> Path:
    """A workspace with one release, as of 30 June 2025, and nothing that waits."""
    workspace = Workspace(tmp_path_factory.mktemp("released") / "home")
    workspace.land_organisations()
    workspace.land_records("eoffice/work_records/dt=2025-03-01/a.ndjson", [work_record("1")])
    workspace.load()
    return workspace.home


@pytest.mark.slow
def test_a_run_with_nothing_new_starts_no_airflow(released: Path) -> None:
    ended(begin(released, "--quiet", "--date", "2025-06-30"))  # makes the pages of the gate, which the load above did not
    code, output, errors, _ = ended(begin(released, "--json", "--date", "2025-06-30"))
    assert (code, errors.count("\n")) == (0, 1), errors
    told = json.loads(output)
    assert (told["released"], told["last_release"]) == (None, 1)
    assert not (released / "airflow").exists()


@pytest.mark.slow
def test_what_the_day_asks_for_is_done_where_nothing_waits(released: Path) -> None:
    code, output, _, _ = ended(begin(released, "--json", "--date", "2025-07-01"))
    assert code == 0
    assert json.loads(output)["released"] == 2


@pytest.mark.slow
def test_a_source_that_hangs_is_named_while_it_hangs_and_retries_are_said(tmp_path: Path) -> None:
    home = Workspace(tmp_path / "home").home
    with SourceServer({"/api/v1/work-records": []}, token=TOKEN) as server:
        server.script(server_error(503), slow(60))
        process = begin(home, NTM_EOFFICE_URL=server.url, NTM_EOFFICE_TOKEN=TOKEN)
        assert process.stderr
        lines: list[str] = []
        end = time.monotonic() + 120
        while not any("pull goes on" in line for line in lines):
            assert time.monotonic() < end
            line = process.stderr.readline()
            assert line, "".join(lines)
            lines.append(line)
        process.terminate()
        lines += process.stderr.readlines()
        assert process.wait(30) == 143
    assert lines[0].startswith("running as of today in ")
    (retry,) = [line for line in lines if "pull retries" in line]
    assert "answered 503 Service Unavailable" in retry
    assert "attempt='1 of 6'" in retry
    assert "waits_seconds=" in retry
    hanging = next(line for line in lines if "pull goes on" in line)
    assert "dataset=eoffice/work_records" in hanging
    assert "page=1" in hanging
    assert not any(TOKEN in line for line in lines)
