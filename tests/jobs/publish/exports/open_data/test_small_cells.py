"""No hidden figure can be computed from the published ones: shown on generated tables by linear algebra that knows nothing of how they were hidden."""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.publish.exports.open_data.small_cells import Cell, Counts, Figures, hidden_cells, is_small, summing_dimensions

if TYPE_CHECKING:
    from collections.abc import Iterable

BELOW = 5
PROVINCE = "P"
COMMUNES = {"a": "X", "b": "X", "c": "X", "d": "Y", "e": "Y", "f": "Z"}
MONTHS = {m: (f"q{(m - 1) // 3 + 1}", f"h{(m - 1) // 6 + 1}", "year") for m in range(1, 8)}
LEVELS, APPLICANTS = ("level=full", "level=part"), ("by=citizen", "by=firm", "by=other")

Fact = tuple[str, int, str, str, int, int]


def chain(unit: str) -> tuple[str, ...]:
    return (PROVINCE,) if unit in "XYZ" else (COMMUNES[unit], PROVINCE)


def rolled_up(facts: Iterable[Fact]) -> dict[Cell, Counts]:
    sums: Counter[tuple[Cell, int]] = Counter()
    for unit, month, level, by, numerator, denominator in facts:
        for cell in (Cell(*one) for one in product((unit, *chain(unit)), ("", level, by), (month, *MONTHS[month]))):
            sums[cell, 0] += numerator
            sums[cell, 1] += denominator
    return {cell: Counts(sums[cell, 0], sums[cell, 1]) for cell, _ in sums}


def figures_of(facts: Iterable[Fact]) -> Figures:
    counts = rolled_up(facts)
    above = {(unit, month): chain(unit) for unit in (*COMMUNES, *"XYZ") for month in MONTHS}
    return Figures(counts, above, MONTHS, summing_dimensions(counts))


def equations(cells: Iterable[Cell], *, districts_have_own: bool) -> list[dict[object, int]]:
    """What adds up, as sums that are 0: whole less parts. What a district has beside its communes is an unknown of its own, where there can be such."""
    there, found = set(cells), []
    finer = defaultdict(set)
    for month, (quarter, half, year) in MONTHS.items():
        finer[quarter].add(month)
        finer[half].add(quarter)
        finer[year].add(half)
    for cell in there:
        parts = [[cell._replace(period=one) for one in finer[cell.period]]] if finer[cell.period] else []
        if cell.breakdown == "":
            parts += [[cell._replace(breakdown=one) for one in values] for values in (LEVELS, APPLICANTS)]
        below = [one for one in (*COMMUNES, *"XYZ") if chain(one)[0] == cell.unit]
        if below:
            own = {("own", cell): -1} if districts_have_own and cell.unit != PROVINCE else {}
            found.append({cell: 1, **own, **{one: -1 for unit in below if (one := cell._replace(unit=unit)) in there}})
        found += [{cell: 1, **{one: -1 for one in some if one in there}} for some in parts]
    return found


def computable(hidden: Iterable[Cell], cells: Iterable[Cell], *, districts_have_own: bool = False) -> set[object]:
    """The hidden cells that the equations give one value for, whatever the published ones are: Gauss, with exact numbers."""
    unknown = set(hidden)
    solved: dict[object, dict[object, Fraction]] = {}
    for equation in equations(cells, districts_have_own=districts_have_own):
        row = {one: Fraction(factor) for one, factor in equation.items() if one in unknown or (isinstance(one[0], str) and one[0] == "own")}
        for pivot in [one for one in row if one in solved]:
            factor = row.get(pivot, Fraction(0))
            for one, value in solved[pivot].items():
                row[one] = row.get(one, Fraction(0)) - factor * value
        row = {one: value for one, value in row.items() if value}
        if not row:
            continue
        pivot = next(iter(row))
        row = {one: value / row[pivot] for one, value in row.items()}
        for other in solved.values():
            if factor := other.get(pivot):
                for one, value in row.items():
                    other[one] = other.get(one, Fraction(0)) - factor * value
                for one in [one for one, value in other.items() if not value]:
                    del other[one]
        solved[pivot] = row
    return {pivot for pivot, row in solved.items() if len(row) == 1 and pivot in unknown}


@st.composite
def facts(draw: st.DrawFn) -> list[Fact]:
    units = st.sampled_from([*COMMUNES, *(["X", "Y"] if draw(st.booleans()) else [])])
    most = draw(st.sampled_from([2, 8, 30]))
    drawn = draw(
        st.lists(
            st.tuples(units, st.sampled_from(list(MONTHS)), st.sampled_from(LEVELS), st.sampled_from(APPLICANTS), st.integers(1, most)),
            min_size=1,
            max_size=60,
        )
    )
    return [(*one[:4], draw(st.integers(0, one[4])), one[4]) for one in drawn]


@given(facts())
@settings(max_examples=150, deadline=None)
def test_no_hidden_figure_can_be_computed(made: list[Fact]) -> None:
    figures = figures_of(made)
    hidden = hidden_cells(figures, BELOW)
    assert {cell for cell, counts in figures.counts.items() if is_small(counts, BELOW)} <= hidden
    assert not computable(hidden, figures.counts, districts_have_own=any(fact[0] in "XY" for fact in made))


def test_the_check_finds_what_can_be_computed() -> None:
    figures = figures_of([("a", 1, LEVELS[0], APPLICANTS[0], 3, 3), ("b", 1, LEVELS[0], APPLICANTS[0], 40, 50)])
    small = {cell for cell, counts in figures.counts.items() if is_small(counts, BELOW)}
    assert Cell("a", "", 1) in small
    assert computable(small, figures.counts) & small


def test_a_pair_of_communes_and_months_leaves_their_sums() -> None:
    made = [(unit, month, LEVELS[0], APPLICANTS[0], 20, 30) for unit in "abc" for month in (1, 2, 3)]
    made[0] = (*made[0][:4], 3, 30)
    figures = figures_of(made)
    hidden = hidden_cells(figures, BELOW)
    assert {(cell.unit, cell.period) for cell in hidden} <= set(product("abc", (1, 2, 3)))
    assert len({(cell.unit, cell.period) for cell in hidden}) == 4


def test_a_commune_alone_takes_its_district_with_it() -> None:
    figures = figures_of([("f", 1, LEVELS[0], APPLICANTS[0], 2, 9), ("a", 1, LEVELS[0], APPLICANTS[0], 70, 90)])
    hidden = hidden_cells(figures, BELOW)
    assert Cell("Z", "", 1) in hidden
    assert Cell(PROVINCE, "", 1) not in hidden


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"), [(0, 0, False), (0, 40, False), (4, 40, True), (0, 4, True), (5, 5, False)]
)
def test_small_is_from_1_up_to_the_limit(numerator: int, denominator: int, expected: bool) -> None:
    assert is_small(Counts(numerator, denominator), BELOW) is expected


def test_a_breakdown_that_stands_apart_does_not_add_up() -> None:
    counts = rolled_up([("a", 1, LEVELS[0], APPLICANTS[0], 3, 9)])
    counts[Cell("a", "due_date=unknown", 1)] = Counts(0, 7)
    assert summing_dimensions(counts) == ("by", "level")
