"""What a person has to know of rows that loaded: the same version with other content, and objects of which nearly nothing was right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.workspace import SHEETS, Workspace, work_record

if TYPE_CHECKING:
    from jobs.silver.pipeline import Summary

pytestmark = [pytest.mark.default_engine, pytest.mark.slow]


def paper(workspace: Workspace, name: str, *counts: tuple[str, str]) -> None:
    rows = [
        {"organ_id": organ, "month": "2025-02", "closed_count": count, "updated_at": "2025-03-05T08:00:00+07:00"} for organ, count in counts
    ]
    workspace.land_sheet(f"registry/paper_work_records/dt=2025-03-05/{name}.csv", SHEETS["paper_work_records"], rows)


def conflicts(summary: Summary) -> list[str]:
    return [one.message.split(" records")[0] for one in summary.warnings if one.expectation == "conflicts"]


@pytest.mark.parametrize("at_once", [True, False])
def test_two_rows_of_a_key_with_one_stamp_and_other_content_are_counted(workspace: Workspace, at_once: bool) -> None:
    workspace.land_organisations()
    paper(workspace, "1", ("H41.1", "12"), ("H41.2", "21"))
    if not at_once:
        assert conflicts(workspace.load()[0]) == []
    paper(workspace, "2", ("H41.1", "21"), ("H41.2", "21"))

    assert conflicts(workspace.load()[0]) == ["1"]

    # The same content once more is a duplicate and no conflict.
    paper(workspace, "3", ("H41.2", "21"))
    assert conflicts(workspace.load()[0]) == []


def test_an_object_of_which_nearly_all_rows_are_rejected_is_an_error_of_its_source(workspace: Workspace) -> None:
    workspace.land_organisations()
    bad = [work_record(f"bad-{number}", OpenedAt="03.02.2025") for number in range(9)]
    workspace.land_records("eoffice/work_records/dt=2025-03-01/bad.ndjson", [*bad, work_record("fine")])
    workspace.land_records("eoffice/work_records/dt=2025-03-01/fine.ndjson", [work_record("other"), work_record("one-bad", Status="?")])

    summary, _ = workspace.load()

    assert summary.refused == [
        "eoffice/work_records/dt=2025-03-01/bad.ndjson: 9 of 10 rows were rejected; look at the source of this object"
    ]
    assert len(workspace.rows("silver/work_record")) == 2, "the rest goes on"
