"""Random numbers that depend on the plan's seed and on what is drawn, never on the order in which it is drawn."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np


def substream(seed: int, *path: str | int) -> np.random.Generator:
    """A generator of its own for one thing, e.g. `substream(7, "40", "dossiers", day.toordinal())`."""
    parts = [seed]
    for part in path:
        digest = hashlib.blake2b(repr(part).encode(), digest_size=8).digest()
        parts.append(int.from_bytes(digest, "big"))
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(parts)))


def allocate(generator: np.random.Generator, total: int, weights: Sequence[float]) -> list[int]:
    """`total` dealt out at random in proportion to the weights; the parts add up to it exactly."""
    shares = np.asarray(weights, dtype=float)
    return [int(part) for part in generator.multinomial(total, shares / shares.sum())]


def pick_many(generator: np.random.Generator, count: int, weights: Iterable[float]) -> list[int]:
    """`count` positions drawn in proportion to the weights."""
    cumulated = np.cumsum(np.fromiter(weights, dtype=float))
    drawn = np.searchsorted(cumulated / cumulated[-1], generator.random(count), side="right")
    positions: list[int] = drawn.clip(max=len(cumulated) - 1).tolist()
    return positions


def uniform(generator: np.random.Generator, count: int) -> list[float]:
    """`count` numbers from 0 to below 1."""
    numbers: list[float] = generator.random(count).tolist()
    return numbers


def long_tailed(generator: np.random.Generator, count: int, median: float, sigma: float) -> list[int]:
    """`count` whole numbers, 0 or more, lognormal: most are small, a few are very large."""
    numbers: list[int] = generator.lognormal(np.log(median), sigma, count).astype(int).tolist()
    return numbers
