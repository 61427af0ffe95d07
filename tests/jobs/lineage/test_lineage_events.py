"""What events say of a job that ran, and what none of them says."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from openlineage.client.serde import Serde

from jobs.lineage.events import ParentRun, Places, Ran, address, events_of, inputs_of, outputs_of, run_uuid, source_dataset
from jobs.lineage.pipeline import Job, border_jobs, indicator_jobs, other_gold_jobs, reference_jobs, standardise_jobs
from jobs.lineage.steps_told import jobs_ran
from warehouse_schema.contracts import all_tables, landed_contracts, load_contracts
from warehouse_schema.lineage import Lineage

PLACES = Places("s3://warehouse/ntm", "file:///srv/landing")
STARTED = datetime(2025, 6, 30, 1, tzinfo=UTC)
COUNTED = {"read": 10, "accepted": 8, "rejected": 2, "duplicate": 0, "withheld": 0}


def told(**more: Any) -> list[dict[str, Any]]:
    ran = Ran("ntm.standardise.village", "run-1", STARTED, STARTED + timedelta(seconds=2), **more)
    return [Serde.to_dict(event) for event in events_of(PLACES, ran)]


def test_a_run_begins_and_ends_under_one_id_that_follows_from_the_run() -> None:
    start, end = told()
    assert [start["eventType"], end["eventType"]] == ["START", "COMPLETE"]
    assert (start["eventTime"], end["eventTime"]) == ("2025-06-30T01:00:00+00:00", "2025-06-30T01:00:02+00:00")
    assert start["run"]["runId"] == end["run"]["runId"] == run_uuid(PLACES, "ntm.standardise.village", "run-1")
    assert start["job"]["namespace"] == "s3://warehouse/ntm"
    others = [
        (PLACES, "ntm.standardise.village", "run-2"),
        (PLACES, "ntm.x", "run-1"),
        (Places("s3://b", ""), "ntm.standardise.village", "run-1"),
    ]
    assert len({start["run"]["runId"], *(run_uuid(*other) for other in others)}) == 4


def test_a_run_names_the_step_and_the_dag_run_that_it_is_part_of() -> None:
    step, dag = ParentRun("ntm.standardise", "run-1"), ParentRun("ntm.dag.standardise", "scheduled__1")
    parent = told(parents=(step, dag))[1]["run"]["facets"]["parent"]
    assert parent["job"]["name"] == "ntm.standardise"
    assert parent["run"]["runId"] == run_uuid(PLACES, *step)
    assert (parent["root"]["job"]["name"], parent["root"]["run"]["runId"]) == ("ntm.dag.standardise", run_uuid(PLACES, *dag))
    assert "parent" not in told()[0]["run"]["facets"]


def test_a_failure_is_its_kind_alone() -> None:
    end = told(state="FAIL", failure="RunFailedError")[1]
    assert end["eventType"] == "FAIL"
    assert end["run"]["facets"]["errorMessage"]["message"] == "RunFailedError"
    assert "stackTrace" not in end["run"]["facets"]["errorMessage"]


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("s3a://bucket/prefix/", "s3://bucket/prefix"),
        ("file:///srv/ntm/var/warehouse", "file:///srv/ntm/var/warehouse"),
        ("https://user:secret@eoffice.example.vn:8443/base/?token=secret#x", "https://eoffice.example.vn:8443/base"),
    ],
)
def test_an_address_has_no_user_and_no_key(url: str, plain: str) -> None:
    assert address(url) == plain


def test_a_source_is_named_by_its_host_and_path() -> None:
    found = source_dataset("https://user:secret@eoffice.example.vn/base/api/v1/work-records")
    assert (found.namespace, found.name) == ("https://eoffice.example.vn", "base/api/v1/work-records")


def test_a_table_is_told_with_its_columns_version_place_and_what_it_is_made_of() -> None:
    job = standardise_jobs()["eoffice/work_records"]
    silver, quarantine = map(Serde.to_dict, outputs_of(PLACES, job, {"silver/work_record": 7}, {"quarantine/work_record": 2}))
    assert (silver["namespace"], silver["name"]) == ("s3://warehouse/ntm", "silver/work_record")
    assert silver["facets"]["version"]["datasetVersion"] == "7"
    assert silver["outputFacets"] == {}
    fields = {one["name"]: (one["type"], one["description"]) for one in silver["facets"]["schema"]["fields"]}
    assert fields["closed_on"] == ("date", "Vietnam's date of closing: a record belongs to the period of this day.")
    (place,) = silver["facets"]["symlinks"]["identifiers"]
    assert (place["namespace"], place["name"]) == ("s3://warehouse", "ntm/silver/work_record")
    (origin,) = silver["facets"]["columnLineage"]["fields"]["status"]["inputFields"]
    assert (origin["namespace"], origin["name"], origin["field"]) == ("s3://warehouse/ntm", "bronze/work_record", "Status")
    assert (origin["transformations"][0]["type"], origin["transformations"][0]["subtype"]) == ("DIRECT", "TRANSFORMATION")
    assert quarantine["outputFacets"]["outputStatistics"]["rowCount"] == 2
    assert "version" not in quarantine["facets"]


def test_a_token_is_told_as_masked() -> None:
    (bronze,) = map(Serde.to_dict, outputs_of(PLACES, border_jobs()["portal/dossiers"], {}, {}))
    masking = {
        name: origin["transformations"][0]["masking"]
        for name, of in bronze["facets"]["columnLineage"]["fields"].items()
        for origin in of["inputFields"]
    }
    assert {name for name, is_masked in masking.items() if is_masked} == {"ChuHoSo", "SoGiayToChuHoSo", "MaDoiTuong", "NguoiXuLy"}


def test_what_landed_is_told_with_the_fields_that_the_contract_reads_and_how_many_rows_were_read() -> None:
    (landed,) = map(Serde.to_dict, inputs_of(PLACES, border_jobs()["portal/dossiers"], {}, {"landing/portal/dossiers": 5}))
    assert (landed["namespace"], landed["name"]) == ("file:///srv/landing", "portal/dossiers")
    assert landed["inputFacets"]["inputStatistics"]["rowCount"] == 5
    assert [one["name"] for one in landed["facets"]["schema"]["fields"]] == [
        one.source for one in load_contracts()["silver/dossier"].landed
    ]


def all_jobs() -> list[Job]:
    made = [*border_jobs().values(), *standardise_jobs().values(), *reference_jobs(), *indicator_jobs().values(), *other_gold_jobs()]
    return list(made)


def test_each_table_but_those_of_bookkeeping_has_a_job_that_makes_it_and_no_two_jobs_have_one_name() -> None:
    jobs = all_jobs()
    made = [table for job in jobs for table in job.outputs]
    assert set(made) == {contract.name for contract in all_tables() if contract.layer != "ops"}
    assert len({job.name for job in jobs}) == len(jobs)
    # Only the values of indicators are made by several jobs.
    assert len(made) - len(set(made)) == len(indicator_jobs()) - 1


def test_names_are_stable() -> None:
    names = {job.name for job in all_jobs()}
    assert {
        "ntm.border.work_record",
        "ntm.standardise.work_record",
        "ntm.standardise.administrative_unit",
        "ntm.standardise.code_list",
        "ntm.standardise.organisation_period",
        "ntm.indicators.work_records_online",
        "ntm.indicators.target_status",
        "ntm.indicators.flag",
        "ntm.indicators.managed_object",
    } <= names
    assert {f"ntm.border.{contract.table}" for contract in landed_contracts()} <= names


def loaded(**more: Any) -> dict[str, Any]:
    return {"datasets": {"eoffice/work_records": COUNTED}, "held": [], **more}


def test_a_load_is_the_border_and_the_standardisation_of_what_it_read() -> None:
    written = {"bronze/work_record", "silver/work_record", "silver/village"}
    found = jobs_ran("standardise", loaded(), written)
    assert [(one.job.name, one.state, one.rows) for one in found] == [
        ("ntm.border.work_record", "COMPLETE", {"landing/eoffice/work_records": 10}),
        ("ntm.standardise.work_record", "COMPLETE", {"quarantine/work_record": 2}),
    ], "a table that got a constraint alone was not loaded"


def test_rows_that_are_judged_again_passed_the_border_before() -> None:
    found = jobs_ran("standardise", {"datasets": {"registry/villages": COUNTED | {"read": 0}}, "held": []}, {"silver/village"})
    assert [one.job.name for one in found] == ["ntm.standardise.village"]


def test_a_batch_that_is_held_made_nothing() -> None:
    held = [{"table": "silver/work_record"}]
    assert {one.state for one in jobs_ran("standardise", loaded(held=held), set())} == {"ABORT"}
    # What a person let through was loaded beside it.
    assert {one.state for one in jobs_ran("standardise", loaded(held=held), {"bronze/work_record"})} == {"COMPLETE"}


def test_the_figures_of_a_step_are_the_indicators_that_it_computed_and_what_changed_beside_them() -> None:
    result = {"rows_by_indicator": {"work_records_online": 9, "dossiers_on_time": 0}, "objects_changed": 3}
    found = jobs_ran("indicators", result, {"silver/managed_object", "gold/target_status", "ops/release"})
    assert {one.job.name: one.rows for one in found} == {
        "ntm.indicators.work_records_online": {"gold/indicator_value": 9},
        "ntm.indicators.dossiers_on_time": {"gold/indicator_value": 0},
        "ntm.indicators.managed_object": {"silver/managed_object": 3},
        "ntm.indicators.target_status": {},
    }


def test_a_rebuild_is_both() -> None:
    result = {"standardise": loaded(), "indicators": {"rows_by_indicator": {"dossiers_on_time": 1}, "objects_changed": 0}}
    names = [one.job.name for one in jobs_ran("rebuild", result, {"bronze/work_record"})]
    assert names == ["ntm.border.work_record", "ntm.standardise.work_record", "ntm.indicators.dossiers_on_time"]


def test_lineage_that_nobody_knows_is_left_out() -> None:
    (made,) = map(Serde.to_dict, outputs_of(PLACES, Job("ntm.x", (), {"silver/village": Lineage}), {}, {}))
    assert "columnLineage" not in made["facets"]


def test_where_it_is_off_nothing_is_imported(tmp_path: Any) -> None:
    code = (
        "import sys; from jobs.lineage.telling import told_to_lineage\n"
        "with told_to_lineage('standardise') as told: told.begins(None); told.ends({})\n"
        "print(sorted(name for name in sys.modules if name.startswith(('openlineage', 'requests', 'sqlglot', 'jobs.lineage.'))))"
    )
    done = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-c", code], env={"NTM_HOME": str(tmp_path)}, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['jobs.lineage.telling']"
