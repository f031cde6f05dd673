"""What is wrong with a recording, each verdict with the value that it was measured by.

Verdicts: ``silent``, ``silent_start``, ``silent_end``, ``clipped``, ``dc_offset``,
``mono_as_stereo``, ``phase_inverted``, ``lossy_origin``, ``upsampled``, ``noise`` and
``wrong_speed``. Nothing is repaired here and nothing is refused: the catalog decides.

A recording that ends just below half of a usual lower sampling rate was upsampled from it; one that
ends elsewhere was coded lossily. Music of 44.1 kHz that is played as 48, or the other way round, is
147 cents off, which is 47 from the nearest semitone: hardly any music is tuned there. Other wrong
speeds, as of 22.05 kHz for 44.1, can't be told (``benchmarks/accuracy/verdicts.py`` measures this).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from features.bandwidth import BandwidthMeter, Cutoff
from features.levels.meter import SEGMENTS_PER_SECOND, LevelMeter, Levels

SILENCE_DBFS: Final = -60.0
EDGE_SILENCE_S: Final = 3.0
CLIPPED_SHARE: Final = 1e-5
CLIPPED_SAMPLES: Final = 30
DC_LIMIT: Final = 0.01
SAME_CHANNELS_DB: Final = -80.0
INVERTED_CORRELATION: Final = -0.5
LOSSY_DROP_DB: Final = 25.0
NOISE_FLATNESS: Final = 0.5
LOWER_RATES: Final = (8_000, 16_000, 22_050, 24_000, 44_100, 48_000)
"""11,025 and 32,000 Hz are left out: MP3 at 64 and 128 kb/s ends there too."""

WRONG_SPEED_CENTS: Final = 1200 * float(np.log2(48_000 / 44_100)) - 100
"""Distance from the nearest semitone of music at 48 / 44.1 of its speed, or the inverse."""

_NEAR_CENTS: Final = 4.0
_LEAST_FOCUS: Final = 0.3
_END_OF_RATE: Final = (0.94, 1.0)  # where resamplers end, of half the rate


@dataclass(frozen=True)
class Quality:
    """``verdicts`` against a recording, () when it is in order; the ``measures`` behind them.

    ``bandwidth_hz``: frequency above which there is next to nothing.
    """

    verdicts: tuple[str, ...]
    measures: dict[str, float]
    bandwidth_hz: float


def measure_quality(y: npt.NDArray[Any], sr: int, *, lossless: bool = True) -> Quality:
    """Quality of ``y`` (frames,) or (frames, channels), float in [-1, 1] or int16."""
    block = y[:, None] if y.ndim == 1 else y
    if block.dtype not in (np.int16, np.int32):
        block = block.astype(np.float32, copy=False)
    levels = LevelMeter(sr, block.shape[1])
    bandwidth = BandwidthMeter(sr)
    levels.add(block)
    bandwidth.add(block)
    return quality_of(levels.levels(), bandwidth.cutoff(), lossless=lossless)


def quality_of(levels: Levels, cutoff: Cutoff, *, lossless: bool) -> Quality:
    """Quality of a track from its gathered levels and spectral cut-off.

    ``lossless`` says that the container claims to be: only there is a lossy origin a fault.
    """
    measures = _measures(levels, cutoff)
    upsampled = measures["upsampled_from_hz"] > 0
    found = {
        "silent": measures["silent_share"] >= 1.0,
        "silent_start": measures["silent_start_s"] > EDGE_SILENCE_S,
        "silent_end": measures["silent_end_s"] > EDGE_SILENCE_S,
        "clipped": measures["clipped_samples"] >= CLIPPED_SAMPLES
        and measures["clipped_share"] > CLIPPED_SHARE,
        "dc_offset": measures["dc"] > DC_LIMIT,
        "mono_as_stereo": measures.get("side_db", 0.0) < SAME_CHANNELS_DB,
        "phase_inverted": measures.get("correlation", 0.0) < INVERTED_CORRELATION,
        "lossy_origin": lossless and cutoff.drop_db > LOSSY_DROP_DB and not upsampled,
        "upsampled": lossless and upsampled,
        "noise": cutoff.flatness > NOISE_FLATNESS,
    }
    if found["silent"]:
        found = {"silent": True}
    verdicts = tuple(name for name, is_so in found.items() if is_so)
    return Quality(verdicts, {k: round(v, 6) for k, v in measures.items()}, cutoff.hz)


def with_tuning(quality: Quality, tuning_cents: float | None, focus: float) -> Quality:
    """``quality`` with the verdict ``wrong_speed`` where the tuning says so.

    ``tuning_cents`` and its ``focus`` are those of ``features.harmony.chroma``.
    """
    if tuning_cents is None or focus < _LEAST_FOCUS:
        return quality
    measures = quality.measures | {"tuning_cents": round(tuning_cents, 1)}
    wrong = abs(abs(tuning_cents) - WRONG_SPEED_CENTS) <= _NEAR_CENTS
    return replace(quality, verdicts=quality.verdicts + ("wrong_speed",) * wrong, measures=measures)


def upsampled_from(cutoff: Cutoff) -> int:
    """The sampling rate in Hz that a recording was made at before; 0 where it shows none.

    A recording reaches half of its own rate, so that one has no cut-off.
    """
    low, high = _END_OF_RATE
    if cutoff.drop_db <= LOSSY_DROP_DB:
        return 0
    ends = [rate for rate in LOWER_RATES if low <= 2 * cutoff.hz / rate <= high]
    return ends[0] if ends else 0


def _measures(levels: Levels, cutoff: Cutoff) -> dict[str, float]:
    heard = np.flatnonzero(levels.power > 10 ** (SILENCE_DBFS / 10))
    segments = len(levels.power)
    first, last = (int(heard[0]), int(heard[-1])) if len(heard) else (segments, -1)
    clipped = float(levels.clipped.sum())
    measures = {
        "silent_share": 1.0 - len(heard) / segments if segments else 0.0,
        "silent_start_s": first / SEGMENTS_PER_SECOND,
        "silent_end_s": (segments - 1 - last) / SEGMENTS_PER_SECOND if len(heard) else 0.0,
        "peak": float(levels.peak.max(initial=0.0)),
        "clipped_samples": clipped,
        "clipped_share": clipped / max(levels.frames * len(levels.peak), 1),
        "dc": float(np.abs(levels.dc).max(initial=0.0)),
        "cutoff_drop_db": cutoff.drop_db,
        "upsampled_from_hz": float(upsampled_from(cutoff)),
        "flatness": cutoff.flatness,
    }
    if levels.correlation is not None:
        measures["correlation"] = levels.correlation
    if levels.difference is not None:
        measures["side_db"] = 10 * float(np.log10(max(levels.difference, 1e-15)))
    return measures
