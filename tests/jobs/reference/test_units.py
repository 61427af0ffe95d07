"""What a code means on a day, and for which unit a fact counts on another day."""

from __future__ import annotations

import shutil
from collections import Counter, defaultdict
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.errors import UsageError
from jobs.reference.units import load_units, read_units, units_fingerprint
from jobs.reference.units.files import REFERENCE_FOLDER, reference_files
from jobs.reference.units.model import LineageSegment, UnitId, Units, UnitVersion

START, SECOND, REFORM = date(2021, 1, 1), date(2025, 1, 1), date(2025, 7, 1)
END_OF_2024, BEFORE_REFORM = date(2024, 12, 31), date(2025, 6, 30)
NGHE_AN, HA_NOI, LANG_SON = UnitId("40", START), UnitId("01", START), UnitId("20", START)
BAC_GIANG, OLD_BAC_NINH, BAC_NINH = UnitId("24", START), UnitId("27", START), UnitId("24", REFORM)
LONG_AN, OLD_TAY_NINH, TAY_NINH = UnitId("80", START), UnitId("72", START), UnitId("80", REFORM)
CUA_LO = UnitId("413", START)


@pytest.fixture(scope="module")
def units() -> Units:
    return load_units()


def at(segment: LineageSegment | None) -> tuple[UnitId, str, UnitId | None, UnitId] | None:
    """Unit, its level, district and province of a segment."""
    if segment is None:
        return None
    district = None
    if segment.district_code is not None:
        assert segment.district_valid_from is not None
        district = UnitId(segment.district_code, segment.district_valid_from)
    return (
        UnitId(segment.at_unit_code, segment.at_unit_valid_from),
        segment.at_unit_level,
        district,
        UnitId(segment.province_code, segment.province_valid_from),
    )


def only_province(province: UnitId) -> tuple[UnitId, str, None, UnitId]:
    return (province, "province", None, province)


# --- identities


@pytest.mark.parametrize("province", [NGHE_AN, HA_NOI, LANG_SON])
def test_provinces_that_go_on_keep_their_identity(units: Units, province: UnitId) -> None:
    assert units.identity_at(province.code, date(2026, 3, 1)) == province
    assert at(units.place(province, date(2026, 3, 1))) == only_province(province)


@pytest.mark.parametrize(
    ("code", "before", "after"),
    [("24", BAC_GIANG, BAC_NINH), ("27", OLD_BAC_NINH, None), ("80", LONG_AN, TAY_NINH), ("72", OLD_TAY_NINH, None)],
)
def test_province_codes_used_again(units: Units, code: str, before: UnitId, after: UnitId | None) -> None:
    assert units.identity_at(code, BEFORE_REFORM) == before
    assert units.identity_at(code, REFORM) == after


def test_a_code_before_the_first_list_means_nothing(units: Units) -> None:
    assert units.identity_at("40", date(2020, 12, 31)) is None
    assert units.identity_at("40", START) == NGHE_AN
    assert units.place(NGHE_AN, date(2020, 12, 31)) is None


def test_an_unknown_code_means_nothing(units: Units) -> None:
    assert units.identity_at("99999", SECOND) is None
    assert units.place(UnitId("40", SECOND), SECOND) is None
    assert units.version_at(UnitId("40", SECOND), SECOND) is None


def test_the_same_commune_code_is_another_unit_after_the_reform(units: Units) -> None:
    truc_bach, ba_dinh = units.identity_at("00004", BEFORE_REFORM), units.identity_at("00004", REFORM)
    assert (truc_bach, ba_dinh) == (UnitId("00004", START), UnitId("00004", REFORM))
    names = [units.version_at(unit, day) for unit, day in ((truc_bach, BEFORE_REFORM), (ba_dinh, REFORM)) if unit]
    assert [version.unit_name for version in names if version] == ["Phường Trúc Bạch", "Phường Ba Đình"]


def test_a_commune_of_the_second_list_only_begins_in_2025(units: Units) -> None:
    assert units.identity_at("07693", END_OF_2024) is None
    assert units.identity_at("07693", SECOND) == UnitId("07693", SECOND)


