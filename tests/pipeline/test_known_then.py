"""Tables as known on an earlier day, against what the runs of that day stored: corrections, withdrawals, references that come late, and secrets since."""

from __future__ import annotations

import datetime as dt
import json
import random
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from jobs.errors import QueryError, UsageError
from jobs.gold.known import TABLES, compute_gold
from jobs.publish.known import query_as_known
from jobs.publish.released import require_release
from jobs.publish.report import Report, report, report_as_known
from jobs.publish.targets import print_targets
from jobs.publish.values import rows_of
from jobs.sample.generator import generate
from jobs.sample.plan import SamplePlan
from jobs.silver.known import as_known
from jobs.vietnam import VIETNAM
from tests.support.command import ntm
from tests.support.workspace import (
    COMMUNE_ORGAN,
    DISTRICT_ORGAN,
    OCOP_COLUMNS,
    PROVINCE_ORGAN,
    Workspace,
    organisation,
    product,
    work_record,
)
from warehouse_schema.contracts import landed_contracts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


FIRST, SECOND, THIRD, LATER = (dt.date(2025, 3, 10), dt.date(2025, 4, 15), dt.date(2025, 5, 20), dt.date(2025, 6, 2))
pytestmark = [pytest.mark.slow, pytest.mark.default_engine]
DAYS = (FIRST, SECOND, THIRD)
MEASURED = "work_records_online"
SILVER = tuple(contract.name for contract in landed_contracts())
_OMITTED = {"run_id", "computed_at"}

Rows = list[str]


def morning(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(9), VIETNAM)


def comparable(rows: list[dict[str, Any]]) -> Rows:
    return sorted(repr({name: value for name, value in row.items() if name not in _OMITTED}) for row in rows)


@dataclass
class Story:
    """A workspace with runs of several days, and what each of them left in the tables; `judged`: what the report of that day said."""

    workspace: Workspace
    rows: dict[dt.date, dict[str, list[dict[str, Any]]]] = field(default_factory=dict)
    judged: dict[dt.date, list[dict[str, Any]]] = field(default_factory=dict)

    def run(self, day: dt.date) -> None:
        """What `ntm run` does, in the morning of a day and as of it."""
        self.workspace.load(day, morning(day))
        self.rows[day] = {name: self.workspace.rows(name) for name in (*SILVER, "silver/organisation_period", *TABLES)}
        self.judged[day] = report(self.workspace.warehouse, None, day).rows

    def stored(self, day: dt.date) -> dict[str, Rows]:
        return {name: comparable(rows) for name, rows in self.rows[day].items()}

    def column(self, day: dt.date, table: str, *names: str) -> list[tuple[Any, ...]]:
        """What the run of a day stored in columns of a table, sorted."""
        return sorted(tuple(row[name] for name in names) for row in self.rows[day][table])

    def known(self, day: dt.date, tables: tuple[str, ...] = SILVER) -> dict[str, Rows]:
        """The tables as known on a day, gold with them."""
        release = require_release(self.workspace.warehouse)
        with as_known(self.workspace.settings, self.workspace.warehouse, release, day, tables) as known:
            compute_gold(known)
            return {name: comparable(known.warehouse.rows(name)) for name in (*SILVER, "silver/organisation_period", *TABLES)}

    def ask(self, day: dt.date, sql: str) -> list[tuple[object, ...]]:
        with query_as_known(self.workspace.settings, self.workspace.warehouse, sql, day) as (answer, _):
            return list(rows_of(answer.batches))

    def sentence(self, day: dt.date) -> str:
        found = report_as_known(self.workspace.settings, self.workspace.warehouse, "40", day, None)
        assert found.known is not None
        return found.known


def differing(told: Mapping[str, Rows], stored: Mapping[str, Rows]) -> dict[str, tuple[Rows, Rows]]:
    """By table the rows that only one side has."""
    return {name: (sorted({*told[name]} - {*rows}), sorted({*rows} - {*told[name]})) for name, rows in stored.items() if told[name] != rows}


