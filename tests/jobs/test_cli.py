"""The command itself: what it says and how it ends when it is used wrongly, finds the machine in its way, or is interrupted."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from datetime import date
from typing import TYPE_CHECKING

import psutil
import pytest

from jobs.border.tokens import make_key
from jobs.cli import _day_of_release
from jobs.engine.tables import Warehouse
from jobs.ops import releases
from jobs.run import unusual_day
from jobs.settings import Settings
from tests.support.command import begin, ended, environment, ntm, wait_until
from tests.support.released import AS_OF, NOW, entry, make_release

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


@pytest.mark.slow
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


@pytest.mark.parametrize("command", [["run"], ["quarantine", "replay"]])
@pytest.mark.parametrize(
    ("day", "odd"),
    [("1800-01-01", "1800-01-01 is before the first record, which is of 2025-01"), ("2999-01-01", "2999-01-01 is after today (")],
)
@pytest.mark.slow
def test_a_day_before_the_first_record_or_after_today_needs_force(command: list[str], day: str, odd: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    make_release(home)
    code, output, errors = ntm(home, *command, "--date", day)
    assert (code, output) == (2, "")
    assert errors.startswith(f"ntm: --date: {odd}")
    assert errors.endswith("with --force it is taken all the same\n")
    assert errors.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["rebuild"], "ntm: expected the names of tables, or --all\n"),
        (["rebuild", "nope"], "ntm: no table 'nope' is made from landed objects; there are: clean_water, "),
        (["retokenise"], "ntm: nothing was loaded yet: `ntm run` takes the key that is set\n"),
    ],
)
@pytest.mark.slow
def test_a_step_in_a_process_of_its_own_tells_wrong_use_in_one_sentence(arguments: Sequence[str], sentence: str, tmp_path: Path) -> None:
    (tmp_path / "home" / "landing").mkdir(parents=True)
    code, output, errors = ntm(tmp_path / "home", *arguments, NTM_PII_KEY="k" * 32)
    assert (code, output) == (2, "")
    (told,) = [line for line in errors.splitlines(keepends=True) if "[info" not in line]
    assert told.startswith(sentence)


@pytest.mark.slow
@pytest.mark.parametrize("command", [["run"], ["rebuild", "--all"]])
def test_a_run_that_waits_for_approval_ends_with_4_and_one_sentence(command: Sequence[str], tmp_path: Path) -> None:
    """The release names no definition, so all of today's have changed."""
    warehouse = make_release(tmp_path / "home")
    (tmp_path / "home" / "landing").mkdir()
    before = releases.current_versions(warehouse)
    code, _, errors = ntm(tmp_path / "home", *command, NTM_PII_KEY="k" * 32, NTM_APPROVE_OVER="0")
    assert code == 4
    (told,) = [line for line in errors.splitlines() if line.startswith("ntm: ")]
    assert "waits for approval and released nothing (NTM_APPROVE_OVER is 0): changed definitions would move " in told
    assert told.endswith("--approve takes it (`ntm run --approve`; in Airflow the parameter `approve`)")
    warehouse.look_again()
    assert releases.current_versions(warehouse) == before


@pytest.mark.parametrize("command", [["rebuild", "--all"], ["retokenise"]])
def test_a_command_over_what_was_loaded_makes_no_workspace(command: Sequence[str], tmp_path: Path) -> None:
    code, _, errors = ntm(tmp_path / "home", *command)
    assert (code, errors.startswith(f"ntm: no workspace at {tmp_path / 'home'}: set NTM_HOME")) == (2, True)
    assert not (tmp_path / "home").exists()


def test_a_forced_day_is_said(tmp_path: Path) -> None:
    home = tmp_path / "home"
    make_release(home)
    make_key(home / "pii.key")
    code, output, errors = ntm(home, "quarantine", "replay", "--date", "1800-01-01", "--force")
    assert (code, output) == (0, "nothing to read again: no object has rejected rows or could not be read\n")
    assert errors == "warning: --date: 1800-01-01 is before the first record, which is of 2025-01\n"