def test_the_only_commune_that_keeps_its_identity_has_new_attributes(units: Units) -> None:
    kept = {v.unit_code for v in units.versions if v.level == "commune" and v.unit_valid_from < REFORM == v.version_from}
    assert kept == {"31105"}
    before = units.version_at(UnitId("31105", START), BEFORE_REFORM)
    after = units.version_at(UnitId("31105", START), REFORM)
    assert before is not None
    assert after is not None
    assert (before.unit_name, before.is_rural, before.parent_code) == ("Xã Thổ Châu", True, "911")
    assert (after.unit_name, after.is_rural, after.parent_code) == ("Đặc khu Thổ Châu", False, "91")
    assert (before.province_valid_from, after.province_valid_from) == (START, REFORM)


@pytest.mark.parametrize(
    ("day", "counts"),
    [
        (START, (63, 705, 10598)),
        (END_OF_2024, (63, 705, 10598)),
        (SECOND, (63, 696, 10051)),
        (BEFORE_REFORM, (63, 696, 10051)),
        (REFORM, (34, 0, 3321)),
        (date(2030, 1, 1), (34, 0, 3321)),
    ],
)
def test_units_alive_are_those_of_the_list_in_force(units: Units, day: date, counts: tuple[int, int, int]) -> None:
    levels = Counter(v.level for v in units.versions if v.version_from <= day and (v.version_to is None or day <= v.version_to))
    assert (levels["province"], levels["district"], levels["commune"]) == counts


# --- versions


def test_a_new_name_and_type_is_a_new_version_of_the_same_unit(units: Units) -> None:
    hue = [v for v in units.versions if v.unit_code == "46"]
    assert {v.unit_valid_from for v in hue} == {START}
    assert [(v.unit_name, v.version_from, v.version_to) for v in hue] == [
        ("Tỉnh Thừa Thiên Huế", START, END_OF_2024),
        ("Thành phố Huế", SECOND, None),
    ]


def test_a_new_name_of_a_parent_does_not_cut_its_children(units: Units) -> None:
    a_luoi = [v for v in units.versions if v.unit_code == "481"]
    assert [(v.unit_name, v.parent_code) for v in a_luoi] == [("Huyện A Lưới", "46")]
    assert [(v.version_from, v.version_to) for v in a_luoi] == [(START, BEFORE_REFORM)]


def test_only_communes_of_type_xa_are_rural(units: Units) -> None:
    types = defaultdict(set)
    for version in units.versions:
        types[version.is_rural].add((version.level, version.unit_type))
    assert types[True] == {("commune", "Xã")}
    assert {("commune", t) for t in ("Phường", "Thị trấn", "Đặc khu")} < types[False]


def test_the_parent_of_a_commune_after_the_reform_is_its_province(units: Units) -> None:
    new = [v for v in units.versions if v.level == "commune" and v.version_to is None]
    assert len(new) == 3321
    assert all((v.parent_code, v.parent_valid_from) == (v.province_code, v.province_valid_from) for v in new)


def test_versions_fill_the_life_of_their_unit_and_name_living_parents(units: Units) -> None:
    versions: dict[UnitId, list[UnitVersion]] = defaultdict(list)
    for version in units.versions:
        versions[UnitId(version.unit_code, version.unit_valid_from)].append(version)
    for unit, of_unit in versions.items():
        assert of_unit[0].version_from == unit.valid_from
        assert of_unit[-1].version_to == of_unit[-1].unit_valid_to
        for earlier, later in pairwise(of_unit):
            assert earlier.version_to is not None
            assert earlier.version_to + timedelta(days=1) == later.version_from
        for version in of_unit:
            if version.parent_code is not None:
                parent = units.identity_at(version.parent_code, version.version_from)
                assert parent == (version.parent_code, version.parent_valid_from)
                last = version.version_to or date(2099, 1, 1)
                assert parent is not None
                assert units.version_at(parent, last) is not None


# --- lineage


