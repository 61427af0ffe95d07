"""`ntm criteria`: what a unit still lacks of the sets that the project ships, in the made-up province of tests/support/registry.py."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from jobs.engine.tables import Warehouse, table_of
from jobs.errors import UsageError
from jobs.ops import releases
from jobs.publish.criteria import criteria_of, lacks, remarks
from jobs.publish.released import NothingReleasedError
from jobs.settings import Settings
from jobs.silver.reference_tables import write_reference_tables
from tests.support.command import ntm, ntm_on_terminal
from tests.support.registry import JUNE_30, REFORM, START, made_up_units
from tests.support.released import with_tables
from warehouse_schema.contracts import load_contracts
from warehouse_schema.reference_tables import reference_contracts

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2027, 1, 1, tzinfo=UTC)
TECHNICAL = {"object_id": "o", "line": 1, "row_hash": "h", "received_at": NOW, "run_id": "r", "updated_at": NOW, "withdrawn": False}
AFTER = date(2027, 12, 31)


def assessed(criterion: str, standard: str = "ntm", since: date = START, **row: Any) -> dict[str, Any]:
    unit = {"unit_code": "17001", "unit_code_sent": "17001", "unit_valid_from": since, "province_code": "40"}
    base = {"criterion": criterion, "standard": standard, "result": "met", "assessed_on": date(2024, 3, 1), "decision_number": "12/QĐ-UBND"}
    return {**TECHNICAL, **unit, **base, **row}


ASSESSMENTS = (
    assessed("8.4"),
    assessed("8.1", valid_to=date(2025, 1, 31)),
    assessed("8.2", result="not_met"),
    assessed("8.3", withdrawal_decision="9/QĐ-UBND"),
    assessed("8.9"),
    assessed("17.1", criteria_set="cua-tinh"),
    assessed("7", since=REFORM, assessed_on=date(2026, 6, 1)),
    assessed("9", since=REFORM, assessed_on=date(2026, 2, 14)),
    assessed("1", "advanced", since=REFORM, assessed_on=date(2026, 6, 1)),
)
CLASS = {
    "commune_code": "17001",
    "unit_code": "17001",
    "unit_valid_from": REFORM,
    "province_code": "40",
    "scheme": "group_2026",
    "class": "3",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("criteria") / "home"


@pytest.fixture(scope="module")
def warehouse(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    warehouse, contracts = with_tables(Warehouse.of(Settings(home=home, _env_file=None))), load_contracts()
    write_reference_tables(warehouse, reference_contracts())
    units = contracts["silver/administrative_unit"]
    warehouse.append_table(units, table_of(units, made_up_units(tmp_path_factory.mktemp("units")).versions))
    warehouse.append(contracts["silver/criterion_assessment"], ASSESSMENTS)
    warehouse.append(contracts["silver/commune_classification"], [{**TECHNICAL, **CLASS, "valid_from": date(2026, 6, 1)}])
    releases.commit(warehouse, releases.RELEASE, run_id="r", now=NOW, as_of=JUNE_30, reference="r", definitions={})
    return warehouse


def test_each_listed_criterion_of_the_set_in_force_has_its_state(warehouse: Warehouse) -> None:
    found = criteria_of(warehouse, "17001", None, None, None)
    assert (found.criteria_set["set_id"], found.in_force, len(found.lacking), len(found.met)) == ("commune-ntm-2021", True, 22, 1)
    assert [row["criterion"] for row in found.rows[:9]] == ["1", "2", "3", "4", "5", "6", "7", "8", "8.1"]
    assert {row["criterion"]: row["state"] for row in found.rows if row["parent"] == "8"} == {
        "8.1": "expired",
        "8.2": "not_met",
        "8.3": "withdrawn",
        "8.4": "met",
    }
    assert lacks(found) == (
        "lacks 22 of the 23 listed criteria: not met 8.2; expired 8.1; withdrawn 8.3; "
        "never assessed 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19"
    )


def test_what_is_not_known_and_what_another_set_says_is_said(warehouse: Warehouse) -> None:
    assert remarks(criteria_of(warehouse, "17001", "ntm", None, JUNE_30)) == [
        "the reference lists 19 of its 19 criteria and 4 of its 57 sub-criteria; nothing is said here of the others",
        "assessed, but not in the list of commune-ntm-2021: 8.9",
        "criteria of the standard that were assessed by cua-tinh: 1 (the reference does not know that set)",
    ]


def test_a_set_of_decision_51_is_in_force_from_its_day_on_and_its_thresholds_are_unknown(warehouse: Warehouse) -> None:
    assert criteria_of(warehouse, "17001", "ntm", None, date(2026, 2, 14)).criteria_set["set_id"] == "commune-ntm-2021"
    found = criteria_of(warehouse, "17001", None, None, AFTER)
    assert (found.criteria_set["set_id"], found.criteria_set["decision"]) == ("commune-ntm-2026", "51/2025/QĐ-TTg")
    assert {row["criterion"]: row["state"] for row in found.rows} == {
        **{str(number): "never_assessed" for number in range(1, 11)},
        "7": "met",
    }
    assert {(row["class"], row["threshold"]) for row in found.rows} == {("3", None)}
    assert remarks(found) == [
        "the reference lists 10 of its 10 criteria and 0 of its 47 sub-criteria; nothing is said here of the others",
        "criteria of the standard that were assessed by commune-ntm-2021: 1 (--set commune-ntm-2021)",
    ]


def test_a_set_that_is_not_in_force_can_be_asked_for(warehouse: Warehouse) -> None:
    found = criteria_of(warehouse, "17001", None, "commune-ntm-2021", AFTER)
    assert (found.in_force, [row["criterion"] for row in found.met]) == (False, ["9"])
    assert remarks(found)[1] == "commune-ntm-2021 is not the set in force for this unit on 2027-12-31"


def test_a_set_of_which_nothing_is_known_says_so(warehouse: Warehouse) -> None:
    found = criteria_of(warehouse, "17001", "modern", None, AFTER)
    assert (found.criteria_set["set_id"], found.rows, lacks(found)) == ("commune-modern-2026", [], "no criterion of the set is listed")
    assert remarks(found) == [
        "the reference lists 0 criteria (of how many is not known) and 0 sub-criteria (of how many is not known); nothing is said here of the others"
    ]
    province = criteria_of(warehouse, "40", None, None, AFTER)
    assert (province.criteria_set["set_id"], province.criteria_set["standard"]) == ("province-2026", "completed")


def test_an_assessment_of_no_known_set_is_counted(warehouse: Warehouse) -> None:
    found = criteria_of(warehouse, "17001", "advanced", "commune-advanced-2021", AFTER)
    assert remarks(found)[-1] == "criteria of the standard that were assessed by no set: 1 (none is known for the day)"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("17001", "nmt", None, None), "--standard nmt: expected one of ntm, advanced, exemplary, modern, completed; did you mean 'ntm'?"),
        (
            ("17002", None, None, AFTER),
            "--unit 17002: no unit has that code on 2027-12-31; it is the code of Hai from 2021-01-01 to 2025-06-30",
        ),
        (("x'", None, None, None), "--unit x': no unit has that code on 2025-06-30; none ever had: expected a code of 2, 3 or 5 digits"),
        (
            ("17004", None, None, None),
            "no set of criteria is for Bốn (17004) on 2025-06-30; the criteria are for rural communes (xã)",
        ),
        (
            ("17001", "advanced", None, AFTER),
            "--standard advanced: no such set in force for Mới (17001) on 2027-12-31; there are commune-ntm-2021 (ntm),",
        ),
        (
            ("17001", None, "commune-ntm", None),
            "--set commune-ntm: no such set for Một (17001) on 2025-06-30; there are commune-ntm-2021 (ntm, in force),",
        ),
    ],
)
def test_what_cannot_be_answered_is_refused_with_what_there_is(warehouse: Warehouse, arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        criteria_of(warehouse, *arguments)
    assert str(caught.value).startswith(message)


def test_a_release_of_before_these_tables_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse = with_tables(Warehouse.of(Settings(home=tmp_path, _env_file=None)))
    with monkeypatch.context() as patch:
        known = tuple(one for one in releases.versioned_tables() if one.reference_file is None)
        patch.setattr(releases, "versioned_tables", lambda: known)
        releases.commit(warehouse, releases.RELEASE, run_id="r", now=NOW, as_of=JUNE_30, reference="r", definitions={})
    with pytest.raises(NothingReleasedError, match="run `ntm run` first"):
        criteria_of(warehouse, "17001", None, None, None)


def test_on_a_terminal_it_is_whole_at_80_columns_and_the_answer_comes_last(warehouse: Warehouse, home: Path) -> None:
    code, shown = ntm_on_terminal(home, "criteria", "--unit", "17001")
    lines = shown.replace("\r", "").rstrip("\n").split("\n")
    assert (code, max(map(len, lines)) <= 80) == (0, True)
    assert lines[0] == "Một (17001, since 2021-01-01) as of 2025-06-30: commune-ntm-2021, standard ntm"
    text = " ".join(" ".join(lines).split())
    assert "lacking (22) 1 Quy hoạch never assessed; threshold unknown 2 Giao thông" in text
    assert "8 Thông tin và truyền thông never assessed; 1 of 4 listed sub-criteria met; threshold unknown" in text
    assert "expired; assessed 2024-03-01; until 2025-01-31; decision 12/QĐ-UBND; threshold Đạt" in text
    assert "met (1) 8.4 Xã có ứng dụng công nghệ thông tin trong công tác quản lý, điều hành met; assessed 2024-03-01" in text
    assert "assessed, but not listed (1) 8.9 wording not known met; assessed 2024-03-01; decision 12/QĐ-UBND" in text
    assert text.endswith("13, 14, 15, 16, 17, 18, 19")


def test_as_json_the_rows_have_all_columns_and_what_is_not_known_is_a_warning(warehouse: Warehouse, home: Path) -> None:
    code, output, errors = ntm(home, "criteria", "--unit", "17001", "--as-of", "2027-12-31", "--format", "json")
    rows = {row["criterion"]: row for row in json.loads(output)}
    assert (code, len(rows)) == (0, 10)
    assert (rows["7"]["state"], rows["7"]["assessed_on"], rows["7"]["threshold"], rows["7"]["class"]) == ("met", "2026-06-01", None, "3")
    assert errors.startswith("warning: the reference lists 10 of its 10 criteria and 0 of its 47 sub-criteria;")
