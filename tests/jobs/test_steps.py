"""The steps that DAGs and the command line call: what they refuse before they write."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from jobs import steps
from jobs.errors import UsageError
from jobs.ops import releases
from jobs.settings import get_settings
from tests.support.released import make_release

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jobs.engine.tables import Warehouse

pytestmark = pytest.mark.default_engine


@pytest.fixture
def released(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Warehouse]:
    """A release whose first record is of January 2025."""
    warehouse = make_release(tmp_path / "home")
    (tmp_path / "home" / "landing").mkdir()
    monkeypatch.setenv("NTM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NTM_PII_KEY", "k" * 32)
    get_settings.cache_clear()
    yield warehouse
    get_settings.cache_clear()


@pytest.mark.parametrize("step", ["standardise", "indicators"])
@pytest.mark.parametrize(
    ("day", "odd"),
    [("1800-01-01", "1800-01-01 is before the first record, which is of 2025-01"), ("2999-01-01", "2999-01-01 is after today (")],
)
def test_a_day_that_is_most_likely_a_slip_needs_force_whoever_starts_the_step(
    step: str, day: str, odd: str, released: Warehouse, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ran: list[str] = []

    class Done:
        def as_dict(self) -> dict[str, Any]:
            return {"refused": []}

    def note(context: Any) -> Done:
        ran.append(str(context.as_of))
        return Done()

    monkeypatch.setattr("jobs.silver.pipeline.standardise", note)
    monkeypatch.setattr("jobs.gold.pipeline.indicators", note)
    with pytest.raises(UsageError) as refused:
        getattr(steps, step)(as_of=day)
    assert str(refused.value).startswith(f"as_of: {odd}")
    assert str(refused.value).endswith("; with force it is taken all the same")
    assert ran == []
    assert len(list(releases.releases(released))) == 1

    with caplog.at_level(logging.WARNING, logger="ntm"):
        getattr(steps, step)(as_of=day, force=True)
    assert ran == [day]
    assert f"as_of: {odd}" in caplog.text
