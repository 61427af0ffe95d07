"""Find what waits: landed objects that no release has loaded yet, known by their content."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from jobs.landing.formats.base import ObjectUnreadableError
from jobs.landing.formats.registry import format_of
from jobs.landing.formats.sheet import columns_of
from jobs.landing.inspect import ObjectFacts, ObjectFailure, inspect_object
from jobs.landing.survey import NO_ROWS, Notice, counted, group_of, has_no_rows, survey
from jobs.ops.ledger import WAITING_STATES, Entry, State
from warehouse_schema.contracts import Contract, landed_contracts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from jobs.landing.storage import LandingStorage, StoredObject

_HASHING_THREADS = 2
_READ_AGAIN = WAITING_STATES | {State.SETTLED}


@dataclass(frozen=True, slots=True)
class Waiting:
    """An object that is to be loaded: what the ledger will say of it, still without counts."""

    entry: Entry
    approved: bool = False
    read_before: bool = False


@dataclass(slots=True)
class Discovery:
    """What lies in the landing zone and is not in the tables.

    `settled`: entries of objects that could not be read, and that are gone or were mended since. `not_read`: what is said of files that nothing
    reads.
    """

    waiting: dict[str, list[Waiting]] = field(default_factory=dict)
    failed: list[Entry] = field(default_factory=list)
    copies: list[Entry] = field(default_factory=list)
    gone: list[Entry] = field(default_factory=list)
    settled: list[Entry] = field(default_factory=list)
    not_read: list[Notice] = field(default_factory=list)

    @property
    def found(self) -> int:
        """How many landed objects the run has something to say about."""
        return sum(map(len, self.waiting.values())) + len(self.failed) + len(self.copies) + len(self.settled) + len(self.gone)

    def notices(self) -> list[Notice]:
        """What a person should know of the landed files beside those that cannot be read."""
        new = [*(item.entry for items in self.waiting.values() for item in items), *self.copies]
        empty = group_of(entry.path for entry in new if has_no_rows(entry.message))
        notices = list(self.not_read)
        if empty.count:
            notices.append(Notice("empty", f"{counted(empty.count, 'object')} without rows: {empty.named}"))
        read = [entry for entry in new if entry.message not in (None, NO_ROWS)]
        notices += [Notice("passed_over", f"{group_of([entry.path]).named}: passed over {entry.message}") for entry in read]
        if self.settled:
            gone = group_of(entry.path for entry in self.settled)
            message = f"{counted(gone.count, 'object')} that could not be read, gone or mended since: {gone.named}"
            notices.append(Notice("settled", message))
        return notices


def not_yet_known(storage: LandingStorage, contract: Contract, ledger: Iterable[Entry]) -> list[StoredObject]:
    """The dataset's objects that the ledger does not know by path, size and storage version, or wants read again."""
    return _not_settled(storage.list(f"{contract.landing}/"), ledger)


def _not_settled(listed: Iterable[StoredObject], ledger: Iterable[Entry]) -> list[StoredObject]:
    # Whether a file may be read by now is seen by trying: its permissions are no part of its version.
    settled = {
        (entry.path, entry.size, entry.storage_version)
        for entry in ledger
        if entry.state not in _READ_AGAIN and entry.failure != "not_readable"
    }
    return [item for item in listed if (item.path, item.size, item.version) not in settled]


