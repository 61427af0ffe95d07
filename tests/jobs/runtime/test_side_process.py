"""The side process: what it gives back, and that it ends with the one that started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from jobs.errors import NtmError, RunFailedError, SourceError, UsageError
from jobs.lock import workspace_lock
from jobs.runtime import side_process
from jobs.runtime.side_process import SideProcess
from jobs.settings import get_settings

ROOT = Path(__file__).resolve().parents[3]
FUNCTIONS = "tests.support.side_functions"
SECONDS = 30

PARENT = """
import sys
from jobs.runtime.side_process import SideProcess

if __name__ == "__main__":
    with SideProcess(sys.argv[1], quiet=True) as process:
        process.call("work", started=sys.argv[2], cleared=sys.argv[3])
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("NTM_HOME", str(tmp_path))
    get_settings.cache_clear()
    yield tmp_path
    get_settings.cache_clear()


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.02)


@pytest.fixture
def working(home: Path) -> Iterator[tuple[subprocess.Popen[bytes], psutil.Process]]:
    """A process that waits for its step, and the step's process, which is at work."""
    script, started = home / "parent.py", home / "started"
    script.write_text(PARENT, encoding="ascii")
    command = [sys.executable, str(script), FUNCTIONS, str(started), str(home / "cleared")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, start_new_session=True) as parent:  # noqa: S603
        wait_until(lambda: started.exists() and started.read_text() != "")
        yield parent, psutil.Process(int(started.read_text()))
        parent.kill()


def printed(home: Path) -> str:
    (log,) = (home / "logs").glob("side-*.log")
    return log.read_text(encoding="utf-8")


def is_gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_functions_are_called_one_after_the_other_in_one_other_process(home: Path) -> None:
    with SideProcess(FUNCTIONS, quiet=True) as process:
        first = process.call("echo", source="eoffice")
        second = process.call("echo", as_of=None)
        # Of the same session, so that whoever measures or ends the session has it too; out of reach of the terminal's Ctrl-C.
        assert os.getsid(first["process"]) == os.getsid(0)
        assert os.getpgid(first["process"]) != os.getpgid(0)
    assert (first["arguments"], second["arguments"]) == ({"source": "eoffice"}, {"as_of": None})
    assert first["process"] == second["process"] != os.getpid()
    assert not psutil.pid_exists(first["process"])
    assert printed(home).count("something is printed") == 2


def test_the_lock_that_a_parent_holds_is_the_process_s_own(home: Path) -> None:
    with workspace_lock(home), SideProcess(FUNCTIONS, quiet=True) as process:
        assert process.call("write", home=str(home))
    with SideProcess(FUNCTIONS, quiet=True) as process, workspace_lock(home), pytest.raises(RunFailedError, match="another run is writing"):
        process.call("write", home=str(home))


@pytest.mark.parametrize("error", [RunFailedError, SourceError, UsageError])
def test_an_error_keeps_its_class_and_sentence(error: type[NtmError], home: Path) -> None:
    with SideProcess(FUNCTIONS, quiet=True) as process:
        with pytest.raises(error, match="đĩa đầy") as raised:
            process.call("fail", error=error.__name__, message="đĩa đầy: the disk is full")
        assert process.call("echo")["arguments"] == {}, "a failure does not end the process"
    assert raised.value.exit_code == error.exit_code
    assert "Traceback" not in printed(home)


def test_an_error_of_the_program_has_its_trace_in_the_log(home: Path) -> None:
    with SideProcess(FUNCTIONS, quiet=True) as process:
        with pytest.raises(ZeroDivisionError, match="nothing to divide by"):
            process.call("fail", error="ZeroDivisionError", message="nothing to divide by")
        with pytest.raises(RunFailedError, match=r"^_CannotBeSentError: first line$"):
            process.call("fail_oddly")
    assert "ZeroDivisionError: nothing to divide by" in printed(home)


def test_a_process_that_is_killed_is_told_in_a_sentence() -> None:
    with SideProcess(FUNCTIONS, quiet=True) as process, pytest.raises(RunFailedError, match=r"ended by itself \(exit code -9"):
        process.call("die")


def test_what_is_interrupted_clears_up(working: tuple[subprocess.Popen[bytes], psutil.Process], home: Path) -> None:
    parent, steps = working
    # As a terminal does on Ctrl-C: to every process of the group.
    os.killpg(parent.pid, signal.SIGINT)
    assert parent.wait(SECONDS) == -signal.SIGINT, "Python ends so when nobody takes the interrupt"
    assert (home / "cleared").exists()
    assert is_gone(steps)


def begin_and_fail(function: str, started: Path, **more: str) -> None:
    """Begin a call, and fail as soon as it is at work."""
    with SideProcess(FUNCTIONS, quiet=True) as process:
        process.begin(function, started=str(started), **more)
        wait_until(lambda: started.exists() and started.read_text() != "")
        raise UsageError("the other part failed")


def test_what_was_begun_is_interrupted_when_the_block_fails(home: Path) -> None:
    with pytest.raises(UsageError, match="the other part failed"):
        begin_and_fail("work", home / "started", cleared=str(home / "cleared"))
    assert (home / "cleared").exists()


def test_what_was_begun_is_finished_when_the_block_ends_well(home: Path) -> None:
    with SideProcess(FUNCTIONS, quiet=True) as process:
        process.begin("touch", path=str(home / "done"))
    assert (home / "done").exists()


def test_what_cannot_be_interrupted_is_killed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_process, "_STOP_SECONDS", 1)
    with pytest.raises(UsageError, match="the other part failed"):
        begin_and_fail("work_on", home / "started")
    assert not psutil.pid_exists(int((home / "started").read_text()))


def test_a_log_that_cannot_be_written_is_told_to_every_caller(home: Path) -> None:
    (home / "logs" / "ntm.log").mkdir(parents=True)
    with SideProcess(FUNCTIONS, quiet=True) as process:
        for _ in range(2):
            with pytest.raises(RunFailedError, match=r"no log can be written: .*ntm\.log"):
                process.call("echo")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_call_ends_with_the_process_that_made_it(
    number: signal.Signals, working: tuple[subprocess.Popen[bytes], psutil.Process], home: Path
) -> None:
    parent, steps = working
    parent.send_signal(number)
    parent.wait(SECONDS)
    wait_until(lambda: is_gone(steps))
    assert not (home / "cleared").exists()


def test_an_interrupt_that_python_makes_an_error_of_is_still_the_end(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    process = SideProcess("tests.support.slow_import", quiet=True)

    def fail() -> None:
        with process:
            wait_until((home / "importing").exists)
            raise UsageError("the other part failed")

    with pytest.raises(UsageError, match="the other part failed"):
        fail()
    assert process._process.returncode == 0, "it ends by itself"
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("swallowed", [False, True])
def test_a_function_that_makes_something_else_of_its_interrupt_ends_too(
    home: Path, capfd: pytest.CaptureFixture[str], swallowed: bool
) -> None:
    process = SideProcess(FUNCTIONS, quiet=True)

    def fail() -> None:
        with process:
            process.begin("fail_when_interrupted", started=str(home / "started"), swallowed=swallowed)
            wait_until(lambda: (home / "started").exists() and (home / "started").read_text() != "")
            raise UsageError("the other part failed")

    with pytest.raises(UsageError, match="the other part failed"):
        fail()
    assert process._process.returncode == 0, "it ends by itself"
    assert capfd.readouterr().err == ""
    assert ("Error calling __set_name__" in printed(home)) == (not swallowed), "what went wrong stands in the log"
