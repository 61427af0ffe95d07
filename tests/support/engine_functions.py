"""An engine in a side process, for a test to see who reaches it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from jobs.engine.session import get_session
from jobs.settings import get_settings

_LISTENS = "0A"


def start_engine() -> dict[str, Any]:
    """Start the engine and ask it something; `doors` are all addresses at which this process listens, in whatever namespace of the network."""
    session = get_session(get_settings())
    answer = session.sql("SELECT 1 AS one").collect()[0].one
    ours = set(_sockets())
    ports = set()
    for thread in Path("/proc/self/task").iterdir():
        # A thread may have ended since.
        with suppress(FileNotFoundError, ProcessLookupError):
            for line in (thread / "net/tcp").read_text(encoding="ascii").splitlines()[1:]:
                words = line.split()
                if words[3] == _LISTENS and words[9] in ours:
                    ports.add(int(words[1].rpartition(":")[2], 16))
    files = {connection.laddr for connection in psutil.Process().net_connections("unix") if str(connection.laddr).startswith("/")}
    return {"answer": answer, "doors": [*(f"127.0.0.1:{port}" for port in sorted(ports)), *(f"unix:{file}" for file in sorted(files))]}


def _sockets() -> list[str]:
    """The inodes of this process's sockets."""
    targets = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            targets.append(str(descriptor.readlink()))
    return [target.removeprefix("socket:[").removesuffix("]") for target in targets if target.startswith("socket:[")]
