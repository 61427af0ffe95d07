"""One writer: an advisory lock on a file of the workspace, and, where several machines write to one warehouse, an advisory lock in PostgreSQL beside it.

A run takes them before anything else, for all its steps. Both end with the processes that hold them, however these end: the kernel lets go of the file, and
closes the connection, with which the database lets go of its lock. The processes that write on a run's behalf (that of the steps, a JVM) inherit both
(`lock_descriptors`, `adopt_locks`): where a run is killed, they may be writing for a moment longer, and the locks stand until they have ended as well.

A database that goes away takes its lock with it. So a run asks whether it still holds it before it commits (`require_locks`).
"""

from __future__ import annotations

import fcntl
import os
import socket
import stat
import sys
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.errors import RunFailedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager

    from jobs.settings import Settings

_KEY = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
_MADE = "CREATE TABLE IF NOT EXISTS ntm_writer (warehouse text PRIMARY KEY, holder text NOT NULL, since timestamptz NOT NULL DEFAULT now())"
_HOLDER = "SELECT holder || ', since ' || to_char(since AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC' FROM ntm_writer WHERE warehouse = %s"
_HELD = (
    "INSERT INTO ntm_writer (warehouse, holder) VALUES (%s, %s)"
    " ON CONFLICT (warehouse) DO UPDATE SET holder = EXCLUDED.holder, since = EXCLUDED.since"
)
_CONNECT_SECONDS = 10
_SAID_IN_PASSING = (b"S", b"N", b"A")
"""What a server of PostgreSQL says unasked and goes on: a parameter, a notice, a notification."""
_KEEP_ALIVE: dict[str, Any] = {"keepalives": 1, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}

_held: list[int] = []
_adopted: list[int] = []


def lock_descriptors() -> tuple[int, ...]:
    """The file descriptors of the locks that this process holds, for a child that writes on its behalf to inherit."""
    return (*_held, *_adopted)


def adopt_locks(descriptors: Iterable[int]) -> None:
    """Count the locks that a parent holds, and that this process inherited by their descriptors, as its own as long as it lives."""
    _adopted.extend(descriptors)


@contextmanager
def writer_lock(settings: Settings) -> Iterator[None]:
    """Hold the workspace and the warehouse for writing.

    Raises:
        RunFailedError: another process is writing, here or on another machine; or the database that keeps the lock cannot be asked.
    """
    with workspace_lock(settings.home), _warehouse_lock(settings):
        yield


def require_locks() -> None:
    """Make sure that the lock in the database is still held, where there is one: what is committed without it could be written beside another run.

    Raises:
        RunFailedError: the connection that held it was closed from the other side.
    """
    for descriptor in lock_descriptors():
        if stat.S_ISSOCK(os.fstat(descriptor).st_mode) and _is_closed(descriptor):
            raise RunFailedError("the database that keeps the writer's lock has closed the connection; nothing was released, run again")


def _is_closed(descriptor: int) -> bool:
    """Whether a server has closed its connection, or said that it does; nothing was asked that it could answer. What it sent is left where it is."""
    with socket.socket(fileno=os.dup(descriptor)) as looked_at:
        try:
            said = looked_at.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True
    return said not in _SAID_IN_PASSING


def _warehouse_lock(settings: Settings) -> AbstractContextManager[None]:
    if settings.lock_database is None or any(stat.S_ISSOCK(os.fstat(descriptor).st_mode) for descriptor in _adopted):
        return nullcontext()
    return _database_lock(settings.lock_database.get_secret_value(), settings.warehouse_url)


def require_lock_database(settings: Settings) -> None:
    """Make sure that the database of the writer's lock answers, and lets this user write down who holds the lock; the lock itself is not touched.

    Raises:
        RunFailedError: it cannot be asked, or refuses.
    """
    if settings.lock_database is None:
        return
    import psycopg2

    connection = _connected(settings.lock_database.get_secret_value())
    try:
        with connection.cursor() as cursor:
            cursor.execute(_MADE)
    except psycopg2.Error as error:
        raise RunFailedError(f"NTM_LOCK_DATABASE: {_told(error)}") from None
    finally:
        connection.close()


def _connected(address: str) -> Any:
    import psycopg2

    _require_address(address)
    try:
        connection = psycopg2.connect(address, connect_timeout=_CONNECT_SECONDS, application_name="ntm writer", **_KEEP_ALIVE)
    except psycopg2.Error as error:
        raise RunFailedError(f"NTM_LOCK_DATABASE: {_told(error)}; nobody can say whether another run is writing") from None
    connection.autocommit = True
    return connection


def _require_address(address: str) -> None:
    """Refuse an address that would be read in other parts than it was meant: what is said of these quotes them, and a piece of the password may be one."""
    import psycopg2
    from psycopg2.extensions import parse_dsn

    try:
        parts = parse_dsn(address)
    except psycopg2.ProgrammingError:
        parts = {"host": "@"}
    ports = parts.get("port", "").split(",")
    if any("@" in parts.get(name, "") for name in ("host", "dbname")) or any(port and not port.isdigit() for port in ports):
        raise RunFailedError(
            "NTM_LOCK_DATABASE: expected postgresql://user:password@host/database, with escapes for what is special in the password (%40 for @)"
        )


@contextmanager
def _database_lock(address: str, warehouse: str) -> Iterator[None]:
    import psycopg2

    connection = _connected(address)
    try:
        with connection.cursor() as cursor:
            cursor.execute(_MADE)
            cursor.execute(_KEY, (warehouse,))
            (is_ours,) = cursor.fetchone()
            if not is_ours:
                cursor.execute(_HOLDER, (warehouse,))
                (holder,) = cursor.fetchone() or ("unknown",)
                raise RunFailedError(f"another run is writing to {warehouse} ({holder}); wait for it to end and run again")
            cursor.execute(_HELD, (warehouse, f"process {os.getpid()} on {socket.gethostname()}, `{_what()}`"))
        descriptor = connection.fileno()
        _held.append(descriptor)
        try:
            yield
        finally:
            _held.remove(descriptor)
            # Closing is not enough: a child that inherited the connection would keep the lock.
            with suppress(psycopg2.Error), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock_all()")
    except psycopg2.Error as error:
        raise RunFailedError(f"NTM_LOCK_DATABASE: {_told(error)}") from None
    finally:
        connection.close()


def _told(error: Exception) -> str:
    """What the server or its client says, in one line; it names no password."""
    return " ".join(str(error).split()) or type(error).__name__


def _what() -> str:
    return " ".join([Path(sys.argv[0]).name, *sys.argv[1:2]])


@contextmanager
def workspace_lock(home: Path) -> Iterator[None]:
    """Hold the workspace for writing.

    Raises:
        RunFailedError: another process is writing; it is named by its process id, what it runs and since when.
    """
    home.mkdir(parents=True, exist_ok=True)
    path = home / "writer.lock"
    if path.exists() and any(os.path.samestat(path.stat(), os.fstat(descriptor)) for descriptor in _adopted):
        yield
        return
    with path.open("a+", encoding="utf-8", errors="replace") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise RunFailedError(f"another run is writing to {home} (process {holder}); wait for it to end and run again") from None
        file.truncate(0)
        file.write(f"{os.getpid()}, `{_what()}`, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC")
        file.flush()
        _held.append(file.fileno())
        try:
            yield
        finally:
            _held.remove(file.fileno())
            # Closing is not enough: a child that inherited the descriptor would keep the lock.
            fcntl.flock(file, fcntl.LOCK_UN)
