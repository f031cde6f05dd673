"""How much of each pitch class a track holds, and how far it is tuned from A4 = 440 Hz.

Harmonic pitch class profiles after Gómez ("Tonal description of polyphonic audio for music content
processing", INFORMS Journal on Computing 2006): each spectral peak counts for its own pitch and for
those that it may be a harmonic of.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from features.spectrum import Spectrum

BINS_PER_SEMITONE: Final = 10
_BINS: Final = 12 * BINS_PER_SEMITONE
_C0_HZ: Final = 440.0 * 2 ** (-57 / 12)
_HARMONICS: Final = 4
_DECAY: Final = 0.6
_WIDTH_SEMITONES: Final = 4 / 3
_TUNING_RANGE_HZ: Final = (60.0, 800.0)
_QUIET: Final = 10 ** (-40 / 20)
_HELD_RANGE: Final = (12 * float(np.log2(60 / _C0_HZ)), 12 * float(np.log2(1000 / _C0_HZ)))
_HELD_REACH: Final = 0.15
_BASS_HZ: Final = 150.0


@dataclass(frozen=True)
class Chroma:
    """``frames`` (long frames, 12): profile of each frame from C with sum 1, zeros where quiet.

    ``tuning_cents`` in [-50, 50), None when no pitch is clear. ``focus``: how sharply pitches sit
    on one tuning, 0 for noise to 1. ``held``: share of pitches that last into the next frame.
    ``bass``: share of those below 150 Hz.
    """

    frames: npt.NDArray[np.float32]
    tuning_cents: float | None
    focus: float
    held: float
    bass: float


def chroma_of(spectrum: Spectrum) -> Chroma:
    """Chroma of a track from its spectral peaks."""
    from features.harmony.chroma_kernel import weight_held
    from features.spectrum_kernel import gather_pitches

    semitones = 12 * np.log2(spectrum.peaks_hz / np.float32(_C0_HZ))
    histogram = np.zeros((spectrum.long_frames, _BINS))
    sums = gather_pitches(
        semitones,
        spectrum.peaks_hz,
        spectrum.peaks_weight,
        spectrum.peaks_frame,
        _TUNING_RANGE_HZ,
        histogram,
    )
    offset, focus = _tuning(*sums)
    profile = histogram @ _with_harmonics(_fold(offset))
    total = histogram.sum(axis=1)
    heard = total > total.max(initial=0.0) * _QUIET
    profile /= np.maximum(profile.sum(axis=1, keepdims=True), 1e-20)
    frames = np.where(heard[:, None], profile, 0.0)
    cents = 100 * offset if focus > 0.05 else None
    held, within = weight_held(
        semitones, spectrum.peaks_weight, spectrum.peaks_frame, *_HELD_RANGE, _HELD_REACH
    )
    low = float(spectrum.peaks_weight[spectrum.peaks_hz < _BASS_HZ].sum(dtype=np.float64))
    return Chroma(
        frames.astype(np.float32),
        cents,
        focus,
        held / max(within, 1e-12),
        low / max(float(spectrum.peaks_weight.sum(dtype=np.float64)), 1e-12),
    )


def _tuning(total: float, along: float, across: float) -> tuple[float, float]:
    """Offset in semitones and focus: the mean direction of strong peaks on a semitone's circle.

    Peaks count by their energy within their frame, in the range where partials lie close to equal
    temperament.
    """
    if total <= 0:
        return 0.0, 0.0
    return float(np.arctan2(across, along) / (2 * np.pi)), float(np.hypot(along, across) / total)


def _with_harmonics(fold: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """``fold`` (bins, 12) with each pitch counting, less and less, for those it's a harmonic of."""
    total = np.zeros_like(fold)
    for harmonic in range(1, _HARMONICS + 1):
        shift = round(12 * float(np.log2(harmonic)) * BINS_PER_SEMITONE) % _BINS
        total += _DECAY ** (harmonic - 1) * np.roll(fold, shift, axis=0)
    return total


def _fold(offset: float) -> npt.NDArray[np.float64]:
    """Matrix (bins, 12): squared-cosine window of each pitch class, shifted by the tuning."""
    centre = np.arange(12) + offset
    distance = np.arange(_BINS)[:, None] / BINS_PER_SEMITONE - centre
    distance = (distance + 6) % 12 - 6
    inside = np.abs(distance) <= _WIDTH_SEMITONES / 2
    return np.where(inside, np.cos(np.pi * distance / _WIDTH_SEMITONES) ** 2, 0.0)
