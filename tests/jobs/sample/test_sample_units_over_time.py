"""Which unit a code means on a day, and where a thing lies on another: a small world by hand, and the provinces by their lists."""

from __future__ import annotations

from datetime import date

import pytest

from jobs.reference.units import load_units
from jobs.reference.units.model import UnitId as PipelineUnit
from jobs.sample.units_over_time import Place, UnitId, UnitsOverTime, units_over_time
from jobs.sample.vocabulary import load_vocabulary
from tests.support.small_world import (
    BEFORE,
    DIVIDED,
    ENDED_EARLY,
    FIRST_DISTRICT,
    FIRST_TOWN,
    MERGED_PROVINCE,
    NEW_COMMUNE,
    NEW_PROVINCE,
    NEW_YEAR,
    PROVINCE,
    REFORM,
    SECOND_DISTRICT,
    WHOLE,
    WHOLE_TOO,
    WORLD,
)

DAY = date(2025, 3, 31)


@pytest.mark.parametrize(
    ("unit", "day", "expected"),
    [
        (WHOLE, DAY, Place(PROVINCE, FIRST_DISTRICT, WHOLE)),
        (WHOLE, date(2025, 6, 30), Place(PROVINCE, FIRST_DISTRICT, WHOLE)),
        (WHOLE, REFORM, Place(PROVINCE, None, NEW_COMMUNE)),
        (DIVIDED, REFORM, Place(PROVINCE)),
        (ENDED_EARLY, date(2024, 12, 31), Place(PROVINCE, FIRST_DISTRICT, ENDED_EARLY)),
        (ENDED_EARLY, NEW_YEAR, Place(PROVINCE)),
        (FIRST_DISTRICT, DAY, Place(PROVINCE, FIRST_DISTRICT)),
        (FIRST_DISTRICT, REFORM, Place(PROVINCE)),
        (NEW_COMMUNE, DAY, Place(PROVINCE)),
        (PROVINCE, DAY, Place(PROVINCE)),
    ],
)
def test_where_a_thing_lies(unit: UnitId, day: date, expected: Place) -> None:
    assert WORLD.place(unit, day) == expected


def test_a_code_means_the_unit_of_the_day_of_writing() -> None:
    assert WORLD.meaning("00001", DAY) == WHOLE
    assert WORLD.meaning("00001", REFORM) == NEW_COMMUNE
    assert WORLD.meaning("00003", DAY) is None
    assert WORLD.meaning("01", DAY) == PROVINCE


def test_populations_are_those_of_the_day() -> None:
    assert set(WORLD.rural_communes(date(2024, 6, 1))) == {WHOLE, WHOLE_TOO, DIVIDED, ENDED_EARLY, FIRST_TOWN}
    # The town became a ward with the second list: its district has no rural commune any more.
    assert set(WORLD.rural_communes(DAY)) == {WHOLE, WHOLE_TOO, DIVIDED}
    assert set(WORLD.districts(date(2024, 6, 1))) == {FIRST_DISTRICT, SECOND_DISTRICT}
    assert set(WORLD.districts(DAY)) == {FIRST_DISTRICT}
    assert set(WORLD.rural_communes(REFORM)) == {NEW_COMMUNE}
    assert set(WORLD.districts(REFORM)) == set()


def test_a_province_that_was_merged_takes_its_things_along_and_not_back() -> None:
    merged = UnitsOverTime([(MERGED_PROVINCE, BEFORE), (NEW_PROVINCE, None)], WORLD.lives.values())
    assert merged.place(DIVIDED, DAY) == Place(MERGED_PROVINCE, FIRST_DISTRICT, DIVIDED)
    assert merged.place(DIVIDED, REFORM) == Place(NEW_PROVINCE)
    assert merged.place(MERGED_PROVINCE, REFORM) == Place(NEW_PROVINCE)
    assert merged.place(NEW_COMMUNE, DAY) is None


@pytest.mark.parametrize(
    ("province", "districts", "communes"), [("40", 20, 362), ("01", 18, 345), ("20", 11, 175), ("24", 10, 146), ("80", 15, 160)]
)
def test_the_provinces_of_the_plans_in_2025(province: str, districts: int, communes: int) -> None:
    units = units_over_time(province, load_vocabulary().province_periods(province))
    assert len(units.districts(DAY)) == districts
    assert len(units.rural_communes(DAY)) == communes
    assert not units.districts(REFORM)


def test_nghe_an_had_411_rural_communes_and_has_119() -> None:
    units = units_over_time("40", load_vocabulary().province_periods("40"))
    assert len(units.rural_communes(date(2024, 12, 31))) == 411
    assert len(units.rural_communes(REFORM)) == 119


def test_hong_giang_became_a_ward_and_kept_its_identity() -> None:
    units = units_over_time("24", load_vocabulary().province_periods("24"))
    unit = units.meaning("07561", date(2024, 5, 1))
    assert unit == units.meaning("07561", DAY) == UnitId("07561", date(2021, 1, 1))
    assert unit in units.rural_communes(date(2024, 12, 31))
    assert unit not in units.rural_communes(DAY)


@pytest.mark.parametrize("province", ["01", "20", "24", "40", "80"])
def test_the_generators_reading_is_the_pipelines(province: str) -> None:
    """Two readings of the same files that share no code: where every commune of a province lies on other days, and which are rural."""
    world, units = units_over_time(province, load_vocabulary().province_periods(province)), load_units()
    for day in (date(2024, 12, 31), date(2025, 6, 30), REFORM, date(2026, 9, 19), date(2026, 9, 20)):
        rural = {
            UnitId(v.unit_code, v.unit_valid_from)
            for v in units.versions
            if v.is_rural and v.province_code == province and v.version_from <= day and (v.version_to is None or day <= v.version_to)
        }
        assert set(world.rural_communes(day)) == rural
        for unit, life in world.lives.items():
            here, there = world.place(unit, day), units.place(PipelineUnit(*unit), day)
            if life.eras[0].unit.level == "commune" and here and there:
                assert here.province == (there.province_code, there.province_valid_from)
                assert here.commune == ((there.at_unit_code, there.at_unit_valid_from) if there.at_unit_level == "commune" else None), (
                    unit,
                    day,
                )
