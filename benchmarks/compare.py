"""Whether the contestants found the same: their figures against the generator's truth, and against each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from benchmarks.contestant import Figure, Result
from benchmarks.workload import CHANGE_DAY, INDICATORS, Workload
from jobs.sample.truth import Truth

SHOWN = 3
_FATES = ("read", "accepted", "rejected", "duplicate", "withheld")


def truth_figures(truth: Truth) -> tuple[Figure, ...]:
    """The truth as figures: units' own agencies by month, without declared paper records, where there is something."""
    return tuple(
        Figure(row.indicator, row.level, row.unit_code, row.month, row.numerator, row.denominator_without_paper)
        for row in truth.unit_months
        if row.denominator_without_paper
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


def full_differences(truth: Truth, results: Mapping[str, Result], pipeline: str) -> list[str]:
    """The full load: every contestant's figures, and every row's fate as the pipeline counted it, against the truth."""
    expected = truth_figures(truth)
    sentences = [
        sentence for name, result in results.items() for sentence in figure_differences(expected, result.figures, f"full load, {name}")
    ]
    return sentences + _count_differences(truth_counts(truth), results[pipeline].counts, "full load")


def change_differences(workload: Workload, results: Mapping[str, Result], pipeline: str) -> list[str]:
    """The day of change: the figures of all contestants are the same, its month holds the new records and no others, and no row was lost."""
    sentences: list[str] = []
    month = f"{CHANGE_DAY:%Y-%m}"
    for name, result in results.items():
        if name != pipeline:
            sentences += figure_differences(results[pipeline].figures, result.figures, f"day of change, {name} against {pipeline}")
        for indicator in INDICATORS:
            mine = [figure for figure in result.figures if (figure.indicator, figure.month) == (indicator, month)]
            found = (sum(figure.numerator for figure in mine), sum(figure.denominator for figure in mine))
            if found != tuple(workload.change_month[indicator]):
                expected = _ratio(workload.change_month[indicator])
                sentences.append(f"day of change, {name}: {indicator} of {month} is {_ratio(found)}, expected {expected}")
    rows = sum(workload.change_rows.values())
    expected_counts = {**dict.fromkeys(_FATES, 0), "read": rows, "accepted": rows}
    return sentences + _count_differences(expected_counts, results[pipeline].counts, "day of change")


def _count_differences(expected: Mapping[str, int], found: Mapping[str, int], told: str) -> list[str]:
    return [
        f"{told}, pipeline: {found.get(fate, 0):,} rows {fate}, expected {expected[fate]:,}"
        for fate in _FATES
        if found.get(fate, 0) != expected[fate]
    ]


def _ratio(parts: tuple[int, ...] | None) -> str:
    return "nothing" if parts is None else "/".join(str(part) for part in parts)
