"""Documents between agencies (`eoffice/documents`): edXML messages of QCVN 102:2016/BTTTT, one message a file.

Truth: a document counts once, for the agency that sent it and the day on which it was promulgated, unless its newest message recalls it or another
document replaces it. Messages take effect in the order in which they were sent: what follows a document often lands before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np

from jobs.sample.draws import allocate, substream
from jobs.sample.export_stream import draw_scenarios, in_normal_form
from jobs.sample.fates import ErrorCode, Fact, Line
from jobs.sample.landing import LandingWriter
from jobs.sample.organisations import Organisation
from jobs.sample.plan import SamplePlan
from jobs.sample.roster import Roster
from jobs.sample.truth import LEVELS, TruthBuilder
from jobs.sample.vocabulary import Vocabulary
from jobs.sample.working_days import WorkingCalendar

DATASET = "eoffice/documents"
INDICATOR = "documents_exchanged_electronically"
NAMESPACE = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
NEW, RECALL, UPDATE, REPLACE = "0", "1", "2", "3"
"""BussinessDocType: what a message does."""
NO_SUCH_ACTION = "7"

_REPLACED_SHARE = 0.04
_WITHOUT_IDENTIFIER_SHARE = 0.1
"""Messages without DocumentId: the document is known by its day and code."""
_SPELT_BUSINESS_SHARE = 0.2
"""Messages of systems that correct the standard's spelling `Bussiness`."""
_BEFORE_UNITS = date(2020, 12, 1)
"""No organisation of a sample exists on this day."""
_SCENARIOS = (
    *("duplicate_lines", "late_versions", "corrections", "withdrawn", "secret", "became_secret", "secrecy_lifted"),
    *("unknown_organisations", "organisations_not_valid", "invalid", "invalid_corrections"),
)

ElementTree.register_namespace("edXML", NAMESPACE)


@dataclass(frozen=True, slots=True)
class _Document:
    """One document as its messages tell it. `organ_code`: the sender's code in either order."""

    organisation: Organisation
    organ_code: str
    day: date
    number: int
    notation: str
    subject: str
    decomposed: bool
    attachments: int
    recipients: int
    has_identifier: bool
    spelling: str
    sent_at: datetime

    @property
    def identifier(self) -> str:
        """DocumentId: organisation, day and code."""
        return f"{self.organ_code},{self.day:%Y/%m/%d},{self.number}/{self.notation}"

    @property
    def fact(self) -> Fact:
        """What it adds where it counts."""
        return Fact(INDICATOR, self.organisation.level, self.organisation.unit_code, self.day, 1, 1)


@dataclass(frozen=True, slots=True)
class _Message:
    """One message about a document. `sent_at` None: it does not say when; `secret`: its subject says that the document is.

    `clerk` is who sends it, which nobody keeps: two messages that differ by nothing else are one row.
    """

    document: _Document
    action: str
    sent_at: datetime | None
    secret: bool = False
    replaced: _Document | None = None
    clerk: str = ""

    def line(self, error: ErrorCode | None = None) -> Line:
        """The line of its own document; `error`: what is wrong with it."""
        counts = not error and not self.secret and self.action != RECALL
        content = (replace(self, clerk=""), "own")
        return Line(content, self.sent_at, self.secret, self.action == RECALL, error, (self.document.fact,) if counts else ())

    def line_of_replaced(self) -> Line:
        """The line that ends the document which this one replaces."""
        return Line((replace(self, clerk=""), "replaced"), self.sent_at, withdrawn=True)

    def content(self) -> bytes:
        """The message as it lands."""
        return _xml(self)


class _Landed(NamedTuple):
    """A message, the day of the landing zone that it is in, and the records that a reader finds in it."""

    day: date
    message: _Message
    records: int = 1


@dataclass(frozen=True, slots=True)
class _Told:
    """All messages about one document, and for each document concerned its lines."""

    landed: Sequence[_Landed]
    lines: Sequence[Sequence[Line]]


