"""The page of open data: what `ntm export open-data` wrote of the same release, and its files where they are to be part of the site."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from jobs.errors import UsageError
from jobs.publish.site import addresses
from warehouse_schema.open_data import load_open_data

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from pathlib import Path

    from jobs.ops.releases import Release

PACKAGE, SUMS = "datapackage.json", "SHA256SUMS"
MOST_BYTES = 2_000_000
"""A larger file, and SDMX, is part of the site only where that is asked for: all of a province's year weighs more than its pages."""
_SDMX = "sdmx/"
_AGAIN = "export it again: ntm export open-data --force"


class _Part(BaseModel):
    """A part of a data package: what the page reads of it; more may stand there."""

    model_config = ConfigDict(strict=True)


class _Titled(_Part):
    title: str


class _Origin(_Part):
    release: int
    as_of: str


class _Schema(_Part):
    columns: list[Any] = Field(alias="fields")


class _Resource(_Part):
    name: str
    title: str
    description: str
    rows: int
    path: str
    parquet: str
    table_schema: _Schema = Field(alias="schema")


class Package(_Part):
    """A data package as the export writes it."""

    id: str
    title: str
    licenses: list[_Titled]
    contributors: list[_Titled] = Field(min_length=1)
    ntm: _Origin
    resources: list[_Resource]


@dataclass(frozen=True, slots=True)
class OpenDataFolder:
    """A folder of open data that is whole.

    Attributes:
        path: where it stands.
        package: its data package.
        files: size in bytes and SHA-256 of each file, by its path in the folder; of the list of sums itself none.
    """

    path: Path
    package: Package
    files: Mapping[str, tuple[int, str]]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(size for size, _ in self.files.values())


def read_folder(path: Path, release: Release, *, everything: bool = False) -> OpenDataFolder:
    """The open data in a folder. `everything`: hold all files against their sums, and not those alone that become part of the site anyway.

    Raises:
        UsageError: it is none, it is of another release, it is not whole, or a file is not what the list of sums says. Names the folder by its last name
            alone: a page tells it too.
    """
    try:
        package = Package.model_validate_json((path / PACKAGE).read_bytes())
        listed = [line.split("  ", 1) for line in (path / SUMS).read_text(encoding="utf-8").splitlines()]
        sums = {name: digest for digest, name in listed}
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        raise UsageError(f"{path.name}: {PACKAGE} is none that the export wrote ({where}: {first['msg']}); {_AGAIN}") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{path.name} holds no open data that can be read ({type(error).__name__}); {_AGAIN}") from error
    of = package.ntm
    if (of.release, of.as_of) != (release.sequence, str(release.as_of)):
        raise UsageError(
            f"{path.name} is of release {of.release} as of {of.as_of}, and the site of release {release.sequence} as of {release.as_of}"
        )
    if unsafe := [name for name in sums if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts]:
        raise UsageError(f"{path.name}: {SUMS} names files outside of the folder: {', '.join(unsafe)}")
    if missing := [name for name in sums if not (path / name).is_file()]:
        raise UsageError(f"{path.name} is not whole, it lacks {', '.join(missing)}; {_AGAIN}")
    if PACKAGE not in sums:
        raise UsageError(f"{path.name}: {SUMS} does not name {PACKAGE}; {_AGAIN}")
    folder = OpenDataFolder(path, package, {name: ((path / name).stat().st_size, digest) for name, digest in sums.items()})
    for name in sorted(copied(folder, everything=everything)):
        _require_sum(folder, name, path / name)
    return folder


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
        # It was right when the folder was read: building takes minutes.
        _require_sum(folder, name, target / name)
    shutil.copyfile(folder.path / SUMS, target / SUMS)


def _require_sum(folder: OpenDataFolder, name: str, path: Path) -> None:
    try:
        with path.open("rb") as file:
            found = file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UsageError(f"{folder.path.name}: {name} cannot be read: {error.strerror}") from None
    if found != folder.files[name][1]:
        raise UsageError(f"{folder.path.name}: {name} is not what {SUMS} says; {_AGAIN}")


def write_downloads(write: Callable[..., None], folder: OpenDataFolder | None, names: Collection[str], left_out: str = "") -> None:
    """Write the page of open data.

    Args:
        write: writes a page: its address, its template, what the template reads.
        folder: the open data; None where there is none of the release, or none that can be used.
        names: its files that are part of the site.
        left_out: why a folder that is there cannot be used.
    """
    below = load_open_data().small_cells.below
    write(
        addresses.DOWNLOADS,
        "downloads",
        folder=folder,
        copied=names,
        sums=SUMS,
        left_out=left_out,
        below=below,
        **(_shown(folder) if folder else {}),
    )


def _shown(folder: OpenDataFolder) -> dict[str, Any]:
    package, files = folder.package, folder.files
    tables: list[dict[str, Any]] = [
        {
            "title": one.title,
            "description": one.description,
            "rows": one.rows,
            "columns": len(one.table_schema.columns),
            "files": [(name, *files[name]) for name in (one.path, one.parquet) if name in files],
        }
        for one in package.resources
    ]
    shown = {name for table in tables for name, *_ in table["files"]}
    sdmx = [(name, *found) for name, found in files.items() if name.startswith(_SDMX)]
    others = [(name, *found) for name, found in files.items() if name not in shown and not name.startswith(_SDMX)]
    return {"package": package, "tables_published": tables, "sdmx": sdmx, "others": others}
