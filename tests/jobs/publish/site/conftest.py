"""The site of a generated province over the reform of July 2025: Bắc Giang, whose code has been Bắc Ninh's since."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from jobs.publish.site.build import build_site
from jobs.sample.generator import generate
from jobs.sample.plan import SamplePlan
from tests.support.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

LAST_DAY = dt.date(2025, 7, 20)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> tuple[Workspace, Path]:
    """The workspace and the folder of its site."""
    workspace = Workspace(tmp_path_factory.mktemp("site") / "home")
    plan = SamplePlan("24", dt.date(2025, 5, 20), LAST_DAY, 3, work_records=900, dossiers=700, ocop=40, documents=20)
    generate(plan, workspace.home / "landing", workspace.home / "truth")
    workspace.load(LAST_DAY)
    folder = workspace.home / "site"
    build_site(workspace.warehouse, folder)
    return workspace, folder
