"""Airflow for one workspace: its home under `<NTM_HOME>/airflow`, DAGs run in this process, and the real scheduler.

Two metadata databases, both SQLite, on purpose:

* `airflow.db` belongs to the scheduler that `serve` starts. It holds the history, the pools and the assets' events.
* `in-process-<version>.db` belongs to `run_dags`. A running scheduler takes every unfinished run that it finds in its
  database, so a shared one would have it start the tasks of `ntm run` a second time. This one holds nothing that is
  worth keeping; a new Airflow starts a new one, so it never needs a migration.

Airflow reads its configuration when it is first imported; therefore nothing here imports it at module level, and
everything that is configured is configured by `AIRFLOW__…` variables.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any, Literal, TextIO

from jobs.errors import NtmError, RunFailedError, SourceError, UsageError
from jobs.log import get_logger, said_while_it_lasts
from jobs.machine import free_port
from jobs.runtime.file_modes import keep_private
from jobs.settings import PROJECT_ROOT, Settings, get_settings
from warehouse_schema.sources import sources

DAGS_FOLDER = PROJECT_ROOT / "dags"
INGEST_DAGS = tuple(f"ingest_{source.system}" for source in sources())
RUN_DAGS = (*INGEST_DAGS, "standardise", "indicators")
"""What `run_dags` runs, in this order."""

HOST = "127.0.0.1"
PORT_VARIABLE = "AIRFLOW__API__PORT"
DEFAULT_PORT = 8080
STOP_SECONDS = 30
WRITER_POOL = "warehouse_writer"
SETUP = (("db", "migrate"), ("pools", "set", WRITER_POOL, "1", "One writer a workspace"))

DagState = Literal["success", "skipped", "failed", "not_run"]


@dataclass(frozen=True)
class DagOutcome:
    """What became of one DAG.

    Attributes:
        dag_id: the DAG.
        state: `skipped`: its first task found nothing to do; `not_run`: a DAG before it failed.
        result: what the step returned; also of a skipped DAG and of one whose pull failed; else None.
        error: one sentence where it failed, or where it ended well and left something for a person (`load_problems`); else None.
        exit_code: what that means for `ntm` (README, exit codes); 0 where there is no error.
        seconds: how long it took.
    """

    dag_id: str
    state: DagState
    result: dict[str, Any] | None = None
    error: str | None = None
    exit_code: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class RunOutcome:
    """What became of a run: one outcome for each of `RUN_DAGS`, in their order, and the file with Airflow's log."""

    dags: tuple[DagOutcome, ...]
    log_file: Path

    @property
    def by_id(self) -> dict[str, DagOutcome]:
        """The outcomes by DAG id."""
        return {dag.dag_id: dag for dag in self.dags}


def airflow_environment(settings: Settings, database: str) -> dict[str, str]:
    """Airflow's configuration for this workspace, as environment variables.

    Nothing in it is secret. No examples, no telemetry (Airflow 3.3 has none), no address but loopback.

    Args:
        settings: says where the workspace is.
        database: file name of the metadata database in Airflow's home.
    """
    home = settings.home / "airflow"
    path = [str(PROJECT_ROOT), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    port = os.environ.get(PORT_VARIABLE, str(DEFAULT_PORT))
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise UsageError(f"wrong setting: {PORT_VARIABLE}: expected a port from 1 to 65535")
    url = f"http://{HOST}:{port}"
    bundles = [
        {
            "name": "ntm",
            "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
            "kwargs": {"path": str(DAGS_FOLDER)},
        }
    ]
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW_CONFIG": str(home / "airflow.cfg"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS_FOLDER),
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(bundles),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": str(len(INGEST_DAGS)),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(password_file(settings)),
        "AIRFLOW__API__HOST": HOST,
        PORT_VARIABLE: port,
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__WORKERS": "1",
        # Several processes write to SQLite: on a busy machine its own five seconds of waiting for a lock are too few,
        # and a task must wait longer for the task API than that waits for the lock.
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / database}?timeout=20",
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "60",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(settings.home / "logs" / "airflow"),
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS": "0o700",
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS": "0o600",
        "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
        "AIRFLOW__METRICS__STATSD_ON": "False",
        # Tasks may be started in another directory; `.env` and a relative NTM_HOME are read from this one.
        "NTM_HOME": str(settings.home),
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(path)),
    }


