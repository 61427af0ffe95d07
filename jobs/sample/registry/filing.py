"""From what is so to what lands: versions of rows, good and bad, in the sheets they are in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Generic, TypeVar

from jobs.sample.fates import ErrorCode, Line
from jobs.sample.landing import Cell, LandingWriter
from jobs.sample.organisations import REFORM, successors
from jobs.sample.registry.rows import Written
from jobs.sample.registry.scene import Chances, Member, Scene, moment
from jobs.sample.registry.sheets import UNKNOWN_COMMUNE, UNKNOWN_DISTRICT, Sheet, header
from jobs.sample.registry.workbook import write_officers_workbook
from jobs.sample.truth import TruthBuilder
from jobs.sample.units_over_time import UnitId

R = TypeVar("R")

MOVED_SHARE = 0.06
"""Of the things in units that end within the sample, those that are written anew under the unit that their code's place became."""
NOT_OF_THE_SET = "khac_khac"


@dataclass(frozen=True, slots=True)
class Draft(Generic[R]):
    """A row as it is meant: about a unit, written on a day on which the unit's code means it."""

    row: R
    member: Member
    written_at: datetime


@dataclass(frozen=True, slots=True)
class _Version(Generic[R]):
    """One landed line: the day of its sheet, its cells, what the truth knows of it, and what it says where it is valid."""

    sheet_day: date
    cells: dict[str, Cell]
    line: Line
    said: Written[R]


def file_sheet(
    scene: Scene,
    sheet: Sheet[R],
    drafts: Iterable[Draft[R]],
    writer: LandingWriter,
    truth: TruthBuilder,
    refused: Callable[[R], bool] = lambda _: False,
) -> list[Written[R]]:
    """Write a sheet's rows with their dirt, by turns as CSV and as a workbook; gives the newest valid version of each that is not deleted.

    `refused` says of a row that what it refers to is not there.
    """
    chances = scene.chances(f"{sheet.name}, written")
    landed: dict[date, list[dict[str, Cell]]] = defaultdict(list)
    final: list[Written[R]] = []
    for draft in drafts:
        versions = _Filing(scene, sheet, chances, draft, is_refused=refused(draft.row)).versions()
        winner = truth.add(sheet.dataset, [version.line for version in versions])
        final += [version.said for version in versions if version.line is winner and not winner.withdrawn][:1]
        for version in versions:
            landed[version.sheet_day].append(version.cells)
    for position, (day, rows) in enumerate(sorted(landed.items())):
        if position % 2:
            write_officers_workbook(writer, sheet, day, scene.vocabulary, rows)
        else:
            writer.write_csv(sheet.dataset, day, sheet.stem, sheet.columns, rows)
    return final


