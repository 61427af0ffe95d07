"""What the maps of a province show: its communes of a day with their values, on a drawing and as a grid of tiles of one size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from jobs.publish.site import addresses, wording
from jobs.publish.site.charts import colours, on_map

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from jobs.publish.site.boundaries import Areas
    from jobs.publish.site.read import Province, Unit, UnitKey
    from jobs.publish.site.registers import MapWords


class Line(NamedTuple):
    """A commune on a map. `value`: None where there is none; `told`: name, code and value in words; `page`: its page, from the page of the map."""

    key: UnitKey
    name: str
    value: float | None
    written: str
    told: str
    page: str


class Tile(NamedTuple):
    """A commune in the grid. `fill`, `ink`: the colour of its value and that of words on it; None where there is no value."""

    line: Line
    fill: str | None
    ink: str | None


def communes(province: Province, day: date) -> list[Unit]:
    """The communes of a day, as a Vietnamese dictionary has them."""
    return [unit for unit in province.units.values() if unit.level == "commune" and unit.is_alive(day)]


def lines(province: Province, units: Sequence[Unit], values: Mapping[UnitKey, float], words: MapWords, page: str) -> list[Line]:
    """The communes with the values of a map, for one of its pages."""
    made = []
    for unit in units:
        value = values.get(unit.key)
        written = wording.NOTHING if value is None else words.written(value)
        to = addresses.relative(addresses.unit_page(province.code, *unit.key), page)
        made.append(Line(unit.key, unit.name, value, written, f"{unit.name} ({unit.key.code}): {written}", to))
    return made


def drawing(province: Province, shown: Sequence[Line], areas: Areas, unit: str) -> tuple[str | None, int]:
    """The map, None where nobody knows where any commune lies; and how many are not on it. A commune is its outline where there is one, else a point."""
    rows: list[dict[str, Any]] = []
    for line in shown:
        row = {"value": line.value, "told": line.told, "page": line.page}
        if line.key in areas.geometries:
            rows.append({**row, "area": areas.geometries[line.key]})
        elif line.key in province.places:
            rows.append({**row, **province.places[line.key]._asdict()})
    return on_map(rows, unit, reach(shown)) if rows else None, len(shown) - len(rows)


def tiles(province: Province, units: Sequence[Unit], shown: Sequence[Line]) -> list[tuple[str | None, list[Tile]]]:
    """The communes by district, districts and communes as a Vietnamese dictionary has them; without districts by name alone, under no heading."""
    low, high = reach(shown)
    of_value = colours({line.value for line in shown if line.value is not None}, (low, high))
    parents = {unit.key: unit.parent for unit in units}
    by_district: dict[UnitKey | None, list[Tile]] = {
        **{unit.key: [] for unit in province.units.values() if unit.level == "district"},
        None: [],
    }
    for line in shown:
        fill, ink = (None, None) if line.value is None else of_value[line.value]
        district = parents[line.key]
        by_district[district if district in by_district else None].append(Tile(line, fill, ink))
    return [(province.units[key].name if key else None, found) for key, found in by_district.items() if found]


def reach(shown: Sequence[Line]) -> tuple[float, float]:
    """The least and the greatest value: what the scale of colours goes from and to."""
    values = [line.value for line in shown if line.value is not None]
    return min(values), max(values)