def test_a_fact_counts_for_its_own_unit_while_that_lives(units: Units) -> None:
    commune = UnitId("16681", START)
    assert at(units.place(commune, BEFORE_REFORM)) == (commune, "commune", UnitId("412", START), NGHE_AN)


def test_a_fact_of_a_wholly_merged_commune_counts_for_the_successor(units: Units) -> None:
    assert at(units.place(UnitId("00001", START), REFORM)) == (UnitId("00097", REFORM), "commune", None, HA_NOI)


def test_a_fact_of_a_divided_commune_counts_only_for_the_province(units: Units) -> None:
    assert at(units.place(UnitId("16816", START), REFORM)) == only_province(NGHE_AN)


def test_a_fact_of_a_commune_without_successor_counts_only_for_the_province(units: Units) -> None:
    assert at(units.place(UnitId("03751", START), REFORM)) == only_province(UnitId("14", START))


@pytest.mark.parametrize(("old", "new"), [("07693", "07682"), ("07732", "07210"), ("07744", "07210"), ("01651", "01648")])
def test_where_one_list_knows_nothing_the_other_is_taken(units: Units, old: str, new: str) -> None:
    before = units.identity_at(old, BEFORE_REFORM)
    assert before is not None
    place = at(units.place(before, REFORM))
    assert place is not None
    assert place[:2] == (UnitId(new, REFORM), "commune")


def test_what_the_two_lists_disagree_about_is_not_whole(units: Units) -> None:
    """17647 Hòa Sơn went wholly into 17677 by the one, in part into 17357 by the other; 16804 Châu Bình was divided by the one, whole by the other."""
    hoa_son, chau_binh = UnitId("17647", START), UnitId("16804", START)
    assert at(units.place(hoa_son, REFORM)) == at(units.place(chau_binh, REFORM)) == only_province(NGHE_AN)
    assert set(units.successors[hoa_son]) == {UnitId("17677", REFORM), UnitId("17357", REFORM)}


# --- changes of 2026


@pytest.mark.parametrize(
    ("province", "day", "name", "before", "after"),
    [
        ("75", date(2026, 4, 30), "Thành phố Đồng Nai", 72, 62),
        ("22", date(2026, 9, 1), "Thành phố Quảng Ninh", 22, 22),
        ("24", date(2026, 9, 20), "Thành phố Bắc Ninh", 66, 54),
    ],
)
def test_a_commune_that_became_a_ward_is_the_same_unit_and_no_longer_rural(
    units: Units, province: str, day: date, name: str, before: int, after: int
) -> None:
    def rural(on: date) -> set[UnitId]:
        return {
            UnitId(v.unit_code, v.unit_valid_from)
            for v in units.versions
            if v.is_rural and v.province_code == province and v.version_from <= on and (v.version_to is None or on <= v.version_to)
        }

    earlier = day - timedelta(days=1)
    assert (len(rural(earlier)), len(rural(day))) == (before, after)
    for unit in rural(earlier) - rural(day):
        assert units.identity_at(unit.code, day) == units.identity_at(unit.code, earlier) == unit
        ward, commune = units.version_at(unit, day), units.version_at(unit, earlier)
        assert ward is not None
        assert commune is not None
        assert (ward.unit_type, ward.unit_name) == ("Phường", commune.unit_name.replace("Xã ", "Phường "))
        assert (ward.latitude, ward.longitude) == (commune.latitude, commune.longitude)
    now = units.identity_at(province, day)
    assert now is not None
    assert now == units.identity_at(province, earlier)
    version = units.version_at(now, day)
    assert version is not None
    assert version.unit_name == name


def test_a_commune_that_ended_in_2024_has_no_known_successor(units: Units) -> None:
    """Its line in the succession of 2025-07-01 is not used: the list says that it was gone by then."""
    binh_thanh_24 = UnitId("26929", START)
    assert at(units.place(binh_thanh_24, SECOND)) == only_province(UnitId("79", START))
    assert at(units.place(binh_thanh_24, REFORM)) == only_province(UnitId("79", REFORM))


