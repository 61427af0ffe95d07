"""Contradictions between records: the rows of `gold/flag`, as of the run's day.

A flag is evaluated again where a table that its SQL reads has another version than in the last release, where its definition changed, and where the day or
the provinces that are served are others. Only rows that differ are written.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from jobs.engine.tables import arrow_schema
from jobs.engine.views import own_names
from jobs.errors import UsageError
from jobs.gold.definition import named_units
from jobs.gold.evaluate import PROVINCE, evaluate_flag
from jobs.ops import releases
from jobs.ops.definitions import changed
from warehouse_schema.contracts import load_contracts
from warehouse_schema.definitions import NAMED_UNIT
from warehouse_schema.flag_catalogue import load_flags
from warehouse_schema.indicator_queries import tables_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date

    from jobs.engine.sets import Sets
    from jobs.ops.releases import Release
    from jobs.run import RunContext
    from warehouse_schema.flag_catalogue import Flag
    from warehouse_schema.indicator_queries import Province

FLAG = "gold/flag"
_BEHIND = ("table_name", "record_key", "object_id", "line")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FlagChanges:
    """What a run changed in `gold/flag`, by flag; and the flags whose definition is another than that of the release."""

    new: Counter[str] = field(default_factory=Counter)
    gone: Counter[str] = field(default_factory=Counter)
    redefined: tuple[str, ...] = ()


def write_flags(
    ctx: RunContext,
    sets: Sets,
    released: Release | None,
    definitions: Mapping[str, str],
    provinces: Collection[Province],
    *,
    everything: bool,
) -> FlagChanges:
    """Evaluate the flags that are stale and write the rows that differ in one commit.

    Args:
        ctx: the run; its day is the one that flags are as of.
        sets: of the run.
        released: the last release; None before the first.
        definitions: the fingerprints of today.
        provinces: those that are served.
        everything: evaluate all flags, for another reason than the tables that they read.
    """
    flags, warehouse = load_flags(), ctx.warehouse
    redefined = {name for name in flags if f"flag/{name}" in changed(released.definitions if released else {}, definitions)}
    if everything or released is None or released.as_of != ctx.as_of:
        stale = set(flags)
    else:
        now = releases.current_versions(warehouse)
        moved = {name for name, flag in flags.items() if any(released.tables.get(table) != now.get(table) for table in tables_of(flag))}
        stale = redefined | moved
    stored = warehouse.rows(FLAG)
    # A flag that is gone from the catalogue leaves no rows behind.
    before = [row for row in stored if row["flag"] in stale or row["flag"] not in flags]
    found = evaluate_flags(sets, ctx.as_of, [flags[name] for name in flags if name in stale], provinces)
    different, gone = differences(before, found)
    if different or gone:
        rows = [{**row, "run_id": ctx.run_id, "gone": False} for row in different] + [{**row, "gone": True} for row in gone]
        contract = load_contracts()[FLAG]
        warehouse.merge(contract, pa.Table.from_pylist(rows, arrow_schema(contract).append(pa.field("gone", pa.bool_()))))
    known = {_key(row) for row in before}
    return FlagChanges(
        new=Counter(row["flag"] for row in different if _key(row) not in known),
        gone=Counter(row["flag"] for row in gone),
        redefined=tuple(name for name in flags if name in redefined) if released else (),
    )


def evaluate_flags(sets: Sets, day: date, flags: Collection[Flag], provinces: Collection[Province]) -> list[Row]:
    """The rows of `gold/flag` of some flags on a day, without `run_id`, over the tables as they are now."""
    served = pa.Table.from_pylist([{"province_code": code, "province_valid_from": since} for code, since in provinces], PROVINCE)
    sets.need({table for flag in flags for table in tables_of(flag)})
    runner = {"province_level": sets.kept_rows(served), NAMED_UNIT: sets.kept_rows(named_units())}
    return [row for flag in flags for row in flag_rows(flag, day, sets, own_names(tables_of(flag)) | runner)]


def flag_rows(flag: Flag, day: date, sets: Sets, views: Mapping[str, str]) -> list[Row]:
    """The rows of `gold/flag` of one flag on a day, without `run_id`: what its SQL finds, with the rows behind one contradiction brought together in order.

    Raises:
        UsageError: the SQL gives a reason that the catalogue does not have.
        RunFailedError: the engine could not evaluate it.
    """
    behind: dict[tuple[Any, ...], set[tuple[Any, ...]]] = {}
    found = evaluate_flag(sets, flag, day, views)
    names = [name for name in arrow_schema(load_contracts()[FLAG]).names if name not in ("flag", "rows_behind", "run_id")]
    for row in found.to_pylist():
        if row["reason"] not in flag.reasons:
            raise UsageError(f"flags/{flag.id}.sql gives the reason {row['reason']!r}; catalogue.yaml has {', '.join(flag.reasons)}")
        rows = behind.setdefault(tuple(row[name] for name in names), set())
        if row["table_name"] is not None:
            rows.add(tuple(row[name] for name in _BEHIND))
    return [
        {
            "flag": flag.id,
            **dict(zip(names, values, strict=True)),
            "rows_behind": [dict(zip(_BEHIND, one, strict=True)) for one in sorted(rows)],
        }
        for values, rows in behind.items()
    ]


def differences(before: list[Row], found: list[Row]) -> tuple[list[Row], list[Row]]:
    """What has to be written: rows that are new or other than before, and rows of before that are found no more."""
    known = {_key(row): {name: value for name, value in row.items() if name != "run_id"} for row in before}
    keys = {_key(row) for row in found}
    return [row for row in found if known.get(_key(row)) != row], [row for row in before if _key(row) not in keys]


def _key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in load_contracts()[FLAG].key)
