"""Running a process and watching what it and all its children hold in memory (Linux: from /proc)."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from jobs.errors import RunFailedError, UsageError

SAMPLING_SECONDS = 0.2
_PROC = Path("/proc")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
# Fields of /proc/<pid>/stat after the command, which is in parentheses and may hold anything (proc(5)).
_PARENT, _SESSION, _VIRTUAL_BYTES, _RESIDENT_PAGES = 1, 3, 20, 21
_SHARES_ALL = 0.99
_LOG_LINES = 15
_CLEARING_UP_SECONDS = 30


class Process(NamedTuple):
    """A running process: its parent, and the sizes of its address space and of what of it is in memory."""

    parent: int
    virtual_bytes: int
    resident_bytes: int


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process and its children took: seconds of the wall clock, the most memory at one moment, the exit code."""

    seconds: float
    peak_bytes: int
    exit_code: int


def resident_bytes(processes: Mapping[int, Process]) -> int:
    """What the processes hold in memory together; pages that a parent and its forked children share are counted once for each.

    Not counted is a child that is still its parent: Spark's JVM starts `chmod` and the like by `vfork`, and until such a child becomes
    another program it shows the address space of the whole JVM as its own.
    """
    return sum(
        process.resident_bytes
        for process in processes.values()
        if (parent := processes.get(process.parent)) is None
        or process.virtual_bytes != parent.virtual_bytes
        or process.resident_bytes < _SHARES_ALL * parent.resident_bytes
    )


def processes_of(session: int) -> dict[int, Process]:
    """The processes of a session by their ids."""
    found: dict[int, Process] = {}
    for folder in _PROC.iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            except OSError:  # it ended meanwhile
                continue
            if int(fields[_SESSION]) == session:
                resident = int(fields[_RESIDENT_PAGES]) * _PAGE_BYTES
                found[int(folder.name)] = Process(int(fields[_PARENT]), int(fields[_VIRTUAL_BYTES]), resident)
    return found


def _wait_for_the_rest(session: int) -> None:
    """Wait until what a process left behind has ended too: a JVM clears up for a moment after its Python, and would disturb whoever comes next."""
    ended = time.monotonic()
    while processes_of(session) and time.monotonic() - ended < _CLEARING_UP_SECONDS:
        time.sleep(0.05)


def run(command: Sequence[str], environment: Mapping[str, str], log: Path, accepted: Sequence[int] = (0,)) -> Usage:
    """Run a command in the folder of its log and a session of its own until it ends; what it prints goes to the log.

    Raises:
        UsageError: this machine has no /proc.
        RunFailedError: it ended with an exit code that is not accepted; the end of its log is in the message.
    """
    if not (_PROC / "self" / "stat").exists():
        raise UsageError("memory is measured from /proc, which this system does not have: run it on Linux")
    log.parent.mkdir(parents=True, exist_ok=True)
    peak = 0
    started = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - the project's own modules
            command, env=environment, cwd=log.parent, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
        try:
            while process.poll() is None:
                # A child that sets its own process group (as Spark's Python workers do) stays in the session.
                peak = max(peak, resident_bytes(processes_of(process.pid)))
                with suppress(subprocess.TimeoutExpired):
                    process.wait(SAMPLING_SECONDS)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    seconds = time.monotonic() - started
    _wait_for_the_rest(process.pid)
    if process.returncode not in accepted:
        end = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_LINES:])
        raise RunFailedError(f"{' '.join(command[1:4])} ended with exit code {process.returncode}; the end of {log}:\n{end}")
    return Usage(seconds, peak, process.returncode)
