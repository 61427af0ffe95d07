"""What a run writes is its user's alone, whatever the umask of the shell, unless a setting opens it for the group."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.border.tokens import make_key
from jobs.settings import PROJECT_ROOT

pytestmark = pytest.mark.default_engine

PRIVATE = ("landing", "logs", "airflow", "pii.key", "tmp")


def ntm(home: Path, *arguments: str, **settings: str) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "NTM_"))}
    done = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-m", "jobs.cli", *arguments],
        env=kept | {"NTM_HOME": str(home), "PYTHONPATH": str(PROJECT_ROOT)} | settings,
        cwd=home.parent,
        umask=0o022,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("readers", "closed"), [("owner", 0o077), ("group", 0o027)])
@pytest.mark.slow
def test_a_workspace_is_its_owner_s(readers: str, closed: int, tmp_path: Path) -> None:
    home = tmp_path / "home"
    make_key(home / "pii.key")
    home.chmod(0o777 & ~closed)
    few = ("--from", "2025-01-01", "--to", "2025-01-31", "--work-records", "20", "--dossiers", "20", "--ocop", "5", "--no-sheets")
    ntm(home, "sample", "--quiet", *few)
    ntm(home, "run", "--quiet", "--date", "2025-01-31", NTM_READERS=readers)
    open_to_others = {}
    for path in home.rglob("*"):
        mode = stat.S_IMODE(path.lstat().st_mode)
        allowed = 0o077 if path.relative_to(home).parts[0] in PRIVATE else closed
        if mode & allowed and not path.is_symlink() and not any(parent.name in PRIVATE for parent in path.parents):
            open_to_others[str(path.relative_to(home))] = f"{mode:04o}"
    assert open_to_others == {}
    tables = [
        path for layer in ("bronze", "silver", "gold", "quarantine", "ops") for path in (home / "warehouse" / layer).rglob("*.parquet")
    ]
    assert tables
    wanted = 0o640 if readers == "group" else 0o600
    assert {stat.S_IMODE(path.stat().st_mode) for path in tables} == {wanted}
    assert list((home / "data_docs").rglob("*.html"))
