"""The worked questions as they are measured: by `ntm sql`, and beside Spark."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.questions import MOST_SECONDS, PAGE, Asked, bench, comparable, exit_code, questions, sheet, show_to_spark
from jobs.errors import UsageError
from jobs.publish.released import query, require_release
from jobs.publish.values import rows_of
from tests.support.released import make_release

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ASKED = Asked("1. Bao nhiêu?", 1_200, 1.5, 0.25, 0.75, "", is_same=True)
REFUSED = replace(ASKED, title="12. Theo kênh?", spark_seconds=None, refusal="PARSE_SYNTAX_ERROR", is_same=None)


def test_all_questions_of_the_page_are_asked_as_they_stand_there() -> None:
    page = PAGE.read_text(encoding="utf-8")
    found = questions(page)
    assert len(found) == page.count("\n## ") == 12
    assert all(one.title.startswith(f"{number}. ") and one.sql in page and "```" not in one.sql for number, one in enumerate(found, 1))


def test_two_engines_say_the_same_in_types_and_an_order_of_their_own() -> None:
    ours = [("xã", Decimal("12.50"), Decimal(7), "2025-06-30", None, True), ("huyện", 0.1 + 0.2, 3, None, 1, False)]
    theirs = [("huyện", 0.3, Decimal(3), None, 1, False), ("xã", 12.5, 7, dt.date(2025, 6, 30), None, True)]
    assert comparable(ours) == comparable(theirs)
    assert comparable(ours) != comparable([*theirs[:1], ("xã", 12.51, 7, dt.date(2025, 6, 30), None, True)])
    assert comparable(ours) != comparable([*theirs[:1], ("xã", 12.5, 7, dt.date(2025, 6, 30), 0, True)])
    assert comparable(ours) != comparable(theirs[:1])


def test_what_spark_cannot_run_is_said_and_not_left_out() -> None:
    table = sheet([ASKED, REFUSED])
    assert table.rows == (
        ("1. Bao nhiêu?", "1,200", "1.50", "0.250", "0.750", "3.0"),
        ("12. Theo kênh?", "1,200", "1.50", "0.250", "–", "PARSE_SYNTAX_ERROR"),
    )


@pytest.mark.parametrize(
    ("found", "code"),
    [
        ([ASKED, REFUSED], 0),
        ([ASKED, replace(ASKED, command_seconds=MOST_SECONDS + 0.01)], 3),
        ([replace(ASKED, command_seconds=MOST_SECONDS + 0.01), replace(ASKED, is_same=False)], 1),
    ],
)
def test_the_exit_code_tells_what_fell_short(found: list[Asked], code: int) -> None:
    assert exit_code(found) == code


def test_a_folder_without_tables_is_refused_with_what_makes_them(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no tables in .*benchmarks\.sheets"):
        bench(tmp_path, 1, tmp_path / "results.json")
    assert not (tmp_path / "results.json").exists()


def test_spark_answers_over_the_tables_and_views_of_the_release(apache_spark: SparkSession, tmp_path: Path) -> None:
    warehouse = make_release(tmp_path / "home")
    text = "SELECT indicator_vi, value, target, period_end FROM gold.scorecard WHERE province_code = '40'"
    show_to_spark(apache_spark, warehouse, require_release(warehouse), [text])
    theirs = [tuple(row) for row in apache_spark.sql(text).collect()]
    assert comparable(theirs) == comparable(list(rows_of(query(warehouse, text).batches)))
    assert [row[1] for row in theirs] == [90.0]
