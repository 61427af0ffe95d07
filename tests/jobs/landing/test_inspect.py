from __future__ import annotations

import gzip
import hashlib
import io
import random
import tracemalloc
import zipfile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.landing import inspect as inspecting
from jobs.landing.formats.base import READ_BYTES, ObjectUnreadableError
from jobs.landing.formats.lines import content_chunks
from jobs.landing.formats.sheet import SheetColumns
from jobs.landing.inspect import inspect_object

COLUMNS = SheetColumns(("code", "name"))
TEXT = '{"a":"nông thôn mới"}\n'.encode()
NOISE = random.Random(7).randbytes(50_000).replace(b"\0", b"x")  # noqa: S311  noise, no secret


def packed(content: bytes) -> bytes:
    # A time in it would give the test another name in each process.
    return gzip.compress(content, mtime=0)


def failure(content: bytes, path: str, columns: SheetColumns | None = COLUMNS, **limits: int) -> str | None:
    facts = inspect_object(io.BytesIO(content), path, columns, **limits)
    assert facts.object_id == hashlib.sha256(content).hexdigest()
    assert facts.size == len(content)
    return facts.failure.code if facts.failure else None


def workbook(header: list[str]) -> bytes:
    book = openpyxl.Workbook()
    book.worksheets[0].append(header)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("a.ndjson", TEXT),
        ("a.ndjson", b"\xef\xbb\xbf" + TEXT),
        ("a.ndjson", b""),
        ("a.ndjson", TEXT + b"\0"),
        ("a.ndjson", b"not json, which is for its line to tell"),
        ("a.csv", b"name,code\n"),
        ("a.csv", b"\xef\xbb\xbfcode,name\r\n1,2\r\n"),
        ("a.csv", b""),
        ("a.ndjson.gz", packed(TEXT)),
        ("a.ndjson.gz", packed(b"")),
        ("a.csv.gz", packed(b"code,") + packed(b"name\n") + b"\0" * 512),
        ("a.xlsx", workbook(["code", "name"])),
        ("a.xlsx", workbook([])),
    ],
)
def test_what_can_be_read_has_no_failure(path: str, content: bytes) -> None:
    assert failure(content, path) is None


@pytest.mark.parametrize(
    ("path", "content", "code"),
    [
        ("a.json", TEXT, "unknown_format"),
        ("a.xlsx.gz", packed(TEXT), "unknown_format"),
        ("a.ndjson.gz", TEXT, "not_gzip"),
        ("a.ndjson.gz", b"", "truncated_gzip"),
        ("a.ndjson.gz", b"\x1f", "truncated_gzip"),
        ("a.ndjson.gz", packed(NOISE)[:-1], "truncated_gzip"),
        ("a.ndjson.gz", packed(NOISE)[:20_000], "truncated_gzip"),
        ("a.ndjson.gz", packed(TEXT) + packed(TEXT)[:-9], "truncated_gzip"),
        ("a.ndjson.gz", packed(TEXT)[:-8] + b"\1" * 8, "corrupt_gzip"),
        ("a.ndjson.gz", packed(TEXT) + b"garbage", "corrupt_gzip"),
        ("a.ndjson.gz", packed(NOISE + b"\0"), "not_text"),
        ("a.ndjson", TEXT.decode().encode("utf-16"), "not_text"),
        ("a.csv", b"\xfe\xff\x01\x01", "unexpected_columns"),
        ("a.csv", b"\xff\xfe\x00\x00", "not_text"),
        ("a.csv", b"code,colour\n", "unexpected_columns"),
        ("a.csv.gz", packed(b"\xef\xbb\xbfcode\n"), "unexpected_columns"),
        ("a.csv", b'code,"name\n' + b"x" * 100, "unexpected_columns"),
        ("a.xlsx", workbook(["code"]), "unexpected_columns"),
        ("a.xlsx", b"", "unreadable_workbook"),
        ("a.xlsx", b"code,name\n", "unreadable_workbook"),
        ("a.xlsx", workbook(["code", "name"])[:-40], "unreadable_workbook"),
    ],
)
def test_what_cannot_be_read_whole_has_a_code_and_its_own_hash(path: str, content: bytes, code: str) -> None:
    assert failure(content, path) == code


def test_a_zip_that_is_no_workbook_and_one_with_a_damaged_part_are_told() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.txt", b"secret" * 100)
    assert failure(stream.getvalue(), "a.xlsx") == "unreadable_workbook"
    damaged = stream.getvalue().replace(b"secretsecret", b"sEcretsecret", 1)
    assert failure(damaged, "a.xlsx") == "unreadable_workbook"


def test_without_columns_a_header_is_not_checked() -> None:
    assert failure(b"anything\n", "a.csv", None) is None
    assert failure(workbook(["anything"]), "a.xlsx", None) is None


def test_content_that_unpacks_to_too_much_is_refused_in_bounded_memory() -> None:
    bomb = packed(b"x" * (24 << 20))
    tracemalloc.start()
    assert failure(bomb, "a.ndjson.gz", max_content_bytes=1 << 20) == "too_large"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * READ_BYTES
    assert failure(bomb, "a.ndjson.gz", max_content_bytes=24 << 20) is None
    assert failure(TEXT, "a.ndjson", max_content_bytes=len(TEXT) - 1) == "too_large"
    assert failure(workbook(["code", "name"]), "a.xlsx", max_content_bytes=1000) == "too_large"


def test_messages_tell_what_was_expected_and_nothing_of_the_content() -> None:
    for path, content in (("a.csv", b"Nguyen Van An,040123456789\n"), ("a.xlsx", b"Nguyen"), ("a.csv", b"Nguyen\0")):
        found = inspect_object(io.BytesIO(content), path, COLUMNS).failure
        assert found is not None
        assert "expected" in found.message
        assert "Nguyen" not in found.message
        assert "0401" not in found.message


@given(
    st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=30).map(str.encode), min_size=1, max_size=3),
    st.integers(0, 40),
    st.binary(max_size=4),
    st.sampled_from([b"", b"\0\0\0"]),
)
def test_the_driver_accepts_a_gzip_object_exactly_when_the_workers_can_read_it(
    members: list[bytes], cut: int, tail: bytes, padding: bytes
) -> None:
    content = b"".join(packed(member) + padding for member in members)
    content = content[: len(content) - cut] + tail
    found = failure(content, "a.ndjson.gz", None)
    try:
        list(content_chunks(io.BytesIO(content), gzipped=True))
    except ObjectUnreadableError:
        # Damaged data may unpack to a NUL before its end is missed.
        assert found in {"truncated_gzip", "corrupt_gzip", "not_gzip", "not_text"}
    else:
        # An object of no bytes is the one exception: the gzip module takes it for empty, but a whole .gz has a header.
        assert found == (None if content else "truncated_gzip")


def test_large_objects_are_read_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspecting, "READ_BYTES", 7)
    assert failure(b"code,name\n" + b"1,2\n" * 100, "a.csv") is None
    content = packed(NOISE) + b"\0\0" + packed(TEXT)
    assert failure(content, "a.ndjson.gz") is None
    assert failure(content[:-3], "a.ndjson.gz") == "truncated_gzip"
