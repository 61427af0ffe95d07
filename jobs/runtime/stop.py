"""How `ntm run`, and every other command that runs the engine, ends when it is stopped: "stopping …" at once, gone within seconds, nothing half done.

A run may be killed at any point (the next one starts from the last release or checkpoint), so a stop need not wait for what goes on: the side processes are
interrupted, get a moment to clear up, and are killed. The signals are taken by a thread of their own and by no handler, since Airflow sets handlers for the
time of a task, which would swallow them.
"""

from __future__ import annotations

import os
import shutil
import signal
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from jobs.runtime import side_process

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STOP_SIGNALS = frozenset({signal.SIGINT, signal.SIGTERM})
SIGNAL_EXIT = 128
"""What a shell adds to a signal's number: 130 for Ctrl-C, 143 for SIGTERM."""


def stop_on_signals(home: Path) -> None:
    """From now on SIGINT and SIGTERM end this process and its side processes; to be called before there is a second thread,
    and so before anything large is imported.

    Args:
        home: the workspace, whose staging folder is removed when its writer is gone: what is staged holds titles.
    """
    if signal.pthread_sigmask(signal.SIG_BLOCK, ()) >= STOP_SIGNALS:
        return
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    threading.Thread(target=_wait, args=(lambda: _clear(home),), name="stop", daemon=True).start()


def _wait(clear: Callable[[], None]) -> None:
    number = signal.sigwait(STOP_SIGNALS)
    # Not by sys.stderr: it may be turned into a log for the moment.
    with suppress(OSError):
        os.write(2, "stopping …\n".encode())
    try:
        side_process.stop_all()
        clear()
    finally:
        os._exit(SIGNAL_EXIT + number)


def _clear(home: Path) -> None:
    shutil.rmtree(home / "staging", ignore_errors=True)
