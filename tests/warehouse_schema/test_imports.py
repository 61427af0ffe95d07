"""The contracts are the lowest layer: any tool can read them without the pipeline."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from warehouse_schema.contracts import TABLES

if TYPE_CHECKING:
    from pathlib import Path

MODULES = sorted(TABLES.parent.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_the_contracts_import_nothing_of_the_pipeline(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {name for name in imported if name.split(".")[0] in ("jobs", "expectations", "dags")}
