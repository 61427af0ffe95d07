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
from jobs.engine.executors import open_sets
from jobs.engine.sets import set_query
from jobs.reference.units.model import UnitId
from jobs.reference.units.names import UnitsByName
from jobs.silver.standardise import parsed, record_key
from warehouse_schema.contracts import given_columns, load_contracts
from warehouse_schema.ddl import literal, sql_type
from warehouse_schema.received import RECEIVED, UNIT_NAME, trimmed
from warehouse_schema.sql_text import sql_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from jobs.engine.sets import Sets
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
DETAILED = frozenset({"unknown_unit", "ambiguous_unit"})
"""The rules to whose message `reference_detail` is added."""
_EATEN = (
    "other codes of this file lost their leading zeros, and with zeros this one is another unit's: expected all digits, or unit_valid_from"
)
_NAME_SEPARATOR = ", "
_NO_DAY, _NO_TEXT = "CAST(NULL AS DATE)", "CAST(NULL AS STRING)"
_LOST_ZEROS = "coalesce(place.has_other_reading AND eaten.object_id IS NOT NULL, false)"
NAMED_UNITS = pa.schema(
    [
        ("unit_named", pa.string()),
        ("reference_day", pa.date32()),
        ("stated_day", pa.date32()),
        ("readings", pa.list_(pa.string())),
        ("unit_code", pa.string()),
        ("unit_valid_from", pa.date32()),
        ("province_code", pa.string()),
        ("detail", pa.string()),
    ]
)
_DATES = frozenset({"from_day", "to_day", "unit_valid_from", "district_valid_from", "province_valid_from"})


@dataclass(frozen=True, slots=True)
class References:
    """What codes mean. Grain: one row for each code and interval of days; the intervals of a code do not overlap.

    `status`: whether the code is valid on these days. `known_units`: by which a unit's name is found.
    """

    organisations: pa.Table
    units: pa.Table
    known_units: Units


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
    if last >= max(first, units.known_from):
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
        known = (
            f"there is no {ended.level} level since"
            if day - timedelta(days=1) == units.level_ends[ended.level]
            else "its successor is not known"
        )
        return f"{name} ended on {day - timedelta(days=1)}; {known}"
    place = units.place(unit, day)
    is_whole = place is not None and (place.at_unit_code, place.at_unit_valid_from) in named
    went = "was merged into" if is_whole else "was divided (or lists differ about it), and went into"
    return f"{name} {went} {' and '.join(named.values())} on {day}"


def lookups(periods: Iterable[OrganisationPeriod], units: Units) -> References:
    """What codes mean, for one run."""
    return References(
        organisations=_table(organisation_lookup(periods), ("code", "from_day", "to_day", "status", *PLACEMENT)),
        units=_table(unit_lookup(units), ("code", "from_day", "to_day", "level", "province_code", "status", "detail")),
        known_units=units,
    )


@lru_cache(maxsize=1)
def _by_name(units: Units) -> UnitsByName:
    """Made where a sheet names a unit, which few do."""
    return UnitsByName(units)


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
    return {"reference_day": contract.unit.written_on, **_unit_as_written(contract)} if contract.unit is not None else {}


def _unit_as_written(contract: Contract) -> dict[str, str]:
    """`unit_coded`: the unit's code; `unit_named`: its name and the names of what it lies in, which may also stand in the column of the code."""
    assert contract.unit is not None  # noqa: S101 - asked of no other
    code = contract.unit.code
    if not contract.unit_names:
        return {"unit_coded": code, "unit_named": _NO_TEXT}
    is_name = f"coalesce({code} RLIKE {literal(UNIT_NAME)}, false)"
    in_code = f"CASE WHEN {is_name} THEN {code} END"
    unit_name, *others = contract.unit_names
    # What a unit lies in says which one it is, and is no unit's own name, but of a row that is about the district or the province itself.
    own = ", ".join([in_code, unit_name, *(f"CASE WHEN {when} THEN {name} END" for name, when in contract.own_names.items())])
    names = ", ".join([in_code, unit_name, *others])
    return {
        "unit_coded": f"CASE WHEN NOT {is_name} THEN {code} END",
        "unit_named": f"CASE WHEN coalesce({own}) IS NOT NULL THEN concat_ws({literal(_NAME_SEPARATOR)}, {names}) END",
    }


def given(contract: Contract) -> dict[str, str]:
    """The columns that references fill, with the SQL that fills each, over the relations that `joins` names."""
    filled: dict[str, str] = {}
    if contract.organisation is not None:
        filled = {name: f"place.{name}" for name in PLACEMENT}
    elif contract.unit is not None:
        own = {column.name for column in contract.columns if column.source is None}
        filled = {name: f"place.{name}" for name in ("unit_code", "unit_valid_from", "province_code") if name in own}
        if contract.unit_names:
            code = contract.unit.code
            filled[code] = f"CASE WHEN s.unit_coded IS NULL THEN coalesce(place.unit_code, s.{code}, s.unit_named) ELSE s.{code} END"
    for number, reference in enumerate(contract.references):
        filled |= {column.name: f"sheet_{number}.{column.name}" for column in given_columns(contract, reference, load_contracts())}
    return filled


