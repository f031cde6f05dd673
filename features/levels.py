"""One pass over the samples of a track, block by block, for everything that needs each sample.

``LevelMeter`` gathers K-weighted energy, peaks, clipping, DC and the relation of the channels.
``features.loudness`` and ``features.quality`` turn what it gathered into answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

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
        self._b, self._a = k_weighting(sample_rate)
        self._fir = interpolator(sample_rate)
        self._state = np.zeros((channels, 4))
        self._peaks = np.zeros((channels, 7))
        self._weights = _CHANNEL_WEIGHTS.get(channels, (1.0,) * channels)
        self._sums = np.zeros((channels, 1024))
        self._powers = np.zeros((channels, 1024))
        self._product = 0.0
        self._frames = 0

    def add(self, block: npt.NDArray[Any]) -> None:
        """Take the next ``block`` (frames, channels): int16, left-aligned int32, or float32."""
        from features.levels_kernel import scan_pair

        self._make_room(self._frames + len(block))
        channels = block.shape[1]
        for first in range(0, channels, 2):
            second = min(first + 1, channels - 1)
            product = scan_pair(
                block,
                first,
                second,
                _scale(block),
                self._b,
                self._a,
                self._fir,
                self._state,
                self._peaks,
                self._sums,
                self._powers,
                self._frames,
                self._per_segment,
            )
            if first == 0 and second == 1:
                self._product += product
        self._frames += len(block)

    def levels(self) -> Levels:
        """What was gathered so far."""
        full = self._frames // self._per_segment
        weights = np.asarray(self._weights)
        ll, rr = self._powers.sum(axis=1)[:2] if len(self._peaks) >= 2 else (0.0, 0.0)
        lr = self._product
        return Levels(
            energy=weights @ self._sums[:, :full] / self._per_segment,
            power=self._powers[:, :full].mean(axis=0) / self._per_segment,
            peak=self._peaks[:, 0].copy(),
            true_peak=self._peaks[:, 1].copy(),
            clipped=self._peaks[:, 2].copy(),
            dc=self._peaks[:, 3] / max(self._frames, 1),
            correlation=float(lr / np.sqrt(ll * rr)) if ll * rr > 0 else None,
            difference=float((ll + rr - 2 * lr) / (ll + rr)) if ll + rr > 0 else None,
            frames=self._frames,
        )

    def _make_room(self, frames: int) -> None:
        needed = frames // self._per_segment + 1
        if needed > self._sums.shape[1]:
            extra = ((0, 0), (0, max(needed, 2 * self._sums.shape[1])))
            self._sums = np.pad(self._sums, extra)
            self._powers = np.pad(self._powers, extra)


def _scale(block: npt.NDArray[Any]) -> float:
    if block.dtype == np.int16:
        return 1.0 / (1 << 15)
    return 1.0 / (1 << 31) if block.dtype == np.int32 else 1.0


def k_weighting(sample_rate: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Coefficients ``b``, ``a`` (2, 3) of BS.1770's shelf and high-pass at any rate.

    The standard tabulates 48 kHz only; these come from its analogue prototypes by the bilinear
    transform (Brecht De Man, "Evaluation of implementations of the EBU R128 loudness
    measurement", AES 2018). At 48 kHz they equal the table.

    >>> k_weighting(48000)[0][0].round(5)
    array([ 1.53512, -2.6917 ,  1.19839])
    """
    shelf = _shelf(1681.974450955533, 3.999843853973347, 0.7071752369554196, sample_rate)
    high_pass = _high_pass(38.13547087602444, 0.5003270373238773, sample_rate)
    b, a = zip(shelf, high_pass, strict=True)
    return np.array(b), np.array(a)


def _shelf(f0: float, gain_db: float, q: float, sr: int) -> tuple[list[float], list[float]]:
    k = np.tan(np.pi * min(f0, 0.499 * sr) / sr)
    vh = 10 ** (gain_db / 20)
    vb = vh**0.4996667741545416
    a0 = 1 + k / q + k * k
    b = [(vh + vb * k / q + k * k) / a0, 2 * (k * k - vh) / a0, (vh - vb * k / q + k * k) / a0]
    return b, [1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0]


def _high_pass(f0: float, q: float, sr: int) -> tuple[list[float], list[float]]:
    k = np.tan(np.pi * f0 / sr)
    a0 = 1 + k / q + k * k
    return [1.0, -2.0, 1.0], [1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0]


def interpolator(sample_rate: int) -> npt.NDArray[np.float64]:
    """Polyphase filter (4, 12) that finds peaks between samples (BS.1770-5 annex 2).

    A windowed sinc of 48 taps at four times the rate, each phase with unit gain. Rates of 96 kHz
    and more hardly hide a peak; the same filter serves them.
    """
    from features.levels_kernel import PHASES, TAPS

    position = (np.arange(PHASES * TAPS) - PHASES * (TAPS // 2)) / PHASES
    taps = np.sinc(position) * np.kaiser(PHASES * TAPS + 1, 5.0)[:-1]
    phases = taps.reshape(TAPS, PHASES).T[:, ::-1]
    return np.ascontiguousarray(phases / phases.sum(axis=1, keepdims=True))
