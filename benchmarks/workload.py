"""What the benchmark loads: generated months of one province, and one more day: new records, and corrections of past months.

The months end with 2023. From 2021 (before which no unit is known) to 2024 no unit of the reference lists changes, so that a code means one unit
throughout and contestants that know nothing of units can find the same figures, in 36 months too. The generated dirt is the default of
`ntm sample`, but that all rejected rows are rejected for their organisation: contestants that check nothing lose these too, in the join with the
registry, and so the figures of all must be the same. The share of rejected rows is the default's.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from jobs.errors import UsageError
from jobs.sample.draws import allocate, substream
from jobs.sample.export_stream import json_line
from jobs.sample.generator import Progress, generate
from jobs.sample.plan import UNITS_KNOWN_FROM, DirtRates, SamplePlan
from jobs.settings import PROJECT_ROOT

PROVINCE, SEED = "40", 7
LAST_DAY = date(2023, 12, 31)
CHANGE_DAY = date(2024, 1, 2)
MONTHS = (LAST_DAY.year - UNITS_KNOWN_FROM.year + 1) * 12
"""As many as can be had before the last day."""
RECORDS_OF_AN_OCOP_DECISION = 500
_USUAL = DirtRates()
DIRT = DirtRates(
    invalid=0,
    invalid_corrections=0,
    broken_lines=0,
    unknown_organisations=_USUAL.unknown_organisations + _USUAL.invalid + _USUAL.invalid_corrections + _USUAL.broken_lines,
)
WORK_RECORDS, DOSSIERS, ORGANISATIONS = "eoffice/work_records", "portal/dossiers", "registry/organisations"
INDICATORS = ("work_records_online", "dossiers_received_online", "dossiers_on_time")
CORRECTION_HALF_LIFE_DAYS = 45
"""Recent months are corrected more often: a record's chance halves with every 45 days of its age."""

_FLAGS = ("CreatedOnline", "ProcessedOnline", "SignedDigitally")
_OFFICE_OPENS, _OFFICE_SECONDS = time(7, 30), 9 * 3600
_MANIFEST = "workload.json"

Record = dict[str, Any]
Fact = tuple[str, int]
"""(indicator, 1 where it adds to the numerator)."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much: `records` work records and as many dossiers, of all `months` up to the last day together; for the day of change how many new ones and
    corrections in each of the two datasets.
    """

    records: int = 1_000_000
    months: int = 12
    new: int = 5_000
    corrections: int = 500

    @property
    def ocop(self) -> int:
        """Decisions on OCOP products, in proportion."""
        return self.records // RECORDS_OF_AN_OCOP_DECISION

    @property
    def first_day(self) -> date:
        """The first of the first month."""
        years, month = divmod(LAST_DAY.year * 12 + LAST_DAY.month - self.months, 12)
        return date(years, month + 1, 1)


@dataclass(frozen=True, slots=True)
class Workload:
    """The files, and what is known of them.

    `sample` and `change` are landing folders; `rows` and `change_rows` count the lines of each dataset; `change_month` is the numerator and
    denominator of each indicator in the month of the day of change, over all units: only new records are in it.
    """

    sample: Path
    change: Path
    truth: Path
    rows: Mapping[str, int]
    change_rows: Mapping[str, int]
    change_month: Mapping[str, tuple[int, int]]


class _Dataset(NamedTuple):
    """How lines of a dataset are used to write the day of change."""

    name: str
    stem: str
    key: str
    organisation: str
    usable: Callable[[Record], bool]
    marks: tuple[bytes, ...]
    new: Callable[[Record, datetime, int], tuple[Record, list[Fact]]]
    corrected: Callable[[Record, datetime], Record]


def prepare(folder: Path, sizes: Sizes, progress: Progress | None = None) -> Workload:
    """Generate the workload, or find that of the same sizes and the same generator.

    Raises:
        UsageError: a size is negative, there are more months than units are known for, or too few records for the corrections.
    """
    if negative := [name for name, value in asdict(sizes).items() if value < 0]:
        raise UsageError(f"{', '.join(negative)}: expected 0 or more")
    if not 1 <= sizes.months <= MONTHS:
        raise UsageError(f"{sizes.months} months of history: expected 1 to {MONTHS}, since units are known from {UNITS_KNOWN_FROM} on")
    root = folder / "-".join(str(value) for value in ("workload", *asdict(sizes).values()))
    fingerprint = generator_fingerprint()
    found = _read_manifest(root, fingerprint)
    if found is not None:
        return found
    shutil.rmtree(root, ignore_errors=True)
    plan = SamplePlan(PROVINCE, sizes.first_day, LAST_DAY, SEED, sizes.records, sizes.records, sizes.ocop, 0, DIRT, sheets=False)
    sample, change = root / "sample", root / "change"
    summary = generate(plan, sample, root / "truth", progress)
    change_rows, facts = write_change(sample, change, sizes.new, sizes.corrections)
    workload = Workload(sample, change, summary.truth_path, dict(summary.rows), change_rows, facts)
    _write_manifest(root, fingerprint, workload)
    return workload


