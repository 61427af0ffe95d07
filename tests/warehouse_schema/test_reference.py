"""The reference files have the known defects, with the figures that their README prints (and no others)."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from jobs.reference.units.files import REFERENCE_FOLDER, reference_files

Row = dict[str, str]
FIRST, SECOND, THIRD = "2023-05-07", "2025-01-04", "2025-07-01"
README = (REFERENCE_FOLDER / "README.md").read_text(encoding="utf-8")


def rows(name: str) -> list[Row]:
    with (REFERENCE_FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def lists() -> dict[str, dict[str, Row]]:
    by_day: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in rows("administrative_unit_snapshot.csv"):
        assert row["unit_code"] not in by_day[row["snapshot_date"]]
        by_day[row["snapshot_date"]][row["unit_code"]] = row
    return dict(by_day)


@pytest.fixture(scope="module")
def succession() -> list[Row]:
    return rows("commune_succession_2025-07-01.csv")


def codes(units: dict[str, Row], level: str) -> set[str]:
    return {code for code, unit in units.items() if unit["level"] == level}


def province(units: dict[str, Row], code: str) -> str:
    unit = units[code]
    return code if unit["level"] == "province" else province(units, unit["parent_code"])


def divided(succession: list[Row]) -> Counter[str]:
    """Number of known successors of each divided commune."""
    return Counter(row["old_commune_code"] for row in succession if row["partly_merged"] == "true")


def only_predecessor_with_own_code(succession: list[Row]) -> list[str]:
    successors = divided(succession)
    predecessors = Counter(row["new_commune_code"] for row in succession)
    return [
        row["old_commune_code"]
        for row in succession
        if successors[row["old_commune_code"]] == 1
        and predecessors[row["new_commune_code"]] == 1
        and row["old_commune_code"] == row["new_commune_code"]
    ]


def rural_districts(units: dict[str, Row], province_code: str) -> set[str]:
    return {
        unit["parent_code"]
        for code, unit in units.items()
        if unit["level"] == "commune" and unit["unit_type"] == "Xã" and province(units, code) == province_code
    }


@pytest.mark.parametrize(
    ("day", "provinces", "districts", "communes"),
    [(FIRST, 63, 705, 10598), (SECOND, 63, 696, 10051), (THIRD, 34, 0, 3321)],
)
def test_units_of_each_list(lists: dict[str, dict[str, Row]], day: str, provinces: int, districts: int, communes: int) -> None:
    counts = Counter(unit["level"] for unit in lists[day].values())
    assert (counts["province"], counts["district"], counts["commune"]) == (provinces, districts, communes)
    assert counts.total() == provinces + districts + communes


def test_codes_have_their_leading_zeros_and_parents_are_listed(lists: dict[str, dict[str, Row]]) -> None:
    digits = {"province": 2, "district": 3, "commune": 5}
    for units in lists.values():
        for code, unit in units.items():
            assert code.isdigit()
            assert len(code) == digits[unit["level"]]
            assert unit["parent_code"] in units if unit["level"] != "province" else not unit["parent_code"]


def test_differences_between_the_first_two_lists(lists: dict[str, dict[str, Row]]) -> None:
    first, second = codes(lists[FIRST], "commune"), codes(lists[SECOND], "commune")
    assert (len(first - second), len(second - first)) == (559, 12)
    assert not [c for c in first & second if province(lists[FIRST], c) != province(lists[SECOND], c)]


def test_communes_without_successor(lists: dict[str, dict[str, Row]], succession: list[Row]) -> None:
    communes = codes(lists[SECOND], "commune")
    without = communes - {row["old_commune_code"] for row in succession}
    unlocated = {code for code in communes if not lists[SECOND][code]["latitude"]}
    assert len(without) == 28
    assert len(unlocated) == 26
    assert without - unlocated == {"01651", "02482"}
    assert unlocated < without


def test_predecessors_not_in_the_list(lists: dict[str, dict[str, Row]], succession: list[Row]) -> None:
    unlisted = {row["old_commune_code"] for row in succession} - codes(lists[SECOND], "commune")
    assert len(unlisted) == 10
    assert unlisted - codes(lists[FIRST], "commune") == {"03980", "03983", "03984"}


def test_new_communes_without_predecessor_are_special_zones(lists: dict[str, dict[str, Row]], succession: list[Row]) -> None:
    new = lists[THIRD]
    without = codes(new, "commune") - {row["new_commune_code"] for row in succession}
    assert {new[code]["unit_name"] for code in without} == {
        "Đặc khu Bạch Long Vĩ",
        "Đặc khu Cồn Cỏ",
        "Đặc khu Hoàng Sa",
        "Đặc khu Lý Sơn",
        "Đặc khu Côn Đảo",
    }
    assert sum(unit["unit_type"] == "Đặc khu" for unit in new.values()) == 13


def test_every_successor_is_listed_with_its_province(lists: dict[str, dict[str, Row]], succession: list[Row]) -> None:
    for row in succession:
        assert lists[THIRD][row["new_commune_code"]]["parent_code"] == row["new_province_code"]


def test_divided_communes(succession: list[Row]) -> None:
    successors = divided(succession)
    assert len({row["old_commune_code"] for row in succession}) == 10033
    assert len(successors) == 573
    assert sum(count > 1 for count in successors.values()) == 441
    assert sum(count == 1 for count in successors.values()) == 132
    whole = Counter(row["old_commune_code"] for row in succession if row["partly_merged"] == "false")
    assert max(whole.values()) == 1
    assert not whole.keys() & successors.keys()


def test_divided_communes_that_look_unchanged(lists: dict[str, dict[str, Row]], succession: list[Row]) -> None:
    unchanged = only_predecessor_with_own_code(succession)
    old, new = lists[SECOND], lists[THIRD]
    assert len(unchanged) == 131
    assert sum(old[code]["unit_name"] == new[code]["unit_name"] for code in unchanged) == 115
    in_nghe_an = {code for code in unchanged if new[code]["parent_code"] == "40"}
    assert len(in_nghe_an) == 9
    assert all(code in README for code in in_nghe_an)


def test_codes_used_again_with_another_meaning(lists: dict[str, dict[str, Row]]) -> None:
    old, new = lists[SECOND], lists[THIRD]
    reused = codes(new, "commune") & codes(old, "commune")
    assert len(reused) == 3310
    assert sum(old[code]["unit_name"] == new[code]["unit_name"] for code in reused) == 1130
    assert (old["00004"]["unit_name"], new["00004"]["unit_name"]) == ("Phường Trúc Bạch", "Phường Ba Đình")


def test_old_provinces_of_the_succession_that_the_list_contradicts(lists: dict[str, dict[str, Row]], succession: list[Row]) -> None:
    old = lists[SECOND]
    wrong = {
        (row["old_commune_code"], row["old_province_code"], province(old, row["old_commune_code"]))
        for row in succession
        if row["old_commune_code"] in old and province(old, row["old_commune_code"]) != row["old_province_code"]
    }
    assert wrong == {("27691", "82", "80"), ("30781", "89", "91")}


@pytest.mark.parametrize(
    ("province_code", "day", "districts", "rural"),
    [
        ("40", FIRST, 21, 20),
        ("40", SECOND, 20, 20),
        ("01", SECOND, 30, 18),
        ("20", SECOND, 11, 11),
        ("24", SECOND, 10, 10),
        ("80", SECOND, 15, 15),
    ],
)
def test_districts_with_a_rural_commune(lists: dict[str, dict[str, Row]], province_code: str, day: str, districts: int, rural: int) -> None:
    units = lists[day]
    assert sum(province(units, code) == province_code for code in codes(units, "district")) == districts
    assert len(rural_districts(units, province_code)) == rural


def test_the_district_of_nghe_an_without_a_rural_commune_is_cua_lo(lists: dict[str, dict[str, Row]]) -> None:
    first = lists[FIRST]
    districts = {code for code in codes(first, "district") if province(first, code) == "40"}
    assert {first[code]["unit_name"] for code in districts - rural_districts(first, "40")} == {"Thị xã Cửa Lò"}


@pytest.mark.parametrize(("day", "rural_communes"), [(FIRST, 411), (SECOND, 362), (THIRD, 119)])
def test_rural_communes_of_nghe_an(lists: dict[str, dict[str, Row]], day: str, rural_communes: int) -> None:
    units = lists[day]
    rural = [c for c in codes(units, "commune") if units[c]["unit_type"] == "Xã" and province(units, c) == "40"]
    assert len(rural) == rural_communes


def test_province_succession_agrees_with_the_communes(lists: dict[str, dict[str, Row]], succession: list[Row]) -> None:
    """Derived here anew: the province of each old commune against that of its successors."""
    old, new = lists[SECOND], lists[THIRD]
    goes_to: dict[str, set[str]] = defaultdict(set)
    for row in succession:
        if row["old_commune_code"] in old:
            goes_to[province(old, row["old_commune_code"])].add(new[row["new_commune_code"]]["parent_code"])
    listed = {row["old_code"]: row for row in rows("province_succession_2025-07-01.csv")}
    assert len(listed) == 63
    assert {code: {row["new_code"]} for code, row in listed.items()} == goes_to
    assert {row["whole"] for row in listed.values()} == {"true"}
    assert {row["new_code"] for row in listed.values()} == codes(new, "province")
    assert len(codes(new, "province")) == 34
    assert all(row["old_name"] == old[code]["unit_name"] for code, row in listed.items())
    assert all(row["new_name"] == new[row["new_code"]]["unit_name"] for row in listed.values())


def test_provinces_that_keep_their_identity_are_those_that_were_not_merged() -> None:
    listed = rows("province_succession_2025-07-01.csv")
    kept = {row["old_code"] for row in listed if row["keeps_identity"] == "true"}
    assert kept == {"01", "04", "11", "12", "14", "20", "22", "38", "40", "42", "46"}
    merged_into = {row["new_code"] for row in listed if row["keeps_identity"] == "false"}
    assert not kept & merged_into
    assert len(merged_into) == 23


def test_differences_between_the_lists_of_the_succession(lists: dict[str, dict[str, Row]], succession: list[Row]) -> None:
    differences = rows("succession_differences_2025-07-01.csv")
    ours = {row["old_commune_code"] for row in succession}
    taken = {row["old_commune_code"] for row in differences} - ours
    disputed = {row["old_commune_code"] for row in differences} & ours
    assert len(differences) == 205
    assert len(taken) == 14
    assert {code for code in taken if province(lists[SECOND], code) == "24"} == {"07693", "07732", "07744"}
    assert all((row["here"], row["other"]) == ("", "whole") for row in differences if row["old_commune_code"] in taken)
    assert sum({row["here"], row["other"]} == {"whole", "divided"} for row in differences) == 152
    assert len({row["old_commune_code"] for row in succession if row["partly_merged"] == "false"} & disputed) == 26


COMPLETE = {
    # province: communes of 2023, of January 2025, of 1 July 2025 (communes, wards)
    "01": (579, 526, 75, 51),
    "20": (200, 194, 61, 4),
    "24": (209, 195, 66, 33),
    "40": (460, 412, 119, 11),
    "80": (188, 186, 82, 14),
}


@pytest.mark.parametrize("code", sorted(COMPLETE))
def test_communes_of_the_five_provinces_are_complete(lists: dict[str, dict[str, Row]], succession: list[Row], code: str) -> None:
    """The README says where each count comes from. Complete is: no predecessor is missing in the list of January 2025, none is without a known
    successor but the one that is known by no list, and every new commune has a predecessor."""
    before = {unit for unit in codes(lists[SECOND], "commune") if province(lists[SECOND], unit) == code}
    after = {unit for unit in codes(lists[THIRD], "commune") if lists[THIRD][unit]["parent_code"] == code}
    kinds = Counter(lists[THIRD][unit]["unit_type"] for unit in after)
    first = sum(province(lists[FIRST], unit) == code for unit in codes(lists[FIRST], "commune"))
    assert (first, len(before), kinds["Xã"], kinds["Phường"]) == COMPLETE[code]
    assert kinds.total() == kinds["Xã"] + kinds["Phường"]
    known = {row["old_commune_code"]: row["new_commune_code"] for row in (*rows("succession_differences_2025-07-01.csv"), *succession)}
    assert before <= known.keys()
    assert not {row["old_commune_code"] for row in succession if row["old_province_code"] == code} - codes(lists[SECOND], "commune")
    assert after <= {row["new_commune_code"] for row in succession}
    for figure in (f"{first} / {len(before)}", f"{kinds['Xã']} + {kinds['Phường']}"):
        assert figure in README


def test_readme_describes_every_file_and_prints_the_figures() -> None:
    files = {path.name for path in reference_files(REFERENCE_FOLDER)}
    assert {path.name for path in Path(REFERENCE_FOLDER).glob("*.csv")} >= files
    for name in files:
        assert f"`{name}`" in README, name
    for figure in (
        "10,598",
        "10,051",
        "3,321",
        "10,033",
        "3,310 / 1,130",
        "559 / 12",
        "| 573 |",
        "| 441 |",
        "| 132 |",
        "| 205 |",
        "| 152 |",
        "| 26 |",
    ):
        assert figure in README
