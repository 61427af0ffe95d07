"""Which unit a name means that somebody wrote, over the real lists."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.reference.units import load_units
from jobs.reference.units.model import UnitVersion
from jobs.reference.units.names import UnitsByName, folded_name

BEFORE, AFTER = date(2025, 1, 10), date(2025, 8, 1)
COMMUNE = ("commune",)


@pytest.fixture(scope="module")
def by_name() -> UnitsByName:
    return UnitsByName(load_units())


def found(
    by_name: UnitsByName, *names: str, day: date = BEFORE, levels: tuple[str, ...] = COMMUNE, stated: date | None = None
) -> list[str]:
    return [version.unit_code for version in by_name.read(names, day, stated, levels).units]


@pytest.mark.parametrize(
    "names",
    [
        ("Xã Cao Sơn", "Huyện Anh Sơn", "Tỉnh Nghệ An"),
        ("Cao Sơn", "Anh Sơn"),
        ("cao sơn", "", "NGHỆ AN"),
        ("xã  CAO SƠN", "huyện Anh Sơn"),
        (unicodedata.normalize("NFD", "Cao Sơn"), unicodedata.normalize("NFD", "Anh Sơn")),
    ],
)
def test_one_reading_is_the_unit(by_name: UnitsByName, names: tuple[str, ...]) -> None:
    assert found(by_name, *names) == ["17386"]


def test_a_name_alone_is_no_unit_and_what_it_may_mean_is_told(by_name: UnitsByName) -> None:
    alone = by_name.read(["Cao Sơn"], BEFORE, None, COMMUNE)
    assert alone.units == ()
    assert "has to stand beside it" in str(alone.detail)
    assert "17386 (Xã Cao Sơn, Huyện Anh Sơn, Tỉnh Nghệ An, until 2025-06-30)" in str(alone.detail)
    assert found(by_name, "Nghệ An", levels=("province",)) == ["40"]
    assert found(by_name, "TP Vinh", "Nghệ An", levels=("district",)) == ["412"]
    assert found(by_name, "Vinh", levels=("district",)) == []


def test_another_district_another_day_and_a_name_of_nothing_are_told(by_name: UnitsByName) -> None:
    other = by_name.read(["Cao Sơn", "Quỳ Hợp"], BEFORE, None, COMMUNE)
    assert (other.units, str(other.detail).startswith("units of that name on that day: ")) == ((), True)
    # The districts have ended, and with them most communes.
    later = by_name.read(["Cao Sơn", "Anh Sơn"], AFTER, None, COMMUNE)
    assert later.units == ()
    assert by_name.read(["Xã Không Có", "Nghệ An"], BEFORE, None, COMMUNE).detail == "no commune has this name"
    assert found(by_name, "Cao Sơn", "Anh Sơn", day=AFTER, stated=date(2021, 1, 1)) == ["17386"]


def test_a_township_and_a_commune_of_one_name_are_two_and_their_types_tell_them_apart(by_name: UnitsByName) -> None:
    twins = twin_names()
    kind, name, district, province = twins[0]
    both = by_name.read([name, district, province], BEFORE, None, COMMUNE)
    assert len(both.units) == 2
    assert str(both.detail).startswith("2 units of that day have this name: ")
    assert len(found(by_name, f"{kind} {name}", district, province)) == 1
    assert len(found(by_name, f"TT {name}", district, province)) == 1


def versions_on(day: date) -> list[UnitVersion]:
    return [one for one in load_units().versions if one.version_from <= day and (one.version_to is None or day <= one.version_to)]


def communes_on(day: date) -> list[UnitVersion]:
    return [one for one in versions_on(day) if one.level == "commune"]


def names_on(day: date) -> dict[str, str]:
    return {one.unit_code: one.unit_name for one in versions_on(day)}


def twin_names() -> list[tuple[str, str, str, str]]:
    """A commune and a township of one name in one district: type of the one, name, district, province."""
    names, there = names_on(BEFORE), communes_on(BEFORE)
    townships = {(one.unit_name.removeprefix("Thị trấn "), one.parent_code) for one in there if one.unit_type == "Thị trấn"}
    return [
        ("Xã", one.unit_name.removeprefix("Xã "), names[str(one.parent_code)], names[one.province_code])
        for one in there
        if one.unit_type == "Xã" and (one.unit_name.removeprefix("Xã "), one.parent_code) in townships
    ]


@pytest.mark.parametrize("day", [BEFORE, AFTER])
def test_every_commune_is_found_by_the_names_of_its_day(by_name: UnitsByName, day: date) -> None:
    names = names_on(day)
    for one in communes_on(day):
        over = [names[code] for code in dict.fromkeys((str(one.parent_code), one.province_code))]
        # The list of January 2025 has one pair of communes of one name, one type and one district.
        expected = ["16387", "16408"] if day == BEFORE and one.unit_code in ("16387", "16408") else [one.unit_code]
        assert found(by_name, one.unit_name, *over, day=day) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hòa Bình", "Hoà Bình"),
        ("Thủy", "Thuỷ"),
        ("Ea H'leo", "Ea H’Leo"),
        ("Phan Rang-Tháp Chàm", "Phan Rang - Tháp Chàm"),
        ("Phường 1", "phường 01"),
    ],
)
def test_what_people_write_differently_is_one_name(one: str, other: str) -> None:
    assert folded_name(one) == folded_name(other) != ""


@pytest.mark.parametrize(("one", "other"), [("Hòa", "Hoa"), ("Sơn", "Son"), ("Đông", "Dông"), ("Phường 1", "Phường 10"), ("Hoàn", "Hòan ")])
def test_other_letters_are_another_name(one: str, other: str) -> None:
    assert (folded_name(one) == folded_name(other)) is (other == "Hòan ")


@given(st.text(st.characters(codec="utf-8"), max_size=20))
def test_folding_is_blind_to_composition_and_case(name: str) -> None:
    assert folded_name(unicodedata.normalize("NFD", name)) == folded_name(unicodedata.normalize("NFC", name))
