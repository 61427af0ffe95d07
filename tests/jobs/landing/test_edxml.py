"""edXML messages: what is read of them, and hostile ones, which are refused for their reason in bounded memory and time."""

from __future__ import annotations

import gzip
import io
import itertools
import time
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from jobs.landing.formats import edxml as reader
from jobs.landing.formats.base import BrokenLine, ObjectUnreadableError, PassedOver, RepeatedNames
from jobs.landing.formats.registry import format_of, records
from jobs.landing.formats.sheet import SheetColumns
from jobs.landing.inspect import inspect_object
from tests.support.edxml import CONTENT, NAMESPACE, PERSONS, edxml, element

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_COLUMNS = SheetColumns(())
BEGIN = f'<edXML xmlns="{NAMESPACE}"><edXMLEnvelope><edXMLHeader><MessageHeader>'
END = "</MessageHeader></edXMLHeader></edXMLEnvelope></edXML>"
OWN, OLD, OLDER = "H41.1,2025/02/03,12/UBND-VP", "H41.1,2025/01/20,7/UBND-VP", "000.00.01.H41,2025/01/10,5/UBND-VP"


def read(text: str | bytes, name: str = "a.edxml") -> list[tuple[int, dict[str, Any]]]:
    content = text.encode() if isinstance(text, str) else text
    found = list(records(io.BytesIO(content), format_of(name), 1 << 20, NO_COLUMNS))
    assert not [record for _, record in found if isinstance(record, BrokenLine)]
    return found  # type: ignore[return-value]


def one(text: str | bytes) -> dict[str, Any]:
    ((line, record),) = read(text)
    assert line == 1
    return record


def refusal(text: str | bytes) -> tuple[str, str]:
    """Code and message with which both looks at an object refuse it."""
    content = text.encode() if isinstance(text, str) else text
    failure = inspect_object(io.BytesIO(content), "a.edxml", NO_COLUMNS).failure
    assert failure is not None
    with pytest.raises(ObjectUnreadableError) as caught:
        reader.parse(iter([content]))
    assert (caught.value.code, caught.value.message) == (failure.code, failure.message)
    return failure.code, failure.message


def test_a_message_is_one_flat_record() -> None:
    assert one(edxml()) == {
        "DocumentKey": "2025-02-03,12/UBND-VP",
        "DocumentId": OWN,
        "FromOrganId": "H41.1",
        "CodeNumber": "12",
        "CodeNotation": "UBND-VP",
        "PromulgationDate": "2025-02-03",
        "DocumentType": "2",
        "DocumentTypeName": "Công văn",
        "Subject": "V/v báo cáo chuyển đổi số",
        "SecrecyMark": "thuong",
        "Priority": "0",
        "SteeringType": "1",
        "BussinessDocType": "0",
        "Timestamp": "2025-02-03 08:15:00",
        "Recalled": "false",
        "ReplacedBy": None,
        "ResponseForDocumentId": None,
        "StatusCode": None,
        "RecipientCount": "2",
        "AttachmentCount": "1",
        "AttachmentCharacters": str(2 * len(CONTENT)),
    }


def test_no_person_and_no_content_is_read() -> None:
    text = edxml()
    assert all(word in text for word in (*PERSONS, CONTENT, "Nội dung văn bản"))
    kept = repr((read(text), vars_of(reader.parse(iter([text.encode()])))))
    assert [word for word in (*PERSONS, CONTENT, "Nội dung văn bản") if word in kept] == []


def vars_of(message: reader.Message) -> dict[str, Any]:
    return {name: getattr(message, name) for name in message.__dataclass_fields__}


def test_a_document_has_one_key_in_either_order_of_the_codes() -> None:
    new, old = one(edxml(sender="H41.1")), one(edxml(sender="000.00.01.H41"))
    assert new["DocumentKey"] == old["DocumentKey"]
    assert (new["FromOrganId"], old["FromOrganId"]) == ("H41.1", "000.00.01.H41")


@pytest.mark.parametrize(
    ("document_id", "key"),
    [
        (None, "2025-02-03,12/UBND-VP"),
        ("H41.1, 2025-2-3 , 12/ubnd-vp", "2025-02-03,12/UBND-VP"),
        ("2f0c-11", "2F0C-11"),
        ("H41.1,2025/02/03,12/UBND-VP,HC", "2025-02-03,12/UBND-VP,HC"),
    ],
)
def test_the_key_is_day_and_code(document_id: str | None, key: str) -> None:
    assert one(edxml(document_id=document_id))["DocumentKey"] == key


def test_a_recall_and_an_update_are_about_the_document_that_they_name() -> None:
    for action, recalled in (("1", "true"), ("2", "false")):
        record = one(edxml("90/UBND-VP", action=action, names=OLD))
        assert (record["DocumentKey"], record["PromulgationDate"], record["Recalled"]) == ("2025-01-20,7/UBND-VP", "2025-01-20", recalled)
        assert one(edxml(action=action))["DocumentKey"] == "2025-02-03,12/UBND-VP"


