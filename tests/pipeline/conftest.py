from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession


@pytest.fixture
def workspace(tmp_path: Path, spark: SparkSession) -> Workspace:
    return Workspace(tmp_path / "home")
