"""Definitions are part of the state: sheets, indicators, plans and settings are added by files, changed, withdrawn, and gold follows."""

from __future__ import annotations

import datetime as dt
import random
from typing import TYPE_CHECKING

import pytest

from jobs.errors import RunFailedError, UsageError
from jobs.silver.pipeline import standardise
from tests.support.made_up import (
    AWARD,
    AWARDED_SQL,
    HAMLET,
    HAMLET_COLUMNS,
    PLAN,
    VISITED,
    VISITED_SQL,
    column,
    filled,
    land_awards,
    land_hamlets,
    land_visits,
    made_up_workspace,
    sheet,
)
from tests.support.workspace import Workspace, organisation, work_record

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from tests.support.definitions import Definitions

pytestmark = pytest.mark.default_engine


GOLD = ("gold/indicator_value", "gold/target_status")
MADE = (*(f"{layer}/{sheet}" for layer in ("bronze", "quarantine", "silver") for sheet in ("hamlet", "award", "visit")), *GOLD)
LATER = "2025-02-10T08:00:00+07:00"


@pytest.fixture(scope="module")
def loaded_once(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> Workspace:
    with made_up_workspace(tmp_path_factory.mktemp("loaded")) as workspace:
        land_hamlets(workspace, "1", {})
        land_awards(workspace, "1", {})
        workspace.load()
    return workspace


@pytest.fixture
def loaded(loaded_once: Workspace, definitions: Definitions, tmp_path: Path) -> Workspace:
    """A province with one commune that has a hamlet and an award."""
    return loaded_once.copy(tmp_path / "home")


def stock(workspace: Workspace, indicator: str) -> dict[dt.date, tuple[int, int | None]]:
    """By day the numerator and denominator of the province."""
    return {
        row["period_end"]: (row["numerator"], row["denominator"])
        for row in workspace.rows("gold/indicator_value")
        if row["indicator"] == indicator and row["unit_level"] == "province" and row["breakdown"] == "" and row["unit_code"] == "40"
    }


def assert_equals_rebuild(workspace: Workspace, *tables: str) -> None:
    """The tables are those of a workspace into which all landed objects come at once, under the definitions of now."""
    other = Workspace(workspace.home.parent / f"rebuilt-{workspace.loads}")
    (other.home / "pii.key").write_bytes((workspace.home / "pii.key").read_bytes())
    for file in sorted((workspace.home / "landing").rglob("*.csv")) + sorted((workspace.home / "landing").rglob("*.ndjson")):
        other.land(str(file.relative_to(workspace.home / "landing")), file.read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        # Its tables are compared and not released to anyone; looking through them is a third of a first load.
        patch.setattr("jobs.gold.pipeline.check_tables", lambda *_: [])
        other.load()
    rebuilt, existing = other.comparable(*tables), workspace.comparable(*tables)
    for table in tables:
        assert existing[table] == rebuilt[table], table


def test_sheets_an_indicator_over_two_of_them_and_a_plan_come_by_files_alone(loaded: Workspace) -> None:
    assert stock(loaded, "hamlets")[dt.date(2025, 6, 30)] == (1, None)
    numerator, denominator = stock(loaded, "communes_awarded")[dt.date(2025, 6, 30)]
    assert numerator == 1
    assert denominator == 362, "the rural communes of the province on that day"
    (status,) = [row for row in loaded.rows("gold/target_status") if row["plan_id"] == "made-up" and row["as_of"] == dt.date(2025, 6, 30)]
    assert (status["numerator"], status["denominator"], status["met"]) == (1, 362, False)


INSPECTION = sheet(
    "inspection",
    [
        column("hamlet_id", key=1),
        column("visited_on", "date", key=2),
        column("award_id", optional_field=True),
        filled("households", "long"),
        filled("valid_to", "date"),
    ],
    located=False,
    references=["silver.hamlet(hamlet_id)", "silver.award(award_id)"],
)


def land_inspections(workspace: Workspace, *rows: dict[str, str]) -> None:
    made = [{"hamlet_id": "T1", "updated_at": LATER, **row} for row in rows]
    workspace.land_sheet("registry/inspections/dt=2025-02-10/1.csv", "hamlet_id,visited_on,award_id,updated_at,deleted", made)


@pytest.mark.slow
def test_a_sheet_that_refers_to_two_others_and_an_indicator_over_it_come_by_files_alone(
    loaded: Workspace, definitions: Definitions
) -> None:
    definitions.write("tables/silver/inspection.yaml", INSPECTION)
    entry = VISITED | {"datasets": ["registry/inspections"], "fact_days": {"silver/inspection": ["visited_on"]}}
    definitions.add_indicator("inspections", entry, VISITED_SQL.replace("silver.visit", "silver.inspection"))
    land_awards(loaded, "2", {"award_id": "A2", "valid_to": "2026-01-31"})
    land_inspections(
        loaded,
        {"visited_on": "2025-02-03", "award_id": "A2"},
        {"visited_on": "2025-03-01"},
        {"visited_on": "2025-03-02", "award_id": "A9"},
        {"visited_on": "2025-03-03", "hamlet_id": "T9", "award_id": "A9"},
    )
    loaded.load()

    found = {row["visited_on"]: (row["unit_code"], row["households"], row["valid_to"]) for row in loaded.rows("silver/inspection")}
    assert found == {dt.date(2025, 2, 3): ("17386", 120, dt.date(2026, 1, 31)), dt.date(2025, 3, 1): ("17386", 120, None)}
    rejected = [sorted((one["code"], one["field"]) for one in row["errors"]) for row in loaded.rows("quarantine/inspection")]
    unknown = [("unknown_reference", name) for name in ("award_id", "hamlet_id")]
    assert sorted(rejected) == sorted([unknown[:1], unknown])
    flows = [row for row in loaded.rows("gold/indicator_value") if row["indicator"] == "inspections" and row["unit_code"] == "40"]
    months = {row["period_start"]: row["numerator"] for row in flows if row["period_type"] == "month"}
    assert (months[dt.date(2025, 2, 1)], months[dt.date(2025, 3, 1)]) == (120, 120)

    land_awards(loaded, "3", {"award_id": "A9", "updated_at": LATER})
    loaded.load()
    assert len(loaded.rows("silver/inspection")) == 3, "the row that waited for its award is there, and the one without a hamlet is not"


@pytest.mark.slow
def test_withdrawing_an_open_ended_recognition_leaves_no_month_behind(loaded: Workspace) -> None:
    assert {numerator for numerator, _ in stock(loaded, "communes_awarded").values()} == {0, 1}

    land_awards(loaded, "2", {"updated_at": LATER, "deleted": "true"})
    loaded.load()

    assert {numerator for numerator, _ in stock(loaded, "communes_awarded").values()} == {0}
    assert_equals_rebuild(loaded, *GOLD)


@pytest.mark.slow
def test_a_table_without_days_is_followed_too(loaded: Workspace) -> None:
    land_hamlets(loaded, "2", {"updated_at": LATER, "deleted": "true"})

    _, gold = loaded.load()

    assert gold.rows_changed
    assert {numerator for numerator, _ in stock(loaded, "hamlets").values()} == {0}
    assert {numerator for numerator, _ in stock(loaded, "communes_awarded").values()} == {0}


@pytest.mark.slow
def test_an_indicator_that_is_redefined_is_recomputed_for_all_days_and_nothing_else_is(loaded: Workspace, definitions: Definitions) -> None:
    def of(indicator: str) -> dict[str, tuple[int, str]]:
        rows = [row for row in loaded.rows("gold/indicator_value") if row["indicator"] == indicator]
        return {f"{row['unit_code']} {row['period_end']}": (row["numerator"], row["run_id"]) for row in rows}

    hamlets, awarded = of("hamlets"), of("communes_awarded")
    definitions.replace("indicators/hamlets.sql", "CAST(1 AS BIGINT) AS numerator", "CAST(10 AS BIGINT) AS numerator")

    summary, gold = loaded.load()

    assert not summary.changed
    assert gold.redefined == {"hamlets": len(hamlets)}
    assert {key: numerator for key, (numerator, _) in of("hamlets").items()} == {
        key: numerator * 10 for key, (numerator, _) in hamlets.items()
    }
    assert of("communes_awarded") == awarded
    assert_equals_rebuild(loaded, *GOLD)

    definitions.write("indicators/hamlets.sql", "-- Said in other words.\n" + (definitions.root / "indicators/hamlets.sql").read_text())
    assert loaded.load()[1].release is None, "a comment is no definition"


def test_an_indicator_without_its_sql_leaves_no_values_behind(loaded: Workspace, definitions: Definitions) -> None:
    definitions.remove("indicators/hamlets.sql")

    loaded.load()

    assert not stock(loaded, "hamlets")


@pytest.mark.slow
def test_a_plan_that_changes_is_judged_by_its_new_targets(loaded: Workspace, definitions: Definitions) -> None:
    definitions.replace("plans/made-up.yaml", "value: 1, unit: percent", "value: 0.1, unit: percent")

    summary, gold = loaded.load()

    assert (summary.changed, gold.redefined_plans, gold.redefined) == (False, ["made-up"], {})
    (status,) = [row for row in loaded.rows("gold/target_status") if row["plan_id"] == "made-up" and row["as_of"] == dt.date(2025, 6, 30)]
    assert status["met"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "numerator", "denominator"),
    [
        ("special_zones: excluded", "commune_population: all_communes", 1, 412),
        pytest.param("sentences:", "parameters:\n  communes_awarded: {hamlets_asked_for: 2}\nsentences:", 0, 362, marks=pytest.mark.slow),
    ],
)
def test_settings_and_populations_reach_the_sql(
    loaded: Workspace, definitions: Definitions, old: str, new: str, numerator: int, denominator: int
) -> None:
    for plan in (definitions.root / "plans").glob("nghe-an*.yaml"):
        plan.unlink()
    definitions.write("plans/made-up.yaml", PLAN.replace(old, new))

    _, gold = loaded.load()

    assert "communes_awarded" in gold.redefined
    assert stock(loaded, "communes_awarded")[dt.date(2025, 6, 30)] == (numerator, denominator)
    assert_equals_rebuild(loaded, *GOLD)


@pytest.mark.slow
def test_a_reading_of_the_plan_reaches_the_sql(loaded: Workspace, definitions: Definitions) -> None:
    land_awards(loaded, "2", {"updated_at": LATER, "valid_to": "2025-01-31"})
    loaded.load()
    assert stock(loaded, "communes_awarded")[dt.date(2025, 6, 30)][0] == 0

    definitions.write("plans/made-up.yaml", PLAN.replace("chosen: in_force", "chosen: ever"))
    loaded.load()

    assert stock(loaded, "communes_awarded")[dt.date(2025, 6, 30)][0] == 1


def test_two_plans_of_a_province_that_disagree_about_a_value_are_refused(loaded: Workspace, definitions: Definitions) -> None:
    definitions.write("plans/made-up.yaml", PLAN.replace("special_zones: excluded", "special_zones: included"))

    with pytest.raises(UsageError, match=r"set special_zones of \w+ to included and excluded"):
        loaded.load()


HAMLET_WITH_MORE = sheet(
    "hamlet",
    [
        column("hamlet_id", key=1),
        column("households", "long", limits={"minimum": 100, "maximum": 100_000}),
        column("leader_on", "date", optional_field=True),
    ],
    checks={"enough_households": "households >= 100"},
)


@pytest.mark.slow
def test_an_optional_column_a_tighter_limit_and_a_constraint_go_in_by_themselves(loaded: Workspace, definitions: Definitions) -> None:
    land_hamlets(loaded, "2", {"hamlet_id": "T2", "households": "30"})
    loaded.load()
    assert stock(loaded, "hamlets")[dt.date(2025, 6, 30)] == (2, None)

    definitions.write("tables/silver/hamlet.yaml", HAMLET_WITH_MORE)
    summary, _ = loaded.load()

    assert summary.redefined == {"silver/hamlet": 2}
    assert any("column leader_on added" in change for change in summary.schema_changes)
    assert stock(loaded, "hamlets")[dt.date(2025, 6, 30)] == (1, None)
    assert [row["errors"][0]["code"] for row in loaded.rows("quarantine/hamlet")] == ["out_of_range"]
    assert "enough_households" in loaded.warehouse.constraints("silver/hamlet")
    assert_equals_rebuild(loaded, *MADE)
    assert loaded.load()[0].changed is False


def without_visits(definitions: Definitions) -> None:
    """Take the sheet away that refers to hamlets: it could not follow what becomes of them."""
    definitions.remove("indicators/hamlet_visits.sql")
    definitions.remove("tables/silver/visit.yaml")


@pytest.mark.slow
def test_a_wider_type_and_a_renamed_label_go_in_by_themselves(definitions: Definitions, workspace: Workspace) -> None:
    without_visits(definitions)
    definitions.write("tables/silver/hamlet.yaml", HAMLET.replace("physicalType: long", "physicalType: integer"))
    land_hamlets(workspace, "1", {})
    workspace.load()
    assert [row["households"] for row in workspace.rows("silver/hamlet")] == [120]

    definitions.write("tables/silver/hamlet.yaml", HAMLET.replace("businessName: households", "businessName: Số hộ"))
    workspace.load()
    land_hamlets(workspace, "2", {"hamlet_id": "T2", "households": "99999"})
    workspace.load()

    assert sorted(row["households"] for row in workspace.rows("silver/hamlet")) == [120, 99999]
    assert {field.name: str(field.type) for field in workspace.warehouse.open("silver/hamlet").schema().fields}[
        "households"
    ] == 'PrimitiveType("long")'


@pytest.mark.slow
def test_a_key_that_is_spelt_otherwise_leaves_no_row_under_its_old_spelling(loaded: Workspace, definitions: Definitions) -> None:
    without_visits(definitions)
    land_hamlets(loaded, "2", {"hamlet_id": "7"})
    loaded.load()

    definitions.write("tables/silver/hamlet.yaml", sheet("hamlet", [column("hamlet_id", key=1, pad=3), *HAMLET_COLUMNS[1:]]))
    loaded.load()

    assert sorted(row["hamlet_id"] for row in loaded.rows("silver/hamlet")) == ["007", "T1"]


def test_what_cannot_be_done_in_place_is_refused_before_anything_is_written(loaded: Workspace, definitions: Definitions) -> None:
    without_visits(definitions)
    before = loaded.versions()
    other = sheet("hamlet", [column("hamlet_id", key=1), column("families", "long", limits={"minimum": 0, "maximum": 9})])
    definitions.write("tables/silver/hamlet.yaml", other)

    with pytest.raises(UsageError, match=r"silver/hamlet: .*column households is not in the contract any more.*`ntm rebuild hamlet`"):
        loaded.load()

    assert loaded.versions() == before


def test_what_passes_the_border_otherwise_is_refused_until_the_table_is_made_anew(loaded: Workspace, definitions: Definitions) -> None:
    without_visits(definitions)
    key = column("hamlet_id", key=1, parse="token", handling="token")
    definitions.write("tables/silver/hamlet.yaml", sheet("hamlet", [key, *HAMLET_COLUMNS[1:]]))

    with pytest.raises(UsageError, match=r"how hamlet_id passes the border.*`ntm rebuild hamlet`"):
        loaded.load()


@pytest.mark.slow
def test_a_field_that_passes_only_now_is_read_again_where_it_was_sent(definitions: Definitions, workspace: Workspace) -> None:
    workspace.land_organisations()
    workspace.land_records("eoffice/work_records/dt=2025-02-20/a.ndjson", [work_record("a", SentBy="văn thư")])
    workspace.land_records("eoffice/work_records/dt=2025-02-20/b.ndjson", [work_record("b")])
    workspace.load()
    definitions.replace(
        "tables/silver/work_record.yaml",
        "      - name: status\n",
        "      - name: sent_by\n        businessName: Người gửi\n        logicalType: string\n        physicalType: string\n        description: Who sent it.\n"
        "        customProperties:\n          - {property: source, value: SentBy}\n          - {property: parse, value: text}\n      - name: status\n",
    )

    workspace.load()

    assert {row["file_id"]: row["sent_by"] for row in workspace.rows("silver/work_record")} == {"a": "văn thư", "b": None}
    assert_equals_rebuild(workspace, "bronze/work_record", "silver/work_record", *GOLD)


def test_constraints_that_rows_do_not_keep_release_nothing(loaded: Workspace, definitions: Definitions) -> None:
    definitions.write("tables/silver/hamlet.yaml", sheet("hamlet", HAMLET_COLUMNS, checks={"many": "households > 1000"}))

    with pytest.raises(RunFailedError, match="existing rows do not keep the constraint many: households > 1000"):
        loaded.load()


AWARD_FILE = "tables/silver/award.yaml"
EDITS = ("hamlet", "hamlet_gone", "award", "award_gone", "visit", "visit_gone", "organisation")
REDEFINITIONS = ("sql", "setting", "column", "sheet_away", "rebuilt", "killed")


def edit(workspace: Workspace, definitions: Definitions, kind: str, number: int, chance: random.Random) -> None:
    """One edit of rows."""
    stamp = f"2025-03-{number + 1:02d}T08:00:00+07:00"
    hamlet, award = f"T{chance.randint(1, 3)}", f"A{chance.randint(1, 3)}"
    if kind.startswith("hamlet"):
        row = {
            "hamlet_id": hamlet,
            "households": str(chance.randint(1, 300)),
            "updated_at": stamp,
            "deleted": "true" if kind == "hamlet_gone" else "",
        }
        land_hamlets(workspace, f"e{number}", {**row, "commune_code": chance.choice(["17386", "16681"])})
    elif kind.startswith("award"):
        start = dt.date(chance.randint(2019, 2025), chance.randint(1, 12), 1)
        end = chance.choice(["", (start + dt.timedelta(chance.randint(0, 1500))).isoformat()])
        row = {"award_id": award, "valid_from": start.isoformat(), "valid_to": end, "updated_at": stamp}
        land_awards(workspace, f"e{number}", {**row, "deleted": "true" if kind == "award_gone" else ""})
    elif kind.startswith("visit"):
        row = {"hamlet_id": hamlet, "visited_on": f"2025-{chance.randint(1, 6):02d}-03", "updated_at": stamp}
        land_visits(workspace, f"e{number}", {**row, "deleted": "true" if kind == "visit_gone" else ""})
    else:
        workspace.land_organisations(organisation({"organ_id": "H41.9", "level": "commune", "unit_code": "17386"}), name=f"e{number}.csv")


def redefine(workspace: Workspace, definitions: Definitions, kind: str, number: int, chance: random.Random) -> None:
    """One edit of definitions, or something that happens to a load."""
    if kind == "sql":
        text = (definitions.root / "indicators/hamlets.sql").read_text()
        definitions.write("indicators/hamlets.sql", text.replace("AS breakdown, CAST(", f"AS breakdown, {number + 2} * CAST("))
    elif kind == "setting":
        definitions.write("plans/made-up.yaml", PLAN.replace("chosen: in_force", f"chosen: {chance.choice(['in_force', 'ever'])}"))
    elif kind == "column":
        least = chance.randint(0, 200)
        definitions.write("tables/silver/hamlet.yaml", HAMLET.replace("minimum: 0", f"minimum: {least}"))
    elif kind == "sheet_away":
        # The indicator over it goes too, and both come back with the next edit of the kind.
        for path, text in {AWARD_FILE: AWARD, "indicators/communes_awarded.sql": AWARDED_SQL}.items():
            if (definitions.root / path).exists():
                definitions.remove(path)
            else:
                definitions.write(path, text)
    elif kind == "rebuilt":
        standardise(workspace.context(), {f"silver/{chance.choice(['hamlet', 'visit'])}"})
    elif kind == "killed":
        # Between the two steps; what it loaded has its checkpoint.
        standardise(workspace.context())


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_after_any_edits_of_rows_and_definitions_gold_equals_a_rebuild(loaded: Workspace, definitions: Definitions, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    # Each load is compared with a rebuild: the others, which take longer, go further.
    for number in range(2 if seed == 1 else 4):
        for _ in range(2):
            kind = chance.choice(EDITS + REDEFINITIONS)
            (edit if kind in EDITS else redefine)(loaded, definitions, kind, number * 2 + _, chance)
        loaded.load()
        there = (definitions.root / AWARD_FILE).exists()
        assert_equals_rebuild(loaded, *(table for table in MADE if there or not table.endswith("award")))
