"""Pull records from a source system's paging API into the landing zone (interfaces §2).

    GET {base}{path}?updated_since=…&cursor=…&limit=…   ->   {"items": [{…}, …], "next_cursor": "…" | null}

What a pull asks for: the records changed since the watermark less an overlap, since a source may commit a record later
than the moment that it is stamped with. Without a watermark (the first pull) `updated_since` is left out: everything.

What a pull leaves: one object a page, `<source>/<dataset>/dt=<Vietnam's date>/<pull id>-<page>.ndjson`, one record a
line. Records are landed as they came, right or wrong: only the border and the row rules judge them. Records that the
pull before has landed, line for line, are left out: the overlap brings them each time. Only when all pages have landed
does the next pull start from the greatest version seen, and only when they are judged is that the watermark
(`jobs/extract/watermarks.py`). So a pull that ends anywhere may be started again: it misses no record.

Where a pull has several pages, a record that changes meanwhile moves in the source's order, and a cursor that is a position
then passes over a record. So the pages are asked for again until a pass brings no record that the ones before had missed,
and, where the source states a `total`, as many as it states.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from json.encoder import encode_basestring, encode_basestring_ascii
from typing import TYPE_CHECKING, Any, NoReturn

import httpx
import tenacity

from jobs.errors import SourceError, UsageError
from jobs.extract.pull_states import note_failure, note_success, watermark_store
from jobs.extract.sources import PULL_SOURCES, PullSource
from jobs.extract.watermarks import WatermarkStore
from jobs.landing.storage import LandingStorage, StorageError, landing_access, landing_storage
from jobs.log import get_logger, said_while_it_lasts
from jobs.vietnam import VIETNAM, parse_instant

if TYPE_CHECKING:
    from pydantic import SecretStr

    from jobs.settings import Settings

# The page's number has five digits in the object's name; it also ends a source that hands out cursors for ever.
MAX_PAGES = 99_999
_MISSING = object()
_TOKEN = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class PullPolicy:
    """How a source is asked: `limit` records a page; times in seconds; `attempts` a page, the first one included.

    `passes`: how often the pages are asked for again at most, the first pass included; `heartbeat`: how often a wait is said.
    """

    overlap: timedelta = timedelta(hours=1)
    limit: int = 500
    connect_timeout: float = 10
    read_timeout: float = 60
    page_timeout: float = 300
    attempts: int = 6
    backoff_max: float = 60
    retry_after_max: float = 300
    max_page_bytes: int = 64 << 20
    passes: int = 5
    heartbeat: float = 5


DEFAULT_POLICY = PullPolicy()
ASK_POLICY = PullPolicy(limit=1, connect_timeout=5, read_timeout=20, page_timeout=20, attempts=1)
"""For a person who waits."""


@dataclass(frozen=True, slots=True)
class PullResult:
    """One dataset's pull: `pages` are those of its last pass, `records` those landed, `watermark` what the next pull starts from.

    `skipped_reason` is None for a pull that was made.
    """

    source: str
    dataset: str
    pages: int
    records: int
    watermark: datetime | None
    skipped_reason: str | None = None


@dataclass(frozen=True, slots=True)
class SourceFailure:
    """A dataset that could not be pulled, and why; its watermark did not move."""

    source: str
    dataset: str
    message: str


@dataclass(frozen=True, slots=True)
class _Line:
    """A record as it lands, with its version where that can be read."""

    content: bytes
    version: datetime | None

    @property
    def hash(self) -> str:
        """Names the line among those that have landed."""
        return hashlib.sha256(self.content).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class _Page:
    """The records of a page, and how many the whole query has where the source states it."""

    lines: list[_Line]
    next_cursor: str | None
    total: int | None = None


class _Number(str):
    """A JSON number by its own text, so that it lands with all its digits."""

    __slots__ = ()


class _Object(list[tuple[str, Any]]):
    """A JSON object as its members in order, a repeated name included."""

    __slots__ = ()


class _TransientError(Exception):
    """An answer that may be another one a moment later; `retry_after` in seconds if the source named a time."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class _UnusableError(Exception):
    """An answer that will not be another one a moment later."""


class _BearerAuth(httpx.Auth):
    """Adds the token when a request leaves; nothing else holds it in clear."""

    def __init__(self, token: SecretStr) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override]
        request.headers["Authorization"] = f"Bearer {self._token.get_secret_value()}"
        yield request


