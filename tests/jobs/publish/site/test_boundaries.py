"""A province's own boundaries: what is read, what is refused and in which words, and how they are made to draw."""

from __future__ import annotations

import datetime as dt
import json
import re
import xml.etree.ElementTree as ET
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
import shapely

from jobs.errors import UsageError
from jobs.publish.site.boundaries import Areas, Boundaries, areas_of, read_boundaries, require_known, told_of_areas, told_of_file
from jobs.publish.site.build import Beside, build_site
from jobs.publish.site.charts import on_map
from jobs.publish.site.read import UnitKey
from tests.support.boundaries import around, collection
from tests.support.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

SVG = "{http://www.w3.org/2000/svg}"
DAY = "2025-07-01"
A, B = (UnitKey(code, dt.date(2025, 7, 1)) for code in ("00001", "00002"))
SQUARE = [[105.0, 19.0], [105.1, 19.0], [105.1, 19.1], [105.0, 19.1], [105.0, 19.0]]


def feature(code: Any = "00001", since: Any = DAY, ring: Any = SQUARE, kind: str = "Polygon") -> dict[str, Any]:
    coordinates = [ring] if kind == "Polygon" else ring
    return {"type": "Feature", "properties": {"code": code, "valid_from": since}, "geometry": {"type": kind, "coordinates": coordinates}}


def written(folder: Path, content: Any, name: str = "tinh.geojson") -> Path:
    file = folder / name
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return file


