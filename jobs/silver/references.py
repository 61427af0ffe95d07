"""References: what an organisation's or a unit's code means on a day, what another sheet says of a key, and how rows find it.

Rows are joined with what they refer to as sets, by the few different codes and days that they name: a join in the engine would copy each wide row once more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from expectations.row_rules import Check, chains, first_broken, unknown_reference
from jobs.engine.sets import Sets, set_query
from jobs.reference.units.model import REFORM_DAY, UNITS_KNOWN_FROM, UnitId
from jobs.silver.standardise import parsed, record_key
from warehouse_schema.contracts import given_columns, load_contracts
from warehouse_schema.ddl import literal
from warehouse_schema.received import RECEIVED, trimmed
from warehouse_schema.sql_text import sql_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from jobs.engine.tables import Warehouse
    from jobs.reference.organisations import OrganisationPeriod
    from jobs.reference.units.model import Units, UnitVersion
    from warehouse_schema.contracts import Contract, SheetReference

FIRST_DAY = date(1, 1, 1)
LAST_DAY = date(9999, 12, 31)
PLACEMENT = (
    "organ_id",
    "level",
    "unit_code",
    "unit_valid_from",
    "unit_level",
    "district_code",
    "district_valid_from",
    "province_code",
    "province_valid_from",
)
_VALID, _AMBIGUOUS, _NOT_VALID = "valid", "ambiguous", "not_valid"
DETAILED = "unknown_unit"
"""The rule to whose message `reference_detail` is added."""
_NO_DAY = "CAST(NULL AS DATE)"
_DATES = frozenset({"from_day", "to_day", "unit_valid_from", "district_valid_from", "province_valid_from"})


@dataclass(frozen=True, slots=True)
class References:
    """What codes mean. Grain: one row for each code and interval of days; the intervals of a code do not overlap.

    `status`: whether the code is valid on these days.
    """

    organisations: pa.Table
    units: pa.Table


def organisation_lookup(periods: Iterable[OrganisationPeriod]) -> list[dict[str, Any]]:
    """Periods with the gaps between them filled in, so that a known code has exactly one row for every day."""
    by_code: dict[str, list[OrganisationPeriod]] = {}
    for period in periods:
        by_code.setdefault(period.organ_code, []).append(period)
    rows: list[dict[str, Any]] = []
    for code, owned in by_code.items():
        day = FIRST_DAY
        for period in sorted(owned, key=lambda one: one.from_day):
            if period.from_day > day:
                rows.append(_gap(code, day, period.from_day - timedelta(days=1)))
            last = period.to_day or LAST_DAY
            rows.append(
                {
                    "code": code,
                    "from_day": period.from_day,
                    "to_day": last,
                    "status": _AMBIGUOUS if period.ambiguous else _VALID,
                    **{name: getattr(period, name) for name in PLACEMENT},
                }
            )
            day = last + timedelta(days=1) if last < LAST_DAY else LAST_DAY
        if day < LAST_DAY:
            rows.append(_gap(code, day, LAST_DAY))
    return rows


def _gap(code: str, first: date, last: date) -> dict[str, Any]:
    return {"code": code, "from_day": first, "to_day": last, "status": _NOT_VALID, **dict.fromkeys(PLACEMENT)}


@lru_cache(maxsize=1)
def unit_lookup(units: Units) -> list[dict[str, Any]]:
    """Which identity a unit's code names on the day it is written, and between and after its identities what became of the unit before.

    Grain: a code and an interval of days; the intervals of a code do not overlap. Where the code names no unit, `detail` says what is known of it.
    """
    rows: list[dict[str, Any]] = []
    firsts = {(version.unit_code, version.unit_valid_from): version for version in reversed(units.versions)}
    before: UnitVersion | None = None
    for (code, first), version in sorted(firsts.items()):
        if before is not None and before.unit_code != code:
            _add_gap(rows, before, None, units)
            before = None
        _add_gap(rows, before, version, units)
        last = version.unit_valid_to or LAST_DAY
        given = {"level": version.level, "province_code": version.province_code, "status": _VALID, "detail": None}
        rows.append({"code": code, "from_day": first, "to_day": last, **given})
        before = version
    _add_gap(rows, before, None, units)
    return rows


def _add_gap(rows: list[dict[str, Any]], before: UnitVersion | None, after: UnitVersion | None, units: Units) -> None:
    """Add the days on which a code names no unit, after the one before and until the one after, if there are any."""
    known = before or after
    if known is None or (before is not None and before.unit_valid_to is None):
        return
    first = before.unit_valid_to + timedelta(days=1) if before is not None and before.unit_valid_to else FIRST_DAY
    last = after.unit_valid_from - timedelta(days=1) if after else LAST_DAY
    # Nothing is known of the years before the first list.
    if last >= max(first, UNITS_KNOWN_FROM):
        details = [_end(before, first, units)] if before else []
        details += [f"it is the code of {after.unit_name} from {after.unit_valid_from} on"] if after else []
        given = {"level": known.level, "province_code": None, "status": _NOT_VALID, "detail": "; ".join(details)}
        rows.append({"code": known.unit_code, "from_day": first, "to_day": last, **given})


def _end(ended: UnitVersion, day: date, units: Units) -> str:
    """What became of a unit that is there no more from `day` on, with the codes to use instead, so that an officer can correct the row."""
    unit = UnitId(ended.unit_code, ended.unit_valid_from)
    name = (units.version_at(unit, day - timedelta(days=1)) or ended).unit_name
    named = {one: f"{one.code} ({version.unit_name})" for one in units.successors.get(unit, ()) if (version := units.version_at(one, day))}
    if not named:
        known = "there is no district level since" if ended.level == "district" and day == REFORM_DAY else "its successor is not known"
        return f"{name} ended on {day - timedelta(days=1)}; {known}"
    place = units.place(unit, day)
    is_whole = place is not None and (place.at_unit_code, place.at_unit_valid_from) in named
    return f"{name} {'was merged into' if is_whole else 'was divided, and went in part into'} {' and '.join(named.values())} on {day}"


def lookups(periods: Iterable[OrganisationPeriod], units: Units) -> References:
    """What codes mean, for one run."""
    return References(
        organisations=_table(organisation_lookup(periods), ("code", "from_day", "to_day", "status", *PLACEMENT)),
        units=_table(unit_lookup(units), ("code", "from_day", "to_day", "level", "province_code", "status", "detail")),
    )


def _table(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> pa.Table:
    schema = pa.schema([(name, pa.date32() if name in _DATES else pa.string()) for name in columns])
    return pa.Table.from_pylist(list(rows), schema=schema)


def reference_columns(contract: Contract) -> dict[str, str]:
    """What has to be known of a row by itself to find what it refers to: SQL over its standardised columns, by the name of the column that it becomes.

    `reference_day`: the day on which its organisation is judged, or its unit's code was written; `must_be_valid`: whether the organisation has to be valid
    then.
    """
    if contract.organisation is not None:
        return {"reference_day": contract.organisation.day, "must_be_valid": contract.organisation.valid_when}
    return {"reference_day": contract.unit.written_on} if contract.unit is not None else {}


def given(contract: Contract) -> dict[str, str]:
    """The columns that references fill, with the SQL that fills each, over the relations that `joins` names."""
    filled: dict[str, str] = {}
    if contract.organisation is not None:
        filled = {name: f"place.{name}" for name in PLACEMENT}
    elif contract.unit is not None:
        own = {column.name for column in contract.columns if column.source is None}
        filled = {name: f"place.{name}" for name in ("unit_code", "unit_valid_from", "province_code") if name in own}
    for number, reference in enumerate(contract.references):
        other = load_contracts()[reference.table]
        filled |= {column.name: f"sheet_{number}.{column.name}" for column in given_columns(contract, reference, other)}
    return filled


def joins(contract: Contract) -> str:
    """The joins of a staged row `s` with what it refers to: `place`, and `sheet_<n>` for each other sheet. None of them gives a row twice."""
    found = ""
    if contract.organisation is not None:
        found = f" LEFT JOIN places AS place ON place.code = s.{contract.organisation.code} AND place.reference_day <=> s.reference_day"
    elif contract.unit is not None:
        stated = _stated_day(contract)
        found = (
            f" LEFT JOIN places AS place ON place.code = s.{contract.unit.code} AND place.reference_day <=> s.reference_day"
            f" AND place.stated_day <=> {f's.{stated}' if stated else _NO_DAY}"
        )
    for number, reference in enumerate(contract.references):
        pairs = enumerate(reference.columns)
        same = " AND ".join(f"sheet_{number}.{_key(place)} = s.{name}" for place, name in pairs)
        found += f" LEFT JOIN sheet_{number} ON {same}"
    return found


def note_references(sets: Sets, contract: Contract, refs: References) -> None:
    """Make the relations that `joins` names, for the rows of `staged`; other sheets as they are now, since all of them were loaded before."""
    if contract.organisation is not None:
        sets.rows_of("organisations", refs.organisations)
        sets.view(
            "named",
            f"SELECT DISTINCT {contract.organisation.code} AS code, reference_day FROM staged WHERE {contract.organisation.code} IS NOT NULL",
        )
        sets.table("places", set_query("places_of_organisations"))
    elif contract.unit is not None:
        stated = _stated_day(contract) or _NO_DAY
        sets.rows_of("all_units", refs.units)
        levels = ", ".join(map(literal, contract.unit.levels))
        sets.view("units", f"SELECT * FROM all_units WHERE level IN ({levels})")
        code = contract.unit.code
        sets.view("named", f"SELECT DISTINCT {code} AS code, reference_day, {stated} AS stated_day FROM staged WHERE {code} IS NOT NULL")
        sets.table("places", set_query("places_of_units"))
    for number, reference in enumerate(contract.references):
        sets.delta(reference.table)
        sets.view(f"sheet_{number}", sheet_rows(contract, reference))


def sheet_rows(contract: Contract, reference: SheetReference) -> str:
    """The query for what a contract's rows find in another sheet: its key as `key_<n>`, and what it gives. Grain: a key; withdrawn rows are no rows."""
    other = load_contracts()[reference.table]
    columns = [f"{name} AS {_key(place)}" for place, name in enumerate(other.key)]
    columns += [column.name for column in given_columns(contract, reference, other)]
    there = f" WHERE NOT coalesce({other.withdrawn}, false)" if other.withdrawn else ""
    return f"SELECT {', '.join(columns)} FROM {sql_name(other.name)}{there}"