def pull_all(
    settings: Settings,
    *,
    sources: Sequence[PullSource] = PULL_SOURCES,
    updated_since: datetime | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    policy: PullPolicy = DEFAULT_POLICY,
    sleep: Callable[[float], None] = time.sleep,
) -> list[PullResult | SourceFailure]:
    """Pull every dataset whose source is configured; one that fails does not stop the others.

    `updated_since` asks for everything since then, whatever the watermark. Returns one entry for each of `sources`, in their order.

    Raises:
        UsageError: an address or a token in the settings is wrong; nothing has been pulled.
        StorageError: the landing zone cannot be written, which is no source's fault.
    """
    require_usable_sources(settings, sources)
    storage = landing_storage(settings.landing_url, s3=landing_access(settings))
    watermarks = watermark_store(settings.home)
    configured = [(source, getattr(settings, source.url_setting), getattr(settings, source.token_setting)) for source in sources]
    results: list[PullResult | SourceFailure] = []
    for source, base_url, token in configured:
        if not base_url:
            reason = f"{_variable(source.url_setting)} is not set"
            results.append(PullResult(source.source, source.dataset, 0, 0, None, skipped_reason=reason))
            continue
        try:
            result = pull(
                source,
                base_url,
                token,
                storage=storage,
                watermarks=watermarks,
                now=now(),
                updated_since=updated_since,
                policy=policy,
                sleep=sleep,
            )
        except SourceError as error:
            get_logger().error("pull failed", dataset=source.name, reason=str(error))
            note_failure(settings.home, source, now(), str(error))
            results.append(SourceFailure(source.source, source.dataset, str(error)))
        else:
            note_success(settings.home, source, now())
            results.append(result)
    return results


def require_usable_sources(settings: Settings, sources: Sequence[PullSource] = PULL_SOURCES) -> None:
    """Refuse a wrong address or token of a source that is configured.

    Raises:
        UsageError: names the setting, and shows neither address nor token.
    """
    for source in sources:
        base_url = getattr(settings, source.url_setting)
        if base_url:
            _require_usable(source, base_url, getattr(settings, source.token_setting))


def require_answer(source: PullSource, base_url: str, token: SecretStr) -> None:
    """Ask a dataset once for one record that changed in this minute; nothing lands.

    Raises:
        SourceError: there is no usable answer; names the address and what was expected.
        UsageError: the address or the token cannot be used.
    """
    _require_usable(source, base_url, token)
    with _client(token, ASK_POLICY) as client:
        reader = _PageReader(client, source, base_url.rstrip("/") + source.path, ASK_POLICY, time.sleep)
        reader.page(1, {"limit": ASK_POLICY.limit, "updated_since": datetime.now(VIETNAM).isoformat(timespec="seconds")})


