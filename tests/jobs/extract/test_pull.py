"""The pull, against a real HTTP server that misbehaves as told."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import SecretStr

from jobs.errors import SourceError, UsageError
from jobs.extract import pull as pull_module
from jobs.extract.pull import PullPolicy, PullResult, SourceFailure, pull, pull_all
from jobs.extract.sources import PULL_SOURCES, PullSource
from jobs.extract.watermarks import WatermarkStore
from jobs.landing.storage import LocalStorage
from jobs.settings import Settings
from tests.support.source_server import (
    Answer,
    SourceServer,
    dropped,
    items_not_a_list,
    not_json,
    refused,
    repeating_cursor,
    server_error,
    slow,
    too_many_requests,
    truncated,
)

pytestmark = pytest.mark.default_engine

WORK_RECORDS, DOSSIERS = PULL_SOURCES
TOKEN = "mật-khẩu".encode().hex() + "-s3cr3t"
NOW = datetime(2025, 2, 28, 18, 30, tzinfo=UTC)  # already 1 March in Vietnam
POLICY = PullPolicy(limit=2, read_timeout=5, attempts=4)


def work_record(number: int, **fields: Any) -> dict[str, Any]:
    """A record updated on the `number`-th minute of 18 February 2025, in Vietnam's time."""
    updated = f"2025-02-18T08:{number:02d}:00+07:00"
    return {
        "FileId": f"f{number}",
        "Title": "Hồ sơ xã Đông Hòa",
        "TotalDocuments": number,
        "UpdatedAt": updated,
    } | fields


def updated_at(number: int) -> datetime:
    return datetime(2025, 2, 18, 1, number, tzinfo=UTC)


@dataclass
class Workspace:
    """A landing zone, watermarks and a record of the waits."""

    home: Path
    server: SourceServer
    waits: list[float] = field(default_factory=list)

    @property
    def storage(self) -> LocalStorage:
        return LocalStorage(self.home / "landing")

    @property
    def watermarks(self) -> WatermarkStore:
        return WatermarkStore(self.home / "state" / "watermarks")

    @property
    def watermark(self) -> datetime | None:
        mark = self.watermarks.read("eoffice", "work_records")
        return mark.moment if mark else None

    def pull(self, source: PullSource = WORK_RECORDS, **changed: Any) -> PullResult:
        arguments: dict[str, Any] = {
            "storage": self.storage,
            "watermarks": self.watermarks,
            "now": NOW,
            "policy": POLICY,
            "sleep": self.waits.append,
        } | changed
        return pull(source, self.server.url, SecretStr(TOKEN), **arguments)

    def objects(self) -> dict[str, bytes]:
        return {found.path: (self.storage.root / found.path).read_bytes() for found in self.storage.list("")}

    def landed(self) -> list[dict[str, Any]]:
        return [json.loads(line) for content in self.objects().values() for line in content.splitlines()]


@pytest.fixture(scope="module")
def server() -> Iterator[SourceServer]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        with SourceServer({}, token=TOKEN) as running:
            yield running


@pytest.fixture
def workspace(tmp_path: Path, server: SourceServer) -> Workspace:
    server.reset(WORK_RECORDS.path, [work_record(number) for number in range(1, 6)])
    server.reset(DOSSIERS.path, [])
    return Workspace(tmp_path, server)


def test_a_first_pull_asks_for_everything_page_by_page(workspace: Workspace) -> None:
    result = workspace.pull()
    assert result == PullResult("eoffice", "work_records", pages=3, records=5, watermark=updated_at(5))
    assert workspace.landed() == workspace.server.records[WORK_RECORDS.path]
    assert workspace.watermark == updated_at(5)
    pages = [{"limit": "2"}, {"limit": "2", "cursor": "2"}, {"limit": "2", "cursor": "4"}]
    assert [request.params for request in workspace.server.requests] == [*pages, *pages], "once more, to see that nothing was passed over"
    assert workspace.waits == []


