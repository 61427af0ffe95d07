"""What definitions that changed since the last release would move: targets of its day, and values of the indicators that are made otherwise now.

Where `NTM_APPROVE_OVER` is set and more figures than that would move, a run waits for a person's approval. Whether one waits is asked here, of the release and
the definitions as they are: by the steps before they write, by `ntm plan` and by `ntm status`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from jobs.engine.duckdb_sets import DuckdbSets
from jobs.errors import RunFailedError
from jobs.gold.definition import gold_definitions
from jobs.gold.stale import has_records
from jobs.landing.survey import counted, group_of
from jobs.ops.definitions import changed
from jobs.ops.releases import last_release
from jobs.publish.released import NothingReleasedError, connect, require_release
from jobs.publish.report import STATUS, evaluated_targets, evaluated_values, judged_period
from jobs.publish.targets import target_shown, value_shown
from jobs.publish.terminal import NOTHING, say, say_table
from warehouse_schema.indicator_queries import computed_indicators

if TYPE_CHECKING:
    from datetime import date

    from jobs.engine.tables import Warehouse
    from jobs.ops.releases import Release
    from warehouse_schema.indicator_catalogue import Indicator

VALUE = "gold/indicator_value"
COLUMNS = (
    *("plan_id", "indicator", "level", "value_before", "value_after", "numerator_before", "numerator_after"),
    *("denominator_before", "denominator_after", "target_unit", "target_before", "target_after", "target_of_before", "target_of_after"),
    *("op_before", "op_after", "met_before", "met_after", "reason_before", "reason_after"),
)
_WORDS = {True: "met", False: "not met", None: NOTHING}
_KEY = ("plan_id", "indicator", "level")
_STORED = "FROM gold.indicator_value WHERE indicator = $indicator AND period_type IN ('year_to_date', 'as_of') AND period_end = $day"
_FIGURE = ("numerator", "denominator", "value")
"""What a figure says: a share may stay the same where both sides move."""
_TOLD = (*_FIGURE, "target_value", "target_of", "op", "met", "reason")


@dataclass(frozen=True, slots=True)
class Moved:
    """An indicator that is made otherwise now, or no more: of how many values of the release's day, how many would move, and the greatest move.

    `largest`: percentage points of a ratio, else a count; None where values only come or go.
    """

    indicator: str
    unit: str
    values: int
    moved: int
    largest: float | None


@dataclass(frozen=True, slots=True)
class Planned:
    """What would move. `targets`: rows with `COLUMNS`; `redefined`: the names of the definitions that changed since the release.

    `untold`: why it cannot be told what they would move; None where it is told.
    """

    day: date
    release: int
    redefined: list[str]
    targets: list[dict[str, Any]]
    values: list[Moved]
    untold: str | None = None

    @property
    def figures(self) -> int:
        """How many published figures would move: targets, and values of the release's day."""
        return len(self.targets) + sum(one.moved for one in self.values)


def planned(warehouse: Warehouse) -> Planned:
    """What the next run would release otherwise, from the same records, by the definitions of now. Nothing is written.

    Raises:
        NothingReleasedError: nothing was released yet.
    """
    release = require_release(warehouse)
    assert release.as_of is not None  # noqa: S101 - a release has its day
    redefined = sorted(changed(release.definitions, gold_definitions()) | _gone(release))
    found = Planned(release.as_of, release.sequence, redefined, [], [])
    if not redefined:
        return found
    before = warehouse.query(STATUS, f"SELECT * FROM rows WHERE as_of = DATE '{release.as_of}'", release.tables[STATUS]).to_pylist()
    computed = {one.id: one for one in computed_indicators()}
    names = [name.removeprefix("indicator/") for name in redefined if name.startswith("indicator/")]
    try:
        after = evaluated_targets(warehouse, release, release.as_of)
        values = [_moved(warehouse, release, name, computed.get(name)) for name in names]
    except NothingReleasedError as error:
        return replace(found, untold=str(error).partition(":")[0])
    except RunFailedError as error:
        # Most often a column that came after the release.
        return replace(found, untold=str(error).partition(";")[0])
    except DuckdbSets.errors as error:
        return replace(found, untold=f"{type(error).__name__} in the SQL that judges targets")
    return replace(found, targets=_moved_targets(before, after), values=[one for one in values if one.values])


