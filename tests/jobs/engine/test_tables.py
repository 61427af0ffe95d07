"""What a `Warehouse` knows of its tables: its own changes at once, those of others when it is told to look again."""

from __future__ import annotations

import ast
from datetime import date
from typing import TYPE_CHECKING

import pytest

from jobs.engine.tables import Warehouse
from jobs.ops import releases
from jobs.settings import PROJECT_ROOT
from warehouse_schema.contracts import load_contracts

if TYPE_CHECKING:
    from pathlib import Path

WITHHELD = load_contracts()["ops/withheld"]
CHANGES = frozenset({"alter", "optimize", "restore", "vacuum"})
"""What changes a table of `deltalake`, as methods or properties of it."""


def row(province: str) -> dict[str, object]:
    values = {"string": province, "long": 1, "date": date(2025, 1, 1)}
    return {column.name: values[column.type] for column in WITHHELD.stored}


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    made = Warehouse(tmp_path.as_uri())
    made.ensure(WITHHELD)
    return made


def test_what_it_wrote_itself_is_known_at_once(warehouse: Warehouse) -> None:
    assert (warehouse.version(WITHHELD.name), warehouse.is_empty(WITHHELD.name)) == (0, True)
    for number, write in enumerate((warehouse.append, warehouse.overwrite, warehouse.upsert), start=1):
        write(WITHHELD, [row(str(number))])
        assert (warehouse.version(WITHHELD.name), warehouse.is_empty(WITHHELD.name)) == (number, False)
    assert warehouse.is_empty(WITHHELD.name, version=0)
    warehouse.delete_where(WITHHELD.name, "true")
    assert warehouse.is_empty(WITHHELD.name)


def test_a_change_that_fails_is_looked_at_too(warehouse: Warehouse) -> None:
    assert warehouse.version(WITHHELD.name) == 0

    def write_and_fail() -> None:
        Warehouse(warehouse.url).append(WITHHELD, [row("40")])
        raise RuntimeError

    with pytest.raises(RuntimeError), warehouse.changing(WITHHELD.name):
        write_and_fail()
    assert warehouse.version(WITHHELD.name) == 1


def test_what_others_wrote_is_known_after_another_look(warehouse: Warehouse) -> None:
    assert warehouse.version(WITHHELD.name) == 0
    Warehouse(warehouse.url).append(WITHHELD, [row("40")])
    warehouse.look_again()
    assert (warehouse.version(WITHHELD.name), warehouse.is_empty(WITHHELD.name)) == (1, False)


def test_rows_now_are_those_of_now(warehouse: Warehouse) -> None:
    assert warehouse.rows_now(WITHHELD.name) == []
    Warehouse(warehouse.url).append(WITHHELD, [row("40")])
    assert warehouse.rows_now(WITHHELD.name) == [row("40")]


def test_a_step_begins_with_another_look(warehouse: Warehouse) -> None:
    releases.ensure_tables(warehouse)
    before = releases.current_versions(warehouse)
    Warehouse(warehouse.url).append(WITHHELD, [row("40")])
    assert releases.open_tables(warehouse).restored == [WITHHELD.name], "what no release names is taken back"
    assert releases.current_versions(warehouse)[WITHHELD.name] > before[WITHHELD.name]


def test_tables_are_changed_in_one_way() -> None:
    """A change beside `Warehouse.changing` would leave the run with an old version in its release."""
    beside = []
    for path in sorted((PROJECT_ROOT / "jobs").rglob("*.py")):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        right = {id(node) for block in nodes if isinstance(block, ast.With) for node in changed_in(block)}
        changes = [node for node in nodes if isinstance(node, ast.Attribute) and node.attr in CHANGES]
        beside += [f"{path.name}:{node.lineno}" for node in changes if id(node) not in right]
        opened = [node for node in nodes if isinstance(node, ast.Attribute) and is_call(node.value, "open", "newest")]
        beside += [f"{path.name}:{node.lineno}" for node in opened if node.attr in ("delete", "merge", "update")]
        names = [node for node in nodes if isinstance(node, ast.Name) and path.name != "tables.py"]
        beside += [f"{path.name}:{node.lineno}" for node in names if node.id == "write_deltalake"]
    assert beside == []


def changed_in(block: ast.With) -> list[ast.Attribute]:
    """What is asked, in a block, of the table that `changing` gives to it."""
    given = [ast.unparse(item.optional_vars) for item in block.items if item.optional_vars and is_call(item.context_expr, "changing")]
    return [node for node in ast.walk(block) if isinstance(node, ast.Attribute) and ast.unparse(node.value) in given]


def is_call(node: ast.AST, *methods: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in methods
