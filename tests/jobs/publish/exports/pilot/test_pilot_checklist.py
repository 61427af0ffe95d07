"""The checklist and the choice of fields: exact bounds, a mistake in the file named, nothing personal among what is compared."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from jobs.publish.exports.pilot import checklist, sections
from jobs.publish.exports.pilot.checklist import ChecklistError, Line, is_met, judged, load_checklist
from jobs.publish.exports.pilot.figures import MOST_MONTHS, Figure, months_between, shown_fields
from warehouse_schema.contracts import landed_contracts
from warehouse_schema.managed_objects import kinds

if TYPE_CHECKING:
    from pathlib import Path


def line(**bound: Decimal | int) -> Line:
    return Line(id="x", vi="x", en="x", figure="a.b", **bound)  # type: ignore[arg-type]


def test_a_bound_is_compared_with_exact_numbers() -> None:
    assert is_met(line(at_least=Decimal("0.95")), Figure(19, 20))
    assert not is_met(line(at_least=Decimal("0.95")), Figure(18_999_999, 20_000_000))
    assert is_met(line(at_most=0), Figure(0, is_share=False))
    assert not is_met(line(at_most=0), Figure(1, is_share=False))
    assert is_met(line(at_least=1), Figure(1, is_share=False))


@pytest.mark.parametrize("figure", [Figure(None), Figure(0, 0), Figure(None, is_share=False)])
def test_what_has_no_figure_cannot_be_judged(figure: Figure) -> None:
    assert is_met(line(at_least=0), figure) is None


def test_a_mistake_in_the_checklist_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="one of both"):
        line()
    with pytest.raises(ChecklistError, match="no figure is called"):
        judged(load_checklist(), {"a.b": Figure(1)})
    file = tmp_path / "checklist.yaml"
    file.write_text("lines: []\nsource: {vi: a, en: b}\nmark: sure\n", encoding="utf-8")
    monkeypatch.setattr(checklist, "CHECKLIST_FILE", file)
    with pytest.raises(ChecklistError, match=r"checklist\.yaml:3: mark 'sure' is not one of own_default, official"):
        load_checklist.__wrapped__()


def test_every_line_says_that_it_is_our_own() -> None:
    found = load_checklist()
    assert found.mark == "own_default"
    assert all(one.mark is None for one in found.lines)
    assert len({one.id for one in found.lines}) == len(found.lines)


def test_nothing_personal_and_no_free_text_is_compared() -> None:
    for contract in landed_contracts():
        for shown in shown_fields(contract):
            column = contract.source_column(shown["source"])
            assert (column.handling, column.free_text, column.keep_when) == ("keep", False, None)
    of_records = {
        one["source"]: one["kind"] for contract in landed_contracts() if contract.table == "work_record" for one in shown_fields(contract)
    }
    assert of_records["OrganId"] == "organisation"
    assert of_records["ClosedAt"] == "moment"
    assert not {"Title", "FileCode", "ConfidenceLevel"} & of_records.keys()


def test_datasets_and_kinds_of_objects_have_words() -> None:
    words = sections._vocabulary()
    assert {contract.landing for contract in landed_contracts()} - {"registry/data_standardisation_pilots"} == words.datasets.keys()
    assert set(kinds()) == words.objects.keys()


def test_months_are_cut_at_both_ends_and_the_last_ones_are_kept() -> None:
    assert months_between(date(2025, 1, 15), date(2025, 3, 2)) == [
        (date(2025, 1, 15), date(2025, 1, 31)),
        (date(2025, 2, 1), date(2025, 2, 28)),
        (date(2025, 3, 1), date(2025, 3, 2)),
    ]
    assert months_between(date(2025, 3, 3), date(2025, 3, 2)) == []
    kept = months_between(date(2020, 1, 1), date(2025, 6, 30))
    assert (len(kept), kept[-1][1]) == (MOST_MONTHS, date(2025, 6, 30))
