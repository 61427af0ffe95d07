"""What CSV and workbooks share: a header line that names the columns, wherever it stands, and rows below it.

A sheet is never read by position. The header is the first of the first rows whose cells are the contract's columns, compared by
`folded`; or, where no single row is, two or three rows below each other, whose merged cells stand over the columns that they are about. Beside them a sheet
may have a column of row numbers (STT) and columns without a header, in which nothing may stand. Lines above the header, titles of blocks, rows of sums,
headers that are repeated on each page and the lines of who signs are passed over and counted.

A column that the contract does not know is not read: nothing of it passes. Such columns are named, and where a column of the contract is missing beside
them, the sheet is refused: one may be the other under another name. A column with persons (`PERSONS_HEADERS`) never is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeAlias
from unicodedata import combining, normalize

from jobs.landing.formats.base import BrokenLine, ObjectUnreadableError, PassedOver, Record
from warehouse_schema.names import FIELD_NAME, NUMBERING_HEADERS, PERSONS_HEADERS, folded
from warehouse_schema.sheet_headers import template_version

if TYPE_CHECKING:
    from warehouse_schema.contracts import Contract

HEADER_ROWS = 40
"""Rows from the top among which the header is looked for."""
MAX_NAMED = 40

_ROW_NUMBER = re.compile(r"\(?(?:[0-9]{1,7}|[ivxlcdm]{1,7}|[a-zđ])(?:[.,][0-9]{0,7})*[.)]*", re.IGNORECASE)
_BLOCK_NUMBER = re.compile(r"(?:[IVXLC]{1,7}|[A-ZĐ])[.)]?")
_TIERS = 3
_ORDINAL = re.compile(r"\(?([0-9]{1,2}|[a-zđ])(\s*=.{1,20})?\)?", re.IGNORECASE)
_SIMILAR = 0.85
_OF_ANY_TITLE = frozenset({"số", "ngày", "từngày", "đếnngày", "sốquyếtđịnh", "quyếtđịnh", "từ", "đến", "tên", "mã", "têngọi", "ghichú"})
"""What may stand under any title: only together with it such a text names a column."""
_OF_VALIDITY = ("xóa", "xoá", "hủy", "huỷ", "rút", "thuhồi", "delet", "withdr", "hiệulực", "valid")
"""Words of the columns that decide whether a row counts at all."""
_WORD = re.compile(r"\w+")
_SUM_LABELS = frozenset({"tổngsố", "tổngcộng", "tổng", "cộng", "total", "grandtotal"})
_SUM_BEGINNINGS = ("tổngsố", "tổngcộng")

_CLOSING = re.compile(
    r"ngườilập|lậpbiểu|ngườitổnghợp|kếtoán|thủtrưởng|chủtịch|phóchủtịch|trưởngphòng|giámđốc|côngchức|tm\.|kt\.|tl\.|tuq\.|\(?ký|nơinhận|ghichú:|lưuý:|xácnhận"
    r"|.*ngày.{1,4}tháng.{1,4}năm[.…0-9]{2,}$"
)
"""How a line below the records begins, or ends, folded: who signs, and where and when."""
_TEXTS_OF_A_LINE = 3

Cell: TypeAlias = str | BrokenLine | None
"""The text of a cell; None where it is empty; a `BrokenLine` where it has no value that can be read."""
Row: TypeAlias = Sequence[Cell]
Rows: TypeAlias = Iterable[tuple[int, Row | BrokenLine]]


@dataclass(frozen=True, slots=True)
class SheetColumns:
    """The columns that a sheet may have, each under its name or an alias.

    All of `required`; those of `expected` too, unless all headers of the sheet are known, so that none of them can be one of these; any of `optional`.
    `instead`: by field, those one of which may be there in its place; where it is there itself, a second column of theirs is passed over. `dataset` and
    `template`: what a mark in a workbook is compared with, the name of the sheet and the version of its template; without them none is looked at.
    """

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    expected: tuple[str, ...] = ()
    instead: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dataset: str = ""
    template: str = ""

    @classmethod
    def of(
        cls,
        fields: Iterable[tuple[str, Sequence[str]]],
        optional: Collection[str],
        nullable: Collection[str] = (),
        instead: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    ) -> SheetColumns:
        """The columns of fields, each with its aliases; `optional` are those that a sheet may leave out, `nullable` others that need no value."""
        listed = [(name, aliases) for name, aliases in fields]
        return cls(
            required=tuple(name for name, _ in listed if name not in optional and name not in nullable),
            optional=tuple(name for name, _ in listed if name in optional),
            expected=tuple(name for name, _ in listed if name in nullable and name not in optional),
            aliases={alias: name for name, aliases in listed for alias in aliases},
            instead=instead,
        )

    @property
    def names(self) -> frozenset[str]:
        """All names and aliases, as written in the contract."""
        return frozenset({*self.required, *self.expected, *self.optional, *self.aliases})

    @property
    def by_header(self) -> dict[str, str]:
        """Folded header -> field."""
        own = {folded(name): name for name in (*self.required, *self.expected, *self.optional)}
        return {folded(alias): name for alias, name in self.aliases.items()} | own

    @property
    def in_words(self) -> str:
        """For an error: what the header line should be."""
        required = [" or ".join((name, *self.instead.get(name, ()))) for name in self.required]
        text = f"expected: {', '.join((*required, *self.expected))}"
        return f"{text}; optional: {', '.join(self.optional)}" if self.optional else text


def columns_of(contract: Contract) -> SheetColumns:
    """The columns that a sheet of a landed dataset may have, by its contract."""
    fields = [(str(column.source), column.aliases) for column in contract.landed]
    columns = SheetColumns.of(fields, optional_fields(contract), nullable_fields(contract), fields_instead(contract))
    return replace(columns, dataset=str(contract.landing), template=template_version(contract)) if contract.is_sheet else columns


def optional_fields(contract: Contract) -> frozenset[str]:
    """The fields of a contract whose column a sheet may leave out."""
    return frozenset(str(column.source) for column in contract.landed if column.optional_field)


def nullable_fields(contract: Contract) -> frozenset[str]:
    """The fields of a contract that need no value."""
    return frozenset(str(column.source) for column in contract.landed if not (column.required or column.required_when))


def fields_instead(contract: Contract) -> dict[str, tuple[str, ...]]:
    """The fields that a sheet may have in the place of another: the unit's name in that of its code."""
    return {contract.unit.field: contract.instead_of_code} if contract.unit is not None and contract.instead_of_code else {}


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """Where the header of a sheet is and what its columns are.

    `line`: its last row, and `first_line` its first. `fields`: by column, None for one that is not read. `numbering`: the column of row numbers. `required`:
    positions of the columns that every row fills. `headers`: the header line, folded. `dropped`: by position, the columns that no contract knows, as they
    may be shown. `absent`: the expected columns that are not there. `instead`: as of the columns. `titles`: the headers of the columns that are read, as they
    are written; of others ''.
    """

    line: int
    first_line: int
    fields: tuple[str | None, ...]
    numbering: int | None
    required: tuple[int, ...]
    headers: tuple[str, ...]
    dropped: Mapping[int, str] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    instead: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    titles: tuple[str, ...] = ()

    def column_of(self, name: str | None) -> int | None:
        """The position of a field's column, or of the one that stands in its place; None where there is none."""
        names = (name, *self.instead.get(name or "", ()))
        return next((self.fields.index(one) for one in names if one is not None and one in self.fields), None)


