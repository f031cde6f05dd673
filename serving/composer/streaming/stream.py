"""Music as it is made: endless, bar by bar, following its listener from the next bar on.

A page of bars is composed at a time and played bar by bar. When a dial turns, a new page begins
at the next bar. A new genre, mood or tempo brings a new band; the old band's tails ring out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from ..brief import Brief, complete
from ..score import Note, Part, Score
from ..sound.soundfont import Soundfont
from ..writing.arrange import compose
from ..writing.form import BEATS_PER_BAR
from .band import Band, Limiter

OPENING = (0.5, 0.5, 1.0, 1.0, 1.0)
"""The stretches of a first bar, in beats."""

_BARS_PER_PAGE = 16
_LEAVING_BARS = 3
_TAIL_S = 2.7
_NEEDED_ENERGY = {"drums": 0.3, "melody": 0.4, "arp": 0.2, "power": 0.5}


@dataclass
class Dials:
    """What may be changed while the music plays; a change takes effect at the next bar.

    ``tempo_bpm`` 60-180, ``energy`` 0 to 1 (how loud, and who plays), ``muted`` the names of parts
    that keep silent. What is None is chosen by the genre and the seed.
    """

    genre: str = "pop"
    mood: str | None = None
    tempo_bpm: float | None = None
    key: str | None = None
    energy: float = 0.8
    muted: set[str] = field(default_factory=set)

    def wish(self) -> tuple[str, str | None, float | None, str | None]:
        """What a page is composed from."""
        return self.genre, self.mood, self.tempo_bpm, self.key


@dataclass(frozen=True)
class Block:
    """A bar of sound (of the first bar, a beat or half of one), float32 (frames, 2), and what it
    is."""

    audio: np.ndarray
    bar: int
    section: str
    chords: tuple[str, ...]
    genre: str
    mood: str
    tempo_bpm: float
    key: str
    parts: tuple[str, ...]


class LiveMusic:
    """Endless music. Turn its ``dials`` at any time, from any thread; iterate ``bars`` once.

    ``soundfont``, opened at ``sample_rate``, plays the instruments that it was chosen for. Raises
    ``BriefError`` for dials that can't be, at once or at the bar where they are read.
    """

    def __init__(
        self, dials: Dials, seed: int = 0, sample_rate: int = 44100,
        soundfont: Soundfont | None = None,
    ) -> None:  # fmt: skip
        complete(Brief(*dials.wish()))
        self.dials, self.sample_rate, self._soundfont = dials, sample_rate, soundfont
        self._seed = seed
        self._limiter = Limiter(sample_rate)
        self._leaving: list[tuple[Band, int]] = []

    def bars(self) -> Iterator[Block]:
        """One block after another without an end: each a bar, the first bar beat by beat and its
        first beat in halves, so that sound leaves at once."""
        wish = self.dials.wish()
        score = self._page(0, None)
        band = Band(score, self.sample_rate, self._soundfont)
        page = bar = number = 0
        while True:
            if self.dials.wish() != wish or bar >= _BARS_PER_PAGE:
                page, bar = page + 1, 0
                following = self._page(page, score)
                if _sound(following) != _sound(score):
                    self._leaving.append((band, number + _LEAVING_BARS))
                    band = Band(following, self.sample_rate, self._soundfont)
                wish, score = self.dials.wish(), following
            beat = float(bar * BEATS_PER_BAR)
            for beats in OPENING if number == 0 else (float(BEATS_PER_BAR),):
                yield self._stretch(score, band, (bar, number), beat, beats)
                beat += beats
            bar, number = bar + 1, number + 1

    def blocks(self, frames: int = 4096) -> Iterator[np.ndarray]:
        """The same music in pieces of up to ``frames``, for a socket or a sound card."""
        for block in self.bars():
            for start in range(0, len(block.audio), frames):
                yield block.audio[start : start + frames]

    def _page(self, page: int, before: Score | None) -> Score:
        genre, mood, tempo, key = self.dials.wish()
        if before is not None and before.genre == genre:
            mood, tempo = mood or before.mood, tempo or before.tempo_bpm
        if before is not None:
            key = key or before.key
        brief = Brief(genre, mood, tempo, key, seed=self._seed + 7919 * page)
        seconds = (_BARS_PER_PAGE + 0.1) * BEATS_PER_BAR * 60.0 / complete(brief).tempo_bpm
        return compose(replace(brief, duration_s=seconds + _TAIL_S))

    def _stretch(
        self, score: Score, band: Band, place: tuple[int, int], first: float, beats: float
    ) -> Block:
        bar, number = place
        frames = round(beats * score.seconds_per_beat * self.sample_rate)
        energy = min(1.0, max(0.0, self.dials.energy))
        played = {p.name: (p, self._notes(p, first, beats, energy)) for p in score.parts}
        audio = band.play(played, frames, 0.55 + 0.45 * energy)
        for old, _ in self._leaving:
            audio = audio + old.play({}, frames)
        self._leaving = [(old, until) for old, until in self._leaving if until > number]
        chords = [c.symbol for c in score.chords if first <= c.start < first + beats]
        section = next(s.name for s in reversed(score.sections) if s.bar <= bar)
        return Block(
            self._limiter.process(audio), number, section, tuple(chords), score.genre,
            score.mood, score.tempo_bpm, score.key,
            tuple(name for name, (_, notes) in played.items() if notes),
        )  # fmt: skip

    def _notes(self, part: Part, first: float, beats: float, energy: float) -> list[Note]:
        if part.name in self.dials.muted or energy < _NEEDED_ENERGY.get(part.role, 0.0):
            return []
        return part.between(first, beats)


def _sound(score: Score) -> tuple[str, str, float]:
    return score.genre, score.mood, score.tempo_bpm
