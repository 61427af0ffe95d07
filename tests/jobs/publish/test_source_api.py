"""The OpenAPI document of the sources: it asks for what the contracts ask for, and for what a pull sends."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml
from pydantic import SecretStr

from jobs.extract.pull import PullPolicy, pull
from jobs.extract.pull_states import watermark_store
from jobs.extract.sources import PULL_SOURCES
from jobs.landing.storage import landing_storage
from jobs.publish.dictionary import DICTIONARY
from tests.support.source_server import SourceServer
from tests.support.workspace import work_record

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENT: dict[str, Any] = yaml.safe_load((DICTIONARY / "source-api.yaml").read_text(encoding="utf-8"))
RECORD = work_record("4a1c")


def _problems(page: dict[str, Any]) -> list[str]:
    schema = DOCUMENT["paths"]["/api/v1/work-records"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    whole = {**schema, "components": DOCUMENT["components"]}
    return [error.message for error in jsonschema.Draft202012Validator(whole).iter_errors(page)]


def test_a_page_as_the_interface_has_it_fits() -> None:
    assert _problems({"items": [RECORD], "next_cursor": None}) == []
    assert _problems({"items": [], "next_cursor": "2"}) == []


@pytest.mark.parametrize(
    "page",
    [
        {"items": []},
        {"items": {}, "next_cursor": None},
        {"items": [], "next_cursor": 2},
        {"items": [{name: value for name, value in RECORD.items() if name != "OrganId"}], "next_cursor": None},
        {"items": [RECORD | {"CreatedOnline": "yes"}], "next_cursor": None},
    ],
)
def test_another_page_does_not(page: dict[str, Any]) -> None:
    assert _problems(page) != []


def test_every_reference_leads_somewhere() -> None:
    for path in DOCUMENT["paths"].values():
        get = path["get"]
        names = [reference["$ref"].rpartition("/")[2] for reference in get["parameters"]]
        assert names == ["limit", "updated_since", "cursor"]
        assert set(names) <= set(DOCUMENT["components"]["parameters"])
        assert set(get["responses"]) - {"200"} <= set(DOCUMENT["components"]["responses"])


def test_a_pull_sends_what_the_document_has_and_nothing_else(tmp_path: Path) -> None:
    sent: set[str] = set()
    storage, watermarks = landing_storage(tmp_path.as_uri()), watermark_store(tmp_path / "home")
    records = [RECORD | {"FileId": str(number)} for number in range(2)]
    with SourceServer({"/api/v1/work-records": records}, token="a-token") as server:
        for _ in range(2):
            pull(
                *(PULL_SOURCES[0], server.url, SecretStr("a-token")),
                storage=storage,
                watermarks=watermarks,
                now=datetime.now(UTC),
                policy=PullPolicy(limit=1),
            )
        for request in server.requests:
            sent |= set(request.params)
    assert sent == set(DOCUMENT["components"]["parameters"])
