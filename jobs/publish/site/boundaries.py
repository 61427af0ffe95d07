"""A province's own boundaries for the maps: GeoJSON or TopoJSON files, whose features have the properties `code` and `valid_from` of their unit.

None are shipped, for reasons of rights. A file with a mistake is refused whole, since a wrong outline is a wrong statement about a place; a unit that no file
has an outline of stays a point, and the page and the terminal say so.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from jobs.errors import UsageError
from jobs.publish.site.read import UnitKey

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from shapely import Geometry

ENDINGS = (".geojson", ".json", ".topojson")
LONGITUDES, LATITUDES = (102.0, 118.0), (6.0, 24.0)
"""Vietnam with its archipelagos, in degrees."""
MOST_CORNERS = 10_000
"""Of all outlines of a map: a page of 579 communes, the most that a province had, stays below 300 kB."""
_DRAWN = 560
"""Dots of a map from side to side."""
_TOLD = 5
METRES = 111_000
"""A degree of latitude."""


class _WrongFeature(Exception):  # noqa: N818 - what is wrong, to be told with the others
    """What is wrong with a feature."""


@dataclass(frozen=True, slots=True)
class Boundaries:
    """What was read. `shapes`: by unit, in degrees; `mended`: the units whose outline crosses itself and was mended."""

    names: tuple[str, ...] = ()
    shapes: Mapping[UnitKey, Geometry] = field(default_factory=dict)
    mended: tuple[UnitKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Areas:
    """Outlines as a map draws them: GeoJSON geometries by unit.

    `detail`: details that are smaller, in metres, were left out; 0: none were. `boxes`: so many small parts, islets mostly, are drawn as boxes.
    """

    geometries: Mapping[UnitKey, dict[str, Any]]
    detail: float = 0.0
    boxes: int = 0


def read_boundaries(place: Path | None) -> Boundaries:
    """The outlines in a file, or in all files of a folder that end with one of `ENDINGS`; without a place none.

    Raises:
        UsageError: it is not there, no file can be read, or a feature is wrong; names file and feature.
    """
    if place is None:
        return Boundaries()
    shapes: dict[UnitKey, Geometry] = {}
    wrong: list[str] = []
    mended: list[UnitKey] = []
    files = _files(place)
    for file in files:
        for number, feature in enumerate(_features(file), 1):
            named = f"{file.name}, feature {number}"
            try:
                key = _unit(feature)
                named += f" ({key.code} since {key.valid_from})"
                if key in shapes:
                    raise _WrongFeature("its unit is given twice")  # noqa: TRY301 - told with the others
                shape = _polygon(feature)
                shapes[key] = shapely.make_valid(shape, method="structure", keep_collapsed=False)
                if not shapes[key].area:
                    raise _WrongFeature("it has no area")  # noqa: TRY301
            except _WrongFeature as error:
                wrong.append(f"{named}: {error}")
                continue
            if not shape.is_valid:
                mended.append(key)
    _refuse(wrong)
    return Boundaries(tuple(file.name for file in files), shapes, tuple(mended))


def require_known(boundaries: Boundaries, known: Collection[UnitKey]) -> None:
    """Refuse outlines of what is no unit of any list.

    Raises:
        UsageError: names code and day.
    """
    unknown = [key for key in boundaries.shapes if key not in known]
    days = {key: [str(one.valid_from) for one in known if one.code == key.code] for key in unknown[:_TOLD]}
    hints = {key: f"that code begins on {' or '.join(sorted(found))}" if found else "no unit has that code" for key, found in days.items()}
    _refuse([f"no unit {key.code} since {key.valid_from}: {hints.get(key, '')}" for key in unknown])


def areas_of(boundaries: Boundaries, units: Collection[UnitKey], most: int = MOST_CORNERS) -> Areas:
    """The outlines of some units as a map draws them: with the fewest details left out that make them small enough, and never a part of a unit.

    Raises:
        UsageError: they stay too large whatever details are left out.
    """
    given = {key: boundaries.shapes[key] for key in units if key in boundaries.shapes}
    if not given:
        return Areas({})
    shapes = np.array(list(given.values()), dtype=object)
    west, south, east, north = shapely.total_bounds(shapes)
    side = max(east - west, north - south)
    dot = side / _DRAWN
    drawn, detail, boxes = shapes, 0.0, 0
    while shapely.get_num_coordinates(drawn).sum() > most:
        # At first a quarter of a dot, which nobody sees. Each outline by itself: neighbours that come from two hands do not meet in the same corners.
        detail = detail * 2 or dot / 4
        if detail > side:
            raise UsageError(f"{', '.join(boundaries.names)}: {len(given)} boundaries have too many corners to draw: simplify them")
        made = [_with_boxes(one, detail, dot) for one in shapely.simplify(shapes, detail)]
        drawn, boxes = np.array([shape for shape, _ in made], dtype=object), sum(count for _, count in made)
    # d3-geo, which draws, takes the inside for what lies to the right of an outline: wound the other way, a commune would be all the world but itself.
    wound = shapely.orient_polygons(drawn, exterior_cw=True)
    return Areas({key: json.loads(shapely.to_geojson(shape)) for key, shape in zip(given, wound, strict=True)}, detail * METRES, boxes)


def told_of_file(boundaries: Boundaries) -> list[str]:
    """What whoever gave the files has to know of them, a sentence each."""
    if not boundaries.mended:
        return []
    named = ", ".join(f"{key.code} since {key.valid_from}" for key in boundaries.mended[:_TOLD])
    more = f" and {len(boundaries.mended) - _TOLD} more" if len(boundaries.mended) > _TOLD else ""
    return [f"boundaries: outlines cross themselves, and were mended for drawing: {named}{more}"]


def told_of_areas(province: str, areas: Areas, communes: int, given: Boundaries) -> list[str]:
    """What the map of a province lacks of the outlines of its communes of the day."""
    without = communes - len(areas.geometries) if given.shapes else 0
    missing = [f"{without} of {communes} communes have no boundary and are points or tiles"] if without else []
    boxes = f", and {areas.boxes:,} small parts are boxes" if areas.boxes else ""
    detail = [f"details below {areas.detail:,.0f} m are left out of the drawing{boxes}"] if areas.detail else []
    return [f"boundaries of {province}: {'; '.join(missing + detail)}"] if missing or detail else []


def _with_boxes(shape: Geometry, detail: float, dot: float) -> tuple[Geometry, int]:
    """The parts, those that are smaller than a dot or the detail as boxes of at least a dot; and how many these are. Boxes that meet are drawn as one.

    The largest part of a unit becomes one below a dot alone: larger boxes of communes on the mainland would lie on their neighbours.
    """
    parts = shapely.get_parts(shape)
    sizes = shapely.area(parts)
    is_small = (sizes < dot**2) | ((sizes < detail**2) & (sizes < sizes.max()))
    west, south, east, north = shapely.bounds(parts[is_small]).T
    wider, higher = np.maximum(dot - (east - west), 0) / 2, np.maximum(dot - (north - south), 0) / 2
    boxes = shapely.union_all(shapely.box(west - wider, south - higher, east + wider, north + higher))
    return shapely.multipolygons([*parts[~is_small], *(part for part in shapely.get_parts(boxes) if part.area)]), int(is_small.sum())


def _files(place: Path) -> list[Path]:
    if place.is_dir():
        found = sorted(path for path in place.iterdir() if path.suffix.lower() in ENDINGS and path.is_file())
        if not found:
            raise UsageError(f"{place} has no file that ends with {', '.join(ENDINGS)}: no boundaries")
        return found
    if not place.is_file():
        raise UsageError(f"{place} is not there: no boundaries")
    return [place]


def _features(file: Path) -> list[dict[str, Any]]:
    try:
        content = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise UsageError(f"{file} is not JSON in UTF-8") from None
    kind = content.get("type") if isinstance(content, dict) else None
    if kind == "FeatureCollection":
        features = content.get("features")
    elif kind == "Topology":
        if not isinstance(content.get("objects"), dict) or not content["objects"]:
            raise UsageError(f"{file} is TopoJSON without objects")
        try:
            features = list(_of_topology(content))
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            raise UsageError(f"{file} is not whole as TopoJSON: its objects and arcs do not fit together") from None
    else:
        raise UsageError(f"{file} is neither a GeoJSON FeatureCollection nor TopoJSON")
    if not isinstance(features, list) or not features:
        raise UsageError(f"{file} has no features")
    return features


def _of_topology(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The features of TopoJSON: its polygons are made of arcs, which neighbours share; a negative number is an arc backwards."""
    scale, move = (content.get("transform", {}).get(name, default) for name, default in (("scale", [1, 1]), ("translate", [0, 0])))
    arcs = [np.array(arc, dtype=float)[:, :2] for arc in content["arcs"]]
    if "transform" in content:
        # Each point is told by its distance from the one before it.
        arcs = [arc.cumsum(axis=0) * scale + move for arc in arcs]

    def ring(numbers: Sequence[int]) -> list[list[float]]:
        parts = [arcs[number] if number >= 0 else arcs[~number][::-1] for number in numbers]
        points: list[list[float]] = np.concatenate([parts[0], *(part[1:] for part in parts[1:])]).tolist()
        return points

    for whole in content["objects"].values():
        for geometry in whole["geometries"] if whole["type"] == "GeometryCollection" else [whole]:
            polygons = {"Polygon": [geometry.get("arcs")], "MultiPolygon": geometry.get("arcs")}.get(geometry["type"])
            made = None if polygons is None else [[ring(numbers) for numbers in polygon] for polygon in polygons]
            drawn = {"type": geometry["type"]} if made is None else {"type": "MultiPolygon", "coordinates": made}
            yield {"properties": geometry.get("properties"), "geometry": drawn}


