"""Managed objects: one identifier of the warehouse for each thing that sources tell of, with its source's code and its history.

A kind is `warehouse_schema/managed_objects/<kind>.sql`: the versions that its sources tell, one row a version. The table is made anew when a table that a kind
reads changed, or a kind's SQL; it is made of several datasets, so after all of them are loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.engine.executors import open_sets
from jobs.engine.sets import set_query
from jobs.engine.tables import arrow_schema
from jobs.ops.definitions import fingerprint
from warehouse_schema.contracts import load_contracts
from warehouse_schema.managed_objects import kinds, tables_of_kinds, versions_of_all
from warehouse_schema.sql_text import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jobs.engine.tables import Warehouse

TABLE = "silver/managed_object"


def objects_fingerprint() -> str:
    """The fingerprint of all that makes the table from others."""
    return fingerprint({name: canonical(sql) for name, sql in kinds().items()}, canonical(set_query("managed_objects")))


def is_stale(before: Mapping[str, int], now: Mapping[str, int]) -> bool:
    """Whether a table that a kind reads has another version than before."""
    return any(before.get(name) != now.get(name) for name in tables_of_kinds())


def write_objects(warehouse: Warehouse, keep_in: Path | None = None) -> int:
    """Bring `silver/managed_object` to what its sources say; writes nothing where it says that already. Returns how many rows differ."""
    contract = load_contracts()[TABLE]
    names = ", ".join(arrow_schema(contract).names)
    with open_sets(warehouse, keep_in=keep_in) as sets:
        sets.need([*tables_of_kinds(), TABLE])
        sets.view("object_version", versions_of_all())
        sets.table("objects", f"SELECT {names} FROM ({set_query('managed_objects')}) AS made")
        existing = f"SELECT {names} FROM silver.managed_object"
        either = f"(SELECT * FROM objects EXCEPT {existing}) UNION ALL ({existing} EXCEPT SELECT * FROM objects)"
        differ = int(sets.rows(f"SELECT COUNT(DISTINCT object_key) AS rows FROM ({either}) AS d")[0]["rows"])
        if differ:
            sets.overwrite(contract, "SELECT * FROM objects ORDER BY object_key")
    return differ