@pytest.fixture(scope="module")
def told(begun: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Three days of work records: the registry and corrections come after what they are about; a record that was right is so no more, and is again."""
    story = Story(begun.copy(tmp_path_factory.mktemp("known") / "home"))
    land = story.workspace
    land.land_organisations(organisation(PROVINCE_ORGAN), organisation(COMMUNE_ORGAN))
    first = [
        work_record("corrected"),
        work_record("withdrawn"),
        work_record("secret"),
        work_record("late_organisation", OrganId=DISTRICT_ORGAN["organ_id"]),
        work_record("organisation_ends", OrganId=COMMUNE_ORGAN["organ_id"]),
        work_record("mended", ClosedAt="2025-02-01T08:00:00+07:00"),
        work_record("nothing_becomes_of_it", SignedDigitally=False),
    ]
    land.land_records("eoffice/work_records/dt=2025-03-10/a.ndjson", first)
    story.run(FIRST)

    april = {"UpdatedAt": "2025-04-14T08:00:00+07:00"}
    ended = organisation(COMMUNE_ORGAN, valid_to="2025-01-31", updated_at="2025-04-14T08:00:00+07:00")
    land.land_organisations(organisation(DISTRICT_ORGAN), ended, name="b.csv", day="2025-04-15")
    second = [work_record("corrected", ProcessedOnline=False, **april), work_record("withdrawn", Deleted=True, **april)]
    land.land_records("eoffice/work_records/dt=2025-04-15/b.ndjson", [*second, first[0], work_record("new")])
    story.run(SECOND)

    land.land_organisations(organisation(COMMUNE_ORGAN, updated_at="2025-05-19T08:00:00+07:00"), name="c.csv", day="2025-05-20")
    between = work_record("corrected", SignedDigitally=False, UpdatedAt="2025-03-20T08:00:00+07:00")
    third = [between, work_record("mended", UpdatedAt="2025-05-19T08:00:00+07:00")]
    land.land_records("eoffice/work_records/dt=2025-05-20/c.ndjson", third)
    land.land_records("eoffice/work_records/dt=2025-05-20/copy_of_a.ndjson", first)
    story.run(THIRD)
    return story


@pytest.fixture(scope="module")
def sheets(begun: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Three days of sheets: a village comes after its assessment, another one is deleted; a product is decided upon again."""
    story = Story(begun.copy(tmp_path_factory.mktemp("sheets") / "home"))
    land = story.workspace
    villages = "village_id,commune_code,name,households,team_active_from,updated_at,deleted"
    assessments = "village_id,criteria_set,assessed_on,field,recognised_by_decision,recognised_from,updated_at,deleted"
    statuses = "commune_code,status,valid_from,decision_number,updated_at,deleted"
    january, april, may = (f"2025-{day}T08:00:00+07:00" for day in ("01-10", "04-14", "05-19"))
    village = {"commune_code": "17386", "households": "120", "team_active_from": "2024-03-01", "updated_at": january}
    one, two = {**village, "village_id": "T1", "name": "Bản Một"}, {**village, "village_id": "T2", "name": "Bản Hai"}
    assessed = {"criteria_set": "nghe-an-2023", "assessed_on": "2024-03-01", "field": "du lịch", "recognised_by_decision": "3/QĐ"}
    both = [{**assessed, "recognised_from": "2024-04-01", "updated_at": january, "village_id": name} for name in ("T1", "T2")]
    exemplary = {
        "commune_code": "17386",
        "status": "exemplary",
        "valid_from": "2024-03-01",
        "decision_number": "2/QĐ",
        "updated_at": january,
    }
    land.land_organisations()
    land.land_sheet("registry/villages/dt=2025-03-10/a.csv", villages, [one])
    land.land_sheet("registry/smart_village_assessments/dt=2025-03-10/a.csv", assessments, both)
    land.land_sheet("registry/commune_status/dt=2025-03-10/a.csv", statuses, [exemplary])
    land.land_sheet("ocop/products/dt=2025-03-10/a.csv", OCOP_COLUMNS, [product("p1"), product("p2", stars="3")])
    story.run(FIRST)
    land.land_sheet("registry/villages/dt=2025-04-15/b.csv", villages, [two])
    land.land_sheet("ocop/products/dt=2025-04-15/b.csv", OCOP_COLUMNS, [product("p1", stars="2", updated_at=april)])
    story.run(SECOND)
    land.land_sheet("registry/villages/dt=2025-05-20/c.csv", villages, [{**one, "deleted": "true", "updated_at": may}])
    story.run(THIRD)
    return story


@pytest.mark.parametrize("day", DAYS)
def test_what_was_known_on_a_day_is_what_its_run_stored(told: Story, day: dt.date) -> None:
    assert differing(told.known(day), told.stored(day)) == {}


def test_sheets_are_as_they_were_and_so_are_their_references(sheets: Story) -> None:
    villages = [sheets.column(day, "silver/smart_village_assessment", "village_id") for day in DAYS]
    assert villages == [[("T1",)], [("T1",), ("T2",)], [("T2",)]]
    assert [sheets.column(day, "silver/ocop_product", "product_code", "stars")[0] for day in DAYS] == [("p1", 4), ("p1", 2), ("p1", 2)]
    view = "SELECT day, product_code, stars, recognised FROM gold.ocop_products ORDER BY product_code"
    assert [sheets.ask(day, view)[0] for day in DAYS[:2]] == [(str(FIRST), "p1", 4, True), (str(SECOND), "p1", 2, False)]
    for day in DAYS:
        assert differing(sheets.known(day), sheets.stored(day)) == {}, day
        found = report_as_known(sheets.workspace.settings, sheets.workspace.warehouse, None, day, None)
        assert comparable(found.rows) == comparable(sheets.judged[day])


@pytest.mark.parametrize("day", [FIRST, SECOND, THIRD])
def test_the_report_is_that_of_the_run_of_that_day(told: Story, day: dt.date) -> None:
    found = report_as_known(told.workspace.settings, told.workspace.warehouse, None, day, None)
    assert comparable(found.rows) == comparable(told.judged[day])
    assert found.redefined == []
    left_out = {FIRST: 4, SECOND: 2, THIRD: 0}[day]
    assert found.known == (
        f"as known at the end of {day} in Vietnam, by today's definitions and lists of units; {left_out} objects received since are left out;"
        " what is a state secret or erased by now stays hidden: no record that was open then"
    )


def test_the_days_of_the_story_differ_as_they_should(told: Story) -> None:
    """So that equal tables are no equal accidents."""
    always = ("nothing_becomes_of_it", True, False)
    assert told.column(FIRST, "silver/work_record", "file_id", "processed_online", "withdrawn") == [
        ("corrected", True, False),
        always,
        ("organisation_ends", True, False),
        ("secret", True, False),
        ("withdrawn", True, False),
    ]
    assert told.column(SECOND, "silver/work_record", "file_id", "processed_online", "withdrawn") == [
        ("corrected", False, False),
        ("late_organisation", True, False),
        ("new", True, False),
        always,
        ("secret", True, False),
        ("withdrawn", True, True),
    ]
    third = ("corrected", "late_organisation", "mended", "new", "nothing_becomes_of_it", "organisation_ends", "secret", "withdrawn")
    assert told.column(THIRD, "silver/work_record", "file_id") == [(name,) for name in third]
    figures = [
        (row["numerator"], row["denominator"])
        for day in DAYS
        for row in told.judged[day]
        if (row["indicator"], row["level"], row["province_code"]) == (MEASURED, "province", "40")
    ]
    assert figures == [(3, 4), (2, 4), (3, 5)]


@pytest.mark.parametrize(("day", "run"), [(SECOND - dt.timedelta(days=1), FIRST), (SECOND, SECOND)])
def test_a_day_is_as_the_last_run_up_to_its_midnight_left_it(told: Story, day: dt.date, run: dt.date) -> None:
    table, release = "silver/organisation", require_release(told.workspace.warehouse)
    with as_known(told.workspace.settings, told.workspace.warehouse, release, day, [table]) as known:
        assert comparable(known.warehouse.rows(table)) == comparable(told.rows[run][table])


def test_another_as_of_day_is_evaluated_over_what_was_known(told: Story) -> None:
    found = report_as_known(told.workspace.settings, told.workspace.warehouse, "40", FIRST, dt.date(2025, 1, 31))
    (row,) = [one for one in found.rows if (one["indicator"], one["level"]) == (MEASURED, "province")]
    assert (row["as_of"], row["denominator"], row["reason"]) == (dt.date(2025, 1, 31), 0, "nothing_to_measure")


def test_a_day_before_the_first_load_and_one_that_is_not_over_the_horizon_are_told(told: Story) -> None:
    with pytest.raises(
        UsageError, match="2025-03-09: nothing had been received by the end of that day; the first objects came on 2025-03-10"
    ):
        told.ask(dt.date(2025, 3, 9), "SELECT 1")
    tomorrow = dt.datetime.now(VIETNAM).date() + dt.timedelta(days=1)
    with pytest.raises(UsageError, match="expected a day up to today"):
        told.ask(tomorrow, "SELECT 1")


@pytest.mark.parametrize(
    "name", ["bronze.work_record", '"quarantine"."work_record"', "ops.load", "bronze . village", "silver.managed_object"]
)
def test_layers_that_are_of_today_are_refused_by_name(told: Story, name: str) -> None:
    plain = name.replace('"', "").replace(" ", "")
    with pytest.raises(QueryError, match=f"{plain} is of today only: with --known-at there are the silver tables of landed"):
        told.ask(FIRST, f"SELECT * FROM {name}")


def test_nothing_is_written_and_nothing_is_left(told: Story) -> None:
    home = told.workspace.home
    before = {file: file.stat().st_mtime_ns for file in home.rglob("*") if file.is_file()}
    asked = told.ask(
        FIRST, "SELECT numerator, denominator FROM indicator_value WHERE indicator = 'work_records_online' AND level = 'province'"
    )
    assert (3, 4) in asked
    assert {file: file.stat().st_mtime_ns for file in home.rglob("*") if file.is_file()} == before
    assert list((home / "scratch").iterdir()) == []


def test_a_rebuild_changes_nothing_of_what_was_known(told: Story, tmp_path: Path) -> None:
    rebuilt = Story(told.workspace.copy(tmp_path / "home"))
    rebuilt.workspace.load(THIRD, morning(LATER), rebuild=SILVER)
    for day in DAYS[:2]:
        assert differing(rebuilt.known(day), told.stored(day)) == {}


def test_what_became_a_state_secret_since_stays_hidden_and_that_is_said(told: Story, tmp_path: Path) -> None:
    since = Story(told.workspace.copy(tmp_path / "home"))
    secret = work_record("secret", ConfidenceLevel="mat", UpdatedAt="2025-06-01T08:00:00+07:00")
    since.workspace.land_records("eoffice/work_records/dt=2025-06-02/d.ndjson", [secret])
    since.run(LATER)
    kept = since.ask(FIRST, "SELECT file_id FROM silver.work_record ORDER BY ALL")
    assert kept == [("corrected",), ("nothing_becomes_of_it",), ("organisation_ends",), ("withdrawn",)]
    assert since.sentence(THIRD).endswith("stays hidden: up to 1 records that were open then")
    assert since.sentence(LATER).endswith("stays hidden: no record that was open then"), "hidden by then"


def test_sample_records_in_two_parts_and_any_order(begun: Workspace, tmp_path: Path) -> None:
    """The objects of a generated quarter come on two days, shuffled: registries after what they are about, corrections before what they correct.

    Without work records: among those are some that become secret, and that nobody can know then any more.
    """
    plan = SamplePlan("24", dt.date(2025, 2, 3), dt.date(2025, 3, 31), seed=1, work_records=0, dossiers=300, ocop=40)
    generate(plan, tmp_path / "made", tmp_path / "truth")
    story = Story(begun.copy(tmp_path / "home"))
    objects = sorted(path for path in (tmp_path / "made").rglob("*") if path.is_file() and "work_records" not in path.parts)
    random.Random(1).shuffle(objects)  # noqa: S311 - a shuffle
    days = [dt.date(2025, 4, day) for day in (1, 2)]
    for number, day in enumerate(days):
        for path in objects[number :: len(days)]:
            target = story.workspace.home / "landing" / path.relative_to(tmp_path / "made")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
        story.run(day)
    assert len({len(story.rows[day]["silver/dossier"]) for day in days}) == len(days)
    for day in days:
        assert differing(story.known(day), story.stored(day)) == {}, day


def test_the_command_says_it_beside_rows_and_above_a_table(told: Story, capsys: pytest.CaptureFixture[str]) -> None:
    home, known = told.workspace.home, f"as known at the end of {FIRST} in Vietnam"
    code, output, errors = ntm(home, "report", "--province", "40", "--known-at", FIRST.isoformat(), "--format", "json")
    rows = [row for row in json.loads(output) if (row["indicator"], row["level"]) == (MEASURED, "province")]
    assert code == 0
    assert [(row["as_of"], row["numerator"], row["denominator"]) for row in rows] == [(FIRST.isoformat(), 3, 4)]
    assert errors.startswith(f"warning: {known}")
    code, output, errors = ntm(home, "sql", "--known-at", FIRST.isoformat(), "--format", "csv", "SELECT count(*) AS n FROM work_record")
    assert (code, output) == (0, "n\n5\n")
    assert errors.startswith(f"warning: {known}")
    print_targets(Report(told.judged[FIRST], [None] * len(told.judged[FIRST]), known=known))
    assert capsys.readouterr().out.startswith(f"{known}\n\n")