class _Filing(Generic[R]):
    """The versions of one row."""

    def __init__(self, scene: Scene, sheet: Sheet[R], chances: Chances, draft: Draft[R], *, is_refused: bool) -> None:
        self._scene = scene
        self._sheet = sheet
        self._chances = chances
        self._draft = draft
        self._is_refused = is_refused
        dirt = scene.plan.dirt
        self._loses_zeros = sheet.unit == "commune_code" and chances.happens(dirt.eaten_zeros)

    def versions(self) -> list[_Version[R]]:
        """At most one kind of dirt a row."""
        dirt = self._scene.plan.dirt
        plain = self._version(self._draft.row, self._draft.written_at)
        kinds: tuple[tuple[float, Callable[[_Version[R]], list[_Version[R]]]], ...] = (
            (dirt.duplicate_lines, self._duplicate),
            (dirt.late_versions, self._late),
            (dirt.corrections, self._correction),
            (dirt.withdrawn, self._deleted),
            (dirt.invalid, self._invalid),
            (dirt.invalid_corrections, self._invalid_correction),
            (MOVED_SHARE if self._may_move() else 0.0, self._moved),
        )
        chance = self._chances.share()
        for rate, versions_of in kinds:
            if chance < rate:
                return versions_of(plain)
            chance -= rate
        return [plain]

    # --- the kinds ---

    def _duplicate(self, plain: _Version[R]) -> list[_Version[R]]:
        return [plain, replace(plain, sheet_day=self._scene.sheet_day(self._draft.written_at, later=1))]

    def _late(self, plain: _Version[R]) -> list[_Version[R]]:
        """An older version that said something else and arrives with a later sheet."""
        written_at = self._draft.written_at - timedelta(days=self._chances.between(3, 40))
        if written_at.date() < self._draft.member.first_day:
            return [plain]
        older = self._version(self._other(), written_at)
        return [plain, replace(older, sheet_day=self._scene.sheet_day(self._draft.written_at, later=1))]

    def _correction(self, plain: _Version[R]) -> list[_Version[R]]:
        newer = self._later()
        return [plain, self._version(self._other(), newer)] if newer else [plain]

    def _deleted(self, plain: _Version[R]) -> list[_Version[R]]:
        newer = self._later()
        return [plain, self._version(self._draft.row, newer, deleted=True)] if newer else [plain]

    def _invalid(self, plain: _Version[R]) -> list[_Version[R]]:
        return [plain] if self._is_refused else [self._spoiled(self._draft.row, self._draft.written_at)]

    def _invalid_correction(self, plain: _Version[R]) -> list[_Version[R]]:
        newer = self._later()
        return [plain] if self._is_refused or newer is None else [plain, self._spoiled(self._other(), newer)]

    def _moved(self, plain: _Version[R]) -> list[_Version[R]]:
        """The same thing, written after the reform for the commune in which its place now lies."""
        unit = self._new_unit()
        if unit is None or self._sheet.unit is None:
            return [plain]
        row: R = replace(self._draft.row, **{self._sheet.unit: unit.code})  # type: ignore[type-var]
        return [plain, self._version(row, moment(self._chances, self._chances.day(REFORM, self._scene.last_day)), unit=unit)]

    # --- what they are made of ---

    def _may_move(self) -> bool:
        return self._sheet.moves and self._new_unit() is not None

    def _new_unit(self) -> UnitId | None:
        """The commune of the new list in which a commune lies; of several the first."""
        if self._scene.last_day < REFORM:
            return None
        code = successors().get(self._draft.member.unit.code) if self._draft.member.unit.valid_from < REFORM else None
        return self._scene.units.meaning(code, REFORM) if code else None

    def _other(self) -> R:
        return self._sheet.correct(self._draft.row, self._chances)

    def _later(self) -> datetime | None:
        """A later moment of the sample on which the unit's code still means it; None where there is none."""
        first = max(self._draft.written_at.date() + timedelta(days=1), self._scene.plan.date_from)
        if first > self._draft.member.last_day:
            return None
        return datetime.combine(self._chances.day(first, self._draft.member.last_day), time(14, self._chances.between(0, 59)))

    def _version(
        self,
        row: R,
        written_at: datetime,
        *,
        unit: UnitId | None = None,
        deleted: bool = False,
        error: ErrorCode | None = None,
        changes: dict[str, Cell] | None = None,
    ) -> _Version[R]:
        cells = cells_of(row) | {"updated_at": written_at.isoformat(), "deleted": "true" if deleted else None} | (changes or {})
        if self._loses_zeros and cells["commune_code"]:
            cells["commune_code"] = str(int(str(cells["commune_code"])))
        if self._is_refused:
            error = ErrorCode.UNKNOWN_REFERENCE
        line = Line(tuple(cells.values()), written_at, withdrawn=deleted, error=error)
        said = Written(row, unit or self._draft.member.unit, written_at)
        return _Version(self._scene.sheet_day(written_at), cells, line, said)

    def _spoiled(self, row: R, written_at: datetime) -> _Version[R]:
        """The row with one mistake."""
        error, changes = self._chances.pick(list(self._mistakes(cells_of(row))))
        return self._version(row, written_at, error=error, changes=changes)

    def _mistakes(self, cells: dict[str, Cell]) -> Iterable[tuple[ErrorCode, dict[str, Cell]]]:
        sheet = self._sheet
        if sheet.unit:
            yield ErrorCode.UNKNOWN_UNIT, {sheet.unit: UNKNOWN_DISTRICT if sheet.unit == "district_code" else UNKNOWN_COMMUNE}
        else:
            yield ErrorCode.UNKNOWN_REFERENCE, {"village_id": "khong-co-thon-nay"}
        for column in sheet.key:
            yield ErrorCode.MISSING_VALUE, {column: None}
        for column in sheet.closed:
            yield ErrorCode.INVALID_VALUE, {column: NOT_OF_THE_SET}
        for first, last, error in sheet.spans:
            begin = cells[first]
            if isinstance(begin, date):
                yield error, {last: begin - timedelta(days=self._chances.between(1, 40))}


def cells_of(row: object) -> dict[str, Cell]:
    """The cells of a row by header; what CSV has no sign for is written as words."""
    return {header(field.name): _cell(getattr(row, field.name)) for field in fields(row)}  # type: ignore[arg-type]


def _cell(value: Any) -> Cell:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    cell: Cell = value
    return cell
