"""How loud a piece will be, before it is played: some of its beats, heard in a hurry.

What is heard while it is made has to be as loud as its finished file, whose mastering knows the
whole. Two beats here and there, at a third of the usual rate, tell it within about a decibel.
"""

from __future__ import annotations

from dataclasses import replace

from ..score import Note, Part, Score, Syllable
from ..styles import style_of
from .master import Level, level_of
from .mix import mixed

__all__ = ["sketched_level"]

_RATE = 16_000
_PLACES = 8
_LONGEST_S = 10.0
_BEATS = 2.0
_HEARD_TOO_SOFT_DB = 0.5
"""By so much a sketch is softer than its piece, in the mean: what rings over its cuts is lost."""


def sketched_level(score: Score) -> Level:
    """About the level that mastering gives to ``score``."""
    level = level_of(mixed(_digest(score), _RATE), style_of(score.genre).production, _RATE)
    return replace(level, lift_db=level.lift_db - _HEARD_TOO_SOFT_DB)


def _digest(score: Score) -> Score:
    """Stretches of a score, evenly over it and in turn from the first and second half of a bar, one
    after another."""
    bars = max(1, round(score.ending_beat) // score.beats_per_bar)
    places = min(_PLACES, bars, int(_LONGEST_S / (_BEATS * score.seconds_per_beat)))
    firsts = [
        score.beats_per_bar * int((i + 0.5) * bars / places) + _BEATS * (i % 2)
        for i in range(places)
    ]
    parts = tuple(
        replace(
            part, notes=tuple(n for i, first in enumerate(firsts) for n in _cut(part, first, i))
        )
        for part in score.parts
    )
    syllables = tuple(s for i, first in enumerate(firsts) for s in _sung(score, first, i))
    beats = _BEATS * places
    return replace(
        score,
        parts=parts,
        syllables=syllables,
        duration_s=beats * score.seconds_per_beat,
        ending_beat=beats,
    )


def _cut(part: Part, first: float, number: int) -> list[Note]:
    """What of a part sounds in the stretch from ``first`` on, moved to its place in the digest."""
    cut = []
    for note in part.notes:
        start = note.start if part.role == "drums" else max(first, note.start)
        end = min(first + _BEATS, note.start + note.length)
        if first <= start < first + _BEATS and start < end:
            moved = start - first + _BEATS * number
            cut.append(replace(note, start=moved, length=end - start))
    return cut


def _sung(score: Score, first: float, number: int) -> list[Syllable]:
    return [
        replace(syllable, start=syllable.start - first + _BEATS * number)
        for syllable in score.syllables
        if first <= syllable.start < first + _BEATS
    ]
