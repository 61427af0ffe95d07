"""Many runs in a row of the real command, some of them killed: `python -m tests.pipeline.soak [--runs 50] [--kills 20]`.

The objects of a generated sample land in as many portions as there are runs, and each run is `ntm run` in a process of its own. Runs drawn by the seed are
killed (SIGKILL) at a random moment of what a run takes: by turns the command and the process of its steps. What a killed run has not
loaded is loaded by the next. Afterwards the tables must equal those of a
workspace that was given everything at once and was not killed, and nothing may be left: no process ten seconds after a run, no held lock, nothing in staging.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psutil

from jobs.border.tokens import make_key
from jobs.engine.tables import Warehouse
from jobs.errors import RunFailedError
from jobs.settings import Settings

AS_OF = "2025-06-30"
TABLES = (
    *(
        f"{layer}/{table}"
        for layer in ("bronze", "quarantine")
        for table in ("work_record", "dossier", "ocop_product", "organisation", "paper_work_record")
    ),
    *(
        f"silver/{table}"
        for table in ("work_record", "dossier", "ocop_product", "organisation", "organisation_period", "paper_work_record")
    ),
    "gold/indicator_value",
    "gold/target_status",
    "ops/tombstone",
    "ops/withheld",
    "ops/load",
)
GRACE_SECONDS = 10
"""In it the processes and the lock of a run have to be gone after it ended: the steps' process learns of a kill by its end of the connection."""
RUN_ONLY = frozenset({"run_id", "computed_at", "received_at", "held_since", "recorded_at", "written_at", "storage_version"})
"""What tells of the run and not of the records."""


