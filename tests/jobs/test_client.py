"""The released tables in a notebook."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from jobs.client import connect
from jobs.errors import QueryError, UsageError
from jobs.ops import releases
from jobs.publish.released import NothingReleasedError
from jobs.settings import Settings
from tests.support.released import AS_OF, NOW, make_release

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "home"
    monkeypatch.setattr("jobs.settings.get_settings", lambda: Settings(home=place, _env_file=None))
    return place


def test_rows_come_as_arrow_polars_and_pandas(home: Path) -> None:
    make_release(home)
    with connect() as tables:
        assert (tables.release, tables.as_of) == (1, AS_OF)
        assert {"gold.target_status", "gold.ocop_products", "silver.dossier", "ops.release"} <= set(tables.tables())
        found = tables.sql("SELECT period_start, numerator, computed_at FROM gold.indicator_value ORDER BY ALL")
    assert len(found) == 3
    assert found.arrow().column("numerator").to_pylist() == [9, 9, 9]
    assert found.pl()["period_start"].to_list() == [dt.date(2025, 1, 1), dt.date(2025, 1, 1), dt.date(2025, 6, 1)]
    assert tables.sql("SELECT sum(numerator) AS n FROM gold.indicator_value").pl()["n"].to_list() == [27]
    assert str(tables.sql("SELECT 1::HUGEINT AS n").arrow()["n"].type) == "int64"
    assert tables.sql("SELECT 1e20::HUGEINT AS n").df()["n"].iat[0] == 10**20
    frame = found.df()
    assert str(frame["period_start"].dtype).startswith("datetime64")
    assert frame["computed_at"].iat[0] == NOW
    assert "3 rows of period_start, numerator, computed_at" in repr(found)


def test_one_release_is_read_by_all_queries_and_an_earlier_one_by_its_number(home: Path) -> None:
    warehouse = make_release(home)
    tables, count = connect(), "SELECT count(*) AS n FROM gold.indicator_value"
    warehouse.delete_where("gold/indicator_value", "period_type = 'month'")
    releases.commit(warehouse, releases.RELEASE, run_id="run-2", now=NOW, as_of=AS_OF, reference="r", definitions={})
    counted = [one.sql(count).arrow()["n"].to_pylist() for one in (tables, connect(), connect(release=1))]
    assert counted == [[3], [1], [3]]


def test_what_is_wrong_is_told_as_ntm_sql_tells_it(home: Path) -> None:
    with pytest.raises(UsageError, match="no workspace at"):
        connect()
    (home / "landing").mkdir(parents=True)
    with pytest.raises(NothingReleasedError):
        connect()
    make_release(home)
    with pytest.raises(UsageError, match="there is no release 7; there are 1"):
        connect(release=7)
    with pytest.raises(UsageError, match="not both"):
        connect(release=1, known_at=AS_OF)
    with pytest.raises(UsageError, match="expected a date"):
        connect(known_at="yesterday")
    with pytest.raises(UsageError, match="nothing had been received"):
        connect(known_at="2024-01-01").sql("FROM silver.dossier")
    tables = connect()
    for sql, sentence in (
        ("FROM gold.target_statuss", "did you mean gold.target_status"),
        ("SELECT * FROM read_csv('/etc/passwd')", "Cannot access"),
        (f"COPY (SELECT 1) TO '{home}/evil.csv'", "for reading"),
        ("FROM tables", "there is no table tables"),
    ):
        with pytest.raises(QueryError, match=sentence):
            tables.sql(sql)


def test_importing_it_imports_nothing_else() -> None:
    heavy = "{'duckdb', 'pyarrow', 'pandas', 'polars', 'pyspark', 'warehouse_schema'}"
    code = f"import sys, jobs.client; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"  # noqa: S603
