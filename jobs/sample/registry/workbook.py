"""A registry sheet as an officer keeps it: a title, serial numbers, Vietnamese headers and words, days as days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from jobs.sample.landing import Cell, LandingWriter
from jobs.sample.registry.sheets import Sheet
from jobs.sample.vocabulary import Vocabulary

SERIAL = "STT"
_WORDS = Path(__file__).with_name("officers_words.yaml")


def write_officers_workbook(
    writer: LandingWriter, sheet: Sheet[Any], day: date, vocabulary: Vocabulary, rows: Sequence[Mapping[str, Cell]]
) -> None:
    """Write rows, given by their English headers, as a workbook of that day."""
    headers = [SERIAL, *(header_in_words(sheet.name, column) for column in sheet.columns)]
    written = [
        dict(zip(headers, [number, *(_in_words(sheet.name, column, row[column]) for column in sheet.columns)], strict=True))
        for number, row in enumerate(rows, start=1)
    ]
    title = vocabulary.marked(f"BIỂU {sheet.name.upper()}")
    writer.write_xlsx(sheet.dataset, day, sheet.stem, headers, written, above=[[title], []])


def header_in_words(sheet: str, column: str) -> str:
    """What officers call a column."""
    words = _words()
    own: str | None = words["headers_of_sheets"].get(sheet, {}).get(column)
    return own or str(words["headers"][column])


def values_in_words(sheet: str, column: str) -> Mapping[str, str]:
    """What officers write for the values of a column; others as they are."""
    words = _words()
    return {**words["yes_and_no"], **words["values"].get(sheet, {}).get(column, {})}


def _in_words(sheet: str, column: str, value: Cell) -> Cell:
    return values_in_words(sheet, column).get(value, value) if isinstance(value, str) else value


@lru_cache(maxsize=1)
def _words() -> Any:
    return yaml.safe_load(_WORDS.read_text(encoding="utf-8"))
