"""The truth about every target of a province's plan, and about the stocks of its units, on given days."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from jobs.sample.registry.registers import Registers
from jobs.sample.targets.measures import MEASURES, Breakdowns, Counted, recognised
from jobs.sample.truth import StockTruth, TargetTruth
from jobs.sample.units_over_time import UnitId, UnitsOverTime

LAST_DAY_OF_DISTRICTS = date(2025, 6, 30)
"""Districts ended and communes were merged on the day after."""
FLOW = "work_records_online"
GOES_ON = frozenset(
    {"officials_trained", "villages_with_digital_team", "raw_material_zone_models_digital", "smart_villages", "traceability_participation"}
)
"""Stocks that are judged on the day after the reform too: those over neither communes nor districts."""
COUNTS = frozenset(
    {
        "communes_meeting_8_4_and_15_2_advanced",
        "smart_villages",
        "smart_communes",
        "ecommerce_communes",
        "district_data_standardisation_models",
        "communes_recognised",
        "growing_areas_in_force",
    }
)
"""Indicators without a denominator."""
READINGS = {("nghe-an-132-kh-ubnd-2023", "raw_material_zone_models_digital"): "model_level=district"}
"""Targets that read a breakdown: Nghệ An's "trong đó" is of the districts' models."""
NAMED_KINDS = {"smart_communes": "smart", "ecommerce_communes": "ecommerce"}
"""Indicators whose targets may name their communes, with the kind of model."""


class Target(NamedTuple):
    """What a plan asks for: `value` in percent, units, or units of `of` (`unit` is percent, count or fraction)."""

    plan_id: str
    province: UnitId
    indicator: str
    level: str
    operator: str
    value: Decimal
    unit: str
    of: int | None
    due: date
    named: tuple[UnitId, ...] = ()


class Found(NamedTuple):
    """The two sides of a target, and a reservation about them."""

    numerator: int
    denominator: int | None
    reason: str = ""


Flow = Callable[[str, date], Found]
"""(level, day) -> work records of the year up to the day."""


def targets_of(province: str) -> list[Target]:
    """The targets of the plans of a province, from the registry of plans: what a plan asks for is no matter of opinion."""
    from warehouse_schema.plan_registry import load_plans

    return [
        Target(
            plan_id=plan.plan_id,
            province=UnitId(plan.province_code, plan.province_valid_from),
            indicator=target.indicator,
            level=target.level,
            operator=target.operator,
            value=target.value,
            unit=target.unit,
            of=target.of,
            due=target.due,
            named=tuple(UnitId(one.unit_code, one.unit_valid_from) for one in target.named),
        )
        for plan in load_plans()
        if plan.province_code == province
        for target in plan.targets
    ]


def judged_on(target: Target, as_of: date, units: UnitsOverTime) -> date:
    """The earliest of the as-of day, the day it is due, and the last day of its province or of the units that it counts."""
    last_of_province = dict(units.provinces).get(target.province)
    goes_on = target.indicator in GOES_ON or (target.indicator == FLOW and target.level != "district")
    ends = [last_of_province, None if goes_on else LAST_DAY_OF_DISTRICTS]
    return min([as_of, target.due, *(end for end in ends if end is not None)])


def judge(target: Target, breakdown: str, as_of: date, day: date, found: Found) -> TargetTruth:
    """Compare exactly; where there is nothing to measure nothing is judged."""
    numerator, denominator, reason = found
    if denominator == 0:
        value, reached, asked, reason = None, None, None, "nothing_to_measure"
    elif target.unit == "count" or denominator is None:
        value, reached, asked = Fraction(numerator), Fraction(numerator), Fraction(target.value)
    else:
        value = Fraction(numerator, denominator)
        reached = value * 100
        asked = Fraction(target.value) if target.of is None else Fraction(target.value) / target.of * 100
    met = None
    if reached is not None and asked is not None:
        met = reached > asked if target.operator == "gt" else reached >= asked
    return TargetTruth(
        plan_id=target.plan_id,
        indicator=target.indicator,
        level=target.level,
        breakdown=breakdown,
        as_of=as_of.isoformat(),
        judged_on=day.isoformat(),
        numerator=numerator,
        denominator=denominator,
        value=None if value is None else float(value),
        met=met,
        gap=None if reached is None or asked is None else float(reached - asked),
        reason=reason,
    )


class Truths:
    """The truth on any day; what is counted on a day is counted once."""

    def __init__(self, registers: Registers, units: UnitsOverTime) -> None:
        self._registers = registers
        self._units = units
        self._counted: dict[tuple[str, date], Breakdowns] = {}

    def targets(self, targets: Iterable[Target], days: Sequence[date], flow: Flow) -> Iterator[TargetTruth]:
        """Each target as of each day."""
        for target in targets:
            breakdown = READINGS.get((target.plan_id, target.indicator), "")
            for as_of in days:
                day = judged_on(target, as_of, self._units)
                found = flow(target.level, day) if target.indicator == FLOW else self._found(target, breakdown, day)
                yield judge(target, breakdown, as_of, day, found)

    def stocks(self, days: Iterable[date]) -> Iterator[StockTruth]:
        """Each indicator of the plans by breakdown, of the province and of each district and commune that has something on either side."""
        for day in days:
            province = self._units.province_on(day)
            for indicator, (level, _) in MEASURES.items():
                if province is None or (level == "district" and day > LAST_DAY_OF_DISTRICTS):
                    continue
                for breakdown, counted in sorted(self._of_day(indicator, day).items()):
                    is_count = indicator in COUNTS
                    sums = sums_of_units(counted)
                    if not breakdown:
                        sums.setdefault((province, "province"), (0, None if is_count else 0))
                    for (unit, unit_level), (numerator, denominator) in sorted(sums.items()):
                        yield StockTruth(
                            indicator=indicator,
                            breakdown=breakdown,
                            level=level,
                            unit_code=unit.code,
                            unit_valid_from=unit.valid_from.isoformat(),
                            unit_level=unit_level,
                            as_of=day.isoformat(),
                            numerator=numerator,
                            denominator=denominator,
                        )

    def _of_day(self, indicator: str, day: date) -> Breakdowns:
        if (indicator, day) not in self._counted:
            self._counted[indicator, day] = MEASURES[indicator][1](self._registers, self._units, day)
        return self._counted[indicator, day]

    def _found(self, target: Target, breakdown: str, day: date) -> Found:
        if target.named:
            reached = recognised(self._registers.smart_communes, NAMED_KINDS[target.indicator], day)
            return Found(len(reached.intersection(target.named)), None)
        counted = [one for one in self._of_day(target.indicator, day).get(breakdown, ()) if one.place.province == target.province]
        is_count = target.indicator in COUNTS
        return Found(sum(one.numerator for one in counted), None if is_count else sum(one.denominator or 0 for one in counted))


def sums_of_units(counted: Iterable[Counted]) -> dict[tuple[UnitId, str], tuple[int, int | None]]:
    """Both sides by (unit, level of the unit): what counts in a commune counts in its district and its province too."""
    sums: dict[tuple[UnitId, str], tuple[int, int | None]] = {}
    for place, numerator, denominator in counted:
        for unit, level in ((place.commune, "commune"), (place.district, "district"), (place.province, "province")):
            if unit is not None:
                known = sums.get((unit, level), (0, None))
                sums[unit, level] = (known[0] + numerator, None if denominator is None else (known[1] or 0) + denominator)
    return sums
