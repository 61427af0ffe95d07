"""What the demo says about the warehouse's targets beside the generator's truth."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import duckdb
import pytest

from jobs.publish.demo import compare_targets
from jobs.sample.truth import TargetTruth, Truth

DAY = date(2025, 6, 30)
PERCENT = TargetTruth(
    "nghe-an", "officials_trained", "all", "", "2025-06-30", "2025-06-30", 2, 3, 2 / 3, met=False, gap=-100 / 3, reason=""
)
COUNT = replace(PERCENT, indicator="smart_communes", level="commune", numerator=10, denominator=None, value=10.0, met=True, gap=0.0)
TRUTH = Truth("40", "2025-01-01", "2025-06-30", 7, (), (), {}, (), (), (), (PERCENT, COUNT, replace(PERCENT, as_of="2025-05-31")))


def warehouse(*rows: tuple[Any, ...]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA gold")
    connection.execute(
        "CREATE TABLE gold.target_status (plan_id TEXT, indicator TEXT, level TEXT, judged_on DATE, numerator BIGINT, denominator BIGINT,"
        " value DOUBLE, met BOOLEAN, gap DOUBLE, reason TEXT, province_code TEXT, as_of DATE)"
    )
    for row in rows:
        connection.execute(f"INSERT INTO gold.target_status VALUES ({', '.join('?' * 12)})", row)
    return connection


OFFICIALS = ("nghe-an", "officials_trained", "all", DAY, 2, 3, 2 / 3 + 1e-12, False, -33.3333333333333, "", "40", DAY)
COMMUNES = ("nghe-an", "smart_communes", "commune", DAY, 10, None, 10.0, True, 0.0, "", "40", DAY)


def test_equal_targets_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert compare_targets(warehouse(OFFICIALS, COMMUNES), TRUTH, DAY) == []
    assert "all 2 targets of province 40 equal the generator's truth" in capsys.readouterr().out


def test_a_target_that_is_not_reported_is_said_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    unreported = (*OFFICIALS[:4], None, None, None, None, None, "not_reported", "40", DAY)
    for connection in (warehouse(COMMUNES), warehouse(unreported, COMMUNES)):
        [difference] = compare_targets(connection, TRUTH, DAY)
        assert difference.startswith("officials_trained, all: not reported by the warehouse, the generator knows 2/3 on 2025-06-30")
        assert "equal the generator's truth" not in capsys.readouterr().out


@pytest.mark.parametrize("position", range(4, 10))
def test_each_figure_that_differs_is_told(position: int, capsys: pytest.CaptureFixture[str]) -> None:
    other = {4: 1, 5: 4, 6: 0.5, 7: True, 8: 1.0, 9: "paper_files_unknown"}
    differing = (*OFFICIALS[:position], other[position], *OFFICIALS[position + 1 :])
    [difference] = compare_targets(warehouse(differing, COMMUNES), TRUTH, DAY)
    assert difference.startswith("officials_trained, all: ")
    assert "the generator knows 2/3 on 2025-06-30, met False" in difference
    assert "equal the generator's truth" not in capsys.readouterr().out


def test_a_truth_without_targets_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert compare_targets(warehouse(OFFICIALS), replace(TRUTH, targets=()), DAY) == []
    assert capsys.readouterr().out == ""
