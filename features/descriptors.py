"""A fixed vector of numbers that sets genres and moods apart, from spectra already computed.

Timbre as mel-frequency cepstra (Davis and Mermelstein, 1980) and their spread, brightness, the
balance and beat of bass, middle and treble, harmony relative to the tonic, and loudness.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import scipy.fft

from features.harmony.key import Key, key_correlations
from features.harmony.pitch import parse_key
from features.levels.loudness import Loudness
from features.rhythm.periodicity import BANDS, Rhythm, value_at
from features.rhythm.tempo import Tempo
from features.spectrum import Spectrum, band_centres_hz

_CEPSTRA: Final = 13
_COMPRESSION: Final = 1e3
_BEATS: Final = (0.25, 0.5, 1, 2, 4)

DESCRIPTOR_NAMES: Final = (
    *(f"mfcc_mean_{n}" for n in range(1, _CEPSTRA + 1)),
    *(f"mfcc_std_{n}" for n in range(1, _CEPSTRA + 1)),
    *(f"mfcc_delta_{n}" for n in range(1, _CEPSTRA + 1)),
    "centroid_mean_octaves", "centroid_std_octaves", "flatness_mean", "flatness_std",
    "bass_share", "treble_share", "level_std_db", "level_skew",
    "onset_strength", "onset_rate_hz", "tempo_octaves", "tempo_confidence",
    *(f"periodicity_{band}_{beats:g}" for band in BANDS for beats in _BEATS),
    *(f"chroma_{n}" for n in range(12)),
    "chroma_spread", "chroma_change", "mode", "key_confidence", "tuning_focus",
    "loudness_lufs", "loudness_range_lu", "true_peak_dbtp",
)  # fmt: skip
"""Names of the descriptors, in the order of the vector. Chroma counts semitones from the tonic."""

Array = npt.NDArray[np.float32]


def describe(
    spectrum: Spectrum,
    rhythm: Rhythm,
    chroma: Array,
    focus: float,
    tempo: Tempo,
    key: Key,
    loudness: Loudness,
) -> Array:
    """The vector, float32 (len(DESCRIPTOR_NAMES),), always finite; what has no value is 0.

    ``chroma`` (long frames, 12) and ``focus`` are those of ``features.harmony.chroma``.
    """
    values = [
        *_timbre(spectrum.mel),
        *_brightness(spectrum.mel),
        *_dynamics(spectrum.mel),
        *_beat(rhythm, tempo),
        *_harmony(chroma, focus, key),
        loudness.integrated_lufs or 0.0,
        loudness.range_lu or 0.0,
        loudness.true_peak_dbtp or 0.0,
    ]
    vector = np.asarray(values, np.float32)
    return np.nan_to_num(vector, nan=0.0, posinf=0.0, neginf=0.0)


def _timbre(mel: Array) -> npt.NDArray[np.float64]:
    level = max(float(mel.mean()), 1e-9)
    log = np.log10(1 + _COMPRESSION / level * mel)
    cepstra = scipy.fft.dct(log, axis=1, norm="ortho")[:, 1 : _CEPSTRA + 1]
    steps = np.abs(np.diff(cepstra, axis=0)) if len(cepstra) > 1 else np.zeros_like(cepstra)
    return np.concatenate([cepstra.mean(axis=0), cepstra.std(axis=0), steps.mean(axis=0)])


def _brightness(mel: Array) -> list[float]:
    centres = band_centres_hz()
    octave = np.log2(centres / centres[0])
    total = np.maximum(mel.sum(axis=1), 1e-9)
    centroid = mel @ octave.astype(np.float32) / total
    flat = np.exp(np.log(mel + 1e-9).mean(axis=1)) / np.maximum(mel.mean(axis=1), 1e-9)
    mean = mel.mean(axis=0)
    whole = max(float(mean.sum()), 1e-9)
    return [
        float(centroid.mean()),
        float(centroid.std()),
        float(flat.mean()),
        float(flat.std()),
        float(mean[centres < 200].sum()) / whole,
        float(mean[centres > 4000].sum()) / whole,
    ]


def _dynamics(mel: Array) -> list[float]:
    level = 20 * np.log10(mel.mean(axis=1) + 1e-6)
    deviation = float(level.std())
    skew = float(np.mean((level - level.mean()) ** 3)) / max(deviation, 1e-6) ** 3
    return [deviation, skew]


def _beat(rhythm: Rhythm, tempo: Tempo) -> list[float]:
    period = 60.0 / (tempo.bpm or 120.0)
    repeated = value_at(rhythm.periodicity, np.array(_BEATS) * period)
    return [
        rhythm.strength,
        float(rhythm.onsets_hz[0]),
        float(np.log2(tempo.bpm / 120.0)) if tempo.bpm else 0.0,
        tempo.confidence,
        *repeated.ravel(),
    ]


def _harmony(chroma: Array, focus: float, key: Key) -> list[float]:
    mean = chroma.mean(axis=0)
    mean = mean / max(float(mean.sum()), 1e-9)
    correlation = key_correlations(mean)
    tonic = parse_key(key.name)[0] if key.name else int(np.argmax(correlation)) % 12
    steps = np.abs(np.diff(chroma, axis=0)).mean() if len(chroma) > 1 else 0.0
    return [
        *np.roll(mean, -tonic),
        float(mean.std()),
        float(steps),
        float(correlation[tonic] - correlation[12 + tonic]),
        key.confidence,
        focus,
    ]
