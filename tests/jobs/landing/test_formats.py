# ruff: noqa: DTZ001  cells of a sheet have no zone
from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
import pickle
import random
import tracemalloc
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.landing.formats.base import BrokenLine, NumberText, ObjectFormat, ObjectUnreadableError, RepeatedNames, text_of
from jobs.landing.formats.lines import line_blocks, lines_of
from jobs.landing.formats.ndjson import MAX_DEPTH, parse_json_line
from jobs.landing.formats.registry import format_of, records
from jobs.landing.formats.sheet import SheetColumns

NDJSON, CSV, XLSX = ObjectFormat("ndjson", False), ObjectFormat("csv", False), ObjectFormat("xlsx", False)
COLUMNS = SheetColumns(("code", "name"), ("latitude",), {"ma": "code"})
LIMIT = 1 << 16


def read(content: bytes, fmt: ObjectFormat = NDJSON, limit: int = LIMIT, columns: SheetColumns = COLUMNS) -> list[Any]:
    return [
        (line, record.code if isinstance(record, BrokenLine) else {k: text_of(v) for k, v in record.items()})
        for line, record in records(io.BytesIO(content), fmt, limit, columns)
    ]


def workbook(*rows: list[Any], number_formats: dict[str, str] | None = None, other: list[Any] | None = None) -> bytes:
    book = openpyxl.Workbook()
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row, 1):
            book.worksheets[0].cell(number, column, value)
    for cell, number_format in (number_formats or {}).items():
        book.worksheets[0][cell].number_format = number_format
    if other is not None:
        book.create_sheet("other").append(other)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


class Unseekable(io.RawIOBase):
    """A stream as a network gives it: small pieces, no way back."""

    def __init__(self, content: bytes) -> None:
        self.source = io.BytesIO(content)

    def read(self, size: int = -1, /) -> bytes:
        return self.source.read(min(size, 1000) if size > 0 else 1000)

    def seekable(self) -> bool:
        return False


# --- format -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("eoffice/work_records/dt=2025-01-01/a.ndjson", NDJSON),
        ("a.b.NDJSON.GZ", ObjectFormat("ndjson", True)),
        ("tờ khai.csv", CSV),
        ("a.csv.gz", ObjectFormat("csv", True)),
        ("a.Xlsx", XLSX),
    ],
)
def test_the_ending_tells_the_format(path: str, expected: ObjectFormat) -> None:
    assert format_of(path) == expected


@pytest.mark.parametrize("path", ["a", "a.json", "a.xlsx.gz", "a.gz", "a.csv.zip", "csv", "a.csv/b"])
def test_other_endings_are_refused_and_the_expected_ones_told(path: str) -> None:
    with pytest.raises(ObjectUnreadableError, match=r"\.ndjson, \.csv, \.edxml .* \.xlsx") as caught:
        format_of(path)
    assert caught.value.code == "unknown_format"


def test_the_error_crosses_processes() -> None:
    error = pickle.loads(pickle.dumps(ObjectUnreadableError("code", "message")))  # noqa: S301
    assert (error.code, error.message, str(error)) == ("code", "message", "message")


# --- blocks -----------------------------------------------------------------------------------------------------------


@given(
    st.lists(st.binary(max_size=12).map(lambda line: line.replace(b"\n", b"")), max_size=12),
    st.booleans(),
    st.integers(1, 9),
    st.integers(1, 10),
)
def test_blocks_hold_all_lines_however_the_content_is_cut(lines: list[bytes], ended: bool, piece: int, limit: int) -> None:
    content = b"\n".join(lines) + (b"\n" if ended and lines else b"")
    chunks = [content[at : at + piece] for at in range(0, len(content), piece)]
    found: dict[int, bytes | None] = {}
    for first, block in line_blocks(chunks, limit):
        for number, line in enumerate([None] if block is None else lines_of(block), first):
            assert number not in found
            found[number] = line if line is not None and len(line) <= limit else None
    expected = dict(enumerate(lines_of(content) if content else [], 1))
    assert found == {number: line if len(line) <= limit else None for number, line in expected.items()}


