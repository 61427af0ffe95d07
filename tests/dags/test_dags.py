"""The DAGs as Airflow reads them, in an interpreter of their own: no Spark, no JVM, no step is imported."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jobs.runtime.airflow import INGEST_DAGS, RUN_DAGS, WRITER_POOL

ROOT = Path(__file__).resolve().parents[2]
DAGS_FOLDER = ROOT / "dags"

DESCRIBE = """
import json, sys
from airflow.dag_processing.dagbag import DagBag

before = set(sys.modules)
bag = DagBag(sys.argv[1], safe_mode=True)
after = set(sys.modules) - before


def schedule(timetable):
    if timetable.asset_condition is None:
        return [timetable.expression, timetable.timezone]
    condition = timetable.asset_condition
    return [type(condition).__name__, *sorted(asset.name for asset in condition.objects)]


def describe_task(task):
    return {
        "owner": task.owner,
        "pool": task.pool,
        "retries": task.retries,
        "backoff": task.retry_exponential_backoff,
        "delays": [task.retry_delay.total_seconds(), task.max_retry_delay.total_seconds()],
        "timeout": task.execution_timeout.total_seconds(),
        "outlets": [outlet.name for outlet in task.outlets],
        "trigger_rule": str(task.trigger_rule.value),
        "upstream": sorted(task.upstream_task_ids),
    }


