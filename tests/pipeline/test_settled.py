"""What a person or a later object has settled is shown as settled, and makes no release by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jobs.ops import held, quarantine, releases
from jobs.ops.ledger import State
from jobs.publish.status import status_of
from tests.support.command import ntm
from tests.support.workspace import work_record

if TYPE_CHECKING:
    from tests.support.workspace import Workspace

pytestmark = [pytest.mark.default_engine, pytest.mark.slow]

FIRST, SECOND = "2025-02-18T16:41:10+07:00", "2025-02-19T08:00:00+07:00"
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


def states(workspace: Workspace) -> dict[tuple[int, int], str]:
    """By object (the day of its folder) and line, what `ntm quarantine list` says, in its order."""
    names, rows = quarantine.listed(workspace.warehouse, "work_record", None, 50)
    found = [dict(zip(names, row, strict=True)) for row in rows]
    return {(int(str(row["path"])[-10]), row["line"]): str(row["state"]) for row in found}  # type: ignore[call-overload]


WRONG = {
    "corrected": {"Status": "?"},
    "corrected under the same version": {"Status": "?", "UpdatedAt": SECOND},
    "corrected, without a version": {"UpdatedAt": "18/02/2025"},
    "corrected, of the future": {"UpdatedAt": "2999-01-01T00:00:00+07:00"},
    "wrong again": {"Status": "?"},
    "followed by an older version": {"Status": "?", "UpdatedAt": "2025-02-20T08:00:00+07:00"},
    "withdrawn": {"Status": "?"},
    "never sent again": {"Status": "?"},
}
LATER: dict[str, dict[str, Any]] = {
    **{name: {} for name in WRONG if name.startswith(("corrected", "followed"))},
    "wrong again": {"Status": "?"},
    "withdrawn": {"Deleted": True},
}
SETTLED = {name for name in WRONG if name.startswith(("corrected", "withdrawn"))}


def test_a_rejected_row_whose_record_has_come_right_since_is_settled(workspace: Workspace) -> None:
    workspace.land_organisations()
    wrong = [work_record(name, **{"UpdatedAt": FIRST, **changes}) for name, changes in WRONG.items()]
    workspace.land_records(PATH.format(1), [*wrong, "no record"])
    workspace.load()
    assert set(states(workspace).values()) == {quarantine.OPEN}

    workspace.land_records(PATH.format(2), [work_record(name, **{"UpdatedAt": SECOND, **changes}) for name, changes in LATER.items()])
    # An old version that arrives late is none that anybody has to put right.
    workspace.land_records(PATH.format(3), [work_record("corrected", Status="?", UpdatedAt=FIRST)])
    workspace.load()
    found = states(workspace)
    assert {name: found[1, line] for line, name in enumerate(WRONG, 1)} == {
        name: quarantine.SETTLED if name in SETTLED else quarantine.OPEN for name in WRONG
    }
    assert found[1, len(WRONG) + 1] == quarantine.OPEN, "a line that is no record"
    assert found[2, list(LATER).index("wrong again") + 1] == quarantine.OPEN
    assert found[3, 1] == quarantine.SETTLED
    # What nobody has settled comes first.
    assert sorted(found.values(), key=[quarantine.OPEN, quarantine.SETTLED].index) == list(found.values())

    told = status_of(workspace.warehouse, workspace.settings)["quarantine"]["work_record"]
    assert told == {"invalid_value": 4, "broken_line": 1, "settled": 6}
    code, output, _ = ntm(workspace.home, "quarantine", "list", "--format", "csv")
    assert code == 0
    assert output.count("work_record,settled,") == 6
    (shown,) = quarantine.shown(workspace.warehouse, PATH.format(1), 1)
    assert (shown["state"], shown["errors"][0]["code"]) == (quarantine.SETTLED, "invalid_value")
