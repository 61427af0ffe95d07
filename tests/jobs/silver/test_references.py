"""What a code means on a day, and what is said of one that means nothing then."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from jobs.reference.units import load_units
from jobs.reference.units.model import UnitId
from jobs.silver.references import LAST_DAY, unit_lookup


@pytest.fixture(scope="module")
def lookup() -> dict[str, list[dict[str, Any]]]:
    by_code = defaultdict(list)
    for row in unit_lookup(load_units()):
        by_code[row["code"]].append(row)
    return dict(by_code)


def on(lookup: dict[str, list[dict[str, Any]]], code: str, day: date) -> dict[str, Any] | None:
    (found,) = [row for row in lookup[code] if row["from_day"] <= day <= row["to_day"]] or [None]
    return found


def test_a_code_means_the_identity_of_the_day_and_no_more(lookup: dict[str, list[dict[str, Any]]]) -> None:
    units = load_units()
    for code, unordered in lookup.items():
        rows = sorted(unordered, key=lambda row: row["from_day"])
        assert all(one["to_day"] < other["from_day"] for one, other in pairwise(rows)), code
        for row in rows:
            identity = units.identity_at(code, row["from_day"])
            assert (identity == UnitId(code, row["from_day"])) is (row["status"] == "valid"), code
            assert (row["detail"] is None) is (row["status"] == "valid"), code
        assert rows[-1]["to_day"] == LAST_DAY


@pytest.mark.parametrize(
    ("code", "day", "detail"),
    [
        ("17386", date(2025, 6, 30), None),
        ("17386", date(2025, 7, 1), "Xã Cao Sơn was merged into 17380 (Xã Yên Xuân) on 2025-07-01"),
        (
            "00007",
            date(2026, 3, 1),
            "Phường Cống Vị was divided (or lists differ about it), and went into 00008 (Phường Ngọc Hà) and 00025 (Phường Giảng Võ) on 2025-07-01",
        ),
        ("27", date(2025, 8, 1), "Tỉnh Bắc Ninh was merged into 24 (Tỉnh Bắc Ninh) on 2025-07-01"),
        ("424", date(2025, 8, 1), "Huyện Anh Sơn ended on 2025-06-30; there is no district level since"),
        ("01651", date(2025, 8, 1), "Xã Mỹ Hưng was merged into 01648 (Xã Phục Hòa) on 2025-07-01"),
        ("03751", date(2025, 8, 1), "Xã Chiềng Ly ended on 2025-06-30; its successor is not known"),
        ("03980", date(2025, 6, 1), "it is the code of Phường Mộc Châu from 2025-07-01 on"),
    ],
)
def test_what_became_of_a_code_is_told(lookup: dict[str, list[dict[str, Any]]], code: str, day: date, detail: str | None) -> None:
    row = on(lookup, code, day)
    assert row is not None
    assert row["detail"] == detail


def test_every_commune_that_the_succession_knows_names_its_successors(lookup: dict[str, list[dict[str, Any]]]) -> None:
    gone = [row for rows in lookup.values() for row in rows if row["status"] != "valid" and row["from_day"] == date(2025, 7, 1)]
    told = [row for row in gone if " into " in row["detail"]]
    assert len(told) > 6000
    assert sorted(row["code"] for row in gone if row["level"] == "commune" and " into " not in row["detail"])[:2] == ["03751", "03898"]
