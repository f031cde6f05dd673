"""A band that plays bar after bar: its players, its bus, and a limiter that looks ahead.

Instruments keep their sounds, strips and bus their state, and what rings past a bar is carried
into the next one, so bars join without a click.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ..exact import db_to_gain
from ..mixing.channel import Bus, Sends, Strip
from ..mixing.master import Glue
from ..mixing.mix import crackle, player_of, pump_curve
from ..mixing.sketch import sketched_level
from ..mixing.vocal import Fader, summed, sung_frames
from ..mixing.voices import Voice
from ..moods import MOOD_SHAPES
from ..score import Note, Part, Score
from ..sound import dynamics
from ..sound.singer import sing
from ..sound.soundfont import Soundfont
from ..styles import Style, style_of

_RING_S = 6.0
_MEMORY_S = 1.0
_LOOK_S = 0.003
_CEILING_DBTP = -1.2
_RELEASE_S = 0.08
_DIP_S = 0.004


class Band:
    """The players of one genre, mood and tempo.

    ``soundfont``, opened at ``sr``, plays the instruments that it was chosen for.
    """

    def __init__(self, score: Score, sr: int, soundfont: Soundfont | None = None) -> None:
        self._style, self._score, self._soundfont = style_of(score.genre), score, soundfont
        self._sr, self._beat_s = sr, score.seconds_per_beat
        tilt = MOOD_SHAPES[score.mood].tilt
        self._bus = Bus(self._style.production, sr, score.tempo_bpm, tilt)
        self._players: dict[str, _Seat | _Record | _Singer] = {}
        self._side_chain = SideChain(self._beat_s, sr)
        self._glue = Glue(self._style.production, sketched_level(score), sr)

    def play(
        self, bars: Mapping[str, tuple[Part, Sequence[Note]]], frames: int, loud: float = 1.0
    ) -> np.ndarray:
        """One stretch of ``frames``: notes by part, starts in beats from its beginning."""
        for name, (part, _) in bars.items():
            if name not in self._players:
                self._players[name] = self._seated(part)
        pump = self._side_chain.curve(list(bars.values()), frames)
        sends = {
            name: seat.play(bars[name][1] if name in bars else (), frames, self._beat_s, pump, loud)
            for name, seat in self._players.items()
        }
        for name, seat in self._players.items():
            if isinstance(seat, _Singer):
                band = [send for other, send in sends.items() if other != name]
                seat.balance(sends[name].sound, summed(band, frames))
        sound = self._bus.process(list(sends.values()), frames)
        self._glue.process(sound)
        return sound

    def _seated(self, part: Part) -> _Seat | _Record | _Singer:
        if part.role == "voice":
            return _Singer(self._style, self._score, part, self._sr)
        if part.role == "texture":
            return _Record(self._style, self._score, part, self._sr)
        return _Seat(self._style, self._score, part, self._sr, self._soundfont)


class SideChain:
    """The side-chain curve of a stream: it goes on over the joins of its stretches."""

    def __init__(self, beat_s: float, sr: int) -> None:
        self._beat_s, self._sr = beat_s, sr
        self._last = 0.0
        self._behind: list[tuple[Part, Sequence[Note]]] = []

    def curve(
        self, struck: Sequence[tuple[Part, Sequence[Note]]], frames: int
    ) -> np.ndarray | None:
        """The next ``frames`` of it, as of `mix.pump_curve`; starts in beats from their beginning.

        A kick late in the stretch before still ducks, and for one at the join the curve falls as
        softly as elsewhere, though after it.
        """
        struck = [*self._behind, *struck]
        curve = pump_curve(struck, frames, self._beat_s, self._sr)
        passed = frames / (self._beat_s * self._sr)
        left = [
            (part, [replace(note, start=note.start - passed) for note in notes])
            for part, notes in struck
        ]
        self._behind = [
            (part, late) for part, notes in left if (late := [n for n in notes if n.start > -1.0])
        ]
        if curve is not None:
            fall = np.linspace(self._last, 0.0, round(_DIP_S * self._sr), dtype=np.float32)
            opening = curve[: len(fall)]
            np.maximum(opening, fall[: len(opening)], out=opening)
        self._last = 1.0 if curve is None else float(curve[-1])
        return curve


class _Seat:
    """One player: an instrument with its strip, and what still rings."""

    def __init__(
        self, style: Style, score: Score, part: Part, sr: int, soundfont: Soundfont | None
    ) -> None:
        player = player_of(style, score.mood, part.name)
        self._sr = sr
        self._voice = Voice(part, player, style, MOOD_SHAPES[score.mood], sr, soundfont)
        self._ring = np.zeros((0, 2), np.float32)
        self._begun: list[Note] | None = [] if self._voice.struck else None

    def play(
        self,
        notes: Sequence[Note],
        frames: int,
        beat_s: float,
        pump: np.ndarray | None,
        loud: float,
    ) -> Sends:
        struck = [replace(note, velocity=min(1.0, note.velocity * loud)) for note in notes]
        if self._begun is None:
            return self._open(struck, frames, beat_s, pump)
        struck += self._begun
        self._begun = []
        ends = [note.start + note.length for note in struck]
        needed = int((max(ends, default=0.0) * beat_s + self._voice.ring_s) * self._sr)
        kept = min(len(self._ring), frames + int(_RING_S * self._sr))
        dry = np.zeros((max(frames, kept, needed), 2), np.float32)
        dry[:kept] = self._ring[:kept]
        for note in struck:
            self._voice.play(dry, note, beat_s)
        self._ring = dry[frames:].copy()
        return self._voice.strip.process(dry[:frames].copy(), pump)

    def _open(
        self, notes: list[Note], frames: int, beat_s: float, pump: np.ndarray | None
    ) -> Sends:
        """The first stretch, soon: notes are made as far as it goes, and whole in the next one."""
        dry = np.zeros((frames, 2), np.float32)
        for note in notes:
            self._voice.begin(dry, note, beat_s)
        passed = frames / (beat_s * self._sr)
        self._begun = [replace(note, start=note.start - passed) for note in notes]
        return self._voice.strip.process(dry, pump)


class _Record:
    """The surface noise of a record."""

    def __init__(self, style: Style, score: Score, part: Part, sr: int) -> None:
        player = player_of(style, score.mood, part.name)
        self._strip = Strip(player, style.production, sr, MOOD_SHAPES[score.mood])
        self._seed, self._sr = score.seed, sr

    def play(
        self,
        notes: Sequence[Note],
        frames: int,
        beat_s: float,
        pump: np.ndarray | None,
        loud: float,
    ) -> Sends:
        dry = np.zeros((frames, 2), np.float32)
        if notes:
            crackle(dry, self._seed, self._sr)
            self._seed += 1
        return self._strip.process(dry, pump)


class _Singer:
    """The voice of a song. It sings the whole song when its first note comes near.

    Its level follows the band as far as both have been heard: that of a finished piece, which
    knows the whole, is near it after the first line.
    """

    def __init__(self, style: Style, score: Score, part: Part, sr: int) -> None:
        player = player_of(style, score.mood, part.name)
        self._strip = Strip(player, style.production, sr, MOOD_SHAPES[score.mood])
        self._score, self._sr = score, sr
        self._sound = np.zeros((0, 2), np.float32)
        self._place = 0
        self._sings = sung_frames(score, round(score.duration_s * sr), sr)
        self._fader = Fader(sr)
        self._gain: float | None = None

    def play(
        self,
        notes: Sequence[Note],
        frames: int,
        beat_s: float,
        pump: np.ndarray | None,
        loud: float,
    ) -> Sends:
        if notes and not len(self._sound):
            self._sound = np.zeros((round(self._score.duration_s * self._sr), 2), np.float32)
            sing(self._sound, self._score.syllables, beat_s, self._sr)
        dry = np.zeros((frames, 2), np.float32)
        sung = self._sound[self._place : self._place + frames]
        dry[: len(sung)] = loud * sung
        self._place += frames
        return self._strip.process(dry, pump)

    def balance(self, voice: np.ndarray, band: np.ndarray) -> None:
        """Scale the stretch ``voice`` that was just sung over ``band``, both (frames, 2)."""
        sings = np.zeros(len(voice), bool)
        sung = self._sings[self._place - len(voice) : self._place]
        sings[: len(sung)] = sung
        gain = self._fader.gain(voice, band, sings)
        if gain is not None:
            before, self._gain = self._gain or gain, gain
            voice *= np.linspace(before, gain, len(voice), dtype=np.float32)[:, None]


class Limiter:
    """A limiter over a stream: its output is 3 ms behind its input."""

    def __init__(self, sr: int) -> None:
        self._sr = float(sr)
        self._look = max(8, int(_LOOK_S * sr))
        self._memory = np.zeros((0, 2), np.float32)
        self._pending = 0

    def process(self, block: np.ndarray) -> np.ndarray:
        """The next limited frames; as many as ``block`` has, less 3 ms at the first call."""
        x = np.concatenate([self._memory, block])
        gain = np.ones(len(x))
        peak = dynamics.true_peaks(x, int(self._sr))
        dynamics.limit_gain(peak, gain, db_to_gain(_CEILING_DBTP), self._look, _RELEASE_S, self._sr)
        out = np.empty_like(x)
        dynamics.scaled(x, gain, out)
        start = len(self._memory) - self._pending
        end = len(x) - self._look
        self._pending = self._look
        self._memory = x[-(int(_MEMORY_S * self._sr) + self._look) :].copy()
        return out[start:end]
