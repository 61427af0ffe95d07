"""edXML messages from the landing zone to the indicator, in one load: messages take effect in their own order, not in that of their arrival."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.edxml import CONTENT, PERSONS, edxml, element

if TYPE_CHECKING:
    from tests.support.workspace import Workspace

pytestmark = pytest.mark.slow

DAY = "eoffice/documents/dt=2025-02-10"
OLD_CODE = "000.00.01.H41"
"""Of H41.1 in the older order, by the registry."""


def named(code: str, sender: str = "H41.1", day: str = "2025/02/03") -> str:
    """The DocumentId of a document."""
    return f"{sender},{day},{code}"


MESSAGES = {
    "1/TB new": edxml("1/TB"),
    # By path, and so by arrival, the newer message comes first.
    "2/TB a update": edxml("2/TB", at="2025/02/05 10:00:00", action="2", subject="Đã sửa", attachments=3),
    "2/TB b new": edxml("2/TB", sender=OLD_CODE, subject="Chưa sửa"),
    "3/TB a recall": edxml("90/TB", at="2025/02/06 09:00:00", action="1", names=named("3/TB", OLD_CODE), day="2025/02/06"),
    "3/TB b new": edxml("3/TB"),
    "4/TB a replaced": edxml("5/TB", at="2025/02/07 09:00:00", action="3", replaces=(named("4/TB"),), day="2025/02/07"),
    "4/TB b new": edxml("4/TB"),
    "6/TB a new again": edxml("6/TB", at="2025/02/08 09:00:00"),
    "6/TB b recall before": edxml("6/TB", at="2025/02/04 09:00:00", action="1"),
    "7/TB status": edxml("7/TB", status="03"),
    "8/TB secret": edxml("8/TB", subject="(Mật) Phương án bí ẩn"),
    "9/TB unknown": edxml("9/TB", sender="H99.7"),
    "10/TB no time": edxml("10/TB", at=None).replace("Timestamp", "Tim"),
    "11/TB no action known": edxml("11/TB", action="7"),
    "12/TB commune": edxml("12/TB", sender="H41.2.3"),
    "13/TB drift": edxml("13/TB", sender="H41.2.3", day="2025/03/03", more=element("NewThing", "gì đó")),
    "14/TB dtd": edxml("14/TB").replace("<edXML ", '<!DOCTYPE edXML [<!ENTITY x "y">]><edXML ', 1),
    "15/TB cut": edxml("15/TB")[:-40],
}


@pytest.fixture(scope="module")
def loaded(begun: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = begun.copy(tmp_path_factory.mktemp("documents") / "home")
    workspace.land_organisations()
    workspace.land("registry/paper_documents/dt=2025-02-10/p.csv", "organ_id,month,sent_count,updated_at\nH41.1,2025-02,6,2025-03-01\n")
    for name, text in MESSAGES.items():
        workspace.land(f"{DAY}/{name}.edxml", text)
    workspace.load()
    return workspace


@pytest.fixture(scope="module")
def documents(loaded: Workspace) -> dict[str, dict[str, Any]]:
    rows = loaded.rows("silver/document")
    assert len({row["document_key"] for row in rows}) == len(rows)
    return {row["document_key"].split(",")[1]: row for row in rows}


def test_the_newest_message_says_what_a_document_is(documents: dict[str, dict[str, Any]]) -> None:
    told = {code: (row["action"], row["withdrawn"], row["replaced_by"]) for code, row in documents.items()}
    assert told == {
        "1/TB": ("new", False, None),
        "2/TB": ("update", False, None),
        "3/TB": ("recall", True, None),
        "4/TB": ("replace", True, named("5/TB", day="2025/02/07")),
        "5/TB": ("replace", False, None),
        "6/TB": ("new", False, None),
        "7/TB": ("new", False, None),
        "12/TB": ("new", False, None),
        "13/TB": ("new", False, None),
    }
    updated = documents["2/TB"]
    assert (updated["subject"], updated["organ_id"], updated["attachments"], updated["recipients"]) == ("Đã sửa", "H41.1", 3, 2)
    assert updated["attachment_characters"] == 3 * 2 * len(CONTENT)
    assert updated["sent_at"] == dt.datetime(2025, 2, 5, 3, tzinfo=dt.UTC)
    assert documents["3/TB"]["promulgated_on"] == documents["4/TB"]["promulgated_on"] == dt.date(2025, 2, 3)
    assert {documents["12/TB"][name] for name in ("level", "unit_level")} == {"commune"}


def test_a_message_that_is_not_right_tells_why(loaded: Workspace) -> None:
    rejected = [row for row in loaded.rows("quarantine/document") if row["line"] is not None]
    assert sorted((error["code"], error["field"]) for row in rejected for error in row["errors"]) == [
        ("invalid_value", "BussinessDocType"),
        ("missing_value", "Timestamp"),
        ("unknown_organisation", "FromOrganId"),
    ]
    ledger = loaded.ledger()
    for name, words in (("14/TB dtd", "DTD"), ("15/TB cut", "ends too early")):
        entry = ledger[f"{DAY}/{name}.edxml"]
        assert (entry.state, entry.failure) == ("failed", "unreadable_edxml")
        assert words in str(entry.message)
    replacing = ledger[f"{DAY}/4/TB a replaced.edxml"]
    assert (replacing.rows_read, replacing.rows_accepted) == (2, 2)
    assert ledger[f"{DAY}/8/TB secret.edxml"].rows_withheld == 1


def test_nothing_of_persons_attachments_and_secrets_is_in_a_table(loaded: Workspace) -> None:
    kept = repr([loaded.rows(table) for table in ("bronze/document", "silver/document", "quarantine/document", "ops/withheld", "ops/load")])
    assert [text for text in (*PERSONS, CONTENT, "bí ẩn", "gì đó") if text in kept] == []


def test_documents_and_declared_paper_documents_make_the_indicator(loaded: Workspace) -> None:
    indicator = "documents_exchanged_electronically"
    february = {"period_start": dt.date(2025, 2, 1)}
    # 1, 2, 5 and 6/TB of the province's agency, beside 6 on paper; 12/TB of the commune's, which declared nothing.
    totals = loaded.values(indicator, "month", **february)
    assert (totals["province", "40"], totals["commune", "17386"]) == ((4, 10), (1, 1))
    unknown = loaded.values(indicator, "month", **february, breakdown="paper_documents=unknown")
    assert unknown["commune", "17386"] == (1, 1)
    assert ("province", "40") not in unknown
