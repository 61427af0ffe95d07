from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.made_up import made_up_definitions
from tests.support.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyspark.sql import SparkSession

    from tests.support.definitions import Definitions


@pytest.fixture
def workspace(tmp_path: Path, spark: SparkSession) -> Workspace:
    return Workspace(tmp_path / "home")


@pytest.fixture
def definitions(tmp_path: Path) -> Iterator[Definitions]:
    """The project's definitions and the made-up ones, in a folder that the test may write to."""
    with made_up_definitions(tmp_path / "definitions") as own:
        yield own
