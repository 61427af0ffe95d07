"""Watermarks: one small file a dataset, whole, never back, and clear when broken."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.errors import RunFailedError, SourceError
from jobs.extract.watermarks import Watermark, WatermarkError, WatermarkStore

MOMENT = datetime(2025, 2, 18, 9, 41, 10, 250_000, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> WatermarkStore:
    return WatermarkStore(tmp_path / "state" / "watermarks")


def test_there_is_none_before_the_first_pull(store: WatermarkStore) -> None:
    assert store.read("eoffice", "work_records") is None
    assert not store.directory.exists()


def test_what_was_noted_is_read_in_utc(store: WatermarkStore) -> None:
    vietnam = MOMENT.astimezone(timezone(timedelta(hours=7)))
    assert store.advance("eoffice", "work_records", vietnam) == MOMENT
    read = store.read("eoffice", "work_records")
    assert read == Watermark(MOMENT, confirmed=MOMENT)
    assert read.moment.tzinfo is UTC
    assert store.read("portal", "dossiers") is None


def test_the_file_is_small_json_that_a_person_can_edit(store: WatermarkStore) -> None:
    store.advance("eoffice", "work_records", MOMENT, frozenset({"b", "a"}))
    (file,) = store.directory.iterdir()
    assert file.name == "eoffice.work_records.json"
    content = json.loads(file.read_text())
    assert content == {"source": "eoffice", "dataset": "work_records", "watermark": "2025-02-18T09:41:10.250000Z", "landed": ["a", "b"]}
    file.write_text('{"source": "eoffice", "dataset": "work_records", "watermark": "2025-01-01T00:00:00+07:00"}')
    assert store.read("eoffice", "work_records") == Watermark(moment := datetime(2024, 12, 31, 17, tzinfo=UTC), confirmed=moment)


@given(st.lists(st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC)), min_size=1, max_size=6))  # noqa: DTZ001 (hypothesis adds the zone)
def test_it_is_the_greatest_noted(tmp_path_factory: pytest.TempPathFactory, moments: list[datetime]) -> None:
    store = WatermarkStore(tmp_path_factory.mktemp("watermarks"))
    for count, moment in enumerate(moments, start=1):
        assert store.advance("eoffice", "work_records", moment) == max(moments[:count])
        assert store.read("eoffice", "work_records") == Watermark(max(moments[:count]), confirmed=max(moments[:count]))


@pytest.mark.parametrize(
    "content",
    [
        "",
        "not json",
        "[]",
        "{}",
        '{"source":"eoffice","dataset":"work_records"}',
        '{"source":"eoffice","dataset":"work_records","watermark":null}',
        '{"source":"eoffice","dataset":"work_records","watermark":20250218}',
        '{"source":"eoffice","dataset":"work_records","watermark":"yesterday"}',
        '{"source":"eoffice","dataset":"work_records","watermark":"2025-02-18T09:41:10"}',
        '{"source":"eoffice","dataset":"work_records","watermark":"0001-01-01T00:00:00+14:00"}',
        '{"source":"portal","dataset":"dossiers","watermark":"2025-02-18T09:41:10Z"}',
        '{"source":"eoffice","dataset":"work_records","watermark":"2025-02-18T09:41:10Z","more":1}',
    ],
)
def test_a_broken_file_is_named_with_what_to_do(store: WatermarkStore, content: str) -> None:
    store.directory.mkdir(parents=True)
    file = store.directory / "eoffice.work_records.json"
    file.write_text(content)
    with pytest.raises(WatermarkError, match="delete the file to pull everything again") as caught:
        store.read("eoffice", "work_records")
    assert isinstance(caught.value, SourceError)
    assert str(file) in str(caught.value)
    with pytest.raises(WatermarkError):
        store.advance("eoffice", "work_records", MOMENT)
    assert file.read_text() == content


def test_a_file_that_cannot_be_read_is_named(store: WatermarkStore) -> None:
    (store.directory / "eoffice.work_records.json").mkdir(parents=True)
    with pytest.raises(WatermarkError, match=r"cannot read .*eoffice\.work_records\.json"):
        store.read("eoffice", "work_records")


def test_a_write_that_dies_leaves_the_old_watermark(store: WatermarkStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.advance("eoffice", "work_records", MOMENT)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("jobs.extract.watermarks.os.fsync", full)
    with pytest.raises(RunFailedError, match="No space left"):
        store.advance("eoffice", "work_records", MOMENT + timedelta(days=1))
    assert store.read("eoffice", "work_records") == Watermark(MOMENT, confirmed=MOMENT)
    assert len(list(store.directory.iterdir())) == 1
