"""The checks of `ntm doctor` that need no server of the stack."""

from __future__ import annotations

import errno
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from infra.fetch_jars import read_lock
from jobs.border.tokens import make_key
from jobs.doctor import configured, engine, machine, scheduler, storage
from jobs.doctor.findings import Finding, checks
from jobs.doctor.terminal import as_values, print_findings, worst
from jobs.errors import RunFailedError
from jobs.machine import free_port
from jobs.settings import PROJECT_ROOT, Settings, get_settings
from tests.support.source_server import SourceServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WELL = Finding("workspace", "ok", "")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A workspace with its key, which the processes that are started find in the environment too."""
    monkeypatch.setenv("NTM_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    make_key(tmp_path / "home" / "pii.key")
    get_settings.cache_clear()
    yield tmp_path / "home"
    get_settings.cache_clear()


def test_a_check_never_fails_and_shows_nothing_that_it_does_not_know() -> None:
    secret = "a-secret-of-somebody"

    @checks("part", "mend it so")
    def breaks(error: Exception) -> Finding:
        raise error

    assert breaks(RunFailedError("in words")) == Finding("part", "wrong", "in words", "mend it so")
    assert breaks(OSError(errno.EACCES, "Permission denied", "/some/file")).sentence == "/some/file: Permission denied"
    assert breaks(ValueError(secret)).sentence == "the check broke off (ValueError)"


@pytest.mark.parametrize(
    ("number", "told"),
    [(errno.EDQUOT, "the quota of .* on the file system at .* is used up"), (errno.ENOSPC, "no space left on the file system at ")],
)
def test_a_disk_that_takes_nothing_more_is_told_as_what_it_is(home: Path, monkeypatch: pytest.MonkeyPatch, number: int, told: str) -> None:
    def refuse(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    found = storage.workspace(Settings(home=home, _env_file=None))
    assert (found.state, found.mend) == ("wrong", "make room there")
    assert re.match(told, found.sentence)
    assert [file.name for file in home.iterdir()] == ["pii.key"]


def test_a_full_file_system_is_found_by_writing_to_it(tmp_path: Path) -> None:
    mount = shutil.which("mount")
    command = [str(mount), "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(tmp_path)]
    if mount is None or subprocess.run(command, check=False, capture_output=True).returncode:  # noqa: S603
        pytest.skip("no file system can be mounted here")
    try:
        found = storage.workspace(Settings(home=tmp_path, _env_file=None))
        assert found.state == "wrong"
        assert found.sentence.startswith(f"no space left on the file system at {tmp_path} ")
        assert list(tmp_path.iterdir()) == []
    finally:
        subprocess.run(["umount", tmp_path], check=True)  # noqa: S603, S607


def test_little_room_is_a_warning_and_a_folder_that_is_not_there_is_not_made(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert storage.workspace(Settings(home=home, _env_file=None)).state == "ok"
    assert storage.workspace(Settings(home=tmp_path / "none" / "here", _env_file=None)).state == "warning"
    assert not (tmp_path / "none").exists()
    monkeypatch.setattr(machine, "ROOM_BYTES", 1 << 60)
    assert storage.workspace(Settings(home=home, _env_file=None)).state == "warning"


@pytest.fixture
def in_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Finding]]:
    def found(zone: str) -> Finding:
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        return machine.time_zone()

    yield found
    monkeypatch.undo()
    time.tzset()


def test_a_zone_that_there_is_not_is_wrong_and_another_than_vietnams_a_warning(in_zone: Callable[[str], Finding]) -> None:
    for zone in ("Asia/Ho_Chi_Minh", ":Asia/Saigon", "<+07>-7"):
        assert in_zone(zone).state == "ok"
    wrong = in_zone("Asia/Hanoi")
    assert (wrong.state, wrong.mend) == ("wrong", "TZ=Asia/Ho_Chi_Minh")
    assert wrong.sentence.startswith("TZ=Asia/Hanoi: there is no such time zone")
    assert in_zone("America/St_Johns").state == "warning"
    assert in_zone("UTC").sentence.startswith("this machine's time is UTC+00:00, not Vietnam's")


def test_a_machine_without_time_zones_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(name: str) -> None:
        raise machine.ZoneInfoNotFoundError(name)

    monkeypatch.setattr(machine, "ZoneInfo", unknown)
    found = machine.time_zone()
    assert (found.state, found.mend) == ("wrong", "install the time zones: apt-get install tzdata")


def test_packages_that_are_not_those_of_the_lock_are_named(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("pytest==0.1 \\\n    --hash=sha256:aa\nNo_Such.package[extra]==2.0 ; python_version > '3'\n", encoding="utf-8")
    found = machine.packages(lock)
    assert found.state == "wrong"
    assert "no-such-package missing (locked 2.0), pytest " in found.sentence
    assert "(locked 0.1)" in found.sentence
    assert machine.packages(tmp_path / "none").state == "not checked"


def test_settings_that_cannot_be_read_and_those_that_others_can_read(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert configured.settings_read().state == "ok"
    (tmp_path / ".env").write_text("NTM_READERS=group\n", encoding="utf-8")
    (tmp_path / ".env").chmod(0o644)
    assert configured.settings_read().state == "warning"
    monkeypatch.setenv("NTM_ENGIN", "sail")
    get_settings.cache_clear()
    found = configured.settings_read()
    assert (found.state, "did you mean NTM_ENGINE?" in found.sentence) == ("wrong", True)
    assert configured.settings_or_none() is None


def test_a_key_that_is_missing_open_to_others_or_short_is_told(home: Path) -> None:
    settings = Settings(home=home, _env_file=None)
    assert configured.key(settings, WELL).state == "ok"
    assert configured.key(settings, Finding("warehouse", "wrong", "")).state == "not checked"
    (home / "pii.key").chmod(0o640)
    assert "expected mode 0600" in configured.key(settings, WELL).sentence
    (home / "pii.key").chmod(0o600)
    (home / "pii.key").write_text("short", encoding="ascii")
    assert "expected at least 32 characters" in configured.key(settings, WELL).sentence
    (home / "pii.key").unlink()
    found = configured.key(settings, WELL)
    assert found.state == "wrong"
    assert found.sentence.startswith("NTM_PII_KEY_FILE (or NTM_PII_KEY) is needed")


def test_a_landing_zone_that_is_not_there_or_open_to_everybody_is_told(home: Path, tmp_path: Path) -> None:
    server = Finding("S3 server", "not used", "")
    assert storage.landing(Settings(home=home, _env_file=None), server).state == "ok"
    settings = Settings(home=home, landing=(tmp_path / "share").as_uri(), _env_file=None)
    assert storage.landing(settings, server).sentence == f"NTM_LANDING: there is no folder {tmp_path / 'share'}"
    (tmp_path / "share").mkdir(mode=0o755)
    assert storage.landing(settings, server).mend == f"chmod o= {tmp_path / 'share'}"
    (tmp_path / "share").chmod(0o750)
    assert storage.landing(settings, server).state == "ok"


def test_only_the_scheduler_of_the_workspace_may_hold_its_port(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(home=home, _env_file=None)
    port = free_port()
    monkeypatch.setenv("AIRFLOW__API__PORT", str(port))
    assert scheduler.port(settings).state == "ok"
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", port))
        listening.listen()
        found = scheduler.port(settings)
        assert found.state == "wrong"
        assert found.sentence.startswith(f"port {port} of 127.0.0.1 is taken by another program (process {os.getpid()}, ")
    (home / "logs").mkdir()
    with (home / "logs" / "airflow-web.log").open("wb") as log:
        own = subprocess.Popen([sys.executable, "-m", "http.server", "-b", "127.0.0.1", str(port)], stdout=log, cwd=home / "logs")  # noqa: S603
    try:
        while scheduler.port(settings).sentence.endswith("is free"):
            time.sleep(0.05)
        assert "this workspace's own scheduler is running" in scheduler.port(settings).sentence
        assert scheduler.port(Settings(home=home.parent / "other", _env_file=None)).state == "wrong"
    finally:
        own.kill()
        own.wait()
    monkeypatch.setenv("AIRFLOW__API__PORT", "http")
    assert "expected a port" in scheduler.port(settings).sentence


def test_a_damaged_database_of_the_scheduler_is_told(home: Path) -> None:
    settings = Settings(home=home, _env_file=None)
    assert scheduler.database(settings).state == "not used"
    (home / "airflow").mkdir()
    (home / "airflow" / "airflow.db").write_bytes(b"no database" * 1000)
    assert scheduler.database(settings).state == "wrong"


def test_jars_that_are_missing_or_others_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, *others = [jar.file_name for jar in read_lock(PROJECT_ROOT / "infra" / "jars.lock")]
    for name in others:
        (tmp_path / name).write_bytes(b"another")
    (tmp_path / "foreign.jar").touch()
    monkeypatch.setattr("jobs.engine.session.JARS", tmp_path)
    monkeypatch.setattr(engine, "require_java", lambda: 17)
    found = engine.engine(Settings(home=tmp_path, engine="spark", _env_file=None), WELL)
    assert found.state == "wrong"
    assert f"missing: {first}; with another hash: {', '.join(sorted(others))}; not in the lock: foreign.jar" in found.sentence
    assert "make setup-spark" in str(found.mend)


@pytest.mark.parametrize(
    ("prints", "told"), [('openjdk version "11.0.2"', "has Java 11"), ('java version "1.8.0_1"', "has Java 8"), ("", "has none")]
)
def test_a_java_that_spark_cannot_use_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prints: str, told: str) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text(f"#!/bin/sh\necho '{prints}' >&2\n", encoding="ascii")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(RunFailedError, match=told):
        engine.require_java()


class _AtAnotherTime(BaseHTTPRequestHandler):
    apart = timedelta()

    def do_HEAD(self) -> None:
        self.send_response_only(403)
        self.send_header("Date", format_datetime(datetime.now(UTC) + self.apart, usegmt=True))
        self.end_headers()


@pytest.mark.parametrize(
    ("apart", "state"), [(0, "ok"), (4 * 60, "ok"), (-6 * 60, "warning"), (16 * 60, "wrong"), (-24 * 3600, "wrong")], ids=str
)
def test_a_clock_that_differs_from_the_servers_is_told(home: Path, monkeypatch: pytest.MonkeyPatch, apart: int, state: str) -> None:
    monkeypatch.setattr(_AtAnotherTime, "apart", timedelta(seconds=apart))
    with HTTPServer(("127.0.0.1", 0), _AtAnotherTime) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings = Settings(home=home, landing="s3://a", s3_endpoint=f"http://127.0.0.1:{server.server_port}", _env_file=None)
        found = storage.clock(settings, storage.s3_server(settings))
        server.shutdown()
    assert found.state == state


@pytest.mark.parametrize(
    "endpoint", ["127.0.0.1:7070", "http://127.0.0.1:1", "http://", "nonsense", "http://somebody:a-secret@127.0.0.1:1"]
)
def test_an_address_where_no_s3_server_is_names_its_setting(home: Path, endpoint: str) -> None:
    settings = Settings(home=home, landing="s3://a", warehouse="s3a://b", s3_endpoint=endpoint, _env_file=None)
    server = storage.s3_server(settings)
    assert (server.state, server.sentence.startswith("NTM_S3_ENDPOINT: ")) == ("wrong", True)
    assert "a-secret" not in str(server)
    assert {check(settings, server).state for check in (storage.clock, storage.landing, storage.warehouse)} == {"not checked"}


@pytest.fixture
def connect_server() -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A Spark Connect server of its own: Sail's, which starts in a second."""
    port = free_port()
    code = f"from pysail.spark import SparkConnectServer\nSparkConnectServer('127.0.0.1', {port}).start(background=False)"
    process = subprocess.Popen([sys.executable, "-c", code])  # noqa: S603 - ours
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    yield process, f"127.0.0.1:{port}"
    process.kill()
    process.wait()


