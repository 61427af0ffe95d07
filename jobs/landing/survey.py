"""What lies in the landing zone: the objects of each dataset, and what nothing reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from jobs.landing.storage import Ignored, StoredObject
from warehouse_schema.contracts import landed_contracts
from warehouse_schema.yaml_source import closest

if TYPE_CHECKING:
    from jobs.landing.storage import LandingStorage

NO_ROWS = "no rows"
"""What the ledger's message of an object that can be read and has nothing in it begins with; what was passed over in it may follow."""
_NAMED = 3
"""So many paths are named of each group."""


def has_no_rows(message: str | None) -> bool:
    """Whether the ledger's message of an object says that it has no rows."""
    return (message or "").startswith(NO_ROWS)


class Notice(NamedTuple):
    """Something about landed files that a person should know, in a sentence with their paths.

    `kind`: `not_read`, files that nothing reads, until somebody moves them; `left_behind`, what desktops put there; `empty`, objects without
    rows; `passed_over`, what of an object is neither a record nor a rejected line; `settled`, objects that could not be read and are gone or
    mended.
    """

    kind: Literal["not_read", "left_behind", "empty", "passed_over", "settled"]
    message: str


@dataclass(slots=True)
class Group:
    """Paths of one kind: how many, and the first of them."""

    count: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, path: str) -> None:
        """One more."""
        self.count += 1
        if len(self.first) < _NAMED:
            self.first.append(path)

    @property
    def named(self) -> str:
        """The first paths, and how many more there are."""
        more = f" and {self.count - len(self.first)} more" if self.count > len(self.first) else ""
        return f"{', '.join(map(shown, self.first))}{more}"


def group_of(paths: Iterable[str]) -> Group:
    """The group of some paths."""
    group = Group()
    for path in paths:
        group.add(path)
    return group


def counted(count: int, what: str) -> str:
    """`1 file`, `2 files`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def shown(path: str) -> str:
    """A path for a person: characters that are not printed are escaped."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in path)


@dataclass(slots=True)
class Survey:
    """The landing zone as it was listed. `strays`: by folder, files that belong to no dataset."""

    objects: dict[str, list[StoredObject]] = field(default_factory=dict)
    strays: dict[str, Group] = field(default_factory=dict)
    links: Group = field(default_factory=Group)
    unwritable: Group = field(default_factory=Group)
    left_behind: Group = field(default_factory=Group)

    def notices(self) -> list[Notice]:
        """What a person should know of files that are not read."""
        found = [
            Notice(
                "not_read",
                f"{counted(group.count, 'file')} where nothing is read, in {shown(folder) or 'the landing zone itself'}: {group.named}"
                f"{closest(folder.lower(), self.objects)}",
            )
            for folder, group in sorted(self.strays.items())
        ]
        if self.links.count:
            found.append(Notice("not_read", f"{counted(self.links.count, 'symbolic link')}, which are not followed: {self.links.named}"))
        if self.unwritable.count:
            found.append(
                Notice("not_read", f"{counted(self.unwritable.count, 'file')} whose name is no text in UTF-8: {self.unwritable.named}")
            )
        if self.left_behind.count:
            message = (
                f"{counted(self.left_behind.count, 'file')} that Office or a desktop left behind, passed over: {self.left_behind.named}"
            )
            found.append(Notice("left_behind", message))
        return found


def survey(storage: LandingStorage) -> Survey:
    """List the landing zone once.

    Raises:
        StorageError: it cannot be listed.
    """
    found = Survey(objects={str(contract.landing): [] for contract in landed_contracts()})
    ignored = {"link": found.links, "name": found.unwritable, "left_behind": found.left_behind}
    for item in storage.scan(""):
        if isinstance(item, Ignored):
            ignored[item.why].add(item.path)
            continue
        source, _, rest = item.path.partition("/")
        dataset, inside, _ = rest.partition("/")
        objects = found.objects.get(f"{source}/{dataset}") if inside else None
        if objects is not None:
            objects.append(item)
        else:
            found.strays.setdefault(_folder(item.path), Group()).add(item.path)
    return found


def _folder(path: str) -> str:
    """The source and dataset that a path seems to mean: its first folders, without the day."""
    folders = path.split("/")[:-1]
    day = next((index for index, name in enumerate(folders) if name.startswith("dt=")), len(folders))
    return "/".join(folders[: min(day, 2)])