def password_file(settings: Settings) -> Path:
    """The file with the password of Airflow's user `admin` (JSON; only its owner can read it)."""
    return settings.home / "airflow" / "passwords.json"


def make_private_directory(path: Path) -> None:
    """Create a directory that only its owner can enter; Airflow keeps keys in it and its logs hold paths and names."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.chmod(0o700)


def run_dags(
    as_of: date | None,
    progress: Callable[[DagOutcome], None] | None = None,
    *,
    force: bool = False,
    approve: bool = False,
    call_step: Callable[..., dict[str, Any]] | None = None,
    wait_for: Callable[[], object] | None = None,
) -> RunOutcome:
    """Run the ingest DAGs, then `standardise`, then `indicators`, one after the other in this process.

    Their steps share one session of the engine. A failed ingest stops nothing; a failed `standardise` stops `indicators`.
    Failures are outcomes, not exceptions. Retries and time limits of the DAGs do not apply here: a person is waiting,
    and starts the command again.

    Args:
        as_of: the as-of day; None: today in Vietnam, decided in the steps.
        force: take a day before the first record or after today too.
        approve: release what changed definitions move, however much.
        progress: called with each outcome as soon as it is known; what it prints reaches the terminal.
        call_step: calls a step by its name and arguments (`SideProcess.call`); None: in this process.
        wait_for: called when Airflow is ready, before the first DAG.

    Raises:
        RunFailedError: Airflow cannot be prepared, or a file of `dags/` cannot be read.
        KeyboardInterrupt: the person interrupted a step.
    """
    settings = get_settings()
    conf = {"as_of": as_of.isoformat() if as_of else None, "force": force, "approve": approve}
    logs = settings.home / "logs"
    make_private_directory(logs)
    log_file = logs / f"airflow-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.log"
    outcomes: list[DagOutcome] = []
    # Airflow's loggers keep the stream that they first wrote to, so the file stays open as long as the process lives.
    log = log_file.open("a", encoding="utf-8", buffering=1)
    with _airflow_output_to(log), said_while_it_lasts("airflow starts", every=5):
        dags = load_dags(settings)
        from jobs.runtime import dag_tasks  # it imports Airflow

        dag_tasks.call_step = call_step or dag_tasks.call_here
    if wait_for:
        wait_for()
    for dag_id in RUN_DAGS:
        if dag_id == "indicators" and outcomes[-1].state == "failed":
            outcome = DagOutcome(dag_id, "not_run")
        else:
            with _airflow_output_to(log):
                outcome = _run_dag(dags[dag_id], conf)
        outcomes.append(outcome)
        if progress:
            progress(outcome)
    return RunOutcome(tuple(outcomes), log_file)


def run_steps(as_of: date | None, call_step: Callable[..., dict[str, Any]], *, force: bool = False, approve: bool = False) -> RunOutcome:
    """The steps of a run for which nothing waits and nothing is to be pulled, without Airflow, whose start alone takes ten seconds of a core.

    They are the same as the DAGs': the steps themselves find out that there is nothing to do, or what a new day or a changed definition asks for.
    """
    settings = get_settings()
    outcomes = [DagOutcome(dag_id, "skipped") for dag_id in INGEST_DAGS]
    for name in ("standardise", "indicators"):
        if outcomes[-1].state == "failed":
            outcomes.append(DagOutcome(name, "not_run"))
            continue
        start = time.monotonic()
        try:
            result = call_step(name, as_of=as_of.isoformat() if as_of else None, force=force, approve=approve)
        except NtmError as error:
            outcomes.append(DagOutcome(name, "failed", None, str(error), error.exit_code, time.monotonic() - start))
        except Exception as error:
            # As Airflow would tell it; where it broke is in the log of the steps' process.
            sentence, code = _explain(error)
            outcomes.append(DagOutcome(name, "failed", None, sentence, code, time.monotonic() - start))
        else:
            outcomes.append(DagOutcome(name, "success", result, seconds=time.monotonic() - start))
    return RunOutcome(tuple(outcomes), settings.home / "logs" / "ntm.log")


@contextmanager
def _airflow_output_to(log: TextIO) -> Iterator[None]:
    """Keep what Airflow prints out of the terminal, and its own breakdowns (a full disk, a broken database) short."""
    try:
        with redirect_stdout(log), redirect_stderr(log):
            try:
                yield
            except Exception:
                traceback.print_exc()
                raise
    except NtmError:
        raise
    except Exception as error:
        raise RunFailedError(f"Airflow could not run the DAGs ({type(error).__name__}); see {log.name}") from error


def load_dags(settings: Settings) -> dict[str, Any]:
    """Configure and import Airflow, create its database if there is none, read `dags/`, and start the API that tasks talk to.

    Raises:
        RunFailedError: a file of `dags/` cannot be read, or Airflow was imported before.
    """
    home = settings.home / "airflow"
    database = home / f"in-process-{version('apache-airflow')}.db"
    environment = airflow_environment(settings, database.name)
    if "airflow" in sys.modules and any(os.environ.get(name) != value for name, value in environment.items()):
        raise RunFailedError("Airflow was imported before this workspace was configured; run the DAGs in a new process")
    make_private_directory(home)
    os.environ.update(environment)

    import httpx
    from airflow.dag_processing.dagbag import DagBag  # only now: Airflow reads its configuration on import
    from airflow.sdk.execution_time.supervisor import in_process_api_server
    from airflow.utils import db

    marker = database.with_suffix(".ready")
    with database.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if marker.exists() and marker.read_text(encoding="ascii") != _shape_of(database):
            get_logger().warning("airflow's database in process was damaged and is made again; it holds nothing", file=str(database))
            marker.unlink()
        if not marker.exists():
            # Without the marker the database is missing, or a run was killed while it was being made.
            for file in home.glob(f"{database.name}*"):
                file.unlink()
            db.initdb()
            marker.write_text(_shape_of(database), encoding="ascii")
    bag = DagBag(DAGS_FOLDER)
    if bag.import_errors:
        file, trace = next(iter(bag.import_errors.items()))
        raise RunFailedError(f"{file} cannot be read: {trace.strip().splitlines()[-1]}")
    # The API that tasks in process talk to takes seconds to build itself at its first request. Asked now, it does so while the steps' process gets ready.
    httpx.Client(transport=in_process_api_server().transport, base_url="http://in-process.invalid").get("/health")
    return dict(bag.dags)


def _shape_of(database: Path) -> str:
    """Names the tables and indexes of a SQLite file that is whole; of one that is not, nothing of the kind."""
    if not database.exists():
        return "missing"
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
            (whole,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            names = sorted(str(name) for (name,) in connection.execute("SELECT name FROM sqlite_master"))
    except sqlite3.Error:
        return "damaged"
    return sha256("\n".join(names).encode()).hexdigest() if whole == "ok" else "damaged"


def refuse_damaged(database: Path) -> None:
    """Refuse a SQLite file that is not whole; one that is not there is none.

    Raises:
        RunFailedError: it is damaged.
    """
    if database.exists() and _shape_of(database) == "damaged":
        raise RunFailedError(
            f"{database} is damaged. It holds the scheduler's history and no data: move it away and start again; what waits in the landing zone still waits"
        )


def airflow_command(arguments: Sequence[str]) -> int:
    """Run a command of Airflow's own command line on this workspace's scheduler database (`ntm airflow dags list`); returns its exit code.

    Raises:
        RunFailedError: the database is damaged or cannot be prepared.
    """
    settings = get_settings()
    environment = dict(os.environ) | airflow_environment(settings, "airflow.db")
    home = settings.home / "airflow"
    make_private_directory(home)
    make_private_directory(settings.home / "logs")
    _make_files(settings)
    refuse_damaged(home / "airflow.db")
    if not (home / "airflow.db").exists():
        for setup in (*SETUP, ("dags", "reserialize")):
            done = subprocess.run([sys.executable, "-m", "airflow", *setup], env=environment, cwd=home, capture_output=True, check=False)  # noqa: S603
            if done.returncode != 0:
                raise RunFailedError(
                    f"airflow {' '.join(setup[:2])} failed: {done.stderr.decode(errors='replace').strip().splitlines()[-1:]}"
                )
    return subprocess.run([sys.executable, "-m", "airflow", *arguments], env=environment, cwd=home, check=False).returncode  # noqa: S603


def _run_dag(dag: Any, conf: dict[str, Any]) -> DagOutcome:
    failures: list[BaseException] = []

    def note_failure(context: Any) -> None:
        failures.append(context["exception"])

    for task in dag.tasks:
        task.retries = 0
        task.execution_timeout = None
        task.on_failure_callback = [note_failure]

    start = time.monotonic()
    run = dag.test(run_conf={name: value for name, value in conf.items() if name in dag.params})
    seconds = time.monotonic() - start
    # Airflow takes an interrupt for a failed task and would go on with the next DAG.
    for failure in failures:
        if isinstance(failure, KeyboardInterrupt):
            raise failure
    first = run.get_task_instance(dag.roots[0].task_id)
    result = first.xcom_pull(task_ids=first.task_id)
    if failures or run.state != "success":
        if result is not None and result.get("error"):
            # The step ended well and said that its source could not be pulled.
            return DagOutcome(dag.dag_id, "failed", result, result["error"], SourceError.exit_code, seconds)
        if result is not None and failures and first.state == "success":
            # The step ended well, and the task after it names what of the load a person has to look at.
            return DagOutcome(dag.dag_id, "success", result, _explain(failures[0])[0], SourceError.exit_code, seconds)
        error, exit_code = _explain(failures[0] if failures else None)
        return DagOutcome(dag.dag_id, "failed", result, error, exit_code, seconds)
    return DagOutcome(dag.dag_id, "skipped" if first.state == "skipped" else "success", result, seconds=seconds)


def _explain(failure: BaseException | None) -> tuple[str, int]:
    """A failure as one sentence and an exit code; a task raises its step's NtmError as an exception of Airflow."""
    if failure is None:
        return "Airflow could not run the task", RunFailedError.exit_code
    if isinstance(failure.__context__, NtmError):
        return str(failure.__context__), failure.__context__.exit_code
    # Only the first line: an engine's message may go on with the values of rows.
    lines = str(failure).strip().splitlines()
    return f"{type(failure).__name__}: {lines[0] if lines else ''}".rstrip(": "), RunFailedError.exit_code


