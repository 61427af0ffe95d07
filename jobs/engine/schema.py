"""Contracts change: what of a new contract an existing table takes in place, and what it does not.

In place go added columns that may be empty, wider types, looser columns, constraints, labels and comments; and anything at all while a table has no rows.
Everything else is refused by name before anything is written, with the command that rebuilds the table from the landing zone. A column that has become required
stays as it is in storage: the row rule `missing_value` keeps it filled.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from deltalake import Field
from deltalake.exceptions import DeltaError

from jobs.engine.views import STREAMED_ROWS, connect
from jobs.errors import RunFailedError, UsageError
from warehouse_schema.sql_text import sql_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from jobs.engine.tables import Warehouse
    from warehouse_schema.contracts import Contract

_WIDER = {("integer", "long"), ("integer", "double")}
_CHECKS = "ntm.checks"
"""The property of a table with its constraints as the contract writes them: Delta keeps them in words of its own."""


@dataclass(slots=True)
class SchemaChange:
    """What differs between a table and its contract.

    Attributes:
        contract: the contract.
        added: columns that the table has not yet.
        widened: columns whose type becomes wider; the table's files are rewritten.
        loosened: columns that may be empty now.
        comments: columns with another comment.
        dropped_checks: constraints that go or change.
        added_checks: constraints that come or change.
        refused: what cannot be done in place, in words.
        is_empty: the table has no file, or its rows are in a reference file, which fills it again: it takes any schema.
    """

    contract: Contract
    added: list[dict[str, Any]] = field(default_factory=list)
    widened: list[str] = field(default_factory=list)
    loosened: list[str] = field(default_factory=list)
    comments: dict[str, str] = field(default_factory=dict)
    dropped_checks: list[str] = field(default_factory=list)
    added_checks: dict[str, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    is_empty: bool = False

    @property
    def words(self) -> list[str]:
        """What is done, for the log."""
        added = [f"column {column['name']} added" for column in self.added]
        wider = [f"column {name} widened" for name in self.widened]
        looser = [f"column {name} may be empty" for name in self.loosened]
        labels = [f"comment of {name} changed" for name in self.comments]
        gone = [f"constraint {name} dropped" for name in self.dropped_checks if name not in self.added_checks]
        return [*added, *wider, *looser, *labels, *gone, *(f"constraint {name} set" for name in self.added_checks)]


def schema_change(warehouse: Warehouse, contract: Contract) -> SchemaChange | None:
    """What differs between an existing table and its contract; None where nothing does."""
    table = warehouse.newest(contract.name)
    existing = {one["name"]: one for one in _fields(table.schema().to_json())}
    wanted = {one["name"]: one for one in contract.schema_json()["fields"]}
    change = SchemaChange(contract, is_empty=contract.reference_file is not None or not table.file_uris())
    for name, column in wanted.items():
        before = existing.get(name)
        if before is None:
            change.added.append(column)
            if not column["nullable"]:
                change.refused.append(f"column {name} is new and must not be empty")
        elif _plain(before["type"]) != _plain(column["type"]):
            if (before["type"], column["type"]) in _WIDER:
                change.widened.append(name)
            else:
                change.refused.append(f"column {name} is {_shown(before['type'])} and should be {_shown(column['type'])}")
        else:
            if column["nullable"] and not before["nullable"]:
                change.loosened.append(name)
            comment = column["metadata"].get("comment", "")
            if before["metadata"].get("comment", "") != comment:
                change.comments[name] = comment
    change.refused += [f"column {name} is not in the contract any more" for name in existing if name not in wanted]
    metadata = table.metadata()
    if list(metadata.partition_columns) != list(contract.partition_by):
        change.refused.append(
            f"it is partitioned by {', '.join(metadata.partition_columns) or 'nothing'}, not {', '.join(contract.partition_by) or 'nothing'}"
        )
    there = warehouse.constraints(contract.name)
    checks = {name: text for name, text in json.loads(metadata.configuration.get(_CHECKS, "{}")).items() if name in there}
    change.dropped_checks = [name for name, text in checks.items() if contract.checks.get(name) != text]
    change.added_checks = {name: text for name, text in contract.checks.items() if checks.get(name) != text}
    return change if change.words or change.refused else None


def migrate(warehouse: Warehouse, contracts: Iterable[Contract], rebuilt: Collection[str] = ()) -> dict[str, list[str]]:
    """Bring existing tables to their contracts where that can be done in place; returns what was done, by table.

    Constraints that existing rows do not keep yet are left for `set_constraints`, after the rows have been revalidated by the new contract. `rebuilt` are
    tables that are about to be rebuilt and take any change.

    Raises:
        UsageError: a table cannot be changed in place; all of them are named, with what would have to change and the command. Nothing was written.
    """
    changes = [
        change for contract in contracts if warehouse.exists(contract.name) and (change := schema_change(warehouse, contract)) is not None
    ]
    refused = [change for change in changes if change.refused and not change.is_empty and change.contract.name not in rebuilt]
    if refused:
        tables = "; ".join(f"{change.contract.name}: {', '.join(change.refused)}" for change in refused)
        commands = ", ".join(f"`ntm rebuild {table}`" for table in sorted({change.contract.table for change in refused}))
        raise UsageError(
            f"contracts changed in a way that the tables cannot follow in place: {tables}; rebuild them from the landing zone: {commands}"
        )
    done: dict[str, list[str]] = {}
    for change in changes:
        _apply(warehouse, change)
        done[change.contract.name] = change.words or change.refused
    return done


def set_constraints(warehouse: Warehouse, contract: Contract) -> None:
    """Add the constraints of the contract that the table has not yet.

    Raises:
        RunFailedError: existing rows do not keep one.
    """
    change = schema_change(warehouse, contract)
    broken = _set_checks(warehouse, change) if change else []
    if broken:
        expected = "; ".join(f"{name}: {contract.checks[name]}" for name in broken)
        raise RunFailedError(f"{contract.name}: existing rows do not keep the constraint {expected}; nothing was released")


def _set_checks(warehouse: Warehouse, change: SchemaChange) -> list[str]:
    """Drop and add constraints as the contract has them; returns those that existing rows do not keep, which stay out."""
    contract, broken = change.contract, []
    if not change.dropped_checks and not change.added_checks:
        return []
    existing = warehouse.constraints(contract.name)
    for name in {*change.dropped_checks, *change.added_checks} & existing:
        with warehouse.changing(contract.name) as table:
            table.alter.drop_constraint(name)
    for name, text in change.added_checks.items():
        try:
            with warehouse.changing(contract.name) as table:
                table.alter.add_constraint({name: text})
        except DeltaError:
            # Its own text shows rows.
            broken.append(name)
    kept = {name: text for name, text in contract.checks.items() if name not in broken}
    with warehouse.changing(contract.name) as table:
        table.alter.set_table_properties({_CHECKS: json.dumps(kept, sort_keys=True)}, raise_if_not_exists=False)
    return broken


def _apply(warehouse: Warehouse, change: SchemaChange) -> None:
    contract = change.contract
    if change.is_empty and (change.added or change.refused or change.widened):
        warehouse.make_empty(contract)
        change.added_checks, change.dropped_checks = dict(contract.checks), []
        _set_checks(warehouse, change)
        return
    if change.added:
        # One commit, and no file is touched.
        wanted = [Field.from_json(json.dumps(one)) for one in change.added]
        with warehouse.changing(contract.name) as table:
            table.alter.add_columns(wanted)
    if change.widened:
        with connect(warehouse, {contract.name: None}) as connection:
            names = ", ".join(f'"{column.name}"' for column in contract.stored)
            rows = connection.sql(f"SELECT {names} FROM {sql_name(contract.name)}").to_arrow_reader(STREAMED_ROWS)
            warehouse.overwrite_stream(contract, rows)
    for name in change.loosened:
        with warehouse.changing(contract.name) as table:
            table.alter.drop_column_not_null(name)
    for name, comment in change.comments.items():
        with warehouse.changing(contract.name) as table:
            table.alter.set_column_metadata(name, {"comment": comment})
    # Rows that break one leave when they are revalidated by the new contract; it is added then.
    _set_checks(warehouse, change)


def _fields(schema: str) -> list[dict[str, Any]]:
    fields: list[dict[str, Any]] = json.loads(schema)["fields"]
    return fields


def _plain(type_: Any) -> Any:
    """A type without the comments of its parts."""
    if isinstance(type_, dict):
        return {name: _plain(value) for name, value in type_.items() if name != "metadata"}
    if isinstance(type_, list):
        return [_plain(one) for one in type_]
    return type_


def _shown(type_: Any) -> str:
    return type_ if isinstance(type_, str) else str(type_.get("type", type_))
