"""A source system for tests: a real HTTP server on loopback that speaks the paging API of interfaces §2.

with SourceServer({"/api/v1/work-records": records}, token="…") as server:
    server.script(server_error(), None, Answer(delay=2))   # one entry a request, in order; None answers as it should
    pull(WORK_RECORDS, server.url, …)
    assert server.requests[0].params == {"limit": "500"}
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

VERSION_FIELDS = ("UpdatedAt", "NgayCapNhat")


@dataclass(frozen=True, slots=True)
class Answer:
    """How one request is answered; what is not given is as it should be.

    `cut`: the connection ends before the answer, or in the middle of its body.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    next_cursor: str | None = None
    delay: float = 0
    cut: Literal["", "before", "middle"] = ""


def too_many_requests(retry_after: str | None = None) -> Answer:
    return Answer(status=429, headers={} if retry_after is None else {"Retry-After": retry_after}, body=b"slow down")


def server_error(status: int = 500, retry_after: str | None = None) -> Answer:
    return Answer(status=status, headers={} if retry_after is None else {"Retry-After": retry_after}, body=b"<h1>!</h1>")


def refused(status: int = 401) -> Answer:
    return Answer(status=status, body=b'{"error":"no"}')


def slow(seconds: float) -> Answer:
    return Answer(delay=seconds)


def dropped() -> Answer:
    return Answer(cut="before")


def truncated() -> Answer:
    return Answer(cut="middle")


def not_json() -> Answer:
    return Answer(body="<html>Hệ thống đang bảo trì</html>".encode())


def items_not_a_list() -> Answer:
    return Answer(body=b'{"items":{"FileId":"1"},"next_cursor":null}')


def repeating_cursor() -> Answer:
    """The page that was asked for, with a cursor that never changes."""
    return Answer(next_cursor="0")


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    path: str
    params: dict[str, str]
    authorization: str | None


class SourceServer:
    """Serves the records of each path, oldest version first; `records` may be changed while it runs."""

    def __init__(self, records: Mapping[str, list[dict[str, Any]]], *, token: str) -> None:
        self.records = dict(records)
        self.token = token
        self.requests: list[ReceivedRequest] = []
        self.states_total = False
        """Whether pages have the field `total`: how many records the query has at that moment."""
        self._changes: deque[Callable[[], None]] = deque()
        self._script: deque[Answer | None] = deque()
        self._closing = threading.Event()
        self._http = _Http(("127.0.0.1", 0), _Handler)
        self._http.source = self
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def script(self, *answers: Answer | None) -> None:
        """How the next requests are answered; those after them as they should be."""
        self._script = deque(answers)

    def change(self, *changes: Callable[[], None]) -> None:
        """What happens to the records after the next answers, one change an answer: as in a source that people work in meanwhile."""
        self._changes = deque(changes)

    def reset(self, path: str, records: Iterable[dict[str, Any]]) -> None:
        self.records[path] = list(records)
        self.requests.clear()
        self._script.clear()
        self._changes.clear()
        self.states_total = False

    def __enter__(self) -> SourceServer:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def _answer(self, request: ReceivedRequest) -> tuple[int, Mapping[str, str], bytes, Answer]:
        self.requests.append(request)
        answer = (self._script.popleft() if self._script else None) or Answer()
        self._closing.wait(answer.delay)
        if request.authorization != f"Bearer {self.token}":
            return 401, {}, b"{}", answer
        if request.path not in self.records:
            return 404, {}, b"{}", answer
        body = answer.body if answer.body is not None else self._page(request, answer.next_cursor)
        return answer.status, answer.headers, body, answer

    def _page(self, request: ReceivedRequest, forced_cursor: str | None) -> bytes:
        since = request.params.get("updated_since")
        waiting = sorted(self.records[request.path], key=_version)
        if since is not None:
            waiting = [record for record in waiting if _version(record) >= datetime.fromisoformat(since)]
        start = int(request.params.get("cursor", "0"))
        end = start + int(request.params["limit"])
        cursor = forced_cursor or (str(end) if end < len(waiting) else None)
        total = {"total": len(waiting)} if self.states_total else {}
        body = json.dumps({"items": waiting[start:end], "next_cursor": cursor} | total).encode()
        if self._changes:
            self._changes.popleft()()
        return body


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    source: SourceServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away in the middle is part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def do_GET(self) -> None:
        target = urlsplit(self.path)
        request = ReceivedRequest(target.path, dict(parse_qsl(target.query)), self.headers["Authorization"])
        status, headers, body, answer = self.server.source._answer(request)
        if answer.cut == "before":
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if answer.cut == "middle" else body)
        self.close_connection = self.close_connection or answer.cut == "middle"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (http.server's name)
        """Quiet."""


def _version(record: Mapping[str, Any]) -> datetime:
    text = str(next(record[name] for name in VERSION_FIELDS if name in record))
    vietnam = timezone(timedelta(hours=7))
    if text.isdigit():
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=vietnam)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=vietnam)
