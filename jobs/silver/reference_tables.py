"""Reference tables in the warehouse: which of them are not as their files say, and how they become so.

Each has a fingerprint of its own among the definitions of a release (`reference/<table>`): a code that is corrected has its table written again and revalidates
no record. What an indicator reads of them makes it stale by the table's version, as any other table does.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import pyarrow as pa

from jobs.engine.duckdb_sets import DuckdbSets
from jobs.engine.tables import arrow_table
from jobs.ops.definitions import changed, fingerprint
from warehouse_schema.reference_tables import ReferenceFileError, reference_contracts, reference_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jobs.engine.tables import Warehouse
    from warehouse_schema.contracts import Contract

PREFIX = "reference/"
UNIT_TABLES = ("silver/administrative_unit", "silver/unit_name", "silver/unit_lineage", "silver/unit_successor")
"""The tables that the lists of units make."""


@lru_cache(maxsize=1)
def reference_definitions() -> dict[str, str]:
    """The fingerprints of the rows and columns of every reference table, by name: `reference/<table>`.

    Raises:
        ReferenceFileError: a file is wrong; the message names file, line and column.
    """
    return {f"{PREFIX}{contract.table}": _fingerprint(contract) for contract in reference_contracts()}


def _fingerprint(contract: Contract) -> str:
    rows = [{name: str(value) for name, value in row.values.items() if value is not None} for row in reference_rows(contract.name)]
    return fingerprint(contract.schema_json(), rows)


def changed_tables(before: Mapping[str, str]) -> list[Contract]:
    """The reference tables that are not as the definitions of a release say that they were made."""
    stale = changed(before, reference_definitions())
    return [contract for contract in reference_contracts() if f"{PREFIX}{contract.table}" in stale]


def with_references(definitions: Mapping[str, str]) -> dict[str, str]:
    """The definitions with those of the reference tables as they are now; one that is gone leaves none behind."""
    return {name: value for name, value in definitions.items() if not name.startswith(PREFIX)} | reference_definitions()


def write_reference_tables(warehouse: Warehouse, contracts: Iterable[Contract]) -> None:
    """Give each table the rows of its file, in one commit a table.

    Raises:
        ReferenceFileError: a row breaks a constraint of its contract; nothing was written of that table.
    """
    for contract in contracts:
        table = arrow_table(contract, (dict(row.values) for row in reference_rows(contract.name)))
        _require_kept(warehouse, contract, table)
        warehouse.overwrite_table(contract, table)


def _require_kept(warehouse: Warehouse, contract: Contract, table: pa.Table) -> None:
    """Delta's own error would show the row and name no line."""
    places = [row.place for row in reference_rows(contract.name)]
    with DuckdbSets.open(warehouse) as sets:
        sets.rows_of("listed", table.append_column("place", pa.array(places, pa.string())))
        problems = [
            f"{row['place']}: {name}: expected {check}"
            for name, check in contract.checks.items()
            for row in sets.rows(f"SELECT place FROM listed WHERE NOT ({check})")
        ]
    if problems:
        raise ReferenceFileError("\n".join(problems))
