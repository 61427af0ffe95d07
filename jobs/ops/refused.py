"""When rejected rows are no part of a normal day: nearly all rows of a pull or of an object, which is an error of its source."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobs.settings import Settings


def nearly_all_rejected(accepted: int, rejected: int, settings: Settings) -> bool:
    """Whether of the rows that were judged (duplicates and withheld ones are not) so many were rejected that the source has to be looked at.

    `NTM_REFUSE_REJECTED_SHARE` is the share from which on; fewer rows than `NTM_REFUSE_MIN_ROWS` are single rows' own errors.
    """
    judged = accepted + rejected
    return judged >= settings.refuse_min_rows and rejected >= settings.refuse_rejected_share * judged
