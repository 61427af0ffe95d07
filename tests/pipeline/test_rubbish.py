"""Bad input gets a clear error, nothing is lost, and the rest goes on."""

from __future__ import annotations

import gzip
import json
import os
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from jobs.ops import held, quarantine
from jobs.ops.ledger import State
from jobs.publish.status import status_of
from jobs.settings import path_of
from tests.support.workspace import SHEETS, Workspace, dossier, work_record

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.default_engine, pytest.mark.slow]


def test_rubbish_is_named_and_the_good_files_are_loaded(workspace: Workspace) -> None:
    workspace.land_organisations()
    folder = "eoffice/work_records/dt=2025-03-01"
    workspace.land_records(f"{folder}/good.ndjson", [work_record("good")])
    whole = gzip.compress(("\n".join(['{"FileId": "x"}'] * 500)).encode())
    workspace.land(f"{folder}/empty.ndjson", b"")
    workspace.land(f"{folder}/binary.ndjson", os.urandom(4096) + b"\0")
    workspace.land(f"{folder}/truncated.ndjson.gz", whole[: len(whole) // 2])
    workspace.land(f"{folder}/utf16.ndjson", '{"FileId": "x"}\n'.encode("utf-16"))
    workspace.land(f"{folder}/latin1.ndjson", '{"FileId": "Hồ"}\n'.encode() + '{"FileId": "é"}\n'.encode("latin-1"))
    workspace.land(f"{folder}/sheet.xlsx", b"PK not a workbook")
    workspace.land("registry/paper_work_records/dt=2025-03-01/other.csv", "a,b,c\n1,2,3\n")
    workspace.land(f"{folder}/long.ndjson", b'{"FileId": "' + b"x" * (5 << 20) + b'"}\n')

    summary, gold = workspace.load()

    assert {(item["path"].rsplit("/", 1)[-1], item["error"]) for item in summary.unreadable} == {
        ("binary.ndjson", "not_text"),
        ("truncated.ndjson.gz", "truncated_gzip"),
        ("utf16.ndjson", "not_text"),
        ("sheet.xlsx", "unknown_format"),
        ("other.csv", "unexpected_columns"),
    }
    assert all(item["message"] for item in summary.unreadable)
    assert gold.release == 2
    assert [row["file_id"] for row in workspace.rows("silver/work_record")] == ["good"]
    assert workspace.ledger()[f"{folder}/empty.ndjson"].rows_read == 0
    whole_objects = {row["path"].rsplit("/", 1)[-1] for row in workspace.rows("quarantine/work_record") if row["line"] is None}
    assert whole_objects == {"binary.ndjson", "truncated.ndjson.gz", "utf16.ndjson", "sheet.xlsx"}
    lines = {
        (row["path"].rsplit("/", 1)[-1], row["line"], row["errors"][0]["code"])
        for row in workspace.rows("quarantine/work_record")
        if row["line"]
    }
    assert lines == {
        ("latin1.ndjson", 1, "missing_secrecy_level"),
        ("latin1.ndjson", 2, "invalid_encoding"),
        ("long.ndjson", 1, "line_too_long"),
    }

    # The next run tells nothing and reads nothing of it again.
    again, gold_again = workspace.load()
    assert (again.changed, again.unreadable, gold_again.release) == (False, [], None)

    # Asked for, it is read again; what can be read now comes in, what cannot is told again, and nothing is counted twice.
    assert quarantine.mark_for_replay(workspace.warehouse, "work_record") == 6
    replayed, _ = workspace.load()
    assert {item["path"].rsplit("/", 1)[-1] for item in replayed.unreadable} == {
        "binary.ndjson",
        "truncated.ndjson.gz",
        "utf16.ndjson",
        "sheet.xlsx",
    }
    assert len(workspace.rows("quarantine/work_record")) == 7
    assert workspace.ledger()[f"{folder}/latin1.ndjson"].rows_rejected == 2
    assert [row["file_id"] for row in workspace.rows("silver/work_record")] == ["good"]


def test_what_was_mended_or_deleted_is_named_no_more(workspace: Workspace) -> None:
    workspace.land_organisations()
    folder = "eoffice/work_records/dt=2025-03-01"
    whole = gzip.compress(json.dumps(work_record("mended")).encode())
    for name in ("mended", "deleted", "stays"):
        workspace.land(f"{folder}/{name}.ndjson.gz", whole[: len(whole) - len(name)])
    workspace.land(f"{folder}/empty.ndjson", b"")
    workspace.land(f"{folder}/~$x.xlsx", b"\0")
    workspace.land("eofice/work_records/dt=2025-03-01/lost.ndjson", b"{}")
    summary, _ = workspace.load()
    assert len(summary.unreadable) == 3
    assert [notice["kind"] for notice in summary.notices] == ["not_read", "left_behind", "empty"]

    workspace.land(f"{folder}/mended.ndjson.gz", whole)
    (workspace.home / "landing" / folder / "deleted.ndjson.gz").unlink()
    summary, gold = workspace.load()

    assert (summary.unreadable, gold.release) == ([], 3)
    assert [notice["kind"] for notice in summary.notices] == ["not_read", "left_behind", "settled"]
    told = status_of(workspace.warehouse, workspace.settings)
    assert [item["path"] for item in told["failed"]] == [f"{folder}/stays.ndjson.gz"]
    assert told["quarantine"] == {"work_record": {"truncated_gzip": 1}}
    assert [notice["message"] for notice in told["notices"]] == [
        "1 file where nothing is read, in eofice/work_records: eofice/work_records/dt=2025-03-01/lost.ndjson; did you mean 'eoffice/work_records'?",
        f"1 file that Office or a desktop left behind, passed over: {folder}/~$x.xlsx",
        f"1 object without rows: {folder}/empty.ndjson",
    ]
    assert [row["file_id"] for row in workspace.rows("silver/work_record")] == ["mended"]
    # What was rewritten to forget them can be opened by a reader that knows no view types.
    kept = [path_of(uri) for uri in workspace.warehouse.open("quarantine/work_record").file_uris()]
    assert kept
    assert not [field for path in kept if path for field in pq.read_schema(path) if "view" in str(field.type)]
    summary, gold = workspace.load()
    assert (summary.changed, gold.release) == (False, None)


def test_reading_again_counts_nothing_twice_and_takes_nothing_of_others(workspace: Workspace) -> None:
    workspace.land_organisations()
    paper = {"organ_id": "H41.1", "month": "2025-01", "closed_count": "3", "updated_at": "2025-03-05T08:00:00+07:00"}
    workspace.land_sheet("registry/paper_work_records/dt=2025-03-05/a.csv", SHEETS["paper_work_records"], [paper])
    february = paper | {"month": "2025-02"}
    wrong = february | {"closed_count": "-1", "organ_id": "H41.2"}
    workspace.land_sheet("registry/paper_work_records/dt=2025-03-06/b.csv", SHEETS["paper_work_records"], [february, wrong])
    records = [work_record("good"), work_record("bad", Status="?"), work_record("secret", ConfidenceLevel="mat")]
    workspace.land_records("eoffice/work_records/dt=2025-03-01/a.ndjson", records)
    workspace.load()
    tables = ("silver/paper_work_record", "silver/work_record", "quarantine/paper_work_record", "ops/withheld", "gold/indicator_value")
    before, counts = workspace.comparable(*tables), {path: entry.counts for path, entry in workspace.ledger().items()}
    assert len(workspace.rows("silver/paper_work_record")) == 2

    assert quarantine.mark_for_replay(workspace.warehouse, None) == 2
    workspace.load()

    assert workspace.comparable(*tables) == before
    assert {path: entry.counts for path, entry in workspace.ledger().items()} == counts


def test_an_object_that_is_archived_before_its_replay_is_said_and_settled(workspace: Workspace) -> None:
    workspace.land_organisations()
    workspace.land_records("eoffice/work_records/dt=2025-03-01/a.ndjson", [work_record("good"), work_record("bad", Status="?")])
    workspace.load()
    assert quarantine.mark_for_replay(workspace.warehouse, None) == 1
    (workspace.home / "landing/eoffice/work_records/dt=2025-03-01/a.ndjson").unlink()

    told, _ = workspace.load()
    (warning,) = [one for one in told.warnings if one.expectation == "gone"]
    assert warning.message.startswith("eoffice/work_records/dt=2025-03-01/a.ndjson: gone from the landing zone before it was read again")
    assert workspace.ledger()["eoffice/work_records/dt=2025-03-01/a.ndjson"].state == "loaded"
    assert [row["file_id"] for row in workspace.rows("silver/work_record")] == ["good"]
    again, gold = workspace.load()
    assert (again.changed, again.warnings, gold.release) == (False, [], None)


@pytest.mark.parametrize("others_stay", [True, False])
def test_a_secret_leaves_even_when_the_batch_that_tells_it_is_held(workspace: Workspace, others_stay: bool) -> None:
    workspace.land_organisations()
    stays = [work_record("stays")] if others_stay else []
    workspace.land_records("eoffice/work_records/dt=2025-03-01/a.ndjson", [work_record("turns-secret"), *stays])
    workspace.load()
    secret = work_record("turns-secret", ConfidenceLevel="mat", UpdatedAt="2025-03-02T08:00:00+07:00")
    bad = [work_record(f"bad-{number}", Status="?") for number in range(1000)]
    workspace.land_records("eoffice/work_records/dt=2025-03-02/b.ndjson", [secret, *bad])

    summary, gold = workspace.load()

    assert [item["table"] for item in summary.held] == ["silver/work_record"]
    left = len(stays)
    assert {row["file_id"] for row in workspace.rows("silver/work_record")} == {record["FileId"] for record in stays}
    assert {row["FileId"] for row in workspace.rows("bronze/work_record")} == {record["FileId"] for record in stays}
    first = workspace.ledger()["eoffice/work_records/dt=2025-03-01/a.ndjson"]
    assert (first.rows_accepted, first.rows_withheld) == (left, 1)
    assert workspace.values("work_records_online", "year", unit_level="province", level="province") == (
        {("province", "40"): (1, 1)} if left else {}
    )
    assert gold.release == 3


def test_a_batch_with_too_many_rejects_is_held_until_a_person_decides_and_so_is_what_is_read_with_it(
    tmp_path: Path, spark: SparkSession
) -> None:
    # The first load of all, before which there is no release to go back to.
    workspace = Workspace(tmp_path / "home")
    workspace.land_organisations()
    bad = [work_record(f"bad-{number}", Status="?") for number in range(800)]
    fine = [work_record(f"fine-{number}") for number in range(300)]
    path, copy = "eoffice/work_records/dt=2025-03-02/b.ndjson", "eoffice/work_records/dt=2025-03-03/copy.ndjson"
    workspace.land_records(path, [*bad, *fine])
    workspace.land_records(copy, [*bad, *fine])
    paper = [{"organ_id": "H41.1", "month": "2025-02", "closed_count": "3", "updated_at": "2025-03-05T08:00:00+07:00"}]
    workspace.land_sheet("registry/paper_work_records/dt=2025-03-05/p.csv", SHEETS["paper_work_records"], paper)
    workspace.land_records("portal/dossiers/dt=2025-03-02/d.ndjson", [dossier("d")])

    summary, gold = workspace.load()

    assert [(item["table"], item["objects"]) for item in summary.held] == [("silver/work_record", 1)]
    (failed,) = summary.held[0]["failed"]
    assert failed["expectation"] == "rejected_share"
    assert [(one.table, one.message) for one in summary.waiting] == [
        ("silver/paper_work_record", "objects of silver/work_record are held, or wait themselves, until a person decides (`ntm held`)")
    ]
    assert workspace.ledger()[path].state == State.HELD
    assert sorted(one.dataset for one in workspace.ledger().values()) == [
        "eoffice/work_records",
        "portal/dossiers",
        "registry/organisations",
    ]
    for layer in ("bronze", "silver", "quarantine"):
        assert workspace.rows(f"{layer}/work_record") == workspace.rows(f"{layer}/paper_work_record") == []
    assert len(workspace.rows("silver/organisation")) == 3
    assert len(workspace.rows("silver/dossier")) == 1
    assert gold.release == 1
    names, rows = held.held_objects(workspace.warehouse)
    assert (names[1], [row[1] for row in rows]) == ("path", [path])

    # What waits for a person's word is found again, and changes nothing.
    summary, gold = workspace.load()
    assert (summary.changed, gold.release, [one.table for one in summary.waiting]) == (False, None, ["silver/paper_work_record"])

    assert held.decide(workspace.warehouse, "work_record", approve=True) == 1
    summary, gold = workspace.load()

    assert (summary.held, [one.expectation for one in summary.warnings]) == ([], ["status.invalid_value"])
    assert summary.datasets["eoffice/work_records"] == {"read": 2200, "accepted": 300, "rejected": 800, "duplicate": 1100, "withheld": 0}
    assert workspace.ledger()[copy].counts == (1100, 0, 0, 1100, 0)
    assert len(workspace.rows("silver/work_record")) == 300
    assert len(workspace.rows("quarantine/work_record")) == 800
    assert len(workspace.rows("silver/paper_work_record")) == 1
    assert gold.release == 2
