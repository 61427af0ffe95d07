"""The registry of organisations: codes, days, and that a unit's code is written while it means that unit."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from jobs.errors import UsageError
from jobs.sample.organisations import build_organisations, registry_files, units_of_province
from jobs.sample.plan import SamplePlan
from jobs.sample.vocabulary import load_vocabulary

REFORM = date(2025, 7, 1)


def organisations_of(province: str, start: date, end: date):
    return build_organisations(SamplePlan(province, start, end, 7), load_vocabulary())


def test_nghe_an_in_2025_has_departments_20_districts_and_412_communes() -> None:
    kinds = Counter(item.kind for item in organisations_of("40", date(2025, 1, 1), date(2025, 6, 30)))
    assert kinds == {"department": 21, "district_committee": 20, "district_office": 160, "commune_committee": 412}


@pytest.mark.parametrize("province", ["01", "20", "24", "27", "40", "72", "80"])
def test_codes_are_unique_and_well_formed_in_both_orders(province: str) -> None:
    found = organisations_of(province, date(2024, 6, 1), date(2025, 6, 30))
    codes = [item.organ_id for item in found] + [item.old_organ_id for item in found if item.old_organ_id]
    assert len(set(codes)) == len(codes)
    assert all(len(code) <= 35 and set(code) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ.") for code in codes)
    assert all(item.organ_id.startswith("H") for item in found)
    assert all(item.old_organ_id is None or item.old_organ_id.startswith("000.") for item in found)


def test_some_old_codes_are_not_the_new_ones_turned_round() -> None:
    found = organisations_of("40", date(2025, 1, 1), date(2025, 6, 30))
    departments = [item for item in found if item.kind == "department"]
    turned = {item.organ_id: f"000.00.{int(item.organ_id.split('.')[1]):02d}.H41" for item in departments}
    regular = [item for item in departments if item.old_organ_id == turned[item.organ_id]]
    assert 0 < len(regular) < len(departments)
    assert {item.old_organ_id for item in departments} == set(turned.values())


def test_codes_do_not_depend_on_the_days_of_the_sample() -> None:
    early = {(item.kind, item.unit_code, item.name): item.organ_id for item in organisations_of("40", date(2024, 2, 1), date(2024, 3, 1))}
    late = {(item.kind, item.unit_code, item.name): item.organ_id for item in organisations_of("40", date(2025, 2, 1), date(2025, 3, 1))}
    both = early.keys() & late.keys()
    assert len(both) > 500
    assert all(early[key] == late[key] for key in both)


@pytest.mark.parametrize("province", ["24", "40"])
def test_a_units_code_is_written_while_it_means_that_unit(province: str) -> None:
    found = organisations_of(province, date(2024, 12, 1), date(2025, 8, 31))
    first, second, new = (units_of_province(province, day) for day in (date(2024, 12, 1), date(2025, 1, 1), REFORM))
    for rows in registry_files(found).values():
        for row in rows:
            written_on = date.fromisoformat(row["updated_at"][:10])
            valid_from = date.fromisoformat(row["valid_from"])
            if row["level"] == "province":
                assert (valid_from < REFORM) == (written_on < REFORM) or province == "40"
                continue
            units = new if valid_from == REFORM else second if valid_from == date(2025, 1, 1) else first
            assert row["unit_code"] in units
            assert (valid_from == REFORM) == (written_on >= REFORM)
            assert written_on >= valid_from
            if row["unit_code"] not in second and valid_from < REFORM:
                assert written_on <= date(2024, 12, 31)


def test_what_ends_is_closed_by_a_later_row_and_what_goes_on_is_not() -> None:
    found = organisations_of("40", date(2024, 12, 1), date(2025, 8, 31))
    ends = Counter((item.kind == "department", item.valid_to) for item in found)
    assert ends[True, None] == 21
    assert ends[False, date(2025, 6, 30)] == 20 + 160 + 412
    assert ends[False, date(2024, 12, 31)] > 0
    assert ends[False, None] == 130
    closing = [row for rows in registry_files(found).values() for row in rows if row["valid_to"]]
    assert len(closing) == sum(1 for item in found if item.valid_to)


def test_merged_provinces_get_the_level_1_code_of_their_new_identity() -> None:
    found = organisations_of("24", date(2025, 6, 1), date(2025, 7, 31))
    level_1 = {(item.valid_from >= REFORM, item.organ_id.partition(".")[0]) for item in found}
    assert level_1 == {(False, "H02"), (True, "H05")}


def test_every_name_says_that_it_is_generated() -> None:
    marker = load_vocabulary().marker
    assert all(item.name.endswith(marker) for item in organisations_of("24", date(2025, 6, 1), date(2025, 7, 31)))


def test_provinces_that_are_unknown_or_have_ended_are_refused() -> None:
    with pytest.raises(UsageError, match="--province 99 is not one of"):
        organisations_of("99", date(2025, 1, 1), date(2025, 2, 1))
    with pytest.raises(UsageError, match="province 27 ended on 2025-06-30"):
        organisations_of("27", date(2025, 6, 1), date(2025, 7, 1))
