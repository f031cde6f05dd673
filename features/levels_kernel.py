"""The inner loops over every sample of a track: K-weighting, peaks, clipped runs.

They are kept apart because importing this module imports numba.
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


@compiled
def scan_channel(
    x: npt.NDArray[Any],
    scale: float,
    b: npt.NDArray[np.float64],
    a: npt.NDArray[np.float64],
    state: npt.NDArray[np.float64],
    sums: npt.NDArray[np.float64],
    powers: npt.NDArray[np.float64],
    offset: int,
    per_segment: int,
) -> None:
    """K-weight one channel ``x`` (frames,) and add its energy to 100 ms segments.

    ``b`` and ``a`` (2, 3) are two biquads, ``state`` (4,) their memory. Weighted squares add to
    ``sums`` and plain squares to ``powers``, both indexed by (offset + n) // per_segment.
    """
    b00, b01, b02, a01, a02 = b[0, 0], b[0, 1], b[0, 2], a[0, 1], a[0, 2]
    b10, b11, b12, a11, a12 = b[1, 0], b[1, 1], b[1, 2], a[1, 1], a[1, 2]
    s0, s1, s2, s3 = state[0], state[1], state[2], state[3]
    segment = offset // per_segment
    left = per_segment - offset % per_segment
    weighted = 0.0
    plain = 0.0
    for n in range(x.shape[0]):
        value = x[n] * scale
        u = b00 * value + s0
        s0 = b01 * value - a01 * u + s1
        s1 = b02 * value - a02 * u
        v = b10 * u + s2
        s2 = b11 * u - a11 * v + s3
        s3 = b12 * u - a12 * v
        weighted += v * v
        plain += value * value
        left -= 1
        if left == 0:
            sums[segment] += weighted
            powers[segment] += plain
            weighted = 0.0
            plain = 0.0
            segment += 1
            left = per_segment
            if abs(s0) + abs(s1) + abs(s2) + abs(s3) < 1e-20:  # denormals are slow
                s0 = s1 = s2 = s3 = 0.0
    if segment < sums.shape[0]:
        sums[segment] += weighted
        powers[segment] += plain
    state[0], state[1], state[2], state[3] = s0, s1, s2, s3


@compiled
def scan_peaks(
    x: npt.NDArray[Any],
    scale: float,
    fir: npt.NDArray[np.float64],
    peaks: npt.NDArray[np.float64],
) -> None:
    """Sample peak, true peak, clipped samples and DC of one channel ``x`` (frames,).

    ``peaks`` (6,) is read and written: sample peak, true peak, clipped samples near the peak, sum
    of samples, length of the present flat run, its value. ``fir`` (PHASES, TAPS) interpolates
    between samples; it is evaluated only around crests that could raise the true peak.
    """
    peak, true_peak, clipped, total = peaks[0], peaks[1], peaks[2], peaks[3]
    run, last = peaks[4], peaks[5]
    count = x.shape[0]
    for n in range(count):
        value = x[n] * scale
        total += value
        size = abs(value)
        if size > peak:
            if size * NEAR_PEAK > peak:
                clipped = 0.0
            peak = size
        if size >= NEAR_PEAK * peak and size > 0.0:
            run = run + 1.0 if value == last else 1.0
            if run == RUN_LENGTH:
                clipped += RUN_LENGTH
            elif run > RUN_LENGTH:
                clipped += 1.0
        else:
            run = 0.0
        last = value
        if size > 0.5 * true_peak and TAPS <= n < count - TAPS:
            before = abs(x[n - 1] * scale)
            after = abs(x[n + 1] * scale)
            if size >= before and size >= after:
                for start in (n - TAPS // 2, n - TAPS // 2 + 1):
                    for phase in range(PHASES):
                        y = 0.0
                        for tap in range(TAPS):
                            y += fir[phase, tap] * x[start + tap]
                        true_peak = max(true_peak, abs(y * scale))
    peaks[0], peaks[1], peaks[2], peaks[3] = peak, max(true_peak, peak), clipped, total
    peaks[4], peaks[5] = run, last
