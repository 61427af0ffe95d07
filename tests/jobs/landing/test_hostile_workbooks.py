"""Workbooks that are small on disk and large in memory are refused at a cap, for their reason, in bounded memory."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import openpyxl
import pytest

from jobs.landing.formats import ooxml
from jobs.landing.formats.sheet import SheetColumns
from jobs.landing.inspect import ObjectFailure, inspect_object
from jobs.settings import PROJECT_ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

COLUMNS = SheetColumns(("code", "name"))
SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
SHARED_STRINGS = (
    b'<Relationship Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"'
    b' Target="sharedStrings.xml" Id="rId99"/>'
)
MAX_PEAK_BYTES = 220 << 20
"""Of a process that inspects one; some 60 MB of it are the interpreter and openpyxl."""

_CHILD = """
import re, sys
from pathlib import Path
from jobs.landing.formats.sheet import SheetColumns
from jobs.landing.inspect import inspect_object
with open(sys.argv[1], "rb") as stream:
    failure = inspect_object(stream, "a.xlsx", SheetColumns(("code", "name"))).failure
# Its own peak: getrusage would give that of the process which started it.
peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024
print(failure.code if failure else None, peak, failure.message if failure else "", sep="|")
"""


def workbook() -> bytes:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["code", "name"])
    book.worksheets[0].append(["1", "x"])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def with_part(name: str, pieces: Iterable[bytes]) -> bytes:
    """A workbook one part of which is replaced or added, written piece by piece."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as target:
        for part in source.namelist():
            content = source.read(part)
            if part == RELATIONS and name == STRINGS:
                content = content.replace(b"</Relationships>", SHARED_STRINGS + b"</Relationships>")
            if part != name:
                target.writestr(part, content)
        with target.open(name, "w") as stream:
            for piece in pieces:
                stream.write(piece)
    return out.getvalue()


def sheet(inside: Iterable[bytes]) -> Iterator[bytes]:
    yield b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    yield b'<row r="1"><c r="A1" t="inlineStr"><is><t>code</t></is></c><c r="B1" t="inlineStr"><is><t>name</t></is></c></row>'
    yield from inside
    yield b"</sheetData></worksheet>"


def strings(inside: Iterable[bytes]) -> Iterator[bytes]:
    yield b'<?xml version="1.0"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    yield from inside
    yield b"</sst>"


def bomb(declaration: bytes) -> Iterator[bytes]:
    yield b'<?xml version="1.0"?>' + declaration + b'<worksheet><sheetData><row><c t="str"><v>&b;</v></c></row></sheetData></worksheet>'


MEGABYTE = 1 << 20
HOSTILE = {
    "13 million shared strings": (STRINGS, lambda: strings([b"<si><t/></si>" * 100_000] * 130), "too_large", "times its packed size"),
    "white space": (SHEET, lambda: sheet([b" " * MEGABYTE] * 300), "too_large", "times its packed size"),
    "comments": (SHEET, lambda: sheet([b"<!--x-->" * 100_000] * 100), "too_large", "times its packed size"),
    "one comment": (SHEET, lambda: sheet([b"<!--", b"<>" * MEGABYTE, b"-->"]), "too_large", "in one tag or comment"),
    "one attribute": (SHEET, lambda: sheet([b'<row r="', b"1" * (3 * MEGABYTE), b'"/>']), "too_large", "in one tag or comment"),
    "one text": (SHEET, lambda: sheet([b'<row><c t="str"><v>', b"xy" * MEGABYTE, b"</v></c></row>"]), "too_large", "in a cell"),
    "one shared string": (STRINGS, lambda: strings([b"<si><t>", b"xy" * MEGABYTE, b"</t></si>"]), "too_large", "in a cell"),
    "elements within each other": (SHEET, lambda: sheet([b"<a>" * MEGABYTE]), "too_large", "within each other"),
    "a wide row": (
        SHEET,
        lambda: sheet([b"<row>" + b'<c t="str"><v>1</v></c>' * 1100 + b"</row>"]),
        "too_large",
        "at most 1024 columns",
    ),
    "rows": (SHEET, lambda: sheet([b'<row r="9"/>' * 100_000] * 6 + [b"<row/>" * 100_000] * 10), "too_large", "times its packed size"),
    "the last column": (
        SHEET,
        lambda: sheet(b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (row, row) for row in range(2, 10_002)),
        "too_large",
        "at most 1024 columns",
    ),
    "a row beyond the last": (SHEET, lambda: sheet([b'<row r="1048577"><c r="A1048577"><v>1</v></c></row>']), "too_large", "1048576 rows"),
    "entities": (
        SHEET,
        lambda: bomb(b'<!DOCTYPE x [<!ENTITY a "xxxxxxxxxx"><!ENTITY b "&a;&a;&a;&a;">]>'),
        "unreadable_workbook",
        "DOCTYPE",
    ),
    "a file of the system": (
        SHEET,
        lambda: bomb(b'<!DOCTYPE x [<!ENTITY b SYSTEM "file:///etc/passwd">]>'),
        "unreadable_workbook",
        "DOCTYPE",
    ),
    "a string that is not there": (
        SHEET,
        lambda: sheet([b'<row r="2"><c r="A2" t="s"><v>99999</v></c></row>']),
        "unreadable_workbook",
        "opens",
    ),
    "broken XML": (SHEET, lambda: sheet([b"<row><c>"]), "unreadable_workbook", "opens"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_workbook_is_refused_for_its_reason_in_bounded_memory(name: str, tmp_path: Path) -> None:
    part, pieces, code, reason = HOSTILE[name]
    file = tmp_path / "hostile.xlsx"
    file.write_bytes(with_part(part, pieces()))
    assert file.stat().st_size < 4 << 20
    out = subprocess.run(  # noqa: S603  its own interpreter
        [sys.executable, "-c", _CHILD, str(file)], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    found, peak, message = out.stdout.strip().split("|")
    assert (found, reason in message) == (code, True), message
    assert int(peak) < MAX_PEAK_BYTES


def refusal(content: bytes) -> ObjectFailure | None:
    return inspect_object(io.BytesIO(content), "a.xlsx", COLUMNS).failure


@pytest.mark.parametrize(
    ("cap", "at", "part", "inside"),
    [
        ("MAX_STRINGS", 1000, STRINGS, b"<si><t>x</t></si>" * 1001),
        ("MAX_STRING_CHARACTERS", 5000, STRINGS, b"<si><t>123456</t></si>" * 1000),
        ("MAX_CELLS", 1000, SHEET, b"<row>" + b'<c s="1"/>' * 1001 + b"</row>"),
        ("MAX_ROWS", 500, SHEET, b'<row r="7"/>' * 1001),
        ("MAX_UNPACKED_BYTES", 10_000, SHEET, b"<row/>" * 2000),
        ("MAX_PARTS", 3, SHEET, b""),
        ("MAX_SECONDS", 1e-9, SHEET, b"<row/>"),
    ],
)
def test_each_cap_refuses_what_is_beyond_it(cap: str, at: float, part: str, inside: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    content = with_part(part, (sheet if part == SHEET else strings)([inside]))
    assert refusal(content) is None
    monkeypatch.setattr(ooxml, cap, at)
    monkeypatch.setattr("jobs.landing.formats.workbook.MAX_SECONDS", ooxml.MAX_SECONDS)
    failure = refusal(content)
    assert failure is not None
    assert failure.code == "too_large"


def test_an_old_workbook_or_one_with_a_password_says_so() -> None:
    failure = refusal(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 5000)
    assert failure is not None
    assert (failure.code, "password" in failure.message) == ("unreadable_workbook", True)
