"""A sheet that refers to another: its rows take that one's columns, wait in quarantine for a row that is not there, and follow what changes there."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
import yaml

from expectations.row_rules import broken_rules, unknown_reference
from jobs import steps
from jobs.ops.held import decide
from jobs.ops.ledger import State
from jobs.publish import dictionary
from jobs.settings import get_settings
from jobs.silver.definition import standardisation
from jobs.silver.judge import by_what_they_read
from tests.support.definitions import Definitions
from tests.support.made_up import (
    HAMLET,
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
from tests.support.workspace import Workspace, organisation
from warehouse_schema.contracts import ContractError, SheetReference, load_contracts

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.default_engine, pytest.mark.slow]

LATER = "2025-02-10T08:00:00+07:00"


@pytest.fixture(scope="module")
def loaded_once(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> Workspace:
    with made_up_workspace(tmp_path_factory.mktemp("loaded")) as workspace:
        land_hamlets(workspace, "1", {})
        land_visits(workspace, "1", {}, {"hamlet_id": " T2"}, {"hamlet_id": "T1", "visited_on": "2025-03-01"})
        workspace.load()
    return workspace


@pytest.fixture
def loaded(loaded_once: Workspace, definitions: Definitions, tmp_path: Path) -> Workspace:
    """A hamlet with a visit, and a visit of a hamlet that nobody knows."""
    return loaded_once.copy(tmp_path / "home")


def visits(workspace: Workspace) -> dict[tuple[str, str], tuple[str, int]]:
    """By hamlet and day the unit and the households that the hamlet's row gave."""
    rows = workspace.rows("silver/visit")
    return {(row["hamlet_id"], row["visited_on"].isoformat()): (row["unit_code"], row["households"]) for row in rows}


def rejected(workspace: Workspace) -> list[tuple[str, str]]:
    return [(dict(row["fields"])["hamlet_id"].strip(), row["errors"][0]["code"]) for row in workspace.rows("quarantine/visit")]


def test_rows_take_the_columns_of_the_other_sheet_and_those_without_a_row_there_are_rejected(loaded: Workspace) -> None:
    assert visits(loaded) == {("T1", "2025-02-03"): ("17386", 120), ("T1", "2025-03-01"): ("17386", 120)}
    (row,) = loaded.rows("quarantine/visit")
    assert row["errors"] == [
        {
            "code": "unknown_reference",
            "field": "hamlet_id",
            "message": "hamlet_id: expected a row of silver.hamlet that is there and not deleted",
            "rule": "hamlet_id.unknown_reference",
        }
    ]


def test_rows_are_revalidated_when_the_other_sheet_changes_and_only_they(loaded: Workspace) -> None:
    before = {row["visited_on"]: row["run_id"] for row in loaded.rows("silver/visit")}
    land_hamlets(loaded, "2", {"hamlet_id": "T2", "households": "40", "commune_code": "16681"})

    summary, _ = loaded.load()

    assert summary.revalidated == 1
    assert visits(loaded)["T2", "2025-02-03"] == ("16681", 40)
    assert rejected(loaded) == []
    assert {row["visited_on"]: row["run_id"] for row in loaded.rows("silver/visit") if row["hamlet_id"] == "T1"} == before
    entry = loaded.ledger()["registry/visits/dt=2025-01-10/1.csv"]
    assert (entry.rows_accepted, entry.rows_rejected) == (3, 0)

    land_hamlets(loaded, "3", {"hamlet_id": "T1", "households": "7", "updated_at": LATER})
    summary, gold = loaded.load()

    assert summary.revalidated == 2
    assert visits(loaded)["T1", "2025-03-01"] == ("17386", 7)
    assert gold.rows_changed
    assert loaded.values("hamlet_visits", "month", period_start=dt.date(2025, 3, 1))["village", "40"] == (7, None)


def test_a_row_whose_other_row_is_deleted_is_rejected_until_it_is_back(loaded: Workspace) -> None:
    land_hamlets(loaded, "2", {"deleted": "true", "updated_at": LATER})
    loaded.load()

    assert visits(loaded) == {}
    assert sorted(rejected(loaded)) == [("T1", "unknown_reference"), ("T1", "unknown_reference"), ("T2", "unknown_reference")]

    land_hamlets(loaded, "3", {"updated_at": "2025-02-11T08:00:00+07:00"})
    loaded.load()

    assert len(visits(loaded)) == 2


