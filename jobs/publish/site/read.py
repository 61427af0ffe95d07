"""What the pages show, read from one release: by SQL files over its tables, a connection for all of it."""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from jobs.errors import UsageError
from jobs.gold.definition import gold_definitions
from jobs.ops import releases
from jobs.ops.definitions import changed
from jobs.publish.forecast import forecasts_of
from jobs.publish.released import add_views, connect, require_files, require_release
from jobs.publish.site import wording
from jobs.sample.vocabulary import load_vocabulary
from warehouse_schema.released_views import released_views

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa
    from duckdb import DuckDBPyConnection

    from jobs.engine.tables import Warehouse
    from jobs.ops.releases import Release
    from jobs.publish.forecast import Forecast
    from warehouse_schema.plan_registry import Plan

Row = dict[str, Any]
STATUS = "gold/target_status"
TABLES = (
    *("gold/indicator_value", STATUS, "gold/flag", "ops/load"),
    *("silver/unit_name", "silver/administrative_unit", "silver/unit_successor", "silver/organisation", "silver/organisation_period"),
    *(
        "silver/work_record",
        "silver/document",
        "silver/dossier",
        "silver/paper_work_record",
        "silver/paper_document",
        "silver/data_standardisation_pilot",
    ),
)
VIEWS = (
    *("criteria_lacking", "smart_villages_on_the_day", "ocop_products", "growing_areas_of_communes", "cooperatives_on_the_day"),
    *("supply_chains_on_the_day", "tourism_sites_on_the_day", "clean_water_of_communes"),
)
_QUERIES = Path(__file__).with_name("queries")
MAPS = tuple(sorted(path.stem for path in (_QUERIES / "maps").glob("*.sql")))
REGISTERS = tuple(sorted(path.stem for path in (_QUERIES / "registers").glob("*.sql")))


class UnitKey(NamedTuple):
    """The identity of a unit."""

    code: str
    valid_from: date


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit with its newest attributes. `parent`: what it lies in, None of a province; `province`: the identity of its province."""

    key: UnitKey
    valid_to: date | None
    level: str
    name: str
    parent: UnitKey | None
    province: UnitKey

    def is_alive(self, day: date) -> bool:
        """Whether there is such a unit on a day."""
        return self.key.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class Place(NamedTuple):
    """Where a commune lies, in degrees."""

    longitude: float
    latitude: float


class Rank(NamedTuple):
    """A unit's place among the units of its level that have a figure."""

    place: int
    units: int


