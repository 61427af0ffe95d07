"""`ntm sql` as an analyst uses it: on a terminal, in a pipe, from a file, interrupted."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
from typing import TYPE_CHECKING

import duckdb
import pandas as pd
import psutil
import pyarrow as pa
import pytest

from tests.support.command import begin, ended, ntm, ntm_on_terminal, wait_until
from tests.support.released import make_release

if TYPE_CHECKING:
    from pathlib import Path

LONG = "SELECT range AS n, repeat('x', 20) AS t FROM range(60_000)"
ENDLESS = "SELECT count(*) FROM range(1_000_000_000_000) AS t(n) WHERE n % 7 = 3"

SLOW_TO_IMPORT = {"airflow", "altair", "great_expectations", "jinja2", "openpyxl", "polars", "pysail", "pyspark", "structlog", "vl_convert"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("sql") / "home"
    make_release(place)
    return place


def test_a_query_may_begin_with_a_comment(home: Path) -> None:
    assert ntm(home, "sql", "-- of the province\nSELECT 7 AS n", "--format", "csv") == (0, "n\n7\n", "")
    assert ntm(home, "sql", "--format", "csv", "--all the rows\nSELECT 7 AS n") == (0, "n\n7\n", "")


def test_a_mistyped_option_is_no_comment(home: Path) -> None:
    code, output, errors = ntm(home, "sql", "--fromat", "csv", "SELECT 7")
    assert (code, output) == (2, "")
    assert "--fromat" in errors


@pytest.mark.slow
@pytest.mark.parametrize("text", ["-- c\nSELECT 7 AS n", "\ufeffSELECT 7 AS n;\n"])
def test_a_query_comes_from_a_file_or_from_standard_input(home: Path, tmp_path: Path, text: str) -> None:
    file = tmp_path / "truy vấn.sql"
    file.write_text(text, encoding="utf-8")
    assert ntm(home, "sql", "--format", "csv", "-f", str(file)) == (0, "n\n7\n", "")
    for given in (["-"], []):
        process = begin(home, "sql", "--format", "csv", *given, stdin=subprocess.PIPE)
        assert ended(process, text) == (0, "n\n7\n", "")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["-f", "nowhere.sql"], "ntm: nowhere.sql cannot be read: No such file or directory\n"),
        (["SELECT 1", "-f", "nowhere.sql"], "ntm: expected a query or --file, not both\n"),
        (
            ["SELECT 1", "-o", "x.txt"],
            "ntm: --output x.txt: expected a name that ends in .csv, .json, .parquet, .md or .xlsx, or --format csv and so on\n",
        ),
        (
            ["SELECT INTERVAL 3 MONTH AS i", "-o", "x.parquet"],
            "ntm: Parquet has no type for an INTERVAL: cast it to text, or to a number of days\n",
        ),
        (["SELECT 1", "--force"], "ntm: --force is for --output: it replaces a file that is there\n"),
        (["SELECT 1", "--release", "9"], "ntm: there is no release 9; there are 1\n"),
        (["SELECT 1", "--release", "1", "--known-at", "2025-06-30"], "ntm: expected --release or --known-at, not both\n"),
        (["SELECT 1", "-o", "nowhere/x.csv"], "ntm: --output nowhere/x.csv: No such file or directory\n"),
    ],
)
def test_wrong_use_is_told_in_one_sentence(home: Path, arguments: list[str], sentence: str) -> None:
    assert ntm(home, "sql", *arguments) == (2, "", sentence)


def test_a_terminal_gets_no_bytes_and_no_shell_for_a_file(home: Path) -> None:
    code, shown = ntm_on_terminal(home, "sql", "SELECT 1", "--format", "xlsx", columns=120)
    assert (code, shown) == (2, "ntm: a terminal cannot show --format xlsx: name a file with --output, or pipe it on\r\n")
    code, shown = ntm_on_terminal(home, "sql", "-o", "x.csv", columns=160)
    assert (code, shown) == (
        2,
        "ntm: --format and --output are for one query: give it, or leave them out and ask for one after another\r\n",
    )


@pytest.mark.slow
def test_a_file_gets_all_rows_whole_or_is_not_there(home: Path, tmp_path: Path) -> None:
    target = tmp_path / "rows.csv"
    assert ntm(home, "sql", LONG, "--output", str(target)) == (0, f"60,000 rows in {target}\n", "")
    with target.open(newline="", encoding="utf-8-sig") as file:
        assert sum(1 for _ in csv.reader(file)) == 60_001
    assert target.read_bytes().startswith(b"\xef\xbb\xbfn,t\r\n0,")
    code, _, _ = ntm(
        home, "sql", "SELECT if(range = 50_000, CAST('x' AS INTEGER), 1) FROM range(60_000)", "-o", str(tmp_path / "broken.json")
    )
    assert code == 2
    assert [one.name for one in tmp_path.iterdir()] == ["rows.csv"]


def test_a_file_that_is_there_is_replaced_by_force_alone(home: Path, tmp_path: Path) -> None:
    target = tmp_path / "rows.json"
    target.write_text("mine", encoding="utf-8")
    refused = f"ntm: --output {target}: there is a file of that name; --force replaces it\n"
    assert ntm(home, "sql", "SELECT nonsense", "-o", str(target)) == (2, "", refused), "before the query is asked"
    assert target.read_text(encoding="utf-8") == "mine"
    assert ntm(home, "sql", "SELECT 7 AS n", "-o", str(target), "--force") == (0, f"1 row in {target}\n", "")
    assert target.read_text(encoding="utf-8") == '[{"n": 7}]\n'


@pytest.mark.slow
def test_a_pipe_gets_rows_at_once_and_all_of_them(home: Path) -> None:
    process = begin(home, "sql", "SELECT range AS n FROM range(1_000_000_000)")
    assert process.stdout is not None
    assert [process.stdout.readline().split() for _ in range(3)] == [["n"], ["───"], ["0"]]
    process.stdout.close()
    assert process.stderr is not None
    assert (process.stderr.read(), process.wait(60)) == ("", 0), "whoever reads has seen enough"
    code, output, _ = ntm(home, "sql", LONG)
    assert (code, output.count("\n")) == (0, 60_002)


@pytest.mark.slow
def test_a_terminal_shows_the_first_rows_and_how_many_there_are(home: Path) -> None:
    code, shown = ntm_on_terminal(home, "sql", LONG)
    assert code == 0
    assert shown.count("x" * 20) == 40
    assert shown.endswith("60,000 rows, of which 40 are shown: --all shows all, --output FILE writes them\r\nto a file\r\n")
    code, shown = ntm_on_terminal(home, "sql", LONG, "--all")
    assert (code, shown.count("x" * 20)) == (0, 60_000)
    assert shown.endswith("60,000 rows\r\n")
    assert ntm_on_terminal(home, "sql", "SELECT 7 AS n") == (0, "n\r\n─\r\n7\r\n1 row\r\n")


@pytest.mark.slow
def test_a_formula_in_a_file_for_people_is_text_and_that_is_told(home: Path, tmp_path: Path) -> None:
    hostile = "SELECT '=1+1' AS \"=x\", '-5' AS n UNION ALL SELECT 'a', '+84 (1)'"
    code, output, errors = ntm(home, "sql", hostile, "-o", str(tmp_path / "x.csv"))
    assert (code, output) == (0, f"2 rows in {tmp_path / 'x.csv'}\n")
    assert "3 cells begin like a formula" in errors
    assert (tmp_path / "x.csv").read_text(encoding="utf-8-sig") == "'=x,n\n'=1+1,-5\na,'+84 (1)\n"
    assert ntm(home, "sql", hostile, "--format", "csv") == (0, "=x,n\n=1+1,-5\na,+84 (1)\n", "")


@pytest.mark.slow
@pytest.mark.parametrize("form", ["parquet", "xlsx"])
def test_a_pipe_gets_the_same_bytes_as_a_file(home: Path, tmp_path: Path, form: str) -> None:
    query = "SELECT range AS n, 'Nghệ An' AS unit FROM range(300)"
    target = tmp_path / f"x.{form}"
    assert ntm(home, "sql", query, "-o", str(target))[0] == 0
    piped = begin(home, "sql", query, "--format", form)
    assert piped.stdout is not None
    found = tmp_path / f"piped.{form}"
    found.write_bytes(piped.stdout.buffer.read())  # type: ignore[attr-defined]
    assert piped.wait(60) == 0
    read = duckdb.read_parquet if form == "parquet" else lambda file: duckdb.from_arrow(pa.Table.from_pandas(pd.read_excel(file)))
    assert read(str(found)).fetchall() == read(str(target)).fetchall() == [(number, "Nghệ An") for number in range(300)]


@pytest.mark.slow
def test_a_wide_result_is_shown_in_blocks_with_nothing_cut(home: Path) -> None:
    code, shown = ntm_on_terminal(home, "sql", "SELECT * FROM gold.target_status")
    assert code == 0
    assert "indicator      work_records_online\r\n" in shown
    assert "plan_id        nghe-an-132-kh-ubnd-2023\r\n" in shown
    assert max(map(len, shown.split("\r\n"))) <= 80


@pytest.mark.slow
@pytest.mark.parametrize("sql", [ENDLESS, "SELECT range FROM range(1_000_000_000_000)"])
def test_an_interrupted_query_ends_without_a_word(home: Path, sql: str) -> None:
    process = begin(home, "sql", sql)
    if sql is not ENDLESS:
        assert process.stdout is not None
        process.stdout.readline()
    else:
        # DuckDB's threads are at it.
        wait_until(lambda: psutil.Process(process.pid).cpu_times().user > 4)
    os.killpg(process.pid, signal.SIGINT)
    code, _, errors = ended(process)
    assert (code, errors) == (130, "")


@pytest.mark.slow
def test_the_plan_of_a_query_is_drawn(home: Path) -> None:
    code, output, _ = ntm(home, "sql", "EXPLAIN SELECT 1")
    assert code == 0
    assert "␊" not in output
    assert output.splitlines()[0].startswith("╭")


@pytest.mark.slow
def test_json_is_valid_whatever_the_values_are(home: Path) -> None:
    code, output, _ = ntm(
        home,
        "sql",
        "--format",
        "json",
        "SELECT 'inf'::DOUBLE AS a, 'nan'::FLOAT AS b, {'k': [1, NULL], 'd': DATE '2025-06-30'} AS c, MAP {'m': 'inf'::DOUBLE} AS d, 1 AS d",
    )
    assert code == 0
    assert json.loads(output) == [{"a": None, "b": None, "c": {"k": [1, None], "d": "2025-06-30"}, "d": {"m": None}, "d_1": 1}]


@pytest.mark.parametrize(
    ("arguments", "slow"),
    [
        (["sql", "FROM gold.scorecard"], SLOW_TO_IMPORT | {"pandas", "sqlglot.optimizer.qualify"}),
        (
            ["sql", "--format", "csv", "SELECT sequence, run_id, created_at, as_of FROM ops.release"],
            SLOW_TO_IMPORT | {"pandas", "sqlglot.optimizer.qualify"},
        ),
        (["status"], SLOW_TO_IMPORT | {"pandas"}),
        (["report"], SLOW_TO_IMPORT),
    ],
    ids=lambda one: one[0] if isinstance(one, list) else None,
)
def test_an_answer_waits_for_no_library_that_it_does_not_need(home: Path, arguments: list[str], slow: set[str]) -> None:
    code, _, told = ntm(home, *arguments, PYTHONPROFILEIMPORTTIME="1")
    imported = {line.rpartition("|")[2].strip() for line in told.splitlines()}
    assert code == 0
    assert "duckdb" in imported
    assert slow & imported == set()
