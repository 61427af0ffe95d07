"""The file of views as plain DuckDB reads it: the rows are those of `ntm sql`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from jobs.engine.tables import Warehouse
from jobs.errors import UsageError
from jobs.ops.releases import last_release
from jobs.publish.exports.views import export_views
from jobs.publish.released import NothingReleasedError
from tests.support import workspace as ws
from tests.support.released import asked
from tests.support.workspace import Workspace
from warehouse_schema.released_views import released_views

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.slow, pytest.mark.default_engine]


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> Workspace:
    workspace = Workspace(tmp_path_factory.mktemp("views") / "a home's")
    workspace.land_organisations()
    workspace.land_records("eoffice/work_records/dt=2025-03-10/a.ndjson", [ws.work_record(f"w{number}") for number in range(3)])
    workspace.land_sheet("ocop/products/dt=2025-03-10/a.csv", ws.OCOP_COLUMNS, [ws.product("40-424-17386-1-2024")])
    workspace.load()
    return workspace


@pytest.fixture(scope="module")
def file(released: Workspace) -> Path:
    target = released.home / "views.duckdb"
    export_views(released.warehouse, target)
    return target


@pytest.mark.parametrize(
    "table",
    [
        *("gold.indicator_value", "gold.target_status", "gold.ocop_products", "gold.clean_water_of_communes"),
        *("silver.work_record", "silver.ocop_product", "silver.dossier", "ops.release"),
    ],
)
def test_the_rows_are_those_of_ntm_sql(released: Workspace, file: Path, table: str) -> None:
    text = f"SELECT * FROM {table} ORDER BY ALL"
    names, rows = asked(released.warehouse, text)
    with duckdb.connect(str(file), read_only=True) as plain:
        plain.execute("SET TimeZone = 'Asia/Ho_Chi_Minh'")
        found = plain.sql(text).to_arrow_table()
    assert found.column_names == names
    assert [tuple(row.values()) for row in found.to_pylist()] == rows


def test_every_table_of_the_release_is_there_with_the_contracts_words(released: Workspace, file: Path) -> None:
    release = last_release(released.warehouse)
    assert release is not None
    with duckdb.connect(str(file), read_only=True) as plain:
        views = {
            f"{schema}/{name}": comment
            for schema, name, comment in plain.execute("SELECT schema_name, view_name, comment FROM duckdb_views()").fetchall()
        }
        assert release.tables.keys() <= views.keys()
        assert "Giá trị chỉ tiêu" in views["gold/indicator_value"]
        (comment,) = plain.execute(
            "SELECT comment FROM duckdb_columns() WHERE schema_name = 'gold' AND table_name = 'indicator_value' AND column_name = 'numerator'"
        ).fetchall()
        assert comment == ("Tử số: Numerator, or the count.",)
        scorecard = "SELECT column_name, comment FROM duckdb_columns() WHERE schema_name = 'gold' AND table_name = 'scorecard'"
        assert dict(plain.execute(scorecard).fetchall()) == released_views()["scorecard"].meanings
        assert plain.execute("FROM main.ntm_release").fetchall() == [(release.sequence, release.run_id, release.as_of)]


def test_it_is_written_again_in_its_place_and_nothing_else_is_replaced(released: Workspace, file: Path, tmp_path: Path) -> None:
    export_views(released.warehouse, file)
    assert not file.stat().st_mode & 0o222
    other = tmp_path / "other.duckdb"
    with duckdb.connect(str(other)) as mine:
        mine.execute("CREATE TABLE a AS SELECT 1 AS b")
    letter = tmp_path / "letter.txt"
    letter.write_text("dear", encoding="utf-8")
    for taken in (other, letter):
        before = taken.read_bytes()
        with pytest.raises(UsageError, match="no file of views of ours"):
            export_views(released.warehouse, taken)
        assert taken.read_bytes() == before


def test_without_a_release_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(NothingReleasedError):
        export_views(Workspace(tmp_path / "home").warehouse, tmp_path / "views.duckdb")


def test_a_warehouse_on_an_object_store_is_refused_in_words(released: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Warehouse, "uri", lambda self, name: f"s3a://bucket/{name}")
    monkeypatch.setattr("jobs.publish.exports.views.require_release", lambda warehouse: last_release)
    with pytest.raises(UsageError, match="object store"):
        export_views(released.warehouse, tmp_path / "views.duckdb")
    assert not list(tmp_path.iterdir())
