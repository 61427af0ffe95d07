"""The published tables of a release: read by SQL files, with small figures hidden."""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from jobs.publish.exports.open_data.small_cells import Cell, Counts, Figures, hidden_cells, is_small, summing_dimensions
from jobs.publish.released import add_views, connect, released_views_by_name
from jobs.publish.site.read import asked
from jobs.sample.vocabulary import load_vocabulary
from warehouse_schema.indicator_catalogue import load_catalogue
from warehouse_schema.plan_registry import load_plans

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator
    from datetime import date

    from duckdb import DuckDBPyConnection

    from jobs.engine.tables import Warehouse
    from jobs.ops.releases import Release
    from warehouse_schema.open_data import OpenData, PublishedColumn, PublishedTable

QUERIES = Path(__file__).with_name("queries")
READ = (
    *("gold/indicator_value", "gold/target_status", "silver/administrative_unit", "silver/unit_successor", "silver/commune_status"),
    *("silver/ocop_product", "silver/clean_water", "silver/organisation"),
)
VIEWS = ("gold/growing_areas_of_communes",)
_FINEST = frozenset({"month", "as_of"})
"""Periods that hold no other one."""
_ARROW = {
    "string": pa.string(),
    "boolean": pa.bool_(),
    "integer": pa.int32(),
    "long": pa.int64(),
    "double": pa.float64(),
    "date": pa.date32(),
}
_HIDDEN = ("indicator", "level", "breakdown", "unit_code", "unit_valid_from", "period_type", "period_start", "period_end")
_HIDDEN_SCHEMA = pa.schema([(name, pa.date32() if name.endswith(("_from", "_start", "_end")) else pa.string()) for name in _HIDDEN])


class _Unit(NamedTuple):
    code: str
    valid_from: date


class _Period(NamedTuple):
    kind: str
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Suppressed:
    """How many figures of indicators that count people are there, are small, and are hidden (the small ones among them)."""

    figures: int
    small: int
    hidden: int


@dataclass(frozen=True, slots=True)
class Published:
    """What a release publishes.

    Attributes:
        tables: by name, columns and rows in their order.
        suppressed: the figures that are hidden, by indicator.
        map_rows: the newest values of units with coordinates.
        is_generated: whether records of the sample generator are among the data.
    """

    tables: dict[str, pa.Table]
    suppressed: dict[str, Suppressed]
    map_rows: list[dict[str, Any]]
    is_generated: bool


def read_published(warehouse: Warehouse, release: Release, open_data: OpenData) -> Published:
    """All published tables of a release, with small figures hidden.

    Raises:
        NothingReleasedError: the release is older than one of the tables.
    """
    with _opened(warehouse, release, open_data) as connection:
        suppressed = _hide_small(connection, open_data.small_cells.below)
        tables = {name: _read(connection, table) for name, table in open_data.tables.items()}
        generated = asked(connection, "is_generated", marker=load_vocabulary().marker)[0]["is_generated"]
        for name, table in tables.items():
            connection.register(name, table)
        map_rows = _rows(connection, "map", as_of=release.as_of)
    return Published(tables, suppressed, map_rows, generated)


@contextmanager
def _opened(warehouse: Warehouse, release: Release, open_data: OpenData) -> Iterator[DuckDBPyConnection]:
    """The tables and views that are read, the project's own words, and the settings of small figures as relations."""
    gold = released_views_by_name()
    views = [gold[name] for name in VIEWS]
    with connect(warehouse, release, {*READ, *(table for view in views for table in view.tables)}) as connection:
        assert release.as_of is not None  # noqa: S101 - a release has its day
        add_views(connection, release.as_of, views)
        small = open_data.small_cells
        connection.register("protected", pa.table({"indicator": pa.array(small.indicators, pa.string())}))
        connection.register("left_out", pa.table({"period_type": pa.array(small.left_out, pa.string())}))
        connection.register("catalogue", pa.Table.from_pylist(_catalogue_rows(), _schema(open_data.tables["indicator"])))
        connection.register("targets", pa.Table.from_pylist(_target_rows(), _schema(open_data.tables["plan_target"])))
        yield connection


def _read(connection: DuckDBPyConnection, table: PublishedTable) -> pa.Table:
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    query = (QUERIES / f"{table.name}.sql").read_text(encoding="utf-8")
    key = ", ".join(f'"{name}"' for name in table.key)
    read = connection.sql(f"SELECT {columns} FROM ({query}\n) ORDER BY {key}").to_arrow_table()
    # A column that is never empty has to say so, and fails here where it is not so.
    return read.cast(_schema(table)).combine_chunks()


def _schema(table: PublishedTable) -> pa.Schema:
    return pa.schema([_field(column) for column in table.columns])


def _field(column: PublishedColumn) -> pa.Field:
    return pa.field(column.name, _ARROW[column.type], metadata={"title_vi": column.vi, "description": column.en})