def write_change(sample: Path, change: Path, new: int, corrections: int) -> tuple[dict[str, int], dict[str, tuple[int, int]]]:
    """Write the day of change, one object a dataset; returns its rows by dataset and what it adds to the day's month by indicator.

    New records are exported ones of the last months under a new key, finished on the day. Corrections are newer versions of records that
    were finished before: processed online or not the other way round, received through the other channel.

    Raises:
        UsageError: the sample has fewer records to correct than asked.
    """
    known = organisation_codes(sample)
    rows: dict[str, int] = {}
    sums: dict[str, list[int]] = {indicator: [0, 0] for indicator in INDICATORS}
    for dataset in _DATASETS:
        generator = substream(SEED, PROVINCE, dataset.name, "change", CHANGE_DAY.toordinal())
        corrected = _pick(sample, dataset, known, corrections, generator)
        lines: list[bytes] = []
        templates = corrected or ([] if not new else _pick(sample, dataset, known, 1, generator))
        seconds = np.sort(generator.integers(0, _OFFICE_SECONDS, new)).tolist()
        chosen = generator.integers(0, max(len(templates), 1), new).tolist()
        for number in range(new):
            moment = datetime.combine(CHANGE_DAY, _OFFICE_OPENS) + timedelta(seconds=seconds[number])
            record, facts = dataset.new(templates[chosen[number]], moment, number + 1)
            lines.append(json_line(record))
            for indicator, numerator in facts:
                sums[indicator][0] += numerator
                sums[indicator][1] += 1
        for number, record in enumerate(corrected):
            moment = datetime.combine(CHANGE_DAY, _OFFICE_OPENS) + timedelta(seconds=number % _OFFICE_SECONDS)
            lines.append(json_line(dataset.corrected(record, moment)))
        path = change / dataset.name / f"dt={CHANGE_DAY}" / f"{dataset.stem}-change-{CHANGE_DAY:%Y%m%d}.ndjson"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(line + b"\n" for line in lines))
        rows[dataset.name] = len(lines)
    return rows, {indicator: (numerator, denominator) for indicator, (numerator, denominator) in sums.items()}


