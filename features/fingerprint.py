"""Acoustic fingerprints: the same words for the same recording, whatever its coding or level.

The words are those of Chromaprint's default algorithm, which AcoustID searches by
(https://acoustid.org/chromaprint; Lalinský, "How does Chromaprint work?", 2011): a chroma image
eight frames a second is compared, by sixteen pairs of areas, with thresholds that its author
trained. A word of 32 bits covers about 2.6 s; there is one for each 0.124 s.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import scipy.fft

from features.audio.encoding import resample

WORD_S: Final = 1365 / 11_025
_RATE: Final = 22_050
_FRAME_LENGTH: Final = 8192
_HOP_LENGTH: Final = 2730
_RANGE_HZ: Final = (28.0, 3520.0)
_LOWEST_A_HZ: Final = 27.5
_SMOOTHING: Final = (0.25, 0.75, 1.0, 0.75, 0.25)
_QUIETEST: Final = 0.01
_WIDEST: Final = 16
_FRAMES_AT_ONCE: Final = 64

_AREAS: Final = (
    # how the area is divided, lowest pitch class, pitch classes, frames, three thresholds
    ("whole", 4, 3, 15, (1.98215, 2.35817, 2.63523)),
    ("middle class", 4, 6, 15, (-1.03809, -0.651211, -0.282167)),
    ("upper half", 0, 4, 16, (-0.298702, 0.119262, 0.558497)),
    ("corners", 8, 2, 12, (-0.105439, 0.0153946, 0.135898)),
    ("corners", 4, 4, 8, (-0.142891, 0.0258736, 0.200632)),
    ("middle class", 0, 3, 5, (-0.826319, -0.590612, -0.368214)),
    ("upper half", 2, 2, 9, (-0.557409, -0.233035, 0.0534525)),
    ("later half", 7, 3, 4, (-0.0646826, 0.00620476, 0.0784847)),
    ("later half", 6, 2, 16, (-0.192387, -0.029699, 0.215855)),
    ("later half", 1, 3, 2, (-0.0397818, -0.00568076, 0.0292026)),
    ("middle time", 10, 1, 15, (-0.53823, -0.369934, -0.190235)),
    ("corners", 6, 2, 10, (-0.124877, 0.0296483, 0.139239)),
    ("later half", 1, 1, 14, (-0.101475, 0.0225617, 0.231971)),
    ("corners", 5, 6, 4, (-0.0799915, -0.00729616, 0.063262)),
    ("upper half", 9, 2, 12, (-0.272556, 0.019424, 0.302559)),
    ("corners", 4, 2, 14, (-0.164292, -0.0321188, 0.0846339)),
)
_GRAY: Final = np.array([0, 1, 3, 2], np.uint32)

Array = npt.NDArray[np.float64]


def fingerprint(y: npt.NDArray[Any], sr: int) -> npt.NDArray[np.uint32]:
    """Words (n,) of mono ``y`` (frames,), float in [-1, 1] or int16; none for less than 3 s."""
    if y.dtype == np.int16:
        y = y.astype(np.float32) / (1 << 15)
    if len(y) < 3 * sr:
        return np.empty(0, np.uint32)
    image = _normalised(_smoothed(_chroma(resample(y, sr, _RATE))))
    return _words(image)


def _chroma(y: npt.NDArray[np.float32]) -> Array:
    """Energy of each pitch class from A, shape (frames, 12)."""
    from features.spectrum_kernel import sum_groups

    hz = np.arange(_FRAME_LENGTH // 2 + 1) * (_RATE / _FRAME_LENGTH)
    first, last = (round(limit * _FRAME_LENGTH / _RATE) for limit in _RANGE_HZ)
    octave = np.log2(hz[first:last] / _LOWEST_A_HZ)
    pitch_class = (12 * (octave - np.floor(octave))).astype(np.int64)
    window = (0.54 - 0.46 * np.cos(2 * np.pi * np.arange(_FRAME_LENGTH) / (_FRAME_LENGTH - 1))) / 2
    window = window.astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(y, _FRAME_LENGTH)[::_HOP_LENGTH]
    energy = np.zeros((len(frames), 12))
    for start in range(0, len(frames), _FRAMES_AT_ONCE):
        part = frames[start : start + _FRAMES_AT_ONCE] * window
        spectra = scipy.fft.rfft(part, axis=1)[:, first:last]
        sum_groups(spectra, pitch_class, energy[start : start + len(part)])
    return energy


def _smoothed(chroma: Array) -> Array:
    length = len(chroma) - len(_SMOOTHING) + 1
    return sum(
        (weight * chroma[k : k + length] for k, weight in enumerate(_SMOOTHING)),
        np.zeros((max(length, 0), 12)),
    )


def _normalised(image: Array) -> Array:
    norm = np.sqrt(np.square(image).sum(axis=1, keepdims=True))
    return np.where(norm < _QUIETEST, 0.0, image / np.maximum(norm, _QUIETEST))


def _words(image: Array) -> npt.NDArray[np.uint32]:
    count = len(image) - _WIDEST + 1
    if count < 1:
        return np.empty(0, np.uint32)
    corner = np.pad(image.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))

    def area(frame: int, low: int, frames: int, classes: int) -> Array:
        """Sum of a part of the image, for each word."""
        after, before = corner[frame + frames :][:count], corner[frame:][:count]
        high = low + classes
        return after[:, high] - after[:, low] - before[:, high] + before[:, low]

    words = np.zeros(count, np.uint32)
    for division, low, classes, frames, thresholds in _AREAS:
        more, less = _compared(area, division, low, classes, frames)
        value = np.log((1.0 + more) / (1.0 + less))
        words = words << np.uint32(2) | _GRAY[np.searchsorted(thresholds, value, side="right")]
    return words


def _compared(area: Any, division: str, low: int, classes: int, frames: int) -> tuple[Array, Array]:
    """The two sums that a pair of areas compares, for each word."""
    whole = area(0, low, frames, classes)
    if division == "whole":
        return whole, np.zeros_like(whole)
    if division == "upper half":
        lower = area(0, low, frames, classes // 2)
        return whole - lower, lower
    if division == "later half":
        earlier = area(0, low, frames // 2, classes)
        return whole - earlier, earlier
    if division == "middle class":
        middle = area(0, low + classes // 3, frames, classes // 3)
        return middle, whole - middle
    if division == "middle time":
        middle = area(frames // 3, low, frames // 3, classes)
        return middle, whole - middle
    half, late = frames // 2, frames - frames // 2
    crossed = area(0, low + classes // 2, half, classes - classes // 2)
    crossed = crossed + area(half, low, late, classes // 2)
    return crossed, whole - crossed
