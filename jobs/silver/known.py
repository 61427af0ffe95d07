"""Silver as known then: what a run at the end of a day would have made of the objects that had come by that day.

Bronze has every version of every record that passed the border and the time at which its object was first seen, which a replay and a rebuild keep. So the rows
that had come are judged again as they lie there: by themselves through the engine, and by what they refer to as that was known then, the registry of
organisations and other sheets first. Of each key the newest valid one of them counts. No verdict that is stored can stand for this: silver has the winners of
today only, and quarantine what is wrong with a row by the references of today. Nor can an earlier release: it expires, it holds what has become secret since,
and it was made by the definitions of its day.

One thing is taken from silver: a table for which nothing came since, and for whose rows everything that they refer to is as it was. Its rows are a function of
bronze, these references and the definitions, the same argument by which a run leaves them alone.

What is not of that day: contracts, rules and lists of units are those of today; what is secret or erased by now is in bronze no more, and stays hidden; an
object counts from the moment at which it was first seen, also where a gate held it for longer or it could not be read at first.
"""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import pyarrow as pa

from jobs.engine.duckdb_sets import DuckdbSets
from jobs.engine.session import get_session
from jobs.engine.tables import Place, Warehouse, arrow_schema
from jobs.engine.views import add_view
from jobs.errors import UsageError
from jobs.ops import ledger
from jobs.ops.ledger import LOAD, State
from jobs.reference.organisations import changed_codes
from jobs.reference.units import load_units, units_fingerprint
from jobs.scratch import scratch_folder
from jobs.silver.dataset import AT_ONCE
from jobs.silver.definition import border, standardisation
from jobs.silver.judge import judged
from jobs.silver.reference_tables import UNIT_TABLES
from jobs.silver.references import lookups, note_references
from jobs.silver.registry import PERIOD, derived_periods, period_table, stored_periods
from jobs.silver.staging import order, write_bronze_rows, write_judged
from jobs.silver.tombstones import TOMBSTONE
from jobs.vietnam import VIETNAM
from warehouse_schema.contracts import ORGANISATION, landed_contracts, load_contracts, load_order
from warehouse_schema.ddl import literal
from warehouse_schema.reference_tables import reference_contracts
from warehouse_schema.sql_text import sql_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pyspark.sql import SparkSession

    from jobs.ops.releases import Release
    from jobs.reference.organisations import OrganisationPeriod
    from jobs.settings import Settings
    from jobs.silver.references import References
    from warehouse_schema.contracts import Contract


@dataclass(frozen=True, slots=True)
class Known:
    """Tables as known at the end of a day.

    Attributes:
        day: which, in Vietnam.
        warehouse: reads the tables as known then.
        release: from which they are made; names those that can be read, and none that is of today.
        left_out: objects of these tables that came since.
        hidden: records that had come by then, were open, and are hidden as secret or erased now, at most: one that was hidden then already, in an older
            version, is among them where a newer version was hidden since.
    """

    day: date
    warehouse: Warehouse
    release: Release
    left_out: int
    hidden: int
    _scratch: Warehouse
    _places: dict[str, Place]

    def write(self, contract: Contract, rows: pa.Table | pa.RecordBatchReader) -> None:
        """Make rows the table's, as known then; columns in the contract's order."""
        self._scratch.ensure(contract)
        reader = rows.to_reader() if isinstance(rows, pa.Table) else rows
        self._scratch.append_stream(contract, reader)
        self.place(contract.name, Place(self._scratch.uri(contract.name), self._scratch.version(contract.name)))

    def place(self, table: str, place: Place) -> None:
        """Have the table read there."""
        self._places[table] = place
        self.release.tables[table] = place.version

    def sentence(self) -> str:
        """What whoever sees the figures has to know of them."""
        hidden = f"up to {self.hidden:,} records that were open then" if self.hidden else "no record that was open then"
        return (
            f"as known at the end of {self.day} in Vietnam, by today's definitions and lists of units; {self.left_out:,} objects received since are left out;"
            f" what is a state secret or erased by now stays hidden: {hidden}"
        )


