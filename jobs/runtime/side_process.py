"""Work in a process of its own beside this one: `ntm run` starts that of the steps before it imports Airflow, so that both are ready at the same time.

The other process ends with the one that started it, however that one ends: it notices that nobody holds the connection any more. It inherits the workspace's
lock, so that this stands until the step's process has ended. What a terminal's Ctrl-C means is decided by the one that started it, which tells the other over
the connection; Ctrl-Z stops only the one that waits.
"""

from __future__ import annotations

import importlib
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any

from jobs.engine.loopback import enter_user_namespace
from jobs.errors import NtmError, RunFailedError
from jobs.lock import adopt_locks, lock_descriptors
from jobs.log import configure
from jobs.runtime.interpreter import collect_seldom, end_process
from jobs.settings import PROJECT_ROOT, get_settings

_END_SECONDS = 30
_STOP_SECONDS = 3
_running: set[SideProcess] = set()
_stopping = threading.Event()
_told_to_stop = threading.Event()
"""In the other process."""
_END = "end"
"""Sent after the last call: end when it is done."""
_STOP = "stop"
"""Sent at any time: interrupt what is being done, and end."""


class SideProcess:
    """Calls functions of a module, one after the other, in a process that starts at once; a context manager that ends it.

    When the block ends with an exception, what the process still does is interrupted, so that it clears up after itself; what cannot be interrupted within some
    seconds is killed. What the functions print goes to `<NTM_HOME>/logs/side-<time>-<pid>.log`, what they log to the terminal and `ntm.log`.

    Args:
        module: its name.
        quiet: nothing is logged to the terminal.
    """

    def __init__(self, module: str, *, quiet: bool) -> None:
        self._module = module
        self._connection, theirs = Pipe()
        path = os.pathsep.join(filter(None, (str(PROJECT_ROOT), os.environ.get("PYTHONPATH"))))
        descriptors = (theirs.fileno(), *lock_descriptors())
        # Without the working directory on the path, and out of reach of the terminal's Ctrl-C: this process decides what that means.
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter
            [sys.executable, "-P", "-m", "jobs.runtime.side_process", module, str(int(quiet)), *map(str, descriptors)],
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            pass_fds=descriptors,
            process_group=0,
        )
        theirs.close()

    def __enter__(self) -> SideProcess:
        _running.add(self)
        return self

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        try:
            # What is killed below has given its last result, or nobody wants it any more.
            self._tell(_STOP if failure else _END)
            self._wait(_STOP_SECONDS if failure else _END_SECONDS)
        finally:
            self._connection.close()
            self._kill()
            _running.discard(self)

    def _tell(self, what: str) -> None:
        with suppress(OSError):
            self._connection.send(what)

    def _wait(self, seconds: float) -> None:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)

    def _kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def begin(self, function: str, *arguments: Any, **named: Any) -> None:
        """Call a function there and go on; `result` waits for it."""
        with suppress(ConnectionError):
            self._connection.send((function, arguments, named))

    def result(self, seconds: float | None = None) -> Any:
        """What the function returned that was called.

        Args:
            seconds: how long to wait for it; None: as long as it takes.

        Raises:
            RunFailedError: the process ended before the function did, or the time was over.
            Exception: what the function raised.
        """
        if seconds is not None and not self._connection.poll(seconds):
            raise RunFailedError(f"no answer within {seconds:g} s")
        try:
            result = self._connection.recv()
        except (EOFError, ConnectionError):
            if _stopping.is_set():
                # This process ends in a moment; nothing is to be said or begun any more.
                threading.Event().wait()
            code = self._process.wait()
            raise RunFailedError(
                f"the process of {self._module} ended by itself (exit code {code}; a negative one is a signal, -9 most often for want of memory); "
                "the next run does again what it had not finished"
            ) from None
        if isinstance(result, BaseException):
            raise result
        return result

    def call(self, function: str, **named: Any) -> Any:
        """What the function returns; see `result`."""
        self.begin(function, **named)
        return self.result()


def stop_all() -> None:
    """End all side processes of this process: interrupted, and after some seconds killed. Whoever waits for a result is not answered any more."""
    _stopping.set()
    processes = list(_running)
    for process in processes:
        process._tell(_STOP)
    deadline = time.monotonic() + _STOP_SECONDS
    for process in processes:
        process._wait(max(0, deadline - time.monotonic()))
        process._kill()


def main() -> None:
    """The other process: do what is asked for until the message to end."""
    name, quiet, descriptor, *locks = sys.argv[1:]
    adopt_locks(map(int, locks))
    # Before there is a second thread; `get_session` says what it does with it.
    enter_user_namespace()
    # Blocked where `ntm run` started it (`jobs/runtime/stop.py`).
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT, signal.SIGTERM))
    # A background process for the terminal: nothing that it logs there may stop it.
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    asked: SimpleQueue[Any] = SimpleQueue()
    connection = Connection(int(descriptor))
    with suppress(KeyboardInterrupt):
        threading.Thread(target=_listen, args=(connection, asked), daemon=True).start()
        collect_seldom()
        logs = get_settings().home / "logs"
        try:
            configure(logs, quiet=quiet == "1")
            log = (logs / f"side-{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{os.getpid()}.log").open(
                "a", encoding="utf-8", buffering=1
            )
        except OSError as error:
            # Whoever asks for anything is given it.
            while asked.get() != _END:
                connection.send(RunFailedError(f"no log can be written: {error}"))
        else:
            with log, redirect_stdout(log), redirect_stderr(log), _ended_by_a_stop():
                _answer(connection, asked, name)
    end_process(0)


@contextmanager
def _ended_by_a_stop() -> Iterator[None]:
    """What ends the block after a stop is no failure of it: its trace is for the log alone.

    It need not be an interrupt. Python itself makes a RuntimeError of one that meets the definition of an enum; libraries may do the like.
    """
    try:
        yield
    except Exception:
        if not _told_to_stop.is_set():
            raise
        traceback.print_exc(file=sys.stderr)


def _answer(connection: Connection, asked: SimpleQueue[Any], name: str) -> None:
    module = importlib.import_module(name)
    while (call := asked.get()) != _END:
        function, arguments, named = call
        outcome = _outcome(getattr(module, function), arguments, named)
        if _told_to_stop.is_set():
            # The function made something else of its interrupt, and nobody waits for what it gives.
            return
        connection.send(outcome)


def _listen(connection: Connection, asked: SimpleQueue[Any]) -> None:
    try:
        while (message := connection.recv()) != _STOP:
            asked.put(message)
        _told_to_stop.set()
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        connection.recv()
    finally:
        # The other end is gone, or says what cannot be understood here.
        os._exit(1)


def _outcome(function: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """What the function returned or raised, fit to be sent."""
    try:
        return function(*arguments, **named)
    except Exception as error:
        if not isinstance(error, NtmError):
            traceback.print_exc(file=sys.stderr)
        try:
            pickle.loads(pickle.dumps(error))  # noqa: S301 - its own
        except Exception:
            lines = str(error).strip().splitlines()
            return RunFailedError(f"{type(error).__name__}: {lines[0] if lines else ''}")
        return error


if __name__ == "__main__":
    main()
