"""A load can be repeated, cut up, killed and turned round: the tables are a function of the set of landed objects."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from jobs.ops import releases
from jobs.run import RunContext
from tests.support.workspace import OCOP_COLUMNS, SHEETS, Workspace, dossier, organisation, product, work_record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pyspark.sql import SparkSession


# Whole runs on both engines are compared by make parity.
pytestmark = pytest.mark.default_engine

TABLES = (
    "bronze/work_record",
    "bronze/dossier",
    "silver/work_record",
    "silver/dossier",
    "silver/ocop_product",
    "silver/organisation",
    "silver/organisation_period",
    "silver/paper_work_record",
    "quarantine/work_record",
    "quarantine/dossier",
    "gold/indicator_value",
    "gold/target_status",
)
SEVENTH = {"organ_id": "H41.7", "organ_name": "Sở Bảy", "level": "province", "unit_code": "40"}


def first_registry(workspace: Workspace) -> None:
    workspace.land_organisations()


def corrected_registry(workspace: Workspace) -> None:
    workspace.land_organisations(organisation(SEVENTH), name="corrected.csv", day="2025-03-02")


def first_records(workspace: Workspace) -> None:
    workspace.land_records(
        "eoffice/work_records/dt=2025-03-01/a.ndjson",
        [
            work_record("a"),
            work_record("b", OrganId="H41.7"),
            work_record("c"),
            work_record("turns-secret"),
            work_record("tie", TotalDocuments=1),
        ],
    )
    workspace.land_records("portal/dossiers/dt=2025-03-01/d.ndjson", [dossier("d"), dossier("e", DonViXuLy="H41.7")])


def later_records(workspace: Workspace) -> None:
    workspace.land_records(
        "eoffice/work_records/dt=2025-03-02/b.ndjson",
        [
            work_record("a", ProcessedOnline=False, UpdatedAt="2025-03-02T08:00:00+07:00"),
            work_record("c", Deleted=True, UpdatedAt="2025-03-02T08:00:00+07:00"),
            work_record("turns-secret", ConfidenceLevel="mat", UpdatedAt="2025-03-02T08:00:00+07:00"),
            work_record("tie", TotalDocuments=2),
            work_record("bad", Status="?"),
        ],
    )
    workspace.land_records(
        "portal/dossiers/dt=2025-03-02/d.ndjson", [dossier("d", KenhThucHien=1, NgayCapNhat="20250302080000"), dossier("d")]
    )


def oldest_records(workspace: Workspace) -> None:
    workspace.land_records(
        "eoffice/work_records/dt=2025-02-19/c.ndjson",
        [
            work_record("a", UpdatedAt="2025-02-18T16:40:30+07:00"),
            work_record("c"),
            work_record("turns-secret", UpdatedAt="2025-02-18T16:40:30+07:00"),
        ],
    )
    workspace.land_sheet(
        "registry/paper_work_records/dt=2025-03-05/p.csv",
        SHEETS["paper_work_records"],
        [{"organ_id": "H41.1", "month": "2025-02", "closed_count": "3", "updated_at": "2025-03-05T08:00:00+07:00"}],
    )
    workspace.land_sheet("ocop/products/dt=2025-01-10/o.csv", OCOP_COLUMNS, [product("40-1")])


PARTS: tuple[Callable[[Workspace], None], ...] = (first_registry, corrected_registry, first_records, later_records, oldest_records)


def loaded(home: Path, runs: list[tuple[Callable[[Workspace], None], ...]]) -> dict[str, list[str]]:
    workspace = Workspace(home)
    (home / "pii.key").chmod(0o600)
    (home / "pii.key").write_text("0123456789" * 4)
    for number, parts in enumerate(runs):
        for part in parts:
            part(workspace)
        workspace.load(dt.date(2025, 6, 30) if number == len(runs) - 1 else dt.date(2025, 3, 1 + number))
    return workspace.comparable(*TABLES)


def without_copies(tables: dict[str, list[str]]) -> dict[str, list[dict[str, Any]]]:
    read = {table: [json.loads(row) for row in rows] for table, rows in tables.items()}
    return {
        table: sorted(({name: value for name, value in row.items() if name != "copy"} for row in rows), key=str)
        for table, rows in read.items()
    }


@pytest.fixture(scope="module")
def at_once(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> dict[str, list[str]]:
    return loaded(tmp_path_factory.mktemp("once") / "home", [PARTS])


@pytest.mark.slow
@pytest.mark.parametrize(
    "runs",
    [
        pytest.param(((0, 2), (3,), (1, 4)), id="as they came"),
        pytest.param(((4, 3), (2, 0), (1,)), id="in reverse, the secret first, the registry corrected at the end", marks=pytest.mark.slow),
    ],
)
def test_gold_is_a_function_of_the_set_of_objects(tmp_path: Path, at_once: dict[str, list[str]], runs: tuple[tuple[int, ...], ...]) -> None:
    one_by_one = loaded(tmp_path / "home", [tuple(PARTS[number] for number in run) for run in runs])

    # Which of two equal rows is called the copy is a matter of what came first; all else is not.
    assert without_copies(one_by_one) == without_copies(at_once)
    assert len(at_once["silver/work_record"]) == 4
    assert len(at_once["quarantine/work_record"]) == 1


class KilledError(BaseException):
    """Stands for a kill: nothing of the run's own code runs after it."""


@pytest.mark.slow
def test_a_run_that_was_killed_leaves_nothing_behind(
    tmp_path: Path, at_once: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace(tmp_path / "home")
    (workspace.home / "pii.key").write_text("0123456789" * 4)
    for part in PARTS:
        part(workspace)
    real = RunContext.step
    # Each run begins where the one before was killed, so it is seen at once what that one left.
    for step in ("bronze", "silver", "checkpoint", "indicators"):

        @contextmanager
        def killing(self: RunContext, name: str, table: str = "", step: str = step) -> Iterator[dict[str, Any]]:
            with real(self, name, table) as facts:
                yield facts
            if name == step and table in ("", "work_record"):
                raise KilledError

        with monkeypatch.context() as patch:
            patch.setattr(RunContext, "step", killing)
            with pytest.raises(KilledError):
                workspace.load(dt.date(2025, 6, 30))
        releases.recover(workspace.warehouse)
        kept = {} if step in ("bronze", "silver") else {table: rows for table, rows in at_once.items() if not table.startswith("gold/")}
        assert workspace.comparable(*TABLES) == {table: kept.get(table, []) for table in TABLES}, step

    workspace.load(dt.date(2025, 6, 30))

    assert workspace.comparable(*TABLES) == at_once


def test_every_pair_of_parts_differs(tmp_path: Path) -> None:
    """The test above would prove nothing if two parts landed the same objects."""
    for number, (one, other) in enumerate(itertools.combinations(PARTS, 2)):
        workspace = Workspace(tmp_path / str(number))
        one(workspace)
        before = set((workspace.home / "landing").rglob("*.*"))
        other(workspace)
        assert set((workspace.home / "landing").rglob("*.*")) > before