def test_response_for_names_the_document_only_where_it_is_the_senders() -> None:
    assert one(edxml("90/UBND-VP", action="1", answers=OLD))["DocumentKey"] == "2025-01-20,7/UBND-VP"
    other = one(edxml("90/UBND-VP", action="1", answers="G22,2025/01/20,7/VPCP"))
    assert (other["DocumentKey"], other["ResponseForDocumentId"]) == ("2025-02-03,90/UBND-VP", "G22,2025/01/20,7/VPCP")
    assert one(edxml(answers=OLD))["DocumentKey"] == "2025-02-03,12/UBND-VP"


def test_a_replacement_is_a_document_and_the_withdrawal_of_those_that_it_replaces() -> None:
    lines = read(edxml(action="3", replaces=(OLD, OLDER, OLD), names=OWN))
    told = [(line, record["DocumentKey"], record["Recalled"], record["ReplacedBy"]) for line, record in lines]
    assert told == [
        (1, "2025-02-03,12/UBND-VP", "false", None),
        (2, "2025-01-20,7/UBND-VP", "true", OWN),
        (3, "2025-01-10,5/UBND-VP", "true", OWN),
    ]
    assert {record["Timestamp"] for _, record in lines} == {"2025-02-03 08:15:00"}
    assert "Subject" not in lines[1][1]


def test_a_message_that_only_tells_a_status_is_passed_over() -> None:
    inside = element("Status", element("From", element("OrganId", "H41.2")), element("StatusCode", "03"))
    text = f'<edXML xmlns:edXML="{NAMESPACE}" xmlns="{NAMESPACE}">{element("edXMLEnvelope", element("edXMLHeader", inside))}</edXML>'
    passed = PassedOver()
    assert not reader.has_rows(iter([text.encode()]), NO_COLUMNS, 1, passed)
    assert (passed.text(), read(text)) == ("1 status message", [])
    assert one(edxml(status="03"))["StatusCode"] == "03"


def test_the_time_is_the_senders_and_without_one_the_first() -> None:
    assert one(edxml())["Timestamp"] == "2025-02-03 08:15:00"
    assert one(edxml(at=None))["Timestamp"] == "2025-06-01 00:00:00"


@pytest.mark.parametrize(
    ("changes", "mark"),
    [
        ({"sphere": "Tài liệu MẬT"}, "mat"),
        ({"sphere": "Tuyệt mật"}, "mat"),
        ({"subject": "[Mật] Về việc"}, "mat"),
        ({"subject": "V/v phát triển sản phẩm mật ong, mật độ nuôi"}, "thuong"),
        ({"more": element("ConfidenceLevel", "toi_mat")}, "mat"),
        ({"more": element("SecurityLevel", "0")}, "thuong"),
        ({"more": element("OtherThing", element("DoMat", "A"))}, "mat"),
    ],
)
def test_a_word_of_secrecy_is_seen(changes: dict[str, str], mark: str) -> None:
    assert one(edxml(**changes))["SecrecyMark"] == mark  # type: ignore[arg-type]


def test_elements_that_the_standard_does_not_have_are_named_without_their_text() -> None:
    record = one(edxml(more=element("NewThing", "giá trị") + element("Recalled", "true")))
    assert (record["NewThing"], record["Recalled"]) == (None, "false")
    assert "Staff" not in record


def test_a_field_that_is_given_twice_is_repeated_unless_it_says_the_same() -> None:
    assert isinstance(one(edxml(more=element("Subject", "khác"))), RepeatedNames)
    assert not isinstance(one(edxml(more=element("DocumentId", OWN))), RepeatedNames)


@pytest.mark.parametrize(
    "text",
    [
        edxml().encode(),
        b"\xef\xbb\xbf" + edxml().encode(),
        edxml().replace("UTF-8", "UTF-16").encode("utf-16"),
        edxml().replace("edXML:", "v:").replace("xmlns:edXML", "xmlns:v").encode(),
        edxml().replace("Bussiness", "Business").encode(),
    ],
    ids=["plain", "mark of UTF-8", "UTF-16", "another prefix", "Business"],
)
def test_prefix_encoding_and_spelling_are_free(text: bytes) -> None:
    facts = inspect_object(io.BytesIO(text), "a.edxml", NO_COLUMNS)
    assert (facts.failure, facts.empty) == (None, False)
    assert one(text) == one(edxml())


def test_a_message_may_be_packed() -> None:
    assert read(gzip.compress(edxml().encode()), "a.edxml.gz") == read(edxml())