def test_a_line_of_any_length_takes_bounded_memory() -> None:
    class Endless(io.RawIOBase):
        left = 40

        def read(self, size: int = -1, /) -> bytes:
            self.left -= 1
            return b"x" * (1 << 20) if self.left > 0 else (b'\n{"a":1}\n' if self.left == 0 else b"")

    tracemalloc.start()
    found = [
        (line, getattr(record, "code", record))
        for line, record in records(Endless(), NDJSON, LIMIT)  # type: ignore[arg-type]
    ]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == [(1, "line_too_long"), (2, {"a": "1"})]
    assert peak < 8 << 20


# --- NDJSON -----------------------------------------------------------------------------------------------------------


def test_lines_are_numbered_and_blank_ones_skipped() -> None:
    assert read(b'\xef\xbb\xbf{"a":"x"}\r\n\n  \t\n{"a":"y"}') == [(1, {"a": "x"}), (4, {"a": "y"})]


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf", b"\r\n\n"])
def test_an_empty_object_has_no_rows(content: bytes) -> None:
    assert read(content) == []
    assert read(content, CSV) == []


@pytest.mark.parametrize("literal", ["0", "-0", "1.0", "1.10", "1E5", "123456789012345678901234567890", "-1e-400", "9" * 5000])
def test_numbers_keep_their_literal_text(literal: str) -> None:
    assert read(f'{{"a":{literal},"b":[{literal}]}}'.encode()) == [(1, {"a": literal, "b": f"[{literal}]"})]


def test_values_become_text() -> None:
    line = '{"a": true, "b": false, "c": null, "d": "", "e": {"x": [1.50, "ồ\\n", null, true], "y": {}}, "f": []}'
    expected = {"a": "true", "b": "false", "c": None, "d": "", "e": '{"x":[1.50,"ồ\\n",null,true],"y":{}}', "f": "[]"}
    assert read(line.encode()) == [(1, expected)]


def test_text_of_a_number_is_a_plain_string() -> None:
    assert type(text_of(NumberText("1"))) is str


json_values = st.recursive(
    st.none() | st.booleans() | st.text() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(st.lists(json_values, max_size=3) | st.dictionaries(st.text(), json_values, max_size=3), st.booleans())
def test_nested_values_are_the_same_json(value: Any, ascii_only: bool) -> None:
    line = json.dumps({"a": value}, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    [(_, record)] = records(io.BytesIO(line), NDJSON, LIMIT)
    if isinstance(record, BrokenLine):
        assert record.code == "invalid_encoding"
    else:
        assert json.loads(text_of(record["a"]) or "") == value


@pytest.mark.parametrize(
    ("line", "pairs"),
    [
        (b'{"a":"x","b":"z","a":"y"}', [("a", "x"), ("b", "z"), ("a", "y")]),
        (b'{"a":"x","\\u0061":"y"}', [("a", "x"), ("a", "y")]),
        (b'{"a":[{"b":1,"b":2}]}', [("a", [{"b": "2"}])]),
    ],
)
def test_of_a_name_given_twice_every_value_is_there(line: bytes, pairs: list[tuple[str, object]]) -> None:
    record = parse_json_line(line, LIMIT)
    assert isinstance(record, RepeatedNames)
    assert record.pairs == pairs
    assert not isinstance(parse_json_line(b'{"a":{"a":1},"b":[{"a":1},{"a":1}]}', LIMIT), RepeatedNames)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"{", "broken_line"),
        (b'{"a":1} {"a":2}', "broken_line"),
        (b'{"a":1},', "broken_line"),
        (b'["a"]', "broken_line"),
        (b'"a"', "broken_line"),
        (b"1", "broken_line"),
        (b"null", "broken_line"),
        (b'{"a":NaN}', "broken_line"),
        (b'{"a":-Infinity}', "broken_line"),
        (b'{"a":01}', "broken_line"),
        (b'{"a":"\t"}', "broken_line"),
        (b"{'a':1}", "broken_line"),
        (b'{"a":' * 100_00 + b"1", "broken_line"),
        (b'{"a":' + b"[" * 5_000 + b"]" * 5_000 + b"}", "broken_line"),
        (b'{"a":"\xff"}', "invalid_encoding"),
        ('{"a":"ồ"}'.encode("utf-16-le").replace(b"\0", b" "), "invalid_encoding"),
        (b'{"a":"\0"}', "nul_character"),
        (b'{"a":"' + b"x" * LIMIT + b'"}', "line_too_long"),
    ],
)
def test_a_line_that_is_no_record_has_a_code_and_the_next_one_is_read(line: bytes, code: str) -> None:
    assert read(line + b'\n{"a":"y"}\n') == [(1, code), (2, {"a": "y"})]