def is_blank(row: Row) -> bool:
    """Whether there is nothing in a row but white space."""
    return not any(isinstance(cell, BrokenLine) or (cell is not None and cell.strip()) for cell in row)


def known_columns(row: Row | BrokenLine, columns: SheetColumns) -> int:
    """How many of the contract's columns a row names."""
    if isinstance(row, BrokenLine):
        return 0
    by_header = columns.by_header
    return len({by_header[name] for cell in row if isinstance(cell, str) and (name := folded(cell)) in by_header})


def find_header(rows: Sequence[tuple[int, Row | BrokenLine]], columns: SheetColumns) -> SheetLayout:
    """The layout of a sheet from its first rows.

    A line that names no expected column is taken for one of data, and an unknown column that does not look like a name may be data too:
    neither is quoted.

    Raises:
        ObjectUnreadableError: `unexpected_columns`, naming columns missing, unknown or given twice, and the expected.
    """
    best: tuple[int, int, list[str]] | None = None
    fitting: list[tuple[int, SheetLayout]] = []
    # First every row by itself: two rows are a header only where no single one is.
    for tiers in range(1, _TIERS + 1):
        for at, (number, row) in enumerate(rows):
            band = rows[at : at + tiers]
            if isinstance(row, BrokenLine) or len(band) < tiers or band[-1][0] - number != tiers - 1:
                continue
            joined, over = _joined([one for _, one in band], columns)
            score = known_columns(joined, columns)
            if not score or isinstance(joined, BrokenLine):
                continue
            layout, problems = _laid_out((number, band[-1][0]), joined, columns, over)
            if not problems:
                # A row of the band that names nothing by itself is a title, or a record that was sorted in between.
                _refuse_data_above([one for one in band[:-1] if not known_columns(one[1], columns)], layout)
                fitting.append((at, layout))
                if tiers == 1:
                    break
            elif best is None or score > best[0]:
                best = (score, number, problems)
        if fitting and tiers in (1, _TIERS):
            # Of several the one that names most columns: a third row may hold the header of the row numbers only.
            at, layout = max(fitting, key=lambda one: sum(map(bool, one[1].headers)))
            _refuse_data_above(rows[:at], layout)
            return layout
    if best is None:
        which = "the first line is not" if len(rows) == 1 else f"none of the first {len(rows)} lines is"
        broken = next((f" (line {number}: {row.message})" for number, row in rows if isinstance(row, BrokenLine)), "")
        raise ObjectUnreadableError("unexpected_columns", f"{which} the header line{broken}; {columns.in_words}")
    score, number, problems = best
    where = [] if number == rows[0][0] else [f"the header is in line {number}"]
    raise ObjectUnreadableError("unexpected_columns", "; ".join([*where, *problems, columns.in_words]), score)


