"""The spectra that tempo, key and descriptors share, computed once for each track.

Everything is taken from mono at ``ANALYSIS_RATE``. Two resolutions: short frames, 50 a second, for
rhythm and timbre as log-mel bands; long frames, about 5 a second, for pitch. Both are reduced block
by block, so that an hour of music needs tens of megabytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import scipy.fft

ANALYSIS_RATE: Final = 22_050
HOP_LENGTH: Final = 441
FRAME_LENGTH: Final = 1024
FRAME_RATE: Final = ANALYSIS_RATE / HOP_LENGTH
MEL_BANDS: Final = 40
MEL_RANGE_HZ: Final = (30.0, 10_500.0)
LONG_FRAME_LENGTH: Final = 8192
LONG_HOP_LENGTH: Final = 4096
_BLOCK: Final = 256  # frames whose spectra stay in the second-level cache
_LONG_BLOCK: Final = 64
_PEAK_FLOOR: Final = 10 ** (-34 / 20)

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Spectrum:
    """Reduced spectra of one track.

    ``mel`` (frames, MEL_BANDS): magnitudes in mel bands, at ``FRAME_RATE``. ``peaks_hz`` and
    ``peaks_weight`` (n,): spectral peaks of all long frames, in Hz with their magnitude;
    ``peaks_frame`` (n,) the long frame of each. ``duration_s`` is the track's length.
    """

    mel: Array
    peaks_hz: Array
    peaks_weight: Array
    peaks_frame: npt.NDArray[np.int32]
    long_frames: int
    duration_s: float


def analyse(y: Array) -> Spectrum:
    """Spectra of mono ``y`` (frames,) at ``ANALYSIS_RATE``."""
    hz, weight, frame, count = long_peaks(y)
    return Spectrum(mel_bands(y), hz, weight, frame, count, len(y) / ANALYSIS_RATE)


def mel_bands(y: Array) -> Array:
    """Magnitudes of ``y`` in mel bands, shape (frames, MEL_BANDS); frames are centred."""
    from features.spectrum_kernel import sum_bands

    weights = _mel_bank()
    used = weights > 0
    first, last = used.argmax(axis=1), weights.shape[1] - used[:, ::-1].argmax(axis=1)
    window = _hann(FRAME_LENGTH)
    bands = np.empty((len(y) // HOP_LENGTH + 1, MEL_BANDS), np.float32)
    done = 0
    for frames in _framed(y, FRAME_LENGTH, HOP_LENGTH, _BLOCK):
        part = bands[done : done + len(frames)]
        sum_bands(scipy.fft.rfft(frames * window, axis=1), first, last, weights, part)
        done += len(frames)
    return bands


def _hann(length: int) -> Array:
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)).astype(np.float32)


def _framed(y: Array, length: int, hop: int, most: int) -> Iterator[Array]:
    """Blocks of centred frames, each (up to ``most``, length)."""
    count = len(y) // hop + 1
    for first in range(0, count, most):
        number = min(most, count - first)
        start = first * hop - length // 2
        stop = start + (number - 1) * hop + length
        piece = y[max(start, 0) : min(stop, len(y))]
        if start < 0 or stop > len(y):
            piece = np.pad(piece, (max(0, -start), max(0, stop - max(len(y), start))))
        view = np.lib.stride_tricks.sliding_window_view(piece, length)
        yield view[::hop][:number]


def mel_of(hz: npt.NDArray[np.float64] | float) -> npt.NDArray[np.float64]:
    """Mel scale of O'Shaughnessy (1987): 2595 log10(1 + f / 700)."""
    return 2595.0 * np.log10(1.0 + np.asarray(hz) / 700.0)


def band_centres_hz() -> npt.NDArray[np.float64]:
    """Centres of the mel bands, Hz."""
    return _band_edges()[1:-1]


def _band_edges() -> npt.NDArray[np.float64]:
    low, high = mel_of(np.array(MEL_RANGE_HZ))
    mels = np.linspace(float(low), float(high), MEL_BANDS + 2)
    return 700.0 * (10 ** (mels / 2595.0) - 1.0)


def _mel_bank() -> Array:
    """Triangular bands (MEL_BANDS, bins), each with unit sum."""
    bins = np.arange(FRAME_LENGTH // 2 + 1) * (ANALYSIS_RATE / FRAME_LENGTH)
    edges = _band_edges()
    low, centre, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising = (bins - low) / (centre - low)
    falling = (high - bins) / (high - centre)
    bank = np.maximum(0.0, np.minimum(rising, falling))
    nearest = np.abs(bins - centre).argmin(axis=1)
    bank[np.arange(MEL_BANDS), nearest] = np.maximum(bank[np.arange(MEL_BANDS), nearest], 1e-3)
    bank /= bank.sum(axis=1, keepdims=True)
    return bank.astype(np.float32)


def long_peaks(y: Array) -> tuple[Array, Array, npt.NDArray[np.int32], int]:
    """Spectral peaks of long frames between 25 and 3,500 Hz: Hz, magnitude, frame; and frames.

    Peaks are refined by a parabola through log magnitudes (Smith and Serra, 1987); those 34 dB
    below the strongest of their frame are dropped.
    """
    from features.spectrum_kernel import find_peaks

    window = _hann(LONG_FRAME_LENGTH)
    hz_per_bin = ANALYSIS_RATE / LONG_FRAME_LENGTH
    low, high = int(25 / hz_per_bin), int(3500 / hz_per_bin) + 1
    most = _LONG_BLOCK * (high - low + 1) // 2
    place, weight = np.empty(most, np.float32), np.empty(most, np.float32)
    row = np.empty(most, np.int32)
    found = []
    count = 0
    for frames in _framed(y, LONG_FRAME_LENGTH, LONG_HOP_LENGTH, _LONG_BLOCK):
        spectra = scipy.fft.rfft(frames * window, axis=1)
        n = find_peaks(spectra, low, high, _PEAK_FLOOR, place, weight, row)
        found.append((place[:n] * np.float32(hz_per_bin), weight[:n].copy(), row[:n] + count))
        count += len(frames)
    hz, magnitude, frame = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return hz, magnitude, frame.astype(np.int32, copy=False), count
