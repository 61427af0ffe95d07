"""How each organisation behaves: how much it does, how much of it online, how its system writes times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from jobs.sample.draws import substream
from jobs.sample.organisations import Organisation, list_start
from jobs.sample.plan import SamplePlan


class TimeStyle(StrEnum):
    """How an e-office writes a moment: with Vietnam's offset, in UTC, or without a zone (then it is Vietnam's)."""

    OFFSET = "offset"
    UTC = "utc"
    LOCAL = "local"


_WORK_ONLINE_MEAN = {"province": 0.945, "district": 0.855, "commune": 0.69}
_PORTAL_ONLINE_MEAN = {"province": 0.88, "district": 0.78, "commune": 0.7}
_PAPER_MEAN = {"province": 0.015, "district": 0.04, "commune": 0.08}
# The lower, the wider organisations of a level differ: some communes are far below the mean.
_CONCENTRATION = {"province": 60.0, "district": 30.0, "commune": 7.0}


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Constants of one organisation. `volume` is a factor around 1; the others but `time_style` are shares."""

    volume: float
    work_online: float
    portal_online: float
    paper: float
    declares_paper: bool
    time_style: TimeStyle


class Roster:
    """The organisations of a sample and their behaviour, which depends on the seed and on their code only."""

    def __init__(self, plan: SamplePlan, organisations: Sequence[Organisation]) -> None:
        self.organisations = tuple(organisations)
        self._behaviour = {organisation.organ_id: _behaviour(plan, organisation) for organisation in organisations}
        self._active: dict[date, tuple[Organisation, ...]] = {}

    def on(self, day: date) -> tuple[Organisation, ...]:
        """The organisations that exist on a day; they change only with the list of units."""
        start = list_start(day)
        if start not in self._active:
            self._active[start] = tuple(item for item in self.organisations if item.valid_on(day))
        return self._active[start]

    def behaviour(self, organisation: Organisation) -> Behaviour:
        """How an organisation behaves."""
        return self._behaviour[organisation.organ_id]

    def weights(self, day: date, rates: Mapping[str, float]) -> list[float]:
        """Expected records on a working day of each organisation of `on(day)`, from the rates by kind."""
        return [rates[organisation.kind] * self.behaviour(organisation).volume for organisation in self.on(day)]

    def usual_number(self, workdays: Sequence[date], rates: Mapping[str, float]) -> int:
        """How many records the organisations have on these days at the rates by kind, units' own differences left out."""
        return round(sum(rates[organisation.kind] for day in workdays for organisation in self.on(day)))


def _behaviour(plan: SamplePlan, organisation: Organisation) -> Behaviour:
    generator = substream(plan.seed, plan.province, "organisation", organisation.organ_id)
    concentration = _CONCENTRATION[organisation.level]

    def share(mean: float) -> float:
        return float(generator.beta(mean * concentration, (1 - mean) * concentration))

    return Behaviour(
        volume=float(generator.lognormal(0, 0.4)),
        work_online=share(_WORK_ONLINE_MEAN[organisation.level]),
        portal_online=share(_PORTAL_ONLINE_MEAN[organisation.level]),
        paper=float(generator.gamma(2, _PAPER_MEAN[organisation.level] / 2)),
        declares_paper=bool(generator.random() >= plan.dirt.paper_undeclared),
        time_style=TimeStyle(["offset", "offset", "offset", "utc", "local"][int(generator.integers(0, 5))]),
    )
