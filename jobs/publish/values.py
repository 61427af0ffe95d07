"""Values of a result in writing: one form each, the same in every command.

| value | JSON | CSV and table |
|---|---|---|
| none | `null` | empty; `–` in a table |
| boolean | `true`, `false` | the same |
| whole number, decimal | a number with all its digits | the same digits |
| double | a number; `null` for infinity and not a number | the same; `inf`, `-inf`, `nan` |
| date, time | text `2025-06-30`, `10:00:00` | the same |
| time stamp | text `2025-06-30T16:40:00+07:00`, Vietnam's time; without a zone where the column has none | the same |
| interval | text `P92DT0S`, `P3M2DT1.5S` | the same |
| bytes | text, hexadecimal | the same |
| list, struct, map | array, object | JSON text |

A year after 9999 has more digits, the one before the year 1 is 0000, and before it come -0001 and so on.

A CSV file for people (`write_csv_of` with `for_people`) begins with the mark by which Excel knows UTF-8,
and what a spreadsheet would take for a formula has a `'` before it.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import math
import re
from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from json.encoder import encode_basestring
from types import NoneType
from typing import TYPE_CHECKING, Any, TextIO

from jobs.errors import QueryError
from jobs.vietnam import VIETNAM
from jobs.visible import visible

if TYPE_CHECKING:
    import pyarrow as pa

_FORMULA, _SIGNED_NUMBER = r"^[=@+\-\t\r]", r"^[+-]([0-9][0-9.,]*)?$"
"""What Excel and LibreOffice begin a formula with; a number with its sign is none."""
_MARKDOWN = re.compile(r"[\\`*\[\]<>|~&$]|(?<![^\W_])_|_(?![^\W_])")
"""What Markdown may take for markup inside a cell: `_` only at the edge of a word."""
A_DAY = {"s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}
"""By the unit of Arrow's time stamps how many make a day."""
_CYCLE_DAYS, _FAR_DAYS = 146_097, 10_000_000
"""Of 400 years; about as many as there are to the year 29349 and back to -25409, within what Arrow can write."""
_FIRST_BYTES = "\ufeff"


def rows_of(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[object, ...]]:
    """The rows of pieces of Arrow, as values for what is below; days and time stamps come in writing already.

    A column at a time: half a million time stamps one by one take seconds.

    Raises:
        QueryError: a list or a struct holds a time that Python has not.
    """
    for batch in batches:
        yield from zip(*map(_values, batch.columns), strict=True)


def _values(column: pa.Array) -> list[object]:
    import pyarrow as pa

    values: list[object]
    if pa.types.is_date32(column.type) or pa.types.is_timestamp(column.type):
        values = _days_and_moments(column).to_pylist()
        return values
    if not pa.types.is_nested(column.type):
        # With the argument below texts take ten times as long.
        values = column.to_pylist()
        return [one and _period(one) for one in values] if pa.types.is_interval(column.type) else values
    try:
        values = column.to_pylist(maps_as_pydicts="strict")
    except TypeError:
        # A list or a struct as a key.
        values = column.to_pylist()
    except (OverflowError, ValueError):
        raise QueryError("a list, struct or map holds a time before the year 1 or after 9999: cast it to text") from None
    return values


def local_moments(column: pa.Array) -> pa.Array:
    """Time stamps without a zone: those that had one in Vietnam's time."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.local_timestamp(column.cast(pa.timestamp(column.type.unit, str(VIETNAM)))) if column.type.tz else column


def _days_and_moments(column: pa.Array) -> pa.Array:
    """Days or time stamps as `written` has them.

    Given a value of Python's, Arrow imports pandas (see `_always`): so none is given that is not needed.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_date32(column.type):
        return _with_infinity(_iso(column), column.cast(pa.int32()), 2**31 - 1)
    texts = _iso(local_moments(column))
    texts = pc.replace_substring_regex(texts, "$", str(VIETNAM)) if column.type.tz else texts
    return _with_infinity(texts, column.cast(pa.int64()), 2**63 - 1)


def _iso(column: pa.Array) -> pa.Array:
    """Days, or moments without a zone, as ISO 8601 has them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_date32(column.type):
        return _with_far_years(column.cast(pa.string()), column, column.cast(pa.int32()), 1)
    try:
        # Nearly always whole seconds, and then nothing has to be cut off.
        texts = column.cast(pa.timestamp("s")).cast(pa.string())
    except pa.ArrowInvalid:
        texts = pc.replace_substring_regex(column.cast(pa.string()), r"\.0+$", "")
    texts = pc.replace_substring(texts, " ", "T", max_replacements=1)
    return _with_far_years(texts, column, column.cast(pa.int64()), A_DAY[column.type.unit])


def _with_far_years(texts: pa.Array, column: pa.Array, counted: pa.Array, a_day: int) -> pa.Array:
    """The texts of days or moments with those of years so far away that Arrow writes a placeholder for them; DuckDB's end in the year 294247."""
    import pyarrow as pa
    import pyarrow.compute as pc

    ends = [one for one in pc.min_max(counted).as_py().values() if one is not None]
    if all(abs(one) <= _FAR_DAYS * a_day for one in ends):
        return texts
    far = [
        (row, *divmod(one, _CYCLE_DAYS * a_day))
        for row, one in enumerate(counted.to_pylist())
        if one is not None and abs(one) > _FAR_DAYS * a_day
    ]
    # The calendar comes again every 400 years.
    near = _iso(pa.array([rest for _, _, rest in far], counted.type).cast(column.type)).to_pylist()
    written_out = texts.to_pylist()
    for (row, cycles, _), text in zip(far, near, strict=True):
        year = int(text[:4]) + 400 * cycles
        written_out[row] = f"{'-' if year < 0 else ''}{abs(year):04d}{text[4:]}"
    return pa.array(written_out, pa.string())


