"""Tunes: a motif of one bar that returns, moves with the chords and is answered.

Phrases of four bars follow the sentence and the period (Caplin, "Classical Form", 1998): basic
idea, its repetition or contrast, and a close on a chord tone. Strong beats take chord tones,
between them the line moves by step, and leaps are followed by a step back (Huron, "Sweet
Anticipation", 2006).
"""

from __future__ import annotations

from dataclasses import dataclass

from ..exact import Dice
from ..score import Note, on_grid
from ..styles.base import Style
from .form import BEATS_PER_BAR
from .harmony import Progression
from .rhythm import hits, late, swung
from .theory import nearest, scale

_PULL = 2
_PHRASES = ("AABC", "ABAC", "AABA", "ABAB")


@dataclass(frozen=True)
class Idea:
    """A bar of tune: rhythm, and a move in scale steps before each note."""

    cell: str
    moves: tuple[int, ...]


@dataclass(frozen=True)
class Voice:
    """Who sings: range in MIDI pitches, loudness and length factors."""

    low: int
    high: int
    velocity: float
    legato: float


def cells_for(style: Style, density: float) -> list[str]:
    """The rhythms that a density from 0 to 1 leaves, those with the fewest notes first."""
    cells = sorted(style.melody.cells, key=lambda c: c.count("x"))
    return cells[: max(2, round(len(cells) * (0.4 + 0.6 * density)))]


def ideas(style: Style, density: float, dice: Dice) -> dict[str, Idea]:
    """Three ideas of a section. A lower density picks cells with fewer notes."""
    cells = cells_for(style, density)
    made = {}
    for name in "ABC":
        cell = dice.pick(cells)
        made[name] = Idea(cell, _moves(cell.count("x"), style.melody.leap, dice))
    return made


def _moves(count: int, leap: float, dice: Dice) -> tuple[int, ...]:
    moves, back = [], 0
    for _ in range(count):
        if back:
            move, back = back, 0
        elif dice.chance(leap):
            move = dice.pick((-4, -3, 3, 4))
            back = -1 if move > 0 else 1
        else:
            move = dice.pick((-1, -1, 0, 1, 1, 2))
        moves.append(move)
    return tuple(moves)


def tune(
    style: Style, key: str, progression: Progression, bar: int, bars: int, voice: Voice,
    material: dict[str, Idea], tempo_bpm: float, dice: Dice, phrase: str,
) -> list[Note]:  # fmt: skip
    """The tune of a section from its first bar on."""
    ladder = _ladder(key, style.melody.scale, voice)
    home = _rung(ladder, nearest((voice.low + voice.high) // 2, (progression.tonic,),
                                 voice.low, voice.high))  # fmt: skip
    notes: list[Note] = []
    for index in range(bars):
        letter = phrase[index % 4]
        closing = index % 4 == 3
        if closing and dice.chance(style.melody.breath):
            continue
        place = home if letter == "A" or not notes else _rung(ladder, notes[-1].pitch)
        beat = float((bar + index) * BEATS_PER_BAR)
        notes += _bar(style, material[letter], ladder, place, beat, progression, voice,
                      closing, tempo_bpm, dice)  # fmt: skip
    return notes


def pick_phrase(dice: Dice) -> str:
    """A plan of four bars."""
    return dice.pick(_PHRASES)


def _on_chord(pitch: int, tones: tuple[int, ...], tonic: int, voice: Voice) -> int:
    """The nearest chord tone; the tonic, if it's one of them, draws from two semitones further."""
    found = nearest(pitch, tones, voice.low, voice.high)
    if tonic not in tones:
        return found
    home = nearest(pitch, (tonic,), voice.low, voice.high)
    return home if abs(home - pitch) <= abs(found - pitch) + _PULL else found


def _ladder(key: str, kind: str, voice: Voice) -> list[int]:
    classes = scale(key, kind)
    return [p for p in range(voice.low, voice.high + 1) if p % 12 in classes]


def _rung(ladder: list[int], pitch: int) -> int:
    return min(range(len(ladder)), key=lambda i: abs(ladder[i] - pitch))


def _bar(
    style: Style, idea: Idea, ladder: list[int], place: int, beat: float,
    progression: Progression, voice: Voice, closing: bool, tempo_bpm: float, dice: Dice,
) -> list[Note]:  # fmt: skip
    notes = []
    strokes = list(hits(idea.cell))
    for number, ((step, _, length), move) in enumerate(zip(strokes, idea.moves, strict=True)):
        place = max(0, min(len(ladder) - 1, place + move))
        pitch = ladder[place]
        start = beat + swung(step, style.swing)
        last = closing and number == len(strokes) - 1
        if step % 4 == 0 or length >= 4 or last:
            tones = progression.at(start).tones
            pitch = _on_chord(pitch, tones, progression.tonic, voice)
            place = _rung(ladder, pitch)
        notes.append(played(style, voice, start, step, length, pitch, tempo_bpm, dice))
    return notes


def played(
    style: Style, voice: Voice, start: float, step: int, steps: int, pitch: int,
    tempo_bpm: float, dice: Dice,
) -> Note:  # fmt: skip
    """A note of a tune as a player gives it: a little late, detached or held, and accented.

    ``start`` in beats is where ``step`` of its bar lies, ``steps`` how many it lasts.
    """
    accent = 1.0 if step % 8 == 0 else 0.92 if step % 4 == 0 else 0.8
    return Note(
        on_grid(max(0.0, start + late(style, tempo_bpm, dice, step))),
        on_grid(max(0.1, steps / 4 * min(1.0, 0.92 * voice.legato))),
        pitch,
        min(1.0, voice.velocity * accent * (1 + 0.04 * dice.bell())),
    )
