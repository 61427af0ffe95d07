"""What a source system's API has to offer, as an OpenAPI document: from `sources.yaml` and the contracts, and from nothing else.

What is asked, in which order and how often: `jobs/extract/pull.py`. `docs/api.md` says it in words.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

from warehouse_schema.sources import sources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from warehouse_schema.contracts import Column, Contract
    from warehouse_schema.sources import PulledDataset

_HEAD = "# Generated from warehouse_schema/sources.yaml and the contracts; do not edit. Change these, then run `python -m jobs.publish.dictionary`.\n"
_PARAMETERS = {
    "limit": ({"type": "integer", "minimum": 1}, "How many records a page has at most. Always sent."),
    "updated_since": (
        {"type": "string", "format": "date-time"},
        "Only records whose version is this moment or later. Not sent: all records.",
    ),
    "cursor": ({"type": "string"}, "The `next_cursor` of the page before, unchanged. Not sent for the first page."),
}
"""By name: schema, meaning."""
_TYPES: dict[str, dict[str, Any]] = {
    "boolean": {"type": "boolean"},
    "integer": {"type": ["integer", "string"]},
    "decimal": {"type": ["number", "string"]},
    "code": {"type": ["string", "integer"]},
    "values": {"type": ["string", "integer"]},
}
"""What is sent for a field, by how it is read; any other is text."""
_ANSWERS = {
    "401": {"description": "The token is not accepted. Not asked again until the next run."},
    "429": {
        "description": "Asked too often. Asked again, not before the time in `Retry-After`.",
        "headers": {"Retry-After": {"schema": {"type": "string"}, "description": "Seconds, or an HTTP date."}},
    },
    "5XX": {"description": "Out of order for a moment. Asked again, later each time."},
}


def openapi(contracts: Iterable[Contract], reading: Callable[[Column], str]) -> str:
    """The document as YAML. `reading`: how a field is read, in words."""
    by_dataset = {contract.landing: contract for contract in contracts if contract.landing}
    pulled = [
        (f"{source.system}/{dataset.dataset}", source.name.vi, dataset)
        for source in sources()
        if source.pull
        for dataset in source.pull.datasets
    ]
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "What a source system offers to the NTM warehouse",
            "version": "1",
        },
        "security": [{"token": []}],
        "paths": {dataset.path: {"get": _operation(name, label, dataset, by_dataset[name])} for name, label, dataset in pulled},
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "parameters": {
                parameter: {"name": parameter, "in": "query", "schema": schema, "description": meaning}
                for parameter, (schema, meaning) in _PARAMETERS.items()
            },
            "responses": _ANSWERS,
            "schemas": {name.replace("/", "."): _record(by_dataset[name], reading) for name, _, _ in pulled},
        },
    }
    # Through JSON: what stands in several places is written out in each, without YAML's aliases.
    return _HEAD + yaml.safe_dump(json.loads(json.dumps(document)), allow_unicode=True, sort_keys=False, width=120)


def _operation(name: str, label: str, dataset: PulledDataset, contract: Contract) -> dict[str, Any]:
    page = {
        "type": "object",
        "required": ["items", "next_cursor"],
        "properties": {
            "items": {"type": "array", "items": {"$ref": f"#/components/schemas/{name.replace('/', '.')}"}},
            "next_cursor": {"type": ["string", "null"], "description": "The next page's cursor; null on the last page."},
            "total": {"type": "integer", "description": "How many records the whole query has. Where it is sent, as many have to come."},
        },
    }
    return {
        "operationId": name.replace("/", "_"),
        "summary": f"{label}: {contract.title}",
        "description": f"Records by pages, in an order that stays the same from page to page. A record's version is `{dataset.version_field}`.",
        "parameters": [{"$ref": f"#/components/parameters/{parameter}"} for parameter in _PARAMETERS],
        "responses": {
            "200": {"description": "A page.", "content": {"application/json": {"schema": page}}},
            **{status: {"$ref": f"#/components/responses/{status}"} for status in _ANSWERS},
        },
    }


def _record(contract: Contract, reading: Callable[[Column], str]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": [str(column.source) for column in contract.landed if column.required],
        "properties": {
            str(column.source): {
                **_TYPES.get(column.parse, {"type": "string"}),
                "title": column.label_vi,
                "description": "; ".join(
                    filter(None, [reading(column), f"required when {column.required_when}" if column.required_when else ""])
                ),
            }
            for column in contract.landed
        },
    }
