"""Which criteria a unit still lacks: the criteria of a set that the reference lists, and what was assessed of them, as of a day."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from jobs.errors import UsageError
from jobs.publish.released import released_sets, require_release
from jobs.publish.terminal import say, say_folded
from warehouse_schema.ddl import literal
from warehouse_schema.indicator_queries import silver_tables_read, with_populations
from warehouse_schema.yaml_source import closest

if TYPE_CHECKING:
    from datetime import date

    from jobs.engine.sets import Sets
    from jobs.engine.tables import Warehouse

STANDARDS = ("ntm", "advanced", "exemplary", "modern", "completed")
_STANDING, _SETS = "criteria_standing", "criteria_sets_of_units"
_MET, _NEVER = "met", "never_assessed"
_STATES = {_MET: "met", "not_met": "not met", "expired": "expired", "withdrawn": "withdrawn", _NEVER: "never assessed"}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a unit stands with a set of criteria.

    Attributes:
        unit: its row of `silver/administrative_unit` on the day.
        day: the day.
        criteria_set: the set's row of `silver/criteria_set`, of the standard that is asked about.
        in_force: whether the set is the one in force for the unit, the standard and the day.
        rows: of the population `criteria_standing`: the unit's criteria of the set, in the order of their codes.
        elsewhere: how many assessed criteria of the standard are of another set, by its code; None: of no set that is known.
        known: the sets that are for the unit, in force or not.
        undated: those of the standard whose first day is not known.
    """

    unit: dict[str, Any]
    day: date
    criteria_set: dict[str, Any]
    in_force: bool
    rows: list[dict[str, Any]]
    elsewhere: dict[str | None, int]
    known: frozenset[str]
    undated: list[str]

    @property
    def lacking(self) -> list[dict[str, Any]]:
        """The listed criteria that are not met."""
        return [row for row in self.rows if row["is_listed"] and row["state"] != _MET]

    @property
    def met(self) -> list[dict[str, Any]]:
        """The listed criteria that are met."""
        return [row for row in self.rows if row["is_listed"] and row["state"] == _MET]

    @property
    def not_listed(self) -> list[dict[str, Any]]:
        """Criteria that were assessed, and that the reference does not list."""
        return [row for row in self.rows if not row["is_listed"]]


def criteria_of(warehouse: Warehouse, code: str, standard: str | None, set_id: str | None, as_of: date | None) -> Standing:
    """Where a unit stands with the criteria of a set, on a day (none given: the release's).

    Args:
        warehouse: its released tables are read, and nothing is written.
        code: the unit that has this code on the day.
        standard: one of `STANDARDS`; none given: the first of them that the set has, or that has a set in force for the unit.
        set_id: a set that is for the unit, in force or not; none given: the one in force.
        as_of: the day.

    Raises:
        NothingReleasedError: nothing was released yet, or nothing that lists criteria.
        UsageError: there is no such unit on the day, no such set or standard for it, or none in force.
    """
    release = require_release(warehouse)
    day = as_of or release.as_of
    assert day is not None  # noqa: S101 - a release has its day
    if standard is not None and standard not in STANDARDS:
        raise UsageError(f"--standard {standard}: expected one of {', '.join(STANDARDS)}{closest(standard, STANDARDS)}")
    tables = silver_tables_read(f"SELECT * FROM {_STANDING}")
    with released_sets(warehouse, release, tables) as sets:
        unit = _unit_on(sets, code, day)
        identity = f"unit_code = {literal(code)} AND unit_valid_from = DATE'{unit['unit_valid_from']}'"
        sets_of_unit = (
            f"SELECT c.*, f.is_in_force FROM silver.criteria_set AS c JOIN {_SETS} AS f ON f.set_id = c.set_id AND f.standard = c.standard"
        )
        fitting = sets.rows(with_populations(f"{sets_of_unit} WHERE {identity}", day))
        chosen = _chosen(unit, day, fitting, standard, set_id)
        of_standard = f"{identity} AND standard = {literal(chosen['standard'])}"
        rows = sets.rows(with_populations(f"SELECT * FROM {_STANDING} WHERE {of_standard}", day))
    elsewhere = Counter(row["set_id"] for row in rows if row["set_id"] != chosen["set_id"] and row["state"] != _NEVER)
    of_set = [row for row in rows if row["set_id"] == chosen["set_id"]]
    of_set.sort(key=lambda row: [int(part) for part in row["criterion"].split(".")])
    undated = [one["set_id"] for one in fitting if one["standard"] == chosen["standard"] and one["valid_from"] is None]
    return Standing(
        unit, day, chosen, chosen.pop("is_in_force"), of_set, dict(elsewhere), frozenset(one["set_id"] for one in fitting), undated
    )


def _unit_on(sets: Sets, code: str, day: date) -> dict[str, Any]:
    """The unit of that code on the day.

    Raises:
        UsageError: there is none then; says what the code was or will be, where it is one.
    """
    versions = sets.rows(f"SELECT * FROM silver.administrative_unit WHERE unit_code = {literal(code)} ORDER BY version_from")
    for version in versions:
        if version["version_from"] <= day and (version["version_to"] is None or day <= version["version_to"]):
            return version
    lives = {(one["unit_valid_from"], one["unit_valid_to"]): one["unit_name"] for one in versions}
    known = "; ".join(f"it is the code of {name} from {first} to {last or 'now'}" for (first, last), name in lives.items())
    raise UsageError(f"--unit {code}: no unit has that code on {day}; {known or 'none ever had: expected a code of 2, 3 or 5 digits'}")