@pytest.mark.slow
def test_a_connect_server_is_asked_and_one_that_stopped_or_hangs_is_named(
    home: Path, monkeypatch: pytest.MonkeyPatch, connect_server: tuple[subprocess.Popen[bytes], str]
) -> None:
    process, address = connect_server
    token = "a-token-that-nobody-sees"
    monkeypatch.setenv("NTM_SPARK_REMOTE", f"sc://{address}")
    settings = Settings(_env_file=None)
    assert engine.engine(settings, WELL) == Finding("engine", "ok", f"the Spark Connect server at {address} answers")
    monkeypatch.setattr(engine, "ANSWER_SECONDS", 5)
    process.send_signal(signal.SIGSTOP)
    hangs = engine.engine(settings, WELL)
    assert hangs.state == "wrong"
    assert hangs.sentence == f"NTM_SPARK_REMOTE: {address} takes connections but answers no query: no answer within 5 s"
    process.kill()
    process.wait()
    monkeypatch.setenv("NTM_SPARK_REMOTE", f"sc://{address}/;token={token}")
    stopped = engine.engine(Settings(_env_file=None), WELL)
    assert stopped.state == "wrong"
    assert stopped.sentence.startswith(f"NTM_SPARK_REMOTE: nobody answers at {address} (")
    assert token not in str(stopped)
    wrong = engine.engine(Settings(home=home, spark_remote="http://127.0.0.1:1", _env_file=None), WELL)
    assert wrong.sentence == "NTM_SPARK_REMOTE: expected sc://host:port"


