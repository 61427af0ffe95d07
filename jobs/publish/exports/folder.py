"""Folders of exports: what was made elsewhere takes its place at once, and never the place of anything."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def moved(part: Path, wanted: Path) -> Path:
    """Put the folder where it is wanted; where something is there, beside it under the next number."""
    for number in count(1):
        target = wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}")
        try:
            # A folder takes the place of none, or of an empty one.
            part.rename(target)
        except OSError:
            if not target.exists():
                raise
            continue
        return target
    raise AssertionError
