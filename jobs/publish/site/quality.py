"""The pages of a province's data quality: what was received and rejected, whose it was, and how complete and timely each sender is."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from expectations.row_rules import CATALOGUE
from jobs.publish.officers_words import reason
from jobs.publish.reporting_calendar import load_calendar
from jobs.publish.site import addresses, wording
from warehouse_schema.contracts import landed_contracts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date

    from jobs.publish.site.read import Province, Row, Unit
    from jobs.publish.site.received import Received

LINES = 500
"""Senders on one page."""
_COUNTS = ("months_expected", "months_sent", "row_count", "on_time", "seen_on_time")


def write_quality(write: Callable[..., None], province: Province, received: Received, as_of: date, **context: Any) -> None:
    """Write the page of a province's data quality, and for each dataset who sent it, a line an organisation or unit.

    Args:
        write: writes a page: its address, its template, what the template reads.
        province: whose.
        received: what was received of all.
        as_of: the release's day.
        context: what else the first page shows.
    """
    rejected, punctuality = received.rejected, received.punctuality.get(province.code, [])
    lines = {dataset: sender_lines(dataset, province.code, rejected, punctuality) for dataset in labels()}
    months = received.months.get(province.code, [])
    judged = {"months": months, "scheme": _scheme(), "meanings": meanings_shown(province, months, as_of)}
    write(
        addresses.quality_page(province.code),
        "quality",
        province=province,
        timeliness=timeliness(punctuality),
        shares=shares(rejected, province.code),
        reasons=reasons(rejected, province.code),
        detailed={dataset for dataset, found in lines.items() if found},
        **judged,
        **context,
    )
    for dataset, found in lines.items():
        pages = [found[start : start + LINES] for start in range(0, len(found), LINES)]
        for number, part in enumerate(pages, 1):
            write(
                addresses.senders_page(province.code, dataset, number),
                "senders",
                province=province,
                dataset=dataset,
                label=labels()[dataset],
                is_judged=dataset in wording.DATASETS,
                untold=sum(row["row_count"] for row in rejected if row["dataset"] == dataset and row["province_code"] is None),
                lines=part,
                total=len(found),
                number=number,
                numbers=range(1, len(pages) + 1),
                **judged,
            )


def meanings_shown(province: Province, months: Sequence[tuple[date, date]], as_of: date) -> list[Unit]:
    """What the province's code has meant from the first month that the pages show to the release's day, the earliest first; else what its plan is of."""
    first = min([start for start, _ in [*months, *([province.month] if province.month else [])]], default=as_of)
    lived = [one for one in province.identities if one.key.valid_from <= as_of and (one.valid_to is None or one.valid_to >= first)]
    return sorted(lived, key=lambda one: one.key.valid_from) or [province.units[province.planned]]


def labels() -> dict[str, tuple[str, str]]:
    """What each dataset is called, by `source/dataset`; those that organisations send before the sheets about units."""
    sheets = {str(contract.landing): (contract.title, "") for contract in landed_contracts()}
    return wording.DATASETS | {name: label for name, label in sheets.items() if name not in wording.DATASETS}


def timeliness(punctuality: Iterable[Row]) -> list[dict[str, Any]]:
    """Organisations, their months and rows by dataset and level, in the order of the page."""
    sums: dict[tuple[str, str], Counter[str]] = {}
    for row in punctuality:
        sums.setdefault((row["dataset"], row["level"]), Counter()).update({"organisations": 1, **{name: row[name] for name in _COUNTS}})
    return [
        {"dataset": dataset, "label": label, "level": wording.LEVELS[level], **found}
        for dataset, label in wording.DATASETS.items()
        for level in wording.LEVELS
        if (found := sums.get((dataset, level)))
    ]


def shares(rejected: Iterable[Row], province: str) -> list[dict[str, Any]]:
    """Rejected rows by dataset: all, a province's, of these those that have come right since, other provinces', and those of which nobody can say whose.

    all = own + others + untold, in each line and in the last one, which is the sum.
    """
    sums: dict[str, Counter[str]] = {}
    for row in rejected:
        kind = _kind(row, province)
        for name in (row["dataset"], ""):
            found = sums.setdefault(name, Counter())
            found.update({"all": row["row_count"], kind: row["row_count"], "objects": row["objects"]})
            found["settled"] += row["settled"] if kind == "own" else 0
    named = [{"dataset": name, "label": label, **_all(sums[name])} for name, label in labels().items() if name in sums]
    return [*named, {"dataset": None, "label": ("Tất cả", "All"), **_all(sums[""])}] if named else []


def _all(found: Counter[str]) -> dict[str, int]:
    return {name: found[name] for name in ("all", "own", "settled", "others", "untold", "objects")}


def reasons(rejected: Iterable[Row], province: str) -> list[dict[str, Any]]:
    """Rejected rows that have not come right, by dataset and reason, split as in `shares`; a row with two reasons counts under both."""
    sums: dict[tuple[str, str], Counter[str]] = {}
    for row in rejected:
        for one in row["reasons"]:
            found = sums.setdefault((row["dataset"], one["code"]), Counter())
            found.update({"all": one["row_count"], _kind(row, province): one["row_count"]})
    expected = {(str(contract.landing), rule.code): rule.message for contract in landed_contracts() for rule in contract.row_rules}
    return [
        {
            "dataset": dataset,
            "label": label,
            "code": code,
            "words": (reason(dataset, code), CATALOGUE.get(code) or expected.get((dataset, code), "")),
            **{name: found[name] for name in ("all", "own", "others", "untold")},
        }
        for dataset, label in labels().items()
        for (name, code), found in sorted(sums.items(), key=lambda item: (-item[1]["all"], item[0]))
        if name == dataset
    ]


def _kind(row: Row, province: str) -> str:
    return "untold" if row["province_code"] is None else "own" if row["province_code"] == province else "others"


def sender_lines(dataset: str, province: str, rejected: Iterable[Row], punctuality: Sequence[Row]) -> list[dict[str, Any]]:
    """The senders of a dataset in a province: each organisation that is expected, and whoever else had rows rejected, with both."""
    wrong = {row["sender"]: row for row in rejected if row["dataset"] == dataset and row["province_code"] == province}
    lines = [
        {"name": row["organ_name"] or row["organ_id"], "code": row["organ_id"], "sent": row, "wrong": wrong.pop(row["organ_id"], None)}
        for row in punctuality
        if row["dataset"] == dataset
    ]
    others = [{"name": row["name"] or sender, "code": sender, "sent": None, "wrong": row} for sender, row in wrong.items()]
    return lines + others


def _scheme() -> dict[str, str] | None:
    """The scheme by which rows are on time, as the pages name it; None: none."""
    calendar = load_calendar()
    if calendar.on_time is None:
        return None
    scheme = calendar.schemes[calendar.on_time]
    return {"vi": scheme.vi, "en": scheme.en, "source": scheme.source, "day": str(scheme.send_by["month"].day)}
