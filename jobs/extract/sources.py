"""What is pulled, as data: one entry a dataset of a source system (interfaces §2).

Another pulled dataset is another entry here (and the two settings that it names).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PullSource:
    """One dataset of a source system that speaks the paging API.

    `path` follows the base address; `url_setting` and `token_setting` are fields of `jobs.settings.Settings`;
    `version_field` is the field of a record that grows with each of its versions (ISO 8601 or `yyyyMMddHHmmss`).
    """

    source: str
    dataset: str
    path: str
    url_setting: str
    token_setting: str
    version_field: str

    @property
    def name(self) -> str:
        """`<source>/<dataset>`, as in the landing zone."""
        return f"{self.source}/{self.dataset}"


WORK_RECORDS = PullSource(
    source="eoffice",
    dataset="work_records",
    path="/api/v1/work-records",
    url_setting="eoffice_url",
    token_setting="eoffice_token",  # noqa: S106 (the name of a setting)
    version_field="UpdatedAt",
)
DOSSIERS = PullSource(
    source="portal",
    dataset="dossiers",
    path="/api/v1/dossiers",
    url_setting="portal_url",
    token_setting="portal_token",  # noqa: S106 (the name of a setting)
    version_field="NgayCapNhat",
)
PULL_SOURCES = (WORK_RECORDS, DOSSIERS)
