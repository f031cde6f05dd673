"""A finite piece as it is made: heard from its first beat on, before its mastered file is there."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..mixing.master import fade_end
from ..score import Score
from ..sound.soundfont import Soundfont
from .band import Band, Limiter
from .stream import OPENING


def recital(
    score: Score, sample_rate: int = 44100, soundfont: Soundfont | None = None
) -> Iterator[np.ndarray]:
    """Play a score from its beginning to its end: one bar in pieces, then bars.

    Yields float32 (frames, 2), together ``round(duration_s * sample_rate)`` frames. It is the music
    of `serving.composer.render` at a sketched level and with a limiter that looks ahead, in the
    place of the mastering, which would have to know the whole piece first.
    """
    band, limiter = Band(score, sample_rate, soundfont), Limiter(sample_rate)
    total = round(score.duration_s * sample_rate)
    made = played = 0
    beat = 0.0
    opening = iter(OPENING)
    while made < total:
        beats = next(opening, float(score.beats_per_bar))
        end = round((beat + beats) * score.seconds_per_beat * sample_rate)
        notes = {part.name: (part, part.between(beat, beats)) for part in score.parts}
        sound = limiter.process(band.play(notes, end - played))[: total - made]
        made, played, beat = made + len(sound), end, beat + beats
        if made == total:
            _fade(sound, sample_rate)
        yield sound


def _fade(sound: np.ndarray, sample_rate: int) -> None:
    gain = np.ones(len(sound))
    fade_end(gain, sample_rate)
    sound *= gain[:, None].astype(np.float32)