def pull(
    source: PullSource,
    base_url: str,
    token: SecretStr,
    *,
    storage: LandingStorage,
    watermarks: WatermarkStore,
    now: datetime,
    updated_since: datetime | None = None,
    policy: PullPolicy = DEFAULT_POLICY,
    sleep: Callable[[float], None] = time.sleep,
) -> PullResult:
    """Land what changed in one dataset since its watermark, page by page; then move the watermark.

    At most one page is in memory, and some hundred bytes a record to know it again.
    A version later than `now` lands but does not move the watermark: one record stamped
    in the year 2205 would otherwise hide all that follow.

    Args:
        source: what is pulled.
        base_url: the address of the source system (https://host[/path]).
        token: the bearer token; it appears in no log and no error.
        storage: where the objects land.
        watermarks: where the watermark is kept.
        now: when this attempt starts, with a zone; each attempt has its own, since it names the objects.
        updated_since: asks for everything since then, whatever the watermark.
        policy: how the source is asked.
        sleep: waits between attempts.

    Raises:
        SourceError: the source gave no usable answer; names the page and what was expected. The watermark stays.
        UsageError: the address or the token cannot be used.
        StorageError: the landing zone cannot be written.
    """
    _require_usable(source, base_url, token)
    mark = watermarks.read(source.source, source.dataset)
    before = mark.moment if mark else None
    folder = f"{source.source}/{source.dataset}/dt={now.astimezone(VIETNAM):%Y-%m-%d}"
    pull_id = _pull_id(before, now)
    params: dict[str, str | int] = {"limit": policy.limit}
    since = updated_since or (before - policy.overlap if before is not None else None)
    if since is not None:
        since = since.astimezone(VIETNAM)
        params["updated_since"] = since.isoformat(timespec="seconds")
    get_logger().info("pull", dataset=source.name, since=params.get("updated_since", "the beginning"))
    # Who asks for a day again may have lost what had landed.
    haul = _Haul(storage, f"{folder}/{pull_id}", now, before, set(mark.landed) if mark and updated_since is None else set())
    try:
        with _client(token, policy) as client:
            reader = _PageReader(client, source, base_url.rstrip("/") + source.path, policy, sleep)
            pages = _pull_passes(reader, params, haul)
    except (SourceError, StorageError):
        if haul.objects:
            # What landed does not land again, and is judged with the rest.
            all_landed = haul.landed | (mark.landed if mark else frozenset())
            watermarks.note(source.source, source.dataset, None, frozenset(all_landed), pull_id, haul.objects)
        raise
    overlap = haul.greatest - policy.overlap if haul.greatest else None
    landed = frozenset(hashed for hashed, version in haul.seen.items() if version is None or overlap is None or version >= overlap)
    if haul.objects or (mark and mark.pulls):
        watermark = watermarks.note(source.source, source.dataset, haul.greatest, landed, pull_id, haul.objects)
    else:
        watermark = watermarks.advance(source.source, source.dataset, haul.greatest, landed) if haul.greatest else None
    get_logger().info("pulled", dataset=source.name, pages=pages, records=haul.records, next_from=str(watermark))
    return PullResult(source.source, source.dataset, pages, haul.records, watermark)


@dataclass(slots=True)
class _Haul:
    """What one pull has seen and landed: `seen` and `landed` are the hashes of lines, some hundred bytes a record."""

    storage: LandingStorage
    stem: str
    now: datetime
    greatest: datetime | None
    landed: set[str]
    seen: dict[str, datetime | None] = field(default_factory=dict)
    records: int = 0
    objects: int = 0
    pages: int = 0

    def take(self, page: _Page) -> list[_Line]:
        """Land what of a page has not landed yet; returns it."""
        self.pages += 1
        new = [line for line in page.lines if line.hash not in self.landed]
        if new:
            self.storage.put_new(f"{self.stem}-{self.pages:05d}.ndjson", b"".join(line.content for line in new))
            self.objects += 1
        self.records += len(new)
        self.landed |= {line.hash for line in new}
        self.seen |= {line.hash: line.version for line in page.lines}
        versions = (line.version for line in page.lines)
        self.greatest = max((moment for moment in (self.greatest, *versions) if moment and moment <= self.now), default=None)
        return new


def _pull_passes(reader: _PageReader, params: Mapping[str, str | int], haul: _Haul) -> int:
    """Pull all pages, several times where records may have moved between them; returns how many pages the last pass had.

    Raises:
        SourceError: a page is not usable, or the passes do not agree with each other or with the total that the source states.
    """
    problem = ""
    turn = pages = 0
    while turn < reader.policy.passes:
        turn += 1
        frontier = haul.greatest
        lines: set[str] = set()
        missed = pages = 0
        total = None
        for page in reader.pages(params):
            pages += 1
            total = page.total
            lines |= {line.hash for line in page.lines}
            # What is newer than all that was seen has changed since: it is news, and the next pull brings what else does.
            missed += sum(line.version is None or frontier is None or line.version <= frontier for line in haul.take(page))
            del page  # at most one page is in memory
        if total is not None and total != len(lines):
            problem = f"the source states a total of {total} records, and {len(lines)} came"
        elif turn > 1 and missed:
            problem = f"pages asked for again brought {missed} records that the ones before had missed"
        elif turn > 1 or pages == 1 or not reader.source.shifts:
            return pages
        if problem:
            get_logger().warning("pull again", dataset=reader.source.name, reason=problem, turn=turn)
    return reader.fail(pages, f"{problem}, {turn} times over; expected pages that agree (what came has landed; the next pull goes on)")


def _client(token: SecretStr, policy: PullPolicy) -> httpx.Client:
    return httpx.Client(
        auth=_BearerAuth(token),
        timeout=httpx.Timeout(policy.read_timeout, connect=policy.connect_timeout),
        headers={"Accept": "application/json"},
    )


