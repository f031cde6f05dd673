"""Tempo in beats a minute, its likelier alternatives, the beats and the bars.

Candidates are the peaks of periodicity and their musical relatives (double, half, triple, third);
``features.rhythm.octaves`` says which of them listeners would tap. Where nothing repeats there is
no tempo but a reason: ``silence``, ``too_short``, ``no_onsets`` or ``no_beat``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import scipy.fft

from features.audio.encoding import resample, to_mono
from features.harmony.chroma import chroma_of
from features.rhythm.beats import track_beats
from features.rhythm.metre import bars_of
from features.rhythm.octaves import weigh
from features.rhythm.periodicity import BANDS, Rhythm, rhythm_of, value_at
from features.spectrum import ANALYSIS_RATE, FRAME_RATE, analyse

METHOD: Final = "mel-flux autocorrelation"
SEARCH_BPM: Final = (40.0, 240.0)
SHORTEST_S: Final = 3.0
SILENCE_RMS: Final = 1e-3
STEADY_DEVIATION: Final = 0.02
_LEAST_STRENGTH: Final = 0.004
_LEAST_PERIODICITY: Final = 0.12
_REACH: Final = 0.03
_PEAKS: Final = 6
_RELATIVES: Final = (1.0, 2.0, 0.5, 3.0, 1 / 3, 1.5, 2 / 3)
_MOST_CANDIDATES: Final = 5
_NO_BEATS: Final = np.empty(0, np.float32)


@dataclass(frozen=True)
class Tempo:
    """A tempo, or the ``reason`` why there is none.

    ``confidence``: probability that ``bpm`` is within 4%. ``candidates``: (bpm, weight), heaviest
    first, weights sum to at most 1. ``beats_s``: times in seconds, float32 (beats,). ``steady``:
    the tempo stays within 2% through the track. ``downbeats_s``: those of the beats that open a
    bar of ``beats_per_bar`` (3 or 4; None with fewer than eight beats). ``method`` names the
    evidence.
    """

    bpm: float | None
    confidence: float
    candidates: tuple[tuple[float, float], ...] = ()
    beats_s: npt.NDArray[np.float32] = field(default_factory=lambda: _NO_BEATS)
    steady: bool | None = None
    reason: str | None = None
    method: str = METHOD
    beats_per_bar: int | None = None
    downbeats_s: npt.NDArray[np.float32] = field(default_factory=lambda: _NO_BEATS)


def estimate_tempo(y: npt.NDArray[Any], sr: int) -> Tempo:
    """Tempo of ``y`` (frames,) or (frames, channels), finite, at ``sr`` Hz."""
    mono = resample(to_mono(y), sr, ANALYSIS_RATE)
    if len(mono) < SHORTEST_S * ANALYSIS_RATE:
        return Tempo(None, 0.0, reason="too_short")
    if float(np.sqrt(np.mean(np.square(mono), dtype=np.float64))) < SILENCE_RMS:
        return Tempo(None, 0.0, reason="silence")
    spectrum = analyse(mono)
    return tempo_of(rhythm_of(spectrum.mel, chroma_of(spectrum).frames))


def tempo_of(rhythm: Rhythm) -> Tempo:
    """Tempo of a track of at least ``SHORTEST_S`` seconds from its rhythm."""
    if rhythm.strength < _LEAST_STRENGTH:
        return Tempo(None, 0.0, reason="no_onsets")
    tempi = candidate_tempi(rhythm)
    if len(tempi) == 0 or _salience(rhythm, tempi).max() < _LEAST_PERIODICITY:
        return Tempo(None, 0.0, reason="no_beat")
    weights, confidence = weigh(rhythm, tempi)
    order = np.argsort(-weights)[:_MOST_CANDIDATES]
    bpm = refined(rhythm, float(tempi[order[0]]))
    beats = track_beats(rhythm.novelty[0], bpm)
    bars = bars_of(beats, rhythm)
    return Tempo(
        bpm=round(bpm, 2),
        confidence=round(confidence, 4),
        candidates=tuple((round(float(tempi[i]), 2), round(float(weights[i]), 4)) for i in order),
        beats_s=beats,
        steady=is_steady(rhythm, bpm),
        beats_per_bar=bars.beats_per_bar,
        downbeats_s=bars.downbeats_s,
    )


def candidate_tempi(rhythm: Rhythm) -> npt.NDArray[np.float64]:
    """Tempi worth weighing, in beats a minute: peaks of periodicity and their relatives."""
    grid = np.geomspace(*SEARCH_BPM, 512)
    salience = _salience(rhythm, grid)
    inner = salience[1:-1]
    peaks = np.flatnonzero((inner > salience[:-2]) & (inner >= salience[2:]) & (inner > 0)) + 1
    strongest = peaks[np.argsort(-salience[peaks])[:_PEAKS]]
    tempi: list[float] = []
    for tempo in grid[strongest]:
        for ratio in _RELATIVES:
            relative = tempo * ratio
            near = any(abs(np.log2(relative / other)) < 0.05 for other in tempi)
            if SEARCH_BPM[0] <= relative <= SEARCH_BPM[1] and not near:
                tempi.append(relative)
    spectrum = _novelty_spectrum(rhythm)
    return np.array([_refined(tempo, *spectrum) for tempo in tempi])


def _salience(rhythm: Rhythm, tempi: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Mean periodicity at one, two and four beats of each tempo, full band."""
    period = 60.0 / tempi
    full = rhythm.periodicity[BANDS.index("full")]
    return (value_at(full, period) + value_at(full, 2 * period) + value_at(full, 4 * period)) / 3


def refined(rhythm: Rhythm, tempo_bpm: float) -> float:
    """``tempo_bpm`` moved to the peak of the spectrum of novelty within 3%.

    The sum over harmonics of the beat, of the whole track, resolves hundredths of a beat a minute.
    """
    return _refined(tempo_bpm, *_novelty_spectrum(rhythm))


def _novelty_spectrum(rhythm: Rhythm) -> tuple[npt.NDArray[np.float32], float]:
    """Magnitudes of the spectrum of the whole track's novelty, and its bins for each Hz."""
    novelty = rhythm.novelty[0]
    size = scipy.fft.next_fast_len(max(len(novelty) * 4, 1 << 14), real=True)
    return np.abs(scipy.fft.rfft(novelty, size)), size / FRAME_RATE


def _refined(tempo_bpm: float, spectrum: npt.NDArray[np.float32], bins_per_hz: float) -> float:
    bins = np.arange(len(spectrum))
    beat_hz = tempo_bpm / 60.0 * np.linspace(1 - _REACH, 1 + _REACH, 241)
    total = np.zeros_like(beat_hz)
    for harmonic in (1, 2, 4):
        total += np.interp(beat_hz * harmonic * bins_per_hz, bins, spectrum)
    return float(beat_hz[int(np.argmax(total))] * 60.0)


def is_steady(rhythm: Rhythm, tempo_bpm: float) -> bool | None:
    """Whether the local tempo stays within 2% of its mean; None with fewer than three windows."""
    if len(rhythm.local) < 3:
        return None
    ratios = np.linspace(0.9, 1.1, 81)
    curves = sum(value_at(rhythm.local, k * 60.0 / (tempo_bpm * ratios)) for k in (1, 2, 4))
    curves = np.asarray(curves)
    local = ratios[curves.argmax(axis=1)]
    clear = curves.max(axis=1) > 0.3
    if clear.sum() < 3:
        return None
    return bool(local[clear].std() < STEADY_DEVIATION)
