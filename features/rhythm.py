"""From a mel spectrogram to how strongly each beat period repeats.

Novelty is the rise of log magnitude in mel bands with the vibrato suppression of Böck and Widmer
("Maximum filter vibrato suppression for onset detection", DAFx 2013). Periodicity is the
autocorrelation of novelty in windows, averaged (Grosche and Müller, "Extracting predominant local
pulse information from music recordings", IEEE TASLP 2011). Timbre repeats by longer spans than
onsets do (Foote and Uchihashi, "The beat spectrum", ICME 2001), so it has a part of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import scipy.fft
import scipy.ndimage

from features.spectrum import FRAME_RATE, band_centres_hz

BANDS: Final = ("full", "low", "middle", "high", "timbre")
_CEPSTRA: Final = 8
_LOW_HZ: Final = 160.0
_HIGH_HZ: Final = 2500.0
_COMPRESSION: Final = 30.0
_LAG_FRAMES: Final = 2
_LOCAL_MEAN_S: Final = 0.6
_DRIFT_S: Final = 3.0
WINDOW_S: Final = 12.0
WINDOW_HOP_S: Final = 3.0
MAX_LAG_S: Final = 6.0

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Rhythm:
    """Novelty and its periodicity.

    ``novelty`` (4, frames): of the full, low, middle and high band, unit variance, at
    ``FRAME_RATE``. ``local`` (windows, lags): the normalised autocorrelation of the full band in
    each window, 1 at lag 0. ``periodicity`` (5, lags), in the order of ``BANDS``: its mean over
    windows, weighted by their energy. ``strength``: mean rise in log10 magnitude.
    """

    novelty: Array
    local: Array
    periodicity: Array
    strength: float


def rhythm_of(mel: Array) -> Rhythm:
    """Rhythm of mel magnitudes (frames, bands)."""
    log = _log_magnitude(mel)
    raw = _banded(_rise(log))
    novelty = np.stack([_standardised(band) for band in raw])
    local = _local_autocorrelation(novelty)
    timbre = _local_autocorrelation(_timbre(log)).sum(axis=1)
    full = (local[:, 0] / np.maximum(local[:, 0, :1], 1e-9)).astype(np.float32)
    total = np.concatenate([local.sum(axis=0), timbre.sum(axis=0, keepdims=True)])
    periodicity = total / np.maximum(total[:, :1], 1e-9)
    return Rhythm(novelty, full, periodicity, float(raw[0].mean()))


def value_at(periodicity: Array, lag_s: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Periodicity (..., lags) at lags in seconds, linearly interpolated; 0 beyond the last."""
    position = np.asarray(lag_s, np.float64) * FRAME_RATE
    lags = periodicity.shape[-1]
    low = np.clip(np.floor(position).astype(int), 0, lags - 2)
    part = np.clip(position - low, 0.0, 1.0)
    value = periodicity[..., low] * (1 - part) + periodicity[..., low + 1] * part
    return np.where(position <= lags - 1, value, 0.0)


def _log_magnitude(mel: Array) -> Array:
    """Compressed so that the track's own level doesn't matter."""
    level = float(np.sqrt(np.mean(np.square(mel), dtype=np.float64)))
    return np.log10(1 + _COMPRESSION / max(level, 1e-9) * mel, dtype=np.float32)


def _rise(log: Array) -> Array:
    spread = scipy.ndimage.maximum_filter1d(log, 3, axis=1)
    rise = np.zeros_like(log)
    np.maximum(log[_LAG_FRAMES:] - spread[:-_LAG_FRAMES], 0, out=rise[_LAG_FRAMES:])
    return rise


def _timbre(log: Array) -> Array:
    """The first cepstra (_CEPSTRA, frames) without their slow drift."""
    cepstra = scipy.fft.dct(log, axis=1, norm="ortho")[:, :_CEPSTRA].T
    drift = scipy.ndimage.uniform_filter1d(
        cepstra, round(_DRIFT_S * FRAME_RATE), axis=1, mode="nearest"
    )
    return np.ascontiguousarray(cepstra - drift)


def _banded(rise: Array) -> list[Array]:
    centres = band_centres_hz()
    low, high = centres < _LOW_HZ, centres > _HIGH_HZ
    middle = ~(low | high)
    return [rise.mean(axis=1), *(rise[:, part].mean(axis=1) for part in (low, middle, high))]


def _standardised(novelty: Array) -> Array:
    width = round(_LOCAL_MEAN_S * FRAME_RATE)
    flat = novelty - scipy.ndimage.uniform_filter1d(novelty, width, mode="nearest")
    deviation = float(flat.std())
    return (flat / deviation if deviation > 1e-9 else np.zeros_like(flat)).astype(np.float32)


def _local_autocorrelation(series: Array) -> Array:
    """Autocorrelation (windows, series, lags) of each series (series, frames) in each window."""
    width = min(round(WINDOW_S * FRAME_RATE), series.shape[1])
    hop = round(WINDOW_HOP_S * FRAME_RATE)
    lags = round(MAX_LAG_S * FRAME_RATE) + 1
    frames = np.lib.stride_tricks.sliding_window_view(series, width, axis=1)[:, ::hop]
    size = scipy.fft.next_fast_len(width + lags, real=True)
    power = np.square(np.abs(scipy.fft.rfft(frames, size, axis=2)))
    correlation = scipy.fft.irfft(power, size, axis=2)[:, :, :lags]
    overlap = np.maximum(width - np.arange(lags), width / 4)
    return (correlation * (width / overlap)).transpose(1, 0, 2).astype(np.float32)