def _joined(band: Sequence[Row | BrokenLine], columns: SheetColumns) -> tuple[Row | BrokenLine, list[list[str]]]:
    """Rows below each other as one header line, and the texts that stand in each column.

    A column's name is the text of its lowest row, alone or after what stands over it (a merged cell holds its text in its first column); where nothing
    stands in the lower rows, the text above reaches down. Alone it is no name where it may stand under any title ("Số", "Từ ngày"), or the title over it is
    itself a column of the contract: then the texts together are the name, known or not. A title that stands over its own column too ("Dân số" over "Số hộ"
    and "Số nhân khẩu") only groups them.
    """
    if len(band) == 1:
        return band[0], []
    by_header = columns.by_header
    over = [_Title("", 0)] * len(band)
    named: list[list[_Title]] = []
    texts: list[list[str]] = []
    for index in range(max((len(row) for row in band if not isinstance(row, BrokenLine)), default=0)):
        own: list[str] = []
        for tier, row in enumerate(band):
            if isinstance(row, BrokenLine):
                return row, []
            cell = row[index] if index < len(row) else None
            if isinstance(cell, BrokenLine):
                return [], []
            text = (cell or "").strip()
            if text:
                # Under another title of the row above, what stood before in the rows below is over.
                over[tier:] = [_Title(text, index), *[_Title("", 0)] * (len(band) - tier - 1)]
            own.append(text)
        named.append([title for tier, title in enumerate(over) if title.text and (own[tier] or any(own[tier + 1 :]))] if any(own) else [])
        texts.append([text for text in own if text])
    below = {(title, by_header.get(folded(titles[-1].text))) for titles in named for title in titles[:-1]}
    groups = {title for title, field in below if field is not None and field == by_header.get(folded(title.text))}
    return [_name_of(titles, by_header, groups) if titles else None for titles in named], texts


class _Title(NamedTuple):
    """A text of a header's row, and the first column that it stands over."""

    text: str
    column: int


