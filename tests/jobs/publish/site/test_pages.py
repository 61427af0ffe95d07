"""What single pages say, of a province that is made up: no release is needed."""

from __future__ import annotations

import datetime as dt
import json
import re
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

from jobs.ops.releases import Release
from jobs.publish.site import addresses, maps, quality
from jobs.publish.site.boundaries import read_boundaries
from jobs.publish.site.build import MOST_NAMED, _Site
from jobs.publish.site.data_docs import DataDocs
from jobs.publish.site.downloads import copied, read_folder, write_downloads
from jobs.publish.site.read import Province, Snapshot, Unit, UnitKey
from jobs.publish.site.received import Received
from jobs.publish.site.registers import MAPS
from tests.jobs.publish.site.conftest import open_data_folder
from warehouse_schema.indicator_catalogue import load_catalogue
from warehouse_schema.open_data import load_open_data
from warehouse_schema.plan_registry import load_plans

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from jobs.publish.site.boundaries import Boundaries

SINCE, DAY = dt.date(2025, 7, 1), dt.date(2025, 7, 20)
PROVINCE = UnitKey("24", dt.date(2021, 1, 1))


def site(folder: Path, boundaries: Boundaries | None = None, loads: Sequence[dict[str, Any]] = ()) -> _Site:
    release = Release(3, "run", dt.datetime(2025, 7, 21, tzinfo=dt.UTC), DAY, "released", {}, "r")
    return _Site(folder, Snapshot(release, [*loads], False, [], None), boundaries or read_boundaries(None))


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


@pytest.mark.parametrize(("accepted", "is_told"), [(None, True), (0, True), (5, False)])
def test_a_passport_says_what_of_its_sources_has_given_no_valid_row(tmp_path: Path, accepted: int | None, is_told: bool) -> None:
    """Never sent, or all of it rejected: without assessments no village counts."""
    read = {"registry/villages": 120} | ({} if accepted is None else {"registry/smart_village_assessments": accepted})
    loads = [{"dataset": name, "rows_accepted": rows, "last_received": None} for name, rows in read.items()]
    of = site(tmp_path, loads=loads)
    days = {"period_type": "as_of", "period_start": DAY, "period_end": DAY}
    row = {"indicator": "smart_villages", "level": "village", "numerator": 0, "denominator": None, "value": 0.0, "unit": "count", **days}
    whole = province()
    plan = next(plan for plan in load_plans() if plan.province_code == "24")
    of._write_figure(whole, plan, whole.units[PROVINCE], load_catalogue()["smart_villages"], [[row | {"formula": ""}]])
    text = (tmp_path / addresses.figure_page("24", *PROVINCE, "smart_villages")).read_text(encoding="utf-8")
    assert ("No valid row received" in text) == is_told
    assert ("registry/smart_village_assessments: " in text) == is_told
    assert ("so a figure of 0 says nothing" in text) == is_told


WORK = "eoffice/work_records"


def rejected(of: str | None, rows: int, dataset: str = WORK) -> dict[str, Any]:
    return {
        "dataset": dataset,
        "province_code": of,
        "sender": of and "H99.1",
        "name": of and "Sở A",
        "row_count": rows,
        "settled": 0,
        "objects": 0,
        "reasons": [],
    }


def sent(organ: str) -> dict[str, Any]:
    counts = {"months_expected": 2, "months_sent": 1, "row_count": 5, "on_time": 1, "seen_on_time": 1}
    return {"dataset": WORK, "organ_id": organ, "organ_name": f"Sở {organ}", "level": "province", **counts}


def quality_pages(folder: Path, rows: list[dict[str, Any]], months: list[tuple[dt.date, dt.date]]) -> tuple[str, str]:
    """The page of data quality, and that of the senders of work records."""
    of = province()
    of.month = (dt.date(2025, 7, 1), dt.date(2025, 7, 31))
    received = Received(rows, {"24": months}, {"24": [sent("H99.7")]})
    site(folder).write_quality(of, received, DataDocs(None, ("", "")))
    first, senders = (folder / page for page in (addresses.quality_page("24"), addresses.senders_page("24", WORK)))
    return first.read_text(encoding="utf-8"), senders.read_text(encoding="utf-8")


def test_senders_without_rejected_rows_stand_beside_those_that_nobody_can_place(tmp_path: Path) -> None:
    rows = [rejected("24", 2), rejected("40", 4), rejected(None, 300), rejected(None, 3), rejected(None, 5_000, "registry/villages")]
    _, senders = quality_pages(tmp_path / "some", rows, [])
    assert "Không rõ của ai: 303" in senders
    assert "Cannot be told whose: 303" in senders
    _, senders = quality_pages(tmp_path / "none", [rejected("24", 2), rejected(None, 5_000, "registry/villages")], [])
    assert "Không rõ của ai" not in senders