class Documents:
    """Makes the documents of a sample."""

    def __init__(self, plan: SamplePlan, roster: Roster, calendar: WorkingCalendar, vocabulary: Vocabulary) -> None:
        self._plan = plan
        self._roster = roster
        self._calendar = calendar
        self._vocabulary = vocabulary
        self._last_number = 0
        self._scenarios: dict[str, Callable[[_Document], _Told]] = {
            "": self._plain,
            "duplicate_lines": self._sent_twice,
            "late_versions": self._late,
            "corrections": self._updated,
            "withdrawn": self._recalled,
            "secret": self._secret,
            "became_secret": self._became_secret,
            "secrecy_lifted": self._secrecy_lifted,
            "unknown_organisations": self._of_a_stranger,
            "organisations_not_valid": self._before_its_sender,
            "invalid": self._invalid,
            "invalid_corrections": self._invalid_update,
        }

    def write(self, writer: LandingWriter, truth: TruthBuilder) -> None:
        """Write all messages, and tell the truth about them."""
        days = self._calendar.workdays
        total = self._plan.documents if self._plan.documents is not None else len(days)
        if not days or not total:
            return
        counts = allocate(substream(self._plan.seed, self._plan.province, DATASET, "counts"), total, [1.0] * len(days))
        for day, count in zip(days, counts, strict=True):
            generator = substream(self._plan.seed, self._plan.province, DATASET, day.toordinal())
            for scenario, document in zip(
                draw_scenarios(generator, count, self._plan.dirt, _SCENARIOS), self._documents(day, count, generator), strict=True
            ):
                replaced = not scenario and generator.random() < _REPLACED_SHARE
                told = self._replaced(document) if replaced else self._scenarios[scenario](document)
                for lines in told.lines:
                    truth.add(DATASET, lines)
                for position, landed in enumerate(told.landed):
                    stem = f"van-ban-{document.number:05d}-{position}"
                    writer.write_message(DATASET, landed.day, stem, landed.message.content(), landed.records)

    def _documents(self, day: date, count: int, generator: np.random.Generator) -> Iterator[_Document]:
        """Documents of that day, of each level as many."""
        by_level = {level: [one for one in self._roster.on(day) if one.level == level] for level in LEVELS}
        levels = [level for level, organisations in by_level.items() if organisations]
        for _ in range(count):
            organisations = by_level[levels[int(generator.integers(len(levels)))]]
            organisation = organisations[int(generator.integers(len(organisations)))]
            sends_old_code = organisation.old_organ_id and generator.random() < self._plan.dirt.old_order_codes
            action = self._vocabulary.work_actions[int(generator.integers(len(self._vocabulary.work_actions)))]
            subject = self._vocabulary.work_subjects[int(generator.integers(len(self._vocabulary.work_subjects)))]
            self._last_number += 1
            yield _Document(
                organisation=organisation,
                organ_code=str(organisation.old_organ_id) if sends_old_code else organisation.organ_id,
                day=day,
                number=self._last_number,
                notation=f"UBND-VP{self._plan.seed}",
                subject=self._vocabulary.marked(f"V/v {action.lower()} {subject}"),
                decomposed=bool(generator.random() < self._plan.dirt.nfd_text),
                attachments=int(generator.integers(0, 4)),
                recipients=int(generator.integers(1, 12)),
                has_identifier=bool(generator.random() >= _WITHOUT_IDENTIFIER_SHARE),
                spelling="Business" if generator.random() < _SPELT_BUSINESS_SHARE else "Bussiness",
                sent_at=datetime.combine(day, time(7, 30)) + timedelta(seconds=int(generator.integers(0, 4 * 3600))),
            )

    # --- what becomes of a document ---

    def _plain(self, document: _Document) -> _Told:
        return _told(_Landed(document.day, _first(document)))

    def _sent_twice(self, document: _Document) -> _Told:
        """The same but for who sends it."""
        message = _first(document)
        return _told(_Landed(document.day, message), _Landed(document.day, replace(message, clerk="thay")))

    def _late(self, document: _Document) -> _Told:
        """The document lands after its update."""
        later = self._later(document)
        return _told(_Landed(self._after(later.day), _first(document)), later)

    def _updated(self, document: _Document) -> _Told:
        return _told(self._landed(document), self._later(document))

    def _recalled(self, document: _Document) -> _Told:
        return _told(self._landed(document), self._later(document, action=RECALL))

    def _secret(self, document: _Document) -> _Told:
        return _told(_Landed(document.day, _first(document, secret=True)))

    def _became_secret(self, document: _Document) -> _Told:
        return _told(self._landed(document), self._later(document, secret=True))

    def _secrecy_lifted(self, document: _Document) -> _Told:
        return _told(self._landed(document, secret=True), self._later(document))

    def _of_a_stranger(self, document: _Document) -> _Told:
        return self._refused(replace(document, organ_code="H98.7"), ErrorCode.UNKNOWN_ORGANISATION)

    def _before_its_sender(self, document: _Document) -> _Told:
        return self._refused(replace(document, day=_BEFORE_UNITS), ErrorCode.ORGANISATION_NOT_VALID)

    def _refused(self, document: _Document, error: ErrorCode) -> _Told:
        message = _first(document)
        return _Told([_Landed(document.sent_at.date(), message)], [[message.line(error)]])

    def _invalid(self, document: _Document) -> _Told:
        message, error = _spoilt(document, NEW, document.sent_at)
        return _Told([_Landed(document.day, message)], [[message.line(error)]])

    def _invalid_update(self, document: _Document) -> _Told:
        first, later = self._landed(document), self._later(document)
        message, error = _spoilt(document, UPDATE, later.message.sent_at)
        return _Told([first, _Landed(later.day, message)], [[first.message.line(), message.line(error)]])

    def _replaced(self, document: _Document) -> _Told:
        """Another document takes its place, some days later; its message names the one that it ends."""
        first, later = self._landed(document), self._later(document)
        sent_at = later.message.sent_at
        if sent_at is None or not document.organisation.valid_on(sent_at.date()):
            return self._plain(document)
        self._last_number += 1
        other = replace(document, day=sent_at.date(), number=self._last_number, sent_at=sent_at)
        message = _Message(other, REPLACE, sent_at, replaced=document)
        return _Told(
            [first, _Landed(later.day, message, records=2)],
            [[first.message.line(), message.line_of_replaced()], [message.line()]],
        )

    def _landed(self, document: _Document, secret: bool = False) -> _Landed:
        """Where a document lands that something follows: one of three after that, as when a system was out of reach."""
        day = document.day if document.number % 3 else self._after(self._later(document).day)
        return _Landed(day, _first(document, secret))

    def _after(self, day: date) -> date:
        return self._calendar.later_export(day, 1)

    def _later(self, document: _Document, action: str = UPDATE, secret: bool = False) -> _Landed:
        """A message of the afternoon some exports later, at most the last one's."""
        day = self._calendar.later_export(document.day, 1 + document.number % 9)
        sent_at = datetime.combine(day, time(13)) + timedelta(minutes=document.number % 240)
        changed = document if action == RECALL else replace(document, subject=f"{document.subject} (cập nhật)")
        return _Landed(day, _Message(changed, action, sent_at, secret))