def _name_of(titles: Sequence[_Title], by_header: Mapping[str, str], groups: Collection[_Title]) -> str:
    """The name of a column from its lowest text and the titles over it, from the top; `groups`: those that only bring columns together."""
    together = [" ".join(title.text for title in titles[start:]) for start in range(len(titles))]
    alone = together[-1]
    known = next((name for name in together[:-1] if folded(name) in by_header), None)
    if known is not None or len(titles) == 1:
        return known or alone
    of_another = folded(alone) in _OF_ANY_TITLE or any(folded(title.text) in by_header for title in titles[:-1] if title not in groups)
    return together[0] if of_another else alone


def _once(fields: tuple[str | None, ...], columns: SheetColumns) -> tuple[str | None, ...]:
    """The fields without what names a unit a second time beside its code ("Xã" and "Tên xã"): the first is compared with the code, the others are unknown."""
    helpers = {name for field, others in columns.instead.items() if field in fields for name in others}
    return tuple(None if name in helpers and name in fields[:index] else name for index, name in enumerate(fields))


def _laid_out(lines: tuple[int, int], row: Row, columns: SheetColumns, over: Sequence[Sequence[str]]) -> tuple[SheetLayout, list[str]]:
    """What a row is as a header, and what is wrong with it as one. `lines`: its first and last; `over`: the texts of each column, where they are several."""
    by_header, (first_line, line) = columns.by_header, lines
    # Columns without a header at its end are none; a value there makes a row too long.
    row = row[: next((size for size in range(len(row), 0, -1) if not is_blank([row[size - 1]])), 0)]
    texts = [cell if isinstance(cell, str) else "" for cell in row]
    headers = tuple(map(folded, texts))
    fields = _once(tuple(by_header.get(name) for name in headers), columns)
    numbering = next((index for index, name in enumerate(headers) if name in NUMBERING_HEADERS and fields[index] is None), None)
    unknown = {
        index: _shown(text.strip(), index + 1)
        for index, text in enumerate(texts)
        if fields[index] is None and index != numbering and (headers[index] or isinstance(row[index], BrokenLine))
    }
    # What holds persons is no column of the contract under another name.
    unsure = {index: shown for index, shown in unknown.items() if headers[index] not in PERSONS_HEADERS}
    absent = [name for name in columns.expected if name not in fields]
    replaced = [name for name, others in columns.instead.items() if name not in fields and not set(others).isdisjoint(fields)]
    missing = [name for name in columns.required if name not in (*fields, *replaced)] + (absent if unsure else [])
    other_names = {_plain(header): header for header, name in by_header.items() if name not in fields}
    written = {index: [headers[index], *map(folded, over[index] if index < len(over) else ())] for index in unsure}
    misspelt = [
        f"{shown} (did you mean '{by_header[other_names[near]]}'?)"
        for index, shown in unsure.items()
        if (near := _near(written[index], other_names))
    ]
    if any(name not in fields for name in columns.optional):
        # Nobody may take back a row, or say of which unit it is, without being heard.
        misspelt += [
            f"{shown} (it may say that a row does not count, or of which unit it is)"
            for index, shown in unsure.items()
            if any(word in text for text in written[index] for word in _OF_VALIDITY) and not _near(written[index], other_names)
        ]
    repeated = sorted({name for name in fields if name is not None and fields.count(name) > 1})
    problems = [
        f"{problem}: {', '.join(found[:MAX_NAMED])}"
        for problem, found in (
            ("missing", missing),
            ("unknown", misspelt or (list(unsure.values()) if missing else [])),
            ("given twice", repeated),
        )
        if found
    ]
    required = tuple(index for index, name in enumerate(fields) if name in columns.required)
    titles = tuple(" ".join(text.split()) if name else "" for name, text in zip(fields, texts, strict=True))
    layout = SheetLayout(line, first_line, fields, numbering, required, headers, unknown, (*absent, *replaced), columns.instead, titles)
    return layout, problems


def _plain(header: str) -> str:
    """A folded header without its diacritics, which are left out or confused most often."""
    return "".join(letter for letter in normalize("NFD", header.replace("đ", "d")) if not combining(letter))


