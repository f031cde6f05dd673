"""Roman numerals, chords, voicings and scales.

Numerals count from the major scale of the tonic: in F minor ``bVI`` is D flat major, ``iio`` is G
diminished, ``V7/ii`` is the dominant of the second degree (Kostka and Payne, "Tonal Harmony").
Voices move to the nearest tones of the next chord, as Tymoczko ("A Geometry of Music", 2011)
describes voice leading: the smallest sum of movements.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, product

from features.harmony.pitch import TONICS, parse_key

_DEGREES = {"i": 0, "ii": 2, "iii": 4, "iv": 5, "v": 7, "vi": 9, "vii": 11}
_NUMERAL = re.compile(r"^(b|#)?([iv]+|[IV]+)(o|maj7|sus4|sus2|add9|7|6|9)?$")
_FLAT_TONICS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
_FLAT_KEYS = {"major": (5, 10, 3, 8, 1), "minor": (2, 7, 0, 5, 10, 3)}
_BORROWED = {"major": re.compile("b"), "minor": re.compile("bII(?!I)")}
_MAJOR_SCALE = (0, 2, 4, 5, 7, 9, 11)
_MINOR_SCALE = (0, 2, 3, 5, 7, 8, 10)
_PENTATONIC = {"major": (0, 2, 4, 7, 9), "minor": (0, 3, 5, 7, 10)}
_SUFFIX = {
    (0, 4, 7): "", (0, 3, 7): "m", (0, 3, 6): "dim", (0, 7): "5", (0, 7, 12): "5",
    (0, 4, 7, 10): "7", (0, 4, 7, 11): "maj7", (0, 3, 7, 10): "m7", (0, 3, 6, 10): "m7b5",
    (0, 4, 7, 11, 14): "maj9", (0, 3, 7, 10, 14): "m9", (0, 4, 7, 10, 14): "9",
    (0, 4, 7, 14): "add9", (0, 3, 7, 14): "madd9", (0, 5, 7): "sus4", (0, 2, 7): "sus2",
    (0, 4, 7, 9): "6", (0, 3, 7, 9): "m6",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Harmony:
    """A numeral made sound: root as a pitch class, intervals above it in semitones; whether its
    root is spelled with a flat."""

    numeral: str
    root: int
    intervals: tuple[int, ...]
    flat: bool = False

    @property
    def symbol(self) -> str:
        """Chord symbol, such as ``"F#m7"`` or ``"Bbm7"``."""
        return (_FLAT_TONICS if self.flat else TONICS)[self.root] + _SUFFIX.get(self.intervals, "")

    @property
    def tones(self) -> tuple[int, ...]:
        """Pitch classes from the root up."""
        return tuple((self.root + i) % 12 for i in self.intervals)


def _triad(numeral: str, suffix: str) -> tuple[int, ...]:
    if suffix == "o":
        return (0, 3, 6)
    if suffix in ("sus4", "sus2"):
        return (0, 5 if suffix == "sus4" else 2, 7)
    return (0, 4, 7) if numeral.isupper() else (0, 3, 7)


def _extended(triad: tuple[int, ...], degree: int, suffix: str, extension: str) -> tuple[int, ...]:
    dominant = triad == (0, 4, 7) and (suffix in ("7", "9") or degree == 7)
    if suffix in ("7", "9") and not dominant:
        return (*triad, 10)
    if extension == "power":
        return (0, 7, 12) if triad[-1] == 7 else triad
    if extension == "soft":
        return (*triad, 14) if degree in (0, 5) and triad[-1] == 7 else triad
    if extension in ("seventh", "ninth"):
        if dominant:
            return (*triad, 10)
        if triad == (0, 3, 6):
            return (*triad, 10)
        if extension == "ninth" and degree == 0 and triad == (0, 4, 7):
            return (*triad, 14)
        seventh = 11 if triad == (0, 4, 7) else 10
        if triad == (0, 3, 7) and degree == 0:
            return (*triad, 14) if extension == "ninth" else (*triad, 9)
        return (*triad, seventh, 14) if extension == "ninth" else (*triad, seventh)
    return (*triad, 10) if suffix == "7" else triad


@lru_cache(maxsize=4096)
def harmony(numeral: str, key: str, extension: str = "triad") -> Harmony:
    """The chord that a numeral means in a key.

    >>> harmony("bVI", "F minor").symbol, harmony("V7/ii", "C major").symbol
    ('Db', 'A7')
    """
    tonic, mode = parse_key(key)
    body, _, target = numeral.partition("/")
    offset = _offset(target) if target else 0
    match = _NUMERAL.match(body)
    if match is None:
        raise ValueError(f"numeral={numeral!r}: must read like 'V7', 'bVI', 'iio' or 'V7/ii'")
    degree = _offset(body)
    triad = _triad(match[2], match[3] or "")
    intervals = _extended(triad, degree, match[3] or "", extension)
    flat = has_flats(key) or bool(_BORROWED[mode].match(numeral))
    return Harmony(numeral, (tonic + offset + degree) % 12, intervals, flat)


def has_flats(key: str) -> bool:
    """Whether a key's signature is written with flats (of six, with sharps).

    >>> has_flats("A# major"), has_flats("F minor"), has_flats("B minor")
    (True, True, False)
    """
    tonic, mode = parse_key(key)
    return tonic in _FLAT_KEYS[mode]


def _offset(numeral: str) -> int:
    match = _NUMERAL.match(numeral)
    if match is None:
        raise ValueError(f"numeral={numeral!r}: must read like 'V7', 'bVI' or 'iio'")
    return _DEGREES[match[2].lower()] + {"b": -1, "#": 1, None: 0}[match[1]]


def scale(key: str, kind: str = "full") -> tuple[int, ...]:
    """Pitch classes of the key's scale, from the tonic: ``full`` or ``pentatonic``."""
    tonic, mode = parse_key(key)
    steps: tuple[int, ...] = _MAJOR_SCALE if mode == "major" else _MINOR_SCALE
    if kind == "pentatonic":
        steps = _PENTATONIC[mode]
    return tuple((tonic + step) % 12 for step in steps)


