"""Reference tables: their files are read by their contracts, and what is wrong in one is named by file, line and column."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.definitions import Definitions, own_definitions
from warehouse_schema import reference_tables
from warehouse_schema.contracts import ContractError, load_contracts
from warehouse_schema.reference_tables import (
    REFERENCE_FOLDER,
    ReferenceFileError,
    closed_sets,
    reference_contracts,
    reference_rows,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

README = (REFERENCE_FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def definitions(tmp_path: Path) -> Iterator[Definitions]:
    with own_definitions(tmp_path) as own:
        yield own


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of reference files by itself: contracts stay as they are read."""
    monkeypatch.setattr(reference_tables, "REFERENCE_FOLDER", tmp_path)
    reference_rows.cache_clear()
    yield tmp_path
    reference_rows.cache_clear()


def values(table: str) -> list[dict[str, Any]]:
    return [dict(row.values) for row in reference_rows(table)]


# What the shipped files hold


def test_the_shipped_tables_are_read_and_described() -> None:
    assert {contract.table: len(reference_rows(contract.name)) for contract in reference_contracts()} == {
        "code_list": len(values("silver/code_list")),
        "criteria_set": 14,
        "criterion": 78,
        "criterion_threshold": 0,
        "organisation_level1": 59,
    }
    for contract in reference_contracts():
        assert f"`{contract.reference_file}`" in README, contract.reference_file


def test_what_nobody_knows_is_empty() -> None:
    by_code = {(row["set_id"], row["code"]): row for row in values("silver/criterion")}
    assert by_code["district-advanced-2021", "6.5"]["name_vi"] is None
    of_2026 = [row for (set_id, _), row in by_code.items() if set_id == "commune-ntm-2026"]
    assert [(row["threshold"], row["threshold_scheme"], row["parent"]) for row in of_2026] == [(None, "group_2026", None)] * 10
    sets = {(row["set_id"], row["standard"]): row for row in values("silver/criteria_set")}
    assert (sets["commune-modern-2026", "modern"]["criteria"], sets["province-2026", "completed"]["criteria"]) == (None, None)
    assert (sets["commune-ntm-2026", "ntm"]["criteria"], sets["commune-ntm-2026", "ntm"]["sub_criteria"]) == (10, 47)
    assert sets["commune-ntm-2026", "ntm"]["valid_from"] == date(2026, 2, 15)
    assert sets["quangnam-district-advanced-2022", "advanced"]["valid_from"] is None


def test_of_each_set_as_much_is_listed_as_the_readme_says() -> None:
    listed = Counter((row["set_id"], row["parent"] is not None) for row in values("silver/criterion"))
    stated = {row["set_id"]: (row["criteria"], row["sub_criteria"]) for row in values("silver/criteria_set")}
    shown = {set_id: (listed[set_id, False], listed[set_id, True], *stated[set_id]) for set_id, _ in listed}
    assert shown == {
        "commune-ntm-2021": (19, 4, 19, 57),
        "commune-advanced-2021": (19, 5, 19, 75),
        "district-ntm-2021": (9, 1, 9, 36),
        "district-advanced-2021": (9, 2, 9, 38),
        "commune-ntm-2026": (10, 0, 10, 47),
    }
    for words in ("4 of 57 and 5 of 75", "1 of 36 and 2 of 38", "none of the 47"):
        assert words in README


def test_a_row_from_memory_says_so_and_any_other_names_its_source() -> None:
    for contract in reference_contracts():
        for row in reference_rows(contract.name):
            if row.values["mark"] not in ("memory", "contract"):
                assert row.values["source"], row.place


def test_national_sets_of_a_standard_and_level_do_not_overlap() -> None:
    national = [row for row in values("silver/criteria_set") if row["province_code"] is None]
    for one in national:
        for other in national:
            if one is other or any(one[name] != other[name] for name in ("standard", "unit_level")):
                continue
            first, second = sorted((one, other), key=lambda row: row["valid_from"])
            assert first["valid_to"] < second["valid_from"], (one["set_id"], other["set_id"])


def test_ocop_types_are_two_dated_lists_of_26() -> None:
    rows = values("silver/code_list")
    of_2019 = [row for row in rows if row["list"] == "ocop_type_2019"]
    of_2023 = [row for row in rows if row["list"] == "ocop_category_2023"]
    assert (len(of_2019), {row["valid_to"] for row in of_2019}) == (26, {date(2023, 2, 23)})
    lowest = {row["code"] for row in of_2023} - {row["parent"] for row in of_2023}
    assert (len(lowest), {row["valid_from"] for row in of_2023}) == (26, {date(2023, 2, 24)})


