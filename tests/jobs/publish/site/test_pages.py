"""What single pages say, of a province that is made up: no release is needed."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import pytest

from jobs.ops.releases import Release
from jobs.publish.site import addresses, maps
from jobs.publish.site.boundaries import read_boundaries
from jobs.publish.site.build import MOST_NAMED, _Site
from jobs.publish.site.read import Province, Snapshot, Unit, UnitKey
from jobs.publish.site.registers import MAPS

if TYPE_CHECKING:
    from pathlib import Path

    from jobs.publish.site.boundaries import Boundaries

SINCE, DAY = dt.date(2025, 7, 1), dt.date(2025, 7, 20)
PROVINCE = UnitKey("24", dt.date(2021, 1, 1))


def site(folder: Path, boundaries: Boundaries | None = None) -> _Site:
    release = Release(3, "run", dt.datetime(2025, 7, 21, tzinfo=dt.UTC), DAY, "released", {}, "r")
    return _Site(folder, Snapshot(release, [], False, [], None), boundaries or read_boundaries(None))


def province(communes: int = 0) -> Province:
    """Bắc Giang, whose code is Bắc Ninh's since July 2025, with communes of that."""
    merged = UnitKey("24", SINCE)
    units = [
        Unit(PROVINCE, dt.date(2025, 6, 30), "province", "Tỉnh Bắc Giang", None, PROVINCE),
        Unit(merged, None, "province", "Tỉnh Bắc Ninh", None, merged),
        *(Unit(UnitKey(f"{number:05}", SINCE), None, "commune", f"Xã {number}", merged, merged) for number in range(communes)),
    ]
    return Province("24", PROVINCE, {unit.key: unit for unit in units}, {}, [], [], [])


@pytest.mark.parametrize("mended", [0, 2, MOST_NAMED + 1])
def test_a_map_says_which_file_it_is_from_and_which_outlines_were_mended(tmp_path: Path, mended: int) -> None:
    of = province(MOST_NAMED + 2)
    features = []
    for number, unit in enumerate(maps.communes(of, DAY)):
        west = 105 + number / 100
        square = [[west, 19.0], [west + 0.01, 19.0], [west + 0.01, 19.01], [west, 19.01], [west, 19.0]]
        bow = [square[0], square[2], square[1], square[3], square[0]]
        geometry = {"type": "Polygon", "coordinates": [bow if number < mended else square]}
        features.append({"type": "Feature", "properties": {"code": unit.key.code, "valid_from": str(SINCE)}, "geometry": geometry})
        of.maps.setdefault("growing_areas", {})[unit.key] = float(number)
    of.maps = {name: of.maps["growing_areas"] if name == "growing_areas" else {} for name in MAPS}
    file = tmp_path / "ve-lai.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    site(tmp_path, read_boundaries(file))._write_maps(of)
    text = (tmp_path / addresses.map_page("24", "growing_areas")).read_text(encoding="utf-8")
    caption = text.split("<figcaption>")[1].split("</figcaption>")[0]
    assert "Ranh giới theo tệp ve-lai.geojson." in caption
    assert "Boundaries from the file ve-lai.geojson." in caption
    assert (f"{mended} đường ranh giới tự cắt nhau" in caption) == (mended > 0)
    assert ("Xã 1 (00001)" in caption) == (mended == 2)
    assert "Xã 2 (00002)" not in caption