def organisation_codes(sample: Path) -> frozenset[str]:
    """The codes of the registry's organisations, in either order."""
    codes: set[str] = set()
    for path in sorted((sample / ORGANISATIONS).rglob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                codes |= {row["organ_id"], row["old_organ_id"]}
    return frozenset(codes - {""})


def landed_lines(path: Path) -> list[bytes]:
    """The lines of a landed NDJSON object."""
    content = path.read_bytes()
    return (gzip.decompress(content) if path.suffix == ".gz" else content).splitlines()


def _pick(sample: Path, dataset: _Dataset, known: frozenset[str], count: int, generator: np.random.Generator) -> list[Record]:
    """`count` usable records, each once, from all exports but more from late ones; what an export lacks an earlier one gives."""
    exports = sorted((sample / dataset.name).rglob("*.ndjson*"), key=lambda path: (path.parent.name, path.name), reverse=True)
    days = [date.fromisoformat(path.parent.name.removeprefix("dt=")) for path in exports]
    weights = [0.5 ** ((LAST_DAY - day).days / CORRECTION_HALF_LIFE_DAYS) for day in days]
    picked: dict[str, Record] = {}
    wanted = 0
    for path, share in zip(exports, allocate(generator, count, weights) if exports else (), strict=True):
        wanted += share
        if wanted > len(picked):
            for record in _usable_records(path, dataset, known, generator):
                if len(picked) == wanted:
                    break
                picked.setdefault(record[dataset.key], record)
    if len(picked) < count:
        raise UsageError(f"{dataset.name} has {len(picked)} records to correct, {count} were asked: take fewer, or a larger sample")
    return list(picked.values())


def _usable_records(path: Path, dataset: _Dataset, known: frozenset[str], generator: np.random.Generator) -> Iterator[Record]:
    candidates = [line for line in landed_lines(path) if all(mark in line for mark in dataset.marks)]
    for position in generator.permutation(len(candidates)).tolist():
        record: Record = json.loads(candidates[position])
        if record[dataset.organisation] in known and dataset.usable(record):
            yield record


# --- work records -----------------------------------------------------------------------------------------------------


def _zoned(moment: datetime) -> str:
    return f"{moment.isoformat()}+07:00"


def _usable_work_record(record: Record) -> bool:
    # An organisation that was not valid has its records closed before organisations are known.
    return record["ConfidenceLevel"] == "thuong" and str(record["ClosedAt"]) >= UNITS_KNOWN_FROM.isoformat()


def _new_work_record(template: Record, moment: datetime, number: int) -> tuple[Record, list[Fact]]:
    record = {
        **template,
        "FileId": hashlib.sha256(f"{CHANGE_DAY}/{number}".encode()).hexdigest()[:32],
        "FileCode": f"{template['OrganId']}.{CHANGE_DAY.year}.HS-{number:04d}",
        "ClosedAt": _zoned(moment),
        "UpdatedAt": _zoned(moment + timedelta(minutes=1)),
    }
    return record, [(INDICATORS[0], int(all(record[flag] for flag in _FLAGS)))]


def _corrected_work_record(record: Record, moment: datetime) -> Record:
    online = all(record[flag] for flag in _FLAGS)
    flags = {"ProcessedOnline": False} if online else dict.fromkeys(_FLAGS, True)
    return {**record, **flags, "UpdatedAt": _zoned(moment)}


# --- dossiers ---------------------------------------------------------------------------------------------------------


def _compact(moment: datetime) -> str:
    return f"{moment:%Y%m%d%H%M%S}"


def _usable_dossier(record: Record) -> bool:
    received, finished = (str(record.get(name) or "") for name in ("NgayTiepNhan", "NgayKetThucXuLy"))
    decided = str(record["TrangThaiHoSo"]) in ("9", "10") and str(record["KenhThucHien"]) in ("1", "2")
    return decided and received >= f"{UNITS_KNOWN_FROM:%Y%m%d}" and finished != ""


def _new_dossier(template: Record, moment: datetime, number: int) -> tuple[Record, list[Fact]]:
    kept = {name: value for name, value in template.items() if name != "NgayTra"}
    # Every tenth was due the day before.
    due = CHANGE_DAY + timedelta(days=3 if number % 10 else -1)
    record = {
        **kept,
        "MaHoSo": f"{template['DonViXuLy']}-{CHANGE_DAY:%y%m%d}-{number:05d}",
        "NgayNopHoSo": _compact(moment),
        "NgayTiepNhan": _compact(moment),
        "NgayHenTra": _compact(datetime.combine(due, time(17))),
        "NgayKetThucXuLy": _compact(moment + timedelta(hours=1)),
        "TrangThaiHoSo": type(template["TrangThaiHoSo"])(9),
        "NgayCapNhat": _compact(moment + timedelta(hours=1, minutes=1)),
    }
    facts: list[Fact] = [(INDICATORS[2], int(due >= CHANGE_DAY))]
    if str(record["MucDo"]) in ("3", "4"):
        facts.append((INDICATORS[1], int(str(record["KenhThucHien"]) == "2")))
    return record, facts


def _corrected_dossier(record: Record, moment: datetime) -> Record:
    other = {"1": 2, "2": 1}[str(record["KenhThucHien"])]
    return {**record, "KenhThucHien": type(record["KenhThucHien"])(other), "NgayCapNhat": _compact(moment)}


_DATASETS = (
    _Dataset(
        name=WORK_RECORDS,
        stem="work-records",
        key="FileId",
        organisation="OrganId",
        usable=_usable_work_record,
        marks=(b'"Status":"closed"', b'"Deleted":false'),
        new=_new_work_record,
        corrected=_corrected_work_record,
    ),
    _Dataset(
        name=DOSSIERS,
        stem="dossiers",
        key="MaHoSo",
        organisation="DonViXuLy",
        usable=_usable_dossier,
        marks=(b'"NgayKetThucXuLy"',),
        new=_new_dossier,
        corrected=_corrected_dossier,
    ),
)


# --- what was generated before ----------------------------------------------------------------------------------------


def generator_fingerprint() -> str:
    """Another generator, or other units, give other files: their sources are part of what a workload is."""
    digest = hashlib.sha256()
    reference = (PROJECT_ROOT / "warehouse_schema" / "reference").glob("*.csv")
    sample = PROJECT_ROOT / "jobs" / "sample"
    for path in sorted([*sample.rglob("*.py"), *sample.rglob("*.yaml"), *reference, Path(__file__)]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _read_manifest(root: Path, fingerprint: str) -> Workload | None:
    path = root / _MANIFEST
    if not path.exists():
        return None
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if data["generator"] != fingerprint:
        return None
    return Workload(
        sample=root / data["sample"],
        change=root / data["change"],
        truth=root / data["truth"],
        rows=data["rows"],
        change_rows=data["change_rows"],
        change_month={indicator: (found[0], found[1]) for indicator, found in data["change_month"].items()},
    )


def _write_manifest(root: Path, fingerprint: str, workload: Workload) -> None:
    folders = {name: str(getattr(workload, name).relative_to(root)) for name in ("sample", "change", "truth")}
    content = {"generator": fingerprint, **asdict(workload), **folders}
    (root / _MANIFEST).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
