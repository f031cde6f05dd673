"""The inner loops of beats and bars, kept apart because importing them imports numba."""

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


@compiled
def best_bars(
    opens: npt.NDArray[np.float64], continues: npt.NDArray[np.float64], metre: int, slip: float
) -> tuple[float, npt.NDArray[np.bool_]]:
    """Log likelihood of the best path through bars of ``metre`` beats, and where bars begin.

    ``opens`` and ``continues`` (beats,) are the log likelihoods that a beat opens a bar and that it
    doesn't; jumping to another place in the bar costs ``slip``.
    """
    count = len(opens)
    score = np.zeros(metre)
    came = np.zeros((count, metre), np.int64)
    for at in range(count):
        top = int(np.argmax(score))
        best = score[top] - slip
        after = np.empty(metre)
        for place in range(metre):
            before = (place - 1) % metre
            if score[before] < best:
                before = top
                value = best
            else:
                value = score[before]
            came[at, place] = before
            after[place] = value + (continues[at] if place else opens[at])
        score = after
    place = int(np.argmax(score))
    total = score[place]
    begins = np.zeros(count, np.bool_)
    for at in range(count - 1, -1, -1):
        begins[at] = place == 0
        place = came[at, place]
    return total, begins
