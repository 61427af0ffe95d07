"""Errors that a person can act on, each with the exit code of `ntm` (interfaces: 0, 1, 2, 3, 4)."""

from __future__ import annotations

from warehouse_schema.errors import NtmError, UsageError

__all__ = ["NtmError", "QueryError", "RunFailedError", "SourceError", "UsageError", "WaitsForApprovalError"]


class RunFailedError(NtmError):
    """A step failed; the tables stay at the last release (exit 1)."""


class SourceError(NtmError):
    """A source system could not be pulled; its watermark did not move, the other sources go on (exit 3)."""

    exit_code = 3


class WaitsForApprovalError(NtmError):
    """Changed definitions would move more published figures than a run may move without a person's approval; nothing was released (exit 4)."""

    exit_code = 4


class QueryError(UsageError):
    """An analyst's SQL is wrong (exit 2). The message may have several lines: DuckDB quotes the query; a value of a row is on one line."""