def test_objects_are_named_by_vietnams_day_the_attempt_and_the_page(workspace: Workspace) -> None:
    workspace.pull()
    names = list(workspace.objects())
    assert {name.rpartition("/")[0] for name in names} == {"eoffice/work_records/dt=2025-03-01"}
    assert [name[-13:] for name in names] == ["-00001.ndjson", "-00002.ndjson", "-00003.ndjson"]
    assert len({name[:-13] for name in names}) == 1
    assert names[0].rpartition("/")[2].startswith("pull-20250228T183000Z-")


def test_the_next_pull_goes_back_by_the_overlap(workspace: Workspace) -> None:
    workspace.pull()
    workspace.server.requests.clear()
    late = work_record(2, FileId="late")
    workspace.server.records[WORK_RECORDS.path] += [late, work_record(30)]
    result = workspace.pull(now=NOW + timedelta(days=1), policy=PullPolicy(overlap=timedelta(minutes=3)))
    assert [request.params for request in workspace.server.requests] == [{"limit": "500", "updated_since": "2025-02-18T08:02:00+07:00"}]
    assert late in workspace.landed()
    assert (result.records, result.watermark) == (2, updated_at(30))


def test_what_the_overlap_brings_again_does_not_land_again(workspace: Workspace) -> None:
    workspace.pull()
    before, mark = workspace.objects(), workspace.watermarks.read("eoffice", "work_records")
    again = workspace.pull(now=NOW + timedelta(days=1))
    assert (again.pages, again.records) == (3, 0)
    assert workspace.objects() == before
    assert workspace.watermarks.read("eoffice", "work_records") == mark

    # Another version of a record under the same stamp is another line.
    workspace.server.records[WORK_RECORDS.path][3] = work_record(4, TotalDocuments=99)
    assert workspace.pull(now=NOW + timedelta(days=2)).records == 1
    assert workspace.pull(now=NOW + timedelta(days=3)).records == 0


def test_who_asks_for_a_day_again_gets_all_of_it(workspace: Workspace) -> None:
    workspace.pull()
    assert workspace.pull(now=NOW + timedelta(days=1), updated_since=updated_at(3)).records == 3


def test_only_the_lines_of_the_overlap_are_remembered(workspace: Workspace) -> None:
    workspace.pull(policy=PullPolicy(limit=2, overlap=timedelta(minutes=2)))
    mark = workspace.watermarks.read("eoffice", "work_records")
    assert mark is not None
    assert len(mark.landed) == 3


def test_the_watermark_never_moves_back(workspace: Workspace) -> None:
    workspace.watermarks.advance("eoffice", "work_records", updated_at(50))
    result = workspace.pull()
    assert (result.records, result.watermark) == (5, updated_at(50))
    assert workspace.watermark == updated_at(50)


def test_nothing_new_writes_nothing(workspace: Workspace) -> None:
    workspace.watermarks.advance("eoffice", "work_records", updated_at(5) + timedelta(days=9))
    result = workspace.pull()
    assert (result.pages, result.records) == (1, 0)
    assert workspace.objects() == {}


def test_versions_that_cannot_be_or_lie_ahead_land_but_move_no_watermark(workspace: Workspace) -> None:
    odd = [
        {"FileId": "none"},
        {"FileId": "null", "UpdatedAt": None},
        {"FileId": "words", "UpdatedAt": "hôm qua"},
        {"FileId": "number", "UpdatedAt": 7},
        {"FileId": "first", "UpdatedAt": "0001-01-01T00:00:00+07:00"},
        {"FileId": "ahead", "UpdatedAt": "2205-02-18T08:00:00+07:00"},
        work_record(4, UpdatedAt="2025-02-18T08:04:00"),  # no zone: Vietnam's
    ]
    workspace.server.script(Answer(body=json.dumps({"items": odd, "next_cursor": None}).encode()))
    assert workspace.pull().watermark == updated_at(4)
    assert workspace.landed() == odd


@pytest.mark.parametrize("version", ["20250218081500", 20250218081500])
def test_dossiers_have_compact_times(workspace: Workspace, version: str | int) -> None:
    workspace.server.records[DOSSIERS.path] = [{"MaHoSo": "H41-1", "NgayCapNhat": version}]
    assert workspace.pull(DOSSIERS).watermark == updated_at(15)
    assert workspace.watermark is None
    assert next(iter(workspace.objects())).startswith("portal/dossiers/dt=2025-03-01/")


