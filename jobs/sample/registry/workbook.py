"""A registry sheet as an officer keeps it: a title, serial numbers, Vietnamese headers and words, days as days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache

from jobs.sample.landing import Cell, LandingWriter
from jobs.sample.vocabulary import Vocabulary
from warehouse_schema.contracts import Contract, landed_contracts
from warehouse_schema.sheet_headers import header_of, labels_of

SERIAL = "STT"
YES_OR_NO = {"true": "Có", "false": "Không"}


def write_officers_workbook(
    writer: LandingWriter, dataset: str, day: date, vocabulary: Vocabulary, rows: Sequence[Mapping[str, Cell]]
) -> None:
    """Write rows, given by their English headers, as a workbook of that day."""
    headers, words = words_of_sheet(dataset)
    written = [
        {SERIAL: number, **{headers[name]: words[name].get(str(value), value) for name, value in row.items()}}
        for number, row in enumerate(rows, start=1)
    ]
    stem = dataset.rpartition("/")[2].replace("_", "-")
    writer.write_xlsx(dataset, day, stem, list(written[0]), written, above=[[vocabulary.marked(_contract(dataset).title.upper())], []])


@lru_cache
def words_of_sheet(dataset: str) -> tuple[Mapping[str, str], Mapping[str, Mapping[str, str]]]:
    """What officers call the columns of a sheet, and by column what they write for its values."""
    contract = _contract(dataset)
    headers = {str(column.source): header_of(column) for column in contract.landed}
    words = {str(column.source): YES_OR_NO if column.parse == "boolean" else labels_of(column) for column in contract.landed}
    return headers, words


def _contract(dataset: str) -> Contract:
    return next(one for one in landed_contracts() if one.landing == dataset)
