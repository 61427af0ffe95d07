from __future__ import annotations

import os

import pytest

from jobs.settings import Settings


@pytest.fixture(scope="session")
def java() -> None:
    """Both engines are needed, so these are tests of the run on Spark: the one on Sail asks for no Java."""
    if Settings(_env_file=None).engine != "spark":
        pytest.skip("Spark is the other side of the comparison: make test ENGINE=spark")


@pytest.fixture
def quick_jvm(java: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A JVM of a child process that compiles little: it lives for a handful of rows."""
    options = f"{os.environ.get('JDK_JAVA_OPTIONS', '')} -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m"
    monkeypatch.setenv("JDK_JAVA_OPTIONS", options.strip())
