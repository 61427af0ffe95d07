"""The tables of a pilot: the page and the workbook are made from the same ones, so their figures are equal."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.errors import UsageError
from jobs.publish.dictionary import error_meanings
from jobs.publish.exports.pilot.checklist import judged, load_checklist
from jobs.publish.exports.pilot.figures import MOST_EXAMPLES, MOST_MONTHS, is_expected
from jobs.publish.exports.report.sheets import Column, Sheet
from jobs.publish.exports.report.tables import GENERATED
from jobs.publish.officers_words import reason
from jobs.publish.site import wording
from jobs.publish.site.read import UnitKey
from warehouse_schema.flag_catalogue import load_flags
from warehouse_schema.yaml_source import StrictModel, read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from jobs.publish.exports.pilot.figures import Figure, Pilot
    from jobs.publish.exports.report.sheets import Kind
    from jobs.publish.site.read import Row

Words = tuple[str, str]
"""Vietnamese, and English."""
_WORDS_FILE = Path(__file__).with_name("words.yaml")


class WordsError(UsageError):
    """`words.yaml` does not fit; the message names file and line."""


class _Vocabulary(StrictModel):
    kinds: dict[str, list[str]]
    forms: dict[str, list[str]]
    objects: dict[str, list[str]]
    identifiers: dict[str, list[str]]
    directions: dict[str, list[str]]
    datasets: dict[str, list[str]]
    notes: dict[str, list[list[str]]]


@cache
def _vocabulary() -> _Vocabulary:
    document = read_yaml(_WORDS_FILE, WordsError)
    found = document.parse(_Vocabulary, document.data)
    if found is None or document.problems:
        raise document.failure()
    return found


def _words(known: Mapping[str, Sequence[str]], name: str) -> Words:
    """What a name means; itself where nobody has put it into words."""
    vi, en = known.get(name, (name, ""))
    return vi, en


def _notes(name: str, **values: object) -> list[Words]:
    """How a table is to be read."""
    return [(vi.format(**values), en.format(**values)) for vi, en in _vocabulary().notes[name]]


@dataclass(frozen=True, slots=True)
class Section:
    """A table with its title, in both languages.

    Attributes:
        id: on the page; the checklist names figures by it.
        tab: on the workbook, at most 31 characters.
        title: above.
        columns: as a sheet has them, and their headers in English.
        rows: a value for each column's key, or (value, kind); `<key>_en` beside it on the page, `<key>_href` what it leads to.
        notes: how to read it, and what nobody can tell.
        is_folded: whether the page shows it only to those who open it.
    """

    id: str
    tab: str
    title: Words
    columns: Sequence[tuple[Column, str]]
    rows: Sequence[Row]
    notes: Sequence[Words] = ()
    is_folded: bool = field(default=False)


def sections_of(pilot: Pilot, site_pages: Mapping[UnitKey, str]) -> list[Section]:
    """All tables, in their order. `site_pages`: by unit an address of the report site, where there is one beside the page."""
    return [
        _checklist(pilot),
        *([_successors(pilot, site_pages)] if pilot.is_archived else []),
        _before_after(pilot),
        _examples(pilot),
        _forms(pilot),
        _conformance(pilot),
        _rejections(pilot),
        _rules(pilot),
        _completeness(pilot),
        _months(pilot),
        _senders(pilot),
        _identifiers(pilot),
        _objects(pilot),
        _exchange(pilot),
        _contradictions(pilot),
    ]


def facts_of(pilot: Pilot) -> list[tuple[Words, Any]]:
    """What stands above all tables: name, and a text or a day."""
    unit, release = pilot.unit, pilot.snapshot.release
    accepted = wording.day(unit["accepted_on"])
    if unit["accepted_on"] is not None and pilot.accepted_on is None:
        accepted += " (sau ngày đánh giá, chưa tính · after the day of judging, not counted)"
    return [
        (("Đơn vị", "Unit"), f"{unit['unit_name']} ({unit['unit_code']}, từ {wording.day(unit['unit_valid_from'])})"),
        (("Ngày được chọn", "Selected"), unit["selected_on"]),
        (("Ngày nghiệm thu", "Accepted"), accepted),
        (("Quyết định", "Decision"), unit["decision_number"] or wording.NOTHING),
        (("Đánh giá đến ngày", "Judged on"), pilot.day),
        (("Bản phát hành", "Release"), f"{release.sequence}, {wording.day(release.as_of)}, {wording.moment(release.created_at)}"),
    ]


def sheets_of(pilot: Pilot, sections: Sequence[Section]) -> list[Sheet]:
    """The sections as sheets of a workbook, after one that tells what it is."""
    title = f"MÔ HÌNH CHUẨN HÓA DỮ LIỆU: {str(pilot.unit['unit_name']).upper()}"
    marks = [*([GENERATED] if pilot.snapshot.is_generated else []), *([archived(pilot)[0]] if pilot.is_archived else [])]
    facts = [{"name": name[0], "value": (value, "text" if isinstance(value, str) else "day")} for name, value in facts_of(pilot)]
    columns = [Column("name", "Nội dung", width=30), Column("value", "Giá trị", width=80)]
    return [
        Sheet("Tổng quan", [title, *marks], columns, facts),
        *(
            Sheet(
                one.tab,
                [f"{one.title[0].upper()}: {pilot.unit['unit_name']}", *marks],
                [column for column, _ in one.columns],
                one.rows,
                notes=[vi for vi, _ in one.notes],
            )
            for one in sections
        ),
    ]


def archived(pilot: Pilot) -> Words:
    """What has to be said of a district that is gone."""
    day = wording.day(pilot.day)
    return (
        f"Lưu trữ: cấp huyện không còn sau ngày {day}; mô hình được đánh giá tại ngày đó.",
        f"Archived: the district ended on {day}; the pilot is judged on that day.",
    )


def _share(numerator: int, denominator: int) -> float | None:
    return numerator / denominator if denominator else None


def _figure_cells(figure: Figure) -> dict[str, Any]:
    return {
        "value": (figure.value, "share" if figure.is_share else "whole"),
        "numerator": figure.numerator if figure.is_share else None,
        "denominator": figure.denominator,
    }


_NUMERATOR = (Column("numerator", "Tử số", "whole", 11), "Numerator")
_DENOMINATOR = (Column("denominator", "Mẫu số", "whole", 11), "Denominator")
_DATASET = (Column("dataset", "Loại dữ liệu", width=34), "Dataset")


def _of(dataset: str) -> dict[str, str]:
    vi, en = _words(_vocabulary().datasets, dataset)
    return {"dataset": vi, "dataset_en": en}


def _checklist(pilot: Pilot) -> Section:
    rows: list[Row] = []
    for number, one in enumerate(judged(load_checklist(), pilot.figures()), 1):
        bound, sign = (one.line.at_least, "≥") if one.line.at_least is not None else (one.line.at_most, "≤")
        result = wording.RESULTS[one.met]
        mark = "" if one.mark == "own_default" else "văn bản chính thức: "
        rows.append(
            {
                "number": number,
                "label": one.line.vi,
                "label_en": one.line.en,
                "label_href": f"#{one.line.figure.split('.')[0]}",
                **_figure_cells(one.figure),
                "sign": sign,
                "bound": (float(bound or 0), "share" if one.figure.is_share else "whole"),
                "met": result[0],
                "met_en": result[1],
                "css": {True: "good", False: "bad", None: "unknown"}[one.met],
                "source": f"{mark}{one.source.vi}",
                "source_en": one.source.en,
            }
        )
    columns = [
        (Column("number", "STT", "whole", 6), "No."),
        (Column("label", "Nội dung", width=52), "Line"),
        (Column("value", "Kết quả", "share", 11), "Figure"),
        _NUMERATOR,
        _DENOMINATOR,
        (Column("sign", "So sánh", width=9), "Sign"),
        (Column("bound", "Ngưỡng", "share", 11), "Threshold"),
        (Column("met", "Đánh giá", width=18), "Result"),
        (Column("source", "Căn cứ của ngưỡng", width=50), "Source of the threshold"),
    ]
    return Section("pilot", "Bảng kiểm nghiệm thu", ("Bảng kiểm nghiệm thu", "Acceptance checklist"), columns, rows, _notes("checklist"))


def _successors(pilot: Pilot, site_pages: Mapping[UnitKey, str]) -> Section:
    rows = []
    for row in pilot.successors:
        key = UnitKey(row["successor_code"], row["successor_valid_from"])
        rows.append({**row, **({"successor_name_href": site_pages[key]} if key in site_pages else {})})
    columns = [
        (Column("unit_code", "Mã cũ", width=10), "Old code"),
        (Column("unit_name", "Đơn vị cũ", width=34), "Old unit"),
        (Column("successor_code", "Mã mới", width=10), "New code"),
        (Column("successor_name", "Nay thuộc", width=34), "Now part of"),
        (Column("successor_valid_from", "Từ ngày", "day", 12), "Since"),
    ]
    return Section("successors", "Đơn vị kế tiếp", ("Các xã kế tiếp", "Successor communes"), columns, rows, _notes("successors"))


_COUNTS = (
    (Column("value_count", "Số giá trị", "whole", 12), "Values"),
    (Column("changed_count", "Được chuẩn hóa", "whole", 14), "Standardised"),
)
_FORM = (
    (Column("kind", "Loại giá trị", width=26), "Kind of value"),
    (Column("form", "Dạng khi nhận → sau chuẩn hóa", width=52), "As received → as standardised"),
)


def _form_cells(kind: str, form: str) -> dict[str, str]:
    (kind_vi, kind_en), (form_vi, form_en) = _words(_vocabulary().kinds, kind), _words(_vocabulary().forms, form)
    return {"kind": kind_vi, "kind_en": kind_en, "form": form_vi, "form_en": form_en}


def _before_after(pilot: Pilot) -> Section:
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in (row for rows in pilot.forms.values() for row in rows):
        total = sums[row["kind"], row["form"]]
        total[0] += row["value_count"]
        total[1] += row["changed_count"]
    kinds = list(_vocabulary().kinds)
    ordered = sorted(sums.items(), key=lambda item: (kinds.index(item[0][0]), item[0][1]))
    rows = [{**_form_cells(*name), "value_count": total[0], "changed_count": total[1]} for name, total in ordered]
    return Section(
        "before_after", "Trước và sau", ("Trước và sau chuẩn hóa", "Before and after"), [*_FORM, *_COUNTS], rows, _notes("before_after")
    )


def _forms(pilot: Pilot) -> Section:
    rows = [
        {**_of(dataset), **_form_cells(row["kind"], row["form"]), "value_count": row["value_count"], "changed_count": row["changed_count"]}
        for dataset, found in pilot.forms.items()
        for row in found
    ]
    title = ("Trước và sau, theo loại dữ liệu", "Before and after, by dataset")
    return Section("forms", "Trước và sau theo dữ liệu", title, [_DATASET, *_FORM, *_COUNTS], rows, is_folded=True)


def _examples(pilot: Pilot) -> Section:
    kinds = list(_vocabulary().kinds)
    rows = [
        {
            **_form_cells(row["kind"], row["form"]),
            **_of(row["dataset"]),
            "label": row["label"],
            "received": row["received"],
            "standard": row["standard"],
        }
        for row in sorted(pilot.examples, key=lambda row: (kinds.index(row["kind"]), row["form"]))
    ]
    columns = [
        *_FORM,
        _DATASET,
        (Column("label", "Trường", width=34), "Field"),
        (Column("received", "Khi nhận", width=30), "As received"),
        (Column("standard", "Sau chuẩn hóa", width=30), "As standardised"),
    ]
    return Section("examples", "Ví dụ", ("Ví dụ", "Examples"), columns, rows, _notes("examples", most=MOST_EXAMPLES))


def _conformance(pilot: Pilot) -> Section:
    rows = [
        {
            **_of(dataset),
            **row,
            "valid_share": _share(row["rows_read"] - row["rows_rejected"], row["rows_read"]),
            "rule_count": sum(rule["dataset"] == dataset for rule in pilot.rules) or None,
        }
        for dataset, row in pilot.fates.items()
    ]
    columns = [
        _DATASET,
        (Column("rows_read", "Đọc", "whole", 10), "Read"),
        (Column("rows_accepted", "Chấp nhận", "whole", 11), "Accepted"),
        (Column("rows_duplicate", "Trùng", "whole", 10), "Duplicate"),
        (Column("rows_rejected", "Từ chối", "whole", 10), "Rejected"),
        (Column("valid_share", "Đúng quy tắc", "share", 12), "Valid"),
        (Column("rule_count", "Số quy tắc", "whole", 10), "Rules"),
        (Column("untold", "Không rõ của ai (toàn kho)", "whole", 16), "Of unknown owner (whole warehouse)"),
    ]
    return Section("conformance", "Đúng chuẩn", ("Mức độ đúng chuẩn", "Conformance"), columns, rows, _notes("conformance"))


_RULE_COLUMNS = (
    _DATASET,
    (Column("rule", "Quy tắc", width=34), "Rule"),
    (Column("label", "Trường", width=34), "Field"),
    (Column("meaning", "Lý do từ chối", width=44), "Reason"),
    (Column("rows_read", "Đọc", "whole", 10), "Read"),
    (Column("rows_broken", "Vi phạm", "whole", 10), "Broken"),
    (Column("kept_share", "Đạt", "share", 11), "Kept"),
)


def _rule_cells(row: Row) -> Row:
    meanings = error_meanings()
    return {
        **row,
        **_of(row["dataset"]),
        "meaning": reason(row["dataset"], row["code"]),
        "meaning_en": meanings.get(row["code"], ""),
        "kept_share": _share(row["rows_read"] - row["rows_broken"], row["rows_read"]),
    }


def _rejections(pilot: Pilot) -> Section:
    broken = [_rule_cells(row) for row in pilot.rules if row["rows_broken"]]
    return Section("rejections", "Lý do từ chối", ("Lý do từ chối", "Rejected, by reason"), _RULE_COLUMNS, broken, _notes("rejections"))


def _rules(pilot: Pilot) -> Section:
    rows = [_rule_cells(row) for row in pilot.rules]
    title = ("Mọi quy tắc và tỷ lệ đạt", "All rules, and the share that keeps each")
    return Section("rules", "Mọi quy tắc", title, _RULE_COLUMNS, rows, is_folded=True)


def _completeness(pilot: Pilot) -> Section:
    counts = _by_month(pilot)
    datasets = sorted({dataset for dataset, _ in counts})
    rows = [
        {"month": f"{month:%m/%Y}", **{name: _share(*counts[name, month]) for name in datasets if (name, month) in counts}}
        for month in sorted({month for _, month in counts})
    ]
    columns = [(Column("month", "Tháng", width=11), "Month"), *(_of_dataset(name, "share") for name in datasets)]
    since = _notes("completeness", first=wording.day(pilot.first_day), most=MOST_MONTHS) if pilot.first_day else _notes("no_record")
    return Section("completeness", "Đầy đủ", ("Mức độ đầy đủ theo tháng", "Completeness by month"), columns, rows, since)


def _by_month(pilot: Pilot) -> dict[tuple[str, date], tuple[int, int]]:
    """By dataset and month how many agencies have sent something, and of how many it is expected."""
    counts: dict[tuple[str, date], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for row in filter(is_expected, pilot.senders):
        sent, expected = counts[row["dataset"], row["month"]]
        counts[row["dataset"], row["month"]] = sent + (row["row_count"] > 0), expected + 1
    return counts


def _of_dataset(dataset: str, kind: Kind) -> tuple[Column, str]:
    """A column that has a figure of a dataset."""
    words = _of(dataset)
    return Column(dataset, words["dataset"], kind, 14), words["dataset_en"]


def _months(pilot: Pilot) -> Section:
    rows = [
        {**_of(dataset), "month": f"{month:%m/%Y}", "sent": sent, "expected": expected, "share": _share(sent, expected)}
        for (dataset, month), (sent, expected) in sorted(_by_month(pilot).items())
    ]
    columns = [
        _DATASET,
        (Column("month", "Tháng", width=11), "Month"),
        (Column("sent", "Cơ quan đã gửi", "whole", 12), "Agencies that sent"),
        (Column("expected", "Cơ quan trong danh mục", "whole", 14), "Agencies of the registry"),
        (Column("share", "Tỷ lệ", "share", 11), "Share"),
    ]
    title = ("Số cơ quan đã gửi theo tháng", "Agencies that sent, by month")
    return Section("months", "Cơ quan đã gửi theo tháng", title, columns, rows, is_folded=True)


def _senders(pilot: Pilot) -> Section:
    datasets = list(dict.fromkeys(row["dataset"] for row in pilot.senders))
    found: dict[str, Row] = {}
    for row in pilot.senders:
        level = wording.LEVELS[row["level"]]
        cells = found.setdefault(
            row["organ_id"],
            {
                "organ_id": row["organ_id"],
                "organ": row["organ_name"],
                "level": level[0],
                "level_en": level[1],
                "months": 0,
                **dict.fromkeys(datasets, 0),
            },
        )
        cells["organ"] = row["organ_name"]
        cells[row["dataset"]] += row["row_count"] > 0
        cells["months"] += row["dataset"] == datasets[0]
    columns = [
        (Column("organ_id", "Mã định danh", width=16), "Code"),
        (Column("organ", "Cơ quan", width=50), "Agency"),
        (Column("level", "Cấp", width=12), "Level"),
        (Column("months", "Số tháng", "whole", 10), "Months"),
        *(_of_dataset(dataset, "whole") for dataset in datasets),
    ]
    rows = [found[name] for name in sorted(found)]
    title = ("Số tháng đã gửi của từng cơ quan", "Months sent, by agency")
    return Section("senders", "Cơ quan gửi dữ liệu", title, columns, rows, is_folded=True)


def _identifiers(pilot: Pilot) -> Section:
    words = _vocabulary().identifiers
    rows = [
        {"label": words[name][0], "label_en": words[name][1], **_figure_cells(pilot.identifiers[name])}
        for name in words
        if name in pilot.identifiers
    ]
    columns = [(Column("label", "Nội dung", width=60), "What"), (Column("value", "Tỷ lệ", "share", 11), "Share"), _NUMERATOR, _DENOMINATOR]
    return Section("identifiers", "Mã định danh", ("Độ phủ mã định danh", "Coverage of identifiers"), columns, rows, _notes("identifiers"))


def _objects(pilot: Pilot) -> Section:
    rows = []
    for row in pilot.objects:
        vi, en = _words(_vocabulary().objects, row["kind"])
        rows.append({"kind": vi, "kind_en": en, "object_count": row["object_count"], "with_source": row["with_source"]})
    columns = [
        (Column("kind", "Đối tượng quản lý", width=34), "Managed objects"),
        (Column("object_count", "Có mã định danh của kho", "whole", 16), "With an identifier of the warehouse"),
        (Column("with_source", "Có mã của nguồn", "whole", 14), "With a code of the source"),
    ]
    return Section("objects", "Đối tượng", ("Đối tượng được định danh", "Identified objects"), columns, rows)


def _exchange(pilot: Pilot) -> Section:
    rows = []
    for row in pilot.exchanges:
        vi, en = _words(_vocabulary().directions, row["direction"])
        level = wording.LEVELS.get(row["level"], ("cơ quan ngoài danh mục", "agencies that the registry does not know"))
        recipients = None if row["recipient_count"] is None else int(row["recipient_count"])
        rows.append(
            {
                "direction": vi,
                "direction_en": en,
                "level": level[0],
                "level_en": level[1],
                "document_count": row["document_count"],
                "recipients": recipients,
            }
        )
    columns = [
        (Column("direction", "Chiều trao đổi", width=44), "Direction"),
        (Column("level", "Cấp", width=26), "Level"),
        (Column("document_count", "Văn bản", "whole", 10), "Documents"),
        (Column("recipients", "Lượt nơi nhận", "whole", 12), "Recipients"),
    ]
    return Section("exchange", "Trao đổi", ("Trao đổi văn bản", "Exchange of documents"), columns, rows, _notes("exchange"))


def _contradictions(pilot: Pilot) -> Section:
    rows = [
        {"label": known.label_vi if known else row["flag"], "label_en": known.label_en if known else "", "flag_count": row["flag_count"]}
        for row in pilot.contradictions or []
        for known in [load_flags().get(row["flag"])]
    ]
    columns = [(Column("label", "Mâu thuẫn", width=70), "Contradiction"), (Column("flag_count", "Số trường hợp", "whole", 12), "Cases")]
    notes = list(_told_of_contradictions(pilot))
    return Section("contradictions", "Mâu thuẫn", ("Mâu thuẫn giữa các bản ghi", "Contradictions between records"), columns, rows, notes)


def _told_of_contradictions(pilot: Pilot) -> Iterator[Words]:
    if pilot.contradictions is None:
        yield (
            "Kho tìm mâu thuẫn tại ngày phát hành, khi huyện không còn: không đánh giá được cho ngày cuối của huyện.",
            "Contradictions are found as of the release's day, when the district was gone: they cannot be told for its last day.",
        )
    else:
        yield (f"Tại ngày phát hành {wording.day(pilot.as_of)}.", f"As of the release's day, {wording.day(pilot.as_of)}.")
