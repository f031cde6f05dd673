"""Loudness as asked for: one gain for the mix and its parts."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from serving.piece.closed_loop import Chosen

__all__ = ["at_loudness"]

_MOST_TRUE_PEAK_DBTP: Final = -1.0
_ENOUGH_DB: Final = 0.05


def at_loudness(chosen: Chosen, target_lufs: float) -> Chosen:
    """The rendering turned up or down to ``target_lufs``, as far as a true peak of -1 dBTP allows.

    A gain alone, no limiter: the dynamics stay. Music without a measurable loudness stays as it is.
    """
    loud, peak = chosen.measured.loudness_lufs, chosen.measured.true_peak_dbtp
    if loud is None or peak is None:
        return chosen
    wanted_db = target_lufs - loud
    gain_db = min(wanted_db, _MOST_TRUE_PEAK_DBTP - peak)
    if abs(gain_db) < _ENOUGH_DB:
        return chosen
    gain = np.float32(10 ** (gain_db / 20))
    rendering = replace(
        chosen.rendering,
        audio=chosen.rendering.audio * gain,
        stems={name: stem * gain for name, stem in chosen.rendering.stems.items()},
    )
    measured = chosen.measured.model_copy(
        update={
            "loudness_lufs": round(loud + gain_db, 2),
            "true_peak_dbtp": round(peak + gain_db, 2),
        }
    )
    note = f"gain of {gain_db:+.1f} dB"
    if gain_db < wanted_db - _ENOUGH_DB:
        note += f": more would pass {_MOST_TRUE_PEAK_DBTP:g} dBTP"
    return Chosen(rendering, measured, [*chosen.corrections, note])