def _key(place: int) -> str:
    return f"key_{place}"


def changed_keys(
    warehouse: Warehouse, contract: Contract, reference: SheetReference, before: int | None, spill_to: Path | None = None
) -> frozenset[str]:
    """The keys, as `record_key` spells them, under which a contract's rows find something else in another sheet than at its version `before`.

    None: nothing was there before. Both are read by the contracts of today: where these changed in a way that matters here, `sheet_rows` is another text, and
    with it the definition of the dataset, all of whose rows are revalidated then.
    """
    rows = sheet_rows(contract, reference)
    with Sets.open(warehouse, spill_to) as sets:
        sets.delta(reference.table)
        sets.table("now", rows)
        if before is not None:
            sets.delta(reference.table, before)
        sets.table("before", rows if before is not None else "SELECT * FROM now LIMIT 0")
        key = record_key([_key(place) for place in range(len(reference.columns))])
        differing = "(SELECT * FROM now EXCEPT SELECT * FROM before) UNION ALL (SELECT * FROM before EXCEPT SELECT * FROM now)"
        return frozenset(row["value"] for row in sets.rows(f"SELECT DISTINCT {key} AS value FROM ({differing}) AS d"))


def sent_reference(contract: Contract, reference: SheetReference) -> str:
    """The key of the other sheet that a row of bronze names, spelt as `changed_keys` spells it; over the fields as received."""
    texts = []
    for name in reference.columns:
        column = contract.column(name)
        sent = trimmed(column).replace(f"{RECEIVED}.", "")
        texts.append(parsed(column).replace(f"`{name}`", f"({sent})"))
    return record_key(texts)


