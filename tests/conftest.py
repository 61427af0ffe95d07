"""One Spark session for all tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    from jobs.settings import Settings
    from jobs.spark import get_session

    session = get_session(
        Settings(home=tmp_path_factory.mktemp("spark"), spark_master="local[2]", spark_driver_memory="2g", _env_file=None)
    )
    yield session
    session.stop()
