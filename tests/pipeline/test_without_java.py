"""The default engine on a machine without Java: `ntm` from nothing to a report, in processes of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from jobs.settings import PROJECT_ROOT, Settings

if TYPE_CHECKING:
    from pathlib import Path

SMALL = "sample --from 2025-01-01 --to 2025-01-31 --work-records 60 --dossiers 40 --ocop 5 --no-sheets --quiet"


def ntm(home: Path, command: str, *more: str) -> subprocess.CompletedProcess[str]:
    """Run `ntm` where no program is on the path and no variable says where Java or an engine is."""
    nothing = home.parent / "bin"
    nothing.mkdir(exist_ok=True)
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "JAVA", "JDK", "NTM_", "PYSPARK", "SPARK"))
    }
    return subprocess.run(  # noqa: S603 (this interpreter and fixed arguments)
        [sys.executable, "-m", "jobs.cli", *command.split(), *more],
        env=kept | {"PATH": str(nothing), "NTM_HOME": str(home), "NTM_PII_KEY": "0123456789" * 4, "PYTHONPATH": str(PROJECT_ROOT)},
        cwd=home.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def test_the_default_engine_is_the_one_that_needs_no_java(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NTM_ENGINE", raising=False)
    assert Settings(_env_file=None).engine == "sail"


@pytest.mark.slow
def test_ntm_runs_from_nothing_to_a_report_without_java(tmp_path: Path) -> None:
    home = tmp_path / "home"
    sampled = ntm(home, SMALL)
    assert (sampled.returncode, sampled.stderr) == (0, "")

    done = ntm(home, "run --date 2025-01-31 --json")
    assert done.returncode == 0, done.stderr
    assert not (home / "logs" / "spark.log").exists(), "a JVM was started"

    count = ntm(home, "sql --format json", "SELECT count(*) AS n FROM silver.work_record")
    assert json.loads(count.stdout)[0]["n"] > 30
    told = ntm(home, "report --as-of 2025-01-31 --format json")
    rows = [row for row in json.loads(told.stdout) if row["indicator"] == "work_records_online"]
    assert {row["level"] for row in rows} == {"province", "district", "commune"}
    assert any(row["denominator"] for row in rows)

    again = ntm(home, "run --date 2025-01-31 --json")
    assert again.returncode == 0, again.stderr
