from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jobs.ops.ledger import State
from jobs.publish.site.mark import default_folder, write_mark
from jobs.publish.summary import exit_code, print_summary, summary_of
from jobs.publish.terminal import say_list
from jobs.runtime.airflow import RUN_DAGS, DagOutcome, RunOutcome
from jobs.settings import Settings
from tests.support.released import entry, make_release

UNREADABLE = {"path": "eoffice/work_records/dt=2025-03-01/a.ndjson.gz", "error": "truncated_gzip", "message": "expected a whole .gz file"}
HELD = {"table": "silver/work_record", "objects": 2, "failed": [{"expectation": "rejected_share"}]}


def told(home: Path, failed: tuple[DagOutcome, ...] = (), **result: Any) -> dict[str, Any]:
    """The summary of a run: `failed` in place of the DAGs of the same name, `result` what `standardise` returned."""
    outcomes = {name: DagOutcome(name, "success") for name in RUN_DAGS} | {one.dag_id: one for one in failed}
    outcomes["standardise"] = replace(outcomes["standardise"], result=result or None)
    if outcomes["indicators"].state == "success":
        outcomes["indicators"] = replace(outcomes["indicators"], result={"release": result.get("release"), "as_of": "2025-06-30"})
    return summary_of(RunOutcome(tuple(outcomes.values()), home / "log"), Settings(home=home, _env_file=None))


@pytest.mark.parametrize(
    ("failed", "result", "code"),
    [
        ((), {}, 0),
        ((), {"release": 1, "read": 10, "accepted": 9, "rejected": 1}, 0),
        ((), {"release": 1, "unreadable": [UNREADABLE]}, 3),
        ((), {"release": 1, "notices": [{"kind": "not_read", "message": "1 file where nothing is read"}]}, 3),
        ((), {"release": 1, "notices": [{"kind": "left_behind", "message": "1 file"}, {"kind": "empty", "message": "1 object"}]}, 0),
        ((), {"release": 2, "held": [HELD]}, 3),
        ((), {"held": [HELD]}, 3),
        ((), {"waiting": [{"table": "silver/dossier", "message": "the registry of organisations is held"}]}, 3),
        ((), {"release": 1, "warnings": [{"table": "silver/dossier", "message": "the volume is low"}]}, 0),
        ((DagOutcome("ingest_portal", "failed", error="the portal said 401", exit_code=3),), {"release": 1}, 3),
        ((DagOutcome("ingest_ocop", "failed", error="ZeroDivisionError", exit_code=1),), {"release": 1}, 3),
        ((DagOutcome("standardise", "failed", error="the disk is full", exit_code=1), DagOutcome("indicators", "not_run")), {}, 1),
        (
            (DagOutcome("standardise", "failed", error="waits for approval", exit_code=4), DagOutcome("indicators", "not_run")),
            {},
            4,
        ),
        ((DagOutcome("indicators", "failed", error="wrong setting: NTM_PII_KEY", exit_code=2),), {}, 2),
    ],
)
def test_the_exit_code_says_what_became_of_the_run(
    tmp_path: Path, failed: tuple[DagOutcome, ...], result: dict[str, Any], code: int
) -> None:
    assert exit_code(told(tmp_path, failed, **result)) == code


def test_a_person_reads_what_was_read_why_rows_were_rejected_and_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    counts = {"read": 1000, "accepted": 990, "rejected": 7, "duplicate": 2, "withheld": 1}
    summary = told(
        tmp_path,
        **counts,
        datasets={"eoffice/work_records": counts},
        errors={"missing_value": 3, "unknown_organisation": 4},
        unreadable=[UNREADABLE],
        held=[HELD],
    )
    print_summary(summary)

    shown = " ".join(capsys.readouterr().out.split())
    assert "eoffice/work_records 1,000 990 7 2 1" in shown
    assert "rejected by reason: unknown_organisation 4, missing_value 3" in shown
    assert f"cannot be read: {UNREADABLE['path']}: truncated_gzip: expected a whole .gz file" in shown
    assert "held: 2 objects of work_record: rejected_share; `ntm held release work_record` or `ntm held discard work_record`" in shown
    assert f"data docs: {tmp_path / 'data_docs' / 'index.html'}" in shown


def test_what_an_earlier_run_held_is_named_until_a_person_decides(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_release(tmp_path, entry("eoffice/work_records/dt=2025-03-01/a.ndjson", State.HELD, message="rejected_share"))
    summary = told(tmp_path, release=2)
    assert exit_code(summary) == 3
    print_summary(summary)
    assert "still held: 1 objects of work_record; `ntm held release work_record` or" in capsys.readouterr().out
    assert exit_code(told(tmp_path, release=2, held=[HELD])) == 3


def test_a_run_says_what_kept_it_from_telling_lineage_and_is_no_worse_for_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    print_summary(told(tmp_path, release=1))
    assert "lineage" not in capsys.readouterr().out.replace(str(tmp_path), "")
    summary = told(tmp_path, release=1, lineage="the receiver answers 401")
    assert exit_code(summary) == 0
    print_summary(summary)
    assert "lineage is not told: the receiver answers 401\n" in capsys.readouterr().out


def test_a_run_says_that_the_site_shows_an_earlier_release(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_release(tmp_path)
    print_summary(told(tmp_path, release=1))
    assert "the site" not in capsys.readouterr().out
    default_folder(tmp_path).mkdir()
    write_mark(default_folder(tmp_path), 0)
    print_summary(told(tmp_path, release=1))
    assert "the site shows release 0, the newest is 1: `ntm site build` (or `make site`) builds it again\n" in capsys.readouterr().out


def test_a_run_that_finds_nothing_says_where_it_looked_until_something_has_landed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = told(tmp_path, release=1)
    assert exit_code(summary) == 0
    print_summary(summary)
    said = f"no object of a dataset has landed yet in {tmp_path / 'landing'}: docs/landing.md says"
    assert said in capsys.readouterr().out
    print_summary(told(tmp_path, (DagOutcome("standardise", "failed", error="the disk is full", exit_code=1),)))
    assert said not in capsys.readouterr().out, "it cannot tell what lies there"
    make_release(tmp_path, entry("eoffice/work_records/dt=2025-03-01/a.ndjson"))
    print_summary(told(tmp_path, release=2))
    assert said not in capsys.readouterr().out


def test_a_full_disk_is_told_by_the_name_of_its_file_system(tmp_path: Path) -> None:
    failed = DagOutcome("standardise", "failed", error=f"OSError: [Errno 28] No space left on device: '{tmp_path}/x'", exit_code=1)
    message = told(tmp_path, (failed,))["failures"]["standardise"]
    assert re.fullmatch(r"no space left on the file system at /\S* \([\d,]+ MiB free\); make room there and run again", message)


def test_a_warning_looks_like_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    print_summary(told(tmp_path, warnings=[{"table": "silver/dossier", "message": "expected 10 rows, found 1"}]))
    assert "warning: silver/dossier: expected 10 rows, found 1\n" in capsys.readouterr().out


def test_a_long_list_is_folded_between_its_items_on_a_terminal_only(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    items = [f"reason_{number} {number}" for number in range(20)]
    say_list("rejected by reason", items)
    assert capsys.readouterr().out == f"rejected by reason: {', '.join(items)}\n"
    monkeypatch.setattr("jobs.publish.terminal.terminal_width", lambda: 40)
    say_list("rejected by reason", items)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 40
    assert [item.strip() for line in lines for item in line.removeprefix("rejected by reason:").strip(" ,").split(",")] == items