def _first(document: _Document, secret: bool = False) -> _Message:
    return _Message(document, NEW, document.sent_at, secret)


def _told(*landed: _Landed) -> _Told:
    return _Told(landed, [[one.message.line() for one in landed]])


def _spoilt(document: _Document, action: str, sent_at: datetime | None) -> tuple[_Message, ErrorCode]:
    """A message with one thing wrong: by turns it does what the standard does not know, or does not say when it was sent."""
    if document.number % 2:
        return _Message(document, NO_SUCH_ACTION, sent_at), ErrorCode.INVALID_VALUE
    return _Message(document, action, None), ErrorCode.MISSING_VALUE


# --- XML ---


def _xml(message: _Message) -> bytes:
    document = message.document
    root = ElementTree.Element(_tag("edXML"))
    header = _under(_under(root, "edXMLEnvelope"), "edXMLHeader")
    _write_message_header(_under(header, "MessageHeader"), document, message.secret)
    traces = _under(header, "TraceHeaderList")
    if message.sent_at:
        trace = _under(traces, "TraceHeader")
        _under(trace, "OrganId", document.organ_code)
        _under(trace, "Timestamp", f"{message.sent_at:%Y/%m/%d %H:%M:%S}")
    business = _under(traces, document.spelling)
    _under(business, f"{document.spelling}DocType", message.action)
    if message.action in (RECALL, UPDATE):
        _under(business, "DocumentId", document.identifier)
    staff = _under(business, "StaffInfo")
    _under(staff, "Staff", f"Người gửi {message.clerk}".strip())
    if message.replaced:
        listed = _under(_under(business, "ReplacementInfoList"), "ReplacementInfo")
        _under(listed, "DocumentId", message.replaced.identifier)
    if document.attachments:
        files = _under(root, "AttachmentEncoded")
        for position in range(document.attachments):
            file = _under(files, "Attachment")
            _under(file, "AttachmentName", f"tep-{position}.pdf")
            _under(file, "ContentTransferEncoded", "RHUgbGlldSBzaW5oIHRodQ==")
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _write_message_header(header: ElementTree.Element, document: _Document, secret: bool) -> None:
    sender = _under(header, "From")
    _under(sender, "OrganId", document.organ_code)
    _under(sender, "OrganName", document.organisation.name)
    for position in range(document.recipients):
        _under(_under(header, "To"), "OrganId", f"{document.organisation.organ_id}.{900 + position}")
    code = _under(header, "Code")
    _under(code, "CodeNumber", str(document.number))
    _under(code, "CodeNotation", document.notation)
    _under(_under(header, "PromulgationInfo"), "PromulgationDate", f"{document.day:%Y/%m/%d}")
    kind = _under(header, "DocumentType")
    _under(kind, "Type", "2")
    _under(kind, "TypeName", "Công văn")
    _under(header, "Subject", in_normal_form(f"(Mật) {document.subject}" if secret else document.subject, document.decomposed))
    _under(_under(header, "OtherInfo"), "Priority", "0")
    _under(header, "SteeringType", "1")
    if document.has_identifier:
        _under(header, "DocumentId", document.identifier)


def _under(parent: ElementTree.Element, name: str, text: str | None = None) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, _tag(name))
    element.text = text
    return element


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
