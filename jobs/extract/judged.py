"""What became of the rows of a pull: the watermark moves only when they were judged, and not nearly all of them rejected.

A pull cannot know it, since judging comes later and may be another process. The ledger does: before a pull and after a load the objects of the pulls that are
not judged yet are looked up there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.ops.ledger import WAITING_STATES, Entry, State
from jobs.ops.refused import nearly_all_rejected

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jobs.extract.sources import PullSource
    from jobs.extract.watermarks import WatermarkStore
    from jobs.settings import Settings


def settle(source: PullSource, watermarks: WatermarkStore, ledger: Iterable[Entry], settings: Settings) -> str | None:
    """Move a dataset's watermark where its last pulls are judged; returns a sentence where they are refused, and the watermark is kept.

    Refused is a pull of which nearly all rows were rejected (`nearly_all_rejected`), or an object of which a person discarded. What a person let through a gate
    is not refused. While an object is not judged, or held, nothing is decided.

    Raises:
        WatermarkError: the file of the watermark cannot be read.
        RunFailedError: it cannot be written.
    """
    mark = watermarks.read(source.source, source.dataset)
    if mark is None or not mark.pulls:
        return None
    entries = [entry for entry in ledger if entry.dataset == source.name]
    pulled = [entry for entry in entries if entry.path.rpartition("/")[2].rpartition("-")[0] in mark.pulls]
    # The same bytes may have come before: what became of them is said there.
    originals = {entry.object_id: entry for entry in entries if entry.state != State.DUPLICATE}
    judged = {entry.object_id: originals.get(entry.object_id, entry) for entry in pulled}.values()
    if len({entry.path for entry in pulled}) < sum(mark.pulls.values()) or any(entry.state in WAITING_STATES for entry in judged):
        return None
    if any(entry.state == State.HELD for entry in judged):
        watermarks.hold(source.source, source.dataset)
        return None
    accepted, rejected = (sum(getattr(entry, f"rows_{fate}") for entry in judged) for fate in ("accepted", "rejected"))
    discarded = any(entry.state in (State.DISCARDED, State.FAILED) for entry in judged)
    if not discarded and (mark.held or not nearly_all_rejected(accepted, rejected, settings)):
        watermarks.confirm(source.source, source.dataset)
        return None
    watermarks.refuse(source.source, source.dataset)
    kept = f"the watermark stays at {mark.confirmed:%Y-%m-%d %H:%M:%S} UTC" if mark.confirmed else "there is no watermark"
    what = (
        "objects of the last pull were discarded"
        if discarded
        else f"{rejected:,} of {accepted + rejected:,} rows of the last pull were rejected"
    )
    return f"{source.name}: {what}; {kept}, so the next pull asks for them again (`ntm quarantine list`)"
