"""What is composed before anything sounds: a score of plain frozen values.

Times are in beats from the start, on a grid of 1/960 beat, so that a MIDI file holds them exactly.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, replace

from features.errors import ShiroaError

TICKS_PER_BEAT = 960

ROLES = {
    "drums": ("drums",),
    "bass": ("bass",),
    "chords": ("comp", "power", "sustain", "arp", "texture"),
    "melody": ("melody", "voice"),
}
"""Who plays what a listener calls drums, bass, chords and melody."""


class ScoreError(ShiroaError, ValueError):
    """A score in which nobody is left to play."""


def on_grid(beats: float) -> float:
    """The nearest time on the grid of 1/960 beat."""
    return round(beats * TICKS_PER_BEAT) / TICKS_PER_BEAT


@dataclass(frozen=True, slots=True)
class Note:
    """A note: start and length in beats, MIDI pitch, velocity in (0, 1].

    In the part ``drums`` the pitch is a General MIDI percussion number.
    """

    start: float
    length: float
    pitch: int
    velocity: float


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord: where it stands, its name and numeral, its pitch classes from the root up."""

    start: float
    length: float
    symbol: str
    numeral: str
    root: int
    tones: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of the form: name, first bar (from 0), number of bars, energy in [0, 1]."""

    name: str
    bar: int
    bars: int
    energy: float


@dataclass(frozen=True, slots=True)
class Part:
    """One player: its name (also the stem's), role, patch, MIDI program (from 0) and notes."""

    name: str
    role: str
    patch: str
    program: int
    notes: tuple[Note, ...]

    def between(self, first: float, beats: float) -> list[Note]:
        """The notes that begin within ``beats`` from ``first`` on, their starts counted from there.

        Textures last for sections: they count wherever they sound.
        """
        return [
            replace(note, start=note.start - first)
            for note in self.notes
            if first <= note.start < first + beats
            or (self.role == "texture" and note.start <= first < note.start + note.length)
        ]


@dataclass(frozen=True, slots=True)
class Syllable:
    """A sung syllable: start and length in beats, its letters, whether it ends its word, MIDI
    pitch, its sounds (consonants before, vowel, consonants after), whether it ends its line."""

    start: float
    length: float
    text: str
    ends_word: bool
    pitch: int
    onset: tuple[str, ...]
    vowel: str
    coda: tuple[str, ...]
    ends_line: bool = False


@dataclass(frozen=True)
class Score:
    """A whole piece and the truth about it.

    ``opening_beat``: where its first bar begins, before or after a recording that it follows does.
    """

    genre: str
    mood: str
    tempo_bpm: float
    key: str
    beats_per_bar: int
    duration_s: float
    seed: int
    swing: float
    sections: tuple[Section, ...]
    chords: tuple[Chord, ...]
    parts: tuple[Part, ...]
    ending_beat: float
    opening_beat: float = 0.0
    syllables: tuple[Syllable, ...] = ()

    @property
    def seconds_per_beat(self) -> float:
        """Length of a beat in seconds."""
        return 60.0 / self.tempo_bpm

    def only(self, wanted: Collection[str]) -> Score:
        """The same piece with some players alone, named as in ``ROLES``.

        Raises ``ScoreError`` when none of them is in the band.
        """
        roles = {role for name in wanted for role in ROLES[name]}
        kept = tuple(part for part in self.parts if part.role in roles)
        if not kept:
            there = {part.role for part in self.parts}
            known = ", ".join(name for name, played in ROLES.items() if there & set(played))
            raise ScoreError(
                f"parts={', '.join(wanted)}: nobody in {self.genre} plays that; choose from {known}"
            )
        return replace(self, parts=kept)

    def beats(self) -> tuple[float, ...]:
        """Time in seconds of each beat up to and with the last chord."""
        return tuple(i * self.seconds_per_beat for i in range(round(self.ending_beat) + 1))

    def notes(self) -> Iterator[tuple[Part, Note]]:
        """Every note with its part."""
        for part in self.parts:
            for note in part.notes:
                yield part, note

    def truth(self) -> dict[str, object]:
        """What is known about the audio, ready for JSON."""
        return {
            "genre": self.genre,
            "mood": self.mood,
            "tempo_bpm": self.tempo_bpm,
            "key": self.key,
            "duration_s": self.duration_s,
            "seed": self.seed,
            "beats_per_bar": self.beats_per_bar,
            "sections": [asdict(section) for section in self.sections],
            "chords": [
                {"start": c.start, "length": c.length, "symbol": c.symbol, "numeral": c.numeral}
                for c in self.chords
            ],
            "parts": [p.name for p in self.parts],
        }