def test_a_record_lands_with_its_own_digits_order_and_letters(workspace: Workspace) -> None:
    page = (
        '\ufeff{ "next_cursor" : null, "items" : [ { "b" : 1.10, "a" : 12345678901234567890123, "e" : -0, "x" : 1E+2,\n'
        ' "t" : "x\\u00e3 \\"Đông\\" \\n \\u2028 😀", "o" : { "k" : [ true , false , null , [] , {} ] }, "b" : 2.0 },\n'
        ' { "half" : "\\ud83d", "ã" : 1 } ] }'
    )
    workspace.server.script(Answer(body=page.encode()))
    assert workspace.pull().records == 2
    (content,) = workspace.objects().values()
    first, second, rest = content.split(b"\n")
    assert first.decode() == (
        '{"b":1.10,"a":12345678901234567890123,"e":-0,"x":1E+2,"t":"xã \\"Đông\\" \\n \u2028 😀","o":{"k":[true,false,null,[],{}]},"b":2.0}'
    )
    assert second == b'{"half":"\\ud83d","\\u00e3":1}'
    assert rest == b""


def touch(workspace: Workspace, number: int) -> Callable[[], None]:
    """Another version of a record, later than all that there are: it moves to the end of what the source lists."""

    def change() -> None:
        records = workspace.server.records[WORK_RECORDS.path]
        records[:] = [
            record | {"UpdatedAt": f"2025-02-18T09:{number:02d}:00+07:00"} if record["FileId"] == f"f{number}" else record
            for record in records
        ]

    return change


def remove(workspace: Workspace, number: int) -> Callable[[], None]:
    """A record that is gone: those after it move forward by one."""

    def change() -> None:
        records = workspace.server.records[WORK_RECORDS.path]
        records[:] = [record for record in records if record["FileId"] != f"f{number}"]

    return change


@pytest.mark.parametrize("states_total", [False, True])
@pytest.mark.parametrize("move", [touch, remove])
def test_records_that_move_while_pages_are_pulled_are_not_passed_over(
    workspace: Workspace, states_total: bool, move: Callable[[Workspace, int], Callable[[], None]]
) -> None:
    workspace.server.records[WORK_RECORDS.path] = [work_record(number) for number in range(1, 41)]
    workspace.server.states_total = states_total
    workspace.server.change(*(move(workspace, number) for number in (1, 2, 3)))
    workspace.pull(policy=PullPolicy(limit=10))
    assert {record["FileId"] for record in workspace.landed()} == {f"f{number}" for number in range(1, 41)}
    now = workspace.server.records[WORK_RECORDS.path]
    assert all(record in workspace.landed() for record in now), "and the newest version of each"
    assert len(workspace.landed()) == len({json.dumps(record) for record in workspace.landed()}), "nothing lands twice"


def test_news_alone_do_not_keep_a_pull_going(workspace: Workspace) -> None:
    workspace.server.records[WORK_RECORDS.path] = [work_record(number) for number in range(1, 9)]
    # A busy source: after each answer of the second pass there is another record.
    news = [lambda number=number: workspace.server.records[WORK_RECORDS.path].append(work_record(number)) for number in range(20, 40)]
    workspace.server.change(*[lambda: None] * 4, *news)
    assert workspace.pull().records >= 8
    assert len(workspace.server.requests) < 20


def test_a_total_that_does_not_come_is_an_error_of_the_source(workspace: Workspace) -> None:
    items = [work_record(1), work_record(2)]
    workspace.server.script(*[Answer(body=json.dumps({"items": items, "next_cursor": None, "total": 3}).encode())] * 9)
    with pytest.raises(SourceError, match="the source states a total of 3 records, and 2 came, 3 times over"):
        workspace.pull(policy=PullPolicy(passes=3))
    assert workspace.landed() == items, "what came has landed"
    assert workspace.watermark is None


