"""What the accompanying players do with a pattern and the chords."""

from __future__ import annotations

from dataclasses import dataclass

from ..exact import Dice
from ..moods import MoodShape
from ..score import Note, Section, on_grid
from ..styles.base import STEPS, Player, Style
from .form import BEATS_PER_BAR
from .harmony import Progression
from .rhythm import FAST_BPM, WEIGHTS, between_beats, hits, late, swung
from .theory import Harmony, nearest, voicing

_FIFTH = 0.72


@dataclass(frozen=True)
class Stroke:
    """One stroke of a pattern in time: start and length in beats, letter, loudness."""

    start: float
    length: float
    letter: str
    velocity: float
    step: int


def accompany(
    style: Style, shape: MoodShape, player: Player, pattern: str, progression: Progression,
    section: Section, tempo_bpm: float, ending_beat: float, same: Dice, dice: Dice,
) -> list[Note]:  # fmt: skip
    """The notes of a bass, comp, power, sustain or arp player in one section."""
    loud = 0.8 * shape.velocity * (0.56 + 0.44 * section.energy)
    low, high = bounds(player, shape)
    if player.role == "sustain":
        return _sustain(progression, section, loud, low, high)
    strokes = _strokes(style, shape, player, pattern, section, tempo_bpm, loud, same, dice)
    strokes = [s for s in strokes if s.start < ending_beat]
    makers = {"bass": _bass, "comp": _comp, "power": _power, "arp": _arp}
    return makers[player.role](strokes, progression, player, low, high, tempo_bpm)


def bounds(player: Player, shape: MoodShape) -> tuple[int, int]:
    """The player's range, moved by the mood; basses stay where they are."""
    if player.role in ("bass", "power"):
        return player.low, player.high
    shift = shape.register // 2
    return player.low + shift, player.high + shift


def _strokes(
    style: Style, shape: MoodShape, player: Player, pattern: str, section: Section,
    tempo_bpm: float, loud: float, same: Dice, dice: Dice,
) -> list[Stroke]:  # fmt: skip
    busy = sum(1 for _ in hits(pattern)) > 8
    chance = 1.0 if tempo_bpm >= FAST_BPM else between_beats(tempo_bpm)
    if player.role == "arp":
        chance *= 0.45 + 0.6 * shape.density
    kept = kept_steps(pattern, chance, same)
    off_beat = 0.44 + 0.32 * between_beats(tempo_bpm)
    made = []
    for bar in range(section.bars):
        beat = float((section.bar + bar) * BEATS_PER_BAR)
        for step, letter, steps in hits(pattern):
            if step % 2 and busy and tempo_bpm > 135:
                continue
            if step not in kept:
                continue
            accent = 1.0 if step % 8 == 0 else 0.96 if step % 4 == 0 else off_beat
            weight = WEIGHTS.get(letter, 0.85) * accent
            start = max(0.0, beat + swung(step, style.swing) + late(style, tempo_bpm, dice, step))
            length = max(0.12, steps * BEATS_PER_BAR / STEPS * min(1.0, 0.95 * shape.legato))
            velocity = min(1.0, loud * weight * (1 + 0.04 * dice.bell()))
            made.append(Stroke(start, length, letter, velocity, step))
    return made


def kept_steps(pattern: str, chance: float, dice: Dice) -> set[int]:
    """The steps that are played: all on the beat, and each between beats with a chance."""
    return {step for step, _, _ in hits(pattern) if step % 4 == 0 or dice.chance(chance)}


def _note(stroke: Stroke, pitch: int, delay: float = 0.0, weight: float = 1.0) -> Note:
    return Note(
        on_grid(stroke.start + delay), on_grid(stroke.length), pitch, weight * stroke.velocity
    )


def tone_weight(pitch: int, chord: Harmony, tonic: int) -> float:
    """How loud a tone of a chord is played: its fifth, which says least of it, is held back.

    Not so where the fifth is the key's tonic.
    """
    return _FIFTH if pitch % 12 == (chord.root + 7) % 12 != tonic else 1.0


def _sustain(
    progression: Progression, section: Section, loud: float, low: int, high: int
) -> list[Note]:
    first = float(section.bar * BEATS_PER_BAR)
    end = first + section.bars * BEATS_PER_BAR
    notes: list[Note] = []
    before: tuple[int, ...] = ()
    for start, length, chord in progression.spans:
        if first <= start < end:
            before = voicing(chord, low, high, before)
            notes += [
                Note(
                    on_grid(start), on_grid(length * 0.98), pitch,
                    0.85 * loud * tone_weight(pitch, chord, progression.tonic),
                )
                for pitch in before
            ]  # fmt: skip
    return notes


