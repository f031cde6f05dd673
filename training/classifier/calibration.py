"""From scores to probabilities that hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

_LOGIT_BOUND: Final = 40.0
_BOUNDS: Final = [(-3, 8), (-8, 8)]
"""Of the logarithm of the temperature, and of the offset."""


@dataclass(frozen=True)
class Calibration:
    """Turns scores ``z`` into ``z / temperature + offset``; see ``probabilities``."""

    temperature: float = 1.0
    offset: float = 0.0


def probabilities(scores: np.ndarray, calibration: Calibration, *, exclusive: bool) -> np.ndarray:
    """Probabilities (n, classes) of ``scores`` (n, classes).

    ``exclusive``: softmax, rows sum to 1; else a logistic function for each class.
    """
    z = scores.astype(np.float64) / calibration.temperature + calibration.offset
    if exclusive:
        z = np.exp(z - z.max(axis=1, keepdims=True))
        return z / z.sum(axis=1, keepdims=True)
    return logistic(z)


def logistic(z: np.ndarray) -> np.ndarray:
    """Probabilities of log odds ``z``, of any shape."""
    p: np.ndarray = 1 / (1 + np.exp(-np.clip(z, -_LOGIT_BOUND, _LOGIT_BOUND)))
    return p


def fit_calibration(scores: np.ndarray, true: np.ndarray, *, exclusive: bool) -> Calibration:
    """The calibration under which ``true`` (n,) is most likely; ``scores`` must be held out.

    One temperature for all classes (Guo et al. 2017) and, where classes are not exclusive, one
    offset too (Platt 1999), which class weights make necessary.
    """
    from scipy.optimize import minimize

    if not len(true):
        return Calibration()

    def loss(values: np.ndarray) -> float:
        calibration = Calibration(float(np.exp(values[0])), 0 if exclusive else float(values[1]))
        return _loss(scores, true, calibration, exclusive)

    spread = np.log(max(float(scores.std()), 1.0))  # scores of a discriminant run to hundreds
    starts = ([0.0, 0.0], [spread, 0.0])
    found = [minimize(loss, np.array(x), method="L-BFGS-B", bounds=_BOUNDS) for x in starts]
    best = min(found, key=lambda one: float(one.fun)).x
    return Calibration(float(np.exp(best[0])), 0.0 if exclusive else float(best[1]))


def calibrated_loss(scores: np.ndarray, true: np.ndarray, *, exclusive: bool) -> float:
    """Cross-entropy, nats a track, of held-out ``scores`` under the calibration that suits them."""
    return _loss(scores, true, fit_calibration(scores, true, exclusive=exclusive), exclusive)


def _loss(scores: np.ndarray, true: np.ndarray, calibration: Calibration, exclusive: bool) -> float:
    p = np.clip(probabilities(scores, calibration, exclusive=exclusive), 1e-12, 1 - 1e-12)
    one_hot = np.eye(scores.shape[1])[true]
    said = one_hot * np.log(p)
    return -float((said if exclusive else said + (1 - one_hot) * np.log1p(-p)).sum(axis=1).mean())
