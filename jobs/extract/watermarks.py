"""How far each dataset of a source system has been pulled: one small JSON file each.

The watermark is the greatest version of a record that has landed and been judged, by the source's own clock. Beside it stand the hashes of the lines that have
landed and that the next pull will bring again. Both belong to the workspace and not to the landing zone; without them a pull lands records again, which is slow
and no more.

A pull is separate from judging, so what it landed is first only noted (`unjudged`): the next pull goes on from there. When all of it is judged it becomes the
watermark (`confirm`), or, where nearly all of its rows were rejected, it is dropped (`refuse`) and the next pull starts from the watermark that was kept
(`jobs/extract/judged.py`).
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from jobs.errors import RunFailedError, SourceError


class WatermarkError(SourceError):
    """A watermark file cannot be read; the dataset is not pulled until a person has looked at it (exit 3)."""


@dataclass(frozen=True, slots=True)
class Watermark:
    """How far a dataset was pulled.

    Attributes:
        moment: where the next pull starts from, in UTC; None: from the beginning.
        landed: hashes of the landed lines that the next pull brings again.
        confirmed: the watermark, up to which all is judged, in UTC; `moment` where nothing is unjudged.
        pulls: the pulls that are not judged yet, by id, with the number of their objects.
        held: whether a gate held some of these objects.
    """

    moment: datetime | None
    landed: frozenset[str] = frozenset()
    confirmed: datetime | None = None
    pulls: Mapping[str, int] = field(default_factory=dict)
    held: bool = False


class _Unjudged(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    watermark: AwareDatetime | None = None
    landed: list[str]
    pulls: dict[str, int]
    held: bool = False


class _WatermarkFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    source: str
    dataset: str
    watermark: AwareDatetime | None = None
    landed: list[str] = Field(default_factory=list)
    unjudged: _Unjudged | None = None

    @model_validator(mode="after")
    def _says_something(self) -> _WatermarkFile:
        if self.watermark is None and self.unjudged is None and not self.landed:
            raise ValueError("neither a watermark nor what has landed")
        return self


@dataclass(frozen=True, slots=True)
class WatermarkStore:
    """The watermarks under one directory (`<home>/state/watermarks`)."""

    directory: Path

    def read(self, source: str, dataset: str) -> Watermark | None:
        """The watermark; None before the first pull.

        Raises:
            WatermarkError: the file is not a watermark of this dataset; names the file and how to reset it.
        """
        stored = self._stored(source, dataset)
        if stored is None:
            return None
        ahead = stored.unjudged
        if ahead is None:
            return Watermark(stored.watermark, frozenset(stored.landed), stored.watermark)
        return Watermark(ahead.watermark, frozenset(ahead.landed), stored.watermark, ahead.pulls, ahead.held)

    def advance(self, source: str, dataset: str, seen: datetime | None, landed: frozenset[str] = frozenset()) -> datetime | None:
        """Note that everything up to `seen` has landed and is judged, the lines of its overlap among it; returns the watermark, which never moves back.

        Raises:
            WatermarkError: the file there is not a watermark.
            RunFailedError: the file cannot be written.
        """
        current = self._stored(source, dataset)
        moment = _latest(current.watermark if current else None, seen)
        self._write(_WatermarkFile(source=source, dataset=dataset, watermark=moment, landed=sorted(landed)), current)
        return moment

    def note(self, source: str, dataset: str, seen: datetime | None, landed: frozenset[str], pull: str, objects: int) -> datetime | None:
        """Note what a pull landed that is not judged yet; returns where the next pull starts from. Raises as `advance`.

        Args:
            source: the system.
            dataset: its dataset.
            seen: the greatest version that landed; None: no further than before (the pull did not come to its end).
            landed: hashes of the landed lines that the next pull brings again.
            pull: the pull's id, with which the names of its objects begin.
            objects: how many it landed.
        """
        current = self._stored(source, dataset) or _WatermarkFile.model_construct(source=source, dataset=dataset, landed=[])
        before = current.unjudged or _Unjudged(watermark=current.watermark, landed=current.landed, pulls={})
        moment = _latest(before.watermark, seen)
        pulls = before.pulls | ({pull: objects} if objects else {})
        unjudged = _Unjudged(watermark=moment, landed=sorted(landed), pulls=pulls, held=before.held)
        self._write(current.model_copy(update={"unjudged": unjudged}), current)
        return moment

    def hold(self, source: str, dataset: str) -> None:
        """Note that a gate held what was pulled: when it is loaded after all, a person has let it through. Raises as `advance`."""
        current = self._stored(source, dataset)
        if current and current.unjudged:
            self._write(current.model_copy(update={"unjudged": current.unjudged.model_copy(update={"held": True})}), current)

    def confirm(self, source: str, dataset: str) -> None:
        """What was pulled is judged: it becomes the watermark. Raises as `advance`."""
        current = self._stored(source, dataset)
        if current and current.unjudged:
            self.advance(source, dataset, current.unjudged.watermark, frozenset(current.unjudged.landed))

    def refuse(self, source: str, dataset: str) -> None:
        """What was pulled is refused: the next pull starts from the watermark again. Raises as `advance`."""
        current = self._stored(source, dataset)
        if current and current.unjudged:
            kept = current.model_copy(update={"unjudged": None})
            if kept.watermark is None and not kept.landed:
                self._file(source, dataset).unlink(missing_ok=True)
            else:
                self._write(kept, current)

    def _stored(self, source: str, dataset: str) -> _WatermarkFile | None:
        file = self._file(source, dataset)
        try:
            return _parse(file.read_bytes(), source, dataset)
        except FileNotFoundError:
            return None
        except (ValueError, OverflowError):
            raise WatermarkError(
                f"{file} is not a watermark of {source}/{dataset}: expected"
                f' {{"source":"{source}","dataset":"{dataset}","watermark":"2025-01-31T00:00:00+07:00"}}.'
                " Write that with the moment from which to pull, or delete the file to pull everything again"
            ) from None
        except OSError as error:
            raise WatermarkError(f"cannot read {file}: {error.strerror}") from error

    def _write(self, new: _WatermarkFile, current: _WatermarkFile | None) -> None:
        """Replace the file whole or not at all; it is not touched when it says so already."""
        if new == current:
            return
        file = self._file(new.source, new.dataset)
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            replace_file(file, new.model_dump_json(exclude_none=True) + "\n")
        except OSError as error:
            raise RunFailedError(f"cannot write {file}: {error.strerror}") from error

    def _file(self, source: str, dataset: str) -> Path:
        return self.directory / f"{source}.{dataset}.json"


def _parse(content: bytes, source: str, dataset: str) -> _WatermarkFile:
    stored = _WatermarkFile.model_validate_json(content)
    if (stored.source, stored.dataset) != (source, dataset):
        raise ValueError("another dataset's watermark")
    unjudged = stored.unjudged and stored.unjudged.model_copy(update={"watermark": _in_utc(stored.unjudged.watermark)})
    return stored.model_copy(update={"watermark": _in_utc(stored.watermark), "unjudged": unjudged})


def _in_utc(moment: datetime | None) -> datetime | None:
    return moment and moment.astimezone(UTC)


def _latest(*moments: datetime | None) -> datetime | None:
    return max((moment.astimezone(UTC) for moment in moments if moment), default=None)


def replace_file(file: Path, content: str) -> None:
    """Write a file whole or not at all.

    Raises:
        OSError: it cannot be written; what was there is there.
    """
    temporary = file.with_name(f".{file.name}.{uuid.uuid4().hex}.tmp")
    try:
        with temporary.open("w", encoding="utf-8") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)