@dataclass(frozen=True, slots=True)
class _PageReader:
    """Asks one address for pages; an error names the dataset, the address and the page."""

    client: httpx.Client
    source: PullSource
    url: str
    policy: PullPolicy
    sleep: Callable[[float], None]

    def pages(self, params: Mapping[str, str | int]) -> Iterator[_Page]:
        """The pages of one pass, in order.

        Raises:
            SourceError: there is no usable page, or no end of them.
        """
        asked = dict(params)
        followed: set[str] = set()
        for number in range(1, MAX_PAGES + 1):
            page = self.page(number, asked)
            next_cursor = page.next_cursor
            yield page
            del page
            if next_cursor is None:
                return
            if next_cursor in followed:
                self.fail(number, "next_cursor was followed before; expected a new one, or null")
            followed.add(next_cursor)
            asked["cursor"] = next_cursor
        self.fail(MAX_PAGES, f"next_cursor goes on; expected at most {MAX_PAGES} pages of {self.policy.limit} records")

    def page(self, number: int, params: Mapping[str, str | int]) -> _Page:
        """One page; transient failures are tried again, `policy.attempts` times in all.

        Raises:
            SourceError: there is no usable page.
        """
        attempts = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_TransientError),
            stop=tenacity.stop_after_attempt(self.policy.attempts),
            wait=_wait(self.policy),
            sleep=self.sleep,
            before_sleep=self._tell,
            reraise=True,
        )
        try:
            with said_while_it_lasts("pull", every=self.policy.heartbeat, dataset=self.source.name, page=number):
                body = attempts(self._ask, params)
            return _parse_page(body, self.source.version_field)
        except _TransientError as error:
            self.fail(number, f"{error} ({self.policy.attempts} attempts); expected a page")
        except _UnusableError as error:
            self.fail(number, str(error))

    def fail(self, number: int, problem: str) -> NoReturn:
        """Stop the pull of this dataset."""
        # From None: what lies below holds the request, and with it the token.
        raise SourceError(f"{self.source.name}: page {number} of {self.url}: {problem}") from None

    def _tell(self, state: tenacity.RetryCallState) -> None:
        reason = str(state.outcome.exception()) if state.outcome else ""
        wait = round(state.next_action.sleep, 1) if state.next_action else None
        attempt = f"{state.attempt_number} of {self.policy.attempts}"
        get_logger().warning("pull retries", dataset=self.source.name, reason=reason, attempt=attempt, waits_seconds=wait)

    def _ask(self, params: Mapping[str, str | int]) -> bytes:
        """The body of one answer, read up to the cap."""
        deadline = time.monotonic() + self.policy.page_timeout
        body = bytearray()
        try:
            with self.client.stream("GET", self.url, params=dict(params)) as response:
                _require_ok(response, self.source)
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > self.policy.max_page_bytes:
                        raise _UnusableError(
                            f"larger than {self.policy.max_page_bytes} bytes; expected a smaller page for limit={self.policy.limit}"
                        )
                    if time.monotonic() > deadline:
                        raise _TransientError(f"not read whole within {self.policy.page_timeout:g} s")
        except httpx.ConnectError as error:
            # These words come from the system or from TLS (a name or a certificate), not from the request.
            raise _TransientError(f"cannot connect: {error}") from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            # Other messages may quote the request: only the kind of the failure is logged.
            raise _TransientError(f"the connection failed ({type(error).__name__})") from None
        return bytes(body)


def _wait(policy: PullPolicy) -> Callable[[tenacity.RetryCallState], float]:
    """Exponential with jitter, and not before the time that the source named (up to a cap)."""
    backoff = tenacity.wait_exponential_jitter(max=policy.backoff_max)

    def wait(state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        named = error.retry_after if isinstance(error, _TransientError) else None
        return max(backoff(state), min(named or 0.0, policy.retry_after_max))

    return wait


def _require_ok(response: httpx.Response, source: PullSource) -> None:
    status = response.status_code
    answered = f"answered {status} {response.reason_phrase}".rstrip()
    if status == HTTPStatus.OK:
        return
    if status == HTTPStatus.TOO_MANY_REQUESTS or response.is_server_error:
        named = status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
        retry_after = _retry_after(response.headers.get("Retry-After"), datetime.now(UTC)) if named else None
        raise _TransientError(answered, retry_after)
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise _UnusableError(f"{answered}; expected the token in {_variable(source.token_setting)} to be accepted")
    raise _UnusableError(f"{answered}; expected 200")


def _retry_after(header: str | None, now: datetime) -> float | None:
    """The seconds that a `Retry-After` header names (a number or an HTTP date, RFC 9110 §10.2.3); None if neither."""
    if header is None:
        return None
    if re.fullmatch(r"[0-9]{1,9}", header):
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    # "-0000" is UTC of an unknown place, and comes without a zone.
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())