def _near(texts: Sequence[str], names: Mapping[str, str]) -> str | None:
    """The name that one of the texts is nearly."""
    return next((near[0] for text in texts if text and (near := get_close_matches(_plain(text), names, 1, _SIMILAR))), None)


def _shown(text: str, position: int) -> str:
    """An unknown header: as it is where it can be no person's name or number, else its position."""
    return text if FIELD_NAME.fullmatch(text) or is_no_person(text) else f"column {position}"


def is_no_person(text: str) -> bool:
    """Whether a text can be neither a person's name, of which two words in a row begin with capitals, nor a number of his: few digits."""
    capitals = [word[0].isupper() for word in _WORD.findall(text)]
    several = len(capitals) > 1 and not any(map(all, pairwise(capitals)))
    return several and text.isprintable() and len(text) <= 60 and sum(letter.isdigit() for letter in text) <= 4


def _refuse_data_above(above: Iterable[tuple[int, Row | BrokenLine]], layout: SheetLayout) -> None:
    """A line above the header that fills every required column may be a record, in a sheet that was sorted together with its header.

    Raises:
        ObjectUnreadableError: `unexpected_columns`.
    """
    known = [index for index, name in enumerate(layout.fields) if name is not None]
    for number, row in above:
        if isinstance(row, BrokenLine):
            continue
        filled = sum(index < len(row) and not is_blank([row[index]]) for index in known)
        whole = len(row) > max(layout.required) and all(not is_blank([row[index]]) for index in layout.required)
        if whole or (filled >= 3 and 2 * filled > len(known)):
            message = f"expected titles only above the header in line {layout.line}: line {number} fills its columns, as a record does"
            raise ObjectUnreadableError("unexpected_columns", message)


def sheet_records(
    rows: Rows, layout: SheetLayout, passed: PassedOver, *, same_length: bool = False
) -> Iterator[tuple[int, Record | BrokenLine]]:
    """The records of a sheet, each with its line, from all of its rows; rows of nothing but white space are nothing.

    Args:
        rows: of the whole sheet, from its top.
        layout: of its header.
        passed: is counted up: lines above the header, titles of blocks, rows of sums, repeated headers, lines of who signs.
        same_length: a row has to have as many cells as the header (CSV).
    """
    plain = same_length and None not in layout.fields
    width, is_closed = len(layout.fields), False
    if layout.numbering is not None:
        passed.counts["row-number column"] += 1
    passed.columns += layout.dropped.values()
    passed.absent += layout.absent
    for number, row in rows:
        if number <= layout.line:
            if number < layout.first_line and (isinstance(row, BrokenLine) or not is_blank(row)):
                passed.counts["title line"] += 1
        elif isinstance(row, BrokenLine):
            yield number, row
        elif is_blank(row):
            continue
        elif what := _left_aside(number, row, layout):
            passed.counts[what] += 1
        elif is_closed := _is_no_record(row, layout) and (is_closed or _is_closing(row)):
            # Below who signs stand names: nothing of them is kept.
            passed.counts["closing line"] += 1
        elif plain and len(row) == width:
            yield number, dict(zip(layout.fields, row, strict=True))  # type: ignore[arg-type]  # no None: plain
        else:
            yield number, _record(row, layout, same_length=same_length)


def _left_aside(number: int, row: Row, layout: SheetLayout) -> str | None:
    """What a row below the header is that is no record; None for a record."""
    if _is_sum(row, layout):
        return "sum row"
    if layout.numbering is not None:
        if is_blank([cell for index, cell in enumerate(row) if index != layout.numbering]):
            return "empty numbered row"
        if _is_block(row, layout):
            return "block row"
    if number == layout.line + 1 and _is_column_numbers(row, layout):
        return "row of column numbers"
    return "repeated header" if _is_header_again(row, layout) else None


def _is_sum(row: Row, layout: SheetLayout) -> bool:
    """Whether a row sums those above it: it begins with such a word, and is no record by itself."""
    first = next((cell for cell in row if isinstance(cell, str) and cell.strip()), "")
    if not first or first.lstrip()[0] not in "tTcCgG":
        return False
    label = folded(first).rstrip(":.")
    if label not in _SUM_LABELS and not label.startswith(_SUM_BEGINNINGS):
        return False
    return not _is_whole(row, layout)


