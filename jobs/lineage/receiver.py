"""Where events go: a file, a line each, or a server. What it cannot take is said and lost; no run waits for it longer than `BUDGET`, or fails."""

from __future__ import annotations

import fcntl
import os
from functools import lru_cache
from threading import Thread
from typing import TYPE_CHECKING

from openlineage.client.serde import Serde
from openlineage.client.transport.http import ApiKeyTokenProvider, HttpConfig, HttpTransport, TokenProvider
from requests import HTTPError

from jobs.settings import path_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from openlineage.client.event_v2 import RunEvent

    from jobs.settings import Settings

BUDGET = 10.0
"""Seconds that all events of a step may take."""
TIMEOUT = 3.0
"""Seconds in which a server has to take a connection, and to answer."""


class Receiver:
    """A file or a server. `problem`: what kept it from taking events; then this process asks it no more, so that a run waits for it once and says so once."""

    def __init__(self, place: str, key: str | None = None) -> None:
        self._place, self._key = place, key
        self.problem: str | None = None

    def tell(self, events: Sequence[RunEvent]) -> str | None:
        """Hand events over; gives what kept it from that, in words without an address, None where nothing did. Raises nothing."""
        if self.problem is None:
            found: list[str | None] = []
            # A server that answers a byte at a time outlasts every timeout of a socket, and the lock of a file may be held.
            work = Thread(target=lambda: found.append(self._tried(events)), name="lineage", daemon=True)
            work.start()
            work.join(BUDGET)
            self.problem = found[0] if found else f"not all events were taken within {BUDGET:g} seconds"
        return self.problem

    def _tried(self, events: Sequence[RunEvent]) -> str | None:
        path = path_of(self._place)
        try:
            if path is not None:
                append_lines(path, [Serde.to_json(event) for event in events])
                return None
            return self._sent(events)
        except HTTPError as error:
            return f"the receiver answers {error.response.status_code if error.response is not None else 'with an error'}"
        except OSError as error:
            # What `requests` raises is an OSError too, and its words hold the address.
            return f"the receiver cannot be reached ({error.strerror or type(error).__name__})"
        except Exception as error:
            return f"the receiver cannot be used ({type(error).__name__})"

    def _sent(self, events: Sequence[RunEvent]) -> str | None:
        auth = ApiKeyTokenProvider({"api_key": self._key}) if self._key else TokenProvider({})
        # Nothing is tried again: who waits is the run.
        retry = {"total": 0, "connect": 0, "read": 0, "redirect": 0}
        transport = HttpTransport(HttpConfig(f"{self._place.rstrip('/')}/", timeout=TIMEOUT, auth=auth, retry=retry))
        try:
            for event in events:
                if transport.emit(event).history:
                    return "the receiver answers with another address: set NTM_LINEAGE to that one"
        finally:
            transport.close()
        return None


@lru_cache(maxsize=4)
def receiver_at(place: str, key: str | None) -> Receiver:
    """The receiver at an address, one a process."""
    return Receiver(place, key)


def receiver_of(settings: Settings) -> Receiver:
    """The receiver that the settings name."""
    return receiver_at(str(settings.lineage), settings.lineage_key.get_secret_value() if settings.lineage_key else None)


def append_lines(path: Path, lines: Sequence[str]) -> None:
    """Append whole lines to a file that its owner alone can read; all of them or none, and never within those of another process.

    Raises:
        OSError: it cannot be written.
    """
    content = "".join(f"{line}\n" for line in lines).encode()
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        size = os.fstat(file).st_size
        try:
            while content:
                content = content[os.write(file, content) :]
        except OSError:
            os.ftruncate(file, size)
            raise
    finally:
        os.close(file)
