"""`make parity`: the same dirty landing zone loaded by each pair of an engine and an executor of sets, and every table of their warehouses compared row by row.

The landing zone is a generated sample of one province with its usual dirt, and records made to be read differently (`hostile_records`); two runs, of which
the second corrects the registry and records of the first. One warehouse is loaded by two pairs in turn. Exit codes: 0 no difference; 1 differences, or a pair
failed; 2 wrong use.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table

from jobs.border.tokens import make_key
from jobs.engine.tables import Warehouse
from jobs.engine.views import add_view, open_connection
from jobs.errors import NtmError, RunFailedError, UsageError
from jobs.publish import terminal
from jobs.sample.generator import generate
from jobs.sample.plan import SamplePlan
from jobs.settings import PROJECT_ROOT
from tests.parity.hostile_records import write_batches
from tests.parity.load_landing import QUICK
from warehouse_schema.contracts import all_tables, load_contracts

if TYPE_CHECKING:
    import duckdb

    from warehouse_schema.contracts import Column, Contract

SAIL, SPARK, SPARK_SETS = ("sail", "duckdb"), ("spark", "duckdb"), ("spark", "spark")
PAIRS = {"sail": (SAIL, SAIL), "spark": (SPARK, SPARK), "spark-sets": (SPARK_SETS, SPARK_SETS), "in-turn": (SAIL, SPARK_SETS)}
"""By name the engine and the executor of sets of each of the two runs."""
REFERENCE = "sail"
"""The pair that the others are compared with."""
AT_ONCE = 2
_SIDES = ("left", "right")
AS_OF = (date(2025, 6, 30), date(2025, 7, 31))
"""The days of the two runs: before and after the reform of the units."""
SAMPLE_FROM, SAMPLE_TO = date(2025, 1, 1), date(2025, 2, 28)

OMITTED: dict[str, str] = {
    "run_id": "names the run, which is another one",
    "computed_at": "the time of the run",
    "received_at": "the time at which the run first saw the object",
    "created_at": "the time of the release or checkpoint",
    "written_at": "the time at which the run wrote the tombstone",
    "held_since": "the time at which a run had received the record",
}
"""Columns that two equal runs must differ in, with the reason; in every table that has one."""

_LINES = ("object_id", "line")
_TEXT_LIMIT = 80
_HIDDEN = "(not shown)"


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that only one side has, or a key whose rows differ: in which columns, with the values of both sides where they may be shown."""

    key: dict[str, Any]
    columns: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    only: str = ""


@dataclass(frozen=True, slots=True)
class TableComparison:
    """One table on two sides: rows, rows that the other does not have (each as often as it is there more often), and some of the differences."""

    table: str
    rows: tuple[int, int]
    only: tuple[int, int]
    examples: tuple[Difference, ...] = ()

    @property
    def differences(self) -> int:
        """Rows without an equal one on the other side, counted on both."""
        return sum(self.only)


def compare(left: Warehouse, right: Warehouse, tables: Iterable[Contract], examples: int = 5) -> list[TableComparison]:
    """Compare tables of two warehouses as bags of rows, whatever their order and their files; both have all of them."""
    with open_connection() as connection:
        return [_compare_table(connection, (left, right), contract, examples) for contract in tables]


def _compare_table(
    connection: duckdb.DuckDBPyConnection, warehouses: tuple[Warehouse, Warehouse], contract: Contract, examples: int
) -> TableComparison:
    compared = [column for column in contract.stored if column.name not in OMITTED]
    # A fingerprint of JSON tells NULL from '', 0.0 from -0.0, and goes into lists, structs and maps.
    parts = ", ".join(f'"{column.name}" := "{column.name}"' for column in compared)
    layer, table = contract.name.split("/")
    for side, warehouse in zip(_SIDES, warehouses, strict=True):
        add_view(connection, warehouse, contract.name)
        connection.execute(
            f'CREATE OR REPLACE TEMP TABLE "{side}" AS SELECT *, md5(to_json(struct_pack({parts}))::VARCHAR) AS fingerprint'
            f' FROM "{layer}"."{table}"'
        )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE apart AS SELECT fingerprint, coalesce(l.n, 0) - coalesce(r.n, 0) AS surplus"
        f' FROM (SELECT fingerprint, count(*) AS n FROM "{_SIDES[0]}" GROUP BY 1) l'
        f' FULL JOIN (SELECT fingerprint, count(*) AS n FROM "{_SIDES[1]}" GROUP BY 1) r USING (fingerprint) WHERE surplus <> 0'
    )
    rows = tuple(_number(connection, f'SELECT count(*) FROM "{side}"') for side in _SIDES)
    only = tuple(_number(connection, f"SELECT coalesce(sum({sign}surplus), 0) FROM apart WHERE {sign}surplus > 0") for sign in ("", "-"))
    found = tuple(islice(_examples(connection, contract, compared), examples)) if any(only) else ()
    return TableComparison(contract.name, (rows[0], rows[1]), (only[0], only[1]), found)


