"""All pairs of an engine and an executor of sets make the same tables of the same landing zone; and the comparison that says so finds what differs."""

from __future__ import annotations

import datetime as dt
import os
from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from jobs.engine.tables import Warehouse
from jobs.errors import RunFailedError
from tests.parity import compare_engines
from tests.parity.compare_engines import OMITTED, Difference, TableComparison, compare, hidden_columns, tables_of
from tests.parity.hostile_records import DATASETS, DECORATIONS, EDITS, MESSAGES, VALUES, mutated, write_batches
from tests.support.workspace import OMITTED_FROM_EQUALITY
from warehouse_schema.contracts import all_tables, landed_contracts, load_contracts

if TYPE_CHECKING:
    from pathlib import Path

    from warehouse_schema.contracts import Contract

CONTRACTS = {contract.name: contract for contract in all_tables()}
WITHHELD, BRONZE, TOMBSTONE = CONTRACTS["ops/withheld"], CONTRACTS["bronze/work_record"], CONTRACTS["ops/tombstone"]
NOON, EVENING = dt.datetime(2025, 3, 1, 12, tzinfo=dt.UTC), dt.datetime(2025, 3, 1, 18, tzinfo=dt.UTC)


def withheld(unit: str, rows: int = 1) -> dict[str, Any]:
    return {
        "dataset": "eoffice/work_records",
        "unit_code": unit,
        "unit_valid_from": dt.date(2021, 1, 1),
        "day": dt.date(2025, 2, 1),
        "rows": rows,
    }


def received(line: int, **fields: Any) -> dict[str, Any]:
    technical = {"object_id": "0" * 64, "line": line, "received_at": NOON, "run_id": "a", "row_hash": "1" * 32, "copy": False}
    return {**dict.fromkeys(column.name for column in BRONZE.columns), **technical, **fields}


def compared(folder: Path, contract: Contract, left: list[dict[str, Any]], right: list[dict[str, Any]]) -> TableComparison:
    sides = []
    for name, rows in (("left", left), ("right", right)):
        warehouse = Warehouse((folder / name).as_uri())
        warehouse.ensure(contract)
        for row in rows:
            warehouse.append(contract, [row])
        sides.append(warehouse)
    (comparison,) = compare(sides[0], sides[1], [contract])
    return comparison


def test_neither_order_nor_files_make_a_difference(tmp_path: Path) -> None:
    rows = [withheld(str(unit)) for unit in range(4)]
    assert compared(tmp_path, WITHHELD, rows, rows[::-1]) == TableComparison("ops/withheld", (4, 4), (0, 0))


def test_tables_without_rows_are_equal(tmp_path: Path) -> None:
    assert compared(tmp_path, WITHHELD, [], []) == TableComparison("ops/withheld", (0, 0), (0, 0))


def test_one_value_of_one_row_is_found_and_named(tmp_path: Path) -> None:
    comparison = compared(tmp_path, WITHHELD, [withheld("40"), withheld("424", 2)], [withheld("424", 3), withheld("40")])
    assert (comparison.rows, comparison.only, comparison.differences) == ((2, 2), (1, 1), 2)
    key = {"dataset": "'eoffice/work_records'", "unit_code": "'424'", "unit_valid_from": "2021-01-01", "day": "2025-02-01"}
    assert comparison.examples == (Difference(key, {"rows": ("2", "3")}),)


def test_a_row_that_is_there_once_more_is_found(tmp_path: Path) -> None:
    comparison = compared(tmp_path, WITHHELD, [withheld("40")], [withheld("40"), withheld("40")])
    assert (comparison.rows, comparison.only) == ((1, 2), (0, 1))
    assert [example.only for example in comparison.examples] == ["right"]


def test_a_row_that_only_one_engine_has_is_found(tmp_path: Path) -> None:
    comparison = compared(tmp_path, WITHHELD, [withheld("40"), withheld("424")], [withheld("40")])
    assert comparison.only == (1, 0)
    assert [(example.key["unit_code"], example.only) for example in comparison.examples] == [("'424'", "left")]


@pytest.mark.parametrize(("left", "right"), [(None, ""), ("ế", "e\u0302\u0301"), ("a", "a "), ("0.0", "-0.0")])
def test_texts_that_look_alike_differ(tmp_path: Path, left: str | None, right: str) -> None:
    comparison = compared(tmp_path, BRONZE, [received(1, FileId=left)], [received(1, FileId=right)])
    assert [list(example.columns) for example in comparison.examples] == [["FileId"]]


def test_numbers_that_look_alike_differ(tmp_path: Path) -> None:
    contract = CONTRACTS["silver/ocop_product"]
    empty = dict.fromkeys(column.name for column in contract.stored)
    days = {"decision_date": dt.date(2024, 3, 1), "unit_valid_from": dt.date(2021, 1, 1), "updated_at": NOON, "received_at": NOON}
    texts = {column.name: "x" for column in contract.stored if column.type == "string" and not column.nullable}
    checked = {"product_group": "food", "recognised_by": "province", "producer_type": "cooperative"}
    row = {**empty, **texts, **checked, **days, "stars": 4, "withdrawn": False, "line": 1, "score_a": 1.0, "score_b": 1.0, "score_c": 1.0}
    comparison = compared(tmp_path, contract, [{**row, "score_a": 0.0}], [{**row, "score_a": -0.0}])
    assert [list(example.columns) for example in comparison.examples] == [["score_a"]]