def test_pages_that_never_agree_are_an_error_of_the_source(workspace: Workspace) -> None:
    # Each answer hides another record.
    pages = [[number for number in range(1, 5) if number != hidden] for hidden in (1, 2, 3, 4)]
    answers = []
    for numbers in pages:
        first, second = numbers[:2], numbers[2:]
        answers += [page_of(items=[work_record(number) for number in first], next_cursor="x")]
        answers += [page_of(items=[work_record(number, Turn=len(answers)) for number in second], next_cursor=None)]
    workspace.server.script(*answers)
    with pytest.raises(SourceError, match=r"pages asked for again brought [0-9]+ records that the ones before had missed, 3 times over"):
        workspace.pull(policy=PullPolicy(limit=2, passes=3))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.lists(st.dictionaries(st.text(), JSON, max_size=4), min_size=1, max_size=4), st.sampled_from([None, 1, 4]))
def test_lines_hold_what_the_page_holds_whatever_its_layout(items: list[dict[str, Any]], indent: int | None) -> None:
    def content(**layout: Any) -> bytes:
        body = json.dumps({"items": items, "next_cursor": None}, **layout).encode()
        return b"".join(line.content for line in pull_module._parse_page(body, "UpdatedAt").lines)

    compact = content(ensure_ascii=True, indent=indent)
    assert [json.loads(line) for line in compact.split(b"\n")[:-1]] == items
    assert compact == content(ensure_ascii=False)


@pytest.mark.parametrize(
    ("fault", "least_wait"),
    [
        (too_many_requests("7"), 7),
        (too_many_requests("99999"), 300),
        (too_many_requests("soon"), 1),
        (too_many_requests(), 1),
        (server_error(503, retry_after="9"), 9),
        (server_error(500, retry_after="9"), 1),
        (server_error(502), 1),
        (dropped(), 1),
        (truncated(), 1),
        (Answer(headers={"Content-Encoding": "gzip"}, body=b"no gzip"), 1),
    ],
)
def test_a_transient_fault_is_waited_out(workspace: Workspace, fault: Answer, least_wait: float) -> None:
    workspace.server.script(None, fault)
    assert workspace.pull().records == 5
    assert workspace.landed() == workspace.server.records[WORK_RECORDS.path]
    (waited,) = workspace.waits
    assert least_wait <= waited <= max(least_wait, 2)


def test_retry_after_may_be_a_date(workspace: Workspace) -> None:
    moment = datetime.now(UTC) + timedelta(seconds=120)
    workspace.server.script(too_many_requests(format_datetime(moment, usegmt=True)))
    assert workspace.pull().records == 5
    assert 100 < workspace.waits[0] <= 120
    past = format_datetime(datetime(2020, 1, 1, tzinfo=UTC), usegmt=True)
    assert pull_module._retry_after(past, NOW) == 0
    assert pull_module._retry_after("Sat, 01 Mar 2025 00:00:00 -0000", NOW) == 5.5 * 3600


def test_a_slow_source_is_asked_again(workspace: Workspace) -> None:
    workspace.server.script(slow(3))
    result = workspace.pull(policy=PullPolicy(limit=2, read_timeout=0.3))
    assert result.records == 5
    assert len(workspace.waits) == 1


def test_a_page_has_to_be_whole_in_time(workspace: Workspace) -> None:
    with pytest.raises(SourceError, match=r"page 1 of .*: not read whole within 0 s \(2 attempts\)"):
        workspace.pull(policy=PullPolicy(page_timeout=0, attempts=2))


def test_waits_grow_and_attempts_end(workspace: Workspace) -> None:
    workspace.server.script(None, *[server_error(503)] * 9)
    with pytest.raises(SourceError) as caught:
        workspace.pull(policy=PullPolicy(limit=2, attempts=5, backoff_max=4))
    assert str(caught.value) == (
        f"eoffice/work_records: page 2 of {workspace.server.url}/api/v1/work-records: "
        "answered 503 Service Unavailable (5 attempts); expected a page"
    )
    assert len(workspace.server.requests) == 6
    for waited, (least, most) in zip(workspace.waits, [(1, 2), (2, 3), (4, 4), (4, 4)], strict=True):
        assert least <= waited <= most
    assert workspace.watermark is None


def test_attempts_are_counted_for_each_page(workspace: Workspace) -> None:
    three = [server_error()] * (POLICY.attempts - 1)
    workspace.server.script(*three, None, *three, None, *three, None)
    assert workspace.pull().records == 5


