"""A synthetic voice: a band-limited glottal source through moving formants, noise for consonants.

Source and filter are Fant's ("Acoustic Theory of Speech Production", 1960); formants of the vowels
follow Peterson and Barney (1952) for English and Kılıç (2003) for Turkish, rounded, with a
singer's formant near 2.9 kHz (Sundberg 1974).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from ..exact import exp2, fast_sine, midi_to_hz, tan_turns
from ..score import Syllable

HOP_S = 0.004
FORMANTS = {
    "a": (730, 1150, 2500), "ae": (680, 1700, 2450), "e": (530, 1850, 2550),
    "i": (300, 2250, 2950), "ih": (400, 1950, 2600), "o": (500, 880, 2450), "u": (330, 800, 2350),
    "uh": (600, 1200, 2450), "ii": (370, 1450, 2400), "oe": (440, 1500, 2300),
    "ue": (310, 1750, 2250),
}  # fmt: skip
VOICED = {
    "m": (280, 950, 2200), "n": (280, 1500, 2500), "ng": (280, 1900, 2700), "l": (360, 1200, 2700),
    "r": (420, 1250, 1700), "w": (320, 700, 2200), "y": (290, 2200, 3000), "v": (300, 1100, 2300),
    "z": (280, 1600, 2500), "j": (300, 1900, 2500), "b": (250, 800, 2200), "d": (260, 1650, 2500),
    "g": (260, 1900, 2400),
}  # fmt: skip
NOISE = {
    "s": (6500, 0.30), "sh": (3200, 0.34), "ch": (3600, 0.36), "f": (5200, 0.14),
    "th": (5600, 0.12),
    "h": (1400, 0.16), "k": (2000, 0.30), "t": (4200, 0.30), "p": (1100, 0.22), "z": (6200, 0.12),
    "j": (3000, 0.16), "v": (4500, 0.05), "d": (3500, 0.08), "b": (900, 0.06), "g": (1800, 0.08),
}  # fmt: skip
_CONSONANT_S = 0.07
_VIBRATO_CENTS = 22.0
_VIBRATO_HZ = 5.4
COLUMNS = 7


def sing(dry: np.ndarray, syllables: tuple[Syllable, ...], beat_s: float, sr: int) -> None:
    """Add the voice to ``dry`` (frames, 2)."""
    hop = int(HOP_S * sr)
    controls = _controls(syllables, beat_s, len(dry) // hop + 2, hop / sr)
    throat(dry, controls, hop, float(sr))


def _controls(
    syllables: tuple[Syllable, ...], beat_s: float, count: int, hop_s: float
) -> np.ndarray:
    """Per hop: pitch (MIDI), voicing, noise, noise's Hz, three formants in Hz."""
    out = np.zeros((count, COLUMNS))
    out[:, 0], out[:, 3:] = 60.0, (3000.0, 500.0, 1500.0, 2500.0)
    for index, syllable in enumerate(syllables):
        start, end = syllable.start * beat_s, (syllable.start + syllable.length) * beat_s
        follows = syllables[index + 1].start * beat_s if index + 1 < len(syllables) else end + 9
        lead = _CONSONANT_S * len(syllable.onset)
        tail = min(_CONSONANT_S * len(syllable.coda), 0.4 * (end - start))
        _vowel(out, syllable, start, max(start + 0.05, min(end, follows) - tail), hop_s)
        _spread(out, syllable.onset, max(0.0, start - min(lead, 0.16)), start, syllable, hop_s)
        _spread(out, syllable.coda, min(end, follows) - tail, min(end, follows), syllable, hop_s)
    return out


def _vowel(out: np.ndarray, s: Syllable, start: float, end: float, hop_s: float) -> None:
    first, last = int(start / hop_s), min(len(out), int(end / hop_s))
    for i in range(first, last):
        since = (i - first) * hop_s
        depth = _VIBRATO_CENTS / 100.0 * min(1.0, max(0.0, since - 0.18) / 0.3)
        out[i, 0] = s.pitch + depth * fast_sine(_VIBRATO_HZ * i * hop_s)
        out[i, 1] = min(1.0, 0.55 + since / 0.06) * min(1.0, (last - i) * hop_s / 0.05)
        out[i, 4:7] = FORMANTS[s.vowel]


def _spread(
    out: np.ndarray, sounds: tuple[str, ...], start: float, end: float, s: Syllable, hop_s: float
) -> None:
    for number, sound in enumerate(sounds):
        a = start + (end - start) * number / len(sounds)
        b = start + (end - start) * (number + 1) / len(sounds)
        first, last = int(a / hop_s), min(len(out), max(int(a / hop_s) + 1, int(b / hop_s)))
        for i in range(max(0, first), last):
            if sound in VOICED:
                out[i, 0], out[i, 1] = s.pitch, 0.45 if sound in "mnlrwyng" else 0.25
                out[i, 4:7] = VOICED[sound]
            else:
                out[i, 1] = 0.0
                out[i, 4:7] = FORMANTS[s.vowel]
            if sound in NOISE:
                out[i, 3], out[i, 2] = NOISE[sound]
                if sound in "kptbdg" and i < first + (last - first) // 2:
                    out[i, 1] = out[i, 2] = 0.0


@njit(cache=True, error_model="numpy", nogil=True)
def throat(out, controls, hop, sr):  # type: ignore[no-untyped-def]
    """Render the control tracks: parallel trapezoidal band-passes over saw and noise."""
    widths = np.array([80.0, 95.0, 130.0, 150.0, 900.0])
    gains = np.array([1.0, 0.75, 0.42, 0.3])
    s1, s2 = np.zeros(5), np.zeros(5)
    g, k, h = np.zeros(5), np.zeros(5), np.zeros(5)
    now = controls[0].copy()
    smooth = 1.0 - exp2(-1.0 / (0.012 / 0.004))
    state = 22222
    phase = low = breath = 0.0
    step = 0.003
    for i in range(out.shape[0]):
        if i % hop == 0:
            target = controls[i // hop]
            for c in range(7):
                now[c] += (smooth if c != 2 else 0.8) * (target[c] - now[c])
            step = midi_to_hz(now[0]) / sr
            for f in range(5):
                hz = now[4 + f] if f < 3 else (2900.0 if f == 3 else now[3])
                g[f] = tan_turns(min(0.22, hz / sr * 0.5))
                k[f] = widths[f] / hz
                h[f] = 1.0 / (1.0 + g[f] * (g[f] + k[f]))
        phase += step
        if phase >= 1.0:
            phase -= 1.0
        x = 2.0 * phase - 1.0
        if phase < step:
            t = phase / step
            x -= t + t - t * t - 1.0
        elif phase > 1.0 - step:
            t = (phase - 1.0) / step
            x -= t * t + t + t + 1.0
        low += 0.28 * (x - low)
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        noise = state / 2147483648.0 - 1.0
        breath += 0.4 * (noise - breath)
        source = now[1] * (0.75 * low + 0.25 * x + 0.03 * breath) + 1e-18
        y = 0.0
        for f in range(5):
            drive = source if f < 4 else now[2] * noise + 1e-18
            v3 = drive - s2[f]
            v1 = h[f] * (s1[f] + g[f] * v3)
            v2 = s2[f] + g[f] * v1
            s1[f] = 2.0 * v1 - s1[f]
            s2[f] = 2.0 * v2 - s2[f]
            y += k[f] * v1 * (gains[f] if f < 4 else 0.9)
        out[i, 0] += 0.62 * y
        out[i, 1] += 0.62 * y