def of(*features: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def topology(**more: Any) -> dict[str, Any]:
    """Two squares that share an edge, which the second one has backwards."""
    return {
        "type": "Topology",
        "arcs": [
            [[105.1, 19.0], [105.1, 19.1]],
            [[105.1, 19.1], [105.0, 19.1], [105.0, 19.0], [105.1, 19.0]],
            [[105.1, 19.0], [105.2, 19.0], [105.2, 19.1], [105.1, 19.1]],
        ],
        "objects": {
            "xa": {
                "type": "GeometryCollection",
                "geometries": [
                    {"type": "Polygon", "arcs": [[0, 1]], "properties": {"code": "00001", "valid_from": DAY}},
                    {"type": "MultiPolygon", "arcs": [[[2, -1]]], "properties": {"code": "00002", "valid_from": DAY}},
                ],
            }
        },
        **more,
    }


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is not JSON in UTF-8"),
        ([], "is neither a GeoJSON FeatureCollection nor TopoJSON"),
        ({"type": "Feature"}, "is neither a GeoJSON FeatureCollection nor TopoJSON"),
        (of(), "has no features"),
        ({"type": "FeatureCollection"}, "has no features"),
        ({"type": "Topology", "arcs": []}, "is TopoJSON without objects"),
        ({"type": "Topology", "arcs": [], "objects": {}}, "is TopoJSON without objects"),
        (topology(arcs=[]), "is not whole as TopoJSON"),
        ({"type": "Topology", "arcs": [], "objects": {"xa": {"type": "GeometryCollection", "geometries": []}}}, "has no features"),
        (of(5), "feature 1: it has no properties"),
        (of({"type": "Feature", "properties": None, "geometry": None}), "feature 1: it has no properties"),
        (of(feature(code=None)), "feature 1: it has no code"),
        (of(feature(since=None)), "feature 1: it has no valid_from"),
        (of(feature(code=17386)), "feature 1: its code 17386 is not text"),
        (of(feature(since="1/7/2025")), "feature 1: its valid_from '1/7/2025' is no day: write it as 2025-07-01"),
        (of(feature(), feature()), "feature 2 (00001 since 2025-07-01): its unit is given twice"),
        (of({**feature(), "geometry": None}), "it is without geometry; expected Polygon or MultiPolygon"),
        (of({**feature(), "geometry": {"type": "Point", "coordinates": [105, 19]}}), "it is Point; expected Polygon or MultiPolygon"),
        (of(feature(ring=[[105, 19], [106, 19], [106, 20]])), "its coordinates are no rings"),
        (of(feature(ring=[["a", 19], [106, 19], [106, 20], ["a", 19]])), "its coordinates are no rings"),
        (of(feature(ring=[])), "it has no coordinates"),
        (of(feature(ring=[[105, 19], [106, 20], [105, 19], [105, 19]])), "it has no area"),
        (of(feature(ring=[[566000 + x, 2e6 + y] for x, y in SQUARE])), "are not degrees of longitude and latitude"),
        (of(feature(ring=[[y, x - 90] for x, y in SQUARE])), "outside of Vietnam; longitude comes first"),
        (of(feature(ring=[[x - 10, y] for x, y in SQUARE])), "it reaches from 95 19 to 95.1 19.1, outside of Vietnam"),
    ],
)
def test_a_wrong_file_is_refused_by_file_and_feature(tmp_path: Path, content: Any, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_boundaries(written(tmp_path, content))
    assert "tinh.geojson" in str(refused.value)
    assert said in str(refused.value)


def test_all_mistakes_are_told_at_once_and_many_are_counted(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"feature 1: .*feature 5: .*; and 2 more$"):
        read_boundaries(written(tmp_path, of(*(feature(code=number) for number in range(7)))))


def test_a_place_that_is_not_there_or_holds_nothing_is_refused_before_anything_else(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for place, said in ((tmp_path / "none.geojson", "is not there"), (tmp_path / "empty", "has no file that ends with .geojson")):
        with pytest.raises(UsageError, match=said):
            build_site(Workspace(tmp_path / "home").warehouse, tmp_path / "site", beside=Beside(boundaries=place))
    assert not (tmp_path / "site").exists()


def test_a_unit_of_no_list_is_refused_with_the_days_of_its_code(tmp_path: Path) -> None:
    read = read_boundaries(written(tmp_path, of(feature(), feature("00002", "2024-01-01"), feature("99999"))))
    require_known(read_boundaries(None), [])
    with pytest.raises(UsageError) as refused:
        require_known(read, [A, B])
    assert str(refused.value) == (
        "boundaries: no unit 00002 since 2024-01-01: that code begins on 2025-07-01; no unit 99999 since 2025-07-01: no unit has that code"
    )


def test_files_of_a_folder_count_as_one(tmp_path: Path) -> None:
    written(tmp_path, of(feature()), "a.geojson")
    written(tmp_path, of(feature("00002")), "b.json")
    written(tmp_path, "no boundaries", "ghi-chu.txt")
    read = read_boundaries(tmp_path)
    assert read.names == ("a.geojson", "b.json")
    assert set(read.shapes) == {A, B}
    written(tmp_path, of(feature("00002")), "c.json")
    with pytest.raises(UsageError, match=r"c.json, feature 1 \(00002 since 2025-07-01\): its unit is given twice"):
        read_boundaries(tmp_path)


@pytest.mark.parametrize("is_quantised", [False, True])
def test_topojson_gives_the_shapes_that_geojson_gives(tmp_path: Path, is_quantised: bool) -> None:
    content = topology()
    if is_quantised:
        steps = [[[round(x * 10), round(y * 10)] for x, y in arc] for arc in content["arcs"]]
        content["arcs"] = [
            [arc[0], *([x - a, y - b] for (a, b), (x, y) in pairwise(arc))]
            for arc in [[[x - 1050, y - 190] for x, y in arc] for arc in steps]
        ]
        content["transform"] = {"scale": [0.1, 0.1], "translate": [105.0, 19.0]}
    read = read_boundaries(written(tmp_path, content, "tinh.topojson"))
    known = {A: shapely.box(105.0, 19.0, 105.1, 19.1), B: shapely.box(105.1, 19.0, 105.2, 19.1)}
    assert read.shapes.keys() == known.keys()
    assert all(shape.symmetric_difference(known[key]).area < 1e-12 for key, shape in read.shapes.items())


def test_an_outline_that_crosses_itself_is_mended_and_said(tmp_path: Path) -> None:
    bow = [[105.0, 19.0], [105.1, 19.1], [105.1, 19.0], [105.0, 19.1], [105.0, 19.0]]
    read = read_boundaries(written(tmp_path, of(feature(ring=bow), feature("00002"))))
    assert read.shapes[A].is_valid
    assert read.shapes[A].area == pytest.approx(0.005)
    assert told_of_file(read) == ["boundaries: outlines cross themselves, and were mended for drawing: 00001 since 2025-07-01"]
    assert told_of_file(read_boundaries(written(tmp_path, of(feature())))) == []


def test_what_a_map_lacks_is_said(tmp_path: Path) -> None:
    read = read_boundaries(written(tmp_path, of(feature(), feature("00002"))))
    assert told_of_areas("Tỉnh A", areas_of(read, [A, B]), 2, read) == []
    assert told_of_areas("Tỉnh A", areas_of(read, [A]), 3, read) == [
        "boundaries of Tỉnh A: 2 of 3 communes have no boundary and are points or tiles"
    ]
    assert told_of_areas("Tỉnh A", Areas({A: {}}, 94.4), 1, read) == [
        "boundaries of Tỉnh A: details below 94 m are left out of the drawing"
    ]
    assert told_of_areas("Tỉnh A", Areas({A: {}}, 94.4, 7), 1, read) == [
        "boundaries of Tỉnh A: details below 94 m are left out of the drawing, and 7 small parts are boxes"
    ]
    nothing = read_boundaries(None)
    assert told_of_areas("Tỉnh A", areas_of(nothing, [A]), 3, nothing) == []


def drawn(areas: Areas) -> str:
    rows = [{"area": area, "value": float(key == B), "told": key.code, "page": key.code} for key, area in areas.geometries.items()]
    return on_map(rows, "ha", (0.0, 1.0))


def test_an_outline_is_drawn_the_same_whichever_way_it_is_wound(tmp_path: Path) -> None:
    """One that is wound the other way is taken for all the world but itself: it fills the drawing, whose scale is then that of the globe."""
    squares = {("00001", DAY): shapely.box(105.0, 19.0, 105.1, 19.1), ("00002", DAY): shapely.box(105.1, 19.0, 105.2, 19.1)}
    given = [collection(squares, clockwise=clockwise) for clockwise in (False, True)]
    assert given[0] != given[1]
    one, other = (drawn(areas_of(read_boundaries(written(tmp_path, content)), [A, B])) for content in given)
    assert one == other
    paths = {link.get("href"): link[0].get("d", "") for link in ET.fromstring(one).iter(f"{SVG}a")}  # noqa: S314 - made here
    across = {code: [float(x) for x in re.findall(r"[ML]([\d.]+),", path)] for code, path in paths.items()}
    assert (min(across["00001"]), max(across["00001"])) == (0, 280)
    assert (min(across["00002"]), max(across["00002"])) == (280, 560)


def test_details_that_make_a_map_too_large_are_left_out_and_no_unit_is_lost() -> None:
    points = {(f"{number:05}", DAY): (105 + number % 20 / 20, 19 + number // 20 / 20 + number % 3 / 97) for number in range(300)}
    shapes = {UnitKey(code, dt.date(2025, 7, 1)): shape for (code, _), shape in around(points, steps=100).items()}
    islets = [shapely.box(104 + n / 1e4, 18, 104 + n / 1e4 + 5e-5, 18.00005) for n in range(500)]
    shapes[A] = shapely.multipolygons([shapes[A], *islets])
    given = Boundaries(("tinh.geojson",), shapes)
    assert shapely.get_num_coordinates(list(shapes.values())).sum() > 50_000
    areas = areas_of(given, list(shapes))
    made = [shapely.from_geojson(json.dumps(area)) for area in areas.geometries.values()]
    assert areas.geometries.keys() == shapes.keys()
    assert shapely.get_num_coordinates(made).sum() <= 10_000
    assert all(shape.area > 0 for shape in made)
    assert 0 < areas.detail < 1_000
    assert areas.boxes == 500
    of_a = made[list(areas.geometries).index(A)]
    assert all(of_a.contains(islet.centroid) for islet in islets)
    with pytest.raises(UsageError, match=r"tinh.geojson: 300 boundaries have too many corners to draw"):
        areas_of(given, list(shapes), most=300)


def test_far_small_islands_stay_on_the_drawing_and_can_be_seen() -> None:
    """64 communes of a coast, and an island district 600 km off it whose islands are far smaller than a dot of such a wide drawing."""
    points = {(f"{number:05}", DAY): (108.7 + number % 8 / 16, 11.8 + number // 8 / 8 + number % 3 / 97) for number in range(64)}
    shapes = {UnitKey(code, dt.date(2025, 7, 1)): shape for (code, _), shape in around(points, steps=100).items()}
    # Places and sizes of the order of the islands of Trường Sa: 150 to 650 m across.
    islands = [
        shapely.Point(longitude, latitude).buffer(metres / 2 / 111_000, quad_segs=60)
        for longitude, latitude, metres in (
            *((111.92, 8.64, 630), (114.33, 11.43, 640), (113.83, 9.87, 250)),
            *((114.48, 9.88, 300), (114.36, 10.37, 150)),
        )
    ]
    far = UnitKey("99998", dt.date(2025, 7, 1))
    shapes[far] = shapely.multipolygons(islands)
    shapes[A] = shapely.multipolygons([*shapely.get_parts(shapes[A]), shapely.box(108.3, 11.9, 108.301, 11.901)])
    areas = areas_of(Boundaries(("tinh.geojson",), shapes), list(shapes))
    made = {key: shapely.from_geojson(json.dumps(area)) for key, area in areas.geometries.items()}
    assert shapely.get_num_coordinates(list(made.values())).sum() <= 10_000
    west, _, east, _ = shapely.total_bounds(list(shapes.values()))
    dot = (east - west) / 560
    drawn_islands = shapely.get_parts(made[far])
    assert len(drawn_islands) == len(islands)
    assert all(made[far].contains(island.centroid) for island in islands)
    for left, bottom, right, top in shapely.bounds(drawn_islands):
        assert right - left >= dot * 0.999
        assert top - bottom >= dot * 0.999
    assert len(shapely.get_parts(made[A])) == 2, "an islet of a commune on the coast"
    assert areas.boxes == len(islands) + 1
    assert sum(shape.area for shape in made.values()) == pytest.approx(sum(shape.area for shape in shapes.values()), rel=0.02)
