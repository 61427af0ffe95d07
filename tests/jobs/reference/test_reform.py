"""A reform that nobody has heard of yet is data files: a made-up one of 2027, on top of the real lists."""

from __future__ import annotations

import shutil
from datetime import date
from typing import TYPE_CHECKING

import pytest

import jobs.reference.units as reference
from jobs.errors import UsageError
from jobs.reference.units import load_units, read_units
from jobs.reference.units.files import REFERENCE_FOLDER, reference_files
from jobs.reference.units.model import UnitId

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jobs.reference.units.model import Units

START, FIRST, EVE, DAY = date(2021, 1, 1), date(2025, 7, 1), date(2026, 12, 31), date(2027, 1, 1)
NGHE_AN, HA_TINH, MERGED = UnitId("40", START), UnitId("42", START), UnitId("40", DAY)
HEADERS = {
    "units_from": "unit_code,level,unit_name,unit_type,parent_code,latitude,longitude,document",
    "commune_succession": "old_commune_code,old_district_code,old_province_code,new_commune_code,new_province_code,partly_merged",
    "province_succession": "old_code,old_name,new_code,new_name,whole,keeps_identity",
}
# 17380 and 17357 become one, under the code of the first; 17677 is divided between 17689 and a new one; 16681 has another name; 17329 becomes a ward.
COMMUNES = [
    "17380,,40,17380,40,false",
    "17357,,40,17380,40,false",
    "17677,,40,17689,40,true",
    "17677,,40,17699,40,true",
    "17689,,40,17689,40,false",
]
UNITS = [
    "17380,commune,Xã Hai Trong Một,Xã,40,,,NQ 1/2026",
    "17689,commune,Xã Thêm Phần,Xã,40,,,NQ 1/2026",
    "17699,commune,Xã Phần Còn Lại,Xã,40,18.9,105.3,NQ 1/2026",
    "17329,commune,Phường Lên Phường,Phường,40,,,NQ 2/2026",
    "16681,commune,Phường Tên Khác,Phường,40,,,NQ 2/2026",
]


def write(folder: Path, kind: str, lines: list[str]) -> None:
    (folder / f"{kind}_{DAY}.csv").write_text("\n".join([HEADERS[kind], *lines]) + "\n", encoding="utf-8")


def with_reform(folder: Path, **files: list[str]) -> Path:
    for file in reference_files(REFERENCE_FOLDER):
        shutil.copy(file, folder)
    for kind, lines in files.items():
        write(folder, kind, lines)
    return folder


@pytest.fixture(scope="module")
def reform_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's own files, and three more: communes, and Hà Tĩnh merged into Nghệ An under the code of Nghệ An."""
    parents = {v.unit_code: v for v in load_units().versions if v.level == "commune" and v.province_code == "42" and v.version_to is None}
    moved = [f"{code},commune,{v.unit_name},{v.unit_type},40,,,NQ 3/2026" for code, v in sorted(parents.items())]
    provinces = ["40,Tỉnh Nghệ An,40,Tỉnh Nghệ Tĩnh,true,false", "42,Tỉnh Hà Tĩnh,40,Tỉnh Nghệ Tĩnh,true,false"]
    units = [*UNITS, "40,province,Tỉnh Nghệ Tĩnh,Tỉnh,,,,NQ 3/2026", *moved]
    folder = tmp_path_factory.mktemp("reference")
    return with_reform(folder, units_from=units, commune_succession=COMMUNES, province_succession=provinces)


