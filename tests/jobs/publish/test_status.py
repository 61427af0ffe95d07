"""`ntm status`: what a person has to know of pulls, objects and batches, whole at 80 columns."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from jobs.ops.ledger import State
from jobs.ops.releases import last_release
from jobs.publish.pulls import pull_states
from jobs.publish.site.mark import default_folder, write_mark
from jobs.settings import Settings
from tests.support.command import ntm, ntm_on_terminal
from tests.support.released import entry, make_release

if TYPE_CHECKING:
    from pathlib import Path

LONG = f"eoffice/work_records/dt=2025-03-01/{'rất-dài-' * 12}.ndjson"
FAILED = {
    "last_success": "2025-06-28T18:00:00+00:00",
    "last_failure": "2025-06-30T18:05:00Z",
    "failure": "the e-office answered 503 [/x]",
    "watermark": "2025-06-28T17:59:00+00:00",
}


def note(home: Path, name: str, state: object) -> None:
    folder = home / "state" / "pulls"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(state if isinstance(state, str) else json.dumps(state), encoding="utf-8")


def test_each_source_shows_its_last_pull_last_failure_and_watermark(tmp_path: Path) -> None:
    home = tmp_path / "home"
    make_release(home)
    note(home, "eoffice.work_records.json", FAILED)
    note(home, "portal.dossiers.json", FAILED | {"last_success": "2025-07-01T00:00:00+00:00"})
    code, output, _ = ntm(home, "status")
    assert code == 0
    lines = [" ".join(line.split()) for line in output.splitlines()]
    assert "source last pull last failure watermark" in lines
    assert "eoffice/work_records 2025-06-29 01:00 2025-07-01 01:05 2025-06-29 00:59" in lines
    assert "warning: eoffice/work_records: the e-office answered 503 [/x]" in lines
    assert "portal/dossiers failed before: the e-office answered 503 [/x]" in lines


def test_what_was_never_pulled_is_shown_only_where_an_address_is_set(tmp_path: Path) -> None:
    assert pull_states(Settings(home=tmp_path, _env_file=None)) == {}
    settings = Settings(home=tmp_path, portal_url="http://127.0.0.1:1", portal_token="t", _env_file=None)
    nothing = {"last_success": None, "last_failure": None, "watermark": None, "failure": None, "failing": False}
    assert pull_states(settings) == {"portal/dossiers": nothing}


@pytest.mark.parametrize("content", ["", "[]", "{", '{"last_success": "yesterday"}', '{"last_success": 7}'])
def test_a_state_that_cannot_be_read_is_said(content: str, tmp_path: Path) -> None:
    note(tmp_path, "portal.dossiers.json", content)
    (state,) = pull_states(Settings(home=tmp_path, _env_file=None)).values()
    assert state["failure"] == f"{tmp_path / 'state' / 'pulls' / 'portal.dossiers.json'} cannot be read"
    assert state["failing"]


@pytest.mark.parametrize(
    ("shown", "said"), [(1, None), (4, "release 4"), ("", "an unknown release")], ids=["of the newest", "of another", "of unknown"]
)
def test_a_site_of_another_release_is_told_with_what_builds_it(shown: int, said: str | None, tmp_path: Path) -> None:
    home = tmp_path / "home"
    newest = last_release(make_release(home))
    assert newest is not None
    assert newest.sequence == 1
    assert json.loads(ntm(home, "status", "--json")[1])["site"] is None
    folder = default_folder(home)
    folder.mkdir()
    write_mark(folder, shown)
    code, output, _ = ntm(home, "status")
    told = [line for line in output.splitlines() if "the site" in line]
    assert code == 0
    assert told == ([f"the site shows {said}, the newest is 1: `ntm site build` (or `make site`) builds it again"] if said else [])


@pytest.mark.parametrize(
    ("arguments", "sentence", "head"),
    [
        (["held", "list"], "no batch is held", "table,path,received_at,failed"),
        (["quarantine", "list"], "no row is in quarantine", "table,state,path,line,codes,expected"),
        (["quarantine", "list", "--code", "x"], "no row of that is in quarantine", "table,state,path,line,codes,expected"),
    ],
    ids=" ".join,
)
def test_a_list_of_nothing_says_so_to_a_person_and_is_empty_to_a_machine(
    arguments: list[str], sentence: str, head: str, tmp_path: Path
) -> None:
    make_release(tmp_path / "home")
    assert ntm(tmp_path / "home", *arguments) == (0, f"{sentence}\n", "")
    assert ntm(tmp_path / "home", *arguments, "--format", "csv") == (0, f"{head}\n", "")
    assert ntm(tmp_path / "home", *arguments, "--format", "json") == (0, "[]\n", "")


@pytest.mark.parametrize(
    "arguments", [["status"], ["quarantine", "list"], ["held", "list"], ["sql", "SELECT * FROM ops.load"]], ids=" ".join
)
@pytest.mark.slow
def test_at_80_columns_paths_are_whole(arguments: list[str], tmp_path: Path) -> None:
    home = tmp_path / "home"
    held = entry(f"{LONG}.gz", State.HELD, message="rejected_share")
    make_release(home, entry(LONG, State.FAILED, failure="not_text", message="expected text"), held, rejected=(LONG,))
    code, shown = ntm_on_terminal(home, *arguments)
    assert code == 0
    assert LONG in shown
    assert "…" not in shown
    if arguments == ["status"]:
        assert "dataset        eoffice/work_records\r\nobjects        2\r\n" in shown