dags = {
    dag.dag_id: {
        "file": dag.fileloc,
        "tags": sorted(dag.tags),
        "doc_md": dag.doc_md,
        "description": dag.description,
        "schedule": schedule(dag.timetable),
        "start_date": dag.start_date.isoformat(),
        "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs,
        "params": {name: [dag.params[name], dag.params.get_param(name).schema] for name in dag.params},
        "tasks": {task.task_id: describe_task(task) for task in dag.tasks},
    }
    for dag in bag.dags.values()
}
found = {"errors": bag.import_errors, "dags": dags, "imported": sorted(after), "all": sorted(sys.modules)}
print("\\n" + json.dumps(found))
"""

HEAVY = {"pyspark", "delta", "deltalake", "duckdb", "great_expectations", "openpyxl", "boto3", "numpy"}
SOURCES = ("eoffice", "portal", "ocop", "registry")


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a fresh interpreter finds in `dags/`."""
    home = tmp_path_factory.mktemp("airflow")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    environment |= {"AIRFLOW_HOME": str(home), "AIRFLOW__CORE__LOAD_EXAMPLES": "False", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(  # noqa: S603 - this interpreter and a fixed script
        [sys.executable, "-c", DESCRIBE, str(DAGS_FOLDER)],
        env=environment,
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    described: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return described


@pytest.fixture(scope="module")
def dags(bag: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = bag["dags"]
    return found


def test_exactly_these_dags_and_no_import_error(bag: dict[str, Any]) -> None:
    assert bag["errors"] == {}
    assert set(bag["dags"]) == {*RUN_DAGS, "maintenance"}
    assert (*(f"ingest_{source}" for source in SOURCES), "standardise", "indicators") == RUN_DAGS


def test_one_file_a_dag_and_one_for_all_sources(dags: dict[str, Any]) -> None:
    files = {name: "ingest" if name in INGEST_DAGS else name for name in dags}
    assert {name: dag["file"] for name, dag in dags.items()} == {name: str(DAGS_FOLDER / f"{file}.py") for name, file in files.items()}
    assert {path.stem for path in DAGS_FOLDER.glob("*.py")} == set(files.values())


def test_reading_the_dags_imports_nothing_heavy(bag: dict[str, Any]) -> None:
    assert not HEAVY & {name.split(".")[0] for name in bag["imported"]}
    assert not {"pyspark", "great_expectations", "delta"} & {name.split(".")[0] for name in bag["all"]}
    assert {name for name in bag["all"] if name.split(".")[0] == "jobs"} == {
        "jobs",
        "jobs.errors",
        "jobs.runtime",
        "jobs.runtime.dag_tasks",
        "jobs.vietnam",
    }
    # Airflow itself loads about 2,000 modules; the files of dags/ add the task decorators' and little more.
    assert len(bag["imported"]) < 150


def test_every_dag_says_what_when_backfill_and_failure(dags: dict[str, Any]) -> None:
    for name, dag in dags.items():
        for heading in ("**What.**", "**When.**", "**Backfill.**", "**When it fails.**"):
            assert heading in dag["doc_md"], (name, heading)
        assert dag["description"]
        assert "ntm" in dag["tags"]


def test_one_run_at_a_time_and_no_catchup(dags: dict[str, Any]) -> None:
    for dag in dags.values():
        assert (dag["max_active_runs"], dag["catchup"]) == (1, False)
        assert dag["start_date"] == "2024-12-31T17:00:00+00:00", "midnight of 1 January 2025 in Vietnam"


def test_schedules(dags: dict[str, Any]) -> None:
    zone = "Asia/Ho_Chi_Minh"
    assert {name: dag["schedule"] for name, dag in dags.items()} == {
        "ingest_eoffice": ["0 1 * * *", zone],
        "ingest_portal": ["20 1 * * *", zone],
        "ingest_ocop": ["40 1 * * *", zone],
        "ingest_registry": ["0 2 * * *", zone],
        "standardise": ["AssetAny", "landing_eoffice", "landing_ocop", "landing_portal", "landing_registry"],
        "indicators": ["AssetAll", "silver"],
        "maintenance": ["0 4 * * 0", zone],
    }


def test_outlets(dags: dict[str, Any]) -> None:
    outlets = {name: [outlet for task in dag["tasks"].values() for outlet in task["outlets"]] for name, dag in dags.items()}
    assert outlets == {
        **{f"ingest_{source}": [f"landing_{source}"] for source in SOURCES},
        "standardise": ["silver"],
        "indicators": ["release"],
        "maintenance": [],
    }


def test_owners_retries_and_time_limits(dags: dict[str, Any]) -> None:
    for name, dag in dags.items():
        first = dag["tasks"]["ingest" if name in INGEST_DAGS else name]
        assert first["retries"] == (3 if name in INGEST_DAGS else 1)
        for task in dag["tasks"].values():
            assert task["owner"] == "ntm-data"
            assert (task["backoff"], task["delays"]) == (2, [300, 3600])
            assert 0 < task["timeout"] <= 6 * 3600


def test_writers_share_the_pool_of_one_slot(dags: dict[str, Any]) -> None:
    pools = {name: {task["pool"] for task in dag["tasks"].values()} for name, dag in dags.items()}
    assert pools == {
        **{name: {"default_pool"} for name in INGEST_DAGS},
        "standardise": {WRITER_POOL, "default_pool"},
        **{name: {WRITER_POOL} for name in ("indicators", "maintenance")},
    }
    assert dags["standardise"]["tasks"]["standardise"]["pool"] == WRITER_POOL


def test_a_failed_pull_fails_the_run_after_the_event_was_sent(dags: dict[str, Any]) -> None:
    for name in ("ingest_eoffice", "ingest_portal"):
        assert set(dags[name]["tasks"]) == {"ingest", "check_pull"}
        check = dags[name]["tasks"]["check_pull"]
        assert (check["upstream"], check["trigger_rule"], check["retries"]) == (["ingest"], "none_failed", 0)


def test_what_a_load_left_fails_its_run_after_the_event_was_sent(dags: dict[str, Any]) -> None:
    check = dags["standardise"]["tasks"]["check_load"]
    assert (check["upstream"], check["trigger_rule"], check["retries"]) == (["standardise"], "none_failed", 0)
    assert (check["outlets"], check["pool"]) == ([], "default_pool")


def test_a_dag_has_no_task_more_than_it_needs(dags: dict[str, Any]) -> None:
    # Each costs an interpreter its start: what is not pulled has no pull to check.
    assert {name: set(dags[name]["tasks"]) for name in dags if name not in ("ingest_eoffice", "ingest_portal")} == {
        "ingest_ocop": {"ingest"},
        "ingest_registry": {"ingest"},
        "standardise": {"standardise", "check_load"},
        "indicators": {"indicators"},
        "maintenance": {"maintenance"},
    }


def test_params(dags: dict[str, Any]) -> None:
    params = {
        name: {key: (value, schema["type"], schema.get("format")) for key, (value, schema) in dag["params"].items()}
        for name, dag in dags.items()
    }
    optional_date, switch = (None, ["null", "string"], "date"), (False, "boolean", None)
    assert params == {
        "ingest_eoffice": {"updated_since": optional_date},
        "ingest_portal": {"updated_since": optional_date},
        "ingest_ocop": {},
        "ingest_registry": {},
        "standardise": {"as_of": optional_date, "force": switch, "approve": switch},
        "indicators": {"as_of": optional_date, "force": switch, "approve": switch},
        "maintenance": {},
    }


def test_the_steps_take_what_the_dags_give() -> None:
    steps = pytest.importorskip("jobs.steps")
    inspect.signature(steps.ingest).bind(source="eoffice", updated_since="2025-01-01")
    inspect.signature(steps.standardise).bind(as_of=None, force=False, approve=False, approved_by="lan")
    inspect.signature(steps.indicators).bind(as_of=None, force=False, approve=False, approved_by="lan")
    inspect.signature(steps.maintenance).bind()
    for name in ("ingest", "standardise", "indicators"):
        assert "dag_run" in inspect.signature(getattr(steps, name)).parameters, "given where lineage is told"