def page_of(**members: Any) -> Answer:
    return Answer(body=json.dumps(members).encode())


UNUSABLE = [
    (not_json(), "not JSON"),
    (Answer(body=b""), "not JSON"),
    (Answer(body=b'{"items":[{"a":NaN}],"next_cursor":null}'), "not JSON"),
    (Answer(body='{"items":[{"a":"é"}],"next_cursor":null}'.encode("latin-1")), "not JSON in UTF-8"),
    (Answer(body=b"[" * 100_000), "not JSON"),
    (Answer(body=b'{"items":[{"a":' + b"[" * 600 + b"]" * 600 + b'}],"next_cursor":null}'), "JSON|nested too deeply"),
    (Answer(body=b"[]"), "items is not a list"),
    (page_of(next_cursor=None), "items is not a list"),
    (items_not_a_list(), "items is not a list"),
    (page_of(items=[work_record(1), "x"], next_cursor=None), "item 2 is not an object"),
    (page_of(items=[[]], next_cursor=None), "item 1 is not an object"),
    (page_of(items=[]), "next_cursor is missing"),
    (page_of(items=[], next_cursor=7), "next_cursor is a number; expected the next page's cursor as text, or null"),
    (page_of(items=[], next_cursor=1.5), "next_cursor is a number"),
    (page_of(items=[], next_cursor={"page": 2}), "next_cursor is no text"),
    (page_of(items=[], next_cursor=True), "next_cursor is no text"),
    (page_of(items=[], next_cursor=""), "next_cursor is empty"),
    (Answer(body=b'{"items":[],"next_cursor":"\\ud800"}'), "next_cursor is empty or has characters that cannot be sent"),
    (refused(401), "answered 401 Unauthorized; expected the token in NTM_EOFFICE_TOKEN to be accepted"),
    (refused(403), "answered 403 Forbidden; expected the token in NTM_EOFFICE_TOKEN to be accepted"),
    (refused(404), "answered 404 Not Found; expected 200"),
    (refused(400), "answered 400 Bad Request; expected 200"),
    (Answer(status=302, headers={"Location": "http://127.0.0.1:1/"}), "answered 302 Found; expected 200"),
    (Answer(status=206), "answered 206 Partial Content; expected 200"),
]


@pytest.mark.parametrize(("fault", "expected"), UNUSABLE)
def test_an_unusable_answer_stops_at_once(workspace: Workspace, fault: Answer, expected: str) -> None:
    workspace.server.script(None, fault)
    with pytest.raises(SourceError, match=expected) as caught:
        workspace.pull()
    told = str(caught.value)
    assert told.startswith(f"eoffice/work_records: page 2 of {workspace.server.url}/api/v1/work-records: ")
    assert "cursor=" not in told
    assert len(workspace.server.requests) == 2
    assert workspace.waits == []
    assert workspace.watermark is None
    assert len(workspace.landed()) == 2

    # The first page has landed: it does not land again each day, and the rest comes when the source is mended.
    workspace.server.script(None, fault)
    with pytest.raises(SourceError):
        workspace.pull(now=NOW + timedelta(days=1))
    assert len(workspace.landed()) == 2
    assert workspace.pull(now=NOW + timedelta(days=2)).records == 3
    assert workspace.landed() == workspace.server.records[WORK_RECORDS.path]


def test_a_cursor_that_repeats_stops_the_pull(workspace: Workspace) -> None:
    workspace.server.script(*[repeating_cursor()] * 9)
    with pytest.raises(SourceError, match=r"page 2 of .*: next_cursor was followed before"):
        workspace.pull()
    assert len(workspace.server.requests) == 2
    assert workspace.watermark is None


def test_cursors_without_end_stop_the_pull(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pull_module, "MAX_PAGES", 2)
    with pytest.raises(SourceError, match=r"page 2 of .*: next_cursor goes on; expected at most 2 pages of 2 records"):
        workspace.pull()
    assert workspace.watermark is None