def test_a_code_that_changed_its_meaning_is_named_by_all_of_them_with_their_days(tmp_path: Path) -> None:
    for text in quality_pages(tmp_path / "both", [], [(dt.date(2025, 6, 1), dt.date(2025, 6, 30))]):
        assert "Tỉnh Bắc Giang, Tỉnh Bắc Ninh</h1>" in text
        told = " ".join(re.sub('<span class="en".*?</span>|<[^>]+>', "", text).split())
        assert "Tỉnh Bắc Giang đến 30/06/2025" in told
        assert "Tỉnh Bắc Ninh từ 01/07/2025" in told
        assert "xếp theo nghĩa hiện nay của mã" in told
    for text in quality_pages(tmp_path / "one", [], []):
        assert "Tỉnh Bắc Ninh</h1>" in text, "what is shown is of July alone"
        assert "xếp theo nghĩa hiện nay của mã" not in text


def test_meanings_are_those_of_the_months_shown() -> None:
    of = province()
    june = [(dt.date(2025, 6, 1), dt.date(2025, 6, 30))]
    for months, day, names in (
        (june, DAY, ["Tỉnh Bắc Giang", "Tỉnh Bắc Ninh"]),
        (june, dt.date(2025, 6, 30), ["Tỉnh Bắc Giang"]),
        ([], DAY, ["Tỉnh Bắc Ninh"]),
        ([], dt.date(2020, 1, 1), ["Tỉnh Bắc Giang"]),
    ):
        assert [one.name for one in quality.meanings_shown(of, months, day)] == names


@pytest.mark.parametrize("formulas", [("ntm-1", "ntm-1"), ("ntm-0", "ntm-1")])
def test_a_passport_says_a_formula_once_and_in_a_column_where_there_are_several(tmp_path: Path, formulas: tuple[str, str]) -> None:
    of = province()
    indicator = load_catalogue()["dossiers_received_online"]
    row = {
        "indicator": indicator.id,
        "level": "province",
        "period_type": "month",
        "unit": "ratio",
        "numerator": 1,
        "denominator": 2,
        "value": 0.5,
    }
    months = [(dt.date(2025, 5, 1), dt.date(2025, 5, 31)), (dt.date(2025, 6, 1), dt.date(2025, 6, 30))]
    rows = [
        row | {"period_start": first, "period_end": last, "formula": formula}
        for (first, last), formula in zip(months, formulas, strict=True)
    ]
    site(tmp_path)._write_figure(of, load_plans()[0], of.units[PROVINCE], indicator, [rows])
    text = unescape((tmp_path / addresses.figure_page("24", *PROVINCE, indicator.id)).read_text(encoding="utf-8"))
    assert indicator.formula_label is not None
    several = len(set(formulas)) > 1
    assert text.count(indicator.formula_label.vi) == text.count(indicator.formula_label.en) == (2 if several else 1)
    assert ("ntm-0" in text) == ('<th scope="col">Công thức' in text) == several
    assert "ntm-1" not in text


def test_the_site_says_that_it_is_for_officials_inside(tmp_path: Path) -> None:
    of = site(tmp_path)
    write_downloads(of.write, None, set())
    of.write(addresses.HOME, "provinces", provinces=[], silent=[])
    for page in (addresses.DOWNLOADS, addresses.HOME):
        text = (tmp_path / page).read_text(encoding="utf-8")
        assert "Trang báo cáo này dành cho cán bộ trong cơ quan" in text
        assert "không được che" in text
    assert f"dưới {load_open_data().small_cells.below}" in (tmp_path / addresses.DOWNLOADS).read_text(encoding="utf-8")


def test_the_page_of_open_data_says_why_a_folder_is_left_out(tmp_path: Path) -> None:
    of = site(tmp_path)
    for why in ("", "release-3: unit.csv is not what SHA256SUMS says"):
        write_downloads(of.write, None, set(), why)
        text = (tmp_path / addresses.DOWNLOADS).read_text(encoding="utf-8")
        assert ("unit.csv is not what SHA256SUMS says" in text) == bool(why)
        assert ("chưa có bộ dữ liệu mở" in text) != bool(why), "what is there is not said to be missing"


def test_the_page_of_open_data_lists_what_the_package_has(tmp_path: Path) -> None:
    of = site(tmp_path)
    folder = read_folder(open_data_folder(tmp_path / "data", 3, str(DAY)), of._snapshot.release)
    write_downloads(of.write, folder, copied(folder, everything=False))
    text = (tmp_path / addresses.DOWNLOADS).read_text(encoding="utf-8")
    for told in ("Đơn vị / Units", "Giấy phép mẫu", "Cơ quan mẫu / Agency", "unit.parquet", folder.files["datapackage.json"][1]):
        assert told in text
