"""The last stage: a bus compressor, the target loudness and a true-peak limiter, as one gain curve.

A gain curve is the same for the mix and for every stem, so mastered stems still sum to the mix.
Targets follow EBU R 128's way of working at the level of streaming services: -14 LUFS, and a true
peak (ITU-R BS.1770-5) under -1 dBTP.
"""

from __future__ import annotations

import numpy as np

from features.loudness import Loudness, measure_loudness

from . import effects
from .exact import db_to_gain
from .styles.base import Production

TARGET_LUFS = -14.0
CEILING_DBTP = -1.0
_CEILING_DBFS = -1.25
_SAFE_DBTP = -1.08
_WORKING_DBFS = -14.0
_LOOK_S = 0.003
_TRIES = 6
_CLOSE_LU = 0.25


def master_gain(mix: np.ndarray, production: Production, sr: int) -> np.ndarray:
    """Gain (frames,) float64 that masters ``mix`` (frames, 2)."""
    power = effects.loudest_power(mix, int(0.4 * sr))
    if power < 1e-12:
        return np.ones(len(mix))
    bus = np.full(
        len(mix), float(db_to_gain(_grid_db(_WORKING_DBFS - 10.0 * float(np.log10(power)))))
    )
    if production.glue > 0:
        ratio = 1.0 + 0.35 * production.glue
        threshold = float(db_to_gain(_WORKING_DBFS + 5.0)) / bus[0]
        effects.bus_gain(mix, bus, threshold, ratio, 0.012, 0.18, float(sr), 0.0)
    out = np.empty_like(mix)
    effects.scaled(mix, bus, out)
    lift = _grid_db(_short_of_target(measure_loudness(out, sr)))
    ceiling, over, gain = _CEILING_DBFS, 0.0, bus
    for _ in range(_TRIES):
        gain = bus * float(db_to_gain(lift))
        effects.limit_gain(
            mix, gain, float(db_to_gain(ceiling)), max(8, int(_LOOK_S * sr)), 0.08, float(sr)
        )
        effects.scaled(mix, gain, out)
        loudness = measure_loudness(out, sr)
        error = _short_of_target(loudness)
        over = (loudness.true_peak_dbtp or -60.0) - _SAFE_DBTP
        if abs(error) < _CLOSE_LU and over <= 0:
            return gain
        lift = _grid_db(lift + error * (1.3 if error > 0 else 1.0))
        ceiling = _grid_db(ceiling - max(0.0, over))
    return gain * (float(db_to_gain(_grid_db(-over - 0.05))) if over > 0 else 1.0)


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
