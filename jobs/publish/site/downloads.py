"""The page of open data: what `ntm export open-data` wrote of the same release, and its files where they are to be part of the site."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from jobs.errors import UsageError
from jobs.publish.site import addresses

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from pathlib import Path

    from jobs.ops.releases import Release

PACKAGE, SUMS = "datapackage.json", "SHA256SUMS"
MOST_BYTES = 2_000_000
"""A larger file, and SDMX, is part of the site only where that is asked for: all of a province's year weighs more than its pages."""
_SDMX = "sdmx/"
_AGAIN = "export it again: ntm export open-data --force"


@dataclass(frozen=True, slots=True)
class OpenDataFolder:
    """A folder of open data that is whole.

    Attributes:
        path: where it stands.
        package: its data package.
        files: size in bytes and SHA-256 of each file, by its path in the folder; of the list of sums itself none.
    """

    path: Path
    package: Mapping[str, Any]
    files: Mapping[str, tuple[int, str]]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(size for size, _ in self.files.values())


def read_folder(path: Path, release: Release) -> OpenDataFolder:
    """The open data in a folder.

    Raises:
        UsageError: it is none, it is of another release, or it is not whole.
    """
    try:
        package = json.loads((path / PACKAGE).read_text(encoding="utf-8"))
        of = (package["ntm"]["release"], package["ntm"]["as_of"])
        listed = [line.split("  ", 1) for line in (path / SUMS).read_text(encoding="utf-8").splitlines()]
        sums = {name: digest for digest, name in listed}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} holds no open data that can be read ({type(error).__name__}); {_AGAIN}") from error
    if of != (release.sequence, str(release.as_of)):
        raise UsageError(f"{path} is of release {of[0]} as of {of[1]}, and the site of release {release.sequence} as of {release.as_of}")
    if unsafe := [name for name in sums if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts]:
        raise UsageError(f"{path}: {SUMS} names files outside of the folder: {', '.join(unsafe)}")
    if missing := [name for name in sums if not (path / name).is_file()]:
        raise UsageError(f"{path} is not whole, it lacks {', '.join(missing)}; {_AGAIN}")
    return OpenDataFolder(path, package, {name: ((path / name).stat().st_size, digest) for name, digest in sums.items()})


def copied(folder: OpenDataFolder, *, everything: bool) -> set[str]:
    """The files that become part of the site: the small ones, or all."""
    return {name for name, (size, _) in folder.files.items() if everything or (size <= MOST_BYTES and not name.startswith(_SDMX))}


def copy_files(folder: OpenDataFolder, names: Iterable[str], site: Path) -> None:
    """Put files into the site, each held against its sum, and the list of sums.

    Raises:
        UsageError: a file is not what the list of sums says.
    """
    target = site / addresses.OPEN_DATA
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder.path / name, target / name)
        with (target / name).open("rb") as file:
            if file_digest(file, "sha256").hexdigest() != folder.files[name][1]:
                raise UsageError(f"{folder.path / name} is not what {SUMS} says; {_AGAIN}")
    shutil.copyfile(folder.path / SUMS, target / SUMS)


def write_downloads(write: Callable[..., None], folder: OpenDataFolder | None, names: Collection[str]) -> None:
    """Write the page of open data. `folder`: None where there is none of the release; `names`: its files that are part of the site."""
    write(addresses.DOWNLOADS, "downloads", folder=folder, copied=names, sums=SUMS, **(_shown(folder) if folder else {}))


def _shown(folder: OpenDataFolder) -> dict[str, Any]:
    package, files = folder.package, folder.files
    tables = [
        {
            "name": one["name"],
            "title": one["title"],
            "description": one["description"],
            "rows": one["rows"],
            "columns": len(one["schema"]["fields"]),
            "files": [(name, *files[name]) for name in (one["path"], one["parquet"]) if name in files],
        }
        for one in package["resources"]
    ]
    shown = {name for table in tables for name, *_ in table["files"]}
    sdmx = [(name, *found) for name, found in files.items() if name.startswith(_SDMX)]
    others = [(name, *found) for name, found in files.items() if name not in shown and not name.startswith(_SDMX)]
    return {"package": package, "tables_published": tables, "sdmx": sdmx, "others": others}
