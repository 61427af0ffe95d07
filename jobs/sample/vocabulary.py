"""The words and facts of `vocabulary.yaml`, checked and typed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from jobs.errors import UsageError
from jobs.sample.draws import uniform
from jobs.sample.working_days import WorkingCalendar, days_between

VOCABULARY_PATH = Path(__file__).with_name("vocabulary.yaml")


@dataclass(frozen=True, slots=True)
class ProvincePeriod:
    """One identity of a province code: its first and last day (None = open) and its level-1 organisation code."""

    valid_from: date
    valid_to: date | None
    level_1: str


@dataclass(frozen=True, slots=True)
class Procedure:
    """An administrative procedure. `service_level` is MucDo: 4 whole process online, 3 part, 2 information only."""

    code: str
    name: str
    field_code: str
    field_name: str
    service_level: int
    days: int
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All words of the sample."""

    marker: str
    provinces: dict[str, tuple[ProvincePeriod, ...]]
    growing_areas: dict[str, str]
    holidays: frozenset[date]
    yearly_holidays: frozenset[str]
    departments: tuple[str, ...]
    departments_from_2025_07: tuple[str, ...]
    district_offices: tuple[str, ...]
    work_actions: tuple[str, ...]
    work_subjects: tuple[str, ...]
    procedures: tuple[Procedure, ...]
    surnames: tuple[str, ...]
    middle_names: tuple[str, ...]
    given_names: tuple[str, ...]
    ocop_products: dict[str, tuple[tuple[str, str], ...]]
    registry: dict[str, tuple[str, ...]]

    def province_periods(self, province: str) -> tuple[ProvincePeriod, ...]:
        """The identities of a province code.

        Raises:
            UsageError: the vocabulary has no such province.
        """
        if province not in self.provinces:
            known = ", ".join(sorted(self.provinces))
            raise UsageError(f"sample: --province {province} is not one of {known} (add it to {VOCABULARY_PATH.name})")
        return self.provinces[province]

    def marked(self, text: str) -> str:
        """The text with the words that say it was generated."""
        return f"{text} {self.marker}"

    def calendar(self, date_from: date, date_to: date) -> WorkingCalendar:
        """The working days around the days of a sample."""
        return WorkingCalendar(date_from, date_to, self.holidays, self.yearly_holidays)

    def people(self, generator: np.random.Generator, count: int) -> list[str]:
        """Names put together at random; no name is taken from a person."""
        parts = (self.surnames, self.middle_names, self.given_names)
        draws = [uniform(generator, count) for _ in parts]
        return [
            " ".join(words[int(draw * len(words))] for words, draw in zip(parts, drawn, strict=True)) for drawn in zip(*draws, strict=True)
        ]


def _period(fields: dict[str, Any]) -> ProvincePeriod:
    return ProvincePeriod(fields["from"], fields.get("to"), fields["level_1"])


@lru_cache(maxsize=1)
def load_vocabulary() -> Vocabulary:
    """The vocabulary; read once a process."""
    data = yaml.safe_load(VOCABULARY_PATH.read_text(encoding="utf-8"))
    lists = (
        "departments",
        "departments_from_2025_07",
        "district_offices",
        "work_actions",
        "work_subjects",
        "surnames",
        "middle_names",
        "given_names",
    )
    return Vocabulary(
        marker=data["marker"],
        provinces={code: tuple(map(_period, entry["periods"])) for code, entry in data["provinces"].items()},
        growing_areas={code: entry["growing_area"] for code, entry in data["provinces"].items()},
        holidays=days_between((first, last) for first, last in data["public_holidays"]),
        yearly_holidays=frozenset(data["yearly_holidays"]),
        procedures=tuple(Procedure(**{**procedure, "kinds": tuple(procedure["kinds"])}) for procedure in data["procedures"]),
        ocop_products={group: tuple((name, subgroup) for name, subgroup in products) for group, products in data["ocop_products"].items()},
        registry={name: tuple(words) for name, words in data["registry"].items()},
        **{name: tuple(data[name]) for name in lists},
    )