def needs_approval(found: Planned, approve_over: int | None) -> bool:
    """Whether a person has to approve what would move; `approve_over`: the setting. What cannot be told has to be approved too."""
    return approve_over is not None and (found.untold is not None or found.figures > approve_over)


def awaited(warehouse: Warehouse, approve_over: int | None) -> Planned | None:
    """What a run would wait for a person's approval of; None where none is asked for, nothing was released yet, or no more would move than may."""
    if approve_over is None or last_release(warehouse) is None:
        return None
    found = planned(warehouse)
    return found if needs_approval(found, approve_over) else None


def in_words(found: Planned) -> str:
    """What would move and by which definitions, in some words: `3 published figures (1 target, 2 values; by up to 50.00 percentage points: x), by plan/y`."""
    # A flag moves no figure.
    by = f"by {group_of(name for name in found.redefined if not name.startswith('flag/')).named}"
    if found.untold:
        return f"figures that cannot be told before a run ({found.untold}), {by}"
    targets, values = len(found.targets), found.figures - len(found.targets)
    parts = ", ".join(counted(count, what) for count, what in ((targets, "target"), (values, "value")) if count)
    sized = [one for one in found.values if one.largest is not None]
    # Points and counts do not compare.
    greatest = [max((one for one in sized if one.unit == unit), key=_size) for unit in dict.fromkeys(one.unit for one in sized)]
    up_to = "".join(f"; by up to {_largest(one)}: {one.indicator}" for one in greatest)
    return f"{counted(found.figures, 'published figure')} ({parts}{up_to}), {by}"


def as_plain(found: Planned, approve_over: int | None) -> dict[str, Any]:
    """What would move, as JSON has it, with the number of figures and whether a run waits for an approval of it."""
    return asdict(found) | {"figures": found.figures, "waits_for_approval": needs_approval(found, approve_over)}


def _size(one: Moved) -> float:
    return one.largest or 0


def _largest(one: Moved) -> str:
    return f"{one.largest:,.0f}" if one.unit == "count" else f"{one.largest:,.2f} {one.unit}"


def _gone(release: Release) -> set[str]:
    """Plans and indicators that the release knows and nobody defines any more."""
    now = gold_definitions()
    return {name for name in release.definitions if name.startswith(("plan/", "indicator/")) and name not in now}