def _with_infinity(texts: pa.Array, counted: pa.Array, infinity: int) -> pa.Array:
    """The texts of days or moments with those that DuckDB counts as the greatest and the least number in its words."""
    import pyarrow.compute as pc

    found = pc.min_max(counted).as_py()
    for number, word in ((infinity, "infinity"), (-infinity, "-infinity")):
        if number in found.values():
            texts = pc.if_else(pc.equal(counted, number), word, texts)
    return texts


def _period(interval: Any) -> str:
    """An interval of DuckDB: months, days and nanoseconds that do not pass into each other."""
    months, days, nanoseconds = interval
    seconds = Decimal(nanoseconds).scaleb(-9).normalize()
    return f"P{f'{months}M' if months else ''}{days}DT{seconds:f}S"


def written(value: object) -> str:
    """A value in CSV or a table; none is an empty text."""
    if type(value) is str:
        return value
    return next((form(value) for types, form in _WRITTEN if isinstance(value, types)), None) or str("" if value is None else value)


def json_text(value: object) -> str:
    """A value as JSON. Characters that a terminal would act on are escaped; a reader of JSON sees no difference."""
    if type(value) is str:
        return _json_string(value)
    return next((form(value) for types, form in _JSON if isinstance(value, types)), None) or _json_string(written(value))


def indented_json(value: object) -> str:
    """A value as JSON for a person to read."""
    text = json.dumps(json.loads(json_text(value)), ensure_ascii=False, indent=2)
    return "\n".join(map(_escaped, text.split("\n")))


