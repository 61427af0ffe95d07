"""JSON that is no NDJSON is read where it is plainly meant, and refused as a whole otherwise."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.landing.formats.base import READ_BYTES, BrokenLine, text_of
from jobs.landing.formats.json_documents import Shape, json_elements
from jobs.landing.formats.registry import format_of, records
from jobs.landing.formats.sheet import SheetColumns
from jobs.landing.inspect import ObjectFacts, inspect_object

LIMIT = 1 << 16
COLUMNS = SheetColumns(("id", "text"))
ONE, TWO, THREE = ({"id": str(number), "text": 'thử "\\{[\n'} for number in (1, 2, 3))


def inspected(content: bytes, name: str = "a.ndjson") -> ObjectFacts:
    return inspect_object(io.BytesIO(content), name, COLUMNS)


def read(content: str | bytes, limit: int = LIMIT) -> list[Any]:
    stored = content.encode() if isinstance(content, str) else content
    facts = inspected(stored)
    assert facts.failure is None, facts.failure
    found = list(records(io.BytesIO(stored), format_of("a.ndjson"), limit, COLUMNS))
    assert facts.empty == (not found)
    return [(line, record.code if isinstance(record, BrokenLine) else {k: text_of(v) for k, v in record.items()}) for line, record in found]


def line(*items: Any) -> str:
    return "".join(json.dumps(item, ensure_ascii=False) for item in items)


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (json.dumps([ONE, TWO, THREE]), [1, 2, 3]),
        (json.dumps([ONE, TWO, THREE], indent=1), [2, 6, 10]),
        ("[\n" + ",\n".join(map(line, (ONE, TWO, THREE))) + "\n]\n", [2, 3, 4]),
        ("[\r\n" + ",\r\n".join(map(line, (ONE, TWO, THREE))) + "\r\n]", [2, 3, 4]),
        (json.dumps({"items": [ONE, TWO, THREE], "next_cursor": None}), [1, 2, 3]),
        (json.dumps({"total": 3, "meta": {"items": [1]}, "items": [ONE, TWO, THREE]}, indent=2), [9, 13, 17]),
        (line({"items": [ONE, TWO]}) + "\n" + line({"items": [THREE]}) + "\n", [1, 2, 3]),
        (line({"items": [ONE, TWO]}) + "\n" + line({"items": []}) + "\n" + line({"items": [THREE]}), [1, 2, 3]),
        (line(ONE, TWO, THREE), [1, 2, 3]),
        (line(ONE) + " " + line(TWO) + "\n" + line(THREE), [1, 2, 3]),
        ("\n".join(json.dumps(item, indent=2) for item in (ONE, TWO, THREE)), [1, 5, 9]),
        ("\r".join(map(line, (ONE, TWO, THREE))), [1, 2, 3]),
        ("\r".join(map(line, (ONE, TWO, THREE))) + "\r\n", [1, 2, 3]),
        ("\ufeff\n" + "\r\n".join(map(line, (ONE, TWO, THREE))), [2, 3, 4]),
    ],
)
def test_records_are_read_however_they_are_written(content: str, lines: list[int]) -> None:
    assert read(content) == list(zip(lines, (ONE, TWO, THREE), strict=True))


@pytest.mark.parametrize("content", ["[]", "[ ]\n", '{"items": [], "next_cursor": null}', '{"items":[]}\n{"items":[]}'])
def test_a_document_without_records_is_empty(content: str) -> None:
    assert read(content) == []


@pytest.mark.parametrize(
    "content",
    [
        line([ONE, TWO])[:-1],
        line([ONE, TWO])[:-20],
        json.dumps([ONE, TWO], indent=1)[:-30],
        json.dumps(ONE, indent=1)[:-3],
        line({"items": [ONE]})[:-1],
        line({"data": [ONE, TWO]}),
        line({"items": ONE}),
        line({"page": {"items": [ONE]}}),
        json.dumps({"data": {"items": [ONE, TWO]}}, indent=1),
        "[1, 2, 3]",
        '["a"]',
        json.dumps([[1, 2], [3]]),
        '[{"other": 1}, {"other": 2}]',
        line(ONE) + ",\n" + line(TWO) + ",\n",
        line([ONE]) + line([TWO]) + "]",
        '{"id": "1"',
        "{'id': '1'}",
    ],
)
def test_other_json_is_refused_as_a_whole(content: str) -> None:
    failure = inspected(content.encode()).failure
    assert failure is not None
    assert failure.code == "unreadable_json"
    assert failure.message.startswith("expected one JSON object a line (NDJSON), a list of records")
    assert "thử" not in failure.message


def test_what_is_broken_after_the_beginning_refuses_a_document_and_not_lines() -> None:
    many = ",".join([line(ONE)] * (READ_BYTES // 20))
    failure = inspected(f"[{many}, {{]".encode()).failure
    assert failure is not None
    assert failure.code == "unreadable_json"
    assert inspected(gzip.compress(f"[{many}]".encode(), 1), "a.ndjson.gz").failure is None
    lines = (line(ONE) + "\n") * (READ_BYTES // 20)
    assert inspected(f"{lines}{{]\n".encode()).failure is None


@pytest.mark.parametrize("bad", ["{", '{"id": "x" "y"}', '{"id": "x"} {"id": "y"}', "[", '["a"]', "not json", '{"id": "x\n', '{"id": 01}'])
def test_a_broken_line_costs_only_itself_first_or_last(bad: str) -> None:
    bad = bad.rstrip("\n")
    assert read(f"{bad}\n{line(ONE)}\n{line(TWO)}\n") == [(1, "broken_line"), (2, ONE), (3, TWO)]
    assert read(f"{line(ONE)}\n{line(TWO)}\n{bad}\n") == [(1, ONE), (2, TWO), (3, "broken_line")]


def test_a_record_that_is_none_costs_its_neighbours_nothing_in_a_document() -> None:
    content = f'[{line(ONE)}, {{"id": 01}}, 5, {{"id": "\0"}}, {{"id": "a\nb"}}, {line(TWO)}]'
    assert [found for _, found in read(content)] == [ONE, "broken_line", "broken_line", "nul_character", "broken_line", TWO]
    long = line({"id": "x" * LIMIT})
    assert [found for _, found in read(f"[{line(ONE)}, {long}, {line(TWO)}]")] == [ONE, "line_too_long", TWO]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.lists(st.dictionaries(st.text(max_size=3), json_values, max_size=3), max_size=4),
    st.sampled_from([None, 1]),
    st.integers(1, 9),
    st.booleans(),
)
def test_a_document_is_cut_into_its_records_wherever_its_pieces_end(items: list[Any], indent: int | None, size: int, page: bool) -> None:
    text = json.dumps({"x": items, "items": items} if page else items, indent=indent, ensure_ascii=False).encode("utf-8", "surrogatepass")
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    found = list(json_elements(pieces, Shape.PAGE if page else Shape.LIST, LIMIT))
    assert [json.loads((element or b"").decode("utf-8", "surrogatepass")) for _, element in found] == items
    assert all(1 <= number <= 1 + text.count(b"\n") for number, _ in found)


def test_a_document_takes_bounded_memory() -> None:
    class Pieces(io.RawIOBase):
        left = 30

        def read(self, size: int = -1, /) -> bytes:
            self.left -= 1
            if self.left == 29:
                return b"[" + line(ONE).encode()
            return b"," + line({"id": "x" * (1 << 20)}).encode() if self.left > 0 else b"]" * (self.left == 0)

    tracemalloc.start()
    found = [getattr(record, "code", record) for _, record in records(Pieces(), format_of("a.ndjson"), LIMIT, COLUMNS)]  # type: ignore[arg-type]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == [ONE] + ["line_too_long"] * 28
    assert peak < 12 << 20


# --- row 38: one NUL ---------------------------------------------------------------------------------------------------


def test_a_nul_rejects_its_line_and_no_other() -> None:
    good = line(ONE) + "\n"
    assert read(f'{good}{{"id": "\0"}}\n{good}') == [(1, ONE), (2, "nul_character"), (3, ONE)]
    assert read('{"id": "\0"}\n') == [(1, "nul_character")]
    assert read(good * 3 + "\0" * 4096) == [(1, ONE), (2, ONE), (3, ONE), (4, "nul_character")]
    assert read(good * (READ_BYTES // 20) + "\0\n" + good)[-2:] == [(READ_BYTES // 20 + 1, "nul_character"), (READ_BYTES // 20 + 2, ONE)]


@pytest.mark.parametrize(
    "content",
    [
        bytes(range(256)) * 20,
        b"\0" * 1000,
        gzip.compress(json.dumps([ONE] * 50).encode(), mtime=0),
        b"PK\x03\x04\x14\0\0\0\x08\0" + bytes(range(255, -1, -1)) * 4,
        (line(ONE) + "\n").encode("utf-16-le") * 5,
    ],
)
def test_binary_content_is_refused(content: bytes) -> None:
    failure = inspected(content).failure
    assert failure is not None
    assert failure.code == "not_text"
