"""What is pulled, one entry a dataset, as `warehouse_schema/sources.yaml` says it."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.settings import Settings, field_of
from warehouse_schema.sources import sources


@dataclass(frozen=True, slots=True)
class PullSource:
    """One dataset of a source system that speaks the paging API.

    `path` follows the base address; `url_setting` and `token_setting` are fields of `jobs.settings.Settings`;
    `version_field` is the field of a record that grows with each of its versions (ISO 8601 or `yyyyMMddHHmmss`);
    `shifts`: a cursor may be a position, which shifts while records change.
    """

    source: str
    dataset: str
    path: str
    url_setting: str
    token_setting: str
    version_field: str
    shifts: bool = True

    @property
    def name(self) -> str:
        """`<source>/<dataset>`, as in the landing zone."""
        return f"{self.source}/{self.dataset}"


PULL_SOURCES = tuple(
    PullSource(
        source=source.system,
        dataset=dataset.dataset,
        path=dataset.path,
        url_setting=field_of(source.pull.address),
        token_setting=field_of(source.pull.token),
        version_field=dataset.version_field,
        shifts=dataset.paging == "position",
    )
    for source in sources()
    if source.pull
    for dataset in source.pull.datasets
)


def is_any_pulled(settings: Settings) -> bool:
    """Whether the address of any source is set, so that there is something to pull in every run."""
    return any(getattr(settings, source.url_setting) for source in PULL_SOURCES)
