"""Airflow's runtime: runs in process over stand-in steps, and the real scheduler.

Airflow is configured once a process, so every run here has an interpreter of its own, whose `jobs.steps` is a stand-in.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from jobs.errors import UsageError
from jobs.runtime import airflow as airflow_runtime
from jobs.runtime.airflow import RUN_DAGS, _shape_of, airflow_environment
from jobs.settings import Settings, get_settings

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
TOKEN = "not-to-be-seen-anywhere"
TODAY = {"as_of": None, "force": False, "approve": False}

SCENARIOS = """
import dataclasses, json, sys, types
from datetime import date

from jobs.errors import RunFailedError, UsageError, WaitsForApprovalError

steps = types.ModuleType("jobs.steps")
sys.modules["jobs.steps"] = steps
calls = []


def found(source, waiting=1, error=None):
    return {"source": source, "waiting": waiting, "pull": None, "error": error}


def done(as_of, force, approve, approved_by=None):
    return {"as_of": as_of}


def define(ingest=found, standardise=done, indicators=done):
    def counted(name, step):
        def run(**arguments):
            calls.append([name, arguments])
            print("a step prints")
            return step(**arguments)

        return run

    calls.clear()
    steps.ingest = counted("ingest", ingest)
    steps.standardise = counted("standardise", standardise)
    steps.indicators = counted("indicators", indicators)


def fail(error):
    def step(**arguments):
        raise error

    return step


define()
from jobs.runtime import airflow as airflow_runtime

outcomes = {}


def scenario(name, as_of=None, force=False, approve=False, **replaced):
    define(**replaced)
    told = []
    outcome = airflow_runtime.run_dags(as_of, told.append, force=force, approve=approve)
    assert tuple(told) == outcome.dags
    outcomes[name] = {
        "dags": {dag.dag_id: dataclasses.asdict(dag) for dag in outcome.dags},
        "log_file": str(outcome.log_file),
        "calls": list(calls),
    }


scenario("all wait", as_of=date(2025, 6, 30))
scenario("nothing waits", ingest=lambda source: found(source, waiting=0))
troubles = {
    "eoffice": lambda source: found(source, error="the e-office gave no answer"),
    "portal": lambda source: found(source, 0, "the portal said 401"),
    "ocop": fail(ZeroDivisionError("first line\\nsecond line")),
}
scenario("ingests fail", ingest=lambda source: troubles.get(source, found)(source=source))
scenario("standardise fails", standardise=fail(RunFailedError("đĩa đầy: the disk is full")))
left = {
    "unreadable": [{"path": "registry/villages/dt=2025-01-01/a.xlsx", "error": "not_readable", "message": "expected a workbook"}],
    "held": [{"table": "silver/dossier", "objects": 2, "failed": []}],
    "waiting": [{"table": "silver/work_record", "expectation": "waits", "message": "objects of silver/dossier are held"}],
    "warnings": [{"table": "t", "expectation": "volume", "message": "fewer rows than before"}],
}
scenario("a load leaves something", standardise=lambda **day: left)
scenario("a load has warnings", standardise=lambda **day: {"unreadable": [], "held": [], "waiting": [], "warnings": left["warnings"]})
scenario("a forced day", as_of=date(2999, 1, 1), force=True)
scenario("an approved run", approve=True)
scenario("waits for approval", standardise=fail(WaitsForApprovalError("waits for approval: see ntm plan")))
scenario("indicators refuses", indicators=fail(UsageError("wrong setting: NTM_PII_KEY")))
try:
    scenario("interrupted", ingest=fail(KeyboardInterrupt()))
except KeyboardInterrupt:
    outcomes["interrupted"] = {"calls": list(calls)}

define()
elsewhere = []


def call(name, **arguments):
    elsewhere.append(name)
    return found(**arguments) if name == "ingest" else {}


airflow_runtime.run_dags(None, call_step=call, wait_for=lambda: elsewhere.append("waited for"))
outcomes["steps elsewhere"] = {"here": list(calls), "elsewhere": elsewhere}

