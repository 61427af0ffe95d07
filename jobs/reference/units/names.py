"""What a unit is called: one row for each identity, where `administrative_unit` has one for each version of its attributes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from jobs.reference.units.model import UnitVersion


@dataclass(frozen=True, slots=True)
class UnitName:
    """A row of `silver/unit_name`. Grain: one identity of a unit, with its newest attributes; of a unit that ended, its last."""

    unit_code: str
    unit_valid_from: date
    unit_valid_to: date | None
    level: str
    unit_name: str
    unit_type: str
    province_code: str
    province_valid_from: date


def current_names(versions: Iterable[UnitVersion]) -> list[UnitName]:
    """The newest attributes of each identity, sorted by identity."""
    newest: dict[tuple[str, date], UnitVersion] = {}
    for version in versions:
        key = (version.unit_code, version.unit_valid_from)
        if key not in newest or version.version_from > newest[key].version_from:
            newest[key] = version
    return [
        UnitName(
            unit_code=one.unit_code,
            unit_valid_from=one.unit_valid_from,
            unit_valid_to=one.unit_valid_to,
            level=one.level,
            unit_name=one.unit_name,
            unit_type=one.unit_type,
            province_code=one.province_code,
            province_valid_from=one.province_valid_from,
        )
        for _, one in sorted(newest.items())
    ]
