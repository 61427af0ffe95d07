"""Logging by structlog: one line a step, to the terminal in words and to `<NTM_HOME>/logs/ntm.log` as JSON.

A week's log is put aside under its day (`ntm.log.YYYY-MM-DD`), so that maintenance can drop what is old.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from contextlib import contextmanager
from logging.handlers import TimedRotatingFileHandler
from typing import TYPE_CHECKING, Any

import structlog

from jobs.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping
    from pathlib import Path

_NAME = "ntm"


def _without_nothing(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {name: value for name, value in event.items() if value is not None}


def _visible(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {name: visible(value) if isinstance(value, str) else value for name, value in event.items()}


# Airflow sets structlog up for itself in the same process, so nothing here rests on structlog's global configuration.
_PROCESSORS: list[Any] = [
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="%Y-%m-%dT%H:%M:%S", utc=False),
    _without_nothing,
]


def configure(folder: Path | None, *, quiet: bool = False) -> None:
    """Send log lines to the terminal (standard error) unless quiet, and to the folder's `ntm.log` if one is given."""
    logger = logging.getLogger(_NAME)
    logger.handlers.clear()
    logger.setLevel(logging.INFO)
    logger.propagate = False
    if not quiet:
        colours = sys.stderr.isatty()
        terminal = logging.StreamHandler(sys.stderr)
        renderer = structlog.dev.ConsoleRenderer(colors=colours, pad_event_to=14)
        processors: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, _visible, renderer]
        terminal.setFormatter(structlog.stdlib.ProcessorFormatter(processors=processors))
        logger.addHandler(terminal)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = TimedRotatingFileHandler(folder / "ntm.log", when="W0", encoding="utf-8")
        file.setFormatter(structlog.stdlib.ProcessorFormatter(processor=structlog.processors.JSONRenderer(ensure_ascii=False)))
        logger.addHandler(file)


def get_logger() -> structlog.stdlib.BoundLogger:
    """The project's logger; says nothing before `configure`."""
    logger = logging.getLogger(_NAME)
    logger.disabled = False
    bound: structlog.stdlib.BoundLogger = structlog.wrap_logger(
        logger,
        processors=[*_PROCESSORS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    return bound


@contextmanager
def said_while_it_lasts(event: str, *, every: float = 10, **facts: Any) -> Iterator[None]:
    """Log what is waited for as long as it lasts, every so many seconds, so that a person sees what hangs."""
    over = threading.Event()
    started = time.monotonic()

    def tell() -> None:
        while not over.wait(every):
            get_logger().info(f"{event} goes on", **facts, seconds=round(time.monotonic() - started))

    threading.Thread(target=tell, name="heartbeat", daemon=True).start()
    try:
        yield
    finally:
        over.set()
