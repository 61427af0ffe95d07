"""`ntm sql` without a query, on a terminal of its own."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from typing import TYPE_CHECKING

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from jobs.publish.shell import HISTORY, _History, _history, _Names
from tests.support.command import environment
from tests.support.released import make_release

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TABLES = ["gold/target_status", "silver/dossier", "silver/document", "ops/withheld"]
SECONDS = 40
ENDLESS = "SELECT count(*) FROM range(1_000_000_000_000) AS t(n) WHERE n % 7 = 3;\r"


class Terminal:
    """A terminal on which `ntm sql` runs."""

    def __init__(self, home: Path, *arguments: str, **more: str) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 25, 80, 0, 0))

        def control() -> None:
            # Ctrl-C is for whoever has the terminal.
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(  # noqa: S603 - this interpreter
            [sys.executable, "-m", "jobs.cli", "sql", *arguments],
            env=environment(home) | {"TERM": "xterm", "PAGER": "cat"} | more,
            cwd=home.parent,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            preexec_fn=control,  # noqa: PLW1509 - the test has one thread
        )
        os.close(theirs)
        self.shown = ""

    def until(self, mark: str) -> str:
        """What is shown until the mark is, and nothing more comes for a moment."""
        begin, end = len(self.shown), time.monotonic() + SECONDS
        while time.monotonic() < end:
            if select.select([self._ours], [], [], 0.5)[0]:
                try:
                    part = os.read(self._ours, 65_536)
                except OSError:
                    return self.shown[begin:]
                if b"\x1b[6n" in part:
                    # The shell asks where the cursor is.
                    os.write(self._ours, b"\x1b[1;1R")
                self.shown += re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", part.decode(errors="replace"))
            elif mark in self.shown[begin:]:
                return self.shown[begin:]
        raise AssertionError(f"{mark!r} was not shown: {self.shown[begin:]!r}")

    def type(self, text: str, mark: str) -> str:
        os.write(self._ours, text.encode())
        return self.until(mark)

    def close(self) -> None:
        self.process.kill()
        self.process.wait(SECONDS)
        os.close(self._ours)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("shell") / "home"
    make_release(place)
    return place


@pytest.fixture
def terminal(home: Path) -> Iterator[Terminal]:
    one = Terminal(home)
    one.until("ntm>")
    yield one
    one.close()


@pytest.mark.slow
def test_one_question_after_another_is_answered_until_the_end_of_input(terminal: Terminal, home: Path) -> None:
    assert "release 1 as of 2025-06-30" in terminal.shown
    shown = terminal.type("SELECT level, numerator\r FROM gold.target_status;\r", "1 row")
    assert "province          9" in shown
    assert "did you mean gold.target_status" in terminal.type("FROM gold.target_statuss;\r", "did you mean")
    assert "Cannot access" in terminal.type("FROM read_csv('/etc/passwd');\r", "Cannot access")
    assert "for reading" in terminal.type(f"COPY (SELECT 1) TO '{home}/evil.csv';\r", "for reading")
    assert "lists what there is" in terminal.type("\\x\r", "lists what")
    assert "60,000 rows, of which 1,000 are shown" in terminal.type("FROM range(60_000);\r", "60,000 rows")
    assert "what each means" in terminal.type("\\?\r", "what each means")
    shown = terminal.type("\\d ops.withheld\r", "unit_code")
    assert "VARCHAR" in shown
    assert "Title of the plan." in terminal.type("\\d scorecard\r", "Title of the plan.")
    assert "gold.target_status" in terminal.type("\\d\r", "quarantine.work_record")
    assert "Traceback" not in terminal.type("\x04", "\n")
    assert terminal.process.wait(SECONDS) == 0
    assert not (home / "evil.csv").exists()
    assert (home / HISTORY).stat().st_mode & 0o777 == 0o600
    assert "FROM gold.target_statuss;" in (home / HISTORY).read_text(encoding="utf-8")


@pytest.mark.slow
def test_ctrl_c_stops_the_query_and_not_the_shell(terminal: Terminal) -> None:
    terminal.type(ENDLESS, "7 = 3;")
    time.sleep(2)
    assert "stopped" in terminal.type("\x03", "stopped")
    terminal.type("half a query", "half a query")
    terminal.type("\x03", "ntm>")
    assert "1 row" in terminal.type("SELECT 7 AS n;\r", "1 row")
    terminal.type("\\q\r", "\n")
    assert terminal.process.wait(SECONDS) == 0


@pytest.mark.slow
@pytest.mark.parametrize("text", ["exit", "Quit ;", "\\q;"])
def test_a_word_that_ends_other_shells_ends_this_one(terminal: Terminal, text: str) -> None:
    terminal.type(f"{text}\r", "\n")
    assert terminal.process.wait(SECONDS) == 0


@pytest.mark.slow
def test_a_release_that_is_not_there_is_told_before_anything_is_asked(home: Path) -> None:
    terminal = Terminal(home, "--release", "7")
    assert "ntm: there is no release 7; there are 1" in terminal.until("there is no release")
    assert terminal.process.wait(SECONDS) == 2
    terminal.close()


def completed(text: str) -> list[str]:
    return [one.text for one in _Names(TABLES).get_completions(Document(text), CompleteEvent())]


def test_tables_columns_and_keywords_are_completed() -> None:
    assert completed("FROM silver.do") == ["silver.dossier", "silver.document"]
    assert "target_value" in completed("FROM gold.target_status WHERE tar")
    assert completed("FROM gold.target_status AS t WHERE t.target_v") == ["t.target_value"]
    assert completed("FROM silver.document WHERE target_v") == []
    assert completed("SEL") == ["SELECT"]
    assert completed("sel") == ["select"]
    assert completed("\\d ops") == ["ops.withheld"]


def test_what_may_be_a_secret_is_not_kept(tmp_path: Path) -> None:
    file = tmp_path / HISTORY
    for text in (" SELECT 1;", "CREATE SECRET x (TYPE s3);", "SELECT 'password';", "SELECT 'api_token_abc';"):
        _History(file).store_string(text)
    for number in ("040099012345", "0912 345 678", "0912.345.678", "24389456"):
        _History(file).store_string(f"FROM silver.dossier WHERE name = '{number}';")
    assert file.read_text() == ""
    _History(file).store_string(
        "SELECT applicant_token, row_hash FROM silver.dossier WHERE received_on BETWEEN '2025-01-01' AND '2025-03-31';"
    )
    assert "applicant_token" in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600


def test_without_a_place_for_it_nothing_is_kept_and_that_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert not isinstance(_history(tmp_path / "nowhere" / HISTORY), _History)
    assert "what is asked is not kept" in capsys.readouterr().out
