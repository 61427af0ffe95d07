"""What a run of `standardise` did, in words and numbers for the terminal and the scheduler."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from expectations.findings import Finding
from jobs.ops.refused import nearly_all_rejected

if TYPE_CHECKING:
    from jobs.ops.ledger import Entry
    from jobs.settings import Settings
    from jobs.silver.dataset import Dataset
    from jobs.silver.definition import Redefinitions

PULLED = "pull-"
"""How the names of objects begin that were pulled."""
FATES = ("accepted", "rejected", "duplicate", "withheld")


@dataclass(slots=True)
class Summary:
    """What a run of `standardise` did; what terminal and scheduler show."""

    read: int = 0
    accepted: int = 0
    rejected: int = 0
    duplicate: int = 0
    withheld: int = 0
    revalidated: int = 0
    objects: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    datasets: dict[str, dict[str, int]] = field(default_factory=dict)
    unreadable: list[dict[str, str]] = field(default_factory=list)
    held: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    waiting: list[Finding] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    redefined: dict[str, int] = field(default_factory=dict)
    schema_changes: list[str] = field(default_factory=list)
    notices: list[dict[str, str]] = field(default_factory=list)
    changed: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as JSON has them."""
        return asdict(self) | {"errors": dict(self.errors)}

    def add(self, dataset: Dataset, redefined: Redefinitions, settings: Settings) -> None:
        """Add what loading a dataset came to."""
        contract, totals = dataset.contract, dataset.totals
        self.revalidated += dataset.revalidated
        if redefined.changed(contract.name):
            self.redefined[contract.name] = self.redefined.get(contract.name, 0) + dataset.revalidated
        if dataset.waits_for:
            message = f"objects of {dataset.waits_for} are held, or wait themselves, until a person decides (`ntm held`)"
            self.waiting.append(Finding(contract.name, "waits", message))
            return
        counted = self.datasets.setdefault(str(contract.landing), dict.fromkeys(("read", *FATES), 0))
        for name in counted:
            counted[name] += getattr(totals, name)
        self.objects += len(dataset.landed)
        self.warnings += dataset.verdict.warnings if dataset.verdict else []
        self.warnings += _warnings(dataset)
        if dataset.held and dataset.verdict:
            self.held.append(
                {"table": contract.name, "objects": len(dataset.waiting), "failed": [asdict(one) for one in dataset.verdict.failed]}
            )
            return
        self.read += totals.read
        self.accepted += totals.accepted
        self.rejected += totals.rejected
        self.duplicate += totals.duplicate
        self.withheld += totals.withheld
        self.errors += dataset.errors
        for item in dataset.waiting:
            counts = dataset.landed[item.entry.object_id]
            # What is pulled is looked at as a pull (`jobs/extract/judged.py`).
            if not PurePosixPath(item.entry.path).name.startswith(PULLED) and nearly_all_rejected(
                counts.accepted, counts.rejected, settings
            ):
                rows = counts.accepted + counts.rejected
                self.refused.append(
                    f"{item.entry.path}: {counts.rejected:,} of {rows:,} rows were rejected; look at the source of this object"
                )

    def add_copy(self, copy: Entry) -> None:
        """Add an object that has the content of another one."""
        self.read += copy.rows_read
        self.duplicate += copy.rows_duplicate
        self.objects += 1
        counted = self.datasets.setdefault(copy.dataset, dict.fromkeys(("read", *FATES), 0))
        counted["read"] += copy.rows_read
        counted["duplicate"] += copy.rows_duplicate


def _warnings(dataset: Dataset) -> list[Finding]:
    """What a person has to know of a batch beside what the gate says."""
    contract, found = dataset.contract, []
    unknown = sorted({name for names in dataset.drift.values() for name in names})
    if unknown:
        message = f"{len(dataset.drift)} objects have fields that the contract does not know, which did not pass: {', '.join(unknown)}"
        found.append(Finding(contract.name, "unknown_fields", message))
    for name, count in sorted(dataset.not_of_kind.items()):
        message = f"{name}: {count:,} values cannot be read as the contract's {contract.source_column(name).kind}: spelt otherwise they have another token"
        found.append(Finding(contract.name, "not_of_kind", message))
    if dataset.conflicts:
        message = f"{dataset.conflicts:,} records came with one version and other content; the greater hash counts until a newer one says which is right"
        found.append(Finding(contract.name, "conflicts", message))
    return found
