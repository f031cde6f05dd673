"""The generator of wordless singing: one note is one syllable of the synthetic voice.

Singers reach a note from below within about a tenth of a second, let their vibrato grow, and never
hold a pitch to the cent (Sundberg, "The Science of the Singing Voice", 1987); speech falls from
its accents instead. The throat itself is the one that sings lyrics.
"""

from __future__ import annotations

from math import log2

import numpy as np

from ..exact import fast_sine
from .patch import Sung
from .singer import COLUMNS, FORMANTS, HOP_S, NOISE, VOICED, throat

_GLIDE_S = 0.09
_DRIFT_HZ = 0.9
_VIBRATO_HZ = 5.5
_VIBRATO_AFTER_S, _VIBRATO_GROWS_S = 0.16, 0.3


def chant(out: np.ndarray, amp: np.ndarray, freq: float, patch: Sung, sr: float, seed: int) -> None:
    """Add a syllable to ``out`` (frames, 2); ``amp`` (frames,) is its loudness in time."""
    hop = int(HOP_S * sr)
    sound = np.zeros((min(len(out), len(amp)), 2), np.float32)
    count = len(sound) // hop + 2
    throat(sound, _controls(patch, freq, count, hop / sr, seed), hop, sr)
    out[: len(sound)] += sound * amp[: len(sound), None]


def _controls(patch: Sung, freq: float, count: int, hop_s: float, seed: int) -> np.ndarray:
    """The voice's columns for each hop, (count, 7)."""
    pitch = round(69.0 + 12.0 * log2(freq / 440.0))
    vowel = FORMANTS[patch.vowels[(seed >> 9) % len(patch.vowels)]]
    onset = patch.onsets[(seed >> 17) % len(patch.onsets)]
    phase = (seed & 1023) / 1024.0
    out = np.zeros((count, COLUMNS))
    out[:, 1], out[:, 2], out[:, 3] = 1.0, patch.breath, 3400.0
    out[:, 4:7] = np.array(vowel) * patch.size
    for i in range(count):
        t = i * hop_s
        away = max(0.0, 1.0 - t / _GLIDE_S)
        grown = min(1.0, max(0.0, t - _VIBRATO_AFTER_S) / _VIBRATO_GROWS_S)
        sway = patch.vibrato_cents * grown * fast_sine(_VIBRATO_HZ * t)
        drift = patch.drift_cents * fast_sine(_DRIFT_HZ * t + phase)
        out[i, 0] = pitch - patch.scoop * away * away - patch.fall * t + (sway + drift) / 100.0
    first = min(count, max(1, round(patch.onset_s / hop_s)))
    if onset in VOICED:
        out[:first, 1] = 0.4
        out[:first, 4:7] = np.array(VOICED[onset]) * patch.size
    elif onset in NOISE:
        out[:first, 1] = 0.0
    if onset in NOISE:
        out[:first, 3], out[:first, 2] = NOISE[onset]
    return out