import contextlib, io
from datetime import datetime, timezone
from types import SimpleNamespace
from jobs.runtime import dag_tasks
from airflow.dag_processing.dagbag import DagBag

with contextlib.redirect_stdout(io.StringIO()):
    bag = DagBag(airflow_runtime.DAGS_FOLDER)
dag_tasks.call_step = dag_tasks.call_here


def task_of(dag_id, conf=None, run_type="manual", events=(), user=None, source="standardise"):
    dag = bag.dags[dag_id]
    named = {"dag_id": dag_id, "run_id": f"{run_type}__1", "conf": conf, "run_type": run_type}
    run = SimpleNamespace(**named, logical_date=datetime(2025, 3, 1, 18, tzinfo=timezone.utc), triggering_user_name=user)
    context = {"dag": dag, "params": {name: None for name in dag.params} | (conf or {}), "dag_run": run, "ti": SimpleNamespace(try_number=9, max_tries=3)}
    context["outlet_events"] = {dag_tasks.SILVER: sent}
    written = [SimpleNamespace(timestamp=place, extra=extra, source_task_id=source) for place, extra in enumerate(events)]
    context["triggering_asset_events"] = {dag_tasks.SILVER: written}
    dag_tasks.get_current_context = lambda: context
    first = dag.roots[0]
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            first.python_callable(*first.op_args)
    except Exception as error:
        return str(error)


sent = SimpleNamespace(extra=None)
define()
task_of("standardise", {"as_of": "2999-01-01", "force": True, "approve": True}, user="lan")
# Then events of an edition before there was a force.
for events in ([{"as_of": "2025-06-30"}, sent.extra], [{"as_of": "2025-06-30"}], [{"as_of": None}], []):
    task_of("indicators", events=events)
task_of("indicators", {"as_of": "2025-06-30"}, events=[sent.extra])
task_of("indicators", {"approve": True}, user="minh")
task_of("indicators", {"approve": True}, user=dag_tasks.IN_PROCESS_USER)
task_of("indicators", user="minh")
# As Airflow's API takes an event: of no task.
task_of("indicators", events=[{"as_of": "2025-06-30", "approve": True, "approved_by": "lan", "from_rest_api": True}], source=None)
outcomes["days"] = list(calls)
define(standardise=fail(WaitsForApprovalError("waits")), indicators=fail(RunFailedError("fails")))
outcomes["kinds"] = {}
for step in ("standardise", "indicators"):
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            dag_tasks.run_step(step)
    except Exception as error:
        outcomes["kinds"][step] = type(error).__name__