@pytest.fixture(scope="module")
def units(reform_folder: Path) -> Iterator[Units]:
    """The units as the whole project reads them, with the files of the made-up reform among its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reference, "REFERENCE_FOLDER", reform_folder)
        load_units.cache_clear()
        yield load_units()
    load_units.cache_clear()


def place(units: Units, unit: UnitId, day: date) -> tuple[UnitId, UnitId] | None:
    found = units.place(unit, day)
    return (UnitId(found.at_unit_code, found.at_unit_valid_from), UnitId(found.province_code, found.province_valid_from)) if found else None


def rural(units: Units, province: UnitId, day: date) -> set[str]:
    return {
        v.unit_code
        for v in units.versions
        if v.is_rural
        and (v.province_code, v.province_valid_from) == province
        and v.version_from <= day
        and (v.version_to is None or day <= v.version_to)
    }


def test_two_communes_become_one_under_a_code_that_is_used_again(units: Units) -> None:
    old, other, new = UnitId("17380", FIRST), UnitId("17357", FIRST), UnitId("17380", DAY)
    assert (units.identity_at("17380", EVE), units.identity_at("17380", DAY)) == (old, new)
    assert units.identity_at("17357", DAY) is None
    assert place(units, old, EVE) == (old, NGHE_AN)
    assert place(units, old, DAY) == place(units, other, DAY) == (new, MERGED)
    # What went wholly into one of them in 2025 goes on with it.
    cao_son = UnitId("17386", START)
    assert place(units, cao_son, FIRST) == (old, NGHE_AN)
    assert place(units, cao_son, DAY) == (new, MERGED)


def test_a_divided_one_counts_for_the_province_and_names_where_it_went(units: Units) -> None:
    divided = UnitId("17677", FIRST)
    assert place(units, divided, EVE) == (divided, NGHE_AN)
    assert place(units, divided, DAY) == (MERGED, MERGED)
    assert units.successors[divided] == (UnitId("17689", DAY), UnitId("17699", DAY))
    # The one that took a part in is another unit since, and the whole of its own past counts for it.
    assert place(units, UnitId("17689", FIRST), DAY) == (UnitId("17689", DAY), MERGED)
    assert units.place(UnitId("17699", DAY), EVE) is None


def test_another_name_and_a_ward_are_versions_of_the_same_unit(units: Units) -> None:
    for code, name in (("16681", "Phường Tên Khác"), ("17329", "Phường Lên Phường")):
        unit = UnitId(code, FIRST)
        assert units.identity_at(code, EVE) == units.identity_at(code, DAY) == unit
        before, after = units.version_at(unit, EVE), units.version_at(unit, DAY)
        assert before is not None
        assert after is not None
        assert (before.version_to, after.version_from, after.unit_name) == (EVE, DAY, name)
        assert (after.latitude, after.longitude) == (before.latitude, before.longitude)


def test_the_rural_population_of_the_day_before_and_the_day_after(units: Units) -> None:
    before, after = rural(units, NGHE_AN, EVE), rural(units, MERGED, DAY)
    assert len(before) == 119
    # Less the one of two, the divided one and the new ward; more by the new one and by those of the other province.
    assert after == (before - {"17357", "17677", "17329"}) | {"17699"} | rural(units, HA_TINH, EVE)
    assert not rural(units, NGHE_AN, DAY)


def test_a_merged_province_is_another_and_takes_its_communes_along(units: Units) -> None:
    assert (units.identity_at("40", EVE), units.identity_at("40", DAY), units.identity_at("42", DAY)) == (NGHE_AN, MERGED, None)
    assert place(units, HA_TINH, DAY) == (MERGED, MERGED)
    untouched = next(v for v in units.versions if v.province_code == "42" and v.level == "commune" and v.unit_valid_from == FIRST)
    unit = UnitId(untouched.unit_code, FIRST)
    assert place(units, unit, EVE) == (unit, HA_TINH)
    assert place(units, unit, DAY) == (unit, MERGED)
    # A commune of before 2025 that no list followed counts for the province, through both reforms.
    assert place(units, UnitId("16804", START), DAY) == (MERGED, MERGED)


def test_what_the_reform_does_not_name_stays_as_it_was(units: Units, reform_folder: Path) -> None:
    ours = read_units(REFERENCE_FOLDER)
    elsewhere = [v for v in ours.versions if v.province_code not in ("40", "42")]
    assert [v for v in units.versions if v.province_code not in ("40", "42")] == elsewhere
    assert units.fingerprint != ours.fingerprint
    assert units.level_ends == ours.level_ends
    assert len(reference_files(reform_folder)) == len(reference_files(REFERENCE_FOLDER)) + 3


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"commune_succession": ["99999,,40,17380,40,false"]},
            r"commune_succession_2027-01-01.csv:2: old_commune_code '99999': expected a commune of",
        ),
        (
            {"commune_succession": ["17380,,40,99999,40,false"]},
            r"csv:2: new_commune_code '99999': expected a commune of the list of 2027-01-01",
        ),
        (
            {"commune_succession": ["17380,,40,17357,40,false"]},
            r"csv:2: new_commune_code '17357': expected a commune of the list of 2027-01-01",
        ),
        (
            {"province_succession": ["42,Tỉnh Hà Tĩnh,40,Tỉnh Nghệ An,true,false"], "units_from": ["40,province,Tỉnh Nghệ An,Tỉnh,,,,NQ"]},
            "missing: 40",
        ),
        (
            {"commune_succession": ["17380,,40,17357,40,false"], "units_from": ["17357,commune,Xã A,Xã,40,,,NQ"]},
            "each commune that ended; missing: 17357",
        ),
        ({"units_from": ["17329,commune,Phường A,Phường,40,,,"]}, r"units_from_2027-01-01.csv:2: document '': is empty"),
    ],
)
def test_mistakes_of_a_reform_are_told_with_file_and_line(tmp_path: Path, files: dict[str, list[str]], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_units(with_reform(tmp_path, **files))


def test_a_day_that_is_none_and_differences_of_nothing_are_told(tmp_path: Path) -> None:
    folder = with_reform(tmp_path)
    strange = folder / "units_from_2027.csv"
    strange.write_text(HEADERS["units_from"] + "\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"units_from_2027.csv: expected a name units_from_YYYY-MM-DD.csv"):
        read_units(folder)
    strange.unlink()
    (folder / "succession_differences_2027-01-01.csv").write_text("old_commune_code\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"succession_differences_2027-01-01.csv: there is no commune_succession of that day"):
        read_units(folder)
    (folder / "succession_differences_2027-01-01.csv").unlink()
    same = folder / "units_from_2025-07-01.csv"
    same.write_text(HEADERS["units_from"] + "\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"units_from_2025-07-01.csv: administrative_unit_snapshot.csv has a whole list"):
        read_units(folder)


def test_a_difference_has_to_differ_from_what_the_file_says(tmp_path: Path) -> None:
    folder = with_reform(tmp_path)
    file = folder / "succession_differences_2025-07-01.csv"
    text = file.read_text(encoding="utf-8")
    file.write_text(
        text.replace("16804,Xã Châu Bình,16804,Xã Châu Bình,divided,whole", "16804,Xã Châu Bình,16804,Xã Châu Bình,whole,divided")
    )
    with pytest.raises(UsageError, match=r"here 'whole': expected what commune_succession of that day says of 16804 and 16804, 'divided'"):
        read_units(folder)
    file.write_text(
        text.replace("16804,Xã Châu Bình,16804,Xã Châu Bình,divided,whole", "16804,Xã Châu Bình,16804,Xã Châu Bình,divided,divided")
    )
    with pytest.raises(UsageError, match="is the same, and no difference"):
        read_units(folder)
