"""A given tune in a style: its notes, in the rhythms in which the style sings.

Listeners keep the long and the accented notes of a tune and hear the others as their ornaments
(Lerdahl and Jackendoff, "A Generative Theory of Tonal Music", 1983, time-span reduction). So each
bar takes that of the style's rhythms which begins most of its notes where notes begin in the
recording, and each note of it the pitch that weighs most in its time.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from ..exact import Dice
from ..score import Note, Section
from ..styles import Style
from .form import BEATS_PER_BAR
from .harmony import Progression
from .melody import Voice, cells_for, played
from .rhythm import hits, swung
from .theory import Harmony, nearest

_NEAR = 0.26
_BEGINS = 0.5
_EMPTY = 0.35
_LONG_STEPS = 4


@dataclass(frozen=True)
class Line:
    """A tune: notes (start, length, pitch) in beats of the players, in order."""

    notes: tuple[tuple[float, float, int], ...]

    def sung(
        self, style: Style, density: float, section: Section, progression: Progression,
        voice: Voice, tempo_bpm: float, dice: Dice,
    ) -> list[Note]:  # fmt: skip
        """The tune of a section as the style sings it."""
        cells = cells_for(style, density)
        shift = self._octaves_to(voice)
        made: list[Note] = []
        for bar in range(section.bar, section.bar + section.bars):
            if (bar - section.bar) % 4 == 3 and dice.chance(style.melody.breath):
                continue
            first = float(bar * BEATS_PER_BAR)
            sounding = [
                n for n in self.notes if n[0] < first + BEATS_PER_BAR and n[0] + n[1] > first
            ]
            cell = max(cells, key=lambda c: (_fit(c, first, sounding), c))
            for step, _, steps in hits(cell):
                pitch = _heaviest(sounding, first + step / 4, first + (step + steps) / 4)
                if pitch is None:
                    continue
                start = first + swung(step, style.swing)
                pitch = _within(pitch + shift, voice)
                if steps >= _LONG_STEPS:
                    pitch = _consonant(pitch, progression.at(start), voice)
                made.append(played(style, voice, start, step, steps, pitch, tempo_bpm, dice))
        return made

    def _octaves_to(self, voice: Voice) -> int:
        """Semitones by which the whole tune moves, octaves, to lie in the middle of a voice."""
        if not self.notes:
            return 0
        middle = median(pitch for _, _, pitch in self.notes)
        return 12 * round(((voice.low + voice.high) / 2 - middle) / 12)


def _fit(cell: str, first: float, notes: list[tuple[float, float, int]]) -> float:
    """How much of the tune's weight begins where the cell's notes do, less what it has to add."""
    total = 0.0
    for step, _, _ in hits(cell):
        near = [n[1] for n in notes if abs(n[0] - first - step / 4) < _NEAR]
        total += min(2.0, max(near)) if near else -_EMPTY
    return total


def _heaviest(notes: list[tuple[float, float, int]], start: float, end: float) -> int | None:
    """The pitch with the most time between two beats; one that begins with them weighs more."""
    weights: dict[int, float] = {}
    for at, length, pitch in notes:
        overlap = min(end, at + length) - max(start, at)
        if overlap > 0:
            begins = _BEGINS if abs(at - start) < _NEAR else 0.0
            weights[pitch] = weights.get(pitch, 0.0) + overlap + begins
    return max(weights, key=lambda p: (weights[p], p)) if weights else None


def _within(pitch: int, voice: Voice) -> int:
    while pitch < voice.low:
        pitch += 12
    while pitch > voice.high:
        pitch -= 12
    return pitch


def _consonant(pitch: int, chord: Harmony, voice: Voice) -> int:
    """A long note a semitone above a chord tone rubs against it, and goes to it."""
    if pitch % 12 not in chord.tones and (pitch - 1) % 12 in chord.tones:
        return nearest(pitch, chord.tones, voice.low, voice.high)
    return pitch
