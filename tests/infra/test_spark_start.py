"""How Spark's JVM starts from the archive of classes that `make setup-spark` makes, and without one."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from jobs.engine.session import JARS
from jobs.settings import PROJECT_ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

# Starts Spark as a run does, with an archive of the test's beside the project's JARs.
START = """
import sys
from pathlib import Path
from jobs.engine import session
from jobs.settings import get_settings

jars, folder = session.JARS, Path(sys.argv[1])
for jar in jars.glob("*.jar"):
    (folder / jar.name).symlink_to(jar)
session.JARS = folder
spark = session.get_session(get_settings())
print(spark.range(3).count())
"""


def test_the_jvm_takes_the_archive(apache_spark: SparkSession) -> None:
    if not (JARS / "spark.stamp").is_file():
        pytest.skip("make setup-spark has made no archive here")
    jvm = apache_spark._jvm
    assert jvm is not None
    arguments = list(jvm.java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments())
    assert f"-XX:SharedArchiveFile={JARS / 'spark.jsa'}" in arguments
    mapped = (PROJECT_ROOT / ".jars" / "spark.jsa").resolve()
    pid = jvm.java.lang.ProcessHandle.current().pid()
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps:  # noqa: PTH123 - no file of the project's
        assert any(line.rstrip().endswith(str(mapped)) for line in maps), "the JVM refused the archive: its flags or class path are others"


@pytest.mark.slow
def test_an_archive_that_does_not_fit_stops_nothing(tmp_path: Path, apache_spark: SparkSession) -> None:
    jars, home = tmp_path / "jars", tmp_path / "home"
    jars.mkdir()
    (jars / "spark.jsa").write_bytes(b"no archive")
    (jars / "spark.stamp").write_text("any 10", encoding="ascii")
    done = subprocess.run(  # noqa: S603 (this interpreter and a fixed script)
        [sys.executable, "-c", START, str(jars)],
        env=os.environ | {"NTM_ENGINE": "spark", "NTM_HOME": str(home), "PYTHONPATH": str(PROJECT_ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "3\n", "")
