"""One file judged before it is sent: by the contracts alone, without a workspace and without a write.

What a file would be rejected for is found by the same steps as in a load, and said in the same words. What only the workspace knows is left out and named:
whether an organisation is registered, and whether the rows of other sheets are there that this one names.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa

from expectations.row_rules import details
from jobs.border.objects import read_batches
from jobs.border.read import border_spec
from jobs.border.spec import END_OF_OBJECT, LANDED, ObjectRef
from jobs.engine.duckdb_sets import DuckdbSets
from jobs.engine.session import get_session
from jobs.engine.sets import set_query
from jobs.engine.tables import Warehouse
from jobs.errors import UsageError
from jobs.landing.formats.base import ObjectUnreadableError
from jobs.landing.formats.registry import format_of, sheet_layout
from jobs.landing.formats.sheet import SheetLayout, columns_of
from jobs.landing.inspect import inspect_object
from jobs.reference.units import load_units
from jobs.silver.judge import judge, judged, rules_of
from jobs.silver.references import DETAILED, lookups, note_empty_sheets, note_places
from warehouse_schema.contracts import landed_contracts
from warehouse_schema.yaml_source import closest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from jobs.settings import Settings
    from warehouse_schema.contracts import Contract

_OF_THE_WORKSPACE = frozenset({"unknown_organisation", "organisation_not_valid", "ambiguous_unit", "unknown_reference"})
"""What only a workspace can say of a row."""

_EMPTY = "the file is empty"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that a row would be rejected for.

    `place`: the cell's address in a workbook (`D7`), line and column in a CSV file; else the line. `header`: of the cell's column, as the file writes it.
    """

    line: int
    place: str
    code: str
    field: str | None
    message: str
    header: str | None = None


@dataclass(frozen=True, slots=True)
class SameKey:
    """Lines of a file that are versions of one record, of which a load takes one.

    Attributes:
        lines: in their order.
        fields: the fields that make them one record.
        version: the field of the version.
        verdict: `equal`, all say the same; `newer`, one has the latest version; `withdrawn`, one takes the record back in the latest version; `conflict`, in
            the latest version they say different things, and nobody can say which is right.
        holds: the line that counts; None where nobody can say.
    """

    lines: tuple[int, ...]
    fields: tuple[str, ...]
    version: str
    verdict: Literal["equal", "newer", "withdrawn", "conflict"]
    holds: int | None


@dataclass(frozen=True, slots=True)
class FileCheck:
    """What would become of a file.

    Attributes:
        dataset: `<source>/<dataset>`; None where none fits.
        failure: why it cannot be read; None where it can.
        failure_code: the error code of that, where it has one.
        rows: how many records it has.
        rejected: how many of them would be rejected.
        faults: what for, by line.
        passed_over: what is left aside in it, in words.
        left_out: what only a workspace can say.
        same_keys: lines that are versions of one record, among those that would be accepted; no fault of theirs.
    """

    dataset: str | None
    failure: str | None = None
    failure_code: str | None = None
    rows: int = 0
    rejected: int = 0
    faults: tuple[Fault, ...] = ()
    passed_over: str | None = None
    left_out: tuple[str, ...] = field(default=())
    same_keys: tuple[SameKey, ...] = ()

    @property
    def is_right(self) -> bool:
        """Whether all of it would be accepted."""
        return self.failure is None and not self.rejected