def test_a_page_has_a_greatest_size(workspace: Workspace) -> None:
    with pytest.raises(SourceError, match=r"page 1 of .*: larger than 100 bytes; expected a smaller page for limit=2"):
        workspace.pull(policy=PullPolicy(limit=2, max_page_bytes=100))
    assert workspace.waits == []
    assert workspace.objects() == {}


def test_a_source_that_is_not_there_is_told_in_words(workspace: Workspace) -> None:
    with pytest.raises(SourceError, match=r"cannot connect: .*refused.*2 attempts"):
        pull(
            WORK_RECORDS,
            "http://127.0.0.1:9",
            SecretStr(TOKEN),
            storage=workspace.storage,
            watermarks=workspace.watermarks,
            now=NOW,
            policy=PullPolicy(attempts=2),
            sleep=workspace.waits.append,
        )


class Killed(BaseException):
    """The process ends here."""


class DyingStorage(LocalStorage):
    def put_new(self, path: str, content: bytes) -> None:
        if path.endswith("-00003.ndjson"):
            raise Killed
        super().put_new(path, content)


@pytest.mark.parametrize("later", [timedelta(0), timedelta(seconds=1), timedelta(days=1)])
def test_a_pull_that_was_killed_is_pulled_again(workspace: Workspace, later: timedelta) -> None:
    with pytest.raises(Killed):
        workspace.pull(storage=DyingStorage(workspace.storage.root))
    assert workspace.watermark is None
    whole = workspace.objects()
    assert [len(content.splitlines()) for content in whole.values()] == [2, 2]

    moved: list[datetime | None] = []

    class Counting(WatermarkStore):
        def note(
            self, source: str, dataset: str, seen: datetime | None, landed: frozenset[str], pull: str, objects: int
        ) -> datetime | None:
            moved.append(seen)
            return super().note(source, dataset, seen, landed, pull, objects)

    workspace.pull(now=NOW + later, watermarks=Counting(workspace.watermarks.directory))
    assert moved == [updated_at(5)]
    after = workspace.objects()
    assert {path: after[path] for path in whole} == whole
    # What landed twice landed with the same bytes, so the ledger knows it by its hash.
    assert len(set(after.values())) == 3
    expected = workspace.server.records[WORK_RECORDS.path]
    assert sorted({record["FileId"] for record in workspace.landed()}) == [record["FileId"] for record in expected]
    if not later:
        assert workspace.landed() == expected


def everything_told(error: BaseException) -> str:
    """An error and all that hangs on it."""
    chain: list[BaseException] = []
    following: list[BaseException | None] = [error]
    while following:
        current = following.pop()
        if current is not None and current not in chain:
            chain.append(current)
            following += [current.__cause__, current.__context__]
    return "\n".join(f"{each} {each!r} {vars(each)!r}" for each in chain)


@pytest.mark.parametrize("fault", [refused(), server_error(), dropped(), truncated(), not_json(), too_many_requests("1")])
def test_the_token_is_in_no_log_and_no_error(
    workspace: Workspace,
    fault: Answer,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    workspace.server.script(None, *[fault] * 9)
    with caplog.at_level(logging.DEBUG), structlog.testing.capture_logs() as logs, pytest.raises(SourceError) as caught:
        workspace.pull()
    assert workspace.server.requests[0].authorization == f"Bearer {TOKEN}"
    assert caplog.records  # httpx and httpcore did tell what they do
    captured = capsys.readouterr()
    for told in (everything_told(caught.value), caplog.text, repr(logs), captured.out, captured.err):
        assert TOKEN not in told
    assert "Traceback" not in str(caught.value)
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    "url",
    ["eoffice.local", "ftp://host", "http://", "https://user:hunter2@host/", "https://host/?key=hunter2", "http://h:x"],
)
def test_an_address_that_cannot_be_is_a_wrong_setting(workspace: Workspace, url: str) -> None:
    with pytest.raises(UsageError, match="NTM_EOFFICE_URL: expected an address like") as caught:
        pull(
            WORK_RECORDS,
            url,
            SecretStr(TOKEN),
            storage=workspace.storage,
            watermarks=workspace.watermarks,
            now=NOW,
        )
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("token", ["", "two words", "line\n", "mật"])
def test_a_token_that_cannot_be_sent_is_a_wrong_setting(workspace: Workspace, token: str) -> None:
    with pytest.raises(UsageError, match="NTM_EOFFICE_TOKEN: expected a token of printable ASCII") as caught:
        pull(
            WORK_RECORDS,
            workspace.server.url,
            SecretStr(token),
            storage=workspace.storage,
            watermarks=workspace.watermarks,
            now=NOW,
        )
    assert not token or token not in str(caught.value)
    assert workspace.server.requests == []


