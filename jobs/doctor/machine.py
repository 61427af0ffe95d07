"""The machine: room on its disks, its time zone, and the Python packages."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import tempfile
import time
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jobs.doctor.findings import Finding, checks, nearest_folder
from jobs.machine import user_name
from jobs.settings import PROJECT_ROOT
from jobs.vietnam import TIMEZONE, VIETNAM

if TYPE_CHECKING:
    from collections.abc import Mapping

PROBE_PREFIX = ".doctor-"
"""What a probe's name begins with: no reader lists such names."""
PROBE_BYTES = 1 << 20
ROOM_BYTES = 2 << 30
LOCK = PROJECT_ROOT / "requirements.lock"
_LOCKED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^]]*\])?==([^\s;\\]+)", re.MULTILINE)
_POSIX_ZONE = re.compile(r"(<[A-Za-z0-9+-]{3,}>|[A-Za-z]{3,})[+-]?[0-9]{1,3}(:[0-9]{2}){0,2}.*")
"""A zone by its offset, such as `<+07>-7`, of which the system needs no file."""
_TOLD = 5


def write_probe(folder: Path) -> None:
    """Write a file of a mebibyte to the disk, and delete it: a quota shows itself in nothing else.

    Raises:
        OSError: it cannot be written; names the folder.
    """
    probe = folder / f"{PROBE_PREFIX}{secrets.token_hex(8)}.tmp"
    try:
        with probe.open("xb") as file:
            file.write(b"\0" * PROBE_BYTES)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from None
    finally:
        probe.unlink(missing_ok=True)


def room(name: str, folder: Path) -> Finding:
    """Whether the folder can be written to, and its disk has room; one that is not there is made in the nearest one above it."""
    there = nearest_folder(folder)
    write_probe(there)
    free = shutil.disk_usage(there).free
    sentence = f"{folder} can be written, {free / (1 << 30):,.1f} GiB free"
    if free < ROOM_BYTES:
        return Finding(name, "warning", sentence, f"make room: below {ROOM_BYTES >> 30} GiB a load may fill the disk")
    return Finding(name, "ok", sentence)


@checks("temporary files", f"give the user {user_name()} a folder to write to, in TMPDIR")
def temporary_files() -> Finding:
    """Room where the engine, DuckDB and others put files for a moment."""
    return room("temporary files", Path(tempfile.gettempdir()))


@checks("time zone", "install the time zones: apt-get install tzdata")
def time_zone() -> Finding:
    """Whether the machine knows Vietnam's zone and the one that it is set to, and whether that is Vietnam's."""
    try:
        ZoneInfo(TIMEZONE)
    except (ZoneInfoNotFoundError, OSError):
        return Finding(
            "time zone",
            "wrong",
            f"this machine does not know {TIMEZONE}, by which the DAGs are scheduled",
            "install the time zones: apt-get install tzdata",
        )
    zone = os.environ.get("TZ", "").removeprefix(":")
    if zone and not _is_known(zone):
        return Finding(
            "time zone", "wrong", f"TZ={zone}: there is no such time zone, so times are told in UTC under its name", f"TZ={TIMEZONE}"
        )
    offset = time.localtime().tm_gmtoff
    shown = f"{'-' if offset < 0 else '+'}{abs(offset) // 3600:02}:{abs(offset) // 60 % 60:02}"
    if offset != VIETNAM.utcoffset(None).total_seconds():
        return Finding(
            "time zone",
            "warning",
            f"this machine's time is UTC{shown}, not Vietnam's: the log's times and a timer's hours are; days, schedule and figures are Vietnam's"
            " all the same",
            f"TZ={TIMEZONE}, or timedatectl set-timezone {TIMEZONE}",
        )
    return Finding("time zone", "ok", f"UTC{shown}, Vietnam's")


def _is_known(zone: str) -> bool:
    if zone.startswith("/"):
        return Path(zone).is_file()
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return _POSIX_ZONE.fullmatch(zone) is not None
    return True


@checks("packages", "run `make setup`")
def packages(lock: Path = LOCK) -> Finding:
    """Whether the Python packages are those of the lock."""
    if not lock.is_file():
        return Finding("packages", "not checked", f"there is no {lock}: the project was not installed from a checkout")
    locked = {_plain(name): version for name, version in _LOCKED.findall(lock.read_text(encoding="utf-8"))}
    wrong = _differing(locked, {_plain(one.metadata["Name"]): one.version for one in distributions()})
    if wrong:
        more = f" and {len(wrong) - _TOLD} more" if len(wrong) > _TOLD else ""
        return Finding("packages", "wrong", f"not as in requirements.lock: {', '.join(wrong[:_TOLD])}{more}", "run `make setup`")
    return Finding("packages", "ok", f"the {len(locked)} of requirements.lock")


def _differing(locked: Mapping[str, str], installed: Mapping[str, str]) -> list[str]:
    return [
        f"{name} {installed.get(name, 'missing')} (locked {version})"
        for name, version in sorted(locked.items())
        if installed.get(name) != version
    ]


def _plain(name: str) -> str:
    """A package's name as all its spellings are compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
