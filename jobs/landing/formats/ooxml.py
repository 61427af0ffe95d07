"""The parts of an XLSX file that a reader of its cells needs, parsed in bounded memory and time.

openpyxl builds what a file says before it can be asked how much that is: half a megabyte of shared strings took minutes and gigabytes. Here a
part is parsed as a stream, and what a sheet of an office never needs is refused at a cap. What cells mean (dates, number formats) is
openpyxl's to say.
"""

from __future__ import annotations

import posixpath
import re
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO
from xml.parsers import expat

from jobs.landing.formats.base import BrokenLine, NumberSince1904, NumberText, ObjectUnreadableError, PercentText
from jobs.landing.formats.sheet import Cell

MAX_PARTS = 10_000
MAX_SHEETS = 256
MAX_STYLES = 100_000
MAX_ROWS = 1 << 20
MAX_COLUMNS = 1024
MAX_CELLS = 4_000_000
"""Cells of all sheets together, empty ones too: a format costs as much to read as a value."""
MAX_STRINGS = 1_000_000
MAX_STRING_CHARACTERS = 32 << 20
MAX_TEXT = 1 << 20
"""Characters of one cell; Excel's own limit is 32,767."""
MAX_DEPTH = 100
"""Elements within each other: a parser keeps every one that is open."""
MAX_UNPACKED_BYTES = 512 << 20
MAX_RATIO = 100
"""Of the unpacked to the packed size, of a part and of all together; Excel's own files stay far below."""
SMALL_BYTES = 4 << 20
"""Up to this size any ratio is allowed."""
MAX_TOKEN_BYTES = 1 << 20
"""A tag or a comment."""
MAX_SECONDS = 45

