"""What was found in one file before it is sent, for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.publish.terminal import say, say_table

if TYPE_CHECKING:
    from jobs.silver.check import FileCheck

_SHOWN = 200


def print_checked(name: str, found: FileCheck) -> None:
    """The dataset, what would be accepted, and each fault by its place."""
    if found.failure is not None:
        say(f"{name}: cannot be read{f' as {found.dataset}' if found.dataset else ''}: {found.failure}")
        return
    say(f"{name}: {found.dataset}, {found.rows:,} rows: {found.rows - found.rejected:,} would be accepted, {found.rejected:,} rejected")
    if found.faults:
        say()
        say_table(("place", "field", "reason", "message"), ((one.place, one.field, one.code, one.message) for one in found.faults[:_SHOWN]))
        if len(found.faults) > _SHOWN:
            say(f"and {len(found.faults) - _SHOWN:,} more")
        say()
    if found.passed_over:
        say(f"left aside: {found.passed_over}")
    for what in found.left_out:
        say(f"not looked at without a workspace: {what}")