def reference_checks(contract: Contract) -> list[Check]:
    """The ways in which a row's references can be wrong, over staged rows with what `joins` finds. Those of an organisation are a chain."""
    return [*_placement_checks(contract), *(_sheet_check(contract, number, one) for number, one in enumerate(contract.references))]


def _sheet_check(contract: Contract, number: int, reference: SheetReference) -> Check:
    source = str(contract.column(reference.columns[0]).source)
    sent = " AND ".join(f"s.{name} IS NOT NULL" for name in reference.columns)
    message = f"{source}: expected a row of {sql_name(reference.table)} that is there and not deleted"
    return Check("unknown_reference", source, message, unknown_reference(reference), f"{sent} AND sheet_{number}.{_key(0)} IS NULL")


def _placement_checks(contract: Contract) -> list[Check]:
    if contract.organisation is not None:
        field_name = contract.organisation.field
        dated = "s.reference_day IS NOT NULL AND coalesce(s.must_be_valid, false)"
        expected = {
            "unknown_organisation": (
                f"s.{contract.organisation.code} IS NOT NULL AND place.status IS NULL",
                "expected a code of the registry of organisations",
            ),
            "organisation_not_valid": (f"{dated} AND place.status = '{_NOT_VALID}'", "expected an organisation that is valid on the day"),
            "ambiguous_unit": (
                f"{dated} AND place.status = '{_AMBIGUOUS}'",
                "the organisation's administrative unit cannot be decided for the day",
            ),
        }
    elif contract.unit is not None:
        field_name = contract.unit.field
        stated = _stated_day(contract)
        day = f"coalesce(s.{stated}, s.reference_day)" if stated else "s.reference_day"
        expected = {
            "unknown_unit": (
                f"s.{contract.unit.code} IS NOT NULL AND {day} IS NOT NULL AND coalesce(place.status, '') <> '{_VALID}'",
                f"expected a {' or '.join(contract.unit.levels)} that existed on the day of writing",
            )
        }
    else:
        return []
    return [
        Check(code, field_name, f"{field_name}: {message}", code, broken, chain="place") for code, (broken, message) in expected.items()
    ]


def reference_reasons(contract: Contract) -> list[str]:
    """The SQL of the name of each rule that a row's references break, or NULL; over staged rows with what `joins` finds."""
    return [first_broken(chain) for chain in chains(reference_checks(contract))]


def reference_detail(contract: Contract) -> str:
    """The SQL of what is known of a row's reference beside the message of the rule that it breaks."""
    return "place.detail" if contract.unit is not None else "CAST(NULL AS STRING)"


def _stated_day(contract: Contract) -> str | None:
    """The column that says outright from when on the unit is meant, where the dataset has one."""
    return next((column.name for column in contract.landed if column.source == "unit_valid_from"), None)
