"""The rooms of the house: who may import whom, as pyproject.toml says (tool.importlinter)."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

from jobs.settings import PROJECT_ROOT


def test_the_import_rules_are_kept() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    assert done.returncode == 0, done.stdout
    assert "4 kept, 0 broken" in done.stdout


def test_no_two_test_files_have_one_name() -> None:
    """pytest takes the second for the first, and leaves it out."""
    names = Counter(path.name for path in (PROJECT_ROOT / "tests").rglob("test_*.py"))
    assert [name for name, count in names.items() if count > 1] == []