def _moved_targets(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[dict[str, Any]]:
    then, now = ({tuple(row[name] for name in _KEY): row for row in rows} for rows in (before, after))
    none = dict.fromkeys((*_TOLD, "target_unit"))
    moved = []
    for key in dict.fromkeys([*then, *now]):
        one, other = then.get(key, none), now.get(key, none)
        if any(one[name] != other[name] for name in _TOLD):
            moved.append(
                {
                    **dict(zip(_KEY, key, strict=True)),
                    "value_before": one["value"],
                    "value_after": other["value"],
                    **{f"{side}_{when}": row[side] for side in _FIGURE[:2] for when, row in (("before", one), ("after", other))},
                    "target_unit": one["target_unit"] or other["target_unit"],
                    "target_before": one["target_value"],
                    "target_after": other["target_value"],
                    **{
                        f"{name}_{when}": row[name]
                        for name in ("target_of", "op", "reason")
                        for when, row in (("before", one), ("after", other))
                    },
                    "met_before": one["met"],
                    "met_after": other["met"],
                }
            )
    return moved


def _moved(warehouse: Warehouse, release: Release, name: str, indicator: Indicator | None) -> Moved:
    """How the values of an indicator would move; None in its place: nothing computes it any more, and all of its values go."""
    day = release.as_of
    assert day is not None  # noqa: S101 - a release has its day
    with connect(warehouse, release, [VALUE]) as connection:
        stored = connection.sql(_STORED, params={"indicator": name, "day": day}).to_arrow_table().to_pylist()
    rows = []
    if indicator is not None and has_records(warehouse, indicator, release):
        rows = evaluated_values(warehouse, release, indicator, [judged_period(indicator, day)])
    then, now = ({_value_key(row): row for row in found} for found in (stored, rows))
    none = dict.fromkeys((*_FIGURE, "formula"))
    moves = [(then.get(key, none), now.get(key, none)) for key in then.keys() | now.keys()]
    moves = [(old, new) for old, new in moves if any(old[side] != new[side] for side in (*_FIGURE, "formula"))]
    is_count = "count" in {row["unit"] for row in (*stored, *rows)}
    sizes = [
        abs(new["value"] - old["value"]) * (1 if is_count else 100)
        for old, new in moves
        if old["value"] is not None and new["value"] is not None
    ]
    return Moved(name, "count" if is_count else "percentage points", len(then.keys() | now.keys()), len(moves), max(sizes, default=None))


def _value_key(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("breakdown", "level", "unit_code", "unit_valid_from"))


def print_planned(found: Planned, approve_over: int | None) -> None:
    """What would move, for a person; `approve_over`: the setting."""
    if not found.redefined:
        say(f"no definition has changed since release {found.release} (as of {found.day}): nothing would move")
        return
    say(f"changed since release {found.release} (as of {found.day}): {', '.join(found.redefined)}")
    say()
    if found.untold:
        say(f"what they would move cannot be told before a run: {found.untold}")
    elif found.targets:
        say_table(
            ("plan", "indicator", "level", "value", "target", "result"),
            (
                (
                    row["plan_id"],
                    row["indicator"],
                    row["level"],
                    _arrow(*(_value(row, when) for when in ("before", "after"))),
                    _arrow(*(_target(row, when) for when in ("before", "after"))),
                    _arrow(*(_result(row, when) for when in ("before", "after"))),
                )
                for row in found.targets
            ),
        )
    else:
        say("no target would move")
    for one in found.values:
        largest = "" if one.largest is None else f", the greatest by {_largest(one)}"
        say(f"{one.indicator}: {one.moved:,} of {one.values:,} values of the day would move{largest}")
    say()
    if needs_approval(found, approve_over):
        say(f"NTM_APPROVE_OVER is {approve_over}, so a run waits for an approval: `ntm run --approve` recomputes and releases them")
    else:
        say("`ntm run` recomputes and releases them")


def _value(row: dict[str, Any], when: str) -> str:
    """A target's value; where it stays and its sides move, with these."""
    value = row[f"value_{when}"]
    told = value_shown({"value": value, "target_unit": row["target_unit"]})
    moves = any(row[f"{side}_before"] != row[f"{side}_after"] for side in _FIGURE[:2])
    if row["value_before"] != row["value_after"] or not moves:
        return told
    return f"{told} ({row[f'numerator_{when}']} / {row[f'denominator_{when}']})"


def _target(row: dict[str, Any], when: str) -> str:
    names = {"target_value": "target", "target_of": "target_of", "op": "op"}
    return target_shown({name: row[f"{column}_{when}"] for name, column in names.items()} | {"target_unit": row["target_unit"]})


def _result(row: dict[str, Any], when: str) -> str:
    """Whether a target is met; where the reason moves, with it."""
    word, reason = _WORDS[row[f"met_{when}"]], row[f"reason_{when}"]
    return f"{word} ({reason})" if reason and row["reason_before"] != row["reason_after"] else word


def _arrow(before: object, after: object) -> str:
    told = [NOTHING if one is None else f"{one:.6g}" if isinstance(one, float) else str(one) for one in (before, after)]
    return told[0] if told[0] == told[1] else " → ".join(told)
