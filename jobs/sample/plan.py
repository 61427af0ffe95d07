"""What a sample is asked to be, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from jobs.errors import UsageError

UNITS_KNOWN_FROM = date(2021, 1, 1)
"""Units of the first list are taken as valid from this day (an assumption of the reference data)."""


@dataclass(frozen=True, slots=True)
class DirtRates:
    """How often each kind of dirt occurs, as shares from 0 to 1 of the records (of the objects for `duplicate_objects`,
    of the organisations for `paper_undeclared`).

    A record has at most one of the kinds of `EXCLUSIVE`; the others come on top. `eaten_zeros`: of the rows of registry sheets whose commune's code
    begins with a zero.
    """

    duplicate_lines: float = 0.004
    late_versions: float = 0.006
    corrections: float = 0.01
    withdrawn: float = 0.004
    secret: float = 0.012
    became_secret: float = 0.002
    secrecy_lifted: float = 0.002
    unknown_organisations: float = 0.003
    organisations_not_valid: float = 0.001
    invalid: float = 0.006
    invalid_corrections: float = 0.002
    broken_lines: float = 0.001
    old_order_codes: float = 0.15
    nfd_text: float = 0.08
    loose_types: float = 0.2
    duplicate_objects: float = 0.01
    paper_undeclared: float = 0.0
    eaten_zeros: float = 0.02

    def __post_init__(self) -> None:
        for name, rate in asdict(self).items():
            if not 0 <= rate <= 1:
                raise UsageError(f"sample: the rate {name} is {rate}, expected a share from 0 to 1")
        if (total := sum(self.scenarios().values())) > 1:
            raise UsageError(f"sample: the rates of {', '.join(EXCLUSIVE)} add up to {total:.3f}, expected at most 1")

    def scenarios(self) -> Mapping[str, float]:
        """The rates of which a record meets at most one, by name and in a fixed order."""
        return {name: getattr(self, name) for name in EXCLUSIVE}


EXCLUSIVE = (
    "duplicate_lines",
    "late_versions",
    "corrections",
    "withdrawn",
    "secret",
    "became_secret",
    "secrecy_lifted",
    "unknown_organisations",
    "organisations_not_valid",
    "invalid",
    "invalid_corrections",
    "broken_lines",
)


@dataclass(frozen=True, slots=True)
class SamplePlan:
    """One sample: a province, the days of its exports (both ends count), a seed and, where wanted, the numbers of records.

    `work_records` and `dossiers` count records (FileId, MaHoSo), of which some have several lines; `ocop` counts decisions on products, `documents` those
    that agencies send as edXML. None = in proportion to days and units, of documents one a working day. `unreadable_files` adds objects that cannot be
    read; without `sheets` the registry has organisations and paper work records only.
    """

    province: str
    date_from: date
    date_to: date
    seed: int
    work_records: int | None = None
    dossiers: int | None = None
    ocop: int | None = None
    documents: int | None = None
    dirt: DirtRates = DirtRates()
    unreadable_files: bool = False
    sheets: bool = True

    def __post_init__(self) -> None:
        if self.date_from > self.date_to:
            raise UsageError(f"sample: --from {self.date_from} is after --to {self.date_to}")
        if self.date_from < UNITS_KNOWN_FROM:
            raise UsageError(f"sample: --from {self.date_from}: units are known from {UNITS_KNOWN_FROM} on")
        if self.seed < 0:
            raise UsageError(f"sample: --seed {self.seed}, expected 0 or more")
        for name in ("work_records", "dossiers", "ocop", "documents"):
            count = getattr(self, name)
            if count is not None and count < 0:
                raise UsageError(f"sample: --{name.replace('_', '-')} {count}, expected 0 or more")

    @property
    def label(self) -> str:
        """Part of the names of the objects, so that samples of several provinces and seeds lie side by side."""
        return f"{self.province}-s{self.seed}"


@dataclass(frozen=True, slots=True)
class SampleSummary:
    """What was written: objects, rows by dataset (as the pipeline reads them), where the truth is, seconds taken."""

    files: int
    rows: Mapping[str, int]
    truth_path: Path
    seconds: float