def _is_whole(row: Row, layout: SheetLayout) -> bool:
    """Whether a row fills the columns that every record fills."""
    return all(index < len(row) and not is_blank([row[index]]) for index in layout.required)


def _is_no_record(row: Row, layout: SheetLayout) -> bool:
    """Whether a row has a text or two and no number of its own: a record that lacks something has more."""
    if _is_whole(row, layout) or sum(not is_blank([cell]) for cell in row) > _TEXTS_OF_A_LINE:
        return False
    return layout.numbering is None or layout.numbering >= len(row) or is_blank([row[layout.numbering]])


def _is_closing(row: Row) -> bool:
    """Whether a row is of those below the records: who signs, where and when, a note."""
    first = next((cell for cell in row if isinstance(cell, str) and cell.strip()), "")
    return _CLOSING.match(folded(first)) is not None


def _is_block(row: Row, layout: SheetLayout) -> bool:
    """Whether a row is the title of the block below it: numbered by a letter or in Roman numerals, with one text ("I | Sở, ban, ngành").

    One of a sheet whose records need no more than that is none.
    """
    number = row[layout.numbering] if layout.numbering is not None and layout.numbering < len(row) else None
    if not isinstance(number, str) or not _BLOCK_NUMBER.fullmatch(number.strip()) or len(layout.required) < 2:
        return False
    others = [cell for index, cell in enumerate(row) if index != layout.numbering and not is_blank([cell])]
    return len(others) == 1 and isinstance(others[0], str)


def _is_column_numbers(row: Row, layout: SheetLayout) -> bool:
    """Whether a row below the header numbers its columns, each of them: (1), (2), (3)=(1)+(2)."""
    found = [_ORDINAL.fullmatch(cell.strip()) if isinstance(cell, str) else None for cell in row if not is_blank([cell])]
    numbers = [int(one[1]) for one in found if one is not None and one[1].isdecimal()]
    return (
        len(numbers) >= 3
        and len(found) == len([one for one in layout.headers if one])
        and None not in found
        and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    )


def _is_header_again(row: Row, layout: SheetLayout) -> bool:
    first = layout.required[0] if layout.required else 0
    cell = row[first] if first < len(row) else None
    if not isinstance(cell, str) or cell.lstrip()[:1].casefold() != layout.headers[first][:1]:
        return False
    return _folded_row(row) == _folded_row(layout.headers)


def _folded_row(row: Row) -> list[str]:
    texts = [folded(cell) if isinstance(cell, str) else "" for cell in row]
    return texts[: next((size for size in range(len(texts), 0, -1) if texts[size - 1]), 0)]


def _record(row: Row, layout: SheetLayout, *, same_length: bool) -> Record | BrokenLine:
    width = len(layout.fields)
    if len(row) > width and not is_blank(row[width:]):
        return cell_count(width, next(size for size in range(len(row), 0, -1) if not is_blank([row[size - 1]])))
    if same_length and len(row) < width:
        return cell_count(width, len(row))
    record: Record = {}
    for index, name in enumerate(layout.fields):
        cell = row[index] if index < len(row) else None
        if index in layout.dropped:
            continue
        if isinstance(cell, BrokenLine):
            # A formula that numbers the rows may be without its value.
            if index == layout.numbering:
                continue
            return cell
        if name is not None:
            record[name] = cell
        elif cell is not None and cell.strip():
            if index != layout.numbering:
                return BrokenLine("broken_line", f"expected nothing in column {index + 1}, which has no header")
            if not _ROW_NUMBER.fullmatch(cell.strip()):
                return BrokenLine("broken_line", f"expected the row's number in column {index + 1}, whose header is that of row numbers")
    return record


def cell_count(expected: int, found: int) -> BrokenLine:
    """A row with another number of cells than the header line."""
    return BrokenLine("broken_line", f"expected {expected} cells, as in the header line, found {found}")
