"""What the minimal jobs share that have no Delta of their own: their tables, written and merged by `deltalake`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deltalake import DeltaTable, write_deltalake

from benchmarks.minimal import KEYS, PARTITIONS

if TYPE_CHECKING:
    import pyarrow as pa


def write(rows: pa.RecordBatchReader | pa.Table, table: str, uri: str) -> None:
    """Write the table anew."""
    write_deltalake(uri, rows, partition_by=[PARTITIONS[table]])


def merge(rows: pa.Table, table: str, uri: str) -> None:
    """Bring newer versions into the table."""
    key = KEYS[table]
    (
        DeltaTable(uri)
        .merge(rows, f"t.{key} = s.{key}", source_alias="s", target_alias="t")
        .when_matched_update_all("s.updated_at > t.updated_at")
        .when_not_matched_insert_all()
        .execute()
    )
