"""What the gate has to say, typed: to the terminal, to the scheduler and to the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

ERROR, WARNING = "error", "warning"
"""Severities of a contract: an error holds the batch (or stops the run), a warning is logged and shown."""


@dataclass(frozen=True, slots=True)
class Finding:
    """An expectation that is not met, or another thing that a person has to know of a table.

    Attributes:
        table: `silver/work_record`.
        expectation: its name, `duplicate_key` or `closed_at.readable`.
        message: all of it in a sentence.
        severity: `error` or `warning`.
        observed, expected: in words.
        example: None, the key of a row, or codes of organisations; never a value of a personal, secret or free-text field.
        how: what a person can do.
    """

    table: str
    expectation: str
    message: str
    severity: str = WARNING
    observed: str = ""
    expected: str = ""
    example: Any = None
    how: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says of a batch: held where anything failed."""

    held: bool
    failed: list[Finding]
    warnings: list[Finding]
    summary: str
