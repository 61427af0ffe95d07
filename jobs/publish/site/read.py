"""What the pages show, read from one release: by SQL files over its tables, a connection for all of it."""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from jobs.gold.definition import gold_definitions
from jobs.ops import quarantine
from jobs.ops.definitions import changed
from jobs.publish.released import connect, require_release
from jobs.sample.vocabulary import load_vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection

    from jobs.engine.tables import Warehouse
    from jobs.ops.releases import Release
    from warehouse_schema.plan_registry import Plan

Row = dict[str, Any]
TABLES = (
    *("gold/indicator_value", "gold/target_status", "gold/flag", "ops/load"),
    *("silver/unit_name", "silver/administrative_unit", "silver/unit_successor", "silver/organisation"),
)
_QUERIES = Path(__file__).with_name("queries")


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


@dataclass(slots=True)
class Province:
    """All that the pages of one province show.

    Attributes:
        code: GSO code.
        units: its units by identity; by level, then as a Vietnamese dictionary has them.
        values: of each unit by (indicator, level) the rows of its periods, in their order.
        planned: the identity that its plan is of: a code may have passed to a merged province since.
        targets: rows of `gold/target_status` of the release's day.
        flags: contradictions in its data.
        successors: of each unit, (identity, name) of those that it went into.
        predecessors: of each unit, those that went into it.
    """

    code: str
    planned: UnitKey
    units: dict[UnitKey, Unit]
    values: dict[UnitKey, dict[tuple[str, str], list[Row]]]
    targets: list[Row]
    flags: list[Row]
    successors: dict[UnitKey, list[tuple[UnitKey, str]]] = field(default_factory=lambda: defaultdict(list))
    predecessors: dict[UnitKey, list[tuple[UnitKey, str]]] = field(default_factory=lambda: defaultdict(list))

    @property
    def name(self) -> str:
        """The name of what its plan is of."""
        return self.units[self.planned].name

    @property
    def identities(self) -> list[Unit]:
        """What its code has meant: its own units of province level."""
        return [unit for unit in self.units.values() if unit.level == "province"]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What holds of the whole release.

    `rejections`: rejected rows by table and error code. `is_generated`: whether records of the sample generator are among the data. `redefined`: names of
    definitions that changed since, so that the pages tell another way of counting than the one that made the figures.
    """

    release: Release
    loads: list[Row]
    rejections: dict[str, dict[str, int]]
    is_generated: bool
    redefined: list[str]


@contextmanager
def opened(warehouse: Warehouse) -> Iterator[tuple[DuckDBPyConnection, Snapshot]]:
    """The tables of the last release as a connection, and what holds of all of it.

    Raises:
        NothingReleasedError: nothing was released yet.
    """
    release = require_release(warehouse)
    with connect(warehouse, release, TABLES) as connection:
        generated = asked(connection, "is_generated", marker=load_vocabulary().marker)[0]["is_generated"]
        loads = asked(connection, "loads")
        redefined = sorted(changed(release.definitions, gold_definitions()))
        yield connection, Snapshot(release, loads, quarantine.counts(warehouse), generated, redefined)


def read_province(connection: DuckDBPyConnection, snapshot: Snapshot, plan: Plan) -> Province:
    """All that the pages of the province of a plan show."""
    code = plan.province_code
    as_of = snapshot.release.as_of
    units = {one.key: one for one in map(_unit, asked(connection, "units", province=code, as_of=as_of))}
    values: dict[UnitKey, dict[tuple[str, str], list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in asked(connection, "values", province=code, as_of=as_of):
        values[UnitKey(row["unit_code"], row["unit_valid_from"])][row["indicator"], row["level"]].append(row)
    province = Province(
        code,
        UnitKey(code, plan.province_valid_from),
        units,
        values,
        asked(connection, "targets", province=code, as_of=as_of),
        asked(connection, "flags", province=code),
    )
    for row in asked(connection, "successions", province=code, as_of=as_of):
        unit, successor = UnitKey(row["unit_code"], row["unit_valid_from"]), UnitKey(row["successor_code"], row["successor_valid_from"])
        province.successors[unit].append((successor, row["successor_name"]))
        province.predecessors[successor].append((unit, row["unit_name"]))
    return province


def asked(connection: DuckDBPyConnection, query: str, *, folder: Path = _QUERIES, **values: object) -> list[Row]:
    """The rows of one of the SQL files of a folder."""
    text = (folder / f"{query}.sql").read_text(encoding="utf-8")
    rows: list[Row] = connection.sql(text, params=values or None).to_arrow_table().to_pylist()
    return rows


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
