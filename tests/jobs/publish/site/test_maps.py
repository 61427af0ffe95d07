"""Maps and tiles of a province that is made up: who stands where, with and without districts, coordinates and boundaries."""

from __future__ import annotations

import datetime as dt

from jobs.publish.site import maps
from jobs.publish.site.boundaries import Areas
from jobs.publish.site.read import Place, Province, Unit, UnitKey
from jobs.publish.site.registers import MAPS

SINCE = dt.date(2021, 1, 1)
DAY = dt.date(2025, 6, 30)
PROVINCE, NORTH, SOUTH, A, B, C, GONE = (UnitKey(code, SINCE) for code in ("40", "410", "411", "00001", "00002", "00003", "00004"))
WORDS = MAPS["growing_areas"]
PAGE = "40/ban-do/growing-areas/index.html"
AREA = {"type": "Polygon", "coordinates": [[[105.0, 19.0], [105.0, 19.1], [105.1, 19.1], [105.0, 19.0]]]}


def unit(key: UnitKey, level: str, name: str, parent: UnitKey | None, valid_to: dt.date | None = None) -> Unit:
    return Unit(key, valid_to, level, name, parent, PROVINCE)


def province(*, districts: bool = True) -> Province:
    """Units as they are read: by level, then by name."""
    units = [
        unit(PROVINCE, "province", "Tỉnh A", None),
        *([unit(SOUTH, "district", "Huyện Bắc", PROVINCE), unit(NORTH, "district", "Huyện Nam", PROVINCE)] if districts else []),
        unit(A, "commune", "Xã An", NORTH if districts else PROVINCE),
        unit(B, "commune", "Xã Bình", SOUTH if districts else PROVINCE),
        unit(C, "commune", "Xã Châu", NORTH if districts else PROVINCE),
        unit(GONE, "commune", "Xã Cũ", NORTH if districts else PROVINCE, dt.date(2024, 12, 31)),
    ]
    return Province("40", PROVINCE, {one.key: one for one in units}, {}, [], [], [])


def shown(of: Province) -> list[maps.Line]:
    return maps.lines(of, maps.communes(of, DAY), {A: 2.5, C: 0.0, GONE: 9.0}, WORDS, PAGE)


def test_a_line_is_a_commune_of_the_day_and_missing_is_not_zero() -> None:
    assert [(line.key, line.written) for line in shown(province())] == [(A, "2,5"), (B, "–"), (C, "0")]
    assert shown(province())[0].told == "Xã An (00001): 2,5"
    assert shown(province())[0].page == "../../../40/don-vi/00001/2021-01-01/index.html"
    assert maps.reach(shown(province())) == (0.0, 2.5), "of the communes of the day alone"


def test_tiles_go_by_district_then_name_and_without_districts_by_name() -> None:
    of = province()
    groups = maps.tiles(of, maps.communes(of, DAY), shown(of))
    assert [(district, [tile.line.key for tile in found]) for district, found in groups] == [("Huyện Bắc", [B]), ("Huyện Nam", [A, C])]
    filled = {tile.line.key: tile.fill for _, found in groups for tile in found}
    assert filled == {A: "#fde725", B: None, C: "#440154"}
    of = province(districts=False)
    groups = maps.tiles(of, maps.communes(of, DAY), shown(of))
    assert [(district, [tile.line.key for tile in found]) for district, found in groups] == [(None, [A, B, C])]


def test_a_commune_is_its_outline_else_its_point_else_counted() -> None:
    of = province()
    assert maps.drawing(of, shown(of), Areas({}), "ha") == (None, 3)
    of.places |= {A: Place(105.2, 19.2), B: Place(105.3, 19.3)}
    drawn, unplaced = maps.drawing(of, shown(of), Areas({}), "ha")
    assert unplaced == 1
    assert drawn is not None
    assert drawn.count("</title></path></a>") == 2
    drawn, unplaced = maps.drawing(of, shown(of), Areas({C: AREA, A: AREA}), "ha")
    assert unplaced == 0
    assert drawn is not None
    assert drawn.count("</title></path></a>") == 3
    assert drawn.count("mark-shape") == 1
    assert drawn.count("mark-symbol") == 1, "B, which has no outline, stays a point"
