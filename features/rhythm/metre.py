"""Where bars begin, and whether they hold three beats or four.

A beat may open a bar when harmony, bass and timbre change there (Goto, "An audio-based real-time
beat tracking system for music with or without drum-sounds", Journal of New Music Research 2001;
Davies and Plumbley, "A spectral difference approach to downbeat extraction in musical audio",
EUSIPCO 2006). How likely that is, by a logistic model over the beat and its neighbours, scores
every path through bars of three and through bars of four; the best one is taken. The model is
fitted on composed clips by ``benchmarks/accuracy/fit_metre.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from features.rhythm.metre_weights import WEIGHTS
from features.rhythm.periodicity import HARMONY_RATE, Rhythm
from features.spectrum import FRAME_RATE

METRES: Final = (3, 4)
_FEWEST_BEATS: Final = 8
_REACH: Final = 3  # beats on either side
_NEAR: Final = 2  # frames on either side of a beat in which its onset may lie
_BASS_BANDS: Final = 5
_SLIP: Final = 6.0  # nats against a bar that is cut short or drawn out

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Bars:
    """``beats_per_bar`` (None where there are too few beats) and when bars begin, in seconds."""

    beats_per_bar: int | None = None
    downbeats_s: npt.NDArray[np.float32] = field(default_factory=lambda: np.empty(0, np.float32))


def bars_of(
    beats_s: npt.NDArray[np.float32], rhythm: Rhythm, weights: tuple[float, ...] = WEIGHTS
) -> Bars:
    """Bars of a track from its beats (beats,) in seconds and the rhythm they were found in."""
    if len(beats_s) < _FEWEST_BEATS:
        return Bars()
    from features.rhythm.beats_kernel import best_bars

    offset, *slopes = weights
    logit = offset + evidence(beats_s, rhythm) @ np.asarray(slopes)
    opens, continues = -np.logaddexp(0, -logit), -np.logaddexp(0, logit)
    paths = {metre: best_bars(opens, continues, metre, _SLIP) for metre in METRES}
    metre = max(paths, key=lambda m: paths[m][0])
    return Bars(metre, beats_s[paths[metre][1]])


def evidence(beats_s: npt.NDArray[np.float32], rhythm: Rhythm) -> Array:
    """What is weighed for each beat, shape (beats, len(WEIGHTS) - 1)."""
    values = _at_beats(beats_s.astype(np.float64), rhythm)
    values = (values - values.mean(axis=0)) / (values.std(axis=0) + 1e-6)
    padded = np.pad(values, ((_REACH, _REACH), (0, 0)))
    return np.lib.stride_tricks.sliding_window_view(padded, 2 * _REACH + 1, axis=0).reshape(
        len(values), -1
    )


def _at_beats(beats: Array, rhythm: Rhythm) -> Array:
    """Onset of all and of the bass, change of harmony and of timbre: (beats, 6)."""
    period = float(np.median(np.diff(beats)))
    frame = np.round(beats * FRAME_RATE).astype(int) + np.arange(-_NEAR, _NEAR + 1)[:, None]
    heard = np.clip(frame, 0, rhythm.novelty.shape[1] - 1)
    onset = rhythm.novelty[:2, heard].max(axis=1)
    timbre = _change(rhythm.log, FRAME_RATE, beats, period / 2)
    middle = beats + 0.5 / HARMONY_RATE
    return np.column_stack(
        [
            *onset,
            *(_turn(rhythm.chroma, HARMONY_RATE, middle, k * period) for k in (1, 2)),
            np.linalg.norm(timbre, axis=1),
            timbre[:, :_BASS_BANDS].mean(axis=1),
        ]
    )


def _sides(
    series: npt.NDArray[np.float32], rate: float, at_s: Array, span_s: float
) -> tuple[Array, Array]:
    """Means of ``series`` (frames, values) over ``span_s`` before and after each time."""
    total = np.concatenate([np.zeros((1, series.shape[1])), np.cumsum(series, axis=0, dtype=float)])
    edges = [np.clip(np.round((at_s + k * span_s) * rate), 0, len(series)) for k in (-1, 0, 1)]
    first, middle, last = (edge.astype(int) for edge in edges)
    before = (total[middle] - total[first]) / np.maximum(middle - first, 1)[:, None]
    after = (total[last] - total[middle]) / np.maximum(last - middle, 1)[:, None]
    return before, after


def _change(series: npt.NDArray[np.float32], rate: float, at_s: Array, span_s: float) -> Array:
    before, after = _sides(series, rate, at_s, span_s)
    return after - before


def _turn(series: npt.NDArray[np.float32], rate: float, at_s: Array, span_s: float) -> Array:
    """One minus the cosine between what is before and what is after."""
    before, after = _sides(series, rate, at_s, span_s)
    norm = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
    return 1 - (before * after).sum(axis=1) / np.maximum(norm, 1e-9)
