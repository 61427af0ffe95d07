"""Which units took up something of one that ended: one row for each pair, however many changes lie between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from jobs.reference.units.model import UnitId


@dataclass(frozen=True, slots=True)
class UnitSuccessor:
    """A row of `silver/unit_successor`. Grain: (unit that ended, unit that took up some of it)."""

    unit_code: str
    unit_valid_from: date
    successor_code: str
    successor_valid_from: date


def all_successors(successors: Mapping[UnitId, tuple[UnitId, ...]]) -> list[UnitSuccessor]:
    """The successors of each unit, and theirs, sorted; a successor begins after its unit has ended, so that this comes to an end."""
    found: dict[UnitId, frozenset[UnitId]] = {}

    def of(unit: UnitId) -> frozenset[UnitId]:
        if unit not in found:
            direct = successors.get(unit, ())
            found[unit] = frozenset(direct).union(*(of(one) for one in direct))
        return found[unit]

    return [UnitSuccessor(*unit, *one) for unit in sorted(successors) for one in sorted(of(unit))]
