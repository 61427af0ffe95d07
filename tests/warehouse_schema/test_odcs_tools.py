"""The contracts serve tools of the Open Data Contract Standard as they are: `datacontract` lints, tests and exports them.

In the environment of `infra/setup.sh --contracts`, since the tool wants another DuckDB than the project. `make contracts` runs this.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import pytest
import sqlglot
from sqlglot import exp

from jobs.engine.tables import Warehouse
from warehouse_schema.contracts import TABLES, load_contracts
from warehouse_schema.ddl import sql_type

pytestmark = pytest.mark.contracts
ROOT = TABLES.parents[1]
TOOLS = ROOT / ".venv-contracts" / "bin" / "python"
CONTRACTS = sorted(path for path in TABLES.glob("*/*.yaml") if not path.name.startswith("_"))
NOT_SUPPORTED = "Checking types in parquet files is not supported yet."
"""What the tool says of each column's type in any Parquet file; the types are compared below, by the exported SQL."""

ASK_THE_TOOL = """
import json, logging, sys
from datacontract.data_contract import DataContract
logging.disable(logging.CRITICAL)
told = {}
for path in sys.argv[1:]:
    contract = lambda: DataContract(data_contract_file=path)
    runs = {"lint": contract().lint(), "test": contract().test()}
    told[path] = {
        name: {"result": run.result, "checks": [[check.result.value, check.name, check.reason] for check in run.checks]} for name, run in runs.items()
    }
    told[path]["sql"] = contract().export("sql", sql_server_type="databricks")
print(json.dumps(told, default=str))
"""


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The released tables of a small demo, each with the files of its version alone, as a copy of a release has them."""
    if not TOOLS.exists():
        message = "the tool is not there: infra/setup.sh --contracts"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    home = tmp_path_factory.mktemp("demo")
    environment = {**os.environ, "NTM_HOME": str(home), "NTM_PII_KEY": "k" * 40, "PYTHONPATH": str(ROOT)}
    for arguments in (
        ["sample", "--from", "2025-01-01", "--to", "2025-01-31", "--work-records", "300", "--dossiers", "300", "--quiet"],
        ["run", "--date", "2025-01-31", "--quiet"],
    ):
        subprocess.run([sys.executable, "-m", "jobs.cli", *arguments], check=True, env=environment, cwd=ROOT, timeout=600)  # noqa: S603
    warehouse = Warehouse((home / "warehouse").as_uri())
    copy = tmp_path_factory.mktemp("tables")
    for name in load_contracts():
        for uri in warehouse.open(name).file_uris():
            file = Path(unquote(urlparse(uri).path))
            place = copy / file.relative_to(home / "warehouse")
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, place)
    return copy


def ask(tables: Path, paths: list[Path]) -> dict[str, Any]:
    told = subprocess.run(  # noqa: S603 - the tool's own interpreter
        [TOOLS, "-c", ASK_THE_TOOL, *map(str, paths)],
        check=True,
        capture_output=True,
        text=True,
        timeout=600,
        env={**os.environ, "NTM_TABLES": str(tables), "PYTHONPATH": ""},
    )
    found: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
    return found


def with_rows(tables: Path) -> list[Path]:
    """The contracts of tables that have a file: a tool that is given a folder of files finds nothing in an empty table."""
    return [path for path in CONTRACTS if any((tables / path.parent.name / path.stem).rglob("*.parquet"))]


def complaints(run: dict[str, Any]) -> list[Any]:
    return [check for check in run["checks"] if check[0] != "passed" and check[2] != NOT_SUPPORTED]


def test_the_tool_lints_tests_and_exports_every_contract(tables: Path) -> None:
    paths = with_rows(tables)
    assert {"silver/work_record", "silver/dossier", "silver/unit_name", "gold/indicator_value", "ops/release"} <= {
        f"{path.parent.name}/{path.stem}" for path in paths
    }
    told = ask(tables, paths)
    for path in paths:
        contract, found = load_contracts()[f"{path.parent.name}/{path.stem}"], told[str(path)]
        assert complaints(found["lint"]) == []
        assert complaints(found["test"]) == [], path
        named = {check[1] for check in found["test"]["checks"]}
        assert any("primary key" in name for name in named)
        assert len(found["test"]["checks"]) > len(contract.stored)
        assert exported_columns(found["sql"]) == {column.name: spark_type(sql_type(column.type)) for column in contract.stored}


def exported_columns(sql: str) -> dict[str, str]:
    """The columns of the table and their types in the statement that the tool exports, in Spark's SQL. A struct's fields are no columns."""
    (statement,) = sqlglot.parse(sql, read="databricks")
    assert statement is not None
    columns = [column for column in statement.this.expressions if isinstance(column, exp.ColumnDef)]
    return {column.name: column.args["kind"].sql("spark") for column in columns}


def spark_type(text: str) -> str:
    """A type as the tool exports it: without the constraints, comments and quotes that our statements give to a struct's fields."""
    kind = exp.DataType.build(text, dialect="spark")
    for field in kind.find_all(exp.ColumnDef):
        field.set("constraints", None)
        field.this.set("quoted", False)
    return kind.sql("spark")


def test_the_tool_finds_what_is_wrong_with_a_table(tables: Path, tmp_path: Path) -> None:
    path = tmp_path / "silver" / "work_record.yaml"
    path.parent.mkdir()
    text = (TABLES / "silver" / "work_record.yaml").read_text(encoding="utf-8")
    path.write_text(text.replace("      - name: total_documents\n", "      - name: number_of_documents\n"), encoding="utf-8")
    assert any("number_of_documents" in check[1] for check in complaints(ask(tables, [path])[str(path)]["test"]))


def test_the_tool_counts_the_offenders_of_a_rule(tables: Path, tmp_path: Path) -> None:
    path = tmp_path / "silver" / "work_record.yaml"
    path.parent.mkdir()
    text = (TABLES / "silver" / "work_record.yaml").read_text(encoding="utf-8")
    path.write_text(text.replace("closed_at >= opened_at", "closed_at < opened_at"), encoding="utf-8")
    assert complaints(ask(tables, [path])[str(path)]["test"])
