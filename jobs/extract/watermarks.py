"""How far each dataset of a source system has been pulled: one small JSON file each.

The watermark is the greatest version of a record that has landed, by the source's own clock. Beside it stand the hashes
of the lines that have landed and that the next pull's overlap will bring again. Both belong to the workspace and not to
the landing zone; without them a pull lands records again, which is slow and no more.
"""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from jobs.errors import RunFailedError, SourceError


class WatermarkError(SourceError):
    """A watermark file cannot be read; the dataset is not pulled until a person has looked at it (exit 3)."""


@dataclass(frozen=True, slots=True)
class Watermark:
    """How far a dataset was pulled (in UTC), and the hashes of the landed lines that lie in the next pull's overlap."""

    moment: datetime
    landed: frozenset[str] = frozenset()


class _WatermarkFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    source: str
    dataset: str
    watermark: AwareDatetime
    landed: list[str] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class WatermarkStore:
    """The watermarks under one directory (`<home>/state/watermarks`)."""

    directory: Path

    def read(self, source: str, dataset: str) -> Watermark | None:
        """The watermark; None before the first pull.

        Raises:
            WatermarkError: the file is not a watermark of this dataset; names the file and how to reset it.
        """
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

    def advance(self, source: str, dataset: str, seen: datetime, landed: frozenset[str] = frozenset()) -> datetime:
        """Note that everything up to `seen` has landed, the lines of its overlap among it; returns the watermark, which never moves back.

        The file is replaced whole or not at all, and not touched when it says so already.

        Raises:
            WatermarkError: the file there is not a watermark.
            RunFailedError: the file cannot be written.
        """
        current = self.read(source, dataset)
        moment = max(current.moment, seen.astimezone(UTC)) if current else seen.astimezone(UTC)
        if current == Watermark(moment, landed):
            return moment
        content = _WatermarkFile(source=source, dataset=dataset, watermark=moment, landed=sorted(landed)).model_dump_json() + "\n"
        file = self._file(source, dataset)
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            _replace(file, content)
        except OSError as error:
            raise RunFailedError(f"cannot write {file}: {error.strerror}") from error
        return moment

    def _file(self, source: str, dataset: str) -> Path:
        return self.directory / f"{source}.{dataset}.json"


def _parse(content: bytes, source: str, dataset: str) -> Watermark:
    stored = _WatermarkFile.model_validate_json(content)
    if (stored.source, stored.dataset) != (source, dataset):
        raise ValueError("another dataset's watermark")
    return Watermark(stored.watermark.astimezone(UTC), frozenset(stored.landed))


def _replace(file: Path, content: str) -> None:
    temporary = file.with_name(f".{file.name}.{uuid.uuid4().hex}.tmp")
    try:
        with temporary.open("w", encoding="utf-8") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)
