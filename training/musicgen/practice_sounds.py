"""Seconds of simple sounds (chords, bass, plucks, drums) that the tiny codec is fitted to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_CHORDS = ((0, 4, 7), (0, 3, 7), (0, 5, 7), (0, 4, 7, 11), (0, 3, 7, 10))


def practice_sounds(seed: int, *, seconds: int, sample_rate: int) -> NDArray[np.float32]:
    """Mono samples [seconds * sample_rate] in [-1, 1]: a new chord and beat every second.

    >>> practice_sounds(0, seconds=2, sample_rate=8000).shape
    (16000,)
    """
    rng = np.random.default_rng(seed)
    seconds_of_sound = [_one_second(rng, sample_rate) for _ in range(seconds)]
    return np.concatenate(seconds_of_sound).astype(np.float32)


def _one_second(rng: np.random.Generator, sr: int) -> NDArray[np.float64]:
    t = np.arange(sr) / sr
    root = 110.0 * 2 ** (rng.integers(12) / 12)
    chord = _CHORDS[rng.integers(len(_CHORDS))]
    brightness = rng.uniform(0.3, 2.0)
    y = 0.15 * sum((_tone(t, root * 2 * 2 ** (n / 12), brightness) for n in chord), np.zeros(sr))
    y *= np.exp(-t * rng.choice([0.0, 1.0, 4.0]))
    y += rng.choice([0.0, 0.35]) * _tone(t, root / 2, 3.0)
    for beat in np.arange(0, 1, rng.choice([0.25, 0.5, 1.0])):
        since = np.maximum(t - beat, 0) * (t >= beat)
        pluck = _tone(since, root * 4 * 2 ** (chord[rng.integers(len(chord))] / 12), brightness)
        y += rng.choice([0.0, 0.2]) * pluck * np.exp(-8 * since)
        y += rng.choice([0.0, 0.4]) * (t >= beat) * _drum(rng, since)
    return y * rng.uniform(0.1, 0.9) / max(1e-6, float(np.abs(y).max()))


def _tone(t: NDArray[np.float64], hz: float, brightness: float) -> NDArray[np.float64]:
    partials = (np.sin(2 * np.pi * hz * k * t) / k**brightness for k in range(1, 7))
    return sum(partials, np.zeros_like(t))


def _drum(rng: np.random.Generator, since: NDArray[np.float64]) -> NDArray[np.float64]:
    if rng.random() < 0.5:
        return np.sin(2 * np.pi * (60 * since + 8 * (1 - np.exp(-40 * since)))) * np.exp(
            -12 * since
        )
    noise = rng.standard_normal(len(since))
    return np.diff(noise, prepend=0.0) * np.exp(-60 * since) * 0.5
