"""The report: which provinces there are, and how fresh its figures are."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import pytest

from jobs.errors import UsageError
from jobs.publish.freshness import last_records
from jobs.publish.released import require_release
from jobs.publish.report import report
from tests.support.command import ntm
from tests.support.workspace import COMMUNE_ORGAN, OCOP_COLUMNS, PROVINCE_ORGAN, Workspace, organisation, product, work_record

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


# Whole runs on both engines are compared by make parity.
pytestmark = [pytest.mark.slow, pytest.mark.default_engine]

STALE = dt.date(2025, 12, 31)
MEASURED = "work_records_online"
COMMUNE = COMMUNE_ORGAN["unit_code"]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> Workspace:
    """Records of the province closed on 18 February, of a commune on 30 June; products last corrected on 10 January."""
    made = Workspace(tmp_path_factory.mktemp("report") / "home")
    made.land_organisations(organisation(PROVINCE_ORGAN), organisation(COMMUNE_ORGAN))
    late = {"ClosedAt": "2025-06-30T16:40:00+07:00", "UpdatedAt": "2025-06-30T16:41:00+07:00", "OrganId": COMMUNE_ORGAN["organ_id"]}
    made.land_records("eoffice/work_records/dt=2025-07-01/a.ndjson", [work_record("r1"), work_record("r2", **late)])
    made.land_sheet("ocop/products/dt=2025-01-10/a.csv", OCOP_COLUMNS, [product("p1")])
    made.load()
    return made


def found(workspace: Workspace, as_of: dt.date) -> dict[str, dt.date | None]:
    result = report(workspace.warehouse, "40", as_of)
    return {row["level"]: last for row, last in zip(result.rows, result.last_records, strict=True) if row["indicator"] == MEASURED}


def test_a_result_says_since_when_there_is_no_record(workspace: Workspace) -> None:
    province, commune = dt.date(2025, 2, 18), dt.date(2025, 6, 30)
    assert found(workspace, dt.date(2025, 6, 30)) == {"province": province, "district": None, "commune": None}
    assert found(workspace, STALE) == {"province": province, "district": None, "commune": commune}
    assert found(workspace, dt.date(2025, 3, 21)) == {"province": None, "district": None, "commune": None}, "31 days are a month"


def test_a_stock_is_as_fresh_as_the_newest_version_of_a_record(workspace: Workspace) -> None:
    row = {"indicator": "ocop_products_recognised", "level": "all", "province_code": "40", "numerator": 1}
    release = require_release(workspace.warehouse)
    days = (dt.date(2025, 2, 10), dt.date(2025, 2, 11))
    assert [last_records(workspace.warehouse, release, [row | {"judged_on": day}]) for day in days] == [[None], [dt.date(2025, 1, 10)]]


def test_it_is_said_beside_the_figure_or_beside_the_rows(workspace: Workspace) -> None:
    arguments = ("report", "--province", "40", "--as-of", STALE.isoformat())
    code, output, errors = ntm(workspace.home, *arguments)
    assert (code, errors) == (0, "")
    lines = {line.split()[0]: line for line in output.splitlines() if "2025-12-31" in line and "%" in line}
    assert lines["province"].endswith("no record since 18/02/2025")
    assert lines["commune"].endswith("no record since 30/06/2025")
    code, output, errors = ntm(workspace.home, *arguments, "--format", "json")
    assert code == 0
    assert [row["level"] for row in json.loads(output) if row["indicator"] == MEASURED] == ["province", "district", "commune"]
    assert errors.splitlines() == [
        "warning: work_records_online, province, province 40, judged on 2025-12-31: no record since 18/02/2025",
        "warning: work_records_online, commune, province 40, judged on 2025-12-31: no record since 30/06/2025",
    ]


def test_what_no_sheet_was_sent_for_is_not_reported_on_a_stored_day_and_on_any_other(workspace: Workspace) -> None:
    stored = require_release(workspace.warehouse).as_of
    assert stored is not None
    for day in (stored, stored - dt.timedelta(days=1)):
        rows = report(workspace.warehouse, "40", day).rows
        assert {row["reason"] for row in rows if row["indicator"] != MEASURED} == {"not_reported"}, day


def test_a_province_without_a_plan_is_refused_with_those_there_are(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match=r"--province 99: no plan is of that province; there are plans of 01 Hà Nội.*40 Nghệ An"):
        report(workspace.warehouse, "99", None)
    assert report(workspace.warehouse, "40", None).rows


def test_targets_are_chosen_by_indicator_and_level_and_told_with_names(workspace: Workspace) -> None:
    arguments = ("report", "--province", "40", "--as-of", "2025-06-30", "--indicator", MEASURED, "--level", "commune")
    code, output, _ = ntm(workspace.home, *arguments, "--names", "--format", "json")
    assert code == 0
    (row,) = json.loads(output)
    told = ("province_name", "indicator_en", "level", "unit", "value", "target", "met")
    assert [row[name] for name in told] == ["Nghệ An", "Work records processed online", "commune", "percent", 100.0, 60.0, True]
    code, output, errors = ntm(workspace.home, "report", "--province", "40", "--level", "hamlet")
    assert (code, output) == (2, "")
    assert errors.startswith("ntm: --level hamlet: no target is of it; there are ")


def test_a_units_figures_are_told_beside_what_the_plan_asks_for(workspace: Workspace) -> None:
    code, output, errors = ntm(workspace.home, "report", "--unit", COMMUNE, "--as-of", "2025-06-30", "--format", "json")
    assert (code, errors) == (0, "")
    (row,) = (one for one in json.loads(output) if one["indicator"] == MEASURED)
    told = ("unit_name", "level", "numerator", "denominator", "value", "unit", "plan_target", "indicator_vi")
    name = "Tỷ lệ hồ sơ công việc được xử lý trên môi trường mạng"
    assert [row[one] for one in told] == [row["unit_name"], "commune", 1, 1, 100.0, "percent", 60.0, name]
    assert row["unit_name"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--unit", "99999"), "--unit 99999: no unit has that code"),
        (
            ("--unit", "427", "--as-of", "2025-07-31"),
            "--unit 427: no unit has that code on 2025-07-31; it was Huyện Đô Lương from 2021-01-01 to 2025-06-30",
        ),
        (("--unit", "40", "--as-of", "2025-06-12"), "--as-of 2025-06-12: figures of units are stored for the ends of months"),
        (("--unit", "40", "--indicator", "work_record_online"), "--indicator work_record_online: there is no such indicator; did you mean"),
        (("--unit", "40", "--province", "40"), "--unit goes with neither --province nor --known-at"),
    ],
)
def test_a_unit_or_day_that_cannot_be_told_is_said_in_a_sentence(workspace: Workspace, arguments: tuple[str, ...], said: str) -> None:
    code, output, errors = ntm(workspace.home, "report", *arguments)
    assert (code, output) == (2, "")
    assert errors.startswith(f"ntm: {said}")
