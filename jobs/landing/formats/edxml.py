"""edXML: one message between agencies a file, as QCVN 102:2016/BTTTT has it.

The message is parsed as a stream. What a table needs of its header is kept, by the path of the element; all other text is thrown away as it comes, so that
a signer's name or an attachment is never held. Attachments are counted. A document type (DTD) is refused before anything of it is read: entities are what
makes a small message large, or lets it read other files.

A message is one record, line 1. One that replaces other documents has a line more for each: their withdrawal, at the time of the message.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from jobs.landing.formats.base import BrokenLine, ObjectUnreadableError, PassedOver, Record, RepeatedNames
from jobs.landing.formats.sheet import SheetColumns

NAMESPACE = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
MAX_MESSAGE_BYTES = 1 << 30
"""Of a whole message, its attachments included."""
MAX_DEPTH = 64
MAX_ELEMENTS = 500_000
"""A message to every commune of the country has some hundred thousand."""
MAX_TEXT = 1 << 15
"""Characters of one field."""
MAX_ALL_TEXT = 4 << 20
"""Characters of all fields together: some may be given again and again."""
MAX_UNKNOWN = 1000
"""Names of elements that the standard does not have; more of them are not told."""
MAX_TOKEN_BYTES = 1 << 20
"""A tag or a comment: a parser reads it from its beginning with each piece, until it ends."""
OPEN, SECRET = "thuong", "mat"
NEW, RECALL, REPLACE = "0", "1", "3"

_CHUNK_BYTES = 1 << 16
_EXPECTED = "expected one whole edXML message (QCVN 102:2016)"
_HEADER = ("edXML", "edXMLEnvelope", "edXMLHeader")
_FOREIGN = ""
"""Stands in a path for an element of another namespace, as those of a signature are."""
_FIELDS: Mapping[tuple[str, ...], str] = {
    ("MessageHeader", "From", "OrganId"): "FromOrganId",
    ("MessageHeader", "DocumentId"): "DocumentId",
    ("MessageHeader", "Code", "CodeNumber"): "CodeNumber",
    ("MessageHeader", "Code", "CodeNotation"): "CodeNotation",
    ("MessageHeader", "PromulgationInfo", "PromulgationDate"): "PromulgationDate",
    ("MessageHeader", "DocumentType", "Type"): "DocumentType",
    ("MessageHeader", "DocumentType", "TypeName"): "DocumentTypeName",
    ("MessageHeader", "Subject"): "Subject",
    ("MessageHeader", "OtherInfo", "Priority"): "Priority",
    ("MessageHeader", "OtherInfo", "SphereOfPromulgation"): "SphereOfPromulgation",
    ("MessageHeader", "SteeringType"): "SteeringType",
    ("MessageHeader", "ResponseFor", "OrganId"): "ResponseFor.OrganId",
    ("MessageHeader", "ResponseFor", "Code"): "ResponseFor.Code",
    ("MessageHeader", "ResponseFor", "PromulgationDate"): "ResponseFor.PromulgationDate",
    ("MessageHeader", "ResponseFor", "DocumentId"): "ResponseFor.DocumentId",
    ("TraceHeaderList", "TraceHeader", "OrganId"): "TraceHeader.OrganId",
    ("TraceHeaderList", "TraceHeader", "Timestamp"): "TraceHeader.Timestamp",
}
"""Below `edXMLHeader`: what is kept of the text. A name with a point belongs to an element that may be repeated."""
_ANYWHERE: Mapping[tuple[str, ...], str] = {
    ("BussinessDocType",): "BussinessDocType",
    ("StatusCode",): "StatusCode",
    ("Bussiness", "DocumentId"): "Bussiness.DocumentId",
    ("ReplacementInfo", "DocumentId"): "ReplacementInfo.DocumentId",
}
"""The same by the end of the path: systems put the element `Bussiness` at more than one place."""
_GROUPS = frozenset({"ResponseFor", "TraceHeader", "Bussiness", "ReplacementInfo"})
_NOT_KEPT = frozenset(
    {
        *("MessageHeader", "From", "To", "OrganizationInCharge", "OrganName", "OrganAdd", "Email", "Telephone", "Fax", "Website"),
        *("Code", "PromulgationInfo", "Place", "DocumentType", "TypeDetail", "Content", "SignerInfo", "Competence", "Position"),
        *("FullName", "DueDate", "ToPlaces", "OtherInfo", "TyperNotation", "PromulgationAmount", "PageAmount", "Direction"),
        *("Appendixes", "Appendix", "ResponseFor", "TraceHeaderList", "TraceHeader", "OrganId", "Bussiness"),
        *("BussinessDocReason", "BussinessDocumentInfo", "DocumentInfo", "DocumentReceiver", "ReceiverList", "Receiver"),
        *("ReceiverType", "DocumentId", "StaffInfo", "Department", "Staff", "Mobile", "Paper", "ReplacementInfoList"),
        *("ReplacementInfo", "OrganIdList", "Signature", "DigitalSignature", "Status", "Description", "Timestamp", "Type"),
    }
)
"""Elements of the standard whose own text is not read (persons, addresses, the document's content), or that only hold others."""
_KNOWN = _NOT_KEPT | {path[-1] for path in (*_FIELDS, *_ANYWHERE)}
_PLAIN = (
    *("CodeNumber", "CodeNotation", "DocumentType", "DocumentTypeName", "Subject", "Priority", "SteeringType", "BussinessDocType"),
    "StatusCode",
)
_ONCE = (*_PLAIN, "FromOrganId", "DocumentId", "PromulgationDate")
_ENCODED = frozenset({"ContentTransferEncoded", "Attachment", "AttachmentEncoded"})
_SECRECY = "(secrecy)"
_SECRECY_NAMES = frozenset({"confidencelevel", "confidentiality", "securitylevel", "secretlevel", "secrecylevel", "secrecy", "domat"})
"""Elements that the standard does not have, and that would say that a document is secret."""
_NOT_SECRET = frozenset({"", "0", "thường", "thuong", "normal", "none", "không", "khong", "không mật", "khong mat", "false", "no"})
_SECRET_WORD = re.compile(r"\bmật\b|\b(?:toi|tuyet) mat\b")
_SECRET_MARK = re.compile(r"[\[(]\s*(?:độ\s+)?(?:tuyệt\s+|tối\s+)?mật\s*[\])]")
_DAY = re.compile(r"([0-9]{4})[/-]([0-9]{1,2})[/-]([0-9]{1,2})(?![0-9])")
_PARTS_OF_AN_IDENTITY = 3
_TOO_EARLY = frozenset(
    {
        expat.errors.codes[message]
        for message in (
            expat.errors.XML_ERROR_NO_ELEMENTS,
            expat.errors.XML_ERROR_UNCLOSED_TOKEN,
            expat.errors.XML_ERROR_PARTIAL_CHAR,
            expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
        )
    }
)
_ENTITY = expat.errors.codes[expat.errors.XML_ERROR_UNDEFINED_ENTITY]
_ENCODINGS = frozenset({"utf-8", "utf8", "utf-16", "utf16"})


def read(
    chunks: Iterator[bytes], columns: SheetColumns, max_line_bytes: int, passed: PassedOver
) -> Iterator[tuple[int, Record | BrokenLine]]:
    """The records of a message: its document, and each document that it replaces. A message that only tells a status has none; it is passed over.

    Raises:
        ObjectUnreadableError: `unreadable_edxml` or `too_large`.
    """
    del columns, max_line_bytes
    message = parse(chunks)
    if not message.has_document:
        passed.counts["status message"] += 1
        return
    yield from enumerate(records_of(message), 1)


def has_rows(chunks: Iterator[bytes], columns: SheetColumns, max_line_bytes: int, passed: PassedOver) -> bool:
    """Whether a message brings a document; reads it to its end.

    Raises:
        ObjectUnreadableError: `unreadable_edxml` or `too_large`.
    """
    return sum(1 for _ in read(chunks, columns, max_line_bytes, passed)) > 0


def unreadable(found: str) -> ObjectUnreadableError:
    """It is no edXML message, or one that is not read."""
    return ObjectUnreadableError("unreadable_edxml", f"{_EXPECTED}, {found}")


def too_large(message: str) -> ObjectUnreadableError:
    """The message holds more than one between agencies does."""
    return ObjectUnreadableError("too_large", f"expected an edXML message with at most {message}")


@dataclass(slots=True)
class Message:
    """What is kept of a message.

    Attributes:
        fields: the texts of each field, in their order: more than one where an element is repeated.
        groups: by name, the repeated elements, each with its fields.
        recipients: how many elements `To` there are.
        attachments: how many there are.
        attachment_characters: of their encoded content, without white space.
        unknown: names of elements that the standard does not have.
        secrecy: the texts of elements that say whether the document is secret.
        has_document: whether there is a `MessageHeader`: a message about the status of another has none.
    """

    fields: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    groups: dict[str, list[dict[str, str]]] = field(default_factory=lambda: defaultdict(list))
    recipients: int = 0
    attachments: int = 0
    attachment_characters: int = 0
    unknown: set[str] = field(default_factory=set)
    secrecy: list[str] = field(default_factory=list)
    has_document: bool = False

    def first(self, name: str) -> str | None:
        """A field's first text that is not empty."""
        return next(filter(None, self.fields.get(name, ())), None)

    def others(self, name: str) -> list[str]:
        """The texts that a field has beside its first, where the message gives it again and says something else."""
        return list(dict.fromkeys(filter(None, self.fields.get(name, ()))))[1:]


def parse(chunks: Iterator[bytes]) -> Message:
    """A message from its bytes, in memory that does not grow with its attachments.

    Raises:
        ObjectUnreadableError: `unreadable_edxml` or `too_large`.
    """
    reader = _Reader()
    parser = reader.parser
    fed = 0
    try:
        for chunk in chunks:
            for start in range(0, len(chunk), _CHUNK_BYTES):
                piece = chunk[start : start + _CHUNK_BYTES]
                parser.Parse(piece, False)
                fed += len(piece)
                if fed > MAX_MESSAGE_BYTES:
                    raise too_large(f"{MAX_MESSAGE_BYTES} bytes")
                if fed - parser.CurrentByteIndex > MAX_TOKEN_BYTES:
                    raise too_large(f"{MAX_TOKEN_BYTES} bytes in one tag or comment")
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        # expat's own messages may quote what they met.
        raise _not_well_formed(error) from None
    if not reader.envelopes:
        raise unreadable(f"found none: no edXML / edXMLEnvelope of the namespace {NAMESPACE}")
    return reader.message


def _not_well_formed(error: expat.ExpatError) -> ObjectUnreadableError:
    if error.code == _ENTITY:
        return unreadable("without entities of its own: found an entity that is none of XML's five")
    if error.code in _TOO_EARLY:
        return unreadable("found one that ends too early")
    return unreadable(f"found text that is no well-formed XML in line {error.lineno}")


class _Reader:
    """The handlers of a message's XML."""

    def __init__(self) -> None:
        self.message = Message()
        self.envelopes = 0
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.buffer_size = _CHUNK_BYTES
        self.parser.XmlDeclHandler = self._declared
        self.parser.StartDoctypeDeclHandler = _refuse_document_type
        self.parser.EntityDeclHandler = _refuse_document_type
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self._path: list[str] = []
        self._elements = 0
        self._kept: str | None = None
        self._parts: list[str] = []
        self._size = 0
        self._all_text = 0
        self._attachments_before = 0

    def _declared(self, version: str, encoding: str | None, standalone: int) -> None:
        del version, standalone
        if encoding is not None and encoding.casefold() not in _ENCODINGS:
            raise unreadable("in UTF-8 or UTF-16: found another encoding declared")

    def _start(self, name: str, attributes: object) -> None:
        del attributes
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            raise too_large(f"{MAX_ELEMENTS} elements")
        if len(self._path) >= MAX_DEPTH:
            raise too_large(f"{MAX_DEPTH} elements within each other")
        uri, _, own = name.rpartition(" ")
        local = _as_the_standard(own) if uri == NAMESPACE else _FOREIGN
        if not self._path and local != "edXML":
            raise unreadable(f"found another root element than edXML of the namespace {NAMESPACE}")
        self._path.append(local)
        self._kept = None
        if local == _FOREIGN:
            return
        depth = len(self._path)
        if depth == len(_HEADER) - 1 and local == _HEADER[-2]:
            self.envelopes += 1
            if self.envelopes > 1:
                raise unreadable("found a second edXMLEnvelope: one message a file")
        elif depth > len(_HEADER) and tuple(self._path[: len(_HEADER)]) == _HEADER:
            self._start_in_header(tuple(self._path[len(_HEADER) :]))
        elif local == "AttachmentEncoded":
            self._attachments_before = self.message.attachments
        elif local == "Attachment" and "AttachmentEncoded" in self._path:
            self.message.attachments += 1

    def _start_in_header(self, path: tuple[str, ...]) -> None:
        if _FOREIGN in path:
            return
        local, message = path[-1], self.message
        if path == ("MessageHeader",):
            message.has_document = True
        elif path == ("MessageHeader", "To"):
            message.recipients += 1
        if local in _GROUPS:
            message.groups[local].append({})
        self._kept = _FIELDS.get(path) or _ANYWHERE.get(path[-1:]) or _ANYWHERE.get(path[-2:])
        if self._kept is None and local.casefold() in _SECRECY_NAMES:
            self._kept = _SECRECY
        elif self._kept is None and local not in _KNOWN and len(message.unknown) < MAX_UNKNOWN:
            message.unknown.add(local)
        self._parts, self._size = [], 0

    def _text(self, text: str) -> None:
        if self._kept is not None:
            self._size += len(text)
            self._all_text += len(text)
            if self._size > MAX_TEXT:
                raise too_large(f"{MAX_TEXT} characters in a field")
            if self._all_text > MAX_ALL_TEXT:
                raise too_large(f"{MAX_ALL_TEXT} characters in all its fields")
            self._parts.append(text)
        elif self._path[-1:] and self._path[-1] in _ENCODED and "AttachmentEncoded" in self._path:
            self.message.attachment_characters += sum(map(len, text.split()))

    def _end(self, name: str) -> None:
        del name
        local = self._path.pop()
        if self._kept is not None:
            self._keep(self._kept, " ".join("".join(self._parts).split()))
            self._kept = None
        elif local == "AttachmentEncoded" and self.message.attachments == self._attachments_before:
            # Some write each attachment as an element of its own.
            self.message.attachments += 1

    def _keep(self, name: str, value: str) -> None:
        group, _, part = name.rpartition(".")
        if name == _SECRECY:
            self.message.secrecy.append(value)
        elif not group:
            self.message.fields[name].append(value)
        else:
            self.message.groups[group][-1].setdefault(part, value)


def _as_the_standard(name: str) -> str:
    """The name of an element, spelt `Bussiness` as in the standard: some systems correct it."""
    spelt = name.replace("Business", "Bussiness")
    return spelt if spelt in _KNOWN else name


def _refuse_document_type(*_: object) -> NoReturn:
    raise unreadable("without a document type definition (DTD) and without entities: found a DTD (DOCTYPE)")


def records_of(message: Message) -> list[Record]:
    """The document of a message, and the withdrawal of each other document that it replaces."""
    action = message.first("BussinessDocType") or NEW
    own = _own_identity(message)
    named = [] if action == NEW else _named_identities(message)
    # What is recalled or updated is the document that the message names; a replacement is a document of its own, beside those that it ends.
    subject = own if action == REPLACE or not named else named[0]
    record = _record(message, subject, own)
    replaced = [one for one in named if one.key != subject.key] if action == REPLACE else []
    return [record, *(_replaced(message, one, own) for one in {one.key: one for one in replaced}.values())]


@dataclass(frozen=True, slots=True)
class Identity:
    """What a document is known by: its sender's day and code. `sent`: the identity as it was sent.

    The organisation is left out: it has a code in either order, and the registry says which is which.
    """

    sent: str | None
    day: str | None
    key: str | None


def identity(document_id: str | None, day: str | None = None, code: str | None = None) -> Identity:
    """The identity of a document by its DocumentId (`OrganId,yyyy/MM/dd,Code`); by its day and code where there is none."""
    day = _iso_day(day)
    if document_id:
        parts = document_id.split(",", _PARTS_OF_AN_IDENTITY - 1)
        if len(parts) < _PARTS_OF_AN_IDENTITY:
            return Identity(document_id, day, _spelt(document_id))
        stated = _iso_day(parts[1].strip())
        return Identity(document_id, day or stated, _spelt(f"{stated},{parts[2]}"))
    return Identity(None, day, _spelt(f"{day},{code}") if day and code else None)


def _own_identity(message: Message) -> Identity:
    number, notation = message.first("CodeNumber"), message.first("CodeNotation")
    code = "/".join(filter(None, [number, notation])) or None
    return identity(message.first("DocumentId"), message.first("PromulgationDate"), code)


def _named_identities(message: Message) -> list[Identity]:
    """The documents that a recall, an update or a replacement says it is about; none where it names only itself.

    `Bussiness` names them; else `ResponseFor`, as far as it names documents of the sender: an answer to somebody else keeps its own.
    """
    named = [one.get("DocumentId") for kind in ("Bussiness", "ReplacementInfo") for one in message.groups.get(kind, ())]
    found = [identity(one) for one in named if one]
    if not found:
        sender = _spelt(message.first("FromOrganId") or "")
        for one in message.groups.get("ResponseFor", ()):
            organisation = one.get("OrganId") or (one.get("DocumentId") or "").split(",")[0]
            if sender and _spelt(organisation) == sender:
                found.append(identity(one.get("DocumentId"), one.get("PromulgationDate"), one.get("Code")))
    return [one for one in found if one.key]


def _record(message: Message, subject: Identity, own: Identity) -> Record:
    repeated = [(name, value) for name in _ONCE for value in message.others(name)]
    day = own.day if subject.key == own.key else subject.day or own.day
    answers = [text for one in message.groups.get("ResponseFor", ()) if (text := one.get("DocumentId"))]
    record: Record = {
        # Without values: only the names are told. None of them can be a field, since those come after.
        **dict.fromkeys(sorted(message.unknown)),
        **{name: message.first(name) for name in _PLAIN},
        **_common(message, subject, day),
        "DocumentId": own.sent,
        "Recalled": "true" if message.first("BussinessDocType") == RECALL else "false",
        "ReplacedBy": None,
        "ResponseForDocumentId": "; ".join(answers) or None,
        "RecipientCount": str(message.recipients),
        "AttachmentCount": str(message.attachments),
        "AttachmentCharacters": str(message.attachment_characters),
    }
    return RepeatedNames([*record.items(), *repeated]) if repeated else record


def _replaced(message: Message, replaced: Identity, own: Identity) -> Record:
    """The withdrawal of a document that another one replaces."""
    common = _common(message, replaced, replaced.day or own.day)
    return common | {"DocumentId": replaced.sent, "BussinessDocType": REPLACE, "Recalled": "true", "ReplacedBy": own.sent}


def _common(message: Message, subject: Identity, day: str | None) -> Record:
    return {
        "DocumentKey": subject.key,
        "FromOrganId": message.first("FromOrganId"),
        "PromulgationDate": day,
        "Timestamp": _sent_at(message),
        "SecrecyMark": SECRET if _is_secret(message) else OPEN,
    }


def _sent_at(message: Message) -> str | None:
    """The time of the message: the first that its sender traced it at, else the first of all."""
    traces = message.groups.get("TraceHeader", [])
    sender = _spelt(message.first("FromOrganId") or "")
    own = [trace for trace in traces if _spelt(trace.get("OrganId", "")) == sender]
    times = [trace["Timestamp"] for trace in (*own, *traces) if trace.get("Timestamp")]
    return _iso_day(times[0]) if times else None


def _is_secret(message: Message) -> bool:
    """Whether anything says that the document is a state secret. The standard has no field for it, since such documents may not be sent by edXML."""
    marks = [_folded(text) for text in message.secrecy]
    words = [_folded(text) for name in ("SphereOfPromulgation", "DocumentTypeName") for text in message.fields.get(name, ())]
    subjects = [_folded(text) for text in message.fields.get("Subject", ())]
    return any(mark not in _NOT_SECRET for mark in marks) or any(map(_SECRET_WORD.search, words)) or any(map(_SECRET_MARK.search, subjects))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold().strip()


def _spelt(text: str) -> str:
    """A code without what two systems write differently: white space, case, composition of diacritics."""
    return "".join(unicodedata.normalize("NFC", text).upper().split())


def _iso_day(text: str | None) -> str | None:
    """A text that begins with a day, with that day as ISO 8601 writes it; the standard writes `yyyy/MM/dd`."""
    return _DAY.sub(lambda day: f"{day[1]}-{day[2]:0>2}-{day[3]:0>2}", text, count=1) if text and _DAY.match(text) else text
