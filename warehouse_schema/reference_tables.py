"""Reference tables: rows that no source sends (criteria, codes, identifiers), as the files of `warehouse_schema/reference` have them.

A contract that says `reference_file` has its rows in that file: UTF-8, RFC 4180, the contract's columns in its order. A cell is read by the column's type (a
day `YYYY-MM-DD`, `true` or `false`, a number with a decimal point); an empty one is not known, and stays empty. So a file and a contract add a reference table.
The closed sets that contracts have besides (`values`) are no second time in a file: `code_list` takes them from there.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from warehouse_schema.contracts import Contract, load_contracts
from warehouse_schema.errors import UsageError
from warehouse_schema.sheet_headers import labels_of
from warehouse_schema.yaml_source import closest

REFERENCE_FOLDER = Path(__file__).resolve().parent / "reference"
CODE_LIST = "silver/code_list"
_BOOLEANS = {"true": True, "false": False}
_READ: Mapping[str, tuple[Callable[[str], object], str]] = {
    "string": (str, "text"),
    "boolean": (_BOOLEANS.__getitem__, "true or false"),
    "integer": (int, "a whole number"),
    "long": (int, "a whole number"),
    "double": (float, "a number with a decimal point"),
    "date": (date.fromisoformat, "a day YYYY-MM-DD"),
}


class ReferenceFileError(UsageError):
    """A file of reference data is wrong; each line of the message is `file:line: what is wrong`."""


@dataclass(frozen=True, slots=True)
class ReferenceRow:
    """A row of a reference table, and where it stands: `file:line`, or the contract that it follows from."""

    place: str
    values: Mapping[str, Any]


def reference_contracts() -> tuple[Contract, ...]:
    """The tables whose rows are in files, in the order of their names."""
    return tuple(contract for contract in load_contracts().values() if contract.reference_file is not None)


@lru_cache(maxsize=64)
def reference_rows(table: str) -> tuple[ReferenceRow, ...]:
    """The rows of a reference table (`silver/criterion`): the columns of its contract; read once a process.

    Raises:
        ReferenceFileError: the file cannot be read, has other columns, a cell that is not of the column's type or is empty and must not be, or a key twice.
    """
    contract = load_contracts()[table]
    listed = _file_rows(contract)
    return _code_list(listed) if table == CODE_LIST else tuple(listed)


def _file_rows(contract: Contract) -> list[ReferenceRow]:
    path = REFERENCE_FOLDER / str(contract.reference_file)
    problems: list[str] = []
    rows: list[ReferenceRow] = []
    first_places: dict[tuple[object, ...], str] = {}
    for place, cells in _cells(path, [column.name for column in contract.stored]):
        values: dict[str, Any] = {}
        for column, text in zip(contract.stored, cells, strict=True):
            read, expected = _READ[column.type]
            try:
                values[column.name] = read(text) if text else None
            except (ValueError, KeyError):
                problems.append(f"{place}: {column.name} {text!r}: expected {expected}, or nothing")
            if not text and not column.nullable:
                problems.append(f"{place}: {column.name} is empty, but is required")
        key = tuple(values.get(name) for name in contract.key)
        if first_places.setdefault(key, place) != place:
            problems.append(f"{place}: {', '.join(map(str, key))} stands twice; the first is {first_places[key]}")
        rows.append(ReferenceRow(place, values))
    if problems:
        raise ReferenceFileError("\n".join(problems))
    return rows


def _cells(path: Path, columns: list[str]) -> Iterator[tuple[str, list[str]]]:
    """The cells of each line of a file, with its place."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ReferenceFileError(f"{path.name}: cannot be read from {path.parent}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ReferenceFileError(f"{path.name}: expected text in UTF-8") from None
    reader = csv.reader(io.StringIO(text, newline=""))
    if next(reader, []) != columns:
        raise ReferenceFileError(f"{path.name}:1: expected the columns {','.join(columns)}")
    for cells in reader:
        place = f"{path.name}:{reader.line_num}"
        if len(cells) != len(columns):
            raise ReferenceFileError(f"{place}: {len(cells)} fields, expected {len(columns)}")
        yield place, [cell.strip() for cell in cells]


def closed_sets() -> dict[str, dict[str, tuple[str | None, str | None]]]:
    """The closed sets of the contracts, by `<table>.<column>`: each code with what the source sends for it and its Vietnamese label, where there is one.

    People write a value of a sheet in many ways, of which the template's is the label; a program sends one code, which is no label.
    """
    found: dict[str, dict[str, tuple[str | None, str | None]]] = {}
    for contract in load_contracts().values():
        for column in contract.columns:
            if not column.values:
                continue
            name = f"{contract.table}.{column.name}"
            if contract.is_sheet:
                found[name] = {code: (None, label) for code, label in labels_of(column).items()}
            else:
                found[name] = {code: (sent if sent != code else None, None) for sent, code in column.values.items()}
    return found


def _code_list(listed: list[ReferenceRow]) -> tuple[ReferenceRow, ...]:
    """The rows of the file, and the closed sets of contracts with what the file adds to them.

    Raises:
        ReferenceFileError: the file gives a list of a contract a code that is not there, or a label that the contract has.
    """
    sets, problems = closed_sets(), []
    added = {(row.values["list"], row.values["code"]): row for row in listed}
    for row in listed:
        name, code = row.values["list"], row.values["code"]
        if name in sets and code not in sets[name]:
            problems.append(f"{row.place}: code {code!r} is none of the contract's list {name}{closest(code, sets[name])}")
        elif name in sets and row.values["label_vi"] and sets[name][code][1]:
            problems.append(f"{row.place}: label_vi: the contract of {name} has the label of {code!r} already: leave it empty")
    if problems:
        raise ReferenceFileError("\n".join(problems))
    columns = [column.name for column in load_contracts()[CODE_LIST].stored]
    rows = [row for row in listed if row.values["list"] not in sets]
    for name, codes in sets.items():
        for code, (sent, label) in codes.items():
            said = added.get((name, code), ReferenceRow(f"the contract of {name}", {}))
            own = {"list": name, "code": code, "sent": sent, "label_vi": label, "label_en": code.replace("_", " "), "mark": "contract"}
            given = {column: value for column, value in said.values.items() if value is not None}
            rows.append(replace(said, values={**dict.fromkeys(columns), **own, **given}))
    return tuple(sorted(rows, key=lambda row: str(row.values["list"])))
