"""Whether the contestants found the same: their figures against the generator's truth, and against each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from benchmarks.contestant import Figure
from benchmarks.contestants import Contestant
from benchmarks.runner import Measurement
from benchmarks.workload import CHANGE_DAY, INDICATORS, Workload
from jobs.sample.truth import Truth, read_truth

SHOWN = 3
_FATES = ("read", "accepted", "rejected", "duplicate", "withheld")

Figures = Mapping[str, tuple[Figure, ...]]
"""By who found them."""
Counts = Mapping[str, Mapping[str, int]]
"""Rows by fate, by who counted them: the pipelines do."""


def differences(loaded: Workload, measured: Mapping[Contestant, Measurement]) -> list[str]:
    """Where what was found on a workload is not what it must be."""
    truth = read_truth(loaded.truth)
    pipelines = {one: measurement for one, measurement in measured.items() if one.is_pipeline}
    sentences = full_differences(
        truth,
        {one.title: measurement.full.result.figures for one, measurement in measured.items()},
        {one.title: measurement.full.result.counts for one, measurement in pipelines.items()},
    )
    days = {one.title: measurement.day.result.figures for one, measurement in measured.items() if measurement.day}
    days |= {f"{one.title} by ntm run": measurement.ntm_run_figures for one, measurement in pipelines.items() if measurement.ntm_run}
    if days:
        counts = {one.title: measurement.day.result.counts for one, measurement in pipelines.items() if measurement.day}
        sentences += change_differences(loaded, days, counts)
    return sentences


def truth_figures(truth: Truth) -> tuple[Figure, ...]:
    """The truth as figures, of the indicators that contestants compute: units' own agencies by month, without declared paper records."""
    return tuple(
        Figure(row.indicator, row.level, row.unit_code, row.month, row.numerator, row.denominator_without_paper)
        for row in truth.unit_months
        if row.indicator in INDICATORS and row.denominator_without_paper
    )


def truth_counts(truth: Truth) -> dict[str, int]:
    """Rows of all datasets by fate."""
    counts = dict.fromkeys(_FATES, 0)
    for dataset in truth.fates:
        counts["read"] += dataset.read
        counts["accepted"] += dataset.accepted
        counts["rejected"] += sum(dataset.rejected.values())
        counts["duplicate"] += dataset.duplicate
        counts["withheld"] += dataset.withheld
    return counts


def figure_differences(expected: Iterable[Figure], found: Iterable[Figure], told: str) -> list[str]:
    """Where two sets of figures differ, a sentence each; the first few and how many more."""
    known, seen = ({figure[:4]: figure[4:] for figure in figures} for figures in (expected, found))
    wrong = [key for key in sorted({*known, *seen}) if known.get(key) != seen.get(key)]
    sentences = [f"{told}: {', '.join(key)}: {_ratio(seen.get(key))}, expected {_ratio(known.get(key))}" for key in wrong[:SHOWN]]
    if len(wrong) > SHOWN:
        sentences.append(f"{told}: {len(wrong) - SHOWN} more figures differ")
    return sentences


def full_differences(truth: Truth, figures: Figures, counts: Counts) -> list[str]:
    """The full load: everybody's figures, and every row's fate as the pipelines counted it, against the truth."""
    expected = truth_figures(truth)
    sentences = [sentence for who, found in figures.items() for sentence in figure_differences(expected, found, f"full load, {who}")]
    return sentences + _count_differences(truth_counts(truth), counts, "full load")


def change_differences(workload: Workload, figures: Figures, counts: Counts) -> list[str]:
    """The day of change: everybody's figures are the same, its month holds the new records and no others, and no row was lost."""
    sentences: list[str] = []
    month = f"{CHANGE_DAY:%Y-%m}"
    first, expected = next(iter(figures.items()))
    for who, found in figures.items():
        sentences += figure_differences(expected, found, f"day of change, {who} against {first}")
        for indicator in INDICATORS:
            mine = [figure for figure in found if (figure.indicator, figure.month) == (indicator, month)]
            total = (sum(figure.numerator for figure in mine), sum(figure.denominator for figure in mine))
            if total != tuple(workload.change_month[indicator]):
                wanted = _ratio(workload.change_month[indicator])
                sentences.append(f"day of change, {who}: {indicator} of {month} is {_ratio(total)}, expected {wanted}")
    rows = sum(workload.change_rows.values())
    return sentences + _count_differences({**dict.fromkeys(_FATES, 0), "read": rows, "accepted": rows}, counts, "day of change")


def _count_differences(expected: Mapping[str, int], counts: Counts, told: str) -> list[str]:
    return [
        f"{told}, {who}: {found.get(fate, 0):,} rows {fate}, expected {expected[fate]:,}"
        for who, found in counts.items()
        for fate in _FATES
        if found.get(fate, 0) != expected[fate]
    ]


def _ratio(parts: tuple[int, ...] | None) -> str:
    return "nothing" if parts is None else "/".join(str(part) for part in parts)