@contextmanager
def as_known(settings: Settings, warehouse: Warehouse, release: Release, day: date, tables: Collection[str]) -> Iterator[Known]:
    """Silver tables as known at the end of a day, as long as the block lasts; nothing is written to the warehouse.

    Args:
        settings: which engine judges, and the workspace, in which rows lie meanwhile.
        warehouse: of the release.
        release: what is read; later rows of bronze are left out.
        day: of Vietnam.
        tables: which are wanted (`silver/<table>`); what they refer to, the registry of organisations and the lists of units are there too.

    Raises:
        UsageError: the day is after today, or nothing had been received by its end; or what passes the border, or a list of units, changed since the release.
    """
    until = datetime.combine(day + timedelta(days=1), time(), VIETNAM)
    if day > (today := datetime.now(VIETNAM).date()):
        raise UsageError(f"--known-at {day}: expected a day up to today ({today} in Vietnam): what will be known after it nobody can say")
    needed = _with_references(tables)
    came = [entry for entry in ledger.entries(warehouse, release.tables[LOAD]) if entry.rows_read and entry.state != State.DUPLICATE]
    first = min((entry.received_at for entry in came), default=None)
    if first is None or first >= until:
        since = f"; the first objects came on {first.astimezone(VIETNAM).date()}" if first else ""
        raise UsageError(f"--known-at {day}: nothing had been received by the end of that day{since}")
    names = {contract.name for rank in needed for contract in rank}
    left_out = {entry.object_id for entry in came if entry.table in names and entry.received_at >= until}
    released = replace(warehouse, places={name: Place(warehouse.uri(name), version) for name, version in release.tables.items()})
    with scratch_folder(settings.home) as folder:
        scratch, places = Warehouse((folder / "tables").as_uri()), dict[str, Place]()
        known = Known(
            day,
            # What was not made is not there, and not as it is today.
            replace(warehouse, url=scratch.url, places=places),
            replace(release, as_of=day, tables={}),
            len(left_out),
            _hidden_since(released, until, {str(load_contracts()[name].landing) for name in names}),
            scratch,
            places,
        )
        for name in filter(released.places.__contains__, _of_no_day()):
            known.place(name, released.places[name])
        _Judging(settings, released, release, known, until, folder, stored_periods(released)).judge_all(needed)
        yield known


def _with_references(tables: Collection[str]) -> list[list[Contract]]:
    """The landed tables among some, the registry, and what these refer to: in ranks, each after what it refers to."""
    needed = {ORGANISATION, *tables}
    for rank in reversed(load_order()):
        needed |= {reference.table for contract in rank if contract.name in needed for reference in contract.references}
    return [[contract for contract in rank if contract.name in needed] for rank in load_order()]


def tables_known_then() -> frozenset[str]:
    """The silver tables that can be known as they were: of landed records, of the registry, and of the project's reference data, which is of no day."""
    return frozenset({*(contract.name for contract in landed_contracts()), PERIOD, *_of_no_day()})


def _of_no_day() -> list[str]:
    return [*UNIT_TABLES, *(contract.name for contract in reference_contracts())]


def _hidden_since(released: Warehouse, until: datetime, datasets: Collection[str]) -> int:
    """How many records that were in the tables by then have a tombstone that was written, or moved to a newer version, since."""
    return sum(
        row["dataset"] in datasets and row["held_since"] is not None and row["held_since"] < until <= row["written_at"]
        for row in released.rows(TOMBSTONE)
    )


