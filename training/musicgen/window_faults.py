"""Windows of music that would teach a model faults: silent, clipped, noise, or with a hole."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from features.quality import NOISE_FLATNESS, measure_quality

SILENCE_RMS: Final = 1e-3
"""Windows quieter than -60 dBFS teach nothing."""

CLIPPED_SHARE: Final = 1e-3
"""Share of clipped samples that is heard as distortion; loud masters have less."""

HOLE_S: Final = 0.01
"""Digital silence of this length in the middle of sound is a drop-out, not a rest."""

STEADY_DB: Final = 1.0
"""Noise whose level varies by less, as a standard deviation over tenths of a second, is no drum."""

_EDGE_S: Final = 0.005
_EDGE_RMS: Final = 1e-2


def fault_of(y: npt.NDArray[np.float32], sr: int) -> str | None:
    """What is wrong with ``y`` (frames, channels) as it was decoded, or None.

    >>> fault_of(np.zeros((22_050, 1), np.float32), 22_050)
    'silent'
    """
    if not len(y) or float(np.sqrt(np.mean(y**2))) < SILENCE_RMS:
        return "silent"
    measures = measure_quality(y, sr).measures
    if measures["clipped_share"] > CLIPPED_SHARE:
        return "clipped"
    if measures["flatness"] > NOISE_FLATNESS and _is_steady(y, sr):
        return "noise"
    return "dropout" if has_hole(y, sr) else None


def has_hole(y: npt.NDArray[np.float32], sr: int) -> bool:
    """Whether sound stops at full level, is exactly zero for a while, and goes on.

    A rest fades out or in; a lost packet or a bad sector does neither.
    """
    still = np.concatenate([[False], ~y.any(axis=1), [False]])
    begins, ends = np.flatnonzero(np.diff(still.astype(np.int8))).reshape(-1, 2).T
    edge = int(_EDGE_S * sr)
    return any(
        _loud(y[begin - edge : begin]) and _loud(y[end : end + edge])
        for begin, end in zip(begins, ends, strict=True)
        if end - begin >= HOLE_S * sr and begin >= edge and end + edge <= len(y)
    )


def _is_steady(y: npt.NDArray[np.float32], sr: int) -> bool:
    size = max(1, sr // 10)
    tenths = y[: len(y) // size * size].reshape(-1, size * y.shape[1])
    power = np.mean(tenths**2, axis=1)
    return bool(np.std(10 * np.log10(power + 1e-12)) < STEADY_DB)


def _loud(part: npt.NDArray[np.float32]) -> bool:
    return float(np.sqrt(np.mean(part**2))) > _EDGE_RMS
