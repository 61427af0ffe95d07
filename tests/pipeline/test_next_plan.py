"""A plan for 2026-2030 by files alone: targets over criteria of Decision 51/2025, judged over the communes of a day without districts."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from jobs.publish.criteria import criteria_of, remarks
from jobs.publish.report import report

if TYPE_CHECKING:
    from tests.support.definitions import Definitions
    from tests.support.workspace import Workspace

pytestmark = [pytest.mark.slow, pytest.mark.default_engine]

DAY = dt.date(2027, 12, 31)
FIRST, SECOND, THIRD, WARD = "16738", "16744", "16750", "16681"
"""Rural communes and a ward of Nghệ An since 1 July 2025."""
SHEET = "unit_code,criterion,standard,result,assessed_on,valid_to,decision_number,withdrawal_decision,criteria_set,updated_at,deleted"
PLAN = """plan_id: next
title: Kế hoạch thử giai đoạn 2026-2030
document_number: 2/KH
province_code: "40"
province_valid_from: 2021-01-01
province_name: Nghệ An
issued: 2026-03-01
source_note: made up for a test; no successor of Decision 924/QĐ-TTg is known
period_from: 2026-01-01
period_to: 2030-12-31
settings:
  special_zones: excluded
sentences:
  - quote: 2% số xã đạt tiêu chí số 7; có 02 xã đạt tiêu chí số 7
    targets:
      - {indicator: communes_meeting_7, level: commune, operator: gte, value: 2, unit: percent, population: rural_communes}
      - {indicator: number_of_communes_meeting_7, level: commune, operator: gte, value: 2, unit: count, population: rural_communes}
      - {indicator: modern_communes, level: commune, operator: gte, value: 1, unit: count, population: rural_communes}
"""
WORDS = {"vi": "Xã đạt tiêu chí số 7", "en": "Rural communes meeting criterion 7 of the set of 2026"}
RATIO: dict[str, Any] = {
    "label_vi": "Tỷ lệ xã đạt tiêu chí số 7 (2026-2030)",
    "label_en": "Communes meeting criterion 7 of 2026-2030",
    "kind": "stock",
    "unit": "ratio",
    "levels": ["commune"],
    "numerator": WORDS,
    "denominator": {"vi": "Xã", "en": "Rural communes"},
    "datasets": ["registry/criterion_assessments"],
    "sources": ["Quyết định 51/2025/QĐ-TTg"],
}
COUNT = {name: value for name, value in RATIO.items() if name != "denominator"} | {"unit": "count"}
SQL = """-- Rural communes with criterion 7 of the set of 2026 in force.
SELECT
  c.unit_code, c.unit_valid_from, c.unit_level, c.district_code, c.district_valid_from, c.province_code, c.province_valid_from,
  'commune' AS level, c.day, '' AS breakdown,
  CAST(CASE WHEN a.state = 'met' THEN 1 ELSE 0 END AS BIGINT) AS numerator,
  CAST(1 AS BIGINT) AS denominator
FROM rural_communes AS c
LEFT JOIN assessed_criteria AS a
  ON a.day = c.day AND a.unit_code = c.unit_code AND a.unit_valid_from = c.unit_valid_from
  AND a.set_id = 'commune-ntm-2026' AND a.standard = 'ntm' AND a.criterion = '7'
"""


def assessment(unit: str, **row: str) -> dict[str, str]:
    base = {"criterion": "7", "standard": "ntm", "result": "met", "assessed_on": "2026-06-01", "decision_number": "5/QĐ-UBND"}
    return {"unit_code": unit, **base, "updated_at": "2025-08-01T08:00:00+07:00", **row}


def test_a_plan_for_2026_to_2030_is_judged_by_files_alone(workspace: Workspace, definitions: Definitions) -> None:
    definitions.write("plans/next.yaml", PLAN)
    definitions.add_indicator("communes_meeting_7", RATIO, SQL)
    definitions.add_indicator(
        "number_of_communes_meeting_7", COUNT, SQL.replace("CAST(1 AS BIGINT) AS denominator", "CAST(NULL AS BIGINT) AS denominator")
    )
    definitions.add_indicator("modern_communes", COUNT, "")
    (definitions.root / "indicators/modern_communes.sql").unlink()
    workspace.land_organisations()
    workspace.land_sheet(
        "registry/criterion_assessments/dt=2025-08-01/a.csv",
        SHEET,
        [
            assessment(FIRST),
            assessment(FIRST, criterion="10", result="not_met"),
            assessment(SECOND),
            assessment(SECOND, assessed_on="2027-01-01", valid_to="2027-12-30"),
            # 7 of the set of 2022 is another criterion, and a ward has none.
            assessment(THIRD, assessed_on="2025-08-01"),
            assessment(THIRD, criteria_set="commune-ntm-2021"),
            assessment(WARD),
        ],
    )
    workspace.land_sheet(
        "registry/commune_classification/dt=2025-08-01/a.csv",
        "commune_code,scheme,class,valid_from,valid_to,updated_at,deleted",
        [
            {
                "commune_code": FIRST,
                "scheme": "group_2026",
                "class": "3",
                "valid_from": "2026-02-15",
                "updated_at": "2025-08-01T08:00:00+07:00",
            }
        ],
    )

    workspace.load(DAY)

    found = {row["indicator"]: row for row in report(workspace.warehouse, "40", DAY).rows if row["plan_id"] == "next"}
    judged = {name: (row["numerator"], row["denominator"], row["met"], row["reason"], row["judged_on"]) for name, row in found.items()}
    assert judged == {
        "communes_meeting_7": (1, 119, False, "", DAY),
        "number_of_communes_meeting_7": (1, None, False, "", DAY),
        "modern_communes": (None, None, None, "not_reported", DAY),
    }
    stored = [
        row for row in workspace.rows("gold/indicator_value") if row["indicator"] == "communes_meeting_7" and row["period_end"] == DAY
    ]
    assert {row["unit_level"] for row in stored} == {"commune", "province"}
    earlier = {
        row["indicator"]: row["met"] for row in report(workspace.warehouse, "40", dt.date(2026, 12, 31)).rows if row["plan_id"] == "next"
    }
    assert earlier == {"communes_meeting_7": False, "number_of_communes_meeting_7": True, "modern_communes": None}

    standing = criteria_of(workspace.warehouse, FIRST, "ntm", None, DAY)
    assert {row["criterion"]: row["state"] for row in standing.rows if row["state"] != "never_assessed"} == {"7": "met", "10": "not_met"}
    assert {(row["class"], row["threshold"]) for row in standing.rows} == {("3", None)}, "no threshold of any group is known"
    assert "0 of its 47 sub-criteria" in remarks(standing)[0]