def check_file(settings: Settings, path: Path, dataset: str | None = None) -> FileCheck:
    """Judge a file as a load would.

    Args:
        settings: which engine judges.
        path: the file, in a format of the landing zone.
        dataset: `<source>/<dataset>`; None: the one whose columns the file has.

    Raises:
        UsageError: there is no such file or dataset, or the columns of several datasets fit.
    """
    if not path.is_file():
        raise UsageError(f"{path}: expected a file")
    if not path.stat().st_size:
        return FileCheck(dataset, _EMPTY)
    with path.open("rb") as stream:
        damaged = inspect_object(stream, path.name).failure
    if damaged is not None:
        return FileCheck(dataset, damaged.message, damaged.code)
    try:
        found = _contract_of(path, dataset)
    except ObjectUnreadableError as error:
        return FileCheck(dataset, error.message, error.code)
    if found is None:
        return FileCheck(dataset, _EMPTY)
    contract, layout = found
    with path.open("rb") as stream:
        facts = inspect_object(stream, path.name, columns_of(contract))
    if facts.failure is not None:
        return FileCheck(contract.landing, facts.failure.message, facts.failure.code)
    rows, versions = _judged_rows(settings, contract, path)
    rules = {check.rule: check for check in rules_of(contract)}
    faults: list[Fault] = []
    for row in rows:
        for name in row["reasons"]:
            code, source, message = (
                (rules[name].code, rules[name].field, rules[name].message)
                if name in rules
                else (name, row["error_field"], row["error_message"])
            )
            if code not in _OF_THE_WORKSPACE or (code == "ambiguous_unit" and contract.unit):
                told = row["reference_detail"] if name in DETAILED else dict(row["details"] or ()).get(name)
                detail = f"; {told}" if told else ""
                place, header = _place(path, layout, row["line"], source)
                faults.append(Fault(row["line"], place, code, source, f"{message}{detail}", header))
    rejected = {fault.line for fault in faults}
    return FileCheck(
        contract.landing,
        rows=len(rows),
        rejected=len(rejected),
        faults=tuple(sorted(faults, key=lambda fault: (fault.line, len(fault.place), fault.place))),
        passed_over=facts.passed_over,
        left_out=_left_out(contract),
        same_keys=same_keys(contract, [row for row in versions if row["line"] not in rejected]),
    )


def _contract_of(path: Path, dataset: str | None) -> tuple[Contract, SheetLayout | None] | None:
    """The dataset of a file and, of a sheet, where its columns are; None for a sheet without any cell, which could be of any.

    Raises:
        ObjectUnreadableError: no dataset has such columns; says what the nearest one lacks.
    """
    fmt = format_of(path.name)
    by_landing = {str(contract.landing): contract for contract in landed_contracts()}
    if dataset is not None and dataset not in by_landing:
        raise UsageError(
            f"dataset '{dataset}': there is none of that name{closest(dataset, by_landing)}; there are {', '.join(sorted(by_landing))}"
        )
    candidates = [contract for name, contract in by_landing.items() if dataset in (None, name) and fmt.kind in contract.formats]
    if fmt.kind not in ("csv", "xlsx"):
        if len(candidates) != 1:
            raise UsageError(f"{path.name}: say which dataset it is: {', '.join(sorted(str(one.landing) for one in candidates))}")
        return candidates[0], None
    fitting: list[tuple[int, Contract, SheetLayout | None]] = []
    failures: list[tuple[str, ObjectUnreadableError]] = []
    for contract in candidates:
        try:
            with path.open("rb") as stream:
                layout = sheet_layout(stream, fmt, columns_of(contract))
        except ObjectUnreadableError as error:
            failures.append((str(contract.landing), error))
        else:
            fitting.append((sum(name is not None for name in layout.fields) if layout else 0, contract, layout))
    if not fitting:
        name, nearest = max(failures, key=lambda one: one[1].fits)
        if dataset is None and not nearest.fits:
            raise ObjectUnreadableError(nearest.code, "no dataset has any of these columns in its first lines")
        told = nearest.message if dataset else f"no dataset has all of these columns; the nearest is {name}: {nearest.message}"
        raise ObjectUnreadableError(nearest.code, told)
    most = max(score for score, _, _ in fitting)
    if not most and dataset is None:
        return None
    best = [(contract, layout) for score, contract, layout in fitting if score == most]
    if len(best) > 1:
        raise UsageError(
            f"{path.name}: its columns are those of {' and of '.join(str(one.landing) for one, _ in best)}: say which dataset it is"
        )
    return best[0]


