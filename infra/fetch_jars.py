"""Brings the JARs of `infra/jars.lock` into `.jars/` through Spark's own resolver and checks each by its SHA-256.

Run by `infra/setup.sh --spark` with the project's Python; needs Java. Where the JARs come from is Spark's affair (its default
repository, or the one of `DEFAULT_ARTIFACT_REPOSITORY` or `spark-defaults.conf`); what they are is fixed by the lock.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "infra" / "jars.lock"
FOLDER = ROOT / ".jars"
LOG = ROOT / "var" / "setup.log"
RESOLVER_TIMEOUT_SECONDS = 900

# Spark has these itself (Hadoop, Parquet, Jackson, Log4j, …), and unitycatalog-hadoop only for Unity Catalog servers.
# Without the exclusions the resolver fetches 33 JARs, of which 6 are needed.
EXCLUDED = ("com.*:*", "commons-*:*", "io.airlift:*", "io.unitycatalog:unitycatalog-hadoop", "javax.*:*", "org.*:*")

_LOCK_LINE = re.compile(r"(?P<group>[\w.-]+):(?P<artifact>[\w.-]+):(?P<version>[\w.-]+) sha256:(?P<sha256>[0-9a-f]{64})")


class JarError(Exception):
    """The JARs are not there; the message is one line that says why and what to do."""


@dataclass(frozen=True)
class Jar:
    """One line of the lock."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def coordinate(self) -> str:
        """`group:artifact:version`, as Spark's resolver takes it."""
        return f"{self.group}:{self.artifact}:{self.version}"

    @property
    def file_name(self) -> str:
        """The name that Spark's resolver gives the file."""
        return f"{self.group}_{self.artifact}-{self.version}.jar"


def read_lock(path: Path) -> list[Jar]:
    """Read the lock: `group:artifact:version sha256:<64 hex digits>` a line, `#` begins a comment line.

    Raises:
        JarError: a line has another form; the message names file and line.
    """
    jars = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _LOCK_LINE.fullmatch(line.strip())
        if match is None:
            raise JarError(f"{path.name} line {number}: expected `group:artifact:version sha256:<64 hex digits>`")
        jars.append(Jar(**match.groupdict()))
    return jars


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def remove_unlocked(jars: list[Jar], folder: Path) -> None:
    """Remove what the lock does not name and what has another hash: Spark must never load it."""
    hashes = {jar.file_name: jar.sha256 for jar in jars}
    for path in folder.glob("*.jar"):
        if hashes.get(path.name) != sha256_of(path):
            path.unlink()


def accept(jars: list[Jar], fetched: Path, folder: Path) -> None:
    """Move fetched JARs into the folder, each only when its hash is the lock's.

    Raises:
        JarError: a JAR was not fetched, or has another hash.
    """
    for jar in jars:
        path = fetched / jar.file_name
        if not path.is_file():
            raise JarError(f"Spark's resolver did not bring {jar.coordinate} (what it said: {LOG})")
        found = sha256_of(path)
        if found != jar.sha256:
            path.unlink()
            raise JarError(f"{jar.coordinate} has sha256 {found}, infra/jars.lock says {jar.sha256}: removed it")
        path.replace(folder / jar.file_name)


def resolve(jars: list[Jar], ivy_home: Path) -> Path:
    """Have Spark's resolver fetch the JARs; return the folder that holds them.

    Raises:
        JarError: the resolver failed.
    """
    spec = importlib.util.find_spec("pyspark")
    if spec is None or spec.origin is None:
        raise JarError("pyspark is not installed in .venv: make setup")
    spark_home = Path(spec.origin).parent
    nothing_to_run = ivy_home / "nothing.py"
    nothing_to_run.touch()
    command = [
        str(spark_home / "bin" / "spark-submit"),
        *("--master", "local[1]"),
        *("--conf", f"spark.jars.ivy={ivy_home}"),
        *("--packages", ",".join(jar.coordinate for jar in jars)),
        *("--exclude-packages", ",".join(EXCLUDED)),
        str(nothing_to_run),
    ]
    environment = os.environ | {"SPARK_HOME": str(spark_home), "PYSPARK_PYTHON": sys.executable}
    LOG.parent.mkdir(parents=True, exist_ok=True)
    try:
        with LOG.open("ab") as log:
            subprocess.run(  # noqa: S603 (our own Spark, arguments from the lock)
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                timeout=RESOLVER_TIMEOUT_SECONDS,
                check=True,
            )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        raise JarError(f"Spark's resolver could not fetch Delta's JARs: is a Maven repository reachable? (what it said: {LOG})") from None
    return ivy_home / "jars"


def ensure_jars(lock: Path = LOCK, folder: Path = FOLDER) -> None:
    """Make the folder hold exactly the JARs of the lock; fetch nothing when it does already.

    Raises:
        JarError: it could not be done.
    """
    jars = read_lock(lock)
    folder.mkdir(exist_ok=True)
    for unfinished in folder.glob(".fetch-*"):  # of a set-up that was killed
        shutil.rmtree(unfinished)
    remove_unlocked(jars, folder)
    missing = [jar for jar in jars if not (folder / jar.file_name).is_file()]
    if not missing:
        return
    sys.stdout.write(f"set-up: fetching {len(missing)} JARs of Delta Lake\n")
    sys.stdout.flush()
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder) as ivy_home:
        accept(missing, resolve(missing, Path(ivy_home)), folder)


def require_jars(folder: Path, lock: Path = LOCK) -> None:
    """Make sure that the folder holds the JARs of the lock, and no other; changes nothing.

    Raises:
        JarError: one is missing, has another hash, or is none of the lock.
    """
    hashes = {jar.file_name: jar.sha256 for jar in read_lock(lock)}
    there = {path.name: sha256_of(path) for path in folder.glob("*.jar")}
    problems = {
        "missing": hashes.keys() - there.keys(),
        "with another hash": {name for name, found in there.items() if hashes.get(name, found) != found},
        "not in the lock": there.keys() - hashes.keys(),
    }
    told = [f"{what}: {', '.join(sorted(names))}" for what, names in problems.items() if names]
    if told:
        raise JarError(f"the JARs of infra/jars.lock are not whole in {folder}; {'; '.join(told)}")


def main() -> int:
    """Run by the set-up; 0 when all is there, 1 with one line when not. `--check FOLDER` only looks."""
    try:
        if sys.argv[1:2] == ["--check"]:
            require_jars(Path(sys.argv[2]))
        else:
            ensure_jars()
    except JarError as error:
        sys.stderr.write(f"set-up: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