def test_a_rule_of_the_row_may_read_what_the_other_sheet_gives(definitions: Definitions, workspace: Workspace) -> None:
    rule = {
        "name": "more_than_there_are",
        "type": "sql",
        "description": "expected no more households than the hamlet has",
        "query": "SELECT count(*) FROM ${object} WHERE NOT (met <= households)",
        "mustBe": 0,
        "customProperties": [{"property": "scope", "value": "row"}, {"property": "field", "value": "met"}],
    }
    own = [column("hamlet_id", key=1), column("visited_on", "date", key=2), filled("households", "long")]
    met = column("met", "long", limits={"minimum": 0, "maximum": 1000})
    contract = yaml.safe_load(sheet("visit", [*own, met], located=False, references=["silver.hamlet(hamlet_id)"]))
    contract["schema"][0]["quality"] = [rule]
    definitions.write("tables/silver/visit.yaml", yaml.safe_dump(contract, allow_unicode=True, sort_keys=False))
    land_hamlets(workspace, "1", {})
    visit = {"hamlet_id": "T1", "visited_on": "2025-02-03", "met": "100", "updated_at": LATER}
    visits_landed = [visit, {**visit, "visited_on": "2025-02-04", "met": "121"}]
    workspace.land_sheet("registry/visits/dt=2025-01-10/1.csv", "hamlet_id,visited_on,met,updated_at,deleted", visits_landed)
    workspace.load()
    assert list(visits(workspace)) == [("T1", "2025-02-03")]
    assert rejected(workspace) == [("T1", "more_than_there_are")]

    land_hamlets(workspace, "2", {"households": "300", "updated_at": LATER})
    workspace.load()

    assert len(visits(workspace)) == 2
    assert rejected(workspace) == []


@pytest.mark.slow
def test_a_sheet_may_refer_to_two_rows_of_another(definitions: Definitions, workspace: Workspace) -> None:
    ends = [column("from_id"), column("to_id")]
    walk = sheet("walk", [column("walk_id", key=1), *ends], references=["silver.hamlet(from_id)", "silver.hamlet(to_id)"])
    definitions.write("tables/silver/walk.yaml", walk)
    row = {"walk_id": "W1", "from_id": "T2", "to_id": "T1", "commune_code": "17386", "updated_at": LATER}
    workspace.land_sheet("registry/walks/dt=2025-01-10/1.csv", "walk_id,from_id,to_id,commune_code,updated_at,deleted", [row])
    land_hamlets(workspace, "1", {})
    workspace.load()
    assert [one["errors"][0]["rule"] for one in workspace.rows("quarantine/walk")] == ["from_id.unknown_reference"]

    land_hamlets(workspace, "2", {"hamlet_id": "T2"})
    workspace.load()
    assert len(workspace.rows("silver/walk")) == 1

    land_hamlets(workspace, "3", {"hamlet_id": "T1", "deleted": "true", "updated_at": LATER})
    workspace.load()
    assert [one["errors"][0]["rule"] for one in workspace.rows("quarantine/walk")] == ["to_id.unknown_reference"]


def test_what_the_references_rest_on_is_part_of_the_definition(definitions: Definitions) -> None:
    def standardised() -> str:
        return standardisation(load_contracts()["silver/visit"])

    before = standardised()
    definitions.write(
        "tables/silver/hamlet.yaml",
        HAMLET.replace("property: withdrawn\n    value: withdrawn", "property: statistics\n    value: [updated_at]"),
    )
    assert load_contracts()["silver/hamlet"].withdrawn is None
    assert standardised() != before


def test_rules_over_what_a_reference_gives_are_kept_from_the_engine(definitions: Definitions) -> None:
    name = column("name", limits={"maxLength": 5}, required_when="households > 100")
    own = [column("hamlet_id", key=1), column("visited_on", "date", key=2), filled("households", "long"), name]
    definitions.write("tables/silver/visit.yaml", sheet("visit", own, located=False, references=["silver.hamlet(hamlet_id)"]))
    contract = load_contracts()["silver/visit"]

    by_engine, late = by_what_they_read(contract)

    others = {f"name.{code}" for code in ("missing_value", "spreadsheet_error", "scientific_notation", "foreign_letter", "too_long")}
    assert {check.rule for chain in late for check in chain} == others
    assert "households" not in broken_rules(check for chain in by_engine for check in chain)


