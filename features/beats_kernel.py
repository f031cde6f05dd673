"""The inner loop of beat tracking, kept apart because importing it imports numba."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from features.compiled import compiled


@compiled
def best_chain(
    onsets: npt.NDArray[np.float64], period: float, tightness: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Best score of a chain of beats that ends at each frame, and the beat before (-1: none)."""
    count = onsets.shape[0]
    score = np.zeros(count)
    previous = np.full(count, -1)
    first = int(period / 2)
    last = int(period * 2)
    penalty = np.zeros(last + 1)
    for gap in range(max(first, 1), last + 1):
        penalty[gap] = -tightness * np.log(gap / period) ** 2
    for at in range(count):
        best = 0.0
        before = -1
        for gap in range(max(first, 1), min(last, at) + 1):
            value = score[at - gap] + penalty[gap]
            if value > best:
                best = value
                before = at - gap
        score[at] = onsets[at] + best
        previous[at] = before
    return score, previous