def test_a_fact_of_a_younger_commune_counts_only_for_the_same_province(units: Units) -> None:
    assert at(units.place(UnitId("16681", REFORM), BEFORE_REFORM)) == only_province(NGHE_AN)
    assert units.place(UnitId("16681", REFORM), date(2020, 12, 31)) is None


def test_a_fact_of_a_younger_commune_in_a_younger_province_cannot_be_decided(units: Units) -> None:
    new = next(v for v in units.versions if v.province_code == "24" and v.level == "commune" and v.unit_valid_from == REFORM)
    unit = UnitId(new.unit_code, REFORM)
    assert units.place(unit, BEFORE_REFORM) is None
    assert at(units.place(unit, REFORM)) == (unit, new.level, None, BAC_NINH)
    assert units.place(BAC_NINH, date(2025, 5, 15)) is None


def test_a_district_ends_with_the_level(units: Units) -> None:
    vinh = UnitId("412", START)
    assert at(units.place(vinh, BEFORE_REFORM)) == (vinh, "district", vinh, NGHE_AN)
    assert units.place(vinh, REFORM) is None
    assert not [v for v in units.versions if v.level == "district" and v.unit_valid_to is None]


def test_a_district_that_ended_earlier_counts_for_its_province_until_the_level_ends(units: Units) -> None:
    assert at(units.place(CUA_LO, END_OF_2024)) == (CUA_LO, "district", CUA_LO, NGHE_AN)
    assert at(units.place(CUA_LO, SECOND)) == only_province(NGHE_AN)
    assert at(units.place(CUA_LO, BEFORE_REFORM)) == only_province(NGHE_AN)
    assert units.place(CUA_LO, REFORM) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [(BAC_GIANG, BAC_NINH), (OLD_BAC_NINH, BAC_NINH), (LONG_AN, TAY_NINH), (OLD_TAY_NINH, TAY_NINH)],
)
def test_a_fact_of_a_merged_province_counts_for_the_new_one(units: Units, old: UnitId, new: UnitId) -> None:
    assert at(units.place(old, BEFORE_REFORM)) == only_province(old)
    assert at(units.place(old, REFORM)) == only_province(new)


def test_another_district_cuts_the_lineage(units: Units) -> None:
    """07525 went from Lục Ngạn (219) to the new town Chũ (224)."""
    commune = UnitId("07525", START)
    assert at(units.place(commune, END_OF_2024)) == (commune, "commune", UnitId("219", START), BAC_GIANG)
    assert at(units.place(commune, SECOND)) == (commune, "commune", UnitId("224", SECOND), BAC_GIANG)


def test_segments_never_overlap_and_name_units_that_live(units: Units) -> None:
    segments: dict[UnitId, list[LineageSegment]] = defaultdict(list)
    for segment in units.lineage:
        segments[UnitId(segment.unit_code, segment.unit_valid_from)].append(segment)
    assert segments.keys() == {UnitId(v.unit_code, v.unit_valid_from) for v in units.versions}
    for of_unit in segments.values():
        for earlier, later in pairwise(of_unit):
            assert earlier.to_day is not None
            assert earlier.to_day < later.from_day
    for segment in units.lineage:
        assert segment.from_day >= START
        last = segment.to_day or date(2099, 1, 1)
        for code, valid_from in (
            (segment.at_unit_code, segment.at_unit_valid_from),
            (segment.province_code, segment.province_valid_from),
            (segment.district_code, segment.district_valid_from),
        ):
            if code is not None:
                assert valid_from is not None
                assert units.identity_at(code, segment.from_day) == (code, valid_from)
                assert units.version_at(UnitId(code, valid_from), last) is not None


@given(data=st.data(), day=st.dates(START, date(2027, 12, 31)))
def test_places_agree_with_a_plain_scan_of_the_lineage(data: st.DataObject, day: date) -> None:
    units = load_units()
    segment = data.draw(st.sampled_from(units.lineage))
    unit = UnitId(segment.unit_code, segment.unit_valid_from)
    expected = [
        s for s in units.lineage if (s.unit_code, s.unit_valid_from) == unit and s.from_day <= day and (s.to_day is None or day <= s.to_day)
    ]
    assert units.place(unit, day) == (expected[0] if expected else None)
    meant = units.identity_at(unit.code, day)
    if meant is not None:
        version = units.version_at(meant, day)
        assert version is not None
        placed = at(units.place(meant, day))
        assert placed is not None
        assert placed[0] == meant
        assert placed[3] == (version.province_code, version.province_valid_from)


