"""edXML messages as agencies send them, for tests."""

from __future__ import annotations

from xml.sax.saxutils import escape

NAMESPACE = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
PERSONS = ("Nguyễn Văn Ký", "vanthu@example.vn", "0900000009", "Trần Thị Thao Tác")
"""What of persons stands in every message."""
CONTENT = "Tm9pIGR1bmcgdGVw"
"""What of an attachment stands in every message that has one."""


def element(name: str, *inside: str | None) -> str:
    """An element of the standard, with its prefix; none where nothing is in it."""
    text = "".join(filter(None, inside))
    return f"<edXML:{name}>{text}</edXML:{name}>" if text else ""


def edxml(
    code: str | None = "12/UBND-VP",
    *,
    sender: str = "H41.1",
    day: str = "2025/02/03",
    at: str | None = "2025/02/03 08:15:00",
    action: str | None = "0",
    document_id: str | None = "",
    names: str | None = None,
    replaces: tuple[str, ...] = (),
    answers: str | None = None,
    subject: str = "V/v báo cáo chuyển đổi số",
    sphere: str = "Lưu hành nội bộ",
    status: str | None = None,
    recipients: int = 2,
    attachments: int = 1,
    more: str = "",
) -> str:
    """A message.

    Args:
        code: number and notation of the document.
        sender: code of the organisation that sends.
        day: of promulgation.
        at: time of the message, as the sender traced it.
        action: BussinessDocType.
        document_id: DocumentId; made of sender, day and code where it is empty, left out where it is None.
        names: the document that a recall or an update names in `Bussiness`.
        replaces: the documents that a replacement lists.
        answers: DocumentId of the document in `ResponseFor`.
        subject: of the document.
        sphere: SphereOfPromulgation.
        status: StatusCode.
        recipients: number of elements `To`.
        attachments: number of attachments.
        more: XML at the end of `MessageHeader`.
    """
    number, _, notation = (code or "").partition("/")
    if document_id == "":
        document_id = f"{sender},{day},{code}"
    who = ("OrganName", "Cơ quan Mẫu"), ("Email", PERSONS[1]), ("Telephone", PERSONS[2])
    address = "".join(element(name, value) for name, value in who)
    header = element(
        "MessageHeader",
        element("From", element("OrganId", sender), address),
        *(element("To", element("OrganId", f"H41.2.{index}"), address) for index in range(recipients)),
        element("Code", element("CodeNumber", number), element("CodeNotation", notation)),
        element("PromulgationInfo", element("Place", "Nghệ An"), element("PromulgationDate", day)),
        element("DocumentType", element("Type", "2"), element("TypeName", "Công văn")),
        element("Subject", escape(subject)),
        element("Content", "Nội dung văn bản"),
        element("SignerInfo", element("Position", "Chủ tịch"), element("FullName", PERSONS[0])),
        element("OtherInfo", element("Priority", "0"), element("SphereOfPromulgation", sphere)),
        element("SteeringType", "1"),
        element("DocumentId", document_id),
        element("ResponseFor", element("OrganId", answers.split(",")[0]), element("DocumentId", answers)) if answers else "",
        more,
    )
    listed = element("ReplacementInfoList", *(element("ReplacementInfo", element("DocumentId", one)) for one in replaces))
    staff = element("StaffInfo", element("Staff", PERSONS[3]), element("Email", PERSONS[1]))
    traces = element(
        "TraceHeaderList",
        element("TraceHeader", element("OrganId", "H41.9"), element("Timestamp", "2025/06/01 00:00:00")),
        element("TraceHeader", element("OrganId", sender), element("Timestamp", at)) if at else "",
        element("Bussiness", element("BussinessDocType", action), element("DocumentId", names), staff, listed),
    )
    state = element("Status", element("StatusCode", status))
    files = "".join(
        f"<Attachment><ContentType>application/pdf</ContentType><AttachmentName>{PERSONS[0]}.pdf</AttachmentName>"
        f"<ContentTransferEncoded>{CONTENT}\n{CONTENT}</ContentTransferEncoded></Attachment>"
        for _ in range(attachments)
    )
    envelope = element("edXMLEnvelope", element("edXMLHeader", header, traces, state), element("edXMLBody", element("edXMLManifest", " ")))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<edXML xmlns="{NAMESPACE}" xmlns:edXML="{NAMESPACE}">{envelope}'
        f"{f'<AttachmentEncoded>{files}</AttachmentEncoded>' if files else ''}</edXML>\n"
    )
