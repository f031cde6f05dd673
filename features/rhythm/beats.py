"""Where the beats are, once the tempo is known.

Dynamic programming over novelty (Ellis, "Beat tracking by dynamic programming", Journal of New
Music Research 2007): each beat wants a strong onset and the right distance to the one before.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from features.spectrum import FRAME_RATE

_TIGHTNESS: Final = 100.0


def track_beats(novelty: npt.NDArray[np.float32], tempo_bpm: float) -> npt.NDArray[np.float32]:
    """Times of the beats in seconds, shape (beats,), for ``novelty`` (frames,) at FRAME_RATE."""
    from features.rhythm.beats_kernel import best_chain

    period = 60.0 / tempo_bpm * FRAME_RATE
    smooth = _smoothed(novelty, period)
    score, previous = best_chain(smooth, period, _TIGHTNESS)
    tail = max(1, int(period))
    at = len(score) - tail + int(np.argmax(score[-tail:]))
    chain = []
    while at >= 0:
        chain.append(at)
        at = int(previous[at])
    frames = np.array(chain[::-1], dtype=np.int64)
    return (_refined(novelty, frames) / FRAME_RATE).astype(np.float32)


def _smoothed(novelty: npt.NDArray[np.float32], period: float) -> npt.NDArray[np.float64]:
    """Onsets widened by a thirty-second of the period, so that near misses count."""
    reach = max(1, round(period / 8))
    offset = np.arange(-reach, reach + 1)
    kernel = np.exp(-0.5 * np.square(offset * 32.0 / period))
    return np.convolve(np.maximum(novelty, 0).astype(np.float64), kernel, mode="same")


def _refined(
    novelty: npt.NDArray[np.float32], frames: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Fractional frames: the centre of the novelty next to each beat."""
    inner = np.clip(frames, 1, len(novelty) - 2)
    around = np.stack([np.maximum(novelty[inner + k], 1e-6) for k in (-1, 0, 1)])
    shift = (around[2] - around[0]) / around.sum(axis=0)
    return inner + shift