def _rows(connection: DuckDBPyConnection, query: str, **values: object) -> list[dict[str, Any]]:
    text = (QUERIES / f"{query}.sql").read_text(encoding="utf-8")
    rows: list[dict[str, Any]] = connection.sql(text, params=values or None).to_arrow_table().to_pylist()
    return rows


def _hide_small(connection: DuckDBPyConnection, below: int) -> dict[str, Suppressed]:
    """Make the relation `hidden` of the figures that are hidden; counts them by indicator."""
    units = _Units(_rows(connection, "parents"))
    apart: dict[tuple[Hashable, ...], dict[Cell, Counts]] = defaultdict(dict)
    for row in _rows(connection, "countable"):
        period = _Period(row["period_type"], row["period_start"], row["period_end"])
        # What adds up: the same indicator, level, formula and province; a stock's day by itself.
        one = (row["indicator"], row["level"], row["formula"], row["province_code"], period.end if period.kind == "as_of" else None)
        cell = Cell(_Unit(row["unit_code"], row["unit_valid_from"]), row["breakdown"], period)
        apart[one][cell] = Counts(row["numerator"], row["denominator"])
    counted: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    found: list[dict[str, Any]] = []
    for (indicator, level, *_), counts in apart.items():
        hidden = hidden_cells(_figures(counts, units), below)
        sums = counted[str(indicator)]
        sums[0] += len(counts)
        sums[1] += sum(is_small(one, below) for one in counts.values())
        sums[2] += len(hidden)
        found += [
            dict(zip(_HIDDEN, (indicator, level, cell.breakdown, *cell.unit, *cell.period), strict=True))  # type: ignore[misc]
            for cell in hidden
        ]
    connection.register("hidden", pa.Table.from_pylist(found, _HIDDEN_SCHEMA))
    return {name: Suppressed(*sums) for name, sums in sorted(counted.items())}


def _figures(counts: dict[Cell, Counts], units: _Units) -> Figures:
    periods = sorted({cell.period for cell in counts}, key=str)
    coarser = {one: _holding(one, periods) for one in periods if one.kind in _FINEST}  # type: ignore[attr-defined]
    places = {(cell.unit, cell.period) for cell in counts if cell.period in coarser}
    above = {(unit, period): units.above(unit, period.end) for unit, period in places}  # type: ignore[attr-defined, arg-type]
    return Figures(counts, above, coarser, summing_dimensions(counts))


def _holding(period: Any, periods: list[Any]) -> tuple[Any, ...]:
    """The periods that a period lies in, the shortest first."""
    holding = [one for one in periods if one != period and one.start <= period.start and period.end <= one.end]
    return tuple(sorted(holding, key=lambda one: (one.end - one.start, one.kind)))


@dataclass(slots=True)
class _Units:
    """What units lie in on a day."""

    rows: list[dict[str, Any]]
    _versions: dict[_Unit, list[tuple[date, _Unit | None]]] = field(default_factory=lambda: defaultdict(list))
    _known: dict[tuple[_Unit, date], tuple[_Unit, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for row in self.rows:
            parent = _Unit(row["parent_code"], row["parent_valid_from"]) if row["parent_code"] else None
            self._versions[_Unit(row["unit_code"], row["unit_valid_from"])].append((row["version_from"], parent))

    def above(self, unit: _Unit, day: date) -> tuple[_Unit, ...]:
        """The units that a unit lies in on a day, the nearest first."""
        if (unit, day) not in self._known:
            versions = self._versions.get(unit, [])
            parent = next((one for since, one in reversed(versions) if since <= day), versions[0][1] if versions else None)
            self._known[unit, day] = () if parent is None else (parent, *self.above(parent, day))
        return self._known[unit, day]


def _catalogue_rows() -> list[dict[str, Any]]:
    return [
        {
            "indicator": one.id,
            "label_vi": one.label_vi,
            "label_en": one.label_en,
            "kind": one.kind,
            "unit": one.unit,
            "levels": " ".join(one.levels),
            "numerator_vi": one.numerator.vi,
            "numerator_en": one.numerator.en,
            "denominator_vi": one.denominator.vi if one.denominator else None,
            "denominator_en": one.denominator.en if one.denominator else None,
            "has_target": one.target,
        }
        for one in load_catalogue().values()
    ]


def _target_rows() -> list[dict[str, Any]]:
    return [
        {
            "plan_id": plan.plan_id,
            "plan_title": plan.title,
            "document_number": plan.document_number,
            "province_code": plan.province_code,
            "province_valid_from": plan.province_valid_from,
            "indicator": target.indicator,
            "label_vi": load_catalogue()[target.indicator].label_vi,
            "label_en": load_catalogue()[target.indicator].label_en,
            "level": target.level,
            "op": target.operator,
            "target_value": float(target.value),
            "target_unit": target.unit,
            "target_of": target.of,
            "binding": target.binding,
            "due": target.due,
        }
        for plan in load_plans()
        for target in plan.targets
    ]