def serve() -> int:
    """Run Airflow's scheduler, DAG processor and web server for this workspace until it is stopped; loopback only.

    These are the parts of `airflow standalone` that the DAGs need. `standalone` itself would also open two log servers
    on every network interface, and leave its parts behind when it is terminated.

    Returns:
        the exit code: 0 when it was stopped (SIGINT, SIGTERM), 1 when a part ended by itself.

    Raises:
        UsageError: the port is not a port, or is taken.
        RunFailedError: Airflow's database cannot be prepared.
    """
    settings = get_settings()
    keep_private(settings)
    environment = airflow_environment(settings, "airflow.db")
    url = environment["AIRFLOW__API__BASE_URL"]
    port = int(environment[PORT_VARIABLE])
    refuse_taken_port(port)
    logs = settings.home / "logs"
    make_private_directory(settings.home / "airflow")
    make_private_directory(logs)
    _make_files(settings)
    refuse_damaged(settings.home / "airflow" / "airflow.db")
    task_port = free_port()
    # The parts share the two keys for as long as they run; a new start makes new ones, and they are never written down.
    environment |= {
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://{HOST}:{task_port}/execution/",
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(64),
        "AIRFLOW__API__SECRET_KEY": secrets.token_hex(64),
    }
    environment = dict(os.environ) | environment

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    running: dict[str, subprocess.Popen[bytes]] = {}

    def start(part: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (logs / f"airflow-{part}.log").open("ab") as log:
            running[part] = _start(arguments, environment, log)
        return running[part]

    try:
        _say("Preparing Airflow's database")
        for arguments in SETUP:
            setup = start("setup", *arguments)
            if not _wait(lambda: setup.poll() is not None, stop):  # noqa: B023 - called in this turn only
                return 0
            if setup.returncode != 0:
                raise RunFailedError(f"airflow {' '.join(arguments[:2])} failed; see {logs / 'airflow-setup.log'}")
        del running["setup"]

        # The web page and the task API in one process stop each other: a request of the page waits for SQLite's lock
        # in the event loop that has to run for a task's request to end and give the lock back.
        start("web", "api-server", "--apps", "core")
        start("task-api", "api-server", "--apps", "execution", "--port", str(task_port))
        # A task that starts before its API listens has lost its first try.
        if not _wait(lambda: (_listens(port) and _listens(task_port)) or _ended(running) is not None, stop):
            return 0
        start("dag-processor", "dag-processor")
        start("scheduler", "scheduler", "--skip-serve-logs")
        _say(f"Airflow: {url} (user admin, password in {password_file(settings)}); logs in {logs}; Ctrl-C stops it")
        if not _wait(lambda: _ended(running) is not None, stop):
            return 0
        part = _ended(running)
        _say(f"Airflow's {part} ended by itself; see {logs / f'airflow-{part}.log'}")
        return RunFailedError.exit_code
    finally:
        _stop(list(running.values()))


def _wait(condition: Callable[[], bool], stop: threading.Event) -> bool:
    """Wait until the condition holds; False: stopped before."""
    while not condition():
        if stop.wait(0.5):
            return False
    return True


def _make_files(settings: Settings) -> None:
    """Make the admin's password, once, and an empty `airflow.cfg`.

    Airflow would print a password that it makes itself, and each part that finds no `airflow.cfg` would write one.
    """
    home = settings.home / "airflow"
    for path, content in (
        (password_file(settings), json.dumps({"admin": secrets.token_urlsafe(16)}) + "\n"),
        (home / "airflow.cfg", ""),
    ):
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(content, encoding="utf-8")


def refuse_taken_port(port: int) -> None:
    """Refuse a port of loopback that somebody listens at.

    Raises:
        UsageError: it is taken.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise UsageError(f"port {port} of {HOST} is taken; name another one in {PORT_VARIABLE}") from None


def _start(arguments: tuple[str, ...], environment: dict[str, str], log: IO[bytes]) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C reaches `serve` alone, which stops the parts in order, with all that they started.
    return subprocess.Popen(  # noqa: S603 - this interpreter and fixed arguments
        [sys.executable, "-m", "airflow", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def _ended(processes: dict[str, subprocess.Popen[bytes]]) -> str | None:
    """The first of the parts that does not run any more."""
    return next((part for part, process in processes.items() if process.poll() is not None), None)


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    """End processes and what they started: the scheduler first, with its tasks; the API they talk to after it."""
    for process in reversed(processes):
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(arguments: list[str] | None = None) -> int:
    """The command line `python -m jobs.runtime.airflow serve`."""
    parser = argparse.ArgumentParser(prog="python -m jobs.runtime.airflow", description="Airflow for this workspace")
    commands = parser.add_subparsers(required=True)
    commands.add_parser("serve", help=f"scheduler and web server on {HOST}; port: {PORT_VARIABLE}, else {DEFAULT_PORT}")
    parser.parse_args(arguments)
    try:
        return serve()
    except NtmError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
