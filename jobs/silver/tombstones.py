"""Tombstones: versions of records that must not enter, and the taking out of what was let in before.

A record's tombstone holds a keyed hash of its key and the newest secret version; every version that is not newer is withheld, in whatever order they arrive.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from jobs.engine.executors import delete_rows, rows_where
from jobs.reference.organisations import spelt_code
from jobs.silver.dataset import Counts, Purged, Withheld
from jobs.silver.references import FIRST_DAY
from jobs.vietnam import VIETNAM, parse_instant
from warehouse_schema.contracts import bronze_contract, load_contracts, quarantine_contract

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jobs.engine.tables import Warehouse
    from jobs.reference.organisations import OrganisationPeriod
    from jobs.run import RunContext
    from warehouse_schema.contracts import Contract

TOMBSTONE = "ops/tombstone"
SECRET = "secret"  # noqa: S105 - a reason, not a password


def read(warehouse: Warehouse, dataset: str) -> dict[str, datetime]:
    """For each keyed hash the newest version that must not enter."""
    newest: dict[str, datetime] = {}
    for row in warehouse.rows(TOMBSTONE):
        if row["dataset"] == dataset:
            newest[row["key_hash"]] = max(row["version"], newest.get(row["key_hash"], row["version"]))
    return newest


def write(
    warehouse: Warehouse, dataset: str, fresh: Mapping[str, datetime], run_id: str, now: datetime, held_since: Mapping[str, datetime]
) -> None:
    """Add tombstones, or move them to a newer version; the time since which a record was held stays the earliest."""
    earliest = dict(held_since)
    for row in warehouse.rows(TOMBSTONE):
        if row["dataset"] == dataset and row["key_hash"] in fresh and row["held_since"] is not None:
            earliest[row["key_hash"]] = min(row["held_since"], earliest.get(row["key_hash"], row["held_since"]))
    rows = [
        {
            "dataset": dataset,
            "key_hash": key,
            "version": version,
            "reason": SECRET,
            "held_since": earliest.get(key),
            "written_at": now,
            "run_id": run_id,
        }
        for key, version in sorted(fresh.items())
    ]
    warehouse.upsert(load_contracts()[TOMBSTONE], rows)


def purge(ctx: RunContext, contract: Contract, fresh: Mapping[str, datetime]) -> tuple[Purged, dict[str, datetime]]:
    """Take the versions that are not newer than a fresh tombstone out of bronze and quarantine (silver follows when their winners are chosen again).

    Returns what left, and for each keyed hash when its earliest version had been received.
    """
    purged, held_since = Purged(), dict[str, datetime]()
    if not fresh or ctx.warehouse.is_empty(f"bronze/{contract.table}"):
        return purged, held_since
    secrecy = contract.secrecy
    assert secrecy is not None  # noqa: S101 - only datasets with secrecy have tombstones
    version_field = str(contract.column(str(contract.version)).source)
    rejected = {
        (row["object_id"], row["line"])
        for row in rows_where(ctx.warehouse, f"quarantine/{contract.table}", "object_id, line", "key_hash", fresh).to_pylist()
    }
    sent = ", ".join(f"`{name}`" for name in dict.fromkeys([version_field, secrecy.organisation_field, *secrecy.day_fields]))
    held = rows_where(
        ctx.warehouse, f"bronze/{contract.table}", f"object_id, line, record_key, key_hash, copy, received_at, {sent}", "key_hash", fresh
    ).to_pylist()
    gone = []
    days: Counter[tuple[str | None, date | None]] = Counter()
    for row in held:
        # Read as the border reads it, so that a record is withheld in whatever order it and its secret version came.
        version = parse_instant(row[version_field])
        if version is not None and version > fresh[row["key_hash"]]:
            continue
        gone.append((row["object_id"], row["line"]))
        counts = purged.counts.setdefault(row["object_id"], Counts())
        if (row["object_id"], row["line"]) in rejected:
            counts.rejected += 1
        elif row["copy"]:
            counts.duplicate += 1
        else:
            counts.accepted += 1
        counts.withheld += 1
        if row["record_key"] is not None:
            purged.keys.add(row["record_key"])
        received = row["received_at"]
        held_since[row["key_hash"]] = min(received, held_since.get(row["key_hash"], received))
        days[row[secrecy.organisation_field], _day(row[name] for name in secrecy.day_fields)] += 1
    purged.rows = len(gone)
    purged.withheld = [Withheld(organ, day, count) for (organ, day), count in days.items()]
    if gone:
        lines = pa.table({"object_id": [object_id for object_id, _ in gone], "line": [line for _, line in gone]})
        for table in (bronze_contract(contract.name), quarantine_contract(contract.name)):
            delete_rows(ctx.warehouse, table, lines)
    return purged, held_since


def _day(texts: Iterable[str | None]) -> date | None:
    instants = (parse_instant(text) for text in texts)
    return next((instant.astimezone(VIETNAM).date() for instant in instants if instant), None)


def count_withheld(warehouse: Warehouse, dataset: str, rows: Iterable[Withheld], periods: Iterable[OrganisationPeriod]) -> None:
    """Add to `ops/withheld`: by the unit of the organisation on that day, and the day; nothing else is known of these rows."""
    rows = list(rows)
    if not rows:
        return
    by_code: dict[str, list[OrganisationPeriod]] = {}
    for period in periods:
        by_code.setdefault(period.organ_code, []).append(period)
    counted: Counter[tuple[str, date | None, date | None]] = Counter()
    for row in rows:
        unit_code, unit_valid_from = _unit(by_code.get(spelt_code(row.organisation or ""), []), row.day)
        counted[unit_code, unit_valid_from, row.day] += row.rows
    for before in warehouse.rows("ops/withheld"):
        key = (before["unit_code"], before["unit_valid_from"], before["day"])
        if before["dataset"] == dataset and key in counted:
            counted[key] += before["rows"]
    warehouse.upsert(
        load_contracts()["ops/withheld"],
        [
            {"dataset": dataset, "unit_code": unit, "unit_valid_from": valid_from, "day": day, "rows": count}
            for (unit, valid_from, day), count in counted.items()
        ],
    )


def _unit(periods: list[OrganisationPeriod], day: date | None) -> tuple[str, date | None]:
    on = day or FIRST_DAY
    for period in periods:
        if period.from_day <= on and (period.to_day is None or on <= period.to_day) and period.unit_code is not None:
            return period.unit_code, period.unit_valid_from
    return "", None
