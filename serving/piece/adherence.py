"""What finished audio measures, and whether that is what was asked for."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from serving.schemas import Adherence, Asked, Measured

__all__ = ["DURATION_TOLERANCE_S", "TEMPO_TOLERANCE", "distance", "judge", "measure"]

TEMPO_TOLERANCE: Final = 0.04
"""Relative error within which a tempo counts as right, as in the MIREX tempo task; an octave
error is an error: a metronome at twice the speed is no answer to the one asked for."""

DURATION_TOLERANCE_S: Final = 0.5
LOUDNESS_TOLERANCE_LU: Final = 0.5


def measure(audio: npt.NDArray[np.float32], sample_rate: int) -> Measured:
    """Tempo, key, length and loudness of ``audio`` (frames, channels) in [-1, 1].

    Only the samples are looked at, never the request or what the engine says of itself.
    """
    from features.audio.encoding import to_mono
    from features.harmony.key import estimate_key
    from features.levels.loudness import measure_loudness
    from features.rhythm.tempo import estimate_tempo

    mono = to_mono(audio)
    tempo = estimate_tempo(mono, sample_rate)
    key = estimate_key(mono, sample_rate)
    loudness = measure_loudness(audio, sample_rate)
    return Measured(
        tempo_bpm=_rounded(tempo.bpm, 2),
        tempo_confidence=_rounded(tempo.confidence, 3),
        key=key.name,
        key_confidence=_rounded(key.confidence, 3),
        duration_s=round(len(audio) / sample_rate, 3),
        loudness_lufs=_rounded(loudness.integrated_lufs, 2),
        true_peak_dbtp=_rounded(loudness.true_peak_dbtp, 2),
        method={"tempo": tempo.method, "key": key.method},
    )


def judge(asked: Asked, measured: Measured) -> Adherence:
    """Whether ``measured`` is what was ``asked``; null where nothing was asked.

    A quantity that was asked for and could not be measured counts as missed.
    """
    return Adherence(
        tempo=None if asked.tempo_bpm is None else _tempo_error(asked, measured) <= TEMPO_TOLERANCE,
        key=None if asked.key is None else measured.key == asked.key,
        duration=abs(measured.duration_s - asked.duration_s) <= DURATION_TOLERANCE_S,
        loudness=_as_loud(asked, measured),
    )


def distance(asked: Asked, measured: Measured) -> float:
    """How far ``measured`` lies from what was ``asked``: 0 is perfect, for choosing the best.

    A missed key weighs as much as a tempo that is off by half.
    """
    tempo = 0.0 if asked.tempo_bpm is None else min(_tempo_error(asked, measured), 1.0)
    key = 0.5 if asked.key is not None and measured.key != asked.key else 0.0
    return tempo + key


def _as_loud(asked: Asked, measured: Measured) -> bool | None:
    if asked.loudness_lufs is None:
        return None
    loud = measured.loudness_lufs
    return loud is not None and abs(loud - asked.loudness_lufs) <= LOUDNESS_TOLERANCE_LU


def _tempo_error(asked: Asked, measured: Measured) -> float:
    if measured.tempo_bpm is None or asked.tempo_bpm is None:
        return math.inf
    return abs(measured.tempo_bpm - asked.tempo_bpm) / asked.tempo_bpm


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None or not math.isfinite(value) else round(float(value), digits)
