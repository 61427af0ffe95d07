"""What is published as open data: `open_data.yaml`, read and held against the contracts."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from warehouse_schema.contracts import Contract, load_contracts
from warehouse_schema.errors import UsageError
from warehouse_schema.indicator_catalogue import Name, NonEmptyTuple, load_catalogue
from warehouse_schema.yaml_source import Location, StrictModel, Wording, YamlDocument, closest, read_yaml

OPEN_DATA_FILE = Path(__file__).resolve().parent / "open_data.yaml"


class OpenDataError(UsageError):
    """The list of what is published is wrong; each line of the message is `file:line: what is wrong`."""


class PublishedColumn(StrictModel):
    """A column of a published table.

    Attributes:
        name: its name.
        type: its type, in the contracts' words.
        vi: Vietnamese label.
        en: what it holds.
        of: the columns of contracts (`layer/table.column`) that it is made of; none: the project's own words.
        required: whether it is never empty.
    """

    name: Name
    type: Literal["string", "boolean", "integer", "long", "double", "date"]
    vi: str
    en: str
    of: Annotated[tuple[str, ...], Field(strict=False)] = ()
    required: bool = False


class Refers(StrictModel):
    """Columns that hold the key of another published table."""

    columns: Annotated[tuple[Name, ...], NonEmptyTuple]
    table: Name


class PublishedTable(StrictModel):
    """A published table; `key` tells one row from another and orders them."""

    name: Name
    title: Wording
    description: str
    contract: str | None = None
    key: Annotated[tuple[Name, ...], NonEmptyTuple]
    columns: Annotated[tuple[PublishedColumn, ...], NonEmptyTuple]
    refers: Annotated[tuple[Refers, ...], Field(strict=False)] = ()


class Licence(StrictModel):
    """What is said of the right to use the data."""

    name: str
    vi: str
    en: str


class SmallCells(StrictModel):
    """Of these indicators numbers from 1 up to but not `below` are hidden; their period types in `left_out` are not published."""

    below: Annotated[int, Field(ge=2)]
    indicators: Annotated[tuple[Name, ...], NonEmptyTuple]
    left_out: Annotated[tuple[Name, ...], Field(strict=False)] = ()


class _Head(StrictModel):
    base_address: Annotated[str, Field(pattern=r"^(.*/)?$")]
    publisher: Wording
    licence: Licence
    small_cells: SmallCells


class OpenData(_Head):
    """All that is published, by the name of the table."""

    tables: dict[str, PublishedTable]


@lru_cache
def load_open_data(path: Path | None = None) -> OpenData:
    """What is published (none given: the project's file); read once a process.

    Raises:
        OpenDataError: the file is wrong: it names a column that is not there, or one that the border makes a token of, drops, or that may hold anything.
    """
    document = read_yaml(path or OPEN_DATA_FILE, OpenDataError)
    head = document.parse(_Head, {name: value for name, value in document.data.items() if name != "tables"})
    entries = document.data.get("tables") or {}
    tables = {name: table for name, entry in entries.items() if (table := _table(document, name, entry))}
    if head is not None:
        for index, name in enumerate(head.small_cells.indicators):
            if name not in load_catalogue():
                message = f"there is no indicator '{name}'{closest(name, load_catalogue())}"
                document.report(("small_cells", "indicators", index), message)
    for name, table in tables.items():
        _check_references(document, name, table, tables)
    if document.problems or head is None:
        raise document.failure()
    return OpenData(**{name: getattr(head, name) for name in _Head.model_fields}, tables=tables)


def _table(document: YamlDocument, name: str, entry: dict[str, Any]) -> PublishedTable | None:
    location = ("tables", name)
    contract = load_contracts().get(entry.get("contract") or "")
    columns = [_spelt_out(document, contract, one, (*location, "columns", place)) for place, one in enumerate(entry.get("columns") or ())]
    if None in columns:
        return None
    table = document.parse(PublishedTable, {**entry, "name": name, "columns": columns}, location)
    for place, column in enumerate(table.columns if table else ()):
        for source in column.of:
            if problem := _may_not_be_published(source):
                document.report((*location, "columns", place), f"{column.name}: {problem}")
    return table


def _spelt_out(document: YamlDocument, contract: Contract | None, entry: Any, location: Location) -> dict[str, Any] | None:
    """A column that is named alone, with what its contract says of it."""
    if not isinstance(entry, str):
        return dict(entry)
    known = [column.name for column in contract.stored] if contract else []
    if contract is None or entry not in known:
        document.report(location, f"there is no column '{entry}' in the contract{closest(entry, known)}")
        return None
    column = contract.column(entry)
    return {
        "name": entry,
        "type": column.type,
        "vi": column.label_vi,
        "en": column.description,
        "of": [f"{contract.name}.{entry}"],
        "required": not column.nullable,
    }


def _may_not_be_published(source: str) -> str:
    """Why a column of a contract may not be published; empty where it may."""
    table, _, name = source.partition(".")
    contract = load_contracts().get(table)
    column = next((one for one in contract.stored if one.name == name), None) if contract else None
    if column is None:
        return f"there is no column '{source}'"
    if column.handling != "keep" or column.keep_when:
        return f"{source} is personal"
    return f"{source} may hold any text" if column.free_text else ""


def _check_references(document: YamlDocument, name: str, table: PublishedTable, tables: dict[str, PublishedTable]) -> None:
    columns = {column.name: column for column in table.columns}
    for key in table.key:
        if key not in columns or not columns[key].required:
            document.report(("tables", name, "key"), f"key '{key}' is no column that is always there{closest(key, columns)}")
    for place, reference in enumerate(table.refers):
        other = tables.get(reference.table)
        if other is None or len(other.key) != len(reference.columns) or not columns.keys() >= {*reference.columns}:
            document.report(("tables", name, "refers", place), f"the columns are not the key of a table '{reference.table}'")
