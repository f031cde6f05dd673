"""Who makes a part's sound: the synthesizer's instrument or kit, or the soundfont's."""

from __future__ import annotations

import numpy as np

from ..moods import MoodShape
from ..score import Note, Part
from ..sound.instruments import DrumMachine, Instrument, release_of
from ..sound.soundfont import RING_S, Sampled, SampledDrums, Soundfont
from ..styles import Style
from ..styles.base import Player
from .channel import Strip

__all__ = ["Voice"]

_DRUM_RING_S = 2.3


class Voice:
    """The instrument or kit of one part, in a style and a mood.

    Attributes:
        ring_s: seconds that it sounds on after the length of a note at most.
        struck: whether it is a kit, whose strokes have no length.
        strip: what shapes its sound.
    """

    def __init__(
        self, part: Part, player: Player, style: Style, shape: MoodShape, sr: int,
        soundfont: Soundfont | None,
    ) -> None:  # fmt: skip
        self.struck = part.role == "drums"
        self._sr = sr
        self._maker: Instrument | Sampled | DrumMachine | SampledDrums
        middle = (player.low + player.high) // 2
        if soundfont is not None and soundfont.plays(part, style.kit):
            self._maker, self.ring_s = soundfont.voice(part, style.kit, middle), RING_S
        elif self.struck:
            self._maker, self.ring_s = DrumMachine(style.kit, sr), _DRUM_RING_S
        else:
            self._maker = Instrument(part.patch, middle, sr, shape.brightness)
            self.ring_s = release_of(part.patch)
        self.strip = Strip(player, style.production, sr, shape)

    def play(self, dry: np.ndarray, note: Note, beat_s: float) -> None:
        """Add a note, whose start is in beats from the first frame of ``dry`` (frames, 2)."""
        start, hold = (round(beats * beat_s * self._sr) for beats in (note.start, note.length))
        if isinstance(self._maker, DrumMachine | SampledDrums):
            self._maker.play(dry, start, note)
        else:
            self._maker.play(dry, start, hold, note.pitch, note.velocity)

    def begin(self, dry: np.ndarray, note: Note, beat_s: float) -> None:
        """As ``play``, soon: no more of a held note is made than ``dry`` holds."""
        if isinstance(self._maker, DrumMachine | SampledDrums):
            self.play(dry, note, beat_s)
            return
        start, hold = (round(beats * beat_s * self._sr) for beats in (note.start, note.length))
        self._maker.begin(dry, start, hold, note.pitch, note.velocity)
