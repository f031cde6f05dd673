"""Key of a track: tonic, mode and how sure that is.

Chroma is compared with key profiles that Faraldo et al. took from annotated tracks ("A
multi-profile method for key estimation in EDM", AES Semantic Audio 2017). Where two keys fit about
equally well, Essentia's KeyExtractor votes too if it is installed; ``method`` says so. Where no
tonic stands out there is no key but a reason: ``silence``, ``too_short`` or ``atonal``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from features.chroma import Chroma, chroma_of
from features.encoding import resample, to_mono
from features.pitch import KEYS
from features.spectrum import ANALYSIS_RATE, LONG_FRAME_LENGTH, analyse

METHOD: Final = "hpcp bgate"
SILENCE_RMS: Final = 1e-3
_SHORTEST_S: Final = 3 * LONG_FRAME_LENGTH / ANALYSIS_RATE
_PROFILES: Final = (
    (1.00, 0.00, 0.42, 0.00, 0.53, 0.37, 0.00, 0.77, 0.00, 0.38, 0.21, 0.30),
    (1.00, 0.00, 0.36, 0.39, 0.00, 0.38, 0.00, 0.74, 0.27, 0.00, 0.42, 0.23),
)
_LEAST_CONTRAST: Final = 0.6
_LEAST_FOCUS: Final = 0.05
_UNSURE_MARGIN: Final = 0.05
_UNSURE_CORRELATION: Final = 0.6
_VOTE: Final = 0.05
_VOTE_WHEN_UNCLEAR: Final = 0.15
_VOTE_EXCERPT_S: Final = 90
_CONFIDENCE: Final = (-0.2, 25.0, 0.15)  # logistic: offset, slope over the margin, its greatest


@dataclass(frozen=True)
class Key:
    """A key such as "F# minor", or the ``reason`` why there is none.

    ``confidence``: probability that tonic and mode are right. ``tuning_cents``: deviation from
    A4 = 440 Hz, None when no pitch is clear. ``method`` names the evidence.
    """

    name: str | None
    confidence: float
    tuning_cents: float | None
    reason: str | None = None
    method: str = METHOD


def estimate_key(y: npt.NDArray[Any], sr: int) -> Key:
    """Key of ``y`` (frames,) or (frames, channels), finite, at ``sr`` Hz."""
    mono = resample(to_mono(y), sr, ANALYSIS_RATE)
    if len(mono) < _SHORTEST_S * ANALYSIS_RATE:
        return Key(None, 0.0, None, "too_short")
    if float(np.sqrt(np.mean(np.square(mono), dtype=np.float64))) < SILENCE_RMS:
        return Key(None, 0.0, None, "silence")
    return key_of(chroma_of(analyse(mono)), mono)


def key_of(chroma: Chroma, y: npt.NDArray[np.float32] | None = None) -> Key:
    """Key from a track's chroma, and from its mono signal where Essentia may hear it too."""
    cents = None if chroma.tuning_cents is None else round(chroma.tuning_cents, 1)
    mean = chroma.frames.mean(axis=0)
    contrast = float(np.ptp(mean) / max(float(mean.mean()), 1e-9))
    if contrast < _LEAST_CONTRAST and chroma.focus < _LEAST_FOCUS:
        return Key(None, 0.0, cents, "atonal")
    score = key_correlations(mean)
    unclear = score.max() < _UNSURE_CORRELATION
    vote = None
    if y is not None and (unclear or _margin(score) < _UNSURE_MARGIN):
        vote = _essentia_vote(y)
    if vote is not None:
        name, strength = vote
        score[KEYS.index(name)] += strength * (_VOTE_WHEN_UNCLEAR if unclear else _VOTE)
    best = int(np.argmax(score))
    confidence = _confidence(_margin(score))
    return Key(KEYS[best], confidence, cents, None, f"{METHOD} + essentia" if vote else METHOD)


def _margin(score: npt.NDArray[np.float64]) -> float:
    second, first = np.sort(score)[-2:]
    return float(first - second)


def _confidence(margin: float) -> float:
    offset, slope, greatest = _CONFIDENCE
    return round(float(1 / (1 + np.exp(-offset - slope * min(margin, greatest)))), 4)


def key_correlations(profile: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Pearson correlation of a chroma (12,) with each of the 24 keys, in the order of KEYS."""
    templates = np.array([np.roll(shape, tonic) for shape in _PROFILES for tonic in range(12)])
    templates = templates - templates.mean(axis=1, keepdims=True)
    centred = profile - profile.mean()
    norm = np.linalg.norm(templates, axis=1) * np.linalg.norm(centred)
    return templates @ centred / np.maximum(norm, 1e-12)


def _essentia_vote(y: npt.NDArray[np.float32]) -> tuple[str, float] | None:
    """Essentia's key and its strength in [0, 1], or None where it isn't installed or can't tell."""
    try:
        import essentia
    except ImportError:
        return None
    essentia.log.infoActive = False
    essentia.log.warningActive = False
    import essentia.standard as es

    from features.pitch import normalise_key

    extractor = es.KeyExtractor(profileType="bgate", sampleRate=ANALYSIS_RATE)
    try:
        tonic, scale, strength = extractor(_middle(y, _VOTE_EXCERPT_S * ANALYSIS_RATE))
    except RuntimeError:
        return None
    return normalise_key(f"{tonic} {scale}"), float(np.clip(strength, 0.0, 1.0))


def _middle(y: npt.NDArray[np.float32], length: int) -> npt.NDArray[np.float32]:
    start = max(0, (len(y) - length) // 2)
    return y[start : start + length]
