"""Sound without a tempo, or without a key: what an honest estimator answers with a reason.

Every generator takes a random generator and gives mono samples (frames,) at ``SR``. ``BEATLESS``
has no beat, ``KEYLESS`` no key; speech, noise and rain have neither.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import scipy.signal

from features.spectrum import ANALYSIS_RATE as SR

SECONDS: Final = 24.0
_FRAMES: Final = round(SECONDS * SR)
_VOWELS: Final = ((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480))

Generator = Callable[[np.random.Generator], np.ndarray]


def white_noise(rng: np.random.Generator) -> np.ndarray:
    """Noise of equal power at all frequencies."""
    return (0.1 * rng.standard_normal(_FRAMES)).astype(np.float32)


def pink_noise(rng: np.random.Generator) -> np.ndarray:
    """Noise whose power falls by 3 dB an octave, its level slowly wandering as the wind's does."""
    spectrum = np.fft.rfft(rng.standard_normal(_FRAMES))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    y = np.fft.irfft(spectrum, _FRAMES)
    gust = np.interp(np.arange(_FRAMES), np.linspace(0, _FRAMES, 9), rng.uniform(0.3, 1, 9))
    return (0.1 * gust * y / y.std()).astype(np.float32)


def rain(rng: np.random.Generator) -> np.ndarray:
    """Clicks at random times over soft noise."""
    y = 0.01 * rng.standard_normal(_FRAMES)
    decay = np.exp(-np.arange(600) / 80)
    for at in rng.integers(0, _FRAMES - 600, int(SECONDS * rng.uniform(5, 30))):
        y[at : at + 600] += rng.uniform(0.05, 0.5) * decay * rng.standard_normal(600)
    return y.astype(np.float32)


def drone(rng: np.random.Generator) -> np.ndarray:
    """A held fifth whose partials beat slowly against each other."""
    t = np.arange(_FRAMES) / SR
    root = 110 * 2 ** (rng.integers(12) / 12)
    y = np.zeros(_FRAMES)
    for hz in (root, 1.5 * root, 2 * root):
        for k in range(1, 6):
            y += np.sin(2 * np.pi * hz * k * (1 + rng.normal(0, 3e-4)) * t + rng.uniform(0, 6)) / k
    return (0.03 * y).astype(np.float32)


def free_notes(rng: np.random.Generator) -> np.ndarray:
    """Plucked notes of one scale at random times: tonal, without a beat."""
    y = np.zeros(_FRAMES + 2 * SR)
    tonic = rng.integers(12)
    at = 0.0
    while at < SECONDS:
        pitch = 48 + tonic + rng.choice([0, 2, 4, 5, 7, 9, 11]) + 12 * rng.integers(3)
        _add(y, at, _plucked(440 * 2 ** ((pitch - 69) / 12), 2.0))
        at += float(rng.gamma(2.0, 0.25)) + 0.05
    return (0.1 * y[:_FRAMES]).astype(np.float32)


def swells(rng: np.random.Generator) -> np.ndarray:
    """Soft chords of random length that fade into each other."""
    y = np.zeros(_FRAMES + 12 * SR)
    at = 0.0
    while at < SECONDS:
        length = float(rng.uniform(2.5, 7.0))
        t = np.arange(round(1.4 * length * SR)) / SR
        root = 110 * 2 ** (rng.choice([0, 2, 4, 5, 7, 9]) / 12)
        chord = sum(
            np.sin(2 * np.pi * root * r * k * t) / k for r in (1, 1.25, 1.5) for k in (1, 2)
        )
        _add(y, at, chord * np.sin(np.pi * t / t[-1]) ** 2)
        at += length
    return (0.05 * y[:_FRAMES]).astype(np.float32)


def speech(rng: np.random.Generator) -> np.ndarray:
    """Like speech: voiced syllables with gliding pitch and formants, hiss between, and pauses."""
    y = np.zeros(_FRAMES + SR)
    at = 0.0
    low = rng.uniform(90, 180)
    while at < SECONDS:
        for _ in range(rng.integers(4, 14)):
            hiss = rng.standard_normal(round(rng.uniform(0.02, 0.09) * SR))
            _add(y, at, 0.05 * np.hanning(len(hiss)) * np.diff(hiss, prepend=0))
            at += len(hiss) / SR
            syllable = _syllable(rng, low * rng.uniform(0.9, 1.6), float(rng.uniform(0.07, 0.3)))
            _add(y, at, syllable)
            at += len(syllable) / SR
        at += float(rng.uniform(0.2, 0.9))
    y = y[:_FRAMES] + 1e-4 * rng.standard_normal(_FRAMES)
    return (0.1 * y / y.std()).astype(np.float32)


def twelve_tones(rng: np.random.Generator) -> np.ndarray:
    """Plucked notes on a strict beat, all twelve in turn in a new order each time: atonal."""
    y = np.zeros(_FRAMES + 2 * SR)
    step = float(rng.uniform(0.2, 0.4))
    for row in range(int(SECONDS / step / 12) + 1):
        for place, pitch in enumerate(rng.permutation(12)):
            tone = _plucked(440 * 2 ** ((45 + pitch + 12 * rng.integers(3) - 69) / 12), 1.0)
            _add(y, (12 * row + place) * step, tone)
    return (0.1 * y[:_FRAMES]).astype(np.float32)


BEATLESS: Final[dict[str, Generator]] = {
    "white noise": white_noise,
    "pink noise": pink_noise,
    "rain": rain,
    "drone": drone,
    "free notes": free_notes,
    "swells": swells,
    "speech-like": speech,
}
KEYLESS: Final[dict[str, Generator]] = {
    "white noise": white_noise,
    "pink noise": pink_noise,
    "rain": rain,
    "speech-like": speech,
    "twelve tones": twelve_tones,
}


def _add(y: np.ndarray, at_s: float, sound: np.ndarray) -> None:
    start = round(at_s * SR)
    part = sound[: max(0, len(y) - start)]
    y[start : start + len(part)] += part


def _plucked(hz: float, seconds: float) -> np.ndarray:
    t = np.arange(round(seconds * SR)) / SR
    wave = sum(np.sin(2 * np.pi * hz * k * t) / k for k in range(1, 6) if hz * k < SR / 2)
    return wave * np.exp(-3 * t) * np.minimum(1, t * 200)


def _syllable(rng: np.random.Generator, hz: float, seconds: float) -> np.ndarray:
    frames = round(seconds * SR)
    glide = hz * np.linspace(1, rng.uniform(0.75, 1.2), frames)
    phase = np.cumsum(glide) / SR
    pulses = np.diff(np.floor(phase), prepend=0.0)
    y = pulses
    for formant in _VOWELS[rng.integers(len(_VOWELS))]:
        centre = formant * rng.uniform(0.9, 1.15)
        radius = np.exp(-np.pi * 90 / SR)
        pole = [1, -2 * radius * np.cos(2 * np.pi * centre / SR), radius**2]
        y = y + 0.6 * scipy.signal.lfilter([1 - radius], pole, pulses)
        pulses = scipy.signal.lfilter([1 - radius], pole, pulses) * 4 + 0.2 * pulses
    return y / max(float(np.abs(y).max()), 1e-9) * np.hanning(frames) ** 0.5
