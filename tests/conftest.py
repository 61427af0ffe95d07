"""One session of the run's engine for all tests: `NTM_ENGINE`, or `make test ENGINE=…`; Sail unless it says Spark."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import hypothesis
import pytest

from jobs.runtime.interpreter import collect_seldom

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

# The machines that this runs on stand in Vietnam, and Python's naive times are those of the machine.
os.environ["TZ"] = "Asia/Ho_Chi_Minh"
time.tzset()

# A handful of rows gains nothing by several threads of Sail and `deltalake`: waking each other costs a load a twelfth of its time.
os.environ.setdefault("TOKIO_WORKER_THREADS", "1")

# As the processes of a run do: what Great Expectations and Spark's client consist of would be looked through in vain, an eighth of the tests' time.
collect_seldom()

# How long an example may take is no property of the code: other work on the machine makes any of them late.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

# A test's frames have a handful of rows: compiling each plan to bytecode, and that to good machine code, would be most of
# the work, and so would planning anew after each exchange. One process for all tests compiles much: in the 48 MiB that the
# quick compiler has by itself there is no room after some minutes, and the rest would be interpreted.
QUICK_JVM = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m"
FOR_SMALL_FRAMES = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.databricks.delta.snapshotPartitions": "1",
}


_ENGINES = frozenset({"spark", "apache_spark", "java"})
_LONG = ("tests/pipeline/", "tests/jobs/runtime/", "tests/benchmarks/")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Order the files; leave out on Spark what no engine takes part in, and what is about the warehouse's own logic and not about its engine."""
    # Files of long tests first: they are dealt out one by one, and a long one at the end leaves the other cores idle.
    items.sort(key=lambda item: not item.nodeid.startswith(_LONG))
    if os.environ.get("NTM_ENGINE") != "spark":
        return
    left_out = [item for item in items if not asks_for_spark(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if asks_for_spark(item)]


def asks_for_spark(item: pytest.Item) -> bool:
    """Whether a test is run on Spark too: it has the session of the run's engine, or starts Spark beside it."""
    fixtures: list[str] = getattr(item, "fixturenames", [])
    return not _ENGINES.isdisjoint(fixtures) and not item.get_closest_marker("default_engine")


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    from jobs.engine.session import get_session
    from jobs.settings import Settings

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JDK_JAVA_OPTIONS", f"{os.environ.get('JDK_JAVA_OPTIONS', '')} {QUICK_JVM}".strip())
        home = tmp_path_factory.mktemp("spark")
        settings = Settings(home=home, spark_master="local[2]", spark_driver_memory="2g", _env_file=None)
        session = get_session(settings)
    if settings.engine == "spark":
        for name, value in FOR_SMALL_FRAMES.items():
            session.conf.set(name, value)
    yield session
    session.stop()


@pytest.fixture(scope="session")
def apache_spark(request: pytest.FixtureRequest) -> SparkSession:
    """The session where the engine is Apache Spark, for tests about Spark itself; skipped on another engine."""
    from jobs.settings import Settings

    if Settings(_env_file=None).engine != "spark":
        pytest.skip("about Apache Spark itself: make test ENGINE=spark")
    session: SparkSession = request.getfixturevalue("spark")
    return session
