"""The source systems (`sources.yaml`): who sends what, when it is looked for, and how it is pulled."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from warehouse_schema.errors import UsageError
from warehouse_schema.yaml_source import StrictModel, Wording, read_yaml

SOURCES_FILE = Path(__file__).resolve().parent / "sources.yaml"
_NAME = r"^[a-z][a-z0-9_]*$"
_SETTING = r"^NTM_[A-Z][A-Z0-9_]*$"
_CRON_FIELDS = 5


class SourcesError(UsageError):
    """`sources.yaml` does not fit; the message names file and line."""


class PulledDataset(StrictModel):
    """A dataset that the source gives page by page (docs/architecture.md, "Pulling").

    Attributes:
        dataset: its name in the landing zone.
        path: what follows the source's address.
        version_field: the field of a record that grows with each of its versions (ISO 8601 or `yyyyMMddHHmmss`).
        paging: `position` where a cursor may be a position, so that records that change meanwhile shift it; `key` where it names the last record.
    """

    dataset: Annotated[str, Field(pattern=_NAME)]
    path: Annotated[str, Field(pattern=r"^/\S*$")]
    version_field: Annotated[str, Field(min_length=1)]
    paging: Literal["position", "key"]


class Pull(StrictModel):
    """How a source is pulled; `address` and `token` are the settings that hold its address and its bearer token."""

    address: Annotated[str, Field(pattern=_SETTING)]
    token: Annotated[str, Field(pattern=_SETTING)]
    datasets: Annotated[list[PulledDataset], Field(min_length=1)]


class Source(StrictModel):
    """A source system.

    Attributes:
        system: the folder of its datasets in the landing zone.
        name: what people call it.
        brings: what it sends, in words.
        schedule: when it is looked at, a cron expression in Vietnam's time.
        pull: None: its objects are put into the landing zone by hand or by the sender.
    """

    system: Annotated[str, Field(pattern=_NAME)]
    name: Wording
    brings: Annotated[str, Field(min_length=1)]
    schedule: str
    pull: Pull | None = None


class _SourcesFile(StrictModel):
    sources: Annotated[list[Source], Field(min_length=1)]


def load_sources(path: Path = SOURCES_FILE) -> tuple[Source, ...]:
    """The sources of a file, in the order of a run.

    Raises:
        SourcesError: names file, line, what is wrong and what was expected.
    """
    document = read_yaml(path, SourcesError)
    file = document.parse(_SourcesFile, document.data)
    taken: dict[str, str] = {}
    for index, source in enumerate(file.sources if file else ()):
        names = [source.system] if source.pull is None else [source.system, source.pull.address, source.pull.token]
        for name in names:
            if name in taken:
                document.report(("sources", index), f"'{name}' is taken by source '{taken[name]}'; expected another name")
            taken[name] = source.system
        if len(re.split(r" +", source.schedule.strip())) != _CRON_FIELDS:
            document.report(("sources", index, "schedule"), f"schedule {source.schedule!r}: expected a cron expression of five fields")
    if document.problems or file is None:
        raise document.failure()
    return tuple(file.sources)


@cache
def sources() -> tuple[Source, ...]:
    """The project's sources; read once. Raises as `load_sources`."""
    return load_sources()
