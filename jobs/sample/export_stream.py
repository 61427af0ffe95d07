"""Records of a day become the lines of later exports; only lines that still wait are held in memory."""

from __future__ import annotations

import json
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple, cast

import numpy as np

from jobs.sample.draws import allocate, substream
from jobs.sample.fates import ErrorCode, Line
from jobs.sample.plan import DirtRates, SamplePlan
from jobs.sample.truth import TruthBuilder
from jobs.sample.working_days import WorkingCalendar

BACKLOG_DAYS = 8
"""Records that were open before the sample, in working days' worth of records."""

_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Landed(NamedTuple):
    """A line and the day of the export that carries it."""

    day: date
    line: Line


RecordsOfDay = Callable[[date | None, int, np.random.Generator], Iterable[Sequence[Landed]]]
"""(opening day, or None for what was open before the sample; how many; draws) -> the lines of each record."""


def json_line(fields: Mapping[str, Any]) -> bytes:
    """A record as one line of NDJSON, without the line feed."""
    return _encoder.encode(fields).encode()


def broken_line(line: Line) -> Line:
    """The first half of a line, as a transfer that was cut off leaves it: no JSON, so neither key nor version is known."""
    text = cast(bytes, line.content).decode()
    return Line(text[: len(text) // 2].encode(), None, error=ErrorCode.BROKEN_LINE)


def exports(
    plan: SamplePlan,
    dataset: str,
    calendar: WorkingCalendar,
    *,
    total: int,
    records_of_day: RecordsOfDay,
    truth: TruthBuilder,
) -> Iterator[tuple[date, list[bytes]]]:
    """The lines of each export of `total` records, in order of days; the truth about every line is noted on the way."""
    waiting: dict[date, list[bytes]] = defaultdict(list)
    opening_days: list[date | None] = [None, *calendar.workdays]
    weights = [float(BACKLOG_DAYS), *(1.0 for _ in calendar.workdays)]
    counts = allocate(substream(plan.seed, plan.province, dataset, "counts"), total, weights)
    for opening_day, count in zip(opening_days, counts, strict=True):
        # The backlog is another one in each sample, so that samples of one seed for following days share no record.
        path = ("records", opening_day.toordinal()) if opening_day else ("backlog", plan.date_from.toordinal())
        generator = substream(plan.seed, plan.province, dataset, *path)
        for landed in records_of_day(opening_day, count, generator):
            truth.add(dataset, [line for _, line in landed])
            for day, line in landed:
                waiting[day].append(cast(bytes, line.content))
        if opening_day:
            for day in sorted(day for day in waiting if day <= opening_day):
                yield day, waiting.pop(day)
    for day in sorted(waiting):
        yield day, waiting[day]


def draw_scenarios(generator: np.random.Generator, count: int, dirt: DirtRates, known: Sequence[str]) -> list[str]:
    """For each record the one kind of dirt it has, of those `known` to the dataset, or ''."""
    rates = [dirt.scenarios()[name] for name in known]
    positions = np.searchsorted(np.cumsum(rates), generator.random(count), side="right").tolist()
    names = [*known, ""]
    return [names[position] for position in positions]


def in_normal_form(text: str, decomposed: bool) -> str:
    """The text in NFC, or in NFD as some systems send it."""
    return unicodedata.normalize("NFD" if decomposed else "NFC", text)
