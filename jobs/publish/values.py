"""Values of a result in writing: one form each, the same in every command.

| value | JSON | CSV and table |
|---|---|---|
| none | `null` | empty; `–` in a table |
| boolean | `true`, `false` | the same |
| whole number, decimal | a number with all its digits | the same digits |
| double | a number; `null` for infinity and not a number | the same; `inf`, `-inf`, `nan` |
| date, time | text `2025-06-30`, `10:00:00` | the same |
| time stamp | text `2025-06-30T16:40:00+07:00`, Vietnam's time; without a zone where the column has none | the same |
| interval | text `P92DT0S` | the same |
| bytes | text, hexadecimal | the same |
| list, struct, map | array, object | JSON text |
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from types import NoneType
from typing import Any, TextIO

from jobs.vietnam import VIETNAM
from jobs.visible import visible


def written(value: object) -> str:
    """A value in CSV or a table; none is an empty text."""
    return next((form(value) for types, form in _WRITTEN if isinstance(value, types)), None) or str("" if value is None else value)


def json_text(value: object) -> str:
    """A value as JSON. Characters that a terminal would act on are escaped; a reader of JSON sees no difference."""
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


def write_json(out: TextIO, names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Rows as a JSON array of objects, one a line, as they come. A name that comes twice gets a number."""
    heads = [f"{_json_string(name)}: " for name in _distinct(names)]
    separator = "["
    for row in rows:
        out.write(f"{separator}{{" + ", ".join(head + json_text(value) for head, value in zip(heads, row, strict=True)) + "}")
        separator = ",\n "
    out.write("[]\n" if separator == "[" else "]\n")


def _vietnams(moment: dt.datetime) -> dt.datetime:
    try:
        return moment if moment.tzinfo is None else moment.astimezone(VIETNAM)
    except OverflowError:
        return moment


def _json_string(text: str) -> str:
    return _escaped(json.dumps(text, ensure_ascii=False))


def _escaped(text: str) -> str:
    """JSON text with what `visible` would write out as `\\uXXXX`."""
    if text.isprintable():
        return text
    return "".join(one if one == visible(one) else json.dumps(one)[1:-1] for one in text)


def _distinct(names: Sequence[str]) -> list[str]:
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