def _parse_page(body: bytes, version_field: str) -> _Page:
    try:
        answer = json.loads(
            body.decode("utf-8-sig"),
            object_pairs_hook=_Object,
            parse_int=_Number,
            parse_float=_Number,
            parse_constant=_refuse_constant,
        )
    except (ValueError, RecursionError):
        raise _UnusableError('not JSON in UTF-8; expected {"items": […], "next_cursor": …}') from None
    members = dict(answer) if isinstance(answer, _Object) else {}
    items = members.get("items")
    if not isinstance(items, list) or isinstance(items, _Object):
        raise _UnusableError("items is not a list; expected a list of records")
    for position, item in enumerate(items, start=1):
        if not isinstance(item, _Object):
            raise _UnusableError(f"item {position} is not an object; expected a record")
    cursor = members.get("next_cursor", _MISSING)
    if cursor is not None and (problem := _cursor_problem(cursor)):
        raise _UnusableError(f"next_cursor {problem}; expected the next page's cursor as text, or null")
    try:
        lines = [_Line(_line(item), _version(dict(item).get(version_field))) for item in items]
    except RecursionError:
        raise _UnusableError("a record is nested too deeply; expected a record of plain fields") from None
    total = members.get("total")
    return _Page(lines, cursor, int(total) if isinstance(total, _Number) and total.isdecimal() else None)


def _cursor_problem(value: Any) -> str | None:
    """What is wrong with a cursor; None where nothing is."""
    if value is _MISSING:
        return "is missing"
    if isinstance(value, _Number):
        return "is a number"
    if not isinstance(value, str):
        return "is no text"
    return None if value and value.isprintable() else "is empty or has characters that cannot be sent"


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _line(item: _Object) -> bytes:
    """A record as one line: compact, in UTF-8, with the order of its fields and the text of its numbers kept."""
    try:
        return f"{_compact(item, encode_basestring)}\n".encode()
    except UnicodeEncodeError:
        # Half of a surrogate pair has no UTF-8 form; it lands as the escape that it came as, for the rules to judge.
        return f"{_compact(item, encode_basestring_ascii)}\n".encode()


def _compact(value: Any, quote: Callable[[str], str]) -> str:
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, _Object):
        return "{" + ",".join(f"{quote(name)}:{_compact(member, quote)}" for name, member in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_compact(member, quote) for member in value) + "]"
    return {None: "null", True: "true", False: "false"}[value]


def _version(value: Any) -> datetime | None:
    return parse_instant(value) if isinstance(value, str) else None


def _pull_id(watermark: datetime | None, now: datetime) -> str:
    """Names the objects of one attempt: the same for the same watermark and start, sorted by start."""
    if now.tzinfo is None:
        raise ValueError("the start of a pull needs a zone")
    origin = f"{watermark.isoformat() if watermark else ''}|{now.astimezone(UTC).isoformat()}"
    return f"pull-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{hashlib.sha256(origin.encode()).hexdigest()[:12]}"


def _require_usable(source: PullSource, base_url: str, token: SecretStr | None) -> None:
    """Refuse an address or a token that cannot be used, without showing either (an address may hold a password)."""
    url_name, token_name = _variable(source.url_setting), _variable(source.token_setting)
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL:
        raise UsageError(f"{url_name}: expected an address like https://host/path") from None
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo or url.query or url.fragment:
        raise UsageError(f"{url_name}: expected an address like https://host/path, without user, query or fragment")
    if token is None or not _TOKEN.fullmatch(token.get_secret_value()):
        raise UsageError(f"{token_name}: expected a token of printable ASCII characters without spaces")


def _variable(setting: str) -> str:
    return f"NTM_{setting.upper()}"