def _number(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    ((number,),) = connection.execute(sql).fetchall()
    return int(number)


def _examples(connection: duckdb.DuckDBPyConnection, contract: Contract, compared: Sequence[Column]) -> Iterable[Difference]:
    """What differs, key by key. Rows of one key that are equal but for how often they are there differ in no column."""
    key = contract.key or _LINES
    sides = [
        connection.sql(f'SELECT r.* FROM "{side}" r JOIN apart USING (fingerprint) WHERE {sign}surplus > 0').to_arrow_table().to_pylist()
        for side, sign in zip(_SIDES, ("", "-"), strict=True)
    ]
    left, right = ({tuple(row[name] for name in key): row for row in rows} for rows in sides)
    hidden = hidden_columns(contract)
    for values in sorted(left.keys() | right.keys(), key=str):
        shown = {name: _HIDDEN if name in hidden else _short(value) for name, value in zip(key, values, strict=True)}
        one, other = left.get(values), right.get(values)
        if one is None or other is None:
            yield Difference(shown, only=_SIDES[0] if one else _SIDES[1])
            continue
        names = [column.name for column in compared if repr(one[column.name]) != repr(other[column.name])]
        yield Difference(
            shown, {name: (_HIDDEN, _HIDDEN) if name in hidden else (_short(one[name]), _short(other[name])) for name in names}
        )


def hidden_columns(contract: Contract) -> frozenset[str]:
    """The columns whose values are not shown: those of people, free text, and the fields of a quarantined row."""
    silver = load_contracts().get(f"silver/{contract.table}", contract)
    private = [column for column in silver.columns if column.handling != "keep" or column.keep_when or column.free_text]
    return frozenset({name for column in private for name in (column.name, column.source) if name} | {"fields"})


def _short(value: Any) -> Any:
    text = repr(value) if isinstance(value, str | list | dict) else str(value)
    return text if len(text) <= _TEXT_LIMIT else f"{text[:_TEXT_LIMIT]}…"


def tables_of(warehouses: Mapping[str, Warehouse]) -> list[Contract]:
    """Every table of the contracts. `warehouses`: by the name of the pair that loaded it.

    Raises:
        RunFailedError: one of the warehouses does not have a table.
    """
    for pair, warehouse in warehouses.items():
        if missing := [contract.name for contract in all_tables() if not warehouse.exists(contract.name)]:
            raise RunFailedError(f"{pair} has no table {', '.join(missing)}: nothing was compared")
    return list(all_tables())


def land(folder: Path, seed: int, sample_records: int, records: int) -> tuple[list[Path], int]:
    """The two landing zones, of which the second holds all of the first, and the number of rows in the hostile part."""
    first, second = folder / "landing-1", folder / "landing-2"
    plan = SamplePlan(
        "40", SAMPLE_FROM, SAMPLE_TO, seed, sample_records, sample_records, max(sample_records // 20, 1), unreadable_files=True
    )
    generate(plan, first, folder / "truth")
    rows = write_batches(first, second, Random(seed), records)  # noqa: S311 - a test's records, no secret
    # The same time of change: an object that looks new is hashed again, and the ledger names the time.
    shutil.copytree(first, second, dirs_exist_ok=True)
    return [first, second], rows


def load(pair: str, folder: Path, landings: Sequence[Path], *, quick: bool) -> Warehouse:
    """Load the landing zones one after the other by a pair, in a workspace of its own and a process for each engine and executor.

    Raises:
        RunFailedError: a process failed; says how it ended.
    """
    home = folder / pair
    home.mkdir()
    shutil.copy2(folder / "pii.key", home / "pii.key")
    batches = [(by, f"{as_of}={landing}") for by, as_of, landing in zip(PAIRS[pair], AS_OF, landings, strict=True)]
    for by, same in groupby(batches, key=itemgetter(0)):
        _load(pair, home, by, [*([QUICK] if quick else []), *(batch for _, batch in same)])
    return Warehouse(f"{(home / 'warehouse').as_uri()}")


def _load(pair: str, home: Path, by: tuple[str, str], batches: Sequence[str]) -> None:
    engine, sets = by
    started = {name: value for name, value in os.environ.items() if not name.startswith("NTM_")}
    search = os.pathsep.join([str(PROJECT_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    # Most of the hostile rows are rejected: a held batch would leave little to compare.
    settings = {"NTM_ENGINE": engine, "NTM_SETS": sets, "NTM_HOME": str(home), "NTM_HOLD_REJECTED_SHARE": "1", "PYTHONPATH": search}
    # Not where the project is: its `.env` is for other workspaces.
    ended = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-m", "tests.parity.load_landing", *batches],
        cwd=home,
        env=started | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise RunFailedError(f"{pair} could not load the landing zone (exit {ended.returncode}): {ended.stderr.strip()[-2000:]}")


def told(found: Mapping[str, Sequence[TableComparison]], console: Console) -> int:
    """Print the comparisons with the reference, by pair, and their differences; how many there are."""
    table = Table("table", *(f"rows, {pair}" for pair in (REFERENCE, *found)), "differences", box=box.SIMPLE_HEAD)
    for column in table.columns[1:]:
        column.justify = "right"
    for of_table in zip(*found.values(), strict=True):
        rows = (of_table[0].rows[0], *(one.rows[1] for one in of_table))
        table.add_row(of_table[0].table, *(f"{count:,}" for count in (*rows, sum(one.differences for one in of_table))))
    console.print(table)
    for pair, comparisons in found.items():
        for one in comparisons:
            for example in one.examples:
                console.print(f"{one.table} {example.key}: {_what_differs(example, (REFERENCE, pair))}", markup=False)
    console.print("left out: " + "; ".join(f"{name} ({reason})" for name, reason in OMITTED.items()))
    differences = sum(one.differences for comparisons in found.values() for one in comparisons)
    console.print(f"{differences} differences")
    return differences


def _what_differs(found: Difference, names: tuple[str, str]) -> str:
    if found.only:
        return f"only {names[_SIDES.index(found.only)]} has it"
    return "; ".join(f"{name}: {names[0]} {one}, {names[1]} {other}" for name, (one, other) in found.columns.items()) or "not as often"


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="parity", description="Load one dirty landing zone with each engine and executor of sets, and compare every table."
    )
    parser.add_argument("--seed", type=int, default=7, help="the same seed gives the same records")
    parser.add_argument("--records", type=int, default=4000, help="hostile records of each dataset")
    parser.add_argument("--sample-records", type=int, default=3000, help="work records and dossiers of the generated sample")
    parser.add_argument("--quick", action="store_true", help="for some hundred records: Spark makes no bytecode of its plans")
    parser.add_argument(
        "--pairs",
        nargs="+",
        default=["spark"],
        choices=[pair for pair in PAIRS if pair != REFERENCE],
        help=f"which to compare with {REFERENCE}; default spark",
    )
    parser.add_argument("--examples", type=int, default=5, help="differing rows of a table to show")
    parser.add_argument("--keep", type=Path, help="an empty or new folder for the landing zones and workspaces, which stays")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the landing zones, load them with each pair, compare; the exit code."""
    wanted = _arguments(arguments)
    console = terminal.console()
    with tempfile.TemporaryDirectory(prefix="ntm-parity-") as scratch:
        folder = (wanted.keep or Path(scratch)).absolute()
        try:
            if wanted.seed < 0 or wanted.records < 1 or wanted.sample_records < 1:
                raise UsageError("expected --seed of 0 or more, --records and --sample-records of 1 or more")
            folder.mkdir(parents=True, exist_ok=True)
            if any(folder.iterdir()):
                raise UsageError(f"--keep {folder}: expected an empty folder")
            make_key(folder / "pii.key")
            landings, rows = land(folder, wanted.seed, wanted.sample_records, wanted.records)
            console.print(
                f"seed {wanted.seed}: {rows:,} hostile rows beside a sample of {wanted.sample_records:,} work records and dossiers each"
            )
            with ThreadPoolExecutor(AT_ONCE) as pool:
                pairs = (REFERENCE, *wanted.pairs)
                loaded = dict(zip(pairs, pool.map(lambda pair: load(pair, folder, landings, quick=wanted.quick), pairs), strict=True))
            tables, left = tables_of(loaded), loaded.pop(REFERENCE)
            found = {pair: compare(left, right, tables, wanted.examples) for pair, right in loaded.items()}
            return 1 if told(found, console) else 0
        except NtmError as error:
            sys.stderr.write(f"parity: {error}\n")
            return UsageError.exit_code if isinstance(error, UsageError) else 1


if __name__ == "__main__":
    sys.exit(main())
