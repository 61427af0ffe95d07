"""Landed objects as the engine reads them."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobs.border.read import read_objects
from jobs.border.tokens import make_key
from jobs.engine.tables import Warehouse
from jobs.landing.storage import landing_access, landing_storage
from jobs.ops.ledger import Entry, State
from jobs.run import RunContext
from jobs.settings import Settings
from warehouse_schema.contracts import load_contracts

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

NOW = dt.datetime(2025, 3, 2, tzinfo=dt.UTC)
FIRST = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)


def test_objects_of_many_earlier_days_are_read_again_each_with_its_own_day(spark: SparkSession, tmp_path: Path) -> None:
    contract = load_contracts()["silver/work_record"]
    settings = Settings(home=tmp_path, _env_file=None)
    make_key(tmp_path / "pii.key")
    folder = tmp_path / "landing" / str(contract.landing) / "dt=2025-01-01"
    folder.mkdir(parents=True)
    entries = []
    for number in range(201):
        path = folder / f"{number}.ndjson"
        path.write_text(json.dumps({"FileId": str(number), "ConfidenceLevel": "thuong"}) + "\n", encoding="utf-8")
        received = FIRST + dt.timedelta(days=number // 2) if number < 200 else NOW
        name = str(path.relative_to(tmp_path / "landing"))
        entries.append(
            Entry(name, f"{number:064d}", str(contract.landing), contract.name, path.stat().st_size, "1", State.LOADED, received, "run-0")
        )
    storage = landing_storage(settings.landing_url, s3=landing_access(settings))
    context = RunContext(settings, Warehouse.of(settings), storage, run_id="run-1", now=NOW, as_of=NOW.date())
    context.__dict__["spark"] = spark
    rows = read_objects(context, contract, entries, {}).where("outcome = 'row'").select("object_id", "received_at").toArrow().to_pylist()
    assert {row["object_id"]: row["received_at"].astimezone(dt.UTC) for row in rows} == {one.object_id: one.received_at for one in entries}


@pytest.mark.slow
@pytest.mark.parametrize("around", [{}, {"no_proxy": "example.org"}])
def test_a_proxy_of_the_environment_is_not_asked_for_the_engine_in_this_process(around: dict[str, str], tmp_path: Path) -> None:
    script = (
        "from jobs.settings import Settings\nfrom jobs.engine.session import get_session\n"
        "session = get_session(Settings(engine='sail'))\nprint(session.sql('SELECT 42 AS answer').toArrow()['answer'].to_pylist())"
    )
    nobody = "http://127.0.0.1:9"
    environment = {**os.environ, **around, "http_proxy": nobody, "https_proxy": nobody, "NTM_HOME": str(tmp_path)}
    done = subprocess.run(  # noqa: S603 - this interpreter and a fixed script
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "[42]\n", done.stderr
