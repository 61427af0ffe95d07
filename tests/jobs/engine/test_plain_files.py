"""Every reader of Parquet can read every file of the tables, whatever wrote it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.engine.plain_files import without_views
from jobs.engine.tables import Warehouse, arrow_schema
from warehouse_schema.contracts import Contract, load_contracts, quarantine_contract

NOW = datetime(2025, 7, 1, 8, 30, tzinfo=UTC)
WITHHELD = load_contracts()["ops/withheld"]
RECORD = load_contracts()["silver/work_record"]
REJECTED = quarantine_contract(RECORD.name)


@pytest.fixture(params=["tables", "dữ liệu"])
def warehouse(tmp_path: Path, request: pytest.FixtureRequest) -> Warehouse:
    return Warehouse((tmp_path / request.param).as_uri())


def record(number: int, **others: Any) -> dict[str, Any]:
    texts = dict.fromkeys((column.name for column in RECORD.stored if column.type == "string"), "Hồ sơ")
    times = dict.fromkeys((column.name for column in RECORD.stored if column.type == "timestamp"), NOW)
    flags = dict.fromkeys((column.name for column in RECORD.stored if column.type == "boolean"), True)
    place = {"status": "closed", "closed_on": date(2025, 6, 1), "closed_month": "2025-06", "line": number}
    return {**texts, **times, **flags, **place, "file_id": f"file-{number}", **others}


def files(warehouse: Warehouse, contract: Contract) -> list[Path]:
    return [Path(unquote(urlparse(uri).path)) for uri in warehouse.open(contract.name).file_uris()]


def rows_by_reader(warehouse: Warehouse, contract: Contract, column: str) -> list[list[Any]]:
    """The values of a column as deltalake, DuckDB, Polars and Arrow read them."""
    paths = files(warehouse, contract)
    listed = ", ".join(f"'{path}'" for path in paths)
    read = [
        warehouse.query(contract.name, f"SELECT {column} FROM rows").column(column).to_pylist(),
        [row[0] for row in duckdb.sql(f"SELECT {column} FROM read_parquet([{listed}])").fetchall()],
        pl.read_parquet(paths, columns=[column], hive_partitioning=False)[column].to_list(),
        pa.concat_tables([pq.ParquetFile(path).read(columns=[column]) for path in paths])[column].to_pylist(),
    ]
    return [sorted(map(str, values)) for values in read]


def types(path: Path) -> set[str]:
    return {str(field.type) for field in pq.read_schema(path)}


def test_a_merge_leaves_files_that_all_readers_read(warehouse: Warehouse) -> None:
    warehouse.ensure(RECORD)
    warehouse.append(RECORD, [record(1), record(2)])
    changes = pa.Table.from_pylist([record(2, title="đã sửa", gone=False), record(3, gone=False)], arrow_schema(RECORD).append(GONE))
    warehouse.merge(RECORD, changes)
    paths = files(warehouse, RECORD)
    assert paths
    assert not [path for path in paths if any("view" in name for name in types(path))]
    assert any("timestamp[us, tz=UTC]" in types(path) for path in paths)
    for values in rows_by_reader(warehouse, RECORD, "title"):
        assert values == ["Hồ sơ", "Hồ sơ", "đã sửa"]
    for values in rows_by_reader(warehouse, RECORD, "updated_at"):
        assert len(set(values)) == 1


GONE = pa.field("gone", pa.bool_())


def test_an_upsert_leaves_files_that_all_readers_read(warehouse: Warehouse) -> None:
    warehouse.ensure(WITHHELD)
    row = {"dataset": "eoffice/work_records", "unit_code": "00001", "unit_valid_from": None, "day": date(2025, 1, 2), "rows": 3, "count": 3}
    kept = {name: value for name, value in row.items() if name in arrow_schema(WITHHELD).names}
    warehouse.upsert(WITHHELD, [kept])
    warehouse.upsert(WITHHELD, [{**kept, "unit_code": "00002"}])
    assert not [path for path in files(warehouse, WITHHELD) if any("view" in name for name in types(path))]
    for values in rows_by_reader(warehouse, WITHHELD, "unit_code"):
        assert values == ["00001", "00002"]


def rejected(line: int) -> dict[str, Any]:
    error = {"code": "missing_value", "field": "FileId", "message": "FileId is required", "rule": "file_id.missing_value"}
    texts = dict.fromkeys((column.name for column in REJECTED.stored if column.type == "string"), "x")
    return {**texts, "object_id": "one", "line": line, "errors": [error], "fields": {"FileId": None}, "received_at": NOW}


@pytest.mark.parametrize("by", ["keys", "condition"])
def test_what_a_deletion_leaves_all_readers_read(warehouse: Warehouse, by: str) -> None:
    warehouse.ensure(REJECTED)
    warehouse.append(REJECTED, [rejected(1), rejected(2)])
    if by == "keys":
        warehouse.delete_rows(REJECTED, pa.table({"object_id": ["one"], "line": [1]}))
    else:
        warehouse.delete_where(REJECTED.name, "line = 1")
    (path,) = files(warehouse, REJECTED)
    assert not [name for name in types(path) if "view" in name]
    for values in rows_by_reader(warehouse, REJECTED, "line"):
        assert values == ["2"]
    assert duckdb.sql(f"SELECT errors[1].code FROM read_parquet('{path}')").fetchall() == [("missing_value",)]


def test_the_log_still_says_the_files_size(warehouse: Warehouse) -> None:
    warehouse.ensure(RECORD)
    warehouse.append(RECORD, [record(1), record(2)])
    warehouse.merge(RECORD, pa.Table.from_pylist([record(2, gone=True)], arrow_schema(RECORD).append(GONE)))
    table = warehouse.open(RECORD.name)
    sizes = pa.table(table.get_add_actions(flatten=True)).column("size_bytes").to_pylist()
    assert sizes == [path.stat().st_size for path in files(warehouse, RECORD)]
    assert without_views(table) == 0
