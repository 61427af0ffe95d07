"""The formats of what lands, the same bytes for the same seed, and wrong uses."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
import unicodedata
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from jobs.errors import UsageError
from jobs.sample.generator import generate
from jobs.sample.plan import DirtRates, SamplePlan
from jobs.sample.registry.sheets import SHEETS
from jobs.sample.truth import read_truth
from jobs.sample.vocabulary import load_vocabulary

VIETNAM = timezone(timedelta(hours=7))
PLAN = SamplePlan("20", date(2025, 2, 3), date(2025, 3, 31), 11, work_records=1500, dossiers=1500, ocop=120)
CLEAN = DirtRates(
    duplicate_lines=0,
    late_versions=0,
    corrections=0,
    withdrawn=0,
    secret=0,
    became_secret=0,
    secrecy_lifted=0,
    unknown_organisations=0,
    organisations_not_valid=0,
    invalid=0,
    invalid_corrections=0,
    broken_lines=0,
    duplicate_objects=0,
)
WORK_RECORD_FIELDS = [
    "FileId",
    "FileCode",
    "OrganId",
    "Title",
    "ConfidenceLevel",
    "OpenedAt",
    "DueDate",
    "ClosedAt",
    "Status",
    "CreatedOnline",
    "ProcessedOnline",
    "SignedDigitally",
    "TotalDocuments",
    "UpdatedAt",
    "Deleted",
]
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\+07:00|Z)?")


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("clean")
    generate(replace(PLAN, dirt=CLEAN), root / "landing", root / "truth")
    return root


def hashes(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def records(root: Path, dataset: str) -> list[dict[str, object]]:
    found = []
    for path in sorted((root / "landing" / dataset).rglob("*.ndjson*")):
        content = path.read_bytes()
        text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
        assert text.endswith("\n")
        found += [json.loads(line) for line in text.splitlines()]
    return found


def test_only_objects_in_folders_by_day_land(clean: Path) -> None:
    paths = [path.relative_to(clean / "landing") for path in (clean / "landing").rglob("*") if path.is_file()]
    assert {"/".join(path.parts[:2]) for path in paths} == {
        "eoffice/work_records",
        "eoffice/documents",
        "portal/dossiers",
        "registry/organisations",
        "registry/paper_work_records",
        "registry/paper_documents",
        *(sheet.dataset for sheet in SHEETS.values()),
        "ocop/products",
    }
    days = [date.fromisoformat(path.parts[2].removeprefix("dt=")) for path in paths]
    assert all(len(path.parts) == 4 for path in paths)
    assert min(days) == PLAN.date_from
    assert max(days) == PLAN.date_to
    assert all(day.weekday() < 5 for day in days)


def test_work_records_have_the_fields_and_times_of_the_interface(clean: Path) -> None:
    rows = records(clean, "eoffice/work_records")
    assert len({row["FileId"] for row in rows}) == PLAN.work_records
    for row in rows:
        assert list(row) == WORK_RECORD_FIELDS
        assert row["ConfidenceLevel"] == "thuong"
        assert load_vocabulary().marker in unicodedata.normalize("NFC", str(row["Title"]))
        for field in ("OpenedAt", "UpdatedAt"):
            assert MOMENT.fullmatch(str(row[field]))
        assert (row["ClosedAt"] is not None) == (row["Status"] == "closed")
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", str(row["DueDate"]))
        assert {type(row[flag]) for flag in ("CreatedOnline", "ProcessedOnline", "SignedDigitally", "Deleted")} == {bool}
    statuses = Counter(row["Status"] for row in rows)
    assert statuses["closed"] > statuses["open"] > 0
    assert statuses["cancelled"] > 0
    assert {unicodedata.is_normalized("NFC", str(row["Title"])) for row in rows} == {True, False}
    assert {str(row["OpenedAt"])[19:] for row in rows} == {"+07:00", "Z", ""}
    assert {str(row["OrganId"])[:3] for row in rows} == {"H37", "000"}


def test_some_records_belong_to_another_month_in_utc(clean: Path) -> None:
    closed = [datetime.fromisoformat(str(row["ClosedAt"])) for row in records(clean, "eoffice/work_records") if row["ClosedAt"]]
    in_vietnam = [(moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)).astimezone(VIETNAM) for moment in closed]
    assert any(moment.month != moment.astimezone(UTC).month for moment in in_vietnam)


def test_dossiers_have_the_fields_and_times_of_the_interface(clean: Path) -> None:
    rows = records(clean, "portal/dossiers")
    assert len({row["MaHoSo"] for row in rows}) == PLAN.dossiers
    for row in rows:
        code, day, serial = str(row["MaHoSo"]).rsplit("-", 2)
        assert code == row["DonViXuLy"]
        assert re.fullmatch(r"\d{4,5}", serial)
        received = row.get("NgayTiepNhan", row["NgayNopHoSo"])
        assert str(received)[2:8] == day
        assert (int(str(row["TrangThaiHoSo"])) in (1, 3)) == ("NgayTiepNhan" not in row)
        for field in ("NgayNopHoSo", "NgayTiepNhan", "NgayHenTra", "NgayKetThucXuLy", "NgayTra", "NgayCapNhat"):
            assert re.fullmatch(r"\d{14}", str(row.get(field, "20250101000000")))
        assert re.fullmatch(r"099\d{9}", str(row["SoGiayToChuHoSo"]))
        assert load_vocabulary().marker in unicodedata.normalize("NFC", str(row["TrichYeuHoSo"]))
    states = {int(str(row["TrangThaiHoSo"])) for row in rows}
    assert states == set(range(1, 11))
    assert {int(str(row["KenhThucHien"])) for row in rows} == {1, 2, 3}
    assert {type(row["MucDo"]) for row in rows} == {int, str}


def test_clean_records_are_all_accepted(clean: Path) -> None:
    truth = read_truth(next((clean / "truth").iterdir()))
    assert all(fates.read == fates.accepted for fates in truth.fates)
    assert truth.unreadable == ()
    assert truth.paper_undeclared == ()


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_under_any_hash_seed(tmp_path: Path) -> None:
    plan = replace(PLAN, date_to=date(2025, 2, 28), work_records=300, dossiers=300, unreadable_files=True)
    generate(plan, tmp_path / "here" / "landing", tmp_path / "here" / "truth")
    script = (
        "import sys; from datetime import date; from pathlib import Path\n"
        "from jobs.sample.generator import generate; from jobs.sample.plan import SamplePlan\n"
        f"plan = SamplePlan({plan.province!r}, date(2025, 2, 3), date(2025, 2, 28), {plan.seed}, 300, 300, 120, unreadable_files=True)\n"
        "root = Path(sys.argv[1]); generate(plan, root / 'landing', root / 'truth')\n"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "4242", "TZ": "America/New_York"}
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "there")], check=True, env=environment)  # noqa: S603
    here = hashes(tmp_path / "here")
    assert len(here) > 40
    assert here == hashes(tmp_path / "there")


def test_another_seed_gives_other_records_beside_the_first(tmp_path: Path) -> None:
    plan = replace(PLAN, date_to=date(2025, 2, 7), work_records=50, dossiers=50, ocop=10)
    first = generate(plan, tmp_path / "landing", tmp_path / "truth")
    second = generate(replace(plan, seed=12), tmp_path / "landing", tmp_path / "truth")
    assert first.truth_path != second.truth_path
    assert len(list((tmp_path / "landing").rglob("*.*"))) == first.files + second.files
    for dataset, key in (("eoffice/work_records", "FileId"), ("portal/dossiers", "MaHoSo")):
        known = {row[key] for row in records(tmp_path, dataset)}
        assert len(known) == 100


def test_an_object_is_never_written_over(tmp_path: Path) -> None:
    plan = replace(PLAN, date_to=date(2025, 2, 7), work_records=50, dossiers=0, ocop=0)
    first = generate(plan, tmp_path / "landing", tmp_path / "truth")
    again = generate(plan, tmp_path / "landing", tmp_path / "truth")
    assert again.rows == first.rows
    with pytest.raises(UsageError, match=r"never changes.*--seed"):
        generate(replace(plan, work_records=60), tmp_path / "landing", tmp_path / "truth")


def test_the_truth_must_lie_outside_the_landing_zone(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="outside the landing zone"):
        generate(PLAN, tmp_path / "landing", tmp_path / "landing" / "truth")


@pytest.mark.slow
def test_default_numbers_are_in_proportion_to_days_and_units(tmp_path: Path) -> None:
    week = SamplePlan("40", date(2025, 5, 5), date(2025, 5, 9), 3, dirt=CLEAN)
    generate(week, tmp_path / "landing", tmp_path / "truth")
    # Half a year of Nghệ An (about 120 working days) is meant to be about 60,000 records of each kind.
    for dataset, key in (("eoffice/work_records", "FileId"), ("portal/dossiers", "MaHoSo")):
        assert 2000 < len({row[key] for row in records(tmp_path, dataset)}) < 3000
    truth = read_truth(next((tmp_path / "truth").iterdir()))
    assert next(fates.read for fates in truth.fates if fates.dataset == "ocop/products") == pytest.approx(600, abs=30)


def test_progress_is_told_for_every_dataset(tmp_path: Path) -> None:
    told: Counter[str] = Counter()
    plan = replace(PLAN, date_to=date(2025, 2, 7), work_records=100, dossiers=100, ocop=10)
    generate(plan, tmp_path / "landing", tmp_path / "truth", lambda dataset, done, total: told.update({dataset: done <= total}))
    assert told["eoffice/work_records"] == 5
    assert told["ocop/products"] == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"date_to": date(2025, 1, 1)}, "is after --to"),
        ({"date_from": date(2020, 12, 31)}, "units are known from 2021-01-01"),
        ({"work_records": -1}, "--work-records -1"),
        ({"seed": -1}, "--seed -1"),
    ],
)
def test_wrong_plans_are_refused_by_name(changes: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        replace(PLAN, **changes)  # type: ignore[arg-type]


def test_rates_that_cannot_be_are_refused_by_name() -> None:
    with pytest.raises(UsageError, match=r"the rate secret is 1\.5"):
        DirtRates(secret=1.5)
    with pytest.raises(UsageError, match="add up to"):
        DirtRates(secret=0.6, invalid=0.6)


def test_a_wrong_truth_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        read_truth(tmp_path / "truth.json")
    (tmp_path / "truth.json").write_text("{}")
    with pytest.raises(UsageError, match="not the truth of a sample"):
        read_truth(tmp_path / "truth.json")