def voicing(
    chord: Harmony, low: int, high: int, before: tuple[int, ...], voices: int = 4
) -> tuple[int, ...]:
    """MIDI pitches of the chord between ``low`` and ``high``, moving least from ``before``."""
    tones = _kept_tones(chord, voices)
    centre = (low + high) / 2
    options = [[p for p in range(low, high + 1) if p % 12 == tone] for tone in tones]
    best: tuple[float, tuple[int, ...]] = (1e9, ())
    for pitches in product(*(option[:3] for option in options if option)):
        chosen = tuple(sorted(set(pitches)))
        spread = chosen[-1] - chosen[0]
        gaps = sum(1 for a, b in pairwise(chosen) if b - a < 2)
        cost = 4.0 * gaps + max(0, spread - 16) + 0.25 * abs(sum(chosen) / len(chosen) - centre)
        cost += 0.5 * movement(before, chosen) if before else 0.0
        if cost < best[0]:
            best = (cost, chosen)
    return best[1]


def movement(before: tuple[int, ...], after: tuple[int, ...]) -> float:
    """Semitones that the voices move in all, each to its nearest."""
    return float(sum(min(abs(p - q) for q in before) for p in after))


def _kept_tones(chord: Harmony, voices: int) -> tuple[int, ...]:
    tones = tuple(dict.fromkeys(chord.tones))
    if len(tones) > voices:
        return (*tones[:2], *tones[3:])[:voices]
    return tones


def nearest(pitch: int, classes: tuple[int, ...], low: int, high: int) -> int:
    """The pitch of one of these classes in ``[low, high]`` that lies nearest."""
    options = [p for p in range(low, high + 1) if p % 12 in classes]
    return min(options, key=lambda p: (abs(p - pitch), p)) if options else pitch
