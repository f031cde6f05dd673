"""Small synthetic clips with known tempo and key, for tests that need no composer."""

from __future__ import annotations

import numpy as np

SR = 22_050


def tone(hz: float, seconds: float, sr: int = SR, partials: int = 5) -> np.ndarray:
    """A plucked tone with falling partials."""
    t = np.arange(round(seconds * sr)) / sr
    wave = sum(
        np.sin(2 * np.pi * hz * k * t) / k for k in range(1, partials + 1) if hz * k < sr / 2
    )
    return wave * np.exp(-2 * t) * np.minimum(1, t * 200)


def chord(pitches: list[int], seconds: float, sr: int = SR, cents: float = 0.0) -> np.ndarray:
    """MIDI pitches sounding together."""
    return sum(tone(440 * 2 ** ((p - 69 + cents / 100) / 12), seconds, sr) for p in pitches)


def cadence(
    tonic: int, mode: str, seconds: float = 12.0, sr: int = SR, cents: float = 0.0
) -> np.ndarray:
    """I IV V I (or i iv V i) on ``tonic`` (pitch class), repeated, with bass."""
    third = 4 if mode == "major" else 3
    root = 48 + tonic
    chords = [
        [root, root + third, root + 7],
        [root + 5, root + 5 + third, root + 12],
        [root + 7, root + 11, root + 14],
        [root, root + third, root + 7],
    ]
    bars = [chord([c[0] - 12, *c, c[0] + 12], 0.75, sr, cents) for c in chords]
    y = np.tile(np.concatenate(bars), int(np.ceil(seconds / 3)))
    return (0.1 * y[: round(seconds * sr)]).astype(np.float32)


def drums(bpm: float, seconds: float = 20.0, sr: int = SR, seed: int = 0) -> np.ndarray:
    """Kick on one and three, snare on two and four, hi-hat on eighths."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(0.12 * sr)) / sr
    kick = np.sin(2 * np.pi * (55 * t + 4 * (1 - np.exp(-30 * t)))) * np.exp(-25 * t)
    snare = 0.5 * rng.standard_normal(len(t)) * np.exp(-30 * t)
    hat = 0.15 * np.diff(rng.standard_normal(len(t)), prepend=0) * np.exp(-80 * t)
    y = np.zeros(round(seconds * sr) + len(t))
    for eighth in range(int(seconds * bpm / 30)):
        at = round(eighth * 30 / bpm * sr)
        for hit, when in ((kick, (0, 4)), (snare, (2, 6)), (hat, range(8))):
            if eighth % 8 in when:
                y[at : at + len(t)] += hit
    return (0.3 * y[: round(seconds * sr)]).astype(np.float32)


def song(bpm: float, tonic: int, mode: str, seconds: float = 20.0, sr: int = SR) -> np.ndarray:
    """Drums over a cadence whose chords last two beats."""
    beat = 60 / bpm
    third = 4 if mode == "major" else 3
    root = 48 + tonic
    degrees = [(0, third), (5, third), (7, 4), (0, third)]
    bars = [
        chord([root + d - 12, root + d, root + d + t, root + d + 7], 2 * beat, sr)
        for d, t in degrees
    ]
    one = np.concatenate(bars)
    harmony = np.tile(one, int(np.ceil(seconds * sr / len(one))))[: round(seconds * sr)]
    return (drums(bpm, seconds, sr) + 0.05 * harmony).astype(np.float32)


def waltz(bpm: float, tonic: int, mode: str, seconds: float = 20.0, sr: int = SR) -> np.ndarray:
    """Bass on one, the chord on two and three, a new chord in each bar."""
    beat = 60 / bpm
    third = 4 if mode == "major" else 3
    y = np.zeros(round((seconds + 3) * sr))
    for number in range(int(seconds / beat)):
        degree, tone_above = ((0, third), (5, third), (7, 4), (0, third))[number // 3 % 4]
        root = 48 + tonic + degree
        on_one = number % 3 == 0
        pitches = [root - 12] if on_one else [root, root + tone_above, root + 7]
        sound = chord(pitches, (2.5 if on_one else 0.9) * beat, sr)
        at = round(number * beat * sr)
        y[at : at + len(sound)] += (0.15 if on_one else 0.05) * sound
    return y[: round(seconds * sr)].astype(np.float32)
