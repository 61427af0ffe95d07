"""The steps in a process of their own, which is started before Airflow is imported: both take seconds to be ready, and they do so side by side.

The process ends with the one that started it, however that one ends. The workspace lock is the step's own, so it stands until the step's process has ended.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import traceback
from contextlib import redirect_stderr, redirect_stdout, suppress
from typing import TYPE_CHECKING, Any

from jobs.collector import collect_seldom, leave_memory_to_the_system
from jobs.errors import NtmError, RunFailedError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

_STOP_SECONDS = 30


class StepProcess:
    """Runs steps one after the other in a process that starts at once; a context manager that ends it.

    What the steps print goes to `<NTM_HOME>/logs/steps.log`, what they log to the terminal and `ntm.log`.

    Args:
        quiet: they log nothing to the terminal.
        steps: the module that has the steps as functions, and `prepare`, which is called first.
    """

    def __init__(self, *, quiet: bool, steps: str = "jobs.steps") -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, steps, quiet), name="ntm-steps", daemon=True)
        self._process.start()
        theirs.close()

    def __enter__(self) -> StepProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._process.join(_STOP_SECONDS)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def call(self, name: str, **arguments: Any) -> dict[str, Any]:
        """What the step of that name returns.

        Raises:
            RunFailedError: the process ended before the step did.
            Exception: what the step raised.
        """
        try:
            self._connection.send((name, arguments))
            result = self._connection.recv()
        except (EOFError, ConnectionError):
            self._process.join(_STOP_SECONDS)
            raise RunFailedError(
                f"the process of the step `{name}` ended by itself (exit code {self._process.exitcode}; a negative one is a signal, "
                "-9 most often for want of memory); nothing was released, the next run starts from the last state that was whole"
            ) from None
        except KeyboardInterrupt:
            self._process.terminate()
            raise
        if isinstance(result, BaseException):
            raise result
        return dict(result)


def _serve(connection: Connection, steps: str, quiet: bool) -> None:
    """Do what is asked for until the other end is closed."""
    end_with_parent()
    collect_seldom()
    # Ctrl-C reaches all processes of a terminal; the one that a person started decides what it means, and tells by SIGTERM.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    from jobs.log import configure
    from jobs.settings import get_settings

    logs = get_settings().home / "logs"
    configure(logs, quiet=quiet)
    with (
        (logs / "steps.log").open("a", encoding="utf-8", buffering=1) as log,
        redirect_stdout(log),
        redirect_stderr(log),
        suppress(EOFError, ConnectionError, KeyboardInterrupt),
    ):
        module = importlib.import_module(steps)
        # What fails here fails again in the step that needs it, and is told there.
        with suppress(Exception):
            module.prepare()
        while True:
            name, arguments = connection.recv()
            connection.send(_outcome(getattr(module, name), arguments))
    leave_memory_to_the_system()


def end_with_parent() -> None:
    """From now on this process ends when the one that started it does, in whatever way."""
    threading.Thread(target=_wait_for_the_end_of_the_parent, daemon=True).start()


def _wait_for_the_end_of_the_parent() -> None:
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


def _outcome(step: Any, arguments: dict[str, Any]) -> dict[str, Any] | BaseException:
    """What the step returned or raised, fit to be sent."""
    try:
        result: dict[str, Any] = step(**arguments)
    except BaseException as error:
        if not isinstance(error, NtmError):
            traceback.print_exc(file=sys.stderr)
        try:
            pickle.loads(pickle.dumps(error))  # noqa: S301 - its own
        except Exception:
            lines = str(error).strip().splitlines()
            return RunFailedError(f"{type(error).__name__}: {lines[0] if lines else ''}")
        return error
    return result
