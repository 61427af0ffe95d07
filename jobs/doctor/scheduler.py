"""Airflow: its port, its database, and whether it can read the DAGs."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.doctor.engine import answer_of
from jobs.doctor.findings import Finding, checks
from jobs.errors import UsageError
from jobs.runtime.airflow import HOST, PORT_VARIABLE, airflow_environment, refuse_damaged, refuse_taken_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobs.settings import Settings

DATABASE = "airflow.db"
READ_SECONDS = 180
_LISTENS = "0A"


@checks("Airflow's port", f"end what listens there, or name another port in {PORT_VARIABLE}")
def port(settings: Settings) -> Finding:
    """Whether the scheduler's page can have its port, or has it."""
    number = int(airflow_environment(settings, DATABASE)[PORT_VARIABLE])
    try:
        refuse_taken_port(number)
    except UsageError:
        holder = _listener(number)
        if holder is not None and _writes_to(holder, settings.home / "logs"):
            return Finding("Airflow's port", "ok", f"{number} of {HOST}: this workspace's own scheduler is running (process {holder.name})")
        by = f"process {holder.name}, {(holder / 'comm').read_text().strip()}" if holder else "a process of another user"
        raise UsageError(f"port {number} of {HOST} is taken by another program ({by}); the scheduler cannot start") from None
    return Finding("Airflow's port", "ok", f"{number} of {HOST} is free")


@checks("Airflow's database", "move it away: it holds the scheduler's history and no data")
def database(settings: Settings) -> Finding:
    """Whether the scheduler's database is whole."""
    file = settings.home / "airflow" / DATABASE
    refuse_damaged(file)
    if not file.exists():
        return Finding("Airflow's database", "not used", "no scheduler has run in this workspace")
    return Finding("Airflow's database", "ok", f"{file} is whole")


def dags(settings: Settings, workspace: Finding, *, is_asked: bool) -> Finding:
    """Whether Airflow can read the DAGs; that takes it some ten seconds, so only where it is asked for."""
    if not is_asked:
        return Finding("DAGs", "not checked", "reading them takes Airflow some ten seconds: `ntm doctor --airflow`")
    if not settings.home.is_dir() or not workspace.is_usable:
        return Finding("DAGs", "not checked", "Airflow keeps its files in the workspace: see workspace")
    return _dags()


@checks("DAGs", "what Airflow says of them: logs/side-….log of the workspace")
def _dags() -> Finding:
    return Finding("DAGs", "ok", f"Airflow reads all {answer_of('read_dags', READ_SECONDS)}")


def _listener(number: int) -> Path | None:
    """The folder in /proc of the process that listens at a port; None: it is another user's."""
    sockets = {f"socket:[{inode}]" for inode in _listening(number)}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if any(str(file.readlink()) in sockets for file in (process / "fd").iterdir()):
                return process
    return None


def _listening(number: int) -> Iterator[str]:
    for table in ("tcp", "tcp6"):
        with suppress(OSError):
            for line in Path("/proc/net", table).read_text(encoding="ascii").splitlines()[1:]:
                _, address, _, state, _, _, _, _, _, inode, *_ = line.split()
                if state == _LISTENS and int(address.rpartition(":")[2], 16) == number:
                    yield inode


def _writes_to(process: Path, logs: Path) -> bool:
    """Whether what a process prints goes to a folder; what it is called and was started with, it may have changed."""
    with suppress(OSError):
        return (process / "fd" / "1").readlink().is_relative_to(logs)
    return False