def test_what_equal_runs_differ_in_is_left_out_and_nothing_else(tmp_path: Path) -> None:
    tombstone = {
        "dataset": "d",
        "key_hash": "k",
        "version": NOON,
        "reason": "secret",
        "held_since": NOON,
        "written_at": NOON,
        "run_id": "a",
    }
    later = tombstone | {"held_since": EVENING, "written_at": EVENING, "run_id": "b"}
    assert compared(tmp_path / "equal", TOMBSTONE, [tombstone], [later]).differences == 0
    assert compared(tmp_path / "other", TOMBSTONE, [tombstone], [later | {"version": EVENING}]).differences == 2
    assert not OMITTED_FROM_EQUALITY - OMITTED.keys()
    assert not OMITTED.keys() - {column.name for contract in all_tables() for column in contract.stored}


def test_values_of_people_and_free_text_are_not_shown(tmp_path: Path) -> None:
    comparison = compared(
        tmp_path, BRONZE, [received(1, Title="Đơn của A", Status="open")], [received(1, Title="Đơn của B", Status="closed")]
    )
    ((example),) = comparison.examples
    assert example.columns == {"Title": ("(not shown)", "(not shown)"), "Status": ("'open'", "'closed'")}
    assert {"ChuHoSo", "SoGiayToChuHoSo", "MaDoiTuong", "NguoiXuLy"} <= hidden_columns(CONTRACTS["bronze/dossier"])
    assert {"applicant_token", "applicant_id_token"} <= hidden_columns(CONTRACTS["silver/dossier"])
    assert "producer_name" in hidden_columns(CONTRACTS["silver/ocop_product"])
    assert "fields" in hidden_columns(CONTRACTS["quarantine/work_record"])


def test_a_warehouse_without_a_table_is_not_equal(tmp_path: Path) -> None:
    whole, part = (Warehouse((tmp_path / name).as_uri()) for name in ("whole", "part"))
    for contract in all_tables():
        whole.ensure(contract)
    for contract in load_contracts().values():
        part.ensure(contract)
    with pytest.raises(RunFailedError, match=r"part has no table .*bronze/work_record"):
        tables_of({"whole": whole, "part": part})
    assert tables_of({"whole": whole}) == list(all_tables())


def test_every_dataset_has_hostile_records_with_all_its_fields() -> None:
    datasets = {dataset.path: dataset for dataset in (*DATASETS, MESSAGES)}
    assert datasets.keys() == {contract.landing for contract in landed_contracts()}
    for contract in landed_contracts():
        fields = {str(column.source) for column in contract.landed}
        assert set(datasets[str(contract.landing)].fields) == fields, contract.landing


def test_each_field_takes_each_value_before_any_comes_twice() -> None:
    dataset = DATASETS[-1]
    pairs = len(dataset.fields) * (len(VALUES) + len(DECORATIONS) + EDITS)
    changed = mutated(dataset, Random(1), pairs)  # noqa: S311
    for field in dataset.fields:
        taken = Counter(repr(record.get(field, ...)) for record in changed)
        assert all(taken[repr(value)] for value in VALUES), field


def test_the_same_seed_lands_the_same_bytes(tmp_path: Path) -> None:
    def landed(name: str, seed: int) -> dict[str, bytes]:
        folder = tmp_path / name
        write_batches(folder / "first", folder / "second", Random(seed), 40)  # noqa: S311
        return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}

    once = landed("once", 3)
    assert once == landed("again", 3)
    assert once != landed("other", 4)
    assert len(once) == 6 * (len(DATASETS) + 1)


@pytest.mark.skipif("CI" in os.environ, reason=".ci/run compares the engines by a stage of its own, make parity, over more records")
@pytest.mark.usefixtures("quick_jvm")
def test_all_pairs_make_the_same_tables_of_one_dirty_landing_zone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--records", "100", "--sample-records", "40", "--seed", "3", "--quick", "--keep", str(tmp_path / "parity")]
    code = compare_engines.main(arguments)
    told = capsys.readouterr()
    assert (code, told.out.splitlines()[-1]) == (0, "0 differences"), told.out[-4000:] + told.err
    left = Warehouse((tmp_path / "parity" / "spark" / "warehouse").as_uri())
    codes = {
        error["code"] for table in ("work_record", "organisation") for row in left.rows(f"quarantine/{table}") for error in row["errors"]
    }
    assert {"invalid_timestamp", "invalid_boolean", "unknown_organisation", "organisation_not_valid", "invalid_pattern"} <= codes
    assert all(
        left.rows(name) for name in ("silver/work_record", "silver/ocop_product", "gold/indicator_value", "ops/tombstone", "ops/withheld")
    )


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine").write_text("stays", encoding="utf-8")
    assert compare_engines.main(["--keep", str(tmp_path)]) == 2
    assert "expected an empty folder" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["mine"]
