"""Errors that a person can act on, each with the exit code of `ntm` (interfaces: 0, 1, 2, 3, 4)."""

from __future__ import annotations


class NtmError(Exception):
    """A failure told in one sentence that says what to do; the run released nothing new (exit 1)."""

    exit_code = 1


class UsageError(NtmError):
    """Wrong use or a wrong setting, refused at start by name (exit 2)."""

    exit_code = 2


class RunFailedError(NtmError):
    """A step failed; the tables stay at the last release (exit 1)."""


class SourceError(NtmError):
    """A source system could not be pulled; its watermark did not move, the other sources go on (exit 3)."""

    exit_code = 3
