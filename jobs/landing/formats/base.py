"""What all formats of landed objects share: records, lines that are none, and objects that cannot be read.

Every line has one fate: a record, or a `BrokenLine` that says why not and quotes nothing of it.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from typing import IO, Any, NamedTuple, TypeAlias, cast

from jobs.errors import NtmError

JsonValue: TypeAlias = "str | bool | list[Any] | dict[str, Any] | None"
Record: TypeAlias = dict[str, JsonValue]
"""Field -> value as received; numbers of JSON and of workbooks are their literal text (`NumberText`), other cells of a sheet text or None."""
READ_BYTES = 2 << 20
SPOOL_BYTES = 32 << 20


class ObjectFormat(NamedTuple):
    """How an object is stored."""

    kind: str
    gzipped: bool


@dataclass(frozen=True, slots=True)
class BrokenLine:
    """A line that is not a record: `broken_line`, `invalid_encoding`, `line_too_long` or `nul_character`; in workbooks also
    `cell_error` or `formula_without_value`, with the cell's address.
    """

    code: str
    message: str


class ObjectUnreadableError(NtmError):
    """The object as a whole cannot be read; `code` says why, the message says what was expected.

    `fits`: how many of the dataset's columns the line names that is most like its header.
    """

    def __init__(self, code: str, message: str, fits: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fits = fits

    def __reduce__(self) -> tuple[type[ObjectUnreadableError], tuple[str, str, int]]:
        return type(self), (self.code, self.message, self.fits)


class RepeatedNames(dict[str, JsonValue]):
    """A record in which a name is given twice, in it or in a value of it. As a dictionary it has the last values; `pairs` has all of its members."""

    __slots__ = ("pairs",)

    def __init__(self, pairs: list[tuple[str, JsonValue]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs


@dataclass(slots=True)
class PassedOver:
    """What is left aside in an object without being a record or a rejected line: how much of what, the sheets and columns that were not read, and the
    columns of the contract that are not there. `notes`: what else a person should know of it, each a clause.
    """

    counts: Counter[str] = field(default_factory=Counter)
    sheets: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def text(self) -> str | None:
        """In words, for the ledger and the terminal; None where nothing was passed over."""
        parts = [f"{count} {what}{'' if count == 1 else 's'}" for what, count in self.counts.items() if count]
        if self.sheets:
            parts.append(f"sheets {', '.join(self.sheets)}")
        if self.columns:
            parts.append(f"columns that no contract knows: {', '.join(self.columns)}")
        if self.absent:
            parts.append(f"columns that are not there: {', '.join(self.absent)}")
        passed = ", ".join(parts) or ("nothing" if self.notes else "")
        return "; ".join(filter(None, [passed, *self.notes])) or None


class NumberText(str):
    """A number of JSON, or of a workbook's cell, by its literal text: 1.0 stays 1.0 and a big integer loses nothing."""

    __slots__ = ()


class PercentText(NumberText):
    """A number of a workbook's cell that is shown as percent: `0.27`, shown as 27 %."""

    __slots__ = ()


class NumberSince1904(NumberText):
    """A number of a cell in a workbook that counts days from 1904, as some of Excel for Mac do: as a day it is another than elsewhere."""

    __slots__ = ()


def spooled(stream: IO[bytes]) -> IO[bytes]:
    """A seekable copy of what a stream still holds, in memory while it is small."""
    copy = cast("IO[bytes]", tempfile.SpooledTemporaryFile(SPOOL_BYTES))  # noqa: SIM115  the reader keeps it
    shutil.copyfileobj(stream, copy, READ_BYTES)
    copy.seek(0)
    return copy


def text_of(value: JsonValue) -> str | None:
    """A value as one text: strings as received, numbers literally, true/false, nested values as compact JSON."""
    if value is None:
        return None
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return _compact_json(value)


def _compact_json(value: JsonValue) -> str:
    if isinstance(value, NumberText):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{_compact_json(name)}:{_compact_json(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_compact_json, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
