"""What a person or a later object has settled is shown as settled, and makes no release by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobs.ops import held, releases
from jobs.ops.ledger import State
from jobs.publish.status import status_of
from tests.support.workspace import work_record

if TYPE_CHECKING:
    from tests.support.workspace import Workspace

pytestmark = pytest.mark.default_engine

PATH = "eoffice/work_records/dt=2025-03-0{}/r.ndjson"


def test_a_hold_that_is_discarded_is_no_change_that_is_released(workspace: Workspace) -> None:
    workspace.land_organisations()
    workspace.land_records(PATH.format(1), [work_record("fine")])
    workspace.load()
    workspace.land_records(PATH.format(2), [work_record(f"bad-{number}", Status="?") for number in range(1000)])
    summary, gold = workspace.load()
    assert [item["table"] for item in summary.held] == ["silver/work_record"]
    before = releases.releases(workspace.warehouse)

    assert held.decide(workspace.warehouse, "work_record", approve=False) == 1
    found = status_of(workspace.warehouse, workspace.settings)
    assert (found["held"], found["pending"]) == ([], False)
    assert workspace.ledger()[PATH.format(2)].state == State.DISCARDED

    summary, gold = workspace.load()
    assert (summary.changed, summary.held, gold.release) == (False, [], None)
    assert [one.sequence for one in releases.releases(workspace.warehouse)] == [one.sequence for one in before]
    assert workspace.ledger()[PATH.format(2)].state == State.DISCARDED
    assert status_of(workspace.warehouse, workspace.settings)["held"] == []