def discover(storage: LandingStorage, ledger: list[Entry], run_id: str, now: datetime) -> Discovery:
    """Hash what the ledger does not know and sort it: to be loaded, the same as something loaded, or unreadable; look what else lies there.

    Work is in proportion to what is new: known objects are only listed.
    """
    there_is = survey(storage)
    discovery = Discovery(not_read=there_is.notices())
    known = {(entry.path, entry.object_id): entry for entry in ledger}
    by_content: dict[tuple[str, str], Entry] = {}
    for contract in landed_contracts():
        dataset = str(contract.landing)
        listed = there_is.objects[dataset]
        items = _not_settled(listed, ledger)
        there = {item.path for item in listed}
        discovery.gone += [_taken_away(entry) for entry in ledger if entry.dataset == dataset and _waits_in_vain(entry, there)]
        for entry in ledger:
            # What a sender renamed before it was loaded lives on under its new name.
            lives = entry.state in (State.LOADED, State.DISCARDED) or entry.path in there
            if entry.dataset == dataset and entry.state not in (State.DUPLICATE, State.FAILED, State.SETTLED) and lives:
                by_content[dataset, entry.object_id] = entry
        with ThreadPoolExecutor(_HASHING_THREADS) as pool:
            facts = list(pool.map(lambda item: _inspect(storage, item, contract), items))  # noqa: B023 - used up before the next contract
        content = {item.path: fact.object_id for item, fact in zip(items, facts, strict=True) if fact is not None}
        discovery.settled += _settled_failures([entry for entry in ledger if entry.dataset == dataset], listed, content)
        for item, fact in zip(items, facts, strict=True):
            if fact is None:
                continue
            earlier = known.get((item.path, fact.object_id))
            if earlier is not None and earlier.state not in _READ_AGAIN:
                continue
            entry = Entry(
                path=item.path,
                object_id=fact.object_id,
                dataset=dataset,
                table=contract.name,
                size=item.size,
                storage_version=item.version,
                state=State.LOADED,
                received_at=earlier.received_at if earlier else now,
                run_id=run_id,
                message="; ".join(filter(None, [NO_ROWS if fact.empty else None, fact.passed_over])) or None,
            )
            original = by_content.get((dataset, fact.object_id))
            if fact.failure is not None:
                discovery.failed.append(replace(entry, state=State.FAILED, failure=fact.failure.code, message=fact.failure.message))
            elif original is not None and original.path != item.path:
                discovery.copies.append(replace(entry, state=State.DUPLICATE))
            else:
                # Counts of an object that was loaded before stand until it is loaded again.
                loaded = (
                    replace(earlier, run_id=run_id, storage_version=item.version, message=entry.message)
                    if earlier and earlier.rows_read
                    else entry
                )
                waiting = Waiting(loaded, approved=bool(earlier and earlier.state == State.APPROVED), read_before=loaded is not entry)
                discovery.waiting.setdefault(contract.name, []).append(waiting)
                by_content[dataset, fact.object_id] = entry
    return discovery


def _waits_in_vain(entry: Entry, there: Collection[str]) -> bool:
    """Whether an object that can be read, as far as is known, was to be read (again) and is not there any more."""
    return entry.state in WAITING_STATES and not entry.failure and entry.path not in there


def _taken_away(entry: Entry) -> Entry:
    """An object that was to be read (again) and was taken away before: what was loaded of it stays, and it waits no more."""
    if entry.rows_read:
        return replace(
            entry, state=State.LOADED, message="gone from the landing zone before it was read again; its rows stay as they were judged"
        )
    return replace(entry, state=State.SETTLED, failure="gone", message="expected in the landing zone; it was taken away before it was read")


def _settled_failures(ledger: Iterable[Entry], listed: Iterable[StoredObject], content: Mapping[str, str]) -> list[Entry]:
    """The entries of objects that could not be read, and whose file is gone or has other content now.

    `content`: path -> content of those that were looked into; of the others size and version are as the ledger knows them.
    """
    there = {item.path: (item.size, item.version) for item in listed}

    def is_there(entry: Entry) -> bool:
        if entry.path in content:
            return content[entry.path] == entry.object_id
        return there.get(entry.path) == (entry.size, entry.storage_version)

    # Also of those that are to be read again: there is nothing to read.
    failed = [entry for entry in ledger if entry.state == State.FAILED or (entry.state == State.REPLAY and entry.failure)]
    return [replace(entry, state=State.SETTLED) for entry in failed if not is_there(entry)]


def _inspect(storage: LandingStorage, item: StoredObject, contract: Contract) -> ObjectFacts | None:
    """What is known of the object; None for one that is gone since it was listed (its sender renamed it)."""
    try:
        with storage.open(item.path) as stream:
            facts = inspect_object(stream, item.path, columns_of(contract))
    except FileNotFoundError:
        return None
    except PermissionError:
        # Known by its path, as its content cannot be hashed.
        unread = sha256(f"{item.path}\0{item.size}\0{item.version}".encode()).hexdigest()
        return ObjectFacts(unread, item.size, ObjectFailure("not_readable", "expected an object that this user may read"))
    try:
        kind = format_of(item.path).kind
    except ObjectUnreadableError:
        return facts
    if kind in contract.formats:
        return facts
    failure = ObjectFailure("unknown_format", f"expected {' or '.join(contract.formats)} for {contract.landing}, found {kind}")
    return replace(facts, failure=failure)