define()
define()
import os
from jobs.settings import get_settings
os.environ["NTM_LINEAGE"] = "http://127.0.0.1:9"
get_settings.cache_clear()
task_of("ingest_ocop")
task_of("standardise")
task_of("indicators")
task_of("indicators", {"as_off": "2025-06-30"})
del os.environ["NTM_LINEAGE"]
get_settings.cache_clear()
outcomes["lineage"] = [[name, given.get("dag_run")] for name, given in calls]
define()
outcomes["wrong parameters"] = {
    "standardise": task_of("standardise", {"as_off": "2025-06-30"}),
    "ingest_ocop": task_of("ingest_ocop", {"updated_since": "2025-06-30"}),
    "calls": list(calls),
}
define()
outcomes["backfill"] = {
    "ingest_eoffice": task_of("ingest_eoffice", run_type="backfill"),
    "ingest_ocop": task_of("ingest_ocop", run_type="backfill"),
    "calls": list(calls),
}
print(json.dumps(outcomes))
"""


def child_environment(home: Path, **more: str) -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "NTM_"))}
    return environment | {"NTM_HOME": str(home), "PYTHONPATH": str(ROOT)} | more


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("workspace")


@pytest.fixture(scope="module")
def outcomes(workspace: Path) -> dict[str, Any]:
    done = subprocess.run(  # noqa: S603 - this interpreter and a fixed script
        [sys.executable, "-c", SCENARIOS],
        env=child_environment(workspace, NTM_EOFFICE_URL="http://127.0.0.1:9", NTM_EOFFICE_TOKEN=TOKEN),
        cwd=workspace,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    # One line: nothing that Airflow or a step printed reached the terminal.
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def states(outcome: dict[str, Any]) -> list[str]:
    assert tuple(outcome["dags"]) == RUN_DAGS
    return [dag["state"] for dag in outcome["dags"].values()]


def test_a_run_calls_the_steps_in_order_and_returns_what_they_returned(outcomes: dict[str, Any]) -> None:
    outcome = outcomes["all wait"]
    assert states(outcome) == ["success"] * 6
    assert outcome["calls"] == [
        *(["ingest", {"source": source}] for source in ("eoffice", "portal", "ocop", "registry")),
        ["standardise", {"as_of": "2025-06-30", "force": False, "approve": False}],
        ["indicators", {"as_of": "2025-06-30", "force": False, "approve": False}],
    ]
    assert outcome["dags"]["ingest_ocop"]["result"] == {"source": "ocop", "waiting": 1, "pull": None, "error": None}
    assert outcome["dags"]["indicators"]["result"] == {"as_of": "2025-06-30"}


def test_when_nothing_waits_the_other_steps_run_all_the_same(outcomes: dict[str, Any]) -> None:
    outcome = outcomes["nothing waits"]
    assert states(outcome) == ["skipped"] * 4 + ["success"] * 2
    assert outcome["dags"]["ingest_portal"]["result"]["waiting"] == 0
    assert outcome["calls"][4:] == [["standardise", TODAY], ["indicators", TODAY]]


def test_where_lineage_is_told_a_step_is_given_the_run_that_it_is_part_of(outcomes: dict[str, Any]) -> None:
    assert outcomes["lineage"] == [
        ["ingest", ["ingest_ocop", "manual__1"]],
        ["standardise", ["standardise", "manual__1"]],
        ["indicators", ["indicators", "manual__1"]],
    ]


def test_a_day_that_is_forced_is_forced_in_every_step(outcomes: dict[str, Any]) -> None:
    forced = {"as_of": "2999-01-01", "force": True, "approve": False}
    assert outcomes["a forced day"]["calls"][4:] == [["standardise", forced], ["indicators", forced]]


@pytest.mark.parametrize(
    ("dag_id", "waiting", "sentence"),
    [
        ("ingest_eoffice", 1, "the e-office gave no answer"),
        ("ingest_portal", 0, "the portal said 401"),
    ],
)
def test_a_source_that_cannot_be_pulled_is_named_and_the_run_goes_on(
    outcomes: dict[str, Any], dag_id: str, waiting: int, sentence: str
) -> None:
    outcome = outcomes["ingests fail"]
    failed = outcome["dags"][dag_id]
    assert (failed["state"], failed["error"], failed["exit_code"]) == ("failed", sentence, 3)
    assert (failed["result"]["error"], failed["result"]["waiting"]) == (sentence, waiting)
    assert states(outcome)[3:] == ["success"] * 3


def test_an_ingest_that_breaks_does_not_stop_the_run(outcomes: dict[str, Any]) -> None:
    outcome = outcomes["ingests fail"]
    assert states(outcome) == ["failed", "failed", "failed", "success", "success", "success"]
    failed = outcome["dags"]["ingest_ocop"]
    assert (failed["error"], failed["exit_code"], failed["result"]) == ("ZeroDivisionError: first line", 1, None)
    # No retry: a person is waiting.
    assert [name for name, _ in outcome["calls"]].count("ingest") == 4


def test_a_failed_standardise_stops_before_indicators(outcomes: dict[str, Any]) -> None:
    outcome = outcomes["standardise fails"]
    assert states(outcome) == ["success"] * 4 + ["failed", "not_run"]
    failed = outcome["dags"]["standardise"]
    assert (failed["error"], failed["exit_code"]) == ("đĩa đầy: the disk is full", 1)
    assert outcome["calls"][-1][0] == "standardise"


def test_what_a_load_leaves_is_said_and_the_rest_goes_on(outcomes: dict[str, Any]) -> None:
    outcome = outcomes["a load leaves something"]
    assert states(outcome) == ["success"] * 6
    assert outcome["calls"][-1][0] == "indicators"
    load = outcome["dags"]["standardise"]
    assert load["exit_code"] == 3
    assert load["error"] == (
        "AirflowFailException: cannot be read: registry/villages/dt=2025-01-01/a.xlsx: expected a workbook; "
        "held until a person decides (`ntm held`): 2 objects of silver/dossier; "
        "waits: silver/work_record: objects of silver/dossier are held"
    )
    assert load["result"]["held"], "what the step returned is there for the summary"
    warned = outcomes["a load has warnings"]["dags"]["standardise"]
    assert (warned["error"], warned["exit_code"]) == (None, 0)


def test_a_wrong_setting_keeps_its_exit_code(outcomes: dict[str, Any]) -> None:
    outcome = outcomes["indicators refuses"]
    assert outcome["dags"]["indicators"]["error"] == "wrong setting: NTM_PII_KEY"


def test_an_interrupt_ends_the_run(outcomes: dict[str, Any]) -> None:
    assert outcomes["interrupted"]["calls"] == [["ingest", {"source": "eoffice"}]]


def test_steps_can_be_called_elsewhere_once_all_that_is_waited_for_is_there(outcomes: dict[str, Any]) -> None:
    outcome = outcomes["steps elsewhere"]
    assert outcome["here"] == []
    assert outcome["elsewhere"] == ["waited for", *["ingest"] * 4, "standardise", "indicators"]


def test_the_log_holds_what_airflow_and_the_steps_print_and_no_secret(outcomes: dict[str, Any], workspace: Path) -> None:
    log_file = Path(outcomes["all wait"]["log_file"])
    assert log_file.parent == workspace / "logs"
    text = log_file.read_text(encoding="utf-8")
    assert "a step prints" in text
    assert "dag_id=indicators" in text
    for path in workspace.rglob("*"):
        assert not path.is_file() or TOKEN.encode() not in path.read_bytes(), path


def test_the_home_is_private_and_the_scheduler_has_a_database_of_its_own(outcomes: dict[str, Any], workspace: Path) -> None:
    assert outcomes
    for directory in ("airflow", "logs"):
        assert stat.S_IMODE((workspace / directory).stat().st_mode) == 0o700
    assert not (workspace / "airflow" / "airflow.db").exists()
    (database,) = (workspace / "airflow").glob("in-process-*.db")
    with sqlite3.connect(database) as connection:
        runs = connection.execute("SELECT count(*) FROM dag_run").fetchone()[0]
    assert runs == 11 * 6 - 2 + 1, "eleven runs of which two stopped before indicators, and the interrupted one"


def test_a_process_cannot_change_its_workspace(tmp_path: Path) -> None:
    script = (
        "import os, sys, types; sys.modules['airflow'] = types.ModuleType('airflow')\n"
        "from jobs.runtime import airflow as airflow_runtime\nfrom jobs.errors import RunFailedError\n"
        "try: airflow_runtime.run_dags(None)\nexcept RunFailedError as error: print(error)\n"
    )
    done = subprocess.run(  # noqa: S603 - this interpreter and a fixed script
        [sys.executable, "-c", script], env=child_environment(tmp_path), capture_output=True, text=True, check=True
    )
    assert "run the DAGs in a new process" in done.stdout


def test_a_dag_file_that_cannot_be_read_is_named(outcomes: dict[str, Any], workspace: Path, tmp_path: Path) -> None:
    assert outcomes, "made Airflow's database"
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "broken_dag.py").write_text("import airflow  # a DAG\nraise ValueError('no such thing')\n")
    script = (
        "import sys; from pathlib import Path\n"
        "from jobs.runtime import airflow as airflow_runtime\nfrom jobs.errors import RunFailedError\n"
        "airflow_runtime.DAGS_FOLDER = Path(sys.argv[1])\n"
        "try: airflow_runtime.run_dags(None)\nexcept RunFailedError as error: print(error)\n"
    )
    done = subprocess.run(  # noqa: S603 - this interpreter and a fixed script
        [sys.executable, "-c", script, str(tmp_path / "dags")],
        env=child_environment(workspace),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "broken_dag.py cannot be read: ValueError: no such thing" in done.stdout


BREAK = {
    "not a database": lambda file: file.write_bytes(b"not a database" * 1000),
    "cut short": lambda file: os.truncate(file, file.stat().st_size // 3),
    "a page of rubbish": lambda file: file.write_bytes((whole := file.read_bytes())[:8192] + b"\xff" * 8192 + whole[16384:]),
    "empty": lambda file: file.write_bytes(b""),
    "gone": lambda file: file.unlink(),
    "a table is missing": lambda file: sqlite3.connect(file, isolation_level=None).execute("DROP TABLE dag_run"),
}


@pytest.mark.parametrize("damage", BREAK)
def test_a_database_in_process_that_is_not_as_it_was_made_is_known(
    outcomes: dict[str, Any], workspace: Path, damage: str, tmp_path: Path
) -> None:
    assert outcomes, "made Airflow's database"
    (database,) = (workspace / "airflow").glob("in-process-*.db")
    copy = tmp_path / "copy.db"
    shutil.copy(database, copy)
    assert _shape_of(copy) == database.with_suffix(".ready").read_text()
    BREAK[damage](copy)
    assert _shape_of(copy) != database.with_suffix(".ready").read_text()


@pytest.mark.slow
def test_a_damaged_database_in_process_is_made_again(outcomes: dict[str, Any], workspace: Path, tmp_path: Path) -> None:
    assert outcomes, "made Airflow's database"
    shutil.copytree(workspace / "airflow", tmp_path / "airflow")
    (database,) = (tmp_path / "airflow").glob("in-process-*.db")
    BREAK["a page of rubbish"](database)
    script = (
        "import sys, types; from jobs.log import configure; configure(None)\n"
        "steps = sys.modules['jobs.steps'] = types.ModuleType('jobs.steps')\n"
        "steps.ingest = lambda source, **more: {'source': source, 'waiting': 0, 'pull': None, 'error': None}\n"
        "steps.standardise = steps.indicators = lambda as_of, force, approve: {}\n"
        "from jobs.runtime.airflow import run_dags; print([dag.state for dag in run_dags(None).dags])"
    )
    done = subprocess.run(  # noqa: S603 - this interpreter and a fixed script
        [sys.executable, "-c", script], env=child_environment(tmp_path), cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout == f"{['skipped'] * 4 + ['success'] * 2}\n", done.stderr
    assert done.stderr.count("was damaged and is made again; it holds nothing") == 1


def test_a_damaged_database_of_the_scheduler_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "airflow").mkdir()
    (tmp_path / "airflow" / "airflow.db").write_bytes(b"not a database" * 1000)
    for command in (["jobs.runtime.airflow", "serve"], ["jobs.cli", "airflow", "dags", "list"]):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        environment = child_environment(tmp_path, AIRFLOW__API__PORT=port)
        done = subprocess.run([sys.executable, "-m", *command], env=environment, capture_output=True, text=True, check=False)  # noqa: S603
        assert done.returncode == 1
        assert "airflow.db is damaged. It holds the scheduler's history and no data: move it away" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_airflows_command_line_works_on_the_workspace_and_nowhere_else(tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "jobs.cli", "airflow", "dags", "list", "--output", "json"],
        env=child_environment(tmp_path / "home", HOME=str(here)),
        cwd=here,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    listed = json.loads(done.stdout[done.stdout.index("[{") :])
    assert {dag["dag_id"] for dag in listed} == {*RUN_DAGS, "maintenance"}
    assert list(here.iterdir()) == [], "no stray files"


def test_a_parameter_that_a_dag_does_not_have_is_refused(outcomes: dict[str, Any]) -> None:
    refused = outcomes["wrong parameters"]
    assert refused["standardise"] == "unknown parameter 'as_off'; DAG standardise has: as_of, force, approve; did you mean 'as_of'?"
    assert refused["ingest_ocop"] == "unknown parameter 'updated_since'; DAG ingest_ocop has: none"
    assert refused["calls"] == [], "nothing was run"


def test_the_day_its_force_and_an_approval_go_on_to_the_run_that_is_set_off(outcomes: dict[str, Any]) -> None:
    forced = {"as_of": "2999-01-01", "force": True, "approve": True, "approved_by": "lan"}
    plain, approved = {"as_of": "2025-06-30", "force": False, "approve": False}, TODAY | {"approve": True}
    days = (forced, plain, TODAY, TODAY, plain, approved | {"approved_by": "minh"}, approved, TODAY, plain | {"approve": True})
    assert outcomes["days"] == [["standardise", forced], *(["indicators", day] for day in days)]


def test_an_approval_reaches_every_step_of_a_run(outcomes: dict[str, Any]) -> None:
    approved = TODAY | {"approve": True}
    assert outcomes["an approved run"]["calls"][4:] == [["standardise", approved], ["indicators", approved]]


def test_a_run_that_waits_for_approval_goes_no_further_and_is_not_tried_again(outcomes: dict[str, Any]) -> None:
    outcome = outcomes["waits for approval"]
    assert states(outcome)[4:] == ["failed", "not_run"]
    waits = outcome["dags"]["standardise"]
    assert (waits["error"], waits["exit_code"]) == ("waits for approval: see ntm plan", 4)
    assert outcomes["kinds"] == {"standardise": "AirflowFailException", "indicators": "AirflowException"}, "the second is tried again"


def test_a_backfill_pulls_since_its_day_or_is_refused(outcomes: dict[str, Any]) -> None:
    backfill = outcomes["backfill"]
    assert backfill["calls"] == [["ingest", {"source": "eoffice", "updated_since": "2025-03-02"}]]
    assert backfill["ingest_ocop"].startswith("a backfill does nothing for ocop: put its objects under ocop/<dataset>/")


def test_configuration_names_no_address_but_loopback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__API__PORT", "18080")
    environment = airflow_environment(Settings(home=tmp_path, eoffice_token=TOKEN), "airflow.db")
    assert environment["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert environment["AIRFLOW__API__BASE_URL"] == "http://127.0.0.1:18080"
    assert environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] == f"sqlite:///{tmp_path}/airflow/airflow.db?timeout=20"
    assert environment["AIRFLOW__CORE__LOAD_EXAMPLES"] == "False"
    assert TOKEN not in "".join(environment.values())


@pytest.mark.parametrize("port", ["", "0", "65536", "80a", "-1"])
def test_a_wrong_port_is_refused_by_name(port: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__API__PORT", port)
    with pytest.raises(UsageError, match="AIRFLOW__API__PORT"):
        airflow_environment(Settings(home=tmp_path), "airflow.db")


def test_serve_refuses_a_taken_port_before_it_makes_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("AIRFLOW__API__PORT", str(taken.getsockname()[1]))
        monkeypatch.setenv("NTM_HOME", str(tmp_path / "home"))
        get_settings.cache_clear()
        try:
            assert airflow_runtime.main(["serve"]) == 2
        finally:
            get_settings.cache_clear()
    assert "is taken" in capsys.readouterr().err
    assert not (tmp_path / "home").exists()


# The interpreter of each task reads this on its start and finds the stand-in already imported.
STAND_IN = """
import json, os, sys, types

