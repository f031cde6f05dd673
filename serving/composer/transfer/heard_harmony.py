"""A recording's chords in a style: its harmonic rhythm and its colours.

A chord lasts a bar or half of one, the likeliest for all that is heard in it; it is read as a
degree of the key, and the style adds to it what it adds to the chords of its own pieces.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from features.harmony.pitch import parse_key

from ..writing.form import BEATS_PER_BAR, Plan
from ..writing.harmony import Progression
from ..writing.theory import Harmony, harmony
from .metrical import Grid
from .transcribe import Heard, chords_of

_DEGREES = ("I", "bII", "II", "bIII", "III", "IV", "bV", "V", "bVI", "VI", "bVII", "VII")
_DOMINANTS = {
    "major": {2: "V/V", 4: "V/vi", 9: "V/ii", 11: "V/iii"},
    "minor": {2: "V/V", 0: "V/iv"},
}
_AT_BAR, _AT_HALF, _ELSEWHERE = 0.03, 0.1, 0.18
"""What a chord that begins there has to gain, as a difference of correlations."""


def progression_of(heard: Heard, grid: Grid, layout: Plan, extension: str) -> Progression:
    """The chords of the plan's bars, and the last one, in beats of the players."""
    parts = _parts_of_a_bar(grid)
    beats = grid.beats_per_bar / parts * grid.step
    count = round(layout.ending_beat) // BEATS_PER_BAR * parts + 1
    count = max(1, min(count, int(len(heard.chroma) / beats)))
    edges = np.rint(np.arange(count + 1) * beats).astype(int)
    chroma = np.stack([heard.chroma[a : max(a + 1, b)].mean(axis=0) for a, b in pairwise(edges)])
    place = np.arange(count) % parts
    cost = np.where(place == 0, _AT_BAR, np.where(2 * place == parts, _AT_HALF, _ELSEWHERE))
    spans: list[tuple[float, float, Harmony]] = []
    long = BEATS_PER_BAR / parts
    for index, (root, mode) in enumerate(chords_of(chroma, heard.key, cost)):
        chord = harmony(numeral_of(root, mode, heard.key), heard.key, extension)
        start = index * long
        if spans and spans[-1][2] == chord and start % BEATS_PER_BAR:
            spans[-1] = (spans[-1][0], spans[-1][1] + long, chord)
        else:
            spans.append((start, long, chord))
    last = spans[-1]
    end = layout.ending_beat
    if last[0] >= end:
        spans[-1] = (end, float(BEATS_PER_BAR), last[2])
    else:
        spans[-1] = (last[0], end - last[0], last[2])
        spans.append((end, float(BEATS_PER_BAR), last[2]))
    return Progression(tuple(spans), parse_key(heard.key)[0])


def _parts_of_a_bar(grid: Grid) -> int:
    """In how many parts chords can change: half bars, and in half time those of the recording."""
    if grid.beats_per_bar != BEATS_PER_BAR:
        return 1 if grid.step <= 1.0 else 2
    return 2 if grid.step <= 1.0 else 4


def numeral_of(root: int, mode: str, key: str) -> str:
    """What a triad is in a key; a major one where the key has none is the dominant of a degree.

    >>> numeral_of(9, "minor", "C major"), numeral_of(9, "major", "C major")
    ('vi', 'V/ii')
    """
    tonic, of = parse_key(key)
    degree = (root - tonic) % 12
    if mode == "major":
        return _DOMINANTS[of].get(degree, _DEGREES[degree])
    name = _DEGREES[degree]
    return name.replace("V", "v").replace("I", "i")