def _comp(
    strokes: list[Stroke], progression: Progression, player: Player, low: int, high: int,
    tempo_bpm: float,
) -> list[Note]:  # fmt: skip
    notes: list[Note] = []
    before: tuple[int, ...] = ()
    strum = player.strum_ms / 1000.0 * tempo_bpm / 60.0
    last: Harmony | None = None
    for number, stroke in enumerate(strokes):
        chord = progression.at(stroke.start + 0.05)
        if chord != last:
            before = voicing(chord, low, high, before)
            last = chord
        order = before if number % 2 == 0 else before[::-1]
        notes += [
            _note(
                stroke,
                pitch,
                i * strum / max(1, len(order)),
                tone_weight(pitch, chord, progression.tonic),
            )
            for i, pitch in enumerate(order)
        ]
    return notes


def _power(
    strokes: list[Stroke], progression: Progression, player: Player, low: int, high: int,
    tempo_bpm: float,
) -> list[Note]:  # fmt: skip
    notes = []
    for stroke in strokes:
        chord = progression.at(stroke.start + 0.05)
        root = low + (chord.root - low) % 12
        fifth = 6 if 6 in chord.intervals else 7
        pitches = [p for p in (root, root + fifth, root + 12) if p <= high]
        notes += [_note(stroke, p) for p in pitches]
    return notes


def _bass(
    strokes: list[Stroke], progression: Progression, player: Player, low: int, high: int,
    tempo_bpm: float,
) -> list[Note]:  # fmt: skip
    notes = []
    for stroke in strokes:
        chord = progression.at(stroke.start + 0.05)
        root = low + (chord.root - low) % 12
        following = progression.at(stroke.start + stroke.length + 0.05)
        pitch = _bass_pitch(stroke.letter, root, chord, following, low, high)
        if stroke.letter == "T":
            pitch = low + (progression.tonic - low) % 12
        while pitch > high:
            pitch -= 12
        while pitch < low:
            pitch += 12
        weight = _FIFTH if stroke.letter == "5" else 1.0
        notes.append(_note(stroke, pitch, weight=weight))
    return notes


def _bass_pitch(
    letter: str, root: int, chord: Harmony, following: Harmony, low: int, high: int
) -> int:
    third = next((i for i in chord.intervals if i in (3, 4)), 7)
    fifth = 6 if 6 in chord.intervals else 7
    seventh = next((i for i in chord.intervals if i in (9, 10, 11)), 12)
    steps = {"R": 0, "3": third, "5": fifth, "7": seventh, "8": 12, "w": third}
    if letter == "a":
        target = nearest(root + 6, (following.root,), low, high)
        return target - 1 if target > root else target + 2
    return root + steps.get(letter, 0)


def _arp(
    strokes: list[Stroke], progression: Progression, player: Player, low: int, high: int,
    tempo_bpm: float,
) -> list[Note]:  # fmt: skip
    notes: list[Note] = []
    before: tuple[int, ...] = ()
    last: Harmony | None = None
    for stroke in strokes:
        chord = progression.at(stroke.start + 0.05)
        if chord != last:
            before = voicing(chord, low, min(high, low + 17), before)
            last = chord
        octave, index = divmod(int(stroke.letter), len(before))
        pitch = before[index] + 12 * octave
        weight = tone_weight(pitch, chord, progression.tonic)
        notes.append(_note(stroke, pitch if pitch <= high else pitch - 12, weight=weight))
    return notes


def last_notes(
    player: Player, shape: MoodShape, chord: Harmony, end: float, length: float
) -> list[Note]:
    """The player's share of the last chord."""
    low, high = bounds(player, shape)
    loud = min(1.0, 0.8 * shape.velocity)
    root = low + (chord.root - low) % 12
    if player.role == "bass":
        pitches: tuple[int, ...] = (root,)
    elif player.role == "power":
        pitches = tuple(p for p in (root, root + 7, root + 12) if p <= high)
    elif player.role == "melody":
        pitches = (nearest((low + high) // 2, (chord.root,), low, high),)
    elif player.role in ("comp", "sustain", "arp"):
        pitches = voicing(chord, low, high, ())
    else:
        pitches = ()
    return [Note(end, length, p, loud) for p in pitches]
