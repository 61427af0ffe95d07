"""Which figures of an indicator are hidden, so that no small one can be read or computed.

A figure (cell) counts people's affairs for a unit, a breakdown and a period. One that is small is hidden; but the communes of a district, the months of a
quarter and the values of a breakdown add up to figures that are published, so a hidden cell alone could be computed. The rule: **a cell is hidden together with
a group in which one can be moved from cell to cell without any published figure changing.** Then another table, just as possible, gives the same publication,
and nobody can tell which of both is true.

A group is made of up to two units, two periods and two values of a breakdown: one more in (this unit, this month) and in (the other unit, the other month), one
less in (this, the other) and (the other, this). What lies above both of a pair does not change and stays published: their district, their quarter, the total of
the breakdown. What lies above one of them only changes, and is hidden too. Where there is no second unit, month or value, the group reaches up to the top. Of
all groups the one is taken that costs the least: a cell that is small itself or hidden already costs nothing, another one the more the higher it stands, so
that a province's year is the last to go.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import islice, product
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

TOTAL = ""
"""The breakdown of the total, as in `gold/indicator_value`."""
_MOST_PARTNERS = 12
"""Units that are tried as a partner, those with the smallest figures first: more make the search slower and hardly anything better."""
_A_STEP_UP = 4
"""How many times as much a figure is worth as one of those that it sums up."""


class Cell(NamedTuple):
    """A figure of an indicator at a level: unit, breakdown (`dimension=value`), period."""

    unit: Hashable
    breakdown: str
    period: Hashable


class Counts(NamedTuple):
    """What a cell counts; of a count without a denominator both are the same."""

    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of an indicator, at a level, that add up to each other.

    Attributes:
        counts: by cell. A cell that is not there counts nothing, and everybody knows.
        above: for a unit in a period that holds no other one, the units that its figures are summed to, the nearest first.
        coarser: for such a period those that it is summed to; a period of its own has none.
        dimensions: the breakdowns whose values add up to the total.
    """

    counts: Mapping[Cell, Counts]
    above: Mapping[tuple[Hashable, Hashable], tuple[Hashable, ...]]
    coarser: Mapping[Hashable, tuple[Hashable, ...]]
    dimensions: tuple[str, ...] = ()


def is_small(counts: Counts, below: int) -> bool:
    """Whether one of both sides counts so few that they could be known; nothing at all is nobody."""
    return any(0 < number < below for number in counts)