def _unit(feature: object) -> UnitKey:
    """The unit that a feature is of; or `_WrongFeature`."""
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        raise _WrongFeature("it has no properties; expected code and valid_from")
    code, since = (properties.get(name) for name in ("code", "valid_from"))
    if code is None or since is None:
        raise _WrongFeature(f"it has no {'code' if code is None else 'valid_from'}")
    if not isinstance(code, str):
        # As a number it has lost its zeros.
        raise _WrongFeature(f"its code {code!r} is not text: write it in quotes, with its zeros")
    try:
        return UnitKey(code, date.fromisoformat(since))
    except (TypeError, ValueError):
        raise _WrongFeature(f"its valid_from {since!r} is no day: write it as 2025-07-01") from None


def _polygon(feature: dict[str, Any]) -> Geometry:
    """Its outline; or `_WrongFeature`."""
    geometry = feature.get("geometry")
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise _WrongFeature(f"it is {kind or 'without geometry'}; expected Polygon or MultiPolygon")
    try:
        shape = shapely.force_2d(shapely.from_geojson(json.dumps(geometry)))
    except shapely.GEOSException:
        raise _WrongFeature(
            "its coordinates are no rings: lists of [longitude, latitude], each at least four, the last the same as the first"
        ) from None
    west, south, east, north = shapely.bounds(shape)
    if math.isnan(west):
        raise _WrongFeature("it has no coordinates")
    if max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 90:
        raise _WrongFeature("its coordinates are not degrees of longitude and latitude (WGS 84)")
    if west < LONGITUDES[0] or east > LONGITUDES[1] or south < LATITUDES[0] or north > LATITUDES[1]:
        raise _WrongFeature(f"it reaches from {west:g} {south:g} to {east:g} {north:g}, outside of Vietnam; longitude comes first")
    return shape


def _refuse(wrong: Sequence[str]) -> None:
    if wrong:
        more = f"; and {len(wrong) - _TOLD} more" if len(wrong) > _TOLD else ""
        raise UsageError(f"boundaries: {'; '.join(wrong[:_TOLD])}{more}")
