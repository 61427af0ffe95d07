"""A workspace with one small release, made without an engine: for what readers see."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from jobs.engine.tables import Warehouse
from jobs.ops import ledger, releases
from jobs.publish.released import query
from jobs.settings import Settings, path_of
from warehouse_schema.contracts import load_contracts, quarantine_contract

NOW = datetime(2025, 7, 1, tzinfo=UTC)
AS_OF = date(2025, 6, 30)
HOSTILE = "[/x][red]x\x1b[31m\x9b31m\u202e\r\nđ.ndjson"
HOSTILE_SHOWN = r"[/x][red]x␛[31m\x9b31m\u202e␍␊đ.ndjson"


def entry(path: str, state: ledger.State = ledger.State.LOADED, **changes: object) -> ledger.Entry:
    """An entry of the ledger of work records."""
    base = {"dataset": "eoffice/work_records", "table": "silver/work_record", "size": 1, "storage_version": "1", "received_at": NOW}
    return ledger.Entry(path=path, object_id=f"{abs(hash(path)):064x}", state=state, run_id="run-1", **{**base, **changes})  # type: ignore[arg-type]


@cache
def _tables() -> TemporaryDirectory[str]:
    """All tables, made once: a hundred of them cost a test a second. The folder goes with the process."""
    made = TemporaryDirectory(prefix="ntm-tables-")
    releases.ensure_tables(Warehouse(Path(made.name).as_uri()))
    return made


def with_tables(warehouse: Warehouse) -> Warehouse:
    """Make all tables in the folder of a warehouse that has none."""
    folder = path_of(warehouse.url)
    assert folder is not None
    shutil.copytree(_tables().name, folder, dirs_exist_ok=True)
    return warehouse


def make_release(home: Path, *entries: ledger.Entry, rejected: tuple[str, ...] = ()) -> Warehouse:
    """A release of 30 June 2025: one ratio of Nghệ An, entries of the ledger, and a rejected line 1 of each path in `rejected`."""
    warehouse = with_tables(Warehouse.of(Settings(home=home, _env_file=None)))
    contracts = load_contracts()
    ledger.record(warehouse, entries)
    error = {"code": "invalid_date", "field": "[/DueDate]", "message": f"expected a date: {HOSTILE}", "rule": "r"}
    rows = [
        {
            "object_id": f"{number:064x}",
            "path": path,
            "line": 1,
            "errors": [error],
            "fields": [("Title", HOSTILE)],
            "received_at": NOW,
            "run_id": "run-1",
        }
        for number, path in enumerate(rejected, 1)
    ]
    warehouse.append(quarantine_contract("silver/work_record"), rows)
    figures = {
        "indicator": "work_records_online",
        "level": "province",
        "province_code": "40",
        "numerator": 9,
        "denominator": 10,
        "run_id": "run-1",
    }
    period = {"period_type": "year_to_date", "period_start": date(2025, 1, 1), "period_end": AS_OF, "value": 0.9}
    unit = {
        "breakdown": "",
        "unit_code": "40",
        "unit_valid_from": date(2021, 1, 1),
        "unit_level": "province",
        "unit": "ratio",
        "computed_at": NOW,
    }
    months = [
        {**period, "period_type": "month", "period_start": date(2025, month, 1), "period_end": date(2025, month, 28)} for month in (1, 6)
    ]
    warehouse.append(contracts["gold/indicator_value"], [{**figures, **one, **unit} for one in (period, *months)])
    target = {"plan_id": "nghe-an-132-kh-ubnd-2023", "op": "gte", "target_value": 90.0, "target_unit": "percent", "binding": "binding"}
    judged = {"as_of": AS_OF, "judged_on": AS_OF, "met": True, "reason": "", "gap": 0.0, "due": date(2025, 12, 31)}
    warehouse.append(contracts["gold/target_status"], [{**figures, **period, **target, **judged}])
    releases.commit(warehouse, releases.RELEASE, run_id="run-1", now=NOW, as_of=AS_OF, reference="r", definitions={})
    return warehouse


def asked(warehouse: Warehouse, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The columns and rows of an analyst's query over the last release."""
    answer = query(warehouse, sql)
    rows = [tuple(row.values()) for batch in answer.batches for row in batch.to_pylist()]
    return answer.names, rows
