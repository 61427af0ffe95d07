"""What becomes of a line, by construction: the rules of the row fates (docs/architecture.md, "Row fates")."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

_NO_VERSION = datetime(1, 1, 1)  # noqa: DTZ001 - versions here are all of Vietnam's time, without a zone


class ErrorCode(StrEnum):
    """Why a row is rejected; the names of the contracts' error catalogue. A generated row breaks at most one rule."""

    BROKEN_LINE = "broken_line"
    MISSING_VALUE = "missing_value"
    INVALID_VALUE = "invalid_value"
    OUT_OF_RANGE = "out_of_range"
    INVALID_TIMESTAMP = "invalid_timestamp"
    INVALID_DATE = "invalid_date"
    INVALID_BOOLEAN = "invalid_boolean"
    CLOSED_BEFORE_OPENED = "closed_before_opened"
    UNKNOWN_ORGANISATION = "unknown_organisation"
    ORGANISATION_NOT_VALID = "organisation_not_valid"
    UNKNOWN_UNIT = "unknown_unit"
    UNKNOWN_REFERENCE = "unknown_reference"
    ENDS_BEFORE_IT_STARTS = "ends_before_it_starts"
    DISSOLVED_BEFORE_REGISTERED = "dissolved_before_registered"
    LEFT_BEFORE_JOINED = "left_before_joined"
    MISSING_SECRECY_LEVEL = "missing_secrecy_level"
    UNKNOWN_SECRECY_LEVEL = "unknown_secrecy_level"


class Fate(StrEnum):
    """Every line has exactly one."""

    WITHHELD = "withheld"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"
    ACCEPTED = "accepted"


class Fact(NamedTuple):
    """What one record adds to an indicator on a day, at its agency's level and for its agency's own unit.

    `paper` is the part of the denominator that comes from declared paper records. `agency` is named where it matters which agencies declared them.
    """

    indicator: str
    level: str
    unit_code: str
    day: date
    numerator: int
    denominator: int
    paper: int = 0
    agency: str = ""


class Term(NamedTuple):
    """The days of a dossier that say whether it was in time, at its agency's level; `finished_on` None: it goes on."""

    level: str
    received_on: date
    due_on: date
    finished_on: date | None


class Line(NamedTuple):
    """One landed line. `content` is equal for equal rows; `version` is None where the line does not tell its version. `term`: of a dossier that has one."""

    content: Hashable
    version: datetime | None
    secret: bool = False
    withdrawn: bool = False
    error: ErrorCode | None = None
    facts: tuple[Fact, ...] = ()
    term: Term | None = None


@dataclass(slots=True)
class FateCounts:
    """Rows of a dataset by fate; read = accepted + rejected + duplicate + withheld."""

    accepted: int = 0
    duplicate: int = 0
    withheld: int = 0
    rejected: Counter[str] = field(default_factory=Counter)

    @property
    def read(self) -> int:
        """All rows."""
        return self.accepted + self.duplicate + self.withheld + self.rejected.total()

    def count(self, fate: Fate, error: ErrorCode | None) -> None:
        """Count one line."""
        match fate:
            case Fate.ACCEPTED:
                self.accepted += 1
            case Fate.DUPLICATE:
                self.duplicate += 1
            case Fate.WITHHELD:
                self.withheld += 1
            case Fate.REJECTED:
                self.rejected[str(error)] += 1


def judge(lines: Sequence[Line]) -> tuple[list[Fate], Line | None]:
    """The fates of all lines of one key, loaded at once, and the line that wins.

    Withheld goes before rejected, rejected before duplicate, duplicate before accepted. A line is withheld when it is
    secret or its version is not newer than the newest secret one. The newest accepted version wins, a withdrawal before
    another line of the same version.
    """
    newest_secret = max((line.version for line in lines if line.secret and line.version), default=None)
    fates: list[Fate] = []
    accepted: dict[Hashable, Line] = {}
    for line in lines:
        if line.secret or (newest_secret and line.version and line.version <= newest_secret):
            fates.append(Fate.WITHHELD)
        elif line.error:
            fates.append(Fate.REJECTED)
        elif line.content in accepted:
            fates.append(Fate.DUPLICATE)
        else:
            fates.append(Fate.ACCEPTED)
            accepted[line.content] = line
    winner = max(accepted.values(), key=lambda line: (line.version or _NO_VERSION, line.withdrawn), default=None)
    return fates, winner
