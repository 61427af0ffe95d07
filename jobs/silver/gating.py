"""A staged batch as the gate sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.batch import Batch
from jobs.silver.judge import ROW
from jobs.silver.load import STAGED, WINNERS

if TYPE_CHECKING:
    from jobs.silver.load import Staged


def as_batch(staged: Staged) -> Batch:
    """The relations and counts of a staged batch that the gate judges."""
    return Batch(
        contract=staged.contract,
        connection=staged.connection,
        rows=STAGED,
        winners=WINNERS,
        is_new=f"outcome = '{ROW}' AND NOT rejudged",
        reasons="string_split(nullif(broken, ''), ',')",
        objects=tuple(staged.new),
        read=staged.read,
        rejected=staged.rejected,
        broken_lines=staged.broken_lines,
        withheld_by={str(row["organisation"]) for row in staged.withheld},
    )
