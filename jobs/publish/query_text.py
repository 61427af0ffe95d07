"""Where the text of a query comes from: the command line, a file, standard input."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

from jobs.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


class QuietGroup(TyperGroup):
    """Commands that end well when whoever reads their output has seen enough (`ntm sql … | head`)."""

    def invoke(self, ctx: Any) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise typer.Exit(0) from None


class QueryCommand(TyperCommand):
    """A command whose argument may begin with a comment of SQL, which looks like an option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take what begins with `--` for a comment where it has several lines."""
        options = {name for parameter in self.params for name in parameter.opts}
        return super().parse_args(ctx, [f" {one}" if _is_comment(one, options) else one for one in args])


def _is_comment(argument: str, options: set[str]) -> bool:
    # A comment that a query follows ends with its line; `--output=…` may have one in the name of a file.
    return argument.startswith("--") and "\n" in argument and argument.split("=", maxsplit=1)[0] not in options


def query_text(query: str | None, file: Path | None) -> str:
    """The text of a query: as given, of the file, or of standard input (`-`, or neither of the two where that is no terminal).

    Raises:
        UsageError: there is none, or two; the file cannot be read as UTF-8.
    """
    if query not in (None, "-") and file is not None:
        raise UsageError("expected a query or --file, not both")
    if file is not None:
        try:
            return file.read_text(encoding="utf-8-sig")
        except OSError as error:
            raise UsageError(f"{file} cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise UsageError(f"{file} is not a text in UTF-8") from None
    if query is not None and query != "-":
        return query
    if query is None and sys.stdin.isatty():
        raise UsageError('expected a query: `ntm sql "SELECT …"`, `ntm sql -f FILE`, or on standard input')
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError("standard input is not a text in UTF-8") from None
