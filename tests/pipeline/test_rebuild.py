"""`ntm rebuild`: tables made anew from the landing zone are those that the increments made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobs import steps
from jobs.errors import UsageError
from jobs.settings import get_settings
from tests.support.workspace import Workspace, dossier, organisation, product, work_record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyspark.sql import SparkSession

pytestmark = pytest.mark.default_engine


@pytest.fixture(scope="module")
def loaded_once(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> Workspace:
    """Four loads: corrections, a withdrawal, a copy, a rejected row that becomes right, a record that becomes secret."""
    workspace = Workspace(tmp_path_factory.mktemp("loaded") / "home")
    workspace.land_organisations()
    path = "eoffice/work_records/dt=2025-02-20"
    workspace.land_records(f"{path}/1.ndjson", [work_record("a"), work_record("b", OrganId="H41.9"), work_record("c"), "{broken"])
    workspace.land_records("portal/dossiers/dt=2025-02-20/1.ndjson", [dossier("H41.1-250210-0001")])
    workspace.land_sheet("ocop/products/dt=2025-02-20/1.csv", ",".join(product("x")), [product("x")])
    workspace.load()
    later = "2025-03-05T08:00:00+07:00"
    workspace.land_records(
        f"{path}/2.ndjson", [work_record("a", UpdatedAt=later, SignedDigitally=False), work_record("c"), work_record("d")]
    )
    workspace.load()
    workspace.land_organisations(organisation({"organ_id": "H41.9", "level": "province", "unit_code": "40"}), name="more.csv")
    workspace.land_records(f"{path}/3.ndjson", [work_record("d", UpdatedAt=later, Deleted=True)])
    workspace.load()
    workspace.land_records(f"{path}/4.ndjson", [work_record("c", UpdatedAt=later, ConfidenceLevel="mat")])
    workspace.load()
    return workspace


@pytest.fixture
def loaded(loaded_once: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    workspace = loaded_once.copy(tmp_path / "home")
    monkeypatch.setenv("NTM_HOME", str(workspace.home))
    get_settings.cache_clear()
    yield workspace
    get_settings.cache_clear()


def differing(outcome: dict[str, object]) -> list[object]:
    differences = outcome["differences"]
    assert isinstance(differences, list)
    assert differences
    return [one for one in differences if one["gone"] or one["new"] or one["before"] != one["after"]]


@pytest.mark.slow
def test_all_tables_made_anew_are_those_of_the_increments(loaded: Workspace) -> None:
    ledger = {path: (entry.state, entry.counts) for path, entry in loaded.ledger().items()}

    outcome = steps.rebuild()

    assert differing(outcome) == []
    assert {path: (entry.state, entry.counts) for path, entry in loaded.ledger().items()} == ledger
    assert loaded.load()[1].release is None, "nothing is left to do"


@pytest.mark.slow
def test_one_table_is_made_anew_and_the_others_are_not_touched(loaded: Workspace) -> None:
    before = loaded.versions()

    outcome = steps.rebuild(["work_record"])

    assert differing(outcome) == []
    after = loaded.versions()
    assert after["silver/work_record"] > before["silver/work_record"]
    assert after["silver/dossier"] == before["silver/dossier"]


@pytest.mark.slow
def test_a_rebuild_that_would_lose_rows_is_refused(loaded: Workspace) -> None:
    before = loaded.versions()
    (loaded.home / "landing/portal/dossiers/dt=2025-02-20/1.ndjson").unlink()

    with pytest.raises(UsageError, match=r"1 landed object of silver/dossier not in the landing zone any more: .*1 accepted rows"):
        steps.rebuild(["dossier"])

    assert loaded.versions() == before


@pytest.mark.slow
def test_a_name_that_is_no_landed_table_is_refused(loaded: Workspace) -> None:
    with pytest.raises(UsageError, match="no table 'indicator_value' is made from landed objects; there are: clean_water"):
        steps.rebuild(["indicator_value"])