def settings(workspace: Workspace, **values: Any) -> Settings:
    return Settings(_env_file=None, home=workspace.home, **values)


def run_all(workspace: Workspace, **values: Any) -> list[PullResult | SourceFailure]:
    return pull_all(settings(workspace, **values), now=lambda: NOW, policy=POLICY, sleep=workspace.waits.append)


def configured(server: SourceServer) -> dict[str, Any]:
    address = {"eoffice_url": f"{server.url}/", "eoffice_token": TOKEN}
    return address | {"portal_url": server.url, "portal_token": TOKEN}


def test_a_source_that_is_not_configured_is_skipped(workspace: Workspace) -> None:
    skipped = run_all(workspace)
    assert [(each.source, each.dataset) for each in skipped] == [(each.source, each.dataset) for each in PULL_SOURCES]
    assert [each.skipped_reason for each in skipped if isinstance(each, PullResult)] == [
        "NTM_EOFFICE_URL is not set",
        "NTM_PORTAL_URL is not set",
    ]
    assert workspace.server.requests == []


def test_one_source_that_fails_does_not_stop_the_others(workspace: Workspace) -> None:
    workspace.server.records[DOSSIERS.path] = [{"MaHoSo": "H41-1", "NgayCapNhat": "20250218081500"}]
    workspace.server.script(refused())
    failed, done = run_all(workspace, **configured(workspace.server))
    assert isinstance(failed, SourceFailure)
    assert (failed.source, failed.dataset) == ("eoffice", "work_records")
    assert "answered 401" in failed.message
    assert done == PullResult("portal", "dossiers", pages=1, records=1, watermark=updated_at(15))
    assert workspace.watermark is None


def test_a_broken_watermark_stops_only_its_own_dataset(workspace: Workspace) -> None:
    file = workspace.watermarks.directory / "eoffice.work_records.json"
    file.parent.mkdir(parents=True)
    file.write_text("{")
    failed, done = run_all(workspace, **configured(workspace.server))
    assert isinstance(failed, SourceFailure)
    assert str(file) in failed.message
    assert isinstance(done, PullResult)


def test_a_wrong_setting_is_refused_before_anything_is_pulled(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="NTM_PORTAL_URL"):
        run_all(workspace, **(configured(workspace.server) | {"portal_url": "portal.local"}))
    assert workspace.server.requests == []


TRANSIENT: list[Callable[[], Answer]] = [
    too_many_requests,
    lambda: too_many_requests("3"),
    server_error,
    lambda: server_error(503, "1"),
    lambda: server_error(504),
    dropped,
    truncated,
]


@pytest.mark.slow
@hypothesis_settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    versions=st.lists(st.integers(0, 59), max_size=7),
    limit=st.integers(1, 4),
    faults=st.lists(st.lists(st.sampled_from(TRANSIENT), max_size=POLICY.attempts - 1), max_size=7),
)
def test_transient_faults_within_the_budget_lose_and_add_nothing(
    tmp_path_factory: pytest.TempPathFactory,
    server: SourceServer,
    versions: list[int],
    limit: int,
    faults: list[list[Callable[[], Answer]]],
) -> None:
    records = [work_record(version, FileId=f"f{place}") for place, version in enumerate(sorted(versions))]
    server.reset(WORK_RECORDS.path, records)
    server.script(*(answer for page in faults for answer in (*(fault() for fault in page), None)))
    workspace = Workspace(tmp_path_factory.mktemp("home"), server)
    result = workspace.pull(policy=PullPolicy(limit=limit, attempts=POLICY.attempts))
    assert workspace.landed() == records
    assert result.records == len(records)
    assert workspace.watermark == (updated_at(max(versions)) if versions else None)
