"""Logging by structlog: one line a step, to the terminal in words and to `<NTM_HOME>/logs/ntm.log` as JSON."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from pathlib import Path

_LOGGER = "ntm"


def _without_nothing(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if value is not None}


def configure(folder: Path | None, *, quiet: bool = False) -> None:
    """Send log lines to the terminal (standard error) unless quiet, and to the folder's `ntm.log` if one is given."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="%Y-%m-%dT%H:%M:%S", utc=False),
        _without_nothing,
    ]
    logger = logging.getLogger(_LOGGER)
    logger.handlers.clear()
    logger.setLevel(logging.INFO)
    logger.propagate = False
    if not quiet:
        terminal = logging.StreamHandler(sys.stderr)
        terminal.setFormatter(
            structlog.stdlib.ProcessorFormatter(processor=structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=14))
        )
        logger.addHandler(terminal)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        file = logging.FileHandler(folder / "ntm.log", encoding="utf-8")
        file.setFormatter(structlog.stdlib.ProcessorFormatter(processor=structlog.processors.JSONRenderer(ensure_ascii=False)))
        logger.addHandler(file)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def get_logger() -> structlog.stdlib.BoundLogger:
    """The project's logger."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(_LOGGER)
    return logger
