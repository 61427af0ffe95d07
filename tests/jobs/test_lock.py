from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from infra.stack.postgres import Postgres, programs
from jobs.errors import RunFailedError
from jobs.lock import lock_descriptors, require_lock_database, require_locks, workspace_lock, writer_lock
from jobs.machine import free_port
from jobs.settings import PROJECT_ROOT, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator


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


@pytest.mark.parametrize(
    "address",
    [
        *("postgresql//ntm:{}@host/d", "postgresql://ntm:{}#x/y@host:1/d", "postgresql://ntm:x@{}@host/d", "postgresql://ntm:1/{}@host/d"),
        *("postgresql://ntm:{}%zz@host/d", "postgresql://ntm:{}@host/d?no=1", "{}"),
    ],
)
def test_an_address_that_is_none_is_refused_without_quoting_the_password(tmp_path: Path, address: str) -> None:
    settings = Settings(home=tmp_path, lock_database=address.format("s3cret"), _env_file=None)
    for ask in (lambda: require_lock_database(settings), lambda: writer_lock(settings).__enter__()):
        with pytest.raises(
            RunFailedError, match=r"^NTM_LOCK_DATABASE: expected postgresql://user:password@host/database, with escapes"
        ) as caught:
            ask()
        assert "s3cret" not in str(caught.value)


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    if programs() is None and "CI" not in os.environ:
        pytest.skip("PostgreSQL is not there: make setup-postgres")
    # Not in pytest's folder, which the user that it runs as may not pass through.
    with tempfile.TemporaryDirectory(prefix="ntm-postgres-") as folder:
        Path(folder).chmod(0o755)
        server = Postgres(Path(folder), free_port())
        server.start()
        yield server
        server.stop()


def shared(home: Path, server: Postgres, **others: str) -> Settings:
    """Settings of a workspace of its own that writes to the one warehouse."""
    return Settings(home=home, warehouse="s3://ntm-warehouse/one", lock_database=server.url(**others), _env_file=None)


@pytest.mark.slow
def test_workspaces_of_one_warehouse_have_one_writer(tmp_path: Path, postgres: Postgres) -> None:
    here, there = shared(tmp_path / "here", postgres), shared(tmp_path / "there", postgres)
    with writer_lock(here):
        with (
            pytest.raises(RunFailedError, match=rf"another run is writing to s3://ntm-warehouse/one \(process {os.getpid()} on "),
            writer_lock(there),
        ):
            pass
        require_locks()
    with writer_lock(there):
        other = Settings(home=tmp_path / "here", warehouse="s3://ntm-warehouse/other", lock_database=postgres.url(), _env_file=None)
        with writer_lock(other):
            pass
    assert lock_descriptors() == ()


@pytest.mark.slow
def test_the_lock_in_the_database_stands_while_a_child_of_a_killed_run_lives(tmp_path: Path, postgres: Postgres) -> None:
    killed = (
        "import os, pathlib, signal, subprocess, sys, jobs.lock as l\n"
        "from jobs.settings import get_settings\n"
        "with l.writer_lock(get_settings()):\n"
        "    print(subprocess.Popen(['sleep', '60'], pass_fds=l.lock_descriptors(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).pid, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)"
    )
    own = {"NTM_HOME": str(tmp_path / "here"), "NTM_WAREHOUSE": "s3://ntm-warehouse/one", "NTM_LOCK_DATABASE": postgres.url()}
    environment = os.environ | own | {"PYTHONPATH": str(PROJECT_ROOT)}
    done = subprocess.run([sys.executable, "-c", killed], capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)  # noqa: S603
    orphan = int(done.stdout)
    there = shared(tmp_path / "there", postgres)
    try:
        with pytest.raises(RunFailedError, match="another run is writing"), writer_lock(there):
            pass
    finally:
        os.kill(orphan, 9)
    for _ in range(100):
        try:
            with writer_lock(there):
                break
        except RunFailedError:
            time.sleep(0.1)
    else:
        pytest.fail("the lock was never let go")


@pytest.mark.slow
def test_nothing_is_committed_once_the_database_has_taken_its_lock_away(tmp_path: Path, postgres: Postgres) -> None:
    settings = shared(tmp_path / "here", postgres)
    for end in (postgres.stop, postgres.kill):
        with writer_lock(settings):
            require_locks()
            end()
            for _ in range(50):
                time.sleep(0.1)
                with suppress(RunFailedError):
                    require_locks()
                    continue
                break
            with pytest.raises(RunFailedError, match="has closed the connection; nothing was released"):
                require_locks()
        (postgres.folder / "data" / "postmaster.pid").unlink(missing_ok=True)
        postgres.start()


@pytest.mark.slow
@pytest.mark.parametrize("wrong", ["password", "port"])
def test_a_database_that_cannot_be_asked_stops_the_run_and_shows_no_password(tmp_path: Path, postgres: Postgres, wrong: str) -> None:
    address = (
        postgres.url(password="another-password") if wrong == "password" else f"postgresql://ntm:{postgres.password}@127.0.0.1:1/postgres"
    )
    settings = Settings(home=tmp_path, lock_database=address, _env_file=None)
    with (
        pytest.raises(RunFailedError, match=r"NTM_LOCK_DATABASE: .*; nobody can say whether another run is writing") as caught,
        writer_lock(settings),
    ):
        pass
    assert postgres.password not in str(caught.value)
    assert "another-password" not in str(caught.value)
    assert postgres.password not in repr(settings)
