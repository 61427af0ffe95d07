"""The command itself: what it says and how it ends when it is used wrongly, finds the machine in its way, or is interrupted."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.support.command import begin, ended, wait_until

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["run", "--date", "2025-02-30"], "ntm: --date: expected a date as YYYY-MM-DD\n"),
        (["report", "--as-of", "today"], "ntm: --as-of: expected a date as YYYY-MM-DD\n"),
        (["sample", "--from", "2025-06-30", "--to", "2025-01-01", "--quiet"], "ntm: "),
    ],
)
def test_wrong_use_is_told_in_one_sentence(arguments: Sequence[str], sentence: str, tmp_path: Path) -> None:
    code, output, errors = ended(begin(tmp_path / "home", *arguments))
    assert (code, output) == (2, "")
    assert errors.startswith(sentence)
    assert errors.count("\n") == 1


def test_a_folder_that_cannot_be_made_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "home").touch()
    code, output, errors = ended(begin(tmp_path / "home", "demo", "--quiet"))
    assert (code, output) == (1, "")
    assert errors == f"ntm: [Errno 17] File exists: '{tmp_path / 'home'}'\n"


def test_an_interrupted_demo_ends_with_all_that_it_started(tmp_path: Path) -> None:
    home = tmp_path / "home"
    process = begin(home, "demo")
    # Records are being generated, in the other process, while Airflow is imported.
    wait_until(lambda: any((home / "landing").rglob("*.ndjson*")))
    others = psutil.Process(process.pid).children(recursive=True)
    assert others
    os.killpg(process.pid, signal.SIGINT)
    code, output, errors = ended(process)
    assert (code, output) == (130, "")
    assert "Traceback" not in errors
    assert not any(other.is_running() for other in others)
    assert not list((home / "truth").glob("*.json")), "a sample that is not whole has no truth"
