"""One dataset on its way through a load: what it has to load, its rows as relations, and what became of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, NamedTuple

from expectations.batch import Batch
from jobs.border.spec import LANDED, ROW
from jobs.errors import RunFailedError

if TYPE_CHECKING:
    from datetime import date, datetime

    from expectations.findings import Verdict
    from jobs.engine.sets import Sets
    from jobs.landing.discover import Waiting
    from jobs.ops.touched import Touched
    from jobs.reference.organisations import OrganisationPeriod
    from jobs.silver.references import References
    from warehouse_schema.contracts import Contract, SheetReference

BRONZE, BRONZE_COPY = "bronze", "bronze_copy"
"""The `origin` of a row that is revalidated, beside `LANDED`; a copy is equal to another row of bronze."""
AT_ONCE = 3
"""So many datasets are judged at the same time."""


@dataclass(slots=True)
class Counts:
    """What became of the rows of one object in this run; for rows that are revalidated, how the counts move. Attributes are fates, but for `read`."""

    read: int = 0
    accepted: int = 0
    rejected: int = 0
    duplicate: int = 0
    withheld: int = 0

    def add(self, fate: str, count: int) -> None:
        """Count rows of one fate."""
        setattr(self, fate, getattr(self, fate) + count)


class Withheld(NamedTuple):
    """Rows that are withheld as secret: all that is known of them. `object_id`: None where they were taken out of the tables."""

    organisation: str | None
    day: date | None
    rows: int
    object_id: str | None = None


@dataclass(slots=True)
class Purged:
    """Rows that were in the tables and had to leave: their keys, how the ledger's counts move, and what is counted as withheld."""

    keys: set[str] = field(default_factory=set)
    counts: dict[str, Counts] = field(default_factory=dict)
    withheld: list[Withheld] = field(default_factory=list)
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Changed:
    """What changed in what a dataset's rows refer to, or in the dataset's own definition.

    Attributes:
        codes: organisation codes whose meaning changed.
        rows: by reference to another sheet the keys of its rows that changed.
        redefined: the contract's standardisation changed, or the lists of units: all rows are revalidated.
    """

    codes: frozenset[str] = frozenset()
    rows: dict[SheetReference, frozenset[str]] = field(default_factory=dict)
    redefined: bool = False


@dataclass(slots=True)
class Dataset:
    """One dataset of one load.

    Attributes:
        contract: of its silver table.
        waiting: the landed objects that it has to load.
        changed: what its rows in the tables have to be revalidated for.
        refs: what codes mean.
        periods: of organisations, for the gate and for counting what is withheld.
        sets: its rows, once they are staged, as the relations `batch` (`set_queries/batch.sql`) and `winners`: the newest valid row of each key.
        redefined: all rows of its tables are in the batch, by another standardisation than they were made by.
        revalidates: rows of its tables are in the batch.
        landed: by landed object, what became of its rows.
        moved: by object, how revalidation and purging move its counts.
        errors: how often each code rejected a row of a landed object.
        withheld: rows to be counted by unit and day.
        drift: by object, the fields that the contract does not know.
        not_of_kind: by field, values that cannot be read as their kind.
        broken_lines: lines of landed objects that are no records.
        revalidated, renewed: how many rows of bronze were revalidated; of how many of them quarantine says something else than before.
        conflicts: records that came with one version and other content.
        tombstones: by keyed hash of a record the newest version that must not enter.
        purged: what secrets took out of the tables.
        keys_before: keys of the rows in bronze of objects that are read again.
        touched: the months of changed rows.
        verdict: the gate's.
        waits_for: the held table for whose sake the batch stays in the landing zone.
    """

    contract: Contract
    waiting: list[Waiting]
    changed: Changed
    refs: References
    periods: list[OrganisationPeriod]
    sets: Sets | None = None
    redefined: bool = False
    revalidates: bool = False
    landed: dict[str, Counts] = field(default_factory=dict)
    moved: dict[str, Counts] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)
    withheld: list[Withheld] = field(default_factory=list)
    drift: dict[str, list[str]] = field(default_factory=dict)
    not_of_kind: Counter[str] = field(default_factory=Counter)
    broken_lines: int = 0
    revalidated: int = 0
    renewed: int = 0
    conflicts: int = 0
    tombstones: dict[str, datetime] = field(default_factory=dict)
    purged: Purged = field(default_factory=Purged)
    keys_before: set[str] = field(default_factory=set)
    touched: list[Touched] = field(default_factory=list)
    verdict: Verdict | None = None
    waits_for: str | None = None

    @property
    def relations(self) -> Sets:
        """The rows as relations.

        Raises:
            RunFailedError: they are not staged yet.
        """
        if self.sets is None:
            raise RunFailedError(f"{self.contract.name}: its rows are not staged")
        return self.sets

    @property
    def approved(self) -> bool:
        """Whether a person let all of it through."""
        return bool(self.waiting) and all(item.approved for item in self.waiting)

    @property
    def read_before(self) -> list[str]:
        """The objects that are read again."""
        return [item.entry.object_id for item in self.waiting if item.read_before]

    @property
    def held(self) -> bool:
        """Whether it has to wait for a person, and not for another sheet."""
        return self.verdict is not None and self.verdict.held and not self.approved and self.waits_for is None

    @property
    def stays(self) -> bool:
        """Whether its landed objects stay in the landing zone: none of their rows is in the batch any more."""
        return self.held or self.waits_for is not None

    @property
    def totals(self) -> Counts:
        """What became of the rows of all landed objects."""
        names = [one.name for one in fields(Counts)]
        return Counts(**{name: sum(getattr(counts, name) for counts in self.landed.values()) for name in names})

    def as_batch(self) -> Batch:
        """What the gate judges: relations and counts."""
        totals = self.totals
        return Batch(
            contract=self.contract,
            sets=self.relations,
            rows="judged",
            winners="winners",
            is_new=f"outcome = '{ROW}' AND origin = '{LANDED}'",
            objects=tuple(self.landed),
            read=totals.read,
            rejected=totals.rejected,
            broken_lines=self.broken_lines,
            withheld_by={str(row.organisation) for row in self.withheld},
        )
