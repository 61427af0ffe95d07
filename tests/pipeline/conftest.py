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


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> Workspace:
    workspace = Workspace(tmp_path_factory.mktemp("begun") / "home")
    workspace.load()
    return workspace


@pytest.fixture
def workspace(begun: Workspace, tmp_path: Path) -> Workspace:
    """A workspace whose one release holds the administrative units and nothing else."""
    return begun.copy(tmp_path / "home")


@pytest.fixture
def definitions(tmp_path: Path) -> Iterator[Definitions]:
    """The project's definitions and the made-up ones, in a folder that the test may write to."""
    with made_up_definitions(tmp_path / "definitions") as own:
        yield own
