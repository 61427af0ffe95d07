"""Made-up boundaries for the maps: a province's real ones may not be shipped. Each commune gets what is nearer to its point than to any other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import shapely

if TYPE_CHECKING:
    from collections.abc import Mapping


def around(points: Mapping[tuple[str, str], tuple[float, float]], steps: int = 1) -> dict[tuple[str, str], Any]:
    """An outline by (code, valid_from) around each point (degrees); `steps`: corners on each edge, which neighbours share."""
    places = shapely.points(list(points.values()))
    frame = shapely.box(*shapely.total_bounds(places)).buffer(0.05, join_style="mitre")
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(places), extend_to=frame))
    found = {}
    for key, place in zip(points, places, strict=True):
        cell = next(cell for cell in cells if cell.contains(place)).intersection(frame)
        found[key] = shapely.segmentize(cell, max(cell.length / steps / 4, 1e-6)) if steps > 1 else cell
    return found


def collection(outlines: Mapping[tuple[str, str], Any], *, clockwise: bool = False) -> dict[str, Any]:
    """A GeoJSON FeatureCollection of outlines, all wound one way."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"code": code, "valid_from": since},
                "geometry": json.loads(shapely.to_geojson(shapely.orient_polygons(shape, exterior_cw=clockwise))),
            }
            for (code, since), shape in outlines.items()
        ],
    }