def ntm(home: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """The command, in a process group of its own."""
    # Nothing of the settings around it but the engine.
    settings = {name: value for name, value in os.environ.items() if not name.startswith("NTM_") or name == "NTM_ENGINE"}
    environment = {**settings, "NTM_HOME": str(home), "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    command = [sys.executable, "-m", "jobs.cli", *arguments]
    log = (home / "soak.log").open("ab")
    return subprocess.Popen(command, cwd=home, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)  # noqa: S603


def finished(home: Path, *arguments: str) -> tuple[int, float]:
    """Exit code and seconds of a run that nobody kills."""
    started = time.monotonic()
    return ntm(home, *arguments).wait(), time.monotonic() - started


def killed(home: Path, after: float, *, steps: bool) -> int | None:
    """Start a run and kill it after so many seconds, or the process of its steps; its exit code where it had ended by then."""
    process = ntm(home, "run", "--date", AS_OF, "--quiet")
    try:
        return process.wait(timeout=after)
    except subprocess.TimeoutExpired:
        others = [child.pid for child in psutil.Process(process.pid).children() if "jobs.runtime.side_process" in child.cmdline()]
        os.kill(others[0] if steps and others else process.pid, signal.SIGKILL)
        code = process.wait()
        return None if code in (-signal.SIGKILL, RunFailedError.exit_code) else code


def processes_of(home: Path) -> list[int]:
    """Processes that have the workspace in their environment, without this one."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            try:
                environment = (folder / "environ").read_bytes()
            except OSError:
                continue
            if f"NTM_HOME={home}\0".encode() in environment:
                found.append(int(folder.name))
    return found


def is_locked(home: Path) -> bool:
    """Whether somebody holds the workspace."""
    if not (home / "writer.lock").exists():
        return False
    with (home / "writer.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def comparable(home: Path) -> dict[str, list[str]]:
    """All rows of all tables, order-free.

    Of equal rows the one that came first counts and the others are its copies, so which object has the copy is the order's affair; how many copies a row has
    is not. What concerns copies is therefore compared without the object.
    """
    warehouse = Warehouse.of(Settings(home=home, _env_file=None))
    found: dict[str, list[dict[str, Any]]] = {}
    for table in filter(warehouse.exists, TABLES):
        rows = [{name: value for name, value in row.items() if name not in RUN_ONLY} for row in warehouse.rows(table)]
        if table.startswith("bronze/"):
            found[f"{table}, copies"] = [{"row_hash": row["row_hash"], "copy": row.pop("copy")} for row in rows]
        if table == "ops/load":
            found["ops/load, counts"] = [_sums(rows)]
            for row in rows:
                row["accepted_or_duplicate"] = row.pop("rows_accepted") + row.pop("rows_duplicate")
        found[table] = rows
    return {table: sorted(json.dumps(row, default=str, sort_keys=True) for row in rows) for table, rows in found.items()}


def _sums(rows: list[dict[str, Any]]) -> dict[str, int]:
    return {
        name: sum(row[name] for row in rows) for name in ("rows_read", "rows_accepted", "rows_duplicate", "rows_rejected", "rows_withheld")
    }


def portions(sample: Path, count: int) -> list[list[Path]]:
    """The objects of a landing zone in so many portions: the registry first, then by their day."""
    objects = sorted(
        (path.relative_to(sample) for path in sample.rglob("*") if path.is_file()),
        key=lambda path: (path.parts[0] != "registry", next((part for part in path.parts if part.startswith("dt=")), ""), str(path)),
    )
    return [objects[number * len(objects) // count : (number + 1) * len(objects) // count] for number in range(count)]


def land(sample: Path, home: Path, objects: list[Path]) -> None:
    """Copy objects into the landing zone."""
    for path in objects:
        target = home / "landing" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(sample / path, target)


def run_in_portions(sample: Path, home: Path, runs: int, kills: int, draw: random.Random) -> list[str]:
    """Land a portion a run and run, or start and kill; what was not as it must be."""
    problems: list[str] = []
    died, lasted, outlived = 0, [], 0.0
    for number, objects in enumerate(portions(sample, runs), 1):
        land(sample, home, objects)
        # Not the first, which says how long a run takes, nor the last, which loads what is left; of the others as many as are still to be killed.
        if lasted and draw.random() * (runs - number) < kills - died:
            # Sooner than any run has ended, so that it is most often killed; where not, another one is.
            after, steps = draw.uniform(0.5, 0.9 * min(lasted)), died % 2 == 1
            code = killed(home, after, steps=steps)
            died += code is None
            told = (
                f"{'its steps' if steps else 'it'} killed after {after:.1f} s"
                if code is None
                else f"ended before it was killed, exit {code}"
            )
        else:
            code, seconds = finished(home, "run", "--date", AS_OF, "--quiet")
            lasted.append(seconds)
            told = f"exit {code}, {seconds:.1f} s"
        print(f"run {number}: {told}", flush=True)
        if code not in (0, 3, None):
            problems.append(f"run {number} ended with exit code {code}")
        ended = time.monotonic()
        # The kernel takes a process's memory, and with it what tells its workspace, before its lock.
        while ((left := processes_of(home)) or is_locked(home)) and time.monotonic() - ended < GRACE_SECONDS:
            time.sleep(0.01)
        outlived = max(outlived, time.monotonic() - ended)
        if left:
            problems.append(f"run {number} left processes: {left}")
        if is_locked(home):
            problems.append(f"run {number} left the lock held")
    print(f"{runs} runs, {died} of them killed while they worked; the others took {min(lasted):.1f} to {max(lasted):.1f} s")
    print(f"no process and no lock outlived its run by more than {outlived:.2f} s")
    if died < kills:
        problems.append(f"only {died} of {kills} runs could be killed")
    if any((home / "staging").glob("*")):
        problems.append("files were left in staging")
    return problems


def main() -> None:
    """Run the soak and say what was found; exit code 1 when anything is not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--records", type=int, default=2000, help="work records and dossiers, each")
    options = parser.parse_args()
    if options.kills > options.runs - 2:
        parser.error("--kills: the first and the last run are not killed, so at most two fewer than --runs")
    root = Path(tempfile.mkdtemp(prefix="ntm-soak-"))
    whole, cut = root / "whole", root / "cut"

    size = str(options.records)
    make_key(whole / "pii.key")
    code, _ = finished(whole, "sample", "--work-records", size, "--dossiers", size, "--ocop", "200", "--quiet")
    if code != 0:
        sys.exit(f"soak: `ntm sample` ended with {code}: {whole / 'soak.log'}")
    code, seconds = finished(whole, "run", "--date", AS_OF, "--quiet")
    print(f"everything in one run: exit {code}, {seconds:.1f} s")
    if code not in (0, 3):
        sys.exit(f"soak: the run that is compared with ended with {code}: {whole / 'soak.log'}")

    cut.mkdir()
    shutil.copy(whole / "pii.key", cut / "pii.key")
    problems = run_in_portions(whole / "landing", cut, options.runs, options.kills, random.Random(options.seed))  # noqa: S311 - not for secrets
    problems += differences(comparable(whole), comparable(cut))
    for problem in problems:
        print(f"PROBLEM: {problem}")
    print(
        f"{len(problems)} problems; the workspaces are in {root}"
        if problems
        else "0 problems: every row is there once, no process and no lock is left"
    )
    if not problems:
        shutil.rmtree(root)
    sys.exit(1 if problems else 0)


def differences(whole: dict[str, list[str]], cut: dict[str, list[str]]) -> list[str]:
    """Where the tables are not the same, a sentence a table."""
    found: list[str] = []
    for table, rows in whole.items():
        print(f"  {table}: {len(rows)} rows")
        if cut.get(table) != rows:
            missing, added = _without(rows, cut.get(table, [])), _without(cut.get(table, []), rows)
            found.append(f"{table}: {len(missing)} rows are missing, {len(added)} are too many")
    return found


def _without(rows: list[str], others: list[str]) -> list[str]:
    return list((Counter(rows) - Counter(others)).elements())


if __name__ == "__main__":
    main()
