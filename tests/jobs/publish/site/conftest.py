"""The site of a generated province over the reform of July 2025: Bắc Giang, whose code has been Bắc Ninh's since. With made-up boundaries of most communes."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from jobs.ops.releases import last_release
from jobs.publish.site.build import Beside, build_site
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


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> tuple[Workspace, Path]:
    """The workspace and the folder of its site."""
    workspace = Workspace(tmp_path_factory.mktemp("site") / "home")
    plan = SamplePlan("24", dt.date(2025, 5, 20), LAST_DAY, 3, work_records=900, dossiers=700, ocop=40, documents=20)
    generate(plan, workspace.home / "landing", workspace.home / "truth")
    workspace.load(LAST_DAY)
    folder = workspace.home / "site"
    build_site(workspace.warehouse, folder, beside=beside(workspace))
    return workspace, folder


def beside(workspace: Workspace) -> Beside:
    """Great Expectations' pages and a small folder of open data of the release, as a run and an export leave them."""
    pages = workspace.home / "data_docs"
    (pages / "runs").mkdir(parents=True, exist_ok=True)
    (pages / "index.html").write_text('<main><h1>Kiểm tra</h1><a href="runs/one.html">one</a></main>', encoding="utf-8")
    (pages / "runs" / "one.html").write_text('<main><h1>Lần chạy</h1><a href="../index.html">all</a></main>', encoding="utf-8")
    release = last_release(workspace.warehouse)
    assert release is not None
    open_data = open_data_folder(workspace.home / "open-data", release.sequence, str(release.as_of))
    return Beside(pages, open_data, boundaries=_boundaries(workspace))


def open_data_folder(folder: Path, release: int, as_of: str) -> Path:
    """A folder of open data with one table, two files of SDMX, a file of 3 MB, and the list of sums."""
    (folder / "sdmx").mkdir(parents=True, exist_ok=True)
    files = {"unit.csv": b"unit_code\r\n40\r\n", "unit.parquet": b"PAR1", "sdmx/structure.xml": b"<a/>", "large.csv": bytes(3_000_000)}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    table = {"name": "unit", "path": "unit.csv", "parquet": "unit.parquet", "title": "Đơn vị / Units", "description": "Units.", "rows": 1}
    package = {
        "id": f"release-{release:05d}-{as_of}",
        "title": "Dữ liệu mở / Open data",
        "licenses": [{"title": "Giấy phép mẫu"}],
        "contributors": [{"title": "Cơ quan mẫu / Agency"}],
        "ntm": {"release": release, "as_of": as_of},
        "resources": [{**table, "schema": {"fields": [{"name": "unit_code"}]}}],
    }
    (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    names = [*files, "datapackage.json"]
    lines = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")
    return folder


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
