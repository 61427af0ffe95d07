"""The acceptance checklist (`checklist.yaml`), and how a pilot stands by it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import model_validator

from jobs.errors import UsageError
from warehouse_schema.yaml_source import StrictModel, Wording, read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobs.publish.exports.pilot.figures import Figure

CHECKLIST_FILE = Path(__file__).with_name("checklist.yaml")
Mark = Literal["own_default", "official"]


class ChecklistError(UsageError):
    """`checklist.yaml` does not fit; the message names file and line."""


class Line(StrictModel):
    """A line; see the head of the file. `source` and `mark`: its own, where they are not the list's."""

    id: str
    vi: str
    en: str
    figure: str
    at_least: int | Decimal | None = None
    at_most: int | Decimal | None = None
    source: Wording | None = None
    mark: Mark | None = None

    @model_validator(mode="after")
    def _one_bound(self) -> Line:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError(f"{self.id}: expected at_least or at_most, one of both")
        return self


class Checklist(StrictModel):
    """The lines, and where those come from that do not say so themselves."""

    lines: list[Line]
    source: Wording
    mark: Mark


@dataclass(frozen=True, slots=True)
class Judged:
    """A line with its figure, and whether it is met; None: it cannot be judged."""

    line: Line
    figure: Figure
    met: bool | None
    source: Wording
    mark: Mark


@cache
def load_checklist() -> Checklist:
    """The checklist.

    Raises:
        ChecklistError: the file does not fit.
    """
    document = read_yaml(CHECKLIST_FILE, ChecklistError)
    found = document.parse(Checklist, document.data)
    if found is None or document.problems:
        raise document.failure()
    return found


def judged(checklist: Checklist, figures: Mapping[str, Figure]) -> list[Judged]:
    """How a pilot stands by each line. Exact numbers are compared, never rounded ones.

    Raises:
        ChecklistError: a line names a figure that there is none of.
    """
    lines = []
    for line in checklist.lines:
        if line.figure not in figures:
            raise ChecklistError(f"{CHECKLIST_FILE.name}: {line.id}: no figure is called {line.figure}; there are: {', '.join(figures)}")
        figure = figures[line.figure]
        lines.append(Judged(line, figure, is_met(line, figure), line.source or checklist.source, line.mark or checklist.mark))
    return lines


def is_met(line: Line, figure: Figure) -> bool | None:
    """Whether a figure reaches a line's bound; None where there is no figure."""
    if figure.value is None:
        return None
    of = figure.denominator if figure.is_share and figure.denominator else 1
    reached = Decimal(figure.numerator or 0)
    return reached >= line.at_least * of if line.at_least is not None else reached <= (line.at_most or 0) * of
