"""When a run waits for a person's approval, and what it says: decided from what would move."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from jobs.ops import releases
from jobs.publish.planned import Moved, Planned, as_plain, awaited, in_words, needs_approval, print_planned
from jobs.publish.status import print_status, status_of
from jobs.settings import Settings
from tests.support.released import make_release

if TYPE_CHECKING:
    from pathlib import Path

SHARE = Moved("work_records_online", "percentage points", 20, 2, 50.0)
COUNTED = Moved("smart_villages", "count", 5, 3, 1200.0)
GONE = Moved("ecommerce_communes", "count", 4, 4, None)


def would_move(targets: int, *values: Moved, **more: Any) -> Planned:
    return Planned(date(2025, 6, 30), 7, ["flag/x", "indicator/a", "plan/b"], [{}] * targets, list(values), **more)


@pytest.mark.parametrize(
    ("found", "approve_over", "waits"),
    [
        (would_move(2, SHARE, COUNTED), None, False),
        (would_move(2, SHARE, COUNTED), 6, True),
        (would_move(2, SHARE, COUNTED), 7, False),
        (would_move(0), 0, False),
        (would_move(1), 0, True),
        (would_move(0, untold="the last release has no silver.x yet"), 1000, True),
        (would_move(0, untold="the last release has no silver.x yet"), None, False),
    ],
)
def test_a_run_waits_where_more_figures_would_move_than_the_setting_allows(found: Planned, approve_over: int | None, waits: bool) -> None:
    assert needs_approval(found, approve_over) is waits
    assert as_plain(found, approve_over)["waits_for_approval"] is waits


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (
            would_move(2, SHARE, COUNTED, GONE),
            "11 published figures (2 targets, 9 values; by up to 50.00 percentage points: work_records_online; by up to 1,200: smart_villages)",
        ),
        (would_move(1), "1 published figure (1 target)"),
        (would_move(0, GONE), "4 published figures (4 values)"),
        (would_move(0, untold="no table"), "figures that cannot be told before a run (no table)"),
    ],
)
def test_what_would_move_is_said_with_counts_the_greatest_move_and_the_definitions_that_make_figures(found: Planned, words: str) -> None:
    assert in_words(found) == f"{words}, by indicator/a, plan/b"


def test_the_plan_says_whether_a_run_waits(capsys: pytest.CaptureFixture[str]) -> None:
    print_planned(would_move(0, SHARE), 1)
    assert "NTM_APPROVE_OVER is 1, so a run waits for an approval: `ntm run --approve` recomputes" in capsys.readouterr().out
    print_planned(would_move(0, SHARE), None)
    assert capsys.readouterr().out.endswith("\n`ntm run` recomputes and releases them\n")
    print_planned(would_move(0, untold="the last release has no silver.x yet"), 5)
    shown = capsys.readouterr().out
    assert "what they would move cannot be told before a run: the last release has no silver.x yet" in shown
    assert "no target would move" not in shown


def test_before_the_first_release_nothing_waits(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", approve_over=0, _env_file=None)
    warehouse = releases.Warehouse.of(settings)
    assert awaited(warehouse, 0) is None
    assert status_of(warehouse, settings)["waits_for_approval"] is None


def test_the_status_says_that_a_run_waits_only_where_a_limit_is_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The release names no definition, so all of today's have changed: its one value goes, and the targets of all plans come."""
    warehouse = make_release(tmp_path / "home")
    free, limited, wide = (Settings(home=tmp_path / "home", approve_over=limit, _env_file=None) for limit in (None, 0, 100_000))
    assert status_of(warehouse, free)["waits_for_approval"] is None
    assert status_of(warehouse, wide)["waits_for_approval"] is None
    waits = status_of(warehouse, limited)["waits_for_approval"]
    assert waits["figures"] > 1
    assert "indicator/work_records_online" in waits["definitions"]
    json.dumps(waits)
    print_status(status_of(warehouse, limited))
    shown = capsys.readouterr().out
    assert f"a run waits for approval: changed definitions would move {waits['figures']:,} published figures (" in " ".join(shown.split())
    assert "`ntm run --approve` takes it" in " ".join(shown.split())


def test_a_release_keeps_what_was_approved_also_in_a_table_from_before_it_was_noted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    warehouse = make_release(tmp_path / "home")
    rows = pa.table(warehouse.query(releases.RELEASE, "SELECT * FROM rows")).drop_columns(["approved", "approved_by"])
    write_deltalake(warehouse.uri(releases.RELEASE), rows, mode="overwrite", schema_mode="overwrite")
    warehouse.look_again()
    before = releases.last_release(warehouse)
    assert before is not None
    assert (before.approved, before.approved_by) == (None, None)

    assert "ops/release: column approved added, column approved_by added" in releases.open_tables(warehouse).changed
    moment = datetime(2025, 7, 2, tzinfo=UTC)
    made: dict[str, Any] = {
        "run_id": "r",
        "now": moment,
        "as_of": date(2025, 6, 30),
        "reference": "r",
        "definitions": {},
        "approved": "2 of it",
        "approved_by": "lan",
    }
    releases.commit(warehouse, releases.CHECKPOINT, **made)
    releases.commit(warehouse, releases.RELEASE, **made)

    assert [(one.approved, one.approved_by) for one in releases.releases(warehouse)] == [(None, None), ("2 of it", "lan")]
    settings = Settings(home=tmp_path / "home", _env_file=None)
    print_status(status_of(warehouse, settings))
    assert "lan approved that it moves 2 of it" in capsys.readouterr().out
    releases.commit(warehouse, releases.RELEASE, **made | {"approved_by": None})
    print_status(status_of(warehouse, settings))
    assert "a person approved that it moves 2 of it" in capsys.readouterr().out, "of an edition that did not note who"
