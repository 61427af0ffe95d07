"""Where figures come from: the landed objects behind the newest of each, and what earlier releases said of the same figure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from jobs.engine.views import add_view, own_names
from jobs.errors import UsageError
from jobs.gold.evaluate import evaluate_by_object
from jobs.gold.periods import Period
from jobs.gold.pipeline import province_levels, served_provinces
from jobs.gold.stale import has_records
from jobs.ops import releases
from jobs.publish.released import connect, released_sets, require_files
from jobs.publish.site.read import UnitKey, asked, asked_table
from jobs.vietnam import VIETNAM
from warehouse_schema.indicator_queries import computed_indicators, landed_tables_of, tables_of
from warehouse_schema.sql_text import sql_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from duckdb import DuckDBPyConnection

    from jobs.engine.tables import Warehouse
    from jobs.ops.releases import Release
    from jobs.publish.site.read import Row
    from warehouse_schema.indicator_catalogue import Indicator

MOST_OBJECTS = 20
"""Landed objects that a passport lists of a level or a table; the others are summed in one line."""
MOST_STATES = 100
"""States of earlier releases that a passport lists, the newest first."""
DAYS_COMPARED = 31
"""Days before the release's of which the newest release each is compared; of earlier months the newest release of the month."""
VALUE = "gold/indicator_value"
_STATE = (
    *("indicator", "level", "unit_code", "unit_valid_from", "period_type", "period_start", "period_end"),
    *("numerator", "denominator", "value", "unit"),
)
FigureKey = tuple[str, str, UnitKey]
"""Indicator, level and unit."""
_NEWEST = pa.schema(
    [
        *((name, pa.string()) for name in ("level", "unit_code")),
        ("unit_valid_from", pa.date32()),
        ("period_type", pa.string()),
        *((name, pa.date32()) for name in ("period_start", "period_end")),
    ]
)


class Origin(NamedTuple):
    """The objects behind a figure: rows of `origins.sql`, and whether they add up to it.

    They do not where the definitions of today are not those that made the figure, or where the query is none that can be split (see `totals_by_object`).
    """

    rows: list[Row]
    adds_up: bool


@dataclass(slots=True)
class Origins:
    """What passports say of where figures come from.

    Attributes:
        objects: by indicator, of the newest figure of each unit, the objects that its rows came in: what `origins.sql` gives. None of indicators that count
            units.
        rows_read: by indicator that counts units, and province, the objects of the tables that it reads: rows of `rows_read.sql` with `table`.
        history: by figure the states of its periods, the newest period first, and of each the newest state first.
        compared: the releases that were compared, the oldest first: without the release of the pages.
        withdrawn: how many earlier releases can be compared no more, since they held a record that has become secret or was erased.
    """

    objects: dict[str, pa.Table] = field(default_factory=dict)
    rows_read: dict[tuple[str, UnitKey], list[Row]] = field(default_factory=lambda: defaultdict(list))
    history: dict[FigureKey, list[Row]] = field(default_factory=lambda: defaultdict(list))
    compared: list[Release] = field(default_factory=list)
    withdrawn: int = 0


def read_origins(warehouse: Warehouse, release: Release, newest: Iterable[Row], shown_from: date) -> Origins:
    """Where the figures of a release come from.

    Args:
        warehouse: whose release it is.
        release: what the pages show.
        newest: the newest figure of each unit, indicator and level: rows of `gold/indicator_value`.
        shown_from: months that end on this day or before are not shown.
    """
    found = Origins()
    by_indicator: dict[str, list[Row]] = defaultdict(list)
    for row in newest:
        by_indicator[row["indicator"]].append(row)
    made = [one for one in computed_indicators() if one.id in by_indicator and has_records(warehouse, one, release)]
    provinces = served_provinces(warehouse, release)
    landed = {table for one in made for table in tables_of(one)}
    beside = {*landed, "ops/load", "silver/unit_lineage", "silver/administrative_unit"}
    with released_sets(warehouse, release, landed) as sets, connect(warehouse, release, beside) as connection:
        connection.register("landed", asked_table(connection, "landed"))
        for indicator in made:
            views = own_names(tables_of(indicator)) | {"province_level": sets.kept_rows(province_levels(indicator, provinces))}
            of_figures = by_indicator[indicator.id]
            periods = sorted({Period(row["period_type"], row["period_start"], row["period_end"]) for row in of_figures})
            by_object = evaluate_by_object(sets, indicator, periods=periods, views=views)
            if by_object is None:
                _add_rows_read(found, connection, indicator, release)
            else:
                found.objects[indicator.id] = _objects(connection, by_object, of_figures)
    _add_history(found, warehouse, release, shown_from)
    return found


