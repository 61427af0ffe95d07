"""What the pages of data quality show of who sends: how complete, how timely, what was rejected and whose it was. Read from one release."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from jobs.gold.periods import month_end
from jobs.ops.quarantine import CORRECTED
from jobs.publish.released import connect
from jobs.publish.reporting_calendar import due_on, month_moved
from jobs.publish.site import wording
from jobs.publish.site.read import asked, note_sent
from warehouse_schema.contracts import ORGANISATION, bronze_contract, landed_contracts, quarantine_contract
from warehouse_schema.sql_text import sql_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from duckdb import DuckDBPyConnection

    from jobs.engine.tables import Warehouse
    from jobs.ops.releases import Release
    from jobs.publish.site.read import Province, Row
    from warehouse_schema.contracts import Contract

MOST_MONTHS = 12
"""Over so many months at most senders are judged: the last ones whose rows are all due."""
_QUERIES = Path(__file__).parent / "queries" / "received"
_TABLES = (
    *("ops/load", "silver/organisation", "silver/organisation_period", "silver/unit_name", "silver/village", "silver/work_record"),
    *("silver/document", "silver/dossier", "silver/paper_work_record", "silver/paper_document"),
)
_MONTH = pa.schema([("first_day", pa.date32()), ("last_day", pa.date32()), ("province_valid_from", pa.date32())])
_DUE = pa.schema([("day", pa.date32()), ("due_on", pa.date32())])


@dataclass(frozen=True, slots=True)
class Received:
    """What was received for all provinces, and what each province's senders did.

    Attributes:
        rejected: rows of `whose.sql`.
        months: by province the months that its senders are judged over, first and last day each; none where nothing is due yet.
        punctuality: by province rows of `punctuality.sql`.
    """

    rejected: list[Row]
    months: dict[str, list[tuple[date, date]]] = field(default_factory=dict)
    punctuality: dict[str, list[Row]] = field(default_factory=dict)


def read_received(warehouse: Warehouse, release: Release, provinces: Iterable[Province]) -> Received:
    """What a release says of the senders of some provinces; rejected rows of all, so that their sums can be seen to be whole."""
    assert release.as_of is not None  # noqa: S101 - a release has its day
    contracts = landed_contracts()
    layers = [name for contract in contracts for name in (bronze_contract(contract.name).name, quarantine_contract(contract.name).name)]
    with closing(connect(warehouse, release, {*_TABLES, *layers})) as connection:
        found = Received(_rejected(connection, contracts, release.as_of))
        note_sent(connection)
        _run(connection, "sent")
        for province in provinces:
            since = asked(connection, "since", folder=_QUERIES, province=province.code)[0]["since"]
            months = months_due(since, release.as_of) if since else []
            found.months[province.code] = months
            found.punctuality[province.code] = _punctuality(connection, province, months) if months else []
    return found


def months_due(since: date, as_of: date) -> list[tuple[date, date]]:
    """The months from the one of a day on that are over and whose rows are all due before the release's day; the last of them."""
    months = []
    first = since.replace(day=1)
    while (last := month_end(first)) < as_of and ((due := due_on(last)) is None or due < as_of):
        months.append((first, last))
        first = month_moved(first, 1)
    return months[-MOST_MONTHS:]


def code_field(contract: Contract) -> tuple[str, str, int]:
    """Which field of a row says whose it is: of what kind its code is, its name as sent, and the digits of a unit's code (0: not known, or no unit)."""
    if contract.organisation is not None:
        return "organisation", contract.organisation.field, 0
    if contract.name == ORGANISATION:
        return "organisation", "organ_id", 0
    if contract.unit is not None:
        return "unit", contract.unit.field, contract.column(contract.unit.code).pad or 0
    # The one other way to name a place, so far: an assessment of a village.
    return "village", "village_id", 0


def _punctuality(connection: DuckDBPyConnection, province: Province, months: Sequence[tuple[date, date]]) -> list[Row]:
    first, last = months[0][0], months[-1][1]
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    rows = [{"first_day": start, "last_day": end, "province_valid_from": province.on(end).key.valid_from} for start, end in months]
    connection.register("asked_month", pa.Table.from_pylist(rows, _MONTH))
    connection.register("due", pa.Table.from_pylist([{"day": day, "due_on": due_on(day)} for day in days], _DUE))
    return asked(connection, "punctuality", folder=_QUERIES, province=province.code, datasets=list(wording.DATASETS))


def _rejected(connection: DuckDBPyConnection, contracts: Iterable[Contract], as_of: date) -> list[Row]:
    connection.execute(
        "CREATE TEMP TABLE rejected_row (dataset VARCHAR, kind VARCHAR, object_id VARCHAR, line BIGINT, codes VARCHAR[], settled BOOLEAN, code VARCHAR)"
    )
    for contract in contracts:
        received, rejected = (sql_name(one(contract.name).name) for one in (bronze_contract, quarantine_contract))
        connection.execute(f"CREATE OR REPLACE TEMP VIEW rejected AS FROM {rejected}")
        connection.execute(f"CREATE OR REPLACE TEMP TABLE settled AS {CORRECTED.format(quarantine=rejected, bronze=received)}")
        kind, source, pad = code_field(contract)
        _run(connection, "rejected", dataset=contract.landing, kind=kind, field=source, pad=pad)
    _run(connection, "places", as_of=as_of)
    return asked(connection, "whose", folder=_QUERIES)


def _run(connection: DuckDBPyConnection, query: str, **values: object) -> None:
    """Run one of the SQL files that make a table."""
    connection.execute((_QUERIES / f"{query}.sql").read_text(encoding="utf-8"), values or None)
