"""What each unit still lacks of the sets that are for it: the populations assessed_criteria and criteria_standing, on a made-up province."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.registry import JUNE_30, LATER, REFORM, START
from warehouse_schema.indicator_queries import with_populations

if TYPE_CHECKING:
    from tests.support.registry import Registry

MARCH = date(2022, 3, 8)
SETS = {
    "old": {"standard": "ntm", "unit_level": "commune", "valid_from": MARCH, "valid_to": REFORM},
    "new": {"standard": "ntm", "unit_level": "commune", "valid_from": date(2025, 7, 2)},
    "advanced": {"standard": "advanced", "unit_level": "commune", "valid_from": MARCH},
    "town": {
        "standard": "completed",
        "unit_level": "district",
        "unit_types": "Thị xã; Thành phố",
        "valid_from": MARCH,
        "valid_to": JUNE_30,
    },
}
CRITERIA = (
    {"set_id": "old", "code": "8", "name_vi": "Thông tin"},
    {"set_id": "old", "code": "8.4", "parent": "8", "threshold": "Đạt"},
    {"set_id": "new", "code": "8", "name_vi": "Môi trường", "threshold_scheme": "group_2026"},
    {"set_id": "town", "code": "1"},
)


@pytest.fixture
def sheets(registry: Registry) -> Registry:
    """The sets, of which the assessments of a test are; no class has a threshold."""
    registry.warehouse.add("silver.criteria_set", *({"set_id": name, **values} for name, values in SETS.items()))
    registry.warehouse.add("silver.criterion", *CRITERIA)
    return registry


def standing(registry: Registry, unit: str = "17001", day: date = JUNE_30, **wanted: Any) -> dict[tuple[str | None, str], dict[str, Any]]:
    """(set, criterion) -> the row, of a unit on a day, and of the set in force where a test says nothing else."""
    warehouse = registry.warehouse
    rows = warehouse.sets.rows(with_populations(f"SELECT * FROM criteria_standing WHERE unit_code = '{unit}'", day))
    wanted = wanted or {"is_in_force": True}
    found = [row for row in rows if all(row[column] == value for column, value in wanted.items())]
    by_key = {(row["set_id"], row["criterion"]): row for row in found}
    assert len(by_key) == len(found)
    return by_key


def state(registry: Registry, criterion: str = "8.4", day: date = JUNE_30) -> str:
    return str(standing(registry, day=day, set_id="old")["old", criterion]["state"])


def test_every_listed_criterion_of_the_set_in_force_is_there_and_never_assessed(sheets: Registry) -> None:
    rows = standing(sheets)
    assert {key: (row["state"], row["is_listed"], row["threshold"]) for key, row in rows.items()} == {
        ("old", "8"): ("never_assessed", True, None),
        ("old", "8.4"): ("never_assessed", True, "Đạt"),
    }
    assert {(row["unit_valid_from"], row["district_code"], row["province_code"]) for row in rows.values()} == {(START, "427", "40")}


def test_wards_and_townships_have_no_criteria_and_towns_alone_have_the_towns(sheets: Registry) -> None:
    assert standing(sheets, "17004") == {}
    assert set(standing(sheets, "428")) == {("town", "1")}
    assert standing(sheets, "427") == {}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([{}], "met"),
        ([{"valid_to": "2025-06-30"}], "met"),
        ([{"valid_to": "2025-06-29"}], "expired"),
        ([{}, {"assessed_on": "2025-01-01", "result": "not_met"}], "not_met"),
        ([{}, {"assessed_on": "2025-01-01", "valid_to": "2025-02-01"}], "expired"),
        ([{"assessed_on": "2025-07-01"}], "never_assessed"),
        ([{"withdrawal_decision": "2/QĐ"}], "withdrawn"),
        ([{"withdrawal_decision": "2/QĐ", "valid_to": "2025-06-30"}], "met"),
        ([{"withdrawal_decision": "2/QĐ", "valid_to": "2025-06-01"}], "withdrawn"),
        ([{}, {"assessed_on": "2025-01-01", "withdrawal_decision": "2/QĐ"}], "met"),
        ([{"withdrawn": True}], "never_assessed"),
        ([{"criterion": "8"}], "never_assessed"),
        ([{"standard": "advanced"}], "never_assessed"),
    ],
)
def test_the_newest_assessment_in_force_says_the_state(sheets: Registry, rows: list[dict[str, Any]], expected: str) -> None:
    for row in rows:
        sheets.add("criterion_assessment", **row)
    assert state(sheets) == expected


def test_an_assessment_is_of_the_set_that_it_names_else_of_the_national_one_of_its_day(sheets: Registry) -> None:
    sheets.add("criterion_assessment", "17001*", criterion="8", assessed_on="2025-07-01")
    sheets.add("criterion_assessment", "17001*", criterion="8.4", assessed_on="2025-07-02")
    sheets.add("criterion_assessment", "17001*", criterion="8", standard="exemplary", assessed_on="2025-07-02")
    sheets.add("criterion_assessment", "17001*", criterion="9", criteria_set="own", assessed_on="2025-07-02")
    rows = standing(sheets, day=LATER, province_code="40")
    assert {key: (row["state"], row["is_listed"], row["is_in_force"]) for key, row in rows.items()} == {
        ("old", "8"): ("met", True, False),
        ("old", "8.4"): ("never_assessed", True, False),
        ("new", "8"): ("never_assessed", True, True),
        ("new", "8.4"): ("met", False, True),
        (None, "8"): ("met", False, False),
        ("own", "9"): ("met", False, False),
    }


def test_no_assessment_passes_to_a_successor(sheets: Registry) -> None:
    sheets.add("criterion_assessment", criterion="8", criteria_set="new")
    assert standing(sheets, day=LATER)["new", "8"]["state"] == "never_assessed"


@pytest.mark.parametrize(
    ("own", "in_force"),
    [
        ({"valid_from": date(2022, 8, 29)}, "own"),
        ({"valid_from": MARCH}, "own"),
        ({"valid_from": date(2022, 1, 1)}, "old"),
        ({"valid_from": None}, "old"),
        ({"valid_from": date(2022, 8, 29), "valid_to": date(2025, 6, 29)}, "old"),
        ({"valid_from": date(2022, 8, 29), "province_code": "24"}, "old"),
        ({"valid_from": date(2022, 8, 29), "unit_level": "district"}, "old"),
    ],
)
def test_the_provinces_own_set_is_in_force_from_its_first_day_until_a_newer_national_one(
    sheets: Registry, own: dict[str, Any], in_force: str
) -> None:
    base = {"set_id": "own", "standard": "ntm", "unit_level": "commune", "province_code": "40", "province_valid_from": START}
    sheets.warehouse.add("silver.criteria_set", base | own)
    sheets.warehouse.add("silver.criterion", {"set_id": "own", "code": "1"})
    assert {set_id for set_id, _ in standing(sheets)} == {in_force}
    assert {set_id for set_id, _ in standing(sheets, day=LATER)} == {"new"}


def test_the_class_of_the_commune_on_the_day_decides_what_has_to_be_reached(sheets: Registry) -> None:
    sheets.warehouse.add(
        "silver.criterion_threshold", {"set_id": "new", "code": "8", "scheme": "group_2026", "class": "3", "threshold": "50 %"}
    )

    def asked() -> tuple[Any, Any]:
        row = standing(sheets, day=LATER)["new", "8"]
        return row["class"], row["threshold"]

    assert asked() == (None, None)
    sheets.add("commune_classification", "17001*", scheme="group_2026", valid_from="2025-07-01", **{"class": "1"})
    assert asked() == ("1", None)
    sheets.add("commune_classification", "17001*", scheme="group_2026", valid_from="2025-08-01", **{"class": "3"})
    sheets.add("commune_classification", "17001*", scheme="group_2026", valid_from="2026-01-01", **{"class": "2"})
    assert asked() == ("3", "50 %")


def test_the_view_has_what_is_lacking_of_the_set_in_force_and_listed(sheets: Registry) -> None:
    for criterion in ("8.4", "9"):
        sheets.add("criterion_assessment", criterion=criterion)
    lacking = {(row["unit_code"], row["criteria_standard"], row["criterion"], row["state"]) for row in sheets.view("criteria_lacking")}
    assert {row for row in lacking if row[0] in ("17001", "17004", "428")} == {
        ("17001", "ntm", "8", "never_assessed"),
        ("428", "completed", "1", "never_assessed"),
        # What is not listed of a set is unknown, and that is said.
        ("17001", "ntm", None, "unknown"),
        ("17001", "advanced", None, "unknown"),
        ("428", "completed", None, "unknown"),
    }