def _judged_rows(settings: Settings, contract: Contract, path: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The records of a file with the names of the rules that they break; and those whose key stands in several lines (`set_queries/same_keys.sql`)."""
    spec, now = border_spec(contract), dt.datetime.now(dt.UTC)
    batches = read_batches(
        [ObjectRef("checked", path.name)],
        lambda _: path.open("rb"),
        spec=spec,
        key=secrets.token_bytes(32),
        tombstones={},
        max_line_bytes=settings.max_line_bytes,
    )
    crossed = pa.Table.from_batches(batches).drop_columns(["version"])
    received = pa.array([now] * crossed.num_rows, pa.timestamp("us", tz="UTC"))
    crossed = crossed.append_column("received_at", received).append_column("origin", pa.array([LANDED] * crossed.num_rows))
    rows = get_session(settings).createDataFrame(crossed).transform(judge(contract)).toArrow()
    with DuckdbSets.open(Warehouse("nowhere")) as sets:
        sets.rows_of("staged", rows)
        note_places(sets, contract, lookups([], load_units()))
        note_empty_sheets(sets, contract)
        # Of wide rows no more is kept than is asked for, twice.
        sets.table(
            "judged",
            f"SELECT line, outcome, reasons, error_field, error_message, reference_detail, {details(rules_of(contract))} AS details,"
            f" record_key, sent_key, record_version, record_withdrawn, row_hash FROM ({judged(contract)}) AS r"
            f" WHERE outcome <> '{END_OF_OBJECT}' AND outcome <> 'withheld'",
        )
        records = sets.rows("SELECT line, outcome, reasons, error_field, error_message, reference_detail, details FROM judged")
        return records, sets.rows(set_query("same_keys"))


def same_keys(contract: Contract, versions: Iterable[Mapping[str, Any]]) -> tuple[SameKey, ...]:
    """What a load makes of lines that have one key: the greatest (version, withdrawn) counts, as `set_queries/order.sql` has it.

    Args:
        contract: of the file.
        versions: lines as `set_queries/same_keys.sql` gives them, without those that would be rejected.
    """
    by_key: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in versions:
        by_key[row["same_key"]].append(row)
    fields = tuple(str(column.source) for name in contract.sent_key if (column := contract.column(name)).source)
    version = str(contract.column(str(contract.version)).source)
    found = []
    for rows in by_key.values():
        if len(rows) > 1:
            verdict, holds = _verdict(rows)
            found.append(SameKey(tuple(sorted(row["line"] for row in rows)), fields, version, verdict, holds))
    return tuple(sorted(found, key=lambda one: one.lines))


def _verdict(rows: Sequence[Mapping[str, Any]]) -> tuple[Literal["equal", "newer", "withdrawn", "conflict"], int | None]:
    """Which of the lines of one key counts, and why."""
    newest = max(row["record_version"] for row in rows)
    latest = [row for row in rows if row["record_version"] == newest]
    first = min(row["line"] for row in latest)
    if len({row["row_hash"] for row in latest}) == 1:
        return ("equal" if len(latest) == len(rows) else "newer"), first
    withdrawn = [row for row in latest if row["record_withdrawn"]]
    if len({row["row_hash"] for row in withdrawn}) == 1:
        return "withdrawn", min(row["line"] for row in withdrawn)
    return "conflict", None


def _place(path: Path, layout: SheetLayout | None, line: int, source: str | None) -> tuple[str, str | None]:
    """Where a fault is, and the header there."""
    position = layout.column_of(source) if layout else None
    column, header = (position + 1, layout.titles[position]) if layout and position is not None else (None, None)
    if path.suffix.lower() == ".xlsx":
        return (f"{_letters(column)}{line}" if column else f"row {line}"), header
    return (f"line {line}, column {column}" if column else f"line {line}"), header


def _letters(column: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(column))


def _left_out(contract: Contract) -> tuple[str, ...]:
    found = ["whether the organisations are registered"] if contract.organisation else []
    found += [f"whether the rows of {reference.table.removeprefix('silver/')} are there" for reference in contract.references]
    return tuple(found)
