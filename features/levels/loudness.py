"""Loudness of music: integrated loudness, loudness range, true peak, and gains between levels.

Integrated loudness is that of ITU-R BS.1770-5 with its two gates, in LUFS. The range is that of
EBU Tech 3342, in LU. True peak is that of BS.1770-5 annex 2, in dBTP. Mono counts once: it is not
doubled into two loudspeakers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from features.levels.meter import LevelMeter, Levels

ABSOLUTE_GATE_LUFS: Final = -70.0
RELATIVE_GATE_LU: Final = -10.0
RANGE_GATE_LU: Final = -20.0
RANGE_PERCENTILES: Final = (10, 95)
_OFFSET: Final = -0.691
_MOMENTARY_SEGMENTS: Final = 4
_SHORT_TERM_SEGMENTS: Final = 30


@dataclass(frozen=True)
class Loudness:
    """Integrated loudness in LUFS, range in LU, true peak in dBTP.

    The first is None where nothing rises above -70 LUFS or the signal is shorter than 0.4 s, the
    second also below 3 s, the third for digital silence.
    """

    integrated_lufs: float | None
    range_lu: float | None
    true_peak_dbtp: float | None


def measure_loudness(y: npt.NDArray[Any], sr: int) -> Loudness:
    """Loudness of ``y`` (frames,) or (frames, channels), float in [-1, 1] or int16."""
    block = y[:, None] if y.ndim == 1 else y
    if block.dtype not in (np.int16, np.int32):
        block = block.astype(np.float32, copy=False)
    meter = LevelMeter(sr, block.shape[1])
    meter.add(block)
    return loudness_of(meter.levels())


def loudness_of(levels: Levels) -> Loudness:
    """Loudness of a track from its gathered levels."""
    peak = float(levels.true_peak.max(initial=0.0))
    return Loudness(
        integrated_lufs=_integrated(levels.energy),
        range_lu=_range(levels.energy),
        true_peak_dbtp=20 * float(np.log10(peak)) if peak > 0 else None,
    )


def gain_to(lufs_now: float, lufs_target: float) -> float:
    """Linear gain that brings audio of ``lufs_now`` to ``lufs_target``.

    >>> round(gain_to(-20.0, -14.0), 4)
    1.9953
    """
    return 10 ** ((lufs_target - lufs_now) / 20)


def _integrated(energy: npt.NDArray[np.float64]) -> float | None:
    blocks = _sliding_mean(energy, _MOMENTARY_SEGMENTS)
    blocks = blocks[blocks >= _energy_at(ABSOLUTE_GATE_LUFS)]
    if len(blocks) == 0:
        return None
    gate = blocks.mean() * 10 ** (RELATIVE_GATE_LU / 10)
    return _lufs(float(blocks[blocks >= gate].mean()))


def _range(energy: npt.NDArray[np.float64]) -> float | None:
    blocks = _sliding_mean(energy, _SHORT_TERM_SEGMENTS)
    blocks = blocks[blocks >= _energy_at(ABSOLUTE_GATE_LUFS)]
    if len(blocks) == 0:
        return None
    blocks = blocks[blocks >= blocks.mean() * 10 ** (RANGE_GATE_LU / 10)]
    low, high = np.percentile(blocks, RANGE_PERCENTILES)
    return float(10 * np.log10(high / low))


def _sliding_mean(energy: npt.NDArray[np.float64], width: int) -> npt.NDArray[np.float64]:
    if len(energy) < width:
        return np.empty(0)
    total = np.concatenate([[0.0], np.cumsum(energy)])
    return np.maximum(total[width:] - total[:-width], 0.0) / width


def _lufs(energy: float) -> float:
    return _OFFSET + 10 * float(np.log10(energy))


def _energy_at(lufs: float) -> float:
    return float(10 ** ((lufs - _OFFSET) / 10))
