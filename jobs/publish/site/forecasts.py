"""How a target's forecast is written beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from jobs.publish.forecast import OPEN
from jobs.publish.site import wording
from jobs.publish.site.wording import PERCENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobs.publish.forecast import Forecast


class Foretold(NamedTuple):
    """A forecast in words, in Vietnamese and English.

    `value`: None where nothing is foretold; then the verdict says why. `interval`: None there, and where there is none. `notes`: what its reader has to know.
    """

    day: str
    value: str | None
    interval: str | None
    notes: tuple[tuple[str, str], ...]
    verdict: tuple[str, str]


def by_target(forecasts: Sequence[Forecast]) -> dict[tuple[str, str, str], Foretold]:
    """The forecasts by plan, indicator and level."""
    return {(one.plan_id, one.indicator, one.level): _in_words(one) for one in forecasts}


def _in_words(one: Forecast) -> Foretold:
    day, verdict = wording.day(one.last_day), wording.VERDICTS[one.verdict]
    if one.forecast is None or one.low is None or one.high is None:
        return Foretold(day, None, None, (), verdict)
    value, low, high = (_figure(figure, one.unit) for figure in (one.forecast, one.low, one.high))
    is_cut = one.is_low_cut or one.is_high_cut
    if one.low == one.high and not is_cut:
        return Foretold(day, value, None, (wording.UNMOVED,), verdict)
    notes = [wording.CUT_AT_ALL] * one.is_high_cut + [wording.CUT_AT_NOTHING] * one.is_low_cut
    if one.is_high_cut and one.verdict == OPEN and one.target >= PERCENT:
        notes.append(wording.CUT_PROVES_NOTHING)
    return Foretold(day, value, low if low == high else f"{low} – {high}", tuple(notes), verdict)


def _figure(value: float, unit: str) -> str:
    """One decimal, for a forecast knows no more."""
    return wording.decimal(value, 1) if unit == "count" else wording.percent(value / PERCENT, 1)
