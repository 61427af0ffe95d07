"""The site of a generated province over the reform of July 2025: Bắc Giang, whose code has been Bắc Ninh's since. With made-up boundaries of most communes."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import pytest

from jobs.publish.site.build import build_site
from jobs.sample.generator import generate
from jobs.sample.plan import SamplePlan
from tests.support.boundaries import around, collection
from tests.support.released import asked
from tests.support.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

LAST_DAY = dt.date(2025, 7, 20)
WITHOUT_BOUNDARY = 3
"""So many communes have none."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> tuple[Workspace, Path]:
    """The workspace and the folder of its site."""
    workspace = Workspace(tmp_path_factory.mktemp("site") / "home")
    plan = SamplePlan("24", dt.date(2025, 5, 20), LAST_DAY, 3, work_records=900, dossiers=700, ocop=40, documents=20)
    generate(plan, workspace.home / "landing", workspace.home / "truth")
    workspace.load(LAST_DAY)
    folder = workspace.home / "site"
    build_site(workspace.warehouse, folder, boundaries=_boundaries(workspace))
    return workspace, folder


def _boundaries(workspace: Workspace) -> Path:
    _, rows = asked(
        workspace.warehouse,
        f"""SELECT unit_code, CAST(unit_valid_from AS VARCHAR), longitude, latitude FROM silver.administrative_unit
        WHERE province_code = '24' AND level = 'commune' AND latitude IS NOT NULL
          AND version_from <= DATE '{LAST_DAY}' AND coalesce(version_to, DATE '9999-12-31') >= DATE '{LAST_DAY}' ORDER BY unit_code""",
    )
    points = {(code, since): (longitude, latitude) for code, since, longitude, latitude in rows}
    outlines = around(points, steps=10)
    file = workspace.home / "ranh-gioi.geojson"
    file.write_text(json.dumps(collection(dict(list(outlines.items())[WITHOUT_BOUNDARY:]))), encoding="utf-8")
    return file
