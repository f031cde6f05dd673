"""At which level of a recording's metre a style counts its beats.

Metre is a stack of pulses, and the one that is felt as the beat lies at a moderate rate (Parncutt,
"A perceptual model of pulse salience and metrical accent in musical rhythms", 1994). What is
moderate depends on the style: an arranger gives a fast song to ambient in half time, every second
beat of the recording being one of the arrangement, and a slow one to dance music in double time.
Either way every beat stays on one of the recording, or halfway between two.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from data_catalog.vocabulary import TEMPO_RANGE_BPM

from ..styles import Style
from ..writing.form import BEATS_PER_BAR
from ..writing.rhythm import FAST_BPM
from .transcribe import Heard

FEELS = {1.0: "its own time", 2.0: "half time", 0.5: "double time"}
"""What a band does that takes so many beats of the recording as one."""

_OWN_BEAT = 0.1
_MARGIN = 0.1
_FASTEST_FEEL = FAST_BPM - 4.0
_EARLY = 0.2


@dataclass(frozen=True)
class Grid:
    """The beats that the band plays on.

    ``step``: beats of the recording to one of the band, one of ``FEELS``. ``tempo_bpm``: mean of
    the band. ``beats_s`` float64 (beats,): their times in the recording, the first a downbeat.
    ``beats_per_bar``: 3 or 4. Players play bars of four; in a bar of three they leave the fourth
    beat out.
    """

    step: float
    tempo_bpm: float
    beats_s: np.ndarray
    beats_per_bar: int

    @property
    def bars(self) -> int:
        """Whole bars, one at least."""
        return max(1, (len(self.beats_s) - 1) // self.beats_per_bar)

    def counted(self, played: float) -> float:
        """The beat of the grid at a beat of the players, who count four to a bar.

        What the fourth beat of a bar of three begins or ends, begins or ends with the bar; what
        comes just before a bar line stays there.
        """
        bar, inside = divmod(played, BEATS_PER_BAR)
        before = inside - BEATS_PER_BAR
        if before > -_EARLY:
            return (bar + 1) * self.beats_per_bar + before
        return bar * self.beats_per_bar + min(inside, float(self.beats_per_bar))

    def played(self, counted: float) -> float:
        """The beat of the players at a beat of the grid."""
        bar, inside = divmod(counted, self.beats_per_bar)
        return bar * BEATS_PER_BAR + inside

    def left_out(self, played: float) -> bool:
        """Whether a beat of the players is the fourth of a bar of three."""
        inside = played % BEATS_PER_BAR
        return self.beats_per_bar <= inside <= BEATS_PER_BAR - _EARLY

    def at_s(self, played: float) -> float:
        """Time in seconds, from the recording's first frame, of a beat of the players."""
        beat = self.counted(played)
        whole = min(max(0, int(beat)), len(self.beats_s) - 2)
        first, second = self.beats_s[whole : whole + 2]
        return float(first + (beat - whole) * (second - first))

    def even(self, played: float) -> float:
        """The same time, in beats of the constant tempo."""
        return self.at_s(played) * self.tempo_bpm / 60.0


def grid_for(heard: Heard, style: Style) -> Grid:
    """The level nearest to the style's own tempi, among those from 60 to 180 BPM.

    Half and double time have to be nearer by a tenth of an octave: else the recording's own beat
    is taken.
    """
    slowest, fastest = TEMPO_RANGE_BPM
    tempi = {step: round(heard.tempo_bpm / step, 2) for step in FEELS}
    playable = [step for step in FEELS if slowest <= tempi[step] <= fastest] or [1.0]
    step = min(playable, key=lambda s: _octaves_outside(style, tempi[s]) + _OWN_BEAT * (s != 1.0))
    beats = heard.beats_s
    if step == 2.0:
        beats = beats[::2]
    elif step == 0.5:
        beats = np.sort(np.concatenate([beats, (beats[1:] + beats[:-1]) / 2]))
    return Grid(step, tempi[step], beats, heard.beats_per_bar)


def feel_bpm(style: Style, tempo_bpm: float) -> float:
    """The tempo by which players choose patterns: one that the style is at home in.

    Beyond it they would thin out what lies between the beats, to make the tempo plain; a
    recording's tempo is given, and the style is to be recognised.
    """
    low, high = style.tempo_bpm
    room = _MARGIN * (high - low)
    return min(high - room, _FASTEST_FEEL, max(low + room, tempo_bpm))


def _octaves_outside(style: Style, tempo_bpm: float) -> float:
    low, high = style.tempo_bpm
    return max(0.0, math.log2(low / tempo_bpm), math.log2(tempo_bpm / high))
