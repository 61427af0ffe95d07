"""The errors that a person can act on, as far as the lowest layer needs them; `jobs.errors` has the others."""

from __future__ import annotations


class NtmError(Exception):
    """A failure in one sentence that says what to do; the run released nothing new (exit 1)."""

    exit_code = 1


class UsageError(NtmError):
    """Wrong use, a wrong setting or a wrong definition, refused at start by name (exit 2)."""

    exit_code = 2