def _objects(connection: DuckDBPyConnection, by_object: pa.Table, newest: list[Row]) -> pa.Table:
    connection.register("by_object", by_object)
    connection.register("newest", pa.Table.from_pylist([{name: row[name] for name in _NEWEST.names} for row in newest], _NEWEST))
    return asked_table(connection, "origins", most=MOST_OBJECTS)


def objects_of(found: Origins, province: str, newest: Iterable[Row]) -> dict[FigureKey, Origin]:
    """The objects behind the newest figures of one province (its code): those of all provinces at once would be a gigabyte of Python's values."""
    parts: dict[FigureKey, list[Row]] = defaultdict(list)
    for indicator, table in found.objects.items():
        for row in table.filter(pc.equal(table["province_code"], province)).to_pylist():
            parts[_key({**row, "indicator": indicator})].append(row)
    origins = {}
    for row in newest:
        if row["indicator"] in found.objects:
            rows = parts.get(_key(row), [])
            sums = [sum(part[side] or 0 for part in rows) for side in ("numerator", "denominator")]
            origins[_key(row)] = Origin(rows, sums == [row["numerator"], row["denominator"] or 0])
    return origins


def _key(row: Row) -> FigureKey:
    return row["indicator"], row["level"], UnitKey(row["unit_code"], row["unit_valid_from"])


def _add_rows_read(found: Origins, connection: DuckDBPyConnection, indicator: Indicator, release: Release) -> None:
    for table in landed_tables_of(indicator):
        connection.execute(f"CREATE OR REPLACE TEMP VIEW read_table AS FROM {sql_name(table)}")
        for row in asked(connection, "rows_read", most=MOST_OBJECTS, as_of=release.as_of):
            province = UnitKey(row["province_code"], row["province_valid_from"])
            found.rows_read[indicator.id, province].append({**row, "table": table})


def _add_history(found: Origins, warehouse: Warehouse, release: Release, shown_from: date) -> None:
    known = releases.releases(warehouse)
    found.withdrawn = sum(one.state != releases.RELEASED and one.sequence < release.sequence for one in known)
    found.compared = earlier = compared_releases(known, release, lambda one: _is_readable(warehouse, one))
    if not earlier:
        return
    made = {one.sequence: one for one in [*earlier, release]}
    with connect(warehouse, release, [VALUE]) as connection:
        connection.execute(
            f"CREATE TABLE known_then AS SELECT 0::BIGINT AS sequence, {', '.join(_STATE)} FROM gold.indicator_value LIMIT 0"
        )
        for one in made.values():
            add_view(connection, warehouse, VALUE, one.tables[VALUE])
            connection.register(
                "said_then", asked_table(connection, "known_then", sequence=one.sequence, as_of=one.as_of, shown_from=shown_from)
            )
            connection.execute("INSERT INTO known_then FROM said_then")
        for row in asked(connection, "moved"):
            found.history[_key(row)].append({**row, "release": made[row["sequence"]]})


def compared_releases(known: Iterable[Release], release: Release, is_readable: Callable[[Release], bool]) -> list[Release]:
    """The releases whose figures are set beside those of one: the newest of each day of the last month, and of each month before, that can be read; the oldest
    first.
    """
    recent = release.created_at - timedelta(days=DAYS_COMPARED)
    kept: dict[date | tuple[int, int], Release] = {}
    for one in sorted(known, key=lambda one: -one.sequence):
        if one.state == releases.RELEASED and one.sequence < release.sequence and one.as_of is not None and VALUE in one.tables:
            made = one.created_at.astimezone(VIETNAM)
            part = made.date() if one.created_at >= recent else (made.year, made.month)
            if part not in kept and is_readable(one):
                kept[part] = one
    return sorted(kept.values(), key=lambda one: one.sequence)


def _is_readable(warehouse: Warehouse, release: Release) -> bool:
    """Whether the files of an earlier release are there: maintenance deletes what no release needs any more."""
    try:
        require_files(warehouse, release, [VALUE])
    except UsageError:
        return False
    return True