_CHUNK_BYTES = 1 << 16
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_REFERENCE = re.compile(r"([A-Za-z]{1,3})([0-9]{0,7})")
_MAX_NAME = 255
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_WORDS_OF_FORMAT = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
"""What stands in a number format as it is: text in quotes, a letter after a backslash, colours and conditions."""
_ZERO_PADDED = re.compile(r"0{2,}")
_ERRORS = frozenset(
    {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA", "#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!"}
)
_NOT_A_WORKBOOK = "expected a workbook that opens: .xlsx, whole and without a password, with a sheet of cells"


def unreadable(message: str = _NOT_A_WORKBOOK) -> ObjectUnreadableError:
    """The workbook is damaged, or none."""
    return ObjectUnreadableError("unreadable_workbook", message)


def too_large(message: str) -> ObjectUnreadableError:
    """The workbook holds more than a sheet of an office does."""
    return ObjectUnreadableError("too_large", f"expected a workbook with at most {message}")


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A sheet of a workbook: its name, its part, whether it is hidden."""

    name: str
    part: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class CellStyle:
    """What a number format makes of a number: a day or time, a duration, percent, or a number with so many digits at least."""

    is_date: bool = False
    is_duration: bool = False
    is_percent: bool = False
    digits: int = 0


_PLAIN = CellStyle()


def check_archive(stream: IO[bytes], max_content_bytes: int) -> None:
    """Look at the parts' sizes, then unpack each once to see that it is whole.

    Raises:
        ObjectUnreadableError: `unreadable_workbook` or `too_large`.
    """
    if stream.read(len(_OLE_MAGIC)) == _OLE_MAGIC:
        raise unreadable(
            "expected .xlsx without a password: this is an older workbook (.xls) or has a password; save it as .xlsx without one"
        )
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            _check_sizes(archive, max_content_bytes)
            damaged = archive.testzip() is not None
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError):
        damaged = True
    if damaged:
        raise unreadable()
    stream.seek(0)


def _check_sizes(archive: zipfile.ZipFile, max_content_bytes: int) -> None:
    parts = archive.infolist()
    if len(parts) > MAX_PARTS:
        raise too_large(f"{MAX_PARTS} parts")
    # A part never unpacks to more than its declared size, so the declared sizes are the cap.
    limit = min(max_content_bytes, MAX_UNPACKED_BYTES)
    if sum(part.file_size for part in parts) > limit:
        raise too_large(f"{limit} bytes when unpacked")
    sizes = [(part.file_size, part.compress_size) for part in parts]
    sizes.append((sum(size for size, _ in sizes), sum(packed for _, packed in sizes)))
    if any(size > max(SMALL_BYTES, MAX_RATIO * packed) for size, packed in sizes):
        raise too_large(f"{MAX_RATIO} times its packed size when unpacked")


def local(name: str) -> str:
    """A name of XML without its prefix: writers choose their own."""
    return name.rpartition(":")[2]


@dataclass(slots=True)
class Workbook:
    """An open workbook. `seconds`: how long parsing may take in all."""

    archive: zipfile.ZipFile
    seconds: float | None = None
    sheets: list[SheetPart] = field(default_factory=list)
    epoch_1904: bool = False
    _strings: list[str] = field(default_factory=list)
    _styles: list[CellStyle] = field(default_factory=list)
    _deadline: float | None = None
    _cells: int = 0
    _rows: int = 0

    @classmethod
    def open(cls, stream: IO[bytes], seconds: float | None = None) -> Workbook:
        """Read what stands beside the sheets: their list, the shared strings, the styles.

        Raises:
            ObjectUnreadableError: `unreadable_workbook` or `too_large`.
        """
        try:
            archive = zipfile.ZipFile(stream)
            _check_sizes(archive, MAX_UNPACKED_BYTES)
        except (zipfile.BadZipFile, OSError):
            raise unreadable() from None
        book = cls(archive, seconds, _deadline=time.monotonic() + seconds if seconds else None)
        main = next((target for kind, target in book._relations("").values() if kind == "officeDocument"), "xl/workbook.xml")
        relations = book._relations(main)
        book._read_sheets(main, relations)
        by_kind = dict(relations.values())
        if "sharedStrings" in by_kind:
            book._read_strings(by_kind["sharedStrings"])
        if "styles" in by_kind:
            book._read_styles(by_kind["styles"])
        return book

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Id -> kind and part of what a part (`""`: the file) refers to inside the file."""
        folder, name = posixpath.split(part)
        path = posixpath.join(folder, "_rels", f"{name}.rels")
        found: dict[str, tuple[str, str]] = {}

        def start(name: str, attributes: Mapping[str, str]) -> None:
            if local(name) == "Relationship" and attributes.get("TargetMode") != "External":
                target = attributes.get("Target", "")
                full = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
                found[attributes.get("Id", "")] = (attributes.get("Type", "").rpartition("/")[2], full)
                if len(found) > MAX_PARTS:
                    raise too_large(f"{MAX_PARTS} parts")

        if path in self.archive.namelist():
            self._parse(path, start)
        return found

    def _read_sheets(self, part: str, relations: Mapping[str, tuple[str, str]]) -> None:
        def start(name: str, attributes: Mapping[str, str]) -> None:
            if local(name) == "workbookPr":
                self.epoch_1904 = attributes.get("date1904", "0") in ("1", "true")
            elif local(name) == "sheet":
                identity = next((value for key, value in attributes.items() if local(key) == "id" and ":" in key), "")
                kind, target = relations.get(identity, ("", ""))
                if kind == "worksheet":
                    self.sheets.append(
                        SheetPart(attributes.get("name", "")[:_MAX_NAME], target, attributes.get("state", "visible") != "visible")
                    )
                if len(self.sheets) > MAX_SHEETS:
                    raise too_large(f"{MAX_SHEETS} sheets")

        self._parse(part, start)
        if not self.sheets:
            raise unreadable()

    def _read_strings(self, part: str) -> None:
        text = _TextOf(("t",), ("rPh",))
        characters = 0

        def start(name: str, attributes: Mapping[str, str]) -> None:
            del attributes
            if local(name) == "si":
                text.clear()
            text.start(local(name))

        def end(name: str) -> None:
            nonlocal characters
            text.end(local(name))
            if local(name) == "si":
                self._strings.append(text.value())
                characters += len(self._strings[-1])
                if len(self._strings) > MAX_STRINGS or characters > MAX_STRING_CHARACTERS:
                    raise too_large(f"{MAX_STRINGS} shared strings of {MAX_STRING_CHARACTERS} characters in all")

        self._parse(part, start, end, text.add)

    def _read_styles(self, part: str) -> None:
        from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format

        own: dict[str, str] = {}
        used: list[str] = []
        within = False

        def start(name: str, attributes: Mapping[str, str]) -> None:
            nonlocal within
            if local(name) == "numFmt":
                own[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")[:_MAX_NAME]
            elif local(name) == "cellXfs":
                within = True
            elif within and local(name) == "xf":
                used.append(attributes.get("numFmtId", "0"))
            if len(used) > MAX_STYLES or len(own) > MAX_STYLES:
                raise too_large(f"{MAX_STYLES} styles")

        def end(name: str) -> None:
            nonlocal within
            within = within and local(name) != "cellXfs"

        self._parse(part, start, end)

        def style(number: str) -> CellStyle:
            code = own.get(number) or (BUILTIN_FORMATS.get(int(number), "General") if number.isdecimal() else "General")
            digits = len(code) if _ZERO_PADDED.fullmatch(code) else 0
            is_percent = "%" in _WORDS_OF_FORMAT.sub("", code)
            return CellStyle(bool(is_date_format(code)), bool(is_timedelta_format(code)), is_percent, digits)

        known = {number: style(number) for number in set(used)}
        self._styles = [known[number] for number in used]

    def rows(self, sheet: SheetPart) -> Iterator[tuple[int, list[Cell]]]:
        """The rows of a sheet that hold a cell, by their numbers, each as wide as its last cell with something in it.

        Raises:
            ObjectUnreadableError: `unreadable_workbook` or `too_large`.
        """
        reader = _SheetReader(self)
        for _ in self._pieces(sheet.part, reader.start, reader.end, reader.text.add):
            yield from reader.rows
            reader.rows.clear()
        yield from reader.rows

    def count_cell(self) -> None:
        """One more cell, in any of the sheets."""
        self._cells += 1
        if self._cells > MAX_CELLS:
            raise too_large(f"{MAX_CELLS} cells")

    def count_row(self) -> None:
        """One more row, in any of the sheets, whatever number it states."""
        self._rows += 1
        if self._rows > 2 * MAX_ROWS:
            raise too_large(f"{2 * MAX_ROWS} rows in all its sheets")

    def count_again(self) -> None:
        """Rows and cells are counted from 0: a sheet is read a second time."""
        self._cells = self._rows = 0

    def shared_string(self, index: str) -> str:
        """The text of a cell of type `s`."""
        try:
            return self._strings[int(index)]
        except (ValueError, IndexError):
            raise unreadable() from None

    def style(self, index: str | None) -> CellStyle:
        """The style of a cell."""
        if index is None:
            return _PLAIN
        try:
            return self._styles[int(index)]
        except (ValueError, IndexError):
            return _PLAIN

    def _parse(
        self,
        part: str,
        start: Callable[[str, Mapping[str, str]], None],
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> None:
        for _ in self._pieces(part, start, end, text):
            pass

    def _pieces(
        self,
        part: str,
        start: Callable[[str, Mapping[str, str]], None],
        end: Callable[[str], None] | None,
        text: Callable[[str], None] | None,
    ) -> Iterator[None]:
        """Parse a part piece by piece, and stop after each."""
        depth = 0

        def opened(name: str, attributes: Mapping[str, str]) -> None:
            nonlocal depth
            depth += 1
            if depth > MAX_DEPTH:
                raise too_large(f"{MAX_DEPTH} elements within each other")
            start(name, attributes)

        def closed(name: str) -> None:
            nonlocal depth
            depth -= 1
            if end is not None:
                end(name)

        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = opened
        parser.EndElementHandler = closed
        parser.CharacterDataHandler = text
        parser.StartDoctypeDeclHandler = _refuse_doctype
        fed = 0
        try:
            with self.archive.open(part) as stream:
                while piece := stream.read(_CHUNK_BYTES):
                    parser.Parse(piece, False)
                    fed += len(piece)
                    # A tag or comment that does not end is parsed from its beginning with each piece.
                    if fed - parser.CurrentByteIndex > MAX_TOKEN_BYTES:
                        raise too_large(f"{MAX_TOKEN_BYTES} bytes in one tag or comment")
                    if self._deadline is not None and time.monotonic() > self._deadline:
                        raise too_large(f"what is read in {self.seconds} seconds")
                    yield
                parser.Parse(b"", True)
        except (expat.ExpatError, KeyError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError):
            # expat's messages and a codec's may quote what they met.
            raise unreadable() from None
        yield


def _refuse_doctype(*_: object) -> None:
    raise unreadable("expected a workbook without a document type of its own (DOCTYPE)")


class _TextOf:
    """Collects the text of elements of some names, but inside elements of others."""

    def __init__(self, names: tuple[str, ...], without: tuple[str, ...]) -> None:
        self._names = frozenset(names)
        self._without = frozenset(without)
        self._parts: list[str] = []
        self._size = 0
        self._inside = False
        self._left_out = 0

    def clear(self) -> None:
        self._parts.clear()
        self._size = 0

    def start(self, name: str) -> None:
        if name in self._without:
            self._left_out += 1
        self._inside = name in self._names and not self._left_out

    def end(self, name: str) -> None:
        if name in self._without:
            self._left_out -= 1
        self._inside = False

    def add(self, text: str) -> None:
        if self._inside:
            self._parts.append(text)
            self._size += len(text)
            if self._size > MAX_TEXT:
                raise too_large(f"{MAX_TEXT} characters in a cell")

    def value(self) -> str:
        text = "".join(self._parts)
        return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


class _SheetReader:
    """The handlers of a sheet's XML: cells to texts, rows to lists."""

    def __init__(self, book: Workbook) -> None:
        self.text = _TextOf(("v", "t"), ("rPh", "f"))
        self.rows: list[tuple[int, list[Cell]]] = []
        self._book = book
        self._cells: dict[int, Cell] = {}
        self._row = 0
        self._column = 0
        self._type = "n"
        self._style: str | None = None
        self._formula = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        name = local(name)
        if name == "c":
            self._begin_cell(attributes)
        elif name == "row":
            stated = attributes.get("r", "")
            self._row = int(stated) if stated.isdecimal() and len(stated) < 10 else self._row + 1
            self._book.count_row()
            if self._row > MAX_ROWS:
                raise too_large(f"{MAX_ROWS} rows")
            self._column = 0
            self._cells = {}
        else:
            if name == "f":
                self._formula = True
            self.text.start(name)

    def _begin_cell(self, attributes: Mapping[str, str]) -> None:
        reference = _REFERENCE.match(attributes.get("r", ""))
        self._column = _column_number(reference[1]) if reference else self._column + 1
        self._book.count_cell()
        self._type = attributes.get("t", "n")
        self._style = attributes.get("s")
        self._formula = False
        self.text.clear()

    def end(self, name: str) -> None:
        name = local(name)
        if name == "c":
            value = self._value()
            if value is not None:
                if self._column > MAX_COLUMNS:
                    raise too_large(f"{MAX_COLUMNS} columns")
                self._cells[self._column] = value
        elif name == "row":
            if self._cells:
                self.rows.append((self._row, [self._cells.get(column) for column in range(1, max(self._cells) + 1)]))
        else:
            self.text.end(name)

    def _value(self) -> Cell:
        text = self.text.value()
        if self._type == "e":
            error = f"the error {text}" if text in _ERRORS else "an error"
            return BrokenLine("cell_error", f"expected a value in cell {self._address()}, found {error}")
        if text == "":
            if self._formula and self._type != "str":
                expected = "expected the value of the formula in cell {}, which was not saved: open the workbook, save it and send it again"
                return BrokenLine("formula_without_value", expected.format(self._address()))
            return None
        if self._type == "s":
            return self._book.shared_string(text) or None
        if self._type == "b":
            return "true" if text == "1" else "false"
        return _number_text(text, self._book.style(self._style), self._book.epoch_1904) if self._type == "n" else text

    def _address(self) -> str:
        return f"{_column_letters(self._column)}{self._row}"


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def _column_letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _number_text(text: str, style: CellStyle, epoch_1904: bool) -> str:
    """A cell of type number as text: a day or time in ISO 8601, else the number, a whole one without `.0` and with the zeros that its format shows."""
    try:
        number = float(text)
        whole = int(text) if text.lstrip("-").isdecimal() else None
    except ValueError:
        return text
    if style.is_date:
        return _date_text(number, style, epoch_1904) or text
    text_of_number = PercentText if style.is_percent else NumberSince1904 if epoch_1904 else NumberText
    if whole is None:
        if not number.is_integer() or abs(number) >= 1e16:
            return text_of_number(repr(number))
        whole = int(number)
    return text_of_number(str(whole).zfill(style.digits))


def _date_text(number: float, style: CellStyle, epoch_1904: bool) -> str | None:
    """A serial number as a date, a time or both; None where no calendar has it."""
    import datetime as dt

    from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel

    try:
        value = from_excel(number, MAC_EPOCH if epoch_1904 else WINDOWS_EPOCH, timedelta=style.is_duration)
    except (ValueError, OverflowError):
        return None
    if isinstance(value, dt.datetime):
        return (value.date() if value.time() == dt.time() else value).isoformat()
    return value.isoformat() if isinstance(value, (dt.date, dt.time)) else str(value)