def test_a_source_is_asked_with_its_token_and_nothing_lands(home: Path) -> None:
    token = "a-token-that-nobody-sees"
    with SourceServer({"/api/v1/work-records": []}, token=token) as server:

        def asked(given: str) -> Finding:
            settings = Settings(home=home, eoffice_url=server.url, eoffice_token=given, _env_file=None)
            return next(found for found in configured.pulled_sources(settings) if found.name == "eoffice/work_records")

        assert asked(token) == Finding("eoffice/work_records", "ok", "answers, and takes the token")
        assert server.requests[-1].params["limit"] == "1"
        refused = asked(f"{token}-wrong")
        assert refused.state == "wrong"
        assert "expected the token in NTM_EOFFICE_TOKEN to be accepted" in refused.sentence
        assert token not in str(refused)
    assert [file.name for file in home.iterdir()] == ["pii.key"]


def test_what_is_wrong_comes_last_with_how_to_mend_it(capsys: pytest.CaptureFixture[str]) -> None:
    findings = [
        Finding("first", "wrong", "broken \x1b[31m", "mend \x1b it"),
        Finding("second", "warning", "so so", "look"),
        Finding("third", "ok", "well"),
        Finding("fourth", "not used", "none"),
    ]
    assert print_findings(findings) == findings
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()[2:]]
    assert lines == [
        *("third ok well", "fourth not used none", "", "second warning so so", "mend it look"),
        *("", "first wrong broken ␛[31m", "mend it mend ␛ it", "", "1 ok, 1 warning, 1 wrong, 1 not used"),
    ]
    assert [worst(findings), worst(findings[1:]), worst(findings[2:])] == ["wrong", "warning", "ok"]
    assert as_values(findings[2:]) == {
        "state": "ok",
        "findings": [
            {"name": "third", "state": "ok", "sentence": "well", "mend": None},
            {"name": "fourth", "state": "not used", "sentence": "none", "mend": None},
        ],
    }
