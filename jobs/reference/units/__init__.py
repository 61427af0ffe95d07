"""Administrative units, built once by pure functions from the files of `warehouse_schema/reference`."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from jobs.reference.units.files import REFERENCE_FOLDER, fingerprint, read_reference
from jobs.reference.units.lineage import build_lineage, known_successors
from jobs.reference.units.lives import build_lives, build_versions
from jobs.reference.units.model import Units

if TYPE_CHECKING:
    from pathlib import Path


@lru_cache(maxsize=1)
def load_units() -> Units:
    """The units of the shipped reference files, read once a process.

    Raises:
        UsageError: a reference file is missing or wrong; the message names file, line and field.
    """
    return read_units(REFERENCE_FOLDER)


def units_fingerprint() -> str:
    """The fingerprint that `load_units` gives, without the units: a run that finds nothing new needs no more, and reading them takes most of a second."""
    return fingerprint(REFERENCE_FOLDER)


def read_units(folder: Path) -> Units:
    """The units of the reference files in `folder`.

    Raises:
        UsageError: a file is missing or wrong; the message names file, line and field.
    """
    reference = read_reference(folder)
    lives = build_lives(reference)
    versions = build_versions(lives)
    return Units(
        (version for versions_of_code in versions.values() for version in versions_of_code),
        lambda: build_lineage(lives, versions, reference),
        fingerprint(folder),
        known_successors(lives, reference),
    )
