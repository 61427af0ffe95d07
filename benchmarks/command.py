"""How a benchmark is started from the shell."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console

from jobs.errors import NtmError

if TYPE_CHECKING:
    from collections.abc import Callable


def start(command: Callable[..., Any], name: str = "bench") -> None:
    """Run a command with the arguments of the shell: errors are one sentence, with its name, and an exit code."""
    try:
        typer.run(command)
    except NtmError as error:
        Console(stderr=True, highlight=False, markup=False).print(f"{name}: {error}")
        sys.exit(error.exit_code)