# --- documented changes, and mistakes in the files

UNITS_HEADER = "snapshot_date,unit_code,level,unit_name,unit_type,parent_code,latitude,longitude"
SUCCESSION_HEADER = "old_commune_code,old_district_code,old_province_code,new_commune_code,new_province_code,partly_merged"
PROVINCES_HEADER = "old_code,old_name,new_code,new_name,whole,keeps_identity"
CHANGES_HEADER = "unit_code,change,assumed_on,effective_on,successor_code,document"

# 00002 is missing in the second list; on the reform 00001 is "divided" into itself alone and 00003 goes to 00009.
SMALL = {
    "administrative_unit_snapshot.csv": [
        UNITS_HEADER,
        "2023-05-07,01,province,Tỉnh A,Tỉnh,,,",
        "2023-05-07,001,district,Huyện B,Huyện,01,,",
        "2023-05-07,00001,commune,Xã C,Xã,001,20.5,105.5",
        "2023-05-07,00002,commune,Xã D,Xã,001,,",
        "2023-05-07,00003,commune,Xã E,Xã,001,,",
        "2025-01-04,01,province,Tỉnh A,Tỉnh,,,",
        "2025-01-04,001,district,Huyện B,Huyện,01,,",
        "2025-01-04,00001,commune,Xã C,Xã,001,,",
        "2025-01-04,00003,commune,Thị trấn E,Thị trấn,001,,",
        "2025-07-01,01,province,Tỉnh A,Tỉnh,,,",
        "2025-07-01,00001,commune,Xã C,Xã,01,20.6,105.6",
        "2025-07-01,00009,commune,Xã E,Xã,01,,",
    ],
    "commune_succession_2025-07-01.csv": [
        SUCCESSION_HEADER,
        "00001,001,01,00001,01,true",
        "00003,001,01,00009,01,false",
    ],
    "unit_lists.csv": [
        "snapshot_date,in_force_from,reason",
        "2023-05-07,2021-01-01,a",
        "2025-01-04,2025-01-01,a",
        "2025-07-01,2025-07-01,a",
    ],
    "province_succession_2025-07-01.csv": [PROVINCES_HEADER, "01,Tỉnh A,01,Tỉnh A,true,true"],
    "unit_changes.csv": [CHANGES_HEADER],
}


def write_reference(folder: Path, **more_lines: list[str]) -> Path:
    for name, lines in SMALL.items():
        extra = more_lines.get(name.split("_")[0], []) if name != "unit_lists.csv" else []
        (folder / name).write_text("\n".join([*lines, *extra]) + "\n", encoding="utf-8")
    return folder


def test_without_documents_the_assumptions_hold(tmp_path: Path) -> None:
    units = read_units(write_reference(tmp_path))
    assert at(units.place(UnitId("00002", START), SECOND)) == only_province(HA_NOI)
    assert at(units.place(UnitId("00001", START), REFORM)) == only_province(HA_NOI)
    assert at(units.place(UnitId("00003", START), REFORM)) == (UnitId("00009", REFORM), "commune", None, HA_NOI)


def test_coordinates_are_the_newest_known_of_a_version(tmp_path: Path) -> None:
    version = read_units(write_reference(tmp_path)).version_at(UnitId("00001", START), BEFORE_REFORM)
    assert version is not None
    assert (version.latitude, version.longitude, version.version_from) == (20.5, 105.5, START)