@pytest.mark.parametrize(("depth", "is_record"), [(MAX_DEPTH, True), (MAX_DEPTH + 1, False)])
def test_the_depth_is_limited_exactly(depth: int, is_record: bool) -> None:
    [(_, record)] = records(io.BytesIO(b'{"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"), NDJSON, LIMIT)
    assert isinstance(record, dict) == is_record


def test_the_longest_line_is_read() -> None:
    line = b'{"a":"%b"}' % (b"x" * 20)
    assert read(line, limit=len(line)) == [(1, {"a": "x" * 20})]
    assert read(line, limit=len(line) - 1) == [(1, "line_too_long")]


def test_gzip_is_unpacked_member_by_member() -> None:
    content = gzip.compress(b'{"a":"x"}\n') + gzip.compress(b'{"a":"y"}\n')
    assert read(content, ObjectFormat("ndjson", True)) == [(1, {"a": "x"}), (2, {"a": "y"})]


def test_gzip_that_ends_too_early_or_is_damaged_is_told() -> None:
    content = gzip.compress(random.Random(1).randbytes(4000))  # noqa: S311  noise, no secret
    for damaged, code in ((content[:-30], "truncated_gzip"), (content[:-6] + b"\0" * 6, "corrupt_gzip")):
        with pytest.raises(ObjectUnreadableError) as caught:
            read(damaged, ObjectFormat("ndjson", True))
        assert caught.value.code == code


# --- CSV --------------------------------------------------------------------------------------------------------------


def test_rows_are_numbered_by_the_line_they_start_on() -> None:
    content = '\ufeffcode,name\r\n1,"a ""b"",\r\nc"\r\n\r\n2,"d,e"\r\n'.encode()
    assert read(content, CSV) == [
        (2, {"code": "1", "name": 'a "b",\r\nc'}),
        (5, {"code": "2", "name": "d,e"}),
    ]


def test_an_empty_cell_is_missing_and_blanks_stay() -> None:
    assert read(b'name,code\n,""\n x ,0\n"",1\n', CSV) == [
        (3, {"name": " x ", "code": "0"}),
        (4, {"name": None, "code": "1"}),
    ]


@pytest.mark.parametrize("header", [b"code,name", b" name ,latitude,code", b"ma,name", b'"code","name"'])
def test_columns_may_come_in_any_order_and_by_an_alias(header: bytes) -> None:
    cells = {b"code": b"c", b"ma": b"c", b"name": b"n", b"latitude": b"18.5"}
    row = b",".join(cells[name.strip(b' "')] for name in header.split(b","))
    [(_, record)] = read(header + b"\n" + row, CSV)
    assert (record["code"], record["name"], record.get("latitude", "18.5")) == ("c", "n", "18.5")


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (b"1", "broken_line"),
        (b"1,2,3", "broken_line"),
        (b'"1"x,2', "broken_line"),
        (b"1,\xff", "invalid_encoding"),
        (b"1,\0", "nul_character"),
        (b"1," + b"x" * LIMIT, "line_too_long"),
        (b'1,"' + b"x\n" * LIMIT + b'"', "line_too_long"),
        (b'1,"a\n\xff\nb"', "invalid_encoding"),
    ],
)
def test_a_broken_row_has_a_code_and_the_next_one_is_read(row: bytes, code: str) -> None:
    found = read(b"code,name\n" + row + b"\n3,ok\n", CSV)
    assert found == [(2, code), (3 + row.count(b"\n"), {"code": "3", "name": "ok"})]