LAUGHS = '<!ENTITY a "ha">' + "".join(f'<!ENTITY {name} "{f"&{inner};" * 10}">' for inner, name in itertools.pairwise("abcdefghij"))
REFUSED = {
    "a DTD": (edxml().replace("<edXML ", '<!DOCTYPE edXML SYSTEM "x.dtd">\n<edXML ', 1), "unreadable_edxml", "DTD"),
    "a DTD inside": (edxml().replace("<edXML ", "<!DOCTYPE edXML [<!ELEMENT a ANY>]>\n<edXML ", 1), "unreadable_edxml", "DTD"),
    "billion laughs": (f"<!DOCTYPE edXML [{LAUGHS}]>{BEGIN}<Subject>&j;</Subject>{END}", "unreadable_edxml", "entities"),
    "a file as an entity": (
        f'<!DOCTYPE edXML [<!ENTITY x SYSTEM "file:///etc/hostname">]>{BEGIN}<Subject>&x;</Subject>{END}',
        "unreadable_edxml",
        "DTD",
    ),
    "an entity of its own": (f"{BEGIN}<Subject>&nbsp;</Subject>{END}", "unreadable_edxml", "entity"),
    "deep": (BEGIN + "<a>" * 5000 + "</a>" * 5000 + END, "too_large", "within each other"),
    "a huge attribute": (f'{BEGIN}<Subject a="{"x" * (2 << 20)}"/>{END}', "too_large", "one tag"),
    "a huge comment": (f"{BEGIN}<!--{'x' * (3 << 20)}-->{END}", "too_large", "one tag or comment"),
    "a long field": (f"{BEGIN}<Subject>{'x' * 40_000}</Subject>{END}", "too_large", "characters in a field"),
    "a field again and again": (BEGIN + f"<Subject>{'x' * 30_000}</Subject>" * 200 + END, "too_large", "all its fields"),
    "many elements": (BEGIN + "<To/>" * 500_001 + END, "too_large", "elements"),
    "another namespace": (edxml().replace("QCVN_102_2016", "QCVN_1"), "unreadable_edxml", "namespace"),
    "no namespace": ("<edXML><edXMLEnvelope/></edXML>", "unreadable_edxml", "namespace"),
    "no envelope": (f'<edXML xmlns="{NAMESPACE}"/>', "unreadable_edxml", "edXMLEnvelope"),
    "two envelopes": (f'<edXML xmlns="{NAMESPACE}"><edXMLEnvelope/><edXMLEnvelope/></edXML>', "unreadable_edxml", "one message a file"),
    "two messages": (edxml() + edxml().split("\n", 1)[1], "unreadable_edxml", "well-formed"),
    "truncated": (edxml()[:-300], "unreadable_edxml", "ends too early"),
    "nothing": ("", "unreadable_edxml", "ends too early"),
    "text": ("xin chào", "unreadable_edxml", "well-formed"),
    "another encoding": (edxml().replace("UTF-8", "windows-1258"), "unreadable_edxml", "encoding"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_hostile_and_broken_messages_are_refused_for_their_reason(name: str) -> None:
    text, code, words = REFUSED[name]
    begun = time.monotonic()
    found, message = refusal(text)
    assert (found, words in message) == (code, True), message
    assert time.monotonic() - begun < 15
    assert "xin chào" not in message
    assert "x" * 20 not in message


def test_bytes_that_are_no_utf8_are_not_quoted() -> None:
    code, message = refusal(edxml().encode().replace("báo cáo".encode(), b"b\xe1o c\xe1o"))
    assert (code, "well-formed" in message) == ("unreadable_edxml", True)


def test_a_large_attachment_passes_in_bounded_memory() -> None:
    before, after = (part.encode() for part in edxml(attachments=1).split(f"{CONTENT}\n{CONTENT}"))
    line = b"QUJD" * 19 + b"\n"
    size = 32 << 20

    def pieces() -> Iterator[bytes]:
        yield before
        for _ in range(32):
            yield line * ((1 << 20) // len(line))
        yield after

    tracemalloc.start()
    try:
        message = reader.parse(pieces())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert message.attachment_characters == 32 * ((1 << 20) // len(line)) * 76
    assert message.attachment_characters > size * 0.97
    assert peak < 6 << 20


def test_a_message_is_refused_at_the_cap_of_its_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_MESSAGE_BYTES", 2000)
    assert refusal(edxml(attachments=50)) == ("too_large", "expected an edXML message with at most 2000 bytes")


def test_each_attachment_may_be_an_element_of_its_own() -> None:
    text = edxml(attachments=0).replace("</edXML>", f"{f'<AttachmentEncoded>{CONTENT}</AttachmentEncoded>' * 3}</edXML>")
    assert (one(text)["AttachmentCount"], one(text)["AttachmentCharacters"]) == ("3", str(3 * len(CONTENT)))