def _chosen(unit: dict[str, Any], day: date, fitting: list[dict[str, Any]], standard: str | None, set_id: str | None) -> dict[str, Any]:
    """The set that is asked about.

    Raises:
        UsageError: there is none; the message lists those for the unit.
    """
    called = f"{unit['unit_name']} ({unit['unit_code']})"
    if not fitting:
        rural = "; the criteria are for rural communes (xã)" if unit["level"] == "commune" and not unit["is_rural"] else ""
        raise UsageError(f"no set of criteria is for {called} on {day}{rural}")
    named = [one for one in fitting if (one["set_id"] == set_id if set_id else one["is_in_force"]) and standard in (None, one["standard"])]
    if not named:
        known = ", ".join(f"{one['set_id']} ({one['standard']}{', in force' if one['is_in_force'] else ''})" for one in fitting)
        what = " ".join(filter(None, (f"--set {set_id}" if set_id else "", f"--standard {standard}" if standard else "")))
        in_force = "" if set_id else " in force"
        raise UsageError(f"{what or '--unit ' + unit['unit_code']}: no such set{in_force} for {called} on {day}; there are {known}")
    return min(named, key=lambda one: STANDARDS.index(one["standard"]))


def remarks(found: Standing) -> list[str]:
    """What a reader has to know beside the rows, a sentence each: what of the set is not known, and what was assessed by another."""
    asked, set_id = found.criteria_set, found.criteria_set["set_id"]
    listed = [row for row in found.rows if row["is_listed"]]
    counts = []
    for name, parts in (
        ("criteria", [row for row in listed if not row["parent"]]),
        ("sub_criteria", [row for row in listed if row["parent"]]),
    ):
        words, number = name.replace("_", "-"), asked[name]
        if number is None:
            counts.append(f"{len(parts)} {words} (of how many is not known)")
        else:
            counts.append(f"{len(parts)} of its {number} {words}")
    said = [f"the reference lists {' and '.join(counts)}; nothing is said here of the others"] if _is_incomplete(asked, listed) else []
    if not found.in_force:
        said.append(f"{set_id} is not the set in force for this unit on {found.day}")
    if found.not_listed:
        codes = ", ".join(row["criterion"] for row in found.not_listed)
        said.append(f"assessed, but not in the list of {set_id}: {codes}")
    for other, number in found.elsewhere.items():
        how = f"--set {other}" if other in found.known else "the reference does not know that set" if other else "none is known for the day"
        said.append(f"criteria of the standard that were assessed by {other or 'no set'}: {number} ({how})")
    said += [f"{other} is for this unit too, but its first day is not known" for other in found.undated]
    for scheme in sorted({row["threshold_scheme"] for row in listed if row["threshold_scheme"] and row["class"] is None}):
        said.append(f"thresholds hang on the class of the commune by {scheme}, and no class of it is known for the day")
    return said


def _is_incomplete(criteria_set: dict[str, Any], listed: list[dict[str, Any]]) -> bool:
    parents = sum(not row["parent"] for row in listed)
    return (criteria_set["criteria"], criteria_set["sub_criteria"]) != (parents, len(listed) - parents)


def lacks(found: Standing) -> str:
    """In one line what the unit lacks: the codes, by state."""
    if not found.lacking:
        return f"lacks none of the {len(found.met)} listed criteria" if found.met else "no criterion of the set is listed"
    states = list(_STATES)
    ordered = sorted(found.lacking, key=lambda row: states.index(row["state"]))
    named = [
        f"{_STATES[state]} {', '.join(row['criterion'] for row in rows)}" for state, rows in groupby(ordered, key=lambda row: row["state"])
    ]
    return f"lacks {len(found.lacking)} of the {len(found.lacking) + len(found.met)} listed criteria: {'; '.join(named)}"


def print_criteria(found: Standing) -> None:
    """What the unit lacks, what it meets, what nobody knows, for a person; the line that says it all comes last."""
    unit, asked = found.unit, found.criteria_set
    say_folded(
        f"{unit['unit_name']} ({unit['unit_code']}, since {unit['unit_valid_from']}) as of {found.day}: "
        f"{asked['set_id']}, standard {asked['standard']}"
    )
    issued = f"{asked['decision']}, in force from {asked['valid_from'] or 'a day that is not known'} to {asked['valid_to'] or 'now'}"
    say_folded(f"{asked['name_vi']} ({issued})", indent="  ")
    classes = {row["threshold_scheme"]: row["class"] for row in found.rows if row["class"]}
    for scheme, name in classes.items():
        say_folded(f"class of the commune by {scheme}: {name}", indent="  ")
    for title, rows in (("lacking", found.lacking), ("met", found.met), ("assessed, but not listed", found.not_listed)):
        if rows:
            say()
            say(f"{title} ({len(rows)})")
            for row in rows:
                _print_criterion(found, row)
    say()
    for sentence in remarks(found):
        say_folded(sentence)
    say_folded(lacks(found))


def _print_criterion(found: Standing, row: dict[str, Any]) -> None:
    say_folded(f"{row['criterion']:<6}{row['name_vi'] or 'wording not known'}", indent="  ", hanging=6)
    parts = [one for one in found.rows if row["is_listed"] and one["parent"] == row["criterion"]]
    said = [
        _STATES[row["state"]],
        f"assessed {row['assessed_on']}" if row["assessed_on"] else "",
        f"until {row['valid_to']}" if row["valid_to"] else "",
        f"decision {row['decision_number']}" if row["decision_number"] else "",
        f"withdrawn by {row['withdrawal_decision']}" if row["withdrawal_decision"] else "",
        f"{sum(one['state'] == _MET for one in parts)} of {len(parts)} listed sub-criteria met" if parts else "",
        f"threshold {row['threshold'] or 'unknown'}" if row["is_listed"] else "",
    ]
    say_folded("; ".join(filter(None, said)), indent="        ")