def test_an_unclosed_quote_is_one_broken_row() -> None:
    assert read(b'code,name\n1,"a\n2,b\n', CSV) == [(2, "broken_line")]
    assert read(b'code,name\n1,"' + b"a\n" * LIMIT, CSV) == [(2, "line_too_long")]


@given(
    # A row begins with a key: without one it could be blank, or that of sums.
    st.lists(
        st.tuples(*[st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)] * 2).map(
            lambda row: (f"x{row[0]}", row[1])
        ),
        max_size=6,
    ),
    st.sampled_from(["\n", "\r\n"]),
    st.integers(1, 20),
)
def test_what_the_csv_writer_writes_is_read(rows: list[tuple[str, str]], end: str, piece: int) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([("code", "name"), *rows])

    class Pieces(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(piece)

    found = [record for _, record in records(Pieces(text.getvalue().encode()), CSV, LIMIT, COLUMNS)]
    assert found == [{"code": code or None, "name": name or None} for code, name in rows]


def header_error(content: bytes, fmt: ObjectFormat = CSV) -> str:
    with pytest.raises(ObjectUnreadableError) as caught:
        read(content, fmt)
    assert caught.value.code == "unexpected_columns"
    return caught.value.message


def test_the_header_error_names_what_is_wrong_and_what_was_expected() -> None:
    message = header_error(b"code,colour,code,\n")
    assert message == ("missing: name; unknown: colour; given twice: code; expected: code, name; optional: latitude")


def test_a_sheet_without_a_header_line_shows_no_data() -> None:
    message = header_error("040123456789,Nguyễn Văn An,secret_name\n".encode())
    assert message == "the first line is not the header line; expected: code, name; optional: latitude"
    assert "Nguyễn" not in header_error("code,Nguyễn Văn An\n".encode())
    assert "broken" not in header_error(b'"code"broken,name\n')


# --- XLSX -------------------------------------------------------------------------------------------------------------


def test_cells_become_text() -> None:
    columns = SheetColumns(tuple("abcdefghij"))
    row = [
        "văn bản ", 5.0, 2.5, True, dt.datetime(2025, 2, 3), dt.datetime(2025, 2, 3, 8, 15), dt.date(2025, 2, 3),
        8930000000000.0, None, 26,
    ]  # fmt: skip
    content = workbook([*"abcdefghij"], row, number_formats={"J2": "00000", "H2": "0"})
    assert read(content, XLSX, columns=columns) == [
        (
            2,
            {
                "a": "văn bản ", "b": "5", "c": "2.5", "d": "true", "e": "2025-02-03", "f": "2025-02-03T08:15:00",
                "g": "2025-02-03", "h": "8930000000000", "i": None, "j": "00026",
            },
        )
    ]  # fmt: skip


def test_empty_rows_are_skipped_and_numbers_are_those_of_the_sheet() -> None:
    content = workbook(["code", "name", None], [], ["1"], [None, ""], [None, "x"], [1, 2, 3], [1, 2, None])
    assert read(content, XLSX) == [
        (3, {"code": "1", "name": None}),
        (5, {"code": None, "name": "x"}),
        (6, "broken_line"),
        (7, {"code": "1", "name": "2"}),
    ]


def test_an_empty_sheet_has_no_rows() -> None:
    assert read(workbook(), XLSX) == []


def test_the_header_of_a_workbook_is_checked() -> None:
    assert header_error(workbook(["code", "colour"]), XLSX).startswith("missing: name; unknown: colour; expected")


def test_a_workbook_is_read_from_a_stream_that_cannot_go_back() -> None:
    content = workbook(["code", "name"], ["1", "x"])
    assert [row for _, row in records(Unseekable(content), XLSX, LIMIT, COLUMNS)] == [{"code": "1", "name": "x"}]  # type: ignore[arg-type]


def test_what_is_no_workbook_is_told_without_its_content() -> None:
    with pytest.raises(ObjectUnreadableError, match="expected a workbook") as caught:
        read(b"Nguyen Van An", XLSX)
    assert caught.value.code == "unreadable_workbook"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_sheet_needs_its_columns() -> None:
    with pytest.raises(ValueError, match="columns"):
        records(io.BytesIO(), CSV, LIMIT)
