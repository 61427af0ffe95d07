"""The engine: Sail in process, Spark in process with its Java and JARs, or a Spark Connect server."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jobs.doctor.findings import Finding, checks
from jobs.engine import session
from jobs.errors import RunFailedError, UsageError
from jobs.runtime.side_process import SideProcess
from jobs.settings import PROJECT_ROOT

if TYPE_CHECKING:
    from jobs.settings import Settings

CONNECT_PORT = 15002
CONNECT_SECONDS = 5
ANSWER_SECONDS = 60
START_SECONDS = 180
_FETCH_JARS = PROJECT_ROOT / "infra" / "fetch_jars.py"
_JAVA_VERSION = re.compile(r'version "(?:1\.)?([0-9]+)')


def answer_of(function: str, seconds: float) -> Any:
    """What a function of `jobs/doctor/asked.py` returns in a process of its own.

    Raises:
        RunFailedError: it failed, or did not end in time.
    """
    with SideProcess("jobs.doctor.asked", quiet=True) as process:
        process.begin(function)
        return process.result(seconds)


def engine(settings: Settings, workspace: Finding) -> Finding:
    """Whether the engine of the settings answers a query."""
    if not settings.home.is_dir() or not workspace.is_usable:
        return Finding("engine", "not checked", "its process writes a log to the workspace: see workspace")
    if settings.spark_remote:
        return _connect(settings.spark_remote)
    return _sail() if settings.engine == "sail" else _spark(settings)


@checks("engine", "start the Spark Connect server, or look at NTM_SPARK_REMOTE (sc://host:15002)")
def _connect(remote: str) -> Finding:
    address = urlsplit(remote)
    try:
        host, port = address.hostname, address.port or CONNECT_PORT
    except ValueError:
        host, port = None, CONNECT_PORT
    if address.scheme != "sc" or not host:
        raise UsageError("NTM_SPARK_REMOTE: expected sc://host:port")
    _require_listener(host, port, "NTM_SPARK_REMOTE")
    try:
        answer_of("ask_engine", ANSWER_SECONDS)
    except RunFailedError as error:
        raise RunFailedError(f"NTM_SPARK_REMOTE: {host}:{port} takes connections but answers no query: {error}") from None
    return Finding("engine", "ok", f"the Spark Connect server at {host}:{port} answers")


def _require_listener(host: str, port: int, setting: str) -> None:
    try:
        socket.create_connection((host, port), CONNECT_SECONDS).close()
    except OSError as error:
        raise RunFailedError(f"{setting}: nobody answers at {host}:{port} ({error.strerror or 'no answer in time'})") from None


@checks("engine", "run `make setup`; its own words: RUST_LOG=warn, and logs/side-….log of the workspace")
def _sail() -> Finding:
    if not answer_of("ask_engine", ANSWER_SECONDS):
        return Finding(
            "engine",
            "warning",
            "Sail answers; other users of this machine can reach it while a run lasts",
            "see docs/engines.md, Who reaches it",
        )
    return Finding("engine", "ok", "Sail answers, and nobody else reaches it")


@checks("engine", "run `make setup-spark`; the JVM's own words: logs/spark.log of the workspace")
def _spark(settings: Settings) -> Finding:
    java = require_java()
    require_jars(session.JARS)
    cluster = urlsplit(settings.spark_master)
    if cluster.scheme == "spark" and cluster.hostname:
        _require_listener(cluster.hostname, cluster.port or 7077, "NTM_SPARK_MASTER")
    answer_of("ask_engine", START_SECONDS)
    return Finding("engine", "ok", f"Spark answers ({settings.spark_master}, Java {java}); its JARs are those of infra/jars.lock")


def require_java() -> int:
    """The version of the Java that Spark would start.

    Raises:
        RunFailedError: there is none, or too old a one.
    """
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home, "bin", "java")) if home else "java"
    try:
        done = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=ANSWER_SECONDS, check=False)  # noqa: S603 - as Spark does
        found = _JAVA_VERSION.search(done.stderr)
    except OSError:
        found = None
    if found is None or int(found[1]) < 17:
        where = f"JAVA_HOME={home}" if home else "the path"
        raise RunFailedError(f"Spark needs Java 17 or 21; {where} has {f'Java {found[1]}' if found else 'none'}")
    return int(found[1])


def require_jars(folder: Path) -> None:
    """Make sure that Delta's JARs are whole, as the set-up does.

    Raises:
        RunFailedError: one is missing or another one.
    """
    done = subprocess.run([sys.executable, str(_FETCH_JARS), "--check", str(folder)], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise RunFailedError(done.stderr.strip().removeprefix("set-up: "))
