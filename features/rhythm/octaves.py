"""Which of several related periods is the beat that listeners tap.

Nearly every error of a tempo estimator is a factor of two or three. So the candidates compete: how
strongly novelty, timbre and harmony repeat at parts and multiples of a candidate's beat, how many
onsets a beat would hold, and how likely people tap at that rate, are weighed by a multinomial
logistic model. Its weights are fitted on composed clips by ``benchmarks/accuracy/fit_octaves.py``
and kept in ``features.rhythm.octave_weights``.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from features.rhythm.octave_weights import CALIBRATION, WEIGHTS
from features.rhythm.periodicity import HARMONY_RATE, Rhythm, value_at

BEATS: Final = (0.25, 1 / 3, 0.5, 2 / 3, 0.75, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0)
HARMONY_BEATS: Final = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0)
PREFERRED_BPM: Final = 112.0
_FEWEST_ONSETS_HZ: Final = 0.05
_FIRST_LAG: Final = 10
_SLOWEST_BPM: Final = 60.0
_FASTEST_BPM: Final = 180.0


def weigh(rhythm: Rhythm, tempi: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], float]:
    """Weights (n,) of ``tempi`` that sum to 1, and the calibrated confidence in the heaviest."""
    score = evidence(rhythm, tempi) @ np.asarray(WEIGHTS)
    weights = np.exp(score - score.max())
    weights /= weights.sum()
    return weights, confidence(float(weights.max()), clarity(rhythm))


def evidence(rhythm: Rhythm, tempi: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """What is weighed for each of ``tempi``, shape (n, len(WEIGHTS)).

    The periodicity of each band at each of ``BEATS`` and that of harmony at ``HARMONY_BEATS``; the
    preference for moderate tempi (Parncutt, Music Perception 1994) as terms of the distance in
    octaves from ``PREFERRED_BPM``; and the onsets a beat holds in each band, in octaves.
    """
    period = 60.0 / tempi
    repeated = value_at(rhythm.periodicity, np.multiply.outer(BEATS, period))
    harmony = value_at(rhythm.harmony, np.multiply.outer(HARMONY_BEATS, period), HARMONY_RATE)
    octaves = np.log2(tempi / PREFERRED_BPM)
    too_slow = np.maximum(0.0, np.log2(_SLOWEST_BPM / tempi))
    too_fast = np.maximum(0.0, np.log2(tempi / _FASTEST_BPM))
    onsets = np.log2(np.multiply.outer(np.maximum(rhythm.onsets_hz, _FEWEST_ONSETS_HZ), period))
    rows = [
        *repeated.reshape(-1, len(tempi)),
        octaves,
        octaves**2,
        too_slow,
        too_fast,
        *harmony,
        *onsets,
        *onsets**2,
    ]
    return np.column_stack(rows)


def clarity(rhythm: Rhythm) -> float:
    """The greatest periodicity of the full band at lags of 0.2 s and more."""
    return float(rhythm.periodicity[0, _FIRST_LAG:].max())


def log_odds(weight: float) -> float:
    """Log odds of a weight in [0, 1], kept finite."""
    kept = min(max(weight, 1e-4), 1 - 1e-4)
    return float(np.log(kept / (1 - kept)))


def confidence(weight: float, clearness: float) -> float:
    """Probability that the heaviest candidate is right, by its weight and how much repeats at all.

    A logistic curve over the log odds of the weight and over ``clarity``.
    """
    offset, by_odds, by_clarity = CALIBRATION
    return float(1 / (1 + np.exp(-(offset + by_odds * log_odds(weight) + by_clarity * clearness))))
