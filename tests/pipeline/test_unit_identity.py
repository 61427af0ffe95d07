"""A row about a unit is keyed by the unit's identity: a code that is used again for another unit never mixes the two."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from jobs.publish.series import series
from tests.support.workspace import OCOP_COLUMNS, product

if TYPE_CHECKING:
    from tests.support.workspace import Workspace

FIRST, REFORM = dt.date(2021, 1, 1), dt.date(2025, 7, 1)
pytestmark = pytest.mark.slow

HEADER = "commune_code,status,valid_from,valid_to,decision_number,withdrawal_decision,updated_at,deleted,unit_valid_from\n"
BEFORE = """\
00004,ntm,2024-01-01,,1/QĐ,,2025-01-10,,
4,advanced,2024-01-01,,2/QĐ,,2025-02-10,,
"""
AFTER = """\
00004,none,2024-01-01,,,,2025-08-10,,
00004,exemplary,2024-01-01,,3/QĐ,,2025-08-11,,2021-01-01
07693,ntm,2024-01-01,,4/QĐ,,2025-08-10,,
"""


def test_a_code_that_is_used_again_names_two_units(begun: Workspace) -> None:
    # In July 2025 the code of Trúc Bạch, a ward, went to Ba Đình.
    begun.land_organisations()
    begun.land("registry/commune_status/dt=2025-02-10/before.csv", HEADER + BEFORE)
    begun.load()
    rows = begun.rows("silver/commune_status")
    assert [(row["unit_code"], row["unit_valid_from"], row["status"]) for row in rows] == [("00004", FIRST, "advanced")]
    begun.land("registry/commune_status/dt=2025-08-11/after.csv", HEADER + AFTER)
    begun.load()
    found = {(row["unit_code"], row["unit_valid_from"]): row["status"] for row in begun.rows("silver/commune_status")}
    # The third row says outright which of the two it is about, and is the newest of that one.
    assert found == {("00004", FIRST): "exemplary", ("00004", REFORM): "none"}
    (rejected,) = begun.rows("quarantine/commune_status")
    assert [error["code"] for error in rejected["errors"]] == ["unknown_unit"], "07693 was no unit any more in August"


def test_a_decision_of_2023_exported_in_august_2025_is_of_the_unit_of_august(workspace: Workspace) -> None:
    """Since July 2025 the code 17380 is that of Yên Xuân, made of four communes, and what is written then is meant of that one.

    Of a day before it is there its product counts for the province alone, and its assessment for no commune: never for the commune that had the code.
    """
    exported = "2025-08-15T08:00:00+07:00"
    decided = {"commune_code": "17380", "decision_date": "2023-05-10", "updated_at": exported}
    earlier = {"commune_code": "17380", "decision_date": "2023-05-10", "updated_at": "2025-01-10T08:00:00+07:00"}
    workspace.land_organisations()
    workspace.land_sheet("ocop/products/dt=2025-08-15/a.csv", OCOP_COLUMNS, [product("p1", **decided), product("p2", **earlier)])
    columns = "unit_code,criterion,standard,result,assessed_on,valid_to,decision_number,withdrawal_decision,criteria_set,updated_at,deleted"
    met = {
        "unit_code": "17380",
        "criterion": "8.4",
        "standard": "ntm",
        "result": "met",
        "assessed_on": "2023-05-10",
        "decision_number": "1/QĐ",
    }
    workspace.land_sheet("registry/criterion_assessments/dt=2025-08-15/a.csv", columns, [{**met, "updated_at": exported}])
    workspace.load(dt.date(2025, 8, 31))
    products = {row["product_code"]: row["unit_valid_from"] for row in workspace.rows("silver/ocop_product")}
    assert products == {"p1": REFORM, "p2": FIRST}
    (assessment,) = workspace.rows("silver/criterion_assessment")
    assert (assessment["unit_code"], assessment["unit_valid_from"]) == ("17380", REFORM)

    def counted(indicator: str, day: dt.date) -> dict[tuple[str, dt.date], int]:
        return {
            (row["unit_code"], row["unit_valid_from"]): row["numerator"]
            for row in workspace.rows("gold/indicator_value")
            if (row["indicator"], row["period_end"], row["breakdown"]) == (indicator, day, "") and row["numerator"]
        }

    june, july = dt.date(2025, 6, 30), dt.date(2025, 7, 31)
    (old,) = (
        row
        for row in workspace.rows("silver/unit_lineage")
        if (row["unit_code"], row["unit_valid_from"], row["to_day"]) == ("17380", FIRST, june)
    )
    assert counted("ocop_products_recognised", june) == {("17380", FIRST): 1, (old["district_code"], FIRST): 1, ("40", FIRST): 2}
    assert counted("ocop_products_recognised", july)[("17380", REFORM)] == 2
    assert counted("communes_meeting_8_4_ntm", june) == {}
    assert counted("communes_meeting_8_4_ntm", july) == {("17380", REFORM): 1, ("40", FIRST): 1}
    # As a series of the units of July: the earlier commune went wholly into the one that has its code.
    rows = series(workspace.warehouse, "ocop_products_recognised", province="40", units_of=july, from_day=june, to_day=july)
    assert {
        (row["unit_code"], row["unit_valid_from"], row["period_end"]): row["numerator"] for row in rows if row["unit_level"] == "commune"
    } == {
        ("17380", REFORM, june): 1,
        ("17380", REFORM, july): 2,
    }
    assert {row["reason"] for row in rows if row["unit_level"] == "district"} == {"divided: cannot be told"}
