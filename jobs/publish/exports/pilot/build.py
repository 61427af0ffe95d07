"""`ntm export pilot`: page and workbook of a pilot district in a new folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from jobs.errors import UsageError
from jobs.publish.exports.folder import moved
from jobs.publish.exports.pilot.figures import read_pilot
from jobs.publish.exports.pilot.page import page_of
from jobs.publish.exports.pilot.sections import sections_of, sheets_of
from jobs.publish.exports.report.sheets import write_workbook
from jobs.publish.site import addresses
from jobs.publish.site.mark import default_folder
from jobs.publish.site.read import UnitKey
from jobs.vietnam import VIETNAM

if TYPE_CHECKING:
    from jobs.engine.tables import Warehouse
    from jobs.publish.exports.pilot.figures import Pilot

PAGE, WORKBOOK = "index.html", "mo-hinh.xlsx"


@dataclass(frozen=True, slots=True)
class Exported:
    """The folder of a pilot, and its files."""

    folder: Path
    files: tuple[str, ...]


def export_pilot(warehouse: Warehouse, home: Path, unit: str, output: Path | None) -> Exported:
    """Write the page and the workbook of a pilot district into a new folder; nothing is ever overwritten.

    Args:
        warehouse: whose last release is read.
        home: the workspace; `exports/pilot/<unit>` in it is the default folder, `site` the report site that successors are linked to.
        unit: GSO code of a district of the sheet `data_standardisation_pilots`.
        output: the folder; where something is in it already, one beside it with a number.

    Raises:
        NothingReleasedError: nothing was released yet.
        UsageError: the unit is no pilot, or the folder is a file.
    """
    wanted = (output or home / "exports" / "pilot" / unit).resolve()
    if wanted.exists() and not wanted.is_dir():
        raise UsageError(f"--output {wanted}: it is a file; expected a folder")
    pilot = read_pilot(warehouse, unit)
    sections = sections_of(pilot, site_pages(pilot, default_folder(home), wanted))
    wanted.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{wanted.name}-", dir=wanted.parent) as made:
        part = Path(made) / "new"
        part.mkdir()
        (part / PAGE).write_text(page_of(pilot, sections, [WORKBOOK]), encoding="utf-8")
        write_workbook(part / WORKBOOK, sheets_of(pilot, sections), pilot.snapshot.release.created_at.astimezone(VIETNAM))
        return Exported(moved(part, wanted), (PAGE, WORKBOOK))


def site_pages(pilot: Pilot, site: Path, folder: Path) -> dict[UnitKey, str]:
    """By successor the address of its page of the report site, from the pilot's folder; none where no site was built beside it: a link must lead somewhere."""
    found = {}
    for row in pilot.successors:
        key = UnitKey(row["successor_code"], row["successor_valid_from"])
        page = site / addresses.unit_page(pilot.unit["in_province"], *key)
        if page.exists():
            found[key] = Path(os.path.relpath(page.resolve(), folder)).as_posix()
    return found
