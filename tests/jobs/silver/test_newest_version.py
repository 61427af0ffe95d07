"""The newest valid version of each key, whatever the order and the cutting of what arrives."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs.engine.executors import open_sets
from jobs.engine.tables import Warehouse, arrow_schema
from jobs.run import RunContext
from jobs.settings import Settings
from jobs.silver.dataset import Changed, Dataset
from jobs.silver.merge import merge_silver
from jobs.silver.staging import order
from warehouse_schema.contracts import load_contracts
from warehouse_schema.indicator_queries import touched_columns

pytestmark = pytest.mark.slow

CONTRACT = load_contracts()["silver/work_record"]
JUDGED = pa.schema(
    [
        *arrow_schema(CONTRACT).remove(arrow_schema(CONTRACT).get_field_index("run_id")),
        ("outcome", pa.string()),
        ("origin", pa.string()),
        ("valid", pa.bool_()),
        ("record_key", pa.string()),
        ("sent_key", pa.string()),
        ("record_version", pa.timestamp("us", tz="UTC")),
        ("record_withdrawn", pa.bool_()),
    ]
)


@dataclass(frozen=True)
class Version:
    """One line that arrived. Lines of equal key, version, content and validity differ in their place only."""

    key: str
    hour: int
    content: str
    withdrawn: bool
    valid: bool


VERSIONS = st.builds(
    Version,
    key=st.sampled_from("ab"),
    hour=st.integers(0, 2),
    content=st.sampled_from("xyz"),
    withdrawn=st.booleans(),
    valid=st.sampled_from([True, True, True, False]),
)


def staged_row(line: int, version: Version) -> dict[str, Any]:
    moment = dt.datetime(2025, 3, 1, version.hour, tzinfo=dt.UTC)
    return {
        "file_id": version.key,
        "organ_code": "H41.1",
        "organ_id": "H41.1",
        "title": version.content,
        "level": "province",
        "unit_code": "40",
        "unit_valid_from": dt.date(2021, 1, 1),
        "province_code": "40",
        "province_valid_from": dt.date(2021, 1, 1),
        "opened_at": moment,
        "closed_at": moment,
        "closed_on": moment.date(),
        # Another version may stand in another partition.
        "closed_month": {"x": "2025-02", "y": "2025-03", "z": None}[version.content],
        "status": "closed",
        "created_online": True,
        "processed_online": True,
        "signed_digitally": True,
        "updated_at": moment,
        "withdrawn": version.withdrawn,
        "row_hash": f"{version.content}-{version.withdrawn}",
        # The place of a line is known by its object; one line an object, in an order of their own.
        "object_id": f"object-{line * 7 % 10}",
        "line": 1,
        "received_at": moment,
        "outcome": "row",
        "origin": "landed",
        "valid": version.valid,
        "record_key": version.key,
        "sent_key": version.key,
        "record_version": moment,
        "record_withdrawn": version.withdrawn,
    }


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> RunContext:
    home = Settings(home=tmp_path_factory.mktemp("newest"), _env_file=None)
    now = dt.datetime(2025, 3, 2, tzinfo=dt.UTC)
    context = RunContext(home, Warehouse.of(home), storage=None, run_id="run-1", now=now, as_of=now.date())  # type: ignore[arg-type]
    context.warehouse.ensure(CONTRACT)
    return context


def merge(context: RunContext, batch: list[dict[str, Any]]) -> None:
    with open_sets(context.warehouse) as sets:
        sets.rows_of("judged", pa.Table.from_pylist(batch, JUDGED))
        sets.rows_of("known", pa.table({"row_hash": pa.array([], pa.string())}))
        sets.rows_of("run", pa.table({"run_id": [context.run_id], "redefined": [False]}))
        order(sets)
        dataset = Dataset(CONTRACT, [], Changed(), refs=None, periods=[], sets=sets)  # type: ignore[arg-type]
        merge_silver(context, dataset, [], touched_columns(CONTRACT.name))


def load(context: RunContext, batches: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """What silver holds after the batches, from an empty table."""
    context.warehouse.overwrite(CONTRACT, [])
    for batch in batches:
        merge(context, batch)
    return sorted(context.warehouse.rows(CONTRACT.name), key=lambda row: str(row["file_id"]))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    versions=st.lists(VERSIONS, min_size=1, max_size=8),
    shuffle=st.randoms(use_true_random=False),
    cuts=st.sets(st.integers(1, 7), max_size=3),
)
def test_silver_is_a_function_of_the_set_of_rows(context: RunContext, versions: list[Version], shuffle: Any, cuts: set[int]) -> None:
    rows = [staged_row(line, version) for line, version in enumerate(versions)]
    at_once = load(context, [rows])

    shuffle.shuffle(rows)
    bounds = [0, *sorted(cut for cut in cuts if cut < len(rows)), len(rows)]
    in_parts = load(context, [rows[start:end] for start, end in pairwise(bounds)])

    assert in_parts == at_once
    newest = {
        key: max(
            ((one.hour, one.withdrawn, f"{one.content}-{one.withdrawn}") for one in versions if one.key == key and one.valid), default=None
        )
        for key in "ab"
    }
    assert {row["file_id"]: (row["updated_at"].hour, row["withdrawn"], row["row_hash"]) for row in at_once} == {
        key: best for key, best in newest.items() if best is not None
    }


def operations_of(context: RunContext, count: int) -> list[str]:
    return [commit["operation"] for commit in context.warehouse.open(CONTRACT.name).history(count)]


def files_of(context: RunContext) -> set[str]:
    return set(context.warehouse.open(CONTRACT.name).file_uris())


def test_a_batch_of_new_keys_is_appended_and_reads_no_file(context: RunContext) -> None:
    first = [staged_row(1, Version("a", 0, "x", withdrawn=False, valid=True))]
    assert len(load(context, [first, [staged_row(2, Version("b", 0, "x", withdrawn=False, valid=True))]])) == 2
    assert operations_of(context, 2) == ["WRITE", "WRITE"]


def test_a_correction_renews_files_only_where_its_key_stands(context: RunContext) -> None:
    rows = [
        staged_row(line, Version(key, 0, content, withdrawn=False, valid=True)) for line, (key, content) in enumerate(["ax", "by", "cz"])
    ]
    load(context, [rows])
    before = files_of(context)
    merge(context, [staged_row(9, Version("a", 1, "z", withdrawn=False, valid=True))])
    assert operations_of(context, 1) == ["MERGE"]
    gone = before - files_of(context)
    assert len(gone) == 1
    assert "closed_month=2025-02" in gone.pop()
    assert {row["file_id"]: row["closed_month"] for row in context.warehouse.rows(CONTRACT.name)} == {"a": None, "b": "2025-03", "c": None}
