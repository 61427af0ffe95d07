"""What a pilot district shows, read from one release: its records before and after, rules, senders, identifiers, exchanges, contradictions.

Only counts leave the tables, and a few examples of days, codes and states; which, `queries/examples.sql` says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from expectations.row_rules import row_checks
from jobs.errors import UsageError
from jobs.gold.periods import month_end
from jobs.publish.exports.report.figures import QUERIES as REPORT_QUERIES
from jobs.publish.released import add_views, connect
from jobs.publish.site.read import UnitKey, asked, opened, senders_of
from jobs.publish.site.received import code_field
from jobs.visible import visible
from warehouse_schema.contracts import ORGANISATION, bronze_contract, landed_contracts, quarantine_contract
from warehouse_schema.released_views import released_views
from warehouse_schema.sql_text import sql_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from duckdb import DuckDBPyConnection

    from jobs.engine.tables import Warehouse
    from jobs.publish.site.read import Row, Snapshot
    from warehouse_schema.contracts import Contract

_QUERIES = Path(__file__).with_name("queries")
MOST_MONTHS = 24
"""Of the pilot's months the last ones are looked at: older ones fill pages and say nothing new."""
MOST_EXAMPLES = 3
"""Of each kind and form, from as many datasets, in the order of the contracts."""
_VIEW = "ocop_products"
_KINDS = {
    **dict.fromkeys(("timestamp", "compact_timestamp"), "moment"),
    **dict.fromkeys(("integer", "decimal"), "number"),
    **dict.fromkeys(("code", "text"), "text"),
    "date": "day",
    "month": "month",
    "boolean": "yes_or_no",
    "values": "state",
}
"""The kind of a value by how the contract has it read. The code of an organisation or a unit is a kind of its own."""
_EXCHANGED = ("silver/document", "silver/dossier", "silver/work_record", "silver/paper_work_record", "silver/paper_document")
_TABLES = (
    *("silver/organisation", "silver/organisation_period", "silver/managed_object", "silver/village", "silver/smart_village_assessment"),
    *("silver/criterion_assessment", "silver/growing_area", "gold/flag", *_EXCHANGED),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """What a line of the checklist is judged by.

    Attributes:
        numerator: what counts; None: nobody can tell.
        denominator: what it is divided by; None of a count.
    """

    numerator: int | None
    denominator: int | None = None
    is_share: bool = True

    @property
    def value(self) -> float | None:
        """A share from 0 to 1, or the count; None where there is nothing to divide by, or nobody can tell."""
        if self.numerator is None or (self.is_share and not self.denominator):
            return None
        return self.numerator / self.denominator if self.is_share and self.denominator else self.numerator


@dataclass(slots=True)
class Pilot:
    """All that the page and the workbook show.

    Attributes:
        unit: the row of `pilots.sql`.
        day: the day that everything is told for: the release's, or the district's last one where that is earlier.
        snapshot: the release.
        members: the district and its communes, with `is_there` on the day.
        forms: by dataset rows of `forms.sql`.
        examples: rows of `examples.sql` with their dataset.
        fates: by dataset the row of `fates.sql`, with `untold` (of all senders).
        rules: for each dataset and rule how many rows were read, how many break it.
        senders: for each month, dataset and organisation a row of the report's `senders.sql`.
        first_day: of the first record of the province; None: there is none.
        identifiers: by name (numerator, denominator).
        objects: rows of `objects.sql`.
        exchanges: rows of `exchanges.sql`.
        contradictions: by flag; None where nobody can tell: the district is gone, and the release's day is later.
        successors: of each commune what it went into, where the district is gone.
    """

    unit: Row
    day: date
    snapshot: Snapshot
    members: Sequence[Row]
    forms: dict[str, list[Row]] = field(default_factory=dict)
    examples: list[Row] = field(default_factory=list)
    fates: dict[str, Row] = field(default_factory=dict)
    rules: list[Row] = field(default_factory=list)
    senders: list[Row] = field(default_factory=list)
    first_day: date | None = None
    identifiers: dict[str, Figure] = field(default_factory=dict)
    objects: list[Row] = field(default_factory=list)
    exchanges: list[Row] = field(default_factory=list)
    contradictions: list[Row] | None = None
    successors: list[Row] = field(default_factory=list)

    @property
    def key(self) -> UnitKey:
        """The identity of the district."""
        return UnitKey(self.unit["unit_code"], self.unit["unit_valid_from"])

    @property
    def as_of(self) -> date:
        """The release's day."""
        assert self.snapshot.release.as_of is not None  # noqa: S101 - a release has its day
        return self.snapshot.release.as_of

    @property
    def is_archived(self) -> bool:
        """Whether the district is gone by the release's day."""
        return self.day < self.as_of

    @property
    def accepted_on(self) -> date | None:
        """The day of acceptance, if it is not after the day that everything is told for."""
        day: date | None = self.unit["accepted_on"]
        return day if day is not None and day <= self.day else None

    def figures(self) -> dict[str, Figure]:
        """What the checklist is judged by, by the name that `checklist.yaml` calls it."""
        fates = self.fates.values()
        read, rejected = (sum(row[name] for row in fates) for name in ("rows_read", "rows_rejected"))
        flags = None if self.contradictions is None else sum(row["flag_count"] for row in self.contradictions)
        documents = [row["document_count"] for row in self.exchanges if row["direction"] == "sent"]
        by_dataset = {row["dataset"] for row in self.senders}
        return {
            "pilot.decision": Figure(int(bool(self.unit["decision_number"])), is_share=False),
            "pilot.accepted": Figure(int(self.accepted_on is not None), is_share=False),
            "conformance.valid": Figure(read - rejected, read),
            "conformance.datasets": Figure(sum(row["rows_read"] > 0 for row in fates), len(self.fates)),
            **{f"completeness.{dataset.split('/')[1]}": completeness(self.senders, dataset) for dataset in sorted(by_dataset)},
            **{f"identifiers.{name}": figure for name, figure in self.identifiers.items()},
            "identifiers.objects": Figure(sum(row["object_count"] for row in self.objects), is_share=False),
            "exchange.documents": Figure(sum(documents), is_share=False),
            "contradictions.open": Figure(flags, is_share=False),
        }


def completeness(senders: Sequence[Row], dataset: str) -> Figure:
    """Of the months of organisations in which something is expected, those of which something has come."""
    rows = [row for row in senders if row["dataset"] == dataset and is_expected(row)]
    return Figure(sum(row["row_count"] > 0 for row in rows), len(rows))


def is_expected(row: Row) -> bool:
    """Whether a dataset can have come of a month: sheets by month belong to its last day, which may not be over."""
    return row["months_expected"] is None or row["months_expected"] > 0


def read_pilot(warehouse: Warehouse, code: str) -> Pilot:
    """Read all of a pilot.

    Raises:
        NothingReleasedError: nothing was released yet.
        UsageError: the unit is no pilot.
    """
    with opened(warehouse) as (connection, snapshot):
        release = snapshot.release
        assert release.as_of is not None  # noqa: S101 - a release has its day
        pilots = asked(connection, "pilots", as_of=release.as_of)
        unit = next((row for row in reversed(pilots) if row["unit_code"] == code), None)
        if unit is None:
            known = ", ".join(f"{row['unit_code']} {row['unit_name']}" for row in pilots) or "none"
            raise UsageError(f"--unit {code}: no pilot of data standardisation; pilots of release {release.sequence}: {visible(known)}")
        day = min(release.as_of, unit["unit_valid_to"] or release.as_of)
        members = _members(asked(connection, "units", province=unit["in_province"], as_of=day), unit, day)
        pilot = Pilot(unit, day, snapshot, members)
        if pilot.is_archived:
            inside = {_key(row) for row in members}
            rows = asked(connection, "successions", province=unit["in_province"], as_of=release.as_of)
            pilot.successors = [row for row in rows if _key(row) in inside and _key(row) != pilot.key]
    view = released_views()[_VIEW]
    contracts = [contract for contract in landed_contracts() if contract.table != "data_standardisation_pilot"]
    layers = [
        name
        for contract in contracts
        for name in (contract.name, bronze_contract(contract.name).name, quarantine_contract(contract.name).name)
    ]
    with connect(warehouse, release, {*_TABLES, *view.tables, *layers}) as connection:
        add_views(connection, day, [view], evaluated=True)
        connection.register("member_row", pa.Table.from_pylist(members, _MEMBER))
        connection.execute("CREATE TEMP TABLE member AS FROM member_row")
        _ask(connection, pilot, contracts)
    return pilot


_MEMBER = pa.schema(
    [
        ("unit_code", pa.string()),
        ("unit_valid_from", pa.date32()),
        ("level", pa.string()),
        ("unit_name", pa.string()),
        ("is_there", pa.bool_()),
    ]
)


def _members(units: Sequence[Row], pilot: Row, day: date) -> list[Row]:
    """The district and the communes that lie, or lay last, in it."""
    key = _key(pilot)
    inside = [row for row in units if _key(row) == key or (row["parent_code"], row["parent_valid_from"]) == key]
    return [{**row, "is_there": row["unit_valid_to"] is None or row["unit_valid_to"] >= day} for row in inside]


def _ask(connection: DuckDBPyConnection, pilot: Pilot, contracts: Sequence[Contract]) -> None:
    _run(connection, "own_codes", day=pilot.day)
    for contract in contracts:
        _ask_of_dataset(connection, pilot, contract)
    pilot.identifiers |= {
        row["name"]: Figure(row["numerator"], row["denominator"])
        for row in asked(connection, "identifiers", folder=_QUERIES, day=pilot.day)
    }
    pilot.objects = asked(connection, "objects", folder=_QUERIES, day=pilot.day)
    pilot.exchanges = asked(connection, "exchanges", folder=_QUERIES, day=pilot.day, start=pilot.unit["selected_on"])
    if not pilot.is_archived:
        pilot.contradictions = asked(connection, "contradictions", folder=_QUERIES, unit=pilot.key.code, valid_from=pilot.key.valid_from)
    province = UnitKey(pilot.unit["in_province"], pilot.unit["in_province_valid_from"])
    days = [row["first_day"] for row in asked(connection, "first_days", folder=REPORT_QUERIES, province=province.code)]
    pilot.first_day = min(days, default=None)
    if pilot.first_day is not None:
        for first, last in months_between(max(pilot.first_day, pilot.unit["selected_on"]), pilot.day):
            rows = senders_of(connection, province, first, last)
            pilot.senders += [{**row, "month": first} for row in rows if (row["district_code"], row["district_valid_from"]) == pilot.key]


def months_between(first: date, last: date) -> list[tuple[date, date]]:
    """The months from a day to another, the last of them; each with its first and last day within these."""
    months = []
    while first <= last:
        end = min(month_end(first), last)
        months.append((first, end))
        first = end + timedelta(days=1)
    return months[-MOST_MONTHS:]


def _ask_of_dataset(connection: DuckDBPyConnection, pilot: Pilot, contract: Contract) -> None:
    names = {
        "received": bronze_contract(contract.name).name,
        "standard": contract.name,
        "rejected": quarantine_contract(contract.name).name,
    }
    for view, table in names.items():
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS FROM {sql_name(table)}")
    kind, source, pad = code_field(contract)
    _run(connection, _placed(contract))
    _run(connection, "own_rows", field=source, pad=pad, kind=kind, day=pilot.day)
    fate = asked(connection, "fates", folder=_QUERIES)[0]
    pilot.fates[contract.landing or ""] = {**fate, "untold": asked(connection, "untold", folder=_QUERIES)[0]["row_count"]}
    if contract.organisation is not None:
        unknown = asked(connection, "unregistered", folder=_QUERIES, field=source, day=pilot.day)[0]["row_count"]
        before = pilot.identifiers.get("organisations", Figure(0, 0))
        pilot.identifiers["organisations"] = Figure(
            (before.numerator or 0) + fate["rows_read"], (before.denominator or 0) + fate["rows_read"] + unknown
        )
    if not fate["rows_read"]:
        return
    pilot.rules += _rules(contract, fate["rows_read"], asked(connection, "broken_rules", folder=_QUERIES))
    connection.register("field", pa.Table.from_pylist(shown_fields(contract)))
    _run(connection, "values")
    pilot.forms[contract.landing or ""] = asked(connection, "forms", folder=_QUERIES)
    for row in asked(connection, "examples", folder=_QUERIES):
        alike = [one for one in pilot.examples if (one["kind"], one["form"]) == (row["kind"], row["form"])]
        if len(alike) < MOST_EXAMPLES:
            label = contract.source_column(row["source"]).label_vi
            pilot.examples.append({**row, "dataset": contract.landing, "label": label})


def _placed(contract: Contract) -> str:
    """Which query tells whether a standardised row is the pilot's."""
    if contract.name == ORGANISATION:
        return "placed_by_organisation"
    return "placed_by_unit" if contract.organisation is not None or contract.unit is not None else "placed_by_village"


def shown_fields(contract: Contract) -> list[dict[str, Any]]:
    """The fields that values are compared of: as sent, as standardised, and the kind. None that is personal, dropped, free text or kept only in part."""
    whose, source, _ = code_field(contract)
    fields: list[dict[str, Any]] = []
    for column in contract.landed:
        if column.handling != "keep" or column.keep_when or column.free_text or not column.stored:
            continue
        if column.source == source and whose in ("organisation", "unit"):
            # What the registry, or the list of units, made of the code.
            fields.append({"source": source, "name": "organ_id" if whose == "organisation" else "unit_code", "kind": whose})
        else:
            kind = "organisation" if column.name == "organ_id" else _KINDS.get(column.parse, "text")
            fields.append({"source": column.source, "name": column.name, "kind": kind})
    return fields


def _rules(contract: Contract, read: int, broken: Sequence[Row]) -> list[Row]:
    """Every rule of a dataset's rows, and those of its references that a row broke."""
    counts = {row["rule"]: row["row_count"] for row in broken}
    known = {check.rule: {"rule": check.rule, "code": check.code, "field": check.field} for check in row_checks(contract)}
    rules = {**known, **{row["rule"]: row for row in broken}}
    labels = {str(column.source): column.label_vi for column in contract.landed}
    return [
        {
            "dataset": contract.landing,
            **{name: row[name] for name in ("rule", "code", "field")},
            "label": labels.get(row["field"], row["field"]),
            "rows_read": read,
            "rows_broken": counts.get(rule, 0),
        }
        for rule, row in rules.items()
    ]


def _run(connection: DuckDBPyConnection, query: str, **values: object) -> None:
    """Run one of the SQL files that make a table or a view."""
    connection.execute((_QUERIES / f"{query}.sql").read_text(encoding="utf-8"), values or None)


def _key(row: Mapping[str, Any]) -> UnitKey:
    return UnitKey(row["unit_code"], row["unit_valid_from"])