def test_a_documented_end_moves_the_day_and_names_the_successor(tmp_path: Path) -> None:
    lines = ["00002,ends,2025-01-01,2024-12-01,00001,NQ 1/NQ-UBTVQH15"]
    units = read_units(write_reference(tmp_path, unit=lines))
    old, into = UnitId("00002", START), UnitId("00001", START)
    assert units.identity_at("00002", date(2024, 11, 30)) == old
    assert units.identity_at("00002", date(2024, 12, 1)) is None
    assert at(units.place(old, date(2024, 12, 1))) == (into, "commune", UnitId("001", START), HA_NOI)
    # The successor itself was divided on the reform: what it cannot tell, its predecessor cannot either.
    assert at(units.place(old, REFORM)) == only_province(HA_NOI)


def test_a_documented_change_of_attributes_moves_the_version(tmp_path: Path) -> None:
    lines = ["00003,changes,2025-01-01,2024-10-01,,NQ 2/NQ-UBTVQH15"]
    units = read_units(write_reference(tmp_path, unit=lines))
    types = [units.version_at(UnitId("00003", START), day) for day in (date(2024, 9, 30), date(2024, 10, 1))]
    assert [version.unit_type for version in types if version] == ["Xã", "Thị trấn"]


def test_a_documented_continuation_keeps_the_identity(tmp_path: Path) -> None:
    lines = ["00001,continues,2025-07-01,2025-07-01,,NQ 1678/NQ-UBTVQH15"]
    units = read_units(write_reference(tmp_path, unit=lines))
    commune = UnitId("00001", START)
    assert units.identity_at("00001", REFORM) == commune
    assert at(units.place(commune, REFORM)) == (commune, "commune", None, HA_NOI)


def test_a_documented_begin_moves_the_first_day(tmp_path: Path) -> None:
    lines = ["00002,begins,2021-01-01,2022-03-01,,NQ 3/NQ-UBTVQH15"]
    units = read_units(write_reference(tmp_path, unit=lines))
    assert units.identity_at("00002", date(2022, 2, 28)) is None
    assert units.identity_at("00002", date(2022, 3, 1)) == UnitId("00002", date(2022, 3, 1))


@pytest.mark.parametrize(
    ("file", "line", "message"),
    [
        ("unit", "00001,vanishes,2025-01-01,2025-01-01,,NQ", r"unit_changes.csv:2: change 'vanishes': expected one of"),
        ("unit", "00001,ends,2025-13-01,2025-01-01,,NQ", r"unit_changes.csv:2: assumed_on .*YYYY-MM-DD"),
        (
            "unit",
            "00001,ends,2025-01-01,2024-12-01,,NQ",
            r"unit_changes.csv:2: the lists have no unit '00001' that ends",
        ),
        ("unit", "00002,ends,2025-01-01,2024-12-01,,", r"unit_changes.csv:2: document '': is empty"),
        ("unit", "00002,ends,2025-01-01,2020-12-01,,NQ", r"unit_changes.csv:2: effective_on .*2021-01-01 or later"),
        ("unit", "00002,ends,2025-01-01,2021-01-01,,NQ", r"unit '00002': ends on 2020-12-31, before 2021-01-01"),
        ("unit", "00002,ends,2025-01-01,2024-12-01,00009,NQ", r"successor '00009' is not valid on 2024-12-01"),
        ("unit", "00003,changes,2025-01-01,2024-12-01,00009,NQ", r"successor_code .*'ends' only"),
        ("unit", "00003,changes,2025-01-01,2021-01-01,,NQ", r"not in order around 2021-01-01"),
        ("unit", "00001,continues,2025-07-01,2025-06-01,,NQ", r"effective_on .*where a unit continues"),
        ("unit", "001,ends,2025-07-01,2025-06-01,,NQ", r"parent '001' from 2021-01-01 to 2025-06-30.*not valid"),
        ("unit", "too,few", r"unit_changes.csv:2: 2 fields, expected 6"),
        ("commune", "00002,001,01,00007,01,false", r"csv:4: new_commune_code '00007': expected a commune of the list"),
        ("commune", "00002,001,01,00009,01,yes", r"csv:4: partly_merged 'yes': expected one of true, false"),
        ("province", "02,Tỉnh X,01,Tỉnh A,true,false", r"province_succession_2025-07-01.csv:3: old_name 'Tỉnh X'"),
        ("province", "01,Tỉnh A,01,Tỉnh A,true,true", r"province_succession_2025-07-01.csv:3: old_code '01': is twice"),
        ("administrative", "2025-07-02,02,province,Tỉnh X,Tỉnh,,,", r"csv:14: snapshot_date .*2023-05-07"),
        ("administrative", "2025-07-01,01,province,Tỉnh A,Tỉnh,,,", r"csv:14: unit_code '01': is twice"),
        ("administrative", "2025-07-01,00008,commune,Xã G,Xã,,,", r"csv:14: parent_code '': is empty"),
        ("administrative", "2025-07-01,00008,commune,Xã G,Xã,77,,", r"unit '00008' has the parent '77'"),
        (
            "administrative",
            '2025-07-01,00008,commune,Xã G,Xã,01,"20,5",',
            r"csv:14: latitude '20,5': expected a number",
        ),
    ],
)
def test_mistakes_are_told_with_file_line_and_field(tmp_path: Path, file: str, line: str, message: str) -> None:
    folder = write_reference(tmp_path, **{file: [line]})
    with pytest.raises(UsageError, match=message):
        read_units(folder)