@dataclass(slots=True)
class _Judging:
    """The judging of tables again.

    Attributes:
        settings: which engine judges.
        released: the tables of the release.
        release: by what definitions they are made.
        known: takes the tables as known then.
        until: what was received before it is known.
        folder: for rows on their way.
        periods: of organisations; as released, until the registry is judged.
        other: tables that are not as they were released.
    """

    settings: Settings
    released: Warehouse
    release: Release
    known: Known
    until: datetime
    folder: Path
    periods: list[OrganisationPeriod]
    other: set[str] = field(default_factory=set)
    _refs: References | None = None
    _starting: Lock = field(default_factory=Lock)

    def judge_all(self, ranks: Collection[Collection[Contract]]) -> None:
        """Have all tables as known then."""
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="dataset") as pool:
            for rank in ranks:
                list(pool.map(self._judge, rank))
                if ORGANISATION in {contract.name for contract in rank}:
                    self._derive_periods()

    def _derive_periods(self) -> None:
        after = derived_periods(self.known.warehouse, load_units()) if ORGANISATION in self.other else self.periods
        if changed_codes(self.periods, after):
            self.other.add(PERIOD)
            self.periods, self._refs = after, None
            self.known.write(load_contracts()[PERIOD], period_table(after))
        else:
            self.known.place(PERIOD, self.released.places[PERIOD])

    def _references(self) -> References:
        if self._refs is None:
            self._refs = lookups(self.periods, load_units())
        return self._refs

    def _engine(self) -> SparkSession:
        """The engine, which starts when the first table needs it, and once: tables are judged side by side."""
        with self._starting:
            return get_session(self.settings)

    def _judge(self, contract: Contract) -> None:
        folder = Path(tempfile.mkdtemp(prefix=f"{contract.table}-", dir=self.folder))
        with DuckdbSets.open(self.known.warehouse, folder / "spilled") as sets:
            bronze = f"bronze/{contract.table}"
            add_view(sets.connection, self.released, bronze)
            sets.rows_of("asked", pa.table({"until": pa.array([self.until], pa.timestamp("us", tz="UTC"))}))
            rows = f"SELECT r.* FROM {sql_name(bronze)} AS r CROSS JOIN asked WHERE r.received_at"
            if self._refers_to_the_same(contract) and not sets.rows(f"SELECT 1 AS it FROM ({rows} >= asked.until) AS later LIMIT 1"):
                self.known.place(contract.name, self.released.places[contract.name])
                return
            self.other.add(contract.name)
            self._require_current(contract)
            sets.view("bronze_rows", f"{rows} < asked.until")
            file = folder / "bronze.parquet"
            if not write_bronze_rows(sets, contract, file):
                self.known.write(contract, arrow_schema(contract).empty_table())
                return
            write_judged(contract, self._engine().read.parquet(str(file)), folder / "rows")
            sets.files("staged", f"{folder}/rows/*.parquet")
            note_references(sets, contract, self._references())
            sets.view("judged", judged(contract))
            # All rows are there: which of them are copies is of no matter, and found out among themselves.
            sets.rows_of("run", pa.table({"redefined": [True]}))
            sets.texts("no_hashes", ())
            sets.view("known", "SELECT value AS row_hash FROM no_hashes")
            order(sets)
            run = literal(self.release.run_id)
            columns = ", ".join(f"{run} AS run_id" if column.name == "run_id" else f"w.{column.name}" for column in contract.stored)
            self.known.write(contract, sets.stream(f"SELECT {columns} FROM winners AS w"))

    def _refers_to_the_same(self, contract: Contract) -> bool:
        """Whether the table's rows are judged as for the release, by the same definition and the same references."""
        referred = {one.table for one in contract.references} | ({PERIOD} if contract.organisation else set())
        return not referred & self.other and self.release.definitions.get(f"contract/{contract.name}") == standardisation(contract)

    def _require_current(self, contract: Contract) -> None:
        """What bronze holds, and the lists of units, are what today's definitions ask for."""
        name = f"border/{contract.name}"
        if self.release.definitions.get(name) != border(contract):
            raise UsageError(f"what passes the border of {contract.name} changed since the last release: `ntm run` first")
        if self.release.reference != units_fingerprint():
            raise UsageError("the lists of units changed since the last release: `ntm run` first")
