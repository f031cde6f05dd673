"""The inner loop over peaks that asks which pitches last, kept apart because it imports numba."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from features.compiled import compiled_fast

Array = npt.NDArray[np.float32]


@compiled_fast
def weight_held(
    semitones: Array,
    weight: Array,
    frame: npt.NDArray[np.int32],
    low: float,
    high: float,
    reach: float,
) -> tuple[float, float]:
    """Weight of the peaks between ``low`` and ``high`` that the next frame has too, and of all.

    Peaks (n,) ascend by ``frame`` and then by ``semitones``; a peak is held where one in the next
    frame lies within ``reach`` semitones.
    """
    held = total = 0.0
    there = 0
    for n in range(len(semitones)):
        pitch = semitones[n]
        if pitch < low or pitch > high:
            continue
        total += weight[n]
        following = frame[n] + 1
        while there < len(frame) and (
            frame[there] < following
            or (frame[there] == following and semitones[there] < pitch - reach)
        ):
            there += 1
        if there < len(frame) and frame[there] == following and semitones[there] <= pitch + reach:
            held += weight[n]
    return held, total
