"""The key of the tokens as part of the warehouse's state: its fingerprint, and the refusal of any other key.

Under another key a secret record's tombstone has another hash, so that an older version of it would come in, and one citizen would have two tokens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.border.tokens import key_fingerprint, key_hash
from jobs.errors import UsageError
from jobs.ops import releases
from warehouse_schema.contracts import bronze_contract, landed_contracts, load_contracts

if TYPE_CHECKING:
    from datetime import datetime

    from jobs.engine.tables import Warehouse
    from jobs.ops.releases import Release

TOKEN_KEY = "ops/token_key"  # noqa: S105 - a table's name


def is_known(warehouse: Warehouse, key: bytes) -> bool:
    """Whether the tables, as they were last released or checkpointed, were made with this key; true before the first load."""
    point = releases.recovery_point(warehouse)
    if point is None:
        return True
    version = point.tables.get(TOKEN_KEY)
    known = [row["fingerprint"] for row in warehouse.rows(TOKEN_KEY, version)] if version is not None else []
    return key_fingerprint(key) in known if known else _made_the_hashes(warehouse, point, key)


def _made_the_hashes(warehouse: Warehouse, point: Release, key: bytes) -> bool:
    """Whether a row of each bronze table has the key hash that this key gives: for a warehouse older than the fingerprint."""
    for contract in landed_contracts():
        fields = [contract.column(name) for name in contract.sent_key]
        version = point.tables.get(bronze_contract(contract.name).name)
        if version is None or any(field.handling != "keep" or field.keep_when for field in fields):
            continue
        names = ", ".join(f'"{field.source}"' for field in fields)
        sql = f"SELECT key_hash, {names} FROM rows WHERE key_hash IS NOT NULL LIMIT 1"
        for row in warehouse.query(bronze_contract(contract.name).name, sql, version).to_pylist():
            if row["key_hash"] != key_hash(key, [row[str(field.source)] for field in fields]):
                return False
    return True


def require_known_key(warehouse: Warehouse, key: bytes) -> None:
    """Refuse another key than that of the tables.

    Raises:
        UsageError: the tables were made with another key.
    """
    if not is_known(warehouse, key):
        raise UsageError(
            f"the key that is set (NTM_PII_KEY_FILE, NTM_PII_KEY, or pii.key in NTM_HOME) is not the one that {warehouse.url} was made with: its tokens and"
            " tombstones would no longer fit. Set the earlier key again, or run `ntm retokenise` to read everything that landed again under the new one"
        )


def adopt(warehouse: Warehouse, key: bytes, run_id: str, now: datetime) -> None:
    """Note the key that the tables are made with from here on; writes nothing where it is noted already."""
    fingerprint = key_fingerprint(key)
    if [row["fingerprint"] for row in warehouse.rows(TOKEN_KEY)] != [fingerprint]:
        warehouse.overwrite(load_contracts()[TOKEN_KEY], [{"fingerprint": fingerprint, "written_at": now, "run_id": run_id}])
