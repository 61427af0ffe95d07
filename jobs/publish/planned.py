"""What definitions that changed since the last release would move: targets of its day, and values of the indicators that are made otherwise now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobs.gold.definition import gold_definitions
from jobs.gold.stale import has_records
from jobs.ops.definitions import changed
from jobs.publish.released import connect, require_release
from jobs.publish.report import STATUS, evaluated_targets, evaluated_values, judged_period
from jobs.publish.terminal import NOTHING, say, say_table
from warehouse_schema.indicator_queries import computed_indicators

if TYPE_CHECKING:
    from datetime import date

    from jobs.engine.tables import Warehouse
    from jobs.ops.releases import Release
    from warehouse_schema.indicator_catalogue import Indicator

VALUE = "gold/indicator_value"
COLUMNS = ("plan_id", "indicator", "level", "value_before", "value_after", "target_before", "target_after", "met_before", "met_after")
_WORDS = {True: "met", False: "not met", None: NOTHING}
_KEY = ("plan_id", "indicator", "level")
_TOLD = ("value", "target_value", "target_of", "op", "met", "reason")


@dataclass(frozen=True, slots=True)
class Moved:
    """An indicator that is made otherwise now: of how many values of the release's day, how many would move, and the greatest move.

    `largest`: percentage points of a ratio, else a count; None where a value comes or goes.
    """

    indicator: str
    unit: str
    values: int
    moved: int
    largest: float | None


@dataclass(frozen=True, slots=True)
class Planned:
    """What would move. `targets`: rows with `COLUMNS`; `redefined`: the names of the definitions that changed since the release."""

    day: date
    release: int
    redefined: list[str]
    targets: list[dict[str, Any]]
    values: list[Moved]


def planned(warehouse: Warehouse) -> Planned:
    """What the next run would release otherwise, from the same records, by the definitions of now. Nothing is written.

    Raises:
        NothingReleasedError: nothing was released yet.
    """
    release = require_release(warehouse)
    assert release.as_of is not None  # noqa: S101 - a release has its day
    redefined = sorted(changed(release.definitions, gold_definitions()) | _gone(release))
    if not redefined:
        return Planned(release.as_of, release.sequence, [], [], [])
    before = warehouse.query(STATUS, f"SELECT * FROM rows WHERE as_of = DATE '{release.as_of}'", release.tables[STATUS]).to_pylist()
    after = evaluated_targets(warehouse, release, release.as_of)
    made = [one for one in computed_indicators() if f"indicator/{one.id}" in redefined and has_records(warehouse, one, release)]
    return Planned(
        release.as_of, release.sequence, redefined, _moved_targets(before, after), [_moved(warehouse, release, one) for one in made]
    )


def _gone(release: Release) -> set[str]:
    """Plans and indicators that the release knows and nobody defines any more."""
    now = gold_definitions()
    return {name for name in release.definitions if name.startswith(("plan/", "indicator/")) and name not in now}


def _moved_targets(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[dict[str, Any]]:
    then, now = ({tuple(row[name] for name in _KEY): row for row in rows} for rows in (before, after))
    none = dict.fromkeys(_TOLD)
    moved = []
    for key in dict.fromkeys([*then, *now]):
        one, other = then.get(key, none), now.get(key, none)
        if any(one[name] != other[name] for name in _TOLD):
            moved.append(
                {
                    **dict(zip(_KEY, key, strict=True)),
                    "value_before": one["value"],
                    "value_after": other["value"],
                    "target_before": one["target_value"],
                    "target_after": other["target_value"],
                    "met_before": one["met"],
                    "met_after": other["met"],
                }
            )
    return moved


def _moved(warehouse: Warehouse, release: Release, indicator: Indicator) -> Moved:
    day = release.as_of
    assert day is not None  # noqa: S101 - a release has its day
    period = judged_period(indicator, day)
    rows = evaluated_values(warehouse, release, indicator, [period])
    asked = {"indicator": indicator.id, "kind": period.period_type, "day": day}
    with connect(warehouse, release, [VALUE]) as connection:
        stored = connection.sql(
            "FROM gold.indicator_value WHERE indicator = $indicator AND period_type = $kind AND period_end = $day", params=asked
        ).to_arrow_table()
    then, now = ({_value_key(row): row["value"] for row in found} for found in (stored.to_pylist(), rows))
    moves = [(then.get(key), now.get(key)) for key in then.keys() | now.keys() if then.get(key) != now.get(key)]
    scale = 1 if indicator.unit == "count" else 100
    sizes = [abs(new - old) * scale for old, new in moves if old is not None and new is not None]
    return Moved(
        indicator.id, "count" if scale == 1 else "percentage points", len(then.keys() | now.keys()), len(moves), max(sizes, default=None)
    )


def _value_key(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("breakdown", "level", "unit_code", "unit_valid_from"))


def print_planned(found: Planned) -> None:
    """What would move, for a person."""
    if not found.redefined:
        say(f"no definition has changed since release {found.release} (as of {found.day}): nothing would move")
        return
    say(f"changed since release {found.release} (as of {found.day}): {', '.join(found.redefined)}")
    say()
    if found.targets:
        say_table(
            ("plan", "indicator", "level", "value", "target", "result"),
            (
                (
                    row["plan_id"],
                    row["indicator"],
                    row["level"],
                    _arrow(row["value_before"], row["value_after"]),
                    _arrow(row["target_before"], row["target_after"]),
                    _arrow(_WORDS[row["met_before"]], _WORDS[row["met_after"]]),
                )
                for row in found.targets
            ),
        )
    else:
        say("no target would move")
    for one in found.values:
        largest = "" if one.largest is None else f", the greatest by {one.largest:,.2f} {one.unit}"
        say(f"{one.indicator}: {one.moved:,} of {one.values:,} values of the day would move{largest}")
    say()
    say("`ntm run` recomputes and releases them")


def _arrow(before: object, after: object) -> str:
    told = [NOTHING if one is None else f"{one:.6g}" if isinstance(one, float) else str(one) for one in (before, after)]
    return told[0] if told[0] == told[1] else " → ".join(told)
