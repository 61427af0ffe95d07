"""What a dataset's definition is made of: everything by which the same landed object would give other rows."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from jobs.silver.definition import border, standardisation
from warehouse_schema.contracts import Contract, load_contracts

OCOP = load_contracts()["silver/ocop_product"]
DOSSIER = load_contracts()["silver/dossier"]


def with_column(contract: Contract, name: str, **changes: object) -> Contract:
    columns = tuple(replace(one, **changes) if one.name == name else one for one in contract.columns)  # type: ignore[arg-type]
    return replace(contract, columns=columns)


@pytest.mark.parametrize(
    ("contract", "column", "changes"),
    [
        (OCOP, "score_a", {"percent": True}),
        (DOSSIER, "applicant_id_token", {"kind": None}),
        (OCOP, "product_name", {"aliases": ("Tên",)}),
        (OCOP, "product_name", {"handling": "drop"}),
    ],
)
def test_how_a_field_passes_the_border_is_part_of_its_definition(contract: Contract, column: str, changes: dict[str, object]) -> None:
    before, after = json.loads(border(contract)), json.loads(border(with_column(contract, column, **changes)))
    field = contract.column(column).source
    assert {name for name, value in before.items() if after.get(name) != value} == {field}


def test_which_version_wins_is_part_of_a_dataset_s_definition(monkeypatch: pytest.MonkeyPatch) -> None:
    from jobs.silver import definition

    before, texts = standardisation(OCOP), definition.set_query
    monkeypatch.setattr(definition, "set_query", lambda name: texts(name).replace("row_hash DESC", "row_hash ASC"))
    assert standardisation(OCOP) != before