@pytest.mark.parametrize(
    ("day", "odd"),
    [
        (date(2025, 1, 1), None),
        (date(2024, 12, 31), "2024-12-31 is before the first record, which is of 2025-01"),
        (date(2025, 7, 2), None),
        (date(2025, 7, 3), "2025-07-03 is after today (2025-07-02 in Vietnam)"),
    ],
)
def test_which_days_are_unusual(day: date, odd: str | None, tmp_path: Path) -> None:
    assert unusual_day(make_release(tmp_path / "home"), day, date(2025, 7, 2)) == odd


def test_before_anything_was_released_only_what_no_record_can_have_is_unusual(tmp_path: Path) -> None:
    warehouse = Warehouse((tmp_path / "warehouse").as_uri())
    assert unusual_day(warehouse, date(1900, 1, 1), date(2025, 7, 2)) is None
    assert unusual_day(warehouse, date(1899, 12, 31), date(2025, 7, 2)) is not None


@pytest.mark.slow
def test_a_full_disk_is_told_by_its_file_system(tmp_path: Path) -> None:
    make_release(tmp_path / "home")
    process = subprocess.run(  # noqa: S602
        f"{sys.executable} -m jobs.cli sql 'SELECT range FROM range(100_000)' >/dev/full",
        shell=True,
        env=environment(tmp_path / "home"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 1
    assert re.fullmatch(
        r"ntm: no space left on the file system at /\S* \([\d,]+ MiB free\); make room there and run again\n", process.stderr
    )


def test_a_run_says_at_once_that_it_runs(tmp_path: Path) -> None:
    process = begin(tmp_path / "home", "run", "--date", "2025-06-30", NTM_PII_KEY="k" * 32)
    assert process.stderr is not None
    assert process.stderr.readline() == f"running as of 2025-06-30 in {tmp_path / 'home'}; Ctrl-C stops it\n"
    seconds = psutil.Process(process.pid).cpu_times()
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert seconds.user + seconds.system < 2


@pytest.mark.parametrize(
    ("arguments", "day"),
    [([], "2025-06-30 (the day of release 1; --date takes another)"), (["--date", "2025-05-31"], "2025-05-31")],
    ids=["of the release", "asked for"],
)
def test_reading_again_what_was_released_keeps_its_day(arguments: Sequence[str], day: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    make_release(home, entry("eoffice/work_records/dt=2025-03-01/a.ndjson", rows_read=2, rows_accepted=1, rows_rejected=1))
    process = begin(home, "quarantine", "replay", *arguments, NTM_PII_KEY="k" * 32)
    assert process.stderr is not None
    said = process.stderr.readline()
    os.killpg(process.pid, signal.SIGKILL)
    assert process.communicate()[0] == "1 object to read again\n"
    assert said == f"running as of {day} in {home}; Ctrl-C stops it\n"


def test_a_day_that_was_released_needs_no_force(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was forced once: reading again what it holds is not refused for it."""
    monkeypatch.setattr("jobs.cli.get_settings", lambda: Settings(home=tmp_path, _env_file=None))
    assert _day_of_release(None, force=False) == (None, False, None), "before the first release it is today"
    warehouse = make_release(tmp_path)
    assert _day_of_release(None, force=False) == (AS_OF, True, 1)
    assert _day_of_release("2025-05-31", force=False) == (date(2025, 5, 31), False, None)
    odd = date(1999, 1, 1)
    releases.commit(warehouse, releases.RELEASE, run_id="run-2", now=NOW, as_of=odd, reference="r", definitions={})
    assert _day_of_release(None, force=False) == (odd, True, 2)


def test_the_version_is_told_with_those_of_the_parts_that_make_results(tmp_path: Path) -> None:
    code, output, errors = ntm(tmp_path / "home", "--version")
    assert (code, errors) == (0, "")
    assert re.fullmatch(r"ntm \d+\.\d+\.\d+ \(Python 3\.11\.\d+, duckdb \S+, deltalake \S+, pysail \S+, apache-airflow \S+\)\n", output)
