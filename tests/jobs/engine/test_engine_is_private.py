"""Nobody but the run reaches the default engine: another user of the machine tries."""

from __future__ import annotations

import json
import os
import site
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from jobs.engine import loopback, session

ROOT = Path(__file__).resolve().parents[3]
RUN_USER, OTHER_USER = 54_321, 54_322

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 and "CI" not in os.environ, reason="only root can be two users; CI runs this as root, and fails where it cannot"
)

RUN = """
import json, sys
from jobs.runtime.side_process import SideProcess

with SideProcess("tests.support.engine_functions", quiet=True) as steps:
    print(json.dumps(steps.call("start_engine")), flush=True)
    sys.stdin.read()
"""
# What is imported is read as root, since a checkout below /root is closed to others; the visit itself is another user's.
VISIT = """
import json, os, sys
import grpc, grpc._channel, grpc._utilities

user = int(sys.argv[1])
os.setgroups([]); os.setresgid(user, user, user); os.setresuid(user, user, user)
reached = []
for door in sys.argv[2:]:
    channel = grpc.insecure_channel(door, options=[("grpc.enable_http_proxy", 0)])
    try:
        grpc.channel_ready_future(channel).result(timeout=3)
        reached.append(door)
    except grpc.FutureTimeoutError:
        pass
print(json.dumps(reached), flush=True)
os._exit(0)
"""


def interpreter(user: int) -> str:
    """A Python of this version that a user may start."""
    candidates = [sys.executable, f"/usr/bin/python3.{sys.version_info.minor}", f"/usr/local/bin/python3.{sys.version_info.minor}"]
    for candidate in candidates:
        real = Path(candidate).resolve()
        if real.is_file() and (user == 0 or all(folder.stat().st_mode & 0o001 for folder in real.parents)):
            return candidate
    pytest.fail(f"no Python that another user may start among {candidates}")


@contextmanager
def engine_of(user: int, home: Path) -> Iterator[dict[str, Any]]:
    """What `start_engine` says of an engine that a user's run has started."""
    home.mkdir(mode=0o700)
    os.chown(home, user, user)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("NTM_", "AIRFLOW"))}
    environment |= {
        "NTM_HOME": str(home),
        "HOME": str(home),
        "TMPDIR": "/tmp",  # noqa: S108
        "PYTHONPATH": os.pathsep.join([str(ROOT), *site.getsitepackages()]),
    }
    with subprocess.Popen(  # noqa: S603 - an interpreter and a fixed script
        [interpreter(user), "-c", RUN],
        env=environment,
        cwd="/",
        user=user,
        group=user,
        extra_groups=[],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        yield json.loads(process.stdout.readline() or "{}")
        process.communicate("")
    assert process.returncode == 0


def reached_by(user: int, doors: list[str]) -> list[str]:
    """The doors behind which an engine answers a user."""
    done = subprocess.run([sys.executable, "-c", VISIT, str(user), *doors], capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    reached: list[str] = json.loads(done.stdout)
    return reached


@pytest.mark.slow
@pytest.mark.parametrize("user", [0, RUN_USER])
def test_another_user_finds_no_door_to_the_engine_of_a_run(user: int, tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents[:-2]):
        folder.chmod(folder.stat().st_mode | 0o011)
    with engine_of(user, tmp_path / "home") as engine:
        assert engine["answer"] == 1, "the run itself reaches it"
        assert engine["doors"], "it listens somewhere"
        assert len(reached_by(user, engine["doors"])) == 1, "and so does the user whose run it is"
        assert reached_by(OTHER_USER, engine["doors"]) == []


def test_where_there_can_be_no_namespace_the_run_says_so_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    class Log:
        def warning(self, event: str, **facts: str) -> None:
            told.append(f"{event}: {facts['reason']}")

    monkeypatch.setattr(loopback, "_unshare", lambda _: False)
    monkeypatch.setattr(session, "get_logger", Log)
    target = session._sail_target.__wrapped__()
    assert target.startswith("127.0.0.1:")
    assert reached_by(0, [target]) == [target]
    assert len(told) == 1
    assert "other users of it can reach the engine" in told[0]
