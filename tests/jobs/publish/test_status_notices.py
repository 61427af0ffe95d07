from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.engine.tables import Warehouse
from jobs.publish.status import print_status, status_of
from jobs.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_files_where_nothing_is_read_are_told_before_anything_was_released(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(home=tmp_path, _env_file=None)
    lost = tmp_path / "landing/eofice/work_records/a.ndjson"
    lost.parent.mkdir(parents=True)
    lost.write_text("{}")
    print_status(status_of(Warehouse.of(settings), settings))
    told = " ".join(capsys.readouterr().out.split())
    assert told.startswith("nothing was released yet: run `ntm run`")
    assert (
        "1 file where nothing is read, in eofice/work_records: eofice/work_records/a.ndjson; did you mean 'eoffice/work_records'?" in told
    )


def test_the_state_of_the_tables_is_told_when_the_landing_zone_cannot_be_listed(tmp_path: Path) -> None:
    (tmp_path / "landing").write_text("")
    settings = Settings(home=tmp_path, _env_file=None)
    told = status_of(Warehouse.of(settings), settings)
    assert told["release"] is None
    (notice,) = told["notices"]
    assert notice["message"].startswith("cannot list ")
