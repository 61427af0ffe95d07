"""The truth about a sample: what the pipeline must find, as the generator knows it; never read from the pipeline."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from jobs.errors import UsageError
from jobs.sample.fates import Fact, FateCounts, Line, Term, judge
from jobs.sample.plan import SamplePlan
from jobs.sample.vocabulary import ProvincePeriod

INDICATORS = ("work_records_online", "dossiers_received_online", "dossiers_on_time", "documents_exchanged_electronically")
LEVELS = ("province", "district", "commune")


@dataclass(frozen=True, slots=True)
class UnitMonth:
    """A ratio of one unit's own agencies. Grain: (indicator, level, unit_code, month).

    The unit is the agency's own (for agencies of the province its code, for district offices the district, for
    People's Committees of communes the commune), without the units below it; its code means the unit of that month
    (YYYY-MM, Vietnam's). `denominator` has the declared paper records in it, `denominator_without_paper` has not.
    """

    indicator: str
    level: str
    unit_code: str
    month: str
    numerator: int
    denominator: int
    denominator_without_paper: int


@dataclass(frozen=True, slots=True)
class ProvinceTotal:
    """A ratio of all agencies of a level in the province. Grain: (indicator, level, province_valid_from, period).

    `period` is `year_to_date` (1 January to the sample's last day) or `range` (the sample's days); a province code that
    meant another province before the merger has a row for each identity.
    """

    indicator: str
    level: str
    province_code: str
    province_valid_from: str
    period: str
    period_start: str
    period_end: str
    numerator: int
    denominator: int
    denominator_without_paper: int


@dataclass(frozen=True, slots=True)
class DatasetFates:
    """Rows of a dataset by fate when everything is loaded at once; `rejected` by error code."""

    dataset: str
    read: int
    accepted: int
    duplicate: int
    withheld: int
    rejected: dict[str, int]


@dataclass(frozen=True, slots=True)
class TargetTruth:
    """A target of the province's plan. Grain: (plan_id, indicator, level, as_of).

    `breakdown` is the one that the target reads ('' = the total); `value` a share or a count, `gap` percentage points or units above the target;
    `denominator` is None for counts; `value`, `met` and `gap` are None where there is nothing to measure.
    """

    plan_id: str
    indicator: str
    level: str
    breakdown: str
    as_of: str
    judged_on: str
    numerator: int
    denominator: int | None
    value: float | None
    met: bool | None
    gap: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class StockTruth:
    """A stock of a unit on a day. Grain: (indicator, breakdown, unit_code, unit_valid_from, as_of).

    `level` is that of the indicator, `unit_level` that of the unit; a unit's figure is the sum over all that lies in it, and it is there where it
    has something on either side; the province's total always is.
    """

    indicator: str
    breakdown: str
    level: str
    unit_code: str
    unit_valid_from: str
    unit_level: str
    as_of: str
    numerator: int
    denominator: int | None


@dataclass(frozen=True, slots=True)
class Truth:
    """The truth about one sample that is alone in its landing zone (or beside samples of other provinces).

    `recognised_products` counts OCOP products on the sample's last day by breakdown: '' all, `stars=4`, `group=food`.
    `on_time_qd766` has, by level, the dossiers that are in time and those that count, from 1 January to the sample's last day, as QĐ 766/QĐ-TTg scores them.
    `unreadable` names objects (paths within the landing zone) that must be reported as failed; they have no rows.
    `paper_undeclared` lists organisations that declare no paper records. `targets` are those of the province's plan as of month ends and of the
    sample's last day, `stocks` those of its last day (and of the day before the reform, where that lies within); both are empty in a sample without
    registry sheets.
    """

    province: str
    date_from: str
    date_to: str
    seed: int
    unit_months: tuple[UnitMonth, ...]
    province_totals: tuple[ProvinceTotal, ...]
    recognised_products: dict[str, int]
    fates: tuple[DatasetFates, ...]
    unreadable: tuple[str, ...]
    paper_undeclared: tuple[str, ...]
    targets: tuple[TargetTruth, ...] = ()
    stocks: tuple[StockTruth, ...] = ()
    on_time_qd766: dict[str, list[int]] = field(default_factory=dict)


class TruthBuilder:
    """Gathers the truth while the records are made."""

    def __init__(self) -> None:
        self._fates: dict[str, FateCounts] = defaultdict(FateCounts)
        self._unit_months: dict[tuple[str, str, str, str], list[int]] = {}
        self._days: dict[tuple[str, str, date], list[int]] = {}
        self._terms: Counter[Term] = Counter()
        self._agency_months: dict[bool, set[tuple[str, str, str]]] = {True: set(), False: set()}
        self.recognised_products: Mapping[str, int] = {}
        self.paper_undeclared: Sequence[str] = ()

    def add(self, dataset: str, lines: Sequence[Line]) -> Line | None:
        """Count all lines of one key that are written, and the facts of the one that wins, which is returned."""
        fates, winner = judge(lines)
        counts = self._fates[dataset]
        for fate, line in zip(fates, lines, strict=True):
            counts.count(fate, line.error)
        if winner and not winner.withdrawn:
            for fact in winner.facts:
                self._add_fact(fact)
            if winner.term:
                self._terms[winner.term] += 1
        return winner

    def add_duplicates(self, rows: Mapping[str, int]) -> None:
        """Count the rows, by dataset, of objects whose content landed before under another name."""
        for dataset, count in rows.items():
            self._fates[dataset].duplicate += count

    def _add_fact(self, fact: Fact) -> None:
        month = fact.day.isoformat()[:7]
        for sums in (
            self._unit_months.setdefault((fact.indicator, fact.level, fact.unit_code, month), [0, 0, 0]),
            self._days.setdefault((fact.indicator, fact.level, fact.day), [0, 0, 0]),
        ):
            sums[0] += fact.numerator
            sums[1] += fact.denominator
            sums[2] += fact.denominator - fact.paper

        if fact.agency:
            # A declaration adds nothing but paper, a work record nothing of it.
            self._agency_months[fact.denominator == fact.paper].add((fact.level, fact.agency, month))

    def year_to_date(self, indicator: str, level: str, day: date) -> tuple[int, int]:
        """Both sides of a ratio of all agencies of a level, from 1 January to the day."""
        rows = [sums for (of, at, on), sums in self._days.items() if (of, at) == (indicator, level) and on.year == day.year and on <= day]
        return sum(sums[0] for sums in rows), sum(sums[1] for sums in rows)

    def on_time_qd766(self, day: date) -> dict[str, list[int]]:
        """By level the dossiers of the year up to a day that are in time, and all that count: received in it, or finished in it and received before."""
        since, sums = date(day.year, 1, 1), {level: [0, 0] for level in LEVELS}
        for term, count in self._terms.items():
            ended = term.finished_on
            is_of_year = since <= term.received_on <= day or (term.received_on < since and ended is not None and since <= ended <= day)
            if is_of_year:
                sums[term.level][0] += count * (min(ended or day, day) <= term.due_on)
                sums[term.level][1] += count
        return sums

    def is_paper_unknown(self, level: str, day: date) -> bool:
        """Whether some agency of a level closed records in a month of the year without declaring its paper records, once the month is over."""
        undeclared = self._agency_months[False] - self._agency_months[True]
        months_over = f"{day + timedelta(days=1):%Y-%m}"
        return any(at == level and f"{day.year}-01" <= month < months_over for at, _, month in undeclared)

    def finish(
        self,
        plan: SamplePlan,
        periods: Iterable[ProvincePeriod],
        unreadable: Sequence[str],
        targets: Iterable[TargetTruth] = (),
        stocks: Iterable[StockTruth] = (),
    ) -> Truth:
        """The truth as one value, every list in a fixed order."""
        return Truth(
            province=plan.province,
            date_from=plan.date_from.isoformat(),
            date_to=plan.date_to.isoformat(),
            seed=plan.seed,
            unit_months=tuple(UnitMonth(*key, *sums) for key, sums in sorted(self._unit_months.items())),
            province_totals=tuple(self._province_totals(plan, tuple(periods))),
            recognised_products=dict(sorted(self.recognised_products.items())),
            fates=tuple(
                DatasetFates(
                    dataset,
                    counts.read,
                    counts.accepted,
                    counts.duplicate,
                    counts.withheld,
                    dict(sorted(counts.rejected.items())),
                )
                for dataset, counts in sorted(self._fates.items())
            ),
            unreadable=tuple(sorted(unreadable)),
            paper_undeclared=tuple(sorted(self.paper_undeclared)),
            targets=tuple(targets),
            stocks=tuple(stocks),
            on_time_qd766=self.on_time_qd766(plan.date_to),
        )

    def _province_totals(self, plan: SamplePlan, periods: Sequence[ProvincePeriod]) -> Iterable[ProvinceTotal]:
        spans = {"year_to_date": date(plan.date_to.year, 1, 1), "range": plan.date_from}
        sums: Counter[tuple[str, str, date, str, int]] = Counter()
        for (indicator, level, day), values in self._days.items():
            valid_from = next(p.valid_from for p in periods if p.valid_from <= day and (not p.valid_to or day <= p.valid_to))
            for period, start in spans.items():
                if start <= day <= plan.date_to:
                    for position, value in enumerate(values):
                        sums[indicator, level, valid_from, period, position] += value
        for indicator in INDICATORS:
            for level in LEVELS:
                for identity in periods:
                    for period, start in spans.items():
                        if identity.valid_from > plan.date_to or (identity.valid_to and identity.valid_to < start):
                            continue
                        key = (indicator, level, identity.valid_from, period)
                        numerator, denominator, without_paper = (sums[(*key, position)] for position in range(3))
                        yield ProvinceTotal(
                            indicator,
                            level,
                            plan.province,
                            identity.valid_from.isoformat(),
                            period,
                            start.isoformat(),
                            plan.date_to.isoformat(),
                            numerator,
                            denominator,
                            without_paper,
                        )


def truth_path(plan: SamplePlan, truth_root: Path) -> Path:
    """Where the truth about a sample is kept; one file a province, seed and range of days."""
    return truth_root / f"truth-{plan.label}-{plan.date_from:%Y%m%d}-{plan.date_to:%Y%m%d}.json"


def write_truth(truth: Truth, path: Path) -> None:
    """Write the truth as one JSON file (UTF-8), whole or not at all: where it is, its sample is taken for complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(asdict(truth), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    part.replace(path)


def read_truth(path: Path) -> Truth:
    """Read what `write_truth` wrote.

    Raises:
        UsageError: the file is missing or is not a truth.
    """
    try:
        data: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
        return Truth(
            **{
                **data,
                "unit_months": tuple(UnitMonth(**row) for row in data["unit_months"]),
                "province_totals": tuple(ProvinceTotal(**row) for row in data["province_totals"]),
                "fates": tuple(DatasetFates(**row) for row in data["fates"]),
                "unreadable": tuple(data["unreadable"]),
                "paper_undeclared": tuple(data["paper_undeclared"]),
                # Truths of earlier days have neither.
                "targets": tuple(TargetTruth(**row) for row in data.get("targets", ())),
                "stocks": tuple(StockTruth(**row) for row in data.get("stocks", ())),
            }
        )
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file; `ntm sample` writes the truth beside the sample") from None
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path}: not the truth of a sample, as `ntm sample` writes it ({error})") from error
