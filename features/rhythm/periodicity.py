"""From a mel spectrogram to how strongly each beat period repeats.

Novelty is the rise of log magnitude in mel bands with the vibrato suppression of Böck and Widmer
("Maximum filter vibrato suppression for onset detection", DAFx 2013). Periodicity is the
autocorrelation of novelty in windows, averaged (Grosche and Müller, "Extracting predominant local
pulse information from music recordings", IEEE TASLP 2011). Timbre repeats by longer spans than
onsets do (Foote and Uchihashi, "The beat spectrum", ICME 2001), so it has a part of its own, and so
has harmony, which changes with the bars (Goto, "An audio-based real-time beat tracking system for
music with or without drum-sounds", Journal of New Music Research 2001).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import scipy.fft
import scipy.ndimage

from features.spectrum import ANALYSIS_RATE, FRAME_RATE, LONG_HOP_LENGTH, band_centres_hz

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
HARMONY_RATE: Final = ANALYSIS_RATE / LONG_HOP_LENGTH
_HARMONY_LAG_S: Final = 24.0
_ONSET: Final = 1.0  # standard deviations of novelty

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Rhythm:
    """Novelty, what it was taken from, and its periodicity.

    ``novelty`` (4, frames): of the full, low, middle and high band, unit variance, at
    ``FRAME_RATE``. ``local`` (windows, lags): the normalised autocorrelation of the full band in
    each window, 1 at lag 0. ``periodicity`` (5, lags), in the order of ``BANDS``: its mean over
    windows, weighted by their energy. ``strength``: mean rise in log10 magnitude.

    ``log`` (frames, mel bands): log10 magnitudes. ``chroma`` (long frames, 12). ``harmony``
    (lags,): the autocorrelation of chroma without its mean, at ``HARMONY_RATE``, 1 at lag 0.
    ``onsets_hz`` (4,): onsets a second in each band of ``novelty``.
    """

    novelty: Array
    local: Array
    periodicity: Array
    strength: float
    log: Array
    chroma: Array
    harmony: npt.NDArray[np.float64]
    onsets_hz: npt.NDArray[np.float64]


def rhythm_of(mel: Array, chroma: Array) -> Rhythm:
    """Rhythm of mel magnitudes (frames, bands) and of chroma (long frames, 12)."""
    log = _log_magnitude(mel)
    raw = _banded(_rise(log))
    novelty = np.stack([_standardised(band) for band in raw])
    local = _local_autocorrelation(novelty)
    timbre = _local_autocorrelation(_timbre(log)).sum(axis=1)
    full = (local[:, 0] / np.maximum(local[:, 0, :1], 1e-9)).astype(np.float32)
    total = np.concatenate([local.sum(axis=0), timbre.sum(axis=0, keepdims=True)])
    periodicity = total / np.maximum(total[:, :1], 1e-9)
    return Rhythm(
        novelty,
        full,
        periodicity,
        float(raw[0].mean()),
        log,
        chroma,
        _harmony(chroma),
        _onsets_hz(novelty),
    )


def value_at(
    periodicity: npt.NDArray[np.floating], lag_s: npt.ArrayLike, rate: float = FRAME_RATE
) -> npt.NDArray[np.float64]:
    """Periodicity (..., lags) at lags in seconds, linearly interpolated; 0 beyond the last."""
    position = np.asarray(lag_s, np.float64) * rate
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


def _harmony(chroma: Array) -> npt.NDArray[np.float64]:
    """Autocorrelation (lags,) of chroma (long frames, 12) without its mean."""
    lags = round(_HARMONY_LAG_S * HARMONY_RATE)
    count = len(chroma)
    changing = chroma - chroma.mean(axis=0)
    size = scipy.fft.next_fast_len(count + lags, real=True)
    power = np.square(np.abs(scipy.fft.rfft(changing, size, axis=0))).sum(axis=1)
    correlation = scipy.fft.irfft(power.astype(np.float64), size)[:lags]
    overlap = np.maximum(count - np.arange(lags), count / 4)
    return correlation / overlap / max(float(correlation[0] / count), 1e-12)


def _onsets_hz(novelty: Array) -> npt.NDArray[np.float64]:
    inner = novelty[:, 1:-1]
    peaks = (inner > novelty[:, :-2]) & (inner >= novelty[:, 2:]) & (inner > _ONSET)
    return peaks.sum(axis=1) * FRAME_RATE / novelty.shape[1]
