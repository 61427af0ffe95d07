"""What Airflow itself costs, without the steps: `python -m benchmarks.airflow_costs`.

In one process, as `ntm run` has it (the steps are replaced by some that do nothing): the imports, reading `dags/`, and a turn of all DAGs. Under the
real scheduler, with an empty landing zone: the time of a task from queued to started, and from started to ended. Prints the table of docs/scheduling.md.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from jobs.airflow_runtime import HOST, INGEST_DAGS, PORT_VARIABLE, RUN_DAGS, airflow_environment
from jobs.errors import RunFailedError
from jobs.settings import PROJECT_ROOT, Settings

_PATIENCE_SECONDS = 300
_DATABASE = "airflow.db"

_IN_PROCESS = """
import json, sys, time, types

steps = types.ModuleType("jobs.steps")
steps.ingest = lambda source: {"source": source, "waiting": 1, "pull": None, "error": None}
steps.standardise = steps.indicators = lambda as_of: {}
sys.modules["jobs.steps"] = steps

started = time.perf_counter()
from airflow.dag_processing.dagbag import DagBag
imported = time.perf_counter()
from jobs import airflow_runtime
bag = DagBag(airflow_runtime.DAGS_FOLDER)
read = time.perf_counter()
again = DagBag(airflow_runtime.DAGS_FOLDER)
last = time.perf_counter()
turns = [[(one.dag_id, one.seconds) for one in airflow_runtime.run_dags(None).dags] for _ in range(2)]
print(json.dumps({
    "import": imported - started, "read": read - imported, "again": last - read, "turns": turns,
    "tasks": {dag.dag_id: len(dag.tasks) for dag in bag.dags.values()},
}))
"""


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="ntm-airflow-costs-") as folder:
        settings = Settings(home=Path(folder))
        in_process = airflow_environment(settings, f"in-process-{version('apache-airflow')}.db")
        # Twice: a workspace has its database from its first run on.
        found = [json.loads(_python(["-c", _IN_PROCESS], in_process).splitlines()[-1]) for _ in range(2)][-1]
        waits, lasts = _scheduled(settings)
    first, second = (dict(turn) for turn in found["turns"])
    daily = {dag: count for dag, count in found["tasks"].items() if dag != "maintenance"}
    rows = [
        ("importing Airflow", found["import"]),
        (f"reading `dags/` ({len(found['tasks'])} files) and what they import", found["read"]),
        ("reading `dags/` again", found["again"]),
        (f"`ntm run`: {len(first)} DAGs whose steps do nothing, with what Airflow imports on the way", sum(first.values())),
        ("the same again in the same process", sum(second.values())),
        ("one of these DAGs then, median", statistics.median(second.values())),
        (f"scheduler: a task from queued to started, median of {len(waits)}", statistics.median(waits)),
        ("scheduler: an `ingest` that finds nothing, from started to ended, median", statistics.median(lasts)),
    ]
    lines = ["| what | seconds |", "|---|---|", *(f"| {what} | {seconds:.2f} |" for what, seconds in rows)]
    sys.stdout.write("\n".join([*lines, "", f"{sum(daily.values())} tasks in {len(daily)} DAGs a day", ""]))


def _python(arguments: list[str], variables: Mapping[str, str]) -> str:
    """What this interpreter prints in a process of its own."""
    return subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, *arguments],
        env=_environment(variables),
        cwd=PROJECT_ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    ).stdout


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "NTM_"))} | dict(variables)


def _scheduled(settings: Settings) -> tuple[list[float], list[float]]:
    """Seconds that tasks of the real scheduler waited in its queue, and seconds that they took, of the four ingests, twice each."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = {PORT_VARIABLE: str(probe.getsockname()[1])}
    environment = airflow_environment(settings, _DATABASE) | port
    server = subprocess.Popen(
        [sys.executable, "-m", "jobs.airflow_runtime", "serve"],
        env=_environment({"NTM_HOME": str(settings.home)} | port),
        cwd=PROJECT_ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for("the DAGs in the scheduler's database", lambda: len(_rows(settings, "SELECT dag_id FROM dag")) > len(RUN_DAGS))
        for dag in (*INGEST_DAGS, *INGEST_DAGS):
            _python(["-m", "airflow", "dags", "trigger", dag], environment)
        ended = "state IN ('success', 'skipped', 'failed') AND task_id = 'ingest' AND start_date IS NOT NULL"
        query = f"SELECT queued_dttm, start_date, end_date FROM task_instance WHERE {ended}"
        _wait_for("the tasks", lambda: len(_rows(settings, query)) >= 2 * len(INGEST_DAGS))
        times = [[datetime.fromisoformat(value) for value in row] for row in _rows(settings, query)]
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()
    return [(start - queued).total_seconds() for queued, start, _ in times], [(end - start).total_seconds() for _, start, end in times]


def _rows(settings: Settings, query: str) -> list[tuple[str, ...]]:
    database = settings.home / "airflow" / _DATABASE
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=20)) as connection:
            return connection.execute(query).fetchall()
    except sqlite3.OperationalError:  # not made yet
        return []


def _wait_for(what: str, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise RunFailedError(f"{what}: nothing within {_PATIENCE_SECONDS} s")
        time.sleep(0.5)


if __name__ == "__main__":
    main()
