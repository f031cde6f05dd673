"""The last stage: a bus compressor, the target loudness and a true-peak limiter, as one gain curve.

A gain curve is the same for the mix and for every stem, so mastered stems still sum to the mix.
Targets follow EBU R 128's way of working at the level of streaming services: -14 LUFS, and a true
peak (ITU-R BS.1770-5) under -1 dBTP.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from features.levels.loudness import Loudness, loudness_of, measure_loudness
from features.levels.meter import SEGMENTS_PER_SECOND, LevelMeter

from ..exact import db_to_gain
from ..sound import dynamics
from ..styles.base import Production

TARGET_LUFS = -14.0
_CEILING_DBTP = -1.2
_SAFE_DBTP = -1.08
_WORKING_DBFS = -14.0
_LOOK_S = 0.003
_RELEASE_S = 0.08
_STRIDE = 16
_SKETCHES = 8
_TRIES = 3
_CLOSE_LU = 0.25


@dataclass(frozen=True)
class Level:
    """How loud mastering makes a mix, in dB: its working level for the compressor, and the lift
    after it. None of both for silence."""

    work_db: float = 0.0
    lift_db: float = 0.0


class Glue:
    """The bus compressor and the level of a mastering, block after block."""

    def __init__(self, production: Production, level: Level, sr: int) -> None:
        self._production, self._level, self._sr = production, level, sr
        self._envelope = 0.0

    def process(self, block: np.ndarray) -> None:
        """Bring ``block`` (frames, 2) to its level, in place."""
        gain, self._envelope = _glued(
            block, self._production, self._level.work_db, self._sr, self._envelope
        )
        dynamics.scaled(block, gain * db_to_gain(self._level.lift_db), block)


def level_of(mix: np.ndarray, production: Production, sr: int) -> Level:
    """The level at which ``mix`` (frames, 2) is mastered, before its limiter is tried in full."""
    tried = _first_try(mix, production, sr)
    return Level() if tried is None else tried[0]


def master_gain(mix: np.ndarray, production: Production, sr: int) -> np.ndarray:
    """Gain (frames,) float64 that masters ``mix`` (frames, 2)."""
    tried = _first_try(mix, production, sr)
    if tried is None:
        return np.ones(len(mix))
    level, bus, peak = tried
    lift, gain, over, out = level.lift_db, bus, 0.0, np.empty_like(mix)
    for _ in range(_TRIES):
        gain = bus * db_to_gain(lift)
        dynamics.limit_gain(peak, gain, db_to_gain(_CEILING_DBTP), _look(sr), _RELEASE_S, float(sr))
        dynamics.scaled(mix, gain, out)
        loudness = measure_loudness(out, sr)
        over = (loudness.true_peak_dbtp or -60.0) - _SAFE_DBTP
        error = _short_of_target(loudness) + max(0.0, over)
        if abs(error) < _CLOSE_LU:
            break
        lift = _grid_db(lift + error)
    return gain * (db_to_gain(_grid_db(-over - 0.05)) if over > 0 else 1.0)


def _first_try(
    mix: np.ndarray, production: Production, sr: int
) -> tuple[Level, np.ndarray, np.ndarray] | None:
    """The level that should do, the compressor's gain and the true peaks of ``mix``, (frames,).

    None for silence.
    """
    power = float(dynamics.loudest_power(mix, int(0.4 * sr)))
    if power < 1e-12:
        return None
    work_db = _grid_db(_WORKING_DBFS - 10.0 * float(np.log10(power)))
    bus, _ = _glued(mix, production, work_db, sr)
    out, peak = np.empty_like(mix), dynamics.true_peaks(mix, sr)
    dynamics.scaled(mix, bus, out)
    return Level(work_db, _lift(out, peak * bus.astype(np.float32), sr)), bus, peak


def _glued(
    mix: np.ndarray, production: Production, work_db: float, sr: int, envelope: float = 0.0
) -> tuple[np.ndarray, float]:
    """Gain that brings the mix to its working level and compresses it a little; the compressor's
    envelope after it."""
    gain = db_to_gain(work_db)
    bus = np.full(len(mix), gain)
    if production.glue > 0:
        ratio = 1.0 + 0.35 * production.glue
        threshold = db_to_gain(_WORKING_DBFS + 5.0) / gain
        envelope = dynamics.bus_gain(mix, bus, threshold, ratio, 0.012, 0.18, float(sr), envelope)
    return bus, envelope


def _lift(out: np.ndarray, peak: np.ndarray, sr: int) -> float:
    """dB that bring ``out`` (frames, 2) to the target through the limiter, about.

    The limiter is tried on ``peak`` (frames,) of some frames at a time, and what it takes is taken
    from the weighted energy of each segment.
    """
    meter = LevelMeter(sr, 2)
    meter.add(out)
    levels = meter.levels()
    lift = _grid_db(_short_of_target(loudness_of(levels)))
    segments = len(levels.energy)
    coarse = peak[: len(peak) // _STRIDE * _STRIDE].reshape(-1, _STRIDE).max(axis=1)
    starts = np.arange(segments) * (sr // SEGMENTS_PER_SECOND) // _STRIDE
    if segments == 0 or starts[-1] >= len(coarse):
        return lift
    counts = np.diff(np.append(starts, len(coarse)))
    look, ceiling = max(1, _look(sr) // _STRIDE), db_to_gain(_CEILING_DBTP)
    for _ in range(_SKETCHES):
        gain = np.full(len(coarse), db_to_gain(lift))
        dynamics.limit_gain(coarse, gain, ceiling, look, _RELEASE_S, sr / _STRIDE)
        energy = levels.energy * np.add.reduceat(gain * gain, starts) / counts
        error = _short_of_target(loudness_of(replace(levels, energy=energy)))
        lift = _grid_db(lift + error)
        if abs(error) < 0.1:
            break
    return lift


def _look(sr: int) -> int:
    return max(8, int(_LOOK_S * sr))


def _short_of_target(loudness: Loudness) -> float:
    """dB that are missing to the target; 0 for what is too short to have a loudness."""
    now = loudness.integrated_lufs
    return 0.0 if now is None else TARGET_LUFS - now


def _grid_db(db: float) -> float:
    """A level rounded to 0.05 dB, so that the last bits of a measurement can't matter."""
    return round(db * 20.0) / 20.0


def fade_end(gain: np.ndarray, sr: int) -> None:
    """Bring the very end to zero, so that a long room never stops with a click."""
    n = min(len(gain) // 4, int(0.6 * sr))
    ramp = np.arange(n, 0, -1, dtype=np.float64) / max(1, n)
    gain[len(gain) - n :] *= ramp * ramp * (3.0 - 2.0 * ramp)
