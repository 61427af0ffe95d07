"""Many runs in a row of the real command, some of them killed: `python -m tests.pipeline.soak [--runs 50] [--kills 20]`.

The objects of a generated sample land in as many portions as there are runs, and each run is `ntm run` in a process of its own. Runs drawn by the seed are
killed (SIGKILL) at a random moment of what a run takes; what a killed run has not loaded is loaded by the next. Afterwards the tables must equal those of a
workspace that was given everything at once and was not killed, and nothing may be left: no process, no held lock, nothing in staging.
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
from pathlib import Path
from typing import Any

from jobs.bronze.tokens import make_key
from jobs.ops.warehouse import Warehouse
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
RUN_ONLY = frozenset({"run_id", "computed_at", "received_at", "held_since", "recorded_at", "storage_version"})
"""What tells of the run and not of the records."""


def ntm(home: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """The command, in a process group of its own."""
    environment = {**os.environ, "NTM_HOME": str(home)}
    command = [sys.executable, "-m", "jobs.cli", *arguments]
    log = (home / "soak.log").open("ab")
    return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)  # noqa: S603


def finished(home: Path, *arguments: str) -> tuple[int, float]:
    """Exit code and seconds of a run that nobody kills."""
    started = time.monotonic()
    return ntm(home, *arguments).wait(), time.monotonic() - started


def killed(home: Path, after: float) -> bool:
    """Start a run and kill it after so many seconds; whether it was still running then."""
    process = ntm(home, "run", "--date", AS_OF, "--quiet")
    try:
        process.wait(timeout=after)
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        return True
    return False


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
    with (home / "writer.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def comparable(home: Path) -> dict[str, list[str]]:
    """All rows of all tables, order-free."""
    warehouse = Warehouse.of(Settings(home=home, _env_file=None))
    return {
        table: sorted(
            json.dumps({name: value for name, value in row.items() if name not in RUN_ONLY}, default=str, sort_keys=True)
            for row in warehouse.rows(table)
        )
        for table in TABLES
        if warehouse.exists(table)
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


def main() -> None:
    """Run the soak and say what was found; exit code 1 when anything is not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--records", type=int, default=2000, help="work records and dossiers, each")
    options = parser.parse_args()
    draw = random.Random(options.seed)  # noqa: S311 - not for secrets
    root = Path(tempfile.mkdtemp(prefix="ntm-soak-"))
    whole, cut = root / "whole", root / "cut"
    problems: list[str] = []

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
    to_kill = set(draw.sample(range(options.runs - 1), options.kills))
    typical, died, lasted = seconds, 0, []
    for number, objects in enumerate(portions(whole / "landing", options.runs)):
        land(whole / "landing", cut, objects)
        if number in to_kill:
            after = draw.uniform(0.5, typical)
            hit = killed(cut, after)
            died += hit
            print(f"run {number + 1}: {f'killed after {after:.1f} s' if hit else 'ended before it was killed'}", flush=True)
        else:
            code, seconds = finished(cut, "run", "--date", AS_OF, "--quiet")
            lasted.append(seconds)
            typical = sum(lasted) / len(lasted)
            print(f"run {number + 1}: exit {code}, {seconds:.1f} s", flush=True)
            if code not in (0, 3):
                problems.append(f"run {number + 1} ended with exit code {code}")
        if left := processes_of(cut):
            problems.append(f"run {number + 1} left processes: {left}")
        if (cut / "writer.lock").exists() and is_locked(cut):
            problems.append(f"run {number + 1} left the lock held")
    problems += differences(comparable(whole), comparable(cut))
    if any((cut / "staging").glob("*")):
        problems.append("files were left in staging")
    print(f"{options.runs} runs, {died} of them killed while they worked; the others took {min(lasted):.1f} to {max(lasted):.1f} s")
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


def _without(rows: list[str], others: list[str]) -> list[Any]:
    left = list(others)
    return [row for row in rows if not (row in left and left.remove(row) is None)]


if __name__ == "__main__":
    main()