@dataclass(slots=True)
class Province:
    """All that the pages of one province show.

    Attributes:
        code: GSO code.
        units: its units by identity; by level, then as a Vietnamese dictionary has them.
        values: of each unit by (indicator, level) the rows of its periods, in their order.
        planned: the identity that its plan is of: a code may have passed to a merged province since.
        targets: rows of `gold/target_status` of the release's day.
        targets_before: those of the stored day before it.
        forecasts: of its targets that are not met and not judged for good.
        flags: contradictions in its data.
        successors: of each unit, (identity, name) of those that it went into.
        predecessors: of each unit, those that went into it.
        ranks: of each unit by (indicator, level).
        registers: of each commune by register (`queries/registers`) its rows.
        places: where the communes of the day lie.
        month: the last month that was over on the release's day: its first and last day.
        senders: of each organisation of that month, by dataset, how many rows it has sent about it (`senders.sql`).
        maps: by map (`queries/maps`) the value of each commune that has one.
        pilots: of each district that pilots standardised data, its newest selection.
        is_generated: whether records of the sample generator are among its data, or may be: of generated ones of which nobody can say where they are.
        members: of each unit those that lie in it, by their newest attributes.
    """

    code: str
    planned: UnitKey
    units: dict[UnitKey, Unit]
    values: dict[UnitKey, dict[tuple[str, str], list[Row]]]
    targets: list[Row]
    targets_before: list[Row]
    flags: list[Row]
    forecasts: list[Forecast] = field(default_factory=list)
    successors: dict[UnitKey, list[tuple[UnitKey, str]]] = field(default_factory=lambda: defaultdict(list))
    predecessors: dict[UnitKey, list[tuple[UnitKey, str]]] = field(default_factory=lambda: defaultdict(list))
    ranks: dict[UnitKey, dict[tuple[str, str], Rank]] = field(default_factory=lambda: defaultdict(dict))
    registers: dict[UnitKey, dict[str, list[Row]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    month: tuple[date, date] | None = None
    senders: list[Row] = field(default_factory=list)
    places: dict[UnitKey, Place] = field(default_factory=dict)
    maps: dict[str, dict[UnitKey, float]] = field(default_factory=dict)
    pilots: dict[UnitKey, Row] = field(default_factory=dict)
    is_generated: bool = False
    members: dict[UnitKey, list[Unit]] = field(default_factory=lambda: defaultdict(list))

    @property
    def name(self) -> str:
        """The name of what its plan is of."""
        return self.units[self.planned].name

    def on(self, day: date) -> Unit:
        """What its code means on a day: the plan's province may have ended."""
        return next((one for one in self.identities if one.is_alive(day)), self.units[self.planned])

    @property
    def identities(self) -> list[Unit]:
        """What its code has meant: its own units of province level."""
        return [unit for unit in self.units.values() if unit.level == "province"]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What holds of the whole release.

    `is_generated`: whether records of the sample generator are among the data. `redefined`: names of definitions that changed since, so that the pages tell
    another way of counting than the one that made the figures. `previous`: the release before, with its rows of `gold/target_status` of its own day; None
    where there is none, or its files are gone.
    """

    release: Release
    loads: list[Row]
    is_generated: bool
    redefined: list[str]
    previous: tuple[Release, list[Row]] | None


@contextmanager
def opened(warehouse: Warehouse, views: Iterable[str] = ()) -> Iterator[tuple[DuckDBPyConnection, Snapshot]]:
    """The tables of the last release as a connection, and what holds of all of it. `views`: evaluated beside them.

    Raises:
        NothingReleasedError: nothing was released yet.
    """
    release = require_release(warehouse)
    assert release.as_of is not None  # noqa: S101 - a release has its day
    wanted = [released_views()[name] for name in views]
    with connect(warehouse, release, {*TABLES, *(table for view in wanted for table in view.tables)}) as connection:
        add_views(connection, release.as_of, wanted, evaluated=True)
        generated = asked(connection, "is_generated", marker=load_vocabulary().marker)[0]["is_generated"]
        loads = asked(connection, "loads")
        redefined = sorted(changed(release.definitions, gold_definitions()))
        yield connection, Snapshot(release, loads, generated, redefined, _previous(warehouse, release))


def note_sent(connection: DuckDBPyConnection) -> None:
    """Make the relation `sent_record`: what organisations have sent."""
    connection.execute((_QUERIES / "sent_record.sql").read_text(encoding="utf-8"))


def senders_of(connection: DuckDBPyConnection, province: UnitKey, start: date, end: date) -> list[Row]:
    """What each organisation of a province has sent about some days: rows of `senders.sql`."""
    note_sent(connection)
    days: dict[str, Any] = {"start": start, "end": end, "datasets": list(wording.DATASETS)}
    return asked(connection, "senders", province=province.code, province_valid_from=province.valid_from, **days)


def _previous(warehouse: Warehouse, release: Release) -> tuple[Release, list[Row]] | None:
    earlier = [
        one for one in releases.releases(warehouse) if one.state == releases.RELEASED and one.sequence < release.sequence and one.as_of
    ]
    if not earlier:
        return None
    before = earlier[-1]
    if STATUS not in before.tables:
        return None
    try:
        require_files(warehouse, before, [STATUS])
    except UsageError:
        # What no release needs any more is deleted after a while.
        return None
    return before, warehouse.query(STATUS, f"SELECT * FROM rows WHERE as_of = DATE '{before.as_of}'", before.tables.get(STATUS)).to_pylist()


def with_units_alone(connection: DuckDBPyConnection, snapshot: Snapshot, plan: Plan) -> Province:
    """The province of a plan with its units and nothing else."""
    planned = UnitKey(plan.province_code, plan.province_valid_from)
    return Province(plan.province_code, planned, _units(connection, snapshot, plan), {}, [], [], [])


def _units(connection: DuckDBPyConnection, snapshot: Snapshot, plan: Plan) -> dict[UnitKey, Unit]:
    rows = asked(connection, "units", province=plan.province_code, as_of=snapshot.release.as_of)
    return {one.key: one for one in map(_unit, rows)}


def read_province(connection: DuckDBPyConnection, snapshot: Snapshot, plan: Plan) -> Province:
    """All that the pages of the province of a plan show."""
    code = plan.province_code
    as_of = snapshot.release.as_of
    units = _units(connection, snapshot, plan)
    values: dict[UnitKey, dict[tuple[str, str], list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in asked(connection, "values", province=code, as_of=as_of):
        values[_key(row)][row["indicator"], row["level"]].append(row)
    province = Province(
        code,
        UnitKey(code, plan.province_valid_from),
        units,
        values,
        asked(connection, "targets", province=code, as_of=as_of),
        asked(connection, "targets_before", province=code, as_of=as_of),
        asked(connection, "flags", province=code),
    )
    for unit in units.values():
        if unit.parent is not None:
            province.members[unit.parent].append(unit)
    for row in asked(connection, "successions", province=code, as_of=as_of):
        ended, successor = _key(row), UnitKey(row["successor_code"], row["successor_valid_from"])
        province.successors[ended].append((successor, row["successor_name"]))
        province.predecessors[successor].append((ended, row["unit_name"]))
    for row in asked(connection, "ranks", province=code, as_of=as_of):
        province.ranks[_key(row)][row["indicator"], row["level"]] = Rank(row["place"], row["units"])
    for name in REGISTERS:
        for row in asked(connection, f"registers/{name}", province=code):
            province.registers[_key(row)][name].append(row)
    assert as_of is not None  # noqa: S101 - a release has its day
    end = as_of.replace(day=1) - timedelta(days=1)
    province.month = end.replace(day=1), end
    province.senders = senders_of(connection, UnitKey(code, province.on(end).key.valid_from), end.replace(day=1), end)
    for row in asked(connection, "places", province=code, as_of=as_of):
        province.places[_key(row)] = Place(row["longitude"], row["latitude"])
    province.forecasts = forecasts_of(connection, snapshot.release, code)
    province.pilots = {_key(row): row for row in asked(connection, "pilots", as_of=as_of) if _key(row) in units}
    if snapshot.is_generated:
        found = asked(connection, "is_generated_of_province", marker=load_vocabulary().marker, province=code)
        province.is_generated = found[0]["is_generated"]
    for name in MAPS:
        rows = asked(connection, f"maps/{name}", province=code, as_of=as_of)
        province.maps[name] = {_key(row): row["value"] for row in rows}
    return province


def known_units(connection: DuckDBPyConnection) -> set[UnitKey]:
    """All units of all lists, whatever their province."""
    return {_key(row) for row in asked(connection, "known_units")}


def asked(connection: DuckDBPyConnection, query: str, *, folder: Path = _QUERIES, **values: object) -> list[Row]:
    """The rows of one of the SQL files of a folder; of the values those that it names."""
    rows: list[Row] = asked_table(connection, query, folder=folder, **values).to_pylist()
    return rows


def asked_table(connection: DuckDBPyConnection, query: str, *, folder: Path = _QUERIES, **values: object) -> pa.Table:
    """The same as a table."""
    text = (folder / f"{query}.sql").read_text(encoding="utf-8")
    named = {name: value for name, value in values.items() if f"${name}" in text}
    return connection.sql(text, params=named or None).to_arrow_table()


def _key(row: Row) -> UnitKey:
    return UnitKey(row["unit_code"], row["unit_valid_from"])


def _unit(row: Row) -> Unit:
    parent = UnitKey(row["parent_code"], row["parent_valid_from"]) if row["parent_code"] else None
    return Unit(
        UnitKey(row["unit_code"], row["unit_valid_from"]),
        row["unit_valid_to"],
        row["level"],
        row["unit_name"],
        parent,
        UnitKey(row["province_code"], row["province_valid_from"]),
    )
