from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from jobs.engine.tables import Warehouse
from jobs.errors import UsageError
from jobs.ops import releases
from jobs.publish.released import query
from warehouse_schema.contracts import load_contracts

NOW = datetime(2025, 7, 1, tzinfo=UTC)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    made = Warehouse((tmp_path / "warehouse").as_uri())
    releases.ensure_tables(made)
    row = {"dataset": "eoffice/work_records", "unit_code": "40", "unit_valid_from": None, "day": date(2025, 3, 1), "rows": 3}
    made.append(load_contracts()["ops/withheld"], [row])
    releases.commit(made, releases.RELEASE, run_id="run-1", now=NOW, as_of=NOW.date(), reference="r", definitions={})
    made.append(load_contracts()["ops/withheld"], [row | {"day": date(2025, 3, 2)}])
    return made


def test_what_was_released_is_seen_and_nothing_after_it(warehouse: Warehouse) -> None:
    names, rows = query(warehouse, "SELECT unit_code, sum(rows) AS withheld FROM ops.withheld GROUP BY ALL")
    assert (names, list(rows)) == (["unit_code", "withheld"], [("40", 3)])


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("COPY (SELECT 1) TO '{root}/evil.parquet'", "expected one SELECT"),
        ("SELECT 1; SELECT 2", "expected one SELECT"),
        ("CREATE TABLE t AS SELECT 1", "expected one SELECT"),
        ("SELEC 1", "layer.table"),
        ("SELECT * FROM read_csv('/etc/passwd')", "layer.table"),
        ("SELECT CAST(dataset AS INTEGER) FROM ops.withheld", "layer.table"),
    ],
)
def test_a_mistake_is_told_in_a_sentence_and_nothing_is_written(warehouse: Warehouse, sql: str, told: str) -> None:
    root = warehouse.url.removeprefix("file://")
    with pytest.raises(UsageError, match=told):
        list(query(warehouse, sql.format(root=root))[1])
    assert not (Path(root) / "evil.parquet").exists()