steps = types.ModuleType("jobs.steps")


def note(name, **arguments):
    with open(os.environ["TEST_CALLS"], "a") as calls:
        calls.write(json.dumps([name, arguments]) + "\\n")


def ingest(source):
    note("ingest", source=source)
    error = "the portal gave no answer" if source == "portal" else None
    return {"source": source, "waiting": 0 if source == "ocop" else 2, "pull": None, "error": error}


def standardise(**asked):
    note("standardise", **asked)
    if asked["as_of"] == "2025-02-02":
        return {"unreadable": [{"path": "a.xlsx", "error": "not_readable", "message": "expected a workbook"}], "held": [], "warnings": []}
    if asked["as_of"] == "2025-01-01":
        from jobs.errors import UsageError

        raise UsageError("wrong use, told once")
    return {"as_of": asked["as_of"]}


def indicators(**asked):
    note("indicators", **asked)
    return {"as_of": asked["as_of"]}


def maintenance():
    note("maintenance")
    return {}


steps.ingest, steps.standardise, steps.indicators, steps.maintenance = ingest, standardise, indicators, maintenance
sys.modules["jobs.steps"] = steps
"""


def wait_until(condition: Callable[[], Any], what: str, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(1)


@dataclass
class Served:
    """A running `serve` over stand-in steps."""

    process: subprocess.Popen[str]
    calls_file: Path
    home: Path
    api: httpx.Client

    def calls(self) -> list[Any]:
        return [json.loads(line) for line in self.calls_file.read_text().splitlines()]

    def runs(self, dag_id: str, state: str) -> list[dict[str, Any]]:
        runs: list[dict[str, Any]] = self.api.get(f"/dags/{dag_id}/dagRuns", params={"state": state}).json()["dag_runs"]
        return runs

    def trigger(self, dag_id: str, conf: dict[str, Any]) -> str:
        answer = self.api.post(f"/dags/{dag_id}/dagRuns", json={"logical_date": None, "conf": conf})
        assert answer.is_success, answer.text
        return str(answer.json()["dag_run_id"])

    def task_state(self, dag_id: str, run_id: str, task_id: str) -> str:
        return str(self.api.get(f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}").json()["state"])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    tmp_path = tmp_path_factory.mktemp("served")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (tmp_path / "sitecustomize.py").write_text(STAND_IN)
    calls_file = tmp_path / "calls"
    calls_file.touch()
    home = tmp_path / "home"
    process = subprocess.Popen(
        [sys.executable, "-m", "jobs.runtime.airflow", "serve"],
        env=child_environment(
            home,
            PYTHONPATH=os.pathsep.join([str(ROOT), str(tmp_path)]),
            AIRFLOW__API__PORT=str(port),
            TEST_CALLS=str(calls_file),
        ),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        assert process.poll() is None, "serve ended by itself"
        try:
            return httpx.get(f"{url}/api/v2/version").is_success
        except httpx.TransportError:
            return False

    descendants: list[psutil.Process] = []
    try:
        wait_until(answers, "the web server answers")
        descendants = psutil.Process(process.pid).children(recursive=True)
        password = json.loads((home / "airflow" / "passwords.json").read_text())["admin"]
        login = httpx.post(f"{url}/auth/token", json={"username": "admin", "password": password}, timeout=30)
        headers = {"Authorization": f"Bearer {login.json()['access_token']}"}
        with httpx.Client(base_url=f"{url}/api/v2", headers=headers, timeout=30) as api:
            wait_until(lambda: api.get("/dags").json()["total_entries"] == 7, "the DAGs are read")
            yield Served(process, calls_file, home, api)
        descendants = psutil.Process(process.pid).children(recursive=True)
    finally:
        process.terminate()
        try:
            output, _ = process.communicate(timeout=120)
        finally:
            left = [descendant for descendant in descendants if descendant.is_running()]
            for descendant in left:
                descendant.kill()
    assert process.returncode == 0
    assert left == [], "serve left processes behind"
    assert url in output
    assert password not in output
    assert not any(password in path.read_text(errors="replace") for path in (home / "logs").rglob("*.log"))


@pytest.mark.slow
def test_assets_lead_from_landing_to_release(served: Served) -> None:
    served.trigger("ingest_registry", {})
    wait_until(lambda: served.runs("indicators", "success"), "registry -> standardise -> indicators")
    run = served.runs("indicators", "success")[0]
    assert (run["run_type"], run["logical_date"]) == ("asset_triggered", None)
    assert ["standardise", TODAY] in served.calls()
    assert ["indicators", TODAY] in served.calls()


@pytest.mark.slow
def test_the_day_of_a_backfill_goes_on_to_the_run_that_it_sets_off(served: Served) -> None:
    served.trigger("standardise", {"as_of": "2025-06-30", "force": True, "approve": True})
    asked = {"as_of": "2025-06-30", "force": True, "approve": True, "approved_by": "admin"}
    wait_until(lambda: ["indicators", asked] in served.calls(), "the day reaches indicators, and who approved")


@pytest.mark.slow
def test_a_sheet_that_cannot_be_read_fails_the_run_and_the_rest_is_released(served: Served) -> None:
    run_id = served.trigger("standardise", {"as_of": "2025-02-02"})
    wait_until(
        lambda: ["indicators", {"as_of": "2025-02-02", "force": False, "approve": False}] in served.calls(),
        "the rest goes on to its release",
    )
    wait_until(lambda: run_id in {run["dag_run_id"] for run in served.runs("standardise", "failed")}, "the run fails")
    assert served.task_state("standardise", run_id, "standardise") == "success"
    log = served.api.get(f"/dags/standardise/dagRuns/{run_id}/taskInstances/check_load/logs/1").text
    assert "cannot be read: a.xlsx: expected a workbook" in log


@pytest.mark.slow
def test_where_nothing_waits_nothing_is_set_off(served: Served) -> None:
    run_id = served.trigger("ingest_ocop", {})
    wait_until(lambda: served.task_state("ingest_ocop", run_id, "ingest") == "skipped", "ingest_ocop ends")
    served.trigger("ingest_registry", {})
    wait_until(lambda: served.runs("ingest_registry", "success"), "ingest_registry ends")
    events = served.api.get("/assets/events", params={"limit": 100}).json()["asset_events"]
    sources = {event["source_dag_id"] for event in events}
    assert "ingest_registry" in sources
    assert "ingest_ocop" not in sources


@pytest.mark.slow
def test_a_pull_that_fails_is_tried_again(served: Served) -> None:
    # The run of the clock may be there already; then it is the one that is tried again, and this one queues behind it.
    served.trigger("ingest_portal", {})
    tasks = "/dags/ingest_portal/dagRuns/~/taskInstances"

    def waiting_for_retry() -> bool:
        found = served.api.get(tasks, params={"state": "up_for_retry"}).json()["task_instances"]
        return [task["task_id"] for task in found] == ["ingest"]

    wait_until(waiting_for_retry, "ingest waits for its retry")


@pytest.mark.slow
def test_wrong_use_is_told_once_and_not_tried_again(served: Served) -> None:
    run_id = served.trigger("standardise", {"as_of": "2025-01-01"})
    wait_until(lambda: served.task_state("standardise", run_id, "standardise") == "failed", "the run fails")
    assert served.calls().count(["standardise", {"as_of": "2025-01-01", "force": False, "approve": False}]) == 1
    log = served.api.get(f"/dags/standardise/dagRuns/{run_id}/taskInstances/standardise/logs/1").text
    assert "wrong use, told once" in log
    wrong = served.api.post("/dags/standardise/dagRuns", json={"logical_date": None, "conf": {"as_of": "yesterday"}})
    assert wrong.status_code == 400


@pytest.mark.slow
def test_maintenance_runs(served: Served) -> None:
    served.trigger("maintenance", {})
    wait_until(lambda: served.runs("maintenance", "success"), "maintenance ends")
    assert ["maintenance", {}] in served.calls()


@pytest.mark.slow
def test_one_writer_at_a_time_and_no_door_but_loopback(served: Served) -> None:
    assert served.api.get("/pools/warehouse_writer").json()["slots"] == 1
    listening = {
        connection.laddr.ip
        for process in psutil.Process(served.process.pid).children(recursive=True)
        for connection in process.net_connections(kind="tcp")
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}
