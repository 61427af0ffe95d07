"""What is printed for people: data is data, and at 80 columns nothing is cut."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import pytest

from jobs import log
from jobs.errors import UsageError
from jobs.ops.ledger import State
from jobs.publish.terminal import say, say_table, warn
from jobs.publish.values import json_text
from tests.support.command import ntm
from tests.support.released import HOSTILE, HOSTILE_SHOWN, entry, make_release

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "eoffice/work_records/dt=2025-03-01/"


@pytest.mark.parametrize(
    "arguments",
    [
        ["status"],
        ["quarantine", "list"],
        ["held", "list"],
        ["sql", "SELECT path, message FROM ops.load ORDER BY path"],
        ["sql", "--format", "csv", "SELECT CAST(chr(27) || '[31m' AS INTEGER)"],
        ["quarantine", "show", f"{FOLDER}{HOSTILE}not there"],
    ],
)
@pytest.mark.slow
def test_values_and_names_of_files_are_no_markup_and_move_no_cursor(arguments: list[str], tmp_path: Path) -> None:
    failed = entry(FOLDER + HOSTILE, State.FAILED, failure="not_text", message=f"expected text: {HOSTILE}")
    make_release(tmp_path / "home", failed, entry(f"{FOLDER}held{HOSTILE}", State.HELD, message=HOSTILE), rejected=(FOLDER + HOSTILE,))
    code, output, errors = ntm(tmp_path / "home", *arguments)
    assert (code, "Traceback" in errors) in {(0, False), (2, False)}, errors
    assert not set(output + errors) & {"\x1b", "\x9b", "\r", "\u202e"}
    if "CAST" in arguments[-1]:
        assert "␛[31m" in errors
    else:
        assert HOSTILE_SHOWN in output + errors


def test_a_rejected_row_is_shown_as_json_that_no_terminal_obeys(tmp_path: Path) -> None:
    make_release(tmp_path / "home", rejected=(FOLDER + HOSTILE,))
    code, output, _ = ntm(tmp_path / "home", "quarantine", "show", FOLDER + HOSTILE)
    assert code == 0
    assert not set(output) & {"\x1b", "\x9b", "\r", "\u202e"}
    assert r"[red]x\u001b[31m\u009b31m\u202e\r\nđ" in output


def test_log_lines_for_the_terminal_show_values_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        log.configure(None)
        log.get_logger().warning("landing.path_ignored", path=HOSTILE)
    finally:
        logging.getLogger("ntm").handlers.clear()
    errors = capsys.readouterr().err
    assert f"path={HOSTILE_SHOWN}" in errors
    assert errors.count("\n") == 1


def test_an_error_is_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from jobs import cli

    ended: list[int] = []

    def fail() -> None:
        raise UsageError(f"no file {HOSTILE}")

    monkeypatch.setattr(cli, "app", fail)
    monkeypatch.setattr(cli, "end_process", ended.append)
    cli.main()
    assert capsys.readouterr().err == f"ntm: no file {HOSTILE_SHOWN}\n"
    assert ended == [2]


def test_lines_tables_and_warnings_show_values_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    say(HOSTILE)
    say_table(["name", HOSTILE], [(HOSTILE, None), ("[bold]", 1)])
    warn(HOSTILE, sys.stdout)
    out = capsys.readouterr().out
    assert out.splitlines() == [
        HOSTILE_SHOWN,
        f"{'name'.ljust(len(HOSTILE_SHOWN))}  {HOSTILE_SHOWN}",
        f"{'─' * len(HOSTILE_SHOWN)}  {'─' * len(HOSTILE_SHOWN)}",
        f"{HOSTILE_SHOWN}  –",
        f"{'[bold]'.ljust(len(HOSTILE_SHOWN))}  1",
        f"warning: {HOSTILE_SHOWN}",
    ]
    assert json_text(HOSTILE).isprintable()