def joins(contract: Contract) -> str:
    """The joins of a staged row `s` with what it refers to: `place`, and `sheet_<n>` for each other sheet. None of them gives a row twice."""
    found = ""
    if contract.organisation is not None:
        found = f" LEFT JOIN places AS place ON place.code = s.{contract.organisation.code} AND place.reference_day <=> s.reference_day"
    elif contract.unit is not None:
        found = f"{_place_join(contract)} LEFT JOIN eaten_objects AS eaten ON eaten.object_id = s.object_id"
    for number, reference in enumerate(contract.references):
        pairs = enumerate(reference.columns)
        same = " AND ".join(f"sheet_{number}.{_key(place)} = s.{name}" for place, name in pairs)
        found += f" LEFT JOIN sheet_{number} ON {same}"
    return found


def _place_join(contract: Contract) -> str:
    assert contract.unit is not None  # noqa: S101 - asked of no other
    stated = _stated_day(contract)
    return (
        " LEFT JOIN places AS place ON place.code <=> s.unit_coded AND place.unit_named <=> s.unit_named AND place.reference_day <=> s.reference_day"
        f" AND place.stated_day <=> {f's.{stated}' if stated else _NO_DAY}"
    )


def note_references(sets: Sets, contract: Contract, refs: References) -> None:
    """Make the relations that `joins` names, for the rows of `staged`; other sheets as they are now, since all of them were loaded before."""
    note_places(sets, contract, refs)
    for number, reference in enumerate(contract.references):
        sets.delta(reference.table)
        sets.view(f"sheet_{number}", sheet_rows(contract, reference))


def note_empty_sheets(sets: Sets, contract: Contract) -> None:
    """Make the relations of other sheets without a row, where there is no warehouse to look into."""
    for number, reference in enumerate(contract.references):
        other = load_contracts()[reference.table]
        columns = [(_key(place), other.column(name)) for place, name in enumerate(other.key)]
        columns += [(column.name, column) for column in given_columns(contract, reference, load_contracts())]
        nothing = ", ".join(f"CAST(NULL AS {sql_type(column.type)}) AS {name}" for name, column in columns)
        sets.view(f"sheet_{number}", f"SELECT * FROM (SELECT {nothing}) AS r WHERE false")


def note_places(sets: Sets, contract: Contract, refs: References) -> None:
    """Make the relation `places`: what the codes of organisations or units mean that rows of `staged` name."""
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
        sets.view(
            "named",
            f"SELECT DISTINCT unit_coded AS code, unit_named, reference_day, {stated} AS stated_day FROM staged"
            " WHERE unit_coded IS NOT NULL OR unit_named IS NOT NULL",
        )
        sets.rows_of("named_units", _named_units(sets, contract, refs))
        sets.table("places", set_query("places_of_units"))
        # Where one code of an object had lost its zeros, others that still are a unit's may have lost theirs.
        sets.table("eaten_objects", f"SELECT DISTINCT s.object_id FROM staged AS s{_place_join(contract)} WHERE place.is_filled_up")


def _named_units(sets: Sets, contract: Contract, refs: References) -> pa.Table:
    """What each name says that the batch writes. Grain: a name, the day of writing, the stated day. Where it is one unit: its code, first day, province."""
    assert contract.unit is not None  # noqa: S101 - asked of no other
    rows = []
    written = (
        sets.rows("SELECT DISTINCT unit_named, reference_day, stated_day FROM named WHERE unit_named IS NOT NULL")
        if contract.unit_names
        else []
    )
    for row in written:
        names = row["unit_named"].split(_NAME_SEPARATOR.strip())
        found = _by_name(refs.known_units).read(names, row["reference_day"], row["stated_day"], contract.unit.levels)
        one = found.units[0] if len(found.units) == 1 else None
        rows.append(
            {
                **row,
                "readings": [version.unit_code for version in found.units],
                "unit_code": one.unit_code if one else None,
                "unit_valid_from": one.unit_valid_from if one else None,
                "province_code": one.province_code if one else None,
                "detail": found.detail,
            }
        )
    return pa.Table.from_pylist(rows, schema=NAMED_UNITS)


def sheet_rows(contract: Contract, reference: SheetReference) -> str:
    """The query for what a contract's rows find in another sheet: its key as `key_<n>`, and what it gives. Grain: a key; withdrawn rows are no rows."""
    other = load_contracts()[reference.table]
    columns = [f"{name} AS {_key(place)}" for place, name in enumerate(other.key)]
    columns += [column.name for column in given_columns(contract, reference, load_contracts())]
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
    with open_sets(warehouse, spill_to) as sets:
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
        is_given = "(s.unit_coded IS NOT NULL OR s.unit_named IS NOT NULL)"
        expected = {
            "ambiguous_unit": (
                f"{_LOST_ZEROS} OR coalesce(place.has_several_readings OR place.has_another_name, false)",
                "expected a code or name that means one unit",
            ),
            "unknown_unit": (
                f"{is_given} AND {day} IS NOT NULL AND coalesce(place.status, '') <> '{_VALID}'",
                f"expected a {' or '.join(contract.unit.levels)} that existed on the day of writing",
            ),
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
    return f"coalesce(place.detail, CASE WHEN {_LOST_ZEROS} THEN {literal(_EATEN)} END)" if contract.unit is not None else _NO_TEXT


def _stated_day(contract: Contract) -> str | None:
    """The column that says outright from when on the unit is meant, where the dataset has one."""
    return next((column.name for column in contract.landed if column.source == "unit_valid_from"), None)
