"""Decisions that give stars to OCOP products (`ocop/products`).

Truth: on the sample's last day a product is recognised by its newest decision of three stars or more that is in force:
decision_date <= day < decision_date + 36 months (QĐ 148/QĐ-TTg); it counts once, under that decision's stars and group.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np

from jobs.sample.draws import substream
from jobs.sample.fates import ErrorCode, Line
from jobs.sample.landing import Cell, LandingWriter
from jobs.sample.organisations import REFORM, UNIT_LISTS, Unit, list_start, successors, units_of_province
from jobs.sample.plan import SamplePlan
from jobs.sample.truth import TruthBuilder
from jobs.sample.vocabulary import Vocabulary
from jobs.sample.working_days import WorkingCalendar

DATASET = "ocop/products"
COLUMNS = (
    "product_code",
    "product_name",
    "product_group",
    "product_subgroup",
    "producer_name",
    "producer_type",
    "commune_code",
    "decision_number",
    "decision_date",
    "recognised_by",
    "score_a",
    "score_b",
    "score_c",
    "stars",
    "gtin",
    "growing_area_code",
    "ecommerce_url",
    "latitude",
    "longitude",
    "updated_at",
    "deleted",
)
RUBRIC_CHANGED = date(2023, 2, 24)
PROVINCE_DECIDES_THREE_STARS_FROM = date(2025, 7, 6)
MONTHS_IN_FORCE = 36
BANDS = {5: (90, 100), 4: (70, 88), 3: (50, 69), 2: (30, 49), 1: (12, 29)}
"""Points of each number of stars; 89 is left out, since 89.5 would be a matter of rounding."""

DECISIONS_PER_RURAL_COMMUNE = 1.65
OLDEST_DECISION_DAYS = 5 * 365
RENEWAL_SHARE = 0.18
_STARS = ((3, 0.82), (4, 0.125), (5, 0.015), (2, 0.03), (1, 0.01))
_GROUPS = (("food", 0.62), ("beverage", 0.13), ("herbal", 0.1), ("handicraft", 0.08), ("ornamental", 0.03), ("tourism", 0.04))
_PRODUCERS = {
    "cooperative": "Hợp tác xã nông nghiệp",
    "cooperative_group": "Tổ hợp tác",
    "enterprise": "Công ty TNHH",
    "household": "Hộ kinh doanh",
}


def add_months(day: date, months: int) -> date:
    """The same day of a later month; the month's last day where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def gtin13(item: int) -> str:
    """A GTIN-13 of Vietnam's prefix 893: nine digits of the item and GS1's check digit (mod 10, weights 1 and 3)."""
    digits = f"893{item:09d}"
    total = sum(int(digit) * (3 if position % 2 else 1) for position, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def scores(generator: np.random.Generator, stars: int, decided_on: date) -> tuple[int, int, int]:
    """Points A, B, C that add up to the band of the stars, each within the rubric of the day of decision."""
    most = (40, 25, 35) if decided_on >= RUBRIC_CHANGED else (35, 25, 40)
    low, high = BANDS[stars]
    total = int(generator.integers(low, high + 1))
    parts = [total * part // 100 for part in most]
    while sum(parts) < total:
        open_parts = [position for position in range(3) if parts[position] < most[position]]
        parts[int(generator.choice(open_parts))] += 1
    return parts[0], parts[1], parts[2]


@dataclass(frozen=True, slots=True)
class _Decision:
    """One decision on one product; `fields` are those of the sheet that do not change from version to version."""

    product_code: str
    group: str
    stars: int
    decided_on: date
    written_at: datetime
    sheet_day: date
    fields: dict[str, Cell]


@dataclass(frozen=True, slots=True)
class _Row:
    sheet_day: date
    cells: dict[str, Cell]
    line: Line
    decision: _Decision


def default_number(plan: SamplePlan) -> int:
    """How many decisions a province has, in proportion to its rural communes."""
    rural = [unit for unit in units_of_province(plan.province, plan.date_from).values() if unit.rural]
    return round(DECISIONS_PER_RURAL_COMMUNE * len(rural))


def write_ocop_products(
    plan: SamplePlan,
    vocabulary: Vocabulary,
    calendar: WorkingCalendar,
    writer: LandingWriter,
    truth: TruthBuilder,
) -> None:
    """Write what was decided before the sample as one sheet, then a sheet a month, CSV and XLSX by turns."""
    generator = substream(plan.seed, plan.province, DATASET)
    number = plan.ocop if plan.ocop is not None else default_number(plan)
    decisions = _decisions(plan, vocabulary, calendar, generator, number)
    sheets: dict[date, list[dict[str, Cell]]] = defaultdict(list)
    winners: list[_Decision] = []
    for decision in decisions:
        rows = _versions(plan, calendar, generator, decision)
        winner = truth.add(DATASET, [row.line for row in rows])
        winners += [row.decision for row in rows if winner is row.line and not winner.withdrawn]
        for row in rows:
            sheets[row.sheet_day].append(row.cells)
    truth.recognised_products = recognised(winners, plan.date_to)
    for position, (day, cells) in enumerate(sorted(sheets.items())):
        write = writer.write_xlsx if position % 2 else writer.write_csv
        write(DATASET, day, "ocop-products", COLUMNS, cells)


def recognised(decisions: Iterable[_Decision], day: date) -> dict[str, int]:
    """Recognised products on a day by breakdown: '' all, `stars=4`, `group=food`."""
    newest: dict[str, _Decision] = {}
    for decision in decisions:
        in_force = decision.decided_on <= day < add_months(decision.decided_on, MONTHS_IN_FORCE)
        known = newest.get(decision.product_code)
        if decision.stars >= 3 and in_force and (known is None or known.decided_on < decision.decided_on):
            newest[decision.product_code] = decision
    counts: Counter[str] = Counter({"": 0})
    for decision in newest.values():
        counts.update(["", f"stars={decision.stars}", f"group={decision.group}"])
    return dict(counts)


def _decisions(
    plan: SamplePlan,
    vocabulary: Vocabulary,
    calendar: WorkingCalendar,
    generator: np.random.Generator,
    number: int,
) -> list[_Decision]:
    """The decisions; some renew an earlier one after about three years, mostly with the same stars."""
    decided: list[_Decision] = []
    serials: Counter[str] = Counter()
    communes = {start: _communes(plan, start) for start in _list_starts(plan)}
    renewable: list[_Decision] = []
    for _ in range(number):
        if renewable and generator.random() < RENEWAL_SHARE:
            earlier = renewable.pop(int(generator.integers(len(renewable))))
            renewal = _renewal(plan, calendar, generator, earlier)
            if renewal:
                decided.append(renewal)
                continue
        decision = _first_decision(plan, vocabulary, calendar, generator=generator, communes=communes, serials=serials)
        if decision.stars >= 3:
            renewable.append(decision)
        decided.append(decision)
    return decided


def _list_starts(plan: SamplePlan) -> list[date]:
    """The first days of the lists of units that are in force on some day of the sample."""
    return sorted({list_start(plan.date_from), *(day for day in UNIT_LISTS if plan.date_from < day <= plan.date_to)})


def _communes(plan: SamplePlan, start: date) -> list[Unit]:
    """Rural communes of a list; of the older lists those whose successor is known, so that products can be moved forward."""
    known = successors()
    return [
        unit for code, unit in sorted(units_of_province(plan.province, start).items()) if unit.rural and (start >= REFORM or code in known)
    ]


def _first_decision(
    plan: SamplePlan,
    vocabulary: Vocabulary,
    calendar: WorkingCalendar,
    *,
    generator: np.random.Generator,
    communes: Mapping[date, Sequence[Unit]],
    serials: Counter[str],
) -> _Decision:
    decided_on = _decision_day(plan, generator)
    written_at, sheet_day = _writing(plan, calendar, decided_on)
    candidates = communes[_list_in(communes, written_at.date())]
    commune = candidates[int(generator.integers(len(candidates)))]
    group = _weighted(generator, _GROUPS)
    products = vocabulary.ocop_products[group]
    name, subgroup = products[int(generator.integers(len(products)))]
    serials[commune.code] += 1
    district = commune.parent_code if len(commune.parent_code) == 3 else "000"
    code = f"{plan.province}-{district}-{commune.code}-{serials[commune.code]}-{decided_on.year}"
    place = commune.name.removeprefix("Xã ")
    producer_type = list(_PRODUCERS)[int(generator.integers(len(_PRODUCERS)))]
    producer = place if producer_type != "household" else vocabulary.people(generator, 1)[0]
    grown = group in ("food", "beverage", "herbal") and generator.random() < 0.3
    stars = _weighted(generator, _STARS)
    located = commune.latitude is not None and commune.longitude is not None
    fields: dict[str, Cell] = {
        "product_code": code,
        "product_name": vocabulary.marked(f"{name} {place}"),
        "product_group": group,
        "product_subgroup": subgroup,
        "producer_name": vocabulary.marked(f"{_PRODUCERS[producer_type]} {producer}"),
        "producer_type": producer_type,
        "commune_code": commune.code,
        "gtin": gtin13(int(generator.integers(10**9))) if group != "tourism" and generator.random() < 0.85 else None,
        "growing_area_code": f"VN-{vocabulary.growing_areas[plan.province]}OR-{int(generator.integers(10000)):04d}" if grown else None,
        "ecommerce_url": f"https://san-thuong-mai.example/{code}" if generator.random() < 0.5 else None,
        "latitude": round((commune.latitude or 0) + float(generator.normal(0, 0.01)), 6) if located else None,
        "longitude": round((commune.longitude or 0) + float(generator.normal(0, 0.01)), 6) if located else None,
    }
    return _decided(generator, fields, group, stars, decided_on=decided_on, written_at=written_at, sheet_day=sheet_day)


def _renewal(plan: SamplePlan, calendar: WorkingCalendar, generator: np.random.Generator, earlier: _Decision) -> _Decision | None:
    """A newer decision on the same product; None where it would fall after the sample."""
    decided_on = _plain_day(earlier.decided_on + timedelta(days=int(generator.integers(950, 1250))))
    if decided_on > plan.date_to:
        return None
    written_at, sheet_day = _writing(plan, calendar, decided_on)
    stars = earlier.stars if generator.random() < 0.8 else min(earlier.stars + 1, 4) if earlier.stars == 3 else 3
    commune_code = str(earlier.fields["commune_code"])
    if earlier.written_at.date() < REFORM <= written_at.date():
        commune_code = successors()[commune_code]
    fields = {**earlier.fields, "commune_code": commune_code}
    return _decided(generator, fields, earlier.group, stars, decided_on=decided_on, written_at=written_at, sheet_day=sheet_day)


def _decided(
    generator: np.random.Generator,
    fields: dict[str, Cell],
    group: str,
    stars: int,
    *,
    decided_on: date,
    written_at: datetime,
    sheet_day: date,
) -> _Decision:
    district_decides = stars <= 3 and decided_on < PROVINCE_DECIDES_THREE_STARS_FROM
    points = scores(generator, stars, decided_on)
    decision: dict[str, Cell] = {
        "decision_number": f"{int(generator.integers(100, 9999))}/QĐ-UBND-{decided_on:%Y%m%d}",
        "decision_date": decided_on,
        "recognised_by": "national" if stars == 5 else "district" if district_decides else "province",
        **dict(zip(("score_a", "score_b", "score_c"), points, strict=True)),
        "stars": stars,
        "updated_at": written_at,
        "deleted": None,
    }
    return _Decision(str(fields["product_code"]), group, stars, decided_on, written_at, sheet_day, {**fields, **decision})


def _decision_day(plan: SamplePlan, generator: np.random.Generator) -> date:
    """A day of the last five years up to the sample's end; now and then one of the edges of being in force."""
    edge = add_months(plan.date_to, -MONTHS_IN_FORCE)
    chance = generator.random()
    if chance < 0.01:
        return _plain_day(edge)
    if chance < 0.02:
        return _plain_day(edge + timedelta(days=1))
    return _plain_day(plan.date_to - timedelta(days=int(generator.integers(0, OLDEST_DECISION_DAYS))))


def _plain_day(day: date) -> date:
    """The day, moved off 29 February and off the first days of July 2025, when nobody could yet recognise three stars."""
    if (day.month, day.day) == (2, 29):
        return day - timedelta(days=1)
    if REFORM <= day < PROVINCE_DECIDES_THREE_STARS_FROM:
        return REFORM - timedelta(days=1)
    return day


def _writing(plan: SamplePlan, calendar: WorkingCalendar, decided_on: date) -> tuple[datetime, date]:
    """When the row is written and the day of its sheet: the sample's first day, or the last export of the month."""
    if decided_on < plan.date_from:
        return datetime.combine(plan.date_from, time(8)), calendar.export_days[0]
    month_end = decided_on.replace(day=monthrange(decided_on.year, decided_on.month)[1])
    before_end = [day for day in calendar.export_days if decided_on <= day <= month_end]
    sheet_day = before_end[-1] if before_end else calendar.export_day_from(month_end)
    return datetime.combine(decided_on, time(15)), sheet_day


def _list_in(communes: Mapping[date, Sequence[Unit]], day: date) -> date:
    return max(start for start in communes if start <= day)


def _weighted(generator: np.random.Generator, weights: Sequence[tuple[Any, float]]) -> Any:
    values, shares = zip(*weights, strict=True)
    return values[int(np.searchsorted(np.cumsum(shares), generator.random() * sum(shares), side="right"))]


def _versions(plan: SamplePlan, calendar: WorkingCalendar, generator: np.random.Generator, decision: _Decision) -> list[_Row]:
    """The rows about one decision, good and bad, in the sheets they are in."""
    dirt = plan.dirt
    last_day = calendar.export_days[-1]
    corrected_at = datetime.combine(last_day, time(10))
    same_units = list_start(decision.written_at.date()) == list_start(last_day)
    can_follow = same_units and corrected_at > decision.written_at
    chance = float(generator.random())
    row = _row(decision)
    for rate, rows in (
        (dirt.duplicate_lines, [row, replace(row, sheet_day=last_day)]),
        (dirt.corrections, [row, *_corrected(generator, decision, corrected_at, last_day)] if can_follow else [row]),
        (dirt.withdrawn, [row, _row(decision, corrected_at, last_day, deleted="true")] if can_follow else [row]),
        (dirt.invalid, [_invalid(generator, decision)]),
    ):
        if chance < rate:
            return rows
        chance -= rate
    return [row]


def _corrected(generator: np.random.Generator, decision: _Decision, corrected_at: datetime, sheet_day: date) -> list[_Row]:
    """The same decision with other stars, as a later sheet corrects it."""
    stars = 4 if decision.stars == 3 else 3
    points = scores(generator, stars, decision.decided_on)
    by_province = stars == 4 or decision.decided_on >= PROVINCE_DECIDES_THREE_STARS_FROM
    changes: dict[str, Cell] = {
        **dict(zip(("score_a", "score_b", "score_c"), points, strict=True)),
        "stars": stars,
        "recognised_by": "province" if by_province else "district",
    }
    corrected = replace(decision, stars=stars, fields={**decision.fields, **changes})
    return [_row(corrected, corrected_at, sheet_day)]


def _invalid(generator: np.random.Generator, decision: _Decision) -> _Row:
    rules: tuple[tuple[ErrorCode, dict[str, Cell]], ...] = (
        (ErrorCode.INVALID_DATE, {"decision_date": f"{decision.decided_on.year}-02-30"}),
        (ErrorCode.MISSING_VALUE, {"producer_name": None}),
        (ErrorCode.INVALID_VALUE, {"product_group": "thuc_pham"}),
        (ErrorCode.OUT_OF_RANGE, {"stars": 7}),
        (ErrorCode.UNKNOWN_UNIT, {"commune_code": "99999"}),
    )
    error, changes = rules[int(generator.integers(len(rules)))]
    row = _row(replace(decision, fields={**decision.fields, **changes}))
    return replace(row, line=row.line._replace(error=error))


def _row(
    decision: _Decision,
    updated_at: datetime | None = None,
    sheet_day: date | None = None,
    deleted: str | None = None,
) -> _Row:
    version = updated_at or decision.written_at
    cells: dict[str, Cell] = {**decision.fields, "updated_at": version, "deleted": deleted}
    line = Line(tuple(cells[column] for column in COLUMNS), version, withdrawn=deleted is not None)
    return _Row(sheet_day or decision.sheet_day, cells, line, decision)