def summing_dimensions(counts: Mapping[Cell, Counts]) -> tuple[str, ...]:
    """The dimensions whose values add up to the total in every unit and period that has them."""
    sums: dict[str, dict[tuple[Hashable, Hashable], list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for cell, (numerator, denominator) in counts.items():
        if cell.breakdown != TOTAL:
            both = sums[_dimension(cell.breakdown)][cell.unit, cell.period]
            both[0] += numerator
            both[1] += denominator
    totals = {(cell.unit, cell.period): list(one) for cell, one in counts.items() if cell.breakdown == TOTAL and any(one)}
    return tuple(sorted(name for name, found in sums.items() if found == totals))


def hidden_cells(figures: Figures, below: int) -> frozenset[Cell]:
    """The cells that are hidden: the small ones, and those that they could be computed by.

    Args:
        figures: what adds up; what does not is another call.
        below: a number from 1 up to but not this one is small.
    """
    search = _Search(figures, below)
    for cell in sorted(search.small, key=lambda cell: (figures.counts[cell].denominator, *map(str, cell))):
        if cell not in search.hidden:
            search.hide(cell)
    return frozenset(search.hidden)


class _Search:
    """The groups of one set of figures."""

    def __init__(self, figures: Figures, below: int) -> None:
        self._figures = figures
        self._there = {cell for cell, counts in figures.counts.items() if counts.denominator > 0}
        self.small = {cell for cell, counts in figures.counts.items() if is_small(counts, below)}
        self.hidden: set[Cell] = set()
        self._finest: dict[Hashable, list[Hashable]] = defaultdict(list)
        for period, coarser in figures.coarser.items():
            for one in (period, *coarser):
                self._finest[one].append(period)
        self._worth: dict[Hashable, int] = defaultdict(lambda: 1)
        for lowest, higher in (*((unit, above) for (unit, _), above in figures.above.items()), *figures.coarser.items()):
            for steps, one in enumerate((lowest, *higher)):
                self._worth[one] = max(self._worth[one], _A_STEP_UP**steps)
        # By (breakdown, finest period): units, and of each unit those right below it.
        self._below: dict[tuple[Hashable, str, Hashable], list[Hashable]] = defaultdict(list)
        self._lowest: dict[tuple[str, Hashable], list[Hashable]] = defaultdict(list)
        by_size = sorted(self._there, key=lambda one: (figures.counts[one].denominator, *map(str, one)))
        for cell in by_size:
            if cell.period in figures.coarser and (above := self._above(cell.unit, cell.period)):
                self._below[above[0], cell.breakdown, cell.period].append(cell.unit)
        for cell in by_size:
            if cell.period in figures.coarser and (cell.unit, cell.breakdown, cell.period) not in self._below:
                self._lowest[cell.breakdown, cell.period].append(cell.unit)
        self._own = {cell: self._own_counts(cell) for cell in self._there if cell.period in figures.coarser}
        self._values: dict[tuple[str, Hashable, Hashable], list[str]] = defaultdict(list)
        for cell in by_size:
            if cell.breakdown != TOTAL:
                self._values[_dimension(cell.breakdown), cell.unit, cell.period].append(cell.breakdown)

    def hide(self, cell: Cell) -> None:
        """Hide a cell with the group that costs the least."""
        best: tuple[int, set[Cell]] | None = None
        for group in self._groups(cell):
            cost = sum(self._worth[one.unit] * self._worth[one.period] for one in group - self.hidden - self.small)
            if best is None or cost < best[0]:
                best = cost, group
            if cost == 0:
                break
        # There is always one: the cell with all that lies above it.
        assert best is not None  # noqa: S101
        self.hidden |= best[1]

    def _groups(self, cell: Cell) -> Iterator[set[Cell]]:
        """The groups that a cell can be hidden with, first those that reach the least high."""
        period = next(one for one in self._finest[cell.period] if cell._replace(period=one) in self._there)
        unit = cell.unit
        while lower := self._below.get((unit, cell.breakdown, period)):
            unit = lower[0]
        partners = self._partners(unit, cell, period)
        periods = self._other_periods(cell, period, unit)
        for other_period, other_unit in product((*periods, None), (*partners, None)):
            units = (unit,) if other_unit is None else (unit, other_unit)
            times = (period,) if other_period is None else (period, other_period)
            # A unit that passed to another district between the two months has no one place above it.
            if any(self._above(one, times[0]) != self._above(one, times[-1]) for one in units):
                continue
            for values, moved in self._breakdowns(cell.breakdown, units, times):
                if self._can_move(units, times, values, moved):
                    group = self._group(units, times, (*values, *moved))
                    if cell in group:
                        yield group

    def _partners(self, unit: Hashable, cell: Cell, period: Hashable) -> list[Hashable]:
        above = self._above(unit, period)
        if not above:
            return []
        # A partner below the cell's own unit would leave the cell as it is.
        near = [] if cell.unit in above else self._below[above[0], cell.breakdown, period]
        lowest = [one for one in near if one != unit and (one, cell.breakdown, period) not in self._below]
        if lowest:
            return lowest[:_MOST_PARTNERS]
        others = (one for one in self._lowest[cell.breakdown, period] if one != unit and cell.unit not in self._above(one, period))
        return list(islice(others, _MOST_PARTNERS))

    def _other_periods(self, cell: Cell, period: Hashable, unit: Hashable) -> list[Hashable]:
        """Other periods with such a cell, those with the most in common above first; not those within the cell's own, or with nothing in common."""
        common = {
            one: len({*self._figures.coarser[period]} & {*self._figures.coarser[one]})
            for one in self._figures.coarser
            if one not in self._finest[cell.period] and Cell(unit, cell.breakdown, one) in self._there
        }
        return sorted((one for one, count in common.items() if count), key=lambda one: (-common[one], str(one)))

    def _breakdowns(
        self, breakdown: str, units: Sequence[Hashable], times: Sequence[Hashable]
    ) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
        """What goes up and what goes down beside it: one value against another, or the total with one value of each dimension."""
        own = _dimension(breakdown)
        if breakdown != TOTAL and own not in self._figures.dimensions:
            yield (breakdown,), ()
            return
        if breakdown != TOTAL:
            for other in self._values[own, units[0], times[0]]:
                if other != breakdown:
                    yield (breakdown,), (other,)
        others = [self._values[name, units[0], times[0]] for name in self._figures.dimensions if name != own]
        for chosen in product(*others):
            yield tuple(dict.fromkeys((TOTAL, breakdown, *chosen))), ()

    def _can_move(self, units: Sequence[Hashable], times: Sequence[Hashable], up: Sequence[str], down: Sequence[str]) -> bool:
        """Whether one can be taken from all that go down: whole numbers, none below 0, no numerator over its denominator."""
        signed: tuple[list[Cell], list[Cell]] = ([], [])
        for (i, unit), (j, time), (k, values) in product(enumerate(units), enumerate(times), enumerate((up, down))):
            signed[(i + j + k) % 2].extend(Cell(unit, value, time) for value in values)
        if not all(cell in self._own and self._own[cell].denominator > 0 for side in signed for cell in side):
            return False
        return any(all(self._own[cell].numerator > 0 for cell in side) for side in signed)

    def _group(self, units: Sequence[Hashable], times: Sequence[Hashable], breakdowns: Iterable[str]) -> set[Cell]:
        """All cells that the movement changes."""
        places = _apart([(unit, *self._above(unit, times[0])) for unit in units])
        periods = _apart([(time, *self._figures.coarser[time]) for time in times])
        cells = (Cell(*one) for one in product(places, breakdowns, periods))
        return {cell for cell in cells if cell in self._figures.counts}

    def _own_counts(self, cell: Cell) -> Counts:
        """What a unit counts beside the units below it: of a commune all, of a district what its own agencies have."""
        counts = self._figures.counts
        parts = [counts[cell._replace(unit=one)] for one in self._below.get((cell.unit, cell.breakdown, cell.period), ())]
        numerator, denominator = counts[cell]
        return Counts(numerator - sum(one.numerator for one in parts), denominator - sum(one.denominator for one in parts))

    def _above(self, unit: Hashable, period: Hashable) -> tuple[Hashable, ...]:
        return self._figures.above.get((unit, period), ())


def _apart(chains: Sequence[tuple[Hashable, ...]]) -> list[Hashable]:
    """What is in one of up to two chains and not in both."""
    first, last = chains[0], chains[-1]
    if len(chains) == 1:
        return list(first)
    return [*(one for one in first if one not in last), *(one for one in last if one not in first)]


def _dimension(breakdown: str) -> str:
    return breakdown.partition("=")[0]