# Closed sets of contracts


def test_the_codes_of_every_closed_set_are_there_with_both_labels() -> None:
    there = {(row["list"], row["code"]): row for row in values("silver/code_list")}
    for name, codes in closed_sets().items():
        for code in codes:
            row = there[name, code]
            assert row["label_vi"], (name, code)
            assert row["label_en"], (name, code)


def test_a_code_that_a_program_sends_stands_beside_ours_and_a_spelling_of_people_is_the_label() -> None:
    there = {(row["list"], row["code"]): (row["sent"], row["label_vi"], row["mark"]) for row in values("silver/code_list")}
    assert there["dossier.state", "returned"] == ("10", "Đã trả kết quả", "seen")
    assert there["growing_area.status", "in_use"] == (None, "Đang sử dụng", "contract")
    assert there["satisfaction_survey.subject", "ntm_results"][1] == "Kết quả NTM"


def test_a_value_that_a_contract_gains_is_in_the_list_by_that_alone(definitions: Definitions) -> None:
    last = "              đã hủy: cancelled\n"
    definitions.replace("tables/silver/growing_area.yaml", last, f"{last}              để dành: kept\n")
    assert ("growing_area.status", "kept", "Để dành") in {(row["list"], row["code"], row["label_vi"]) for row in values("silver/code_list")}


# What is wrong is named

HEADER = ",".join(column.name for column in load_contracts()["silver/code_list"].stored)
SETS = ",".join(column.name for column in load_contracts()["silver/criteria_set"].stored)
A_SET = "x,ntm,Tên,1/QĐ,commune,,,,{issued},,,{criteria},,seen,,"


@pytest.mark.parametrize(
    ("table", "text", "message"),
    [
        ("code_list", "list,code\n", "code_list.csv:1: expected the columns list,code,parent,"),
        ("code_list", f"{HEADER}\nx,1\n", "code_list.csv:2: 2 fields, expected 13"),
        ("code_list", f"{HEADER}\nx,1,,,,,,,,,,,\n", "code_list.csv:2: mark is empty, but is required"),
        (
            "code_list",
            f"{HEADER}\nx,1,,,,,,,,,seen,,\nx,1,,,,,,,,,seen,,\n",
            "code_list.csv:3: x, 1 stands twice; the first is code_list.csv:2",
        ),
        (
            "code_list",
            f"{HEADER}\ndossier.state,recieved,,,,,,,,,seen,,\n",
            "code_list.csv:2: code 'recieved' is none of the contract's list dossier.state; did you mean 'received'?",
        ),
        (
            "code_list",
            f"{HEADER}\ngrowing_area.status,paused,,,Dừng,,,,,,seen,,\n",
            "code_list.csv:2: label_vi: the contract of growing_area.status has the label of 'paused' already: leave it empty",
        ),
        (
            "criteria_set",
            f"{SETS}\n{A_SET.format(issued='08/03/2022', criteria='')}\n",
            "criteria_set.csv:2: issued_on '08/03/2022': expected a day YYYY-MM-DD, or nothing",
        ),
        (
            "criteria_set",
            f"{SETS}\n{A_SET.format(issued='', criteria='19?')}\n",
            "criteria_set.csv:2: criteria '19?': expected a whole number, or nothing",
        ),
    ],
)
def test_what_is_wrong_in_a_file_is_refused_by_line_and_column(folder: Path, table: str, text: str, message: str) -> None:
    (folder / f"{table}.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ReferenceFileError) as caught:
        reference_rows(f"silver/{table}")
    assert str(caught.value).startswith(message)


def test_a_file_that_is_not_there_is_named(folder: Path) -> None:
    with pytest.raises(ReferenceFileError, match=r"^criterion\.csv: cannot be read from "):
        reference_rows("silver/criterion")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("value: criterion.csv", "value: Criterion.xlsx", "reference_file"),
        (
            "property: reference_file, value: criterion.csv",
            "property: reference_fil, value: criterion.csv",
            "did you mean 'reference_file'",
        ),
    ],
)
def test_the_word_is_checked(definitions: Definitions, old: str, new: str, message: str) -> None:
    definitions.replace("tables/silver/criterion.yaml", old, new)
    with pytest.raises(ContractError, match=message):
        load_contracts()


def test_records_that_land_have_no_file(definitions: Definitions) -> None:
    landing = "      - {property: landing,"
    definitions.replace("tables/silver/village.yaml", landing, f"      - {{property: reference_file, value: village.csv}}\n{landing}")
    with pytest.raises(ContractError, match="reference_file: belongs to a table without a landing"):
        load_contracts()