def test_the_data_dictionary_says_what_a_sheet_refers_to(definitions: Definitions, monkeypatch: pytest.MonkeyPatch) -> None:
    # Pages name their sources from the root of the project, where these are not.
    monkeypatch.setattr(dictionary, "_source", lambda path: path.name)
    gives = "`households`, `unit_code`, `unit_valid_from`, `province_code`"
    assert any(f"| refers to | `silver.hamlet` by `hamlet_id`, which gives {gives} |" in page for page in dictionary.render().values())


def test_rules_of_references_by_several_columns_have_names_of_their_own() -> None:
    first, second = (SheetReference("silver/area", ("province_code", name)) for name in ("a_id", "b_id"))
    assert unknown_reference(first) != unknown_reference(second)


@pytest.mark.slow
def test_a_change_that_the_rows_do_not_take_leaves_them_alone(loaded: Workspace) -> None:
    land_hamlets(loaded, "2", {"updated_at": LATER})

    summary, _ = loaded.load()

    assert summary.revalidated == 0


def test_the_sheet_waits_while_the_other_one_is_held(loaded: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NTM_HOLD_MIN_ROWS", "1")
    loaded.settings = loaded.settings.model_copy(update={"hold_min_rows": 1})
    land_hamlets(loaded, "2", *({"hamlet_id": f"X{number}", "households": "-1"} for number in range(5)))
    land_visits(loaded, "2", {"visited_on": "2025-04-01"})

    summary, _ = loaded.load()

    assert [finding.table for finding in summary.waiting] == ["silver/visit"]
    assert ("T1", "2025-04-01") not in visits(loaded)
    assert loaded.ledger()["registry/hamlets/dt=2025-01-10/2.csv"].state == State.HELD


@pytest.mark.slow
def test_the_sheet_waits_while_the_other_one_waits_itself(loaded: Workspace) -> None:
    loaded.settings = loaded.settings.model_copy(update={"hold_min_rows": 1})
    # The hamlets are read together with the awards, and the visits refer to the hamlets.
    land_awards(loaded, "1", *({"award_id": f"A{number}", "valid_from": "?"} for number in range(5)))
    land_hamlets(loaded, "2", {"hamlet_id": "T3", "households": "40"})
    land_visits(loaded, "2", {"hamlet_id": "T3", "visited_on": "2025-04-01"})

    summary, _ = loaded.load()

    assert [one["table"] for one in summary.held] == ["silver/award"]
    assert [finding.table for finding in summary.waiting] == ["silver/hamlet", "silver/visit"]
    assert rejected(loaded) == [("T2", "unknown_reference")], "the visit was not judged without its hamlet"

    assert decide(loaded.warehouse, "award", approve=False) == 1
    loaded.load()
    assert visits(loaded)["T3", "2025-04-01"] == ("17386", 40)


def test_what_is_merged_before_the_sheet_is_held_that_is_read_with_it_is_named(loaded: Workspace, definitions: Definitions) -> None:
    sql = VISITED_SQL.replace(
        "WHERE NOT v.withdrawn", "WHERE NOT v.withdrawn AND v.hamlet_id IN (SELECT h.hamlet_id FROM silver.hamlet AS h)"
    )
    definitions.add_indicator("known_visits", {**VISITED, "label_en": "Visits of known hamlets"}, sql)
    loaded.settings = loaded.settings.model_copy(update={"hold_min_rows": 1})
    land_hamlets(loaded, "2", {"households": "7", "updated_at": LATER})
    land_visits(loaded, "2", *({"hamlet_id": f"X{number}"} for number in range(5)))

    summary, _ = loaded.load()

    assert [one["table"] for one in summary.held] == ["silver/visit"]
    assert [one.table for one in summary.warnings if one.expectation == "one_sided"] == ["silver/hamlet"]


@pytest.mark.slow
def test_a_rebuild_of_the_other_sheet_brings_the_rows_along(loaded: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NTM_HOME", str(loaded.home))
    get_settings.cache_clear()
    before = loaded.comparable("silver/visit", "quarantine/visit", "silver/hamlet")

    outcome = steps.rebuild(["hamlet"])

    assert [one for one in outcome["differences"] if one["gone"] or one["new"]] == []
    assert loaded.comparable("silver/visit", "quarantine/visit", "silver/hamlet") == before
    get_settings.cache_clear()


@pytest.mark.slow
def test_what_changes_while_the_rows_cannot_be_judged_is_followed_later(definitions: Definitions, workspace: Workspace) -> None:
    """Rows that belong to an organisation are not judged while the registry is held; the other sheet can change meanwhile."""
    organ = column("organ_code", required=True, source="organ_id", parse="organ_code")
    placed = {
        "organisation": {"code": "organ_code", "field": "organ_id", "day": "visited_on", "valid_when": "true"},
        "references": ["silver.hamlet(hamlet_id)"],
        "include": ["placement", "technical"],
    }
    own = [column("hamlet_id", key=1), column("visited_on", "date", key=2), filled("households", "long"), organ]
    definitions.write("tables/silver/visit.yaml", sheet("visit", own, located=False, **placed))
    workspace.settings = workspace.settings.model_copy(update={"hold_min_rows": 1})
    workspace.land_organisations()
    land_hamlets(workspace, "1", {})
    visit = {"hamlet_id": "T1", "visited_on": "2025-02-03", "organ_id": "H41.1", "updated_at": LATER}
    workspace.land_sheet("registry/visits/dt=2025-01-10/1.csv", "hamlet_id,visited_on,organ_id,updated_at,deleted", [visit])
    workspace.load()
    assert visits(workspace) == {("T1", "2025-02-03"): ("40", 120)}

    workspace.land_organisations(organisation({"organ_id": "H41.9", "level": "none", "unit_code": "40"}), name="held.csv")
    land_hamlets(workspace, "2", {"households": "7", "updated_at": LATER})
    summary, _ = workspace.load()
    assert ("silver/visit", "the registry of organisations is held") in [(one.table, one.message) for one in summary.waiting]
    assert visits(workspace) == {("T1", "2025-02-03"): ("40", 120)}

    decide(workspace.warehouse, "organisation", approve=False)
    summary, _ = workspace.load()

    assert visits(workspace) == {("T1", "2025-02-03"): ("40", 7)}
    assert summary.redefined == {}, "no definition changed"
    assert workspace.load()[1].release is None


@pytest.mark.parametrize(
    ("words", "columns", "expected"),
    [
        ({"references": ["silver.hamlett(hamlet_id)"]}, (), r"visit.yaml:\d+: references: .*no landed object feeds silver.hamlett; did you mean"),
        ({"references": ["silver.hamlet(hamlet_id, hamlet_id)"]}, (), r"the key of silver.hamlet is hamlet_id"),
        ({"references": ["silver.hamlet(hamlet)"]}, (), r"'hamlet' is not a stored column that is read from a landed field"),
        ({"references": ["silver.hamlet(visited_on)"]}, (), r"visited_on is read as 'date'; expected 'code'"),
        ({"references": ["silver.visit(hamlet_id)"]}, (), r"a sheet does not refer to itself"),
        ({"references": ["hamlet_id"]}, (), r"references"),
        ({}, (filled("leader", "string"),), r"leader: nobody fills it"),
    ],
)  # fmt: skip
def test_a_reference_that_a_run_could_not_follow_is_refused_by_file_and_line(
    definitions: Definitions, words: dict[str, list[str]], columns: tuple[dict[str, object], ...], expected: str
) -> None:
    own = [column("hamlet_id", key=1), column("visited_on", "date", key=2), filled("households", "long"), *columns]
    definitions.write(
        "tables/silver/visit.yaml", sheet("visit", own, located=False, **{"references": ["silver.hamlet(hamlet_id)"], **words})
    )

    with pytest.raises(ContractError, match=expected):
        load_contracts()


def test_sheets_that_refer_to_each_other_are_refused(definitions: Definitions) -> None:
    one, other = column("one_id", key=1), column("other_id", key=1)
    definitions.write("tables/silver/one.yaml", sheet("one", [one, column("other_id")], references=["silver.other(other_id)"]))
    definitions.write("tables/silver/other.yaml", sheet("other", [other, column("one_id")], references=["silver.one(one_id)"]))

    with pytest.raises(ContractError, match="references: a circle, silver/one -> silver/other -> silver/one"):
        load_contracts()
