"""Where events go: whole lines of a file of its owner's, a server; and what a receiver that fails or hangs costs a run."""

from __future__ import annotations

import json
import os
import stat
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from jobs.lineage import receiver
from jobs.lineage.events import Places, Ran, events_of
from jobs.lineage.receiver import Receiver, append_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openlineage.client.event_v2 import RunEvent

MOMENT = datetime(2025, 6, 30, tzinfo=UTC)
Reply = "Callable[[BaseHTTPRequestHandler], None]"


def some_events(jobs: int = 2) -> list[RunEvent]:
    places = Places("file:///srv/warehouse", "file:///srv/landing")
    return [event for number in range(jobs) for event in events_of(places, Ran(f"ntm.job{number}", "run", MOMENT, MOMENT))]


@contextmanager
def served(reply: Reply) -> Iterator[tuple[str, list[tuple[str, str | None, dict[str, Any]]]]]:
    """A server on loopback: its address, and path, authorisation and body of each request."""
    taken: list[tuple[str, str | None, dict[str, Any]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            taken.append((self.path, self.headers["Authorization"], body))
            reply(self)

        def do_GET(self) -> None:
            accepted(self)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", taken
    finally:
        server.shutdown()
        server.server_close()


def accepted(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(201)
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def test_a_server_gets_each_event_under_its_own_path_with_the_key() -> None:
    with served(accepted) as (url, taken):
        assert Receiver(f"{url}/lineage", "the key").tell(some_events()) is None
    assert [(path, key) for path, key, _ in taken] == [("/lineage/api/v1/lineage", "Bearer the key")] * 4
    assert [body["eventType"] for _, _, body in taken] == ["START", "COMPLETE"] * 2


def test_without_a_key_none_is_sent() -> None:
    with served(accepted) as (url, taken):
        assert Receiver(url).tell(some_events(1)) is None
    assert {key for _, key, _ in taken} == {None}


def test_a_server_that_refuses_is_asked_once() -> None:
    with served(lambda handler: handler.send_error(401)) as (url, taken):
        refusing = Receiver(url, "wrong")
        assert [refusing.tell(some_events()) for _ in range(3)] == ["the receiver answers 401"] * 3
    assert len(taken) == 1


def test_a_server_that_sends_elsewhere_took_nothing() -> None:
    def elsewhere(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", "/elsewhere")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    with served(elsewhere) as (url, _):
        assert Receiver(url).tell(some_events()) == "the receiver answers with another address: set NTM_LINEAGE to that one"


def test_a_server_that_is_not_there_is_said_without_its_address() -> None:
    with served(accepted) as (url, _):
        pass
    problem = Receiver(url, "the key").tell(some_events())
    assert problem == "the receiver cannot be reached (ConnectionError)"


def test_a_server_that_hangs_costs_one_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiver, "TIMEOUT", 0.3)
    over = threading.Event()
    with served(lambda _: over.wait(20)) as (url, taken):
        began = time.monotonic()
        hanging = Receiver(url)
        assert hanging.tell(some_events()) == "the receiver cannot be reached (ReadTimeout)"
        assert hanging.tell(some_events()) is not None
        assert time.monotonic() - began < 5
        over.set()
    assert len(taken) == 1


def test_a_server_that_answers_a_byte_at_a_time_costs_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiver, "TIMEOUT", 2.0)
    monkeypatch.setattr(receiver, "BUDGET", 1.0)
    over = threading.Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 201 ")
        while not over.wait(0.1):
            handler.wfile.write(b"o")
            handler.wfile.flush()

    with served(drip) as (url, _):
        began = time.monotonic()
        assert Receiver(url).tell(some_events()) == "not all events were taken within 1 seconds"
        assert time.monotonic() - began < 5
        over.set()


def test_a_file_gets_whole_lines_and_is_its_owners(tmp_path: Path) -> None:
    file = tmp_path / "events.ndjson"
    before = os.umask(0)
    try:
        told = Receiver(file.as_uri())
        assert told.tell(some_events()) is None
        assert told.tell(some_events(1)) is None
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    lines = file.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["eventType"] for line in lines] == ["START", "COMPLETE"] * 3


def test_lines_of_many_processes_do_not_mix(tmp_path: Path) -> None:
    file = tmp_path / "events.ndjson"
    lines = [[json.dumps({"from": number, "what": "x" * 200_000})] * 3 for number in range(4)]
    children = []
    for own in lines:
        child = os.fork()
        if child == 0:
            append_lines(file, own)
            os._exit(0)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
    found = [json.loads(line)["from"] for line in file.read_text(encoding="utf-8").splitlines()]
    assert sorted(found) == [0] * 3 + [1] * 3 + [2] * 3 + [3] * 3
    assert all(len(set(found[start : start + 3])) == 1 for start in range(0, 12, 3))


def test_a_disk_that_fills_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "events.ndjson"
    file.write_text('{"there": true}\n', encoding="utf-8")
    write, writes = os.write, []

    def full(descriptor: int, content: bytes) -> int:
        writes.append(content)
        if len(writes) > 1:
            raise OSError(28, "No space left on device")
        return write(descriptor, content[:10])

    monkeypatch.setattr("jobs.lineage.receiver.os.write", full)
    assert Receiver(file.as_uri()).tell(some_events()) == "the receiver cannot be reached (No space left on device)"
    monkeypatch.undo()
    assert file.read_text(encoding="utf-8") == '{"there": true}\n'


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    problem = Receiver((tmp_path / "nowhere" / "events.ndjson").as_uri()).tell(some_events())
    assert problem == "the receiver cannot be reached (No such file or directory)"


def test_a_pipe_that_nobody_reads_costs_the_budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiver, "BUDGET", 0.5)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert Receiver(pipe.as_uri()).tell(some_events()) == "not all events were taken within 0.5 seconds"
    # The thread that waits is let go.
    os.close(os.open(pipe, os.O_RDWR | os.O_NONBLOCK))
