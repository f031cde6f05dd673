"""Music as it is made: endless, bar by bar, following its listener from the next bar on.

Each bar is composed when its turn comes, from the wishes of that moment; instruments keep their
sounds, strips and bus keep their state, and what rings past a bar is carried into the next, so
bars join without a click. A change of genre changes the band: the old band's tails ring out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from . import effects
from .arrange import compose
from .brief import Brief, complete
from .channel import Bus, Sends, Strip
from .exact import db_to_gain
from .instruments import DrumMachine, Instrument
from .mix import crackle
from .moods import MOOD_SHAPES
from .score import Note, Part, Score
from .styles import style_of
from .styles.base import Player

_BARS_PER_PAGE = 16
_RING_S = 6.0
_MASTER_DB = 5.0
_CEILING = 0.89
_LOOK_S = 0.003
_BEATS = 4


@dataclass
class Dials:
    """What may be changed while the music plays; it takes effect at the next bar.

    ``tempo_bpm`` 60-180, ``energy`` 0 to 1 (loudness of the band and who plays), ``mood``,
    ``genre``, ``muted`` names of parts that are silent.
    """

    genre: str = "pop"
    mood: str | None = None
    tempo_bpm: float | None = None
    key: str | None = None
    energy: float = 0.8
    muted: set[str] = field(default_factory=set)


@dataclass
class Block:
    """One bar of sound: float32 (frames, 2), and what it is."""

    audio: np.ndarray
    bar: int
    section: str
    chords: tuple[str, ...]
    tempo_bpm: float
    parts: tuple[str, ...]


class _Voice:
    """One player of the band: instrument, strip, and what still rings."""

    def __init__(self, score: Score, part: Part, sr: int) -> None:
        style, shape = style_of(score.genre), MOOD_SHAPES[score.mood]
        players = (*style.players, *shape.players)
        self.player: Player = next(p for p in players if p.name == part.name)
        self._part, self._sr, self._seed = part, sr, score.seed
        self._strip = Strip(self.player, style.production, sr, shape)
        self._ring = np.zeros((0, 2), np.float32)
        self._drums = DrumMachine(style.kit, sr) if part.role == "drums" else None
        middle = (self.player.low + self.player.high) // 2
        playable = part.role not in ("drums", "texture")
        self._instrument = (
            Instrument(part.patch, middle, sr, shape.brightness) if playable else None
        )

    def bar(
        self, notes: list[Note], frames: int, beat_s: float, pump: np.ndarray, loud: float
    ) -> Sends:
        dry = np.zeros((frames + int(_RING_S * self._sr), 2), np.float32)
        kept = min(len(self._ring), len(dry))
        dry[:kept] = self._ring[:kept]
        for note in notes:
            start = round(note.start * beat_s * self._sr)
            self._play(dry, start, note, beat_s, loud)
        if self._part.role == "texture":
            crackle(dry[:frames], self._seed, self._sr)
        self._ring = dry[frames:].copy()
        return self._strip.process(dry[:frames].copy(), pump)

    def _play(self, dry: np.ndarray, start: int, note: Note, beat_s: float, loud: float) -> None:
        velocity = min(1.0, note.velocity * loud)
        if self._drums is not None:
            self._drums.play(dry, start, replace(note, velocity=velocity))
        elif self._instrument is not None:
            hold = round(note.length * beat_s * self._sr)
            self._instrument.play(dry, start, hold, note.pitch, velocity)


class LiveBand:
    """Plays for ever. Change ``dials`` at any time; call ``bars`` once."""

    def __init__(self, dials: Dials, seed: int = 0, sample_rate: int = 44100) -> None:
        complete(Brief(dials.genre, dials.mood, dials.tempo_bpm, dials.key))
        self.dials, self._seed, self._sr = dials, seed, sample_rate
        self._limiter_tail = np.zeros((0, 2), np.float32)

    def bars(self) -> Iterator[Block]:
        """One block after another, each a bar long; never ends."""
        voices: dict[str, _Voice] = {}
        score, bus, asked, page, bar_in_page, number = None, None, None, 0, 0, 0
        while True:
            wish = (self.dials.genre, self.dials.mood, self.dials.tempo_bpm, self.dials.key)
            if score is None or bar_in_page >= _BARS_PER_PAGE or wish != asked:
                keep = score.key if score is not None and self.dials.key is None else None
                score = self._page(page, keep)
                if asked is None or wish[:2] != asked[:2]:
                    voices = {}
                if bus is None or asked is None or wish[:3] != asked[:3]:
                    style = style_of(score.genre)
                    tilt = MOOD_SHAPES[score.mood].tilt
                    bus = Bus(style.production, self._sr, score.tempo_bpm, tilt)
                asked, bar_in_page, page = wish, 0, page + 1
            assert bus is not None
            yield self._bar(score, bus, voices, bar_in_page, number)
            bar_in_page += 1
            number += 1

    def blocks(self, frames: int = 4096) -> Iterator[np.ndarray]:
        """The same music in blocks of about ``frames``, for a sound card or a socket."""
        for block in self.bars():
            for start in range(0, len(block.audio), frames):
                yield block.audio[start : start + frames]

    def _page(self, page: int, key: str | None) -> Score:
        dials = self.dials
        brief = Brief(dials.genre, dials.mood, dials.tempo_bpm, dials.key or key, 10.0,
                      self._seed + 7919 * page)  # fmt: skip
        tempo = complete(brief).tempo_bpm or 120.0
        seconds = (_BARS_PER_PAGE + 1) * _BEATS * 60.0 / tempo + 2.7
        return compose(replace(brief, duration_s=seconds))

    def _bar(
        self, score: Score, bus: Bus, voices: dict[str, _Voice], bar: int, number: int
    ) -> Block:
        beat_s = score.seconds_per_beat
        frames = round(_BEATS * beat_s * self._sr)
        energy = min(1.0, max(0.0, self.dials.energy))
        first, sends, playing = float(bar * _BEATS), [], []
        pump = self._pump(score, first, frames)
        for part in score.parts:
            voice = voices.setdefault(part.name, _Voice(score, part, self._sr))
            notes = [replace(n, start=n.start - first) for n in part.notes
                     if first <= n.start < first + _BEATS]  # fmt: skip
            if part.name in self.dials.muted or not _joins(voice.player, energy):
                notes = []
            if notes:
                playing.append(part.name)
            sends.append(voice.bar(notes, frames, beat_s, pump, 0.55 + 0.45 * energy))
        audio = self._level(bus.process(sends, frames))
        chords = tuple(c.symbol for c in score.chords if first <= c.start < first + _BEATS)
        section = next((s.name for s in score.sections if s.bar <= bar < s.bar + s.bars), "end")
        return Block(audio, number, section, chords, score.tempo_bpm, tuple(playing))

    def _pump(self, score: Score, first: float, frames: int) -> np.ndarray:
        kicks = [
            round((n.start - first) * score.seconds_per_beat * self._sr)
            for part in score.parts if part.role == "drums" and part.name not in self.dials.muted
            for n in part.notes
            if n.pitch in (35, 36) and first - 1 <= n.start < first + _BEATS + 0.1
        ]  # fmt: skip
        curve = np.ones(frames)
        seconds = min(0.34, 0.8 * score.seconds_per_beat)
        effects.duck_curve(curve, np.array(kicks or [-10 * frames], np.int64), seconds, self._sr)
        return curve

    def _level(self, audio: np.ndarray) -> np.ndarray:
        """To a fixed loudness, and below the ceiling by a look-ahead over the bar itself."""
        gain = np.full(len(audio), float(db_to_gain(_MASTER_DB)))
        effects.limit_gain(
            audio, gain, _CEILING, max(8, int(_LOOK_S * self._sr)), 0.08, float(self._sr)
        )
        out = np.empty_like(audio)
        effects.scaled(audio, gain, out)
        return out


def _joins(player: Player, energy: float) -> bool:
    """Who plays at this energy: quiet music has no drums and no lead, then they come in."""
    needed = {"drums": 0.3, "melody": 0.4, "arp": 0.2, "power": 0.5}
    return energy >= needed.get(player.role, 0.0)
