"""Builds `.jars/spark.jsa`, the class-data-sharing archive that Spark's JVM starts from (`jobs/engine/session.py`).

Run by `infra/setup.sh --spark` with the project's Python. A JVM writes the archive when it ends: the classes that a small load of sample records made it
read. The next JVM maps them instead of reading and checking them again; one that has other classes or flags refuses the archive and starts without.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ARCHIVE = ROOT / ".jars" / "spark.jsa"
LOG = ROOT / "var" / "setup.log"
TIMEOUT_SECONDS = 600
LOADED_DAY = date(2025, 1, 31)


class ArchiveError(Exception):
    """The archive could not be built; the message is one line that says why."""


def java_version() -> str:
    """What the Java that Spark will start says about itself.

    Raises:
        ArchiveError: there is none.
    """
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home, "bin", "java")) if home else "java"
    try:
        done = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        raise ArchiveError("Java cannot be started") from None
    return done.stderr


def spark_jars() -> list[Path]:
    """The JARs of the installed PySpark: the class path of its JVM.

    Raises:
        ArchiveError: PySpark is not installed.
    """
    spec = importlib.util.find_spec("pyspark")
    if spec is None or spec.origin is None:
        raise ArchiveError("pyspark is not installed in .venv: make setup")
    return sorted((Path(spec.origin).parent / "jars").glob("*.jar"))


def fingerprint(java: str, jars: list[Path], *sources: Path) -> str:
    """What the archive depends on: Java, the class path (a JVM compares sizes and times too), and the sources that say the JVM's flags and what it reads."""
    parts = [java, *(f"{jar} {jar.stat().st_size} {jar.stat().st_mtime_ns}" for jar in jars)]
    parts += [source.read_text(encoding="utf-8") for source in sources]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def ensure_archive(wanted: str, archive: Path = ARCHIVE) -> None:
    """Build the archive if there is none of this fingerprint; the stamp beside it, `<fingerprint> <bytes>`, says that it is whole.

    Raises:
        ArchiveError: the load failed, or left no archive.
    """
    stamp = archive.with_suffix(".stamp")
    if archive.is_file() and stamp.is_file() and stamp.read_text(encoding="ascii") == f"{wanted} {archive.stat().st_size}":
        return
    sys.stdout.write("set-up: making the archive of Spark's classes (a minute)\n")
    sys.stdout.flush()
    # Without the old one: a JVM that starts from an archive cannot write one.
    stamp.unlink(missing_ok=True)
    archive.unlink(missing_ok=True)
    for unfinished in archive.parent.glob(".archive-*"):  # of a set-up that was killed
        shutil.rmtree(unfinished)
    with tempfile.TemporaryDirectory(prefix=".archive-", dir=archive.parent) as folder:
        record(Path(folder)).replace(archive)
    stamp.write_text(f"{wanted} {archive.stat().st_size}", encoding="ascii")


def record(folder: Path) -> Path:
    """Have a load of sample records in a process of its own leave the archive in the folder.

    Raises:
        ArchiveError: it did not.
    """
    written = folder / "spark.jsa"
    own = {name: value for name, value in os.environ.items() if not name.startswith(("NTM_", "SPARK_", "PYSPARK_"))}
    environment = own | {
        "NTM_ENGINE": "spark",
        "NTM_HOME": str(folder / "home"),
        "SPARK_SUBMIT_OPTS": f"-XX:ArchiveClassesAtExit={written}",
    }
    LOG.parent.mkdir(parents=True, exist_ok=True)
    try:
        with LOG.open("ab") as log:
            subprocess.run(  # noqa: S603 (this interpreter and this file)
                [sys.executable, __file__, "--load"],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                timeout=TIMEOUT_SECONDS,
                check=True,
            )
    except subprocess.SubprocessError:
        raise ArchiveError(f"the load that it is made by failed (what it said: {LOG})") from None
    if not written.is_file():
        raise ArchiveError("this Java wrote none")
    return written


def load_samples() -> None:
    """A small load, on the engine and workspace of the environment; ends Spark's JVM, which then writes its archive."""
    from pyspark import SparkContext

    from jobs import steps
    from jobs.border.tokens import make_key
    from jobs.sample.generator import generate
    from jobs.sample.plan import SamplePlan
    from jobs.settings import get_settings

    home = get_settings().home
    home.mkdir()
    make_key(home / "pii.key")
    plan = SamplePlan(
        province="40",
        date_from=date(2025, 1, 1),
        date_to=LOADED_DAY,
        seed=7,
        work_records=200,
        dossiers=200,
        ocop=20,
        unreadable_files=False,
        sheets=False,
    )
    generate(plan, home / "landing", home / "truth")
    steps.standardise(LOADED_DAY.isoformat())
    gateway = SparkContext._gateway
    if gateway is None or SparkContext._active_spark_context is None:
        raise ArchiveError("the load started no JVM")
    SparkContext._active_spark_context.stop()
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait()


def main(arguments: list[str]) -> int:
    """Run by the set-up; an archive that cannot be built is named in one line and is no failure: Spark starts without it, only later."""
    if arguments == ["--load"]:
        load_samples()
        return 0
    try:
        ensure_archive(fingerprint(java_version(), spark_jars(), ROOT / "jobs" / "engine" / "session.py", Path(__file__)))
    except ArchiveError as error:
        sys.stderr.write(f"set-up: no archive of Spark's classes, so it will start more slowly: {error}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
