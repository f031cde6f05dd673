"""Which of several related periods is the beat that listeners tap.

Nearly every error of a tempo estimator is a factor of two or three. So the candidates compete: how
strongly novelty and timbre repeat at parts and multiples of a candidate's beat, and how likely
people tap at that rate, are weighed by a multinomial logistic model. Its weights are fitted on
composed clips by ``benchmarks/accuracy/fit_octaves.py`` and kept in ``features.octave_weights``.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from features.octave_weights import CALIBRATION, WEIGHTS
from features.rhythm import Rhythm, value_at

BEATS: Final = (0.25, 1 / 3, 0.5, 2 / 3, 0.75, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0)
PREFERRED_BPM: Final = 112.0
_SLOWEST_BPM: Final = 60.0
_FASTEST_BPM: Final = 180.0


def weigh(rhythm: Rhythm, tempi: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], float]:
    """Weights (n,) of ``tempi`` that sum to 1, and the calibrated confidence in the heaviest."""
    score = evidence(rhythm, tempi) @ np.asarray(WEIGHTS)
    weights = np.exp(score - score.max())
    weights /= weights.sum()
    return weights, confidence(float(weights.max()), float(rhythm.periodicity[0, 10:].max()))


def evidence(rhythm: Rhythm, tempi: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """What is weighed for each of ``tempi``, shape (n, len(WEIGHTS)).

    The periodicity of each band at each of ``BEATS``, then the preference for moderate tempi
    (Parncutt, Music Perception 1994) as terms of the distance in octaves from ``PREFERRED_BPM``.
    """
    lags = np.multiply.outer(BEATS, 60.0 / tempi)
    repeated = value_at(rhythm.periodicity, lags).reshape(-1, len(tempi)).T
    octaves = np.log2(tempi / PREFERRED_BPM)
    too_slow = np.maximum(0.0, np.log2(_SLOWEST_BPM / tempi))
    too_fast = np.maximum(0.0, np.log2(tempi / _FASTEST_BPM))
    return np.column_stack([repeated, octaves, octaves**2, too_slow, too_fast])


def confidence(weight: float, clarity: float) -> float:
    """Probability that the heaviest candidate is right, by its weight and how much repeats at all.

    A logistic curve over the log odds of the weight and over the greatest periodicity.
    """
    offset, by_odds, by_clarity = CALIBRATION
    odds = float(np.log(np.clip(weight, 1e-4, 1 - 1e-4) / (1 - np.clip(weight, 1e-4, 1 - 1e-4))))
    return float(1 / (1 + np.exp(-(offset + by_odds * odds + by_clarity * clarity))))
