"""From scores to probabilities that hold, and to labels given only where they are likely right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

NEVER: Final = 1.01
"""A threshold that no probability passes: the class is never given."""

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
    return 1 / (1 + np.exp(-np.clip(z, -_LOGIT_BOUND, _LOGIT_BOUND)))


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


def fit_thresholds(
    p: np.ndarray, true: np.ndarray, *, precision: float, least: int = 30
) -> np.ndarray:
    """For each class the lowest probability (classes,) at which its labels reach ``precision``.

    ``p`` (n, classes) must be held out. A class is given where it is the likeliest. A few lucky
    tracks are no evidence: what must reach ``precision`` is the lower bound of the share right. A
    class that was given fewer than ``least`` times borrows the threshold of all classes together,
    unless its own tracks above it are right less often than that. Else it is ``NEVER``.
    """
    found = p.argmax(axis=1)
    confidence = p.max(axis=1, initial=0)
    right = found == true
    shared = _threshold(confidence, right, precision)
    thresholds = np.full(p.shape[1], NEVER)
    for label in range(p.shape[1]):
        given = found == label
        own = _threshold(confidence[given], right[given], precision)
        if given.sum() < least and own == NEVER:
            above = right[given & (confidence >= shared)]
            own = shared if not len(above) or above.mean() >= precision else NEVER
        thresholds[label] = own
    return thresholds


def lower_bound(right: np.ndarray, count: np.ndarray) -> np.ndarray:
    """The share that ``right`` of ``count`` stand for at least, by one standard deviation.

    Source: Wilson (1927), the score interval of a proportion.

    >>> lower_bound(np.array([9.0]), np.array([9.0])).round(2)
    array([0.9])
    """
    share = right / count
    middle = share + 1 / (2 * count)
    spread = np.sqrt(share * (1 - share) / count + 1 / (4 * count**2))
    bound: np.ndarray = (middle - spread) / (1 + 1 / count)
    return bound


def _threshold(confidence: np.ndarray, right: np.ndarray, precision: float) -> float:
    """The lowest confidence above which the share right is surely ``precision`` or more.

    Where that is all there is, no mistake was seen lower down, and a probability of ``precision``
    is enough.
    """
    order = np.argsort(-confidence, kind="stable")
    share = lower_bound(np.cumsum(right[order]), np.arange(len(order)) + 1.0)
    last = np.append(np.diff(confidence[order]) != 0, True) if len(order) else np.zeros(0, bool)
    good = np.flatnonzero((share >= precision - 1e-9) & last)
    if not len(good):
        return NEVER
    lowest = float(confidence[order][good[-1]])
    return min(lowest, precision) if good[-1] == len(order) - 1 else lowest