def test_a_merged_province_cannot_keep_its_identity(tmp_path: Path) -> None:
    for file in reference_files(REFERENCE_FOLDER):
        shutil.copy(file, tmp_path)
    path = tmp_path / "province_succession_2025-07-01.csv"
    text = path.read_text(encoding="utf-8")
    line = "24,Tỉnh Bắc Giang,24,Tỉnh Bắc Ninh,true,false"
    assert line in text
    path.write_text(text.replace(line, line.replace("true,false", "true,true")), encoding="utf-8")
    with pytest.raises(UsageError, match=r"province_succession_2025-07-01.csv:16: keeps_identity 'true': expected false"):
        read_units(tmp_path)


def test_a_province_without_a_line_is_named(tmp_path: Path) -> None:
    # Tỉnh X is there in January 2025 and no more in July; a province that goes on needs no line.
    folder = write_reference(tmp_path, administrative=["2025-01-04,02,province,Tỉnh X,Tỉnh,,,"])
    with pytest.raises(UsageError, match=r"province_succession_2025-07-01.csv: .* province that ended; missing: 02"):
        read_units(folder)


def test_a_missing_file_a_wrong_encoding_and_a_wrong_header_are_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="reference file cannot be read"):
        read_units(tmp_path)
    folder = write_reference(tmp_path)
    (folder / "province_succession_2025-07-01.csv").write_bytes(f"{PROVINCES_HEADER}\n01,Tỉnh A".encode("utf-16"))
    with pytest.raises(UsageError, match=r"province_succession_2025-07-01.csv: expected text in UTF-8"):
        read_units(folder)
    write_reference(tmp_path)
    (folder / "unit_changes.csv").write_text("unit_code,change\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"unit_changes.csv:1: expected the columns unit_code,change,assumed_on"):
        read_units(folder)


def test_the_fingerprint_is_told_without_the_units() -> None:
    assert units_fingerprint() == load_units().fingerprint


def test_the_fingerprint_follows_the_content_of_every_file(tmp_path: Path) -> None:
    before = read_units(write_reference(tmp_path)).fingerprint
    assert read_units(write_reference(tmp_path)).fingerprint == before
    seen = {before}
    for name in SMALL:
        write_reference(tmp_path)
        content = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + content)
        seen.add(read_units(tmp_path).fingerprint)
    assert len(seen) == 1 + len(SMALL)


def test_what_a_unit_was_is_known_without_its_lineage_and_build_leaves_nothing_to_be_built() -> None:
    units = read_units(REFERENCE_FOLDER)
    assert units.identity_at("40", date(2025, 1, 1)) is not None
    built = set(vars(units))
    assert "lineage" not in built
    units.build()
    lazy = {name for name, value in vars(Units).items() if isinstance(value, cached_property)}
    assert lazy
    assert lazy <= set(vars(units))
