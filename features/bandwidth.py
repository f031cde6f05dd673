"""How far up a recording's spectrum reaches, and whether it ends like a lossy codec's.

A lossy encoder removes everything above a frequency of its own, so the mean spectrum falls off a
cliff there; microphones, instruments and mixes roll off gently.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import scipy.fft
import scipy.ndimage

from features.audio.reader import full_scale

FRAME_LENGTH: Final = 4096
_FRAMES_EACH: Final = 1 << 16  # one frame for so many samples
_FRAMES_AT_ONCE: Final = 32
_FLOOR_DB: Final = -75.0  # below the strongest band: nothing
_LEAST_DROP_DB: Final = 12.0
_CLIFF_HZ: Final = 600.0
_LOWEST_CUTOFF_HZ: Final = 3_000.0
_MUSIC_MAY_END_HZ: Final = 9_000.0
_LEAST_DROP_IN_MUSIC_DB: Final = 35.0
_MOST_RIPPLE_DB: Final = 10.0
_HIGHEST_CUTOFF: Final = 0.93  # of half the sampling rate: above, converters end too


@dataclass(frozen=True)
class Cutoff:
    """``hz`` above which there is next to nothing, ``drop_db`` by which the spectrum falls there
    within 600 Hz, and spectral ``flatness`` (0 tonal, 1 white noise).
    """

    hz: float
    drop_db: float
    flatness: float


class BandwidthMeter:
    """Feed it blocks of a track in order, then ask for its ``cutoff``."""

    def __init__(self, sample_rate: int):
        self._sample_rate = sample_rate
        self._window = np.hanning(FRAME_LENGTH).astype(np.float32)
        self._power = np.zeros(FRAME_LENGTH // 2 + 1)
        self._flatness: list[float] = []
        self._waiting: list[npt.NDArray[np.float32]] = []

    def add(self, block: npt.NDArray[Any]) -> None:
        """Take the next ``block`` (frames, channels): int16, left-aligned int32, or float32."""
        if len(block) < FRAME_LENGTH:
            return
        number = max(1, len(block) // _FRAMES_EACH)
        room = len(block) - FRAME_LENGTH
        starts = (room * (n + 1) // (number + 1) for n in range(number))
        scale = np.float32(full_scale(block))
        self._waiting.extend(block[s : s + FRAME_LENGTH, 0] * scale for s in starts)
        if len(self._waiting) >= _FRAMES_AT_ONCE:
            self._measure()

    def _measure(self) -> None:
        if not self._waiting:
            return
        spectra = scipy.fft.rfft(np.stack(self._waiting) * self._window, axis=1)
        self._waiting.clear()
        power = np.square(spectra.real) + np.square(spectra.imag)
        self._power += power.sum(axis=0)
        heard = power[power.mean(axis=1) > 1e-7][:, 8:] + 1e-20
        if len(heard):
            flat = np.exp(np.log(heard).mean(axis=1)) / heard.mean(axis=1)
            self._flatness.extend(flat.tolist())

    def cutoff(self) -> Cutoff:
        """What the mean spectrum of the blocks so far says."""
        self._measure()
        flatness = float(np.median(self._flatness)) if self._flatness else 0.0
        half = self._sample_rate / 2
        if self._power.max() <= 0:
            return Cutoff(0.0, 0.0, flatness)
        step = half / (len(self._power) - 1)
        level = _smoothed_db(self._power, max(1, round(150 / step)))
        above = np.flatnonzero(level > level.max() + _FLOOR_DB)
        edge = int(above[-1])
        hz, drop = self._cliff(level, step)
        if drop > _LEAST_DROP_DB and (hz > _MUSIC_MAY_END_HZ or _is_made(level, hz / step, drop)):
            return Cutoff(round(float(hz), 1), round(drop, 2), flatness)
        return Cutoff(round(float(edge * step), 1), 0.0, flatness)

    def _cliff(self, level: npt.NDArray[np.float64], step: float) -> tuple[float, float]:
        """Frequency and height of the steepest fall that stays down, (0, 0) when there is none."""
        width = max(1, round(_CLIFF_HZ / step))
        low = round(_LOWEST_CUTOFF_HZ / step)
        half_bins = len(level) - 1
        high = min(len(level) - width, round(_HIGHEST_CUTOFF * half_bins) - width // 2)
        if high <= low + 2 * width:
            return 0.0, 0.0
        ceiling_above = np.maximum.accumulate(level[::-1])[::-1]
        at = np.arange(low + width, high)
        before = scipy.ndimage.median_filter(level, width)[at - width // 2]
        drop = before - ceiling_above[at + width]
        best = int(np.argmax(drop))
        if drop[best] <= 0:
            return 0.0, 0.0
        return (at[best] + width / 2) * step, float(drop[best])


def _is_made(level: npt.NDArray[np.float64], cut: float, drop: float) -> bool:
    """Whether the fall at bin ``cut`` is a filter's, not the music's own: nothing but a flat floor
    is left above it.
    """
    above = level[int(cut) + len(level) // 20 :]
    ripple = float(above.max() - np.median(above)) if len(above) else np.inf
    return drop > _LEAST_DROP_IN_MUSIC_DB and ripple < _MOST_RIPPLE_DB


def _smoothed_db(power: npt.NDArray[np.float64], width: int) -> npt.NDArray[np.float64]:
    kernel = np.ones(width) / width
    return 10 * np.log10(np.convolve(power, kernel, mode="same") + 1e-20)