def write_csv(out: TextIO, names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Rows as CSV, as they come: RFC 4180 with a header. On a terminal control characters are made visible; a file gets the values as they are."""
    shown = visible if out.isatty() else str
    writer = csv.writer(out)
    writer.writerow(map(shown, names))
    writer.writerows([shown(written(value)) for value in row] for row in rows)


def write_csv_of(out: TextIO, names: Sequence[str], batches: Iterable[pa.RecordBatch], *, for_people: bool = False) -> int:
    """`write_csv` of pieces of Arrow, to the letter; a column at a time, since millions of single values take seconds.

    `for_people`: for a spreadsheet. The mark by which Excel knows UTF-8 comes first, and a text that would be a formula has a `'` before it. Returns how many.
    """

    if out.isatty():
        write_csv(out, names, rows_of(batches))
        return 0
    count = 0

    def fields(column: pa.Array) -> pa.Array:
        nonlocal count
        if for_people:
            column, guarded = _guarded(column)
            count += guarded
        return _quoted(_texts(column))

    if for_people:
        out.write(_FIRST_BYTES)
    out.write(_csv_lines([fields(_always(name, 1)) for name in names]))
    out.writelines(_csv_lines(list(map(fields, batch.columns))) for batch in batches)
    return count


def _texts(column: pa.Array) -> pa.Array:
    import pyarrow as pa

    kind = column.type
    if pa.types.is_string(kind):
        return column
    if pa.types.is_date32(kind) or pa.types.is_timestamp(kind):
        return _days_and_moments(column)
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return column.cast(pa.string())
    return pa.array([None if one is None else written(one) for one in _values(column)], pa.string())


def _quoted(texts: pa.Array) -> pa.Array:
    """Fields of CSV: in quotation marks where a text has one, a comma or the end of a line."""
    import pyarrow.compute as pc

    # Most columns have none anywhere, and to find that out of their bytes takes next to no time.
    data = texts.buffers()[2]
    if data is None or not any(mark in memoryview(data).tobytes() for mark in (b'"', b",", b"\r", b"\n")):
        return texts
    special = pc.match_substring_regex(texts, r'[",\r\n]')
    mark, nothing = _always('"', len(texts)), _always("", len(texts))
    return pc.if_else(special, pc.binary_join_element_wise(mark, pc.replace_substring(texts, '"', '""'), mark, nothing), texts)


def _csv_lines(fields: Sequence[pa.Array]) -> str:
    import pyarrow.compute as pc

    rows = len(fields[0])
    if len(fields) == 1:
        # A line with nothing on it would be no row.
        fields = [pc.if_else(pc.equal(pc.fill_null(fields[0], ""), ""), '""', fields[0])]
    comma, end, nothing = (_always(text, rows) for text in (",", "\r\n", ""))
    parts = [part for field in fields for part in (field, comma)]
    lines = pc.binary_join_element_wise(*parts[:-1], end, nothing, null_handling="replace", null_replacement="")
    # The lines of an array lie one behind the other.
    size = pc.sum(pc.binary_length(lines)).as_py() or 0
    return str(memoryview(lines.buffers()[2])[:size], "utf-8") if size else ""


def _always(text: str, rows: int) -> pa.Array:
    """The same text so many times, out of its bytes: given a value of Python's, Arrow imports pandas, which takes a third of a second."""
    import pyarrow as pa

    data = text.encode("utf-8")
    ends = array("i", range(0, len(data) * rows + 1, len(data))) if data else array("i", bytes(array("i").itemsize * (rows + 1)))
    return pa.StringArray.from_buffers(rows, pa.py_buffer(ends), pa.py_buffer(data * rows))


def _guarded(column: pa.Array) -> tuple[pa.Array, int]:
    """A column in which no text is a formula, and how many would have been."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_string(column.type):
        return column, 0
    begins = pc.match_substring_regex(column, _FORMULA)
    if not pc.any(begins).as_py():
        return column, 0
    begins = pc.and_not(begins, pc.match_substring_regex(column, _SIGNED_NUMBER))
    count = pc.sum(begins).as_py()
    return pc.if_else(begins, pc.binary_join_element_wise(_always("'", len(column)), column, _always("", len(column))), column), count


def write_json(out: TextIO, names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Rows as a JSON array of objects, one a line, as they come. A name that comes twice gets a number."""
    heads = [f"{_json_string(name)}: " for name in distinct(names)]
    separator = "["
    for row in rows:
        out.write(f"{separator}{{" + ", ".join(head + json_text(value) for head, value in zip(heads, row, strict=True)) + "}")
        separator = ",\n "
    out.write("[]\n" if separator == "[" else "]\n")


def write_markdown(out: TextIO, names: Sequence[str], rows: Iterable[Sequence[object]], right: Collection[int] = ()) -> None:
    """Rows as a table of Markdown, as they come. Nothing in a value is markup; none is a dash.

    Args:
        out: where it is written.
        names: headings of the columns.
        rows: values.
        right: numbers of the columns that are set to the right.
    """

    def line(cells: Iterable[str]) -> str:
        return f"| {' | '.join(cells)} |\n"

    out.write(line(map(_markdown, names)))
    out.write(line("--:" if number in right else "---" for number in range(len(names))))
    out.writelines(line("–" if value is None else _markdown(written(value)) for value in row) for row in rows)


def _markdown(text: str) -> str:
    return _MARKDOWN.sub(r"\\\g<0>", visible(text))


def _vietnams(moment: dt.datetime) -> dt.datetime:
    try:
        return moment if moment.tzinfo is None else moment.astimezone(VIETNAM)
    except OverflowError:
        return moment


def _json_string(text: str) -> str:
    return _escaped(encode_basestring(text))


def _escaped(text: str) -> str:
    """JSON text with what `visible` would write out as `\\uXXXX`."""
    if text.isprintable():
        return text
    return "".join(one if one == visible(one) else json.dumps(one)[1:-1] for one in text)


def distinct(names: Sequence[str]) -> list[str]:
    """The names, with a number behind one that was there before."""
    taken: Counter[str] = Counter()
    distinct: list[str] = []
    for name in names:
        candidate = name
        while candidate in distinct:
            taken[name] += 1
            candidate = f"{name}_{taken[name]}"
        distinct.append(candidate)
    return distinct


def _json_object(value: Mapping[object, object]) -> str:
    return "{" + ", ".join(f"{_json_string(written(name))}: {json_text(one)}" for name, one in value.items()) + "}"


_WRITTEN: tuple[tuple[Any, Callable[[Any], str]], ...] = (
    ((bool, Mapping, list, tuple), json_text),
    (Decimal, lambda value: f"{value:f}"),
    (dt.datetime, lambda value: _vietnams(value).isoformat()),
    ((dt.date, dt.time), lambda value: value.isoformat()),
    (dt.timedelta, lambda value: f"P{value.days}DT{value.seconds + value.microseconds / 1e6:g}S"),
    ((bytes, bytearray), lambda value: value.hex()),
)
_JSON: tuple[tuple[Any, Callable[[Any], str]], ...] = (
    (NoneType, lambda _: "null"),
    (bool, lambda value: "true" if value else "false"),
    (int, repr),
    (float, lambda value: repr(value) if math.isfinite(value) else "null"),
    (Decimal, lambda value: f"{value:f}" if value.is_finite() else "null"),
    (Mapping, _json_object),
    ((list, tuple), lambda value: "[" + ", ".join(map(json_text, value)) + "]"),
)
"""The first that fits: a boolean is a whole number too, and a time stamp a date."""
