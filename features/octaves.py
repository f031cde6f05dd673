"""Which of several related periods is the beat that listeners tap.

Nearly every error of a tempo estimator is a factor of two or three, so the choice among relatives
is made by weights over what sets the beat apart: how strongly the period and its multiples repeat
in each band, and how likely people are to tap at that rate.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from features.rhythm import Rhythm, value_at

PREFERRED_BPM: Final = 112.0
PREFERENCE_OCTAVES: Final = 0.55
_SHARPNESS: Final = 6.0


def weigh(rhythm: Rhythm, tempi: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], float]:
    """Weights (n,) of ``tempi`` that sum to 1, and the confidence in the heaviest."""
    score = _evidence(rhythm, tempi) + _preference(tempi)
    weights = np.exp(_SHARPNESS * (score - score.max()))
    weights /= weights.sum()
    return weights, float(weights.max())


def _evidence(rhythm: Rhythm, tempi: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    period = 60.0 / tempi
    beats = sum(value_at(rhythm.periodicity, k * period) for k in (1, 2, 3, 4)) / 4
    between = sum(value_at(rhythm.periodicity, k * period) for k in (0.5, 1.5, 2.5, 3.5)) / 4
    return np.asarray(beats - 0.5 * between).mean(axis=0)


def _preference(tempi: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Log-normal preference for moderate tempi (Parncutt, Music Perception 1994)."""
    return -0.5 * np.square(np.log2(tempi / PREFERRED_BPM) / PREFERENCE_OCTAVES) * 0.3
