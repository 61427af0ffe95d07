"""The sheet of paper documents that organisations declare by the month (`registry/paper_documents`); part of documents_exchanged_electronically.

Truth: the newest valid row of (organisation, month) adds `sent_count` to the denominator on the last day of the month.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from jobs.sample.documents import INDICATOR
from jobs.sample.fates import ErrorCode, Fact, Line
from jobs.sample.landing import Cell, LandingWriter
from jobs.sample.organisations import Organisation
from jobs.sample.registry.scene import Chances, Scene
from jobs.sample.roster import Roster
from jobs.sample.truth import TruthBuilder
from jobs.sample.working_days import month_ends

DATASET = "registry/paper_documents"
COLUMNS = ("organ_id", "month", "sent_count", "updated_at", "deleted")
DECLARING_SHARE = 0.3


def write_paper_documents(scene: Scene, roster: Roster, writer: LandingWriter, truth: TruthBuilder) -> None:
    """Write what some organisations declare for each month that ends within the sample, a sheet a quarter."""
    chances = scene.chances("paper_documents")
    dirt = scene.plan.dirt
    landed: dict[date, list[dict[str, Cell]]] = defaultdict(list)
    declaring = [organisation for organisation in roster.organisations if chances.happens(DECLARING_SHARE)]
    for month_end in month_ends(scene.plan.date_from, scene.last_day):
        written_at = datetime.combine(month_end, time(16, 30))
        for organisation in declaring:
            if organisation.valid_on(month_end):
                versions = list(_declared(chances, organisation, month_end, written_at, scene))
                truth.add(DATASET, [line for _, line in versions])
                landed[scene.sheet_day(written_at)] += [row for row, _ in versions]
        if dirt.unknown_organisations:
            stranger = _row("H98.7", month_end, 3, written_at)
            truth.add(DATASET, [Line(tuple(stranger.values()), written_at, error=ErrorCode.UNKNOWN_ORGANISATION)])
            landed[scene.sheet_day(written_at)].append(stranger)
    for day, rows in sorted(landed.items()):
        writer.write_csv(DATASET, day, "paper-documents", COLUMNS, rows)


def _declared(
    chances: Chances, organisation: Organisation, month_end: date, written_at: datetime, scene: Scene
) -> Iterator[tuple[dict[str, Cell], Line]]:
    """A row, and now and then its twin, a wrong newer one or one that says it was a mistake."""
    dirt = scene.plan.dirt
    count = chances.between(0, 60)
    row = _row(organisation.organ_id, month_end, count, written_at)
    fact = Fact(INDICATOR, organisation.level, organisation.unit_code, month_end, 0, count, paper=count)
    line = Line(tuple(row.values()), written_at, facts=(fact,))
    yield row, line
    later = written_at + timedelta(minutes=40)
    chance = chances.share()
    if chance < dirt.duplicate_lines:
        yield row, line
    elif chance < dirt.duplicate_lines + dirt.invalid:
        wrong = _row(organisation.organ_id, month_end, -2, later)
        yield wrong, Line(tuple(wrong.values()), later, error=ErrorCode.OUT_OF_RANGE)
    elif chance < dirt.duplicate_lines + dirt.invalid + dirt.withdrawn:
        mistake = row | {"updated_at": later.isoformat(), "deleted": "true"}
        yield mistake, Line(tuple(mistake.values()), later, withdrawn=True)


def _row(organ_id: str, month_end: date, count: int, written_at: datetime) -> dict[str, Cell]:
    return {
        "organ_id": organ_id,
        "month": f"{month_end:%Y-%m}",
        "sent_count": count,
        "updated_at": written_at.isoformat(),
        "deleted": None,
    }
