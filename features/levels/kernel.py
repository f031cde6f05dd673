"""The inner loops over every sample of a track: levels, peaks, clipped runs, K-weighting.

They are kept apart because importing this module imports numba.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from features.compiled import compiled, compiled_fast

RUN_LENGTH: Final = 3  # equal samples in a row at the top: a flat, clipped crest
NEAR_PEAK: Final = 0.98
TAPS: Final = 12
PHASES: Final = 4
_OVERSHOOT: Final = 0.7  # a crest rises to at most 1 / 0.7 of its greatest sample

_STEP: Final = 128  # frames looked over at once

Plane = npt.NDArray[np.float32]

PEAK, TRUE_PEAK, CLIPPED, RUN, LAST, THRESHOLD = range(6)


@compiled
def note_crest(
    x: Plane,
    m: int,
    fir: npt.NDArray[np.float64],
    kept: npt.NDArray[np.float64],
) -> None:
    """Take note of a sample of ``x`` (frames,) that may belong to a crest.

    ``kept`` holds the sample peak, the true peak, the number of clipped samples, the length of the
    present flat run, the frame it reached and the threshold for the next. The true peak is read
    between samples by ``fir`` (PHASES, TAPS) where a sample tops its neighbours.
    """
    size = abs(x[m])
    if size == 0.0:
        kept[THRESHOLD] = 0.0
        return
    if size > kept[PEAK]:
        if size * NEAR_PEAK > kept[PEAK]:
            kept[CLIPPED] = 0.0
        kept[PEAK] = size
    if size >= NEAR_PEAK * kept[PEAK]:
        follows = m > 0 and kept[LAST] == m - 1 and x[m] == x[m - 1]
        kept[RUN] = kept[RUN] + 1.0 if follows else 1.0
        kept[LAST] = m
        if kept[RUN] == RUN_LENGTH:
            kept[CLIPPED] += RUN_LENGTH
        elif kept[RUN] > RUN_LENGTH:
            kept[CLIPPED] += 1.0
    inside = TAPS <= m < len(x) - TAPS and size >= _OVERSHOOT * kept[TRUE_PEAK]
    if inside and size >= abs(x[m - 1]) and size >= abs(x[m + 1]):
        for start in (m - TAPS // 2, m - TAPS // 2 + 1):
            for phase in range(PHASES):
                y = 0.0
                for tap in range(TAPS):
                    y += fir[phase, tap] * x[start + tap]
                kept[TRUE_PEAK] = max(kept[TRUE_PEAK], abs(y))
    kept[TRUE_PEAK] = max(kept[TRUE_PEAK], kept[PEAK])
    kept[THRESHOLD] = min(NEAR_PEAK * kept[PEAK], _OVERSHOOT * kept[TRUE_PEAK])


@compiled_fast
def _top(x: Plane) -> np.float32:
    """The greatest magnitude."""
    top = np.float32(0)
    for m in range(len(x)):
        top = max(top, abs(x[m]))
    return top


@compiled_fast
def scan(
    x: Plane,
    fir: npt.NDArray[np.float64],
    kept: npt.NDArray[np.float64],
    powers: npt.NDArray[np.float64],
    offset: int,
    per_segment: int,
) -> float:
    """Scan the samples ``x`` (frames,) of a channel of which ``offset`` frames came before.

    Squares add to ``powers`` (segments,); the segment of frame n is (offset + n) // per_segment.
    ``kept`` (6,) is that of ``note_crest``. Answers the sum of the samples.
    """
    total = 0.0
    n = 0
    while n < len(x):
        segment = (offset + n) // per_segment
        stop = min(len(x), n + _STEP, (segment + 1) * per_segment - offset)
        part = x[n:stop]
        plain = square = 0.0
        for m in range(len(part)):
            plain += part[m]
            square += np.float64(part[m]) * np.float64(part[m])
        total += plain
        powers[segment] += square
        top = _top(part)
        if top > 0.0 and top >= kept[THRESHOLD]:
            for m in range(n, stop):
                if abs(x[m]) >= kept[THRESHOLD]:
                    note_crest(x, m, fir, kept)
        n = stop
    kept[LAST] -= len(x)
    return total


@compiled_fast
def product(x: Plane, y: Plane) -> float:
    """Sum of the products of two channels (frames,)."""
    total = 0.0
    for m in range(len(x)):
        total += np.float64(x[m]) * np.float64(y[m])
    return total


@compiled_fast
def weigh(
    planes: Plane,
    b: npt.NDArray[np.float64],
    a: npt.NDArray[np.float64],
    run_in: int,
    sums: npt.NDArray[np.float64],
) -> None:
    """Sums of squares (segments, lanes) of ``planes`` (lanes, frames) after two filters in a row.

    ``b`` and ``a`` (2, 3) are biquads in direct form II transposed. The first ``run_in`` frames
    only set their state.
    """
    b00, b01, b02, a01, a02 = b[0, 0], b[0, 1], b[0, 2], a[0, 1], a[0, 2]
    b10, b11, b12, a11, a12 = b[1, 0], b[1, 1], b[1, 2], a[1, 1], a[1, 2]
    lanes, frames = planes.shape
    segments = sums.shape[0]
    length = (frames - run_in) // segments
    state = np.zeros((5, lanes))
    across = np.empty((_STEP, lanes))
    n = 0
    for segment in range(-1, segments):
        end = run_in + (segment + 1) * length
        for lane in range(lanes):
            state[4, lane] = 0.0
        while n < end:
            count = min(_STEP, end - n)
            for lane in range(lanes):
                for m in range(count):
                    across[m, lane] = planes[lane, n + m]
            for m in range(count):
                for lane in range(lanes):
                    p = across[m, lane]
                    u = b00 * p + state[0, lane]
                    state[0, lane] = b01 * p - a01 * u + state[1, lane]
                    state[1, lane] = b02 * p - a02 * u
                    v = b10 * u + state[2, lane]
                    state[2, lane] = b11 * u - a11 * v + state[3, lane]
                    state[3, lane] = b12 * u - a12 * v
                    state[4, lane] += v * v
            n += count
        for lane in range(lanes):
            size = 0.0
            for k in range(4):
                size += abs(state[k, lane])
            if size < 1e-20:  # denormals are slow
                for k in range(4):
                    state[k, lane] = 0.0
            if segment >= 0:
                sums[segment, lane] = state[4, lane]
