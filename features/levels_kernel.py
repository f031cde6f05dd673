"""The inner loop over every sample of a track: K-weighting, peaks, clipped runs, channel relation.

It is kept apart because importing this module imports numba. Two channels go through the loop side
by side: the filters are recursive, so a processor would wait for one alone.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from features.compiled import compiled

RUN_LENGTH: Final = 3  # equal samples in a row at the top: a flat, clipped crest
NEAR_PEAK: Final = 0.98
TAPS: Final = 12
PHASES: Final = 4
_OVERSHOOT: Final = 0.7  # a crest rises to at most 1 / 0.7 of its greatest sample

PEAK, TRUE_PEAK, CLIPPED, TOTAL, RUN, LAST, THRESHOLD = range(7)


@compiled
def note_crest(
    x: npt.NDArray[Any],
    m: int,
    channel: int,
    scale: float,
    fir: npt.NDArray[np.float64],
    kept: npt.NDArray[np.float64],
) -> float:
    """Take note of a sample that may belong to a crest; answers the next threshold.

    ``kept`` holds the sample peak, the true peak, the number of clipped samples, the sum, the
    length of the present flat run, the frame it reached and the threshold. The true peak is read
    between samples by ``fir`` (PHASES, TAPS) where a sample tops its neighbours.
    """
    size = abs(x[m, channel] * scale)
    if size == 0.0:
        return 0.0
    if size > kept[PEAK]:
        if size * NEAR_PEAK > kept[PEAK]:
            kept[CLIPPED] = 0.0
        kept[PEAK] = size
    if size >= NEAR_PEAK * kept[PEAK]:
        follows = m > 0 and kept[LAST] == m - 1 and x[m, channel] == x[m - 1, channel]
        kept[RUN] = kept[RUN] + 1.0 if follows else 1.0
        kept[LAST] = m
        if kept[RUN] == RUN_LENGTH:
            kept[CLIPPED] += RUN_LENGTH
        elif kept[RUN] > RUN_LENGTH:
            kept[CLIPPED] += 1.0
    if TAPS <= m < x.shape[0] - TAPS and size >= _OVERSHOOT * kept[TRUE_PEAK]:
        before = abs(x[m - 1, channel] * scale)
        after = abs(x[m + 1, channel] * scale)
        if size >= before and size >= after:
            for start in (m - TAPS // 2, m - TAPS // 2 + 1):
                for phase in range(PHASES):
                    y = 0.0
                    for tap in range(TAPS):
                        y += fir[phase, tap] * x[start + tap, channel]
                    kept[TRUE_PEAK] = max(kept[TRUE_PEAK], abs(y * scale))
    kept[TRUE_PEAK] = max(kept[TRUE_PEAK], kept[PEAK])
    kept[THRESHOLD] = min(NEAR_PEAK * kept[PEAK], _OVERSHOOT * kept[TRUE_PEAK])
    return kept[THRESHOLD]


@compiled
def scan_pair(
    x: npt.NDArray[Any],
    first: int,
    second: int,
    scale: float,
    b: npt.NDArray[np.float64],
    a: npt.NDArray[np.float64],
    fir: npt.NDArray[np.float64],
    state: npt.NDArray[np.float64],
    peaks: npt.NDArray[np.float64],
    sums: npt.NDArray[np.float64],
    powers: npt.NDArray[np.float64],
    offset: int,
    per_segment: int,
) -> float:
    """Scan channels ``first`` and ``second`` (they may be one) of ``x`` (frames, channels).

    ``b`` and ``a`` (2, 3) are the K-weighting biquads and ``state`` (channels, 4) their memory.
    Weighted squares add to ``sums`` (channels, segments), plain ones to ``powers``; the segment of
    frame n is (offset + n) // per_segment. ``peaks`` (channels, 7) is kept by ``note_crest``.
    Answers the sum of products of the two channels.
    """
    b00, b01, b02, a01, a02 = b[0, 0], b[0, 1], b[0, 2], a[0, 1], a[0, 2]
    b10, b11, b12, a11, a12 = b[1, 0], b[1, 1], b[1, 2], a[1, 1], a[1, 2]
    p0, p1, p2, p3 = state[first, 0], state[first, 1], state[first, 2], state[first, 3]
    q0, q1, q2, q3 = state[second, 0], state[second, 1], state[second, 2], state[second, 3]
    p_threshold, q_threshold = peaks[first, THRESHOLD], peaks[second, THRESHOLD]
    segment = offset // per_segment
    left = per_segment - offset % per_segment
    product = 0.0
    n = 0
    count = x.shape[0]
    while n < count:
        stop = min(count, n + left)
        p_weighted = p_plain = p_total = 0.0
        q_weighted = q_plain = q_total = 0.0
        for m in range(n, stop):
            p = x[m, first] * scale
            q = x[m, second] * scale
            u = b00 * p + p0
            p0 = b01 * p - a01 * u + p1
            p1 = b02 * p - a02 * u
            v = b10 * u + p2
            p2 = b11 * u - a11 * v + p3
            p3 = b12 * u - a12 * v
            p_weighted += v * v
            u = b00 * q + q0
            q0 = b01 * q - a01 * u + q1
            q1 = b02 * q - a02 * u
            v = b10 * u + q2
            q2 = b11 * u - a11 * v + q3
            q3 = b12 * u - a12 * v
            q_weighted += v * v
            p_plain += p * p
            q_plain += q * q
            product += p * q
            p_total += p
            q_total += q
            if abs(p) >= p_threshold:
                p_threshold = note_crest(x, m, first, scale, fir, peaks[first])
            if second != first and abs(q) >= q_threshold:
                q_threshold = note_crest(x, m, second, scale, fir, peaks[second])
        left -= stop - n
        n = stop
        sums[first, segment] += p_weighted
        powers[first, segment] += p_plain
        peaks[first, TOTAL] += p_total
        if second != first:
            sums[second, segment] += q_weighted
            powers[second, segment] += q_plain
            peaks[second, TOTAL] += q_total
        if left == 0:
            segment += 1
            left = per_segment
        if abs(p0) + abs(p1) + abs(p2) + abs(p3) < 1e-20:  # denormals are slow
            p0 = p1 = p2 = p3 = 0.0
        if abs(q0) + abs(q1) + abs(q2) + abs(q3) < 1e-20:
            q0 = q1 = q2 = q3 = 0.0
    state[first, 0], state[first, 1], state[first, 2], state[first, 3] = p0, p1, p2, p3
    state[second, 0], state[second, 1], state[second, 2], state[second, 3] = q0, q1, q2, q3
    for channel in (first, second):
        peaks[channel, LAST] -= count
    return product
