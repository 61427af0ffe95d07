from __future__ import annotations

import os
import shutil

import pytest

from jobs.spark import JARS


@pytest.fixture(scope="session")
def java() -> None:
    """Both engines are needed: Spark's part is left out where nobody could run it, never in CI."""
    if not os.environ.get("CI") and not (shutil.which("java") and any(JARS.glob("*.jar"))):
        pytest.skip("Spark is the other side of the comparison: it needs Java and the JARs of `make setup`")


@pytest.fixture
def quick_jvm(java: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A JVM of a child process that compiles little: it lives for a handful of rows."""
    options = f"{os.environ.get('JDK_JAVA_OPTIONS', '')} -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m"
    monkeypatch.setenv("JDK_JAVA_OPTIONS", options.strip())
