"""Sides for a few groups of tracks, so that each genre is met on each side where it can be.

With a dozen artists a hash leaves genres without a test example. Here the groups are placed one
after the other where they are missed most, and then moved or swapped while that lowers the cost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

Real = npt.NDArray[np.float64]

EMPTY_COSTS: Final = (20.0, 3.0, 10.0)
"""What a genre without an example costs on each side, in squared tracks.

A genre that is not learnt or not tested hurts more than one that only validation misses.
"""

TOTAL_WEIGHT: Final = 0.25
"""How much the size of a side counts beside the mix of genres on it."""

MAX_ROUNDS: Final = 8


def balanced_sides(
    groups: Sequence[Counter[str]], have: Sequence[Counter[str]], shares: Sequence[float]
) -> list[int]:
    """The side (index into ``shares``) of each group.

    ``groups`` and ``have`` count tracks by genre: in each group, and already on each side. The
    result is a function of its arguments; groups that count nothing go to the first side.

    >>> one = Counter({"jazz": 1})
    >>> sorted(balanced_sides([one] * 4, [Counter()] * 3, (0.5, 0.25, 0.25)))
    [0, 0, 1, 2]
    """
    genres = sorted({genre for counts in (*groups, *have) for genre in counts})
    if not genres:
        return [0] * len(groups)
    G = _matrix(groups, genres)
    start = _matrix(have, genres)
    target = np.outer(shares, G.sum(axis=0) + start.sum(axis=0))
    sides = np.zeros(len(groups), dtype=int)
    filled = start.copy()
    for index in np.argsort(-G.sum(axis=1), kind="stable"):
        sides[index] = int(np.argmin(_costs_of_adding(filled, G[index], target)))
        filled[sides[index]] += G[index]
    _improve(sides, filled, G, target)
    return [int(side) for side in sides]


def _matrix(counts: Sequence[Counter[str]], genres: Sequence[str]) -> Real:
    rows = [[float(c[genre]) for genre in genres] for c in counts]
    return np.array(rows).reshape(len(counts), len(genres))


def _cost(filled: Real, target: Real) -> float:
    """Squared distance from ``target`` by genre and in total, with a fee for each empty cell."""
    empty = ((filled == 0) & (target > 0)).sum(axis=1) @ np.array(EMPTY_COSTS)
    total = filled.sum(axis=1) - target.sum(axis=1)
    return float(((filled - target) ** 2).sum() + TOTAL_WEIGHT * (total**2).sum() + empty)


def _costs_of_adding(filled: Real, group: Real, target: Real) -> list[float]:
    costs = []
    for side in range(len(filled)):
        tried = filled.copy()
        tried[side] += group
        costs.append(_cost(tried, target))
    return costs


def _improve(sides: npt.NDArray[np.int_], filled: Real, G: Real, target: Real) -> None:
    """Move single groups, then swap pairs, in place, while the cost falls."""
    best = _cost(filled, target)
    for _ in range(MAX_ROUNDS):
        before = best
        for index in range(len(G)):
            for side in range(len(filled)):
                best = _try(sides, filled, G, target, best, ((index, side),))
        if len(G) <= 64:
            for one in range(len(G)):
                for other in range(one):
                    swap = ((one, int(sides[other])), (other, int(sides[one])))
                    best = _try(sides, filled, G, target, best, swap)
        if best >= before:
            return


def _try(
    sides: npt.NDArray[np.int_],
    filled: Real,
    G: Real,
    target: Real,
    best: float,
    moves: Sequence[tuple[int, int]],
) -> float:
    """Make ``moves`` of (group, side) if that costs less than ``best``; returns the new cost."""
    if all(sides[index] == side for index, side in moves):
        return best
    tried = filled.copy()
    for index, side in moves:
        tried[sides[index]] -= G[index]
        tried[side] += G[index]
    cost = _cost(tried, target)
    if cost >= best - 1e-9:
        return best
    for index, side in moves:
        sides[index] = side
    filled[:] = tried
    return cost
