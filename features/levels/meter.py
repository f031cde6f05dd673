"""One pass over the samples of a track, block by block, for everything that needs each sample.

``LevelMeter`` gathers K-weighted energy, peaks, clipping, DC and the relation of the channels.
``features.levels.loudness`` and ``features.quality`` turn what it gathered into answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from features.audio.reader import full_scale
from features.levels.k_weighting import EnergyMeter

SEGMENTS_PER_SECOND: Final = 10
_SURROUND_WEIGHT: Final = 1.41  # BS.1770-5, table 3
_CHANNEL_WEIGHTS: Final = {
    5: (1.0, 1.0, 1.0, _SURROUND_WEIGHT, _SURROUND_WEIGHT),
    6: (1.0, 1.0, 1.0, 0.0, _SURROUND_WEIGHT, _SURROUND_WEIGHT),
}


@dataclass(frozen=True)
class Levels:
    """What was gathered over a whole track.

    ``energy`` (segments,) is the weighted mean square of each full 100 ms over all channels as
    BS.1770 sums them; ``power`` (segments,) the plain mean square. ``peak``, ``true_peak``,
    ``clipped`` (samples) and ``dc`` hold one value a channel, linear. ``correlation`` and
    ``difference`` relate the first two channels: Pearson's r and the energy of left minus right as
    a part of the whole; None for mono.
    """

    energy: npt.NDArray[np.float64]
    power: npt.NDArray[np.float64]
    peak: npt.NDArray[np.float64]
    true_peak: npt.NDArray[np.float64]
    clipped: npt.NDArray[np.float64]
    dc: npt.NDArray[np.float64]
    correlation: float | None
    difference: float | None
    frames: int


class LevelMeter:
    """Feed it blocks of a track in order, then ask for its ``levels``."""

    def __init__(self, sample_rate: int, channels: int):
        self._per_segment = max(1, round(sample_rate / SEGMENTS_PER_SECOND))
        self._energy = EnergyMeter(sample_rate, channels, self._per_segment)
        self._fir = interpolator(sample_rate)
        self._peaks = np.zeros((channels, 6))
        self._total = np.zeros(channels)
        self._weights = np.asarray(_CHANNEL_WEIGHTS.get(channels, (1.0,) * channels))
        self._powers = np.zeros((channels, 1024))
        self._product = 0.0
        self._frames = 0

    def add(self, block: npt.NDArray[Any]) -> None:
        """Take the next ``block`` (frames, channels): int16, left-aligned int32, or float32."""
        from features.levels.kernel import product, scan

        self._make_room(self._frames + len(block))
        for planes in self._energy.add(block, full_scale(block)):
            for channel, plane in enumerate(planes):
                self._total[channel] += scan(
                    plane,
                    self._fir,
                    self._peaks[channel],
                    self._powers[channel],
                    self._frames,
                    self._per_segment,
                )
            if len(planes) >= 2:
                self._product += product(planes[0], planes[1])
            self._frames += planes.shape[1]

    def levels(self) -> Levels:
        """What was gathered so far."""
        full = self._frames // self._per_segment
        ll, rr = self._powers.sum(axis=1)[:2] if len(self._peaks) >= 2 else (0.0, 0.0)
        lr = self._product
        return Levels(
            energy=self._weights @ self._energy.energy(),
            power=self._powers[:, :full].mean(axis=0) / self._per_segment,
            peak=self._peaks[:, 0].copy(),
            true_peak=self._peaks[:, 1].copy(),
            clipped=self._peaks[:, 2].copy(),
            dc=self._total / max(self._frames, 1),
            correlation=float(lr / np.sqrt(ll * rr)) if ll * rr > 0 else None,
            difference=float((ll + rr - 2 * lr) / (ll + rr)) if ll + rr > 0 else None,
            frames=self._frames,
        )

    def _make_room(self, frames: int) -> None:
        needed = frames // self._per_segment + 1
        if needed > self._powers.shape[1]:
            extra = ((0, 0), (0, max(needed, 2 * self._powers.shape[1])))
            self._powers = np.pad(self._powers, extra)


def interpolator(sample_rate: int) -> npt.NDArray[np.float64]:
    """Polyphase filter (4, 12) that finds peaks between samples (BS.1770-5 annex 2).

    A windowed sinc of 48 taps at four times the rate, each phase with unit gain. Rates of 96 kHz
    and more hardly hide a peak; the same filter serves them.
    """
    from features.levels.kernel import PHASES, TAPS

    position = (np.arange(PHASES * TAPS) - PHASES * (TAPS // 2)) / PHASES
    taps = np.sinc(position) * np.kaiser(PHASES * TAPS + 1, 5.0)[:-1]
    phases = taps.reshape(TAPS, PHASES).T[:, ::-1]
    return np.ascontiguousarray(phases / phases.sum(axis=1, keepdims=True))
