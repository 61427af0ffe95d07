"""The list of sources: mistakes are told by line, and a new source is an entry and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.settings import PROJECT_ROOT, Settings
from tests.support.source_server import SourceServer
from warehouse_schema.contracts import landed_contracts
from warehouse_schema.sources import SOURCES_FILE, SourcesError, load_sources, sources

PULLED = """
  - system: citizens
    name: {vi: Phản ánh kiến nghị, en: citizens' reports}
    brings: reports
    schedule: 30 3 * * *
    pull:
      address: NTM_CITIZENS_URL
      token: NTM_CITIZENS_TOKEN
      datasets:
        - {dataset: reports, path: /api/reports, version_field: UpdatedAt, paging: key}
"""


def load(tmp_path: Path, text: str) -> str:
    """What is wrong with a file of sources."""
    file = tmp_path / "sources.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SourcesError) as caught:
        load_sources(file)
    return str(caught.value).replace(str(file), "sources.yaml")


def test_every_contract_lands_under_a_source() -> None:
    systems = {source.system for source in sources()}
    assert {str(contract.landing).partition("/")[0] for contract in landed_contracts()} <= systems


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("schedule: 30 3 * * *", "schedule: daily", "sources.yaml:5: schedule 'daily': expected a cron expression of five fields"),
        ("system: citizens", "system: portal", "'portal' is taken by source 'portal'"),
        ("NTM_CITIZENS_URL", "NTM_PORTAL_URL", "'NTM_PORTAL_URL' is taken by source 'portal'"),
        ("NTM_CITIZENS_URL", "citizens_url", "sources.yaml:7: address: string should match pattern"),
        ("paging: key", "paging: pages", "paging 'pages' is not one of position, key"),
        ("    brings: reports\n", "", "key 'brings' is missing"),
        ("path:", "pth:", "unknown key 'pth'; did you mean 'path'?"),
    ],
)
def test_a_mistake_is_told_by_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    text = SOURCES_FILE.read_text(encoding="utf-8") if "taken" in told else "sources:"
    assert told in load(tmp_path, text + PULLED.replace(old, new))


NEW_SOURCE = """
import json, os, sys
from airflow.dag_processing.dagbag import DagBag
from jobs import steps
from jobs.runtime.airflow import RUN_DAGS
from jobs.settings import get_settings

bag = DagBag(sys.argv[1])
dag = bag.dags["ingest_citizens"]
standardise = bag.dags["standardise"].timetable.asset_condition
result = steps.ingest("citizens")
landed = [json.loads(line) for file in (get_settings().home / "landing/citizens/reports").rglob("*.ndjson") for line in file.open()]
print("\\n" + json.dumps({
    "errors": bag.import_errors, "expression": dag.timetable.expression, "tasks": sorted(dag.task_ids), "doc": dag.doc_md,
    "assets": sorted(asset.name for asset in standardise.objects), "order": RUN_DAGS, "result": result, "landed": landed,
}))
"""


@pytest.mark.slow
def test_a_new_source_is_an_entry_in_the_file(tmp_path: Path) -> None:
    project, records = tmp_path / "project", [{"id": number, "UpdatedAt": f"2025-02-18T08:0{number}:00+07:00"} for number in range(3)]
    for folder in ("dags", "expectations", "jobs", "warehouse_schema"):
        shutil.copytree(PROJECT_ROOT / folder, project / folder, ignore=shutil.ignore_patterns("__pycache__"))
    with (project / "warehouse_schema" / "sources.yaml").open("a", encoding="utf-8") as file:
        file.write(PULLED)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "NTM_"))}
    with SourceServer({"/api/reports": records}, token="not-a-secret") as server:
        environment |= {"NTM_CITIZENS_URL": server.url, "NTM_CITIZENS_TOKEN": "not-a-secret", "NO_PROXY": "127.0.0.1"}
        environment |= {"NTM_HOME": str(tmp_path / "home"), "PYTHONPATH": str(project)}
        environment |= {"AIRFLOW_HOME": str(tmp_path / "airflow"), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
        done = subprocess.run(  # noqa: S603 - this interpreter and a fixed script
            [sys.executable, "-c", NEW_SOURCE, str(project / "dags")],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["errors"] == {}
    assert (found["expression"], found["tasks"]) == ("30 3 * * *", ["check_pull", "ingest"])
    assert "NTM_CITIZENS_URL" in found["doc"]
    assert "landing_citizens" in found["assets"]
    assert found["order"][-3:] == ["ingest_citizens", "standardise", "indicators"]
    assert found["result"]["pull"]["records"] == 3
    assert found["landed"] == records


def test_an_address_without_its_token_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="NTM_PORTAL_URL is set, so NTM_PORTAL_TOKEN is needed too"):
        Settings(_env_file=None, portal_url="https://portal.example")
