"""Key of a track: tonic, mode and how sure that is.

Chroma is compared with key profiles that Faraldo et al. took from annotated tracks ("A
multi-profile method for key estimation in EDM", AES Semantic Audio 2017). How sure the answer is
comes from a logistic curve over what tells right keys from wrong ones, fitted on composed,
degraded, modulating and keyless sound by ``benchmarks/accuracy/fit_key.py``. Where no tonic stands
out there is no key but a reason: ``silence``, ``too_short`` or ``atonal``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from features.audio.encoding import resample, to_mono
from features.harmony.chroma import Chroma, chroma_of
from features.harmony.key_weights import CALIBRATION
from features.harmony.pitch import KEYS
from features.spectrum import ANALYSIS_RATE, LONG_FRAME_LENGTH, LONG_HOP_LENGTH, analyse

METHOD: Final = "hpcp bgate"
SILENCE_RMS: Final = 1e-3
_SHORTEST_S: Final = 3 * LONG_FRAME_LENGTH / ANALYSIS_RATE
_PROFILES: Final = (
    (1.00, 0.00, 0.42, 0.00, 0.53, 0.37, 0.00, 0.77, 0.00, 0.38, 0.21, 0.30),
    (1.00, 0.00, 0.36, 0.39, 0.00, 0.38, 0.00, 0.74, 0.27, 0.00, 0.42, 0.23),
)
_LEAST_CONTRAST: Final = 0.35
_OUT_OF_TUNE: Final = 0.25
_LEAST_FIT: Final = 0.75
_HARDLY_IN_TUNE: Final = 0.4
_LEAST_HELD: Final = 0.45
_LEAST_MOVEMENT: Final = 0.045
_LEAST_MARGIN: Final = 0.1
_FIFTH_LEAD: Final = 0.05
_FIFTH_LEAD_WITHOUT_BASS: Final = 0.12
_LEAST_BASS: Final = 0.015
_PHRASE_FRAMES: Final = round(4 * ANALYSIS_RATE / LONG_HOP_LENGTH)
_CHORD_FRAMES: Final = 4  # 0.74 s


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
    return key_of(chroma_of(analyse(mono)))


def key_of(chroma: Chroma) -> Key:
    """Key from a track's chroma."""
    cents = None if chroma.tuning_cents is None else round(chroma.tuning_cents, 1)
    if is_atonal(chroma):
        return Key(None, 0.0, cents, "atonal")
    best = int(np.argmax(scores(chroma)))
    return Key(KEYS[best], round(confidence(evidence(chroma)), 4), cents)


def scores(chroma: Chroma) -> npt.NDArray[np.float64]:
    """How well each of the keys fits (24,), the fifth below the best one raised a little.

    Third harmonics lend their fundamental's weight to the fifth above: where the best key is hardly
    ahead of the one a fifth below, that one is meant. More so where the bass is cut off, and
    fundamentals with it.
    """
    fit = key_correlations(chroma.frames.mean(axis=0))
    mode, tonic = divmod(int(np.argmax(fit)), 12)
    fit[12 * mode + (tonic + 5) % 12] += (
        _FIFTH_LEAD if chroma.bass > _LEAST_BASS else _FIFTH_LEAD_WITHOUT_BASS
    )
    return fit


def is_atonal(chroma: Chroma) -> bool:
    """Whether no tonic stands out.

    All tones sound alike, as in noise or a twelve-tone row; or they are out of tune and fit no key,
    as in speech; or they neither last nor sit well on a scale, as in drums; or nothing ever moves
    and what is held decides no mode, as in a drone on a bare fifth.
    """
    mean = chroma.frames.mean(axis=0)
    fit = float(key_correlations(mean).max())
    return (
        float(np.ptp(mean)) < _LEAST_CONTRAST * float(mean.mean())
        or (chroma.focus < _OUT_OF_TUNE and fit < _LEAST_FIT)
        or (chroma.focus < _HARDLY_IN_TUNE and chroma.held < _LEAST_HELD)
        or (_movement(chroma.frames) < _LEAST_MOVEMENT and _margin(scores(chroma)) < _LEAST_MARGIN)
    )


def evidence(chroma: Chroma) -> npt.NDArray[np.float64]:
    """What confidence is read from, shape (len(CALIBRATION) - 1,).

    How far the best key is ahead of the second; how well it fits; how well pitches sit on a scale;
    how much better other keys fit phrases of 4 s, which grows where the key changes; how much
    harmony moves; and how much bass there is, without which a fifth above passes for the tonic.
    """
    score = scores(chroma)
    phrases = key_correlations(_means(chroma.frames, _PHRASE_FRAMES))
    ahead = phrases.max(axis=1) - phrases[:, int(np.argmax(score))]
    values = (
        _margin(score),
        score.max(),
        np.log(max(chroma.focus, 1e-3)),
        ahead.mean(),
        np.log(max(_movement(chroma.frames), 1e-3)),
        np.log(max(chroma.bass, 1e-3)),
    )
    return np.array(values, np.float64)


def confidence(found: npt.NDArray[np.float64]) -> float:
    """Probability that the best key is right, from its ``evidence``."""
    offset, *slopes = CALIBRATION
    return float(1 / (1 + np.exp(-(offset + found @ np.asarray(slopes)))))


def _margin(score: npt.NDArray[np.float64]) -> float:
    """How far the best of ``score`` is ahead of the second."""
    second, first = np.sort(score)[-2:]
    return float(first - second)


def _means(frames: npt.NDArray[np.float32], length: int) -> npt.NDArray[np.float64]:
    """Mean chroma (parts, 12) of equal parts of about ``length`` frames."""
    parts = np.array_split(frames, max(1, round(len(frames) / length)))
    return np.array([part.mean(axis=0, dtype=np.float64) for part in parts])


def _movement(frames: npt.NDArray[np.float32]) -> float:
    """Mean share of tones by which stretches of 0.7 s differ from the whole."""
    parts = _means(frames, _CHORD_FRAMES)
    parts = parts / np.maximum(parts.sum(axis=1, keepdims=True), 1e-9)
    whole = frames.mean(axis=0, dtype=np.float64)
    return float(np.abs(parts - whole / max(float(whole.sum()), 1e-9)).sum(axis=1).mean() / 2)


def key_correlations(profile: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Pearson correlation of chroma (..., 12) with each of the keys: (..., 24), as KEYS lists."""
    templates = np.array([np.roll(shape, tonic) for shape in _PROFILES for tonic in range(12)])
    templates = templates - templates.mean(axis=1, keepdims=True)
    centred = profile - profile.mean(axis=-1, keepdims=True)
    norm = np.linalg.norm(centred, axis=-1, keepdims=True) * np.linalg.norm(templates, axis=1)
    return np.asarray(centred @ templates.T / np.maximum(norm, 1e-12), np.float64)
