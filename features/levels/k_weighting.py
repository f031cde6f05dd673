"""K-weighted energy of a track by tenths of a second: what BS.1770 measures loudness from.

The weighting is recursive, so a processor can't take one sample before the last is done. Eight
stretches of a track therefore go through it side by side, each after a run-in of one segment: by
then the 38 Hz high-pass has forgotten all but 1e-9 of what was before.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

STRETCHES: Final = 8
SEGMENTS_EACH: Final = 8

Array = npt.NDArray[np.float64]


class EnergyMeter:
    """Feed it blocks of a track in order, then ask for the ``energy`` of all of it."""

    def __init__(self, sample_rate: int, channels: int, per_segment: int):
        self._per_segment = per_segment
        self._length = SEGMENTS_EACH * per_segment
        self._channels = channels
        self._filters = k_weighting(sample_rate)
        self._laid = np.zeros((STRETCHES * channels, per_segment + self._length), np.float32)
        self._filled = 0
        self._done: list[Array] = []

    def add(self, block: npt.NDArray[Any], scale: float) -> Iterator[npt.NDArray[np.float32]]:
        """Take the next ``block`` (frames, channels) of any type; ``scale`` brings it to [-1, 1].

        Yields it in parts, as float32 (channels, frames); take them all.
        """
        from features.audio.pcm_kernel import lay

        taken = 0
        while taken < len(block):
            stretch, at = divmod(self._filled, self._length)
            part = block[taken : taken + self._length - at]
            row, column = stretch * self._channels, self._per_segment + at
            planes = self._laid[row : row + self._channels, column : column + len(part)]
            lay(part, scale, planes)
            yield planes
            taken += len(part)
            self._filled += len(part)
            if self._filled == STRETCHES * self._length:
                self._done.append(self._weigh())
                run_in = self._per_segment
                self._laid[: self._channels, :run_in] = self._laid[-self._channels :, -run_in:]
                self._filled = 0

    def energy(self) -> Array:
        """Mean square of the weighted signal so far, (channels, full segments)."""
        full = self._filled // self._per_segment
        last = self._weigh()[:, :full] if full else np.empty((self._channels, 0))
        return np.concatenate([*self._done, last], axis=1) / self._per_segment

    def _weigh(self) -> Array:
        """Sums of squares (channels, segments) of what is laid out."""
        from features.levels.kernel import weigh

        run_in, lanes = self._per_segment, STRETCHES * self._channels
        self._laid[self._channels :, :run_in] = self._laid[: -self._channels, -run_in:]
        sums = np.zeros((SEGMENTS_EACH, lanes))
        weigh(self._laid, *self._filters, run_in, sums)
        by_channel = sums.reshape(SEGMENTS_EACH, STRETCHES, self._channels).transpose(2, 1, 0)
        return by_channel.reshape(self._channels, -1)


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
