"""Quarantine for people: which rows were rejected, why, and how to have them read again."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jobs.engine.views import add_view, open_connection
from jobs.errors import UsageError
from jobs.ops import ledger, releases
from jobs.ops.ledger import WAITING_STATES, State
from warehouse_schema.contracts import bronze_contract, landed_contracts, quarantine_contract
from warehouse_schema.sql_text import sql_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jobs.engine.tables import Warehouse
    from warehouse_schema.contracts import Contract

SHORTEST_ID = 8
OPEN, SETTLED = "open", "settled"
_COLUMNS = ("path", "line", "errors", "received_at")
CORRECTED = """
WITH rejected AS (
  SELECT object_id, line, list_contains([error.code for error in errors], 'version_in_future') AS misdated FROM {quarantine} WHERE line IS NOT NULL
), wrong AS (
  SELECT object_id, line, record_key, received_at, CASE WHEN NOT misdated THEN record_version END AS version
  FROM {bronze} JOIN rejected USING (object_id, line) WHERE record_key IS NOT NULL
), later AS (
  SELECT record_key, received_at, record_version AS version
  FROM {bronze} ANTI JOIN rejected USING (object_id, line) SEMI JOIN wrong USING (record_key)
)
SELECT DISTINCT wrong.object_id, wrong.line FROM wrong JOIN later USING (record_key)
WHERE later.version > wrong.version OR (later.received_at > wrong.received_at AND coalesce(later.version >= wrong.version, true))
"""
"""The rejected rows whose record is right in a newer version, or came right under the same one later; where a row's own version cannot be read, or lies in
the future and so says nothing, what came later counts. A row without its key, and a line that is no record, is no version of anything."""


def quarantined(table: str | None) -> list[Contract]:
    """The contracts that a table's name selects; all for None.

    Raises:
        UsageError: no landed table has that name.
    """
    contracts = [contract for contract in landed_contracts() if table in (None, contract.table, contract.name)]
    if not contracts:
        known = ", ".join(contract.table for contract in landed_contracts())
        raise UsageError(f"no landed table {table!r}; there are: {known}")
    return contracts


def _rejected(
    warehouse: Warehouse, contracts: Iterable[Contract], columns: Sequence[str] | None = None
) -> Iterator[tuple[Contract, list[dict[str, Any]]]]:
    """By table the rejected rows as of the last release, each with its `state`: `settled` where its record has come right since, else `open`."""
    release = releases.last_release(warehouse)
    # One for all: opening a connection takes longer than most of what is asked.
    with open_connection() as connection:
        for contract in contracts:
            name, bronze = quarantine_contract(contract.name).name, bronze_contract(contract.name).name
            if release is None or name not in release.tables:
                continue
            rows = warehouse.rows(name, release.tables[name], list({*columns, "object_id", "line"}) if columns else None)
            corrected: set[tuple[str, int]] = set()
            if any(row["line"] is not None for row in rows):
                for table in (name, bronze):
                    add_view(connection, warehouse, table, release.tables[table])
                corrected.update(connection.execute(CORRECTED.format(quarantine=sql_name(name), bronze=sql_name(bronze))).fetchall())
            yield contract, [{**row, "state": SETTLED if (row["object_id"], row["line"]) in corrected else OPEN} for row in rows]


def counts(warehouse: Warehouse) -> dict[str, dict[str, int]]:
    """Rejected rows by table and error code, as of the last release; a row with two errors counts under both.

    Rows that are settled count under `settled` alone.
    """
    found = {}
    for contract, rows in _rejected(warehouse, landed_contracts(), ["errors"]):
        codes = Counter(error["code"] for row in rows if row["state"] == OPEN for error in row["errors"])
        settled = sum(row["state"] == SETTLED for row in rows)
        if rows:
            found[contract.table] = dict(codes.most_common()) | ({SETTLED: settled} if settled else {})
    return found


def listed(warehouse: Warehouse, table: str | None, code: str | None, limit: int) -> tuple[list[str], Iterator[tuple[object, ...]]]:
    """Rejected rows, open ones before those that are settled, newest first: table, state, path, line, error codes, what was expected."""
    found = [
        (contract.table, row)
        for contract, rows in _rejected(warehouse, quarantined(table), _COLUMNS)
        for row in rows
        if code is None or any(error["code"] == code for error in row["errors"])
    ]
    found.sort(key=lambda one: (one[1]["state"] == SETTLED, -one[1]["received_at"].timestamp(), one[1]["path"], one[1]["line"] or 0))
    names = ["table", "state", "path", "line", "codes", "expected"]
    return names, (
        (
            name,
            row["state"],
            row["path"],
            row["line"],
            ", ".join(error["code"] for error in row["errors"]),
            "; ".join(error["message"] for error in row["errors"]),
        )
        for name, row in found[:limit]
    )


def shown(warehouse: Warehouse, path: str, line: int | None) -> list[dict[str, Any]]:
    """The rejected rows of one landed path (or object), whole, each with its state.

    Raises:
        UsageError: nothing of it is in quarantine.
    """
    found = []
    for contract, rejected in _rejected(warehouse, landed_contracts()):
        rows = [row for row in rejected if row["path"] == path or (len(path) >= SHORTEST_ID and row["object_id"].startswith(path))]
        found += [
            {"table": contract.table, "state": row["state"], **row, "fields": dict(row["fields"]) if row["fields"] else None}
            for row in rows
            if line is None or row["line"] == line
        ]
    if not found:
        raise UsageError(f"{path}: nothing of it is in quarantine; see `ntm quarantine list`")
    return found


def mark_for_replay(warehouse: Warehouse, table: str | None) -> int:
    """Have the next run read again every object with rejected rows or that could not be read; returns how many."""
    names = {contract.name for contract in quarantined(table)}
    marked = [
        replace(entry, state=State.REPLAY)
        for entry in ledger.entries(warehouse)
        if entry.table in names and ((entry.state == State.LOADED and entry.rows_rejected) or entry.state == State.FAILED)
    ]
    keep(warehouse, marked)
    return len(marked)


def keep(warehouse: Warehouse, changed: list[ledger.Entry]) -> None:
    """Write what a person decided about objects so that the next run starts from it.

    Where nothing follows from the decision, such as for a batch that is discarded, the last release takes the ledger as it is now: the tables stay
    as they are, so a release of its own would have no change in it.
    """
    if not changed:
        return
    releases.open_tables(warehouse)
    point = releases.recovery_point(warehouse)
    if point is None:
        raise UsageError("nothing was loaded yet: run `ntm run` first")
    ledger.record(warehouse, changed)
    if point == releases.last_release(warehouse) and not any(entry.state in WAITING_STATES for entry in changed):
        releases.renew(warehouse, point, ledger.LOAD)
        return
    releases.commit_again(warehouse, releases.CHECKPOINT, point, run_id=point.run_id, now=datetime.now(UTC))
