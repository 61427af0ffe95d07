"""How the pulls of each dataset went, for `ntm status`: `<NTM_HOME>/state/pulls/<source>.<dataset>.json`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from jobs.errors import RunFailedError
from jobs.extract.sources import PullSource
from jobs.extract.watermarks import WatermarkError, WatermarkStore, replace_file


class PullState(BaseModel):
    """One dataset's pulls. Instants in UTC; None: there was none yet.

    Attributes:
        last_success: the end of the last pull that landed all its pages.
        last_failure: the end of the last one that failed, or whose rows were nearly all rejected.
        failure: the sentence of that failure; None since a pull has succeeded.
        watermark: up to which version of the source's records all has landed and is judged.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    last_success: AwareDatetime | None = None
    last_failure: AwareDatetime | None = None
    failure: str | None = None
    watermark: AwareDatetime | None = None


def watermark_store(home: Path) -> WatermarkStore:
    """The watermarks of a workspace."""
    return WatermarkStore(home / "state" / "watermarks")


def pull_states(home: Path) -> dict[str, PullState]:
    """The states by `<source>/<dataset>`, of the datasets that were pulled at least once."""
    files = sorted((home / "state" / "pulls").glob("*.json"))
    return {"/".join(file.stem.split(".", 1)): _read(file) for file in files}


def note_success(home: Path, source: PullSource, now: datetime) -> None:
    """Note that a pull landed all its pages.

    Raises:
        RunFailedError: the file cannot be written.
    """
    _write(home, source, last_success=now.astimezone(UTC), failure=None)


def note_failure(home: Path, source: PullSource, now: datetime, failure: str) -> None:
    """Note that a pull failed, and why. Raises as `note_success`."""
    _write(home, source, last_failure=now.astimezone(UTC), failure=failure)


def note_watermark(home: Path, source: PullSource) -> None:
    """Note the watermark as it is now. Raises as `note_success`."""
    _write(home, source)


def _write(home: Path, source: PullSource, **changes: datetime | str | None) -> None:
    file = home / "state" / "pulls" / f"{source.source}.{source.dataset}.json"
    try:
        mark = watermark_store(home).read(source.source, source.dataset)
    except WatermarkError:
        mark = None
    state = _read(file).model_copy(update={**changes, "watermark": mark.confirmed if mark else None})
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_file(file, state.model_dump_json() + "\n")
    except OSError as error:
        raise RunFailedError(f"cannot write {file}: {error.strerror}") from error


def _read(file: Path) -> PullState:
    """A file that is not there, or that is broken, says nothing; the next pull writes it."""
    try:
        return PullState.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return PullState()
